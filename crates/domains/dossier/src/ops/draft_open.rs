//! A person begins a dossier.

use contracts::{Actor, DossierId};
use store::{RowExt, Tx};

use crate::{
    Dossier, DossierError, Dossiers,
    moves::filing,
    ops::today,
    policy::{self, Action},
    sql,
};

/// Drafts that one person may have at a time.
pub const DRAFTS_MAX: i64 = 20;

/// Opens a draft of a procedure that is online today.
pub async fn draft_open(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    procedure: &str,
) -> Result<Dossier, DossierError> {
    let person = policy::own(actor, Action::Draft)?;
    let service = cx.nation.service(procedure, today(tx)).ok_or(DossierError::NotOnline)?;
    let drafts: i64 = tx.query_one(sql::DRAFT_COUNT, &[&person]).await?.col("count")?;
    if drafts >= DRAFTS_MAX {
        return Err(DossierError::DraftsTooMany { max: DRAFTS_MAX });
    }
    let id = DossierId(tx.new_uuid());
    let dossier = Dossier::draft(person, id, procedure, service.version, tx.now());
    tx.defer(sql::DOSSIER_INSERT, dossier.insert_params());
    tx.defer(sql::LOCATOR_INSERT, vec![Box::new(id), Box::new(person)]);
    tx.audit(filing(actor).entry("dossier.draft_open").about(person).on("dossier", id.0).done());
    Ok(dossier)
}
