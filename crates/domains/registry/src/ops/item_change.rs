//! `item_change`: name, sex, ethnicity, religion or day of birth is another one by law, from a day on. What was so before
//! stays true of then; an error is corrected by `item_correct`.

use contracts::{Access, PersonId, events::LifeKind, ports::Nation};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::{Item, status},
    policy::{Action, authorise},
};

#[derive(Clone)]
pub struct ItemChange {
    pub person: PersonId,
    pub item: Item,
    pub value: String,
    pub on: Date,
}

pub async fn item_change(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    change: &ItemChange,
    basis: &Basis,
) -> Result<(), RegistryError> {
    let ItemChange { person, item, ref value, on } = *change;
    authorise(access, Action::Act, Some(person))?;
    let act = Act::new(tx, access, LifeKind::ItemChanged, "registry.item_change", on, basis)?;
    let checked = item.check(value, act.pen(tx).today(), nation);
    let value = checked.map_err(|broken| RegistryError::Invalid(vec![broken.at("value")]))?;
    let mut lives = lives::with_family(tx, person, on).await?;
    status::change(&mut lives, &act.pen(tx), person, item, value, on)?;
    act.write(tx, &lives, &[person]).await
}
