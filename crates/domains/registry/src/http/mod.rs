//! The API of agencies, under `/api/v1`. Numbers travel in the body, never in an address.
//!
//! - [`facts`]: a person's facts by number, and search by name; [`history`]: a person, a household and a commune as of a
//!   day, as it was known at a moment; [`acts`]: the acts of a life; [`corrections`]: what a
//!   person says is wrong.
//! - The caller is whom the session or token layer found; the operations say who may do what. Every question names its
//!   purpose, and everybody shown sees it in their log.

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use base::PersonalNumber;
use contracts::{Access, PersonId, Purpose, ports::Nation};
use store::{Store, Tx};
use utoipa::OpenApi;

use crate::{
    RegistryError,
    model::rules::{self, Broken},
    ops::person_by_number,
    policy::LOOK_UP_PURPOSES,
};

mod acts;
mod corrections;
mod facts;
mod history;
mod reform;

/// What the handlers need.
struct Api {
    store: Store,
    nation: Arc<dyn Nation>,
}

pub fn router(store: Store, nation: Arc<dyn Nation>) -> Router {
    Router::new()
        .route("/api/v1/persons/lookup", post(facts::lookup))
        .route("/api/v1/persons/search", post(facts::search))
        .route("/api/v1/persons/as-of", post(history::person))
        .route("/api/v1/persons/acts", post(acts::act))
        .route("/api/v1/households/as-of", post(history::household))
        .route("/api/v1/communes/as-of", post(history::commune))
        .route("/api/v1/corrections", get(corrections::list).post(corrections::ask))
        .route("/api/v1/corrections/own", get(corrections::own))
        .route("/api/v1/corrections/{person}/{id}", get(corrections::read))
        .route("/api/v1/corrections/{person}/{id}/withdraw", post(corrections::withdraw))
        .route("/api/v1/corrections/{person}/{id}/decide", post(corrections::decide))
        .route("/api/v1/corrections/{person}/{id}/answer", post(corrections::answer))
        .route("/api/v1/communes/counts", get(reform::counts))
        .route("/api/v1/reforms/undecided", post(reform::undecided))
        .route("/api/v1/reforms/settle", post(reform::settle))
        .with_state(Arc::new(Api { store, nation }))
}

#[derive(OpenApi)]
#[openapi(
    paths(reform::counts, reform::undecided, reform::settle, facts::lookup, facts::search, history::person, history::household, history::commune, acts::act, corrections::ask,
        corrections::own, corrections::list, corrections::read, corrections::withdraw, corrections::decide,
        corrections::answer),
    tags((name = "persons", description = "The population record, for agencies"))
)]
struct Document;

/// The description of this domain's routes, to be merged with those of the others.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

fn fault(field: &str, code: &'static str) -> RegistryError {
    RegistryError::Invalid(vec![Broken::new(code).at(field)])
}

fn purpose(code: &str) -> Result<Purpose, RegistryError> {
    LOOK_UP_PURPOSES.into_iter().find(|p| p.code == code).ok_or(RegistryError::PurposeNotAllowed)
}

/// The holder of a number that a field of the body names.
async fn person_of(tx: &mut Tx, access: &Access, field: &str, raw: &str) -> Result<PersonId, RegistryError> {
    let number = raw.parse::<PersonalNumber>().map_err(|_| fault(field, rules::NUMBER_SHAPE))?;
    let found = person_by_number(tx, access, &number).await?;
    found.ok_or_else(|| fault(field, rules::NUMBER_UNKNOWN))
}
