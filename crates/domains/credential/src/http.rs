//! The public API of documents: is this paper real, the signed statement, the keys. The file is for its owner.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    routing::get,
};
use base::PageRequest;
use contracts::{Access, Actor, Caller, DocumentId, Purpose, Who, actor::NotSignedIn};
use serde::{Deserialize, Serialize};
use store::Store;
use utoipa::{IntoParams, OpenApi, ToSchema};
use webkit::{Path, Problem, Query};

use crate::{
    CredentialError, Document, FileHash, SigningKeys, Verification,
    ops::{
        document_file::document_file,
        document_verify::{document_jws, document_verify},
        documents_list::documents_list,
        keys::{Jwks, jwks},
    },
    short_id,
};

/// Verifiers may keep the keys for this long; the next key is published a rotation ahead.
const KEYS_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// What was signed never changes.
const JWS_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=86400");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-store");

/// The routes of this domain, to be merged at the root.
pub fn router(store: Store, signing: Arc<SigningKeys>) -> Router {
    Router::new()
        .route("/api/v1/documents", get(list))
        .route("/api/v1/documents/{id}/verification", get(verification))
        .route("/api/v1/documents/{id}/jws", get(jws))
        .route("/api/v1/documents/{id}/file", get(file))
        .route("/keys/jwks.json", get(keys))
        .with_state(store)
        .layer(Extension(signing))
}

#[derive(OpenApi)]
#[openapi(
    paths(verification, jws, keys, list, file),
    tags((name = "documents", description = "Issued documents: what they are worth, and one's own"))
)]
struct Description;

/// The description of this domain's routes, to be merged with those of the others.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

#[derive(Deserialize, IntoParams)]
struct FileQuestion {
    /// SHA-256 of a file that is said to be the document, 64 hexadecimal digits. The file itself stays where it is.
    sha256: Option<String>,
}

/// Is this paper real? Open to everybody; names nobody.
#[utoipa::path(get, path = "/api/v1/documents/{id}/verification", tag = "documents",
    params(("id" = String, Path, description = "Id of the document, short or as UUID"), FileQuestion),
    responses((status = 200, description = "How the document stands; also when there is none", body = Verification)))]
async fn verification(
    State(store): State<Store>,
    Path(id): Path<String>,
    Extension(keys): Extension<Arc<SigningKeys>>,
    Query(question): Query<FileQuestion>,
) -> Result<([(HeaderName, HeaderValue); 1], Json<Verification>), Problem> {
    let id = read_id(&id)?;
    let hash = question
        .sha256
        .map(|text| FileHash::parse(&text).ok_or(CredentialError::field("sha256", "credential.sha256_shape")))
        .transpose()?;
    let tx = store.begin().await?;
    let outcome = document_verify(&keys, &tx, id, hash).await;
    let verification = tx.finish(outcome).await?;
    Ok(([(header::CACHE_CONTROL, NO_CACHE)], Json(verification)))
}

/// The signed statement of a document (compact JWS, ES256), to be checked anywhere.
#[utoipa::path(get, path = "/api/v1/documents/{id}/jws", tag = "documents",
    params(("id" = String, Path, description = "Id of the document, short or as UUID")),
    responses((status = 200, description = "The signed statement", body = String, content_type = "application/jose"),
        (status = 404, description = "There is no such document")))]
async fn jws(
    State(store): State<Store>,
    Path(id): Path<String>,
) -> Result<([(HeaderName, HeaderValue); 2], String), Problem> {
    let id = read_id(&id)?;
    let tx = store.begin().await?;
    let outcome = document_jws(&tx, id).await;
    let jws = tx.finish(outcome).await?;
    let kind = HeaderValue::from_static("application/jose");
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, JWS_CACHE)], jws))
}

/// The public keys (RFC 7517) with which documents are checked.
#[utoipa::path(get, path = "/keys/jwks.json", tag = "documents",
    responses((status = 200, description = "The keys", body = Jwks, content_type = "application/jwk-set+json")))]
async fn keys(
    State(store): State<Store>,
    Extension(keys): Extension<Arc<SigningKeys>>,
) -> Result<([(HeaderName, HeaderValue); 2], Json<Jwks>), Problem> {
    let tx = store.begin().await?;
    let outcome = jwks(&keys, &tx).await;
    let keys = tx.finish(outcome).await?;
    let kind = HeaderValue::from_static("application/jwk-set+json");
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, KEYS_CACHE)], Json(keys)))
}

/// One page of documents.
#[derive(Serialize, ToSchema)]
struct DocumentPage {
    items: Vec<Document>,
    /// Give it as `after` to get the next page.
    next: Option<String>,
}

/// The caller's own documents, newest first.
#[utoipa::path(get, path = "/api/v1/documents", tag = "documents",
    params(("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u32>, Query, description = "At most 100")),
    responses((status = 200, description = "One page of documents", body = DocumentPage), (status = 401, description = "Not signed in")))]
async fn list(
    State(store): State<Store>,
    caller: Option<Extension<Caller>>,
    Query(page): Query<PageRequest>,
) -> Result<([(HeaderName, HeaderValue); 1], Json<DocumentPage>), Problem> {
    let access = access(caller)?;
    let mut tx = store.begin().await?;
    let outcome = documents_list(&mut tx, &access, &page).await;
    let page = tx.finish(outcome).await?;
    let page = DocumentPage { items: page.items, next: page.next };
    Ok(([(header::CACHE_CONTROL, NO_CACHE)], Json(page)))
}

/// The PDF, for its owner and for officers of the issuing agency.
#[utoipa::path(get, path = "/api/v1/documents/{id}/file", tag = "documents",
    params(("id" = String, Path, description = "Id of the document, short or as UUID")),
    responses((status = 200, description = "The PDF", content_type = "application/pdf"),
        (status = 401, description = "Not signed in"), (status = 404, description = "No such document for the caller")))]
async fn file(
    State(store): State<Store>,
    Extension(keys): Extension<Arc<SigningKeys>>,
    caller: Option<Extension<Caller>>,
    Path(id): Path<String>,
) -> Result<(HeaderMap, Vec<u8>), Problem> {
    let access = access(caller)?;
    let id = read_id(&id)?;
    let mut tx = store.begin().await?;
    let outcome = document_file(&keys, &mut tx, &access, id).await;
    let (document, pdf) = tx.finish(outcome).await?;
    let name = format!("attachment; filename=\"{}-{}.pdf\"", document.kind.as_str(), short_id::short(id));
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(header::CACHE_CONTROL, NO_CACHE);
    // Letters of our own choice always make a header.
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(name).map_err(|_| Problem::bug())?);
    Ok((headers, pdf))
}

fn read_id(text: &str) -> Result<DocumentId, CredentialError> {
    short_id::parse(text).ok_or(CredentialError::NotFound)
}

/// A person looks at what is theirs; an officer at what the agency issued.
fn access(caller: Option<Extension<Caller>>) -> Result<Access, NotSignedIn> {
    let Extension(Caller(actor)) = caller.ok_or(NotSignedIn)?;
    let purpose = purpose_of(&actor);
    Ok(Access::new(&actor, purpose))
}

fn purpose_of(actor: &Actor) -> Purpose {
    match actor.who {
        Who::Citizen { .. } => Purpose::OWN_RECORD,
        Who::Staff { .. } | Who::System => Purpose::DECIDE_DOSSIER,
    }
}
