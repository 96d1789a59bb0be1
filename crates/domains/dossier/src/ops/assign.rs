//! The head gives a dossier to an officer of the agency.

use contracts::{Actor, ports::Officer};
use serde_json::json;
use store::Tx;

use crate::{
    DossierError,
    moves::{Happened, handling},
    ops::{Moved, Opened, Target, open},
    policy::Action,
};

/// `officer` must be of the agency that has the dossier; the caller looked that up.
pub async fn dossier_assign(
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
    officer: &Officer,
) -> Result<Moved, DossierError> {
    let mut work = match open(tx, actor, target, Action::Assign, "dossier.assign", &officer.account).await? {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    if !work.dossier().status.is_open() {
        return Err(DossierError::WrongStatus(work.dossier().status));
    }
    work.moving.dossier.assignee = Some(officer.account);
    work.moving.note(Happened::Assigned, json!({ "to": officer.name }));
    Ok(work.close(tx, &handling(actor)))
}
