//! Ends many residences at once and lets them go on elsewhere, and turns the search keys of their people. Every statement
//! must hit exactly the rows it names: where an act of a life came first, the whole batch is a conflict and is read anew.

use std::collections::BTreeMap;

use base::vietnam_date;
use jiff::civil::Date;
use store::{StoreError, Tx};
use uuid::Uuid;

use crate::reform::sql;

/// A residence that goes to another unit.
pub struct Move {
    pub person: Uuid,
    /// The person's version as it was read.
    pub version: i32,
    pub residence: Uuid,
    pub unit_from: String,
    pub unit_to: String,
    /// It began before the reform, so that a half of it stays where it was.
    pub began_before: bool,
}

/// The rows that took the place of one.
#[derive(Clone, Copy)]
pub struct Halves {
    pub kept: Option<Uuid>,
    pub moved: Uuid,
}

async fn move_all(tx: &Tx, reform: Uuid, day: Date, moves: &[Move]) -> Result<Vec<Halves>, StoreError> {
    let halves: Vec<Halves> = moves
        .iter()
        .map(|m| Halves { kept: m.began_before.then(|| tx.new_uuid()), moved: tx.new_uuid() })
        .collect();
    let people: Vec<Uuid> = moves.iter().map(|m| m.person).collect();
    let rows: Vec<Uuid> = moves.iter().map(|m| m.residence).collect();
    let kept: Vec<Option<Uuid>> = halves.iter().map(|h| h.kept).collect();
    let moved: Vec<Uuid> = halves.iter().map(|h| h.moved).collect();
    let units: Vec<&str> = moves.iter().map(|m| m.unit_to.as_str()).collect();
    let now = tx.now();
    all(tx.execute(sql::END, &[&people, &rows, &now]).await?, rows.len())?;
    let halved = kept.iter().flatten().count();
    all(tx.execute(sql::KEEP, &[&people, &rows, &kept, &day, &now, &reform]).await?, halved)?;
    all(tx.execute(sql::MOVE, &[&people, &rows, &moved, &units, &day, &now, &reform]).await?, rows.len())?;
    keys(tx, moves.iter().map(|m| (m.person, m.version)).collect()).await?;
    Ok(halves)
}

/// A residence of which nobody knows where it went.
pub struct Open {
    pub person: Uuid,
    pub residence: Uuid,
    pub unit_from: String,
}

/// Moves residences and notes for each what the reform did to it; open ones go on the work list. What was on it and now
/// moves is on it no longer.
pub async fn place(
    tx: &Tx,
    reform: Uuid,
    day: Date,
    moves: &[Move],
    open: &[Open],
) -> Result<Vec<Halves>, StoreError> {
    let halves = if moves.is_empty() { Vec::new() } else { move_all(tx, reform, day, moves).await? };
    let mut notes: Vec<Note<'_>> = Vec::new();
    for (m, halves) in moves.iter().zip(&halves) {
        let to = Some(m.unit_to.as_str());
        notes.push((m.person, m.residence, &m.unit_from, to, halves.kept, Some(halves.moved)));
    }
    notes.extend(open.iter().map(|o| (o.person, o.residence, o.unit_from.as_str(), None, None, None)));
    note(tx, reform, &notes).await?;
    Ok(halves)
}

/// Person, residence, unit before and after, the halves.
pub type Note<'a> = (Uuid, Uuid, &'a str, Option<&'a str>, Option<Uuid>, Option<Uuid>);

pub async fn note(tx: &Tx, reform: Uuid, notes: &[Note<'_>]) -> Result<(), StoreError> {
    if notes.is_empty() {
        return Ok(());
    }
    let people: Vec<Uuid> = notes.iter().map(|n| n.0).collect();
    let rows: Vec<Uuid> = notes.iter().map(|n| n.1).collect();
    let from: Vec<&str> = notes.iter().map(|n| n.2).collect();
    let to: Vec<Option<&str>> = notes.iter().map(|n| n.3).collect();
    let kept: Vec<Option<Uuid>> = notes.iter().map(|n| n.4).collect();
    let moved: Vec<Option<Uuid>> = notes.iter().map(|n| n.5).collect();
    let hit = tx.execute(sql::PLACES, &[&reform, &people, &rows, &from, &to, &kept, &moved]).await?;
    all(hit, notes.len())
}

/// The search keys of some people, guarded by the versions that were read.
pub async fn keys(tx: &Tx, people: BTreeMap<Uuid, i32>) -> Result<(), StoreError> {
    let (ids, versions): (Vec<Uuid>, Vec<i32>) = people.into_iter().unzip();
    let hit = tx.execute(sql::KEYS, &[&ids, &versions, &vietnam_date(tx.now())]).await?;
    all(hit, ids.len())
}

pub fn all(hit: u64, wanted: usize) -> Result<(), StoreError> {
    if usize::try_from(hit) == Ok(wanted) { Ok(()) } else { Err(StoreError::Conflict) }
}
