//! Ends grants: at revocation, when a code or refresh token comes twice, when a person withdraws consent.

use contracts::AccountId;
use store::{StoreError, Tx};
use uuid::Uuid;

use crate::{OpenId, ended, model::GrantId, sql};

/// Ends one grant with all tokens that came of it. Ending what has ended is nothing.
pub fn end(cx: &OpenId, tx: &mut Tx, account: AccountId, grant: GrantId) {
    let now = tx.now();
    tx.defer(sql::GRANT_END, vec![Box::new(account), Box::new(grant), Box::new(now)]);
    note(cx, tx, grant.0);
}

/// The same in a transaction of its own.
pub async fn end_now(cx: &OpenId, account: AccountId, grant: GrantId) -> Result<(), StoreError> {
    let mut tx = cx.store.begin().await?;
    end(cx, &mut tx, account, grant);
    tx.finish(Ok(())).await
}

/// Makes tokens of a grant, or a single token, die everywhere: here at once, elsewhere within a second. Should the
/// transaction fail, they are dead here until they would have expired, minutes later: the safe side.
pub(crate) fn note(cx: &OpenId, tx: &mut Tx, key: Uuid) {
    ended::end(tx, key);
    cx.ended.note(key, tx.now());
}
