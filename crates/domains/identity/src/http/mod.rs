//! HTTP: who calls ([`caller`]), a browser that signs in ([`browser`]), and the JSON API of accounts and sessions ([`api`]).

pub mod api;
pub mod browser;
pub mod caller;

pub use api::{Api, router};
pub use caller::{SignedIn, authenticate};
