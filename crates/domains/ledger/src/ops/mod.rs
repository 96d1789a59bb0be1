//! What a person may ask of the log about themselves. One file per operation; each leaves its own entry.

mod access_list;
mod access_prove;

use contracts::{Access, PersonId};

pub use access_list::{AccessBody, AccessEntry, Whose, access_list};
pub use access_prove::access_prove;

use crate::LedgerError;

/// The log of accesses is for the one whose data was touched: it is always that of the citizen who asks.
fn authorise(access: &Access) -> Result<PersonId, LedgerError> {
    access.actor.person().ok_or(LedgerError::NotYours)
}
