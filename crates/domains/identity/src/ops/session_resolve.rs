//! `session_resolve`: who calls. On the way of every request: from memory, or one indexed read.

use store::StoreError;

use crate::{
    Current, Identity, IdentityError,
    model::{Lifetime, TOUCH_EVERY},
    sql,
    token::TokenHash,
};

/// The session behind a token, while it is in force. Its use is written down once a minute.
pub async fn session_resolve(cx: &Identity, token: TokenHash) -> Result<Option<Current>, IdentityError> {
    let now = cx.store.clock().now();
    if let Some(current) = cx.cache.get(token, now) {
        return Ok(Some(current));
    }
    // No transaction: the read stands alone, and BEGIN and COMMIT would cost more than it does.
    let connection = cx.store.connection().await?;
    let key = token.0.as_slice();
    let find = connection.prepare_cached(sql::SESSION_FIND).await.map_err(StoreError::from)?;
    let row = connection.query_opt(&find, &[&key, &now]).await.map_err(StoreError::from)?;
    let Some(current) = row.as_ref().map(Current::read).transpose()? else { return Ok(None) };
    if current.last_seen_at + TOUCH_EVERY <= now {
        let idle_ends = now + Lifetime::of(current.kind()).idle;
        let touch = connection.prepare_cached(sql::SESSION_TOUCH).await.map_err(StoreError::from)?;
        connection.execute(&touch, &[&key, &now, &idle_ends]).await.map_err(StoreError::from)?;
    }
    cx.cache.put(token, &current, now);
    Ok(Some(current))
}
