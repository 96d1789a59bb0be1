use std::{collections::BTreeSet, fs, path::Path};

use catalogue::{Catalogue, Problem, check};

use crate::folder;

/// A copy of the catalogue's data that may be spoiled.
fn copy() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for part in ["", "divisions", "calendars", "procedures"] {
        fs::create_dir_all(copy.path().join(part)).unwrap();
        for entry in fs::read_dir(folder().join(part)).unwrap().flatten().filter(|e| e.path().is_file()) {
            fs::copy(entry.path(), copy.path().join(part).join(entry.file_name())).unwrap();
        }
    }
    copy
}

/// Replaces the first `from` of a file, and gives the line it stood on.
fn spoil(dir: &Path, file: &str, from: &str, to: &str) -> usize {
    let path = dir.join(file);
    let text = fs::read_to_string(&path).unwrap();
    let at = text.find(from).unwrap_or_else(|| panic!("{file} has no {from:?}"));
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    text[..at].lines().count() + usize::from(text[..at].ends_with('\n') || at == 0)
}

fn has(problems: &[Problem], file: &str, line: usize, rule: &str) -> bool {
    problems.iter().any(|p| p.file == file && p.line == line && p.rule == rule)
}

#[test]
fn the_catalogue_of_the_repository_is_in_order() {
    let problems = check(&folder());
    assert!(problems.is_empty(), "{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>());
    assert!(Catalogue::from_dir(&folder()).is_ok());
}

/// The problems of one file, to be read when a test fails.
fn of<'a>(problems: &'a [Problem], file: &str) -> Vec<&'a Problem> {
    problems.iter().filter(|p| p.file == file).take(10).collect()
}

/// file, what stands there, what is put there, the rule that must be named
const SPOILED: &[(&str, &str, &str, &str)] = &[
    ("synonyms.toml", "\"cấp lại thẻ căn cước\"", "\"cấp lại thẻ căn cướp\"", "synonym.meaning"),
    ("synonyms.toml", "\"cmt\"", "\"CMND\"", "synonym.duplicate"),
    ("synonyms.toml", "\"cmt\"", "\"–\"", "synonym.empty"),
    ("synonyms.toml", "ignored = ", "ignore = ", "toml.unknown_key"),
    ("procedures/1.004194.toml", "online = ", "onlin = ", "toml.unknown_key"),
    ("procedures/1.004194.toml", "online = \"partial\"\n", "", "toml.missing_key"),
    ("procedures/1.004194.toml", "\"partial\"", "\"partly\"", "toml.unknown_word"),
    ("procedures/1.004194.toml", "level = \"commune\"", "level = \"commune", "toml.syntax"),
    ("procedures/1.004194.toml", "code = \"1.004194\"", "code = \"1.004195\"", "procedure.file_name"),
    (
        "procedures/1.004194.toml",
        "name.vi = \"Đăng ký tạm trú\"\nname.en = \"Temporary residence registration\"",
        "name.vi = \"Đăng ký tạm trú\"",
        "procedure.english",
    ),
    ("procedures/1.004194.toml", "\"residence\"", "\"residense\"", "procedure.field"),
    ("procedures/1.004194.toml", "[\"CA-X\"]", "[\"CA-Y\"]", "procedure.agency"),
    ("procedures/1.004194.toml", "\"Hợp tác xã\"", "\"Hợp tác xả\"", "procedure.subject"),
    ("procedures/1.004194.toml", "\"law-68-2020-qh14", "\"law-68-2021-qh14", "legal.unknown"),
    ("procedures/2.002621.toml", "\"3.000722\"", "\"3.000723\"", "procedure.unknown"),
    ("procedures/1.004222.toml", "Đăng ký", "\u{110}a\u{306}ng ky\u{301}", "text.not_nfc"),
    ("procedures/1.004222.toml", "Đăng ký", "Đăng\u{a0}ký", "text.hidden_space"),
    ("audiences.toml", "slug = \"business\"", "slug = \"firm\"", "toml.unknown_word"),
    ("legal.toml", "valid_from = \"2021-07-01\"", "valid_from = \"2021-02-30\"", "toml.syntax"),
    ("divisions/communes.csv", "00008,ward,", "0008,ward,", "division.code"),
    ("divisions/communes.csv", "00008,ward,", "00008,town,", "division.kind"),
    ("divisions/communes.csv", "00008,ward,", "00008,wards,", "csv.value"),
    ("divisions/communes.csv", "00008,ward,Ngọc Hà,01,", "00008,ward,Ngọc Hà,02,", "division.parent"),
    ("divisions/communes.csv", "00008,ward,Ngọc Hà", "00004,ward,Ngọc Hà", "validity.overlap"),
    ("divisions/communes.csv", ",21.0381,", ",41.0381,", "division.centroid"),
    ("divisions/communes.csv", "code,kind", "id,kind", "csv.columns"),
    (
        "divisions/former_communes.csv",
        "00001,ward,Phúc Xá,001,,2025-06-30,00097",
        "00001,ward,Phúc Xá,001,,2025-06-30,",
        "division.successor",
    ),
    ("divisions/former_communes.csv", "2025-06-30,00097", "2025-06-30,99999", "division.successor"),
    (
        "divisions/former_communes.csv",
        "00001,ward,Phúc Xá,001,,",
        "00001,ward,Phúc Xá,001,2026-01-01,",
        "validity.order",
    ),
    ("divisions/former_communes.csv", "00001,ward,Phúc Xá,001,,2025-06-30,00097", "00001,ward", "csv.row"),
    ("divisions/province_codes.csv", "G01.805", "G01.801", "division.duplicate"),
    ("agencies.csv", "C06,mps_department,central,BCA", "C06,mps_department,central,BCB", "agency.parent"),
    ("agencies.csv", "{unit}-{yymmdd}-{n:06}", "{unit}/{yymmdd}-{n:06}", "agency.dossier_code"),
    ("agency_templates.csv", "Công an {unit}", "Công an", "agency.name"),
    ("agency_templates.csv", "{mps}.000", "{mps}-000", "agency.unit_code"),
];

#[test]
fn each_mistake_is_named_with_file_line_and_rule() {
    let mut left = SPOILED.to_vec();
    while !left.is_empty() {
        // One mistake in each file at a time, so that the whole is checked a few times only.
        let dir = copy();
        let mut files = BTreeSet::new();
        let (now, later): (Vec<_>, Vec<_>) = left.into_iter().partition(|s| files.insert(s.0));
        let lines: Vec<_> = now.iter().map(|(file, from, to, _)| spoil(dir.path(), file, from, to)).collect();
        let problems = check(dir.path());
        for ((file, _, _, rule), line) in now.into_iter().zip(lines) {
            // A missing key is the whole file's mistake: it stands on the first line.
            let line = if rule == "toml.missing_key" { 1 } else { line };
            assert!(
                has(&problems, file, line, rule),
                "{file}:{line} {rule}, but: {:#?}",
                of(&problems, file)
            );
        }
        left = later;
    }
}

#[test]
fn one_mistake_refuses_the_whole_catalogue() {
    let dir = copy();
    let line = spoil(dir.path(), "procedures/1.004194.toml", "\"residence\"", "\"residense\"");
    let refused = Catalogue::from_dir(dir.path()).unwrap_err();
    assert!(has(&refused.problems, "procedures/1.004194.toml", line, "procedure.field"));
    let said = refused.to_string();
    assert!(said.contains("procedures/1.004194.toml:4: procedure.field: \"residense\""), "{said}");
}

/// Reports of tables stand on the line of their header.
#[test]
fn mistakes_in_a_table_are_named_by_its_line() {
    for (file, from, to, rule) in [
        ("procedures/1.004194.toml", "amount = 15000", "amount = 15001", "procedure.fees"),
        ("procedures/1.004194.toml", "amount = 15000", "amount = 1500000000", "procedure.fees"),
        (
            "procedures/2.001195.toml",
            "valid_from = \"2025-07-01\"",
            "valid_from = \"2025-06-30\"",
            "procedure.fees",
        ),
        (
            "procedures/2.001195.toml",
            "valid_to = \"2026-12-31\"",
            "valid_to = \"2024-12-31\"",
            "validity.order",
        ),
        ("procedures/1.004194.toml", "value = 3", "value = 0", "procedure.limits"),
        ("calendars/2026.toml", "date = \"2026-02-16\"", "date = \"2025-02-16\"", "calendar.other_year"),
        ("calendars/2026.toml", "date = \"2026-01-10\"", "date = \"2026-01-12\"", "calendar.weekday"),
        ("calendars/2026.toml", "date = \"2026-11-24\"", "date = \"2026-09-02\"", "calendar.duplicate"),
        ("fields.toml", "slug = \"identity-card\"", "slug = \"residence\"", "field.duplicate"),
        ("legal.toml", "valid_to = \"2026-12-31\"", "valid_to = \"2020-12-31\"", "validity.order"),
        ("legal.toml", "id = \"law-26-2023-qh15\"", "id = \"law-68-2020-qh14\"", "legal.duplicate"),
    ] {
        let dir = copy();
        let line = spoil(dir.path(), file, from, to);
        let text = fs::read_to_string(dir.path().join(file)).unwrap();
        let header =
            (1..).zip(text.lines()).take(line).filter(|(_, l)| l.starts_with("[[")).last().unwrap().0;
        let problems = check(dir.path());
        assert!(has(&problems, file, header, rule), "{file}:{header} {rule}, but: {problems:#?}");
    }
}

#[test]
fn missing_and_foreign_files_are_named() {
    let dir = copy();
    fs::remove_file(dir.path().join("fields.toml")).unwrap();
    fs::remove_file(dir.path().join("calendars/2025.toml")).unwrap();
    fs::write(dir.path().join("procedures/note.txt"), "x").unwrap();
    fs::write(dir.path().join("legal.toml"), b"# first\n# \xff\n").unwrap();
    let problems = check(dir.path());
    for (file, line, rule) in [
        ("fields.toml", 1, "file.missing"),
        ("calendars/2026.toml", 1, "calendar.gap"),
        ("procedures/note.txt", 1, "file.unexpected"),
        ("legal.toml", 2, "text.not_utf8"),
    ] {
        assert!(has(&problems, file, line, rule), "{file}:{line} {rule}");
    }
    assert!(check(Path::new("/nowhere/at/all")).iter().any(|p| p.rule == "file.unreadable"));
}
