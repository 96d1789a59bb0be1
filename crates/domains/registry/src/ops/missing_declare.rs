//! `missing_declare`: a court declared somebody missing (mất tích). They are not dead; their residence is deleted.

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::vital,
    policy::{Action, authorise},
};

pub async fn missing_declare(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(person))?;
    let act = Act::new(tx, access, LifeKind::Missing, "registry.missing_declare", on, basis)?;
    let mut lives = lives::with_household(tx, person, on).await?;
    vital::missing(&mut lives, &act.pen(tx), person, on)?;
    act.write(tx, &lives, &[person]).await
}
