//! `dispute_list`: the contradictions that wait in the officer's commune, the oldest first.

use base::Page;
use contracts::{Access, PersonId, ports::Nation};
use jiff::Timestamp;
use store::{RowExt, Tx};
use uuid::Uuid;

use crate::{
    RegistryError,
    disputes::{Dispute, policy, sql},
};

/// Lines of one page.
pub const DISPUTES_MAX: u32 = 25;

/// Enough to choose by, not to use.
#[derive(Clone, PartialEq, Eq)]
pub struct DisputeLine {
    pub dispute: Dispute,
    pub name: String,
}

/// `after`: where the page before ended, as it was told.
pub async fn dispute_list(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    after: Option<&str>,
) -> Result<Page<DisputeLine>, RegistryError> {
    let commune = policy::commune(access, nation)?;
    let (at, person, dispute) = after
        .and_then(read_after)
        .map_or((None, None, None), |(at, person, dispute)| (Some(at), Some(person), Some(dispute)));
    let limit = i64::from(DISPUTES_MAX) + 1;
    let rows = tx.query(sql::LIST, &[&commune, &at, &person, &dispute, &limit]).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        lines.push(DisputeLine { dispute: Dispute::read(row)?, name: row.col("name")? });
    }
    let page = Page::from_overfetch(lines, DISPUTES_MAX, |line| {
        let Dispute { id, raised_at, .. } = &line.dispute;
        format!("{raised_at}_{}_{}", id.person, id.dispute)
    });
    for line in &page.items {
        let entry = access.entry("registry.dispute_list").about(line.dispute.id.person);
        tx.audit(entry.fields(["name"]).done());
    }
    Ok(page)
}

/// Whatever cannot be read begins at the top.
fn read_after(text: &str) -> Option<(Timestamp, Uuid, Uuid)> {
    let mut parts = text.splitn(3, '_');
    let at = parts.next()?.parse().ok()?;
    let person = parts.next()?.parse::<PersonId>().ok()?.0;
    Some((at, person, parts.next()?.parse().ok()?))
}
