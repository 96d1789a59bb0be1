//! What a run costs, read from `/proc`: processor time of the server and of PostgreSQL, memory of the server.

use std::{fs, time::Instant};

/// Clock ticks a second in `/proc/<pid>/stat`: fixed by the kernel's interface.
const TICKS: f64 = 100.0;

/// Cost of a run.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Processor cores used on average.
    pub server_cores: f64,
    pub pg_cores: f64,
    /// Largest resident memory of the server since it was started.
    pub rss_mb: f64,
    /// The machine's load average over the last minute.
    pub load: f64,
}

/// Processor time of a run, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    pub server: f64,
    pub pg: f64,
    pub elapsed: f64,
}

pub struct Gauge {
    server: i32,
    /// None for a server that has no database.
    postmaster: Option<i32>,
    started: Instant,
    before: (f64, f64),
}

impl Gauge {
    pub fn start(server: i32, postmaster: Option<i32>) -> Self {
        let before = (seconds_of(server), postmaster.map_or(0.0, seconds_of_tree));
        Self { server, postmaster, started: Instant::now(), before }
    }

    pub fn spent(&self) -> Spent {
        Spent {
            server: seconds_of(self.server) - self.before.0,
            pg: self.postmaster.map_or(0.0, seconds_of_tree) - self.before.1,
            elapsed: self.started.elapsed().as_secs_f64(),
        }
    }

    pub fn stop(&self) -> Cost {
        self.cost(self.spent())
    }

    /// The same as cores used on average.
    pub fn cost(&self, spent: Spent) -> Cost {
        Cost {
            server_cores: spent.server / spent.elapsed,
            pg_cores: spent.pg / spent.elapsed,
            rss_mb: peak_mb(self.server).unwrap_or(f64::NAN),
            load: load().unwrap_or(f64::NAN),
        }
    }
}

/// Parent and processor seconds of a process; of its reaped children as well.
fn stat(pid: i32) -> Option<(i32, f64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the name in brackets and may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let parent = fields.get(1)?.parse().ok()?;
    let ticks: f64 = fields.get(11..15)?.iter().filter_map(|t| t.parse::<f64>().ok()).sum();
    Some((parent, ticks / TICKS))
}

fn seconds_of(pid: i32) -> f64 {
    stat(pid).map_or(0.0, |(_, seconds)| seconds)
}

/// PostgreSQL is one process a connection, all of them children of the first.
fn seconds_of_tree(root: i32) -> f64 {
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()).filter_map(stat);
    seconds_of(root) + children.filter(|(parent, _)| *parent == root).map(|(_, seconds)| seconds).sum::<f64>()
}

/// Largest resident memory of a process so far.
pub fn peak_mb(pid: i32) -> Option<f64> {
    memory_mb(pid, "VmHWM:")
}

/// Resident memory of a process now.
pub fn resident_mb(pid: i32) -> Option<f64> {
    memory_mb(pid, "VmRSS:")
}

fn memory_mb(pid: i32, name: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}

pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}
