//! The citizen's site from outside: its texts, and its pages over a real database.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod account;
mod corrections;
mod following;
mod helpers;
mod organisations;
mod own_data;
mod pages;
mod reverify;
mod telephones;
mod texts;
mod world;
