//! `correction_own`: a person's own requests, newest first.

use contracts::Access;
use store::Tx;

use crate::{
    RegistryError,
    corrections::{
        Correction,
        policy::{Action, authorise},
        sql,
    },
    duplicates::ops::person_resolve,
};

/// Requests that are shown; older ones stand in the log.
const OWN_MAX: i64 = 100;

/// What officers have only proposed is left out.
pub async fn correction_own(tx: &mut Tx, access: &Access) -> Result<Vec<Correction>, RegistryError> {
    let person = access.actor.person().ok_or(RegistryError::Forbidden)?;
    authorise(access, Action::Own, Some(person))?;
    let person = person_resolve(tx, person).await?;
    let rows = tx.query(sql::OF_PERSON, &[&person, &OWN_MAX]).await?;
    let mut own = rows.iter().map(Correction::read).collect::<Result<Vec<_>, _>>()?;
    for correction in &mut own {
        correction.proposal = None;
    }
    if !own.is_empty() {
        tx.audit(access.entry("registry.correction_own").about(person).done());
    }
    Ok(own)
}
