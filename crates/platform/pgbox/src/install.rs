//! Finds the PostgreSQL programs that the system has: on the search path, where distributions put them beside each
//! other by version, and where `pg_config` says.

use std::{
    collections::HashSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::error::PgBoxError;

/// The oldest major version that this project is tested with.
pub const MIN_MAJOR: u32 = 15;

/// Where distributions keep versions side by side: parent, prefix of the version's folder, and the folder within.
const VERSIONED: [(&str, &str, &str); 3] = [
    ("/usr/lib/postgresql", "", "bin"), // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),          // Red Hat, from postgresql.org
    ("/usr/libexec", "postgresql", ""), // Alpine
];

/// One installed PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Install {
    pub major: u32,
    pub minor: u32,
    /// The folder with `postgres` and `initdb`.
    pub bin_dir: PathBuf,
}

impl Install {
    /// Every usable or too old PostgreSQL found, oldest first. `only` replaces the usual places.
    pub(crate) fn find_all(only: Option<&[PathBuf]>) -> Vec<Self> {
        let mut seen = HashSet::new();
        let mut found: Vec<_> = only
            .map_or_else(usual_places, <[_]>::to_vec)
            .into_iter()
            .filter(|dir| dir.join("initdb").is_file())
            .filter_map(|dir| fs::canonicalize(dir.join("postgres")).ok()?.parent().map(Path::to_path_buf))
            .filter(|dir| seen.insert(dir.clone()))
            .filter_map(Self::probe)
            .collect();
        found.sort();
        found
    }

    /// The newest one, or with data already written the newest of the data's major version.
    pub(crate) fn choose(all: &[Self], data: Option<(u32, &Path)>) -> Result<Self, PgBoxError> {
        let fit = || all.iter().filter(|install| install.major >= MIN_MAJOR);
        let best = fit().next_back().ok_or_else(|| PgBoxError::BinariesMissing {
            older: all.iter().map(|old| format!("{}.{}", old.major, old.minor)).collect(),
        })?;
        let Some((data, dir)) = data else { return Ok(best.clone()) };
        fit().rfind(|install| install.major == data).cloned().ok_or_else(|| {
            let mut installed: Vec<_> = fit().map(|install| install.major).collect();
            installed.dedup();
            PgBoxError::VersionMismatch { dir: dir.to_owned(), data, installed }
        })
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }

    fn probe(bin_dir: PathBuf) -> Option<Self> {
        let (major, minor) = parse_version(&ask(&bin_dir.join("postgres"), "--version")?)?;
        Some(Self { major, minor, bin_dir })
    }
}

fn usual_places() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<_> = env::split_paths(&path).collect();
    for (parent, prefix, within) in VERSIONED {
        let folders = fs::read_dir(parent).into_iter().flatten().flatten();
        places.extend(
            folders
                .filter(|folder| folder.file_name().to_string_lossy().starts_with(prefix))
                .map(|folder| folder.path().join(within)),
        );
    }
    places.extend(ask(Path::new("pg_config"), "--bindir").map(|dir| PathBuf::from(dir.trim())));
    places
}

fn ask(program: &Path, question: &str) -> Option<String> {
    let output = Command::new(program).arg(question).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Reads `postgres (PostgreSQL) 15.16 (Debian 15.16-0+deb12u1)`; a beta such as `19beta1` counts as `.0`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let number = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut parts = number.split(|c: char| !c.is_ascii_digit());
    let major = parts.next()?.parse().ok()?;
    let minor = number.contains('.').then(|| parts.next()?.parse().ok()).flatten().unwrap_or(0);
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(versions: &[(u32, u32)]) -> Vec<Install> {
        versions
            .iter()
            .map(|&(major, minor)| Install { major, minor, bin_dir: format!("/pg/{major}.{minor}").into() })
            .collect()
    }

    #[test]
    fn versions_are_read_as_distributions_print_them() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.16 (Debian 15.16-0+deb12u1)\n"), Some((15, 16)));
        assert_eq!(parse_version("postgres (PostgreSQL) 19beta1\n"), Some((19, 0)));
        assert_eq!(parse_version("postgres (PostgreSQL) 9.6.24"), Some((9, 6)));
        assert_eq!(parse_version("something else"), None);
    }

    #[test]
    fn new_data_gets_the_newest_and_old_data_its_own_major() {
        let all = installed(&[(14, 9), (15, 2), (15, 16), (17, 1)]);
        assert_eq!(Install::choose(&all, None).unwrap().major, 17);
        let same = Install::choose(&all, Some((15, Path::new("/box")))).unwrap();
        assert_eq!((same.major, same.minor), (15, 16));
    }

    #[test]
    fn errors_name_the_package_to_install() {
        let all = installed(&[(14, 9)]);
        let missing = Install::choose(&all, None).unwrap_err().to_string();
        assert!(missing.contains("`postgresql-15`") && missing.contains("too old: 14.9"), "{missing}");
        let all = installed(&[(15, 2), (15, 16), (17, 1)]);
        let other = Install::choose(&all, Some((16, Path::new("/box")))).unwrap_err().to_string();
        assert!(other.contains("`postgresql-16`") && other.contains("installed: 15, 17;"), "{other}");
    }
}
