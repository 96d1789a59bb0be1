//! `marriage_register`: two people of the register marry.

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::family::{self, Couple},
    policy::{Action, authorise},
};

pub async fn marriage_register(
    tx: &mut Tx,
    access: &Access,
    couple: [PersonId; 2],
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, None)?;
    let act = Act::new(tx, access, LifeKind::Marriage, "registry.marriage_register", on, basis)?;
    let mut lives = lives::load(tx, couple).await?;
    let [one, other] = couple;
    let [a, b] = lives::kinships(tx, couple).await?;
    family::marry(&mut lives, &act.pen(tx), &Couple { one, other, families: (&a, &b) }, on)?;
    act.write(tx, &lives, &couple).await
}
