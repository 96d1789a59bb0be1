use jose::{Algorithm, Compact, JoseError, Jwk, Limits, Signer, SoftwareKey, Typ, VerifyingKey, sign};
use serde_json::{Value, json};

#[test]
fn a_token_signed_under_each_algorithm_verifies_under_its_public_key() {
    for algorithm in Algorithm::ALL {
        let key = SoftwareKey::generate(algorithm).unwrap();
        let token = sign(&key, Some("at+jwt"), &json!({"sub": "x"})).unwrap();
        // As a relying party sees it: the public half as text.
        let public = Jwk::parse(&serde_json::to_string(key.public_jwk()).unwrap()).unwrap();
        let verifying = VerifyingKey::new(&public).unwrap();
        let token = Compact::parse(&token, Limits::SMALL).unwrap();
        let claims: Value = token.verify(&verifying, Typ::Is("at+jwt")).unwrap().claims().unwrap();
        assert_eq!(claims, json!({"sub": "x"}), "{algorithm}");
        assert_eq!(token.header().kid.as_deref(), Some(public.thumbprint().to_string().as_str()));
    }
}

#[test]
fn a_key_comes_back_from_its_pem() {
    for algorithm in Algorithm::ALL {
        let key = SoftwareKey::generate(algorithm).unwrap();
        let pem = key.to_pem().unwrap();
        assert!(
            pem.starts_with("-----BEGIN PRIVATE KEY-----\n") && pem.ends_with("-----END PRIVATE KEY-----\n")
        );
        assert!(pem.lines().all(|line| line.len() <= 64));
        let back = SoftwareKey::from_pem(&pem, algorithm).unwrap();
        assert_eq!(back.public_jwk(), key.public_jwk());
        let verifying = VerifyingKey::new(key.public_jwk()).unwrap();
        assert!(verifying.verify(b"text", &back.sign(b"text").unwrap()).is_ok());
    }
}

#[test]
fn a_key_is_not_taken_for_another_algorithm() {
    let pem = SoftwareKey::generate(Algorithm::Es256).unwrap().to_pem().unwrap();
    for other in [Algorithm::EdDsa, Algorithm::Ps256, Algorithm::Rs256] {
        assert_eq!(SoftwareKey::from_pem(&pem, other).err(), Some(JoseError::KeyMalformed));
    }
}

#[test]
fn text_that_is_no_key_is_refused() {
    let pem = SoftwareKey::generate(Algorithm::Es256).unwrap().to_pem().unwrap();
    let cut = pem.replace("-----END PRIVATE KEY-----", "");
    let twice = format!("{}{}", *pem, *pem);
    let other = pem.replace("PRIVATE KEY", "EC PRIVATE KEY");
    for bad in ["", "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----", &cut, &twice, &other] {
        assert!(SoftwareKey::from_pem(bad, Algorithm::Es256).is_err());
    }
}

#[test]
fn what_is_printed_of_a_key_shows_nothing_private() {
    let key = SoftwareKey::generate(Algorithm::EdDsa).unwrap();
    let private = key.to_pem().unwrap();
    let body = private.lines().nth(1).unwrap();
    let printed = format!("{key:?}");
    assert!(printed.contains("SoftwareKey") && !printed.contains(body));
    assert!(!printed.contains("pair"));
}
