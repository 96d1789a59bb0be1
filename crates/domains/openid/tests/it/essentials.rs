//! What is essential of a login and of an account, asked for by the parameter `claims`, in all its forms.

use contracts::{AgencyId, IdentityLevel, LoginStrength};
use openid::{
    Claim, ClientDraft, ClientId, ClientState, Reason,
    clients::Served,
    login_demand::LoginDemand,
    params::Params,
    request::{Back, Request},
};
use serde_json::{Value, json};

use crate::{rp::form, world::bank};

type Read = Result<(Option<LoginStrength>, Option<IdentityLevel>), Reason>;

fn served(draft: ClientDraft) -> Served {
    let draft = openid::draft::settled(&draft, ClientId(uuid::Uuid::from_u128(7)), None);
    let (id, owner) = (ClientId(uuid::Uuid::from_u128(7)), AgencyId::new("NHNN"));
    Served::new(id, owner, ClientState::Approved, draft, Vec::new()).unwrap()
}

fn request(client: &Served, more: &[(&str, &str)]) -> Result<Request, Reason> {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let mut pairs = vec![
        ("response_type", "code"),
        ("redirect_uri", "https://bank.example/cb"),
        ("scope", "openid"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ];
    pairs.extend(more);
    let params = Params::parse(form(&pairs).as_bytes()).unwrap();
    let back = Back::read(&params, client).unwrap();
    Request::read(&params, client, back)
}

fn read(client: &Served, claims: &Value) -> Read {
    request(client, &[("claims", &claims.to_string())]).map(|r| (r.strength, r.level))
}

fn acr(n: i16) -> String {
    LoginStrength::from_number(n).unwrap().acr()
}

/// How one member asks for `acr`, and what the login must then be.
fn logins() -> Vec<(Value, Result<Option<LoginStrength>, Reason>)> {
    use LoginStrength::{One, Three, Two};
    let never = Err(Reason::StrengthUnmet);
    vec![
        (Value::Null, Ok(None)),
        (json!({ "essential": true }), Ok(None)),
        (json!({ "essential": true, "values": [] }), Ok(None)),
        (json!({ "essential": true, "value": acr(1) }), Ok(Some(One))),
        (json!({ "essential": true, "value": acr(2) }), Ok(Some(Two))),
        (json!({ "essential": true, "values": [acr(1), acr(2)] }), Ok(Some(One))),
        (json!({ "essential": true, "values": [acr(2), acr(1)] }), Ok(Some(One))),
        (json!({ "essential": true, "values": [acr(3), acr(2)] }), Ok(Some(Two))),
        (json!({ "essential": true, "values": ["urn:x", acr(2)] }), Ok(Some(Two))),
        (json!({ "essential": true, "value": acr(3) }), Ok(Some(Three))),
        (json!({ "values": [acr(2)] }), Ok(Some(Two))),
        (json!({ "values": ["urn:x"] }), Ok(None)),
        (json!({ "essential": true, "value": "urn:x" }), never),
        (json!({ "essential": true, "values": ["urn:x", "urn:vn:nd69-2024:auth:5"] }), never),
        (json!({ "essential": true, "value": "urn:vn:nd69-2024:auth:+2" }), never),
        (json!({ "essential": true, "value": 2 }), never),
    ]
}

/// How one member asks for `identity_level`, and what the account must then be.
fn levels() -> Vec<(Value, Result<Option<IdentityLevel>, Reason>)> {
    use IdentityLevel::{One, Two};
    let never = Err(Reason::LevelUnmet);
    vec![
        (Value::Null, Ok(None)),
        (json!({ "essential": true }), Ok(None)),
        (json!({ "essential": true, "value": "1" }), Ok(Some(One))),
        (json!({ "essential": true, "value": "2" }), Ok(Some(Two))),
        (json!({ "essential": true, "value": 2 }), Ok(Some(Two))),
        (json!({ "essential": true, "values": ["1", "2"] }), Ok(Some(One))),
        (json!({ "essential": true, "values": [2, 1] }), Ok(Some(One))),
        (json!({ "essential": true, "values": ["3", "2"] }), Ok(Some(Two))),
        (json!({ "value": "2" }), Ok(None)),
        (json!({ "value": "3" }), Ok(None)),
        (json!({ "essential": true, "value": "3" }), never),
        (json!({ "essential": true, "value": 3 }), never),
        (json!({ "essential": true, "values": ["0", "+2", "02", "high"] }), never),
        (json!({ "essential": true, "value": true }), never),
    ]
}

/// Each way alone in each member, and each pair of ways in both.
fn over_all<T: Copy + Ord>(
    name: &str,
    ways: &[(Value, Result<Option<T>, Reason>)],
    told: impl Fn(Option<T>) -> (Option<LoginStrength>, Option<IdentityLevel>),
) {
    let client = served(bank());
    for (one, wanted) in ways {
        for member in ["userinfo", "id_token"] {
            let claims = json!({ member: { name: one } });
            assert_eq!(read(&client, &claims), (*wanted).map(&told), "{claims}");
        }
        for (other, also) in ways {
            let both = match (wanted, also) {
                (Err(reason), _) | (_, Err(reason)) => Err(*reason),
                (Ok(wanted), Ok(also)) => Ok(told((*wanted).max(*also))),
            };
            let claims = json!({ "userinfo": { name: one }, "id_token": { name: other } });
            assert_eq!(read(&client, &claims), both, "{claims}");
        }
    }
}

#[test]
fn an_essential_login_is_met_by_any_of_its_values_and_unmet_by_none_of_ours() {
    over_all("acr", &logins(), |strength| (strength, None));
}

#[test]
fn an_essential_level_is_met_by_any_of_its_values_and_unmet_by_none_of_ours() {
    over_all("identity_level", &levels(), |level| (None, level));
}

#[test]
fn what_an_identity_token_tells_at_once_is_asked_of_the_login_at_once() {
    let mut draft = bank();
    let demand = LoginDemand { strength: Some(LoginStrength::Two), max_age_s: Some(600) };
    draft.claims.iter_mut().filter(|r| r.claim == Claim::Name).for_each(|r| r.login = demand);
    let client = served(draft);
    let asks = |member: &str, more: &[(&str, &str)]| {
        let claims = json!({ member: { "name": null } }).to_string();
        let request = request(&client, &[&[("claims", claims.as_str())], more].concat()).unwrap();
        (request.strength, request.max_age_s)
    };
    assert_eq!(asks("id_token", &[]), (Some(LoginStrength::Two), Some(600)));
    assert_eq!(asks("id_token", &[("max_age", "60")]), (Some(LoginStrength::Two), Some(60)));
    assert_eq!(asks("id_token", &[("max_age", "9999")]), (Some(LoginStrength::Two), Some(600)));
    // What userinfo tells, userinfo demands when it is asked.
    assert_eq!(asks("userinfo", &[]), (None, None));
}
