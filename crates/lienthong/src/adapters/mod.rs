//! Where domains meet: each port of `contracts`, answered by its owner. No rule of any domain is decided here.

pub mod cards;
pub mod nation;
pub mod press;
