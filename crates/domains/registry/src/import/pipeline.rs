//! Batches on their way into the database, two at a time, so that both cores work. They are decided one after another and
//! commit in the order of the file: a batch waits for the one before it, then moves the cursor and commits.

use std::{
    collections::{HashSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use base::PersonalNumber;
use contracts::{Access, Purpose, ports::Nation};
use store::{Store, StoreError, Tx};
use tokio::{sync::oneshot, task::JoinHandle};

use super::{
    ImportError, Options, Summary,
    change::{self, News},
    columns::Column,
    doubles::{self, Crowd, Doubles, Doubt},
    ids::Ids,
    load::{self, Decided, Load, Pending},
    read::Batch,
    rejects::Rejects,
    run::{Run, advance},
    stopped, write,
};

/// Batches written at the same time, each over a connection of its own.
const STREAMS: usize = 2;

pub struct Pipeline {
    store: Store,
    options: Arc<Options>,
    nation: Arc<dyn Nation>,
    rejects: Rejects,
    /// Behind the last batch that was decided, and behind the last one that was committed.
    decided: Run,
    landed: Run,
    flying: VecDeque<Flying>,
    seen: Seen,
    key_column: String,
    number_column: String,
}

struct Flying {
    pending: Pending,
    crowd: Crowd,
    committed: Option<oneshot::Receiver<()>>,
    task: JoinHandle<Result<Run, ImportError>>,
}

/// What a dry run has met: nothing of it is in the database. Some thirty bytes for each line.
#[derive(Default)]
pub struct Seen {
    numbers: HashSet<PersonalNumber>,
    keys: HashSet<u64>,
}

impl Seen {
    fn hash(key: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        hasher.finish()
    }

    pub fn has_key(&self, key: &str) -> bool {
        !self.keys.is_empty() && self.keys.contains(&Self::hash(key))
    }

    pub fn has_number(&self, number: &PersonalNumber) -> bool {
        self.numbers.contains(number)
    }

    fn add(&mut self, decided: &Decided) {
        self.note(decided.accepted.iter().map(|p| p.new.key.as_str()));
        self.numbers.extend(decided.accepted.iter().filter_map(|p| p.new.number));
    }

    fn note<'a>(&mut self, keys: impl Iterator<Item = &'a str>) {
        self.keys.extend(keys.map(Self::hash));
    }
}

impl Pipeline {
    pub fn new(
        store: Store,
        options: Arc<Options>,
        nation: Arc<dyn Nation>,
        rejects: Rejects,
        run: Run,
    ) -> Self {
        let told = |column| options.mapping.told(column).to_owned();
        let (key_column, number_column) = (told(Column::SourceKey), told(Column::Number));
        let (flying, seen) = (VecDeque::new(), Seen::default());
        Self {
            store,
            options,
            nation,
            rejects,
            decided: run,
            landed: run,
            flying,
            seen,
            key_column,
            number_column,
        }
    }

    /// What is committed.
    pub fn landed(&self) -> &Run {
        &self.landed
    }

    /// Waits until everything is committed.
    pub async fn land(&mut self) -> Result<(), ImportError> {
        let mut outcome = Ok(());
        while !self.flying.is_empty() {
            let landed = self.land_one().await;
            outcome = outcome.and(landed);
        }
        outcome
    }

    async fn land_one(&mut self) -> Result<(), ImportError> {
        if let Some(first) = self.flying.pop_front() {
            self.landed = first.task.await.map_err(stopped)??;
        }
        Ok(())
    }

    /// Decides a batch and sends it on its way.
    pub async fn take(&mut self, batch: Batch) -> Result<(), ImportError> {
        if self.flying.len() >= STREAMS {
            self.land_one().await?;
        }
        let mut tx = self.store.begin().await?;
        let load = Load {
            source: self.options.source.clone(),
            provenance: self.options.provenance.as_str(),
            event: self.decided.id,
            now: tx.now(),
            key_column: self.key_column.clone(),
            number_column: self.number_column.clone(),
        };
        let checked = u64::try_from(batch.persons.len()).unwrap_or(0);
        let mut known = load::known(&tx, &load, &batch.persons).await?;
        let mut doubles = Doubles::default();
        if self.options.duplicates {
            if self.options.changes {
                // Those who are there may be changing.
                self.land().await?;
            }
            let earlier: Vec<&Crowd> = self.flying.iter().map(|f| &f.crowd).collect();
            doubles =
                doubles::find(&mut tx, self.nation.as_ref(), &mut known, &earlier, &batch.persons).await?;
        }
        let (mut decided, pending) = {
            let mut ids = Ids::new(tx.now(), tx.entropy());
            let pending: Vec<&Pending> = self.flying.iter().map(|f| &f.pending).collect();
            load::decide(&mut ids, &load, known, (&pending, &self.seen), self.options.changes, batch.persons)
        };
        doubles::settle(&mut tx, &self.options, &decided, &mut doubles).await?;
        write::told(&mut tx, &load, &decided.told).await?;
        let mut news = News::default();
        let mut written = false;
        if !decided.news.is_empty() {
            // People are changed one after another, and never while their relatives are on their way.
            self.land().await?;
            if !decided.joined.is_empty() {
                // Some may come with this batch. A dry run takes it back with all the rest.
                write::write(&tx, &load, &decided).await?;
                written = true;
            }
            let lines = std::mem::take(&mut decided.news);
            if self.options.dry_run {
                self.seen.note(lines.iter().map(|(_, p)| p.key.as_str()));
            }
            news = change::hear(&mut tx, &self.options, self.nation.as_ref(), &load, lines).await?;
        }
        let loaded = u64::try_from(decided.accepted.len()).unwrap_or(0);
        let mut faults = batch.faults;
        faults.append(&mut decided.faults);
        faults.append(&mut news.faults);
        faults.sort_by_key(|f| f.line);
        let warnings = u64::try_from(faults.iter().filter(|f| f.warning).count()).unwrap_or(0);
        let heard = loaded + decided.known_before + news.changed + news.unchanged;
        let before = self.decided.summary;
        let next = Run {
            place: batch.end,
            rejects_bytes: self.rejects.write(&faults)?,
            summary: Summary {
                rows: before.rows + batch.rows,
                loaded: before.loaded + loaded,
                known_before: before.known_before + decided.known_before + news.unchanged,
                changed: before.changed + news.changed,
                disputed: before.disputed + news.disputed,
                rejected: before.rejected + (batch.rows - checked) + checked.saturating_sub(heard),
                warnings: before.warnings + warnings,
                already_done: false,
            },
            ..self.decided
        };
        let from = std::mem::replace(&mut self.decided, next);
        if self.options.dry_run {
            self.seen.add(&decided);
            self.landed = next;
            drop(tx);
            return Ok(());
        }
        let doubts = doubles::doubts(&decided.accepted, &mut doubles);
        let decided = (!written).then_some(decided);
        let cargo = Cargo { load, decided, doubts, from, next };
        self.send(tx, cargo, pending, doubles.crowd);
        Ok(())
    }

    fn send(&mut self, tx: Tx, cargo: Cargo, pending: Pending, crowd: Crowd) {
        let before = self.flying.back_mut().and_then(|f| f.committed.take());
        let (landed, committed) = oneshot::channel();
        let (options, nation) = (Arc::clone(&self.options), Arc::clone(&self.nation));
        let task = tokio::spawn(async move {
            let next = fly(tx, &options, nation.as_ref(), &cargo, before).await?;
            // Nobody waits where this is the last batch so far.
            let _ = landed.send(());
            Ok(next)
        });
        self.flying.push_back(Flying { pending, crowd, committed: Some(committed), task });
    }
}

/// One batch as it is sent on its way.
struct Cargo {
    load: Load,
    /// None where it has been written already.
    decided: Option<Decided>,
    doubts: Vec<Doubt>,
    from: Run,
    next: Run,
}

/// Writes one batch and moves the cursor behind it, in one transaction, after the batch before it.
async fn fly(
    mut tx: Tx,
    options: &Options,
    nation: &dyn Nation,
    cargo: &Cargo,
    before: Option<oneshot::Receiver<()>>,
) -> Result<Run, ImportError> {
    let mut written = match &cargo.decided {
        Some(decided) => write::write(&tx, &cargo.load, decided).await,
        None => Ok(()),
    };
    if let Some(before) = before
        && before.await.is_err()
    {
        // The batch before failed; this one must not come without it.
        written = written.and(Err(StoreError::Conflict));
    }
    if written.is_ok() {
        doubles::tell(&mut tx, options, nation, &cargo.doubts).await?;
    }
    let next = cargo.next;
    advance(&mut tx, &cargo.from, &next);
    let access = Access::new(&options.actor, Purpose::IMPORT);
    tx.audit(access.entry("registry.import_batch").on("import_run", next.id).done());
    Ok(tx.finish(written.map(|()| next)).await?)
}
