//! One batch into the tables, in one transaction: what is already known is left out, the rest goes in by COPY.

use std::collections::{HashMap, HashSet};

use base::PersonalNumber;
use contracts::{HouseholdId, PersonId};
use futures::future::join3;
use jiff::Timestamp;
use store::{RowExt, StoreError, Tx, copy::copy_in_raw};
use uuid::Uuid;

use super::{
    encode::{Rows, stream},
    row::{Column, KIN, NewPerson, NewResidence, RowFault},
};
use crate::{
    model::{
        residence::Kind,
        rules::{self, Broken},
    },
    sql::{self, copy},
};

/// Rows written into one piece of a COPY stream.
const PIECE_ROWS: usize = 500;

/// What every row of a load has in common.
pub struct Load<'a> {
    pub source: &'a str,
    pub provenance: &'static str,
    pub event: Uuid,
    pub now: Timestamp,
}

/// What became of a batch.
#[derive(Default)]
pub struct Loaded {
    pub loaded: u64,
    /// Lines that an earlier load brought in.
    pub known_before: u64,
    pub faults: Vec<RowFault>,
}

/// What the database already holds of the things that a batch names.
struct Known {
    numbers: HashMap<PersonalNumber, Uuid>,
    keys: HashSet<String>,
    households: HashMap<String, Uuid>,
}

/// A line that becomes a person.
struct Accepted {
    id: Uuid,
    household: Option<Uuid>,
    permanent_id: Uuid,
    temporary_id: Uuid,
    new: NewPerson,
}

struct Household {
    id: Uuid,
    key: String,
    commune: String,
    address: String,
}

struct Kin {
    person: Uuid,
    other: Uuid,
    relation: &'static str,
}

struct KinClaim {
    person: Uuid,
    relation: &'static str,
    number: Option<PersonalNumber>,
    name: Option<String>,
}

pub async fn load(tx: &Tx, load: &Load<'_>, persons: Vec<NewPerson>) -> Result<Loaded, StoreError> {
    let known = known(tx, load.source, &persons).await?;
    let mut done = Loaded::default();
    let accepted = accept(tx, &known, persons, &mut done);
    let (accepted, households) = settle(tx, &known, accepted);
    let (kin, claims) = relate(&known, &accepted);
    done.loaded = u64::try_from(accepted.len()).unwrap_or(0);
    if accepted.is_empty() {
        return Ok(done);
    }

    copy_in_raw(tx, copy::PERSON, stream(&accepted, PIECE_ROWS, |rows, p| person(rows, load, p))).await?;
    copy_in_raw(tx, copy::RESIDENCE, stream(&accepted, PIECE_ROWS, |rows, p| residences(rows, load, p)))
        .await?;
    let claim = |rows: &mut Rows, p: &Accepted| {
        if let Some(number) = &p.new.number {
            rows.row(2).text(number.as_str()).uuid(p.id);
        }
    };
    copy_in_raw(tx, copy::NUMBER_CLAIM, stream(&accepted, PIECE_ROWS, claim)).await?;
    let holder = |rows: &mut Rows, p: &Accepted| {
        if let Some(old) = &p.new.old_number {
            rows.row(2).text(old).uuid(p.id);
        }
    };
    copy_in_raw(tx, copy::OLD_NUMBER_HOLDER, stream(&accepted, PIECE_ROWS, holder)).await?;
    let key = |rows: &mut Rows, p: &Accepted| {
        rows.row(3).text(load.source).text(&p.new.key).uuid(p.id);
    };
    copy_in_raw(tx, copy::SOURCE_CLAIM, stream(&accepted, PIECE_ROWS, key)).await?;
    let household = |rows: &mut Rows, h: &Household| {
        rows.row(5).uuid(h.id).text(&h.commune).text(&h.address).uuid(load.event).time(load.now);
    };
    copy_in_raw(tx, copy::HOUSEHOLD, stream(&households, PIECE_ROWS, household)).await?;
    let key = |rows: &mut Rows, h: &Household| {
        rows.row(3).text(load.source).text(&h.key).uuid(h.id);
    };
    copy_in_raw(tx, copy::HOUSEHOLD_CLAIM, stream(&households, PIECE_ROWS, key)).await?;
    let edge = |rows: &mut Rows, k: &Kin| {
        rows.row(5).uuid(k.person).uuid(k.other).text(k.relation).time(load.now).uuid(load.event);
    };
    copy_in_raw(tx, copy::KIN, stream(&kin, PIECE_ROWS, edge)).await?;
    let claim = |rows: &mut Rows, k: &KinClaim| {
        let number = k.number.as_ref().map(PersonalNumber::as_str);
        rows.row(6).uuid(k.person).text(k.relation).text_or_null(number).text_or_null(k.name.as_deref());
        rows.time(load.now).uuid(load.event);
    };
    copy_in_raw(tx, copy::KIN_CLAIM, stream(&claims, PIECE_ROWS, claim)).await?;
    Ok(done)
}

async fn known(tx: &Tx, source: &str, persons: &[NewPerson]) -> Result<Known, StoreError> {
    let mut numbers: HashSet<&str> = HashSet::with_capacity(persons.len() * 2);
    for p in persons {
        numbers.extend(
            p.number.iter().chain(p.kin.iter().filter_map(|k| k.number.as_ref())).map(|n| n.as_str()),
        );
    }
    let numbers: Vec<&str> = numbers.into_iter().collect();
    let keys: Vec<&str> = persons.iter().map(|p| p.key.as_str()).collect();
    let households: HashSet<&str> =
        persons.iter().filter_map(|p| Some(p.household.as_ref()?.0.as_str())).collect();
    let households: Vec<&str> = households.into_iter().collect();
    let (numbers, keys, households) = join3(
        tx.query(sql::NUMBERS_KNOWN, &[&numbers]),
        tx.query(sql::KEYS_KNOWN, &[&source, &keys]),
        tx.query(sql::HOUSEHOLDS_KNOWN, &[&source, &households]),
    )
    .await;
    let mut known = Known { numbers: HashMap::new(), keys: HashSet::new(), households: HashMap::new() };
    for row in numbers? {
        let number: &str = row.col("value")?;
        known.numbers.insert(number.parse().map_err(|_| StoreError::Column("value"))?, row.col("person_id")?);
    }
    for row in keys? {
        known.keys.insert(row.col("key")?);
    }
    for row in households? {
        known.households.insert(row.col("key")?, row.col("household_id")?);
    }
    Ok(known)
}

/// Leaves out what was loaded before, and rejects who may be somebody else's duplicate: never merged here.
fn accept(tx: &Tx, known: &Known, persons: Vec<NewPerson>, done: &mut Loaded) -> Vec<(Uuid, NewPerson)> {
    let (mut keys, mut numbers) = (HashSet::new(), HashSet::new());
    let mut accepted = Vec::with_capacity(persons.len());
    for p in persons {
        if known.keys.contains(&p.key) {
            done.known_before += 1;
            continue;
        }
        let fault = if !keys.insert(p.key.clone()) {
            Some((Column::SourceKey, rules::KEY_TWICE))
        } else if p.number.is_some_and(|n| known.numbers.contains_key(&n) || !numbers.insert(n)) {
            Some((Column::Number, rules::NUMBER_TAKEN))
        } else {
            None
        };
        match fault {
            Some((column, code)) => {
                let (line, key, column) = (p.line, p.key, column.name());
                done.faults.push(RowFault { line, key, column, broken: Broken::new(code), warning: false });
            }
            None => accepted.push((tx.new_uuid(), p)),
        }
    }
    accepted
}

/// Gives each person their household, founding those that are not yet there.
fn settle(tx: &Tx, known: &Known, accepted: Vec<(Uuid, NewPerson)>) -> (Vec<Accepted>, Vec<Household>) {
    let mut founded: HashMap<String, Uuid> = HashMap::new();
    let mut households = Vec::new();
    let settled = accepted
        .into_iter()
        .map(|(id, new)| {
            let household = match (&new.household, new.permanent.as_ref().or(new.temporary.as_ref())) {
                (Some((key, _)), Some(at)) => {
                    let there = known.households.get(key).or_else(|| founded.get(key)).copied();
                    Some(there.unwrap_or_else(|| {
                        let id = HouseholdId(tx.new_uuid()).0;
                        founded.insert(key.clone(), id);
                        let (commune, address) = (at.commune.0.clone(), at.address.clone());
                        households.push(Household { id, key: key.clone(), commune, address });
                        id
                    }))
                }
                _ => None,
            };
            Accepted { id, household, permanent_id: tx.new_uuid(), temporary_id: tx.new_uuid(), new }
        })
        .collect();
    (settled, households)
}

/// Relations whose other end is known, at both ends; the rest as claims, for the last pass or for ever.
///
/// Only a child names its parents, so those edges cannot meet twice. Spouses name each other: within a batch the second
/// is dropped here, across batches the last pass does it.
fn relate(known: &Known, accepted: &[Accepted]) -> (Vec<Kin>, Vec<KinClaim>) {
    let here: HashMap<PersonalNumber, Uuid> =
        accepted.iter().filter_map(|p| Some((p.new.number?, p.id))).collect();
    let mut wed: HashSet<(Uuid, Uuid)> = HashSet::new();
    let (mut kin, mut claims) = (Vec::with_capacity(accepted.len() * 3), Vec::with_capacity(accepted.len()));
    for p in accepted {
        for (named, relation) in p.new.kin.iter().zip(KIN) {
            let is_spouse = relation == KIN[2];
            let in_batch = named.number.and_then(|n| here.get(&n));
            let earlier = named.number.filter(|_| !is_spouse).and_then(|n| known.numbers.get(&n));
            match in_batch.or(earlier).copied() {
                Some(other) if is_spouse => {
                    if wed.insert((p.id, other)) {
                        kin.push(Kin { person: p.id, other, relation });
                    }
                    if wed.insert((other, p.id)) {
                        kin.push(Kin { person: other, other: p.id, relation });
                    }
                }
                Some(other) => {
                    kin.push(Kin { person: p.id, other, relation });
                    kin.push(Kin { person: other, other: p.id, relation: "child" });
                }
                None if named.number.is_some() || named.name.is_some() => {
                    let (number, name) = (named.number, named.name.clone());
                    claims.push(KinClaim { person: p.id, relation, number, name });
                }
                None => {}
            }
        }
    }
    (kin, claims)
}

fn person(rows: &mut Rows, load: &Load<'_>, p: &Accepted) {
    let new = &p.new;
    let birth = new.birth.to_string();
    let death = new.death.map(|d| d.to_string());
    let commune = new.permanent.as_ref().or(new.temporary.as_ref()).map(|r| r.commune.as_str());
    rows.row(20).uuid(p.id).int(1).uuid(load.event).text(load.provenance).time(load.now);
    rows.text_or_null(new.number.as_ref().map(PersonalNumber::as_str))
        .text_or_null(new.old_number.as_deref());
    rows.text(&new.name).text(&birth).text(new.sex).text_or_null(new.birth_place.as_deref());
    rows.text_or_null(new.home_town.as_deref()).text_or_null(new.ethnicity.as_deref()).text(&new.nationality);
    rows.text_or_null(new.marital).text_or_null(death.as_deref()).text_or_null(new.phone.as_deref());
    rows.text(&new.name_folded).date_or_null(Some(new.birth.earliest())).text_or_null(commune);
}

fn residences(rows: &mut Rows, load: &Load<'_>, p: &Accepted) {
    let both = [
        (Kind::Permanent, p.permanent_id, p.new.permanent.as_ref()),
        (Kind::Temporary, p.temporary_id, p.new.temporary.as_ref()),
    ];
    // The household belongs to the permanent residence; to the temporary one only where there is no other.
    let mut household = p.household;
    for (kind, id, residence) in both {
        let Some(NewResidence { commune, given, address, from, to }) = residence else { continue };
        let home = household.take();
        let relation = home.and(p.new.household.as_ref()).map(|(_, relation)| *relation);
        rows.row(13)
            .uuid(p.id)
            .uuid(id)
            .text(kind.as_str())
            .text(commune.as_str())
            .text_or_null(given.as_deref());
        rows.text(address).uuid_or_null(home).text_or_null(relation).date_or_null(*from).date_or_null(*to);
        rows.time(load.now).uuid(load.event).text(load.provenance);
    }
}

/// Turns the claims of a load into relations, now that everybody is there.
pub async fn resolve_kin(tx: &Tx, after: PersonId, step: i64) -> Result<Option<PersonId>, StoreError> {
    let Some(row) = tx.query_opt(sql::KIN_CLAIM_STEP, &[&after, &step]).await? else { return Ok(None) };
    let last = PersonId(row.col("last")?);
    tx.execute(sql::KIN_RESOLVE, &[&after, &last]).await?;
    Ok(Some(last))
}
