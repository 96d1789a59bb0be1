//! C2SP tlog-checkpoint: origin, size and root of a tree, one a line, signed as a note.

use std::fmt;
use std::str::FromStr;

use crate::hash::Hash;
use crate::note::{BadNote, Note, SigningKey, VerifierKey};

/// The head of a tree. Extension lines are not written, and refused when read: nobody audits them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: by convention its address without scheme.
    pub origin: String,
    /// Entries in the tree.
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    pub fn sign(&self, key: &SigningKey) -> Result<Note, BadNote> {
        let text = self.to_string();
        // An origin with a line feed or nothing in it would be read as something else.
        if text.parse().as_ref() != Ok(self) {
            return Err(BadNote::Malformed);
        }
        key.sign(&text)
    }

    /// Reads a signed checkpoint of the log named `origin`, believed only when one of `keys` has signed it.
    pub fn open(note: &str, origin: &str, keys: &[VerifierKey]) -> Result<Self, BadNote> {
        let note: Note = note.parse()?;
        let checkpoint: Self = note.verify(keys)?.parse()?;
        if checkpoint.origin == origin { Ok(checkpoint) } else { Err(BadNote::Malformed) }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)
    }
}

impl FromStr for Checkpoint {
    type Err = BadNote;
    fn from_str(text: &str) -> Result<Self, BadNote> {
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root), Some(""), None) =
            (lines.next(), lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(BadNote::Malformed);
        };
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| BadNote::Malformed)?,
            root: root.parse().map_err(|_| BadNote::Malformed)?,
        };
        // Writing it again and comparing refuses signs, leading zeroes and other spellings.
        if !origin.is_empty() && checkpoint.to_string() == text {
            Ok(checkpoint)
        } else {
            Err(BadNote::Malformed)
        }
    }
}
