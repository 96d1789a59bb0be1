//! The API's description is what the API does: reviewed as a whole, and every operation in it has its route.

use contracts::Role;
use lienthong::app;
use serde_json::{Value, json};

use crate::{
    requests::{Ask, call},
    system::House,
    world,
};

#[test]
fn the_description_changes_only_when_somebody_looks_at_it() {
    insta::assert_json_snapshot!("openapi", app::openapi());
}

#[test]
fn every_type_and_operation_is_named_once_and_described() {
    let document = serde_json::to_value(app::openapi()).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for part in document.to_string().split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is named and not described");
    }
    let mut ids: Vec<String> = operations(&document).into_iter().map(|(.., id)| id).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "operation ids that are not unique: {ids:?}");
}

/// Method, path and id of every operation.
fn operations(document: &Value) -> Vec<(&'static str, String, String)> {
    const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = METHODS.into_iter().find(|m| m.eq_ignore_ascii_case(method)).unwrap();
            found.push((method, path.clone(), operation["operationId"].as_str().unwrap().to_owned()));
        }
    }
    found
}

/// The path with plausible values.
fn concrete(path: &str) -> String {
    let id = "01939f00-0000-7000-8000-000000000001";
    let mut out = path.replace("{procedure}", world::RESIDENCE).replace("{key}", "host");
    while let (Some(from), Some(to)) = (out.find('{'), out.find('}')) {
        out.replace_range(from..=to, id);
    }
    out
}

#[tokio::test]
async fn every_operation_that_is_described_has_a_route_and_every_refusal_is_a_problem() {
    let house = House::new(1, 0).await;
    let document = serde_json::to_value(app::openapi()).unwrap();
    let operations = operations(&document);
    assert!(operations.len() > 40);
    let callers = [None, Some(house.citizen(0).await), Some(house.officer(Role::Decider).await)];
    let mut wrong = Vec::new();
    for (method, path, id) in &operations {
        // Ending the session would take the next operations their caller.
        let callers = if path == "/api/v1/sessions/current" { &callers[..1] } else { &callers[..] };
        for caller in callers {
            let body = if *method == "GET" || *method == "DELETE" { Value::Null } else { json!({}) };
            let mut ask = Ask { method, body, ..Ask::get(concrete(path)) };
            ask.token.clone_from(caller);
            let answer = call(&house.router, &ask).await;
            let says = answer.json();
            let no_route =
                ["webkit.not_found", "webkit.method"].contains(&says["code"].as_str().unwrap_or(""));
            let refused = answer.status.is_client_error() || answer.status.is_server_error();
            if no_route || answer.status.is_server_error() || refused && !answer.is_problem() {
                wrong.push(format!("{id}: {method} {path}: {} {}", answer.status, answer.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_description_is_served_and_says_what_the_program_prints() {
    let house = House::new(0, 0).await;
    let served = call(&house.router, &Ask::get("/api/v1/openapi.json")).await.ok();
    assert_eq!(served, serde_json::to_value(app::openapi()).unwrap());
}
