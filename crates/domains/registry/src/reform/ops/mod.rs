//! What can be done with a reform, one operation a file, each in the transaction that it is given.
//!
//! Applying and undoing are begun once and then taken step by step ([`super::run`] does); both are an operator's. A mass
//! act leaves one audit entry and one event in bulk form; everybody's own record shows what it did to them.

mod batch;
mod follow;
mod homes;
mod reform_apply;
mod reform_counts;
mod reform_later;
mod reform_list;
mod reform_preview;
mod reform_settle;
mod reform_undecided;
mod reform_undo;

pub use super::rows::{Phase, Run, State};
pub use reform_apply::{reform_apply_begin, reform_apply_step};
pub use reform_counts::reform_counts;
pub use reform_later::{LaterOne, reform_later};
pub use reform_list::{Standing, reform_list};
pub use reform_preview::{Preview, PreviewUnit, reform_preview};
pub use reform_settle::{Settling, reform_settle};
pub use reform_undecided::{Waiting, reform_undecided};
pub use reform_undo::{reform_undo_begin, reform_undo_step};

use base::{FieldFault, PageRequest};
use contracts::{
    Access, Who,
    events::{UnitsReformed, emit},
};
use store::Tx;
use uuid::Uuid;

use super::{ReformError, rows};
use crate::{RegistryError, model::rules};

/// Mass acts are the operator's; officers settle single addresses.
fn operator(access: &Access) -> Result<(), ReformError> {
    match access.actor.who {
        Who::System => Ok(()),
        _ => Err(RegistryError::Forbidden.into()),
    }
}

/// Tells the log and everybody who keeps units of people that an act is complete.
fn announce(tx: &mut Tx, access: &Access, action: &'static str, run: &rows::Run, undone: bool) {
    tx.audit(access.entry(action).on("reform", run.id).fields(["residence"]).done());
    let people = u64::try_from(if undone { run.undone } else { run.moved }).unwrap_or(0);
    let at = tx.now();
    emit(
        tx,
        &UnitsReformed {
            reform: run.id,
            decree: run.reform.decree.clone(),
            on: run.day(),
            residences: people,
            undone,
            at,
        },
    );
}

/// Behind which person and row a page begins.
fn page_after(page: &PageRequest) -> Result<(Uuid, Uuid), RegistryError> {
    let Some(after) = &page.after else { return Ok((Uuid::nil(), Uuid::nil())) };
    let ids = after.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    ids.ok_or_else(|| RegistryError::Invalid(vec![FieldFault::new("after", rules::CURSOR)]))
}
