//! Everything that a request made has an end; here it goes.

use store::{Store, StoreError, Tx};

use crate::{
    limits::{KEY_LISTED, SIGNALS_MAX},
    sql, sql_beyond, sql_console, watching,
};

/// Statements that take the moment up to which rows go.
const BY_END: [&str; 15] = [
    sql::PUSHED_SWEEP,
    sql::INTERACTION_SWEEP,
    sql::SEEN_SWEEP,
    sql::ENDED_SWEEP,
    sql::CODE_SWEEP,
    sql::GRANT_SWEEP,
    sql::CONSENT_SWEEP,
    sql::RELEASE_SWEEP,
    sql::SECRET_SWEEP,
    sql_beyond::VISIT_SWEEP,
    sql_beyond::MESSAGE_SWEEP,
    sql_beyond::DEVICE_SWEEP,
    sql_beyond::CIBA_SWEEP,
    sql_beyond::INITIAL_SWEEP,
    sql_console::MATCH_SWEEP,
];

/// Takes what is over, and retires keys whose time has come. Returns how many rows went.
pub async fn sweep(tx: &Tx) -> Result<u64, StoreError> {
    let now = tx.now();
    let mut gone = watching::sweep(tx).await?;
    for statement in BY_END {
        gone += tx.execute(statement, &[&now]).await?;
    }
    gone += tx.execute(sql_beyond::SIGNALS_TRIM, &[&SIGNALS_MAX]).await?;
    gone += tx.execute(sql_beyond::UNHEARD_SWEEP, &[]).await?;
    tx.execute(sql::KEY_RETIRE, &[&now]).await?;
    Ok(gone + tx.execute(sql::KEY_SWEEP, &[&(now - KEY_LISTED)]).await?)
}

/// [`sweep`] in a transaction of its own.
pub async fn sweep_all(store: &Store) -> Result<u64, StoreError> {
    let tx = store.begin().await?;
    let swept = sweep(&tx).await;
    tx.finish(swept).await
}
