//! A dossier that lies with the wrong agency goes to the right one, with the reason; the clock runs on.

use contracts::{Actor, AgencyId};
use serde_json::json;
use store::Tx;

use crate::{
    DossierError, Dossiers, Status, jobs,
    moves::{Happened, handling},
    ops::{Moved, Opened, Target, approve::close_alerts, open, required_text},
    policy::Action,
};

pub async fn dossier_forward(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
    to: &AgencyId,
    reason: &str,
) -> Result<Moved, DossierError> {
    let mut work = match open(tx, actor, target, Action::Forward, "dossier.forward", &(to, reason)).await? {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::Registered, Status::Accepted, Status::InProgress])?;
    let reason = required_text("reason", reason)?;
    let agency = cx.nation.agency(to).ok_or_else(|| DossierError::field("agency", "forms.not_a_choice"))?;
    if Some(&agency.id) == work.dossier().agency.as_ref() {
        return Err(DossierError::field("agency", "forms.not_a_choice"));
    }
    close_alerts(tx, &work.moving.dossier);
    let m = &mut work.moving;
    m.dossier.agency = Some(agency.id.clone());
    m.dossier.assignee = None;
    m.dossier.proposal = None;
    m.note(Happened::Forwarded, json!({ "to": agency.name, "reason": reason }));
    jobs::alert_breached(tx, &work.moving.dossier);
    Ok(work.close(tx, &handling(actor)))
}
