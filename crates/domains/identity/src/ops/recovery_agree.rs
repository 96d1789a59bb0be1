//! `recovery_list`, `recovery_agree`: a helper sees who asks for help, and agrees by typing the check word that this person
//! told them. The word names the request: whoever else asks for the same account has another word and gets nothing of it.
//! Nothing that a helper is shown tells a word.

use contracts::{AccountId, PersonId};
use jiff::Timestamp;
use store::{RowExt, StoreError, Tx};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{
    helpers::strong,
    own_entry,
    recovery::{HELPERS_NEEDED, RECOVERIES_OPEN_MAX, RECOVERY_WAIT, word_digest},
    set_up, tell_person,
};
use crate::{
    Current, Identity, IdentityError, codes, sql,
    throttle::{self, Door},
};

/// People on one page.
const ASKERS_MAX: i64 = 50;

/// Somebody whom this person may help, however many requests are open in their name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    pub account: AccountId,
    pub person: PersonId,
    /// The first of the requests that are open.
    pub asked_at: Timestamp,
    /// How many. More than one: perhaps not all of them are this person's.
    pub requests: i64,
    /// To one of them this helper has agreed.
    pub agreed: bool,
}

pub async fn recovery_list(tx: &mut Tx, me: &Current) -> Result<Vec<Asker>, IdentityError> {
    set_up(me)?;
    let rows = tx.query(sql::ASKERS_OF_HELPER, &[&me.account(), &tx.now(), &ASKERS_MAX]).await?;
    tx.audit(own_entry(me, "identity.recovery_list").done());
    let askers = rows.iter().map(|row| {
        Ok(Asker {
            account: row.col("account_id")?,
            person: row.col("person_id")?,
            asked_at: row.col("asked_at")?,
            requests: row.col("requests")?,
            agreed: row.col("agreed")?,
        })
    });
    Ok(askers.collect::<Result<_, StoreError>>()?)
}

/// A helper agrees, with two factors. The second one starts the wait of this request.
pub async fn recovery_agree(
    cx: &Identity,
    me: &Current,
    account: AccountId,
    typed: &str,
) -> Result<(), IdentityError> {
    strong(me)?;
    let word = codes::read_six_digits(typed);
    let word = word.ok_or_else(|| IdentityError::field("word", "identity.check_word_shape"))?;
    let door = Door::CheckWord.key(&cx.keys, me.account().0.as_bytes());
    throttle::take(&cx.store, &[&door]).await?;
    let mut tx = cx.store.begin().await?;
    let outcome = agree(cx, &mut tx, me, account, &word).await;
    throttle::give_back(&mut tx, &door);
    tx.finish(outcome).await
}

async fn agree(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    account: AccountId,
    word: &str,
) -> Result<(), IdentityError> {
    let open = tx
        .query(sql::RECOVERIES_FOR_HELPER, &[&account, &me.account(), &tx.now(), &RECOVERIES_OPEN_MAX])
        .await?;
    let person: PersonId = open.first().ok_or(IdentityError::NotFound)?.col("person_id")?;
    let mut meant = Vec::new();
    for row in &open {
        let (id, kept): (Uuid, Vec<u8>) = (row.col("recovery_id")?, row.col("word")?);
        if bool::from(kept.ct_eq(&word_digest(cx, id, word))) {
            meant.push(id);
        }
    }
    // Two requests with one word, once in a million: it does not tell them apart, so none is meant.
    let [request] = meant.as_slice() else {
        return Err(IdentityError::field("word", "identity.check_word_wrong"));
    };
    let row = tx.query_opt(sql::RECOVERY_AGREE, &[&account, request, &me.account()]).await?;
    // Pressed twice at once: the other press has agreed.
    let Some(row) = row else { return Ok(()) };
    let (all, asked_at): (Vec<AccountId>, Timestamp) = (row.col("agreed")?, row.col("asked_at")?);
    let agreed: i64 =
        tx.query_one(sql::RECOVERY_AGREED, &[&account, &all, &asked_at]).await?.col("agreed")?;
    // A third one does not make it wait longer.
    if agreed == HELPERS_NEEDED {
        let opens = tx.now() + RECOVERY_WAIT;
        tx.defer(sql::RECOVERY_OPENS, vec![Box::new(account), Box::new(*request), Box::new(opens)]);
        tell_person(
            tx,
            person,
            "Hai người đã đồng ý giúp lấy lại tài khoản của bạn. Sau 24 giờ có thể đặt mật khẩu mới; nếu không phải bạn xin, hãy hủy ngay.",
            "Two people agreed to help you back into your account. After 24 hours a new password can be set; if you did not ask, stop it now.",
        );
    }
    let entry = own_entry(me, "identity.recovery_agree").on("account", account.0).about(person);
    tx.audit(entry.done());
    Ok(())
}
