//! An officer takes a dossier in (tiếp nhận): from today the law's clock runs.

use base::Text;
use contracts::Actor;
use serde_json::json;
use store::Tx;

use crate::{
    DossierError, Dossiers, Status, jobs,
    model::Clock,
    moves::{Happened, handling, notify},
    ops::{Moved, Opened, Target, approve::close_alerts, open, today},
    policy::Action,
};

pub async fn dossier_receive(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
) -> Result<Moved, DossierError> {
    let mut work = match open(tx, actor, target, Action::Receive, "dossier.receive", &()).await? {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::Registered])?;
    if !work.dossier().consents_given() {
        return Err(DossierError::ConsentPending);
    }
    let today = today(tx);
    if work.dossier().due_on.is_some_and(|due| due < today) {
        // It was taken in late: that breach is over.
        close_alerts(tx, work.dossier());
    }
    let m = &mut work.moving;
    m.dossier.clock = Clock::start(m.dossier.clock.limit_days, today);
    m.dossier.due_on = m.dossier.clock.due_on(cx.nation.calendar())?;
    m.dossier.assignee = Some(actor.account);
    m.dossier.proposal = None;
    m.to(Status::Accepted, Happened::Received, json!({ "due_on": m.dossier.due_on }))?;
    jobs::enqueue_deadline(tx, cx, &work.moving.dossier)?;
    let d = &work.moving.dossier;
    let title = Text::new("Hồ sơ của bạn đã được tiếp nhận", "Your dossier was accepted");
    notify(tx, d.applicant, &title, format!("/dossiers/{}", d.id));
    Ok(work.close(tx, &handling(actor)))
}
