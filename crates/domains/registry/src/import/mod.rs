//! Loading a register from CSV (`docs/persons-csv.md`): checked field by field, resumable, never half-written.
//!
//! [`read`] checks lines on a thread of its own, [`load`] writes a batch by COPY in one transaction that also moves the
//! cursor, so a killed load goes on where its last commit was. Bad lines go to the [`rejects`] file and never stop a
//! load; a number that is already taken is a possible duplicate for a human, never a merge. Kin who come later in the
//! file are linked by a last pass. The same file again changes nothing.

mod encode;
mod load;
mod read;
mod rejects;
mod row;

use std::{
    io::{Read, Seek},
    path::PathBuf,
    sync::Arc,
};

use base::{Fault, Kind, Lang, vietnam_date};
use contracts::{Access, Actor, PersonId, Purpose, ports::Nation};
use store::{RowExt, Store, StoreError, Tx};
use tokio::sync::mpsc;
use uuid::Uuid;

use self::{
    load::Load,
    read::{Batch, Place},
    rejects::Rejects,
};
use crate::{model::Source, sql};

/// Checked batches that wait for the database.
const BATCHES_AHEAD: usize = 2;
/// People whose relatives are linked in one transaction.
const KIN_STEP: i64 = 20_000;

pub struct Options {
    /// Name of the source register; keys are unique within it.
    pub source: String,
    /// What the record says of where this data comes from.
    pub provenance: Source,
    pub actor: Actor,
    pub rejects: PathBuf,
    /// Language of the advice.
    pub lang: Lang,
    /// Lines in one transaction.
    pub batch_rows: usize,
}

impl Options {
    pub fn new(source: impl Into<String>, rejects: impl Into<PathBuf>) -> Self {
        Self {
            source: source.into(),
            provenance: Source::Population,
            actor: Actor::system(),
            rejects: rejects.into(),
            lang: Lang::Vi,
            batch_rows: 10_000,
        }
    }
}

/// How a load went, over all its sittings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    pub rows: u64,
    pub loaded: u64,
    /// Lines that an earlier load had brought in.
    pub known_before: u64,
    pub rejected: u64,
    pub warnings: u64,
    /// This very file was loaded before; nothing was done now.
    pub already_done: bool,
}

/// How far a load is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    pub phase: Phase,
    pub summary: Summary,
    pub bytes: u64,
    pub bytes_total: u64,
    /// Over this sitting.
    pub rows_per_second: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Loading,
    /// Relatives find each other.
    Linking,
    Done,
}

impl Phase {
    fn as_str(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Linking => "linking",
            Self::Done => "done",
        }
    }

    fn parse(s: &str) -> Option<Self> {
        [Self::Loading, Self::Linking, Self::Done].into_iter().find(|p| p.as_str() == s)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Names of missing columns, places (`#5`) of unknown or doubled ones.
    #[error("columns of the header line are missing, unknown or doubled: {}", columns.join(", "))]
    Header { columns: Vec<String> },
    #[error("the file cannot be read near line {line}")]
    Unreadable {
        line: u64,
        #[source]
        source: std::io::Error,
    },
    #[error("the rejects file cannot be written")]
    Rejects(#[source] std::io::Error),
    #[error("the rejects file is not the one of this load")]
    OtherRejects,
    #[error("the texts of the advice cannot be read")]
    Texts(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Fault for ImportError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(e) => e.kind(),
            Self::Header { .. } | Self::Unreadable { .. } => Kind::Invalid,
            Self::Rejects(_) => Kind::Unavailable,
            Self::OtherRejects => Kind::Conflict,
            Self::Texts(_) => Kind::Bug,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::Header { .. } => "registry.import_header",
            Self::Unreadable { .. } => "registry.import_unreadable",
            Self::Rejects(_) => "registry.import_rejects",
            Self::OtherRejects => "registry.import_other_rejects",
            Self::Texts(_) => "registry.import_texts",
        }
    }

    fn args(&self) -> Vec<(String, String)> {
        match self {
            Self::Header { columns } => vec![("columns".to_owned(), columns.join(", "))],
            Self::Unreadable { line, .. } => vec![("line".to_owned(), line.to_string())],
            _ => Vec::new(),
        }
    }
}

/// Where a load stands in the database.
struct Run {
    id: Uuid,
    phase: Phase,
    place: Place,
    rejects_bytes: u64,
    summary: Summary,
}

/// Loads a file, or goes on loading it where it was left.
pub async fn run<R>(
    store: &Store,
    nation: Arc<dyn Nation>,
    file: R,
    options: &Options,
    mut progress: impl FnMut(&Progress),
) -> Result<Summary, ImportError>
where
    R: Read + Seek + Send + 'static,
{
    let mut file = file;
    let hashed = tokio::task::spawn_blocking(move || read::digest(&mut file).map(|d| (d, file))).await;
    let ((digest, bytes_total), file) = hashed.map_err(stopped)??;
    let (mut run, resumed) = begin(store, options, &digest).await?;
    if run.phase == Phase::Done {
        return Ok(Summary { already_done: true, ..run.summary });
    }
    let mut rejects = Rejects::open(&options.rejects, options.lang, run.rejects_bytes, resumed)?;
    let clock = Arc::clone(store.clock());
    let (started, rows_before) = (clock.now(), run.summary.rows);
    let mut tell = |run: &Run| {
        let seconds = clock.now().duration_since(started).as_secs_f64();
        let rows = u32::try_from(run.summary.rows - rows_before).map_or(f64::MAX, f64::from);
        let rows_per_second = if seconds > 0.0 { rows / seconds } else { 0.0 };
        let (phase, summary, bytes) = (run.phase, run.summary, run.place.byte);
        progress(&Progress { phase, summary, bytes, bytes_total, rows_per_second });
    };

    if run.phase == Phase::Loading {
        let (out, mut batches) = mpsc::channel::<Result<Batch, ImportError>>(BATCHES_AHEAD);
        let (today, from, rows) = (vietnam_date(started), run.place, options.batch_rows.max(1));
        let reading = tokio::task::spawn_blocking(move || {
            if let Err(error) = read::batches(file, nation.as_ref(), today, from, rows, &out) {
                // Nobody listening means that the load has already failed for its own reason.
                let _ = out.blocking_send(Err(error));
            }
        });
        while let Some(batch) = batches.recv().await {
            take(store, options, &mut run, &mut rejects, batch?).await?;
            tell(&run);
        }
        reading.await.map_err(stopped)?;
        advance_alone(store, &mut run, Phase::Linking).await?;
    }
    let mut after = PersonId(Uuid::nil());
    loop {
        let tx = store.begin().await?;
        let step = load::resolve_kin(&tx, after, KIN_STEP).await;
        let Some(last) = tx.finish(step).await? else { break };
        after = last;
        tell(&run);
    }
    advance_alone(store, &mut run, Phase::Done).await?;
    tell(&run);
    Ok(run.summary)
}

fn stopped(error: tokio::task::JoinError) -> ImportError {
    ImportError::Unreadable { line: 0, source: std::io::Error::other(error) }
}

/// Finds the load of this very file, or begins it. The event behind everything it brings has the id of the load.
async fn begin(store: &Store, options: &Options, digest: &str) -> Result<(Run, bool), ImportError> {
    let tx = store.begin().await?;
    let outcome = find_or_insert(&tx, options, digest).await;
    Ok(tx.finish(outcome).await?)
}

async fn find_or_insert(tx: &Tx, options: &Options, digest: &str) -> Result<(Run, bool), StoreError> {
    if let Some(row) = tx.query_opt(sql::RUN_FIND, &[&options.source, &digest]).await? {
        let number = |name| row.col::<i64>(name).map(|n| u64::try_from(n).unwrap_or(0));
        let run = Run {
            id: row.col("run_id")?,
            phase: Phase::parse(row.col("state")?).ok_or(StoreError::Column("state"))?,
            place: Place { byte: number("byte_offset")?, line: number("line")?, row: number("rows_read")? },
            rejects_bytes: number("rejects_bytes")?,
            summary: Summary {
                rows: number("rows_read")?,
                loaded: number("loaded")?,
                known_before: number("known_before")?,
                rejected: number("rejected")?,
                warnings: number("warnings")?,
                already_done: false,
            },
        };
        return Ok((run, true));
    }
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
    let place = Place { byte: 0, line: 1, row: 0 };
    Ok((Run { id, phase: Phase::Loading, place, rejects_bytes: 0, summary: Summary::default() }, false))
}

/// Loads one batch and moves the cursor behind it, in one transaction.
async fn take(
    store: &Store,
    options: &Options,
    run: &mut Run,
    rejects: &mut Rejects,
    batch: Batch,
) -> Result<(), ImportError> {
    let mut tx = store.begin().await?;
    let outcome = write(&mut tx, options, run, rejects, batch).await;
    *run = tx.finish(outcome).await?;
    Ok(())
}

async fn write(
    tx: &mut Tx,
    options: &Options,
    run: &Run,
    rejects: &mut Rejects,
    batch: Batch,
) -> Result<Run, ImportError> {
    let common = Load {
        source: &options.source,
        provenance: options.provenance.as_str(),
        event: run.id,
        now: tx.now(),
    };
    let checked = u64::try_from(batch.persons.len()).unwrap_or(0);
    let done = load::load(tx, &common, batch.persons).await?;
    let mut faults = batch.faults;
    faults.extend(done.faults);
    faults.sort_by_key(|f| f.line);
    let warnings = u64::try_from(faults.iter().filter(|f| f.warning).count()).unwrap_or(0);
    let rejected = batch.rows - checked + (checked - done.loaded - done.known_before);
    let next = Run {
        id: run.id,
        phase: run.phase,
        place: batch.end,
        rejects_bytes: rejects.write(&faults)?,
        summary: Summary {
            rows: run.summary.rows + batch.rows,
            loaded: run.summary.loaded + done.loaded,
            known_before: run.summary.known_before + done.known_before,
            rejected: run.summary.rejected + rejected,
            warnings: run.summary.warnings + warnings,
            already_done: false,
        },
    };
    advance(tx, run, &next);
    let access = Access::new(&options.actor, Purpose::IMPORT);
    tx.audit(access.entry("registry.import_batch").on("import_run", run.id).done());
    Ok(next)
}

async fn advance_alone(store: &Store, run: &mut Run, phase: Phase) -> Result<(), ImportError> {
    let mut tx = store.begin().await?;
    let next = Run { phase, ..*run };
    advance(&mut tx, run, &next);
    *run = tx.finish::<_, StoreError>(Ok(next)).await?;
    Ok(())
}

/// Two loads of one file at the same time meet here: the second finds the cursor moved and stops.
fn advance(tx: &mut Tx, from: &Run, to: &Run) {
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
        ],
    );
}
