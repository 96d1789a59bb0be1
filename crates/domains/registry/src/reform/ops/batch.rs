//! Ends many rows at once and lets them go on in other units, or gives them back, and turns the search keys of their people.
//! Every statement must hit exactly the rows it names: where an act of a life came first, the whole batch is a conflict and
//! is read anew.

use std::collections::{BTreeMap, BTreeSet};

use base::vietnam_date;
use contracts::ports::Nation;
use jiff::civil::Date;
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use super::follow;
use crate::reform::{ReformError, rows::Run, sql};

/// For the rest of the transaction, rows are looked up by keys only.
pub async fn by_keys(tx: &Tx) -> Result<(), StoreError> {
    tx.query(sql::BY_KEYS, &[]).await.map(drop)
}

/// A row that goes to another unit.
pub struct Going {
    pub person: Uuid,
    pub row: Uuid,
    pub unit_from: String,
    pub unit_to: String,
    /// It began before the reform, so that a half of it stays where it was.
    pub began_before: bool,
}

/// A residence that goes to another unit.
pub struct Move {
    pub going: Going,
    /// The person's version as it was read.
    pub version: i32,
    pub household: Option<Uuid>,
}

/// A residence of which nobody knows where it went.
pub struct Open {
    pub person: Uuid,
    pub residence: Uuid,
    pub unit_from: String,
}

/// The rows that took the place of one.
#[derive(Clone, Copy)]
pub struct Halves {
    pub kept: Option<Uuid>,
    pub moved: Uuid,
}

/// A table whose rows lie in a unit for some days, with the statements that do the same to any of them.
pub struct Table {
    pub what: &'static str,
    end: &'static str,
    keep: &'static str,
    go: &'static str,
    left: &'static str,
    restore: &'static str,
}

pub const HOMES: Table = Table {
    what: "residence",
    end: sql::HOMES_END,
    keep: sql::HOMES_KEEP,
    go: sql::HOMES_MOVE,
    left: sql::HOMES_LEFT,
    restore: sql::HOMES_RESTORE,
};
pub const ABSENCES: Table = Table {
    what: "absence",
    end: sql::ABSENCES_END,
    keep: sql::ABSENCES_KEEP,
    go: sql::ABSENCES_MOVE,
    left: sql::ABSENCES_LEFT,
    restore: sql::ABSENCES_RESTORE,
};

impl Table {
    /// Each row ends the day before the reform, and goes on in the other unit.
    pub async fn split(&self, tx: &Tx, run: &Run, going: &[&Going]) -> Result<Vec<Halves>, StoreError> {
        if going.is_empty() {
            return Ok(Vec::new());
        }
        let halves: Vec<Halves> = going
            .iter()
            .map(|g| Halves { kept: g.began_before.then(|| tx.new_uuid()), moved: tx.new_uuid() })
            .collect();
        let people: Vec<Uuid> = going.iter().map(|g| g.person).collect();
        let rows: Vec<Uuid> = going.iter().map(|g| g.row).collect();
        let kept: Vec<Option<Uuid>> = halves.iter().map(|h| h.kept).collect();
        let moved: Vec<Uuid> = halves.iter().map(|h| h.moved).collect();
        let units: Vec<&str> = going.iter().map(|g| g.unit_to.as_str()).collect();
        let (day, now): (Date, _) = (run.day(), tx.now());
        all(tx.execute(self.end, &[&people, &rows, &now]).await?, rows.len())?;
        let halved = kept.iter().flatten().count();
        all(tx.execute(self.keep, &[&people, &rows, &kept, &day, &now, &run.id]).await?, halved)?;
        all(tx.execute(self.go, &[&people, &rows, &moved, &units, &day, &now, &run.id]).await?, rows.len())?;
        Ok(halves)
    }

    /// What the reform made of each row is the row again, as far as later acts left anything of it. Answers whose.
    pub async fn give_back(
        &self,
        tx: &Tx,
        run: &Run,
        people: &[Uuid],
        rows: &[Uuid],
    ) -> Result<BTreeSet<Uuid>, StoreError> {
        let found = tx.query(self.left, &[&run.id, &people, &rows]).await?;
        let mut left: BTreeMap<Uuid, Left> = BTreeMap::new();
        for row in &found {
            let one = Left::read(row)?;
            left.entry(one.later).or_insert(one);
        }
        if left.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut ended: BTreeMap<Uuid, Uuid> = BTreeMap::new();
        for one in left.values() {
            ended.extend(one.kept.into_iter().chain([one.later]).map(|row| (row, one.person)));
        }
        let (rows, people): (Vec<Uuid>, Vec<Uuid>) = ended.into_iter().unzip();
        let now = tx.now();
        all(tx.execute(self.end, &[&people, &rows, &now]).await?, rows.len())?;
        let people: Vec<Uuid> = left.values().map(|l| l.person).collect();
        let before: Vec<Uuid> = left.values().map(|l| l.before).collect();
        let later: Vec<Uuid> = left.values().map(|l| l.later).collect();
        let begins: Vec<Option<Date>> = left.values().map(|l| l.begins).collect();
        let back: Vec<Uuid> = left.values().map(|_| tx.new_uuid()).collect();
        let restored = tx.execute(self.restore, &[&people, &before, &later, &back, &begins, &now]).await?;
        all(restored, back.len())?;
        Ok(people.into_iter().collect())
    }
}

/// What there still is of a row that the reform moved.
struct Left {
    person: Uuid,
    /// The row as it stood before the reform.
    before: Uuid,
    later: Uuid,
    /// The earlier half, where `later` begins at its end.
    kept: Option<Uuid>,
    begins: Option<Date>,
}

impl Left {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            person: row.col("person_id")?,
            before: row.col("before")?,
            later: row.col("later")?,
            kept: row.col("kept")?,
            begins: row.col("begins")?,
        })
    }
}

/// Moves residences with all that goes with them, and notes what the reform did to each; open ones go on the work list. What
/// was on it and now moves is on it no longer.
pub async fn place(
    tx: &Tx,
    nation: &dyn Nation,
    run: &Run,
    moves: &[Move],
    open: &[Open],
) -> Result<Vec<Halves>, ReformError> {
    let going: Vec<&Going> = moves.iter().map(|m| &m.going).collect();
    let halves = HOMES.split(tx, run, &going).await?;
    let mut households = follow::households(tx, moves).await?;
    let mut notes: Vec<Note<'_>> = Vec::new();
    for (m, halves) in moves.iter().zip(&halves) {
        let household = m.household.filter(|household| households.remove(household));
        notes.push(Note { household, ..Note::moved(&HOMES, &m.going, *halves) });
    }
    let absent = follow::absent(tx, run, moves).await?;
    let parts = ABSENCES.split(tx, run, &absent.iter().collect::<Vec<_>>()).await?;
    notes.extend(absent.iter().zip(parts).map(|(going, halves)| Note::moved(&ABSENCES, going, halves)));
    notes.extend(open.iter().map(|o| Note::undecided(o.person, o.residence, &o.unit_from)));
    note(tx, run.id, &notes).await?;
    if !moves.is_empty() {
        keys(tx, moves.iter().map(|m| (m.going.person, m.version)).collect()).await?;
        follow::samples(tx, going.iter().map(|g| (g.person, &*g.unit_from, &*g.unit_to))).await?;
        follow::corrections(tx, nation, run, moves).await?;
    }
    Ok(halves)
}

/// What a reform did to a row.
pub struct Note<'a> {
    what: &'static str,
    person: Uuid,
    row: Uuid,
    unit_from: &'a str,
    unit_to: Option<&'a str>,
    halves: Option<Halves>,
    household: Option<Uuid>,
}

impl<'a> Note<'a> {
    fn moved(table: &Table, going: &'a Going, halves: Halves) -> Self {
        Self {
            what: table.what,
            person: going.person,
            row: going.row,
            unit_from: &going.unit_from,
            unit_to: Some(&going.unit_to),
            halves: Some(halves),
            household: None,
        }
    }

    fn undecided(person: Uuid, row: Uuid, unit: &'a str) -> Self {
        let what = HOMES.what;
        Self { what, person, row, unit_from: unit, unit_to: None, halves: None, household: None }
    }

    /// It was decided that it stays where it is.
    pub fn stays(person: Uuid, row: Uuid, unit: &'a str) -> Self {
        Self { unit_to: Some(unit), ..Self::undecided(person, row, unit) }
    }
}

pub async fn note(tx: &Tx, reform: Uuid, notes: &[Note<'_>]) -> Result<(), StoreError> {
    if notes.is_empty() {
        return Ok(());
    }
    let people: Vec<Uuid> = notes.iter().map(|n| n.person).collect();
    let rows: Vec<Uuid> = notes.iter().map(|n| n.row).collect();
    let what: Vec<&str> = notes.iter().map(|n| n.what).collect();
    let from: Vec<&str> = notes.iter().map(|n| n.unit_from).collect();
    let to: Vec<Option<&str>> = notes.iter().map(|n| n.unit_to).collect();
    let kept: Vec<Option<Uuid>> = notes.iter().map(|n| n.halves?.kept).collect();
    let moved: Vec<Option<Uuid>> = notes.iter().map(|n| Some(n.halves?.moved)).collect();
    let households: Vec<Option<Uuid>> = notes.iter().map(|n| n.household).collect();
    let hit = tx
        .execute(sql::PLACES, &[&reform, &people, &rows, &what, &from, &to, &kept, &moved, &households])
        .await?;
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
