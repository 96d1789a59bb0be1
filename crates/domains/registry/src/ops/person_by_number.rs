//! `person_by_number`: who has this number, today or earlier.

use base::PersonalNumber;
use contracts::{Access, PersonId};
use store::{RowExt, Tx};

use crate::{
    RegistryError,
    policy::{Action, authorise},
    sql,
};

pub async fn person_by_number(
    tx: &mut Tx,
    access: &Access,
    number: &PersonalNumber,
) -> Result<Option<PersonId>, RegistryError> {
    authorise(access, Action::Facts, None)?;
    let row = tx.query_opt(sql::NUMBER_FIND, &[number]).await?;
    let person = row.map(|r| r.col("person_id").map(PersonId)).transpose()?;
    let entry = access.entry("registry.person_by_number").fields(["number"]);
    tx.audit(match person {
        Some(person) => entry.about(person).done(),
        None => entry.done(),
    });
    Ok(person)
}
