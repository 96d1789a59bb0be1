//! `backup DIR`: a copy of the data directory, taken while the server runs, that is a data directory itself.
//!
//! To restore is to serve it: `lienthong serve --data-dir DIR`, or to put it in the place of the lost one first. The keys
//! are in it, as nothing of the database can be used without them: keep it as secret as the original.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};

use crate::{commands::say, config::Config};

pub fn run(to: &Path, config: &Config) -> anyhow::Result<()> {
    ensure!(
        config.database_url.is_none(),
        "the database is an operator's server (DATABASE_URL): back it up with its own tools, and copy {} afterwards",
        config.data_dir.join("keys").display()
    );
    let from = config.data_dir.join("pg");
    ensure!(from.exists(), "there is no database in {}", config.data_dir.display());
    fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    let taken = fs::read_dir(to)?.next().is_some();
    ensure!(!taken, "{} is not empty", to.display());
    pgbox::backup(&from, &to.join("pg"), &pgbox::Options::default())?;
    // After the database: a key comes before whatever names it, so none that the copy names can be missing.
    copy(&config.data_dir.join("keys"), &to.join("keys"))?;
    let settings = config.data_dir.join("lienthong.toml");
    if settings.exists() {
        copy(&settings, &to.join("lienthong.toml"))?;
    }
    say(format!("Copied to {}. It holds the keys: keep it secret.", to.display()));
    Ok(())
}

/// A file or a folder with all that is in it. Folders are open to their owner alone; files keep their mode.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if !from.is_dir() {
        fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
        return fs::File::open(to)?.sync_all().with_context(|| format!("syncing {}", to.display()));
    }
    fs::DirBuilder::new().mode(0o700).create(to).with_context(|| format!("making {}", to.display()))?;
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(from).with_context(|| format!("looking into {}", from.display()))? {
        names.push(entry?.file_name().into());
    }
    names.iter().try_for_each(|name| copy(&from.join(name), &to.join(name)))?;
    fs::File::open(to)?.sync_all().with_context(|| format!("syncing {}", to.display()))
}
