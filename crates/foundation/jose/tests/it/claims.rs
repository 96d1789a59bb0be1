use jose::{AudienceRule, Claim, JoseError, Registered, Rules, claims::SKEW_S};
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://id.gov.vn";

fn rules() -> Rules<'static> {
    Rules { now: NOW, issuer: None, audience: AudienceRule::Any, required: &[], life_s_max: None }
}

fn read(claims: Value) -> Registered {
    serde_json::from_value(claims).unwrap()
}

fn check(rules: Rules, claims: Value) -> Result<(), JoseError> {
    rules.check(&read(claims))
}

#[test]
fn a_token_ends_and_begins_with_some_seconds_of_grace() {
    assert_eq!(check(rules(), json!({"exp": NOW + 1, "nbf": NOW, "iat": NOW})), Ok(()));
    assert_eq!(check(rules(), json!({"exp": NOW - SKEW_S + 1})), Ok(()));
    assert_eq!(check(rules(), json!({"exp": NOW - SKEW_S})), Err(JoseError::Expired));
    assert_eq!(check(rules(), json!({"nbf": NOW + SKEW_S})), Ok(()));
    assert_eq!(check(rules(), json!({"nbf": NOW + SKEW_S + 1})), Err(JoseError::NotYetValid));
    assert_eq!(check(rules(), json!({"iat": NOW + SKEW_S + 1})), Err(JoseError::IssuedInFuture));
    // FAPI 2.0: 10 seconds are accepted, 60 are not.
    assert_eq!(check(rules(), json!({"iat": NOW + 10, "nbf": NOW + 10})), Ok(()));
    assert_eq!(check(rules(), json!({"iat": NOW + 61})), Err(JoseError::IssuedInFuture));
}

#[test]
fn a_token_may_neither_live_nor_lie_around_too_long() {
    let hour = Rules { life_s_max: Some(3600), ..rules() };
    assert_eq!(check(hour, json!({"nbf": NOW, "exp": NOW + 3600})), Ok(()));
    assert_eq!(check(hour, json!({"nbf": NOW, "exp": NOW + 3700})), Err(JoseError::LifeTooLong));
    assert_eq!(check(hour, json!({"iat": NOW, "exp": NOW + 3700})), Err(JoseError::LifeTooLong));
    assert_eq!(check(hour, json!({"exp": NOW + 3700})), Err(JoseError::LifeTooLong));
    assert_eq!(check(hour, json!({"nbf": NOW - 3700})), Err(JoseError::TooOld));
    assert_eq!(check(hour, json!({"iat": NOW - 3700})), Err(JoseError::TooOld));
}

#[test]
fn what_is_required_must_be_there() {
    let all = [Claim::Iss, Claim::Sub, Claim::Aud, Claim::Exp, Claim::Nbf, Claim::Iat, Claim::Jti];
    let whole =
        json!({"iss": "i", "sub": "s", "aud": "a", "exp": NOW + 1, "nbf": NOW, "iat": NOW, "jti": "j"});
    assert_eq!(check(Rules { required: &all, ..rules() }, whole.clone()), Ok(()));
    for claim in all {
        let mut cut = whole.clone();
        cut.as_object_mut().unwrap().remove(&claim.to_string());
        let outcome = check(Rules { required: &all, ..rules() }, cut);
        assert_eq!(outcome, Err(JoseError::Missing(claim)));
    }
}

#[test]
fn a_client_assertions_audience_is_the_issuer_as_one_string() {
    let only = Rules { audience: AudienceRule::Only(ISSUER), ..rules() };
    assert_eq!(check(only, json!({"aud": ISSUER})), Ok(()));
    assert_eq!(check(only, json!({"aud": [ISSUER]})), Err(JoseError::AudienceNotSingle));
    let two = json!({"aud": [ISSUER, "https://other.example"]});
    assert_eq!(check(only, two), Err(JoseError::AudienceNotSingle));
    let token_endpoint = json!({"aud": "https://id.gov.vn/token"});
    assert_eq!(check(only, token_endpoint), Err(JoseError::AudienceMismatch));
    assert_eq!(check(only, json!({"aud": "https://id.gov.vn/"})), Err(JoseError::AudienceMismatch));
    assert_eq!(check(only, json!({})), Err(JoseError::Missing(Claim::Aud)));
}

#[test]
fn elsewhere_we_must_stand_among_those_it_is_for() {
    let names = [ISSUER, "https://id.gov.vn/token"];
    let one_of = Rules { audience: AudienceRule::OneOf(&names), ..rules() };
    assert_eq!(check(one_of, json!({"aud": "https://id.gov.vn/token"})), Ok(()));
    assert_eq!(check(one_of, json!({"aud": ["https://other.example", ISSUER]})), Ok(()));
    assert_eq!(check(one_of, json!({"aud": []})), Err(JoseError::AudienceMismatch));
    assert_eq!(check(one_of, json!({"aud": "https://other.example"})), Err(JoseError::AudienceMismatch));
    let many: Vec<_> = (0..17).map(|_| ISSUER).collect();
    assert_eq!(check(one_of, json!({"aud": many})), Err(JoseError::Malformed(Claim::Aud)));
}

#[test]
fn the_issuer_is_compared_letter_by_letter() {
    let ours = Rules { issuer: Some(ISSUER), ..rules() };
    assert_eq!(check(ours, json!({"iss": ISSUER})), Ok(()));
    for other in [json!({}), json!({"iss": "https://id.gov.vn/"}), json!({"iss": "https://ID.gov.vn"})] {
        assert_eq!(check(ours, other), Err(JoseError::IssuerMismatch));
    }
}

#[test]
fn an_id_is_neither_empty_nor_long() {
    assert_eq!(check(rules(), json!({"jti": "x".repeat(256)})), Ok(()));
    for bad in [String::new(), "x".repeat(257)] {
        assert_eq!(check(rules(), json!({"jti": bad})), Err(JoseError::Malformed(Claim::Jti)));
    }
}

#[test]
fn times_are_numbers_between_1970_and_9999() {
    let exp = |value: Value| serde_json::from_value::<Registered>(json!({"exp": value}));
    assert_eq!(exp(json!(NOW)).unwrap().exp, Some(NOW));
    assert_eq!(exp(json!(NOW as f64 + 0.75)).unwrap().exp, Some(NOW));
    for bad in [
        json!("1800000000"),
        json!(-1),
        json!(1e300),
        json!(-1e300),
        json!(i64::MAX),
        json!(u64::MAX),
        Value::Null,
        json!([1]),
        json!(true),
    ] {
        assert!(exp(bad.clone()).is_err(), "{bad}");
    }
}
