//! What a program registers of a relying party (RFC 7591, OpenID Connect Dynamic Client Registration), and the widest that it
//! may. Pure.
//!
//! A registration narrows what an operator approved with the initial token, its *ceiling*, and cannot widen it: claims,
//! scopes, audiences, grant types, profile, addresses. What people read of a relying party (name, purpose, legal bases,
//! who answers for it) is the ceiling's word and no program's. The ceiling itself, and what was registered under it, reach
//! no further than the model that it was made after does now ([`within`]).

use std::collections::BTreeSet;

use jose::{Algorithm, Jwk, JwkSet};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    authorization::origin_of,
    claims::Scope,
    http::discovery::REQUEST_ALGS,
    limits::{CLIENT_KEYS_MAX, REDIRECT_URIS_MAX, URI_BYTES_MAX},
    model::{Authentication, ClaimRight, ClientDraft, GrantType, Messages, Profile, Sender, SigningAlg},
};

/// Why a registration is refused, in the words of RFC 7591 section 3.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("a redirect URI is missing, malformed, or at another place than was approved")]
    RedirectUri,
    #[error("a value is malformed, not supported, or wider than was approved")]
    Metadata,
    #[error("software statements are not accepted")]
    SoftwareStatement,
}

impl Unfit {
    pub fn error(self) -> &'static str {
        match self {
            Self::RedirectUri => "invalid_redirect_uri",
            Self::Metadata => "invalid_client_metadata",
            Self::SoftwareStatement => "invalid_software_statement",
        }
    }
}

/// The names of RFC 7591 and its kin that mean something here; others are passed over, as it says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uris: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<Authentication>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_types: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_types: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_logout_redirect_uris: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_client_notification_endpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_token_delivery_mode: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_authentication_request_signing_alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_user_code_parameter: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_bound_access_tokens: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_certificate_bound_access_tokens: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_subject_dn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_signed_request_object: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_signed_response_alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<Value>,
}

/// A registration that fits under its ceiling.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitting {
    pub settings: ClientDraft,
    pub keys: Vec<Jwk>,
}

impl Metadata {
    pub fn parse(body: &[u8]) -> Result<Self, Unfit> {
        let object: Map<String, Value> = jose::json::object(body).map_err(|_| Unfit::Metadata)?;
        Self::deserialize(Value::Object(object)).map_err(|_| Unfit::Metadata)
    }

    /// What is registered: what is asked for, where nothing is asked the ceiling's, and never more than the ceiling's.
    pub fn under(&self, ceiling: &ClientDraft) -> Result<Fitting, Unfit> {
        if self.software_statement.is_some() {
            return Err(Unfit::SoftwareStatement);
        }
        let fetched = self.sector_identifier_uri.is_some();
        let both = self.jwks.is_some() && self.jwks_uri.is_some();
        let public = self.subject_type.as_deref().is_some_and(|t| t != "pairwise");
        let types = self.response_types.as_ref().is_some_and(|t| t.iter().any(|t| t != "code"));
        if fetched || both || public || types {
            return Err(Unfit::Metadata);
        }
        let authentication = self.authentication(ceiling)?;
        let grants = self.grants(ceiling)?;
        let (claims, api_scopes) = self.rights(ceiling)?;
        let settings = ClientDraft {
            name: ceiling.name.clone(),
            purpose: ceiling.purpose.clone(),
            profile: ceiling.profile.clone(),
            sandbox: ceiling.sandbox,
            authentication,
            sender: self.sender(ceiling)?,
            redirect_uris: self.redirect_uris(ceiling, &grants)?,
            grants,
            post_logout_redirect_uris: at_known_places(&self.post_logout_redirect_uris, ceiling)?,
            backchannel_logout_uri: at_known_place(&self.backchannel_logout_uri, ceiling)?,
            ciba_notification_uri: at_known_place(&self.backchannel_client_notification_endpoint, ceiling)?,
            jwks_uri: at_known_place(&self.jwks_uri, ceiling)?,
            sector: ceiling.sector.clone().or_else(|| first_host(ceiling)),
            claims,
            api_scopes,
            audiences: ceiling.audiences.clone(),
            // A resource server sees other clients' tokens: never by a program.
            resource: None,
            messages: self.messages(ceiling)?,
            tls_subject: self.tls_client_auth_subject_dn.clone(),
            policy_uri: ceiling.policy_uri.clone(),
            contact: ceiling.contact.clone(),
        };
        self.backchannel(&settings)?;
        let keys = self.keys(authentication, ceiling.profile.is_fapi2())?;
        Ok(Fitting { settings, keys })
    }

    fn authentication(&self, ceiling: &ClientDraft) -> Result<Authentication, Unfit> {
        let asked = self.token_endpoint_auth_method.unwrap_or(ceiling.authentication);
        let weaker = asked.is_secret() && !ceiling.authentication.is_secret();
        if weaker { Err(Unfit::Metadata) } else { Ok(asked) }
    }

    fn sender(&self, ceiling: &ClientDraft) -> Result<Sender, Unfit> {
        let asked = match (self.dpop_bound_access_tokens, self.tls_client_certificate_bound_access_tokens) {
            (Some(true), Some(true)) => return Err(Unfit::Metadata),
            (Some(true), _) => Sender::Dpop,
            (_, Some(true)) => Sender::Tls,
            _ => ceiling.sender,
        };
        Ok(asked)
    }

    fn grants(&self, ceiling: &ClientDraft) -> Result<Vec<GrantType>, Unfit> {
        let Some(asked) = &self.grant_types else { return Ok(ceiling.grants.clone()) };
        let grants: BTreeSet<GrantType> =
            asked.iter().map(|g| GrantType::parse(g)).collect::<Option<_>>().ok_or(Unfit::Metadata)?;
        let within = !grants.is_empty() && grants.iter().all(|g| ceiling.grants.contains(g));
        if within { Ok(grants.into_iter().collect()) } else { Err(Unfit::Metadata) }
    }

    /// Claims, by the scopes that stand for them, and scopes of APIs. A scope that is wider than the ceiling is refused, so
    /// that nobody believes to have it.
    fn rights(&self, ceiling: &ClientDraft) -> Result<(Vec<ClaimRight>, Vec<String>), Unfit> {
        let Some(asked) = &self.scope else {
            return Ok((ceiling.claims.clone(), ceiling.api_scopes.clone()));
        };
        let mut claims: Vec<ClaimRight> = Vec::new();
        let mut api_scopes: Vec<String> = Vec::new();
        for name in asked.split(' ').filter(|n| !n.is_empty()) {
            let Some(scope) = Scope::parse(name) else {
                if !ceiling.api_scopes.iter().any(|s| s == name) {
                    return Err(Unfit::Metadata);
                }
                if !api_scopes.iter().any(|s| s == name) {
                    api_scopes.push(name.to_owned());
                }
                continue;
            };
            for claim in scope.claims() {
                let right = ceiling.claims.iter().find(|r| r.claim == *claim).ok_or(Unfit::Metadata)?;
                if !claims.contains(right) {
                    claims.push(right.clone());
                }
            }
        }
        Ok((claims, api_scopes))
    }

    fn redirect_uris(&self, ceiling: &ClientDraft, grants: &[GrantType]) -> Result<Vec<String>, Unfit> {
        let uris = self.redirect_uris.clone().unwrap_or_default();
        let needed = grants.contains(&GrantType::AuthorizationCode);
        let fitting =
            uris.len() <= REDIRECT_URIS_MAX && uris.iter().all(|uri| is_at_known_place(uri, ceiling));
        if !fitting || (needed && uris.is_empty()) { Err(Unfit::RedirectUri) } else { Ok(uris) }
    }

    /// What must be signed may be asked to be signed, too; what the ceiling wants signed stays so.
    fn messages(&self, ceiling: &ClientDraft) -> Result<Messages, Unfit> {
        let above = &ceiling.messages;
        let alg = |text: &Option<String>| -> Result<Option<SigningAlg>, Unfit> {
            let Some(text) = text else { return Ok(None) };
            let alg = SigningAlg::parse(text).ok_or(Unfit::Metadata)?;
            let weaker = alg == SigningAlg::Rs256 && above.id_token != SigningAlg::Rs256;
            if weaker { Err(Unfit::Metadata) } else { Ok(Some(alg)) }
        };
        Ok(Messages {
            requests: above.requests || self.require_signed_request_object.unwrap_or(false),
            responses: above.responses || alg(&self.authorization_signed_response_alg)?.is_some(),
            userinfo: above.userinfo || alg(&self.userinfo_signed_response_alg)?.is_some(),
            introspection: above.introspection || alg(&self.introspection_signed_response_alg)?.is_some(),
            id_token: alg(&self.id_token_signed_response_alg)?.unwrap_or(above.id_token),
        })
    }

    /// What is said of CIBA fits what follows from the rest (CIBA section 4): who has an address is pinged there, and who
    /// signs does it with an algorithm that is taken.
    fn backchannel(&self, settings: &ClientDraft) -> Result<(), Unfit> {
        let signs = settings.profile.is_fapi2() || settings.messages.requests;
        let mode = self.backchannel_token_delivery_mode.as_deref();
        let other_mode = mode.is_some_and(|mode| mode != delivery_mode(settings));
        let alg = self.backchannel_authentication_request_signing_alg.as_deref();
        let other_alg = alg.is_some_and(|alg| !signs || !REQUEST_ALGS.contains(&alg));
        let code = self.backchannel_user_code_parameter == Some(true);
        if other_mode || other_alg || code { Err(Unfit::Metadata) } else { Ok(()) }
    }

    fn keys(&self, authentication: Authentication, fapi2: bool) -> Result<Vec<Jwk>, Unfit> {
        let keys = match &self.jwks {
            Some(Value::Object(set)) => JwkSet::from_object(set).map_err(|_| Unfit::Metadata)?.keys,
            Some(_) => return Err(Unfit::Metadata),
            None => Vec::new(),
        };
        let needed = matches!(authentication, Authentication::PrivateKeyJwt | Authentication::TlsSelfSigned);
        let old = |key: &Jwk| fapi2 && key.algorithm() == Some(Algorithm::Rs256);
        let none = keys.is_empty() && self.jwks_uri.is_none();
        if keys.len() > CLIENT_KEYS_MAX || keys.iter().any(old) || (needed && none) {
            return Err(Unfit::Metadata);
        }
        let named = |key: Jwk| match key.kid() {
            Some(_) => key,
            None => {
                let kid = key.thumbprint().to_string();
                key.with_kid(kid)
            }
        };
        let keys: Vec<Jwk> = keys.into_iter().map(named).collect();
        let ids: BTreeSet<Option<&str>> = keys.iter().map(Jwk::kid).collect();
        if ids.len() == keys.len() { Ok(keys) } else { Err(Unfit::Metadata) }
    }
}

/// What settings keep under a limit: nothing that it does not have, nothing weaker, and its words for people.
pub fn within(settings: &ClientDraft, limit: &ClientDraft) -> ClientDraft {
    let known = |uri: &String| is_at_known_place(uri, limit);
    let has = |right: &&ClaimRight| settings.claims.iter().any(|own| own.claim == right.claim);
    let mut kept = ClientDraft {
        name: limit.name.clone(),
        purpose: limit.purpose.clone(),
        claims: limit.claims.iter().filter(has).cloned().collect(),
        policy_uri: limit.policy_uri.clone(),
        contact: limit.contact.clone(),
        profile: stricter(&settings.profile, &limit.profile),
        messages: both(&settings.messages, &limit.messages),
        ..settings.clone()
    };
    kept.api_scopes.retain(|scope| limit.api_scopes.contains(scope));
    kept.audiences.retain(|uri| limit.audiences.contains(uri));
    kept.grants.retain(|grant| limit.grants.contains(grant));
    kept.redirect_uris.retain(known);
    kept.post_logout_redirect_uris.retain(known);
    for uri in [&mut kept.backchannel_logout_uri, &mut kept.ciba_notification_uri, &mut kept.jwks_uri] {
        *uri = uri.take().filter(known);
    }
    if kept.authentication.is_secret() && !limit.authentication.is_secret() {
        kept.authentication = limit.authentication;
    }
    if kept.sender == Sender::Bearer {
        kept.sender = limit.sender;
    }
    kept
}

fn stricter(one: &Profile, other: &Profile) -> Profile {
    match (one, other) {
        (Profile::Basic { until }, Profile::Basic { until: other }) => {
            Profile::Basic { until: *until.min(other) }
        }
        _ => Profile::Fapi2,
    }
}

/// What either wants signed, with the newer algorithm where they differ.
fn both(one: &Messages, other: &Messages) -> Messages {
    Messages {
        requests: one.requests || other.requests,
        responses: one.responses || other.responses,
        userinfo: one.userinfo || other.userinfo,
        introspection: one.introspection || other.introspection,
        id_token: if one.id_token == other.id_token { one.id_token } else { SigningAlg::Es256 },
    }
}

/// Back to metadata: what is registered, as the program reads it.
pub fn metadata_of(settings: &ClientDraft, keys: &[Jwk]) -> Metadata {
    let scopes = Scope::ALL.iter().filter(|scope| {
        let all = scope.claims().iter().all(|c| settings.claims.iter().any(|r| r.claim == *c));
        all && (**scope != Scope::OfflineAccess || settings.grants.contains(&GrantType::RefreshToken))
    });
    let scope: Vec<&str> =
        scopes.map(|s| s.as_str()).chain(settings.api_scopes.iter().map(String::as_str)).collect();
    let asks = settings.grants.contains(&GrantType::Ciba);
    let alg = |signed: bool| signed.then(|| SigningAlg::Es256.as_str().to_owned());
    Metadata {
        redirect_uris: Some(settings.redirect_uris.clone()),
        token_endpoint_auth_method: Some(settings.authentication),
        grant_types: Some(settings.grants.iter().map(|g| g.as_str().to_owned()).collect()),
        response_types: Some(if settings.grants.contains(&GrantType::AuthorizationCode) {
            vec!["code".to_owned()]
        } else {
            Vec::new()
        }),
        scope: Some(scope.join(" ")),
        jwks: match settings.jwks_uri {
            Some(_) => None,
            None => serde_json::to_value(JwkSet { keys: keys.to_vec() }).ok(),
        },
        jwks_uri: settings.jwks_uri.clone(),
        subject_type: Some("pairwise".to_owned()),
        post_logout_redirect_uris: Some(settings.post_logout_redirect_uris.clone()),
        backchannel_logout_uri: settings.backchannel_logout_uri.clone(),
        backchannel_client_notification_endpoint: settings.ciba_notification_uri.clone(),
        backchannel_token_delivery_mode: asks.then(|| delivery_mode(settings).to_owned()),
        dpop_bound_access_tokens: Some(settings.sender == Sender::Dpop),
        tls_client_certificate_bound_access_tokens: Some(settings.sender == Sender::Tls),
        tls_client_auth_subject_dn: settings.tls_subject.clone(),
        require_signed_request_object: Some(settings.messages.requests),
        id_token_signed_response_alg: Some(settings.messages.id_token.as_str().to_owned()),
        userinfo_signed_response_alg: alg(settings.messages.userinfo),
        authorization_signed_response_alg: alg(settings.messages.responses),
        introspection_signed_response_alg: alg(settings.messages.introspection),
        ..Metadata::default()
    }
}

/// How answers behind a person's back reach the client.
fn delivery_mode(settings: &ClientDraft) -> &'static str {
    if settings.ciba_notification_uri.is_some() { "ping" } else { "poll" }
}

fn at_known_places(uris: &Option<Vec<String>>, ceiling: &ClientDraft) -> Result<Vec<String>, Unfit> {
    let uris = uris.clone().unwrap_or_default();
    let fitting = uris.len() <= REDIRECT_URIS_MAX && uris.iter().all(|uri| is_at_known_place(uri, ceiling));
    if fitting { Ok(uris) } else { Err(Unfit::Metadata) }
}

fn at_known_place(uri: &Option<String>, ceiling: &ClientDraft) -> Result<Option<String>, Unfit> {
    match uri {
        Some(uri) if !is_at_known_place(uri, ceiling) => Err(Unfit::Metadata),
        other => Ok(other.clone()),
    }
}

/// An address at one of the origins whose redirect URIs were approved; plain text without fragment, so that every reader
/// takes it for the same.
fn is_at_known_place(uri: &str, ceiling: &ClientDraft) -> bool {
    let plain = uri.len() <= URI_BYTES_MAX
        && uri.bytes().all(|b| b.is_ascii_graphic())
        && !uri.contains(['#', '\\', '"', '<', '>']);
    let origin = origin_of(uri);
    let clean = !origin.is_empty() && !origin.contains('@');
    plain && clean && ceiling.redirect_uris.iter().any(|known| origin_of(known) == origin)
}

fn first_host(ceiling: &ClientDraft) -> Option<String> {
    let origin = origin_of(ceiling.redirect_uris.first()?);
    origin.split_once("://").map(|(_, host)| host.to_ascii_lowercase())
}
