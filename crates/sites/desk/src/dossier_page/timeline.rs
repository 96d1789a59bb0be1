//! What happened, who did it and how long it took, as an officer may see it: the agency's inner moves are among it.

use base::{Text, Vnd};
use dossier::{Defect, Status, moves::Happened, timeline::Moment};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::de::DeserializeOwned;
use webkit::ui::{self, Step, StepState};

use super::Scene;
use crate::words::Urgency;

/// The whole life, oldest first, and what comes next.
pub fn timeline(scene: &Scene<'_>) -> Markup {
    let view = scene.view;
    let moments = &scene.case.moments;
    let mut steps = Vec::with_capacity(moments.len() + 1);
    let mut before = None;
    for (n, moment) in moments.iter().enumerate() {
        let last = n + 1 == moments.len();
        let mut step = Step::new(state(scene, moment, last), scene.words.happened(moment.happened))
            .who(who(scene, moment))
            .when(view.moment(moment.at, view.now()))
            .more(detail(scene, moment));
        if let Some(before) = before {
            let span = moment.at.duration_since(before);
            step = step.span(view.tw("desk-step-after", &[("span", view.duration(span).into())]));
        }
        before = Some(moment.at);
        steps.push(step);
    }
    if let Some(next) = next(scene) {
        steps.push(next);
    }
    ui::timeline(view, &steps)
}

fn state(scene: &Scene<'_>, moment: &Moment, last: bool) -> StepState {
    match moment.happened {
        Happened::Refused | Happened::NotAccepted | Happened::ConsentRefused | Happened::ConsentExpired => {
            StepState::Refused
        }
        Happened::Stopped | Happened::Withdrawn => StepState::Refused,
        _ if last && scene.dossier().status.is_paused() => StepState::Paused,
        _ if last && scene.dossier().status.is_open() => StepState::Now,
        _ => StepState::Done,
    }
}

fn who(scene: &Scene<'_>, moment: &Moment) -> String {
    let view = scene.view;
    match (&moment.agency, moment.actor_name.is_empty()) {
        _ if moment.actor.0.is_nil() => view.t("desk-who-system"),
        (Some(agency), false) if *agency != scene.officer.agency => {
            format!("{}, {}", moment.actor_name, scene.words.agency(agency))
        }
        (_, false) => moment.actor_name.clone(),
        (_, true) if matches!(moment.happened, Happened::ConsentGiven | Happened::ConsentRefused) => {
            view.t("desk-who-asked")
        }
        (_, true) => view.t("desk-who-applicant"),
    }
}

fn read<T: DeserializeOwned>(moment: &Moment, key: &str) -> Option<T> {
    serde_json::from_value(moment.detail.get(key)?.clone()).ok()
}

/// What a kind adds: due date, defects, reason, note, where it went.
fn detail(scene: &Scene<'_>, moment: &Moment) -> Markup {
    let view = scene.view;
    let service = &scene.case.service;
    let text = |key: &str| read::<String>(moment, key).filter(|t| !t.is_empty());
    let reason = text("reason").map(|code| {
        let listed = service.refusals.iter().find(|r| r.code == code);
        listed.map_or(code, |r| view.text(&r.text).to_owned())
    });
    let to = match moment.detail.get("to") {
        Some(serde_json::Value::String(name)) => Some(name.clone()),
        Some(_) => read::<Text>(moment, "to").map(|name| view.text(&name).to_owned()),
        None => None,
    };
    let defects: Vec<Defect> = read(moment, "defects").unwrap_or_default();
    let due: Option<Date> = read(moment, "due_on");
    let amount: Option<Vnd> = read(moment, "amount");
    html! {
        @if let Some(to) = to { p { (view.tw("desk-step-to", &[("to", to.into())])) } }
        @if let Some(reason) = reason { p { (reason) } }
        @if let Some(note) = text("note") { p { "“" (note) "”" } }
        @if !defects.is_empty() { ul { @for defect in &defects { li { (defect.note) } } } }
        @if let Some(due) = due { p { (view.tw("desk-step-due", &[("day", view.day(due, scene.today).into())])) } }
        @if let Some(amount) = amount { p { (view.money(amount)) } }
        @if let Some(receipt) = text("receipt") { p { (view.tw("desk-step-receipt", &[("receipt", receipt.into())])) } }
    }
}

/// What the law waits for now.
fn next(scene: &Scene<'_>) -> Option<Step> {
    let (view, d) = (scene.view, scene.dossier());
    let title = match d.status {
        Status::Registered => "desk-next-receive",
        Status::Accepted => "desk-next-start",
        Status::InProgress => "desk-next-decide",
        Status::SupplementRequested => "desk-next-supplement",
        Status::PaymentRequested => "desk-next-payment",
        Status::Finished => "desk-next-result",
        _ => return None,
    };
    let urgency = d.due_on.map(|due| Urgency::of(due, scene.today, scene.words.nation.calendar()));
    let late = matches!(urgency, Some(Urgency::Overdue(_)));
    let step = Step::new(if late { StepState::Late } else { StepState::Next }, view.t(title));
    Some(match d.due_on {
        Some(due) => {
            let used =
                d.clock.used_on(scene.words.nation.calendar(), scene.today).unwrap_or(d.clock.used_days);
            step.when(view.tw("desk-step-due", &[("day", view.day(due, scene.today).into())]))
                .spent(used, d.clock.limit_days)
        }
        None => step,
    })
}
