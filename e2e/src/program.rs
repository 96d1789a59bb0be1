//! A program that a developer made of what the console shows: copied, put into a file and run, with nothing filled in but
//! keys and secrets.

use std::{path::PathBuf, process::Stdio};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::Command,
};

use crate::{World, browser::Browser};

/// The languages whose beginnings run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Node,
    Python,
}

impl Language {
    fn program(self) -> PathBuf {
        match self {
            Self::Node => "node".into(),
            Self::Python => root().join("var/clients-venv/bin/python"),
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Node => "mjs",
            Self::Python => "py",
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// What is put beside the copy before it runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The private key, as the file that the copy reads.
    pub key: Option<&'a str>,
    pub secret: Option<&'a str>,
}

/// A key that a developer made.
#[derive(Debug, Clone)]
pub struct MadeKey {
    /// The file that stays with the program.
    pub private: String,
    /// What is printed, to be pasted.
    pub public: String,
}

impl World {
    /// Runs the copy that makes a key.
    pub async fn makes_key(&self, copy: &str) -> MadeKey {
        let folder = self.scratch.path().join("key");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("make-key.mjs"), copy).expect("a file");
        let mut node = Command::new(Language::Node.program());
        let out = node.arg("make-key.mjs").current_dir(&folder).output().await.expect("node");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let private = std::fs::read_to_string(folder.join("client-key.jwk.json")).expect("the private key");
        MadeKey { private, public: String::from_utf8_lossy(&out.stdout).trim().to_owned() }
    }

    /// What the console did is in force, and what programs did is written down: both take a moment by themselves.
    pub async fn settles_clients(&self) {
        self.app.openid.refresh().await.expect("the relying parties again");
        self.app.openid.flush().await.expect("what they did");
    }

    /// A day that compatibility may last to, as it is typed.
    pub fn in_half_a_year(&self) -> [String; 3] {
        let today = base::vietnam_date(self.clock.now());
        let day = today.saturating_add(jiff::Span::new().months(6));
        [day.day().to_string(), day.month().to_string(), day.year().to_string()]
    }

    /// Runs a copy; the person goes where it sends them, and `answers` what is asked there. Gives what it learned.
    pub async fn runs(
        &self,
        language: Language,
        copy: &str,
        beside: Beside<'_>,
        person: &Browser,
        answers: impl AsyncFn(&Browser),
    ) -> Value {
        let clients = root().join("e2e/clients");
        let folder = self.scratch.path().join(language.ending());
        std::fs::create_dir_all(&folder).expect("a folder");
        let modules = folder.join("node_modules");
        if !modules.exists() {
            let installed = clients.join("node_modules").canonicalize().expect("scripts/setup.sh test");
            std::os::unix::fs::symlink(installed, modules).expect("a link");
        }
        let file = folder.join(format!("copy.{}", language.ending()));
        std::fs::write(&file, copy).expect("a file");
        if let Some(key) = beside.key {
            std::fs::write(folder.join("client-key.jwk.json"), key).expect("a file");
        }
        let mut child = Command::new(language.program())
            .arg(clients.join(format!("copied.{}", language.ending())))
            .arg(&file)
            .current_dir(&folder)
            .env("CLIENT_SECRET", beside.secret.unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node, and var/clients-venv (scripts/setup.sh test)");
        let mut says = child.stdin.take().expect("its input");
        let mut hears = BufReader::new(child.stdout.take().expect("its output")).lines();
        says.write_all(b"{}\n").await.expect("its input");
        let mut learned = None;
        while let Some(line) = hears.next_line().await.expect("its output") {
            let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the copy says: {line}"));
            match line["visit"].as_str() {
                Some(url) => {
                    person.opens_elsewhere(url).await;
                    answers(person).await;
                    let back = person.address().await;
                    says.write_all(format!("{back}\n").as_bytes()).await.expect("its input");
                }
                None => learned = Some(line["found"]["learned"].clone()),
            }
        }
        let out = child.wait_with_output().await.expect("its end");
        learned.unwrap_or_else(|| panic!("the copy fails:\n{}", String::from_utf8_lossy(&out.stderr)))
    }
}
