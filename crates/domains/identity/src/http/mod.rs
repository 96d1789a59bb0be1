//! HTTP: who calls ([`caller`]), and the JSON API of accounts and sessions ([`api`]).

pub mod api;
pub mod caller;

pub use api::{Api, router};
pub use caller::{SignedIn, authenticate};
