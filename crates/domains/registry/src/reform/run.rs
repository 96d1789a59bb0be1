//! Doing an act step by step, each in one transaction of its own. Killed in the middle, it goes on where it was.

use contracts::{Access, ports::Nation};
use store::{Store, StoreError, Tx};

use super::{
    Reform, ReformError,
    ops::{self, Run, State},
};

/// Rows that one transaction looks at, where nothing else is said.
pub const ROWS: usize = 5_000;
/// Times that a batch is read anew, half as large, because acts of lives came first.
const TRIES_MAX: u32 = 8;

/// Applies a reform to the end, or goes on where it was left; one that is applied stays as it is.
pub async fn apply(
    store: &Store,
    access: &Access,
    nation: &dyn Nation,
    reform: &Reform,
    rows: usize,
    mut told: impl FnMut(&Run),
) -> Result<Run, ReformError> {
    let mut tx = store.begin().await?;
    let begun = ops::reform_apply_begin(&mut tx, access, reform).await;
    let mut run = tx.finish(begun).await?;
    while run.state == State::Applying {
        run = apply_step(store, access, nation, &run, rows).await?;
        told(&run);
    }
    Ok(run)
}

/// Undoes a reform to the end, or goes on where it was left.
pub async fn undo(
    store: &Store,
    access: &Access,
    slug: &str,
    rows: usize,
    mut told: impl FnMut(&Run),
) -> Result<Run, ReformError> {
    let mut tx = store.begin().await?;
    let begun = ops::reform_undo_begin(&mut tx, access, slug).await;
    let mut run = tx.finish(begun).await?;
    while run.state == State::Undoing {
        run = undo_step(store, access, &run, rows).await?;
        told(&run);
    }
    Ok(run)
}

/// The next step of applying.
pub async fn apply_step(
    store: &Store,
    access: &Access,
    nation: &dyn Nation,
    run: &Run,
    rows: usize,
) -> Result<Run, ReformError> {
    step(store, rows, async |tx: &mut Tx, rows| ops::reform_apply_step(tx, access, nation, run, rows).await)
        .await
}

/// The next step of undoing.
pub async fn undo_step(store: &Store, access: &Access, run: &Run, rows: usize) -> Result<Run, ReformError> {
    step(store, rows, async |tx: &mut Tx, rows| ops::reform_undo_step(tx, access, run, rows).await).await
}

/// Acts of lives go on beside a reform: a batch that one of them came into is read anew, with fewer who can come into it.
async fn step(
    store: &Store,
    rows: usize,
    one: impl AsyncFn(&mut Tx, usize) -> Result<Run, ReformError>,
) -> Result<Run, ReformError> {
    let mut tries = 0;
    loop {
        let mut tx = store.begin().await?;
        let done = one(&mut tx, (rows >> tries).max(1)).await;
        match tx.finish(done).await {
            Err(ReformError::Store(StoreError::Conflict)) if tries < TRIES_MAX => tries += 1,
            outcome => return outcome,
        }
    }
}
