//! The JSON API: thin handlers around the operations, under `/api/v1`.
//!
//! - [`citizen`]: services, own dossiers, consents, notices; [`files`]: attachments; [`office`]: the agency's side
//! - [`bodies`]: what comes in; [`views`]: what goes out; nothing of the model leaves as it is
//! - Every handler is begin → operation → finish → JSON ([`run`]); who may do what is for the operations to say.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts},
    http::request::Parts,
    routing::{delete, get, post, put},
};
use contracts::ports::Accounts;
use store::Store;
use utoipa::OpenApi;
use webkit::Problem;

use crate::{DossierError, Dossiers, ops::attachment::PIECE_BYTES_MAX};

pub mod bodies;
pub mod citizen;
pub mod files;
pub mod office;
pub mod views;

/// Everything that the handlers need.
pub struct Api {
    pub store: Store,
    pub dossiers: Dossiers,
    /// The officers to whom a head may give work.
    pub accounts: Arc<dyn Accounts>,
}

/// Runs an operation in a transaction of its own, and once more when somebody else was first: the second run finds the
/// first answer to the same key, or says what has changed. Gives the value; what goes wrong leaves the handler by `?`.
/// A read of several statements begins with `begin_snapshot`.
macro_rules! run {
    ($api:expr, |$tx:ident| $operation:expr) => {
        $crate::http::run!($api, begin, |$tx| $operation)
    };
    ($api:expr, $begin:ident, |$tx:ident| $operation:expr) => {{
        let mut again = true;
        loop {
            let mut transaction = $api.store.$begin().await?;
            let $tx = &mut transaction;
            let outcome: Result<_, $crate::DossierError> = $operation.await;
            match transaction.finish(outcome).await {
                Err($crate::DossierError::Store(store::StoreError::Conflict)) if again => again = false,
                outcome => break outcome?,
            }
        }
    }};
}
pub(crate) use run;

/// The header `Idempotency-Key`, where it was sent.
pub struct Key(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let key = value.to_str().map_err(|_| Problem::of(&DossierError::KeyNeeded))?;
        Ok(Self(Some(key.to_owned())))
    }
}

/// All routes of this domain.
pub fn router(api: Arc<Api>) -> Router {
    let pieces = Router::new()
        .route("/attachments/{id}/pieces", put(files::append))
        .layer(DefaultBodyLimit::max(PIECE_BYTES_MAX));
    let routes = Router::new()
        .route("/services/{procedure}/schema", get(citizen::schema))
        .route("/dossiers", get(citizen::list).post(citizen::open))
        .route("/dossiers/{id}", get(citizen::read).delete(citizen::delete))
        .route("/dossiers/{id}/answers", put(citizen::save))
        .route("/dossiers/{id}/submit", post(citizen::submit))
        .route("/dossiers/{id}/supplement-answer", post(citizen::supplement_answer))
        .route("/dossiers/{id}/withdraw", post(citizen::withdraw))
        .route("/dossiers/{id}/rate", post(citizen::rate))
        .route("/dossiers/{id}/attachments", post(files::start))
        .route("/dossiers/{id}/attachments/{attachment}", get(files::read))
        .route("/attachments/{id}", delete(files::delete))
        .route("/consents", get(citizen::consents))
        .route("/consents/{dossier}/{key}", post(citizen::consent_answer))
        .route("/notices", get(citizen::notices))
        .route("/notices/{id}/read", post(citizen::notice_read))
        .route("/office/inbox", get(office::inbox))
        .route("/office/figures", get(office::figures))
        .route("/office/workload", get(office::workload))
        .route("/office/alerts", get(office::alerts))
        .route("/office/dossiers/{code}", get(office::read))
        .route("/office/dossiers/{id}/receive", post(office::receive))
        .route("/office/dossiers/{id}/start", post(office::start))
        .route("/office/dossiers/{id}/assign", post(office::assign))
        .route("/office/dossiers/{id}/forward", post(office::forward))
        .route("/office/dossiers/{id}/supplement-request", post(office::supplement_request))
        .route("/office/dossiers/{id}/payment-request", post(office::payment_request))
        .route("/office/dossiers/{id}/payment-record", post(office::payment_record))
        .route("/office/dossiers/{id}/refusal-propose", post(office::refusal_propose))
        .route("/office/dossiers/{id}/refusal-confirm", post(office::refusal_confirm))
        .route("/office/dossiers/{id}/approve", post(office::approve))
        .route("/office/dossiers/{id}/stop", post(office::stop))
        .merge(pieces)
        .with_state(api);
    Router::new().nest("/api/v1", routes)
}

#[derive(OpenApi)]
#[openapi(paths(
    citizen::schema,
    citizen::list,
    citizen::open,
    citizen::read,
    citizen::delete,
    citizen::save,
    citizen::submit,
    citizen::supplement_answer,
    citizen::withdraw,
    citizen::rate,
    citizen::consents,
    citizen::consent_answer,
    citizen::notices,
    citizen::notice_read,
    files::start,
    files::append,
    files::read,
    files::delete,
    office::inbox,
    office::figures,
    office::workload,
    office::alerts,
    office::read,
    office::receive,
    office::start,
    office::assign,
    office::forward,
    office::supplement_request,
    office::payment_request,
    office::payment_record,
    office::refusal_propose,
    office::refusal_confirm,
    office::approve,
    office::stop,
))]
struct Document;

/// The description of this domain's routes, to be merged with those of the others.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
