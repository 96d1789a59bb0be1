//! What holds for any text whatever.

use address::{Level, UnitId};
use proptest::{prelude::*, sample::Index};

use crate::BOOK;

/// What must hold of every reading; gives the communes of today.
fn sound(text: &str) -> Result<Vec<UnitId>, TestCaseError> {
    let reading = BOOK.read(text);
    for answer in &reading.answers {
        prop_assert!(BOOK.unit(answer.unit).is_some() && answer.named.contains(&answer.unit));
        prop_assert!(!answer.today.is_empty());
        prop_assert!(answer.named.iter().all(|id| BOOK.unit(*id).is_some()));
        let levels: Vec<Level> = answer.named.iter().map(|id| BOOK.unit(*id).unwrap().kind.level()).collect();
        prop_assert!(levels.is_sorted_by(|a, b| a > b), "smallest first: {levels:?}");
    }
    prop_assert!(reading.today.iter().all(|id| BOOK.unit(*id).is_some_and(|u| u.current)));
    let mut after = 0;
    for piece in &reading.rest {
        let at = text[after..].find(piece);
        prop_assert!(at.is_some(), "{piece:?} is not in {text:?} where it should be");
        after += at.unwrap() + piece.len();
    }
    prop_assert!((0.0..=1.0).contains(&reading.confidence));
    prop_assert_eq!(reading.answers.is_empty(), reading.confidence == 0.0);
    prop_assert!(reading.commune().is_none() || reading.doubt.is_none());
    Ok(reading.today)
}

/// Pieces that addresses are made of, in any disorder.
fn shreds() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "\\PC{0,6}",
        "[a-zA-Z0-9.,/' -]{0,8}",
        "[aăâeêioôơuưyđ\u{301}\u{303}\u{309}\u{323}\u{302}]{1,5}",
        proptest::sample::select(vec![
            "P.",
            "Phường",
            "quận",
            "Q1",
            "TP",
            "tx",
            "Thị xã",
            "tỉnh",
            "T.",
            "TT",
            "Huế",
            "Hà Nội",
            "Tân Lập",
            "Bến Nghé",
            ",",
            " - ",
            "Việt Nam",
            "Ea H'leo",
            "05",
            "1",
            "Phú",
            "đường",
            "Ward",
            "phuowngf",
            "Bà Rịa",
            "–",
            "'",
            "ĐắkLắk",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(word, 0..14).prop_map(|w| w.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_text_is_read_without_harm(text in "\\PC{0,200}") {
        sound(&text)?;
    }

    #[test]
    fn any_shreds_of_addresses_are_read_soundly(text in shreds()) {
        sound(&text)?;
    }

    #[test]
    fn the_form_of_unicode_and_the_case_change_nothing(text in shreds()) {
        use unicode_normalization::UnicodeNormalization;
        let composed: String = text.nfc().collect();
        let apart: String = text.nfd().collect();
        prop_assert_eq!(sound(&composed)?, sound(&apart)?);
    }

    #[test]
    fn a_unit_written_as_the_law_writes_it_is_read_as_itself(at: Index) {
        let communes: Vec<u32> = (0u32..).zip(BOOK.units()).filter(|(_, u)| u.current && u.kind.level() == Level::Commune).map(|(at, _)| at).collect();
        let id = UnitId(*at.get(&communes));
        let text = crate::label(id);
        prop_assert_eq!(BOOK.read(&text).unit(), Some(id), "{}", text);
        // What was read and written again is read as the same.
        prop_assert_eq!(BOOK.read(&text).commune(), Some(id));
    }
}

#[test]
fn a_very_long_text_is_read_from_its_end() {
    let text = format!("{} Phường Bến Nghé, Quận 1, TP.HCM", "số nhà 12 đường Lê Lợi – ".repeat(2000));
    let reading = BOOK.read(&text);
    assert!(reading.unit().is_some());
    assert!(reading.rest.iter().all(|piece| text.contains(piece)));
}
