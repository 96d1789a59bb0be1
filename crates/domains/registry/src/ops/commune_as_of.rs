//! `commune_as_of`: who lived in a commune on a day, as it was known at a moment, page by page.

use base::{FieldFault, Page, PageRequest};
use contracts::{Access, CommuneCode};
use jiff::{Timestamp, civil::Date};
use store::Tx;
use uuid::Uuid;

use super::roster::{self, Resident};
use crate::{
    RegistryError,
    model::rules,
    policy::{Action, authorise},
    sql,
};

/// One item for each registration: who has two there is listed twice.
pub async fn commune_as_of(
    tx: &mut Tx,
    access: &Access,
    commune: &CommuneCode,
    (day, known): (Date, Timestamp),
    page: &PageRequest,
) -> Result<Page<Resident>, RegistryError> {
    authorise(access, Action::Read, None)?;
    let (person, residence) = after(page)?;
    let limit = page.limit();
    let read = i64::from(limit) + 1;
    let rows = tx.query(sql::COMMUNE_AS_OF, &[commune, &day, &known, &person, &residence, &read]).await?;
    let residents = roster::residents(tx, &rows, day, known).await?;
    let cursor = |r: &Resident| format!("{}.{}", r.person, r.residence);
    let page = Page::from_overfetch(residents, limit, cursor);
    roster::log(tx, access, "registry.commune_as_of", &page.items);
    Ok(page)
}

/// Where the page begins: behind this person and residence.
fn after(page: &PageRequest) -> Result<(Uuid, Uuid), RegistryError> {
    let Some(after) = &page.after else { return Ok((Uuid::nil(), Uuid::nil())) };
    let ids = after.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    ids.ok_or_else(|| RegistryError::Invalid(vec![FieldFault::new("after", rules::CURSOR)]))
}
