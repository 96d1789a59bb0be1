//! `recount`: everybody is assessed again and every sum made anew: after a load, after a change of rules, and as a proof
//! that what is kept up to date event by event is what one would find by looking.

use base::vietnam_date;
use store::{RowExt, Store, StoreError};
use uuid::Uuid;

use super::persons_assess;
use crate::quality::{Quality, sql};

/// People in one transaction.
const BATCH: i64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recounted {
    pub people: u64,
    /// Of whom something else was found than stood there.
    pub changed: u64,
    /// Sums that were not the sum of their people.
    pub mended: i64,
}

/// `told` hears how many people are done.
pub async fn recount(
    store: &Store,
    quality: &Quality,
    mut told: impl FnMut(u64),
) -> Result<Recounted, StoreError> {
    let mut done = Recounted::default();
    let mut last = Uuid::nil();
    loop {
        let mut tx = store.begin().await?;
        let outcome = async {
            let rows = tx.query(sql::PERSONS_AFTER, &[&last, &BATCH]).await?;
            let people: Vec<Uuid> = rows.iter().map(|row| row.col("person_id")).collect::<Result<_, _>>()?;
            if !people.is_empty() {
                let change = persons_assess(&mut tx, quality, &people).await?;
                done.people += change.people;
                done.changed += change.changed;
            }
            Ok::<_, StoreError>(people.last().copied())
        };
        let outcome = outcome.await;
        match tx.finish(outcome).await? {
            Some(id) => last = id,
            None => break,
        }
        told(done.people);
    }
    let tx = store.begin().await?;
    let mended = async {
        tx.execute(sql::ROLLUP_LOCK, &[]).await?;
        tx.query_one(sql::ROLLUP_MEND, &[]).await?.col::<i64>("count")
    };
    let mended = mended.await;
    done.mended = tx.finish(mended).await?;
    crate::quality::keep::day_write(store, quality, vietnam_date(store.clock().now())).await?;
    Ok(done)
}
