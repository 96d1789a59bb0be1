//! What can be done about duplicates, one operation a file: ask, notice, read, propose, confirm or refuse, merge, undo.

mod case_answer;
mod case_list;
mod case_notice;
mod case_propose;
mod case_read;
mod case_reopen;
mod merge_undo;
mod merging;
mod notice;
mod person_is_here;
mod person_resolve;
mod persons_compare;

pub use case_answer::{case_confirm, case_refuse};
pub use case_list::{Asked, CASES_MAX, CaseLine, Cases, case_list};
pub use case_notice::{OpenCase, case_notice};
pub use case_propose::case_propose;
pub use case_read::{CaseView, case_read};
pub use case_reopen::case_reopen;
pub use merge_undo::merge_undo;
pub use merging::Preview;
pub use notice::{notice, notice_birth};
pub use person_is_here::{Candidate, person_is_here};
pub(crate) use person_is_here::{Incoming, person_facts_of, weighed, weighed_many};
pub use person_resolve::{person_resolve, person_resolve_then};
pub use persons_compare::{Compared, persons_compare};

use contracts::Access;
use store::{Tx, tx::Param};
use uuid::Uuid;

use super::{
    case::{Case, CaseId, StepKind},
    sql,
};
use crate::{RegistryError, model::rules};

/// A step of a case, told with the commit.
fn told(tx: &mut Tx, access: &Access, id: CaseId, kind: StepKind, reason: Option<String>) {
    let staff = access.actor.staff();
    let name = match &access.actor.who {
        contracts::Who::Staff { name, .. } => Some(name.clone()),
        contracts::Who::Citizen { .. } | contracts::Who::System => None,
    };
    let step: Uuid = tx.new_uuid();
    let params: Vec<Param> = vec![
        Box::new(id.person),
        Box::new(id.other),
        Box::new(step),
        Box::new(kind.as_str()),
        Box::new(access.actor.account),
        Box::new(name),
        Box::new(staff.map(|(agency, _)| agency.clone())),
        Box::new(reason),
        Box::new(tx.now()),
    ];
    tx.defer(sql::STEP_INSERT, params);
}

async fn case(tx: &Tx, id: CaseId) -> Result<Case, RegistryError> {
    let row = tx.query_opt(sql::CASE, &[&id.person, &id.other]).await?.ok_or(RegistryError::NoSuchCase)?;
    Ok(Case::read(&row)?)
}

/// The case as the officer saw it; somebody else was there first otherwise.
fn unchanged(case: &Case, version: i32) -> Result<(), RegistryError> {
    if case.version == version { Ok(()) } else { Err(store::StoreError::Conflict.into()) }
}

/// A reason in stored form: nothing is settled without one.
fn reason(raw: &str) -> Result<String, RegistryError> {
    rules::line(raw).map_err(|broken| RegistryError::Invalid(vec![broken.at("reason")]))
}

/// Both persons see that their records were looked at or changed.
fn logged(tx: &mut Tx, access: &Access, action: &'static str, id: CaseId, fields: &[&str]) {
    for person in id.both() {
        tx.audit(access.entry(action).about(person).fields(fields.iter().copied()).done());
    }
}

/// The record gets the state that a settled or reopened case has.
fn settled(id: CaseId, version: i32, state: super::State, merge: Option<&super::case::Merge>) -> Vec<Param> {
    let touched = merge.map(|m| m.touched.iter().map(|p| p.0).collect::<Vec<Uuid>>());
    vec![
        Box::new(id.person),
        Box::new(id.other),
        Box::new(version),
        Box::new(state.as_str()),
        Box::new(merge.map(|m| m.event)),
        Box::new(merge.map(|m| m.at)),
        Box::new(merge.map(|m| m.given)),
        Box::new(touched),
    ]
}
