//! Boxes on real binaries: life, death, and what must be refused.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails is a test that fails")]

mod help;
mod lives;
mod refuses;
