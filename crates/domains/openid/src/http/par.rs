//! `/par`: pushed authorization requests (RFC 9126).

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use serde::Serialize;
use webkit::{ClientAddress, ClientCertificate};

use super::{
    PAR,
    door::{Came, Entered},
    json, refused, with_nonce,
};
use crate::{
    OpenId, Reason, Refusal,
    limits::PUSHED_LIFE,
    ops::request_push::{read_request, request_push},
    watching::Endpoint,
};

#[derive(Serialize)]
struct Pushed {
    request_uri: String,
    expires_in: i64,
}

pub async fn par(
    State(cx): State<OpenId>,
    headers: HeaderMap,
    uri: Uri,
    address: Option<Extension<ClientAddress>>,
    certificate: Option<Extension<ClientCertificate>>,
    body: Bytes,
) -> Response {
    let came = Came { headers, uri, address, certificate, body };
    let mut entered = match came.enter(&cx, Endpoint::Par).await {
        Ok(entered) => entered,
        Err(answer) => return answer,
    };
    match push(&cx, &came, &mut entered).await {
        Ok(request_uri) => {
            let body = Pushed { request_uri, expires_in: PUSHED_LIFE.as_secs() };
            with_nonce(&cx, json(StatusCode::CREATED, &body))
        }
        Err(refusal) => refused(&cx, Endpoint::Par, Some(&entered.client), &refusal),
    }
}

async fn push(cx: &OpenId, came: &Came, entered: &mut Entered) -> Result<String, Refusal> {
    if entered.params.has("request_uri") {
        return Err(Reason::RequestUriPushed.into());
    }
    entered.signed_with(cx, &["request"]).await;
    let proof = entered.proof(cx, &came.headers, PAR)?;
    let key = proof.map(|p| p.key);
    let read = read_request(cx, &entered.client, &entered.params, key, entered.now);
    let (request, once) = read.map_err(|unread| unread.refusal)?;
    entered.once.extend(once);
    entered.is_new(cx).await?;
    request_push(cx, &entered.client, &request).await
}
