//! The provider's secrets: what makes subjects pairwise, seals what is handed out, and marks nonces as ours.
//!
//! Made once, kept in a file that only its owner reads, the same on every process. Losing `pairwise` changes every
//! subject for ever; losing the others ends all grants and open requests.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};
use base::Entropy;
use contracts::AccountId;
use jiff::Timestamp;
use jose::{b64, hash::sha256};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    limits::NONCE_SLOT_SECONDS,
    model::{ClientId, GrantId},
};

/// Only the owner reads and writes.
const MODE: u32 = 0o600;
const KEY_BYTES: usize = 32;
/// The random part of a value that is handed out: 256 bits.
const VALUE_BYTES: usize = 32;
const UUID_BYTES: usize = 16;
const NONCE_BYTES: usize = 16;

/// The secrets, prepared for use. Never shown, never logged.
pub struct Secrets {
    pairwise: hmac::Key,
    nonce: hmac::Key,
    seal: LessSafeKey,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("the file of the provider's secrets cannot be read or written")]
    Io(#[from] io::Error),
    #[error("the file of the provider's secrets can be read by others: chmod 600 it")]
    Permissions,
    #[error("the file of the provider's secrets is not one of ours")]
    Shape,
}

/// The file: three keys in hexadecimal.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct File {
    pairwise: String,
    seal: String,
    nonce: String,
}

/// What kind of value a seal is for: one never opens as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed {
    Code,
    Refresh,
    /// What a client asks after that asked a person elsewhere (CIBA).
    Ciba,
    /// The account and grant of an access token.
    Reference,
}

impl Sealed {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Code => b"code",
            Self::Refresh => b"refresh",
            Self::Ciba => b"ciba",
            Self::Reference => b"reference",
        }
    }
}

/// What stands behind an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    pub account: AccountId,
    pub grant: GrantId,
    /// Userinfo has something to tell besides the subject.
    pub tells: bool,
}

/// A value handed out: random, known to us by its digest, and naming its account so that its row is found there.
pub struct Handed {
    /// What the client gets.
    pub text: String,
    /// What the database keeps.
    pub digest: [u8; 32],
}

impl Secrets {
    /// Reads the file, or makes it. Of several processes that start together one makes it and all read the same.
    pub fn load_or_create(path: &Path, entropy: &dyn Entropy) -> Result<Self, SecretsError> {
        if !path.exists() {
            create(path, entropy)?;
        }
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            return Err(SecretsError::Permissions);
        }
        let text = Zeroizing::new(fs::read_to_string(path)?);
        let file: File = serde_json::from_str(&text).map_err(|_| SecretsError::Shape)?;
        let key = |hexed: &str| -> Result<Zeroizing<[u8; KEY_BYTES]>, SecretsError> {
            let mut out = Zeroizing::new([0; KEY_BYTES]);
            hex::decode_to_slice(hexed, out.as_mut()).map_err(|_| SecretsError::Shape)?;
            Ok(out)
        };
        let (pairwise, seal, nonce) = (key(&file.pairwise)?, key(&file.seal)?, key(&file.nonce)?);
        Self::new(&pairwise, &seal, &nonce)
    }

    /// Of no file: for tests.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, SecretsError> {
        let key = || Zeroizing::new(base::entropy::bytes::<KEY_BYTES>(entropy));
        Self::new(&key(), &key(), &key())
    }

    fn new(
        pairwise: &[u8; KEY_BYTES],
        seal: &[u8; KEY_BYTES],
        nonce: &[u8; KEY_BYTES],
    ) -> Result<Self, SecretsError> {
        let seal = UnboundKey::new(&AES_256_GCM_SIV, seal).map_err(|_| SecretsError::Shape)?;
        Ok(Self {
            pairwise: hmac::Key::new(hmac::HMAC_SHA256, pairwise),
            nonce: hmac::Key::new(hmac::HMAC_SHA256, nonce),
            seal: LessSafeKey::new(seal),
        })
    }

    /// The subject under which a sector knows an account: always the same there, and of no use elsewhere.
    pub fn subject(&self, sector: &str, account: AccountId) -> String {
        let mut mac = hmac::Context::with_key(&self.pairwise);
        mac.update(sector.as_bytes());
        mac.update(&[0]);
        mac.update(account.0.as_bytes());
        b64::encode(mac.sign())
    }

    /// The subject of a person who does not exist, in a sandbox.
    pub fn subject_of_persona(&self, sector: &str, code: &str) -> String {
        let mut mac = hmac::Context::with_key(&self.pairwise);
        mac.update(b"sandbox\0");
        mac.update(sector.as_bytes());
        mac.update(&[0]);
        mac.update(code.as_bytes());
        b64::encode(mac.sign())
    }

    /// A session as one client may name it: `sid`.
    pub fn session(&self, client: ClientId, session: Uuid) -> String {
        let mut mac = hmac::Context::with_key(&self.pairwise);
        mac.update(b"session\0");
        mac.update(client.0.as_bytes());
        mac.update(session.as_bytes());
        b64::encode(mac.sign())
    }

    /// The nonce that DPoP proofs must carry now (RFC 9449 section 8).
    pub fn dpop_nonce(&self, now: Timestamp) -> String {
        self.nonce_of(now.as_second().div_euclid(NONCE_SLOT_SECONDS))
    }

    /// Whether it is the nonce of this slot or of the one before.
    pub fn is_dpop_nonce(&self, nonce: &str, now: Timestamp) -> bool {
        let slot = now.as_second().div_euclid(NONCE_SLOT_SECONDS);
        [slot, slot - 1].into_iter().any(|slot| self.nonce_of(slot).as_bytes().ct_eq(nonce.as_bytes()).into())
    }

    fn nonce_of(&self, slot: i64) -> String {
        let mac = hmac::sign(&self.nonce, &slot.to_be_bytes());
        b64::encode(mac.as_ref().get(..NONCE_BYTES).unwrap_or_default())
    }

    /// A new code or refresh token of an account. `grant` finds the grant of a refresh token.
    pub fn hand_out(
        &self,
        entropy: &dyn Entropy,
        kind: Sealed,
        account: AccountId,
        grant: GrantId,
    ) -> Option<Handed> {
        let value: [u8; VALUE_BYTES] = base::entropy::bytes(entropy);
        let text = self.seal(entropy, kind, &[account.0.as_bytes(), grant.0.as_bytes(), &value])?;
        Some(Handed { text, digest: sha256(value) })
    }

    /// What was handed out, when it is really ours: the account, the grant, and the digest under which it is known.
    pub fn taken_back(&self, kind: Sealed, text: &str) -> Option<(AccountId, GrantId, [u8; 32])> {
        let plain = self.open(kind, text)?;
        let (account, rest) = plain.split_at_checked(UUID_BYTES)?;
        let (grant, value) = rest.split_at_checked(UUID_BYTES)?;
        let sound = value.len() == VALUE_BYTES;
        sound.then_some((
            AccountId(Uuid::from_slice(account).ok()?),
            GrantId(Uuid::from_slice(grant).ok()?),
            sha256(value),
        ))
    }

    /// The account and grant behind an access token, as it carries them: nobody else can read or compare them.
    pub fn refer(&self, entropy: &dyn Entropy, reference: Reference) -> Option<String> {
        let Reference { account, grant, tells } = reference;
        self.seal(entropy, Sealed::Reference, &[account.0.as_bytes(), grant.0.as_bytes(), &[u8::from(tells)]])
    }

    pub fn referred(&self, text: &str) -> Option<Reference> {
        let plain = self.open(Sealed::Reference, text)?;
        let (account, rest) = plain.split_at_checked(UUID_BYTES)?;
        let (grant, tells) = rest.split_at_checked(UUID_BYTES)?;
        Some(Reference {
            account: AccountId(Uuid::from_slice(account).ok()?),
            grant: GrantId(Uuid::from_slice(grant).ok()?),
            tells: tells != [0],
        })
    }

    fn seal(&self, entropy: &dyn Entropy, kind: Sealed, parts: &[&[u8]]) -> Option<String> {
        // A nonce that comes up twice does no harm in this mode (RFC 8452), so that chance alone is enough.
        let nonce: [u8; NONCE_LEN] = base::entropy::bytes(entropy);
        let mut plain = parts.concat();
        let aad = Aad::from(kind.label());
        self.seal.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut plain).ok()?;
        Some(b64::encode([nonce.as_slice(), &plain].concat()))
    }

    fn open(&self, kind: Sealed, text: &str) -> Option<Vec<u8>> {
        let bytes = b64::decode(text).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let aad = Aad::from(kind.label());
        let plain = self.seal.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut sealed).ok()?;
        Some(plain.to_vec())
    }
}

/// Written whole beside its place, then linked there: a half-written file is never read, a present one never lost.
fn create(path: &Path, entropy: &dyn Entropy) -> Result<(), SecretsError> {
    let key = || hex::encode(Zeroizing::new(base::entropy::bytes::<KEY_BYTES>(entropy)));
    let file = File { pairwise: key(), seal: key(), nonce: key() };
    let text = Zeroizing::new(serde_json::to_string_pretty(&file).map_err(|_| SecretsError::Shape)?);
    write_once(path, text.as_bytes(), entropy)?;
    Ok(())
}

/// Puts a private file at its place unless there is one already. Nobody but its owner can read it, at any moment.
pub(crate) fn write_once(path: &Path, content: &[u8], entropy: &dyn Entropy) -> io::Result<()> {
    let beside = path.with_extension(hex::encode(base::entropy::bytes::<8>(entropy)));
    let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(MODE).open(&beside)?;
    out.write_all(content)?;
    out.sync_all()?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match linked {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;
    use jiff::SignedDuration;

    use super::*;

    fn secrets() -> (Secrets, SeededEntropy) {
        let entropy = SeededEntropy::new(1);
        (Secrets::generate(&entropy).unwrap(), entropy)
    }

    #[test]
    fn the_file_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("openid.json");
        let account = AccountId(Uuid::from_u128(1));
        let first = Secrets::load_or_create(&path, &SeededEntropy::new(1)).unwrap();
        let again = Secrets::load_or_create(&path, &SeededEntropy::new(2)).unwrap();
        assert_eq!(first.subject("rp.example", account), again.subject("rp.example", account));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Secrets::load_or_create(&path, &SeededEntropy::new(3));
        assert!(matches!(refused, Err(SecretsError::Permissions)));
    }

    #[test]
    fn a_subject_is_the_same_in_its_sector_and_another_in_the_next() {
        let (secrets, _) = secrets();
        let [one, two] = [1, 2].map(|n| AccountId(Uuid::from_u128(n)));
        assert_eq!(secrets.subject("a.vn", one), secrets.subject("a.vn", one));
        assert_ne!(secrets.subject("a.vn", one), secrets.subject("b.vn", one));
        assert_ne!(secrets.subject("a.vn", one), secrets.subject("a.vn", two));
        assert_eq!(secrets.subject("a.vn", one).len(), 43);
    }

    #[test]
    fn what_was_handed_out_opens_as_what_it_is_and_as_nothing_else() {
        let (secrets, entropy) = secrets();
        let (account, grant) = (AccountId(Uuid::from_u128(1)), GrantId(Uuid::from_u128(2)));
        let code = secrets.hand_out(&entropy, Sealed::Code, account, grant).unwrap();
        assert_eq!(secrets.taken_back(Sealed::Code, &code.text), Some((account, grant, code.digest)));
        assert_eq!(secrets.taken_back(Sealed::Refresh, &code.text), None);
        assert_eq!(secrets.referred(&code.text), None);
        assert_eq!(Secrets::generate(&entropy).unwrap().taken_back(Sealed::Code, &code.text), None);
        for at in 0..code.text.len() {
            let mut text = code.text.clone().into_bytes();
            text[at] = if text[at] == b'A' { b'B' } else { b'A' };
            let text = String::from_utf8(text).unwrap();
            assert_eq!(secrets.taken_back(Sealed::Code, &text), None, "{at}");
        }
        for tells in [false, true] {
            let reference = Reference { account, grant, tells };
            let text = secrets.refer(&entropy, reference).unwrap();
            assert_eq!(secrets.referred(&text), Some(reference));
            assert_ne!(secrets.refer(&entropy, reference).unwrap(), text);
        }
    }

    #[test]
    fn a_nonce_is_good_for_its_slot_and_the_next() {
        let (secrets, _) = secrets();
        let now: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let nonce = secrets.dpop_nonce(now);
        for (seconds, good) in [(0, true), (59, true), (60, true), (119, true), (120, false), (-1, false)] {
            let at = now + SignedDuration::from_secs(seconds);
            assert_eq!(secrets.is_dpop_nonce(&nonce, at), good, "{seconds}");
        }
        assert!(!secrets.is_dpop_nonce("", now));
    }
}
