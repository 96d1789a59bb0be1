//! Who on record may be a foreigner with papers that nobody has: looked for and weighed as anybody else who may be there
//! twice (`duplicates`), with the country in place of the home town. However many are found, the questions are the same few.

use contracts::{
    Access, PersonId,
    ports::{ForeignerAlike, Nation, NewForeigner},
};
use store::{RowExt, Tx};

use super::foreigner_find::PASSPORT;
use crate::{
    RegistryError,
    duplicates::{
        Facts, Use, Verdict,
        ops::{Candidate, person_facts_of, weighed},
    },
    sql,
};

/// Persons who are shown, the most probable first.
const SHOWN_MAX: usize = 5;
/// Letters and digits of a passport's number that are shown.
const PASSPORT_END: usize = 3;

/// Who may be the one who comes in, before anybody was shown.
pub(super) struct Search {
    pub found: Vec<Candidate>,
    /// Holder of the earlier passport that was shown.
    earlier: Option<PersonId>,
}

impl Search {
    pub fn find(&self, person: PersonId) -> Option<&Candidate> {
        self.found.iter().find(|one| one.person == person)
    }

    pub fn were_shown(&self, people: &[PersonId]) -> bool {
        self.found.iter().all(|one| people.contains(&one.person))
    }

    pub fn is_living(&self, person: PersonId) -> bool {
        self.find(person).is_some_and(|one| one.facts.death_date.is_none())
    }
}

/// Of those who have no personal number: a citizen is no foreigner. The holder of the earlier passport is among them however
/// the name has changed, if the date of birth has not.
pub(super) async fn search(
    tx: &Tx,
    nation: &dyn Nation,
    new: &NewForeigner,
    earlier: Option<PersonId>,
) -> Result<Search, RegistryError> {
    let facts = Facts {
        name: new.name.as_str().to_owned(),
        birth_date: Some(base::PartialDate::full(new.birth_date).to_string()),
        sex: Some(new.sex.as_str().to_owned()),
        nationality: Some(new.nationality.clone()),
        ..Facts::default()
    };
    let mut found = weighed(tx, nation, &facts, Use::Foreigner).await?;
    found.retain(|one| one.facts.number.is_none());
    if let Some(person) = earlier {
        let at = found.iter().position(|one| one.person == person);
        let held = match at {
            Some(at) => Some(found.remove(at)),
            None => {
                let stored = person_facts_of(tx, nation, person).await?;
                let same_day = stored.filter(|stored| stored.birth_date == facts.birth_date);
                same_day.map(|facts| Candidate {
                    person,
                    facts,
                    probability: 1.0,
                    evidence: Vec::new(),
                    verdict: Verdict::Review,
                })
            }
        };
        held.into_iter().for_each(|held| found.insert(0, held));
    }
    found.truncate(SHOWN_MAX);
    Ok(Search { found, earlier })
}

/// As an officer sees them. Each sees in their log that they were shown.
pub(super) async fn shown(
    tx: &mut Tx,
    access: &Access,
    search: &Search,
) -> Result<Vec<ForeignerAlike>, RegistryError> {
    let people: Vec<uuid::Uuid> = search.found.iter().map(|one| one.person.0).collect();
    let mut ends: Vec<(PersonId, String)> = Vec::new();
    for row in tx.query(sql::PASSPORTS_LAST, &[&people, &PASSPORT]).await? {
        let number: String = row.col("number")?;
        let hidden = number.chars().count().saturating_sub(PASSPORT_END);
        ends.push((row.col("person_id")?, number.chars().skip(hidden).collect()));
    }
    let fields = ["name", "birth_date", "sex", "nationality", PASSPORT];
    for one in &search.found {
        let action = access.entry("registry.foreigner_alike").about(one.person);
        tx.audit(action.fields(fields).done());
    }
    let shown = |one: &Candidate| ForeignerAlike {
        person: one.person,
        name: one.facts.name.clone(),
        birth_date: one.facts.birth_date.as_deref().and_then(|day| day.parse().ok()),
        sex: one.facts.sex.as_deref().and_then(|sex| sex.parse().ok()),
        nationality: one.facts.nationality.clone(),
        passport_end: ends.iter().find(|(person, _)| *person == one.person).map(|(_, end)| end.clone()),
        holds_earlier: search.earlier == Some(one.person),
        living: one.facts.death_date.is_none(),
    };
    Ok(search.found.iter().map(shown).collect())
}
