//! Facts for those who ask: from the rows of one person to exactly the asked words, each with where it comes from.

use std::collections::BTreeSet;

use base::vietnam_date;
use contracts::PersonId;
use forms::{Fact, Person, Provenance};
use jiff::{Timestamp, civil::Date};

use super::{
    Item, Source, Span, peoples,
    residence::{self, HEAD, Kind, Residence},
};
use crate::rows::{Member, PersonRow};

/// What has to be read for some facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    pub residences: bool,
    pub members: bool,
}

impl Needs {
    pub fn of(wanted: &[Fact]) -> Self {
        use Fact::{
            CurrentCommune, HouseholdSize, HouseholderName, HouseholderNumber, IsHouseholder,
            PermanentAddress, PermanentCommune, PermanentSince, RelationToHouseholder, TemporaryAddress,
            TemporaryCommune, TemporaryUntil,
        };
        let members = wanted.iter().any(|f| matches!(f, HouseholderNumber | HouseholderName | HouseholdSize));
        let residences = wanted.iter().any(|f| {
            matches!(
                f,
                PermanentCommune
                    | PermanentAddress
                    | PermanentSince
                    | TemporaryCommune
                    | TemporaryAddress
                    | TemporaryUntil
                    | CurrentCommune
                    | RelationToHouseholder
                    | IsHouseholder
            )
        });
        Self { residences: residences || members, members }
    }
}

/// The rows that the facts are made of.
pub struct Read<'a> {
    pub person: &'a PersonRow,
    pub residences: &'a [Span<Residence>],
    pub members: &'a [Member],
    pub today: Date,
}

/// Answers the wanted facts; one that the record does not hold stays unanswered.
pub fn answer(read: &Read<'_>, wanted: &[Fact]) -> Person {
    wanted.iter().fold(Person::default(), |known, fact| read.add(known, fact.read_as()))
}

impl Read<'_> {
    fn add(&self, known: Person, fact: Fact) -> Person {
        match fact {
            Fact::Exists => known.with(Fact::Exists, true),
            Fact::Number => self.item(known, fact, Item::Number),
            Fact::Name => self.item(known, fact, Item::Name),
            Fact::Sex => self.item(known, fact, Item::Sex),
            Fact::Nationality => self.item(known, fact, Item::Nationality),
            Fact::Ethnicity => match self.person.items.get(Item::Ethnicity).and_then(peoples::name) {
                Some(name) => known.with_source(fact, name, self.item_source(Item::Ethnicity)),
                None => known,
            },
            Fact::BirthDate | Fact::Age => match self.person.items.birth_date() {
                Some(born) => known.with_source(Fact::BirthDate, born, self.item_source(Item::BirthDate)),
                None => known,
            },
            Fact::Living => {
                known.with_source(fact, self.person.items.is_living(), self.item_source(Item::DeathDate))
            }
            Fact::Conflict => known.with(fact, self.person.conflict),
            Fact::PermanentCommune => {
                self.place(known, fact, self.on(Kind::Permanent), |s| s.value.commune.as_str())
            }
            Fact::PermanentAddress => self.place(known, fact, self.on(Kind::Permanent), |s| &s.value.address),
            Fact::TemporaryCommune => {
                self.place(known, fact, self.on(Kind::Temporary), |s| s.value.commune.as_str())
            }
            Fact::TemporaryAddress => self.place(known, fact, self.on(Kind::Temporary), |s| &s.value.address),
            Fact::CurrentCommune => {
                let at = residence::whereabouts(self.residences, self.today);
                self.place(known, fact, at, |s| s.value.commune.as_str())
            }
            Fact::PermanentSince => {
                let since = self.on(Kind::Permanent).and_then(|s| Some((s.days.from?, s)));
                self.day(known, fact, since)
            }
            Fact::TemporaryUntil => {
                let until = self.on(Kind::Temporary).and_then(|s| Some((s.days.to?.yesterday().ok()?, s)));
                self.day(known, fact, until)
            }
            Fact::RelationToHouseholder => {
                match self.main().and_then(|s| Some((s.value.relation.clone()?, s))) {
                    Some((relation, s)) => known.with_source(fact, relation, residence_source(s)),
                    None => known,
                }
            }
            Fact::IsHouseholder => match self.main() {
                Some(s) => {
                    known.with_source(fact, s.value.relation.as_deref() == Some(HEAD), residence_source(s))
                }
                None => known.with(fact, false),
            },
            Fact::HouseholdSize => match self.main().filter(|s| s.value.household.is_some()) {
                Some(s) => known.with_source(fact, self.household_size(), residence_source(s)),
                None => known,
            },
            Fact::HouseholderNumber => self.of_householder(known, fact, |m| m.number.clone()),
            Fact::HouseholderName => self.of_householder(known, fact, |m| Some(m.name.clone())),
        }
    }

    fn on(&self, kind: Kind) -> Option<&Span<Residence>> {
        residence::on(self.residences, kind, self.today)
    }

    fn main(&self) -> Option<&Span<Residence>> {
        residence::main(self.residences, self.today)
    }

    fn members(&self) -> impl Iterator<Item = &Member> {
        let household = self.main().and_then(|s| s.value.household);
        self.members.iter().filter(move |m| Some(m.household) == household)
    }

    fn household_size(&self) -> i64 {
        let people: BTreeSet<PersonId> = self.members().map(|m| m.person).collect();
        i64::try_from(people.len()).unwrap_or(i64::MAX)
    }

    fn of_householder(&self, known: Person, fact: Fact, value: impl Fn(&Member) -> Option<String>) -> Person {
        let head = self.members().find(|m| m.relation.as_deref() == Some(HEAD));
        match (head.and_then(value), self.main()) {
            (Some(value), Some(s)) => known.with_source(fact, value, residence_source(s)),
            _ => known,
        }
    }

    fn item(&self, known: Person, fact: Fact, item: Item) -> Person {
        match self.person.items.get(item) {
            Some(value) => known.with_source(fact, value, self.item_source(item)),
            None => known,
        }
    }

    fn item_source(&self, item: Item) -> Option<Provenance> {
        let mark = self.person.mark(item);
        provenance(&mark.source, mark.known)
    }

    fn place<'a>(
        &self,
        known: Person,
        fact: Fact,
        at: Option<&'a Span<Residence>>,
        value: impl Fn(&'a Span<Residence>) -> &'a str,
    ) -> Person {
        match at {
            Some(s) => known.with_source(fact, value(s), residence_source(s)),
            None => known,
        }
    }

    fn day(&self, known: Person, fact: Fact, day: Option<(Date, &Span<Residence>)>) -> Person {
        match day {
            Some((day, s)) => known.with_source(fact, day, residence_source(s)),
            None => known,
        }
    }
}

fn residence_source(s: &Span<Residence>) -> Option<Provenance> {
    provenance(&s.value.source, s.known_from)
}

fn provenance(source: &str, known: Timestamp) -> Option<Provenance> {
    Source::parse(source).map(|s| Provenance { source: s.text(), confirmed_on: Some(vietnam_date(known)) })
}
