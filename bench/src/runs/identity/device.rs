//! A telephone with one passkey, made of software: what a browser and its authenticator answer together (WebAuthn level 3).
//!
//! ES256, user verified, no attestation, and a counter that goes on. Options come in and answers go out as the site's
//! script exchanges them: JSON with bytes as base64url.

use anyhow::Context;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use jose::{b64, hash::sha256};
use serde_json::{Value, json};

/// Flags of authenticator data (section 6.1): present, verified, with a new key.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// CBOR before the coordinates of a COSE key: EC2, ES256, P-256, then x and y as strings of 32 bytes.
const COSE_X: [u8; 10] = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
const COSE_Y: [u8; 3] = [0x22, 0x58, 0x20];
/// A map of three: `fmt` is `none`, `attStmt` an empty map, and `authData` a string whose length follows in one byte.
const OBJECT: &[u8] = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58";

pub struct Device {
    key: EcdsaKeyPair,
    id: [u8; 32],
    /// The account, as the site called it when the key was made.
    user: String,
    origin: String,
    counter: u32,
}

impl Device {
    /// A device without a passkey, at a site.
    pub fn new(origin: &str) -> anyhow::Result<Self> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?;
        let id = sha256(key.public_key().as_ref());
        Ok(Self { key, id, user: String::new(), origin: origin.to_owned(), counter: 0 })
    }

    /// `navigator.credentials.create`.
    pub fn create(&mut self, options: &Value) -> anyhow::Result<String> {
        let wish = options.get("publicKey").context("options")?;
        self.user = text(wish, "/user/id")?.to_owned();
        let client = self.client("webauthn.create", wish)?;
        let point = self.key.public_key().as_ref();
        // An uncompressed point: 04, x, y.
        let (x, y) = point.get(1..).and_then(|p| p.split_at_checked(32)).context("a point")?;
        let mut auth = self.head(text(wish, "/rp/id")?, ATTESTED);
        // The maker of the device is not told.
        auth.extend([0; 16]);
        auth.extend([0, u8::try_from(self.id.len())?]);
        auth.extend(self.id);
        [&COSE_X[..], x, &COSE_Y[..], y].into_iter().for_each(|part| auth.extend(part));
        let mut object = OBJECT.to_vec();
        object.push(u8::try_from(auth.len())?);
        object.extend(auth);
        Ok(self.answer(&json!({
            "attestationObject": b64::encode(object), "clientDataJSON": b64::encode(client),
            "transports": ["internal"],
        })))
    }

    /// `navigator.credentials.get`.
    pub fn get(&mut self, options: &Value) -> anyhow::Result<String> {
        let wish = options.get("publicKey").context("options")?;
        let client = self.client("webauthn.get", wish)?;
        self.counter += 1;
        let auth = self.head(text(wish, "/rpId")?, 0);
        let signed = [auth.as_slice(), &sha256(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed)?;
        Ok(self.answer(&json!({
            "authenticatorData": b64::encode(auth), "clientDataJSON": b64::encode(client),
            "signature": b64::encode(signature), "userHandle": self.user,
        })))
    }

    fn client(&self, kind: &str, wish: &Value) -> anyhow::Result<Vec<u8>> {
        let challenge = text(wish, "/challenge")?;
        let said =
            json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        Ok(said.to_string().into_bytes())
    }

    fn head(&self, host: &str, more: u8) -> Vec<u8> {
        let mut auth = sha256(host).to_vec();
        auth.push(PRESENT | VERIFIED | more);
        auth.extend(self.counter.to_be_bytes());
        auth
    }

    fn answer(&self, response: &Value) -> String {
        let id = b64::encode(self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response })
            .to_string()
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> anyhow::Result<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("the options have no {pointer}"))
}
