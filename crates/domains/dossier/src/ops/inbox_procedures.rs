//! `inbox_procedures`: which procedures an agency's inbox holds, for choosing one of them as a filter.

use contracts::Actor;
use store::{RowExt, StoreError, Tx};

use super::lists::{agency_of, lately};
use crate::{
    DossierError,
    moves::handling,
    policy::{self, Action},
    sql,
};

/// More than any agency handles; the filter stays a list that can be read.
const PROCEDURES_MAX: i64 = 200;

/// Codes of the procedures of everything that is open or ended lately, in their order.
pub async fn inbox_procedures(tx: &mut Tx, actor: &Actor) -> Result<Vec<String>, DossierError> {
    policy::allowed(actor, Action::ReadInOffice)?;
    let agency = agency_of(actor)?;
    let rows = tx.query(sql::INBOX_PROCEDURES, &[&agency, &lately(tx), &PROCEDURES_MAX]).await?;
    let codes = rows.iter().map(|r| r.col("procedure")).collect::<Result<_, StoreError>>()?;
    tx.audit(handling(actor).entry("dossier.inbox_procedures").done());
    Ok(codes)
}
