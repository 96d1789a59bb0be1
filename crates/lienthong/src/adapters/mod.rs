//! Where domains meet: each port of `contracts`, answered by its owner. No rule of any domain is decided here.

pub mod cards;
pub mod devices;
pub mod nation;
mod offices;
pub mod organisations;
pub mod press;
pub mod telco;
