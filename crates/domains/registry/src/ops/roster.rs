//! People of a household or a commune as of a day, by what was known at a moment: what both lists share.

use std::collections::BTreeMap;

use base::{PartialDate, PersonalNumber};
use contracts::{Access, CommuneCode, HouseholdId, PersonId};
use futures::future::join;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use super::person_record::values;
use crate::{
    model::{Item, Residence, Span, span::as_of},
    rows::{self, PastValue, PersonRow},
    sql,
};

/// Items of a person that a list shows.
const SHOWN: [Item; 4] = [Item::Number, Item::Name, Item::BirthDate, Item::Sex];

/// Somebody who lived somewhere.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Resident {
    pub person: PersonId,
    /// Middle digits hidden.
    pub number_masked: Option<String>,
    pub name: Option<String>,
    pub birth_date: Option<PartialDate>,
    pub sex: Option<String>,
    /// `permanent`, `temporary` or `current`.
    pub kind: &'static str,
    pub commune: CommuneCode,
    pub address: String,
    pub household: Option<HouseholdId>,
    /// To the head of the household.
    pub relation: Option<String>,
    pub since: Option<Date>,
    pub last_day: Option<Date>,
    /// Row of the residence, by which pages go on.
    #[serde(skip)]
    pub residence: Uuid,
}

/// The people of some rows of residence, with the names they had on the day, by what was known then.
pub async fn residents(
    tx: &Tx,
    found: &[Row],
    day: Date,
    known: Timestamp,
) -> Result<Vec<Resident>, StoreError> {
    let mut spans: Vec<(PersonId, Span<Residence>)> = Vec::with_capacity(found.len());
    for row in found {
        spans.push((PersonId(row.col("person_id")?), rows::residence(row)?));
    }
    let ids: Vec<Uuid> = spans.iter().map(|(id, _)| id.0).collect();
    let held = held(tx, &ids, &SHOWN, day, known).await?;
    let resident = |(person, span): (PersonId, Span<Residence>)| {
        let get = |item| held.get(&person).and_then(|items| items.get(&item).cloned());
        let number = get(Item::Number).and_then(|n| n.parse::<PersonalNumber>().ok());
        let r = span.value;
        Resident {
            person,
            number_masked: number.map(|n| n.masked()),
            name: get(Item::Name),
            birth_date: get(Item::BirthDate).and_then(|d| d.parse().ok()),
            sex: get(Item::Sex),
            kind: r.kind.as_str(),
            commune: r.commune,
            address: r.address,
            household: r.household,
            relation: r.relation,
            since: span.days.from,
            last_day: span.days.last(),
            residence: r.id,
        }
    };
    Ok(spans.into_iter().map(resident).collect())
}

/// Values that some people had on a day, by what was known at a moment.
pub async fn held(
    tx: &Tx,
    people: &[Uuid],
    items: &[Item],
    day: Date,
    known: Timestamp,
) -> Result<BTreeMap<PersonId, BTreeMap<Item, String>>, StoreError> {
    let keys: Vec<&str> = items.iter().map(|item| item.key()).collect();
    let (found, past) =
        join(tx.query(sql::PERSONS, &[&people]), tx.query(sql::PAST_OF, &[&people, &keys])).await;
    let mut history: BTreeMap<PersonId, Vec<Span<PastValue>>> = BTreeMap::new();
    for row in past? {
        history.entry(PersonId(row.col("person_id")?)).or_default().push(PastValue::read(&row)?);
    }
    let mut held = BTreeMap::new();
    for row in found? {
        let person = PersonRow::read(&row)?;
        let values = values(&person, history.remove(&person.id).unwrap_or_default());
        let then = as_of(&values, day, known).filter(|s| items.contains(&s.value.item));
        held.insert(person.id, then.filter_map(|s| Some((s.value.item, s.value.value.clone()?))).collect());
    }
    Ok(held)
}

/// Everybody shown sees it in their log.
pub fn log(tx: &mut Tx, access: &Access, action: &'static str, shown: &[Resident]) {
    let mut fields: Vec<&str> = SHOWN.map(Item::key).to_vec();
    fields.extend(["residence", "household"]);
    for resident in shown {
        tx.audit(access.entry(action).about(resident.person).fields(fields.clone()).done());
    }
    if shown.is_empty() {
        tx.audit(access.entry(action).fields(fields).done());
    }
}
