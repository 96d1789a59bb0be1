//! A person throws a draft away, with the files in it.

use contracts::{Actor, DossierId};
use store::Tx;

use crate::{
    DossierError, Status,
    moves::filing,
    policy::{self, Action},
    row, sql,
};

pub async fn draft_delete(tx: &mut Tx, actor: &Actor, id: DossierId) -> Result<(), DossierError> {
    let person = policy::own(actor, Action::Draft)?;
    let dossier = row::load_own(tx, person, id).await?;
    if dossier.status != Status::Draft {
        return Err(DossierError::WrongStatus(dossier.status));
    }
    tx.execute(sql::CHUNKS_DELETE_ALL, &[&person, &id]).await?;
    tx.execute(sql::ATTACHMENTS_DELETE, &[&person, &id]).await?;
    tx.change(sql::DRAFT_DELETE, &[&person, &id, &dossier.version]).await?;
    tx.execute(sql::LOCATOR_DELETE, &[&id]).await?;
    tx.execute(sql::DRAFT_LEAVE, &[&person, &id]).await?;
    tx.audit(filing(actor).entry("dossier.draft_delete").about(person).on("dossier", id.0).done());
    Ok(())
}
