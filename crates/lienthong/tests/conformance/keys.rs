//! Keys of relying parties, and tokens that are signed as well or as badly as a test wants.

use aws_lc_rs::{
    encoding::{AsBigEndian, EcPrivateKeyBin},
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaPublicKeyComponents,
        UnparsedPublicKey,
    },
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Base64url without padding, as every part of a token is written.
pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL.encode(bytes)
}

pub fn unb64(text: &str) -> Vec<u8> {
    BASE64URL.decode(text).unwrap()
}

/// SHA-256 in base64url: PKCE challenges, `ath`, thumbprints.
pub fn digest(text: &str) -> String {
    b64(Sha256::digest(text))
}

/// So many random bytes as text.
pub fn random() -> String {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).unwrap();
    b64(bytes)
}

/// What stands before the modulus in the DER of a public key of 2048 bits.
const RSA_HEAD: [u8; 9] = [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];

enum Pair {
    P256(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
}

/// A key pair of a relying party.
pub struct Key {
    pub kid: String,
    pair: Pair,
}

impl Key {
    pub fn p256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { kid: random(), pair: Pair::P256(Box::new(pair)) }
    }

    /// Takes a moment.
    pub fn rsa() -> Self {
        Self { kid: random(), pair: Pair::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())) }
    }

    /// The public JWK; `alg` where it says which one it speaks.
    pub fn public(&self, alg: Option<&str>) -> Value {
        let mut jwk = match &self.pair {
            Pair::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": b64(x), "y": b64(y) })
            }
            Pair::Rsa(pair) => {
                // SEQUENCE { INTEGER n, INTEGER e } (RFC 8017 section A.1.1), of 2048 bits and 65537.
                let der = pair.public_key().as_ref();
                let (head, rest) = der.split_at(RSA_HEAD.len());
                assert_eq!(head, RSA_HEAD);
                json!({ "kty": "RSA", "n": b64(&rest[..256]), "e": "AQAB" })
            }
        };
        if let Some(alg) = alg {
            jwk["alg"] = json!(alg);
        }
        jwk
    }

    /// The public JWK as it is registered: with its `kid`.
    pub fn registered(&self, alg: &str) -> Value {
        let mut jwk = self.public(Some(alg));
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk
    }

    /// Both halves, for the scripts.
    pub fn private(&self) -> Value {
        let Pair::P256(pair) = &self.pair else { panic!("only P-256 keys are handed to scripts") };
        let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().unwrap();
        let mut jwk = self.registered("ES256");
        jwk["d"] = json!(b64(d.as_ref()));
        jwk
    }

    /// RFC 7638.
    pub fn thumbprint(&self) -> String {
        let jwk = self.public(None);
        let text = |name: &str| jwk[name].as_str().unwrap_or_default().to_owned();
        digest(&match &self.pair {
            Pair::P256(_) => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text("x"), text("y"))
            }
            Pair::Rsa(_) => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text("e"), text("n")),
        })
    }

    /// Signs as the header says, whatever this key was meant for. `alg: none` gets an empty signature.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
        let random = SystemRandom::new();
        let rsa = |pair: &RsaKeyPair, padding| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(padding, &random, signed.as_bytes(), &mut signature).unwrap();
            signature
        };
        let signature = match (&self.pair, header["alg"].as_str().unwrap()) {
            (_, "none") => Vec::new(),
            (Pair::P256(pair), _) => pair.sign(&random, signed.as_bytes()).unwrap().as_ref().to_vec(),
            (Pair::Rsa(pair), "RS256") => rsa(pair, &RSA_PKCS1_SHA256),
            (Pair::Rsa(pair), _) => rsa(pair, &RSA_PSS_SHA256),
        };
        format!("{signed}.{}", b64(signature))
    }

    /// An ES256 token of the given type under this key's `kid`.
    pub fn token(&self, typ: &str, claims: &Value) -> String {
        self.sign(&json!({ "alg": "ES256", "typ": typ, "kid": self.kid }), claims)
    }
}

/// The same token with a signature that is not its own.
pub fn spoilt(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut signature = unb64(signature);
    signature[0] ^= 0x55;
    format!("{signed}.{}", b64(signature))
}

/// Header and claims of a token, unverified.
pub fn read(token: &str) -> (Value, Value) {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "not a signed token: {token}");
    let part = |n: usize| serde_json::from_slice(&unb64(parts[n])).unwrap();
    (part(0), part(1))
}

/// Header and claims of a token that a key of the set has signed.
pub fn verified(token: &str, jwks: &Value) -> (Value, Value) {
    let (header, claims) = read(token);
    let kid = header["kid"].as_str().expect("a kid");
    let key = jwks["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).expect("a published key");
    assert_eq!(key["alg"], header["alg"], "the key speaks another algorithm");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let number = |name: &str| unb64(key[name].as_str().unwrap());
    let good = match header["alg"].as_str().unwrap() {
        "ES256" => {
            let point = [vec![4], number("x"), number("y")].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(signed.as_bytes(), &unb64(signature))
                .is_ok()
        }
        "RS256" => RsaPublicKeyComponents { n: number("n"), e: number("e") }
            .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &unb64(signature))
            .is_ok(),
        other => panic!("signed with {other}"),
    };
    assert!(good, "the signature does not verify");
    (header, claims)
}
