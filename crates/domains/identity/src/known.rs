//! Browsers that are known: one that was signed in to an account keeps a mark of it, and tries there at a door of its own, so
//! that strangers who guess passwords do not shut its owner out (OWASP calls them device cookies).
//!
//! A mark opens nothing. It is made of chance, and says neither who nor which account: only we find that out, with the
//! account at hand, and what does not hold is as good as none. It ends with its time and with the account's epoch: at a reset,
//! a recovery, and when its holder signs out everywhere.

use base::Entropy;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use contracts::AccountId;
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{Keys, model::Account};

/// How long a browser is known after its last good sign-in.
pub const MARK_LIFE: SignedDuration = SignedDuration::from_hours(180 * 24);
/// Accounts that one browser is known to: those of a family.
const MARKS_MAX: usize = 5;
const NONCE_BYTES: usize = 16;
const MAC_BYTES: usize = 32;

/// What a browser keeps, the account that was signed in to last first. Unchecked until an account is at hand.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Marks(Vec<Mark>);

#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    nonce: [u8; NONCE_BYTES],
    /// In seconds since 1970.
    made_at: i64,
    mac: [u8; MAC_BYTES],
}

/// Whoever has a mark tries where only that browser does.
impl std::fmt::Debug for Marks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Marks({})", self.0.len())
    }
}

impl Marks {
    /// Reads what a browser sends. What is not well formed is left out.
    pub fn parse(text: &str) -> Self {
        Self(text.split('.').take(MARKS_MAX).filter_map(Mark::parse).collect())
    }

    /// As a browser keeps it.
    pub fn text(&self) -> String {
        let marks: Vec<String> = self.0.iter().map(Mark::text).collect();
        marks.join(".")
    }

    /// The chance of which the mark of this account was made, where there is one that holds. For nobody's account the same is
    /// done, in vain.
    pub(crate) fn of(&self, keys: &Keys, account: Option<&Account>, now: Timestamp) -> Option<&[u8]> {
        let (id, epoch) = account.map_or((AccountId(Uuid::nil()), -1), |a| (a.id, a.epoch));
        let holds = |mark: &&Mark| mark.is_of(keys, id, epoch) & mark.is_young(now);
        self.0.iter().find(holds).map(|mark| mark.nonce.as_slice())
    }

    /// The same with a new mark of this account in place of an earlier one, also one of the epoch that has just ended.
    pub(crate) fn renewed(
        &self,
        keys: &Keys,
        entropy: &dyn Entropy,
        account: AccountId,
        epoch: i32,
        now: Timestamp,
    ) -> Self {
        let is_earlier =
            |mark: &Mark| mark.is_of(keys, account, epoch) || mark.is_of(keys, account, epoch - 1);
        let others = self.0.iter().copied().filter(|mark| mark.is_young(now) && !is_earlier(mark));
        let new = Mark::new(keys, base::entropy::bytes(entropy), account, epoch, now.as_second());
        Self([new].into_iter().chain(others).take(MARKS_MAX).collect())
    }
}

impl Mark {
    fn new(keys: &Keys, nonce: [u8; NONCE_BYTES], account: AccountId, epoch: i32, made_at: i64) -> Self {
        Self { nonce, made_at, mac: mac(keys, account, epoch, nonce, made_at) }
    }

    fn is_of(&self, keys: &Keys, account: AccountId, epoch: i32) -> bool {
        self.mac.ct_eq(&mac(keys, account, epoch, self.nonce, self.made_at)).into()
    }

    fn is_young(&self, now: Timestamp) -> bool {
        now.as_second().saturating_sub(self.made_at) < MARK_LIFE.as_secs()
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text).ok()?;
        let (nonce, rest) = bytes.split_first_chunk()?;
        let (made_at, mac) = rest.split_first_chunk()?;
        Some(Self { nonce: *nonce, made_at: i64::from_be_bytes(*made_at), mac: mac.try_into().ok()? })
    }

    fn text(&self) -> String {
        BASE64.encode([self.nonce.as_slice(), &self.made_at.to_be_bytes(), &self.mac].concat())
    }
}

/// Every part has its fixed length.
fn mac(
    keys: &Keys,
    account: AccountId,
    epoch: i32,
    nonce: [u8; NONCE_BYTES],
    made_at: i64,
) -> [u8; MAC_BYTES] {
    let parts = [account.0.as_bytes().as_slice(), &epoch.to_be_bytes(), &made_at.to_be_bytes(), &nonce];
    let digest = keys.digest("known browser", &parts.concat());
    let mut mac = [0; MAC_BYTES];
    mac.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    mac
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;
    use contracts::{IdentityLevel, PersonId};

    use super::*;
    use crate::model::{Holder, State};

    fn account(n: u128, epoch: i32) -> Account {
        let holder = Holder::Citizen { person: PersonId(Uuid::from_u128(n)), level: IdentityLevel::One };
        Account { id: AccountId(Uuid::from_u128(n)), holder, state: State::Activated, version: 1, epoch }
    }

    fn now() -> Timestamp {
        "2026-11-20T02:00:00Z".parse().unwrap()
    }

    struct Server {
        keys: Keys,
        entropy: SeededEntropy,
    }

    impl Server {
        fn new(seed: u64) -> Self {
            Self { keys: Keys::generate(&SeededEntropy::new(seed)), entropy: SeededEntropy::new(seed + 1) }
        }

        fn marks(&self, before: &Marks, account: &Account, at: Timestamp) -> Marks {
            before.renewed(&self.keys, &self.entropy, account.id, account.epoch, at)
        }

        fn knows(&self, marks: &Marks, account: Option<&Account>, at: Timestamp) -> bool {
            marks.of(&self.keys, account, at).is_some()
        }
    }

    #[test]
    fn a_mark_holds_for_its_account_in_its_epoch_for_half_a_year_and_for_nobody_else() {
        let server = Server::new(1);
        let an = account(1, 0);
        let marks = Marks::parse(&server.marks(&Marks::default(), &an, now()).text());
        assert!(server.knows(&marks, Some(&an), now()));
        assert!(server.knows(&marks, Some(&an), now() + MARK_LIFE - SignedDuration::from_secs(1)));
        assert!(!server.knows(&marks, Some(&an), now() + MARK_LIFE), "too old");
        assert!(!server.knows(&marks, Some(&account(1, 1)), now()), "another epoch");
        assert!(!server.knows(&marks, Some(&account(2, 0)), now()), "another account");
        assert!(!server.knows(&marks, None, now()), "nobody's account");
        assert!(!Server::new(9).knows(&marks, Some(&an), now()), "another server's keys");
    }

    #[test]
    fn what_a_browser_sends_is_worth_nothing_unless_we_made_it() {
        let server = Server::new(1);
        let an = account(1, 0);
        let made = server.marks(&Marks::default(), &an, now());
        let text = made.text();
        for n in 0..text.len() {
            let mut forged: Vec<u8> = text.bytes().collect();
            forged[n] = if forged[n] == b'A' { b'B' } else { b'A' };
            let forged = Marks::parse(str::from_utf8(&forged).unwrap());
            assert!(!server.knows(&forged, Some(&an), now()), "{n}");
        }
        // A longer life than it was given.
        let later = Mark { made_at: now().as_second() + 86_400, ..made.0[0] };
        assert!(!server.knows(&Marks(vec![later]), Some(&an), now()));
        for junk in ["", ".", "....", "AAAA", "không", &"A".repeat(100_000), &"A.".repeat(10_000)] {
            assert_eq!(Marks::parse(junk), Marks::default());
        }
    }

    #[test]
    fn a_family_shares_a_browser_and_the_last_few_are_known() {
        let server = Server::new(1);
        let people: Vec<Account> = (1..=7).map(|n| account(n, 0)).collect();
        let marks = people.iter().fold(Marks::default(), |marks, one| server.marks(&marks, one, now()));
        let known: Vec<bool> = people.iter().map(|one| server.knows(&marks, Some(one), now())).collect();
        assert_eq!(known, [false, false, true, true, true, true, true]);
        assert!(marks.text().len() < 500, "{}", marks.text().len());
        // Signing in anew makes a new mark in place of the old one, and nobody else's is lost.
        let again = server.marks(&marks, &people[3], now());
        assert_eq!(again.0.len(), MARKS_MAX);
        assert_ne!(again.0[0].nonce, marks.0[3].nonce);
        assert!(people[2..].iter().all(|one| server.knows(&again, Some(one), now())));
        let next = account(4, 1);
        let again = server.marks(&again, &next, now());
        assert_eq!(again.0.len(), MARKS_MAX, "the mark of the epoch before has gone");
        // What is too old is dropped.
        let later = server.marks(&again, &people[0], now() + MARK_LIFE);
        assert_eq!(later.0.len(), 1);
    }

    #[test]
    fn marks_are_not_printed() {
        let server = Server::new(1);
        let marks = server.marks(&Marks::default(), &account(1, 0), now());
        assert_eq!(format!("{marks:?}"), "Marks(1)");
    }
}
