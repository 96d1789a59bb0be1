//! An officer begins to work on a dossier and has it from now on.

use contracts::Actor;
use serde_json::json;
use store::Tx;

use crate::{
    DossierError, Status,
    moves::{Happened, handling},
    ops::{Moved, Opened, Target, open},
    policy::Action,
};

pub async fn dossier_start(tx: &mut Tx, actor: &Actor, target: &Target) -> Result<Moved, DossierError> {
    let mut work = match open(tx, actor, target, Action::Receive, "dossier.start", &()).await? {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::Accepted])?;
    work.moving.dossier.assignee = Some(actor.account);
    work.moving.to(Status::InProgress, Happened::Started, json!({}))?;
    Ok(work.close(tx, &handling(actor)))
}
