//! The three services as people meet them: filing, mistakes, consents, checks, effects.

use base::Lang;
use forms::{
    Answers, Channel, Fact, Facts, Handed, Person, Service, Source, Verdict,
    effects::{Outcome, TemporaryResidence},
};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const TODAY: Date = date(2026, 11, 20);
const APPLICANT: &str = "001099012345";
const HOST: &str = "079070000001";
const CHILD: &str = "001215000007";
const HOME: &str = "00001";
const AWAY: &str = "26740";

fn service(code: &str) -> Service {
    let path = format!("{}/../../../catalogue/services/{code}/v1.toml", env!("CARGO_MANIFEST_DIR"));
    Service::parse(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|problems| {
        panic!("{code}:\n{}", problems.iter().map(|p| p.to_string()).collect::<Vec<_>>().join("\n"))
    })
}

fn a_citizen() -> Person {
    Person::default()
        .with(Fact::Exists, true)
        .with(Fact::Living, true)
        .with(Fact::Number, APPLICANT)
        .with(Fact::Name, "Nguyễn Văn An")
        .with(Fact::BirthDate, "1999-05-17".parse::<base::PartialDate>().unwrap())
        .with(Fact::PermanentCommune, HOME)
        .with(Fact::PermanentAddress, "12 Hàng Bài")
        .with(Fact::Conflict, false)
}

fn a_host() -> Person {
    Person::default()
        .with(Fact::Exists, true)
        .with(Fact::Living, true)
        .with(Fact::IsHouseholder, true)
        .with(Fact::PermanentCommune, AWAY)
}

fn answers(json: Json) -> Answers {
    serde_json::from_value(json).unwrap()
}

/// Somebody who stays with a host, alone.
fn staying_with_a_host() -> Json {
    json!({
        "phone": "0912345678", "commune": AWAY, "address": "Số 5 Lê Lợi", "dwelling": "host", "host_number": HOST,
        "host_relation": "lodger", "from": "2026-12-01", "to": "2027-11-30", "reason": "Đi làm", "with_members": false,
        "fee_exemption": "none",
    })
}

fn changed(mut json: Json, key: &str, value: Json) -> Answers {
    json[key] = value;
    answers(json)
}

fn codes(faults: &[base::FieldFault]) -> Vec<(String, String)> {
    let code = |f: &base::FieldFault| {
        let rule = f.args.iter().find(|(name, _)| name == "rule").map(|(_, v)| v.clone());
        (f.field.clone(), rule.unwrap_or_else(|| f.code.clone()))
    };
    faults.iter().map(code).collect()
}

fn fault(field: &str, code: &str) -> (String, String) {
    (field.to_owned(), code.to_owned())
}

#[test]
fn a_guest_files_temporary_residence_and_the_record_learns_it() {
    let (service, facts) = (service("1.004194"), Facts::of(a_citizen()).with_party("host", vec![a_host()]));
    let sheet = service.sheet(&answers(staying_with_a_host()), &facts, TODAY);
    assert_eq!(sheet.faults(), []);
    assert_eq!(sheet.eligibility(2), []);
    assert_eq!(sheet.attachment_faults(&[]), []);
    let consents = sheet.consents();
    assert_eq!(consents.iter().map(|c| c.number.as_str()).collect::<Vec<_>>(), [HOST]);
    assert!(sheet.checks().iter().all(|c| c.verdict == Verdict::Holds));
    assert_eq!(sheet.fee(Channel::Online).unwrap().amount.0, 7_000);
    assert!(sheet.steps().all(|s| s.commune.as_deref() == Some(AWAY)));
    assert!(!sheet.decides_itself());
    let expected = Outcome::RegisterTemporaryResidence(TemporaryResidence {
        person: APPLICANT.parse().unwrap(),
        commune: AWAY.into(),
        address: "Số 5 Lê Lợi".into(),
        household_of: Some(HOST.parse().unwrap()),
        relation: Some("lodger".into()),
        from: date(2026, 12, 1),
        to: date(2027, 11, 30),
    });
    assert_eq!(sheet.effects().unwrap(), [expected]);
}

#[test]
fn members_of_the_household_are_registered_with_the_applicant() {
    let (service, facts) = (service("1.004194"), Facts::of(a_citizen()));
    let mut json = staying_with_a_host();
    json["with_members"] = json!(true);
    json["members"] = json!([{ "number": CHILD, "relation": "relative" }]);
    let sheet = service.sheet(&answers(json), &facts, TODAY);
    assert_eq!(sheet.faults(), []);
    assert_eq!(sheet.party_numbers(service.party("member").unwrap()), [Some(CHILD.to_owned())]);
    let people: Vec<_> = sheet
        .effects()
        .unwrap()
        .into_iter()
        .map(|o| match o {
            Outcome::RegisterTemporaryResidence(t) => {
                (t.person.to_string(), t.household_of.unwrap().to_string())
            }
            Outcome::RegisterPermanentResidence(_) => panic!("not this service"),
        })
        .collect();
    assert_eq!(people, [(APPLICANT.into(), HOST.into()), (CHILD.into(), HOST.into())]);
}

#[test]
fn a_member_is_asked_who_is_of_age_and_not_known_to_be_of_the_household() {
    let service = service("1.004194");
    let mut json = staying_with_a_host();
    json["with_members"] = json!(true);
    json["members"] = json!([
        { "number": CHILD, "relation": "child" },
        { "number": "001099000008", "relation": "spouse" },
        { "number": "001099000009", "relation": "relative" },
        { "number": "001099000010", "relation": "relative" },
    ]);
    let born = |year: i16| Person::default().with(Fact::BirthDate, base::PartialDate::full(date(year, 1, 1)));
    let members = vec![
        born(2015).with(Fact::HouseholderNumber, "001060000001"),
        born(1999).with(Fact::HouseholderNumber, APPLICANT),
        born(1999).with(Fact::HouseholderNumber, "001060000001"),
        born(1999),
    ];
    let applicant = a_citizen().with(Fact::HouseholderNumber, APPLICANT);
    let facts = Facts::of(applicant).with_party("host", vec![a_host()]).with_party("member", members);
    let answers = answers(json);
    let sheet = service.sheet(&answers, &facts, TODAY);
    let needs = sheet.consents();
    let asked: Vec<(&str, &str)> = needs.iter().map(|n| (n.key.as_str(), n.number.as_str())).collect();
    assert_eq!(asked, [("host", HOST), ("member.3", "001099000009"), ("member.4", "001099000010")]);
    assert_eq!(service.consent("member.3").unwrap().key, "member");
    // A check over all rows still sees lists.
    assert!(sheet.checks().iter().any(|c| c.check.key == "members_living" && c.verdict == Verdict::Unknown));
}

#[test]
fn each_mistake_in_a_temporary_residence_is_named_at_its_field() {
    let (service, facts) = (service("1.004194"), Facts::of(a_citizen()));
    let base = staying_with_a_host;
    let mut grouped = base();
    grouped["with_members"] = json!(true);
    grouped["members"] =
        json!([{ "number": APPLICANT, "relation": "child" }, { "number": "12", "relation": "boss", "x": 1 }]);
    for (answers, expected) in [
        (changed(base(), "commune", json!(HOME)), vec![fault("commune", "other_commune")]),
        (changed(base(), "commune", json!("1")), vec![fault("commune", "forms.not_a_commune")]),
        (changed(base(), "to", json!("2026-12-20")), vec![fault("to", "at_least_30_days")]),
        (changed(base(), "to", json!("2028-12-02")), vec![fault("to", "at_most_two_years")]),
        (changed(base(), "to", json!("2026-11-30")), vec![fault("to", "after_start")]),
        (changed(base(), "from", json!("31/2/2026")), vec![fault("from", "forms.no_such_day")]),
        (changed(base(), "host_number", json!(APPLICANT)), vec![fault("host_number", "not_oneself")]),
        (changed(base(), "host_number", Json::Null), vec![fault("host_number", "forms.required")]),
        (changed(base(), "dwelling", json!("castle")), vec![fault("dwelling", "forms.not_a_choice")]),
        (changed(base(), "dwelling", json!("own")), vec![fault("proof_on_record", "forms.required")]),
        (changed(base(), "phone", json!(912)), vec![fault("phone", "forms.not_a_phone")]),
        (changed(base(), "name", json!("Ai Khác")), vec![fault("name", "forms.read_only")]),
        (changed(base(), "reason", json!("x".repeat(251))), vec![fault("reason", "forms.too_long")]),
        (changed(base(), "nickname", json!("Tí")), vec![fault("nickname", "forms.unknown_field")]),
        (changed(base(), "with_members", json!(true)), vec![fault("members", "forms.required")]),
        (
            answers(grouped),
            vec![
                fault("members.1.x", "forms.unknown_field"),
                fault("members.0.number", "not_the_applicant"),
                fault("members.1.number", "forms.not_a_personal_number"),
                fault("members.1.relation", "forms.not_a_choice"),
            ],
        ),
    ] {
        assert_eq!(codes(&service.validate(&answers, &facts, TODAY)), expected);
    }
}

#[test]
fn one_page_is_judged_without_those_that_come_later() {
    let (service, facts) = (service("1.004194"), Facts::of(a_citizen()));
    let place = service.page("place").unwrap();
    let half = answers(json!({ "commune": AWAY, "address": "Số 5 Lê Lợi" }));
    assert_eq!(service.validate_page(place, &half, &facts, TODAY), []);
    let none = codes(&service.validate_page(place, &Answers::default(), &facts, TODAY));
    assert_eq!(none, [fault("commune", "forms.required"), fault("address", "forms.required")]);
}

#[test]
fn papers_are_asked_only_where_the_case_needs_them() {
    let (service, facts) = (service("1.004194"), Facts::of(a_citizen()));
    let mut json = staying_with_a_host();
    json["dwelling"] = json!("own");
    json["proof_on_record"] = json!(false);
    let sheet = service.sheet(&answers(json.clone()), &facts, TODAY);
    assert_eq!(
        codes(&sheet.attachment_faults(&[])),
        [fault("attachments.dwelling", "forms.attachment_required")]
    );
    let file = |media_type, bytes| Handed { key: "dwelling", media_type, bytes };
    assert_eq!(sheet.attachment_faults(&[file("application/pdf", 1_000)]), []);
    let bad = sheet.attachment_faults(&[file("text/html", 1_000), file("image/png", 1 << 30)]);
    assert_eq!(
        bad.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(),
        ["forms.attachment_type", "forms.attachment_too_big"]
    );
    // The host's number was typed before the case changed: it neither counts nor gets in the way.
    assert_eq!(sheet.faults(), []);
    assert!(sheet.consents().is_empty());
    assert!(!sheet.answers().0.contains_key("host_number"));
    json["proof_on_record"] = json!(true);
    assert_eq!(service.sheet(&answers(json), &facts, TODAY).attachments().count(), 0);
}

#[test]
fn what_the_record_knows_is_shown_and_not_asked() {
    let (service, facts) = (service("1.004194"), Facts::of(a_citizen()));
    let sheet = service.sheet(&Answers::default(), &facts, TODAY);
    let first = sheet.pages().next().unwrap();
    let known: Vec<_> = first
        .fields
        .iter()
        .filter(|f| matches!(f.source, Source::Record(..)))
        .map(|f| f.path.as_str())
        .collect();
    assert_eq!(known, ["name", "number", "birth_date", "permanent_commune", "permanent_address"]);
    assert!(!sheet.answers().0.contains_key("name"));
}

#[test]
fn checks_find_what_the_record_says_against_it() {
    let service = service("1.004194");
    let record = a_citizen()
        .with(Fact::Living, false)
        .with(Fact::TemporaryCommune, AWAY)
        .with(Fact::TemporaryUntil, date(2027, 1, 1));
    let facts = Facts::of(record);
    let sheet = service.sheet(&answers(staying_with_a_host()), &facts, TODAY);
    let verdict = |key: &str| sheet.checks().into_iter().find(|c| c.check.key == key).map(|c| c.verdict);
    assert_eq!(verdict("applicant_active"), Some(Verdict::Fails));
    assert_eq!(verdict("not_yet_temporary_here"), Some(Verdict::Fails));
    assert_eq!(verdict("host_living"), Some(Verdict::Unknown), "nobody has looked the host up");
    assert_eq!(verdict("members_living"), None, "there are no members");
    let blocking: Vec<_> = sheet.checks().iter().filter_map(|c| c.fault()).map(|f| f.field).collect();
    assert_eq!(blocking, ["checks.applicant_active"]);
}

#[test]
fn the_young_and_the_weakly_identified_may_not_apply_and_the_old_pay_nothing() {
    let service = service("1.004194");
    let born =
        |year: &str| Facts::of(a_citizen().with(Fact::BirthDate, year.parse::<base::PartialDate>().unwrap()));
    let (young, old) = (born("2010-01-01"), born("1960-01-01"));
    let faults = service.sheet(&Answers::default(), &young, TODAY).eligibility(1);
    assert_eq!(
        faults.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(),
        ["forms.account_level", "forms.too_young"]
    );
    let sheet = service.sheet(&Answers::default(), &old, TODAY);
    assert!(sheet.fee(Channel::Online).unwrap().amount.is_free());
    assert!(sheet.pages().all(|p| p.page.key != "fee"), "nobody of 66 is asked for a ground");
    assert_eq!(service.fee_on(Channel::Online, date(2020, 1, 1)), None);
    let early = service.sheet(&Answers::default(), &old, date(2026, 1, 1)).eligibility(2);
    assert_eq!(early.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(), ["forms.not_in_force"]);
}

#[test]
fn confirmation_decides_itself_where_the_record_says_enough() {
    let service = service("1.010041");
    let current = answers(json!({ "scope": "current", "purpose": "Vay vốn ngân hàng" }));
    let history = answers(json!({ "scope": "history", "history": "2015–2019 ở Huế", "purpose": "Vay vốn" }));
    for (record, given, decides, days) in [
        (a_citizen(), &current, true, 1),
        (a_citizen(), &history, false, 3),
        (a_citizen().with(Fact::Conflict, true), &current, false, 3),
    ] {
        let facts = Facts::of(record);
        let sheet = service.sheet(given, &facts, TODAY);
        assert_eq!(sheet.faults(), []);
        assert_eq!((sheet.decides_itself(), sheet.limit_working_days()), (decides, Some(days)));
        assert!(sheet.steps().all(|s| s.commune.as_deref() == Some(HOME)));
        assert!(sheet.fee(Channel::Online).unwrap().amount.is_free());
        assert_eq!(sheet.effects().unwrap(), []);
    }
    let facts = Facts::of(a_citizen());
    let rows = service.sheet(&current, &facts, TODAY).result_rows();
    let text = |name: &str| rows.iter().find(|r| r.name == name).map(|r| r.text.get(Lang::Vi).to_owned());
    assert_eq!(text("record.number").as_deref(), Some("001 099 012 345"));
    assert_eq!(text("record.birth_date").as_deref(), Some("17/05/1999"));
    assert_eq!(text("history"), None);
    assert!(rows.iter().any(|r| r.name == "record.permanent_commune" && r.is_commune));
}

#[test]
fn a_person_without_any_recorded_place_says_who_shall_answer() {
    let service = service("1.010041");
    let facts = Facts::of(Person::default().with(Fact::Exists, true).with(Fact::Living, true));
    let given =
        answers(json!({ "scope": "current", "purpose": "Nhập học", "commune": AWAY, "name": "Lò Thị Mai",
        "number": APPLICANT, "birth_date": "1999" }));
    let sheet = service.sheet(&given, &facts, TODAY);
    assert_eq!(sheet.faults(), []);
    assert!(sheet.steps().all(|s| s.commune.as_deref() == Some(AWAY)));
    assert!(!sheet.decides_itself());
}

#[test]
fn each_ground_of_permanent_residence_asks_its_own_things() {
    let (service, facts) = (service("1.004222"), Facts::of(a_citizen()));
    let base =
        json!({ "phone": "0912345678", "commune": AWAY, "address": "Số 5 Lê Lợi", "fee_exemption": "none" });
    for (ground, own, papers, consents) in [
        ("own", json!({ "proof_on_record": false, "with_members": false }), vec!["dwelling"], vec![]),
        ("own", json!({ "proof_on_record": true, "with_members": false }), vec![], vec![]),
        (
            "rented",
            json!({ "owner_number": HOST, "residents": 2, "floor_area": 16, "with_members": false }),
            vec!["lease", "floor_area"],
            vec!["owner"],
        ),
        (
            "family",
            json!({ "host_number": HOST, "host_relation": "child", "with_members": false }),
            vec![],
            vec!["host"],
        ),
        (
            "religious",
            json!({ "facility_name": "Chùa Bút Tháp", "facility_role": "clergy", "representative_number": HOST }),
            vec!["religious_status", "religious_house"],
            vec!["representative"],
        ),
        (
            "religious",
            json!({ "facility_name": "Đình Bảng", "facility_role": "keeper" }),
            vec!["religious_status", "religious_house"],
            vec![],
        ),
        (
            "care",
            json!({ "facility_name": "Trung tâm Bảo trợ", "representative_number": HOST }),
            vec!["care_request", "care_proof"],
            vec!["representative"],
        ),
    ] {
        let mut all = base.clone();
        all["ground"] = json!(ground);
        all.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        let sheet = service.sheet(&answers(all), &facts, TODAY);
        assert_eq!(sheet.faults(), [], "{ground}");
        let asked: Vec<_> =
            sheet.attachments().filter(|a| a.required).map(|a| a.attachment.key.as_str()).collect();
        assert_eq!(asked, papers, "{ground}");
        let who: Vec<_> = sheet.consents().iter().map(|c| c.consent.key.as_str()).collect();
        assert_eq!(who, consents, "{ground}");
        assert_eq!(sheet.effects().unwrap().len(), 1);
        assert_eq!(sheet.fee(Channel::Online).unwrap().amount.0, 10_000);
    }
    let crowded = json!({ "ground": "rented", "owner_number": HOST, "residents": 3, "floor_area": 23 });
    let faults =
        codes(&service.validate_page(service.page("rented").unwrap(), &answers(crowded), &facts, TODAY));
    assert_eq!(faults, [fault("floor_area", "area_per_person")]);
}

#[test]
fn only_the_facts_a_definition_names_are_read() {
    let service = service("1.004194");
    let needed = service.facts_needed();
    assert!(needed.contains(&("record", Fact::BirthDate)) && needed.contains(&("host", Fact::IsHouseholder)));
    assert!(
        !needed.iter().any(|(who, fact)| *fact == Fact::Age || (*who != "record" && *fact == Fact::Name))
    );
    assert!(!needed.contains(&("record", Fact::Ethnicity)));
}

#[test]
fn a_form_is_read_as_people_type_and_keeps_what_is_wrong() {
    let service = service("1.004194");
    let pairs = [
        ("_token", "x"),
        ("phone", "+84 912 345 678"),
        ("from.day", "1"),
        ("from.month", "12"),
        ("from.year", "2026"),
        ("to.day", "31/2/2027"),
        ("to.month", ""),
        ("to.year", ""),
        ("with_members", "yes"),
        ("members.0.number", "001 215 000 007"),
        ("members.0.relation", "child"),
        ("members.3.number", "12"),
        ("members.4.number", " "),
        ("host_number", ""),
        ("colour", "đỏ"),
    ];
    let expected = json!({
        "phone": "0912345678", "from": "2026-12-01", "to": "31/2/2027", "with_members": true, "colour": "đỏ",
        "members": [{ "number": CHILD, "relation": "child" }, { "number": "12" }],
    });
    assert_eq!(service.from_form(pairs, TODAY), answers(expected));
}

#[test]
fn a_page_replaces_its_own_answers_and_leaves_the_others() {
    let service = service("1.004194");
    let mut draft = answers(json!({ "commune": HOME, "address": "cũ", "reason": "Đi học" }));
    draft.replace_page(service.page("place").unwrap(), answers(json!({ "commune": AWAY })));
    assert_eq!(draft, answers(json!({ "commune": AWAY, "reason": "Đi học" })));
}

#[test]
fn the_hash_follows_the_meaning_and_not_the_layout() {
    let path = format!("{}/../../../catalogue/services/1.010041/v1.toml", env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(path).unwrap();
    let hash = |s: &str| Service::parse(s).unwrap().version_hash();
    assert_eq!(
        hash(&source),
        hash(&format!("# another comment\n{}", source.replace("min = 3", "min   =  3")))
    );
    assert_ne!(hash(&source), hash(&source.replace("min = 3", "min = 4")));
    let again: Service =
        serde_json::from_value(serde_json::to_value(Service::parse(&source).unwrap()).unwrap()).unwrap();
    assert_eq!(again.version_hash(), hash(&source), "a stored copy is the same definition");
}

/// Nothing panics, every fault has a text, and reading the settled answers again changes nothing.
#[test]
fn any_form_is_survived_and_settles() {
    let (service, facts) = (service("1.004194"), Facts::of(a_citizen()));
    let names = prop::sample::select(vec![
        "phone",
        "commune",
        "address",
        "dwelling",
        "shares_household",
        "host_number",
        "from",
        "from.day",
        "from.month",
        "from.year",
        "to",
        "reason",
        "with_members",
        "members",
        "members.0.number",
        "members.1.relation",
        "members.x.number",
        "members.0.number.day",
        "name",
        "reason.x",
        "fee_exemption",
        "zzz",
        ".",
        "",
    ]);
    let typed =
        prop_oneof!["\\PC{0,20}", "[0-9/. -]{0,12}", "own|rented|host|yes|no|none|child|26740|2026-12-01"];
    proptest!(|(pairs in prop::collection::vec((names, typed), 0..20))| {
        let given = service.from_form(pairs.iter().map(|(k, v)| (*k, v.as_str())), TODAY);
        let sheet = service.sheet(&given, &facts, TODAY);
        for fault in sheet.faults() {
            prop_assert!(forms::CODES.iter().any(|(code, _)| *code == fault.code), "{}", fault.code);
        }
        let settled = sheet.answers();
        let again = service.sheet(&settled, &facts, TODAY);
        prop_assert_eq!(again.answers(), settled);
        let _ = (sheet.checks(), sheet.consents(), sheet.effects(), sheet.result_rows(), sheet.pages().count());
    });
}
