//! Signing keys that never leave a hardware module (PKCS#11). ES256 only.
//!
//! The module, the label of the token and the file with its PIN come from the configuration. A key's object carries its
//! `kid` as label, so that the row in the database is enough to find it. Calls block; [`super::KeyRing::sign`] knows.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use base::Entropy;
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    mechanism::Mechanism,
    object::{Attribute, AttributeType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use jose::{Algorithm, JoseError, Jwk, Signer, b64, hash::sha256};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

/// The named curve P-256 (1.2.840.10045.3.1.7), in DER.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// An uncompressed point: a mark and two coordinates.
const POINT_BYTES: usize = 65;
const COORDINATE_BYTES: usize = 32;
const ID_BYTES: usize = 16;

/// Where the module is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HsmSettings {
    /// The shared library of the module's maker.
    pub module: PathBuf,
    /// Label of the token in it.
    pub token: String,
    /// A file with the PIN, which only its owner reads.
    pub pin_file: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum HsmError {
    #[error("the file with the module's PIN cannot be read")]
    Pin(#[from] std::io::Error),
    #[error("the module refuses: {0}")]
    Module(#[from] cryptoki::error::Error),
    #[error("the module has no token of this label")]
    Token,
    #[error("the module's key is not one of ours")]
    Key,
}

/// A session with the module; signing takes turns.
pub struct Hsm {
    session: Arc<Mutex<Session>>,
}

impl Hsm {
    pub fn open_module(settings: &HsmSettings) -> Result<Self, HsmError> {
        let pin = fs::read_to_string(&settings.pin_file)?;
        let module = Pkcs11::new(&settings.module)?;
        module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
        let slot = slot_of(&module, &settings.token)?;
        let session = module.open_rw_session(slot)?;
        session.login(UserType::User, Some(&AuthPin::new(pin.trim().into())))?;
        Ok(Self { session: Arc::new(Mutex::new(session)) })
    }

    /// A new key pair in the module, named by the thumbprint of its public half.
    pub fn make(&self, entropy: &dyn Entropy) -> Result<Jwk, HsmError> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let id: [u8; ID_BYTES] = base::entropy::bytes(entropy);
        let id = Attribute::Id(id.to_vec());
        let public = [
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Verify(true),
            Attribute::EcParams(P256.to_vec()),
            id.clone(),
        ];
        let private = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            id,
        ];
        let (public, private) = session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)?;
        let jwk = read(&session, public)?;
        let label = Attribute::Label(jwk.kid().unwrap_or_default().as_bytes().to_vec());
        for object in [public, private] {
            session.update_attributes(object, std::slice::from_ref(&label))?;
        }
        Ok(jwk)
    }

    /// The key of this id.
    pub fn open(&self, kid: &str) -> Result<HsmKey, HsmError> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let find = |class| -> Result<ObjectHandle, HsmError> {
            let wanted = [Attribute::Class(class), Attribute::Label(kid.as_bytes().to_vec())];
            session.find_objects(&wanted)?.first().copied().ok_or(HsmError::Key)
        };
        let public = read(&session, find(ObjectClass::PUBLIC_KEY)?)?;
        if public.kid() != Some(kid) {
            return Err(HsmError::Key);
        }
        let private = find(ObjectClass::PRIVATE_KEY)?;
        Ok(HsmKey { session: Arc::clone(&self.session), private, public })
    }
}

fn slot_of(module: &Pkcs11, label: &str) -> Result<Slot, HsmError> {
    for slot in module.get_slots_with_token()? {
        if module.get_token_info(slot)?.label().trim() == label {
            return Ok(slot);
        }
    }
    Err(HsmError::Token)
}

fn read(session: &Session, public: ObjectHandle) -> Result<Jwk, HsmError> {
    let point = session.get_attributes(public, &[AttributeType::EcPoint])?;
    let Some(Attribute::EcPoint(point)) = point.first() else { return Err(HsmError::Key) };
    // Modules give the point bare or as an OCTET STRING.
    let skip = point.len().checked_sub(POINT_BYTES).ok_or(HsmError::Key)?;
    let [4, coordinates @ ..] = point.get(skip..).unwrap_or_default() else { return Err(HsmError::Key) };
    let (x, y) = coordinates.split_at_checked(COORDINATE_BYTES).ok_or(HsmError::Key)?;
    let mut object = Map::new();
    for (name, value) in [("kty", "EC".to_owned()), ("crv", "P-256".to_owned())] {
        object.insert(name.to_owned(), json!(value));
    }
    object.insert("x".to_owned(), json!(b64::encode(x)));
    object.insert("y".to_owned(), json!(b64::encode(y)));
    let jwk = Jwk::from_object(&object).map_err(|_| HsmError::Key)?;
    let kid = jwk.thumbprint().to_string();
    Ok(jwk.with_kid(kid))
}

/// One key in the module.
pub struct HsmKey {
    session: Arc<Mutex<Session>>,
    private: ObjectHandle,
    public: Jwk,
}

impl Signer for HsmKey {
    fn public_jwk(&self) -> &Jwk {
        &self.public
    }

    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        // The module signs a digest; `r ‖ s` is what it gives and what JOSE wants.
        session.sign(&Mechanism::Ecdsa, self.private, &sha256(message)).map_err(|_| JoseError::Signing)
    }
}
