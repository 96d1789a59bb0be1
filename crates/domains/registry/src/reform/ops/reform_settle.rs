//! `reform_settle`: an officer says to which part of a divided unit a home belongs that no rule decided. Everybody of the
//! household at that place goes with it; reforms that were applied since take them on from there.

use contracts::{
    Access, CommuneCode, PersonId,
    events::{RecordChanged, emit},
    ports::Nation,
};
use store::{RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{
    batch::{self, Going, Move, Note, Open},
    follow,
};
use crate::{
    model::Days,
    policy::{Action, authorise},
    reform::{
        Fate, ReformError,
        plan::Turn,
        rows::{Run, State, by_slug},
        sql,
    },
};

/// Members of a household that are settled with one word; a larger one (a dormitory) takes several.
const HOME_MAX: i64 = 1_000;

/// What the officer says.
pub struct Settling<'a> {
    pub slug: &'a str,
    pub person: PersonId,
    pub residence: Uuid,
    pub unit: &'a CommuneCode,
}

/// A residence on its way through the maps.
struct Home {
    person: Uuid,
    version: i32,
    residence: Uuid,
    unit: String,
    household: Option<Uuid>,
    address: String,
    days: Days,
}

pub async fn reform_settle(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    said: &Settling<'_>,
) -> Result<(), ReformError> {
    authorise(access, Action::Register, Some(said.person))?;
    let run = by_slug(tx, said.slug).await?.ok_or(ReformError::NoSuchReform)?;
    if run.state != State::Applied {
        return Err(ReformError::State { state: run.state.as_str().to_owned() });
    }
    let row = tx.query_opt(sql::WAITING, &[&run.id, &said.person, &said.residence]).await?;
    let row = row.ok_or(ReformError::NothingToSettle)?;
    let (from, household): (String, Option<Uuid>) = (row.col("unit_from")?, row.col("household_id")?);
    let unit = said.unit.as_str();
    let known = match run.reform.units.get(&from) {
        Some(fate @ Fate::Parts(_)) => fate.targets().any(|to| to == unit),
        _ => false,
    };
    if !known {
        return Err(ReformError::NotAPart);
    }
    let mut homes = read(tx, &run, said, household, &from).await?;
    let people: Vec<Uuid> = homes.iter().map(|h| h.person).collect();
    let rows: Vec<Uuid> = homes.iter().map(|h| h.residence).collect();
    settle(tx, nation, &run, &mut homes, unit).await?;
    let (now, account) = (tx.now(), access.actor.account);
    let hit = tx.execute(sql::SETTLED, &[&run.id, &people, &rows, &account, &now]).await?;
    batch::all(hit, rows.len())?;
    follow::cases_of(tx, nation, &run, &people).await?;
    for row in tx.query(sql::FOLLOWING, &[&run.day()]).await? {
        let later = Run::read(&row)?;
        catch_up(tx, nation, &later, &mut homes).await?;
        follow::cases_of(tx, nation, &later, &people).await?;
    }
    let items = vec!["residence".to_owned()];
    for person in people.into_iter().map(PersonId) {
        let entry = access.entry("registry.reform_settle").about(person).on("reform", run.id);
        tx.audit(entry.fields(items.clone()).done());
        emit(tx, &RecordChanged { person, items: items.clone(), at: now });
    }
    Ok(())
}

async fn read(
    tx: &Tx,
    run: &Run,
    said: &Settling<'_>,
    household: Option<Uuid>,
    unit: &str,
) -> Result<Vec<Home>, StoreError> {
    let rows = tx
        .query(sql::HOME, &[&run.id, &said.person, &said.residence, &household, &run.day(), &HOME_MAX])
        .await?;
    let mut homes = Vec::with_capacity(rows.len());
    for row in &rows {
        homes.push(Home {
            person: row.col("person_id")?,
            version: row.col("version")?,
            residence: row.col("residence_id")?,
            unit: unit.to_owned(),
            household: row.col("household_id")?,
            address: row.col("address")?,
            days: Days { from: row.col("valid_from")?, to: row.col("valid_to")? },
        });
    }
    Ok(homes)
}

async fn settle(
    tx: &Tx,
    nation: &dyn Nation,
    run: &Run,
    homes: &mut [Home],
    unit: &str,
) -> Result<(), ReformError> {
    let (stay, go): (Vec<&mut Home>, Vec<&mut Home>) = homes.iter_mut().partition(|h| h.unit == unit);
    let notes: Vec<Note<'_>> = stay.iter().map(|h| Note::stays(h.person, h.residence, &h.unit)).collect();
    batch::note(tx, run.id, &notes).await?;
    let units = vec![unit.to_owned(); go.len()];
    take(tx, nation, run, go, units, &[]).await
}

/// What a later reform does to homes that come to its map only now.
async fn catch_up(tx: &Tx, nation: &dyn Nation, run: &Run, homes: &mut [Home]) -> Result<(), ReformError> {
    let (mut go, mut units, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for home in homes {
        match run.reform.turn(&home.unit, &home.address, home.days) {
            Turn::Stays => {}
            Turn::Moves(to) => {
                units.push(to.to_owned());
                go.push(home);
            }
            Turn::Undecided => {
                // It waits here: no later reform finds it under this unit.
                let unit_from = std::mem::take(&mut home.unit);
                open.push(Open { person: home.person, residence: home.residence, unit_from });
            }
        }
    }
    take(tx, nation, run, go, units, &open).await
}

/// Moves homes and remembers where they are now.
async fn take(
    tx: &Tx,
    nation: &dyn Nation,
    run: &Run,
    homes: Vec<&mut Home>,
    units: Vec<String>,
    open: &[Open],
) -> Result<(), ReformError> {
    let day = run.day();
    let moves: Vec<Move> = homes
        .iter()
        .zip(units)
        .map(|(h, unit_to)| Move {
            going: Going {
                person: h.person,
                row: h.residence,
                unit_from: h.unit.clone(),
                unit_to,
                began_before: h.days.from.is_none_or(|from| from < day),
            },
            version: h.version,
            household: h.household,
        })
        .collect();
    let halves = batch::place(tx, nation, run, &moves, open).await?;
    for ((home, going), halves) in homes.into_iter().zip(moves).zip(halves) {
        home.residence = halves.moved;
        home.unit = going.going.unit_to;
        home.version += 1;
        home.days.from = Some(home.days.from.map_or(day, |from| from.max(day)));
    }
    Ok(())
}
