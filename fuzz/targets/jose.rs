//! Signed tokens: whatever is read, only the two that the standards' examples signed are ever believed.

use jose::{Compact, Jwk, Limits, Typ, VerifyingKey};

/// RFC 7515 appendix A.3 and RFC 8037 appendix A.4.
const KEYS: [&str; 2] = [
    r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
];
const SIGNED: [&str; 2] = [
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.",
];

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(token) = Compact::parse(text, Limits::SMALL) else { return };
    assert_eq!(text.matches('.').count(), 2);
    let _ = token.unverified::<jose::Registered>();
    for (key, signed) in KEYS.iter().zip(SIGNED) {
        let key =
            VerifyingKey::new(&Jwk::parse(key).expect("the standard's key")).expect("the standard's key");
        if let Ok(verified) = token.verify(&key, Typ::Plain) {
            assert!(text.starts_with(signed), "a forged token is believed");
            let _ = verified.claims::<jose::Registered>();
        }
    }
}
