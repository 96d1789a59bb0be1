//! A person begins a dossier.

use contracts::{Actor, DossierId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{RowExt, Tx, idempotency, idempotency::Seen};

use crate::{
    Dossier, DossierError, Dossiers,
    moves::filing,
    ops::{Request, today},
    policy::{self, Action},
    sql, sweep,
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
    draft_open_once(cx, tx, actor, procedure, None).await
}

/// What is remembered of a draft: enough to give the same first answer.
#[derive(Serialize, Deserialize)]
struct Begun {
    id: DossierId,
    service_version: u32,
    at: Timestamp,
}

/// The same under an idempotency key: a repeat gets the draft that it opened first, as it was then.
pub async fn draft_open_once(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    procedure: &str,
    key: Option<&str>,
) -> Result<Dossier, DossierError> {
    let person = policy::own(actor, Action::Draft)?;
    let request = Request::new(key, "dossier.draft_open", &procedure)?;
    let drafts = async { tx.query_one(sql::DRAFT_COUNT, &[&person]).await?.col::<i64>("count") };
    let (seen, drafts) = tokio::join!(Request::find(request.as_ref(), tx, actor), drafts);
    match seen? {
        Seen::Same(Begun { id, service_version, at }) => {
            return Ok(Dossier::draft(person, id, procedure, service_version, at));
        }
        Seen::Other => return Err(DossierError::KeyReused),
        Seen::New => {}
    }
    let service = cx.nation.service(procedure, today(tx)).ok_or(DossierError::NotOnline)?;
    if drafts? >= DRAFTS_MAX {
        return Err(DossierError::DraftsTooMany { max: DRAFTS_MAX });
    }
    let (id, now) = (DossierId(tx.new_uuid()), tx.now());
    let dossier = Dossier::draft(person, id, procedure, service.version, now);
    tx.defer(sql::DOSSIER_INSERT, dossier.insert_params());
    tx.defer(sql::LOCATOR_INSERT, vec![Box::new(id), Box::new(person)]);
    let check_at = now + sweep::DRAFT_KEPT;
    tx.defer(sql::DRAFT_INSERT, vec![Box::new(person), Box::new(id), Box::new(check_at)]);
    tx.audit(filing(actor).entry("dossier.draft_open").about(person).on("dossier", id.0).done());
    if let Some(Request { key, digest }) = request {
        let begun = Begun { id, service_version: service.version, at: now };
        idempotency::remember(tx, actor.account.0, &key, digest, &begun);
    }
    Ok(dossier)
}
