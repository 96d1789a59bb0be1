//! `/register`: programs register relying parties with an initial token, and look after what they registered (RFC 7591, 7592).

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json as value;

use super::{REGISTER, caller::shown, json};
use crate::{
    ClientId, OpenId,
    ops::registration::{
        Denied, Registered, client_register, registration_end, registration_read, registration_update,
    },
    registration::Metadata,
};

#[derive(Serialize)]
struct Body {
    client_id: ClientId,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_access_token: Option<String>,
    registration_client_uri: String,
    #[serde(flatten)]
    metadata: Metadata,
}

pub async fn post(State(cx): State<OpenId>, headers: HeaderMap, body: Bytes) -> Response {
    let registered = async {
        let token = bearer(&headers)?;
        let metadata = Metadata::parse(&body)?;
        let mut tx = cx.store.begin().await?;
        let registered = client_register(&cx, &mut tx, token, &metadata).await;
        tx.finish(registered).await
    };
    match registered.await {
        Ok(registered) => {
            served(&cx).await;
            answer(&cx, StatusCode::CREATED, registered)
        }
        Err(denied) => refused(&denied),
    }
}

pub async fn get(State(cx): State<OpenId>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let read = async {
        let token = bearer(&headers)?;
        let mut tx = cx.store.begin().await?;
        let read = registration_read(&mut tx, &id, token).await;
        tx.finish(read).await
    };
    match read.await {
        Ok(registered) => answer(&cx, StatusCode::OK, registered),
        Err(denied) => refused(&denied),
    }
}

pub async fn put(
    State(cx): State<OpenId>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let updated = async {
        let token = bearer(&headers)?;
        let metadata = Metadata::parse(&body)?;
        let mut tx = cx.store.begin().await?;
        let updated = registration_update(&cx, &mut tx, &id, token, &metadata).await;
        tx.finish(updated).await
    };
    match updated.await {
        Ok(registered) => {
            served(&cx).await;
            answer(&cx, StatusCode::OK, registered)
        }
        Err(denied) => refused(&denied),
    }
}

pub async fn delete(State(cx): State<OpenId>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let ended = async {
        let token = bearer(&headers)?;
        let mut tx = cx.store.begin().await?;
        let ended = registration_end(&mut tx, &id, token).await;
        tx.finish(ended).await
    };
    match ended.await {
        Ok(()) => {
            served(&cx).await;
            StatusCode::NO_CONTENT.into_response()
        }
        Err(denied) => refused(&denied),
    }
}

/// Here at once, elsewhere within a second.
async fn served(cx: &OpenId) {
    if let Err(error) = cx.refresh_clients().await {
        tracing::warn!(%error, "a registered relying party is served later");
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Denied> {
    shown(headers).filter(|(scheme, _)| scheme == "bearer").map(|(_, text)| text).ok_or(Denied::Token)
}

fn answer(cx: &OpenId, status: StatusCode, registered: Registered) -> Response {
    let Registered { client, metadata, token, secret, registered_at } = registered;
    let (client_secret, ends) = secret.unzip();
    let body = Body {
        client_id: client,
        client_id_issued_at: registered_at.as_second(),
        client_secret,
        client_secret_expires_at: ends.map(Timestamp::as_second),
        registration_access_token: token,
        registration_client_uri: cx.url(&format!("{REGISTER}/{client}")),
        metadata,
    };
    json(status, &body)
}

fn refused(denied: &Denied) -> Response {
    let said = |status, error: &str| {
        json(status, &value!({ "error": error, "error_description": denied.to_string() }))
    };
    match denied {
        Denied::Token => {
            let mut response = said(StatusCode::UNAUTHORIZED, "invalid_token");
            let how = HeaderValue::from_static("Bearer realm=\"openid\", error=\"invalid_token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, how);
            response
        }
        Denied::Unfit(unfit) => said(StatusCode::BAD_REQUEST, unfit.error()),
        Denied::Store(error) => {
            tracing::warn!(%error, "a registration could not be handled");
            said(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
        }
        Denied::Bug => said(StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
    }
}
