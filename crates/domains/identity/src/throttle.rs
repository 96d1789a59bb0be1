//! How often somebody may try at a door: counted in the database, so it holds across processes and restarts.
//!
//! A try is counted *before* it is checked and given back when it succeeds, so that many tries at once cannot slip
//! through. After a few free tries each further one starts a wait that doubles. Who knocks is kept as a digest.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use store::{RowExt, Store, Tx};

use crate::{IdentityError, Keys, sql, sql_messages};

/// Tries older than this are forgotten.
const MEMORY: SignedDuration = SignedDuration::from_hours(24);
/// The first wait and the longest; each further try doubles it.
struct Waits {
    first: i64,
    most: i64,
}

/// At most 96 tries a day, below the 100 in a row of NIST 800-63B section 3.2.2.
const TRIES: Waits = Waits { first: 30, most: 900 };
/// A message costs money, and whoever asks for many of them may be paid for it.
const SENDINGS: Waits = Waits { first: 60, most: 6 * 3600 };

/// A door at which somebody tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Signing in to one account, or showing its password again.
    Account,
    /// Signing in from one address. Whole offices and mobile networks share one.
    SignInClient,
    /// Opening an account for one number.
    OpenNumber,
    /// Opening accounts from one address.
    OpenClient,
    /// Codes by message for one account, or for one that is being opened.
    MessageAccount,
    /// Codes by message to one telephone.
    MessagePhone,
}

impl Door {
    pub const ALL: [Self; 6] = [
        Self::Account,
        Self::SignInClient,
        Self::OpenNumber,
        Self::OpenClient,
        Self::MessageAccount,
        Self::MessagePhone,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Account => "throttle account",
            Self::SignInClient => "throttle sign-in client",
            Self::OpenNumber => "throttle open number",
            Self::OpenClient => "throttle open client",
            Self::MessageAccount => "throttle message account",
            Self::MessagePhone => "throttle message phone",
        }
    }

    /// Tries without a wait.
    pub fn free_tries(self) -> i32 {
        match self {
            Self::Account => 5,
            Self::SignInClient => 50,
            Self::OpenNumber => 3,
            Self::OpenClient => 20,
            Self::MessageAccount | Self::MessagePhone => 1,
        }
    }

    fn waits(self) -> Waits {
        match self {
            Self::MessageAccount | Self::MessagePhone => SENDINGS,
            Self::Account | Self::SignInClient | Self::OpenNumber | Self::OpenClient => TRIES,
        }
    }

    /// The wait that begins with this try, counted from one.
    pub fn wait(self, tries: i32) -> Option<SignedDuration> {
        let beyond = u32::try_from(tries - self.free_tries()).ok()?;
        let Waits { first, most } = self.waits();
        let seconds = first.saturating_mul(1 << beyond.min(16)).min(most);
        Some(SignedDuration::from_secs(seconds))
    }

    pub fn key(self, keys: &Keys, who: &[u8]) -> Key {
        Key { door: self, digest: keys.digest(self.name(), who) }
    }

    /// The key of a client; none when its address is not known.
    pub fn client_key(self, keys: &Keys, ip: Option<IpAddr>) -> Option<Key> {
        ip.map(|ip| match ip {
            IpAddr::V4(v4) => self.key(keys, &v4.octets()),
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => self.key(keys, &v4.octets()),
                // A subscriber of IPv6 owns a whole /64.
                None => self.key(keys, &(v6.to_bits() >> 64).to_be_bytes()),
            },
        })
    }
}

/// A door with the digest of who knocks.
#[derive(Debug, Clone)]
pub struct Key {
    door: Door,
    digest: Vec<u8>,
}

impl Key {
    pub(crate) fn digest(&self) -> &[u8] {
        &self.digest
    }
}

/// Counts a try at each door, in a transaction of its own. The order of the keys must be the same everywhere: a client
/// before what it knocks at, because their rows stay locked until the commit.
pub async fn take(store: &Store, keys: &[&Key]) -> Result<(), IdentityError> {
    let tx = store.begin().await?;
    let mut outcome = Ok(());
    for key in keys {
        outcome = take_one(&tx, key).await;
        if outcome.is_err() {
            break;
        }
    }
    match outcome {
        // Refused, and still committed: what was counted before this door stays counted.
        Err(IdentityError::TooManyTries { seconds }) => {
            tx.finish::<_, IdentityError>(Ok(())).await?;
            Err(IdentityError::TooManyTries { seconds })
        }
        outcome => tx.finish(outcome).await,
    }
}

async fn take_one(tx: &Tx, key: &Key) -> Result<(), IdentityError> {
    let now = tx.now();
    let row = tx.query_one(sql::THROTTLE_TAKE, &[&key.digest, &now, &(now - MEMORY)]).await?;
    let blocked: Option<Timestamp> = row.col("blocked_until")?;
    if let Some(until) = blocked.filter(|until| *until > now) {
        return Err(IdentityError::TooManyTries { seconds: until.duration_since(now).as_secs() });
    }
    if let Some(wait) = key.door.wait(row.col("tries")?) {
        tx.change(sql::THROTTLE_BLOCK, &[&key.digest, &(now + wait)]).await?;
    }
    Ok(())
}

/// The try was good: an account starts anew, a client gets this one try back.
pub fn give_back(tx: &mut Tx, key: &Key) {
    match key.door {
        Door::Account | Door::OpenNumber => {
            tx.defer(sql::THROTTLE_CLEAR, vec![Box::new(key.digest.clone())]);
        }
        Door::SignInClient | Door::OpenClient => {
            tx.defer(sql::THROTTLE_RETURN, vec![Box::new(key.digest.clone())]);
        }
        // The next message waits its time all the same.
        Door::MessageAccount | Door::MessagePhone => {
            tx.defer(sql_messages::THROTTLE_EASE, vec![Box::new(key.digest.clone())]);
        }
    }
}

/// Drops what is forgotten anyway. Returns how many rows went.
pub async fn sweep(tx: &Tx) -> Result<u64, IdentityError> {
    Ok(tx.execute(sql::THROTTLE_SWEEP, &[&(tx.now() - MEMORY)]).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_begin_after_the_free_tries_double_and_end() {
        for door in Door::ALL {
            let free = door.free_tries();
            assert!((1..free).all(|tries| door.wait(tries).is_none()));
            let waits: Vec<i64> = (free..free + 7).map(|t| door.wait(t).unwrap().as_secs()).collect();
            let (expected, most) = match door {
                Door::MessageAccount | Door::MessagePhone => ([60, 120, 240, 480, 960, 1920, 3840], 21_600),
                _ => ([30, 60, 120, 240, 480, 900, 900], 900),
            };
            assert_eq!(waits, expected, "{door:?}");
            assert_eq!(door.wait(i32::MAX).unwrap().as_secs(), most);
        }
    }

    #[test]
    fn one_household_is_one_client() {
        let keys = Keys::generate(&base::SeededEntropy::new(1));
        let key = |ip: &str| Door::SignInClient.client_key(&keys, ip.parse().ok()).map(|k| k.digest);
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
        assert_eq!(key("nowhere"), None);
    }
}
