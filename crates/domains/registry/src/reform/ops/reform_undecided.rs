//! `reform_undecided`: the work list of an old unit that was divided: residences of which no rule says where they went.

use base::{Page, PageRequest};
use contracts::{Access, CommuneCode, PersonId};
use store::{RowExt, Tx};
use uuid::Uuid;

use super::page_after;
use crate::{
    policy::{Action, authorise},
    reform::{Fate, ReformError, rows::by_slug, sql},
};

/// A residence that waits for a decision.
#[derive(Clone, PartialEq, Eq)]
pub struct Waiting {
    pub person: PersonId,
    pub residence: Uuid,
    /// `permanent`, `temporary` or `current`.
    pub kind: String,
    pub address: String,
    /// The units of which one is right.
    pub parts: Vec<String>,
}

pub async fn reform_undecided(
    tx: &mut Tx,
    access: &Access,
    slug: &str,
    unit: &CommuneCode,
    page: &PageRequest,
) -> Result<Page<Waiting>, ReformError> {
    authorise(access, Action::Read, None)?;
    let run = by_slug(tx, slug).await?.ok_or(ReformError::NoSuchReform)?;
    let parts: Vec<String> = match run.reform.units.get(unit.as_str()) {
        Some(fate @ Fate::Parts(_)) => fate.targets().map(str::to_owned).collect(),
        _ => return Ok(Page { items: Vec::new(), next: None }),
    };
    let (person, residence) = page_after(page)?;
    let limit = page.limit();
    let read = i64::from(limit) + 1;
    let mut waiting = Vec::new();
    for row in tx.query(sql::UNDECIDED, &[&run.id, unit, &person, &residence, &read]).await? {
        waiting.push(Waiting {
            person: PersonId(row.col("person_id")?),
            residence: row.col("residence_id")?,
            kind: row.col("kind")?,
            address: row.col("address")?,
            parts: parts.clone(),
        });
    }
    let page = Page::from_overfetch(waiting, limit, |w| format!("{}.{}", w.person, w.residence));
    for shown in &page.items {
        tx.audit(access.entry("registry.reform_undecided").about(shown.person).fields(["residence"]).done());
    }
    Ok(page)
}
