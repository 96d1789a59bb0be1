//! What can be done about contradictions between sources, one operation a file.

mod dispute_answer;
mod dispute_list;
mod dispute_read;
mod dispute_settle;

pub use dispute_answer::{dispute_confirm, dispute_send_back};
pub use dispute_list::{DISPUTES_MAX, DisputeLine, dispute_list};
pub use dispute_read::{DisputeView, dispute_read};
pub use dispute_settle::{Choice, dispute_settle};

use contracts::{
    Access, Who,
    events::{RecordChanged, emit},
    ports::Nation,
};
use store::{Tx, tx::Param};

use super::{Dispute, DisputeId, policy, sql};
use crate::{RegistryError, model::rules};

/// A case of the officer's commune. Of another commune's nothing is said.
async fn open(
    tx: &Tx,
    access: &Access,
    nation: &dyn Nation,
    id: DisputeId,
) -> Result<Dispute, RegistryError> {
    let commune = policy::commune(access, nation)?;
    let row =
        tx.query_opt(sql::OPEN, &[&id.person, &id.dispute]).await?.ok_or(RegistryError::NoSuchDispute)?;
    let dispute = Dispute::read(&row)?;
    if dispute.commune.as_ref() == Some(&commune) { Ok(dispute) } else { Err(RegistryError::NoSuchDispute) }
}

/// As the officer saw it; somebody else was there first otherwise.
fn unchanged(dispute: &Dispute, version: i32) -> Result<(), RegistryError> {
    if dispute.version == version { Ok(()) } else { Err(RegistryError::CaseState) }
}

fn reason(raw: &str) -> Result<String, RegistryError> {
    rules::line(raw).map_err(|broken| RegistryError::Invalid(vec![broken.at("reason")]))
}

fn name(access: &Access) -> Option<String> {
    match &access.actor.who {
        Who::Staff { name, .. } => Some(name.clone()),
        Who::Citizen { .. } | Who::System => None,
    }
}

/// The case is closed, the mark goes with the last one, and the figures follow.
async fn settle(
    tx: &mut Tx,
    access: &Access,
    dispute: &Dispute,
    outcome: &'static str,
    why: String,
) -> Result<(), RegistryError> {
    let DisputeId { person, dispute: id } = dispute.id;
    let (now, account, name) = (tx.now(), access.actor.account, name(access));
    tx.query(sql::SETTLE, &[&person, &id, &dispute.version, &now, &outcome, &account, &name, &why]).await?;
    tx.execute(sql::PERSON_AGREED, &[&person]).await?;
    emit(tx, &RecordChanged { person, items: vec!["conflict".to_owned()], at: now });
    tx.audit(access.entry("registry.dispute_settle").about(person).fields([dispute.item.as_str()]).done());
    Ok(())
}

fn propose(tx: &mut Tx, access: &Access, dispute: &Dispute, why: String) {
    let DisputeId { person, dispute: id } = dispute.id;
    let params: Vec<Param> = vec![
        Box::new(person),
        Box::new(id),
        Box::new(dispute.version),
        Box::new(access.actor.account),
        Box::new(name(access)),
        Box::new(why),
        Box::new(tx.now()),
    ];
    tx.defer(sql::PROPOSE, params);
    tx.audit(access.entry("registry.dispute_propose").about(person).fields([dispute.item.as_str()]).done());
}
