//! `person_resolve`: the record in force of a person, where theirs gave way to another of the same person.

use contracts::PersonId;
use jiff::Timestamp;
use store::{RowExt, Tx};

use crate::{RegistryError, duplicates::sql};

/// Ids never die: who keeps one from before a merge asks with it for ever. It tells nothing of the person, so nothing is
/// logged; what is read then, is.
pub async fn person_resolve(tx: &Tx, person: PersonId) -> Result<PersonId, RegistryError> {
    let row = tx.query_opt(sql::SURVIVOR, &[&person]).await?.ok_or(RegistryError::NoSuchPerson)?;
    Ok(PersonId(row.col("person_id")?))
}

/// The same for what was known at a moment: before the merge, the record stood for itself.
pub async fn person_resolve_then(
    tx: &Tx,
    person: PersonId,
    known: Timestamp,
) -> Result<PersonId, RegistryError> {
    let row =
        tx.query_opt(sql::SURVIVOR_THEN, &[&person, &known]).await?.ok_or(RegistryError::NoSuchPerson)?;
    Ok(PersonId(row.col("person_id")?))
}
