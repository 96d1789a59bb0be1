//! `person_history`: what the record said of a person before, with where it came from: earlier values, values that turned
//! out to be wrong, and residences that have ended.

use std::collections::BTreeSet;

use base::vietnam_date;
use contracts::{Access, PersonId};
use futures::future::join3;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use store::Tx;
use uuid::Uuid;

use super::{
    person_record::{Events, Origin, ResidenceEntry, residence_entry, spans},
    read,
};
use crate::{
    RegistryError,
    duplicates::ops::person_resolve,
    model::Item,
    policy::{Action, authorise},
    rows::{self, PastValue},
    sql,
};

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PersonHistory {
    /// Newest first.
    pub items: Vec<PastItem>,
    /// Residences that have ended, newest first.
    pub residences: Vec<ResidenceEntry>,
}

/// A value that held once, or was thought to.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PastItem {
    pub item: Item,
    pub value: String,
    pub since: Option<Date>,
    pub last_day: Option<Date>,
    pub known_from: Timestamp,
    /// Since when it is known to be wrong; none: it held on those days.
    pub known_to: Option<Timestamp>,
    pub origin: Origin,
}

pub async fn person_history(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
) -> Result<PersonHistory, RegistryError> {
    authorise(access, Action::Read, Some(person))?;
    let id = person_resolve(tx, person).await?;
    let today = vietnam_date(tx.now());
    let (known, past, residences) =
        join3(read::person(tx, id), tx.query(sql::PAST, &[&id]), tx.query(sql::RESIDENCES_EVER, &[&id]))
            .await;
    known?;
    let mut past = spans(past?, PastValue::read)?;
    past.retain(|s| s.value.value.is_some());
    let mut ended = spans(residences?, rows::residence)?;
    ended.retain(|s| s.known_to.is_none() && s.days.last().is_some_and(|last| last < today));
    let wanted: BTreeSet<Uuid> = (past.iter().map(|s| s.value.event))
        .chain(ended.iter().flat_map(|s| std::iter::once(s.value.event).chain(s.value.ended_by)))
        .collect();
    let events = Events(read::events(tx, id, wanted).await?);

    let mut history = PersonHistory { items: Vec::new(), residences: Vec::new() };
    for s in past {
        let (origin, item) = (events.origin(s.value.event)?, s.value.item);
        if let Some(value) = s.value.value {
            let (since, last_day) = (s.days.from, s.days.last());
            let (known_from, known_to) = (s.known_from, s.known_to);
            history.items.push(PastItem { item, value, since, last_day, known_from, known_to, origin });
        }
    }
    history.items.sort_by_key(|i| (i.item, std::cmp::Reverse((i.last_day, i.known_from))));
    history.residences = ended.iter().map(|s| residence_entry(s, &events)).collect::<Result<_, _>>()?;
    history.residences.sort_by_key(|r| std::cmp::Reverse(r.last_day));
    let mut fields: BTreeSet<&str> = history.items.iter().map(|i| i.item.key()).collect();
    if !history.residences.is_empty() {
        fields.insert("residence");
    }
    tx.audit(access.entry("registry.person_history").about(id).fields(fields).done());
    Ok(history)
}
