//! `/bc-authorize`: a call centre or a counter asks a person elsewhere (CIBA Core section 7).

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
    limits::POLL_SECONDS,
    ops::ciba::{ciba_begin, ciba_request},
    watching::Endpoint,
};

#[derive(Serialize)]
struct Body {
    auth_req_id: String,
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
    let mut entered = match came.enter(&cx, Endpoint::Ciba).await {
        Ok(entered) => entered,
        Err(answer) => return answer,
    };
    let begun = async {
        entered.signed_with(&cx, &["request"]).await;
        let (params, once) = ciba_request(&cx, &entered.client, &entered.params, entered.now)?;
        entered.once.extend(once);
        entered.is_new(&cx).await?;
        entered.params = params;
        entered.signed_with(&cx, &["login_hint_token"]).await;
        ciba_begin(&cx, &entered.client, &entered.params).await
    };
    match begun.await {
        Ok(begun) => {
            let body = Body {
                auth_req_id: begun.auth_req_id,
                expires_in: begun.expires_in_s,
                interval: POLL_SECONDS,
            };
            json(StatusCode::OK, &body)
        }
        Err(refusal) => refused(&cx, Endpoint::Ciba, Some(&entered.client), &refusal),
    }
}
