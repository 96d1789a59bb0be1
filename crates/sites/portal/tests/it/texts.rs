//! Every text stands in both languages, is used, and is there for every word that pages put together.

use std::path::Path;

use contracts::{Purpose, Role};
use credential::Standing;
use dossier::{Status, moves::Happened};
use registry::{
    corrections::{Routes, StepKind, Subject},
    model::{Item, Relation},
};
use webkit::i18n::{Texts, check, key_of};

/// Keys that are put together while running; each has its list below.
const BUILT: &[&str] = &[
    "portal-",
    "status-",
    "happened-",
    "now-",
    "purpose-",
    "role-",
    "datum-",
    "sex-",
    "marital-",
    "kin-",
    "relation-",
    "residence-",
    "nationality-",
    "thing-",
    "standing-",
    "rate-",
    "level-",
    "accesses-",
    "due-",
    "record-",
    "paper-",
    "authority-",
    "correction-step-",
    "outcome-",
];

#[test]
fn both_languages_say_the_same_things() {
    assert_eq!(check::pairs(&[portal::TEXTS]), Vec::<String>::new());
}

#[test]
fn no_text_is_left_over() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    assert_eq!(check::unused(portal::TEXTS, &[&source], BUILT), Vec::<String>::new());
}

#[test]
fn every_text_that_a_page_names_exists() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    assert_eq!(check::unknown(&[webkit::i18n::TEXTS, portal::TEXTS], &[&source]), Vec::<String>::new());
}

#[test]
fn every_word_of_the_domains_has_its_sentence() {
    let texts = Texts::load(&[portal::TEXTS]).unwrap();
    let mut keys: Vec<String> = Vec::new();
    keys.extend(Status::ALL.iter().map(|s| format!("status-{}", s.number())));
    let standing = Status::ALL.iter().filter(|s| !s.is_terminal() && **s != Status::Draft);
    keys.extend(standing.map(|s| format!("now-{}", s.number())));
    keys.extend(Happened::ALL.iter().map(|h| format!("happened-{}", key_of(h.as_str()))));
    keys.extend(Purpose::ALL.iter().map(|p| format!("purpose-{}", key_of(p.code))));
    keys.extend(Role::ALL.iter().map(|r| format!("role-{}", r.as_str())));
    keys.extend(Item::ALL.iter().map(|i| format!("datum-{}", key_of(i.key()))));
    keys.extend(forms::Fact::ALL.iter().map(|f| format!("datum-{}", key_of(f.key()))));
    let household = registry::model::rules::HOUSEHOLD_RELATIONS;
    keys.extend(household.iter().map(|r| format!("relation-{}", key_of(r))));
    keys.extend(registry::model::rules::MARITAL.iter().map(|m| format!("marital-{}", key_of(m))));
    keys.extend(["male", "female"].map(|s| format!("sex-{s}")));
    keys.extend(["permanent", "temporary", "current"].map(|r| format!("residence-{r}")));
    for state in Standing::ALL {
        keys.extend(["", "-means"].map(|end| format!("standing-{}{end}", state.as_str())));
    }
    keys.extend((1..=5).map(|n| format!("rate-{n}")));
    keys.extend((1..=2).flat_map(|n| [format!("level-{n}"), format!("level-{n}-means")]));
    keys.extend(ledger::Whose::ALL.iter().map(|w| format!("accesses-{}", w.as_str())));
    keys.extend(registry::model::held::PAPER_KINDS.iter().map(|k| format!("paper-{}", key_of(k))));
    keys.extend(Relation::ALL.iter().map(|r| format!("kin-{}", key_of(r.as_str()))));
    keys.extend(identity::ops::sign_in_list::OUTCOMES.map(|o| format!("outcome-{}", key_of(o))));
    let routes = Routes::table().unwrap();
    keys.extend(Subject::all().map(|s| format!("authority-{}", key_of(&routes.of(s).unwrap().authority))));
    let seen = StepKind::ALL.iter().filter(|s| !s.is_internal());
    keys.extend(seen.map(|s| format!("correction-step-{}", key_of(s.as_str()))));
    let missing: Vec<&String> =
        keys.iter().filter(|key| base::Lang::ALL.iter().any(|lang| !texts.has(*lang, key))).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

#[test]
fn texts_are_in_stored_form() {
    for file in [portal::TEXTS.0, portal::TEXTS.1] {
        assert!(file.lines().all(|line| line.trim_start() == base::nfc(line)), "not in NFC");
    }
}
