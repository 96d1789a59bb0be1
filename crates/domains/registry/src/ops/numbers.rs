//! Claiming a personal number: drawn by chance, somebody's once its row in the claim table stands.

use base::PersonalNumber;
use contracts::PersonId;
use store::{RowExt, Tx};

use crate::{
    RegistryError,
    model::{
        Refusal,
        number::{DRAWS, Series},
    },
    sql,
};

/// A number of the series that nobody ever had, now claimed for `person`. Two who draw the same at once cannot both get it:
/// the second waits for the first to commit, and draws on.
pub async fn claim(tx: &Tx, series: Series, person: PersonId) -> Result<PersonalNumber, RegistryError> {
    let drawn = series.draw(tx.entropy());
    let texts: Vec<&str> = drawn.iter().map(PersonalNumber::as_str).collect();
    let taken = numbers(tx.query(sql::NUMBERS_TAKEN, &[&texts]).await?)?;
    let free: Vec<PersonalNumber> = drawn.iter().filter(|n| !taken.contains(n)).copied().collect();
    if let Some(number) = first(tx, &free, person).await? {
        return Ok(number);
    }
    // The series is nearly full: look through all of it.
    let prefix = series.prefix().ok_or(Refusal::BirthDayUnknown)?;
    let few = i64::try_from(DRAWS).unwrap_or(i64::MAX);
    let windows: Vec<_> = Series::windows(tx.entropy()).collect();
    for (start, end) in windows {
        let [start, end] = [start, end].map(i64::from);
        let free = numbers(tx.query(sql::NUMBERS_FREE, &[&prefix, &start, &end, &few]).await?)?;
        if let Some(number) = first(tx, &free, person).await? {
            return Ok(number);
        }
    }
    Err(Refusal::NumbersExhausted.into())
}

async fn first(
    tx: &Tx,
    free: &[PersonalNumber],
    person: PersonId,
) -> Result<Option<PersonalNumber>, RegistryError> {
    for number in free {
        if tx.execute(sql::NUMBER_CLAIM, &[number, &person]).await? == 1 {
            return Ok(Some(*number));
        }
    }
    Ok(None)
}

fn numbers(rows: Vec<store::Row>) -> Result<Vec<PersonalNumber>, store::StoreError> {
    rows.iter().map(|row| row.col("value")).collect()
}
