//! `household_name_head`: the members of a household name another head (thay đổi chủ hộ).

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::{household, residence},
    policy::{Action, authorise},
};

pub async fn household_name_head(
    tx: &mut Tx,
    access: &Access,
    head: PersonId,
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Register, Some(head))?;
    let act = Act::new(tx, access, LifeKind::HouseholdHead, "registry.household_name_head", on, basis)?;
    let mut lives = lives::load(tx, [head]).await?;
    let households = residence::households(lives.get(head)?.residences.spans());
    let members = lives::members(tx, &households, on).await?;
    lives::add(tx, &mut lives, members).await?;
    household::name_head(&mut lives, &act.pen(tx), head, on)?;
    act.write(tx, &lives, &[head]).await
}
