//! `docs/conformance.md`: each module of the conformance plans, and the test that shows it.
//!
//! Written from `modules.toml` and from the list of tests that this very program gives of itself. A module whose test does
//! not exist, or is not run, fails here; so does a committed page that says something else.

use std::{collections::BTreeSet, fmt::Write, path::PathBuf, process::Command};

use serde::Deserialize;

const DATA: &str = include_str!("modules.toml");
/// Set to `always` by whoever wants the page written anew.
const UPDATE: &str = "INSTA_UPDATE";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plans {
    plan: Vec<Plan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    name: String,
    title: String,
    about: String,
    modules: Vec<Module>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Module {
    name: String,
    demands: String,
    test: Option<String>,
    open: Option<String>,
    apart: Option<String>,
    #[serde(default)]
    signed: bool,
}

/// What is said of a module.
enum Standing<'a> {
    Shown(String),
    Open(&'a str),
    Apart(&'a str),
}

impl Module {
    fn standing(&self) -> Standing<'_> {
        match (&self.test, &self.open, &self.apart) {
            (Some(test), None, None) if test.contains("::") => Standing::Shown(test.clone()),
            (Some(file), None, None) => {
                let function = self.name.replace('-', "_").to_lowercase();
                Standing::Shown(format!("{file}::{function}"))
            }
            (None, Some(why), None) => Standing::Open(why),
            (None, None, Some(why)) => Standing::Apart(why),
            _ => panic!("{}: exactly one of test, open, apart", self.name),
        }
    }
}

/// The tests of this program that run when nobody asks for more.
fn tests() -> BTreeSet<String> {
    let list = |arguments: &[&str]| -> BTreeSet<String> {
        let program = std::env::current_exe().unwrap();
        let out = Command::new(program).args(arguments).output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
    };
    let left_out = list(&["--list", "--ignored", "--format", "terse"]);
    list(&["--list", "--format", "terse"]).difference(&left_out).cloned().collect()
}

fn plans() -> Vec<Plan> {
    toml::from_str::<Plans>(DATA).unwrap_or_else(|e| panic!("modules.toml: {e}")).plan
}

fn written(plans: &[Plan], tests: &BTreeSet<String>) -> String {
    let mut out = String::from(HEAD);
    let count = |modules: &mut dyn Iterator<Item = &Module>| {
        let mut counts = [0; 3];
        for module in modules {
            let at = match module.standing() {
                Standing::Shown(_) => 0,
                Standing::Open(_) => 1,
                Standing::Apart(_) => 2,
            };
            counts[at] += 1;
        }
        counts
    };
    out.push_str("| plan | shown | chưa / not yet | does not concern us |\n|---|---|---|---|\n");
    for plan in plans {
        let [shown, open, apart] = count(&mut plan.modules.iter());
        writeln!(out, "| {} | {shown} | {open} | {apart} |", plan.title).unwrap();
    }
    let [shown, open, apart] = count(&mut plans.iter().flat_map(|p| &p.modules));
    writeln!(out, "| all | {shown} | {open} | {apart} |").unwrap();
    for plan in plans {
        write!(out, "\n## {}\n\n`{}`. {}\n\n", plan.title, plan.name.replace(", ", "`, `"), plan.about)
            .unwrap();
        out.push_str("| module | demands | test | result |\n|---|---|---|---|\n");
        for module in &plan.modules {
            let (test, result) = match module.standing() {
                Standing::Shown(test) => {
                    assert!(tests.contains(&test), "{}: there is no test {test} that runs", module.name);
                    (format!("`{test}`"), "passes".to_owned())
                }
                Standing::Open(why) => (String::new(), format!("**chưa / not yet**: {why}")),
                Standing::Apart(why) => (String::new(), format!("does not concern us: {why}")),
            };
            let signed = if module.signed { " (signed)" } else { "" };
            writeln!(out, "| {}{signed} | {} | {test} | {result} |", module.name, module.demands).unwrap();
        }
    }
    out
}

const HEAD: &str = "\
# Conformance of the OpenID provider

Written by a test from `crates/lienthong/tests/conformance/modules.toml`; do not edit. Each module of the OpenID
conformance suite's plans for providers, and the test of ours that shows the same over HTTP against the running program.
*Passes* means: a test of that name exists, is not left out, and `make test` fails when it fails. It is our own test under
the module's name, not a run of the suite, and no certification. What is not shown yet stands here as open.

";

#[test]
fn the_page_says_what_the_tests_show() {
    let page = written(&plans(), &tests());
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance.md");
    if std::env::var(UPDATE).is_ok_and(|value| value == "always") {
        std::fs::write(&path, &page).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/conformance.md is not what the tests show: {UPDATE}=always cargo test -p lienthong --test conformance page"
    );
}

#[test]
fn no_module_stands_twice() {
    let plans = plans();
    let names: Vec<&String> = plans.iter().flat_map(|p| &p.modules).map(|m| &m.name).collect();
    let distinct: BTreeSet<&&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
}
