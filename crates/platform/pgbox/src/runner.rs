//! Whom PostgreSQL runs as, and the one way in which its programs are started.
//!
//! PostgreSQL refuses root. Started by root, its programs run as the owner of the existing data, else as `postgres`,
//! else as `nobody`; started by anybody else they run as that user. Every program starts with an empty environment
//! (no `PGDATA`, no `PGOPTIONS` of the operator's shell), away from the terminal's signals, and dies with us.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Stdio},
};

use nix::{
    sys::{prctl, signal::Signal},
    unistd::{Gid, Uid, User, geteuid, getppid},
};

use crate::error::{IoContext, PgBoxError};

/// The user that PostgreSQL's programs run as, and the user that we are.
#[derive(Debug, Clone)]
pub(crate) struct Runner {
    pub(crate) name: String,
    uid: Uid,
    gid: Gid,
    /// Our own name, when we are root and run the programs as somebody else.
    dropped_from: Option<String>,
}

impl Runner {
    pub(crate) fn choose(data: &Path) -> Result<Self, PgBoxError> {
        let me = geteuid();
        let account =
            |uid: Uid| User::from_uid(uid).ok().flatten().ok_or(PgBoxError::NoAccount { uid: uid.as_raw() });
        if !me.is_root() {
            let user = account(me)?;
            return Ok(Self { name: user.name, uid: me, gid: user.gid, dropped_from: None });
        }
        let owner = fs::metadata(data).map(|found| Uid::from_raw(found.uid())).ok();
        let user = match owner.filter(|uid| !uid.is_root()) {
            Some(uid) => account(uid)?,
            None => ["postgres", "nobody"]
                .into_iter()
                .find_map(|name| User::from_name(name).ok().flatten())
                .ok_or(PgBoxError::NoUnprivilegedUser)?,
        };
        Ok(Self { name: user.name, uid: user.uid, gid: user.gid, dropped_from: Some(account(me)?.name) })
    }

    /// The system users that may connect as the database's owner.
    pub(crate) fn may_connect(&self) -> impl Iterator<Item = &str> {
        self.dropped_from.as_deref().into_iter().chain([self.name.as_str()])
    }

    /// A program of PostgreSQL's that gets `on_our_death` when the thread that spawns it ends.
    ///
    /// The kernel ties that signal to the *thread*: spawn from one that outlives the program.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>, on_our_death: Signal) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("TZ", "UTC");
        command.current_dir("/").stdin(Stdio::null()).process_group(0);
        if self.dropped_from.is_some() {
            // As root, the standard library also clears the supplementary groups.
            command.gid(self.gid.as_raw()).uid(self.uid.as_raw());
        }
        die_with_us(&mut command, on_our_death);
        command
    }

    /// Makes a directory that only PostgreSQL (and root) may look into, if it is not there yet.
    pub(crate) fn private_dir(&self, path: &Path) -> Result<(), PgBoxError> {
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Err(problem) if problem.kind() != io::ErrorKind::AlreadyExists => Err(problem),
            _ => self.give(path),
        }
        .at("make the directory", path)
    }

    /// Makes the runner the owner of `path`.
    pub(crate) fn give(&self, path: &Path) -> io::Result<()> {
        if self.dropped_from.is_some() {
            chown(path, Some(self.uid.as_raw()), Some(self.gid.as_raw()))?;
        }
        Ok(())
    }

    pub(crate) fn owns(&self, found: &fs::Metadata) -> bool {
        found.uid() == self.uid.as_raw()
    }

    /// Closes the box directory to all but us, leaving the runner a way through it and nothing more.
    pub(crate) fn close_to_others(&self, dir: &Path) -> Result<(), PgBoxError> {
        let found = fs::metadata(dir).at("look at", dir)?;
        if found.uid() != geteuid().as_raw() {
            return Ok(());
        }
        let mode = if self.dropped_from.is_some() {
            chown(dir, None, Some(self.gid.as_raw())).at("hand over", dir)?;
            0o710
        } else {
            0o700
        };
        fs::set_permissions(dir, fs::Permissions::from_mode(mode)).at("close to others", dir)
    }

    /// Checks that the runner can reach `dir`, which must be absolute.
    pub(crate) fn check_reaches(&self, dir: &Path) -> Result<(), PgBoxError> {
        let mut way: Vec<_> = dir.ancestors().collect();
        way.reverse();
        match way.into_iter().find(|step| fs::metadata(step).is_ok_and(|found| !self.may_pass(&found))) {
            Some(closed) => {
                Err(PgBoxError::NotTraversable { dir: closed.to_owned(), user: self.name.clone() })
            }
            None => Ok(()),
        }
    }

    pub(crate) fn check_reaches_parent(&self, place: &Path) -> bool {
        place.parent().is_some_and(|parent| self.check_reaches(parent).is_ok())
    }

    fn may_pass(&self, found: &fs::Metadata) -> bool {
        let bit = if found.uid() == self.uid.as_raw() {
            0o100
        } else if found.gid() == self.gid.as_raw() {
            0o010
        } else {
            0o001
        };
        // An ordinary user may be in more groups than the first: only root, who drops them all, can tell for sure.
        self.dropped_from.is_none() || found.mode() & bit != 0
    }
}

#[expect(
    unsafe_code,
    reason = "the standard library has no safe way to say that a child dies with its parent"
)]
fn die_with_us(command: &mut Command, signal: Signal) {
    let parent = nix::unistd::getpid();
    let before_exec = move || {
        prctl::set_pdeathsig(signal)?;
        // If we died before the line above, nobody is left to send the signal.
        if getppid() == parent { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    // SAFETY: between fork and exec only two system calls are made; nothing is allocated and no lock is taken. It
    // comes after the change of user, which would clear the signal again.
    unsafe { command.pre_exec(before_exec) };
}
