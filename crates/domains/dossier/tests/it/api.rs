//! The JSON API from outside: a whole dossier over HTTP, and what it refuses.

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode},
};
use contracts::{Actor, Caller};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use webkit::Problem;

use crate::world::*;

async fn send(app: &Router, actor: Option<Actor>, request: Request<Body>) -> Response<Body> {
    let mut request = request;
    if let Some(actor) = actor {
        request.extensions_mut().insert(Caller(actor));
    }
    app.clone().oneshot(request).await.unwrap()
}

async fn body(response: Response<Body>) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}

fn request(method: &str, path: &str, body: &Value) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("content-type", "application/json")
        .header("idempotency-key", format!("{method} {path}"))
        .body(if body.is_null() { Body::empty() } else { Body::from(body.to_string()) })
        .unwrap()
}

async fn call(app: &Router, actor: &Actor, method: &str, path: &str, says: Value) -> (StatusCode, Value) {
    let response = send(app, Some(actor.clone()), request(method, path, &says)).await;
    (response.status(), body(response).await)
}

fn code_of(response: &Response<Body>) -> String {
    response.extensions().get::<Problem>().unwrap().code().to_owned()
}

#[tokio::test]
async fn a_dossier_goes_its_whole_way_over_http() {
    let world = World::new().await;
    let (app, lan) = (world.app(), citizen(LAN));
    let (status, draft) = call(&app, &lan, "POST", "/dossiers", json!({ "procedure": RESIDENCE })).await;
    assert_eq!((status, &draft["status"]), (StatusCode::CREATED, &json!({ "number": 0, "name": "draft" })));
    let id = draft["id"].as_str().unwrap();
    let (status, _) =
        call(&app, &lan, "PUT", &format!("/dossiers/{id}/answers"), json!({ "answers": own_dwelling() }))
            .await;
    assert_eq!(status, StatusCode::OK);
    let submit = format!("/dossiers/{id}/submit");
    let (status, sent) = call(&app, &lan, "POST", &submit, json!({ "version": 1 })).await;
    assert_eq!((status, &sent["status"]), (StatusCode::OK, &json!({ "number": 1, "name": "registered" })));
    assert_eq!(call(&app, &lan, "POST", &submit, json!({ "version": 1 })).await.1, sent);

    let mut version = 2;
    for (mv, officer, says) in [
        ("receive", receiver(), json!({})),
        ("assign", head(), json!({ "officer": account(11).0 })),
        ("start", decider(), json!({})),
        ("supplement-request", decider(), json!({ "defects": [{ "field": "", "note": "Thiếu" }] })),
    ] {
        let mut says = says;
        says["version"] = json!(version);
        let (status, moved) =
            call(&app, &officer, "POST", &format!("/office/dossiers/{id}/{mv}"), says).await;
        assert_eq!(status, StatusCode::OK, "{mv}: {moved}");
        version = moved["version"].as_i64().unwrap();
    }
    let path = format!("/dossiers/{id}/supplement-answer");
    let (status, _) = call(&app, &lan, "POST", &path, json!({ "version": version })).await;
    assert_eq!(status, StatusCode::OK);
    let says = json!({ "version": version + 1, "note": "Đủ" });
    let (status, _) = call(&app, &decider(), "POST", &format!("/office/dossiers/{id}/approve"), says).await;
    assert_eq!(status, StatusCode::OK);
    world.settle().await;

    let (_, own) = call(&app, &lan, "GET", &format!("/dossiers/{id}"), Value::Null).await;
    assert_eq!(own["status"]["name"], "returned");
    let happened: Vec<&str> =
        own["timeline"].as_array().unwrap().iter().map(|m| m["happened"].as_str().unwrap()).collect();
    assert!(!happened.contains(&"assigned") && happened.contains(&"supplement_answered"), "{happened:?}");
    assert!(own.get("facts").is_none() && own.get("proposal").is_none());
    let (_, office) = call(
        &app,
        &decider(),
        "GET",
        &format!("/office/dossiers/{}", sent["code"].as_str().unwrap()),
        Value::Null,
    )
    .await;
    assert!(office["checks"].as_array().unwrap().iter().any(|c| c["verdict"] == "holds"));
    assert!(office["timeline"].as_array().unwrap().iter().any(|m| m["happened"] == "assigned"));
    let (_, page) = call(&app, &decider(), "GET", "/office/inbox?group=done&limit=10", Value::Null).await;
    assert_eq!(page["items"][0]["dossier"], id);
    for list in ["/dossiers", "/notices"] {
        assert!(!call(&app, &lan, "GET", list, Value::Null).await.1.as_array().unwrap().is_empty(), "{list}");
    }
    for list in ["/office/figures", "/office/workload", "/office/alerts"] {
        assert_eq!(call(&app, &head(), "GET", list, Value::Null).await.0, StatusCode::OK, "{list}");
    }
}

#[tokio::test]
async fn two_requests_with_one_key_get_one_answer_even_when_they_race() {
    let world = World::new().await;
    let app = world.app();
    let draft = world.draft(RESIDENCE, &own_dwelling()).await;
    let submit = || {
        let (app, path) = (app.clone(), format!("/dossiers/{}/submit", draft.id));
        async move { call(&app, &citizen(LAN), "POST", &path, json!({ "version": 1 })).await }
    };
    let (a, b, c) = tokio::join!(submit(), submit(), submit());
    assert_eq!(a.0, StatusCode::OK, "{}", a.1);
    assert_eq!((&a, &a), (&b, &c));
}

#[tokio::test]
async fn a_draft_that_is_begun_twice_with_one_key_is_one_draft() {
    let world = World::new().await;
    let (app, lan) = (world.app(), citizen(LAN));
    let begin = async || call(&app, &lan, "POST", "/dossiers", json!({ "procedure": RESIDENCE })).await;
    let (a, b) = tokio::join!(begin(), begin());
    assert_eq!(a.0, StatusCode::CREATED, "{}", a.1);
    assert_eq!((&a, a.1["deleted_on"].as_str()), (&b, Some("2027-01-19")));
    let id = a.1["id"].as_str().unwrap();
    call(&app, &lan, "PUT", &format!("/dossiers/{id}/answers"), json!({ "answers": own_dwelling() })).await;
    assert_eq!(begin().await, a, "the first answer, whatever happened since");
    let (_, list) = call(&app, &lan, "GET", "/dossiers", Value::Null).await;
    assert_eq!(list.as_array().unwrap().len(), 1);
    let other = request("POST", "/dossiers", &json!({ "procedure": CONFIRMATION }));
    assert_eq!(code_of(&send(&app, Some(lan.clone()), other).await), "dossier.key_reused");
    let mut keyless = request("POST", "/dossiers", &json!({ "procedure": RESIDENCE }));
    keyless.headers_mut().remove("idempotency-key");
    assert_eq!(send(&app, Some(lan), keyless).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_file_is_handed_in_and_read_back_over_http() {
    let world = World::new().await;
    let (app, lan) = (world.app(), citizen(LAN));
    let draft = world.draft(RESIDENCE, &own_dwelling()).await;
    let says = json!({ "slot": "dwelling", "name": "a.pdf", "bytes": 20 });
    let path = format!("/dossiers/{}/attachments", draft.id);
    let (status, started) = call(&app, &lan, "POST", &path, says).await;
    assert_eq!(status, StatusCode::CREATED);
    let id = started["attachment"].as_str().unwrap();
    let piece = |start: i64, data: Vec<u8>| {
        let uri = format!("/api/v1/attachments/{id}/pieces?start={start}");
        Request::builder().method("PUT").uri(uri).body(Body::from(data)).unwrap()
    };
    let too_much = send(&app, Some(lan.clone()), piece(0, vec![0; 1024 * 1024 + 1])).await;
    assert_eq!(too_much.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let gap = send(&app, Some(lan.clone()), piece(5, vec![0; 4])).await;
    assert_eq!((gap.status(), code_of(&gap).as_str()), (StatusCode::CONFLICT, "dossier.attachment_gap"));
    let whole = send(&app, Some(lan.clone()), piece(0, b"%PDF-1.7 0123456789a".to_vec())).await;
    assert_eq!(body(whole).await["sha256"].as_str().unwrap().len(), 64);
    let read = send(&app, Some(lan.clone()), request("GET", &format!("{path}/{id}"), &Value::Null)).await;
    assert_eq!(read.headers()["content-type"], "application/pdf");
    assert_eq!(
        call(&app, &lan, "DELETE", &format!("/attachments/{id}"), Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_host_answers_over_http() {
    let world = World::new().await;
    let app = world.app();
    let sent = world.registered(&staying_with(MINH)).await;
    let (_, asked) = call(&app, &citizen(MINH), "GET", "/consents", Value::Null).await;
    assert_eq!((&asked[0]["key"], &asked[0]["state"]), (&json!("host"), &json!("asked")));
    let path = format!("/consents/{}/host", sent.dossier);
    assert_eq!(
        call(&app, &citizen(MINH), "POST", &path, json!({ "yes": true })).await.0,
        StatusCode::NO_CONTENT
    );
    let (_, notices) = call(&app, &citizen(LAN), "GET", "/notices", Value::Null).await;
    let read = format!("/notices/{}/read", notices[0]["id"].as_str().unwrap());
    assert_eq!(call(&app, &citizen(LAN), "POST", &read, Value::Null).await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let world = World::new().await;
    let app = world.app();
    let nobody = send(&app, None, request("GET", "/dossiers", &Value::Null)).await;
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
    let stranger = send(&app, Some(receiver()), request("GET", "/dossiers", &Value::Null)).await;
    assert_eq!(
        (stranger.status(), code_of(&stranger).as_str()),
        (StatusCode::FORBIDDEN, "dossier.forbidden")
    );
    let lan = Some(citizen(LAN));
    let says = json!({ "procedure": RESIDENCE, "more": 1 });
    let unknown = send(&app, lan.clone(), request("POST", "/dossiers", &says)).await;
    assert_eq!(unknown.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let draft = world.draft(RESIDENCE, &json!({})).await;
    let submit = format!("/dossiers/{}/submit", draft.id);
    let faulty = send(&app, lan.clone(), request("POST", &submit, &json!({ "version": 1 }))).await;
    assert_eq!(faulty.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(faulty.extensions().get::<Problem>().unwrap().fields().iter().any(|f| f.field == "commune"));
    let mut keyless = request("POST", &submit, &json!({ "version": 1 }));
    keyless.headers_mut().remove("idempotency-key");
    assert_eq!(code_of(&send(&app, lan, keyless).await), "dossier.key_needed");
}

#[tokio::test]
async fn a_service_describes_its_answers_in_either_language() {
    let world = World::new().await;
    let app = world.app();
    for (lang, title) in [("vi", "Đăng ký tạm trú"), ("en", "Register temporary residence")] {
        let path = format!("/services/{RESIDENCE}/schema?lang={lang}");
        let response = send(&app, None, request("GET", &path, &Value::Null)).await;
        assert_eq!(response.headers()["content-type"], "application/schema+json");
        assert_eq!(body(response).await["title"], title);
    }
    let unknown = send(&app, None, request("GET", "/services/0.000000/schema", &Value::Null)).await;
    assert_eq!(unknown.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[test]
fn the_description_names_every_route_and_every_type() {
    let document = serde_json::to_value(dossier::http::openapi()).unwrap();
    assert_eq!(document["paths"].as_object().unwrap().len(), 32);
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is named and not described");
    }
}
