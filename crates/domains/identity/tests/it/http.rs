//! The JSON API through its router.

use std::sync::Arc;

use axum::{
    Extension, Router,
    body::Body,
    middleware::from_fn_with_state,
    routing::{delete, get},
};
use base::SeededEntropy;
use contracts::{Caller, Role};
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use identity::{
    http::{Api, SignedIn, authenticate, router},
    ops,
};
use serde_json::{Value, json};
use tower::ServiceExt;
use utoipa::OpenApi;
use webkit::{Config, Kit, Problem, Texts, View};

use crate::{
    telco::ANS,
    world::{AN, PASSWORD, World},
};

fn app(w: &World) -> Router {
    app_with(w, Router::new())
}

fn app_with(w: &World, more: Router) -> Router {
    let who = |caller: Option<Extension<Caller>>| async move { caller.is_some().to_string() };
    let texts = Texts::load(&[webkit::i18n::TEXTS, identity::TEXTS]).unwrap();
    let kit = Kit::new(
        texts,
        Arc::clone(w.db.store.clock()),
        Arc::new(SeededEntropy::new(5)),
        Config::new(w.cx.keys.web(), false),
    );
    let routes = router(w.cx.clone()).route("/who", get(who)).merge(more);
    kit.wrap(routes.layer(from_fn_with_state(std::sync::Arc::new(w.cx.clone()), authenticate)))
}

async fn call(
    app: &Router,
    method: Method,
    path: &str,
    token: Option<&str>,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = match body {
        Some(body) => {
            request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()))
        }
        None => request.body(Body::empty()),
    };
    let response = app.clone().oneshot(request.unwrap()).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::String(text)))
}

#[tokio::test]
async fn a_program_opens_an_account_signs_in_looks_around_and_signs_out() {
    let w = World::new().await;
    let app = app(&w);
    let person = json!({ "number": AN, "name": "Nguyễn Văn An", "birth_date": "17/5/1999", "phone": ANS, "password": PASSWORD });
    let (status, asked) = call(&app, Method::POST, "/api/v1/accounts", None, Some(person)).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let back = json!({ "ceremony": asked["ceremony"], "code": w.code_to(ANS).await });
    let (status, _) = call(&app, Method::POST, "/api/v1/accounts/confirmation", None, Some(back)).await;
    assert_eq!(status, StatusCode::CREATED);
    let credentials = json!({ "number": AN, "password": PASSWORD });
    let (status, session) = call(&app, Method::POST, "/api/v1/sessions", None, Some(credentials)).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!((&session["identity_level"], &session["strength"]), (&json!(1), &json!(1)));
    let token = session["token"].as_str().unwrap();

    let (status, me) = call(&app, Method::GET, "/api/v1/me", Some(token), None).await;
    assert_eq!((status, &me["account"]), (StatusCode::OK, &session["account"]));
    assert_eq!(call(&app, Method::GET, "/who", Some(token), None).await.1, json!(true));
    assert_eq!(call(&app, Method::GET, "/who", None, None).await.1, json!(false));
    let (_, list) = call(&app, Method::GET, "/api/v1/sessions", Some(token), None).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);

    let (status, _) = call(&app, Method::DELETE, "/api/v1/sessions/current", Some(token), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, problem) = call(&app, Method::GET, "/api/v1/me", Some(token), None).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("identity.not_signed_in")));
}

#[tokio::test]
async fn a_browsers_cookie_carries_the_same_session() {
    let w = World::new().await;
    w.citizens().await;
    let signed = w.citizen_in(AN).await;
    let (token, age) = (signed.token.cookie(), signed.current.lifetime(w.db.store.clock().now()));
    assert_eq!(age.as_secs(), 86_400);
    let sign_in = move |view: View| async move { (view.session_start(&token, age), "in") };
    let app = app_with(&w, Router::new().route("/in", get(sign_in)));
    let request = |path: &str| Request::builder().uri(path);
    let response = app.clone().oneshot(request("/in").body(Body::empty()).unwrap()).await.unwrap();
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
    let me = request("/api/v1/me").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    assert_eq!(app.clone().oneshot(me).await.unwrap().status(), StatusCode::OK);
    // A token that is no session is not saved by the cookie beside it.
    let me = request("/api/v1/me").header(header::COOKIE, cookie).header(header::AUTHORIZATION, "Bearer x");
    let answer = app.oneshot(me.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn refusals_are_problems_with_a_sentence() {
    let w = World::new().await;
    w.citizens().await;
    w.officer("can.bo", Role::Receiver).await;
    let app = app(&w);
    let cases = [
        (json!({ "number": AN, "password": "sai" }), 401, "identity.bad_credentials"),
        (json!({ "login": "can.bo", "password": PASSWORD }), 401, "identity.code_needed"),
        (json!({ "number": "12", "password": "sai" }), 422, "identity.invalid"),
        (json!({ "number": AN, "login": "can.bo", "password": "sai" }), 422, "identity.invalid"),
        (json!({ "password": "sai" }), 422, "identity.invalid"),
        (json!({ "number": AN, "password": "sai", "x": 1 }), 422, "webkit.invalid"),
    ];
    for (body, status, code) in cases {
        let (got, problem) = call(&app, Method::POST, "/api/v1/sessions", None, Some(body)).await;
        assert_eq!((got.as_u16(), &problem["code"]), (status, &json!(code)), "{problem}");
        assert!(problem["detail"].as_str().unwrap().len() > 10);
    }
}

#[tokio::test]
async fn a_flood_from_one_address_is_stopped_before_the_database() {
    let w = World::new().await;
    let app = app(&w);
    let mut last = StatusCode::OK;
    for _ in 0..31 {
        last = call(&app, Method::POST, "/api/v1/sessions", None, Some(json!({ "password": "sai" }))).await.0;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[test]
fn the_document_names_every_route() {
    let document = serde_json::to_value(Api::openapi()).unwrap();
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(
        paths,
        [
            "/api/v1/accounts",
            "/api/v1/accounts/confirmation",
            "/api/v1/me",
            "/api/v1/sessions",
            "/api/v1/sessions/current",
            "/api/v1/sessions/{id}"
        ]
    );
}

#[tokio::test]
async fn a_program_whose_login_is_too_weak_is_told_what_to_come_back_with() {
    let w = World::new().await;
    w.citizens().await;
    let cx = w.cx.clone();
    let take_phone_away = move |SignedIn(me): SignedIn| {
        let cx = cx.clone();
        async move {
            let mut tx = cx.store.begin().await?;
            let removed = ops::phone_remove(&cx, &mut tx, &me).await;
            tx.finish(removed).await?;
            Ok::<_, Problem>("gone")
        }
    };
    let app = app_with(&w, Router::new().route("/phone", delete(take_phone_away)));
    let weak = w.citizen_in(AN).await;
    let send = async |name: header::HeaderName, value: String| {
        let request = Request::delete("/phone").header(name, value).body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap()
    };
    let refused = send(header::AUTHORIZATION, format!("Bearer {}", weak.token.bearer())).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        refused.headers()[header::WWW_AUTHENTICATE],
        r#"Bearer error="insufficient_user_authentication", acr_values="urn:vn:nd69-2024:auth:2""#
    );
    let body = refused.into_body().collect().await.unwrap().to_bytes();
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (&problem["status"], &problem["code"]),
        (&json!(401), &json!("identity.second_factor_needed"))
    );
    // A browser is asked in place by its page: nothing changes for it.
    let session = weak.token.cookie();
    let start = move |view: View| async move {
        (view.session_start(&session, std::time::Duration::from_secs(60)), "in")
    };
    let door = app_with(&w, Router::new().route("/in", get(start)));
    let response = door.oneshot(Request::get("/in").body(Body::empty()).unwrap()).await.unwrap();
    let cookie =
        response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let refused = send(header::COOKIE, cookie).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(!refused.headers().contains_key(header::WWW_AUTHENTICATE));

    let secret = crate::step_up::app(&w, &weak.current).await;
    let code = identity::totp::code(&secret, w.db.store.clock().now()).unwrap();
    let credentials = json!({ "number": AN, "password": PASSWORD, "code": code });
    let (status, strong) = call(&app, Method::POST, "/api/v1/sessions", None, Some(credentials)).await;
    assert_eq!((status, &strong["strength"]), (StatusCode::CREATED, &json!(2)), "{strong}");
    let taken = send(header::AUTHORIZATION, format!("Bearer {}", strong["token"].as_str().unwrap())).await;
    assert_eq!(taken.status(), StatusCode::OK);
}
