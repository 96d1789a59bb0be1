//! Persons who were loaded before there were keys under which duplicates are found get theirs, some at a time: each job
//! leaves the next one, so a restart goes on where the last commit was. The migration that finds such persons leaves the
//! first.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use store::{Job, JobHandler, RowExt, StoreError, Tx, jobs::JobError};
use uuid::Uuid;

use super::{
    linker::{Keys, origin},
    sql,
};

/// Named by the migration, too. Its payload is the last person who was looked at.
const QUEUE: &str = "registry.link_keys";
/// Persons in one transaction.
const BATCH: i64 = 2_000;

pub(crate) fn handler() -> Arc<dyn JobHandler> {
    Arc::new(FillKeys)
}

struct FillKeys;

#[async_trait]
impl JobHandler for FillKeys {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let after: Uuid = serde_json::from_value(job.payload.clone())?;
        if let Some(last) = fill(tx, after).await? {
            let (id, now) = (tx.new_uuid(), tx.now());
            tx.enqueue(id, QUEUE, json!(last), now);
        }
        Ok(())
    }
}

/// Gives some persons behind one their keys and answers the last of them; none where there is nobody left.
///
/// Keys hang on the person's own row alone, and every act writes them with it: who is changed meanwhile has them already,
/// and is left alone by the guard on their version.
async fn fill(tx: &Tx, after: Uuid) -> Result<Option<Uuid>, StoreError> {
    let rows = tx.query(sql::KEYLESS, &[&after, &BATCH]).await?;
    let (mut people, mut versions) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    let (mut names, mut births) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for row in &rows {
        let text = |column| Ok::<_, StoreError>(row.col::<Option<&str>>(column)?.unwrap_or(""));
        let origin = origin(text("home_town")?, text("nationality")?);
        let keys = Keys::of(row.col("name")?, text("birth_date")?, origin);
        people.push(row.col::<Uuid>("person_id")?);
        versions.push(row.col::<i32>("version")?);
        names.push(keys.name);
        births.push(keys.birth);
    }
    tx.execute(sql::KEYS_FILL, &[&people, &versions, &names, &births]).await?;
    Ok(people.last().copied())
}
