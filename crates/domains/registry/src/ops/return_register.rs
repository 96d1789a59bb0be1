//! `return_register`: somebody who was missing is back.

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::vital,
    policy::{Action, authorise},
};

pub async fn return_register(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(person))?;
    let act = Act::new(tx, access, LifeKind::Return, "registry.return_register", on, basis)?;
    let mut lives = lives::load(tx, [person]).await?;
    vital::returned(&mut lives, &act.pen(tx), person, on)?;
    act.write(tx, &lives, &[person]).await
}
