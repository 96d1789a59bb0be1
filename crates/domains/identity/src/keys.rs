//! The server's secrets: what makes digests of numbers useless to a thief, seals one-time-code secrets, signs cookies.
//!
//! Made once, kept in a file that only its owner reads, the same on every process. Losing the pepper means that nobody
//! can sign in any more; losing the seal means that staff enrol anew.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use base::Entropy;
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit as _, Payload},
};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::IdentityError;

const NONCE_BYTES: usize = 24;
/// Only the owner reads and writes.
const MODE: u32 = 0o600;

/// The secrets. Never shown, never logged; wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Keys {
    pepper: [u8; 32],
    seal: [u8; 32],
    web: [u8; 32],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the key file cannot be read or written")]
    Io(#[from] io::Error),
    #[error("the key file can be read by others: chmod 600 it")]
    Permissions,
    #[error("the key file is not one of ours")]
    Shape,
}

/// The file: three keys in hexadecimal.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct File {
    pepper: String,
    seal: String,
    web: String,
}

impl Keys {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let key = || base::entropy::bytes(entropy);
        Self { pepper: key(), seal: key(), web: key() }
    }

    /// Reads the file, or makes it. Of several processes that start together one makes it and all read the same.
    pub fn load_or_create(path: &Path, entropy: &dyn Entropy) -> Result<Self, KeysError> {
        if !path.exists() {
            Self::generate(entropy).create(path, entropy)?;
        }
        Self::load(path)
    }

    fn load(path: &Path) -> Result<Self, KeysError> {
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            return Err(KeysError::Permissions);
        }
        let text = Zeroizing::new(fs::read_to_string(path)?);
        let file: File = serde_json::from_str(&text).map_err(|_| KeysError::Shape)?;
        let key = |hexed: &str| -> Result<[u8; 32], KeysError> {
            let mut out = [0; 32];
            hex::decode_to_slice(hexed, &mut out).map_err(|_| KeysError::Shape)?;
            Ok(out)
        };
        Ok(Self { pepper: key(&file.pepper)?, seal: key(&file.seal)?, web: key(&file.web)? })
    }

    /// Written whole beside its place, then linked there: a half-written file is never read, a present one never lost.
    fn create(&self, path: &Path, entropy: &dyn Entropy) -> Result<(), KeysError> {
        let file = File {
            pepper: hex::encode(self.pepper),
            seal: hex::encode(self.seal),
            web: hex::encode(self.web),
        };
        let text = Zeroizing::new(serde_json::to_string_pretty(&file).map_err(|_| KeysError::Shape)?);
        let beside = path.with_extension(hex::encode(base::entropy::bytes::<8>(entropy)));
        let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(MODE).open(&beside)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        let linked = fs::hard_link(&beside, path);
        fs::remove_file(&beside)?;
        match linked {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e.into()),
            _ => Ok(()),
        }
    }

    /// The key for `webkit::Config`: form tokens and flash messages.
    pub fn web(&self) -> [u8; 32] {
        self.web
    }

    /// The digest under which something is found again without being stored. `purpose` keeps kinds apart.
    pub fn digest(&self, purpose: &str, value: &[u8]) -> Vec<u8> {
        // A key shorter than the hash's block is filled up with zeros: RFC 2104 section 2.
        let mut block = Zeroizing::new([0; 64]);
        let (head, _) = block.split_at_mut(self.pepper.len());
        head.copy_from_slice(&self.pepper);
        let mut mac = Hmac::<Sha256>::new(&(*block).into());
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(value);
        mac.finalize().into_bytes().to_vec()
    }

    /// Encrypts a secret for the row that `place` names; it opens nowhere else.
    pub fn seal(&self, entropy: &dyn Entropy, place: &[u8], secret: &[u8]) -> Result<Vec<u8>, IdentityError> {
        let nonce: [u8; NONCE_BYTES] = base::entropy::bytes(entropy);
        let sealed = XChaCha20Poly1305::new(&self.seal.into())
            .encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: place })
            .map_err(|_| IdentityError::Crypto("a secret cannot be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
        const BROKEN: IdentityError = IdentityError::Crypto("a sealed secret does not open with these keys");
        let (nonce, body) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(BROKEN)?;
        XChaCha20Poly1305::new(&self.seal.into())
            .decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: place })
            .map(Zeroizing::new)
            .map_err(|_| BROKEN)
    }
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;

    use super::*;

    #[test]
    fn the_key_file_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.keys");
        let first = Keys::load_or_create(&path, &SeededEntropy::new(1)).unwrap();
        let again = Keys::load_or_create(&path, &SeededEntropy::new(2)).unwrap();
        assert_eq!(first.digest("number", b"x"), again.digest("number", b"x"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Keys::load_or_create(&path, &SeededEntropy::new(3)), Err(KeysError::Permissions)));
    }

    #[test]
    fn a_sealed_secret_opens_only_in_its_place_and_with_its_key() {
        let entropy = SeededEntropy::new(1);
        let keys = Keys::generate(&entropy);
        let sealed = keys.seal(&entropy, b"here", b"secret").unwrap();
        assert_eq!(keys.open(b"here", &sealed).unwrap().as_slice(), b"secret");
        assert!(keys.open(b"there", &sealed).is_err());
        assert!(Keys::generate(&entropy).open(b"here", &sealed).is_err());
        assert!(keys.open(b"here", b"short").is_err());
    }

    #[test]
    fn digests_of_two_kinds_differ() {
        let keys = Keys::generate(&SeededEntropy::new(1));
        assert_ne!(keys.digest("number", b"1"), keys.digest("login", b"1"));
    }
}
