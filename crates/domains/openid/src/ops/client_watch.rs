//! `client_errors`, `client_usage`: what a relying party did and did wrong, for its own people.

use base::vietnam_date;
use contracts::Actor;
use jiff::{SignedDuration, civil::Date};
use store::{RowExt, StoreError, Tx};

use super::client_access::load;
use crate::{
    ClientId, OpenId, OpenIdError,
    limits::{FAULTS_SHOWN_MAX, USAGE_KEPT_DAYS},
    policy::Deed,
    sql,
    watching::{ClientFault, Endpoint, Usage, UsageDay},
};

/// Its mistakes of the last days, the latest first; counted by hour and kind.
pub async fn client_errors(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
) -> Result<Vec<ClientFault>, OpenIdError> {
    load(cx, tx, actor, id, Deed::See).await?;
    let rows = tx.query(sql::FAULT_READ, &[&id, &FAULTS_SHOWN_MAX]).await?;
    let mut out = Vec::with_capacity(rows.len());
    for row in &rows {
        out.push(ClientFault {
            last_at: row.col("last_at")?,
            endpoint: Endpoint::parse(row.col("endpoint")?).ok_or(StoreError::Column("endpoint"))?,
            code: row.col("code")?,
            count: row.col("count")?,
        });
    }
    Ok(out)
}

/// What it did on each of the last days, the latest first; days without anything are left out.
pub async fn client_usage(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
    days: u16,
) -> Result<Vec<UsageDay>, OpenIdError> {
    load(cx, tx, actor, id, Deed::See).await?;
    let days = i64::from(days).min(USAGE_KEPT_DAYS);
    let after: Date = vietnam_date(tx.now() - SignedDuration::from_hours(24 * days));
    let rows = tx.query(sql::USAGE_READ, &[&id, &after]).await?;
    let mut out: Vec<UsageDay> = Vec::new();
    for row in &rows {
        let day: Date = row.col("day")?;
        let usage = Usage::parse(row.col("kind")?).ok_or(StoreError::Column("kind"))?;
        let count = (usage, row.col("count")?);
        match out.last_mut().filter(|last| last.day == day) {
            Some(last) => last.counts.push(count),
            None => out.push(UsageDay { day, counts: vec![count] }),
        }
    }
    Ok(out)
}
