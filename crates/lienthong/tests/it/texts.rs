//! Every word of the whole program in both languages: what a crate alone cannot see.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base::Lang;
use contracts::{Purpose, Role};
use dossier::{Status, moves::Happened};
use lienthong::app;
use webkit::i18n::{check, key_of};

const NOTHING: Vec<String> = Vec::new();

fn sources() -> Vec<PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    let mut folders = vec![crates.to_owned()];
    while let Some(folder) = folders.pop() {
        if folder.join("Cargo.toml").exists() {
            found.push(folder.join("src"));
        } else {
            folders.extend(
                fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|p| p.is_dir()),
            );
        }
    }
    found
}

#[test]
fn all_crates_together_say_each_key_once_in_both_languages_with_the_same_values() {
    app::texts().unwrap();
    let mut wrong = check::pairs(&app::TEXTS);
    // A rule of a service brings its sentence in both languages; each file says its own.
    wrong.retain(|complaint| !complaint.starts_with("forms-rule has variables"));
    assert_eq!(wrong, NOTHING);
}

#[test]
fn every_key_that_any_crate_says_exists() {
    let sources = sources();
    assert!(sources.len() > 15);
    let folders: Vec<&Path> = sources.iter().map(PathBuf::as_path).collect();
    assert_eq!(check::unknown(&app::TEXTS, &folders), NOTHING);
}

#[test]
fn every_listed_code_has_its_sentence() {
    let with_values =
        [forms::CODES, registry::error::CODES, registry::model::rules::CODES, identity::error::CODES];
    let plain = [dossier::error::CODES, credential::error::CODES];
    let codes: Vec<&str> =
        with_values.concat().into_iter().map(|(code, _)| code).chain(plain.concat()).collect();
    assert_eq!(check::codes(&app::TEXTS, &codes), NOTHING);
}

#[test]
fn every_code_that_a_fault_can_have_has_its_sentence() {
    let mut codes = Vec::new();
    for file in sources().iter().flat_map(|folder| rust_files(folder)) {
        let code = fs::read_to_string(file).unwrap();
        for body in code.split("fn code(&self) -> &'static str {").skip(1) {
            let body = body.split("\n    }").next().unwrap_or("");
            let words = body.split('"').skip(1).step_by(2);
            codes.extend(words.filter(|word| word.contains('.')).map(str::to_owned));
        }
    }
    for crate_name in
        ["store.", "pgbox.", "print.", "dossier.", "registry.", "identity.", "credential.", "ledger."]
    {
        assert!(codes.iter().any(|code| code.starts_with(crate_name)), "no code of {crate_name} was found");
    }
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    assert_eq!(check::codes(&app::TEXTS, &codes), NOTHING);
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_purpose_role_state_and_event_has_its_word_for_citizens_and_for_officers() {
    let texts = app::texts().unwrap();
    let mut keys: Vec<String> = Vec::new();
    keys.extend(Purpose::ALL.iter().map(|p| format!("purpose-{}", key_of(p.code))));
    for site in ["", "desk-"] {
        keys.extend(Role::ALL.iter().map(|r| format!("{site}role-{}", r.as_str())));
        keys.extend(Status::ALL.iter().map(|s| format!("{site}status-{}", s.number())));
        keys.extend(Happened::ALL.iter().map(|h| format!("{site}happened-{}", key_of(h.as_str()))));
    }
    keys.retain(|key| Lang::ALL.iter().any(|lang| !texts.has(*lang, key)));
    assert_eq!(keys, NOTHING);
}
