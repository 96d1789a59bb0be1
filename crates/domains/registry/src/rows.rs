//! Rows of the database as values of the model.

use contracts::{AccountId, CommuneCode, HouseholdId, PersonId};
use jiff::Timestamp;
use store::{Row, RowExt, StoreError};
use uuid::Uuid;

use crate::model::{
    Days, Item, Items, Pen, Relation, Relative, Source, Span, Tie,
    held::{Absence, Paper, Shared},
    history::Entry,
    item::{Mark, Marks},
    residence::{Kind, Residence},
};

/// A person as the record has them now.
#[derive(Debug, Clone)]
pub struct PersonRow {
    pub id: PersonId,
    pub version: i32,
    pub conflict: bool,
    /// The record of the same person to which this one gave way.
    pub merged_into: Option<PersonId>,
    pub items: Items,
    pub marks: Marks,
    /// Where every item comes from that has no mark.
    base: Mark,
}

impl PersonRow {
    pub fn read(row: &Row) -> Result<Self, StoreError> {
        let mut items = Items::default();
        for item in Item::ALL {
            items.set(*item, row.col(item.key())?);
        }
        let marks: Option<serde_json::Value> = row.col("sources")?;
        let marks = match marks {
            Some(json) => serde_json::from_value(json).map_err(|_| StoreError::Column("sources"))?,
            None => Marks::new(),
        };
        let base = Mark {
            event: row.col("event_id")?,
            source: row.col("source")?,
            from: None,
            known: row.col("known_from")?,
        };
        let id = PersonId(row.col("person_id")?);
        Ok(Self {
            id,
            version: row.col("version")?,
            conflict: row.col("conflict")?,
            merged_into: row.col::<Option<Uuid>>("merged_into")?.map(PersonId),
            items,
            marks,
            base,
        })
    }

    /// Somebody who enters the record by an event.
    pub fn begun(id: PersonId, pen: &Pen<'_>) -> Self {
        let base =
            Mark { event: pen.event, source: pen.source.as_str().to_owned(), from: None, known: pen.now };
        let (items, marks) = (Items::default(), Marks::new());
        Self { id, version: 1, conflict: false, merged_into: None, items, marks, base }
    }

    /// Where everything comes from that has no mark of its own.
    pub fn base(&self) -> &Mark {
        &self.base
    }

    /// Where the current value of an item comes from.
    pub fn mark(&self, item: Item) -> &Mark {
        self.marks.get(&item).unwrap_or(&self.base)
    }
}

/// A value of an item that no longer holds or is no longer believed.
#[derive(Clone)]
pub struct PastValue {
    pub id: Uuid,
    pub item: Item,
    pub value: Option<String>,
    pub event: Uuid,
    pub source: String,
}

impl PastValue {
    pub fn read(row: &Row) -> Result<Span<Self>, StoreError> {
        let value = Self {
            id: row.col("past_id")?,
            item: Item::from_key(row.col("item")?).ok_or(StoreError::Column("item"))?,
            value: row.col("value")?,
            event: row.col("event_id")?,
            source: row.col("source")?,
        };
        span(row, value)
    }
}

impl Entry for PastValue {
    fn id(&self) -> Uuid {
        self.id
    }
    fn set_id(&mut self, id: Uuid) {
        self.id = id;
    }
    /// An earlier value was ended by the one that came after it.
    fn end_by(&mut self, _: Uuid) {}
}

pub fn residence(row: &Row) -> Result<Span<Residence>, StoreError> {
    let household: Option<Uuid> = row.col("household_id")?;
    let value = Residence {
        id: row.col("residence_id")?,
        kind: Kind::parse(row.col("kind")?).ok_or(StoreError::Column("kind"))?,
        commune: CommuneCode(row.col("commune")?),
        commune_given: row.col("commune_given")?,
        address: row.col("address")?,
        household: household.map(HouseholdId),
        relation: row.col("relation")?,
        event: row.col("event_id")?,
        source: row.col("source")?,
        ended_by: row.col("ended_by")?,
    };
    span(row, value)
}

/// Somebody in a household.
#[derive(Clone)]
pub struct Member {
    pub household: HouseholdId,
    pub person: PersonId,
    pub relation: Option<String>,
    pub number: Option<String>,
    pub name: String,
}

impl Member {
    pub fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            household: HouseholdId(row.col("household_id")?),
            person: PersonId(row.col("person_id")?),
            relation: row.col("relation")?,
            number: row.col("number")?,
            name: row.col("name")?,
        })
    }
}

pub fn tie(row: &Row) -> Result<Span<Tie>, StoreError> {
    let value = Tie {
        id: row.col("tie_id")?,
        relation: Relation::parse(row.col("relation")?).ok_or(StoreError::Column("relation"))?,
        other: row.col::<Option<Uuid>>("other_id")?.map(PersonId),
        relative: Relative {
            name: row.col("name")?,
            number: row.col("number")?,
            old_number: row.col("old_number")?,
            nationality: row.col("nationality")?,
        },
        event: row.col("event_id")?,
        ended_by: row.col("ended_by")?,
    };
    span(row, value)
}

pub fn paper(row: &Row) -> Result<Span<Paper>, StoreError> {
    let value = Paper {
        id: row.col("paper_id")?,
        kind: row.col("kind")?,
        number: row.col("number")?,
        issued_at: row.col("issued_at")?,
        expires_on: row.col("expires_on")?,
        event: row.col("event_id")?,
        source: row.col("source")?,
        ended_by: row.col("ended_by")?,
    };
    span(row, value)
}

pub fn absence(row: &Row) -> Result<Span<Absence>, StoreError> {
    let value = Absence {
        id: row.col("absence_id")?,
        commune: CommuneCode(row.col("commune")?),
        destination: row.col("destination")?,
        event: row.col("event_id")?,
        source: row.col("source")?,
        ended_by: row.col("ended_by")?,
    };
    span(row, value)
}

pub fn shared(row: &Row) -> Result<Span<Shared>, StoreError> {
    let value = Shared {
        id: row.col("shared_id")?,
        key: row.col("key")?,
        value: row.col("value")?,
        event: row.col("event_id")?,
        source: row.col("source")?,
        ended_by: row.col("ended_by")?,
    };
    span(row, value)
}

/// Where something in the record comes from, in full.
#[derive(Debug, Clone)]
pub struct Event {
    pub source: String,
    pub document: Option<String>,
    pub reason: Option<String>,
    pub agency: Option<String>,
    pub officer: AccountId,
    pub at: Timestamp,
}

impl Event {
    pub fn read(row: &Row) -> Result<(Uuid, Self), StoreError> {
        let event = Self {
            source: row.col("source")?,
            document: row.col("document")?,
            reason: row.col("reason")?,
            agency: row.col("agency")?,
            officer: AccountId(row.col("account")?),
            at: row.col("at")?,
        };
        Ok((row.col("event_id")?, event))
    }
}

pub fn source(code: &str) -> Result<Source, StoreError> {
    Source::parse(code).ok_or(StoreError::Column("source"))
}

fn span<T>(row: &Row, value: T) -> Result<Span<T>, StoreError> {
    let days = Days { from: row.col("valid_from")?, to: row.col("valid_to")? };
    Ok(Span { value, days, known_from: row.col("known_from")?, known_to: row.col("known_to")? })
}
