//! `/userinfo`: what the person allowed to be told (OpenID Connect Core section 5.3), plain or signed.
//!
//! With `openid` alone nothing is read. What was told for an access token is told again for a minute under the same entry of
//! the log, unless the token ended meanwhile. Where a claim demands a stronger or a more recent login, nothing is told until
//! then (RFC 9470).

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use postgres_types::Json;
use serde::Serialize;
use serde_json::{Map, Value};
use store::RowExt;
use webkit::ClientCertificate;

use super::{USERINFO, form, status_of, with_nonce};
use crate::{
    Claim, OpenId, Reason, Refusal, Scope,
    clients::Served,
    error::OauthError,
    grant::Terms,
    limits::RELEASED_AGAIN,
    login_demand::LoginDemand,
    model::{ClientId, SigningAlg},
    ops::claims_release::{Released, Telling, claims_release},
    proof::For,
    secret::Reference,
    sql,
    token::{AccessToken, Binding},
    watching::{Endpoint, Usage},
};

pub async fn get(
    State(cx): State<OpenId>,
    headers: HeaderMap,
    uri: Uri,
    certificate: Option<Extension<ClientCertificate>>,
) -> Response {
    answer(&cx, &Asked { method: Method::GET, path: USERINFO, headers, uri, certificate, body: Bytes::new() })
        .await
}

pub async fn post(
    State(cx): State<OpenId>,
    headers: HeaderMap,
    uri: Uri,
    certificate: Option<Extension<ClientCertificate>>,
    body: Bytes,
) -> Response {
    answer(&cx, &Asked { method: Method::POST, path: USERINFO, headers, uri, certificate, body }).await
}

/// A request with somebody's access token.
pub(super) struct Asked {
    pub method: Method,
    pub path: &'static str,
    pub headers: HeaderMap,
    pub uri: Uri,
    pub certificate: Option<Extension<ClientCertificate>>,
    /// A form, where the token may stand in one.
    pub body: Bytes,
}

/// Whoever holds the token, and the key to which it is bound.
pub(super) struct Admitted {
    pub client: Arc<Served>,
    pub token: Arc<AccessToken>,
    digest: [u8; 32],
    pub scheme: Scheme,
    pub now: Timestamp,
}

/// How the token came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Bearer,
    Dpop,
}

async fn answer(cx: &OpenId, asked: &Asked) -> Response {
    let admitted = match asked.admitted(cx).await {
        Ok(admitted) => admitted,
        Err(answer) => return answer,
    };
    let Admitted { client, token, digest, scheme, now } = admitted;
    match tell(cx, &client, &token, digest, now).await {
        Ok(body) => {
            cx.watching.used(client.id, Usage::Userinfo, now);
            let kind = if client.settings.messages.userinfo { "application/jwt" } else { "application/json" };
            ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
        }
        Err(refusal) => {
            cx.watching.failed(client.id, Endpoint::Userinfo, &refusal, now);
            challenge(cx, Some(scheme), Some(&refusal))
        }
    }
}

impl Asked {
    /// # Errors
    /// The answer for whoever is not let in.
    pub async fn admitted(&self, cx: &OpenId) -> Result<Admitted, Response> {
        let now = cx.store.clock().now();
        let (scheme, text) = match self.token() {
            Ok(Some(found)) => found,
            // Who shows nothing is told no more than how to ask (RFC 6750 section 3.1).
            Ok(None) => return Err(challenge(cx, None, None)),
            Err(reason) => return Err(challenge(cx, None, Some(&reason.into()))),
        };
        let refused = |refusal: Refusal| challenge(cx, Some(scheme), Some(&refusal));
        let (token, digest) = cx.read_access(&text, now).await.map_err(refused)?;
        let client = cx.clients.get(token.client).ok_or_else(|| refused(Reason::TokenInvalid.into()))?;
        match self.is_holder(cx, &token, &text, scheme, now).await {
            Ok(()) => Ok(Admitted { client, token, digest, scheme, now }),
            Err(refusal) => {
                cx.watching.failed(client.id, Endpoint::Userinfo, &refusal, now);
                Err(refused(refusal))
            }
        }
    }

    /// The access token: in the header, or, posted, in the form. Never in the address, and never in both.
    fn token(&self) -> Result<Option<(Scheme, String)>, Reason> {
        if self.uri.query().is_some_and(|q| q.contains("access_token")) {
            return Err(Reason::InQuery);
        }
        let mut all = self.headers.get_all(header::AUTHORIZATION).iter();
        let value = all.next().map(|v| v.to_str().unwrap_or_default());
        if all.next().is_some() {
            return Err(Reason::AuthenticationTwice);
        }
        let posted = match self.method == Method::POST && !self.body.is_empty() {
            true => {
                let params = form(&self.headers, &self.body).map_err(|refusal| refusal.reason())?;
                params.get("access_token").map(str::to_owned)
            }
            false => None,
        };
        match (value, posted) {
            (Some(_), Some(_)) => Err(Reason::AuthenticationTwice),
            (None, posted) => Ok(posted.map(|text| (Scheme::Bearer, text))),
            (Some(value), None) => {
                let (scheme, text) = value.split_once(' ').ok_or(Reason::ParameterMalformed)?;
                let scheme = match scheme {
                    s if s.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
                    s if s.eq_ignore_ascii_case("dpop") => Scheme::Dpop,
                    _ => return Ok(None),
                };
                Ok(Some((scheme, text.trim().to_owned())))
            }
        }
    }

    /// Whoever shows the token holds the key to which it is bound.
    async fn is_holder(
        &self,
        cx: &OpenId,
        token: &AccessToken,
        text: &str,
        scheme: Scheme,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if !token.has_scope(Scope::Openid.as_str()) || token.audience != cx.settings.issuer {
            return Err(Reason::TokenScope.into());
        }
        match token.binding {
            Binding::None if scheme == Scheme::Bearer => Ok(()),
            Binding::Certificate(digest) => {
                let shown = self.certificate.as_ref().map(|Extension(c)| jose::hash::sha256(&c.der));
                if shown == Some(digest) { Ok(()) } else { Err(Reason::TokenBinding.into()) }
            }
            // A bound token must not pass as one that is not (RFC 9449 section 7.1).
            Binding::Key(key) if scheme == Scheme::Dpop => {
                let request = For {
                    method: self.method.as_str(),
                    path: self.path,
                    access_token: Some(text),
                    nonce: false,
                };
                let proof = cx.proof(&self.headers, request, now)?.ok_or(Reason::ProofMissing)?;
                if proof.key != key {
                    return Err(Reason::TokenBinding.into());
                }
                match cx.seen.all_new(vec![proof.once]).await? {
                    true => Ok(()),
                    false => Err(Reason::ProofReplayed.into()),
                }
            }
            Binding::None | Binding::Key(_) => Err(Reason::TokenBinding.into()),
        }
    }
}

async fn tell(
    cx: &OpenId,
    client: &Served,
    token: &AccessToken,
    digest: [u8; 32],
    now: Timestamp,
) -> Result<Bytes, Refusal> {
    let Some(reference) = token.grant.filter(|r| r.tells) else {
        return written(cx, client, &token.subject, &Map::new()).await;
    };
    if let Some(known) = cx.released.get(&digest).filter(|r| r.until > now) {
        return Ok(known.body.clone());
    }
    let (claims, until) = release(cx, client, reference, now).await?;
    let body = written(cx, client, &token.subject, &claims).await?;
    let until = until.map_or(now + RELEASED_AGAIN, |until| until.min(now + RELEASED_AGAIN));
    cx.released.put(digest, Arc::new(Released { body: body.clone(), until }));
    Ok(body)
}

/// The claims, and when the login gets too old for them.
async fn release(
    cx: &OpenId,
    client: &Served,
    reference: Reference,
    now: Timestamp,
) -> Result<(Map<String, Value>, Option<Timestamp>), Refusal> {
    let mut tx = cx.store.begin().await?;
    let outcome = async {
        let params: [&(dyn postgres_types::ToSql + Sync); 3] =
            [&reference.account, &reference.grant, &tx.now()];
        let row = tx.query_opt(sql::GRANT_TERMS, &params).await?.ok_or(Reason::TokenInvalid)?;
        let Json(terms) = row.col::<Json<Terms>>("terms")?;
        let holder = cx.ports.holders.holder(&tx, reference.account).await?;
        let holder = holder.filter(|h| h.active).ok_or(Reason::TokenInvalid)?;
        let told_here = terms.userinfo.iter().copied().filter(|claim| *claim != Claim::IdentityMatch);
        let demand = LoginDemand::of(client, told_here);
        if !demand.is_met(&terms.login, now) {
            return Err(Refusal::Login(demand));
        }
        let telling = Telling { client, holder: &holder, terms: &terms };
        let told = claims_release(cx, &mut tx, telling, &terms.userinfo).await?;
        Ok((told, demand.until(&terms.login)))
    }
    .await;
    tx.finish(outcome).await
}

#[derive(Serialize)]
struct Told<'a> {
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<ClientId>,
    #[serde(flatten)]
    about: &'a Map<String, Value>,
}

async fn written(
    cx: &OpenId,
    client: &Served,
    subject: &str,
    about: &Map<String, Value>,
) -> Result<Bytes, Refusal> {
    let signed = client.settings.messages.userinfo;
    let told = Told {
        sub: subject,
        iss: signed.then_some(cx.settings.issuer.as_str()),
        aud: signed.then_some(client.id),
        about,
    };
    if !signed {
        return Ok(serde_json::to_vec(&told).map_err(|_| Reason::Bug)?.into());
    }
    let token = cx.keys.sign(SigningAlg::Es256, None, &told).await;
    Ok(token.map_err(|rule| Refusal::Jose(Reason::Bug, rule))?.into())
}

fn challenge(cx: &OpenId, scheme: Option<Scheme>, refusal: Option<&Refusal>) -> Response {
    let mut status = StatusCode::UNAUTHORIZED;
    if let Some(refusal) = refusal {
        refusal.log();
        let reason = refusal.reason();
        status = match reason.error() {
            OauthError::InvalidDpopProof | OauthError::UseDpopNonce => StatusCode::UNAUTHORIZED,
            _ => status_of(reason),
        };
    }
    with_nonce(cx, challenging(status.into_response(), scheme, refusal))
}

/// How to ask, and what was wrong (RFC 6750 section 3, RFC 9449 section 7.1) or is still to be shown (RFC 9470 section 3).
pub(super) fn challenging(
    mut response: Response,
    scheme: Option<Scheme>,
    refusal: Option<&Refusal>,
) -> Response {
    let mut detail = String::new();
    if let Some(reason) = refusal.map(Refusal::reason) {
        detail = format!(", error=\"{}\", error_description=\"{}\"", reason.error(), reason.said());
    }
    if let Some(Refusal::Login(demand)) = refusal {
        detail.extend(demand.parameters().iter().map(|(name, value)| format!(", {name}=\"{value}\"")));
    }
    let algs = jose::dpop::ALGORITHMS.map(jose::Algorithm::as_str).join(" ");
    let bearer =
        format!("Bearer realm=\"openid\"{}", if scheme == Some(Scheme::Dpop) { "" } else { &detail });
    let dpop = format!(
        "DPoP realm=\"openid\", algs=\"{algs}\"{}",
        if scheme == Some(Scheme::Bearer) { "" } else { &detail }
    );
    for value in [bearer, dpop].iter().filter_map(|v| HeaderValue::try_from(v.as_str()).ok()) {
        response.headers_mut().append(header::WWW_AUTHENTICATE, value);
    }
    response
}
