//! Services as data: what a procedure asks, of whom, under which rules, and what follows. A new procedure is a new file.
//!
//! - [`definition`] is the file format, [`load`] reads and checks it (`verify`, `names`), [`expr`] is the rule language,
//!   [`facts`] the words for what the population record knows.
//! - [`sheet`] applies a definition to answers: visibility, values, faults. [`form`] reads HTML fields, [`schema`] writes JSON
//!   Schema, [`outcome`] and [`effects`] tell what follows: checks, consents, fee, steps, result, changes to the record.
//! - Nothing here reads a database, a clock or a file; whoever calls hands in the facts and the day.

pub mod codes;
pub mod definition;
pub mod effects;
pub mod expr;
pub mod facts;
pub mod form;
pub mod kind;
pub mod load;
mod names;
pub mod outcome;
pub mod schema;
pub mod sheet;
mod verify;

pub use codes::CODES;
pub use definition::{Channel, Field, Level, Page, Role, Service, Severity};
pub use expr::{Formula, Value};
pub use facts::{Fact, Facts, Person, Provenance};
pub use kind::Kind;
pub use load::Problem;
pub use outcome::{Handed, Verdict};
pub use sheet::{Answers, FieldView, PageView, Sheet, Source};

/// The texts of the faults: the Vietnamese file, then the English one.
pub const TEXTS: (&str, &str) = (include_str!("../i18n/vi.ftl"), include_str!("../i18n/en.ftl"));
