//! Carrying out what the bar offers: one operation, one transaction. What the officer can mend comes back as the page with
//! everything that was typed; what somebody else changed first is shown beside it.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{Fault, FieldFault, Kind};
use contracts::{AccountId, AgencyId, DossierId, ports::Accounts};
use dossier::{
    Defect, DossierError,
    ops::{
        Moved, Target,
        approve::dossier_approve,
        assign::dossier_assign,
        forward::dossier_forward,
        payment::{payment_record, payment_request},
        receive::dossier_receive,
        refuse::{refusal_confirm, refusal_propose},
        start::dossier_start,
        stop::dossier_stop,
        supplement_request::supplement_request,
    },
};
use store::Tx;
use uuid::Uuid;
use webkit::{Form, Path, Problem, View, ui::Tone};

use super::{Scene, Task, load, page, scene, tasks};
use crate::{Desk, bar::Action, kept::Sent, officer::Officer};

/// `POST /desk/dossiers/{code}/{action}`.
pub async fn act(
    State(desk): State<Arc<Desk>>,
    view: View,
    Path((code, action)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Problem> {
    let Sent { officer, form, duty_changed } = sent;
    let action = Action::parse(&action).ok_or_else(Problem::not_found)?;
    let target = target(&form).ok_or_else(Problem::not_found)?;
    if duty_changed {
        let refusal = Some(view.t("desk-duty-changed"));
        let task = Task { typed: form, refusal, ..Task::new(action) };
        return again(&desk, &officer, &view, &code, task, StatusCode::CONFLICT).await;
    }
    let looks_for_agency = form.has("agency-find") || (form.raw("agency").is_empty() && form.has("agency-q"));
    if action == Action::Forward && looks_for_agency && !form.line("agency-q").is_empty() {
        return again(
            &desk,
            &officer,
            &view,
            &code,
            Task { typed: form, ..Task::new(action) },
            StatusCode::OK,
        )
        .await;
    }
    let defects = match action {
        Action::Supplement => {
            let loaded = load(&desk, &officer, &code).await?;
            defects(&scene(&desk, &view, &officer, &loaded), &form)
        }
        _ => Picked::default(),
    };
    let mut tx = desk.store.begin().await?;
    let outcome = carry_out(&desk, &mut tx, &officer, &target, action, &form, &defects.list).await;
    match tx.finish(outcome).await {
        Ok(_) => {
            let there = match action {
                // It is now another agency's.
                Action::Forward => "/desk".to_owned(),
                _ => format!("/desk/dossiers/{code}"),
            };
            let text = view.tw(action.done(), &[("code", code.as_str().into())]);
            Ok((view.flash(Tone::Good, text), Redirect::to(&there)).into_response())
        }
        Err(fault) => {
            let (task, status) = mend(&view, action, form, &target, &defects, fault)?;
            again(&desk, &officer, &view, &code, task, status).await
        }
    }
}

fn target(form: &Form) -> Option<Target> {
    let dossier = DossierId(form.raw("dossier").parse::<Uuid>().ok()?);
    let version = form.raw("version").parse().ok()?;
    Some(Target { dossier, version, key: Some(form.raw("key").to_owned()) })
}

async fn carry_out(
    desk: &Desk,
    tx: &mut Tx,
    officer: &Officer,
    target: &Target,
    action: Action,
    form: &Form,
    defects: &[Defect],
) -> Result<Moved, DossierError> {
    let (cx, actor) = (&desk.dossiers, &officer.actor);
    match action {
        Action::Receive => dossier_receive(cx, tx, actor, target).await,
        Action::Start => dossier_start(tx, actor, target).await,
        Action::Approve => dossier_approve(cx, tx, actor, target, &form.text("note")).await,
        Action::ConfirmRefusal => refusal_confirm(cx, tx, actor, target, true).await,
        Action::RejectRefusal => refusal_confirm(cx, tx, actor, target, false).await,
        Action::RecordPayment => payment_record(cx, tx, actor, target, &form.line("receipt")).await,
        Action::RequestPayment => payment_request(cx, tx, actor, target).await,
        Action::Supplement => supplement_request(cx, tx, actor, target, defects).await,
        Action::Forward => {
            let to = AgencyId::new(form.raw("agency"));
            dossier_forward(cx, tx, actor, target, &to, &form.text("reason")).await
        }
        Action::Assign => {
            let colleagues = desk.identity.officers(tx, &officer.agency).await?;
            let wanted = form.raw("officer").parse::<Uuid>().ok().map(AccountId);
            let chosen = colleagues.iter().find(|o| Some(o.account) == wanted);
            let chosen = chosen.ok_or_else(|| DossierError::field("officer", "forms.required"))?;
            dossier_assign(tx, actor, target, chosen).await
        }
        Action::ProposeRefusal => {
            refusal_propose(cx, tx, actor, target, form.raw("reason"), &form.text("note")).await
        }
        Action::Stop => dossier_stop(cx, tx, actor, target, &form.text("reason")).await,
    }
}

/// The boxes that were ticked, in order, and what each asks for.
#[derive(Default)]
struct Picked {
    keys: Vec<String>,
    list: Vec<Defect>,
}

fn defects(scene: &Scene<'_>, form: &Form) -> Picked {
    let asks = tasks::asks(scene);
    let mut out = Picked::default();
    for ask in form.all("pick").into_iter().filter_map(|key| asks.iter().find(|a| a.key == key)) {
        out.list.push(Defect { field: ask.field.clone(), note: form.text(&format!("note.{}", ask.key)) });
        out.keys.push(ask.key.clone());
    }
    out
}

/// What the officer can do about a refused move: the open form again. What they cannot is a problem.
fn mend(
    view: &View,
    action: Action,
    form: Form,
    target: &Target,
    picked: &Picked,
    fault: DossierError,
) -> Result<(Task, StatusCode), Problem> {
    let task = Task { typed: form, ..Task::new(action) };
    match (fault.kind(), fault.fields()) {
        (Kind::Invalid, fields) if !fields.is_empty() => {
            let faults = fields.iter().map(|f| at_form(action, f, picked)).collect();
            Ok((Task { faults, ..task }, StatusCode::UNPROCESSABLE_ENTITY))
        }
        _ if matches!(fault, DossierError::Changed) || is_lost_race(&fault) => {
            Ok((Task { overtaken: Some(target.version), ..task }, StatusCode::CONFLICT))
        }
        (Kind::Conflict | Kind::Forbidden | Kind::Unavailable, _) => {
            let status =
                if fault.kind() == Kind::Forbidden { StatusCode::FORBIDDEN } else { StatusCode::CONFLICT };
            let refusal = Some(view.code(fault.code(), &fault.args()));
            Ok((Task { refusal, ..task }, status))
        }
        _ => Err(fault.into()),
    }
}

/// Somebody else committed between our reading and our writing.
fn is_lost_race(fault: &DossierError) -> bool {
    matches!(fault, DossierError::Store(e) if e.kind() == Kind::Conflict)
}

/// Faults of the operation by the names of our form.
fn at_form(action: Action, fault: &FieldFault, picked: &Picked) -> FieldFault {
    let field = match (action, fault.field.split('.').collect::<Vec<_>>().as_slice()) {
        (Action::Supplement, ["defects", n, ..]) => {
            let key = n.parse::<usize>().ok().and_then(|n| picked.keys.get(n));
            key.map_or_else(|| "pick".to_owned(), |key| format!("note.{key}"))
        }
        (Action::Supplement, _) => "pick".to_owned(),
        _ => fault.field.clone(),
    };
    FieldFault { field, ..fault.clone() }
}

/// A decision's form as it was left when the session ended, with what others did since.
pub async fn resume(
    desk: &Desk,
    view: &View,
    officer: &Officer,
    code: &str,
    action: &str,
    form: Form,
) -> Option<Response> {
    let action = Action::parse(action).filter(|a| !a.is_direct())?;
    let loaded = load(desk, officer, code).await.ok()?;
    let seen = form.raw("version").parse::<i32>().ok();
    let overtaken = seen.filter(|seen| *seen < loaded.case.dossier.version);
    let task = Task { typed: form, overtaken, resumed: true, ..Task::new(action) };
    Some(page(&scene(desk, view, officer, &loaded), Some(&task)).into_response())
}

async fn again(
    desk: &Desk,
    officer: &Officer,
    view: &View,
    code: &str,
    task: Task,
    status: StatusCode,
) -> Result<Response, Problem> {
    let loaded = load(desk, officer, code).await?;
    let scene = scene(desk, view, officer, &loaded);
    Ok((status, page(&scene, Some(&task))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_operation_lands_at_the_box_that_was_ticked() {
        let picked = Picked { keys: vec!["t.blurred".into(), "f.address".into()], list: Vec::new() };
        let at = |field: &str| {
            at_form(Action::Supplement, &FieldFault::new(field, "forms.required"), &picked).field
        };
        assert_eq!(at("defects.1.note"), "note.f.address");
        assert_eq!(at("defects.9.note"), "pick");
        assert_eq!(at("defects"), "pick");
        let fault = FieldFault::new("reason", "forms.required");
        assert_eq!(at_form(Action::Forward, &fault, &picked).field, "reason");
    }

    #[test]
    fn a_move_without_a_readable_target_is_refused() {
        let id = Uuid::from_u128(7).to_string();
        let form =
            |version: &str| Form::from_pairs([("dossier", id.as_str()), ("version", version), ("key", "k")]);
        assert!(target(&form("3")).is_some_and(|t| t.version == 3 && t.key.as_deref() == Some("k")));
        assert!(target(&form("x")).is_none());
        assert!(target(&Form::default()).is_none());
    }
}
