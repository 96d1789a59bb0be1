//! C2SP signed-note: text signed with Ed25519 by named keys, in the key formats of Go's `sumdb/note`.

use std::fmt;
use std::str::FromStr;

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::Signer;
use sha2::{Digest, Sha256};

/// Longest note that is read, in bytes.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;
/// Signatures that are read; witnesses add one each.
pub const SIGNATURES_MAX: usize = 64;
/// Signature type of plain Ed25519.
const ED25519: u8 = 1;
const SIGNATURE_PREFIX: &str = "\u{2014} ";
const SECRET_PREFIX: &str = "PRIVATE+KEY+";

/// Why a note or key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNote {
    #[error("not a signed note")]
    Malformed,
    #[error("not a note key")]
    Key,
    #[error("signed by no known key")]
    Unsigned,
    #[error("a signature does not verify")]
    Forged,
}

/// The public half of a key, with its name. Its text is `name+hash+base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifierKey {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The 32 bits that signature lines carry to find the key by.
    pub fn id(&self) -> u32 {
        let digest = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        let [a, b, c, d, ..]: [u8; 32] = digest.into();
        u32::from_be_bytes([a, b, c, d])
    }

    fn knows(&self, signature: &Signature) -> bool {
        self.name == signature.name && self.id() == signature.id
    }

    fn verifies(&self, text: &str, signature: &Signature) -> bool {
        ed25519_dalek::Signature::from_slice(&signature.bytes)
            .is_ok_and(|bytes| self.key.verify_strict(text.as_bytes(), &bytes).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id(), encode_key(self.key.as_bytes()))
    }
}

impl FromStr for VerifierKey {
    type Err = BadNote;
    fn from_str(text: &str) -> Result<Self, BadNote> {
        let (name, id, bytes) = split_key(text)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| BadNote::Key)?;
        let found = Self { name: name.to_owned(), key };
        if found.id() == id { Ok(found) } else { Err(BadNote::Key) }
    }
}

/// The secret half of a key. It is erased from memory when dropped, and never printed by `Debug`.
pub struct SigningKey {
    name: String,
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// A key from 32 secret random bytes.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, BadNote> {
        if !name_is_valid(name) {
            return Err(BadNote::Key);
        }
        Ok(Self { name: name.to_owned(), key: ed25519_dalek::SigningKey::from_bytes(seed) })
    }

    pub fn verifier(&self) -> VerifierKey {
        VerifierKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The secret as text: `PRIVATE+KEY+name+hash+base64`.
    pub fn to_secret_text(&self) -> String {
        let verifier = self.verifier();
        format!("{SECRET_PREFIX}{}+{:08x}+{}", self.name, verifier.id(), encode_key(self.key.as_bytes()))
    }

    pub fn from_secret_text(text: &str) -> Result<Self, BadNote> {
        let (name, id, seed) = split_key(text.strip_prefix(SECRET_PREFIX).ok_or(BadNote::Key)?)?;
        let key = Self::new(name, &seed)?;
        if key.verifier().id() == id { Ok(key) } else { Err(BadNote::Key) }
    }

    /// Signs `text`, which must end in a line feed and contain no other control character.
    pub fn sign(&self, text: &str) -> Result<Note, BadNote> {
        if !text_is_valid(text) {
            return Err(BadNote::Malformed);
        }
        let signature = Signature {
            name: self.name.clone(),
            id: self.verifier().id(),
            bytes: self.key.sign(text.as_bytes()).to_bytes().to_vec(),
        };
        Ok(Note { text: text.to_owned(), signatures: vec![signature] })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.name)
    }
}

/// Text with its signatures, not yet believed: see [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    name: String,
    id: u32,
    bytes: Vec<u8>,
}

impl Note {
    /// The text, when a known key has signed it. A wrong signature of a known key spoils the note; signatures of
    /// unknown keys (witnesses, later keys) are passed over, as the specification wants.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<&str, BadNote> {
        let mut signed = false;
        for signature in &self.signatures {
            for key in keys.iter().filter(|key| key.knows(signature)) {
                if !key.verifies(&self.text, signature) {
                    return Err(BadNote::Forged);
                }
                signed = true;
            }
        }
        if signed { Ok(&self.text) } else { Err(BadNote::Unsigned) }
    }

    /// The text, without asking who signed it.
    pub fn text_unverified(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for signature in &self.signatures {
            let bytes = [&signature.id.to_be_bytes(), signature.bytes.as_slice()].concat();
            writeln!(f, "{SIGNATURE_PREFIX}{} {}", signature.name, BASE64_STANDARD.encode(bytes))?;
        }
        Ok(())
    }
}

impl FromStr for Note {
    type Err = BadNote;
    fn from_str(note: &str) -> Result<Self, BadNote> {
        if note.len() > NOTE_BYTES_MAX || !text_is_valid(note) {
            return Err(BadNote::Malformed);
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(BadNote::Malformed)?;
        let lines = lines.strip_suffix('\n').ok_or(BadNote::Malformed)?;
        let signatures: Vec<Signature> = lines.split('\n').map(parse_signature).collect::<Result<_, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(BadNote::Malformed);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }
}

fn parse_signature(line: &str) -> Result<Signature, BadNote> {
    let (name, bytes) = line
        .strip_prefix(SIGNATURE_PREFIX)
        .and_then(|line| line.split_once(' '))
        .filter(|(name, _)| name_is_valid(name))
        .ok_or(BadNote::Malformed)?;
    let bytes = BASE64_STANDARD.decode(bytes).map_err(|_| BadNote::Malformed)?;
    match bytes.split_first_chunk::<4>() {
        Some((id, bytes)) if !bytes.is_empty() => {
            Ok(Signature { name: name.to_owned(), id: u32::from_be_bytes(*id), bytes: bytes.to_vec() })
        }
        _ => Err(BadNote::Malformed),
    }
}

/// A key's name: not empty, no space of any kind, no plus.
fn name_is_valid(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

fn text_is_valid(text: &str) -> bool {
    text.ends_with('\n') && !text.contains(|c: char| c < ' ' && c != '\n')
}

fn encode_key(bytes: &[u8; 32]) -> String {
    BASE64_STANDARD.encode([&[ED25519], bytes.as_slice()].concat())
}

/// Splits `name+hash+base64` of an Ed25519 key.
fn split_key(text: &str) -> Result<(&str, u32, [u8; 32]), BadNote> {
    // The base64 may contain a plus itself, so the text is divided from the left.
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(BadNote::Key);
    };
    let number = u32::from_str_radix(id, 16).map_err(|_| BadNote::Key)?;
    let bytes = BASE64_STANDARD.decode(key).map_err(|_| BadNote::Key)?;
    match bytes.split_first() {
        Some((&ED25519, key)) if name_is_valid(name) && format!("{number:08x}") == id => {
            Ok((name, number, key.try_into().map_err(|_| BadNote::Key)?))
        }
        _ => Err(BadNote::Key),
    }
}
