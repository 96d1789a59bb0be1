//! Everything that can be done with the record, one operation a file.
//!
//! Each: authorise, load, decide, write, leave event and audit entry, in the transaction that it is given. Whoever calls
//! hands data out only after that transaction has committed.

mod item_correct;
mod person_as_of;
mod person_by_number;
mod person_facts;
mod person_find;
mod person_lookup;
mod person_match;
mod person_record;
mod read;
mod residence_register;
mod write;

pub use item_correct::{ItemCorrection, item_correct};
pub use person_as_of::person_as_of;
pub use person_by_number::person_by_number;
pub use person_facts::person_facts;
pub use person_find::{Found, Search, person_find};
pub use person_lookup::person_lookup;
pub use person_match::person_match;
pub use person_record::{KinEntry, Origin, Record, RecordItem, ResidenceEntry, person_record};
pub use residence_register::residence_register;
