//! What we can (OpenID Connect Discovery, RFC 8414), and our public keys. The same for everybody, so caches may keep it.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use contracts::LoginStrength;
use jose::dpop;
use serde_json::{Map, Value, json};

use super::{
    AUTHORIZE, CIBA, DEVICE, INTROSPECT, JWKS, LOGOUT, MATCH, PAR, REGISTER, REVOKE, TOKEN, USERINFO,
};
use crate::{
    Claim, GrantType, OpenId, Scope,
    limits::JWKS_MAX_AGE,
    model::{Authentication, SigningAlg},
    request::ResponseMode,
};

/// Algorithms that clients may sign with.
const CLIENT_ALGS: [&str; 4] = ["ES256", "EdDSA", "PS256", "RS256"];
pub(crate) const REQUEST_ALGS: [&str; 3] = ["ES256", "EdDSA", "PS256"];

/// Endpoints at which a client may show its certificate.
const ALIASES: [(&str, &str); 8] = [
    ("pushed_authorization_request_endpoint", PAR),
    ("token_endpoint", TOKEN),
    ("userinfo_endpoint", USERINFO),
    ("identity_match_endpoint", MATCH),
    ("introspection_endpoint", INTROSPECT),
    ("revocation_endpoint", REVOKE),
    ("device_authorization_endpoint", DEVICE),
    ("backchannel_authentication_endpoint", CIBA),
];

/// The metadata, written once.
pub fn document(issuer: &str, mtls_url: Option<&str>) -> Bytes {
    let url = |path: &str| format!("{issuer}{path}");
    let words = |all: &[Authentication]| all.iter().map(|m| m.as_str()).collect::<Vec<_>>();
    let methods = words(Authentication::ALL);
    // Only what somebody can meet: whoever asks for more gets nobody.
    let shown = LoginStrength::ALL.into_iter().filter(|strength| *strength <= LoginStrength::SHOWN_MAX);
    let acrs: Vec<String> = shown.map(LoginStrength::acr).collect();
    let claims: Vec<&str> = ["sub", "auth_time", "acr", "amr", "sid"]
        .into_iter()
        .chain(Claim::ALL.iter().map(|c| c.as_str()))
        .collect();
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": url(AUTHORIZE),
        "pushed_authorization_request_endpoint": url(PAR),
        "token_endpoint": url(TOKEN),
        "userinfo_endpoint": url(USERINFO),
        "jwks_uri": url(JWKS),
        // Ours: whether what a client knows of a person is right.
        "identity_match_endpoint": url(MATCH),
        "introspection_endpoint": url(INTROSPECT),
        "revocation_endpoint": url(REVOKE),
        "scopes_supported": Scope::ALL,
        "claims_supported": claims,
        "claims_parameter_supported": true,
        "claim_types_supported": ["normal"],
        "response_types_supported": ["code"],
        "response_modes_supported":
            ResponseMode::ALL.iter().map(|m| m.as_str()).chain(["jwt"]).collect::<Vec<_>>(),
        "grant_types_supported": GrantType::ALL,
        "subject_types_supported": ["pairwise"],
        "acr_values_supported": acrs,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": ["vi", "en"],
        "display_values_supported": ["page"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": false,
        "require_request_uri_registration": false,
        "require_pushed_authorization_requests": false,
        "dpop_signing_alg_values_supported": dpop::ALGORITHMS,
        "tls_client_certificate_bound_access_tokens": true,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": CLIENT_ALGS,
        "introspection_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_signing_alg_values_supported": CLIENT_ALGS,
        "introspection_signing_alg_values_supported": [SigningAlg::Es256],
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": CLIENT_ALGS,
        "request_object_signing_alg_values_supported": REQUEST_ALGS,
        "id_token_signing_alg_values_supported": SigningAlg::ALL,
        "userinfo_signing_alg_values_supported": [SigningAlg::Es256],
        "authorization_signing_alg_values_supported": [SigningAlg::Es256],
    });
    let Some(members) = document.as_object_mut() else { return Bytes::new() };
    members.extend(beyond(&url));
    if let Some(base) = mtls_url {
        let aliases = ALIASES.iter().map(|(name, path)| ((*name).to_owned(), json!(format!("{base}{path}"))));
        members.insert("mtls_endpoint_aliases".to_owned(), aliases.collect());
    }
    serde_json::to_vec(&document).unwrap_or_default().into()
}

/// What goes beyond the code flow: signing out, devices, persons elsewhere, registration by programs.
fn beyond(url: &impl Fn(&str) -> String) -> Map<String, Value> {
    let members = [
        ("end_session_endpoint", json!(url(LOGOUT))),
        ("backchannel_logout_supported", json!(true)),
        ("backchannel_logout_session_supported", json!(true)),
        ("device_authorization_endpoint", json!(url(DEVICE))),
        ("backchannel_authentication_endpoint", json!(url(CIBA))),
        ("backchannel_token_delivery_modes_supported", json!(["poll", "ping"])),
        ("backchannel_user_code_parameter_supported", json!(false)),
        ("backchannel_authentication_request_signing_alg_values_supported", json!(REQUEST_ALGS)),
        ("registration_endpoint", json!(url(REGISTER))),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub async fn discovery(State(cx): State<OpenId>) -> Response {
    shared("application/json", cx.discovery.clone())
}

pub async fn jwks(State(cx): State<OpenId>) -> Response {
    shared("application/jwk-set+json", cx.keys.jwks())
}

fn shared(kind: &'static str, body: Bytes) -> Response {
    let age = format!("public, max-age={}", JWKS_MAX_AGE.as_secs());
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_str(&age).unwrap_or(HeaderValue::from_static("no-cache"))),
        // Clients in browsers read them, too; nothing here depends on who asks.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    ];
    (headers, body).into_response()
}
