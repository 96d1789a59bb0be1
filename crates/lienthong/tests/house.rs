//! The plan of the house: edges between crates run only downwards, and no domain leans on another.
#![expect(clippy::unwrap_used, reason = "a test that fails should stop")]

use std::process::Command;

/// Floors from the ground up, by the folder a crate lives in.
const FLOORS: [(&str, u8); 8] = [
    ("crates/foundation/", 0),
    ("crates/platform/", 1),
    ("crates/contracts", 2),
    ("crates/domains/", 3),
    ("crates/print", 3),
    ("crates/sites/", 4),
    ("crates/lienthong", 5),
    ("crates/testkit", 6),
];

struct Crate {
    name: String,
    folder: String,
    needs: Vec<String>,
}

fn workspace() -> Vec<Crate> {
    let cargo = std::env::var("CARGO").unwrap();
    let out = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let root = metadata["workspace_root"].as_str().unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|p| Crate {
            name: p["name"].as_str().unwrap().to_owned(),
            folder: p["manifest_path"]
                .as_str()
                .unwrap()
                .strip_prefix(root)
                .unwrap()
                .trim_start_matches('/')
                .to_owned(),
            needs: p["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                // What only tests need may look upwards.
                .filter(|d| d["kind"].is_null())
                .map(|d| d["name"].as_str().unwrap().to_owned())
                .collect(),
        })
        .collect()
}

fn floor(folder: &str) -> Option<u8> {
    FLOORS.iter().find(|(prefix, _)| folder.starts_with(prefix)).map(|(_, floor)| *floor)
}

#[test]
fn edges_run_only_downwards() {
    let crates = workspace();
    let mut wrong = Vec::new();
    for c in &crates {
        let Some(own) = floor(&c.folder) else { continue };
        for need in &c.needs {
            let Some(other) = crates.iter().find(|o| o.name == *need) else { continue };
            let Some(below) = floor(&other.folder) else { continue };
            let sideways = own == below && own >= 3;
            if below > own || sideways {
                wrong.push(format!("{} must not depend on {}", c.name, other.name));
            }
        }
    }
    assert!(wrong.is_empty(), "forbidden edges:\n{}", wrong.join("\n"));
}

#[test]
fn the_foundation_does_no_io() {
    let io = ["tokio", "tokio-postgres", "axum", "hyper", "deadpool-postgres", "nix"];
    for c in workspace().iter().filter(|c| c.folder.starts_with("crates/foundation/")) {
        let does: Vec<&String> = c.needs.iter().filter(|n| io.contains(&n.as_str())).collect();
        assert!(does.is_empty(), "{} is of the foundation and needs {does:?}", c.name);
    }
}

#[test]
fn every_crate_has_its_floor() {
    let lost: Vec<String> = workspace()
        .iter()
        .filter(|c| {
            floor(&c.folder).is_none() && !["bench/", "e2e/", "fuzz/"].iter().any(|d| c.folder.starts_with(d))
        })
        .map(|c| c.folder.clone())
        .collect();
    assert!(lost.is_empty(), "crates on no floor: {lost:?}");
}
