//! `/token`: codes, refresh tokens and clients' own credentials become access tokens.

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
    TOKEN,
    door::{Came, Entered},
    json, refused, with_nonce,
};
use crate::{
    GrantType, OpenId, Reason, Refusal,
    limits::ACCESS_LIFE,
    ops::{
        ciba::ciba_exchange,
        client_token::client_token,
        code_exchange::{Tokens, code_exchange},
        device::device_exchange,
        grant_refresh::grant_refresh,
        token_exchange::{ACCESS_TOKEN, token_exchange},
    },
    token::binding,
    watching::{Endpoint, Usage},
};

#[derive(Serialize)]
struct Body<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: i64,
    scope: &'a str,
    /// Of an exchanged token (RFC 8693 section 2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
}

pub async fn token(
    State(cx): State<OpenId>,
    headers: HeaderMap,
    uri: Uri,
    address: Option<Extension<ClientAddress>>,
    certificate: Option<Extension<ClientCertificate>>,
    body: Bytes,
) -> Response {
    let came = Came { headers, uri, address, certificate, body };
    let mut entered = match came.enter(&cx, Endpoint::Token).await {
        Ok(entered) => entered,
        Err(answer) => return answer,
    };
    match issue(&cx, &came, &mut entered).await {
        Ok(Issued { tokens, usage, exchanged }) => {
            cx.watching.used(entered.client.id, usage, entered.now);
            let body = Body {
                access_token: &tokens.access,
                token_type: tokens.binding.token_type(),
                expires_in: exchanged.unwrap_or(ACCESS_LIFE.as_secs()),
                scope: &tokens.scope,
                issued_token_type: exchanged.map(|_| ACCESS_TOKEN),
                refresh_token: tokens.refresh.as_deref(),
                id_token: tokens.id_token.as_deref(),
            };
            with_nonce(&cx, json(StatusCode::OK, &body))
        }
        Err(refusal) => {
            // Who asks whether a person has answered yet makes no mistake.
            let mistaken = refusal.reason() != Reason::AnswerPending;
            let client = mistaken.then_some(entered.client.as_ref());
            refused(&cx, Endpoint::Token, client, &refusal)
        }
    }
}

struct Issued {
    tokens: Tokens,
    usage: Usage,
    /// For how many seconds an exchanged token is good.
    exchanged: Option<i64>,
}

async fn issue(cx: &OpenId, came: &Came, entered: &mut Entered) -> Result<Issued, Refusal> {
    let grant = GrantType::parse(entered.params.need("grant_type")?).ok_or(Reason::GrantTypeUnknown)?;
    if !entered.client.may(grant) {
        return Err(Reason::GrantTypeNotAllowed.into());
    }
    let proof = entered.proof(cx, &came.headers, TOKEN)?;
    let bound = binding(&entered.client, proof.map(|p| p.key), entered.certificate)?;
    entered.is_new(cx).await?;
    let (client, params) = (entered.client.as_ref(), &entered.params);
    let (tokens, usage) = match grant {
        GrantType::AuthorizationCode => (code_exchange(cx, client, params, bound).await?, Usage::SignIn),
        GrantType::RefreshToken => (grant_refresh(cx, client, params, bound).await?, Usage::Refresh),
        GrantType::ClientCredentials => (client_token(cx, client, params, bound).await?, Usage::ClientToken),
        GrantType::DeviceCode => (device_exchange(cx, client, params, bound).await?, Usage::SignIn),
        GrantType::Ciba => (ciba_exchange(cx, client, params, bound).await?, Usage::SignIn),
        GrantType::TokenExchange => {
            let (tokens, seconds) = token_exchange(cx, client, params, bound).await?;
            return Ok(Issued { tokens, usage: Usage::Exchange, exchanged: Some(seconds) });
        }
    };
    Ok(Issued { tokens, usage, exchanged: None })
}
