//! `/device_authorization`: a screen without a browser begins a sign-in (RFC 8628 section 3.1).

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use serde::Serialize;
use webkit::{ClientAddress, ClientCertificate};

use super::{door::Came, json, refused};
use crate::{
    OpenId,
    limits::{DEVICE_LIFE, POLL_SECONDS},
    ops::device::device_begin,
    watching::Endpoint,
};

/// The page where a person types the code: `sites/consent`.
const PAGE: &str = "/device";

#[derive(Serialize)]
struct Body {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: i64,
    interval: i32,
}

pub async fn post(
    State(cx): State<OpenId>,
    headers: HeaderMap,
    uri: Uri,
    address: Option<Extension<ClientAddress>>,
    certificate: Option<Extension<ClientCertificate>>,
    body: Bytes,
) -> Response {
    let came = Came { headers, uri, address, certificate, body };
    let mut entered = match came.enter(&cx, Endpoint::Device).await {
        Ok(entered) => entered,
        Err(answer) => return answer,
    };
    let begun = async {
        entered.is_new(&cx).await?;
        device_begin(&cx, &entered.client, &entered.params).await
    };
    match begun.await {
        Ok(begun) => {
            let page = cx.url(PAGE);
            let body = Body {
                verification_uri_complete: format!("{page}?user_code={}", begun.user_code),
                verification_uri: page,
                device_code: begun.device_code,
                user_code: begun.user_code.to_string(),
                expires_in: DEVICE_LIFE.as_secs(),
                interval: POLL_SECONDS,
            };
            json(StatusCode::OK, &body)
        }
        Err(refusal) => refused(&cx, Endpoint::Device, Some(&entered.client), &refusal),
    }
}
