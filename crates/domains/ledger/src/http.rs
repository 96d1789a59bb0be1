//! The log over HTTP, as C2SP tlog-tiles lays it out: open to anybody, made to be cached.
//!
//! `/checkpoint`, `/tile/<L>/<N>[.p/<W>]` and `/tile/entries/<N>[.p/<W>]`; mount it under the log's prefix. A narrower
//! tile than the stored one is its beginning, so every tree that was ever signed can still be fetched.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::get;
use store::{Store, StoreError, Tx};
use tlog::hash::HASH_BYTES;
use tlog::{Name, tile};

use crate::stored;

/// The head changes with every batch.
const CHECKPOINT_CACHE: &str = "public, max-age=1";
/// What was signed never changes.
const TILE_CACHE: &str = "public, max-age=31536000, immutable";
/// What is not there yet may be there soon.
const ABSENT_CACHE: &str = "no-store";

/// The routes of the log, to be nested under its prefix.
pub fn router(store: Store) -> Router {
    Router::new().route("/checkpoint", get(checkpoint)).route("/tile/{*name}", get(tile)).with_state(store)
}

async fn checkpoint(State(store): State<Store>) -> Response<Body> {
    let note = async {
        let tx = store.begin().await?;
        let head = stored::head(&tx).await;
        tx.finish(head).await
    };
    let note = note.await.map(|head| head.map(|head| head.note.into_bytes()));
    respond(note, "text/plain; charset=utf-8", CHECKPOINT_CACHE)
}

async fn tile(State(store): State<Store>, Path(name): Path<String>) -> Response<Body> {
    let data = match name.parse() {
        Ok(name) => fetch(&store, name).await,
        Err(tile::BadName) => Ok(None),
    };
    respond(data, "application/octet-stream", TILE_CACHE)
}

async fn fetch(store: &Store, name: Name) -> Result<Option<Vec<u8>>, StoreError> {
    let tx = store.begin().await?;
    let data = read(&tx, name).await;
    tx.finish(data).await
}

async fn read(tx: &Tx, name: Name) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(match name.kind {
        tile::Kind::Tile(id) => {
            let data = stored::tile_data(tx, id).await?;
            data.and_then(|data| data.get(..name.width * HASH_BYTES).map(<[u8]>::to_vec))
        }
        tile::Kind::Bundle(n) => {
            let data = stored::bundle_data(tx, n).await?;
            data.and_then(|data| tile::bundle_prefix(&data, name.width).map(<[u8]>::to_vec))
        }
    })
}

fn respond(
    found: Result<Option<Vec<u8>>, StoreError>,
    kind: &'static str,
    cache: &'static str,
) -> Response<Body> {
    let (status, kind, cache, body) = match found {
        Ok(Some(data)) => (StatusCode::OK, kind, cache, data),
        Ok(None) => {
            (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", ABSENT_CACHE, b"not found\n".to_vec())
        }
        Err(error) => {
            tracing::error!(%error, "the log could not be read");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "text/plain; charset=utf-8",
                ABSENT_CACHE,
                b"try again\n".to_vec(),
            )
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}
