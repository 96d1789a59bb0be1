//! Sets of keys: what is read can be written, read again, and is the same; and nothing private is ever in it.

use jose::{JwkSet, jwk::KEYS_MAX};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(set) = JwkSet::parse(text) else { return };
    assert!(set.keys.len() <= KEYS_MAX);
    let written = serde_json::to_string(&set).expect("keys can be written");
    assert!(!written.contains("\"d\":"));
    assert_eq!(JwkSet::parse(&written).as_ref(), Ok(&set));
    for key in &set.keys {
        assert_eq!(key.thumbprint(), key.thumbprint());
    }
}
