//! The forms of the decision bar. Each says what will happen, keeps what was typed, and shows what somebody else changed
//! in between.

use std::collections::BTreeSet;

use base::entropy;
use contracts::Role;
use forms::{Kind, outcome::AttachmentView};
use maud::{Markup, html};
use webkit::{
    Form,
    i18n::{Errors, by_field},
    ui::{self, Choice, Field, Icon, LineKind, Tone, Unit, UnitSearch, Weight},
};

use super::{Scene, Task};
use crate::{
    bar::Action,
    kept::{STAMP, stamped},
};

/// Agencies that one search offers.
const AGENCIES_FOUND_MAX: usize = 8;

/// What every move carries: the dossier, the version that the officer sees, and a key that makes a repeat harmless.
pub fn hidden(scene: &Scene<'_>) -> Markup {
    let key = hex::encode(entropy::bytes::<16>(scene.view.kit().entropy()));
    html! {
        (scene.view.csrf())
        (stamped(scene.officer))
        input type="hidden" name="dossier" value=(scene.dossier().id);
        input type="hidden" name="version" value=(scene.dossier().version);
        input type="hidden" name="key" value=(key);
    }
}

/// Whether the form can be sent: what it is for may have become impossible meanwhile.
pub fn is_open(scene: &Scene<'_>, task: &Task) -> bool {
    scene.actions().contains(&task.action)
}

/// The open form above the dossier.
pub fn card(scene: &Scene<'_>, task: &Task) -> Markup {
    let view = scene.view;
    let action = task.action;
    let errors = by_field(view, &task.faults);
    let possible = is_open(scene, task);
    let weight = if action.weight() == Weight::Danger { Weight::Danger } else { Weight::Primary };
    html! {
        section.card.desk-task id="task" {
            h2 { (view.t(action.text())) }
            @if let Some(refusal) = &task.refusal { (ui::notice(Tone::Danger, refusal)) }
            @if task.resumed { (ui::notice(Tone::Info, view.t("desk-task-resumed"))) }
            @if let Some(seen) = task.overtaken { (overtaken(scene, seen)) }
            @if possible {
                form method="post" action={ (scene.href()) "/" (action.as_str()) } novalidate {
                    (hidden(scene))
                    @if action == Action::Forward { (ui::enter_sends("agency-find", "1")) }
                    (body(scene, task, &errors))
                    (ui::actions(html! {
                        (ui::submit_key(weight, "do", action.as_str(), &view.t(action.text()), 'o'))
                        a href=(scene.href()) { (view.t("desk-task-cancel")) }
                    }))
                }
            } @else {
                (kept(scene, &task.typed))
                p { a href=(scene.href()) { (view.t("desk-task-close")) } }
            }
        }
    }
}

/// What happened since the officer opened the page.
fn overtaken(scene: &Scene<'_>, seen: i32) -> Markup {
    let view = scene.view;
    let since: Vec<_> = scene.case.moments.iter().filter(|m| m.version > seen).collect();
    ui::notice(
        Tone::Wait,
        html! {
            p { strong { (view.t("desk-overtaken")) } }
            ul { @for moment in since {
                li {
                    (scene.words.happened(moment.happened)) " · "
                    @if !moment.actor_name.is_empty() { (moment.actor_name) " · " }
                    (view.moment(moment.at, view.now()))
                }
            } }
            p { (view.t("desk-overtaken-kept")) }
        },
    )
}

/// The words that were typed, where their form no longer has a place.
fn kept(scene: &Scene<'_>, typed: &Form) -> Markup {
    let technical = ["dossier", "version", "key", STAMP, "do", "pick", "agency", "agency-q", "officer"];
    let words =
        typed.pairs().iter().filter(|(n, v)| !technical.contains(&n.as_str()) && !v.trim().is_empty());
    let words: Vec<&str> = words.map(|(_, v)| v.as_str()).collect();
    html! {
        p { (scene.view.t("desk-task-gone")) }
        @if !words.is_empty() {
            p { (scene.view.t("desk-task-typed")) }
            @for text in words { blockquote { (text) } }
        }
    }
}

fn body(scene: &Scene<'_>, task: &Task, errors: &Errors) -> Markup {
    let (view, typed) = (scene.view, &task.typed);
    let area = |name: &str, label: &str, hint: &str| {
        let field = Field::new(name, view.t(label)).hint(view.t(hint)).errors(errors);
        ui::textarea(view, &field, typed.raw(name), 4)
    };
    match task.action {
        Action::Receive | Action::Start => html! {},
        Action::Approve => html! {
            (failing(scene))
            p { (view.t("desk-approve-text")) }
            @let field = Field::new("note", view.t("desk-approve-note")).hint(view.t("desk-note-hint")).optional().errors(errors);
            (ui::textarea(view, &field, typed.raw("note"), 3))
        },
        Action::ConfirmRefusal => html! { p { (view.t("desk-confirm-text")) } },
        Action::RejectRefusal => html! { p { (view.t("desk-reject-text")) } },
        Action::RecordPayment => {
            let field = Field::new("receipt", view.t("desk-payment-receipt"))
                .hint(view.t("desk-payment-hint"))
                .errors(errors);
            html! {
                (fee_line(scene))
                (ui::line(view, &field, typed.raw("receipt"), LineKind::Text))
            }
        }
        Action::RequestPayment => html! { (fee_line(scene)) p { (view.t("desk-fee-text")) } },
        Action::Supplement => supplement(scene, task, errors),
        Action::Forward => html! {
            p { (view.t("desk-forward-text")) }
            (agency(scene, typed, errors))
            (area("reason", "desk-forward-reason", "desk-forward-hint"))
        },
        Action::Assign => assign(scene, typed, errors),
        Action::ProposeRefusal => html! {
            p { (view.t("desk-refuse-text")) }
            @let field = Field::new("reason", view.t("desk-refuse-reason")).errors(errors);
            (ui::radios(view, &field, &reasons(scene), typed.raw("reason")))
            (area("note", "desk-refuse-note", "desk-note-hint"))
        },
        Action::Stop => html! {
            p { (view.t("desk-stop-text")) }
            (area("reason", "desk-stop-reason", "desk-note-hint"))
        },
    }
}

fn fee_line(scene: &Scene<'_>) -> Markup {
    let fee = scene.fee().map(|fee| scene.view.fee(fee)).unwrap_or_default();
    html! { p { (scene.view.tw("desk-fee-amount", &[("amount", fee.into())])) } }
}

/// Approving in spite of a check deserves a second look.
fn failing(scene: &Scene<'_>) -> Markup {
    let sheet = scene.case.service.sheet(&scene.dossier().answers, &scene.case.facts, scene.today);
    let open = sheet.checks().into_iter().filter(|c| c.verdict != forms::Verdict::Holds).count();
    html! {
        @if open > 0 { (ui::notice(Tone::Wait, scene.view.tw("desk-approve-open", &[("count", open.into())]))) }
    }
}

fn reasons(scene: &Scene<'_>) -> Vec<Choice> {
    let view = scene.view;
    let listed = scene.case.service.refusals.iter();
    listed
        .map(|r| {
            let choice = Choice::new(&r.code, view.text(&r.text));
            match &r.basis {
                Some(basis) => choice.hint(view.text(basis)),
                None => choice,
            }
        })
        .collect()
}

fn assign(scene: &Scene<'_>, typed: &Form, errors: &Errors) -> Markup {
    let view = scene.view;
    let can_work = |role: Role| matches!(role, Role::Receiver | Role::Decider | Role::Head);
    let choices: Vec<Choice> = scene
        .colleagues
        .iter()
        .filter(|o| can_work(o.role))
        .map(|o| Choice::new(o.account.to_string(), &o.name).hint(scene.words.role(o.role)))
        .collect();
    let now = scene.dossier().assignee.map(|a| a.to_string()).unwrap_or_default();
    let chosen = if typed.has("officer") { typed.raw("officer") } else { now.as_str() };
    ui::radios(view, &Field::new("officer", view.t("desk-assign-officer")).errors(errors), &choices, chosen)
}

/// The agencies that a typed commune leads to: its police, then those above it.
fn agency(scene: &Scene<'_>, typed: &Form, errors: &Errors) -> Markup {
    let view = scene.view;
    let query = typed.line("agency-q");
    let unit = |agency: &catalogue::Agency| Unit {
        code: agency.id.clone(),
        name: view.text(&agency.name).to_owned(),
        hint: agency.division.map(|d| scene.words.place(d.as_str())),
    };
    let directory = scene.words.catalogue.agencies();
    let chosen = directory.get(typed.raw("agency"), scene.today).map(|a| unit(&a));
    let found = (typed.has("agency-find") || (chosen.is_none() && !query.is_empty())).then(|| {
        let mut found: Vec<catalogue::Agency> = Vec::new();
        for hit in scene.words.catalogue.divisions().search_communes(&query, scene.today, AGENCIES_FOUND_MAX)
        {
            let Some(police) = directory.police_of_commune(hit.unit.code.as_str(), scene.today) else {
                continue;
            };
            let above = directory.ancestors(&police.id, scene.today);
            found.push(police);
            found.extend(above.into_iter().filter(|a| a.kind.is_police()));
        }
        // Communes in the order of the search, then those above them; each once, and not one's own.
        found.sort_by_key(|a| std::cmp::Reverse(a.level));
        let mut seen = BTreeSet::from([scene.officer.agency.as_str().to_owned()]);
        found.retain(|a| seen.insert(a.id.clone()));
        found.iter().map(unit).collect()
    });
    let field = Field::new("agency", view.t("desk-forward-agency")).errors(errors);
    ui::unit_search(view, &field, &UnitSearch { typed: query, found, chosen })
}

/// Something that can be asked for: the key of its box, the field of the definition, its words for the officer.
pub struct Ask {
    pub key: String,
    pub field: String,
    label: String,
    now: String,
    /// Words for the citizen, ready to send.
    note: String,
}

/// Everything that a supplement can ask for: the service's own templates first, then each answer and file, then the
/// dossier as a whole.
pub fn asks(scene: &Scene<'_>) -> Vec<Ask> {
    let view = scene.view;
    let service = &scene.case.service;
    let sheet = service.sheet(&scene.dossier().answers, &scene.case.facts, scene.today);
    let attachment =
        |a: &AttachmentView<'_>| (format!("attachments.{}", a.attachment.key), a.attachment.label.clone());
    let files: Vec<_> = sheet.attachments().map(|a| attachment(&a)).collect();
    let label_of = |field: &str| {
        let file = files.iter().find(|(key, _)| key == field).map(|(_, label)| label.clone());
        file.or_else(|| service.field(field).map(|f| f.label.clone()))
    };
    let pages: Vec<_> = sheet.pages().collect();
    // A template about something that this dossier does not ask is no use.
    let applies = |field: &str| {
        let head = field.split('.').next().unwrap_or("");
        let asked = || pages.iter().any(|p| p.fields.iter().any(|f| f.path == head));
        field.is_empty() || files.iter().any(|(key, _)| key == field) || asked()
    };
    let mut out: Vec<Ask> = service
        .supplements
        .iter()
        .filter(|template| applies(template.field.as_deref().unwrap_or("")))
        .map(|template| {
            let field = template.field.clone().unwrap_or_default();
            let label =
                label_of(&field).map_or_else(|| view.t("desk-ask-whole"), |l| view.text(&l).to_owned());
            // The citizen reads the note; the law's language is Vietnamese.
            Ask {
                key: format!("t.{}", template.code),
                field,
                label,
                now: String::new(),
                note: template.text.vi.clone(),
            }
        })
        .collect();
    for page in &pages {
        for field in page.fields.iter().filter(|f| f.source == forms::Source::Answer) {
            let now = if field.field.kind == Kind::Group { String::new() } else { scene.words.answer(field) };
            let label = view.text(&field.field.label).to_owned();
            out.push(Ask {
                key: format!("f.{}", field.path),
                field: field.path.clone(),
                label,
                now,
                note: String::new(),
            });
        }
    }
    for (path, label) in &files {
        let label = view.text(label).to_owned();
        out.push(Ask {
            key: format!("f.{path}"),
            field: path.clone(),
            label,
            now: String::new(),
            note: String::new(),
        });
    }
    let label = view.t("desk-ask-whole");
    out.push(Ask { key: "w".into(), field: String::new(), label, now: String::new(), note: String::new() });
    out
}

fn supplement(scene: &Scene<'_>, task: &Task, errors: &Errors) -> Markup {
    let (view, typed) = (scene.view, &task.typed);
    let asks = asks(scene);
    let ticked = typed.all("pick");
    html! {
        p { (view.t("desk-supplement-text")) }
        @if let Some(error) = errors.get("pick") { p.field-error id="f-pick" { (Icon::Alert) (error) } }
        fieldset.desk-asks {
            legend { (view.t("desk-supplement-what")) }
            @for ask in &asks {
                @let name = format!("note.{}", ask.key);
                @let id = format!("pick-{}", ask.key);
                @let error = errors.get(&name);
                div.choice .bad[error.is_some()] {
                    input type="checkbox" id=(id) name="pick" value=(ask.key) checked[ticked.contains(&ask.key.as_str())];
                    label for=(id) {
                        strong { (ask.label) }
                        @if !ask.now.is_empty() { ": " (ask.now) }
                        @if !ask.note.is_empty() { br; span.quiet { (ask.note) } }
                    }
                    div.desk-note {
                        @if let Some(error) = error { p.field-error id={ "f-" (name) "-error" } { (Icon::Alert) (error) } }
                        label for={ "f-" (name) } { (view.t("desk-supplement-note")) span.hidden { " " (ask.label) } }
                        textarea id={ "f-" (name) } name=(name) rows="2" aria-invalid=[error.map(|_| "true")] {
                            (if typed.has(&name) { typed.raw(&name) } else { ask.note.as_str() })
                        }
                    }
                }
            }
        }
    }
}
