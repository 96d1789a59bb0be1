//! What happened to a dossier, as its reader sees it: the citizen without the agency's inner moves.

use base::vietnam_date;
use contracts::{AccountId, AgencyId};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use serde_json::Value;
use store::{RowExt, StoreError, Tx};

use crate::{Dossier, DossierError, Status, moves::Happened, sql};

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
pub struct Moment {
    pub version: i32,
    pub at: Timestamp,
    #[serde(serialize_with = "as_word")]
    pub happened: Happened,
    pub status: Status,
    #[serde(skip)]
    pub actor: AccountId,
    /// Name of the officer; empty for the citizen and for the system.
    pub actor_name: String,
    pub agency: Option<AgencyId>,
    pub detail: Value,
}

fn as_word<S: serde::Serializer>(happened: &Happened, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(happened.as_str())
}

/// Everything that happened, oldest first.
pub async fn load(tx: &Tx, dossier: &Dossier) -> Result<Vec<Moment>, DossierError> {
    let rows = tx.query(sql::EVENTS, &[&dossier.applicant, &dossier.id]).await?;
    let read = |row: &store::Row| {
        Ok(Moment {
            version: row.col("version")?,
            at: row.col("at")?,
            happened: Happened::parse(row.col("kind")?).ok_or(StoreError::Column("kind"))?,
            status: row.col("status")?,
            actor: row.col("actor")?,
            actor_name: row.col("actor_label")?,
            agency: row.col("agency")?,
            detail: row.col("detail")?,
        })
    };
    Ok(rows.iter().map(read).collect::<Result<_, StoreError>>()?)
}

/// The stretches in which the dossier lay with one status: from, to, working days used. The last one is still open.
pub fn stretches(moments: &[Moment]) -> Vec<(Status, Date, Option<Date>)> {
    let mut out: Vec<(Status, Date, Option<Date>)> = Vec::new();
    for moment in moments {
        let day = vietnam_date(moment.at);
        match out.last_mut() {
            Some((status, _, _)) if *status == moment.status => {}
            last => {
                if let Some((_, _, to)) = last {
                    *to = Some(day);
                }
                out.push((moment.status, day, None));
            }
        }
    }
    out
}
