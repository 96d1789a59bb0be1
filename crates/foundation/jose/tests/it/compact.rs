use jose::{Algorithm, Compact, JoseError, Limits, Signer, SoftwareKey, Typ, VerifyingKey, b64, sign};
use serde_json::{Value, json};

fn key() -> (SoftwareKey, VerifyingKey) {
    let key = SoftwareKey::generate(Algorithm::Es256).unwrap();
    let verifying = VerifyingKey::new(key.public_jwk()).unwrap();
    (key, verifying)
}

/// A token with any header, properly signed.
fn token(signer: &SoftwareKey, header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", b64::encode(header), b64::encode(payload));
    let signature = signer.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", b64::encode(signature))
}

fn refused(text: &str) -> Option<JoseError> {
    Compact::parse(text, Limits::SMALL).err()
}

#[test]
fn only_three_parts_in_canonical_base64url_are_a_token() {
    let (signer, _) = key();
    let good = sign(&signer, None, &json!({})).unwrap();
    assert_eq!(refused(&good), None);
    let (head, rest) = good.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    for parts in
        ["", ".", "a", "a.b", &format!("{good}."), &format!("{good}.x"), &format!("{head}.{payload}")]
    {
        assert_eq!(refused(parts), Some(JoseError::Parts), "{parts}");
    }
    for other in [
        format!("{head}=.{payload}.{signature}"),
        format!("{head}.{payload}.{signature}="),
        format!("{head}.{payload}.{signature}\n"),
        format!(" {head}.{payload}.{signature}"),
        format!("{head}.{payload}.+{}", &signature[1..]),
    ] {
        assert_eq!(refused(&other), Some(JoseError::Base64), "{other}");
    }
    // The last letter of 64 bytes has four unused bits: any but zeros is another text for the same bytes.
    let last = signature.chars().last().unwrap();
    let next = char::from(u8::try_from(u32::from(last) + 1).unwrap());
    let twin = format!("{head}.{payload}.{}{next}", &signature[..signature.len() - 1]);
    assert_eq!(refused(&twin), Some(JoseError::Base64));
    assert_eq!(refused(&"a".repeat(8 * 1024 + 1)), Some(JoseError::TooLong));
}

#[test]
fn none_macs_and_unknown_algorithms_cannot_be_said() {
    let payload = b64::encode("{}");
    for alg in
        ["none", "None", "NONE", "nOnE", "", "HS256", "ES384", "ES512", "RS512", "PS384", "es256", "ES256 "]
    {
        let head = b64::encode(json!({"alg": alg}).to_string());
        assert_eq!(refused(&format!("{head}.{payload}.")), Some(JoseError::AlgorithmUnknown), "{alg}");
    }
    for head in [json!({}), json!({"alg": null}), json!({"alg": ["ES256"]}), json!([]), json!("ES256")] {
        let head = b64::encode(head.to_string());
        assert_eq!(refused(&format!("{head}.{payload}.")), Some(JoseError::Json));
    }
}

#[test]
fn headers_that_bring_keys_or_extensions_are_refused() {
    for name in ["crit", "b64", "jku", "jwk", "x5u", "x5c"] {
        for value in [json!({}), json!({"kty": "EC"})] {
            let head = b64::encode(json!({"alg": "ES256", name: value}).to_string());
            assert_eq!(refused(&format!("{head}.e30.")), Some(JoseError::HeaderMember), "{name}");
        }
    }
    let null = b64::encode(r#"{"alg":"ES256","crit":null}"#);
    assert_eq!(refused(&format!("{null}.e30.")), Some(JoseError::HeaderMember));
}

#[test]
fn a_header_is_small_and_says_each_thing_once() {
    let head = b64::encode(r#"{"alg":"ES256","alg":"none"}"#);
    assert_eq!(refused(&format!("{head}.e30.")), Some(JoseError::DuplicateName));
    let head = b64::encode(r#"{"alg":"ES256","x":1,"x":2}"#);
    assert_eq!(refused(&format!("{head}.e30.")), Some(JoseError::DuplicateName));
    let head = b64::encode(json!({"alg": "ES256", "x": "y".repeat(2048)}).to_string());
    assert_eq!(refused(&format!("{head}.e30.")), Some(JoseError::HeaderTooLong));
    let head = b64::encode(json!({"alg": "ES256", "kid": "y".repeat(129)}).to_string());
    assert_eq!(refused(&format!("{head}.e30.")), Some(JoseError::HeaderTooLong));
}

#[test]
fn the_algorithm_is_the_keys_and_the_header_must_agree() {
    let (signer, verifying) = key();
    for alg in ["EdDSA", "PS256", "RS256"] {
        let text = token(&signer, &json!({"alg": alg}).to_string(), "{}");
        let parsed = Compact::parse(&text, Limits::SMALL).unwrap();
        let outcome = parsed.verify(&verifying, Typ::Plain).err();
        assert_eq!(outcome, Some(JoseError::AlgorithmMismatch), "{alg}");
    }
    let rsa = SoftwareKey::generate(Algorithm::Ps256).unwrap();
    let text = sign(&rsa, None, &json!({})).unwrap();
    let as_rs256 = serde_json::to_string(rsa.public_jwk()).unwrap().replace("PS256", "RS256");
    let as_rs256 = VerifyingKey::new(&jose::Jwk::parse(&as_rs256).unwrap()).unwrap();
    let parsed = Compact::parse(&text, Limits::SMALL).unwrap();
    assert_eq!(parsed.verify(&as_rs256, Typ::Plain).err(), Some(JoseError::AlgorithmMismatch));
}

#[test]
fn ed25519_goes_by_both_its_names() {
    let signer = SoftwareKey::generate(Algorithm::EdDsa).unwrap();
    let verifying = VerifyingKey::new(signer.public_jwk()).unwrap();
    for alg in ["EdDSA", "Ed25519"] {
        let text = token(&signer, &json!({"alg": alg}).to_string(), "{}");
        assert!(Compact::parse(&text, Limits::SMALL).unwrap().verify(&verifying, Typ::Plain).is_ok());
    }
}

#[test]
fn a_token_of_one_type_is_none_of_another() {
    let (signer, verifying) = key();
    let admits = |typ: Value, expected: Typ| {
        let text = token(&signer, &json!({"alg": "ES256", "typ": typ}).to_string(), "{}");
        let parsed = Compact::parse(&text, Limits::SMALL).unwrap();
        match parsed.verify(&verifying, expected) {
            Ok(_) => true,
            Err(e) => {
                assert_eq!(e, JoseError::TypeMismatch);
                false
            }
        }
    };
    let at = Typ::Is("at+jwt");
    assert!(admits(json!("at+jwt"), at));
    assert!(admits(json!("AT+JWT"), at));
    assert!(admits(json!("application/at+jwt"), at));
    assert!(!admits(json!("JWT"), at));
    assert!(!admits(json!("logout+jwt"), at));
    assert!(!admits(Value::Null, at));
    assert!(admits(Value::Null, Typ::Plain));
    assert!(admits(json!("JWT"), Typ::Plain));
    assert!(!admits(json!("at+jwt"), Typ::Plain));
    let request = Typ::IsOrPlain("oauth-authz-req+jwt");
    assert!(admits(json!("oauth-authz-req+jwt"), request));
    assert!(admits(json!("JWT"), request));
    assert!(!admits(json!("dpop+jwt"), request));
}

#[test]
fn a_token_goes_to_the_key_that_it_names() {
    let (one, one_key) = key();
    let (other, other_key) = key();
    let keys = [one_key.clone(), other_key];
    let verify = |text: &str, keys: &[VerifyingKey]| {
        let parsed = Compact::parse(text, Limits::SMALL).unwrap();
        parsed.verify_with(keys, Typ::Plain).map(|_| ())
    };
    assert_eq!(verify(&sign(&other, None, &json!({})).unwrap(), &keys), Ok(()));
    assert_eq!(verify(&sign(&other, None, &json!({})).unwrap(), &[one_key]), Err(JoseError::KeyNotFound));
    assert_eq!(verify(&token(&other, r#"{"alg":"ES256"}"#, "{}"), &keys), Ok(()), "unnamed: each is tried");
    let wrong = json!({"alg": "ES256", "kid": one.kid()}).to_string();
    assert_eq!(verify(&token(&other, &wrong, "{}"), &keys), Err(JoseError::Signature));
    assert_eq!(verify(&token(&one, r#"{"alg":"EdDSA"}"#, "{}"), &keys), Err(JoseError::KeyNotFound));
    let many: Vec<_> = (0..4).map(|_| key().1).chain(keys).collect();
    let unnamed = token(&other, r#"{"alg":"ES256"}"#, "{}");
    assert_eq!(verify(&unnamed, &many), Err(JoseError::Signature), "not more than four");
}

#[test]
fn claims_are_an_object_that_says_each_thing_once() {
    let (signer, verifying) = key();
    let claims = |payload: &str| {
        let text = token(&signer, r#"{"alg":"ES256"}"#, payload);
        let parsed = Compact::parse(&text, Limits::SMALL).unwrap();
        let verified = parsed.verify(&verifying, Typ::Plain).unwrap();
        verified.claims::<Value>().map(|_| ())
    };
    assert_eq!(claims(r#"{"sub":"a"}"#), Ok(()));
    assert_eq!(claims(r#"{"sub":"a","sub":"b"}"#), Err(JoseError::DuplicateName));
    assert_eq!(claims("[]"), Err(JoseError::Json));
    assert_eq!(claims(""), Err(JoseError::Json));
    assert_eq!(claims("\"x\""), Err(JoseError::Json));
}
