//! Sources that contradict each other: what a load said of somebody and the record does not, because a source of higher
//! authority says otherwise. Officers look at both values and choose one.
//!
//! - [`Dispute`] is the case, [`Side`] what one of the two sources says. Who may is in [`policy`].
//! - The value that the record has may be kept by one officer: the order of sources (`catalogue/authority.toml`) says so. A
//!   lower source's value takes two, and is then written as a correction with that source.
//! - What no correction can write (a death, a residence, kin, papers) is put right by its own act first; the case is then
//!   settled as taken, because the record says so.

pub mod ops;
pub mod policy;
pub mod sql;

use contracts::{AccountId, CommuneCode, PersonId};
use jiff::Timestamp;
use store::{Row, RowExt, StoreError};
use uuid::Uuid;

use crate::{
    import::authority::{ABSENCE, KIN, PAPERS},
    model::{Item, Life, residence::Kind},
};

/// A contradiction, by the person and its own id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisputeId {
    pub person: PersonId,
    pub dispute: Uuid,
}

/// One officer wants the other value; who, why, when.
#[derive(Clone, PartialEq, Eq)]
pub struct Proposal {
    pub by: AccountId,
    pub by_name: String,
    pub reason: String,
    pub at: Timestamp,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Dispute {
    pub id: DisputeId,
    pub version: i32,
    pub commune: Option<CommuneCode>,
    /// An item's key, or of a residence, `kin`, `papers`, `temporary_absence`.
    pub item: String,
    pub value: String,
    pub source: String,
    pub raised_at: Timestamp,
    pub proposal: Option<Proposal>,
    /// Why the last proposal was sent back.
    pub sent_back: Option<String>,
}

impl Dispute {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let proposal = match row.col::<Option<Uuid>>("proposed_by")? {
            Some(by) => Some(Proposal {
                by: AccountId(by),
                by_name: row.col("proposed_name")?,
                reason: row.col("proposed_reason")?,
                at: row.col("proposed_at")?,
            }),
            None => None,
        };
        Ok(Self {
            id: DisputeId { person: PersonId(row.col("person_id")?), dispute: row.col("dispute_id")? },
            version: row.col("version")?,
            commune: row.col::<Option<String>>("commune")?.map(CommuneCode),
            item: row.col("item")?,
            value: row.col("value")?,
            source: row.col("source")?,
            raised_at: row.col("raised_at")?,
            proposal,
            sent_back: row.col("sent_back")?,
        })
    }

    /// The item, where a correction can write it.
    pub fn correctable(&self) -> Option<Item> {
        Item::from_key(&self.item).filter(|item| item.is_correctable())
    }
}

/// What a source says, and since when the record knows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Side {
    pub value: String,
    pub source: String,
    pub known: Timestamp,
}

/// What the record says of a disputed thing; several of relatives and papers.
pub fn held(life: &Life, item: &str, today: jiff::civil::Date) -> Vec<Side> {
    if let Some(item) = Item::from_key(item) {
        let mark = life.person.mark(item);
        let side =
            |value: &str| Side { value: value.to_owned(), source: mark.source.clone(), known: mark.known };
        return life.get(item).map(side).into_iter().collect();
    }
    if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.item() == item) {
        let here = life.residences.on(today).filter(|s| s.value.kind == kind);
        let side = |value, source: &str, known| Side { value, source: source.to_owned(), known };
        return here
            .map(|s| side(format!("{}; {}", s.value.commune, s.value.address), &s.value.source, s.known_from))
            .collect();
    }
    match item {
        PAPERS => life
            .papers
            .iter()
            .map(|s| Side {
                value: format!("{} {}", s.value.kind, s.value.number),
                source: s.value.source.clone(),
                known: s.known_from,
            })
            .collect(),
        ABSENCE => life
            .absences
            .iter()
            .map(|s| Side {
                value: s.days.from.map_or_else(String::new, |day| day.to_string()),
                source: s.value.source.clone(),
                known: s.known_from,
            })
            .collect(),
        KIN => life
            .ties
            .on(today)
            .map(|s| {
                let relative = &s.value.relative;
                let parts = [relative.number.as_deref(), relative.name.as_deref()];
                // A tie names its event; the source stands with that.
                let value = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
                Side { value, source: life.person.base().source.clone(), known: s.known_from }
            })
            .collect(),
        _ => Vec::new(),
    }
}
