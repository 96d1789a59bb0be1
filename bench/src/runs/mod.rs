//! One file per figure.

pub mod log;
pub mod lookup;
pub mod registry_here;
pub mod registry_load;
pub mod registry_search;
pub mod submit;
pub mod transitions;
