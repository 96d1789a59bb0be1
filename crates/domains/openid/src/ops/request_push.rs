//! `request_push`: a client hands in its authorization request (RFC 9126), and gets a name for it that counts once.
//!
//! Also here: [`read_request`], which finds the parameters of a request wherever they are, plain or signed (RFC 9101).

use jiff::Timestamp;
use jose::{
    AudienceRule, Compact, JoseError, Limits, Registered, Rules, Thumbprint, Typ, b64, claims::Claim,
    hash::sha256,
};
use postgres_types::Json;
use serde_json::{Map, Value};
use store::StoreError;

use crate::{
    OpenId,
    clients::Served,
    error::{Reason, Refusal},
    limits::{PUSHED_LIFE, REQUEST_OBJECT_LIFE_MAX},
    params::Params,
    request::{Back, Request},
    seen::Once,
    sql,
};

pub const URN: &str = "urn:ietf:params:oauth:request_uri:";
const REQUEST_OBJECT_TYPE: &str = "oauth-authz-req+jwt";
const REQUEST_URI_BYTES: usize = 32;

/// A request that was refused, and where that can be told.
pub struct Unread {
    pub refusal: Refusal,
    /// None: nobody but who sent it may learn of it.
    pub back: Option<Back>,
}

impl<R: Into<Refusal>> From<R> for Unread {
    fn from(refusal: R) -> Self {
        Self { refusal: refusal.into(), back: None }
    }
}

/// Keeps a checked request; returns its `request_uri`.
pub async fn request_push(cx: &OpenId, client: &Served, request: &Request) -> Result<String, Refusal> {
    let value: [u8; REQUEST_URI_BYTES] = base::entropy::bytes(cx.store.entropy().as_ref());
    let now = cx.store.clock().now();
    let digest = sha256(value);
    let connection = cx.store.connection().await?;
    let insert = connection.prepare_cached(sql::PUSHED_INSERT).await.map_err(StoreError::from)?;
    let row = (digest.as_slice(), client.id, Json(request), now + PUSHED_LIFE);
    connection.execute(&insert, &[&row.0, &row.1, &row.2, &row.3]).await.map_err(StoreError::from)?;
    Ok(format!("{URN}{}", b64::encode(value)))
}

/// The digest of a `request_uri` of ours.
pub fn pushed_digest(request_uri: &str) -> Option<[u8; 32]> {
    let value = request_uri.strip_prefix(URN)?;
    Some(sha256(b64::decode_exact::<REQUEST_URI_BYTES>(value).ok()?))
}

/// Reads and checks a request from its parameters, and says what of it must not come twice.
///
/// `proven`: the key that the sender holds; the code will be bound to it.
pub fn read_request(
    cx: &OpenId,
    client: &Served,
    params: &Params,
    proven: Option<Thumbprint>,
    now: Timestamp,
) -> Result<(Request, Option<Once>), Unread> {
    let (inner, once) = match params.get("request") {
        Some(object) => {
            let (inner, once) = open_object(cx, client, object, now)?;
            (Some(inner), once)
        }
        None => (None, None),
    };
    // What stands beside a signed request was signed by nobody and counts for nothing (RFC 9101 section 6.3).
    let params = inner.as_ref().unwrap_or(params);
    let back = Back::read(params, client)?;
    let told = |reason: Reason| Unread { refusal: reason.into(), back: Some(back.clone()) };
    if inner.is_none() && client.settings.messages.requests {
        return Err(told(Reason::RequestObjectRequired));
    }
    let mut request = Request::read(params, client, back.clone()).map_err(told)?;
    if let Some(hint) = params.get("id_token_hint") {
        // Nobody else is answered for (OpenID Connect Core section 3.1.2.1).
        let subject = super::logout::hinted_subject(cx, client.id, hint);
        request.subject = Some(subject.ok_or_else(|| told(Reason::HintRefused))?);
    }
    if let Some(proven) = proven {
        if request.dpop_jkt.is_some_and(|named| named != proven) {
            return Err(told(Reason::ProofOtherKey));
        }
        request.dpop_jkt = Some(proven);
    }
    Ok((request, once))
}

/// The parameters in a request object, after its signature and its claims are found good.
fn open_object(
    cx: &OpenId,
    client: &Served,
    object: &str,
    now: Timestamp,
) -> Result<(Params, Option<Once>), Refusal> {
    let required: &[Claim] = match client.is_fapi2() {
        true => &[Claim::Iss, Claim::Aud, Claim::Exp, Claim::Nbf],
        false => &[Claim::Iss, Claim::Aud],
    };
    let typ = Typ::IsOrPlain(REQUEST_OBJECT_TYPE);
    let (params, once) = signed_params(cx, client, object, (typ, required), now)?;
    if params.get("client_id") != Some(&client.id.to_string()) {
        return Err(Reason::ClientUnknown.into());
    }
    Ok((params, once))
}

/// The parameters that a client signed, for us and for now, with what must not come twice.
pub(super) fn signed_params(
    cx: &OpenId,
    client: &Served,
    object: &str,
    (typ, required): (Typ<'_>, &[Claim]),
    now: Timestamp,
) -> Result<(Params, Option<Once>), Refusal> {
    let refused = |rule| Refusal::Jose(Reason::RequestObjectRefused, rule);
    let token = Compact::parse(object, Limits::REQUEST).map_err(refused)?;
    let verified = token.verify_with(&client.keys, typ).map_err(refused)?;
    let registered: Registered = verified.claims().map_err(refused)?;
    let id = client.id.to_string();
    let rules = Rules {
        now: now.as_second(),
        issuer: Some(&id),
        audience: AudienceRule::OneOf(&[&cx.settings.issuer]),
        required,
        life_s_max: Some(REQUEST_OBJECT_LIFE_MAX.as_secs()),
    };
    rules.check(&registered).map_err(refused)?;
    // A subject would make it look like a client assertion (RFC 9101 section 10.8).
    if registered.sub.is_some() {
        return Err(refused(JoseError::Malformed(Claim::Sub)));
    }
    let claims: Map<String, Value> = verified.claims().map_err(refused)?;
    let once = match (&registered.jti, registered.exp) {
        (Some(jti), Some(exp)) => {
            let ends = Timestamp::from_second(exp + jose::claims::SKEW_S + 1);
            let ends = ends.map_err(|_| Reason::RequestObjectRefused)?;
            Some(Once::new("request", client.id.0.as_bytes(), jti, ends))
        }
        _ => None,
    };
    Ok((params_of(&claims)?, once))
}

/// Members as parameters: `claims` may be an object there, and `max_age` a number.
fn params_of(claims: &Map<String, Value>) -> Result<Params, Reason> {
    const REGISTERED: [&str; 6] = ["iss", "aud", "exp", "nbf", "iat", "jti"];
    let mut params = Params::default();
    for (name, value) in claims.iter().filter(|(name, _)| !REGISTERED.contains(&name.as_str())) {
        if matches!(name.as_str(), "request" | "request_uri") {
            return Err(Reason::RequestObjectNested);
        }
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Object(_) => value.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) => continue,
        };
        params.add(name.clone(), text)?;
    }
    Ok(params)
}
