//! Codes by message: six digits that come back from a telephone within five minutes, a few tries, once.
//!
//! A code belongs to a ceremony, and only the browser that began it can use it; its digest is kept with the ceremony. Where
//! two telephones are asked, both codes stand in one digest, so that nothing tells which of them was wrong. A message costs
//! money: messages are counted for each account and each telephone, and wait longer and longer.

use base::{Entropy, Lang};
use contracts::{AccountId, Phone};
use serde::{Serialize, de::DeserializeOwned};
use store::{RowExt, Tx};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    Identity, IdentityError, Token,
    ceremony::{BROKEN, Kind, LIFE},
    messages::{self, Asks},
    sql_messages as sql,
    throttle::{self, Door, Key},
    token::TokenHash,
};

/// Wrong tries of one code.
const TRIES_MAX: i16 = 5;
const DIGITS: usize = 6;
const CODES: u32 = 1_000_000;

/// Six digits by chance. Each number is as likely as any other: what would not be is drawn again.
pub(crate) fn six_digits(entropy: &dyn Entropy) -> Zeroizing<String> {
    const EVEN: u32 = u32::MAX - u32::MAX % CODES;
    loop {
        let drawn = u32::from_be_bytes(base::entropy::bytes(entropy));
        if drawn < EVEN {
            return Zeroizing::new(format!("{:0DIGITS$}", drawn % CODES));
        }
    }
}

/// The same as typed; nothing where it is not six digits.
pub(crate) fn read_six_digits(typed: &str) -> Option<Zeroizing<String>> {
    Some(plain(typed)).filter(|code| code.len() == DIGITS && code.bytes().all(|b| b.is_ascii_digit()))
}

/// A code to each telephone, for the bearer of the token that this gives.
pub(crate) fn begin(
    cx: &Identity,
    tx: &mut Tx,
    waits: Kind,
    account: Option<AccountId>,
    state: &impl Serialize,
    to: &[(&Phone, Asks)],
    lang: Lang,
) -> Result<String, IdentityError> {
    let (token, ends_at) = (Token::new(tx.entropy()), tx.now() + LIFE);
    let codes: Vec<_> = to.iter().map(|_| six_digits(tx.entropy())).collect();
    let typed: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let state = serde_json::to_vec(state).map_err(|_| BROKEN)?;
    tx.defer(
        sql::CODED_INSERT,
        vec![
            Box::new(token.hash().0.to_vec()),
            Box::new(waits.as_str()),
            Box::new(account),
            Box::new(state),
            Box::new(ends_at),
            Box::new(digest(cx, token.hash(), &typed)),
            Box::new(TRIES_MAX),
        ],
    );
    for ((phone, asks), code) in to.iter().zip(&codes) {
        messages::send(cx, tx, phone, messages::code_text(cx, code, *asks, lang), ends_at)?;
    }
    Ok(token.bearer())
}

/// Looks at what was typed, in a transaction of its own: a wrong try stays counted. What is right is still to be taken away
/// by `ceremony::take` in the transaction that acts on it: of two at once one comes too late.
pub(crate) async fn check<S: DeserializeOwned>(
    cx: &Identity,
    waits: Kind,
    token: &str,
    typed: &[&str],
) -> Result<(Option<AccountId>, S), IdentityError> {
    let hash = Token::parse(token).ok_or(IdentityError::CeremonyOver)?.hash();
    let tx = cx.store.begin().await?;
    let now = tx.now();
    let row = tx.query_opt(sql::CODED_TRY, &[&hash.0.as_slice(), &waits.as_str(), &now]).await;
    let row = tx.finish(row).await?.ok_or(IdentityError::CeremonyOver)?;
    let (state, kept): (Vec<u8>, Vec<u8>) = (row.col("state")?, row.col("code")?);
    let typed: Vec<Zeroizing<String>> = typed.iter().map(|code| plain(code)).collect();
    let typed: Vec<&str> = typed.iter().map(|code| code.as_str()).collect();
    let whole = !typed.is_empty() && typed.iter().all(|code| code.len() == DIGITS);
    if !(bool::from(kept.ct_eq(&digest(cx, hash, &typed))) && whole) {
        return Err(IdentityError::BadMessageCode);
    }
    Ok((row.col("account_id")?, serde_json::from_slice(&state).map_err(|_| BROKEN)?))
}

/// As people type it: spaces and hyphens do not matter.
fn plain(typed: &str) -> Zeroizing<String> {
    Zeroizing::new(typed.chars().filter(|c| !c.is_whitespace() && *c != '-').take(DIGITS + 1).collect())
}

fn digest(cx: &Identity, token: TokenHash, codes: &[&str]) -> Vec<u8> {
    let said = Zeroizing::new(codes.join(" "));
    cx.keys.digest("message code", &[&token.0, said.as_bytes()].concat())
}

/// The doors of messages to these telephones for somebody.
pub(crate) fn doors(cx: &Identity, whose: &[u8], to: &[&Phone]) -> Vec<Key> {
    let mut phones: Vec<Key> =
        to.iter().map(|phone| Door::MessagePhone.key(&cx.keys, phone.as_str().as_bytes())).collect();
    // One order everywhere: whoever asks for the same two the other way round does not wait in a circle.
    phones.sort_by(|a, b| a.digest().cmp(b.digest()));
    phones.insert(0, Door::MessageAccount.key(&cx.keys, whose));
    phones
}

/// Counts a message before it is sent. Refuses while an earlier one holds the door shut.
pub(crate) async fn may_send(cx: &Identity, doors: &[Key]) -> Result<(), IdentityError> {
    match throttle::take(&cx.store, &doors.iter().collect::<Vec<_>>()).await {
        Err(IdentityError::TooManyTries { seconds }) => Err(IdentityError::MessagesHeld { seconds }),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_six_digits_and_is_read_as_people_type_it() {
        let entropy = base::SeededEntropy::new(1);
        for _ in 0..1_000 {
            let code = six_digits(&entropy);
            assert_eq!(read_six_digits(&code), Some(code));
        }
        assert_eq!(*plain(" 123 456 "), "123456");
        assert_eq!(*plain("123-456"), "123456");
        assert_eq!(*plain("1234567"), "1234567", "one too many is not cut into a right one");
        for bad in ["1234567", "12345", "12345a", "", "một hai"] {
            assert_eq!(read_six_digits(bad), None, "{bad}");
        }
    }
}
