//! `person_standing`: whether a person's record gave way to another, and which numbers led to it. For those whose own
//! things hang on number and record, such as accounts. `person_hold`: keeps it so until a transaction ends.

use base::PersonalNumber;
use contracts::{Access, PersonId, Standing};
use store::{RowExt, StoreError, Tx};

use crate::{
    RegistryError,
    model::Item,
    policy::{Action, authorise},
    rows::PersonRow,
    sql,
};

/// Of this very record: nothing is answered with the one that it gave way to. None: nobody has this id.
pub async fn person_standing(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
) -> Result<Option<Standing>, RegistryError> {
    authorise(access, Action::Facts, Some(person))?;
    let Some(row) = tx.query_opt(sql::PERSON, &[&person]).await? else { return Ok(None) };
    let found = PersonRow::read(&row)?;
    let held = found.items.number();
    let mut numbers: Vec<PersonalNumber> = held.into_iter().collect();
    for row in tx.query(sql::VALUES_EVER, &[&person, &Item::Number.key()]).await? {
        let value: &str = row.col("value")?;
        numbers.extend(value.parse::<PersonalNumber>().ok().filter(|number| !numbers.contains(number)));
    }
    tx.audit(access.entry("registry.person_standing").about(person).fields([Item::Number.key()]).done());
    let number = held.filter(|_| found.merged_into.is_none());
    Ok(Some(Standing { gave_way_to: found.merged_into, number, numbers }))
}

/// No act changes the record before this transaction ends. It tells nothing, so it leaves no entry.
pub async fn person_hold(tx: &Tx, person: PersonId) -> Result<(), StoreError> {
    tx.query_opt(sql::PERSON_HOLD, &[&person]).await.map(drop)
}
