//! Deferred work of the record: on the day when a residence begins or ends, the search key and the household follow.

use std::sync::Arc;

use async_trait::async_trait;
use base::vietnam_date;
use contracts::PersonId;
use serde_json::json;
use store::{Job, JobHandler, Tx, jobs::JobError};

use crate::{
    corrections, duplicates,
    model::{Life, residence},
    ops,
    quality::{self, Quality},
};

const TURN_QUEUE: &str = "registry.turn";

/// The handlers, to be run by a worker.
pub fn handlers(quality: &Quality) -> Vec<Arc<dyn JobHandler>> {
    vec![
        Arc::new(Turn),
        corrections::jobs::handler(Arc::clone(&quality.nation)),
        duplicates::jobs::handler(),
        quality::jobs::handler(quality.clone()),
    ]
}

/// Work for each day still to come on which a residence of this act begins or ends.
pub(crate) fn at_turns(tx: &mut Tx, life: &Life) {
    let added: Vec<_> = life.residences.added().cloned().collect();
    for day in residence::turns(&added, vietnam_date(tx.now())) {
        if let Some(at) = ops::lives::begins(day) {
            let id = tx.new_uuid();
            tx.enqueue(id, TURN_QUEUE, json!(life.id()), at);
        }
    }
}

struct Turn;

#[async_trait]
impl JobHandler for Turn {
    fn queue(&self) -> &'static str {
        TURN_QUEUE
    }

    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let person: PersonId = serde_json::from_value(job.payload.clone())?;
        Ok(ops::residence_turn(tx, person).await?)
    }
}
