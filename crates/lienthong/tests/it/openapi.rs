//! The API's description is what the API does: reviewed as a whole, and every operation in it has its route.

use std::sync::Arc;

use axum::Router;
use base::{Clock, SeededEntropy};
use contracts::Role;
use identity::PasswordCost;
use lienthong::{
    app::{self, App, MIGRATIONS, Parts},
    config::Config,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::TestDb;

use crate::{
    requests::{Ask, call},
    world,
};

/// The whole system in this process, over a database of its own.
pub struct House {
    pub db: TestDb,
    pub app: App,
    pub router: Router,
    pub citizens: Vec<world::Citizen>,
    _keys: TempDir,
}

impl House {
    pub async fn new(citizens: u32) -> Self {
        let [_, domains @ ..] = MIGRATIONS;
        let db = TestDb::new(&domains).await;
        let keys = tempfile::tempdir().unwrap();
        let parts = Parts {
            clock: Arc::clone(&db.clock) as _,
            entropy: Arc::new(SeededEntropy::new(5)),
            password_cost: PasswordCost::for_tests(),
            keys_dir: keys.path().to_owned(),
        };
        let config = Config { connections_max: 6, ..Config::default() };
        let app = App::build(&config, &db.config, parts).await.unwrap();
        let router = app.router();
        let citizens = world::settle(&app, citizens).await;
        Self { db, app, router, citizens, _keys: keys }
    }

    /// The token of the citizen with this place in [`House::citizens`].
    pub async fn citizen(&self, n: usize) -> String {
        self.token(&world::sign_in(&self.citizens[n])).await
    }

    pub async fn officer(&self, role: Role) -> String {
        self.token(&world::sign_in_officer(role, self.db.clock.now())).await
    }

    async fn token(&self, ask: &Ask) -> String {
        call(&self.router, ask).await.ok()["token"].as_str().unwrap().to_owned()
    }
}

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
    let house = House::new(1).await;
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
            let no_route = ["webkit.not_found", "webkit.method"].contains(&says["code"].as_str().unwrap_or(""));
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
    let house = House::new(0).await;
    let served = call(&house.router, &Ask::get("/api/v1/openapi.json")).await.ok();
    assert_eq!(served, serde_json::to_value(app::openapi()).unwrap());
}
