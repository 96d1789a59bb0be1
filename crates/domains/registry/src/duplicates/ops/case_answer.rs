//! `case_confirm` and `case_refuse`: a second officer answers what another proposed.

use contracts::Access;
use store::Tx;

use super::{case, logged, merging, reason, settled, told, unchanged};
use crate::{
    RegistryError,
    duplicates::{
        case::{Case, CaseId, Proposal, Proposed, StepKind},
        policy::{Action, authorise_case},
        sql,
    },
};

/// What was proposed comes into effect: the records are merged in this transaction, or are two persons' for good.
pub async fn case_confirm(
    tx: &mut Tx,
    access: &Access,
    id: CaseId,
    version: i32,
    why: &str,
) -> Result<(), RegistryError> {
    let (case, proposal) = proposed(tx, access, id, version).await?;
    let step = proposal.what.confirming();
    let state = case.after(step)?;
    let why = reason(why)?;
    let merge = match proposal.what {
        Proposed::Distinct => None,
        Proposed::Merge { keep } => {
            let given = id.beside(keep).ok_or(RegistryError::NoSuchCase)?;
            Some(merging::merge(tx, access, keep, given, &proposal.reason).await?)
        }
    };
    tx.defer(sql::CASE_SETTLE, settled(id, version, state, merge.as_ref()));
    told(tx, access, id, step, Some(why));
    logged(tx, access, "registry.case_confirm", id, &["duplicate"]);
    Ok(())
}

/// It is open again.
pub async fn case_refuse(
    tx: &mut Tx,
    access: &Access,
    id: CaseId,
    version: i32,
    why: &str,
) -> Result<(), RegistryError> {
    let (case, _) = proposed(tx, access, id, version).await?;
    let state = case.after(StepKind::Refused)?;
    let why = reason(why)?;
    tx.defer(sql::CASE_SETTLE, settled(id, version, state, None));
    told(tx, access, id, StepKind::Refused, Some(why));
    logged(tx, access, "registry.case_refuse", id, &["duplicate"]);
    Ok(())
}

/// A proposal that this officer may answer.
async fn proposed(
    tx: &Tx,
    access: &Access,
    id: CaseId,
    version: i32,
) -> Result<(Case, Proposal), RegistryError> {
    let case = case(tx, id).await?;
    authorise_case(access, Action::Confirm, case.agency.as_ref())?;
    unchanged(&case, version)?;
    let proposal = case.proposal.clone().ok_or(RegistryError::CaseState)?;
    proposal.answered_by(access.actor.account)?;
    Ok((case, proposal))
}
