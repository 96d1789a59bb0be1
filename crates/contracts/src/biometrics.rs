//! Devices at a counter that compare a person with the card that lies in them. What they measure stays in them: we learn an
//! outcome, signed by the device.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::AgencyId;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    Face,
    Fingerprint,
}

impl Trait {
    pub const ALL: [Self; 2] = [Self::Face, Self::Fingerprint];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Fingerprint => "fingerprint",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == word)
    }
}

/// A device that an agency registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub id: String,
    /// Where it stands, as its officers call it.
    pub name: String,
    /// Its public key, a JWK.
    pub key: String,
}

/// What a device is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewComparison {
    pub session: Uuid,
    /// Stands in the result, which so answers this question and no other.
    pub nonce: String,
    /// For whom the result is.
    pub audience: String,
    /// `base64url(SHA-256(nonce ‖ number))` with the personal number of a citizen, or the number of a foreigner's residence
    /// card: the device computes it from the card that lies in it, and learns of nobody whose card does not.
    pub subject: String,
    pub kinds: Vec<Trait>,
    pub ends_at: Timestamp,
}

/// What came of one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Match,
    NoMatch,
    /// Not good enough to tell: again.
    BadCapture,
}

impl Outcome {
    pub const ALL: [Self; 3] = [Self::Match, Self::NoMatch, Self::BadCapture];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::NoMatch => "no_match",
            Self::BadCapture => "bad_capture",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.as_str() == word)
    }
}

/// The type (`typ`) of a result: a signed JWT whose issuer is the device, its audience ours, its subject the
/// [`NewComparison::subject`], its id the session. It lives for [`RESULT_LIFE_S`].
pub const RESULT_TYPE: &str = "comparison-result+jwt";
pub const RESULT_LIFE_S: i64 = 120;

/// What a result says beside that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub nonce: String,
    /// One for each kind that was asked.
    pub results: Vec<Measured>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    pub kind: Trait,
    pub outcome: Outcome,
    /// Of what was captured, 0 to 100.
    pub quality: u8,
}

/// Why a device did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the device does not answer, or not in its right mind")]
pub struct DeviceAway;

/// The devices of all counters. `begin` and `answer` go over a network: never ask while a transaction waits that others
/// wait for.
#[async_trait]
pub trait Biometrics: Send + Sync + 'static {
    /// Those of an agency; none where the officer's own eyes are the check.
    fn devices(&self, agency: &AgencyId) -> Vec<Device>;

    async fn begin(&self, device: &str, comparison: &NewComparison) -> Result<(), DeviceAway>;

    /// The signed result, once there is one; whether it holds is the asker's to check.
    async fn answer(&self, device: &str, session: Uuid) -> Result<Option<String>, DeviceAway>;
}
