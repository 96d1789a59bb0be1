//! What days bring: assessments that change by themselves, the figures of the day, the lots of the week. Safe to do as
//! often as one likes, and by several processes.

use std::collections::BTreeSet;

use base::vietnam_date;
use jiff::{ToSpan, civil::Date};
use store::{RowExt, Store, StoreError, Tx};
use uuid::Uuid;

use super::{
    Quality,
    measures::month,
    ops::{self, monday},
    sql,
};
use crate::{RegistryError, ops::lives::begins};

/// People in one transaction.
const BATCH: i64 = 500;

/// Does what is due.
pub async fn keep(store: &Store, quality: &Quality) -> Result<(), RegistryError> {
    let today = vietnam_date(store.clock().now());
    while turn(store, quality, today).await? {}
    day_write(store, quality, today).await?;
    draw(store, quality, today).await
}

/// Looks again at some whose day has come; false when there is nobody left.
async fn turn(store: &Store, quality: &Quality, today: Date) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let outcome = some_turn(&mut tx, quality, today).await;
    tx.finish(outcome).await
}

async fn some_turn(tx: &mut Tx, quality: &Quality, today: Date) -> Result<bool, StoreError> {
    let rows = tx.query(sql::TURNING, &[&today, &BATCH]).await?;
    let people: Vec<Uuid> = rows.iter().map(|row| row.col("person_id")).collect::<Result<_, _>>()?;
    if people.is_empty() {
        return Ok(false);
    }
    ops::persons_assess(tx, quality, &people).await?;
    Ok(true)
}

/// The figures of a day; written again, they are those of its end.
pub async fn day_write(store: &Store, quality: &Quality, day: Date) -> Result<(), StoreError> {
    let stale_since = month(day.checked_sub(quality.rules.stale_months.months()).unwrap_or(Date::MIN));
    let tx = store.begin().await?;
    let now = tx.now();
    let (from, to) = (begins(day).unwrap_or(now), day.tomorrow().ok().and_then(begins).unwrap_or(now));
    let written = tx.execute(sql::DAY_WRITE, &[&day, &stale_since, &from, &to]).await;
    tx.finish(written.map(drop)).await
}

/// The lots of this week, a transaction for each commune.
async fn draw(store: &Store, quality: &Quality, today: Date) -> Result<(), RegistryError> {
    let tx = store.begin().await?;
    let outcome = async {
        let week = monday(today);
        let mut drawn: BTreeSet<String> = BTreeSet::new();
        for row in tx.query(sql::DRAWN, &[&week]).await? {
            drawn.insert(row.col("commune")?);
        }
        let mut wanted: Vec<(String, i64)> = Vec::new();
        for row in tx.query(sql::PEOPLE_OF, &[]).await? {
            let commune: String = row.col("commune")?;
            if !drawn.contains(&commune) {
                wanted.push((commune, row.col("value")?));
            }
        }
        Ok::<_, StoreError>(wanted)
    };
    let wanted = outcome.await;
    for (commune, people) in tx.finish(wanted).await? {
        let mut tx = store.begin().await?;
        let drawn = ops::commune_draw(&mut tx, quality, &commune, people).await;
        tx.finish(drawn).await?;
    }
    Ok(())
}
