//! Authorization requests as they are pushed: whatever is read, a client is asked nothing for that it was not approved for,
//! and no answer goes anywhere but to its registered addresses.

use std::sync::LazyLock;

use openid::{
    ClientDraft, ClientId, ClientState, Scope,
    clients::Served,
    params::Params,
    request::{Back, Request},
};

/// A bank that may ask for names, ages and residence, and for one API.
const CLIENT: &str = r#"{
    "name": {"vi": "Ngân hàng", "en": "Bank"}, "purpose": {"vi": "Mở tài khoản", "en": "To open an account"},
    "profile": {"kind": "fapi2"}, "sandbox": false, "authentication": "private_key_jwt", "sender": "dpop",
    "grants": ["authorization_code"], "redirect_uris": ["https://bank.example/cb"], "sector": "bank.example",
    "claims": [{"claim": "name", "legal_basis": "x"}, {"claim": "birthdate", "legal_basis": "x"},
               {"claim": "gender", "legal_basis": "x"}, {"claim": "resident_of", "legal_basis": "x"}],
    "api_scopes": ["accounts"], "audiences": ["https://api.bank.example"], "contact": "a@bank.example"
}"#;

static BANK: LazyLock<Served> = LazyLock::new(|| {
    let settings: ClientDraft = serde_json::from_str(CLIENT).expect("a client");
    let id: ClientId = "00000000-0000-7000-8000-000000000001".parse().expect("an id");
    let owner = contracts::AgencyId::new("NHNN");
    Served::new(id, owner, ClientState::Approved, settings, Vec::new()).expect("a settled client")
});

pub fn run(data: &[u8]) {
    let Ok(params) = Params::parse(data) else { return };
    let Ok(back) = Back::read(&params, &BANK) else { return };
    assert_eq!(back.redirect_uri, "https://bank.example/cb");
    let Ok(request) = Request::read(&params, &BANK, back) else { return };
    for wish in request.asked() {
        assert!(BANK.right(wish.claim).is_some(), "asked for what it may not");
    }
    for scope in &request.scopes {
        assert!(scope == "accounts" || Scope::parse(scope).is_some());
    }
    assert!(!request.has(Scope::OfflineAccess) && !request.has(Scope::Number));
    assert_eq!(request.challenge.len(), 43);
    assert!(request.resource.is_none_or(|uri| uri == "https://api.bank.example"));
    assert!(request.places.iter().all(|p| matches!(p.len(), 2 | 5)));
}
