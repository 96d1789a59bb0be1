//! The key that signs checkpoints: a text file in the format of Go's `sumdb/note`, readable by its owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base::{Entropy, entropy};
use tlog::SigningKey;

/// Group and others may have no part in the file.
const MODE_FORBIDDEN: u32 = 0o077;

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("log key {}: {source}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("log key {}: readable by others (mode {mode:o}); run chmod 600 on it", path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("log key {}: not a note signing key", path.display())]
    Malformed { path: PathBuf },
    #[error("log key {}: made for {found}, but the log is configured as {expected}", path.display())]
    OtherLog { path: PathBuf, found: String, expected: String },
    #[error("{0:?} cannot name a log: it must not be empty nor contain spaces or '+'")]
    Origin(String),
}

/// The key of the log named `origin` from the file at `path`, which is created at the first start.
/// A log's name is for ever, as every verifier has it written down: another name is refused.
pub fn load_or_create(path: &Path, origin: &str, entropy: &dyn Entropy) -> Result<SigningKey, KeyError> {
    let failed = |source| KeyError::File { path: path.to_owned(), source };
    let made =
        SigningKey::new(origin, &entropy::bytes(entropy)).map_err(|_| KeyError::Origin(origin.to_owned()))?;
    match fs::metadata(path) {
        Ok(found) => {
            let mode = found.permissions().mode() & 0o777;
            if mode & MODE_FORBIDDEN != 0 {
                return Err(KeyError::Exposed { path: path.to_owned(), mode });
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(path, &made).map_err(failed)?;
        }
        Err(error) => return Err(failed(error)),
    }
    // Read back even when just made: of two processes that start together, both use the file that won.
    let text = fs::read_to_string(path).map_err(failed)?;
    let key = SigningKey::from_secret_text(text.trim_end())
        .map_err(|_| KeyError::Malformed { path: path.to_owned() })?;
    let found = key.verifier().name().to_owned();
    if found == origin {
        Ok(key)
    } else {
        Err(KeyError::OtherLog { path: path.to_owned(), found, expected: origin.to_owned() })
    }
}

/// Writes the key beside its place and links it in, so that nobody ever reads half a key or replaces one.
fn create(path: &Path, key: &SigningKey) -> io::Result<()> {
    let id = key.verifier().id();
    let beside = path.with_extension(format!("{id:08x}.new"));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    writeln!(file, "{}", key.to_secret_text())?;
    file.sync_all()?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;

    use super::*;

    #[test]
    fn the_key_is_made_once_kept_private_and_bound_to_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.key");
        let first = load_or_create(&path, "log.example/a", &SeededEntropy::new(1)).unwrap();
        let again = load_or_create(&path, "log.example/a", &SeededEntropy::new(2)).unwrap();
        assert_eq!(first.verifier(), again.verifier());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        let other = load_or_create(&path, "log.example/b", &SeededEntropy::new(1));
        assert!(matches!(other, Err(KeyError::OtherLog { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let exposed = load_or_create(&path, "log.example/a", &SeededEntropy::new(1));
        assert!(matches!(exposed, Err(KeyError::Exposed { mode: 0o640, .. })));
    }

    #[test]
    fn what_is_no_key_or_no_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.key");
        assert!(matches!(
            load_or_create(&path, "two words", &SeededEntropy::new(1)),
            Err(KeyError::Origin(_))
        ));
        assert!(!path.exists());
        fs::write(&path, "nonsense\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let found = load_or_create(&path, "log.example/a", &SeededEntropy::new(1));
        assert!(matches!(found, Err(KeyError::Malformed { .. })));
    }
}
