//! `person_record`: everything held about a person, each piece with where it comes from. For the person themselves, and
//! for officers who may read the whole.

use std::collections::{BTreeMap, BTreeSet};

use base::{Text, vietnam_date};
use contracts::{Access, CommuneCode, PersonId};
use futures::future::join5;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use store::{RowExt, Tx};
use uuid::Uuid;

use super::read;
use crate::{
    RegistryError,
    model::{Item, Residence, Span, residence::Kind, span::as_of},
    policy::{Action, authorise},
    rows::{self, Event, Kin, PastValue, PersonRow},
    sql,
};

/// Relatives shown of one person; nobody has more.
const KIN_MAX: i64 = 500;

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
    pub kin: Vec<KinEntry>,
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
}

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct KinEntry {
    /// What the other is to this person: `father`, `mother`, `spouse`, `child`.
    pub relation: String,
    pub name: Option<String>,
    /// Where the relative is a person of the register.
    pub person: Option<PersonId>,
    pub origin: Origin,
}

/// Who said it, when, and on what paper.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    pub source: Text,
    pub confirmed_on: Date,
    pub document: Option<String>,
    pub reason: Option<String>,
    pub agency: Option<String>,
}

pub async fn person_record(tx: &mut Tx, access: &Access, person: PersonId) -> Result<Record, RegistryError> {
    authorise(access, Action::Read, Some(person))?;
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
    pub(super) fn fields(&self) -> Vec<String> {
        let mut fields: Vec<String> = self.items.iter().map(|i| i.item.key().to_owned()).collect();
        fields.extend(self.residences.iter().map(|r| format!("{}_residence", r.kind)));
        if !self.kin.is_empty() {
            fields.push("kin".to_owned());
        }
        fields
    }
}

/// Reads the whole history of a person and keeps what held on `day` as known at `known`.
pub(super) async fn record_as_of(
    tx: &Tx,
    id: PersonId,
    day: Date,
    known: Timestamp,
) -> Result<Record, RegistryError> {
    let (person, past, residences, kin, claims) = join5(
        read::person(tx, id),
        tx.query(sql::PAST, &[&id]),
        tx.query(sql::RESIDENCES_EVER, &[&id]),
        tx.query(sql::KIN, &[&id, &KIN_MAX]),
        tx.query(sql::KIN_CLAIMS, &[&id]),
    )
    .await;
    let person = person?;
    let values = values(&person, past?.iter().map(PastValue::read).collect::<Result<_, _>>()?);
    let residences: Vec<Span<Residence>> =
        residences?.iter().map(rows::residence).collect::<Result<_, _>>()?;
    let kin: Vec<Span<Kin>> = kin?.iter().map(Kin::read).collect::<Result<_, _>>()?;

    let values: Vec<&Span<PastValue>> =
        as_of(&values, day, known).filter(|s| s.value.value.is_some()).collect();
    let residences: Vec<&Span<Residence>> = as_of(&residences, day, known).collect();
    let kin: Vec<&Span<Kin>> = as_of(&kin, day, known).collect();
    let mut claimed = Vec::new();
    for row in claims? {
        let (since, event): (Timestamp, Uuid) = (row.col("known_from")?, row.col("event_id")?);
        if since <= known {
            claimed.push((row.col::<String>("relation")?, row.col::<Option<String>>("name")?, event));
        }
    }

    let wanted: BTreeSet<Uuid> = (values.iter().map(|s| s.value.event))
        .chain(residences.iter().map(|s| s.value.event))
        .chain(kin.iter().map(|s| s.value.event))
        .chain(claimed.iter().map(|c| c.2))
        .collect();
    let events = Events(read::events(tx, id, wanted).await?);

    let mut record = Record {
        person: id,
        day,
        known,
        conflict: person.conflict,
        items: Vec::new(),
        residences: Vec::new(),
        kin: Vec::new(),
    };
    for s in values {
        if let Some(value) = s.value.value.clone() {
            let origin = events.origin(s.value.event)?;
            record.items.push(RecordItem { item: s.value.item, value, since: s.days.from, origin });
        }
    }
    record.items.sort_by_key(|i| i.item);
    for s in residences {
        record.residences.push(residence_entry(s, &events)?);
    }
    record.residences.sort_by_key(|r| Kind::parse(r.kind));
    for s in kin {
        let Kin { relation, other, name, event } = s.value.clone();
        let origin = events.origin(event)?;
        record.kin.push(KinEntry { relation, name: Some(name), person: Some(other), origin });
    }
    for (relation, name, event) in claimed {
        record.kin.push(KinEntry { relation, name, person: None, origin: events.origin(event)? });
    }
    Ok(record)
}

/// The current values beside the past ones: the whole history of all items.
fn values(person: &PersonRow, past: Vec<Span<PastValue>>) -> Vec<Span<PastValue>> {
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

fn residence_entry(s: &Span<Residence>, events: &Events) -> Result<ResidenceEntry, RegistryError> {
    let r = &s.value;
    Ok(ResidenceEntry {
        kind: r.kind.as_str(),
        commune: r.commune.clone(),
        commune_given: r.commune_given.clone(),
        address: r.address.clone(),
        relation: r.relation.clone(),
        since: s.days.from,
        last_day: s.days.to.and_then(|to| to.yesterday().ok()),
        origin: events.origin(r.event)?,
    })
}

struct Events(BTreeMap<Uuid, Event>);

impl Events {
    fn origin(&self, id: Uuid) -> Result<Origin, RegistryError> {
        let event = self.0.get(&id).ok_or(store::StoreError::Column("event_id"))?;
        Ok(Origin {
            source: rows::source(&event.source)?.text(),
            confirmed_on: vietnam_date(event.at),
            document: event.document.clone(),
            reason: event.reason.clone(),
            agency: event.agency.clone(),
        })
    }
}
