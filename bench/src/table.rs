//! The table at the end: a figure, its bar, what the same database does raw, and what it cost.

use crate::{gauge::Cost, load::Times};

/// Which way a figure is good.
#[derive(Clone, Copy)]
pub enum Bar {
    AtLeast(f64),
    AtMost(f64),
    /// Told, and held to nothing.
    Told,
}

pub struct Row {
    pub name: String,
    pub figure: f64,
    pub unit: &'static str,
    pub bar: Bar,
    /// What it is compared with: the same statements through pgbench, or another provider.
    pub raw: Option<f64>,
    /// Times of single requests.
    pub times: Option<Times>,
    pub cost: Option<Cost>,
}

impl Row {
    pub fn new(name: impl Into<String>, figure: f64, unit: &'static str, bar: Bar) -> Self {
        Self { name: name.into(), figure, unit, bar, raw: None, times: None, cost: None }
    }

    pub fn met(&self) -> bool {
        match self.bar {
            Bar::AtLeast(least) => self.figure >= least,
            Bar::AtMost(most) => self.figure <= most,
            Bar::Told => true,
        }
    }
}

#[expect(clippy::print_stdout, reason = "this program's whole purpose")]
pub fn print(rows: &[Row], beside: &str) {
    println!(
        "\n{:<44} {:>12} {:<6} {:>10} {:>4}  {:>9} {:>6}  {:>22}  {:>6} {:>6} {:>7} {:>5}",
        "", "figure", "", "bar", "met", beside, "ratio", "p50 / p95 / p99, ms", "server", "pg", "RSS", "load"
    );
    for row in rows {
        let bar = match row.bar {
            Bar::AtLeast(n) => format!("≥ {}", short(n)),
            Bar::AtMost(n) => format!("≤ {}", short(n)),
            Bar::Told => String::new(),
        };
        let met = match row.bar {
            Bar::Told => "",
            _ if row.met() => "yes",
            _ => "NO",
        };
        let raw = row.raw.map_or(String::new(), short);
        let ratio = row.raw.map_or(String::new(), |raw| format!("{:.2}", row.figure / raw));
        let times =
            row.times.map_or(String::new(), |t| format!("{:.1} / {:.1} / {:.1}", t.p50, t.p95, t.p99));
        let cost = row.cost.map_or(String::new(), |c| {
            format!("{:>6.2} {:>6.2} {:>4.0} MB {:>5.1}", c.server_cores, c.pg_cores, c.rss_mb, c.load)
        });
        println!(
            "{:<44} {:>12} {:<6} {bar:>10} {met:>4}  {raw:>9} {ratio:>6}  {times:>22}  {cost}",
            row.name,
            short(row.figure),
            row.unit
        );
    }
    println!("server, pg: processor cores used by the server and by PostgreSQL; load: of the last minute");
}

/// Says on standard error what is being done, as the runs take a while.
#[expect(clippy::print_stderr, reason = "a person waits")]
pub fn tell(text: impl std::fmt::Display) {
    eprintln!("{text}");
}

fn short(n: f64) -> String {
    if n.abs() >= 100.0 { format!("{n:.0}") } else { format!("{n:.2}") }
}
