//! `session_revoke`, `session_revoke_others`, `sign_out`: a session ends, here at once and elsewhere within seconds.

use contracts::events::AccountChange;
use store::Tx;

use super::{own_changed, own_entry, set_up};
use crate::{Current, Identity, IdentityError, SessionId, sql};

/// Ends one session of one's own account.
pub async fn session_revoke(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    session: SessionId,
) -> Result<(), IdentityError> {
    set_up(me)?;
    end(cx, tx, me, session, "identity.session_revoke").await
}

/// Ends all sessions of one's own account but this one.
pub async fn session_revoke_others(cx: &Identity, tx: &mut Tx, me: &Current) -> Result<u64, IdentityError> {
    set_up(me)?;
    let ended = tx.execute(sql::SESSIONS_END, &[&me.account(), &me.session, &tx.now()]).await?;
    tx.audit(own_entry(me, "identity.session_revoke_others").done());
    own_changed(tx, me, AccountChange::SessionsEnded { but: Some(me.session.0) });
    cx.cache.forget(me.account(), tx.now());
    Ok(ended)
}

/// Ends this session.
pub async fn sign_out(cx: &Identity, tx: &mut Tx, me: &Current) -> Result<(), IdentityError> {
    end(cx, tx, me, me.session, "identity.sign_out").await
}

async fn end(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    session: SessionId,
    action: &'static str,
) -> Result<(), IdentityError> {
    if tx.execute(sql::SESSION_END, &[&me.account(), &session, &tx.now()]).await? == 0 {
        return Err(IdentityError::NotFound);
    }
    tx.audit(own_entry(me, action).on("session", session.0).done());
    own_changed(tx, me, AccountChange::SessionEnded { session: session.0 });
    cx.cache.forget(me.account(), tx.now());
    Ok(())
}
