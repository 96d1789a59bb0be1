//! Our own texts are whole: both languages, the same values, none missing, none unused.

use std::path::Path;

use webkit::i18n::{TEXTS, check};

const NOTHING: Vec<String> = Vec::new();

#[test]
fn both_languages_have_the_same_texts() {
    assert_eq!(check::pairs(&[TEXTS]), NOTHING);
}

#[test]
fn no_text_is_missing_or_unused() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    assert_eq!(check::unused(TEXTS, &[&src], &["webkit-", "store-"]), NOTHING);
    assert_eq!(check::unknown(&[TEXTS], &[&src]), NOTHING);
}

#[test]
fn every_code_has_its_sentence() {
    let codes = [
        "webkit.not_found",
        "webkit.unauthenticated",
        "webkit.forbidden",
        "webkit.invalid",
        "webkit.too_large",
        "webkit.method",
        "webkit.unavailable",
        "webkit.timeout",
        "webkit.bad_request",
        "webkit.bad_query",
        "webkit.bug",
        "webkit.cross_site",
        "webkit.csrf",
        "webkit.too_many_requests",
        "webkit.json_expected",
        "webkit.json_syntax",
        "webkit.json_shape",
        "webkit.json_unknown",
    ];
    assert_eq!(check::codes(&[TEXTS], &codes), NOTHING);
    // Said here, because the floor that gives these codes has no texts.
    assert_eq!(check::codes(&[TEXTS], &["store.unavailable", "store.conflict", "store.bug"]), NOTHING);
    assert_eq!(TEXTS.0.matches("\nwebkit-").count(), codes.len());
}
