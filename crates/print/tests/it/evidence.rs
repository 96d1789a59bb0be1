//! A document reads right, proves itself, and serves everybody: text, QR code, tags, archive format, same bytes.

use base::PersonName;
use pdf_extract::{Dictionary, Object};
use print::{Body, PrintError};
use qrcode::{Color, EcLevel, QrCode};

use crate::{PRINTER, flat, print, samples, text};

/// Every letter of the Vietnamese alphabet with every tone, in both cases.
fn alphabet() -> String {
    let marks = ["", "\u{300}", "\u{309}", "\u{303}", "\u{301}", "\u{323}"];
    let vowels =
        "aăâeêioôơuưy".chars().flat_map(|v| marks.iter().map(move |m| base::nfc(&format!("{v}{m}"))));
    let lower: Vec<String> = vowels.chain(["đ".to_owned()]).collect();
    lower.iter().flat_map(|l| [l.to_uppercase(), l.clone()]).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_kind_says_what_it_should() {
    for document in samples::every_kind() {
        insta::assert_snapshot!(document.body.kind(), text(&print(&document)));
    }
}

#[test]
fn vietnamese_letters_can_be_selected_and_copied_in_every_style() {
    let letters = alphabet();
    let mut regular = samples::refusal();
    if let Body::Refusal(body) = &mut regular.body {
        body.reason.clone_from(&letters);
    }
    let mut bold_and_italic = samples::notice();
    if let Body::Notice(body) = &mut bold_and_italic.body {
        body.outcome = format!("đậm {letters}");
        body.legal = vec![format!("nghiêng {letters}")];
    }
    assert!(flat(&print(&regular)).contains(&letters));
    let found = flat(&print(&bold_and_italic));
    assert!(found.contains(&format!("nghiêng {letters}")), "italic: {found}");
    assert!(found.contains(&format!("đậm {letters}")), "bold: {found}");
}

#[test]
fn equal_data_gives_equal_bytes() {
    let fresh = print::Printer::new().unwrap();
    for document in samples::every_kind() {
        let first = print(&document);
        let fresh = fresh.print(&document).unwrap();
        assert!(first == fresh && first == print(&document));
        assert_eq!(first.sha256_hex().len(), 64);
    }
    let mut other = samples::receipt();
    other.head.number = "129/TNHS".into();
    assert_ne!(print(&other).sha256, print(&samples::receipt()).sha256);
}

#[test]
fn the_file_is_an_archive_copy_that_screen_readers_can_read() {
    for document in samples::every_kind() {
        let pdf = pdf_extract::Document::load_mem(&print(&document).bytes).unwrap();
        let catalog = pdf.catalog().unwrap();
        let dict = |key: &[u8]| -> &Dictionary {
            let object = catalog.get(key).unwrap();
            pdf.dereference(object).unwrap().1.as_dict().unwrap()
        };
        assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"vi-VN");
        assert_eq!(dict(b"MarkInfo").get(b"Marked").unwrap(), &Object::Boolean(true));
        assert_eq!(dict(b"StructTreeRoot").get(b"Type").unwrap().as_name().unwrap(), b"StructTreeRoot");
        let metadata = catalog.get(b"Metadata").unwrap().as_reference().unwrap();
        let stream = pdf.get_object(metadata).unwrap().as_stream().unwrap();
        let xmp = String::from_utf8(stream.get_plain_content().unwrap()).unwrap();
        for part in [
            "<pdfaid:part>2</pdfaid:part>",
            "<pdfaid:conformance>A</pdfaid:conformance>",
            "<pdfuaid:part>1</pdfuaid:part>",
            "Công an xã Thạch Hà",
            &document.head.number,
            "2026-11-21T09:15:30+07:00",
        ] {
            assert!(xmp.contains(part), "{part} in {xmp}");
        }
    }
}

#[test]
fn the_address_stands_in_the_text_as_a_link_and_as_a_code_that_cameras_read() {
    let document = samples::confirmation();
    let url = &document.head.verify_url;
    let pdf = print(&document);
    assert!(flat(&pdf).replace(' ', "").contains(url));
    assert!(String::from_utf8_lossy(&pdf.bytes).contains(&format!("({url})")));

    let code = QrCode::with_error_correction_level(url, EcLevel::M).unwrap();
    let (width, quiet, scale) = (code.width(), 4, 4);
    let side = (width + 2 * quiet) * scale;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
        let module = |n: usize| (n / scale).checked_sub(quiet).filter(|n| *n < width);
        match (module(x), module(y)) {
            (Some(x), Some(y)) if code[(x, y)] == Color::Dark => 0,
            _ => 255,
        }
    });
    let grids = image.detect_grids();
    assert_eq!(&grids[0].decode().unwrap().1, url);
}

#[test]
fn an_address_that_is_no_web_page_is_refused() {
    for url in [
        "javascript:alert(1)",
        "ftp://a.vn",
        "https://a.vn/ x",
        "https://a.vn/đ",
        "",
        &"https://a.vn/".repeat(40),
    ] {
        let mut document = samples::receipt();
        document.head.verify_url = url.to_owned();
        assert_eq!(PRINTER.print(&document).err(), Some(PrintError::VerifyUrl), "{url}");
    }
}

#[test]
fn only_synthetic_documents_are_marked_so() {
    let mut document = samples::notice();
    assert!(flat(&print(&document)).contains("DỮ LIỆU MÔ PHỎNG — không có giá trị pháp lý"));
    document.head.synthetic = false;
    assert!(!flat(&print(&document)).to_lowercase().contains("mô phỏng"));
}

#[test]
fn what_is_not_known_is_not_printed() {
    let mut document = samples::confirmation();
    let Body::Confirmation(body) = &mut document.body else { unreachable!() };
    body.person.sex = None;
    body.person.number = None;
    body.head_of_household = None;
    body.members.clear();
    body.valid_until = None;
    document.head.agency.parent = None;
    document.head.form = None;
    document.head.signature.name = Some(PersonName::new("K'Brêu").unwrap());
    let found = flat(&print(&document));
    for absent in ["Giới tính", "Số định danh", "Chủ hộ", "none", "CÔNG AN TỈNH", "Mẫu CT07"]
    {
        assert!(!found.contains(absent), "{absent}: {found}");
    }
    assert!(found.contains("K'Brêu"));
}
