//! The examples of RFC 7520 section 4: the one algorithm of them that is spoken here, with another, in the compact form and in
//! all those that are not read.

use jose::{Compact, JoseError, Jwk, Limits, Typ, VerifyingKey};

/// Section 3.3.
const RSA_N: &str = "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw";
/// Section 3.1.
const P521: &str = r#"{"kty":"EC","kid":"bilbo.baggins@hobbiton.example","use":"sig","crv":"P-521","x":"AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt","y":"AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1"}"#;
/// Section 3.5.
const MAC: &str = r#"{"kty":"oct","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037","use":"sig","alg":"HS256","k":"hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"}"#;

const PAYLOAD: &str = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";

const RS256: [&str; 2] = [
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
    "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg",
];
const PS384: [&str; 2] = [
    "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
    "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
];
const ES512: [&str; 2] = [
    "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
    "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2",
];
const HS256: [&str; 2] = [
    "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9",
    "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0",
];

fn compact([header, signature]: [&str; 2]) -> String {
    format!("{header}.{PAYLOAD}.{signature}")
}

fn rsa(alg: &str) -> VerifyingKey {
    let jwk = format!(r#"{{"kty":"RSA","n":"{RSA_N}","e":"AQAB","alg":"{alg}","use":"sig"}}"#);
    VerifyingKey::new(&Jwk::parse(&jwk).unwrap()).unwrap()
}

fn refused(text: &str) -> Option<JoseError> {
    Compact::parse(text, Limits::SMALL).err()
}

#[test]
fn section_4_1_is_read_with_the_key_that_speaks_rs256_and_with_no_other() {
    let text = compact(RS256);
    let token = Compact::parse(&text, Limits::SMALL).unwrap();
    assert!(token.verify(&rsa("RS256"), Typ::Plain).unwrap().payload().ends_with(b"swept off to."));
    assert_eq!(token.verify(&rsa("PS256"), Typ::Plain).err(), Some(JoseError::AlgorithmMismatch));
}

#[test]
fn sections_4_2_to_4_4_sign_with_algorithms_that_are_not_spoken() {
    for token in [PS384, ES512, HS256] {
        assert_eq!(refused(&compact(token)), Some(JoseError::AlgorithmUnknown), "{}", token[0]);
    }
    // Nor are their keys.
    assert_eq!(Jwk::parse(P521), Err(JoseError::KeyUnsupported));
    assert_eq!(Jwk::parse(MAC), Err(JoseError::KeyPrivate));
    let ps384 = format!(r#"{{"kty":"RSA","n":"{RSA_N}","e":"AQAB","alg":"PS384"}}"#);
    assert_eq!(Jwk::parse(&ps384), Err(JoseError::KeyUnsupported));
    // The signature of one algorithm under the name of another.
    let renamed = compact([RS256[0], PS384[1]]);
    let token = Compact::parse(&renamed, Limits::SMALL).unwrap();
    assert_eq!(token.verify(&rsa("RS256"), Typ::Plain).err(), Some(JoseError::Signature));
}

#[test]
fn section_4_5_a_payload_elsewhere_is_no_payload() {
    let [header, signature] = HS256;
    assert_eq!(refused(&format!("{header}..{signature}")), Some(JoseError::AlgorithmUnknown));
    let [header, signature] = RS256;
    let detached = format!("{header}..{signature}");
    let token = Compact::parse(&detached, Limits::SMALL).unwrap();
    assert_eq!(token.verify(&rsa("RS256"), Typ::Plain).err(), Some(JoseError::Signature));
}

#[test]
fn sections_4_1_to_4_8_no_json_form_is_read() {
    let general = |signatures: &str| format!(r#"{{"payload":"{PAYLOAD}","signatures":[{signatures}]}}"#);
    let mut all = Vec::new();
    for [header, signature] in [RS256, PS384, ES512, HS256] {
        let one = format!(r#""protected":"{header}","signature":"{signature}""#);
        all.push(general(&format!("{{{one}}}")));
        all.push(format!(r#"{{"payload":"{PAYLOAD}",{one}}}"#));
        // Section 4.5.
        all.push(format!("{{{one}}}"));
        // Sections 4.6 and 4.7: with a part of the header, or all of it, outside of what is signed.
        let outside = r#""header":{"kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037"}"#;
        all.push(format!(r#"{{"payload":"{PAYLOAD}","protected":"eyJhbGciOiJIUzI1NiJ9",{outside},"signature":"{signature}"}}"#));
        all.push(format!(
            r#"{{"payload":"{PAYLOAD}","header":{{"alg":"RS256"}},"signature":"{signature}"}}"#
        ));
    }
    // Section 4.8.
    let each = [RS256, ES512, HS256].map(|[h, s]| format!(r#"{{"protected":"{h}","signature":"{s}"}}"#));
    all.push(general(&each.join(",")));
    for text in all {
        assert!(matches!(refused(&text), Some(JoseError::Parts | JoseError::Base64)), "{text}");
    }
}
