//! `reform_undo`: the act is taken back, and everybody's residence stands again as it did before it.
//!
//! Refused while something rests on it, because nobody could say where that belongs on the old map: a later reform (they
//! are undone in reverse order), an act that changed a residence which this one moved, a residence that began in a unit
//! which this one filled, on its day or later. What it said stays known as it was known then.

use std::collections::BTreeMap;

use contracts::Access;
use store::{RowExt, Tx};
use uuid::Uuid;

use super::{
    announce,
    batch::{self, all},
    operator,
};
use crate::reform::{
    Reform, ReformError,
    rows::{Run, State, by_slug},
    sql,
};

/// Begins to undo a reform, or goes on; one that was only half applied can be undone, too.
pub async fn reform_undo_begin(tx: &mut Tx, access: &Access, slug: &str) -> Result<Run, ReformError> {
    operator(access)?;
    let run = by_slug(tx, slug).await?.ok_or(ReformError::NoSuchReform)?;
    if matches!(run.state, State::Undoing | State::Undone) {
        return Ok(run);
    }
    if let Some(row) = tx.query_opt(sql::LATER, &[&run.id, &run.started_at]).await? {
        return Err(ReformError::LaterReform { slug: row.col("slug")? });
    }
    let changed: i64 = tx.query_one(sql::CHANGED_SINCE, &[&run.id]).await?.col("n")?;
    let filled = filled(&run.reform);
    let new = tx.query_one(sql::NEW_SINCE, &[&run.id, &filled, &run.started_at, &run.day()]).await?;
    let new: i64 = new.col("n")?;
    if changed + new > 0 {
        return Err(ReformError::LaterActs { changed, new });
    }
    let next = Run { state: State::Undoing, step: run.step + 1, at: None, pass_found: 0, ..run.clone() };
    run.advance(tx, &next).await?;
    tx.audit(access.entry("registry.reform_undo_begin").on("reform", run.id).done());
    Ok(next)
}

/// Units that people came to from others.
fn filled(reform: &Reform) -> Vec<&str> {
    let mut filled: Vec<&str> = Vec::new();
    for (from, fate) in &reform.units {
        filled.extend(fate.targets().filter(|to| to != from));
    }
    filled.sort_unstable();
    filled.dedup();
    filled
}

/// The next residences, at most `rows` of them.
pub async fn reform_undo_step(
    tx: &mut Tx,
    access: &Access,
    run: &Run,
    rows: usize,
) -> Result<Run, ReformError> {
    operator(access)?;
    if run.state != State::Undoing {
        return Err(ReformError::State { state: run.state.as_str().to_owned() });
    }
    let limit = i64::try_from(rows).unwrap_or(i64::MAX);
    let found = tx.query(sql::TO_UNDO, &[&run.id, &limit]).await?;
    let mut next = Run { step: run.step + 1, updated_at: tx.now(), ..run.clone() };
    next.undone += i64::try_from(found.len()).unwrap_or(i64::MAX);
    if found.is_empty() {
        next.state = State::Undone;
    }
    run.advance(tx, &next).await?;
    if found.is_empty() {
        announce(tx, access, "registry.reform_undo", &next, true);
        return Ok(next);
    }

    let (mut places, mut ended, mut back) = (Columns::default(), Columns::default(), Columns::default());
    let mut versions: BTreeMap<Uuid, i32> = BTreeMap::new();
    for row in &found {
        let (person, residence): (Uuid, Uuid) = (row.col("person_id")?, row.col("residence_id")?);
        places.push(person, residence);
        let (kept, moved): (Option<Uuid>, Option<Uuid>) = (row.col("kept_id")?, row.col("moved_id")?);
        for half in kept.into_iter().chain(moved) {
            ended.push(person, half);
        }
        if moved.is_some() {
            back.push(person, residence);
            versions.insert(person, row.col("version")?);
        }
    }
    let now = tx.now();
    if !back.people.is_empty() {
        let hit = tx.execute(sql::END, &[&ended.people, &ended.rows, &now]).await?;
        all(hit, ended.rows.len())?;
        let ids: Vec<Uuid> = back.rows.iter().map(|_| tx.new_uuid()).collect();
        let hit = tx.execute(sql::RESTORE, &[&back.people, &back.rows, &ids, &now]).await?;
        all(hit, back.rows.len())?;
        tx.execute(sql::REPOINT, &[&back.people, &back.rows, &ids, &run.id]).await?;
        batch::keys(tx, versions).await?;
    }
    let hit = tx.execute(sql::UNPLACE, &[&run.id, &places.people, &places.rows, &now]).await?;
    all(hit, places.rows.len())?;
    Ok(next)
}

/// People and their rows, side by side as the statements take them.
#[derive(Default)]
struct Columns {
    people: Vec<Uuid>,
    rows: Vec<Uuid>,
}

impl Columns {
    fn push(&mut self, person: Uuid, row: Uuid) {
        self.people.push(person);
        self.rows.push(row);
    }
}
