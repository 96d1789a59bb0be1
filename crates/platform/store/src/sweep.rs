//! Tables that would grow for ever are swept: events that everybody has taken, answers that nobody will ask for again.

use jiff::SignedDuration;

use crate::{StoreError, Tx, sql};

/// Taken events are kept so long, to be looked at.
const EVENTS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So long a repeated request gets its first answer.
const ANSWERS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Deletes what is no longer needed; run it every hour or so. Returns how many rows went.
pub async fn sweep(tx: &Tx) -> Result<u64, StoreError> {
    let events = tx.execute(sql::OUTBOX_PURGE, &[&(tx.now() - EVENTS_KEPT)]).await?;
    Ok(events + tx.execute(sql::IDEMPOTENCY_PURGE, &[&(tx.now() - ANSWERS_KEPT)]).await?)
}
