//! Signatures that caught other implementations: zero, too large, malleable, truncated, with garbage, in DER.

use jose::{Algorithm, Jwk, VerifyingKey};

const VECTORS: &str = include_str!("vectors/wycheproof.txt");
/// Keys of the set that are none here: RSA with the exponent 3.
const SMALL_EXPONENT: &str = r#""e":"Aw""#;

fn bytes(text: &str) -> Vec<u8> {
    if text == "-" { Vec::new() } else { hex::decode(text).unwrap() }
}

#[test]
fn every_signature_is_judged_as_project_wycheproof_says() {
    let mut key: Option<VerifyingKey> = None;
    let (mut valid, mut invalid, mut refused_keys) = (0, 0, 0);
    for line in VECTORS.lines().filter(|l| !l.starts_with('#')) {
        if let Some((algorithm, jwk)) = line.strip_prefix("key ").and_then(|rest| rest.split_once(' ')) {
            let algorithm = Algorithm::parse(algorithm).unwrap();
            let parsed = Jwk::parse(jwk);
            if jwk.contains(SMALL_EXPONENT) {
                assert!(parsed.is_err());
                refused_keys += 1;
                key = None;
            } else {
                key = Some(VerifyingKey::new_as(&parsed.unwrap(), algorithm).unwrap());
            }
            continue;
        }
        let [number, result, message, signature] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("four words a test")
        };
        let Some(key) = &key else { continue };
        let good = key.verify(&bytes(message), &bytes(signature)).is_ok();
        assert_eq!(good, result == "valid", "{} test {number}", key.algorithm());
        if good {
            valid += 1;
        } else {
            invalid += 1;
        }
    }
    assert!(valid > 250 && invalid > 200, "{valid} valid, {invalid} invalid");
    assert_eq!(refused_keys, 2);
}
