//! The citizen says how it went, once it is over.

use contracts::Actor;
use serde_json::json;
use store::Tx;

use crate::{
    DossierError, Status,
    moves::{Happened, filing},
    ops::{Moved, Opened, Target, open},
    policy::Action,
};

/// One to five stars. A later rating takes the place of an earlier one.
pub async fn dossier_rate(
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
    stars: i16,
) -> Result<Moved, DossierError> {
    let mut work = match open(tx, actor, target, Action::Rate, "dossier.rate", &stars).await? {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::Returned, Status::NotAccepted, Status::Stopped])?;
    if !(1..=5).contains(&stars) {
        return Err(DossierError::field("stars", "forms.not_a_choice"));
    }
    work.moving.dossier.rating = Some(stars);
    work.moving.note(Happened::Rated, json!({ "stars": stars }));
    Ok(work.close(tx, &filing(actor)))
}
