//! What can stop a reform.

use base::{Fault, Kind};
use jiff::civil::Date;
use store::StoreError;

use crate::RegistryError;

#[derive(Debug, thiserror::Error)]
pub enum ReformError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Record(#[from] RegistryError),
    #[error("the reform is in force only from {day}")]
    NotYetInForce { day: Date },
    #[error("another reform is being applied or undone: {slug}")]
    OtherRunning { slug: String },
    #[error("somebody else is doing this reform at the same time")]
    RunningElsewhere,
    #[error("a reform of this id was begun with another file")]
    OtherFile,
    #[error("a reform of a later day was applied before: {slug}")]
    OutOfOrder { slug: String },
    #[error("there is no such reform")]
    NoSuchReform,
    /// It is not where this step begins.
    #[error("the reform is {state}")]
    State { state: String },
    #[error("a later reform rests on it: {slug}")]
    LaterReform { slug: String },
    #[error("this address is not waiting for a decision")]
    NothingToSettle,
    #[error("the unit is none of the parts of the divided one")]
    NotAPart,
}

impl Fault for ReformError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(e) => e.kind(),
            Self::Record(e) => e.kind(),
            Self::NoSuchReform => Kind::NotFound,
            Self::NotAPart => Kind::Invalid,
            _ => Kind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::Record(e) => e.code(),
            Self::NotYetInForce { .. } => "registry.reform_not_yet_in_force",
            Self::OtherRunning { .. } => "registry.reform_other_running",
            Self::RunningElsewhere => "registry.reform_running_elsewhere",
            Self::OtherFile => "registry.reform_other_file",
            Self::OutOfOrder { .. } => "registry.reform_out_of_order",
            Self::NoSuchReform => "registry.reform_no_such",
            Self::State { .. } => "registry.reform_state",
            Self::LaterReform { .. } => "registry.reform_later_reform",
            Self::NothingToSettle => "registry.reform_nothing_to_settle",
            Self::NotAPart => "registry.reform_not_a_part",
        }
    }

    fn args(&self) -> Vec<(String, String)> {
        let named = |name: &str, value: String| vec![(name.to_owned(), value)];
        match self {
            Self::Store(e) => e.args(),
            Self::Record(e) => e.args(),
            Self::NotYetInForce { day } => named("day", day.to_string()),
            Self::OtherRunning { slug } | Self::LaterReform { slug } | Self::OutOfOrder { slug } => {
                named("slug", slug.clone())
            }
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> &[base::FieldFault] {
        match self {
            Self::Record(e) => e.fields(),
            _ => &[],
        }
    }
}
