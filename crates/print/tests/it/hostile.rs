//! Texts that people really send, and texts that somebody might: all are printed as they are, none is obeyed.

use base::PersonName;
use print::{Body, Document, PrintError};
use proptest::prelude::*;

use crate::{PRINTER, flat, print, samples};

fn refusal_because(reason: &str) -> Document {
    let mut document = samples::refusal();
    if let Body::Refusal(body) = &mut document.body {
        body.reason = reason.to_owned();
    }
    document
}

#[test]
fn markup_in_a_text_is_only_text() {
    for reason in [
        r#"#panic("x") #read("/etc/passwd") #import "/house.typ": *"#,
        "$ 1/0 $ *đậm* _nghiêng_ `mã` = đề mục",
        "] } ) [ { ( <nhãn> @nhãn // chú thích /* */ \\ ~ -- --- ... ' \"",
        "+ mục - mục / mục: https://a.vn/x?y=1&z=<script>",
        "#{ while true {} }",
    ] {
        let mut document = refusal_because(reason);
        document.head.place = reason.to_owned();
        document.head.number = reason.to_owned();
        document.head.agency.name = reason.to_owned();
        if let Body::Refusal(body) = &mut document.body {
            body.legal = vec![reason.to_owned()];
            body.request = reason.to_owned();
            body.applicant.email = Some(reason.to_owned());
        }
        let squeezed = |text: &str| text.replace([' ', '\u{200b}'], "");
        let found = squeezed(&flat(&print(&document)));
        assert!(found.matches(&squeezed(reason)).count() >= 4, "{reason}: {found}");
    }
}

#[test]
fn a_long_reason_runs_over_pages_and_loses_nothing() {
    let sentence = "Hồ sơ chưa có giấy tờ chứng minh chỗ ở của người đề nghị. ";
    let times = 4_000 / sentence.chars().count();
    let pdf = print(&refusal_because(&sentence.repeat(times)));
    assert_eq!(flat(&pdf).matches("chứng minh").count(), times);
    let pages = pdf_extract::Document::load_mem(&pdf.bytes).unwrap().get_pages().len();
    assert!((2..=4).contains(&pages), "{pages}");
}

#[test]
fn a_word_without_end_stays_on_the_page_and_loses_nothing() {
    let count = |reason: &str| flat(&print(&refusal_because(reason))).matches('ờ').count();
    assert_eq!(count(&"ườ".repeat(2_000)), 2_000 + count("x"));
}

#[test]
fn decomposed_letters_come_out_composed() {
    let found = flat(&print(&refusal_because("Ca\u{302}\u{301}p  pho\u{301} Ho\u{302}\u{300}ng Ha\u{300}")));
    assert!(found.contains("Cấp phó Hồng Hà"), "{found}");
}

#[test]
fn names_of_all_peoples_are_printed() {
    for name in
        ["H'Hen Niê", "K'Brêu", "Lò Thị Ún", "Y Moan Êban", "Giàng A Sử", "Đàng Năng Thọ", "Thạch Sô Phi"]
    {
        let mut document = samples::notice();
        if let Body::Notice(body) = &mut document.body {
            body.applicant.name = PersonName::new(name).unwrap();
        }
        let found = flat(&print(&document));
        assert!(found.contains(name), "{name}: {found}");
    }
}

#[test]
fn places_keep_the_letters_of_their_peoples() {
    let places = "buôn Êwi, buôn Ƀlê, Ea Čăm, Ea H'đĭng, Kŭ Ñôp, Krŏng Pắc";
    let found = flat(&print(&refusal_because(places)));
    assert!(found.contains(places), "{found}");
    // Letters that Unicode only has as a letter with a mark: ư, ê and ơ with a breve.
    let marked = flat(&print(&refusal_because("Čư\u{306} M'gar, Blê\u{306}, Pơ\u{306}")));
    assert!(marked.contains('\u{306}') && !marked.contains('□'), "{marked}");
}

#[test]
fn what_no_font_can_show_is_seen_to_be_missing() {
    let found = flat(&print(&refusal_because("Biểu cảm 😀 và chữ 漢 giữa câu")));
    assert!(found.contains("Biểu cảm □ và chữ □ giữa câu"), "{found}");
}

#[test]
fn a_book_is_refused() {
    for book in ["a ".repeat(Document::CHARS_MAX), "a\n".repeat(Document::CHARS_MAX / 50)] {
        assert_eq!(PRINTER.print(&refusal_because(&book)).err(), Some(PrintError::TooLong));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// PDF/A and PDF/UA refuse what they cannot show; no text may bring the printer that far.
    #[test]
    fn any_text_prints(reason in any::<String>(), code in "\\PC{0,80}", vi in "[a-zà-ỹ\u{300}-\u{323} \n]{0,400}") {
        let mut document = refusal_because(&format!("{reason}\n{vi}"));
        document.head.dossier.code = code;
        let printed = PRINTER.print(&document);
        prop_assert!(printed.is_ok(), "{:?}", printed.err());
    }
}
