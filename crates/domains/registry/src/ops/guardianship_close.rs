//! `guardianship_close`: a guardianship ends while both live.

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::family,
    policy::{Action, authorise},
};

pub async fn guardianship_close(
    tx: &mut Tx,
    access: &Access,
    guardian: PersonId,
    ward: PersonId,
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(ward))?;
    let kind = LifeKind::GuardianshipClosed;
    let act = Act::new(tx, access, kind, "registry.guardianship_close", on, basis)?;
    let mut lives = lives::load(tx, [guardian, ward]).await?;
    family::release(&mut lives, &act.pen(tx), guardian, ward, on)?;
    act.write(tx, &lives, &[guardian, ward]).await
}
