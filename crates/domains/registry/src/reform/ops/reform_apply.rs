//! `reform_apply`: everybody who lives in an old unit goes on in the new one from the day of force.
//!
//! Passes go over the rows of all old units until one finds nothing to do: who came in behind a pass is found by the next.
//! Then cases that the old communes had to settle go to the new ones.

use base::vietnam_date;
use contracts::{Access, PersonId, ports::Nation};
use store::{RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{announce, batch, follow, homes, operator};
use crate::{
    model::Source,
    reform::{
        Reform, ReformError,
        rows::{At, Phase, Run, State, by_slug},
        sql,
    },
    sql::EVENT_INSERT,
};

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
            return Err(ReformError::OtherRunning { slug: run.reform.slug.clone() });
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
    Ok(Run::begun(id, reform, now))
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

/// The next rows, at most so many; the state says when nothing is left.
pub async fn reform_apply_step(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    run: &Run,
    rows: usize,
) -> Result<Run, ReformError> {
    operator(access)?;
    if run.state != State::Applying {
        return Err(ReformError::State { state: run.state.as_str().to_owned() });
    }
    batch::by_keys(tx).await?;
    match run.phase {
        Phase::Homes => homes(tx, nation, run, rows).await,
        Phase::Matters | Phase::Acts => matters(tx, access, nation, run, rows).await,
    }
}

async fn homes(tx: &Tx, nation: &dyn Nation, run: &Run, rows: usize) -> Result<Run, ReformError> {
    let read = homes::read(tx, &run.reform.left(), run.day(), run.id, run.at.as_ref(), rows).await?;
    let (moves, open) = homes::decide(read.homes, &run.reform);
    let mut next = run.stepped(tx.now(), read.at);
    next.pass_found += count(moves.len() + open.len());
    next.moved += count(moves.len());
    next.undecided += count(open.len());
    if next.at.is_none() {
        if next.pass_found == 0 {
            next.phase = Phase::Matters;
        }
        next.pass_found = 0;
    }
    run.advance(tx, &next).await?;
    batch::place(tx, nation, run, &moves, &open).await?;
    Ok(next)
}

async fn matters(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    run: &Run,
    rows: usize,
) -> Result<Run, ReformError> {
    let after = run.at.as_ref().map_or((Uuid::nil(), Uuid::nil()), |at| (at.person, at.row));
    let last = follow::cases_after(tx, nation, run, after, rows).await?;
    let at = last.map(|(person, row)| At { unit: String::new(), person, row });
    let mut next = run.stepped(tx.now(), at);
    if next.at.is_none() {
        (next.state, next.phase) = (State::Applied, Phase::Homes);
    }
    run.advance(tx, &next).await?;
    if next.state == State::Applied {
        announce(tx, access, "registry.reform_apply", &next, false);
    }
    Ok(next)
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
