//! A dossier's life as one line for its applicant: what happened, what stands now and for how long, what comes next.

use base::Text;
use dossier::{Status, Verdict, moves::Happened, ops::read::View, row::ConsentState, timeline::Moment};
use maud::{Markup, html};
use serde_json::Value;
use webkit::ui::{self, Step, StepState};

use crate::{
    visit::Citizen,
    words::{due_key, happened_key, mask_numbers},
};

pub fn steps(c: &Citizen, view: &View) -> Vec<Step> {
    // What happened and changes nothing for the reader (a rating) stands elsewhere on the page.
    let past = view.moments.iter().filter(|m| m.happened != Happened::Rated);
    let mut steps: Vec<Step> = past.map(|m| happened(c, view, m)).collect();
    steps.extend(now(c, view));
    steps.extend(next(c, view));
    steps
}

fn happened(c: &Citizen, view: &View, m: &Moment) -> Step {
    let state = match m.happened {
        Happened::Refused | Happened::NotAccepted => StepState::Refused,
        Happened::ConsentRefused | Happened::ConsentExpired | Happened::Stopped | Happened::Withdrawn => {
            StepState::Ended
        }
        _ => StepState::Done,
    };
    let step = Step::new(state, c.t(&happened_key(m.happened))).when(c.at(m.at)).more(detail(c, view, m));
    let by_citizen =
        matches!(m.happened, Happened::Submitted | Happened::SupplementAnswered | Happened::Withdrawn);
    // That time ran out is nobody's doing.
    let by_asked =
        matches!(m.happened, Happened::ConsentGiven | Happened::ConsentRefused | Happened::ConsentExpired);
    match &m.agency {
        _ if by_citizen => step.who(c.t("you")),
        _ if by_asked => step,
        _ if automatic(&m.detail).is_some() => step.who(c.t("access-system")),
        Some(agency) => step.who(c.agency(agency)),
        None => step,
    }
}

/// The words that came with a move, as far as they are for the applicant.
fn detail(c: &Citizen, view: &View, m: &Moment) -> Markup {
    let text = |key: &str| m.detail.get(key).and_then(Value::as_str).map(mask_numbers).unwrap_or_default();
    let said = |key: &str| html! { @let said = text(key); @if !said.is_empty() { p { (said) } } };
    match m.happened {
        Happened::SupplementRequested => {
            let defects = m.detail.get("defects").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            html! { ul { @for d in defects { li { (mask_numbers(d.get("note").and_then(Value::as_str).unwrap_or(""))) } } } }
        }
        Happened::Refused | Happened::NotAccepted => refusal(c, view, &text("reason"), &text("note")),
        Happened::Stopped => said("reason"),
        Happened::Forwarded => {
            html! { p { (c.tw("line-forwarded", &[("to", forwarded_to(c, &m.detail).into())])) } (said("reason")) }
        }
        Happened::Approved => html! { (said("note")) @if let Some(basis) = automatic(&m.detail) {
            p { (c.tw("line-automatic", &[("basis", c.text(&basis).into())])) }
        } },
        Happened::PaymentRequested => {
            html! { @if let Some(amount) = m.detail.get("amount").and_then(Value::as_i64) {
                p { (c.tw("line-amount", &[("amount", c.money(base::Vnd(amount)).into())])) }
            } }
        }
        _ => Markup::default(),
    }
}

/// The name came as text or in both languages.
fn forwarded_to(c: &Citizen, detail: &Value) -> String {
    let to = detail.get("to");
    let both = to.and_then(|t| serde_json::from_value::<Text>(t.clone()).ok());
    both.map(|t| c.text(&t).to_owned()).or_else(|| Some(to?.as_str()?.to_owned())).unwrap_or_default()
}

fn automatic(detail: &Value) -> Option<Text> {
    serde_json::from_value(detail.get("automatic")?.clone()).ok()
}

/// Why it was refused, by which law, and how to go on.
fn refusal(c: &Citizen, view: &View, code: &str, note: &str) -> Markup {
    let reason = view.service.refusals.iter().find(|r| r.code == code);
    html! {
        @if let Some(reason) = reason {
            p { strong { (c.text(&reason.text)) } }
            @if let Some(basis) = &reason.basis { p.quiet { (c.tw("line-basis", &[("basis", c.text(basis).into())])) } }
        }
        @if !note.is_empty() { p { (note) } }
    }
}

/// The step that stands out: who has it now, since when, until when, or why it waits.
fn now(c: &Citizen, view: &View) -> Option<Step> {
    let d = &view.dossier;
    if d.status.is_terminal() || d.status == Status::Draft {
        return None;
    }
    let since = view.moments.iter().rev().find(|m| m.status == d.status && changed(view, m)).map(|m| m.at);
    let late = d.due_on.is_some_and(|due| due < c.today());
    let waiting = d.consents.values().any(|s| *s == ConsentState::Asked);
    let state = match d.status {
        Status::SupplementRequested | Status::PaymentRequested => StepState::Paused,
        _ if late => StepState::Late,
        _ => StepState::Now,
    };
    let mut step = Step::new(state, c.t(&format!("now-{}", d.status.number())));
    if let Some(agency) = d.agency.as_ref().filter(|_| !d.status.is_paused()) {
        step = step.who(c.agency(agency));
    }
    if let Some(since) = since {
        step = step.when(c.tw("line-since", &[("when", c.at(since).into())]));
    }
    if let Some(due) = d.due_on {
        step = step.span(c.tw(due_key(d.status), &[("due", c.due(due).into())]));
        let used = d.clock.used_on(c.portal.dossiers.nation.calendar(), c.today());
        if let (Ok(used), true) = (used, d.clock.limit_days > 0 && d.clock.running_since.is_some()) {
            step = step.spent(used, d.clock.limit_days);
        }
    }
    let id = d.id;
    let more = match d.status {
        Status::SupplementRequested => html! {
            p { (c.t("paused-supplement")) }
            (ui::link_button(&format!("/dossiers/{id}#supplement"), &c.t("supplement-answer")))
        },
        Status::PaymentRequested => html! { p { (c.t("paused-payment")) } },
        _ if waiting => html! { p { (c.t("waiting-consent")) } },
        _ if late => html! { p { (c.t("late-about")) } },
        _ => Markup::default(),
    };
    Some(step.more(more))
}

/// Whether a moment brought the status with which it is noted.
fn changed(view: &View, m: &Moment) -> bool {
    let before = view.moments.iter().rev().find(|b| b.version < m.version);
    before.is_none_or(|b| b.status != m.status)
}

/// What is still to come, as long as the ordinary way is open.
fn next(c: &Citizen, view: &View) -> Vec<Step> {
    let d = &view.dossier;
    let ahead: &[&str] = match d.status {
        Status::Registered => &["next-decision", "next-result"],
        Status::Accepted | Status::InProgress | Status::SupplementRequested | Status::PaymentRequested => {
            &["next-result"]
        }
        Status::Finished if d.verdict != Some(Verdict::Refused) => &["next-result"],
        _ => &[],
    };
    ahead.iter().map(|key| Step::new(StepState::Next, c.t(key))).collect()
}
