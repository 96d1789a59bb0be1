//! `reform_apply`: everybody who lives in an old unit goes on in the new one from the day of force.
//!
//! Passes go over the old units until one finds nothing to do: who came in behind a pass is found by the next.

use base::vietnam_date;
use contracts::{Access, PersonId};
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{
    announce,
    batch::{self, Move, Open},
    operator,
};
use crate::{
    model::{Days, Source},
    reform::{
        Reform, ReformError,
        plan::Turn,
        rows::{At, Run, State, by_slug},
        sql,
    },
    sql::EVENT_INSERT,
};

/// Old units that one step looks at, so that no transaction grows long over an empty country.
const UNITS_PER_STEP: usize = 500;
/// How events and the log of a person name it.
const KIND: &str = "reform";
const REASON: &str = "Sắp xếp đơn vị hành chính";

/// Begins to apply a reform, or finds where it stands: the same file again goes on, and changes nothing once applied.
pub async fn reform_apply_begin(tx: &mut Tx, access: &Access, reform: &Reform) -> Result<Run, ReformError> {
    operator(access)?;
    if vietnam_date(tx.now()) < reform.in_force {
        return Err(ReformError::NotYetInForce { day: reform.in_force });
    }
    if let Some(row) = tx.query_opt(sql::RUNNING, &[]).await? {
        let run = Run::read(&row)?;
        if run.reform.slug != reform.slug || run.state == State::Undoing {
            return Err(ReformError::OtherRunning { slug: run.reform.slug });
        }
        return same_file(run, reform);
    }
    if let Some(run) = by_slug(tx, &reform.slug).await?.filter(|run| run.state != State::Undone) {
        return same_file(run, reform);
    }
    // Each map rests on the one before it.
    if let Some(row) = tx.query_opt(sql::AHEAD, &[&reform.in_force]).await? {
        return Err(ReformError::OutOfOrder { slug: row.col("slug")? });
    }
    let (id, now) = (tx.new_uuid(), tx.now());
    let account = access.actor.account;
    let begun = tx
        .change(
            sql::INSERT,
            &[&id, &reform.slug, &reform.decree, &reform.in_force, &reform.text, &account, &now],
        )
        .await;
    begun.map_err(|e| match e {
        StoreError::Conflict => ReformError::RunningElsewhere,
        e => e.into(),
    })?;
    event(tx, access, id, reform).await?;
    tx.audit(access.entry("registry.reform_begin").on("reform", id).done());
    by_slug(tx, &reform.slug).await?.ok_or(ReformError::NoSuchReform)
}

fn same_file(run: Run, reform: &Reform) -> Result<Run, ReformError> {
    if run.reform.text == reform.text { Ok(run) } else { Err(ReformError::OtherFile) }
}

async fn event(tx: &Tx, access: &Access, id: Uuid, reform: &Reform) -> Result<(), ReformError> {
    let agency = access.actor.staff().map(|(agency, _)| agency.clone());
    tx.change(
        EVENT_INSERT,
        &[
            &PersonId(Uuid::nil()),
            &id,
            &KIND,
            &Source::Residence.as_str(),
            &reform.decree,
            &REASON,
            &None::<Uuid>,
            &access.actor.account,
            &agency,
            &reform.in_force,
            &tx.now(),
        ],
    )
    .await?;
    Ok(())
}

/// The next residences, at most `rows` of them; the state says when nothing is left.
pub async fn reform_apply_step(
    tx: &mut Tx,
    access: &Access,
    run: &Run,
    rows: usize,
) -> Result<Run, ReformError> {
    operator(access)?;
    if run.state != State::Applying {
        return Err(ReformError::State { state: run.state.as_str().to_owned() });
    }
    let batch = read(tx, run, rows).await?;
    let mut next = Run { step: run.step + 1, at: batch.at, updated_at: tx.now(), ..run.clone() };
    let found = batch.moves.len() + batch.undecided.len();
    next.pass_found += count(found);
    next.moved += count(batch.moves.len());
    next.undecided += count(batch.undecided.len());
    if next.at.is_none() {
        if next.pass_found == 0 {
            next.state = State::Applied;
        }
        next.pass_found = 0;
    }
    run.advance(tx, &next).await?;
    batch::place(tx, run.id, run.day(), &batch.moves, &batch.undecided).await?;
    if next.state == State::Applied {
        announce(tx, access, "registry.reform_apply", &next, false);
    }
    Ok(next)
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// What a step does.
#[derive(Default)]
struct Batch {
    moves: Vec<Move>,
    undecided: Vec<Open>,
    /// Where the pass goes on; none: it is over.
    at: Option<At>,
}

async fn read(tx: &Tx, run: &Run, rows: usize) -> Result<Batch, ReformError> {
    let reform = &run.reform;
    let left = reform.left();
    let begin = run.at.as_ref().map_or(0, |at| left.partition_point(|unit| *unit < at.unit.as_str()));
    let units = left.get(begin..).unwrap_or(&[]);
    let (mut batch, mut read) = (Batch::default(), 0);
    for (nth, unit) in units.iter().enumerate() {
        let behind = run.at.as_ref().filter(|at| at.unit == *unit);
        let (person, row) = behind.map_or((Uuid::nil(), Uuid::nil()), |at| (at.person, at.residence));
        let limit = count(rows.saturating_sub(read));
        let found =
            tx.query(sql::CONCERNED, &[unit, &reform.in_force, &person, &row, &limit, &run.id]).await?;
        read += found.len();
        for row in &found {
            let home = Concerned::read(row)?;
            home.decide(reform, unit, &mut batch);
            batch.at = Some(At { unit: (*unit).to_owned(), person: home.person, residence: home.residence });
        }
        if read >= rows {
            return Ok(batch);
        }
        if nth + 1 >= UNITS_PER_STEP && nth + 1 < units.len() {
            // Behind everybody of this unit.
            batch.at = Some(At { unit: (*unit).to_owned(), person: Uuid::max(), residence: Uuid::max() });
            return Ok(batch);
        }
    }
    batch.at = None;
    Ok(batch)
}

/// A residence in an old unit.
struct Concerned {
    person: Uuid,
    residence: Uuid,
    address: String,
    days: Days,
    version: i32,
    /// Already on the work list, or settled.
    placed: bool,
}

impl Concerned {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            person: row.col("person_id")?,
            residence: row.col("residence_id")?,
            address: row.col("address")?,
            days: Days { from: row.col("valid_from")?, to: row.col("valid_to")? },
            version: row.col("version")?,
            placed: row.col("placed")?,
        })
    }

    fn decide(&self, reform: &Reform, unit: &str, batch: &mut Batch) {
        match reform.turn(unit, &self.address, self.days) {
            Turn::Moves(to) => batch.moves.push(Move {
                person: self.person,
                version: self.version,
                residence: self.residence,
                unit_from: unit.to_owned(),
                unit_to: to.to_owned(),
                began_before: self.days.from.is_none_or(|from| from < reform.in_force),
            }),
            Turn::Undecided if !self.placed => {
                let unit_from = unit.to_owned();
                batch.undecided.push(Open { person: self.person, residence: self.residence, unit_from });
            }
            Turn::Undecided | Turn::Stays => {}
        }
    }
}
