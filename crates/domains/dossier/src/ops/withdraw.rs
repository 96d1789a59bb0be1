//! The citizen takes a dossier back, at any time before it is decided.

use contracts::Actor;
use serde_json::json;
use store::Tx;

use crate::{
    DossierError, Dossiers, Status,
    moves::{Happened, filing},
    ops::{Moved, Opened, Target, approve::close_alerts, open, today},
    policy::Action,
};

pub async fn dossier_withdraw(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
) -> Result<Moved, DossierError> {
    let mut work = match open(tx, actor, target, Action::Withdraw, "dossier.withdraw", &()).await? {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    let m = &mut work.moving;
    m.dossier.clock = m.dossier.clock.pause(cx.nation.calendar(), today(tx))?;
    m.dossier.due_on = None;
    m.dossier.proposal = None;
    m.dossier.finished_at = Some(tx.now());
    m.to(Status::Withdrawn, Happened::Withdrawn, json!({}))?;
    close_alerts(tx, &work.moving.dossier);
    Ok(work.close(tx, &filing(actor)))
}
