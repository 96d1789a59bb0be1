//! `person_facts`: exactly the wanted facts about a known person, each with where it comes from.

use base::vietnam_date;
use contracts::{Access, PersonId};
use forms::{Fact, Person};
use store::Tx;

use super::read;
use crate::{
    RegistryError,
    duplicates::ops::person_resolve,
    model::answer::{Needs, Read, answer},
    policy::{Action, authorise},
};

pub async fn person_facts(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    wanted: &[Fact],
) -> Result<Person, RegistryError> {
    authorise(access, Action::Facts, Some(person))?;
    let person = person_resolve(tx, person).await?;
    let today = vietnam_date(tx.now());
    let loaded = read::by_id(tx, person, Needs::of(wanted)).await?.ok_or(RegistryError::NoSuchPerson)?;
    let read =
        Read { person: &loaded.person, residences: &loaded.residences, members: &loaded.members, today };
    let facts = answer(&read, wanted);
    tx.audit(
        access.entry("registry.person_facts").about(person).fields(wanted.iter().map(|f| f.key())).done(),
    );
    Ok(facts)
}
