//! `death_annul`: who was declared or registered dead lives; the death never was.

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::vital,
    policy::{Action, authorise},
};

/// `on` is the day of the decision.
pub async fn death_annul(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(person))?;
    let act = Act::new(tx, access, LifeKind::DeathAnnulled, "registry.death_annul", on, basis)?;
    let mut lives = lives::with_family(tx, person, on).await?;
    vital::annul_death(&mut lives, &act.pen(tx), person, on)?;
    act.write(tx, &lives, &[person]).await
}
