//! Form TK02 as an officer fills it in, and one organisation that was looked up: its state, its lock, another legal
//! representative.

use base::FieldFault;
use identity::{
    LockReason,
    model::State,
    organisation::{
        Kind,
        ops::{Found, REASONS},
    },
    policy::Action as Right,
};
use maud::{Markup, html};
use webkit::{
    Form, View,
    i18n::by_field,
    ui::{self, Choice, DateValue, Field, LineKind, Row, Tone, Weight},
};

use crate::{
    kept::stamped,
    officer::Officer,
    organisations::{ORGANISATIONS, kind_key, may},
    people::commune_search,
    words::Words,
};

pub fn find_form(view: &View, officer: &Officer, form: &Form, faults: &[FieldFault]) -> Markup {
    let field = Field::new("organisation", view.t("desk-org-sought"))
        .hint(view.t("desk-org-sought-hint"))
        .errors(&by_field(view, faults));
    ui::card(
        &view.t("desk-org-find"),
        html! {
            form method="post" action={ (ORGANISATIONS) "/find" } novalidate {
                (view.csrf())
                (stamped(officer))
                (ui::line(view, &field, form.raw("organisation"), LineKind::Text))
                (ui::actions(ui::submit(Weight::Secondary, &view.t("desk-org-find-go"))))
            }
        },
    )
}

pub fn new_form(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    form: &Form,
    faults: &[FieldFault],
) -> Markup {
    let errors = by_field(view, faults);
    let field = |name: &str, key: &str| Field::new(name, view.t(key)).errors(&errors);
    let line = |name: &str, key: &str, kind| ui::line(view, &field(name, key), form.raw(name), kind);
    let free =
        |name: &str, key: &str, kind| ui::line(view, &field(name, key).optional(), form.raw(name), kind);
    let kinds: Vec<Choice> =
        Kind::ALL.iter().map(|kind| Choice::new(kind.as_str(), view.t(kind_key(*kind)))).collect();
    ui::card(
        &view.t("desk-org-new"),
        html! {
            p { (view.t("desk-org-new-text")) }
            form method="post" action=(ORGANISATIONS) novalidate {
                (view.csrf())
                (stamped(officer))
                (ui::enter_sends("go", "1"))
                (ui::personal_number(view, &field("representative", "desk-org-representative"), form.raw("representative")))
                (line("title", "desk-org-office", LineKind::Text))
                (ui::select(view, &field("kind", "desk-org-kind"), &kinds, form.raw("kind")))
                (line("name", "desk-org-name", LineKind::Text))
                (free("short_name", "desk-org-short", LineKind::Text))
                (free("foreign_name", "desk-org-foreign", LineKind::Text))
                (free("tax_code", "desk-org-tax", LineKind::Digits))
                (ui::line(view, &field("decision", "desk-org-decision").hint(view.t("desk-org-decision-hint")).optional(), form.raw("decision"), LineKind::Text))
                (ui::date(view, &field("founded_on", "desk-org-founded"), &DateValue::typed(form, "founded_on")))
                (commune_search(words, view, form, field("commune", "desk-org-commune")))
                (line("address", "desk-org-address", LineKind::Text))
                (free("phone", "desk-org-phone", LineKind::Phone))
                (free("email", "desk-org-email", LineKind::Email))
                (ui::actions(ui::submit_as(Weight::Primary, "go", "1", &view.t("desk-org-take"))))
            }
        },
    )
}

/// One organisation, with what may be done with it.
pub fn found(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    found: &Found,
    name: &str,
    form: &Form,
    faults: &[FieldFault],
) -> Markup {
    let one = &found.organisation;
    let d = &one.details;
    let legal = match &found.legal {
        Some(legal) => format!("{name}, {}", legal.title),
        None => view.t("desk-org-no-legal"),
    };
    let mut rows = vec![
        Row::new(view.t("desk-org-code"), html! { code { (one.code) } }),
        Row::new(view.t("desk-org-state"), state(view, found)),
        Row::new(view.t("desk-org-kind"), view.t(kind_key(d.kind))),
        Row::new(view.t("desk-org-seat"), format!("{}, {}", d.address, words.place(&d.commune))),
        Row::new(view.t("desk-org-legal"), legal),
    ];
    if let Some(tax) = &d.tax_code {
        rows.push(Row::new(view.t("desk-org-tax"), tax));
    }
    let open = matches!(one.state, State::Activated | State::Locked);
    ui::card(
        &d.name,
        html! {
            (ui::summary(view, &rows))
            @if open && may(officer, Right::TakeOrganisation) { (propose_form(view, officer, found, form, faults)) }
            @if open && may(officer, Right::LockOrganisation) { (lock_form(view, officer, found, faults)) }
            p { a href=(ORGANISATIONS) { (view.t("desk-org-back")) } }
        },
    )
}

fn state(view: &View, found: &Found) -> Markup {
    let (tone, key) = match found.organisation.state {
        State::Collected => (Tone::Wait, "desk-org-state-collected"),
        State::Approved => (Tone::Wait, "desk-org-state-approved"),
        State::Activated => (Tone::Good, "desk-org-state-activated"),
        State::Locked => (Tone::Danger, "desk-org-state-locked"),
        State::Closed => (Tone::Plain, "desk-org-state-closed"),
    };
    html! {
        (ui::tag(tone, &view.t(key)))
        @if let Some(reason) = found.locked { " " (view.t(reason_key(reason))) }
    }
}

fn reason_key(reason: LockReason) -> &'static str {
    match reason {
        LockReason::OwnRequest => "desk-org-lock-own",
        LockReason::Misuse => "desk-org-lock-misuse",
        _ => "desk-org-lock-authority",
    }
}

fn propose_form(view: &View, officer: &Officer, found: &Found, form: &Form, faults: &[FieldFault]) -> Markup {
    let errors = by_field(view, faults);
    let field = |name: &str, key: &str| Field::new(name, view.t(key)).errors(&errors);
    let one = &found.organisation;
    let body = html! {
        p { (view.t("desk-org-propose-text")) }
        form method="post" action={ (ORGANISATIONS) "/" (one.id) "/propose" } novalidate {
            (view.csrf())
            (stamped(officer))
            input type="hidden" name="organisation" value=(one.code);
            (ui::personal_number(view, &field("number", "desk-org-new-number"), form.raw("number")))
            (ui::line(view, &field("title", "desk-org-office"), form.raw("title"), LineKind::Text))
            (ui::line(view, &field("document", "desk-org-document").hint(view.t("desk-org-document-hint")), form.raw("document"), LineKind::Text))
            (ui::submit(Weight::Secondary, &view.t("desk-org-propose-go")))
        }
    };
    // What was sent back with a fault stands open.
    if faults.is_empty() {
        ui::details(&view.t("desk-org-propose"), body)
    } else {
        html! { h3 { (view.t("desk-org-propose")) } (body) }
    }
}

fn lock_form(view: &View, officer: &Officer, found: &Found, faults: &[FieldFault]) -> Markup {
    let one = &found.organisation;
    let step = |step: &str, inner: Markup| {
        html! {
            form method="post" action={ (ORGANISATIONS) "/" (one.id) "/" (step) } novalidate {
                (view.csrf())
                (stamped(officer))
                input type="hidden" name="organisation" value=(one.code);
                (inner)
            }
        }
    };
    let reasons: Vec<Choice> =
        REASONS.iter().map(|r| Choice::new(r.as_str(), view.t(reason_key(*r)))).collect();
    let reason = Field::new("reason", view.t("desk-org-lock-why")).errors(&by_field(view, faults));
    let locked = one.state == State::Locked;
    html! {
        @if locked { (step("unlock", ui::submit(Weight::Secondary, &view.t("desk-org-unlock")))) }
        @else {
            (ui::details(&view.t("desk-org-lock"), step("lock", html! {
                (ui::radios(view, &reason, &reasons, ""))
                (ui::submit(Weight::Danger, &view.t("desk-org-lock-go")))
            })))
        }
        (ui::details(&view.t("desk-org-close"), html! {
            p { (view.t("desk-org-close-text")) }
            (step("close", ui::submit(Weight::Danger, &view.t("desk-org-close-go"))))
        }))
    }
}
