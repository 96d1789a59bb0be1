//! A dossier that can no longer be decided is stopped, with the reason: by the head, such as one of a person who has
//! died; by the system, when the time to answer has run out.

use base::Text;
use contracts::Actor;
use serde_json::json;
use store::Tx;

use crate::{
    DossierError, Dossiers, Status,
    moves::{Happened, handling, notify},
    ops::{Moved, Opened, Target, approve::close_alerts, open, required_text, today},
    policy::Action,
};

pub async fn dossier_stop(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
    reason: &str,
) -> Result<Moved, DossierError> {
    let mut work = match open(tx, actor, target, Action::Stop, "dossier.stop", &reason).await? {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    let reason = required_text("reason", reason)?;
    let m = &mut work.moving;
    m.dossier.clock = m.dossier.clock.pause(cx.nation.calendar(), today(tx))?;
    m.dossier.due_on = None;
    m.dossier.proposal = None;
    m.dossier.finished_at = Some(tx.now());
    m.to(Status::Stopped, Happened::Stopped, json!({ "reason": reason }))?;
    let d = &work.moving.dossier;
    close_alerts(tx, d);
    let title = Text::new("Hồ sơ của bạn đã dừng xử lý", "Work on your dossier was stopped");
    notify(tx, d.applicant, &title, format!("/dossiers/{}", d.id));
    Ok(work.close(tx, &handling(actor)))
}
