//! `reform_later`: residences that later acts began in the units of a reform that was undone. They stand; somebody who knows
//! the place decides whether anything has to be put right.

use base::{Page, PageRequest};
use contracts::{Access, CommuneCode, PersonId};
use store::{RowExt, Tx};
use uuid::Uuid;

use super::{operator, page_after};
use crate::reform::{ReformError, rows::by_slug, sql};

/// A residence that stands in the new unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaterOne {
    pub person: PersonId,
    pub residence: Uuid,
    /// `permanent`, `temporary` or `current`.
    pub kind: String,
    pub unit: CommuneCode,
}

pub async fn reform_later(
    tx: &mut Tx,
    access: &Access,
    slug: &str,
    page: &PageRequest,
) -> Result<Page<LaterOne>, ReformError> {
    operator(access)?;
    let run = by_slug(tx, slug).await?.ok_or(ReformError::NoSuchReform)?;
    let (person, residence) = page_after(page)?;
    let limit = page.limit();
    let mut found = Vec::new();
    for row in tx.query(sql::LATER_ONES, &[&run.id, &person, &residence, &(i64::from(limit) + 1)]).await? {
        found.push(LaterOne {
            person: PersonId(row.col("person_id")?),
            residence: row.col("residence_id")?,
            kind: row.col("kind")?,
            unit: CommuneCode(row.col("commune")?),
        });
    }
    let page = Page::from_overfetch(found, limit, |l| format!("{}.{}", l.person, l.residence));
    for shown in &page.items {
        tx.audit(access.entry("registry.reform_later").about(shown.person).fields(["residence"]).done());
    }
    Ok(page)
}
