//! Whole tokens and sets of keys that caught other implementations: of other uses, other curves, two of one name, cut off,
//! with a key of their own, with a padding that is almost right.

use jose::{Compact, JoseError, JwkSet, Limits, Typ, VerifyingKey};

const VECTORS: &str = include_str!("vectors/wycheproof_jose.txt");

/// As everything here reads a stranger's token: the set, then the token, then the key that it names.
fn read(keys: &str, token: &str) -> Result<Vec<u8>, JoseError> {
    let set = JwkSet::parse(keys)?;
    let keys = set.keys.iter().map(VerifyingKey::new).collect::<Result<Vec<_>, _>>()?;
    let token = Compact::parse(token, Limits::SMALL)?;
    Ok(token.verify_with(&keys, Typ::Plain)?.payload().to_vec())
}

#[test]
fn every_token_is_judged_as_project_wycheproof_says() {
    let (mut keys, mut valid, mut invalid) = ("", 0, 0);
    for line in VECTORS.lines().filter(|line| !line.starts_with('#')) {
        if let Some(set) = line.strip_prefix("keys ") {
            keys = set;
            continue;
        }
        let [number, result, token] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("three words a test")
        };
        let outcome = read(keys, if token == "-" { "" } else { token });
        match result {
            "valid" => {
                assert_eq!(outcome.as_deref(), Ok(b"foo".as_slice()), "test {number}");
                valid += 1;
            }
            _ => {
                assert!(outcome.is_err(), "test {number} is taken");
                invalid += 1;
            }
        }
    }
    assert_eq!((valid, invalid), (4, 71));
}
