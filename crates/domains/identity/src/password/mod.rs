//! Passwords: what is accepted ([`rules`]) and how they are hashed without starving the process ([`pool`]).

use base::nfc;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

pub mod pool;
pub mod rules;

pub use pool::{PasswordCost, Passwords, Slot};

/// A password as typed, in one Unicode form, so that every keyboard's diacritics agree. Never shown, wiped when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    pub fn new(typed: &str) -> Self {
        Self(Zeroizing::new(nfc(typed)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self::new(&Zeroizing::new(String::deserialize(d)?)))
    }
}
