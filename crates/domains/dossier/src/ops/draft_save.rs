//! What a person wrote so far is kept, right or wrong: nothing typed is lost. It is checked when the dossier is sent.

use base::FieldFault;
use contracts::{Actor, DossierId};
use forms::Answers;
use store::Tx;

use crate::{
    Dossier, DossierError, Dossiers, Status,
    moves::filing,
    ops::today,
    policy::{self, Action},
    row, sql,
};

/// Largest answers of one dossier, in bytes of JSON.
pub const ANSWERS_BYTES_MAX: usize = 128 * 1024;

/// Keeps the answers of one page, or all answers where `page` is none. Allowed while it is a draft, and while a
/// supplement is asked for. The last save wins: the same person writes in one place at a time.
pub async fn draft_save(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    id: DossierId,
    page: Option<&str>,
    answers: Answers,
) -> Result<Dossier, DossierError> {
    let person = policy::own(actor, Action::Draft)?;
    let mut dossier = row::load_own(tx, person, id).await?;
    if !matches!(dossier.status, Status::Draft | Status::SupplementRequested) {
        return Err(DossierError::WrongStatus(dossier.status));
    }
    let service = match dossier.status {
        Status::Draft => cx.nation.service(&dossier.procedure, today(tx)).ok_or(DossierError::NotOnline)?,
        _ => cx.service_of(&dossier)?,
    };
    match page {
        Some(key) => {
            let page = service.page(key).ok_or(DossierError::NotFound)?;
            dossier.answers.replace_page(page, answers);
        }
        None => dossier.answers = answers,
    }
    let size = serde_json::to_vec(&dossier.answers).map_or(usize::MAX, |json| json.len());
    if size > ANSWERS_BYTES_MAX {
        let fault = FieldFault::new("", "forms.too_long").with("max", ANSWERS_BYTES_MAX);
        return Err(DossierError::Invalid(vec![fault]));
    }
    let read_version = dossier.version;
    dossier.service_version = service.version;
    dossier.updated_at = tx.now();
    tx.defer(sql::DOSSIER_UPDATE, dossier.update_params(read_version));
    tx.audit(filing(actor).entry("dossier.draft_save").about(person).on("dossier", id.0).done());
    Ok(dossier)
}
