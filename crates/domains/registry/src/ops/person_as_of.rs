//! `person_as_of`: what held on a day, as it was known at a moment. A correction changes what we know, not what we knew.

use contracts::{Access, PersonId};
use jiff::{Timestamp, civil::Date};
use store::Tx;

use super::person_record::{Record, record_as_of};
use crate::{
    RegistryError,
    duplicates::ops::person_resolve_then,
    policy::{Action, authorise},
};

pub async fn person_as_of(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    day: Date,
    known: Timestamp,
) -> Result<Record, RegistryError> {
    authorise(access, Action::Read, Some(person))?;
    let person = person_resolve_then(tx, person, known).await?;
    let record = record_as_of(tx, person, day, known).await?;
    tx.audit(access.entry("registry.person_as_of").about(person).fields(record.fields()).done());
    Ok(record)
}
