//! The whole system, from outside: what no single crate can promise alone.
//!
//! - [`flow`] is one dossier right through over HTTP; [`kill`] the same under load while processes are killed
//! - [`desk`] is the officers' site with all that stands behind it
//! - [`bank`] is the demo's relying party; [`cli`] is what an operator meets, [`reform`] the reforms of the catalogue, [`demo`] the show at its full size, [`parties`] other parties as
//!   processes; [`openapi`], [`texts`] and [`schema`] hold what all crates together must keep
//! - [`world`] makes people and accounts; [`system`] is the whole in this process, [`server`] the real program as another
//!   one; [`requests`] speaks HTTP to either

#![expect(clippy::unwrap_used, reason = "a test that fails should stop")]

mod bank;
mod cli;
mod demo;
mod desk;
mod flow;
mod kill;
mod openapi;
mod parties;
mod reform;
mod requests;
mod schema;
mod server;
mod system;
mod texts;
mod world;
