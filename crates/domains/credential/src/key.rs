//! Keys that sign documents: both halves as files of the data directory, the public ones as JWK for everybody.
//!
//! The public halves (`es256.*.pub`) stay in the folder for ever and are what documents are checked with. So a key that
//! somebody slipped into the database vouches for nothing. A machine that only verifies needs the `.pub` files alone.
//!
//! A key is named by its thumbprint (RFC 7638), so a name cannot stand for another key. Which key signs is a matter of
//! the database ([`crate::ops::keys`]); here are only the files and the mathematics (ECDSA on P-256, the nonce derived
//! from key and message as in RFC 6979). A private key never leaves this module and never reaches the database.

use std::{
    collections::HashMap,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use base::{Entropy, entropy};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::{
    ecdsa::{
        Signature, SigningKey, VerifyingKey,
        signature::{Signer, Verifier},
    },
    pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding},
};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Group and others may have no part in a private key.
const MODE_FORBIDDEN: u32 = 0o077;
/// One draw in four thousand million does not give a key; so many in a row mean that chance is broken.
const DRAWS_MAX: usize = 8;

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("signing key {}: {source}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("signing key {}: readable by others (mode {mode:o}); run chmod 600 on it", path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("signing key {}: not the private key that its name says", path.display())]
    Malformed { path: PathBuf },
    #[error("no key could be made: the source of chance does not work")]
    NoChance,
}

/// The public half of a signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// A public key as JWK (RFC 7517), for `jwks.json`.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Jwk {
    pub kty: &'static str,
    pub crv: &'static str,
    pub x: String,
    pub y: String,
    pub kid: String,
    pub alg: &'static str,
    #[serde(rename = "use")]
    pub usage: &'static str,
}

impl PublicKey {
    pub fn from_pem(pem: &str) -> Option<Self> {
        VerifyingKey::from_public_key_pem(pem).ok().map(Self)
    }

    pub fn to_pem(&self) -> Option<String> {
        self.0.to_public_key_pem(LineEnding::LF).ok()
    }

    /// Its name: the thumbprint.
    pub fn id(&self) -> String {
        let (x, y) = self.coordinates();
        // The members and their order are those of RFC 7638 section 3.2.
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }

    pub fn jwk(&self) -> Jwk {
        let (x, y) = self.coordinates();
        Jwk { kty: "EC", crv: "P-256", x, y, kid: self.id(), alg: "ES256", usage: "sig" }
    }

    /// Whether the signature over the message is by this key.
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|s| self.0.verify(message, &s).is_ok())
    }

    fn coordinates(&self) -> (String, String) {
        let point = self.0.to_sec1_point(false);
        let text = |c: Option<&[u8]>| URL_SAFE_NO_PAD.encode(c.unwrap_or_default());
        (text(point.x().map(AsRef::as_ref)), text(point.y().map(AsRef::as_ref)))
    }
}

/// A private key that is held in memory. It shows only its public half.
#[derive(Clone)]
pub struct PrivateKey(Arc<SigningKey>);

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateKey({})", self.public().id())
    }
}

impl PrivateKey {
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, KeyError> {
        (0..DRAWS_MAX)
            .find_map(|_| SigningKey::from_slice(&entropy::bytes::<32>(entropy)).ok())
            .map(|key| Self(Arc::new(key)))
            .ok_or(KeyError::NoChance)
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(*self.0.verifying_key())
    }

    /// The signature, 64 bytes: r and s.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().to_vec()
    }
}

/// The folder of private keys, and those of them that were read.
#[derive(Debug)]
pub struct SigningKeys {
    folder: PathBuf,
    held: RwLock<HashMap<String, PrivateKey>>,
    known: RwLock<HashMap<String, PublicKey>>,
}

impl SigningKeys {
    /// Opens the folder, which is made where it is missing.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, KeyError> {
        let folder = folder.into();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(|source| KeyError::File { path: folder.clone(), source })?;
        Ok(Self { folder, held: RwLock::default(), known: RwLock::default() })
    }

    /// Makes a key and keeps it: when this returns, the file is on the disk.
    pub fn create(&self, entropy: &dyn Entropy) -> Result<PublicKey, KeyError> {
        let key = PrivateKey::generate(entropy)?;
        let public = key.public();
        let id = public.id();
        let path = self.path(&id);
        let failed = |source| KeyError::File { path: path.clone(), source };
        let pem =
            key.0.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Malformed { path: path.clone() })?;
        let spki = public.to_pem().ok_or_else(|| KeyError::Malformed { path: path.clone() })?;
        // The public half first: what can sign can be checked.
        write_whole(&self.public_path(&id), spki.as_bytes()).map_err(failed)?;
        write_whole(&path, pem.as_bytes()).map_err(failed)?;
        self.held.write().unwrap_or_else(PoisonError::into_inner).insert(id, key);
        Ok(public)
    }

    /// The private key of this name; read from its file once.
    pub fn get(&self, id: &str) -> Result<PrivateKey, KeyError> {
        if let Some(key) = self.held.read().unwrap_or_else(PoisonError::into_inner).get(id) {
            return Ok(key.clone());
        }
        let key = read(&self.path(id), id)?;
        self.held.write().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), key.clone());
        Ok(key)
    }

    /// The public half of a key of ours, whether it still signs or not. None for a key that we never made.
    pub fn public(&self, id: &str) -> Option<PublicKey> {
        if !is_thumbprint(id) {
            return None;
        }
        if let Some(key) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(id) {
            return Some(key.clone());
        }
        let pem = fs::read_to_string(self.public_path(id)).ok();
        let key = match pem {
            Some(pem) => PublicKey::from_pem(&pem).filter(|key| key.id() == id),
            None => self.get(id).ok().map(|key| key.public()),
        }?;
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), key.clone());
        Some(key)
    }

    /// Undoes the making of a key that nobody got to know of.
    pub fn discard(&self, id: &str) -> Result<(), KeyError> {
        self.destroy(id)?;
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(id);
        remove(self.public_path(id))
    }

    /// Destroys a private key that will never sign again. One that is gone already is gone.
    pub fn destroy(&self, id: &str) -> Result<(), KeyError> {
        self.held.write().unwrap_or_else(PoisonError::into_inner).remove(id);
        remove(self.path(id))
    }

    fn public_path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("es256.{id}.pub"))
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("es256.{id}.pem"))
    }
}

/// A name that cannot lead out of the folder: SHA-256 in base64url.
fn is_thumbprint(id: &str) -> bool {
    URL_SAFE_NO_PAD.decode(id).is_ok_and(|digest| digest.len() == 32)
}

fn remove(path: PathBuf) -> Result<(), KeyError> {
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(KeyError::File { path, source }),
        _ => Ok(()),
    }
}

fn read(path: &Path, id: &str) -> Result<PrivateKey, KeyError> {
    let failed = |source| KeyError::File { path: path.to_owned(), source };
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    if mode & MODE_FORBIDDEN != 0 {
        return Err(KeyError::Exposed { path: path.to_owned(), mode });
    }
    let pem = fs::read_to_string(path).map_err(failed)?;
    let key = SigningKey::from_pkcs8_pem(&pem).ok().map(|key| PrivateKey(Arc::new(key)));
    key.filter(|key| key.public().id() == id).ok_or_else(|| KeyError::Malformed { path: path.to_owned() })
}

/// Writes beside the place and renames, so that nobody ever reads half a key.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    match path.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;

    use super::*;

    #[test]
    fn a_key_is_named_by_its_thumbprint_and_survives_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let keys = SigningKeys::open(folder.path().join("keys")).unwrap();
        let public = keys.create(&SeededEntropy::new(1)).unwrap();
        let again = SigningKeys::open(folder.path().join("keys")).unwrap().get(&public.id()).unwrap();
        assert_eq!(again.public(), public);
        assert_eq!(PublicKey::from_pem(&public.to_pem().unwrap()), Some(public.clone()));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&keys.folder), 0o700);
        assert_eq!(mode(&keys.path(&public.id())), 0o600);
        assert_eq!(fs::read_dir(&keys.folder).unwrap().count(), 2, "both halves, nothing else");
    }

    #[test]
    fn the_public_half_outlives_the_private_one_and_no_other_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let keys = SigningKeys::open(folder.path()).unwrap();
        let public = keys.create(&SeededEntropy::new(1)).unwrap();
        keys.destroy(&public.id()).unwrap();
        let fresh = SigningKeys::open(folder.path()).unwrap();
        assert_eq!(fresh.public(&public.id()), Some(public.clone()));
        let stranger = PrivateKey::generate(&SeededEntropy::new(2)).unwrap().public();
        assert_eq!(fresh.public(&stranger.id()), None);
        assert_eq!(fresh.public("../es256"), None);
        let exchanged = stranger.to_pem().unwrap();
        fs::write(fresh.public_path(&public.id()), exchanged).unwrap();
        assert_eq!(SigningKeys::open(folder.path()).unwrap().public(&public.id()), None);
        keys.discard(&public.id()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    /// RFC 6979 appendix A.2.5, P-256 with SHA-256, message "sample".
    #[test]
    fn the_nonce_is_that_of_the_standard() {
        let secret = hex::decode("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721").unwrap();
        let key = PrivateKey(Arc::new(SigningKey::from_slice(&secret).unwrap()));
        let signature = key.sign(b"sample");
        assert_eq!(
            hex::encode_upper(&signature),
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716\
             F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
        );
        assert!(key.public().signed(b"sample", &signature));
        assert!(!key.public().signed(b"simple", &signature));
        assert!(!key.public().signed(b"sample", &signature[1..]));
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_another_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let keys = SigningKeys::open(folder.path()).unwrap();
        let (a, b) =
            (keys.create(&SeededEntropy::new(1)).unwrap(), keys.create(&SeededEntropy::new(2)).unwrap());
        let fresh = SigningKeys::open(folder.path()).unwrap();
        fs::copy(keys.path(&b.id()), keys.path(&a.id())).unwrap();
        assert!(matches!(fresh.get(&a.id()), Err(KeyError::Malformed { .. })));
        fs::set_permissions(keys.path(&b.id()), fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(fresh.get(&b.id()), Err(KeyError::Exposed { mode: 0o640, .. })));
        keys.destroy(&b.id()).unwrap();
        keys.destroy(&b.id()).unwrap();
        assert!(matches!(keys.get(&b.id()), Err(KeyError::File { .. })));
    }
}
