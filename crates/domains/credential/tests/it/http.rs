use std::sync::Arc;

use axum::{
    Extension, Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use base::{FixedClock, SeededEntropy};
use contracts::{Access, Caller};
use credential::{
    FileHash, TEXTS,
    http::{openapi, router},
    short_id,
};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;
use webkit::{Config, Kit, Texts};

use crate::{OWNER, Office, STRANGER, a_confirmation, citizen, id, pdf};

struct Answer {
    status: StatusCode,
    kind: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// The routes as the server has them: behind the border, with a caller where somebody is signed in.
async fn get(office: &Office, path: &str, access: Option<Access>) -> Answer {
    let mut routes: Router = router(office.db.store.clone(), office.cx.keys.clone());
    if let Some(access) = access {
        routes = routes.layer(Extension(Caller(access.actor)));
    }
    let clock = Arc::new(FixedClock::at(testkit::NOW.parse().unwrap()));
    let texts = Texts::load(&[webkit::i18n::TEXTS, TEXTS]).unwrap();
    let kit = Kit::new(texts, clock, Arc::new(SeededEntropy::new(1)), Config::new([0; 32], false));
    let request = Request::get(path).header(header::ACCEPT, "application/json").body(Body::empty()).unwrap();
    let response = kit.wrap(routes).oneshot(request).await.unwrap();
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).map(|v| v.to_str().unwrap().to_owned());
    let body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
    Answer { status, kind: kind.unwrap_or_default(), body }
}

#[tokio::test]
async fn anybody_can_ask_whether_a_paper_is_real() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    let path = format!(
        "/api/v1/documents/{}/verification?sha256={}",
        short_id::short(id(1)),
        FileHash::of(&pdf(1)).to_string().to_uppercase()
    );
    let answer = get(&office, &path, None).await;
    assert_eq!(answer.status, StatusCode::OK);
    let json = answer.json();
    assert_eq!((&json["state"], &json["hash"]), (&"valid".into(), &"matches".into()));
    assert_eq!(json["signature_ok"], true);
    assert_eq!(json["document"]["valid_until"], "2027-11-20");
    assert!(!json.to_string().contains(&OWNER.to_string()), "nobody is named");

    let unknown = get(&office, &format!("/api/v1/documents/{}/verification", id(2)), None).await;
    assert_eq!((unknown.status, unknown.json()["state"].clone()), (StatusCode::OK, "unknown".into()));
}

#[tokio::test]
async fn a_hash_or_id_of_the_wrong_shape_is_told_so() {
    let office = Office::open().await;
    let answer = get(&office, &format!("/api/v1/documents/{}/verification?sha256=abc", id(1)), None).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["fields"][0]["code"], "credential.sha256_shape");
    assert!(answer.json()["fields"][0]["detail"].as_str().unwrap().contains("64"));
    for path in ["/api/v1/documents/x/verification", "/api/v1/documents/x/jws"] {
        assert_eq!(get(&office, path, None).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_statement_and_the_keys_are_open() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    let jws = get(&office, &format!("/api/v1/documents/{}/jws", id(1)), None).await;
    assert_eq!((jws.status, jws.kind.as_str()), (StatusCode::OK, "application/jose"));
    assert_eq!(jws.body.iter().filter(|b| **b == b'.').count(), 2);
    let missing = get(&office, &format!("/api/v1/documents/{}/jws", id(2)), None).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let keys = get(&office, "/keys/jwks.json", None).await;
    assert_eq!(keys.kind, "application/jwk-set+json");
    assert_eq!(keys.json()["keys"].as_array().unwrap().len(), 2);
    assert!(!keys.json().to_string().contains("\"d\""), "no private half");
}

#[tokio::test]
async fn the_file_is_for_its_owner() {
    let office = Office::open().await;
    office.issue(a_confirmation(1)).await.unwrap();
    let path = format!("/api/v1/documents/{}/file", short_id::short(id(1)));
    assert_eq!(get(&office, &path, None).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(get(&office, &path, Some(citizen(STRANGER))).await.status, StatusCode::NOT_FOUND);
    let own = get(&office, &path, Some(citizen(OWNER))).await;
    assert_eq!((own.status, own.kind.as_str(), own.body), (StatusCode::OK, "application/pdf", pdf(1)));

    let list = get(&office, "/api/v1/documents", Some(citizen(OWNER))).await.json();
    assert_eq!(list["items"][0]["id"], id(1).to_string());
    assert_eq!(list["items"][0]["sha256"], FileHash::of(&pdf(1)).to_string());
    let none = get(&office, "/api/v1/documents", Some(citizen(STRANGER))).await.json();
    assert_eq!(none["items"].as_array().unwrap().len(), 0);
    assert_eq!(get(&office, "/api/v1/documents", None).await.status, StatusCode::UNAUTHORIZED);
}

#[test]
fn the_api_document_describes_every_route_and_names_no_private_thing() {
    let document = openapi();
    let paths: Vec<&str> = document.paths.paths.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "/api/v1/documents",
            "/api/v1/documents/{id}/file",
            "/api/v1/documents/{id}/jws",
            "/api/v1/documents/{id}/verification",
            "/keys/jwks.json",
        ]
    );
    let schemas = document.components.unwrap().schemas;
    let verification = serde_json::to_string(&schemas["Certified"]).unwrap();
    assert!(!verification.contains("person") && !verification.contains("reason"));
}
