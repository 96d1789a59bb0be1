//! Tells, without changing anything, what a box would find on this machine.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use crate::{Options, error::PgBoxError, install::Install, layout, runner::Runner};

/// What this machine offers, and what stands in the way.
#[derive(Debug)]
pub struct Report {
    /// Every PostgreSQL found, oldest first.
    pub installs: Vec<Install>,
    /// The one that would run.
    pub chosen: Option<Install>,
    /// The system user it would run as.
    pub runs_as: Option<String>,
    /// The major version that wrote the existing data.
    pub data_major: Option<u32>,
    /// The server that runs on the data right now.
    pub server_pid: Option<i32>,
    pub problems: Vec<PgBoxError>,
}

/// Looks at the machine, and at the box in `dir` if there is one.
pub fn doctor(dir: &Path, options: &Options) -> Report {
    let mut problems = Vec::new();
    // A place that does not exist yet is judged by the nearest folder that does.
    let found = dir.ancestors().find_map(|step| fs::canonicalize(step).ok());
    let root = fs::canonicalize(dir).unwrap_or_else(|_| PathBuf::from(dir));
    let data = root.join("data");
    let data_major = layout::data_major(&data);

    let installs = Install::find_all(options.bin_dirs.as_deref());
    let chosen = Install::choose(&installs, data_major.map(|major| (major, root.as_path())));
    let runner = Runner::choose(&data).and_then(|runner| {
        // The box itself is opened up for the runner; the way to it is not ours to change.
        let way = found.filter(|found| *found != root).or_else(|| root.parent().map(Path::to_path_buf));
        way.map_or(Ok(()), |way| runner.check_reaches(&way)).map(|()| runner)
    });
    match layout::read_marker(&root) {
        Ok(None) => problems.extend(layout::check_empty(&root).err().filter(|_| root.exists())),
        Ok(Some(marker)) if marker.made && !data.exists() => {
            problems.push(PgBoxError::DataMissing { dir: root.clone() });
        }
        Ok(Some(_)) => {}
        Err(problem) => problems.push(problem),
    }
    let mut keep = |problem| problems.push(problem);
    Report {
        chosen: chosen.map_err(&mut keep).ok(),
        runs_as: runner.map_err(&mut keep).ok().map(|runner| runner.name),
        server_pid: crate::postmaster::live(&data).map(nix::unistd::Pid::as_raw),
        installs,
        data_major,
        problems,
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for install in &self.installs {
            let mark = if Some(install) == self.chosen.as_ref() { ", would run" } else { "" };
            writeln!(
                out,
                "PostgreSQL {}.{} in {}{mark}",
                install.major,
                install.minor,
                install.bin_dir.display()
            )?;
        }
        if let Some(user) = &self.runs_as {
            writeln!(out, "runs as user {user}")?;
        }
        if let Some(major) = self.data_major {
            writeln!(out, "data of PostgreSQL {major}")?;
        }
        if let Some(pid) = self.server_pid {
            writeln!(out, "running as process {pid}")?;
        }
        for problem in &self.problems {
            writeln!(out, "problem: {problem}")?;
        }
        Ok(())
    }
}
