//! Many people at once: after a load, and after a reform of units, those whom it brought or moved are assessed some at a
//! time. Each job leaves the next one in its own transaction, so nobody has to start a recount and a restart loses nothing.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::events::UnitsReformed;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Job, JobHandler, RowExt, StoreError, Tx, jobs::JobError};
use uuid::Uuid;

use super::{Quality, ops, sql};

const QUEUE: &str = "registry.quality";
/// People in one transaction, beside their kin.
const BATCH: i64 = 500;
/// Ids begin with their moment in milliseconds; so many bits follow it.
const BITS_BELOW_TIME: u32 = 80;

/// Who is left to be looked at, in the order of their ids, behind `after`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pass {
    whom: Whom,
    after: Uuid,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Whom {
    /// Who entered the register in a time; ids tell.
    Entered { from: Uuid, until: Uuid },
    /// Whom a reform moved.
    Moved { reform: Uuid },
}

pub(crate) fn handler(quality: Quality) -> Arc<dyn JobHandler> {
    Arc::new(Assess(quality))
}

/// Everybody who entered since a load began, and those to whom they are tied.
pub(crate) fn after_load(tx: &mut Tx, load: Uuid) {
    // The day of the job is later than that of all who came; whoever comes now leaves an event of their own.
    let until = Uuid::from_u128(start(tx.new_uuid()).as_u128() + (1 << BITS_BELOW_TIME));
    let from = start(load);
    leave(tx, &Pass { whom: Whom::Entered { from, until }, after: from });
}

/// Everybody whom a reform moved, or gave back.
pub(super) fn after_reform(tx: &mut Tx, event: &UnitsReformed) {
    leave(tx, &Pass { whom: Whom::Moved { reform: event.reform }, after: Uuid::nil() });
}

/// The smallest id of the same millisecond.
fn start(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128() >> BITS_BELOW_TIME << BITS_BELOW_TIME)
}

fn leave(tx: &mut Tx, pass: &Pass) {
    let (id, now) = (tx.new_uuid(), tx.now());
    tx.enqueue(id, QUEUE, json!(pass), now);
}

struct Assess(Quality);

#[async_trait]
impl JobHandler for Assess {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let pass: Pass = serde_json::from_value(job.payload.clone())?;
        if let Some(after) = step(tx, &self.0, &pass).await? {
            leave(tx, &Pass { after, ..pass });
        }
        Ok(())
    }
}

/// Some more people; answers the last of them, none where there is nobody left.
async fn step(tx: &mut Tx, quality: &Quality, pass: &Pass) -> Result<Option<Uuid>, StoreError> {
    let rows = match &pass.whom {
        Whom::Entered { until, .. } => tx.query(sql::PERSONS_BETWEEN, &[&pass.after, until, &BATCH]).await?,
        Whom::Moved { reform } => tx.query(sql::PERSONS_MOVED, &[reform, &pass.after, &BATCH]).await?,
    };
    let some: Vec<Uuid> = rows.iter().map(|row| row.col("person_id")).collect::<Result<_, _>>()?;
    let Some(last) = some.last().copied() else { return Ok(None) };
    let people = match &pass.whom {
        // A child's age is its parents' matter, too; who is in the pass comes by themselves.
        Whom::Entered { from, until } => {
            let mut all = ops::with_kin(tx, &some).await?;
            all.retain(|id| some.binary_search(id).is_ok() || id < from || id >= until);
            all
        }
        // Where kin live is nobody else's.
        Whom::Moved { .. } => some,
    };
    ops::persons_assess(tx, quality, &people).await?;
    Ok(Some(last))
}
