//! The words and values everything else is said in: time, chance, ids, text, names, dates, numbers, money.
//!
//! Pure: no I/O, no runtime, no database connection. Time and chance come in as parameters ([`Clock`], [`Entropy`]),
//! so that every decision built on this floor can be replayed. Types here refuse impossible values when they are
//! made, so the floors above need not check them again.

pub mod calendar;
pub mod clock;
pub mod entropy;
pub mod fault;
pub mod id;
pub mod limits;
pub mod money;
pub mod name;
pub mod name_parts;
pub mod number;
pub mod page;
pub mod partial_date;
pub mod text;
pub mod tone;

pub use calendar::{Calendar, DayKind};
pub use clock::{Clock, FixedClock, SystemClock, VIETNAM, vietnam_date, vietnam_time};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use fault::{Fault, FieldFault, Kind};
pub use money::Vnd;
pub use name::PersonName;
pub use name_parts::{NameForm, NameMatch, NameParts, NameReason, compare_names};
pub use number::{PersonalNumber, Sex};
pub use page::{Page, PageRequest};
pub use partial_date::PartialDate;
pub use text::{Lang, Text, fold, nfc};
pub use tone::one_tone_style;
