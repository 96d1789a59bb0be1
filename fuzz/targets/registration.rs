//! What programs register: whatever is read, a client is never wider than the ceiling of its initial token.

use std::sync::LazyLock;

use openid::{ClientDraft, registration::Metadata};

const CEILING: &str = r#"{
    "name": {"vi": "Ngân hàng", "en": "Bank"}, "purpose": {"vi": "Mở tài khoản", "en": "To open an account"},
    "profile": {"kind": "fapi2"}, "sandbox": false, "authentication": "private_key_jwt", "sender": "dpop",
    "grants": ["authorization_code", "refresh_token"], "redirect_uris": ["https://bank.example/cb"], "sector": "bank.example",
    "claims": [{"claim": "name", "legal_basis": "x"}, {"claim": "birthdate", "legal_basis": "x"},
               {"claim": "gender", "legal_basis": "x"}],
    "api_scopes": ["accounts"], "audiences": ["https://api.bank.example"], "contact": "a@bank.example"
}"#;

static UNDER: LazyLock<ClientDraft> = LazyLock::new(|| serde_json::from_str(CEILING).expect("a ceiling"));

pub fn run(data: &[u8]) {
    let Ok(metadata) = Metadata::parse(data) else { return };
    let Ok(fitting) = metadata.under(&UNDER) else { return };
    let made = fitting.settings;
    assert!(made.claims.iter().all(|right| UNDER.claims.contains(right)));
    assert!(made.api_scopes.iter().all(|scope| UNDER.api_scopes.contains(scope)));
    assert!(made.grants.iter().all(|grant| UNDER.grants.contains(grant)));
    assert_eq!(
        (&made.audiences, &made.profile, &made.sector),
        (&UNDER.audiences, &UNDER.profile, &UNDER.sector)
    );
    assert_eq!((made.resource, made.sandbox, made.name), (None, false, UNDER.name.clone()));
    let addresses = made.redirect_uris.iter().chain(&made.post_logout_redirect_uris);
    let told = made.backchannel_logout_uri.iter().chain(&made.ciba_notification_uri);
    for uri in addresses.chain(told).chain(&made.jwks_uri) {
        let path = uri.strip_prefix("https://bank.example");
        assert!(path.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?'])), "{uri}");
    }
    assert!(!made.authentication.is_secret());
    assert!(made.jwks_uri.is_none() || fitting.keys.is_empty(), "keys that are handed in and published");
}
