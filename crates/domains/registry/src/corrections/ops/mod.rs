//! What can be done with requests for correction, one operation a file.

mod correction_answer;
mod correction_ask;
mod correction_decide;
mod correction_list;
mod correction_own;
mod correction_read;
mod correction_withdraw;

pub use correction_answer::{Answer, correction_answer};
pub use correction_ask::{Handed, NewCorrection, correction_ask};
pub(super) use correction_decide::late;
pub use correction_decide::{Decision, correction_decide};
pub use correction_list::{Asked, Line, Lines, correction_list};
pub use correction_own::correction_own;
pub use correction_read::{CorrectionView, correction_read};
pub use correction_withdraw::correction_withdraw;

use base::{FieldFault, Text, limits::TEXT_CHARS_MAX, nfc};
use contracts::{
    Access, PersonId, Who,
    events::{NoticeDue, emit},
};
use store::{StoreError, Tx, tx::Param};
use uuid::Uuid;

use super::{Correction, State, StepKind, sql};
use crate::{RegistryError, model::rules};

/// A request as the caller last saw it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    pub person: PersonId,
    pub id: Uuid,
    pub version: i32,
}

pub(super) async fn load(tx: &Tx, person: PersonId, id: Uuid) -> Result<Correction, RegistryError> {
    let row = tx.query_opt(sql::ONE, &[&person, &id]).await?.ok_or(RegistryError::NoSuchCorrection)?;
    Ok(Correction::read(&row)?)
}

/// Somebody else was there first otherwise.
fn unchanged(correction: &Correction, version: i32) -> Result<(), RegistryError> {
    if correction.version == version { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

/// A step of the timeline, told with the commit. A citizen needs no name in their own.
pub(super) fn told(tx: &mut Tx, access: &Access, c: &Correction, kind: StepKind, reason: Option<String>) {
    let name = match &access.actor.who {
        Who::Staff { name, .. } => Some(name.clone()),
        Who::Citizen { .. } | Who::System => None,
    };
    let params: Vec<Param> = vec![
        Box::new(c.person),
        Box::new(c.id),
        Box::new(tx.new_uuid()),
        Box::new(kind.as_str()),
        Box::new(access.actor.account),
        Box::new(name),
        Box::new(c.agency.clone()),
        Box::new(reason),
        Box::new(tx.now()),
    ];
    tx.defer(sql::STEP_INSERT, params);
}

/// The request gets another state, and whatever was proposed is gone.
fn settle(tx: &mut Tx, c: &Correction, state: State) {
    let decided_at = (!state.is_open()).then(|| tx.now());
    let params: Vec<Param> = vec![
        Box::new(c.person),
        Box::new(c.id),
        Box::new(c.version),
        Box::new(state.as_str()),
        Box::new(decided_at),
    ];
    tx.defer(sql::SETTLE, params);
}

pub(super) fn logged(tx: &mut Tx, access: &Access, action: &'static str, c: &Correction) {
    let entry = access.entry(action).about(c.person).on("correction", c.id);
    tx.audit(entry.fields([c.subject.key()]).done());
}

pub(super) fn notify(tx: &mut Tx, c: &Correction, title: Text) {
    let notice =
        NoticeDue { person: c.person, title, path: format!("/record/corrections/{}", c.id), at: tx.now() };
    emit(tx, &notice);
}

/// Words that somebody must write, in stored form.
fn words(field: &str, raw: &str, faults: &mut Vec<FieldFault>) -> String {
    let text = nfc(raw);
    match text.chars().count() {
        0 => faults.push(FieldFault::new(field, rules::REQUIRED)),
        n if n > TEXT_CHARS_MAX => {
            faults.push(FieldFault::new(field, rules::TOO_LONG).with("max", TEXT_CHARS_MAX));
        }
        _ => {}
    }
    text
}

/// A line that may be left out.
fn optional_line(field: &str, raw: Option<&str>, faults: &mut Vec<FieldFault>) -> Option<String> {
    let raw = raw.filter(|raw| !raw.trim().is_empty())?;
    rules::line(raw).map_err(|broken| faults.push(broken.at(field))).ok()
}
