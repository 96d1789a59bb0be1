//! `case_reopen`: a head opens a case again that was settled as two persons.

use contracts::Access;
use store::Tx;

use super::{case, logged, reason, settled, told, unchanged};
use crate::{
    RegistryError,
    duplicates::{
        case::{CaseId, StepKind},
        policy::{Action, authorise_case},
        sql,
    },
};

pub async fn case_reopen(
    tx: &mut Tx,
    access: &Access,
    id: CaseId,
    version: i32,
    why: &str,
) -> Result<(), RegistryError> {
    let case = case(tx, id).await?;
    authorise_case(access, Action::Undo, case.agency.as_ref())?;
    unchanged(&case, version)?;
    let state = case.after(StepKind::Reopened)?;
    let why = reason(why)?;
    tx.defer(sql::CASE_SETTLE, settled(id, version, state, None));
    told(tx, access, id, StepKind::Reopened, Some(why));
    logged(tx, access, "registry.case_reopen", id, &["duplicate"]);
    Ok(())
}
