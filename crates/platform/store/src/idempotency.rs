//! A repeated request gets its first answer.
//!
//! The key belongs to the actor who sent it. The answer is stored in the operation's own transaction, so a client that
//! lost the connection after the commit learns what happened by asking again.

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{RowExt, StoreError, Tx, sql};

/// Longest idempotency key, in bytes.
pub const KEY_BYTES_MAX: usize = 80;

/// What is known about a key.
pub enum Seen<T> {
    /// Never used: go on, and [`remember`] the answer.
    New,
    /// Used for the same request: this was the answer.
    Same(T),
    /// Used for another request: refuse.
    Other,
}

/// The digest that tells whether two requests are the same.
pub fn digest(operation: &str, request: &impl Serialize) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(operation.as_bytes());
    hash.update([0]);
    hash.update(serde_json::to_vec(request).unwrap_or_default());
    hash.finalize().to_vec()
}

pub async fn find<T: DeserializeOwned>(
    tx: &Tx,
    actor: Uuid,
    key: &str,
    request: &[u8],
) -> Result<Seen<T>, StoreError> {
    let Some(row) = tx.query_opt(sql::IDEMPOTENCY_FIND, &[&actor, &key]).await? else {
        return Ok(Seen::New);
    };
    if row.col::<&[u8]>("request")? != request {
        return Ok(Seen::Other);
    }
    let response: &str = row.col("response")?;
    serde_json::from_str(response).map(Seen::Same).map_err(|_| StoreError::Column("response"))
}

/// Stores the answer with the commit. Two requests racing with one key conflict; the loser asks again and finds it.
pub fn remember(tx: &mut Tx, actor: Uuid, key: &str, request: Vec<u8>, response: &impl Serialize) {
    let response = serde_json::to_string(response).unwrap_or_default();
    let now = tx.now();
    tx.defer(
        sql::IDEMPOTENCY_INSERT,
        vec![Box::new(actor), Box::new(key.to_owned()), Box::new(request), Box::new(response), Box::new(now)],
    );
}
