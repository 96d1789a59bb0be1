//! The program: where configuration, domains and sites are wired together.
//!
//! - [`config`] is what an operator can set; [`app`] opens the database and builds everything from it, and runs roles.
//! - [`adapters`] answer the ports of `contracts` with their owners; [`commands`] is the command line, [`demo`] the show,
//!   [`party`] a relying party that belongs to it. [`name`] keeps browsers at one name of this machine.
//! - No rule of any domain lives here.

pub mod adapters;
pub mod app;
pub mod commands;
pub mod config;
pub mod demo;
pub mod name;
pub mod party;
