//! The citizen's site from outside: its texts, and its pages over a real database.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod pages;
mod texts;
mod world;
