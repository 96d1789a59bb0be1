//! How clients prove to be themselves at our endpoints: by a signed assertion (RFC 7523), a certificate (RFC 8705), or, of
//! the compatibility profile, a secret. Exactly one way, and the registered one.
//!
//! Until the proof holds, nothing tells a client that exists from one that does not.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use jose::{AudienceRule, Compact, Jwk, Limits, Registered, Rules, Typ, b64, claims::Claim, hash::sha256};
use serde_json::{Map, json};
use webkit::ClientCertificate;
use x509_parser::{prelude::FromDer, public_key::PublicKey};

use crate::{
    OpenId,
    clients::Served,
    error::{Reason, Refusal},
    limits::{ASSERTION_LIFE_MAX, CERTIFICATE_BYTES_MAX},
    model::Authentication,
    params::Params,
    seen::Once,
};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What newer clients write into the header.
const ASSERTION_JWT_TYPE: &str = "client-authentication+jwt";
const BASIC: &str = "basic ";

/// A client that is itself, and in force.
pub struct Authenticated {
    pub client: Arc<Served>,
    /// What must not come twice: the id of its assertion.
    pub once: Option<Once>,
    /// SHA-256 of the certificate on its connection.
    pub certificate: Option<[u8; 32]>,
}

impl OpenId {
    /// Finds out whose request it is, and refuses it unless that is proven.
    pub fn authenticate(
        &self,
        headers: &HeaderMap,
        params: &Params,
        certificate: Option<&ClientCertificate>,
        now: Timestamp,
    ) -> Result<Authenticated, Refusal> {
        let basic = headers.get(header::AUTHORIZATION).map(|v| v.to_str().unwrap_or_default());
        let assertion = params.get("client_assertion");
        let secret = params.get("client_secret");
        let ways = [basic.is_some(), assertion.is_some(), secret.is_some()];
        if ways.iter().filter(|w| **w).count() > 1 {
            return Err(Reason::AuthenticationTwice.into());
        }
        let (client, once) = if let Some(assertion) = assertion {
            self.by_assertion(assertion, params, now)?
        } else if let Some(basic) = basic {
            let (id, secret) = basic_pair(basic).ok_or(Reason::ClientUnknown)?;
            (self.by_secret(&id, &secret, Authentication::SecretBasic, now)?, None)
        } else if let Some(secret) = secret {
            let id = params.get("client_id").ok_or(Reason::ClientUnknown)?;
            (self.by_secret(id, secret, Authentication::SecretPost, now)?, None)
        } else {
            let id = params.get("client_id").ok_or(Reason::AuthenticationMissing)?;
            (self.by_certificate(id, certificate)?, None)
        };
        if params.get("client_id").is_some_and(|id| id != client.id.to_string()) {
            return Err(Reason::ClientUnknown.into());
        }
        client.in_force(now)?;
        Ok(Authenticated { client, once, certificate: certificate.map(|c| sha256(&c.der)) })
    }

    fn by_secret(
        &self,
        id: &str,
        secret: &str,
        way: Authentication,
        now: Timestamp,
    ) -> Result<Arc<Served>, Reason> {
        let client = self.clients.find(id).ok_or(Reason::ClientUnknown)?;
        if !client.has_secret(secret, now) {
            return Err(Reason::SecretWrong);
        }
        if client.settings.authentication != way {
            return Err(Reason::AuthenticationOther);
        }
        Ok(client)
    }

    fn by_assertion(
        &self,
        assertion: &str,
        params: &Params,
        now: Timestamp,
    ) -> Result<(Arc<Served>, Option<Once>), Refusal> {
        if params.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err(Reason::ParameterMalformed.into());
        }
        let refused = |rule| Refusal::Jose(Reason::AssertionRefused, rule);
        let token = Compact::parse(assertion, Limits::SMALL).map_err(refused)?;
        let said: Registered = token.unverified().map_err(refused)?;
        let id = said.sub.as_deref().unwrap_or_default();
        let client = self.clients.find(id).ok_or(Reason::ClientUnknown)?;
        let keys = &client.keys;
        let verified = token.verify_with(keys, Typ::IsOrPlain(ASSERTION_JWT_TYPE)).map_err(refused)?;
        let claims: Registered = verified.claims().map_err(refused)?;
        // FAPI 2.0 section 5.3.2.1: the issuer alone. Older clients name the endpoint that they post to.
        let token_url = self.url(crate::http::TOKEN);
        let older = [self.settings.issuer.as_str(), token_url.as_str()];
        let rules = Rules {
            now: now.as_second(),
            issuer: Some(id),
            audience: match client.is_fapi2() {
                true => AudienceRule::Only(&self.settings.issuer),
                false => AudienceRule::OneOf(&older),
            },
            required: &[Claim::Iss, Claim::Sub, Claim::Exp, Claim::Jti],
            life_s_max: Some(ASSERTION_LIFE_MAX.as_secs()),
        };
        rules.check(&claims).map_err(refused)?;
        if client.settings.authentication != Authentication::PrivateKeyJwt {
            return Err(Reason::AuthenticationOther.into());
        }
        let jti = claims.jti.as_deref().unwrap_or_default();
        let ends = claims.exp.unwrap_or_default() + jose::claims::SKEW_S + 1;
        let ends = Timestamp::from_second(ends).map_err(|_| Reason::AssertionRefused)?;
        let once = Once::new("assertion", client.id.0.as_bytes(), jti, ends);
        Ok((client, Some(once)))
    }

    fn by_certificate(
        &self,
        id: &str,
        certificate: Option<&ClientCertificate>,
    ) -> Result<Arc<Served>, Reason> {
        let client = self.clients.find(id).filter(|c| c.settings.authentication.is_tls());
        // Whoever shows nothing learns nothing.
        let Some(certificate) = certificate else { return Err(Reason::AuthenticationMissing) };
        let client = client.ok_or(Reason::ClientUnknown)?;
        let known = match client.settings.authentication {
            Authentication::TlsSelfSigned => is_registered(&certificate.der, &client),
            _ => certificate.trusted && has_subject(&certificate.der, &client),
        };
        if known { Ok(client) } else { Err(Reason::ClientUnknown) }
    }
}

/// The `client_id` of the `Authorization` header, which nobody has proven.
pub(crate) fn basic_id(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    basic_pair(value).map(|(id, _)| id)
}

/// `client_id` and secret, each form-encoded before they were joined (RFC 6749 section 2.3.1).
fn basic_pair(value: &str) -> Option<(String, String)> {
    let (scheme, rest) = value.split_at_checked(BASIC.len())?;
    if !scheme.eq_ignore_ascii_case(BASIC) {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let plain = |text: &str| Params::parse(format!("v={text}").as_bytes()).ok()?.get("v").map(str::to_owned);
    Some((plain(id)?, plain(secret)?))
}

fn is_registered(der: &[u8], client: &Served) -> bool {
    public_key(der).is_some_and(|key| client.jwks.iter().any(|jwk| jwk.thumbprint() == key.thumbprint()))
}

fn has_subject(der: &[u8], client: &Served) -> bool {
    let Some((_, certificate)) = parse(der) else { return false };
    client.settings.tls_subject.as_deref().is_some_and(|subject| subject == certificate.subject().to_string())
}

fn parse(der: &[u8]) -> Option<(&[u8], x509_parser::certificate::X509Certificate<'_>)> {
    let small = der.len() <= CERTIFICATE_BYTES_MAX;
    small.then(|| x509_parser::certificate::X509Certificate::from_der(der).ok()).flatten()
}

/// The certificate's key as a JWK, so that it can be compared with those that are registered.
fn public_key(der: &[u8]) -> Option<Jwk> {
    const COORDINATE_BYTES: usize = 32;
    let (_, certificate) = parse(der)?;
    let spki = certificate.public_key();
    let members = match spki.parsed().ok()? {
        PublicKey::EC(point) => {
            let (x, y) = point.data().strip_prefix(&[4])?.split_at_checked(COORDINATE_BYTES)?;
            vec![
                ("kty", "EC".to_owned()),
                ("crv", "P-256".to_owned()),
                ("x", b64::encode(x)),
                ("y", b64::encode(y)),
            ]
        }
        PublicKey::RSA(rsa) => {
            let bare = |bytes: &[u8]| b64::encode(bytes.strip_prefix(&[0]).unwrap_or(bytes));
            vec![("kty", "RSA".to_owned()), ("n", bare(rsa.modulus)), ("e", bare(rsa.exponent))]
        }
        // Ed25519 (RFC 8410) has no parser of its own there.
        _ => vec![
            ("kty", "OKP".to_owned()),
            ("crv", "Ed25519".to_owned()),
            ("x", b64::encode(&spki.subject_public_key.data)),
        ],
    };
    let object: Map<_, _> =
        members.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    Jwk::from_object(&object).ok()
}
