//! What the record says about the people of a dossier: exactly the facts that its service asks for.

use std::collections::BTreeMap;

use base::PersonalNumber;
use contracts::{Access, PersonId};
use forms::{Answers, Fact, Facts, Person, Service, facts::RECORD};
use jiff::civil::Date;
use store::Tx;

use crate::{DossierError, Dossiers};

impl Dossiers {
    /// The applicant's own facts, for drawing and prefilling the form.
    pub async fn own_facts(
        &self,
        tx: &mut Tx,
        access: &Access,
        service: &Service,
        applicant: PersonId,
    ) -> Result<Facts, DossierError> {
        let wanted: Vec<Fact> = needed(service).remove(RECORD).unwrap_or_default();
        Ok(Facts::of(self.register.facts(tx, access, applicant, &wanted).await?))
    }

    /// The facts about everyone whom the answers name, for checking and deciding.
    pub async fn all_facts(
        &self,
        tx: &mut Tx,
        access: &Access,
        service: &Service,
        applicant: PersonId,
        answers: &Answers,
        today: Date,
    ) -> Result<Facts, DossierError> {
        let mut facts = self.own_facts(tx, access, service, applicant).await?;
        let wanted = needed(service);
        for party in &service.parties {
            let numbers = service.sheet(answers, &facts, today).party_numbers(party);
            let wanted = wanted.get(party.key.as_str()).map(Vec::as_slice).unwrap_or_default();
            let mut people = Vec::with_capacity(numbers.len());
            for number in numbers {
                people.push(self.party_facts(tx, access, number.as_deref(), wanted).await?);
            }
            facts.parties.insert(party.key.clone(), people);
        }
        Ok(facts)
    }

    /// A number that nobody has, or that is none, is a person of whom only is known that they are not there.
    async fn party_facts(
        &self,
        tx: &mut Tx,
        access: &Access,
        number: Option<&str>,
        wanted: &[Fact],
    ) -> Result<Person, DossierError> {
        let Some(number) = number.and_then(|n| n.parse::<PersonalNumber>().ok()) else {
            return Ok(Person::default());
        };
        let Some(person) = self.register.person_by_number(tx, access, &number).await? else {
            return Ok(Person::default().with(Fact::Exists, false));
        };
        Ok(self.register.facts(tx, access, person, wanted).await?.with(Fact::Exists, true))
    }
}

fn needed(service: &Service) -> BTreeMap<&str, Vec<Fact>> {
    let mut out: BTreeMap<&str, Vec<Fact>> = BTreeMap::new();
    for (key, fact) in service.facts_needed() {
        out.entry(key).or_default().push(fact);
    }
    // Officers read whom the answers name by name, where the service lets them know it.
    for party in service.parties.iter().filter(|p| p.facts.contains(&Fact::Name)) {
        let facts = out.entry(&party.key).or_default();
        if !facts.contains(&Fact::Name) {
            facts.push(Fact::Name);
        }
    }
    // Papers are addressed by name; the decision must know whom it is about.
    let record = out.entry(RECORD).or_default();
    for fact in [Fact::Name, Fact::Number] {
        if !record.contains(&fact) {
            record.push(fact);
        }
    }
    out
}
