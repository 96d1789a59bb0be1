//! Reading what several operations need. Queries of one call share one round trip.

use std::collections::{BTreeMap, BTreeSet};

use base::{PersonalNumber, vietnam_date};
use contracts::PersonId;
use futures::future::join3;
use store::{Row, StoreError, Tx};
use uuid::Uuid;

use crate::{
    RegistryError,
    model::{Residence, Span, answer::Needs},
    rows::{self, Event, Member, PersonRow},
    sql,
};

/// Members of a household that are read, the head first; a larger one (a dormitory, a barracks) counts as this large.
pub const MEMBERS_MAX: i64 = 1_000;

/// Ties read of one person; nobody has more.
pub const KIN_MAX: i64 = 500;

/// A person with what some facts need.
pub struct Loaded {
    pub person: PersonRow,
    pub residences: Vec<Span<Residence>>,
    pub members: Vec<Member>,
}

pub async fn person(tx: &Tx, id: PersonId) -> Result<PersonRow, RegistryError> {
    let row = tx.query_opt(sql::PERSON, &[&id]).await?.ok_or(RegistryError::NoSuchPerson)?;
    Ok(PersonRow::read(&row)?)
}

/// Residences by what is known today.
pub async fn residences(tx: &Tx, id: PersonId) -> Result<Vec<Span<Residence>>, StoreError> {
    tx.query(sql::RESIDENCES, &[&id]).await?.iter().map(rows::residence).collect()
}

pub async fn by_id(tx: &Tx, id: PersonId, needs: Needs) -> Result<Option<Loaded>, StoreError> {
    let today = vietnam_date(tx.now());
    let (person, residences, members) = join3(
        tx.query_opt(sql::PERSON, &[&id]),
        when(needs.residences, tx.query(sql::RESIDENCES, &[&id])),
        when(needs.members, tx.query(sql::MEMBERS, &[&id, &today, &MEMBERS_MAX])),
    )
    .await;
    loaded(person?, &residences?, &members?)
}

pub async fn by_number(tx: &Tx, number: &PersonalNumber, needs: Needs) -> Result<Option<Loaded>, StoreError> {
    let today = vietnam_date(tx.now());
    let (person, residences, members) = join3(
        tx.query_opt(sql::PERSON_BY_NUMBER, &[number]),
        when(needs.residences, tx.query(sql::RESIDENCES_BY_NUMBER, &[number])),
        when(needs.members, tx.query(sql::MEMBERS_BY_NUMBER, &[number, &today, &MEMBERS_MAX])),
    )
    .await;
    loaded(person?, &residences?, &members?)
}

async fn when(
    needed: bool,
    query: impl Future<Output = Result<Vec<Row>, StoreError>>,
) -> Result<Vec<Row>, StoreError> {
    if needed { query.await } else { Ok(Vec::new()) }
}

fn loaded(person: Option<Row>, residences: &[Row], members: &[Row]) -> Result<Option<Loaded>, StoreError> {
    let Some(person) = person else { return Ok(None) };
    Ok(Some(Loaded {
        person: PersonRow::read(&person)?,
        residences: residences.iter().map(rows::residence).collect::<Result<_, _>>()?,
        members: members.iter().map(Member::read).collect::<Result<_, _>>()?,
    }))
}

/// The events behind some rows.
pub async fn events(
    tx: &Tx,
    id: PersonId,
    wanted: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Event>, StoreError> {
    let wanted: Vec<Uuid> = wanted.into_iter().collect();
    tx.query(sql::EVENTS, &[&id, &wanted]).await?.iter().map(Event::read).collect()
}
