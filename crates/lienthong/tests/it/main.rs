//! The whole system, from outside: what no single crate can promise alone.
//!
//! - [`flow`] is one dossier right through over HTTP; [`kill`] the same under load while processes are killed
//! - [`cli`] is what an operator meets; [`openapi`], [`texts`] and [`schema`] hold what all crates together must keep
//! - [`world`] makes people and accounts; [`server`] runs the real program as a process; [`requests`] speaks HTTP

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails should stop")]

mod cli;
mod flow;
mod kill;
mod openapi;
mod requests;
mod schema;
mod server;
mod texts;
mod world;
