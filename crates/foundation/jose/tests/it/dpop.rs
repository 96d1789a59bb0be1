use jose::{
    Algorithm, Claim, JoseError, Signer, SoftwareKey, b64,
    dpop::{self, Expect, NewProof, Nonce},
    hash,
};
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;
const URL: &str = "https://id.gov.vn/token";

fn key() -> SoftwareKey {
    SoftwareKey::generate(Algorithm::Es256).unwrap()
}

fn new() -> NewProof<'static> {
    NewProof { jti: "a1", method: "POST", url: URL, iat: NOW, nonce: None, ath: None }
}

fn expect() -> Expect<'static> {
    Expect { method: "POST", url: URL, now: NOW, nonce: Nonce::NotAsked, access_token: None }
}

fn refused(proof: &NewProof, expect: &Expect) -> Option<JoseError> {
    dpop::check(&dpop::prove(&key(), proof).unwrap(), expect).err()
}

/// A proof with any header and claims, signed with the key.
fn raw(key: &SoftwareKey, header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", b64::encode(header.to_string()), b64::encode(claims.to_string()));
    let signature = key.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", b64::encode(signature))
}

fn header(key: &SoftwareKey) -> Value {
    json!({"typ": "dpop+jwt", "alg": key.algorithm(), "jwk": key.public_jwk()})
}

fn claims() -> Value {
    json!({"jti": "a1", "htm": "POST", "htu": URL, "iat": NOW})
}

#[test]
fn a_proof_tells_its_key_and_until_when_its_id_counts() {
    for algorithm in dpop::ALGORITHMS {
        let key = SoftwareKey::generate(algorithm).unwrap();
        let proof = dpop::check(&dpop::prove(&key, &new()).unwrap(), &expect()).unwrap();
        assert_eq!(proof.thumbprint, key.public_jwk().thumbprint());
        assert_eq!((proof.jti.as_str(), proof.nonce), ("a1", None));
        assert_eq!(proof.until, NOW + 90);
    }
}

#[test]
fn rs256_is_no_algorithm_of_proofs() {
    let key = SoftwareKey::generate(Algorithm::Rs256).unwrap();
    let proof = dpop::prove(&key, &new()).unwrap();
    assert_eq!(dpop::check(&proof, &expect()), Err(JoseError::AlgorithmMismatch));
}

#[test]
fn a_proof_is_for_one_method_and_address() {
    assert_eq!(refused(&NewProof { method: "GET", ..new() }, &expect()), Some(JoseError::MethodMismatch));
    assert_eq!(refused(&NewProof { method: "post", ..new() }, &expect()), Some(JoseError::MethodMismatch));
    for same in ["https://ID.gov.vn:443/token", "https://id.gov.vn/token?a=1#b", "https://id.gov.vn/%74oken"]
    {
        assert_eq!(refused(&NewProof { url: same, ..new() }, &expect()), None, "{same}");
    }
    for other in ["https://id.gov.vn/token/", "http://id.gov.vn/token", "https://id.gov.vn:444/token"] {
        assert_eq!(
            refused(&NewProof { url: other, ..new() }, &expect()),
            Some(JoseError::UrlMismatch),
            "{other}"
        );
    }
    let none = refused(&NewProof { url: "/token", ..new() }, &expect());
    assert_eq!(none, Some(JoseError::Malformed(Claim::Htu)));
}

#[test]
fn a_proof_is_fresh() {
    assert_eq!(refused(&NewProof { iat: NOW + 30, ..new() }, &expect()), None);
    assert_eq!(refused(&NewProof { iat: NOW + 31, ..new() }, &expect()), Some(JoseError::IssuedInFuture));
    assert_eq!(refused(&NewProof { iat: NOW - 90, ..new() }, &expect()), None);
    assert_eq!(refused(&NewProof { iat: NOW - 91, ..new() }, &expect()), Some(JoseError::TooOld));
}

#[test]
fn the_servers_nonce_must_be_its_own_and_current() {
    let ours = |nonce: &str| nonce == "current";
    let asked = Expect { nonce: Nonce::Required(&ours), ..expect() };
    assert_eq!(refused(&new(), &asked), Some(JoseError::NonceMissing));
    assert_eq!(refused(&NewProof { nonce: Some("old"), ..new() }, &asked), Some(JoseError::NonceStale));
    assert_eq!(refused(&NewProof { nonce: Some("current"), ..new() }, &asked), None);
    let long = "n".repeat(257);
    assert_eq!(refused(&NewProof { nonce: Some(&long), ..new() }, &expect()), Some(JoseError::NonceStale));
}

#[test]
fn beside_an_access_token_the_proof_names_it() {
    let with_token = Expect { access_token: Some("token"), ..expect() };
    assert_eq!(refused(&new(), &with_token), Some(JoseError::Missing(Claim::Ath)));
    let ath = hash::sha256_text("token");
    assert_eq!(refused(&NewProof { ath: Some(&ath), ..new() }, &with_token), None);
    let other = hash::sha256_text("other");
    let outcome = refused(&NewProof { ath: Some(&other), ..new() }, &with_token);
    assert_eq!(outcome, Some(JoseError::TokenMismatch));
}

#[test]
fn every_claim_must_be_there() {
    let key = key();
    for (name, claim) in [("jti", Claim::Jti), ("htm", Claim::Htm), ("htu", Claim::Htu), ("iat", Claim::Iat)]
    {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        let outcome = dpop::check(&raw(&key, &header(&key), &claims), &expect());
        assert_eq!(outcome, Err(JoseError::Missing(claim)));
    }
    for jti in [String::new(), "x".repeat(257)] {
        let mut claims = claims();
        claims["jti"] = json!(jti);
        let outcome = dpop::check(&raw(&key, &header(&key), &claims), &expect());
        assert_eq!(outcome, Err(JoseError::Malformed(Claim::Jti)));
    }
}

#[test]
fn the_key_in_the_header_is_public_and_the_one_that_signed() {
    let (key, other) = (key(), key());
    let check = |header: &Value| dpop::check(&raw(&key, header, &claims()), &expect()).err();
    assert_eq!(check(&header(&key)), None);
    assert_eq!(check(&header(&other)), Some(JoseError::Signature));
    let mut changed = header(&key);
    changed["jwk"]["d"] = json!("AA");
    assert_eq!(check(&changed), Some(JoseError::KeyPrivate));
    let mut changed = header(&key);
    changed["jwk"]["x"] = changed["jwk"]["y"].clone();
    assert_eq!(check(&changed), Some(JoseError::KeyMalformed));
    let mut changed = header(&key);
    changed["jwk"] = json!([]);
    assert_eq!(check(&changed), Some(JoseError::Json));
    let mut changed = header(&key);
    changed.as_object_mut().unwrap().remove("jwk");
    assert_eq!(check(&changed), Some(JoseError::KeyNotFound));
    for typ in [json!("JWT"), json!("at+jwt"), Value::Null] {
        let mut changed = header(&key);
        changed["typ"] = typ;
        assert_eq!(check(&changed), Some(JoseError::TypeMismatch));
    }
    for alg in ["EdDSA", "PS256"] {
        let mut changed = header(&key);
        changed["alg"] = json!(alg);
        assert_eq!(check(&changed), Some(JoseError::AlgorithmMismatch));
    }
    let mut changed = header(&key);
    changed["alg"] = json!("none");
    assert_eq!(check(&changed), Some(JoseError::AlgorithmUnknown));
}
