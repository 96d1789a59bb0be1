//! Lines that no key and no number leads to anybody, but that may be of somebody who is there: the whole register is asked
//! about a batch in one question, and its lines are held against each other and against those still on their way. Who is the
//! same beyond the stated risk gets the line's key as another key of theirs; where it is less sure, the line becomes a
//! person of its own and a case for officers. However a file is cut into batches, the same lines meet.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use base::PersonalNumber;
use contracts::{Access, PersonId, Purpose, ports::Nation};
use linkage::CANDIDATES_PER_KEY_MAX;
use store::Tx;

use super::{
    ImportError, Options,
    load::{Accepted, Decided, Known},
    row::NewPerson,
};
use crate::{
    RegistryError,
    duplicates::{
        Facts, Use, Verdict,
        ops::{Candidate, Incoming, notice, weighed_many},
        sql,
    },
    model::{Item, Relation},
};

/// Who may be whom: by the key of the line.
type Doubtful = HashMap<String, Vec<Candidate>>;

/// What came of asking about a batch.
#[derive(Default)]
pub struct Doubles {
    doubtful: Doubtful,
    /// The lines that become persons.
    pub crowd: Crowd,
}

/// Persons of a batch that the database does not hold yet, under the keys by which it will find them.
#[derive(Default)]
pub struct Crowd {
    people: Vec<(PersonId, Incoming)>,
    under: HashMap<u64, Vec<usize>>,
}

impl Crowd {
    fn add(&mut self, id: PersonId, incoming: Incoming) {
        for key in keys(&incoming) {
            let there = self.under.entry(key).or_default();
            if there.len() < CANDIDATES_PER_KEY_MAX {
                there.push(self.people.len());
            }
        }
        self.people.push((id, incoming));
    }

    /// Those of the crowd who may be the one who comes in.
    fn weigh(&self, incoming: &Incoming, found: &mut Vec<Candidate>) -> Result<(), RegistryError> {
        let near: BTreeSet<usize> =
            keys(incoming).filter_map(|key| self.under.get(&key)).flatten().copied().collect();
        for (id, other) in near.into_iter().filter_map(|at| self.people.get(at)) {
            // A batch on its way may have landed since: what its lines say themselves goes before what was stored of them.
            found.retain(|candidate| candidate.person != *id);
            found.extend(incoming.weigh_beside(other, *id, Use::Import)?);
        }
        Ok(())
    }

    /// Leaves those who were accepted.
    fn settle(&mut self, accepted: &HashSet<PersonId>) -> HashSet<PersonId> {
        let all = std::mem::take(self);
        let mut gone = HashSet::new();
        for (id, incoming) in all.people {
            if accepted.contains(&id) {
                self.add(id, incoming);
            } else {
                gone.insert(id);
            }
        }
        gone
    }
}

/// The keys of `duplicates::sql::CANDIDATES`, as numbers.
fn keys(incoming: &Incoming) -> impl Iterator<Item = u64> {
    fn hash(kind: u8, of: &impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        (kind, of).hash(&mut hasher);
        hasher.finish()
    }
    let Incoming { facts, folded, .. } = incoming;
    [
        incoming.keys.name.map(|key| hash(0, &key)),
        incoming.keys.birth.map(|key| hash(1, &key)),
        incoming.born.map(|born| hash(2, &(folded, born))),
        facts.commune.as_ref().map(|commune| hash(3, &(folded, commune))),
        facts.number.as_ref().map(|number| hash(4, number)),
        facts.old_number.as_ref().map(|number| hash(5, number)),
    ]
    .into_iter()
    .flatten()
}

/// Asks about every line that is new; `earlier` are those of the batches on their way. Lines of people who are there, or who
/// come with an earlier line, are known from here on, as if by their key; the others are promised their ids.
pub async fn find(
    tx: &mut Tx,
    nation: &dyn Nation,
    known: &mut Known,
    earlier: &[&Crowd],
    lines: &[NewPerson],
) -> Result<Doubles, ImportError> {
    let mut met: HashSet<&str> = HashSet::new();
    let mut new: Vec<&NewPerson> = Vec::new();
    for line in lines {
        if !known.has_key(&line.key) && met.insert(&line.key) {
            new.push(line);
        }
    }
    let incoming: Vec<Incoming> =
        new.iter().map(|line| Incoming::new(&facts(line), nation)).collect::<Result<_, _>>()?;
    let stored = weighed_many(tx, nation, &incoming, Use::Import).await?;
    let mut doubles = Doubles::default();
    for ((line, incoming), mut found) in new.into_iter().zip(incoming).zip(stored) {
        for crowd in earlier.iter().copied().chain([&doubles.crowd]) {
            crowd.weigh(&incoming, &mut found)?;
        }
        found.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.person.cmp(&b.person)));
        match found.first().filter(|candidate| candidate.verdict == Verdict::Same) {
            Some(same) => known.joined(&line.key, same.person),
            None => {
                let id = PersonId(tx.new_uuid());
                known.promise(&line.key, id);
                doubles.crowd.add(id, incoming);
            }
        }
        // Kept of joined lines, too: whom they join may yet be turned away.
        if !found.is_empty() {
            doubles.doubtful.insert(line.key.clone(), found);
        }
    }
    Ok(doubles)
}

/// Writes the keys of lines that were joined, and forgets lines of which nothing came.
pub async fn settle(
    tx: &mut Tx,
    options: &Options,
    decided: &Decided,
    doubles: &mut Doubles,
) -> Result<(), ImportError> {
    let access = Access::new(&options.actor, Purpose::IMPORT);
    for (key, person) in &decided.joined {
        tx.change(sql::KEY_JOINED, &[&options.source, key, person]).await?;
        tx.audit(access.entry("registry.import_join").about(*person).done());
    }
    let accepted: HashSet<PersonId> = decided.accepted.iter().map(|p| PersonId(p.id)).collect();
    let gone = doubles.crowd.settle(&accepted);
    for found in doubles.doubtful.values_mut() {
        found.retain(|candidate| !gone.contains(&candidate.person));
    }
    Ok(())
}

/// A line that became a person and may be somebody else.
pub struct Doubt {
    person: PersonId,
    commune: Option<String>,
    candidates: Vec<Candidate>,
}

pub fn doubts(accepted: &[Accepted], doubles: &mut Doubles) -> Vec<Doubt> {
    let doubt = |p: &Accepted| {
        let candidates = doubles.doubtful.remove(&p.new.key)?;
        let commune = p.new.home().map(|r| r.commune.0.clone());
        Some(Doubt { person: PersonId(p.id), commune, candidates })
    };
    accepted.iter().filter_map(doubt).collect()
}

/// Makes cases of the doubtful lines that became persons.
pub async fn tell(
    tx: &mut Tx,
    options: &Options,
    nation: &dyn Nation,
    doubts: &[Doubt],
) -> Result<(), ImportError> {
    let access = Access::new(&options.actor, Purpose::IMPORT);
    for Doubt { person, commune, candidates } in doubts {
        for candidate in candidates {
            notice(tx, &access, nation, *person, candidate, Use::Import, commune.as_deref()).await?;
        }
    }
    Ok(())
}

fn facts(line: &NewPerson) -> Facts {
    let get = |item| line.get(item).map(str::to_owned);
    let named = |relation| line.kin.iter().find(|k| k.relation == relation).and_then(|k| k.name.clone());
    Facts {
        number: line.number.as_ref().map(PersonalNumber::to_string),
        old_number: get(Item::OldNumber),
        name: get(Item::Name).unwrap_or_default(),
        birth_date: get(Item::BirthDate),
        sex: get(Item::Sex),
        home_town: get(Item::HomeTown),
        commune: line.home().map(|r| r.commune.0.clone()),
        father_name: named(Relation::Father),
        mother_name: named(Relation::Mother),
        death_date: get(Item::DeathDate),
        nationality: get(Item::Nationality),
    }
}
