//! Loading a register from CSV, NDJSON or Parquet (`docs/persons-csv.md`): checked field by field, resumable, never
//! half-written.
//!
//! [`source`] reads rows, [`mapping`] says which column is which, `row` and `parts` check them on a thread of their own;
//! `load` decides a batch and `write` copies it in, two batches at a time, each in one transaction that also moves the
//! cursor behind it, in the order of the file: a killed load goes on where its last commit was. Lines of people who are
//! there already are left alone, or are news (`change`) ranked by [`authority`]. Bad lines go to the `rejects` file and
//! never stop a load; a number that is already taken is a possible duplicate for a human, never a merge. Kin who come
//! later in the file are linked by a last pass. The same file again changes nothing; a dry run writes nothing at all.

pub mod authority;
mod change;
pub mod columns;
mod doubles;
mod encode;
pub mod error;
mod ids;
mod load;
pub mod mapping;
mod news;
mod parts;
mod pipeline;
mod read;
mod rejects;
mod row;
mod run;
pub mod source;
mod write;

use std::{
    io::{Read, Seek},
    path::PathBuf,
    sync::Arc,
};

use base::{Lang, vietnam_date};
use contracts::{Actor, PersonId, ports::Nation};
use store::Store;
use tokio::sync::mpsc;
use uuid::Uuid;

pub use self::{authority::Authority, error::ImportError, mapping::Mapping, source::Format};
use self::{
    pipeline::Pipeline,
    read::{Batch, Reading},
    rejects::Rejects,
    run::Run,
};
use crate::model::Source;

/// Checked batches that wait for the database.
const BATCHES_AHEAD: usize = 2;
/// People whose relatives are linked in one transaction.
const KIN_STEP: i64 = 20_000;

#[derive(Clone)]
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
    pub format: Format,
    pub mapping: Mapping,
    /// Lines of people who are there already change them, as far as the source may.
    pub changes: bool,
    pub authority: Authority,
    /// The register is asked whether the people of new lines are there already (`doubles`).
    pub duplicates: bool,
    /// Only tell what would happen.
    pub dry_run: bool,
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
            format: Format::Csv,
            mapping: Mapping::default(),
            changes: false,
            authority: Authority::default(),
            duplicates: false,
            dry_run: false,
        }
    }
}

/// How a load went, over all its sittings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    pub rows: u64,
    pub loaded: u64,
    /// Lines that an earlier load had brought in, and that say nothing new.
    pub known_before: u64,
    /// Lines that changed a person who was there.
    pub changed: u64,
    /// Values that contradict a source of higher authority: cases to look at.
    pub disputed: u64,
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
    let options = Arc::new(options.clone());
    let mut file = file;
    let hashed = tokio::task::spawn_blocking(move || read::digest(&mut file).map(|d| (d, file))).await;
    let ((digest, bytes_total), file) = hashed.map_err(stopped)??;
    let digest = run::digest_of(&digest, &options);
    let (run, resumed) = match options.dry_run {
        true => (run::rehearse(store, &options, &digest).await?, true),
        false => run::begin(store, &options, &digest).await?,
    };
    if run.phase == Phase::Done {
        return Ok(Summary { already_done: true, ..run.summary });
    }
    let rejects = Rejects::open(&options.rejects, options.lang, run.rejects_bytes, resumed)?;
    let clock = Arc::clone(store.clock());
    let (started, rows_before) = (clock.now(), run.summary.rows);
    let mut tell = |run: &Run| {
        let seconds = clock.now().duration_since(started).as_secs_f64();
        let rows = u32::try_from(run.summary.rows - rows_before).map_or(f64::MAX, f64::from);
        let rows_per_second = if seconds > 0.0 { rows / seconds } else { 0.0 };
        let (phase, summary, bytes) = (run.phase, run.summary, run.place.byte);
        progress(&Progress { phase, summary, bytes, bytes_total, rows_per_second });
    };

    let mut run = run;
    if run.phase == Phase::Loading {
        let (out, mut batches) = mpsc::channel::<Result<Batch, ImportError>>(BATCHES_AHEAD);
        let reading = Reading {
            bytes: bytes_total,
            format: options.format,
            mapping: options.mapping.clone(),
            today: vietnam_date(started),
            from: run.place,
            batch_rows: options.batch_rows.max(1),
        };
        let to_check = Arc::clone(&nation);
        let reader = tokio::task::spawn_blocking(move || {
            if let Err(error) = read::batches(file, to_check.as_ref(), &reading, &out) {
                // Nobody listening means that the load has already failed for its own reason.
                let _ = out.blocking_send(Err(error));
            }
        });
        let mut pipeline = Pipeline::new(store.clone(), Arc::clone(&options), nation, rejects, run);
        while let Some(batch) = batches.recv().await {
            let taken = match batch {
                Ok(batch) => pipeline.take(batch).await,
                Err(error) => Err(error),
            };
            if let Err(error) = taken {
                pipeline.land().await.ok();
                return Err(error);
            }
            tell(pipeline.landed());
        }
        pipeline.land().await?;
        run = *pipeline.landed();
        tell(&run);
        reader.await.map_err(stopped)?;
        if options.dry_run {
            return Ok(run.summary);
        }
        run::advance_alone(store, &mut run, Phase::Linking).await?;
    }
    let mut after = PersonId(Uuid::nil());
    loop {
        let tx = store.begin().await?;
        let step = write::resolve_kin(&tx, after, KIN_STEP).await;
        let Some(last) = tx.finish(step).await? else { break };
        after = last;
        tell(&run);
    }
    run::advance_alone(store, &mut run, Phase::Done).await?;
    tell(&run);
    Ok(run.summary)
}

fn stopped(error: tokio::task::JoinError) -> ImportError {
    ImportError::Unreadable { line: 0, source: std::io::Error::other(error) }
}
