//! `session_revoke`, `session_revoke_others`, `sign_out`: a session ends, here at once and elsewhere within seconds.

use contracts::events::AccountChange;
use futures::future::try_join;
use store::{RowExt, Tx};

use super::{own_changed, own_entry, set_up};
use crate::{Current, Identity, IdentityError, Marks, SessionId, sql};

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

/// How many sessions ended, and what this browser keeps.
#[derive(Debug)]
pub struct Ended {
    pub sessions: u64,
    pub marks: Marks,
}

/// Ends all sessions of one's own account but this one; and no other browser is known to it any more.
pub async fn session_revoke_others(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    marks: &Marks,
) -> Result<Ended, IdentityError> {
    set_up(me)?;
    let (account, now) = (me.account(), tx.now());
    // The account first, as wherever it is changed together with its sessions.
    let params: [&(dyn postgres_types::ToSql + Sync); 3] = [&account, &me.session, &now];
    let (row, sessions) =
        try_join(tx.query_one(sql::EPOCH_NEXT, &[&account]), tx.execute(sql::SESSIONS_END, &params)).await?;
    let marks = marks.renewed(&cx.keys, tx.entropy(), account, row.col("epoch")?, now);
    tx.audit(own_entry(me, "identity.session_revoke_others").done());
    own_changed(tx, me, AccountChange::SessionsEnded { but: Some(me.session.0) });
    cx.cache.forget(account, now);
    Ok(Ended { sessions, marks })
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
