//! `death_register`: a life ends in the record, and with it what the law lets end.

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::vital,
    policy::{Action, authorise},
};

pub async fn death_register(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(person))?;
    let act = Act::new(tx, access, LifeKind::Death, "registry.death_register", on, basis)?;
    let mut lives = lives::with_family(tx, person, on).await?;
    vital::death(&mut lives, &act.pen(tx), person, on)?;
    act.write(tx, &lives, &[person]).await
}
