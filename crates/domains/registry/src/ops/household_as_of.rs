//! `household_as_of`: who lived in a household on a day, and who headed it, as it was known at a moment.

use contracts::{Access, HouseholdId};
use jiff::{Timestamp, civil::Date};
use store::Tx;

use super::{
    read::MEMBERS_MAX,
    roster::{self, Resident},
};
use crate::{
    RegistryError,
    policy::{Action, authorise},
    sql,
};

/// The head first.
pub async fn household_as_of(
    tx: &mut Tx,
    access: &Access,
    household: HouseholdId,
    day: Date,
    known: Timestamp,
) -> Result<Vec<Resident>, RegistryError> {
    authorise(access, Action::Read, None)?;
    let rows = tx.query(sql::HOUSEHOLD_AS_OF, &[&household, &day, &known, &MEMBERS_MAX]).await?;
    let members = roster::residents(tx, &rows, day, known).await?;
    roster::log(tx, access, "registry.household_as_of", &members);
    Ok(members)
}
