//! The kit from outside: over its router, over a socket, over its texts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stand outside test functions")]

mod http;
mod serve;
mod texts;
