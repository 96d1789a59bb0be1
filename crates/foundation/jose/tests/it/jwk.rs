use ed25519_dalek::VerifyingKey as Dalek;
use jose::{Algorithm, JoseError, Jwk, JwkSet, Signer, SoftwareKey, VerifyingKey, b64};
use serde_json::{Value, json};

fn ec() -> Value {
    json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
           "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})
}

fn okp(x: &[u8]) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": b64::encode(x)})
}

/// A modulus of a size: odd, and made of one repeated byte otherwise.
fn rsa(bits: usize) -> Value {
    let mut n = vec![0xa5; bits / 8];
    n[0] = 0xff;
    json!({"kty": "RSA", "e": "AQAB", "n": b64::encode(n)})
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

fn refused(key: &Value) -> Option<JoseError> {
    Jwk::parse(&key.to_string()).err()
}

#[test]
fn a_private_or_symmetric_key_is_refused_whatever_else_it_says() {
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        assert_eq!(refused(&with(ec(), name, json!("AQAB"))), Some(JoseError::KeyPrivate), "{name}");
        assert_eq!(refused(&with(ec(), name, Value::Null)), Some(JoseError::KeyPrivate), "{name}");
    }
    assert_eq!(refused(&json!({"kty": "oct"})), Some(JoseError::KeyPrivate));
}

#[test]
fn a_key_for_another_use_is_refused() {
    assert_eq!(refused(&with(ec(), "use", json!("enc"))), Some(JoseError::KeyUse));
    for ops in [json!(["sign"]), json!(["verify", "sign"]), json!(["deriveKey"]), json!([])] {
        assert_eq!(refused(&with(ec(), "key_ops", ops)), Some(JoseError::KeyUse));
    }
    assert_eq!(refused(&with(ec(), "key_ops", json!("verify"))), Some(JoseError::KeyMalformed));
    let good = with(with(ec(), "use", json!("sig")), "key_ops", json!(["verify"]));
    assert_eq!(refused(&good), None);
}

#[test]
fn the_algorithm_must_be_one_of_the_keys_kind() {
    assert_eq!(refused(&with(ec(), "alg", json!("ES256"))), None);
    assert_eq!(refused(&with(ec(), "alg", json!("PS256"))), Some(JoseError::KeyMalformed));
    assert_eq!(refused(&with(ec(), "alg", json!("ES384"))), Some(JoseError::KeyUnsupported));
    assert_eq!(refused(&with(ec(), "alg", json!("none"))), Some(JoseError::KeyUnsupported));
    assert_eq!(refused(&with(rsa(2048), "alg", json!("ES256"))), Some(JoseError::KeyMalformed));
    assert_eq!(refused(&with(ec(), "crv", json!("P-384"))), Some(JoseError::KeyUnsupported));
    assert_eq!(refused(&with(ec(), "crv", json!("secp256k1"))), Some(JoseError::KeyUnsupported));
    assert_eq!(refused(&with(ec(), "kty", json!("AKP"))), Some(JoseError::KeyUnsupported));
}

#[test]
fn an_rsa_key_that_says_nothing_speaks_what_its_owner_registered() {
    let key = Jwk::parse(&rsa(2048).to_string()).unwrap();
    assert_eq!(key.algorithm(), None);
    assert_eq!(VerifyingKey::new(&key).err(), Some(JoseError::AlgorithmUnknown));
    assert_eq!(VerifyingKey::new_as(&key, Algorithm::Ps256).unwrap().algorithm(), Algorithm::Ps256);
    assert_eq!(VerifyingKey::new_as(&key, Algorithm::Es256).err(), Some(JoseError::AlgorithmMismatch));
    let said = Jwk::parse(&with(rsa(2048), "alg", json!("RS256")).to_string()).unwrap();
    assert_eq!(VerifyingKey::new_as(&said, Algorithm::Ps256).err(), Some(JoseError::AlgorithmMismatch));
}

#[test]
fn rsa_keys_have_2048_to_4096_bits_and_the_usual_exponent() {
    for (bits, expected) in [
        (1024, Some(JoseError::KeySize)),
        (2040, Some(JoseError::KeySize)),
        (2048, None),
        (3072, None),
        (4096, None),
        (4104, Some(JoseError::KeySize)),
        (8192, Some(JoseError::KeySize)),
    ] {
        assert_eq!(refused(&rsa(bits)), expected, "{bits}");
    }
    for e in ["Aw", "AQ", "AAEAAQ", "", "AQAC"] {
        assert_eq!(refused(&with(rsa(2048), "e", json!(e))), Some(JoseError::KeyMalformed), "{e}");
    }
    let mut even = vec![0xff; 256];
    even[255] = 0xfe;
    assert_eq!(refused(&with(rsa(2048), "n", json!(b64::encode(even)))), Some(JoseError::KeyMalformed));
    let mut padded = vec![0xff; 257];
    padded[0] = 0;
    assert_eq!(refused(&with(rsa(2048), "n", json!(b64::encode(padded)))), Some(JoseError::KeyMalformed));
}

#[test]
fn a_point_must_lie_on_the_curve_in_full_width() {
    let x = ec()["x"].clone();
    assert_eq!(refused(&with(ec(), "y", x)), Some(JoseError::KeyMalformed), "off the curve");
    for bad in [json!(""), json!("AA"), json!(b64::encode([0; 33])), json!(b64::encode([0; 31])), json!(7)] {
        assert_eq!(refused(&with(ec(), "x", bad)), Some(JoseError::KeyMalformed));
    }
    let padded = format!("{}=", ec()["x"].as_str().unwrap());
    assert_eq!(refused(&with(ec(), "x", json!(padded))), Some(JoseError::KeyMalformed));
    let zero = with(with(ec(), "x", json!(b64::encode([0; 32]))), "y", json!(b64::encode([0; 32])));
    assert_eq!(refused(&zero), Some(JoseError::KeyMalformed));
    for missing in ["kty", "crv", "x", "y"] {
        let mut key = ec();
        key.as_object_mut().unwrap().remove(missing);
        assert_eq!(refused(&key), Some(JoseError::KeyMalformed), "{missing}");
    }
}

#[test]
fn ed25519_points_of_small_order_and_unreduced_ones_are_refused() {
    let p = "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    let small_order = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ];
    for text in small_order {
        let x: [u8; 32] = hex::decode(text).unwrap().try_into().unwrap();
        assert!(Dalek::from_bytes(&x).unwrap().is_weak(), "another implementation says so too: {text}");
        assert_eq!(refused(&okp(&x)), Some(JoseError::KeyMalformed), "{text}");
    }
    for unreduced in [p, &p.replacen("ed", "ee", 1), &p.replacen("ed", "ff", 1), &p.replace("7f", "ff")] {
        assert_eq!(refused(&okp(&hex::decode(unreduced).unwrap())), Some(JoseError::KeyMalformed));
    }
    let good = SoftwareKey::generate(Algorithm::EdDsa).unwrap();
    assert_eq!(refused(&serde_json::to_value(good.public_jwk()).unwrap()), None);
}

#[test]
fn a_set_leaves_out_what_is_not_for_us_and_refuses_what_is_wrong() {
    let set = |keys: Value| JwkSet::parse(&json!({"keys": keys}).to_string());
    let id = |kid: &str| with(ec(), "kid", json!(kid));
    let read =
        set(json!([id("a"), with(id("b"), "use", json!("enc")), {"kty": "OKP", "crv": "X25519", "x": "AA"},
                          {"kty": "NEW"}, rsa(2048)]));
    assert_eq!(read.unwrap().keys.len(), 2);
    assert_eq!(set(json!([])).unwrap().keys.len(), 0);
    assert_eq!(set(json!([id("a"), id("a")])).err(), Some(JoseError::KeyIdTwice));
    assert_eq!(set(json!([with(ec(), "d", json!("AA"))])).err(), Some(JoseError::KeyPrivate));
    assert_eq!(set(json!([with(ec(), "x", json!("AA"))])).err(), Some(JoseError::KeyMalformed));
    assert_eq!(set(json!([1])).err(), Some(JoseError::KeyMalformed));
    assert_eq!(set(json!([rsa(1024)])).err(), Some(JoseError::KeySize));
    assert_eq!(set(json!({})).err(), Some(JoseError::KeyMalformed));
    assert_eq!(JwkSet::parse("{}").err(), Some(JoseError::KeyMalformed));
    assert_eq!(JwkSet::parse("[]").err(), Some(JoseError::Json));
    assert_eq!(JwkSet::parse(r#"{"keys":[],"keys":[]}"#).err(), Some(JoseError::DuplicateName));
    let many: Vec<_> = (0..17).map(|i| id(&i.to_string())).collect();
    assert_eq!(set(json!(many)).err(), Some(JoseError::KeysTooMany));
    assert_eq!(JwkSet::parse(&" ".repeat(65 * 1024)).err(), Some(JoseError::TooLong));
}

#[test]
fn a_key_id_is_short_and_not_empty() {
    assert_eq!(refused(&with(ec(), "kid", json!(""))), Some(JoseError::KeyMalformed));
    assert_eq!(refused(&with(ec(), "kid", json!("k".repeat(129)))), Some(JoseError::KeyMalformed));
    assert_eq!(refused(&with(ec(), "kid", json!(1))), Some(JoseError::KeyMalformed));
}
