//! `number_establish`: somebody without a number in force gets one: the first, or again after it was cancelled.

use base::PersonalNumber;
use contracts::{Access, CommuneCode, PersonId, events::LifeKind, ports::Nation};
use store::Tx;

use super::{
    lives::{self, Act, Basis},
    numbers,
};
use crate::{
    RegistryError,
    model::{Item, Refusal, number::Series, status},
    policy::{Action, authorise},
};

/// `registered_in` is asked only where the record does not say where the birth was registered.
pub async fn number_establish(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    person: PersonId,
    registered_in: Option<&CommuneCode>,
    basis: &Basis,
) -> Result<PersonalNumber, RegistryError> {
    authorise(access, Action::Act, Some(person))?;
    let today = base::vietnam_date(tx.now());
    let act = Act::new(tx, access, LifeKind::NumberEstablished, "registry.number_establish", today, basis)?;
    let mut lives = lives::load(tx, [person]).await?;
    let life = lives.get(person)?;
    status::may_get_number(life, &act.pen(tx))?;
    let items = &life.person.items;
    let place = life.get(Item::BirthRegistrationPlace).or(registered_in.map(CommuneCode::as_str));
    let place = place.and_then(|code| nation.number_prefix(code)).ok_or(Refusal::NoPrefix)?;
    let (Some(sex), Some(born)) = (items.sex(), items.birth_date()) else {
        return Err(Refusal::BirthDayUnknown.into());
    };
    let number = numbers::claim(tx, Series { place, sex, year: born.year() }, person).await?;
    status::give_number(&mut lives, &act.pen(tx), person, number.to_string())?;
    act.write(tx, &lives, &[person]).await?;
    Ok(number)
}
