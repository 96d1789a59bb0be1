//! `person_lookup`: the wanted facts about the holder of a number, in one round trip; the audit entry goes with the commit.

use base::{PersonalNumber, vietnam_date};
use contracts::Access;
use forms::{Fact, Person};
use store::Tx;

use super::read;
use crate::{
    RegistryError,
    model::answer::{Needs, Read, answer},
    policy::{Action, LOOK_UP_PURPOSES, authorise},
};

/// `None` when nobody ever had this number; that is logged, too.
pub async fn person_lookup(
    tx: &mut Tx,
    access: &Access,
    number: &PersonalNumber,
    wanted: &[Fact],
) -> Result<Option<Person>, RegistryError> {
    authorise(access, Action::LookUp, None)?;
    if !LOOK_UP_PURPOSES.contains(&access.purpose) {
        return Err(RegistryError::PurposeNotAllowed);
    }
    if wanted.len() > Fact::ALL.len() {
        return Err(RegistryError::TooManyFields { max: Fact::ALL.len() });
    }
    let today = vietnam_date(tx.now());
    let loaded = read::by_number(tx, number, Needs::of(wanted)).await?;
    let entry = access.entry("registry.person_lookup").fields(wanted.iter().map(|f| f.key()));
    let Some(loaded) = loaded else {
        tx.audit(entry.done());
        return Ok(None);
    };
    tx.audit(entry.about(loaded.person.id).done());
    let read =
        Read { person: &loaded.person, residences: &loaded.residences, members: &loaded.members, today };
    Ok(Some(answer(&read, wanted)))
}
