//! One file per operation, named resource first, verb last. The caller hands in the transaction and finishes it.
//!
//! Operations that move a dossier name the version they saw ([`Target`]) and may carry an idempotency key: a repeat
//! with the same key gets the first answer, a change in between is a conflict.

use base::vietnam_date;
use contracts::{Access, Actor, DossierId};
use forms::Service;
use jiff::civil::Date;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::sync::Arc;
use store::{StoreError, Tx, idempotency, idempotency::Seen};

use crate::{
    Dossier, DossierError, Dossiers, Status,
    moves::Moving,
    policy::{self, Action},
    row,
};

pub mod approve;
pub mod assign;
pub mod attachment;
pub mod consent_answer;
pub mod draft_delete;
pub mod draft_open;
pub mod draft_save;
pub mod forward;
pub mod inbox_procedures;
pub mod lists;
pub mod payment;
pub mod rate;
pub mod read;
pub mod receive;
pub mod refuse;
pub mod start;
pub mod stop;
pub mod submit;
pub mod supplement_answer;
pub mod supplement_request;
pub mod withdraw;

/// The dossier that an operation is about, as its caller last saw it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Target {
    pub dossier: DossierId,
    pub version: i32,
    /// Idempotency key of the caller's choice.
    #[serde(skip)]
    pub key: Option<String>,
}

/// What a caller learns after a move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub dossier: DossierId,
    pub version: i32,
    /// National status number, 0 for a draft.
    pub status: i16,
    pub code: Option<String>,
    pub due_on: Option<Date>,
}

impl From<&Dossier> for Moved {
    fn from(d: &Dossier) -> Self {
        Self {
            dossier: d.id,
            version: d.version,
            status: d.status.number(),
            code: d.code.clone(),
            due_on: d.due_on,
        }
    }
}

/// A request that carries an idempotency key.
pub(crate) struct Request {
    pub key: String,
    pub digest: Vec<u8>,
}

impl Request {
    pub fn new(
        key: Option<&str>,
        operation: &str,
        input: &impl Serialize,
    ) -> Result<Option<Self>, DossierError> {
        let Some(key) = key else { return Ok(None) };
        if key.is_empty() || key.len() > idempotency::KEY_BYTES_MAX {
            return Err(DossierError::KeyNeeded);
        }
        Ok(Some(Self { key: key.to_owned(), digest: idempotency::digest(operation, input) }))
    }

    /// Whether it was answered before; one without a key never was.
    pub async fn find<T: DeserializeOwned>(
        request: Option<&Self>,
        tx: &Tx,
        actor: &Actor,
    ) -> Result<Seen<T>, StoreError> {
        match request {
            Some(r) => idempotency::find(tx, actor.account.0, &r.key, &r.digest).await,
            None => Ok(Seen::New),
        }
    }
}

/// A dossier opened for a move.
pub(crate) struct Work {
    pub moving: Moving,
    request: Option<Request>,
    operation: &'static str,
}

pub(crate) enum Opened {
    /// The same request was answered before.
    Before(Moved),
    Now(Box<Work>),
}

/// Loads, authorises, and finds out whether this request was answered before: one round trip.
pub(crate) async fn open(
    tx: &Tx,
    actor: &Actor,
    target: &Target,
    action: Action,
    operation: &'static str,
    input: &impl Serialize,
) -> Result<Opened, DossierError> {
    let request = Request::new(target.key.as_deref(), operation, &(target, input))?;
    let dossier = async {
        if action.reads_content() {
            row::load(tx, target.dossier).await
        } else {
            row::load_bare(tx, target.dossier).await
        }
    };
    let (seen, dossier) = tokio::join!(Request::find(request.as_ref(), tx, actor), dossier);
    match seen? {
        Seen::Same(moved) => return Ok(Opened::Before(moved)),
        Seen::Other => return Err(DossierError::KeyReused),
        Seen::New => {}
    }
    let dossier = dossier?;
    policy::check(actor, action, &dossier)?;
    if dossier.version != target.version {
        return Err(DossierError::Changed);
    }
    Ok(Opened::Now(Box::new(Work { moving: Moving::of(dossier), request, operation })))
}

impl Work {
    /// Writes the move with the commit and remembers the answer under the key.
    pub fn close(self, tx: &mut Tx, access: &Access) -> Moved {
        let dossier = self.moving.write(tx, access, self.operation);
        let moved = Moved::from(&dossier);
        if let Some(Request { key, digest }) = self.request {
            idempotency::remember(tx, access.actor.account.0, &key, digest, &moved);
        }
        moved
    }

    pub fn dossier(&self) -> &Dossier {
        &self.moving.dossier
    }

    /// Refuses unless the dossier stands in one of these statuses.
    pub fn require(&self, statuses: &[Status]) -> Result<(), DossierError> {
        let at = self.moving.dossier.status;
        if statuses.contains(&at) { Ok(()) } else { Err(DossierError::WrongStatus(at)) }
    }
}

impl Dossiers {
    /// The definition to which a dossier is pinned.
    pub fn service_of(&self, dossier: &Dossier) -> Result<Arc<Service>, DossierError> {
        self.nation.pinned(&dossier.procedure, dossier.service_version).ok_or(DossierError::NotOnline)
    }
}

/// The civil day in Vietnam on which this transaction happens.
pub(crate) fn today(tx: &Tx) -> Date {
    vietnam_date(tx.now())
}

/// A text that somebody must write: not empty, not endless.
pub(crate) fn required_text(field: &str, text: &str) -> Result<String, DossierError> {
    let text = base::nfc(text);
    if text.is_empty() {
        return Err(DossierError::field(field, "forms.required"));
    }
    if text.chars().count() > base::limits::TEXT_CHARS_MAX {
        let fault = base::FieldFault::new(field, "forms.too_long").with("max", base::limits::TEXT_CHARS_MAX);
        return Err(DossierError::Invalid(vec![fault]));
    }
    Ok(text)
}
