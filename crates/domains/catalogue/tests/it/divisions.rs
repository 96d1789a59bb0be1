use address::AddressBook;
use base::Lang;
use catalogue::{Division, DivisionKind, Divisions, Extent, Level};
use jiff::civil::date;
use proptest::{prelude::*, sample::Index};

use crate::{BEFORE, TODAY, catalogue};

fn divisions() -> &'static Divisions {
    catalogue().divisions()
}

fn count(kind: DivisionKind) -> usize {
    divisions().communes(TODAY).filter(|d| d.kind == kind).count()
}

#[test]
fn the_country_has_34_provinces_and_3321_communes() {
    assert_eq!(divisions().provinces(TODAY).count(), 34);
    assert_eq!(divisions().communes(TODAY).count(), 3321);
    assert_eq!(
        (count(DivisionKind::Commune), count(DivisionKind::Ward), count(DivisionKind::SpecialZone)),
        (2599, 709, 13)
    );
    for day in [date(2025, 7, 1), date(2026, 4, 29), date(2026, 4, 30), date(2026, 9, 20)] {
        assert_eq!(
            (divisions().provinces(day).count(), divisions().communes(day).count()),
            (34, 3321),
            "{day}"
        );
    }
    let communes: usize =
        divisions().provinces(TODAY).map(|p| divisions().children(p.code.as_str(), TODAY).count()).sum();
    assert_eq!(communes, 3321);
}

#[test]
fn the_old_map_had_63_provinces_696_districts_and_10035_communes() {
    assert_eq!(divisions().provinces(BEFORE).count(), 63);
    assert_eq!(divisions().all().iter().filter(|d| d.level() == Level::District).count(), 696);
    assert_eq!(divisions().communes(BEFORE).count(), 10_035);
    assert_eq!(divisions().id_prefixes().count(), 63);
    assert_eq!(divisions().by_id_prefix("079").unwrap().label(Lang::Vi), "Thành phố Hồ Chí Minh");
}

#[test]
fn a_code_names_a_unit_only_together_with_a_day() {
    let label = |day| divisions().unit_on("00004", day).map(|d| divisions().full_name(d, Lang::Vi)).unwrap();
    assert_eq!(label(BEFORE), "Phường Trúc Bạch, Quận Ba Đình, Thành phố Hà Nội");
    assert_eq!(label(TODAY), "Phường Ba Đình, Thành phố Hà Nội");
}

#[test]
fn a_province_that_became_a_city_keeps_its_code_and_both_names() {
    let label = |day| divisions().unit_on("75", day).unwrap().label(Lang::Vi);
    assert_eq!(label(date(2026, 4, 29)), "Tỉnh Đồng Nai");
    assert_eq!(label(date(2026, 4, 30)), "Thành phố Đồng Nai");
    let commune = divisions().unit_on("26368", date(2026, 1, 1)).unwrap();
    assert_eq!(divisions().full_name(commune, Lang::Vi), "Xã Long Thành, Tỉnh Đồng Nai");
    let today = divisions().resolve("26368", date(2026, 1, 1), TODAY).unwrap().certain().unwrap();
    assert_eq!(divisions().full_name(today, Lang::Vi), "Phường Long Thành, Thành phố Đồng Nai");
    assert_eq!(divisions().full_name(today, Lang::En), "Long Thanh Ward, Dong Nai City");
}

#[test]
fn english_labels_follow_the_names() {
    let label = |code, day| divisions().unit_on(code, day).unwrap().label(Lang::En);
    assert_eq!(label("79", TODAY), "Ho Chi Minh City");
    assert_eq!(label("04", TODAY), "Cao Bang Province");
    assert_eq!(label("760", BEFORE), "District 1");
    let joined = divisions().communes(TODAY).find(|d| &*d.name == "Xuân Hương - Đà Lạt").unwrap();
    assert_eq!(joined.label(Lang::En), "Xuan Huong - Da Lat Ward");
}

#[test]
fn a_split_commune_has_several_successors_and_nobody_guesses() {
    let split: Vec<&Division> = divisions().all().iter().filter(|d| d.successors.len() > 1).collect();
    assert_eq!(split.len(), 471);
    for unit in split {
        let resolution = divisions().resolve_unit(unit, TODAY);
        assert!(resolution.is_ambiguous() && resolution.certain().is_none());
        assert!(resolution.today.iter().all(|s| s.extent == Extent::Part));
    }
}

#[test]
fn every_old_unit_is_something_today() {
    for unit in divisions().all().iter().filter(|d| d.validity.contains(BEFORE)) {
        let resolution = divisions().resolve_unit(unit, TODAY);
        assert!(!resolution.today.is_empty(), "{unit:?}");
        let expected = if unit.level() == Level::Provincial { Level::Provincial } else { Level::Commune };
        for successor in &resolution.today {
            assert_eq!(successor.unit.level(), expected);
            assert!(successor.unit.validity.contains(TODAY));
        }
    }
}

#[test]
fn every_commune_of_today_came_from_somewhere() {
    for commune in divisions().communes(TODAY) {
        assert!(divisions().predecessors(commune.code.as_str()).next().is_some(), "{commune:?}");
    }
}

#[test]
fn an_island_district_without_communes_became_a_special_zone() {
    for (code, name) in [("755", "Đặc khu Côn Đảo"), ("498", "Đặc khu Hoàng Sa"), ("536", "Đặc khu Lý Sơn")]
    {
        let today = divisions().resolve(code, BEFORE, TODAY).unwrap().certain().unwrap();
        assert_eq!(today.label(Lang::Vi), name);
    }
}

#[test]
fn an_old_code_used_after_its_end_is_still_understood() {
    let resolution = divisions().resolve("26740", date(2026, 1, 1), TODAY).unwrap();
    assert!(!resolution.today.is_empty());
    assert_eq!(
        divisions().resolve("74", date(2026, 5, 1), TODAY).unwrap().certain().unwrap().code.as_str(),
        "79"
    );
    assert!(divisions().resolve("99999", BEFORE, TODAY).is_none());
    assert!(divisions().resolve("no code", BEFORE, TODAY).is_none());
}

fn today_of(book: &AddressBook, address: &str) -> Vec<String> {
    let today = book.read(address).today;
    let units = today.iter().map(|id| book.unit(*id).unwrap());
    units
        .map(|unit| divisions().full_name(divisions().unit_on(&unit.code, TODAY).unwrap(), Lang::Vi))
        .collect()
}

#[test]
fn addresses_old_and_new_are_read_with_these_units() {
    let book = AddressBook::new(divisions().address_units(TODAY)).unwrap();
    for (address, today) in [
        ("Phường Bến Nghé, Quận 1, TP Hồ Chí Minh", "Phường Sài Gòn, Thành phố Hồ Chí Minh"),
        ("p. ben nghe q1 tphcm", "Phường Sài Gòn, Thành phố Hồ Chí Minh"),
        ("Phường Bến Thành, Thành phố Hồ Chí Minh", "Phường Bến Thành, Thành phố Hồ Chí Minh"),
        ("Phường Trúc Bạch, Quận Ba Đình, Hà Nội", "Phường Ba Đình, Thành phố Hà Nội"),
        ("phuong ba dinh, ha noi, Việt Nam", "Phường Ba Đình, Thành phố Hà Nội"),
        ("Huyện Côn Đảo, Tỉnh Bà Rịa - Vũng Tàu", "Đặc khu Côn Đảo, Thành phố Hồ Chí Minh"),
        ("Xã Long Thành, Tỉnh Đồng Nai", "Phường Long Thành, Thành phố Đồng Nai"),
        ("Phường Thảo Điền, Quận 2, TP.HCM", "Phường An Khánh, Thành phố Hồ Chí Minh"),
        ("Phường Thuận Hòa, Thành phố Huế, Thừa Thiên Huế", "Phường Phú Xuân, Thành phố Huế"),
        ("phuong 5 quan 3 sai gon", "Phường Bàn Cờ, Thành phố Hồ Chí Minh"),
        ("Đặc khu Hoàng Sa, Đà Nẵng", "Đặc khu Hoàng Sa, Thành phố Đà Nẵng"),
    ] {
        assert_eq!(today_of(&book, address), [today], "{address}");
    }
}

fn hits(typed: &str) -> Vec<String> {
    let hits = divisions().search_communes(typed, TODAY, 5);
    hits.iter().map(|h| divisions().full_name(h.unit, Lang::Vi)).collect()
}

#[test]
fn the_picker_finds_communes_by_beginnings_without_diacritics() {
    assert_eq!(hits("ben than")[0], "Phường Bến Thành, Thành phố Hồ Chí Minh");
    assert_eq!(hits("Bến Thành")[0], "Phường Bến Thành, Thành phố Hồ Chí Minh");
    assert_eq!(hits("ba dinh ha noi")[0], "Phường Ba Đình, Thành phố Hà Nội");
    assert!(hits("zzz").is_empty() && hits("").is_empty() && hits(" , ").is_empty());
}

#[test]
fn the_picker_knows_former_names_and_says_so() {
    let hits = divisions().search_communes("phuong ben nghe", TODAY, 5);
    assert_eq!(hits[0].unit.label(Lang::Vi), "Phường Sài Gòn");
    assert_eq!(hits[0].former.unwrap().label(Lang::Vi), "Phường Bến Nghé");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_commune_is_found_by_its_own_name(at: Index, plain: bool) {
        let communes: Vec<&Division> = divisions().communes(TODAY).collect();
        let commune = at.get(&communes);
        let mut typed = divisions().full_name(commune, Lang::Vi);
        if plain {
            typed = base::fold(&typed);
        }
        let hits = divisions().search_communes(&typed, TODAY, 10);
        prop_assert!(hits.iter().any(|h| h.unit.code == commune.code), "{typed}: {hits:?}");
    }

    #[test]
    fn resolving_follows_the_calendar(at: Index, days in 0i32..900) {
        use jiff::ToSpan;
        let unit = at.get(divisions().all());
        let day = date(2024, 6, 1).checked_add(days.days()).unwrap();
        let resolution = divisions().resolve_unit(unit, day);
        for successor in &resolution.today {
            prop_assert!(!successor.unit.validity.ended_by(day));
        }
        if unit.validity.contains(day) {
            prop_assert_eq!(resolution.certain().map(|u| u.code), Some(unit.code));
        }
    }

    #[test]
    fn nothing_that_is_typed_breaks_it(typed in "\\PC{0,60}") {
        prop_assert!(divisions().search_communes(&typed, TODAY, 5).len() <= 5);
    }
}

#[test]
fn every_rearrangement_is_a_file_that_loses_no_commune() {
    let days: Vec<String> = divisions().reform_days().iter().map(ToString::to_string).collect();
    assert_eq!(days, ["2025-07-01", "2026-04-30", "2026-09-20"]);
    let first = date(2025, 7, 1);
    let changes: Vec<_> = divisions().changes_on(first).collect();
    assert_eq!(changes.len(), 10_035);
    assert!(changes.iter().all(|(_, new)| !new.is_empty()));
    let file = divisions().reform_file(first, "Quyết định số 19/2025/QĐ-TTg").unwrap();
    let divided = changes.iter().filter(|(_, new)| new.len() > 1).count();
    assert_eq!(file.matches("[[split]]").count(), divided);
    assert!(file.contains("\"00001\" = \"00097\"\n"), "Phúc Xá went into Hồng Hà");
    assert_eq!(divisions().reform_file(date(2025, 7, 2), "x"), None);
}
