//! One file per figure.

pub mod log;
pub mod lookup;
pub mod submit;
pub mod transitions;
