//! What becomes of a batch: [`known`] asks what the database holds already, [`decide`] makes rows of the rest. Nothing is
//! written here (`write` does).
//!
//! A batch is decided while those before it are still being written, so what they bring in is handed over as [`Pending`].

use std::collections::{HashMap, HashSet};

use base::{PersonalNumber, vietnam_date};
use contracts::PersonId;
use futures::future::join3;
use jiff::{Timestamp, civil::Date};
use store::{RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{
    ids::Ids,
    pipeline::Seen,
    row::{KinNamed, NewPerson, RowFault},
};
use crate::{
    model::{
        Relation,
        rules::{self, Broken},
        vital::Vital,
    },
    sql,
};

/// What every row of a load has in common.
#[derive(Clone)]
pub struct Load {
    pub source: String,
    pub provenance: &'static str,
    pub event: Uuid,
    pub now: Timestamp,
    /// Column of keys and of numbers, as the source calls them.
    pub key_column: String,
    pub number_column: String,
}

impl Load {
    pub fn today(&self) -> Date {
        vietnam_date(self.now)
    }
}

/// What a batch that is on its way brings in.
#[derive(Default)]
pub struct Pending {
    numbers: HashMap<PersonalNumber, Uuid>,
    keys: HashSet<String>,
    households: HashMap<String, Uuid>,
}

/// A line that an earlier load brought in.
#[derive(Clone, Copy)]
struct Before {
    person: PersonId,
    said: Option<i64>,
    /// It was this very load.
    here: bool,
    /// No key led to them: what the line says did (`doubles`).
    joined: bool,
}

/// What there is of the things that a batch names.
#[derive(Default)]
pub struct Known {
    numbers: HashMap<PersonalNumber, Uuid>,
    keys: HashMap<String, Before>,
    households: HashMap<String, Uuid>,
    /// Ids that new lines get when they are accepted, where others of the batch already refer to them.
    promised: HashMap<String, PersonId>,
}

impl Known {
    pub fn has_key(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    /// A line turned out to be of somebody who is there, or who comes with an earlier line of the batch.
    pub fn joined(&mut self, key: &str, person: PersonId) {
        self.keys.insert(key.to_owned(), Before { person, said: None, here: false, joined: true });
    }

    pub fn promise(&mut self, key: &str, person: PersonId) {
        self.promised.insert(key.to_owned(), person);
    }
}

/// A line that becomes a person.
pub struct Accepted {
    pub id: Uuid,
    pub household: Option<Uuid>,
    pub residences: [Uuid; 3],
    pub absence: Uuid,
    pub paper: Uuid,
    pub new: NewPerson,
}

pub struct Household {
    pub id: Uuid,
    pub key: String,
    pub commune: String,
    pub address: String,
}

/// One end of a tie. Without `other` the relative is not (yet) in the register, and is named.
pub struct Kin {
    pub person: Uuid,
    pub tie: Uuid,
    pub relation: Relation,
    pub other: Option<Uuid>,
    pub named: Option<KinNamed>,
    pub to: Option<Date>,
}

/// A batch, decided.
#[derive(Default)]
pub struct Decided {
    pub accepted: Vec<Accepted>,
    pub households: Vec<Household>,
    pub kin: Vec<Kin>,
    /// Lines that an earlier load brought in and that say the same, or of which nobody wants to know.
    pub known_before: u64,
    /// Lines that say something new of a person who is there, or who comes with this batch.
    pub news: Vec<(PersonId, NewPerson)>,
    /// Births and deaths that lines about people of earlier batches report.
    pub told: Vec<(PersonId, Vital)>,
    /// Keys of lines that turned out to be of somebody.
    pub joined: Vec<(String, PersonId)>,
    pub faults: Vec<RowFault>,
}

pub async fn known(tx: &Tx, load: &Load, persons: &[NewPerson]) -> Result<Known, StoreError> {
    let own: HashSet<PersonalNumber> = persons.iter().filter_map(|p| p.number).collect();
    let named = persons.iter().flat_map(|p| p.kin.iter().filter_map(|k| k.number));
    let numbers: HashSet<PersonalNumber> = own.iter().copied().chain(named).collect();
    let numbers: Vec<&str> = numbers.iter().map(PersonalNumber::as_str).collect();
    let keys: Vec<&str> = persons.iter().map(|p| p.key.as_str()).collect();
    let households: HashSet<&str> =
        persons.iter().filter_map(|p| Some(p.household.as_ref()?.0.as_str())).collect();
    let households: Vec<&str> = households.into_iter().collect();
    let (numbers, keys, households) = join3(
        tx.query(sql::NUMBERS_KNOWN, &[&numbers]),
        tx.query(sql::KEYS_KNOWN, &[&load.source, &keys]),
        tx.query(sql::HOUSEHOLDS_KNOWN, &[&load.source, &households]),
    )
    .await;
    let mut known = Known::default();
    for row in numbers? {
        let number: &str = row.col("value")?;
        known.numbers.insert(number.parse().map_err(|_| StoreError::Column("value"))?, row.col("person_id")?);
    }
    for row in keys? {
        let event: Uuid = row.col("event_id")?;
        let (person, said) = (PersonId(row.col("person_id")?), row.col("said")?);
        known.keys.insert(row.col("key")?, Before { person, said, here: event == load.event, joined: false });
    }
    for row in households? {
        known.households.insert(row.col("key")?, row.col("household_id")?);
    }
    Ok(known)
}

/// `pending` are the batches on their way, `seen` what a dry run met so far; `changes` tells whether news of known persons are wanted.
pub fn decide(
    ids: &mut Ids<'_>,
    load: &Load,
    mut known: Known,
    (pending, seen): (&[&Pending], &Seen),
    changes: bool,
    persons: Vec<NewPerson>,
) -> (Decided, Pending) {
    for earlier in pending {
        known.numbers.extend(earlier.numbers.iter().map(|(n, id)| (*n, *id)));
        known.households.extend(earlier.households.iter().map(|(k, id)| (k.clone(), *id)));
    }
    let mut decided = Decided::default();
    let mut mine = Pending::default();
    let accepted = accept(load, &known, (pending, seen), changes, persons, &mut mine, &mut decided);
    settle(ids, &known, accepted, &mut mine, &mut decided);
    decided.kin = relate(ids, &known, &mine, &decided.accepted);
    (decided, mine)
}

/// Leaves out what was loaded before, and rejects who may be somebody else's duplicate: never merged here.
fn accept(
    load: &Load,
    known: &Known,
    (pending, seen): (&[&Pending], &Seen),
    changes: bool,
    persons: Vec<NewPerson>,
    mine: &mut Pending,
    decided: &mut Decided,
) -> Vec<NewPerson> {
    let promised: HashSet<PersonId> = known.promised.values().copied().collect();
    let (mut kept, mut heard) = (HashSet::new(), HashSet::new());
    let mut accepted = Vec::with_capacity(persons.len());
    for p in persons {
        // Whom a line joins may have been turned away meanwhile; then it stands for itself.
        let is_there = |b: &Before| !promised.contains(&b.person) || kept.contains(&b.person);
        let before = known.keys.get(&p.key).copied().filter(is_there);
        let twice = before.is_some_and(|b| b.here || !b.joined && !heard.insert(p.key.clone()))
            || mine.keys.contains(&p.key)
            || seen.has_key(&p.key)
            || pending.iter().any(|earlier| earlier.keys.contains(&p.key));
        let taken = || {
            let held =
                |n| known.numbers.contains_key(n) || mine.numbers.contains_key(n) || seen.has_number(n);
            p.number.as_ref().is_some_and(held)
        };
        let fault = match before {
            _ if twice => Some((&load.key_column, rules::KEY_TWICE)),
            Some(before) => {
                if !kept.contains(&before.person) {
                    let told = p.tells(load.today()).map(|vital| (before.person, vital));
                    decided.told.extend(told);
                }
                if before.joined {
                    mine.keys.insert(p.key.clone());
                    decided.joined.push((p.key.clone(), before.person));
                }
                if changes && before.said != Some(p.said) {
                    decided.news.push((before.person, p));
                } else {
                    decided.known_before += 1;
                }
                continue;
            }
            None if taken() => Some((&load.number_column, rules::NUMBER_TAKEN)),
            None => None,
        };
        match fault {
            Some((column, code)) => {
                let (line, key, column) = (p.line, p.key, column.clone());
                let fault = RowFault { line, key, column, broken: Broken::new(code), warning: false };
                decided.faults.push(fault);
            }
            None => {
                mine.keys.insert(p.key.clone());
                kept.extend(known.promised.get(&p.key).copied());
                // The id follows: a person needs one only when the line is accepted.
                mine.numbers.extend(p.number.map(|n| (n, Uuid::nil())));
                accepted.push(p);
            }
        }
    }
    accepted
}

/// Gives each person their ids and their household, founding those that are not yet there.
fn settle(
    ids: &mut Ids<'_>,
    known: &Known,
    accepted: Vec<NewPerson>,
    mine: &mut Pending,
    decided: &mut Decided,
) {
    // The ids of all persons first: they follow each other without gaps of other kinds.
    let id = |p: &NewPerson| known.promised.get(&p.key).map_or_else(|| ids.next(), |promised| promised.0);
    let persons: Vec<Uuid> = accepted.iter().map(id).collect();
    for (id, new) in persons.into_iter().zip(accepted) {
        mine.numbers.extend(new.number.map(|n| (n, id)));
        let household = match (&new.household, new.home()) {
            (Some((key, _)), Some(at)) => {
                let there = known.households.get(key).or_else(|| mine.households.get(key)).copied();
                Some(there.unwrap_or_else(|| {
                    let id = ids.next();
                    mine.households.insert(key.clone(), id);
                    let (commune, address) = (at.commune.0.clone(), at.address.clone());
                    decided.households.push(Household { id, key: key.clone(), commune, address });
                    id
                }))
            }
            _ => None,
        };
        let residences = std::array::from_fn(|_| ids.next());
        let (absence, paper) = (ids.next(), ids.next());
        decided.accepted.push(Accepted { id, household, residences, absence, paper, new });
    }
}

/// What this person is to a relative of whom the line says that they are the person's `relation`.
pub fn back(relation: Relation) -> Relation {
    let opposites = [Relation::Child, Relation::Spouse, Relation::Ward];
    opposites.into_iter().find(|back| relation.is_opposite(*back)).unwrap_or(relation)
}

/// Relations whose other end is known, at both ends; the others at one, for the last pass or for ever.
///
/// Only a child names its parents and a ward its guardian, so those ties cannot meet twice. Spouses name each other:
/// within a batch the second is dropped here, across batches the last pass does it.
fn relate(ids: &mut Ids<'_>, known: &Known, mine: &Pending, accepted: &[Accepted]) -> Vec<Kin> {
    let deaths: HashMap<Uuid, Date> = accepted.iter().filter_map(|p| Some((p.id, p.new.death?))).collect();
    let mut wed: HashSet<(Uuid, Uuid)> = HashSet::new();
    let mut kin = Vec::with_capacity(accepted.len() * 4);
    for p in accepted {
        for named in &p.new.kin {
            let relation = named.relation;
            let is_spouse = relation == Relation::Spouse;
            let in_batch = named.number.and_then(|n| mine.numbers.get(&n));
            let earlier = named.number.filter(|_| !is_spouse).and_then(|n| known.numbers.get(&n));
            let tie = ids.next();
            let ends = |other: Option<Uuid>| {
                let days =
                    [Some(p.id), other].into_iter().flatten().filter_map(|id| deaths.get(&id).copied());
                days.min().filter(|_| relation.ends_with_death())
            };
            match in_batch.or(earlier).copied() {
                Some(other) => {
                    if is_spouse && !wed.insert((p.id.min(other), p.id.max(other))) {
                        continue;
                    }
                    let to = ends(Some(other));
                    let end = |person, relation, other| Kin {
                        person,
                        tie,
                        relation,
                        other: Some(other),
                        named: None,
                        to,
                    };
                    kin.extend([end(p.id, relation, other), end(other, back(relation), p.id)]);
                }
                None => {
                    let named = Some(named.clone());
                    kin.push(Kin { person: p.id, tie, relation, other: None, named, to: ends(None) });
                }
            }
        }
    }
    // In the order of the index, which then grows at its right edge.
    kin.sort_unstable_by_key(|k| (k.person, k.tie));
    kin
}
