//! Somebody who is signed in, as those need it who vouch for them elsewhere: when, by which means, in which session.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Actor;

/// A way in which somebody proved to be the holder of an account. Told to relying parties as `amr` (RFC 8176).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Password,
    /// A code from an authenticator app (RFC 6238).
    AppCode,
    /// A code sent to the telephone of the record.
    MessageCode,
    /// A key that never leaves the device, unlocked there by its owner (WebAuthn with user verification).
    Passkey,
    /// A signed-in device of the same person said yes.
    OtherDevice,
}

impl Method {
    pub const ALL: [Self; 5] =
        [Self::Password, Self::AppCode, Self::MessageCode, Self::Passkey, Self::OtherDevice];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::AppCode => "app_code",
            Self::MessageCode => "message_code",
            Self::Passkey => "passkey",
            Self::OtherDevice => "other_device",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.as_str() == word)
    }

    /// The values of RFC 8176 section 2 that say the same.
    pub fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["pwd"],
            Self::AppCode => &["otp"],
            Self::MessageCode => &["sms"],
            Self::Passkey => &["hwk", "user"],
            Self::OtherDevice => &["swk"],
        }
    }
}

/// The login behind a request of a browser. `identity` puts it into the request's extensions beside `Caller`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The session, as its owner sees it in a list; it opens nothing.
    pub session: Uuid,
    pub actor: Actor,
    /// When the holder last proved to be the holder (`auth_time`).
    pub at: Timestamp,
    pub methods: Vec<Method>,
}
