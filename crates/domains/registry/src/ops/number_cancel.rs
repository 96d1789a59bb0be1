//! `number_cancel`: a personal number is cancelled. It goes on leading to its person and is never given again.

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::status,
    policy::{Action, authorise},
};

pub async fn number_cancel(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(person))?;
    let act = Act::new(tx, access, LifeKind::NumberCancelled, "registry.number_cancel", on, basis)?;
    let mut lives = lives::load(tx, [person]).await?;
    status::cancel_number(&mut lives, &act.pen(tx), person, on)?;
    act.write(tx, &lives, &[person]).await
}
