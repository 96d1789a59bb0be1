//! Signed tokens: whatever is read, only those are ever believed that the standards' examples signed, and one of our own making.

use std::sync::LazyLock;

use jose::{Compact, Jwk, Limits, Typ, VerifyingKey};

/// RFC 7515 appendix A.3, RFC 8037 appendix A.4, RFC 7520 section 4.1; the last key was made for this and thrown away.
const KEYS: [&str; 4] = [
    r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    r#"{"kty":"RSA","alg":"RS256","e":"AQAB","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw"}"#,
    r#"{"kty":"RSA","alg":"PS256","e":"AQAB","n":"jlL-AdDkPN-yTH5dxDi8kIbscHcVBIWHuLsyFI8XVLzAnECn9s74gdYH0xdaAF7M0LoFtTeXC84_DfQv0qTvkf6L_vhOBxIxm-kQBttee5ejQz1avADbMfnUsS10H-Qv_nfd6t7D-Vc4tKPDT1CA-tHVKZlMiXcz64nW4XkavfPeAJupFws2mqtVG1wlystOKi0aY6ML-BqM1tPH5esElYLNKdwkhvCxpNOBAsxrP4kAZJsZ-fa2sGSg5INCfPKUhgGrsy3zzPx2C-CeB4rCz5Xw__tAbQRF0pUj8v-dX7YZeW-iiUyw12Hq1tqNpjWhgogWN1kdD80lP7W4ys1HmQ"}"#,
];
const SIGNED: [&str; 4] = [
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.",
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.",
    "eyJhbGciOiJQUzI1NiJ9.RXhhbXBsZSBvZiBQUzI1NiBzaWduaW5n.",
];

static READY: LazyLock<Vec<VerifyingKey>> = LazyLock::new(|| {
    let ready = |key: &&str| VerifyingKey::new(&Jwk::parse(key).expect("a key")).expect("a key");
    KEYS.iter().map(ready).collect()
});

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(token) = Compact::parse(text, Limits::SMALL) else { return };
    assert_eq!(text.matches('.').count(), 2);
    let _ = token.unverified::<jose::Registered>();
    for (key, signed) in READY.iter().zip(SIGNED) {
        if let Ok(verified) = token.verify(key, Typ::Plain) {
            assert!(text.starts_with(signed), "a forged token is believed");
            let _ = verified.claims::<jose::Registered>();
        }
    }
}
