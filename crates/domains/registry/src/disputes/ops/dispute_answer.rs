//! `dispute_confirm` and `dispute_send_back`: a second officer answers who wants the lower source's value.

use contracts::{Access, ports::Nation};
use store::{Tx, tx::Param};

use super::{dispute_read::look, dispute_settle::take, reason, settle, unchanged};
use crate::{
    RegistryError,
    disputes::{DisputeId, Proposal, sql},
};

/// The other value is written, with the reason of who proposed it.
pub async fn dispute_confirm(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    (id, version): (DisputeId, i32),
) -> Result<(), RegistryError> {
    let view = look(tx, access, nation, id).await?;
    unchanged(&view.dispute, version)?;
    let proposal = by_another(view.dispute.proposal.as_ref(), access)?;
    let why = proposal.reason.clone();
    // Somebody may have put the record right meanwhile.
    if view.agrees {
        return settle(tx, access, &view.dispute, "taken", why).await;
    }
    take(tx, access, nation, &view.dispute, why).await
}

/// It waits again for somebody who settles it.
pub async fn dispute_send_back(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    (id, version): (DisputeId, i32),
    why: &str,
) -> Result<(), RegistryError> {
    let view = look(tx, access, nation, id).await?;
    unchanged(&view.dispute, version)?;
    by_another(view.dispute.proposal.as_ref(), access)?;
    let why = reason(why)?;
    let params: Vec<Param> =
        vec![Box::new(id.person), Box::new(id.dispute), Box::new(version), Box::new(why)];
    tx.defer(sql::SEND_BACK, params);
    let entry = access.entry("registry.dispute_send_back").about(id.person);
    tx.audit(entry.fields([view.dispute.item.as_str()]).done());
    Ok(())
}

/// Four eyes: nobody answers their own.
fn by_another<'a>(proposal: Option<&'a Proposal>, access: &Access) -> Result<&'a Proposal, RegistryError> {
    let proposal = proposal.ok_or(RegistryError::CaseState)?;
    if proposal.by == access.actor.account { Err(RegistryError::CaseFourEyes) } else { Ok(proposal) }
}
