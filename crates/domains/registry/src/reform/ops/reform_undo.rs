//! `reform_undo`: the act is taken back, and everybody's residence stands again as it did before it.
//!
//! Refused only while a later reform rests on it: they are undone in reverse order. Acts of lives stand, those of after the
//! reform and those that come while it is undone: what they left of a residence that it moved is given back to the old
//! unit; what they themselves put into a unit that it filled stays there, because nobody could say where that lies on the
//! old map, and is put on a list ([`super::reform_later`]). What the reform said stays known as it was known then.

use std::collections::BTreeMap;

use contracts::Access;
use store::{RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{
    announce,
    batch::{self, all},
    follow, homes, operator,
};
use crate::reform::{
    ReformError,
    rows::{At, Phase, Run, State, by_slug},
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
    let mut next = run.stepped(tx.now(), None);
    (next.state, next.phase, next.pass_found) = (State::Undoing, Phase::Homes, 0);
    run.advance(tx, &next).await?;
    tx.audit(access.entry("registry.reform_undo_begin").on("reform", run.id).done());
    Ok(next)
}

/// The next rows, at most so many; the state says when nothing is left.
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
    batch::by_keys(tx).await?;
    match run.phase {
        Phase::Homes => places(tx, run, rows).await,
        Phase::Matters => matters(tx, run, rows).await,
        Phase::Acts => acts(tx, access, run, rows).await,
    }
}

/// Behind which row a pass goes on that does not go by units.
fn after(run: &Run) -> (Uuid, Uuid) {
    run.at.as_ref().map_or((Uuid::nil(), Uuid::nil()), |at| (at.person, at.row))
}

/// Behind the last of `found`, where there may be more.
fn last(people: &[Uuid], rows: &[Uuid], limit: usize) -> Option<At> {
    let (person, row) = (*people.last()?, *rows.last()?);
    (people.len() >= limit).then_some(At { unit: String::new(), person, row })
}

/// What the reform did to residences and absences, with what went along.
async fn places(tx: &Tx, run: &Run, limit: usize) -> Result<Run, ReformError> {
    let (person, row) = after(run);
    let read = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = tx.query(sql::TO_UNDO, &[&run.id, &person, &row, &read]).await?;
    let (mut people, mut rows) = (Vec::new(), Vec::new());
    let mut versions: BTreeMap<Uuid, i32> = BTreeMap::new();
    let mut turned: Vec<(Uuid, &str, &str)> = Vec::new();
    for row in &found {
        let person: Uuid = row.col("person_id")?;
        people.push(person);
        rows.push(row.col("residence_id")?);
        versions.insert(person, row.col("version")?);
        let (what, to): (&str, Option<&str>) = (row.col("what")?, row.col("unit_to")?);
        if let Some(to) = to.filter(|_| what == batch::HOMES.what) {
            turned.push((person, to, row.col("unit_from")?));
        }
    }
    let mut next = run.stepped(tx.now(), last(&people, &rows, limit));
    next.undone += homes_among(&found)?;
    if next.at.is_none() {
        next.phase = Phase::Matters;
    }
    run.advance(tx, &next).await?;
    if found.is_empty() {
        return Ok(next);
    }
    let mut changed = batch::HOMES.give_back(tx, run, &people, &rows).await?;
    changed.extend(batch::ABSENCES.give_back(tx, run, &people, &rows).await?);
    versions.retain(|person, _| changed.contains(person));
    batch::keys(tx, versions).await?;
    tx.execute(sql::HOUSEHOLDS_BACK, &[&run.id, &people, &rows]).await?;
    follow::samples(tx, turned.into_iter()).await?;
    all(tx.execute(sql::UNPLACE, &[&run.id, &people, &rows, &tx.now()]).await?, rows.len())?;
    Ok(next)
}

fn homes_among(found: &[store::Row]) -> Result<i64, StoreError> {
    let mut homes = 0;
    for row in found {
        homes += i64::from(row.col::<&str>("what")? == batch::HOMES.what);
    }
    Ok(homes)
}

/// Cases and requests go back to those who had them.
async fn matters(tx: &Tx, run: &Run, limit: usize) -> Result<Run, ReformError> {
    let (person, row) = after(run);
    let read = i64::try_from(limit).unwrap_or(i64::MAX);
    let (mut people, mut rows) = (Vec::new(), Vec::new());
    for row in tx.query(sql::MATTERS_TO_UNDO, &[&run.id, &person, &row, &read]).await? {
        people.push(row.col("person_id")?);
        rows.push(row.col("matter_id")?);
    }
    let mut next = run.stepped(tx.now(), last(&people, &rows, limit));
    if next.at.is_none() {
        next.phase = Phase::Acts;
    }
    run.advance(tx, &next).await?;
    if !rows.is_empty() {
        tx.execute(sql::CASES_BACK, &[&run.id, &people, &rows]).await?;
        tx.execute(sql::CORRECTIONS_BACK, &[&run.id, &people, &rows]).await?;
        all(tx.execute(sql::MATTERS_UNDONE, &[&run.id, &people, &rows, &tx.now()]).await?, rows.len())?;
    }
    Ok(next)
}

/// Residences in the units that it filled which are not its own: they began on the new map, or a load read an old code as
/// the new unit.
async fn acts(tx: &mut Tx, access: &Access, run: &Run, limit: usize) -> Result<Run, ReformError> {
    let read = homes::read(tx, &run.reform.filled(), run.day(), run.id, run.at.as_ref(), limit).await?;
    let (mut people, mut rows) = (Vec::new(), Vec::new());
    for home in &read.homes {
        let began_later = home.days.from.is_some_and(|day| day >= run.day());
        let read_as = home.read_as && home.known_from > run.started_at;
        if home.concerned && home.event != run.id && (began_later || read_as) {
            people.push(home.person);
            rows.push(home.residence);
        }
    }
    let mut next = run.stepped(tx.now(), read.at);
    next.later += i64::try_from(rows.len()).unwrap_or(i64::MAX);
    if next.at.is_none() {
        (next.state, next.phase) = (State::Undone, Phase::Homes);
    }
    run.advance(tx, &next).await?;
    if !rows.is_empty() {
        all(tx.execute(sql::LATER_INSERT, &[&run.id, &people, &rows]).await?, rows.len())?;
    }
    if next.state == State::Undone {
        announce(tx, access, "registry.reform_undo", &next, true);
    }
    Ok(next)
}
