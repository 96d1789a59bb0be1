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
/// Who is kept out by others' tries waits a minute at most.
const CROWD: Waits = Waits { first: 30, most: 60 };
/// So many a day: whoever used them up comes back a day later.
const DAILY: Waits = Waits { first: 24 * 3600, most: 24 * 3600 };

/// A door at which somebody tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Signing in to one account from browsers that are not known to it, and showing its password again in a session.
    Account,
    /// Signing in to one account from one browser that is known to it: what strangers do at the door above does not shut
    /// this one.
    Browser,
    /// Signing in from one address. Whole offices and mobile networks share one.
    SignInClient,
    /// Opening an account for one number, from one address.
    OpenClientNumber,
    /// The same for one number, from wherever. It is far, and never shut for long: whoever knows somebody's number could
    /// keep them from opening an account, and what is guessed here is no more than a birth date.
    OpenNumber,
    /// Opening accounts from one address.
    OpenClient,
    /// Codes by message for one account, or for one that is being opened.
    MessageAccount,
    /// Codes by message to one telephone.
    MessagePhone,
    /// Asking for the help of helpers, from one address.
    RecoveryClient,
    /// The same, from one address for one number: shut long before it can shut the next.
    RecoveryClientNumber,
    /// The same for one number, from wherever.
    RecoveryNumber,
    /// Check words typed by one helper.
    CheckWord,
    /// People asked by one account to be its helpers.
    HelperInvite,
    /// Notices of one kind to one account that others can cause.
    Notice,
    /// Accounts of organisations asked for by one person.
    OrganisationAsk,
}

impl Door {
    pub const ALL: [Self; 15] = [
        Self::Account,
        Self::Browser,
        Self::SignInClient,
        Self::OpenClientNumber,
        Self::OpenNumber,
        Self::OpenClient,
        Self::MessageAccount,
        Self::MessagePhone,
        Self::RecoveryClient,
        Self::RecoveryClientNumber,
        Self::RecoveryNumber,
        Self::CheckWord,
        Self::HelperInvite,
        Self::Notice,
        Self::OrganisationAsk,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Account => "throttle account",
            Self::Browser => "throttle known browser",
            Self::SignInClient => "throttle sign-in client",
            Self::OpenClientNumber => "throttle open client number",
            Self::OpenNumber => "throttle open number",
            Self::OpenClient => "throttle open client",
            Self::MessageAccount => "throttle message account",
            Self::MessagePhone => "throttle message phone",
            Self::RecoveryClient => "throttle recovery client",
            Self::RecoveryClientNumber => "throttle recovery client number",
            Self::RecoveryNumber => "throttle recovery number",
            Self::CheckWord => "throttle check word",
            Self::HelperInvite => "throttle helper invite",
            Self::Notice => "throttle notice",
            Self::OrganisationAsk => "throttle organisation ask",
        }
    }

    /// Tries without a wait.
    pub fn free_tries(self) -> i32 {
        match self {
            Self::Account | Self::Browser | Self::CheckWord | Self::HelperInvite | Self::OrganisationAsk => 5,
            Self::SignInClient | Self::RecoveryNumber => 50,
            Self::OpenClientNumber | Self::RecoveryClientNumber => 3,
            // More than one address can try in a day.
            Self::OpenNumber => 100,
            Self::OpenClient | Self::RecoveryClient => 20,
            Self::MessageAccount | Self::MessagePhone | Self::Notice => 1,
        }
    }

    fn waits(self) -> Waits {
        match self {
            Self::MessageAccount | Self::MessagePhone | Self::RecoveryClientNumber => SENDINGS,
            Self::HelperInvite | Self::Notice | Self::OrganisationAsk => DAILY,
            Self::OpenNumber => CROWD,
            Self::Account
            | Self::Browser
            | Self::SignInClient
            | Self::OpenClientNumber
            | Self::OpenClient
            | Self::RecoveryClient
            | Self::RecoveryNumber
            | Self::CheckWord => TRIES,
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
        self.client_key_for(keys, ip, &[])
    }

    /// The key of a client that knocks for one thing: `what` has the same length for all.
    pub fn client_key_for(self, keys: &Keys, ip: Option<IpAddr>, what: &[u8]) -> Option<Key> {
        ip.map(|ip| self.key(keys, &[household(ip).as_slice(), what].concat()))
    }
}

/// The bytes that all addresses of one subscriber share.
fn household(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.octets().to_vec(),
            // A subscriber of IPv6 owns a whole /64; the upper half of the sixteen bytes.
            None => v6.octets().into_iter().take(8).collect(),
        },
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
        outcome = take_in(&tx, key).await;
        if outcome.is_err() {
            break;
        }
    }
    taken(tx, outcome).await
}

/// Ends a transaction in which tries were counted: refused, and still committed, because what was counted before the door
/// that is shut stays counted.
pub(crate) async fn taken<T>(tx: Tx, outcome: Result<T, IdentityError>) -> Result<T, IdentityError> {
    match outcome {
        Err(IdentityError::TooManyTries { seconds }) => {
            tx.finish::<_, IdentityError>(Ok(())).await?;
            Err(IdentityError::TooManyTries { seconds })
        }
        outcome => tx.finish(outcome).await,
    }
}

/// Counts a try in the transaction of what it is counted for, which holds the door until it ends: of two at once the second
/// sees what the first did, and what comes to nothing is not counted.
pub(crate) async fn take_in(tx: &Tx, key: &Key) -> Result<(), IdentityError> {
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

/// The same for what may be done so many times a day.
pub(crate) async fn take_today(tx: &Tx, key: &Key) -> Result<(), IdentityError> {
    match take_in(tx, key).await {
        Err(IdentityError::TooManyTries { .. }) => {
            Err(IdentityError::EnoughToday { max: key.door.free_tries() })
        }
        outcome => outcome,
    }
}

/// The same where a refusal is no failure: whether what others can cause may go on.
pub(crate) async fn passes(tx: &Tx, key: &Key) -> Result<bool, IdentityError> {
    match take_in(tx, key).await {
        Ok(()) => Ok(true),
        Err(IdentityError::TooManyTries { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The try was good: an account starts anew, a client or a crowd gets this one try back.
pub fn give_back(tx: &mut Tx, key: &Key) {
    match key.door {
        Door::Account | Door::Browser | Door::OpenClientNumber | Door::CheckWord | Door::Notice => {
            tx.defer(sql::THROTTLE_CLEAR, vec![Box::new(key.digest.clone())]);
        }
        Door::SignInClient | Door::OpenClient | Door::OpenNumber => {
            tx.defer(sql::THROTTLE_RETURN, vec![Box::new(key.digest.clone())]);
        }
        // The next message waits its time all the same.
        Door::MessageAccount | Door::MessagePhone => {
            tx.defer(sql_messages::THROTTLE_EASE, vec![Box::new(key.digest.clone())]);
        }
        // Here every one counts, the good ones too.
        Door::RecoveryClient
        | Door::RecoveryClientNumber
        | Door::RecoveryNumber
        | Door::HelperInvite
        | Door::OrganisationAsk => {}
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
                Door::MessageAccount | Door::MessagePhone | Door::RecoveryClientNumber => {
                    ([60, 120, 240, 480, 960, 1920, 3840], 21_600)
                }
                Door::HelperInvite | Door::Notice | Door::OrganisationAsk => ([86_400; 7], 86_400),
                Door::OpenNumber => ([30, 60, 60, 60, 60, 60, 60], 60),
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
