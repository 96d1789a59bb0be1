//! `person_record`: everything held about a person, each piece with where it comes from. For the person themselves, and
//! for officers who may read the whole.

use std::collections::{BTreeMap, BTreeSet};

use base::{Text, vietnam_date};
use contracts::{Access, AccountId, CommuneCode, HouseholdId, PersonId};
use futures::future::join3;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use store::{Row, StoreError, Tx};
use uuid::Uuid;

use super::{
    read,
    roster::{self, Resident},
};
use crate::{
    RegistryError,
    duplicates::ops::person_resolve,
    model::{
        Item, Residence, Span, Tie,
        held::{Absence, Paper, Shared},
        residence::Kind,
        span::as_of,
    },
    policy::{Action, authorise},
    rows::{self, Event, PastValue, PersonRow},
    sql,
};

/// Items of a relative that belong to the person's own record (Law on Identity Art. 9).
const RELATIVE: [Item; 4] = [Item::Name, Item::Number, Item::OldNumber, Item::Nationality];

/// Everything that held on a day, as it was known at a moment.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    pub person: PersonId,
    pub day: Date,
    pub known: Timestamp,
    /// The record is being checked against its sources.
    pub conflict: bool,
    pub items: Vec<RecordItem>,
    pub residences: Vec<ResidenceEntry>,
    /// Registered to begin after the day.
    pub coming: Vec<ResidenceEntry>,
    pub absences: Vec<AbsenceEntry>,
    pub kin: Vec<KinEntry>,
    /// The head and the members of the person's household, themselves among them.
    pub household: Vec<MemberEntry>,
    pub papers: Vec<PaperEntry>,
    pub shared: Vec<SharedEntry>,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct RecordItem {
    pub item: Item,
    pub value: String,
    /// First day; none: always.
    pub since: Option<Date>,
    pub origin: Origin,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ResidenceEntry {
    /// `permanent`, `temporary` or `current`.
    pub kind: &'static str,
    pub commune: CommuneCode,
    /// The code that the source gave, where that unit no longer exists.
    pub commune_given: Option<String>,
    pub address: String,
    pub relation: Option<String>,
    pub since: Option<Date>,
    pub last_day: Option<Date>,
    pub origin: Origin,
    /// What gave it its last day, where that was another act.
    pub ended: Option<Origin>,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct KinEntry {
    /// What the other is to this person, as `model::Relation` names it.
    pub relation: String,
    pub name: Option<String>,
    pub number: Option<String>,
    pub old_number: Option<String>,
    pub nationality: Option<String>,
    /// Where the relative is a person of the register.
    pub person: Option<PersonId>,
    pub since: Option<Date>,
    pub last_day: Option<Date>,
    pub origin: Origin,
    pub ended: Option<Origin>,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct MemberEntry {
    pub person: PersonId,
    pub name: Option<String>,
    pub number_masked: Option<String>,
    /// To the head; `head` is the head.
    pub relation: Option<String>,
    pub since: Option<Date>,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PaperEntry {
    pub kind: String,
    pub number: String,
    pub issued_at: Option<String>,
    pub issued_on: Option<Date>,
    pub expires_on: Option<Date>,
    pub origin: Origin,
    pub ended: Option<Origin>,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AbsenceEntry {
    pub commune: CommuneCode,
    pub destination: Option<String>,
    pub since: Option<Date>,
    pub last_day: Option<Date>,
    pub origin: Origin,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct SharedEntry {
    pub key: String,
    pub value: String,
    pub since: Option<Date>,
    pub origin: Origin,
}

/// Who said it, when, and on what paper.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    pub source: Text,
    pub confirmed_on: Date,
    pub recorded_at: Timestamp,
    pub document: Option<String>,
    pub reason: Option<String>,
    pub agency: Option<String>,
    /// The officer's account; nil: the system.
    pub officer: AccountId,
}

pub async fn person_record(tx: &mut Tx, access: &Access, person: PersonId) -> Result<Record, RegistryError> {
    authorise(access, Action::Read, Some(person))?;
    let person = person_resolve(tx, person).await?;
    let now = tx.now();
    let record = record_as_of(tx, person, vietnam_date(now), now).await?;
    tx.audit(access.entry("registry.person_record").about(person).fields(record.fields()).done());
    Ok(record)
}

impl Record {
    /// The value of an item, where it had one.
    pub fn value(&self, item: Item) -> Option<&str> {
        self.items.iter().find(|i| i.item == item).map(|i| i.value.as_str())
    }

    /// What was handed out, as the log names it.
    pub(crate) fn fields(&self) -> Vec<String> {
        let mut fields: Vec<String> = self.items.iter().map(|i| i.item.key().to_owned()).collect();
        for r in self.residences.iter().chain(&self.coming) {
            let field = format!("{}_residence", r.kind);
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        for (held, name) in [
            (!self.kin.is_empty(), "kin"),
            (!self.household.is_empty(), "household"),
            (!self.papers.is_empty(), "papers"),
            (!self.absences.is_empty(), "temporary_absence"),
            (!self.shared.is_empty(), "shared"),
        ] {
            if held {
                fields.push(name.to_owned());
            }
        }
        fields
    }
}

/// Reads the whole history of a person and keeps what held on `day` as known at `known`.
pub(crate) async fn record_as_of(
    tx: &Tx,
    id: PersonId,
    day: Date,
    known: Timestamp,
) -> Result<Record, RegistryError> {
    let (person, (past, residences, kin), (papers, absences, shared)) = join3(
        read::person(tx, id),
        join3(
            tx.query(sql::PAST, &[&id]),
            tx.query(sql::RESIDENCES_EVER, &[&id]),
            tx.query(sql::KIN, &[&id, &read::KIN_MAX]),
        ),
        join3(tx.query(sql::PAPERS, &[&id]), tx.query(sql::ABSENCES, &[&id]), tx.query(sql::SHARED, &[&id])),
    )
    .await;
    let person = person?;
    let values = values(&person, spans(past?, PastValue::read)?);
    let mut values = then(values, day, known);
    values.retain(|s| s.value.value.is_some());
    let residences = spans(residences?, rows::residence)?;
    let later = |s: &&Span<Residence>| s.was_known_at(known) && s.days.from.is_some_and(|from| from > day);
    let coming: Vec<Span<Residence>> = residences.iter().filter(later).cloned().collect();
    let residences = then(residences, day, known);
    let kin = then(spans(kin?, rows::tie)?, day, known);
    let papers = then(spans(papers?, rows::paper)?, day, known);
    let absences = then(spans(absences?, rows::absence)?, day, known);
    let shared = then(spans(shared?, rows::shared)?, day, known);

    let wanted: BTreeSet<Uuid> = (values.iter().map(|s| s.value.event))
        .chain(
            residences
                .iter()
                .chain(&coming)
                .flat_map(|s| std::iter::once(s.value.event).chain(s.value.ended_by)),
        )
        .chain(kin.iter().flat_map(|s| std::iter::once(s.value.event).chain(s.value.ended_by)))
        .chain(papers.iter().flat_map(|s| std::iter::once(s.value.event).chain(s.value.ended_by)))
        .chain(absences.iter().map(|s| s.value.event))
        .chain(shared.iter().map(|s| s.value.event))
        .collect();
    let home = main_of(&residences);
    let others: Vec<Uuid> = kin.iter().filter_map(|s| s.value.other.map(|id| id.0)).collect();
    let (events, household, others) = join3(
        read::events(tx, id, wanted),
        household(tx, home, day, known),
        roster::held(tx, &others, &RELATIVE, day, known),
    )
    .await;
    let (events, others) = (Events(events?), others?);

    let mut record = Record {
        person: id,
        day,
        known,
        conflict: person.conflict,
        items: Vec::new(),
        residences: residences.iter().map(|s| residence_entry(s, &events)).collect::<Result<_, _>>()?,
        coming: coming.iter().map(|s| residence_entry(s, &events)).collect::<Result<_, _>>()?,
        absences: Vec::new(),
        kin: Vec::new(),
        household: household?,
        papers: Vec::new(),
        shared: Vec::new(),
    };
    record.residences.sort_by_key(|r| Kind::parse(r.kind));
    for s in values {
        if let Some(value) = s.value.value.clone() {
            let origin = events.origin(s.value.event)?;
            record.items.push(RecordItem { item: s.value.item, value, since: s.days.from, origin });
        }
    }
    record.items.sort_by_key(|i| i.item);
    for s in kin {
        let (origin, ended) = (events.origin(s.value.event)?, events.ended(s.value.ended_by)?);
        let Tie { relation, other, relative, .. } = s.value;
        // What is known today stands in only for a relative of whom nothing was known then.
        let then = other.and_then(|id| others.get(&id)).filter(|held| !held.is_empty());
        let get = |item, said| then.map_or(said, |held: &BTreeMap<Item, String>| held.get(&item).cloned());
        let [name, number, old_number, nationality] = [
            get(Item::Name, relative.name),
            get(Item::Number, relative.number),
            get(Item::OldNumber, relative.old_number),
            get(Item::Nationality, relative.nationality),
        ];
        let relation = relation.as_str().to_owned();
        let (since, last_day) = (s.days.from, s.days.last());
        record.kin.push(KinEntry {
            relation,
            name,
            number,
            old_number,
            nationality,
            person: other,
            since,
            last_day,
            origin,
            ended,
        });
    }
    for s in papers {
        let (origin, ended) = (events.origin(s.value.event)?, events.ended(s.value.ended_by)?);
        let Paper { kind, number, issued_at, expires_on, .. } = s.value;
        let issued_on = s.days.from;
        record.papers.push(PaperEntry { kind, number, issued_at, issued_on, expires_on, origin, ended });
    }
    for s in absences {
        let origin = events.origin(s.value.event)?;
        let (since, last_day) = (s.days.from, s.days.last());
        let Absence { commune, destination, .. } = s.value;
        record.absences.push(AbsenceEntry { commune, destination, since, last_day, origin });
    }
    for s in shared {
        let origin = events.origin(s.value.event)?;
        let Shared { key, value, .. } = s.value;
        record.shared.push(SharedEntry { key, value, since: s.days.from, origin });
    }
    Ok(record)
}

pub(super) fn spans<T>(
    rows: Vec<Row>,
    read: impl Fn(&Row) -> Result<Span<T>, StoreError>,
) -> Result<Vec<Span<T>>, StoreError> {
    rows.iter().map(read).collect()
}

fn then<T: Clone>(spans: Vec<Span<T>>, day: Date, known: Timestamp) -> Vec<Span<T>> {
    as_of(&spans, day, known).cloned().collect()
}

/// The household that counts as the person's: that of the permanent, else of the temporary residence.
fn main_of(then: &[Span<Residence>]) -> Option<HouseholdId> {
    let of = |kind| then.iter().find(|s| s.value.kind == kind);
    of(Kind::Permanent).or_else(|| of(Kind::Temporary)).and_then(|s| s.value.household)
}

async fn household(
    tx: &Tx,
    household: Option<HouseholdId>,
    day: Date,
    known: Timestamp,
) -> Result<Vec<MemberEntry>, RegistryError> {
    let Some(household) = household else { return Ok(Vec::new()) };
    let rows = tx.query(sql::HOUSEHOLD_AS_OF, &[&household, &day, &known, &read::MEMBERS_MAX]).await?;
    let members = roster::residents(tx, &rows, day, known).await?;
    let entry = |m: Resident| MemberEntry {
        person: m.person,
        name: m.name,
        number_masked: m.number_masked,
        relation: m.relation,
        since: m.since,
    };
    Ok(members.into_iter().map(entry).collect())
}

/// The current values beside the past ones: the whole history of all items.
pub(super) fn values(person: &PersonRow, past: Vec<Span<PastValue>>) -> Vec<Span<PastValue>> {
    let now = Item::ALL.iter().map(|item| {
        let mark = person.mark(*item);
        let value = PastValue {
            id: Uuid::nil(),
            item: *item,
            value: person.items.get(*item).map(str::to_owned),
            event: mark.event,
            source: mark.source.clone(),
        };
        Span { value, days: mark.days(), known_from: mark.known, known_to: None }
    });
    now.chain(past).collect()
}

pub(super) fn residence_entry(s: &Span<Residence>, events: &Events) -> Result<ResidenceEntry, RegistryError> {
    let r = &s.value;
    Ok(ResidenceEntry {
        kind: r.kind.as_str(),
        commune: r.commune.clone(),
        commune_given: r.commune_given.clone(),
        address: r.address.clone(),
        relation: r.relation.clone(),
        since: s.days.from,
        last_day: s.days.last(),
        origin: events.origin(r.event)?,
        ended: events.ended(r.ended_by)?,
    })
}

pub(super) struct Events(pub(super) BTreeMap<Uuid, Event>);

impl Events {
    pub(super) fn origin(&self, id: Uuid) -> Result<Origin, RegistryError> {
        let event = self.0.get(&id).ok_or(store::StoreError::Column("event_id"))?;
        Ok(Origin {
            source: rows::source(&event.source)?.text(),
            confirmed_on: vietnam_date(event.at),
            recorded_at: event.at,
            officer: event.officer,
            document: event.document.clone(),
            reason: event.reason.clone(),
            agency: event.agency.clone(),
        })
    }

    fn ended(&self, id: Option<Uuid>) -> Result<Option<Origin>, RegistryError> {
        id.map(|id| self.origin(id)).transpose()
    }
}
