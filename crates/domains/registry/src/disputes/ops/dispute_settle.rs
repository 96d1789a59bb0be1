//! `dispute_settle`: an officer keeps what the record says, or takes what the other source says. Where the order of sources
//! stands against that, taking is a proposal that a second officer answers.

use contracts::{Access, ports::Nation};
use store::Tx;

use super::{dispute_read::look, propose, reason, settle, unchanged};
use crate::{
    RegistryError,
    disputes::{Dispute, DisputeId},
    model::Source,
    ops::{ItemCorrection, item_correct},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The record is right.
    Keep,
    /// The other source is.
    Take,
}

/// Answers whether it is settled; otherwise it waits for a second officer.
pub async fn dispute_settle(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    (id, version): (DisputeId, i32),
    choice: Choice,
    why: &str,
) -> Result<bool, RegistryError> {
    let view = look(tx, access, nation, id).await?;
    unchanged(&view.dispute, version)?;
    if view.dispute.proposal.is_some() {
        return Err(RegistryError::CaseState);
    }
    let why = reason(why)?;
    match choice {
        Choice::Keep => settle(tx, access, &view.dispute, "kept", why).await?,
        Choice::Take if view.agrees => settle(tx, access, &view.dispute, "taken", why).await?,
        Choice::Take if view.dispute.correctable().is_none() => return Err(RegistryError::DisputeActFirst),
        Choice::Take if view.two => {
            propose(tx, access, &view.dispute, why);
            return Ok(false);
        }
        Choice::Take => take(tx, access, nation, &view.dispute, why).await?,
    }
    Ok(true)
}

/// Writes the other value as a correction by its source, and closes the case.
pub(super) async fn take(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    dispute: &Dispute,
    why: String,
) -> Result<(), RegistryError> {
    let item = dispute.correctable().ok_or(RegistryError::DisputeActFirst)?;
    let source = Source::parse(&dispute.source).ok_or(RegistryError::DisputeActFirst)?;
    let correction = ItemCorrection {
        person: dispute.id.person,
        item,
        value: Some(dispute.value.clone()),
        since: None,
        reason: why.clone(),
        document: None,
        source,
    };
    item_correct(tx, access, nation, &correction).await?;
    settle(tx, access, dispute, "taken", why).await
}
