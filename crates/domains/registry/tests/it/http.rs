use axum::{Extension, Router, body::Body};
use contracts::{Actor, Caller, Role};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{World, audit_bodies, officer};

async fn post(world: &World, caller: Option<Actor>, path: &str, body: Value) -> (StatusCode, Value) {
    let mut app: Router = registry::http::router(world.db.store.clone());
    if let Some(actor) = caller {
        app = app.layer(Extension(Caller(actor)));
    }
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
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
