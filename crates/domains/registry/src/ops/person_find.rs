//! `person_find`: an officer looks for a person by name, with birth date or commune. Few fields, few hits, all logged.

use base::{FieldFault, PartialDate, PersonalNumber, fold};
use contracts::{Access, CommuneCode, PersonId};
use store::{RowExt, Tx};

use crate::{
    RegistryError,
    model::rules,
    policy::{Action, authorise},
    sql,
};

/// Most hits of one search. Who needs more asks more exactly.
pub const HITS_MAX: usize = 20;

/// What is known of the person sought. A birth date finds the exact name (without tones and marks); within a commune
/// alone, every word of the name counts, in any order.
#[derive(Clone)]
pub struct Search {
    pub name: String,
    pub birth_date: Option<PartialDate>,
    pub commune: Option<CommuneCode>,
}

/// One hit: enough to recognise, not enough to use.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    pub person: PersonId,
    /// Middle digits hidden.
    pub number_masked: Option<String>,
    pub name: String,
    pub birth_date: Option<PartialDate>,
    pub sex: Option<String>,
    pub commune: Option<CommuneCode>,
    pub living: bool,
}

/// The hits, and whether there are more than shown.
pub async fn person_find(
    tx: &mut Tx,
    access: &Access,
    search: &Search,
) -> Result<(Vec<Found>, bool), RegistryError> {
    authorise(access, Action::Find, None)?;
    let name = fold(&search.name);
    if name.is_empty() {
        return Err(RegistryError::Invalid(vec![FieldFault::new("name", rules::REQUIRED)]));
    }
    let limit = i64::try_from(HITS_MAX + 1).unwrap_or(i64::MAX);
    let rows = match (search.birth_date, &search.commune) {
        (Some(born), commune) => {
            // Somebody whose papers give only the month or the year is found by any day in it.
            let (first, last) = (born.earliest(), born.latest());
            let (month, year) = (first.first_of_month(), first.first_of_year());
            tx.query(sql::FIND_BY_BIRTH, &[&name, &first, &last, &month, &year, commune, &limit]).await?
        }
        (None, Some(commune)) => {
            let words: Vec<&str> = name.split(' ').collect();
            tx.query(sql::FIND_IN_COMMUNE, &[commune, &words, &limit]).await?
        }
        (None, None) => return Err(RegistryError::SearchTooWide),
    };
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let number: Option<String> = row.col("number")?;
        let death: Option<&str> = row.col("death_date")?;
        found.push(Found {
            person: PersonId(row.col("person_id")?),
            number_masked: number.and_then(|n| n.parse::<PersonalNumber>().ok()).map(|n| n.masked()),
            name: row.col("name")?,
            birth_date: row.col("birth_date")?,
            sex: row.col("sex")?,
            commune: row.col("commune")?,
            living: death.is_none(),
        });
    }
    let more = found.len() > HITS_MAX;
    found.truncate(HITS_MAX);
    let fields = ["name", "birth_date", "sex", "permanent_commune"];
    for hit in &found {
        tx.audit(access.entry("registry.person_find").about(hit.person).fields(fields).done());
    }
    if found.is_empty() {
        tx.audit(access.entry("registry.person_find").fields(fields).done());
    }
    Ok((found, more))
}
