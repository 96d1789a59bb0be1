//! A device that keeps one passkey, made of software: what a browser and its authenticator answer together.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use identity::Offer;
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::ORIGIN;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

#[derive(Clone)]
pub struct Device {
    key: SigningKey,
    id: Vec<u8>,
    user: Vec<u8>,
    /// How often it has signed; zero for ever on a device that does not count.
    pub counter: u32,
    pub counts: bool,
    /// Whether it asks for a PIN or a finger before it signs.
    pub verifies: bool,
    pub origin: &'static str,
}

impl Device {
    /// A device without a passkey yet.
    pub fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[seed; 32]).unwrap(),
            id: vec![seed; 20],
            user: Vec::new(),
            counter: 0,
            counts: true,
            verifies: true,
            origin: ORIGIN,
        }
    }

    /// `navigator.credentials.create`.
    pub fn create(&mut self, offer: &Offer) -> String {
        let wish = &offer.options["publicKey"];
        self.user = BASE64.decode(wish["user"]["id"].as_str().unwrap()).unwrap();
        let client = self.client("webauthn.create", wish);
        let point = self.key.verifying_key().to_sec1_point(false);
        let mut auth = self.head(wish["rp"]["id"].as_str().unwrap(), ATTESTED);
        auth.extend([0; 16]);
        auth.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        auth.extend(&self.id);
        // COSE: EC2 key, ES256, curve P-256, x, y.
        auth.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        auth.extend(point.x().unwrap().iter());
        auth.extend([0x22, 0x58, 0x20]);
        auth.extend(point.y().unwrap().iter());
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt");
        object.push(0x64);
        object.extend(b"none");
        object.push(0x67);
        object.extend(b"attStmt");
        object.extend([0xa0, 0x68]);
        object.extend(b"authData");
        object.extend([0x58, u8::try_from(auth.len()).unwrap()]);
        object.extend(&auth);
        self.answer(&json!({
            "attestationObject": BASE64.encode(object), "clientDataJSON": BASE64.encode(client), "transports": ["internal"],
        }))
    }

    /// `navigator.credentials.get`.
    pub fn get(&mut self, offer: &Offer) -> String {
        let wish = &offer.options["publicKey"];
        let client = self.client("webauthn.get", wish);
        if self.counts {
            self.counter += 1;
        }
        let auth = self.head(wish["rpId"].as_str().unwrap(), 0);
        let said: Vec<u8> = auth.iter().copied().chain(Sha256::digest(&client)).collect();
        let signature: Signature = self.key.sign(&said);
        self.answer(&json!({
            "authenticatorData": BASE64.encode(auth), "clientDataJSON": BASE64.encode(client),
            "signature": BASE64.encode(signature.to_der()), "userHandle": BASE64.encode(&self.user),
        }))
    }

    fn client(&self, kind: &str, wish: &Value) -> Vec<u8> {
        let said = json!({
            "type": kind, "challenge": wish["challenge"], "origin": self.origin, "crossOrigin": false,
        });
        said.to_string().into_bytes()
    }

    fn head(&self, host: &str, more: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut auth = Sha256::digest(host.as_bytes()).to_vec();
        auth.push(PRESENT | verified | more);
        auth.extend(self.counter.to_be_bytes());
        auth
    }

    fn answer(&self, response: &Value) -> String {
        let id = BASE64.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response })
            .to_string()
    }
}
