//! Whatever is changed in a signed token, it is no longer one; whatever is read, nothing panics.

use std::sync::LazyLock;

use jose::{Algorithm, Compact, JwkSet, Limits, Signer, SoftwareKey, Typ, VerifyingKey, sign, url};
use proptest::prelude::*;
use serde_json::json;

struct Signed {
    token: String,
    key: VerifyingKey,
}

static SIGNED: LazyLock<Vec<Signed>> = LazyLock::new(|| {
    let all = Algorithm::ALL.into_iter().map(|algorithm| {
        let key = SoftwareKey::generate(algorithm).unwrap();
        let token = sign(&key, Some("at+jwt"), &json!({"sub": "someone", "exp": 1_800_000_000})).unwrap();
        Signed { token, key: VerifyingKey::new(key.public_jwk()).unwrap() }
    });
    all.collect()
});

fn holds(token: &str, key: &VerifyingKey) -> bool {
    Compact::parse(token, Limits::SMALL).is_ok_and(|t| t.verify(key, Typ::Is("at+jwt")).is_ok())
}

proptest! {
    #[test]
    fn a_token_with_one_letter_changed_is_refused(which in 0..4_usize, at in any::<prop::sample::Index>(), to in "[ -~]") {
        let signed = &SIGNED[which];
        prop_assert!(holds(&signed.token, &signed.key));
        let at = at.index(signed.token.len());
        let mut changed = signed.token.clone();
        changed.replace_range(at..=at, &to);
        prop_assume!(changed != signed.token);
        prop_assert!(!holds(&changed, &signed.key));
    }

    #[test]
    fn a_token_with_a_letter_more_or_less_is_refused(which in 0..4_usize, at in any::<prop::sample::Index>(), more in "[A-Za-z0-9_.=-]") {
        let signed = &SIGNED[which];
        let at = at.index(signed.token.len());
        let mut longer = signed.token.clone();
        longer.insert_str(at, &more);
        prop_assert!(!holds(&longer, &signed.key));
        let mut shorter = signed.token.clone();
        shorter.remove(at);
        prop_assert!(!holds(&shorter, &signed.key));
        prop_assert!(!holds(&signed.token[..at], &signed.key));
    }

    #[test]
    fn a_token_of_one_key_is_none_of_another(one in 0..4_usize, other in 0..4_usize) {
        prop_assume!(one != other);
        prop_assert!(!holds(&SIGNED[one].token, &SIGNED[other].key));
    }

    #[test]
    fn readers_of_text_never_panic(text in any::<String>()) {
        let _ = Compact::parse(&text, Limits::SMALL);
        let _ = JwkSet::parse(&text);
        let _ = url::normal(&text);
    }

    #[test]
    fn the_normal_form_of_an_address_is_its_own(text in "https?://[a-zA-Z0-9.:-]{1,20}(/[a-zA-Z0-9.%/~_-]{0,30})?") {
        if let Some(once) = url::normal(&text) {
            prop_assert_eq!(url::normal(&once), Some(once));
        }
    }
}
