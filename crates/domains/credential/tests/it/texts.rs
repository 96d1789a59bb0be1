use std::path::Path;

use credential::{CODES, TEXTS};
use webkit::i18n::check;

const NOTHING: [String; 0] = [];

#[test]
fn every_code_has_its_sentence_in_both_languages_and_every_sentence_its_code() {
    assert_eq!(check::pairs(&[TEXTS]), NOTHING);
    assert_eq!(check::codes(&[TEXTS], CODES), NOTHING);
    let keys: Vec<String> = CODES.iter().map(|code| webkit::i18n::key_of(code)).collect();
    let built: Vec<&str> = keys.iter().map(String::as_str).collect();
    assert_eq!(check::unused(TEXTS, &[Path::new("src")], &built), NOTHING);
}
