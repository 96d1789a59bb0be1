//! The proof that an officer looked up a person a moment ago: without it nobody's account is raised.
//!
//! It names nobody. It is bound to the officer, their duty, the account as it was, and a short time; so it cannot be used
//! for another account, by a colleague, after a change of duty, or twice.

use contracts::Actor;
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use crate::{Keys, model::Account};

/// From the look-up to the confirmation: a person is standing at the counter.
pub const TICKET_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// As a page carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket(String);

impl Ticket {
    pub(crate) fn issue(keys: &Keys, officer: &Actor, account: &Account, now: Timestamp) -> Self {
        let until = (now + TICKET_LIFE).as_second();
        Self(format!("{until}.{}", hex::encode(mac(keys, officer, account, until))))
    }

    /// Reads what a page sent back. Whether it counts, [`Ticket::holds`] tells.
    pub fn parse(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn holds(&self, keys: &Keys, officer: &Actor, account: &Account, now: Timestamp) -> bool {
        let Some((until, given)) = self.0.split_once('.') else { return false };
        let (Ok(until), Ok(given)) = (until.parse::<i64>(), hex::decode(given)) else { return false };
        now.as_second() < until && given.ct_eq(&mac(keys, officer, account, until)).into()
    }
}

fn mac(keys: &Keys, officer: &Actor, account: &Account, until: i64) -> Vec<u8> {
    let duty =
        officer.staff().map(|(agency, role)| format!("{agency} {}", role.as_str())).unwrap_or_default();
    let said = format!("{} {duty} {} {} {until}", officer.account, account.id, account.version);
    keys.digest("raise ticket", said.as_bytes())
}
