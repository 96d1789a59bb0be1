use axum::{Extension, Router, body::Body};
use contracts::{Actor, Caller, Role};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{World, audit_bodies, officer};

pub async fn post(world: &World, caller: Option<Actor>, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    call(world, caller, request.body(Body::from(body.to_string())).unwrap()).await
}

pub async fn get(world: &World, caller: Option<Actor>, path: &str) -> (StatusCode, Value) {
    call(world, caller, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn call(world: &World, caller: Option<Actor>, request: Request<Body>) -> (StatusCode, Value) {
    let mut app: Router = registry::http::router(world.db.store.clone(), world.nation.clone());
    if let Some(actor) = caller {
        app = app.layer(Extension(Caller(actor)));
    }
    let response = app.oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn question(number: &str, fields: &[&str]) -> Value {
    json!({ "number": number, "purpose": "look_up", "fields": fields })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_gets_exactly_the_fields_it_names_and_the_person_sees_it() {
    let world = World::with_people().await;
    let chi = world.person("001190000003").await;
    let asked = question("001 190 000 003", &["name", "age", "householder_name", "temporary_commune"]);
    let (status, answer) = post(&world, Some(officer(Role::Receiver)), "/api/v1/persons/lookup", asked).await;
    assert_eq!(status, StatusCode::OK);
    let source = json!({
        "vi": "Cơ sở dữ liệu quốc gia về dân cư", "en": "National Population Database", "confirmed_on": "2026-11-20"
    });
    let expected = json!({ "found": true, "facts": [
        { "field": "name", "value": "Nguyễn Thị Chi", "source": source },
        { "field": "age", "value": 36, "source": source },
        { "field": "householder_name", "value": "Nguyễn Văn An", "source": source },
    ]});
    assert_eq!(answer, expected);
    let entries = audit_bodies(&world.db.store).await;
    let entry = entries.iter().find(|b| b.contains("registry.person_lookup")).unwrap();
    for part in
        [&format!(r#""subject":"{chi}""#), r#""purpose":"look_up""#, r#""agency":"CA-X-00004""#, r#""age""#]
    {
        assert!(entry.contains(part), "{part} in {entry}");
    }
    assert!(!entry.contains("Nguyễn Thị Chi"));

    let unknown = post(
        &world,
        Some(officer(Role::Head)),
        "/api/v1/persons/lookup",
        question("001190999999", &["name"]),
    );
    assert_eq!(unknown.await, (StatusCode::OK, json!({ "found": false, "facts": [] })));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_questions_and_callers_are_refused_before_anything_is_read() {
    let world = World::with_people().await;
    let entries = audit_bodies(&world.db.store).await.len();
    let good = question("001190000003", &["name"]);
    let mut other_purpose = good.clone();
    other_purpose["purpose"] = "own_record".into();
    let receiver = || Some(officer(Role::Receiver));
    for (caller, body, expected) in [
        (None, good.clone(), StatusCode::UNAUTHORIZED),
        (Some(officer(Role::Administrator)), good, StatusCode::FORBIDDEN),
        (receiver(), other_purpose, StatusCode::FORBIDDEN),
        (receiver(), question("12", &["name"]), StatusCode::UNPROCESSABLE_ENTITY),
        (receiver(), question("001190000003", &[]), StatusCode::UNPROCESSABLE_ENTITY),
        (receiver(), question("001190000003", &["shoe_size"]), StatusCode::UNPROCESSABLE_ENTITY),
        (receiver(), question("001190000003", &["name"; 200]), StatusCode::TOO_MANY_REQUESTS),
    ] {
        assert_eq!(post(&world, caller, "/api/v1/persons/lookup", body).await.0, expected);
    }
    assert_eq!(audit_bodies(&world.db.store).await.len(), entries);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_answers_with_masked_numbers() {
    let world = World::with_people().await;
    let body = json!({ "name": "tran thi binh", "birth_date": "1968", "purpose": "look_up" });
    let (status, answer) = post(&world, Some(officer(Role::Receiver)), "/api/v1/persons/search", body).await;
    assert_eq!(status, StatusCode::OK);
    let person = json!({
        "number_masked": "001 ••• ••• 002", "name": "Trần Thị Bình", "birth_date": "1968", "sex": "female",
        "commune": "00004", "living": true
    });
    assert_eq!(answer, json!({ "people": [person], "more": false }));
}

#[test]
fn the_routes_are_described() {
    let document = serde_json::to_value(registry::http::openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    for path in ["/api/v1/persons/lookup", "/api/v1/persons/search"] {
        assert!(document["paths"][path]["post"]["responses"]["200"].is_object(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn agencies_register_acts_and_see_what_was_known_when() {
    let world = World::with_people().await;
    let decider = || Some(officer(Role::Decider));
    let act = |body: Value| {
        let mut whole = json!({ "source": "civil_status", "document": "12/2026" });
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        post(&world, decider(), "/api/v1/persons/acts", whole)
    };
    let marriage =
        json!({ "act": "marriage", "person": "001190000003", "other": "001088000004", "on": "2024-02-01" });
    assert_eq!(act(marriage.clone()).await, (StatusCode::OK, json!({})));
    assert_eq!(act(marriage).await.0, StatusCode::CONFLICT, "they are married now");

    let birth = json!({ "act": "birth", "name": "Đặng Minh", "birth_date": "2026-11-01", "sex": "female",
        "birth_place": "00070", "registered_in": "00004", "home_town": "00070", "ethnicity": "01",
        "nationality": "VNM", "mother": { "person": "001190000003" }, "father": { "person": "001088000004" },
        "lives_with": "father" });
    let (status, born) = act(birth).await;
    assert_eq!(status, StatusCode::OK, "{born}");
    assert!(born["number"].as_str().unwrap().starts_with("001326"));

    let unknown = json!({ "act": "death", "person": "001190999999", "on": "2026-11-19" });
    assert_eq!(act(unknown).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let forbidden = json!({ "source": "civil_status", "document": "1", "act": "death",
        "person": "001190000003", "on": "2026-11-19" });
    let receiver = Some(officer(Role::Receiver));
    assert_eq!(post(&world, receiver, "/api/v1/persons/acts", forbidden).await.0, StatusCode::FORBIDDEN);

    let as_of = |day: &str| json!({ "number": "001190000003", "day": day, "purpose": "look_up" });
    let (_, then) = post(&world, decider(), "/api/v1/persons/as-of", as_of("2020-01-01")).await;
    let (status, now) = post(&world, decider(), "/api/v1/persons/as-of", as_of("2026-11-20")).await;
    assert_eq!(status, StatusCode::OK);
    let has_spouse =
        |record: &Value| record["kin"].as_array().unwrap().iter().any(|k| k["relation"] == "spouse");
    assert_eq!((has_spouse(&then), has_spouse(&now)), (false, true));

    let commune = json!({ "commune": "00070", "day": "2026-11-20", "purpose": "look_up" });
    let (status, people) = post(&world, decider(), "/api/v1/communes/as-of", commune).await;
    assert_eq!(status, StatusCode::OK);
    let names: Vec<&Value> = people["people"].as_array().unwrap().iter().map(|p| &p["name"]).collect();
    assert!(names.contains(&&json!("Đặng Minh")) && names.contains(&&json!("Đặng Văn Dũng")), "{names:?}");
    let dung = people["people"].as_array().unwrap().iter().find(|p| p["relation"] == "head").unwrap();
    let household = json!({ "household": dung["household"], "day": "2026-11-20", "purpose": "look_up" });
    let (status, members) = post(&world, decider(), "/api/v1/households/as-of", household).await;
    assert_eq!((status, members["people"].as_array().unwrap().len()), (StatusCode::OK, 2));
}
