//! Doing an act step by step, each in one transaction of its own. Killed in the middle, it goes on where it was.

use contracts::Access;
use store::{Store, StoreError, Tx};

use super::{
    Reform, ReformError,
    ops::{self, Run, State},
};

/// Residences in one transaction, where nothing else is said.
pub const ROWS: usize = 5_000;
/// Times that a batch is read anew because acts of lives came first.
const TRIES_MAX: u32 = 5;

/// Applies a reform to the end, or goes on where it was left; one that is applied stays as it is.
pub async fn apply(
    store: &Store,
    access: &Access,
    reform: &Reform,
    rows: usize,
    mut told: impl FnMut(&Run),
) -> Result<Run, ReformError> {
    let mut tx = store.begin().await?;
    let begun = ops::reform_apply_begin(&mut tx, access, reform).await;
    let mut run = tx.finish(begun).await?;
    while run.state == State::Applying {
        run = step(store, access, &run, rows).await?;
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
        run = step(store, access, &run, rows).await?;
        told(&run);
    }
    Ok(run)
}

/// The next step of an act that is under way.
pub async fn step(store: &Store, access: &Access, run: &Run, rows: usize) -> Result<Run, ReformError> {
    let mut tries = 0;
    loop {
        let mut tx = store.begin().await?;
        let done = one(&mut tx, access, run, rows).await;
        match tx.finish(done).await {
            Err(ReformError::Store(StoreError::Conflict)) if tries < TRIES_MAX => tries += 1,
            outcome => return outcome,
        }
    }
}

async fn one(tx: &mut Tx, access: &Access, run: &Run, rows: usize) -> Result<Run, ReformError> {
    match run.state {
        State::Undoing => ops::reform_undo_step(tx, access, run, rows).await,
        _ => ops::reform_apply_step(tx, access, run, rows).await,
    }
}
