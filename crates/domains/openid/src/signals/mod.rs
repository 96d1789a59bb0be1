//! Shared Signals: what happens to an account, told to relying parties that want to know (OpenID SSF 1.0, CAEP, RISC).
//!
//! - A receiver has one stream, of events that it asked for, pushed to it (RFC 8935) or fetched by it (RFC 8936).
//! - A receiver hears only of accounts that signed in there, under the subject by which it knows them.
//! - [`event`] says how a change of an account reads as a security event; pure. [`stream`] is the receiver's configuration,
//!   [`follower`] leaves the messages that [`crate::messages`] sends.

pub mod event;
pub mod follower;
pub mod stream;
