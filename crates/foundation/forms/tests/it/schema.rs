//! The JSON Schema and the validation say the same about structure, on generated answers.

use base::Lang;
use forms::{Answers, Facts, Kind, Service, codes, definition::Field};
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// A definition with every kind and no condition: schema and validation must agree exactly.
const PLAIN: &str = r#"
procedure = "9.000001"
version = 1
valid_from = "2026-01-01"
title = { vi = "Thử", en = "Try" }
basis = [{ vi = "Luật", en = "Law" }]
refusals = [{ code = "no", text = { vi = "Không", en = "No" } }]
supplements = [{ code = "more", text = { vi = "Thêm", en = "More" } }]
applicant = { account_level = 1 }
steps = [{ key = "s", label = { vi = "Bước", en = "Step" }, role = "decider", level = "commune", commune = "commune", share = 100 }]
result = { template = "t", title = { vi = "Kết quả", en = "Result" }, rows = [] }

[[pages]]
key = "p"
title = { vi = "Trang", en = "Page" }
fields = [
  { key = "line", kind = "line", label = { vi = "A", en = "A" }, min = 2, max = 6, required = true },
  { key = "words", kind = "text", label = { vi = "A", en = "A" }, max = 8 },
  { key = "email", kind = "email", label = { vi = "A", en = "A" } },
  { key = "phone", kind = "phone", label = { vi = "A", en = "A" } },
  { key = "choice", kind = "choice", label = { vi = "A", en = "A" }, options = [{ key = "a", label = { vi = "A", en = "A" } }, { key = "b", label = { vi = "B", en = "B" } }] },
  { key = "yes", kind = "yes_no", label = { vi = "A", en = "A" }, required = true },
  { key = "day", kind = "date", label = { vi = "A", en = "A" } },
  { key = "born", kind = "partial_date", label = { vi = "A", en = "A" } },
  { key = "number", kind = "personal_number", label = { vi = "A", en = "A" } },
  { key = "commune", kind = "commune", label = { vi = "A", en = "A" } },
  { key = "count", kind = "number", label = { vi = "A", en = "A" }, min = -2, max = 9 },
  { key = "price", kind = "money", label = { vi = "A", en = "A" } },
  { key = "rows", kind = "group", label = { vi = "A", en = "A" }, min = 2, max = 3, items = [
    { key = "line", kind = "line", label = { vi = "A", en = "A" }, required = true },
    { key = "day", kind = "date", label = { vi = "A", en = "A" } },
  ] },
]
"#;

fn structural(code: &str) -> bool {
    ![codes::RULE, codes::READ_ONLY].contains(&code)
}

fn scalar(kind: Kind) -> BoxedStrategy<Json> {
    let good = match kind {
        Kind::YesNo => any::<bool>().prop_map(Json::from).boxed(),
        Kind::Number | Kind::Money => (-4..12_i64).prop_map(Json::from).boxed(),
        Kind::Choice => prop::sample::select(vec!["a", "b", "own", "host", "current", "none", "zzz"])
            .prop_map(Json::from)
            .boxed(),
        Kind::Email => "[a-z.@]{1,3}@[a-z.]{1,5}".prop_map(Json::from).boxed(),
        Kind::Phone => r"[0+][0-9]{7,15}".prop_map(Json::from).boxed(),
        Kind::PersonalNumber => "[0-9]{11,13}".prop_map(Json::from).boxed(),
        Kind::Commune => "[0-9]{4,6}".prop_map(Json::from).boxed(),
        Kind::Date | Kind::PartialDate => {
            r"(18|19|20|22)[0-9]{2}(-[01][0-9](-[0-3][0-9])?)?".prop_map(Json::from).boxed()
        }
        _ => "[a-zđăơ]{1,9}".prop_map(Json::from).boxed(),
    };
    let wrong = prop::sample::select(vec![
        json!(true),
        json!(3),
        json!(2.5),
        json!("x"),
        json!({}),
        json!(["a"]),
        json!("2026-02-30"),
        json!("2026-+3-01"),
    ]);
    prop_oneof![4 => good, 1 => wrong].boxed()
}

fn object(fields: &[&Field]) -> BoxedStrategy<Json> {
    let members: Vec<_> = fields
        .iter()
        .map(|f| {
            let value = if f.items.is_empty() {
                scalar(f.kind)
            } else {
                let rows = prop::collection::vec(object(&f.items.iter().collect::<Vec<_>>()), 1..4)
                    .prop_map(Json::from);
                prop_oneof![4 => rows, 1 => Just(json!(7))].boxed()
            };
            (Just(f.key.clone()), prop::option::weighted(0.8, value))
        })
        .collect();
    (members, prop::bool::weighted(0.05))
        .prop_map(|(members, stray)| {
            let mut map: Map<_, _> = members.into_iter().filter_map(|(k, v)| Some((k, v?))).collect();
            if stray {
                map.insert("stray".into(), json!(1));
            }
            Json::Object(map)
        })
        .boxed()
}

fn answers_of(service: &Service) -> BoxedStrategy<Json> {
    object(&service.fields().map(|(_, f)| f).collect::<Vec<_>>())
}

fn validator(service: &Service) -> jsonschema::Validator {
    jsonschema::options().should_validate_formats(true).build(&service.json_schema(Lang::Vi)).unwrap()
}

fn faults(service: &Service, json: &Json) -> Vec<base::FieldFault> {
    let answers: Answers = serde_json::from_value(json.clone()).unwrap();
    let mut faults = service.validate(&answers, &Facts::default(), date(2026, 11, 20));
    faults.retain(|f| structural(&f.code));
    faults
}

#[test]
fn without_conditions_both_agree_on_every_answer() {
    let service = Service::parse(PLAIN).unwrap_or_else(|p| panic!("{p:?}"));
    let schema = validator(&service);
    let good = json!({
        "line": "abc", "words": "một", "email": "a@b.vn", "phone": "0912345678", "choice": "a", "yes": false,
        "day": "2026-02-28", "born": "1945", "number": "001099012345", "commune": "00001", "count": -2, "price": 0,
        "rows": [{ "line": "a" }, { "line": "b", "day": "2026-01-01" }],
    });
    assert!(schema.is_valid(&good) && faults(&service, &good).is_empty());
    let fields =
        prop::sample::subsequence(good.as_object().unwrap().keys().cloned().collect::<Vec<_>>(), 0..3);
    // Good answers of which a few are replaced: about as many pass as fail.
    let mixed = (answers_of(&service), fields).prop_map(move |(other, fields)| {
        let mut json = good.clone();
        for field in fields {
            match other.get(&field) {
                Some(value) => json[&field] = value.clone(),
                None => drop(json.as_object_mut().unwrap().remove(&field)),
            }
        }
        if let Some(stray) = other.get("stray") {
            json["stray"] = stray.clone();
        }
        json
    });
    proptest!(ProptestConfig::with_cases(3_000), |(json in mixed)| {
        let faults = faults(&service, &json);
        prop_assert_eq!(schema.is_valid(&json), faults.is_empty(), "{} {:?}", json, faults);
    });
}

/// Hidden answers are dropped, and what is required can depend on others: there the schema may be the milder or the stricter,
/// but what it lets pass has no fault of form.
#[test]
fn for_the_real_services_what_the_schema_lets_pass_is_well_formed() {
    for code in ["1.004194", "1.010041", "1.004222"] {
        let path = format!("{}/../../../catalogue/services/{code}/v1.toml", env!("CARGO_MANIFEST_DIR"));
        let service = Service::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let schema = validator(&service);
        proptest!(ProptestConfig::with_cases(300), |(json in answers_of(&service))| {
            let mut faults = faults(&service, &json);
            faults.retain(|f| f.code != codes::REQUIRED);
            prop_assert!(faults.is_empty() || !schema.is_valid(&json), "{} {:?}", json, faults);
        });
    }
}

#[test]
fn the_schema_is_itself_a_valid_schema_in_both_languages() {
    let service = Service::parse(PLAIN).unwrap();
    for lang in Lang::ALL {
        assert!(jsonschema::meta::is_valid(&service.json_schema(lang)));
    }
}
