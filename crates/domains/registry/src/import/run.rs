//! Where a load stands in the database: the cursor that moves in the transaction that loads.

use base::vietnam_date;
use contracts::PersonId;
use sha2::{Digest, Sha256};
use store::{RowExt, Store, StoreError, Tx};
use uuid::Uuid;

use super::{ImportError, Options, Phase, Summary, source::Place};
use crate::{quality, sql};

#[derive(Clone, Copy)]
pub struct Run {
    pub id: Uuid,
    pub phase: Phase,
    pub place: Place,
    pub rejects_bytes: u64,
    pub summary: Summary,
}

impl Run {
    fn new(id: Uuid) -> Self {
        let place = Place { byte: 0, line: 1, row: 0 };
        Self { id, phase: Phase::Loading, place, rejects_bytes: 0, summary: Summary::default() }
    }
}

/// What makes a load the same as an earlier one: the file, and how it is read.
pub fn digest_of(file: &str, options: &Options) -> String {
    if options.mapping.text.is_empty() && !options.changes {
        return file.to_owned();
    }
    let changes = if options.changes { "changes" } else { "" };
    hex::encode(Sha256::digest(format!("{file}\n{changes}\n{}", options.mapping.text)))
}

/// Finds the load of this very file, or begins it. The event behind everything it brings has the id of the load.
pub async fn begin(store: &Store, options: &Options, digest: &str) -> Result<(Run, bool), ImportError> {
    let tx = store.begin().await?;
    let outcome = async {
        match find(&tx, options, digest).await? {
            Some(run) => Ok((run, true)),
            None => insert(&tx, options, digest).await.map(|run| (run, false)),
        }
    };
    let outcome = outcome.await;
    Ok(tx.finish::<_, StoreError>(outcome).await?)
}

/// For a dry run: from the beginning, unless this very file was loaded.
pub async fn rehearse(store: &Store, options: &Options, digest: &str) -> Result<Run, ImportError> {
    let tx = store.begin().await?;
    let found = find(&tx, options, digest).await;
    let found = tx.finish(found).await?.filter(|run| run.phase != Phase::Loading);
    // Where only the linking of relatives is left, every line has been loaded.
    Ok(found.map_or_else(|| Run::new(Uuid::nil()), |run| Run { phase: Phase::Done, ..run }))
}

async fn find(tx: &Tx, options: &Options, digest: &str) -> Result<Option<Run>, StoreError> {
    let Some(row) = tx.query_opt(sql::RUN_FIND, &[&options.source, &digest]).await? else { return Ok(None) };
    let number = |name| row.col::<i64>(name).map(|n| u64::try_from(n).unwrap_or(0));
    Ok(Some(Run {
        id: row.col("run_id")?,
        phase: Phase::parse(row.col("state")?).ok_or(StoreError::Column("state"))?,
        place: Place { byte: number("byte_offset")?, line: number("line")?, row: number("rows_read")? },
        rejects_bytes: number("rejects_bytes")?,
        summary: Summary {
            rows: number("rows_read")?,
            loaded: number("loaded")?,
            known_before: number("known_before")?,
            changed: number("changed")?,
            disputed: number("disputed")?,
            rejected: number("rejected")?,
            warnings: number("warnings")?,
            already_done: false,
        },
    }))
}

async fn insert(tx: &Tx, options: &Options, digest: &str) -> Result<Run, StoreError> {
    let (id, now) = (tx.new_uuid(), tx.now());
    tx.change(sql::RUN_INSERT, &[&id, &options.source, &digest, &now]).await?;
    let (everybody, none) = (PersonId(Uuid::nil()), None::<String>);
    let agency = options.actor.staff().map(|(agency, _)| agency.clone());
    let today = vietnam_date(now);
    tx.change(
        sql::EVENT_INSERT,
        &[
            &everybody,
            &id,
            &"import",
            &options.provenance.as_str(),
            &none,
            &none,
            &None::<Uuid>,
            &options.actor.account,
            &agency,
            &today,
            &now,
        ],
    )
    .await?;
    Ok(Run::new(id))
}

/// Goes on to the next phase. When a load is complete, the figures of quality follow by themselves.
pub async fn advance_alone(store: &Store, run: &mut Run, phase: Phase) -> Result<(), ImportError> {
    let mut tx = store.begin().await?;
    let next = Run { phase, ..*run };
    advance(&mut tx, run, &next);
    if phase == Phase::Done && run.summary.loaded > 0 {
        quality::jobs::after_load(&mut tx, run.id);
    }
    *run = tx.finish::<_, StoreError>(Ok(next)).await?;
    Ok(())
}

/// Two loads of one file at the same time meet here: the second finds the cursor moved and stops.
pub fn advance(tx: &mut Tx, from: &Run, to: &Run) {
    let now = tx.now();
    let big = |n: u64| Box::new(i64::try_from(n).unwrap_or(i64::MAX));
    tx.defer(
        sql::RUN_ADVANCE,
        vec![
            Box::new(from.id),
            big(from.summary.rows),
            Box::new(to.phase.as_str()),
            big(to.place.byte),
            big(to.place.line),
            big(to.summary.rows),
            big(to.summary.loaded),
            big(to.summary.known_before),
            big(to.summary.rejected),
            big(to.summary.warnings),
            big(to.rejects_bytes),
            Box::new(now),
            big(to.summary.changed),
            big(to.summary.disputed),
        ],
    );
}
