//! `/introspect`: a client asks what an access token is (RFC 7662), and gets it signed where it wants that (RFC 9701).
//!
//! Asked about is answered only to whom the token was given or is meant for; to all others it is not active, like one that
//! never was.

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use webkit::{ClientAddress, ClientCertificate};

use super::{
    bytes,
    door::{Came, Entered},
    refused,
};
use crate::{
    OpenId, Reason, Refusal,
    clients::Served,
    model::{ClientId, SigningAlg},
    token::{AccessToken, Confirmation},
    watching::{Endpoint, Usage},
};

const SIGNED: &str = "application/token-introspection+jwt";
const SIGNED_TYPE: &str = "token-introspection+jwt";
const INACTIVE: &str = r#"{"active":false}"#;

pub async fn introspect(
    State(cx): State<OpenId>,
    headers: HeaderMap,
    uri: Uri,
    address: Option<Extension<ClientAddress>>,
    certificate: Option<Extension<ClientCertificate>>,
    body: Bytes,
) -> Response {
    let came = Came { headers, uri, address, certificate, body };
    let mut entered = match came.enter(&cx, Endpoint::Introspect).await {
        Ok(entered) => entered,
        Err(answer) => return answer,
    };
    match tell(&cx, &came, &mut entered).await {
        Ok(answer) => {
            cx.watching.used(entered.client.id, Usage::Introspection, entered.now);
            answer
        }
        Err(refusal) => refused(&cx, Endpoint::Introspect, Some(&entered.client), &refusal),
    }
}

async fn tell(cx: &OpenId, came: &Came, entered: &mut Entered) -> Result<Response, Refusal> {
    entered.is_new(cx).await?;
    let token = entered.params.need("token")?;
    let body = match cx.read_access(token, entered.now).await {
        Ok((token, _)) if concerns(&token, &entered.client, cx) => {
            token.introspection.get_or_init(|| answer(cx, &token)).clone()
        }
        Err(refusal) if refusal.reason() == Reason::Unavailable => return Err(refusal),
        Ok(_) | Err(_) => Bytes::from_static(INACTIVE.as_bytes()),
    };
    let accepts = came.headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    if !entered.client.settings.messages.introspection && !accepts.contains(SIGNED) {
        return Ok(bytes(StatusCode::OK, body));
    }
    let claims = Signed {
        iss: &cx.settings.issuer,
        aud: entered.client.id,
        iat: entered.now.as_second(),
        token_introspection: serde_json::from_slice(&body).map_err(|_| Reason::Bug)?,
    };
    let signed = cx.keys.sign(SigningAlg::Es256, Some(SIGNED_TYPE), &claims).await;
    let signed = signed.map_err(|rule| Refusal::Jose(Reason::Bug, rule))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(SIGNED))], signed).into_response())
}

#[derive(Serialize)]
struct Signed<'a> {
    iss: &'a str,
    aud: ClientId,
    iat: i64,
    token_introspection: Value,
}

/// The client has it, or is the resource server that it is for.
fn concerns(token: &AccessToken, client: &Served, cx: &OpenId) -> bool {
    let meant = client.settings.resource.as_deref() == Some(token.audience.as_str());
    let own = token.client == client.id;
    own || (meant && token.audience != cx.settings.issuer)
}

#[derive(Serialize)]
struct Active<'a> {
    active: bool,
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    client_id: ClientId,
    scope: &'a str,
    exp: i64,
    iat: i64,
    jti: uuid::Uuid,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<&'a crate::token::Actor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

fn answer(cx: &OpenId, token: &AccessToken) -> Bytes {
    let active = Active {
        active: true,
        iss: &cx.settings.issuer,
        sub: &token.subject,
        aud: &token.audience,
        client_id: token.client,
        scope: &token.scope,
        exp: token.expires_at,
        iat: token.issued_at,
        jti: token.id,
        token_type: token.binding.token_type(),
        auth_time: token.auth_time,
        acr: token.acr.as_deref(),
        act: token.act.as_ref(),
        cnf: token.binding.cnf(),
    };
    serde_json::to_vec(&active).unwrap_or_default().into()
}
