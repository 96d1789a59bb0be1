use std::collections::HashSet;

use catalogue::{AgencyKind, Level, agencies::is_dossier_code};
use jiff::civil::date;

use crate::{BEFORE, TODAY, catalogue};

#[test]
fn the_police_of_a_commune_stand_below_province_and_ministry() {
    let agencies = catalogue().agencies();
    let police = agencies.police_of_commune("26743", TODAY).unwrap();
    assert_eq!((police.id.as_str(), police.kind), ("CA-X-26743", AgencyKind::CommunePolice));
    assert_eq!(police.name.vi, "Công an phường Bến Thành");
    assert_eq!(police.name.en, "Police of Ben Thanh Ward");
    let above: Vec<_> = agencies.ancestors(&police.id, TODAY).into_iter().map(|a| a.name.vi).collect();
    assert_eq!(above, ["Công an thành phố Hồ Chí Minh", "Bộ Công an", "Chính phủ"]);
    assert!(agencies.is_within("CA-X-26743", "CA-T-79", TODAY));
    assert!(!agencies.is_within("CA-X-26743", "CA-T-01", TODAY));
}

#[test]
fn an_agency_is_named_as_its_division_was_that_day() {
    let name = |day| catalogue().agencies().get("CA-T-75", day).unwrap().name.vi;
    assert_eq!(name(date(2026, 4, 1)), "Công an tỉnh Đồng Nai");
    assert_eq!(name(TODAY), "Công an thành phố Đồng Nai");
}

#[test]
fn older_records_carry_a_district_level() {
    let agencies = catalogue().agencies();
    let police = agencies.police_of_commune("26740", date(2025, 2, 1)).unwrap();
    let above: Vec<_> = agencies.ancestors(&police.id, date(2025, 2, 1)).into_iter().map(|a| a.id).collect();
    assert_eq!(above, ["CA-H-760", "CA-T-79", "BCA", "GOV"]);
    assert!(agencies.get("CA-H-760", date(2025, 3, 1)).is_none(), "police districts ended");
    assert_eq!(agencies.get("UBND-H-760", BEFORE).unwrap().name.vi, "Ủy ban nhân dân quận 1");
    assert!(agencies.get("UBND-H-760", TODAY).is_none());
    assert!(agencies.get("BTTTT", date(2024, 1, 1)).is_some() && agencies.get("BTTTT", TODAY).is_none());
}

#[test]
fn each_commune_has_police_committee_and_service_centre_and_each_its_dossier_codes() {
    let agencies = catalogue().agencies();
    let communal: Vec<_> = agencies.of_level(Level::Commune, TODAY).collect();
    assert_eq!(communal.len(), 3 * 3321);
    let mut units = HashSet::new();
    for agency in communal.iter().filter(|a| a.kind != AgencyKind::ServiceCentre) {
        let template = agencies.dossier_template(&agency.id, TODAY).unwrap();
        let code = template.render(TODAY, 1).unwrap();
        assert!(is_dossier_code(&code), "{code}");
        assert!(units.insert(template.unit), "{}", agency.id);
    }
}

#[test]
fn a_centre_without_a_code_numbers_under_its_committee() {
    let agencies = catalogue().agencies();
    let centre = agencies.dossier_template("PVHCC-X-26743", TODAY).unwrap();
    assert_eq!(centre, agencies.dossier_template("UBND-X-26743", TODAY).unwrap());
    let police = agencies.dossier_template("CA-X-26743", TODAY).unwrap();
    assert_eq!(police.render(TODAY, 12).unwrap(), "G01.899.267.43-261121-000012");
    assert_eq!(agencies.dossier_template("C06", TODAY).unwrap().unit, "G01.000.000");
}

#[test]
fn what_stands_below_is_listed() {
    let agencies = catalogue().agencies();
    let of_ministry: Vec<_> = agencies.children("BCA", TODAY).into_iter().map(|a| a.kind).collect();
    assert_eq!(of_ministry.iter().filter(|k| **k == AgencyKind::ProvincialPolice).count(), 34);
    assert!(of_ministry.contains(&AgencyKind::MpsDepartment));
    let of_city = agencies.children("CA-T-79", TODAY);
    assert_eq!(of_city.iter().filter(|a| a.kind == AgencyKind::CommunePolice).count(), 168);
    assert_eq!(of_city.iter().filter(|a| a.kind == AgencyKind::PoliceDivision).count(), 7);
}

#[test]
fn unknown_ids_are_nobody() {
    let agencies = catalogue().agencies();
    for id in ["", "CA-X", "CA-X-99999", "CA-T-26743", "XX-01", "-", "CA-X-"] {
        assert!(agencies.get(id, TODAY).is_none(), "{id}");
    }
    assert_eq!(agencies.reference_name("CA-X").unwrap().vi, "Công an xã, phường, đặc khu");
}

#[test]
fn a_procedure_says_which_agencies_decide_on_it() {
    let (organisations, foreigners) = ("3.000498", "3.000226");
    let decides = |procedure, agency| catalogue().decides(procedure, agency, TODAY);
    assert!(decides(organisations, "CA-X-26740") && !decides(foreigners, "CA-X-26740"));
    assert!(decides(foreigners, "PA08-79") && decides(foreigners, "CA-T-79"));
    assert!(!decides(organisations, "PA08-79") && !decides(organisations, "CA-X-99999"));
    assert!(!decides("0.000000", "CA-X-26740"));
    let office = |procedure, commune| catalogue().office_for(procedure, commune, TODAY).map(|a| a.id);
    assert_eq!(office(organisations, "26740").as_deref(), Some("CA-X-26740"));
    assert_eq!(office(foreigners, "26740").as_deref(), Some("CA-T-79"));
    assert_eq!(office(organisations, "99999"), None);
}
