//! Lines that no key and no number leads to anybody, but that may be of somebody who is there: the whole register is asked
//! about each. Who is the same beyond the stated risk gets the line's key as another key of theirs; where it is less
//! sure, the line becomes a person of its own and a case for officers. Lines of one batch do not see each other.

use std::collections::{HashMap, HashSet};

use base::PersonalNumber;
use contracts::{Access, PersonId, Purpose, ports::Nation};
use futures::future::join_all;
use store::Tx;
use uuid::Uuid;

use super::{
    ImportError, Options,
    load::{Accepted, Known},
    row::NewPerson,
};
use crate::{
    duplicates::{
        Facts, Use, Verdict,
        ops::{Candidate, notice, weighed},
        sql,
    },
    model::{Item, Relation},
};

/// Questions on their way at once, over one connection.
const ASKED_AT_ONCE: usize = 64;

/// Who may be whom: by the key of the line.
pub type Doubtful = HashMap<String, Vec<Candidate>>;

/// Asks about every line that is new. Lines of people who are there are known from here on, as if by their key.
pub async fn find(
    tx: &mut Tx,
    options: &Options,
    nation: &dyn Nation,
    known: &mut Known,
    lines: &[NewPerson],
) -> Result<Doubtful, ImportError> {
    let access = Access::new(&options.actor, Purpose::IMPORT);
    let new: Vec<&NewPerson> = lines.iter().filter(|line| !known.has_key(&line.key)).collect();
    let mut doubtful = Doubtful::new();
    let mut joined: HashSet<PersonId> = HashSet::new();
    for some in new.chunks(ASKED_AT_ONCE) {
        let facts: Vec<Facts> = some.iter().map(|line| facts(line)).collect();
        let found = join_all(facts.iter().map(|facts| weighed(tx, nation, facts, Use::Import))).await;
        for (line, found) in some.iter().zip(found) {
            let found = found?;
            let same = found.first().filter(|c| c.verdict == Verdict::Same).map(|c| c.person);
            match same.filter(|person| joined.insert(*person)) {
                Some(person) => {
                    tx.change(sql::KEY_JOINED, &[&options.source, &line.key, &person]).await?;
                    tx.audit(access.entry("registry.import_join").about(person).done());
                    known.joined(&line.key, person);
                }
                None if found.is_empty() => {}
                None => drop(doubtful.insert(line.key.clone(), found)),
            }
        }
    }
    Ok(doubtful)
}

/// Makes cases of the doubtful lines that became persons.
pub async fn tell(
    tx: &mut Tx,
    options: &Options,
    nation: &dyn Nation,
    accepted: &[(Uuid, String, Option<String>)],
    doubtful: &Doubtful,
) -> Result<(), ImportError> {
    let access = Access::new(&options.actor, Purpose::IMPORT);
    for (id, key, commune) in accepted {
        for candidate in doubtful.get(key).into_iter().flatten() {
            let person = PersonId(*id);
            notice(tx, &access, nation, person, candidate, Use::Import, commune.as_deref()).await?;
        }
    }
    Ok(())
}

/// What is needed of the accepted lines that are doubtful.
pub fn becoming(accepted: &[Accepted], doubtful: &Doubtful) -> Vec<(Uuid, String, Option<String>)> {
    let mine = accepted.iter().filter(|p| doubtful.contains_key(&p.new.key));
    mine.map(|p| (p.id, p.new.key.clone(), p.new.home().map(|r| r.commune.0.clone()))).collect()
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
    }
}
