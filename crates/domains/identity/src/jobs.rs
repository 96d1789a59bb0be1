//! Tables that would grow for ever are swept: ended sessions, set-up codes that ran out, forgotten tries.

use jiff::SignedDuration;
use store::Tx;

use crate::{IdentityError, sql, throttle};

/// Ended sessions are kept so long, for the holder's list of sign-ins; the log keeps each sign-in much longer.
const SESSIONS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Deletes what is no longer needed; run it every hour or so. Returns how many rows went.
pub async fn sweep(tx: &Tx) -> Result<u64, IdentityError> {
    let sessions = tx.execute(sql::SESSION_SWEEP, &[&(tx.now() - SESSIONS_KEPT)]).await?;
    let codes = tx.execute(sql::SETUP_SWEEP, &[&tx.now()]).await?;
    Ok(sessions + codes + throttle::sweep(tx).await?)
}
