//! The border as a client meets it: headers, problems, languages, form protection, limits, sessions.

use std::{sync::Arc, time::Duration};

use ::http::{HeaderMap, Request, Response, StatusCode, header};
use axum::{
    Router,
    body::Body,
    middleware::from_fn_with_state,
    response::Redirect,
    routing::{get, post},
};
use base::{Fault, FieldFault, FixedClock, Kind, SeededEntropy};
use http_body_util::BodyExt;
use maud::{Markup, html};
use serde::Deserialize;
use tower::ServiceExt;
use webkit::{
    CONTENT_SECURITY_POLICY, Check, Config, Form, Json, Kit, Path, Problem, Rate, RateLimit, Say, Session,
    SessionToken, Texts, View, i18n, ui, ui::Tone,
};

#[derive(Debug, thiserror::Error)]
#[error("no room")]
struct NoRoom(#[source] std::io::Error, Vec<FieldFault>);

impl Fault for NoRoom {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
    fn code(&self) -> &'static str {
        "webkit.invalid"
    }
    fn fields(&self) -> &[FieldFault] {
        &self.1
    }
}

#[derive(Deserialize)]
struct Move {
    to: String,
}

async fn form_page(view: View) -> Markup {
    view.layout("Thử").page(html! { form method="post" action="/form" { (view.csrf()) } })
}

async fn form_sent(view: View, form: Form) -> (webkit::SetCookie, Redirect) {
    (view.flash(Tone::Good, format!("Đã nhận {}", form.line("name"))), Redirect::to("/"))
}

async fn sign_in(view: View) -> (webkit::SetCookie, String) {
    let token = SessionToken::new(view.kit().entropy());
    (view.session_start(&token, Duration::from_secs(60)), hex::encode(token.hash()))
}

async fn known(view: View, headers: HeaderMap) -> (webkit::SetCookie, String) {
    let before = view.known(&headers).unwrap_or_default();
    (view.known_start("a.b".into(), Duration::from_secs(3_600)), before)
}

async fn failing() -> Result<(), Problem> {
    Err(NoRoom(
        std::io::Error::other("secret cause"),
        vec![FieldFault::new("host.number", "webkit.invalid")],
    ))?
}

fn kit(secure: bool) -> Kit {
    let mut config = Config::new([7; 32], secure);
    config.client_header = Some(::http::HeaderName::from_static("x-client"));
    config.request_timeout = Duration::from_millis(200);
    let clock = FixedClock::at("2026-11-21T07:02:00Z".parse().unwrap());
    Kit::new(Texts::load(&[i18n::TEXTS]).unwrap(), Arc::new(clock), Arc::new(SeededEntropy::new(1)), config)
}

fn app(kit: &Kit) -> Router {
    let rate = Rate::new(RateLimit { requests: 2, per: Duration::from_secs(60) });
    let limited = Router::new()
        .route("/limited", get(|| async { "ok" }))
        .layer(from_fn_with_state(rate, webkit::rate_limit));
    let routes =
        Router::new()
            .route(
                "/",
                get(|view: View| async move { view.layout("Trang đầu").page(html! { h1 { "Xin chào" } }) }),
            )
            .route("/form", get(form_page).post(form_sent))
            .route("/sign-in", post(sign_in))
            .route("/known", post(known))
            .route(
                "/who",
                get(|Session(token): Session| async move {
                    token.map(|t| hex::encode(t.hash())).unwrap_or_default()
                }),
            )
            .route("/say", get(|say: Say| async move { say.t("problem-not-found") }))
            .route("/fault", get(failing))
            .route("/panic", get(|| async { panic!("on purpose") as () }))
            .route("/slow", get(std::future::pending::<()>))
            .route("/json", post(|Json(body): Json<Move>| async move { body.to }))
            .route("/things/{id}", get(|Path(id): Path<u32>| async move { id.to_string() }))
            .route("/gallery", get(webkit::gallery))
            .merge(limited);
    kit.wrap(routes)
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
    fn cookie(&self, name: &str) -> Option<String> {
        self.headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|v| v.to_str().unwrap())
            .find_map(|line| line.split(';').next()?.strip_prefix(&format!("{name}=")).map(str::to_owned))
    }
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response: Response<Body> = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

fn ask(path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let request = Request::get(path);
    headers.iter().fold(request, |r, (n, v)| r.header(*n, *v)).body(Body::empty()).unwrap()
}

fn post_to(path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let request = Request::post(path);
    headers.iter().fold(request, |r, (n, v)| r.header(*n, *v)).body(Body::from(body.to_owned())).unwrap()
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");
const BROWSER: (&str, &str) = ("accept", "text/html,*/*");

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_is_not_stored() {
    let app = app(&kit(true));
    for path in ["/", "/say", "/fault", "/nothing-here", "/panic", "/slow", "/things/x", "/gallery"] {
        for accept in [BROWSER, ("accept", "*/*")] {
            let answer = send(&app, ask(path, &[accept])).await;
            assert_eq!(answer.header("content-security-policy"), CONTENT_SECURITY_POLICY, "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert!(answer.header("strict-transport-security").starts_with("max-age="), "{path}");
            assert_eq!(answer.header("x-request-id").len(), 16, "{path}");
        }
    }
    assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
}

#[tokio::test]
async fn pages_have_nothing_inline() {
    let page = send(&app(&kit(false)), ask("/gallery", &[])).await.body;
    assert!(!page.contains(" style=") && !page.contains("<style") && !page.contains("onclick"));
    assert!(page.matches("<script").count() == page.matches("<script src=\"/assets/").count());
}

#[tokio::test]
async fn programs_get_a_problem_document_in_their_language() {
    let app = app(&kit(false));
    let vi = send(&app, ask("/fault", &[])).await;
    assert_eq!(
        (vi.status, vi.header("content-type")),
        (StatusCode::UNPROCESSABLE_ENTITY, "application/problem+json")
    );
    let body = vi.json();
    assert_eq!(body["type"], "urn:lienthong:problem:webkit.invalid");
    assert_eq!(body["title"], "Có chỗ cần sửa");
    assert_eq!(body["fields"][0]["field"], "host.number");
    assert_eq!(body["fields"][0]["detail"], "Một số mục chưa đúng.");
    assert_eq!(body["request_id"], vi.header("x-request-id"));
    assert!(!vi.body.contains("secret cause"));
    let en = send(&app, ask("/fault", &[("accept-language", "en")])).await;
    assert_eq!(en.json()["title"], "Something needs putting right");
}

#[tokio::test]
async fn people_get_a_page_that_says_what_to_do() {
    let app = app(&kit(false));
    let answer = send(&app, ask("/things/x", &[BROWSER])).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    for part in
        ["<html lang=\"vi\">", "Không tìm thấy", "Kiểm tra lại địa chỉ", answer.header("x-request-id")]
    {
        assert!(answer.body.contains(part), "{part}");
    }
    let fragment = send(&app, ask("/things/x", &[BROWSER, ("hx-request", "true")])).await;
    assert!(fragment.body.starts_with("<div class=\"notice danger\"") && !fragment.body.contains("<html"));
}

#[tokio::test]
async fn refusals_of_the_framework_are_problems_too() {
    let app = app(&kit(false));
    let unknown = send(&app, ask("/nothing-here", &[])).await;
    assert_eq!(
        (unknown.status, unknown.json()["code"].as_str()),
        (StatusCode::NOT_FOUND, Some("webkit.not_found"))
    );
    let method = send(&app, post_to("/say", &[JSON], "{}")).await;
    assert_eq!(
        (method.status, method.json()["code"].as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, Some("webkit.method"))
    );
}

#[tokio::test]
async fn a_panic_and_an_overrun_are_told_plainly() {
    let app = app(&kit(false));
    let panic = send(&app, ask("/panic", &[])).await;
    assert_eq!(
        (panic.status, panic.json()["code"].as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, Some("webkit.bug"))
    );
    assert!(!panic.body.contains("on purpose"));
    let slow = send(&app, ask("/slow", &[])).await;
    assert_eq!(slow.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(slow.header("retry-after"), "30");
}

#[tokio::test]
async fn language_is_the_address_then_the_cookie_then_the_browser() {
    let app = app(&kit(false));
    let chosen = send(&app, ask("/say?lang=en", &[])).await;
    assert_eq!((chosen.body.as_str(), chosen.cookie("lang").as_deref()), ("Not found", Some("en")));
    assert_eq!(send(&app, ask("/say", &[("cookie", "lang=en")])).await.body, "Not found");
    assert_eq!(
        send(&app, ask("/say", &[("cookie", "lang=vi"), ("accept-language", "en")])).await.body,
        "Không tìm thấy"
    );
    assert_eq!(send(&app, ask("/say", &[("accept-language", "en-US")])).await.body, "Not found");
    assert_eq!(send(&app, ask("/say?lang=xx", &[])).await.body, "Không tìm thấy");
    let page = send(&app, ask("/?q=a%26b&lang=en", &[])).await.body;
    assert!(page.contains("href=\"/?q=a%26b&amp;lang=vi\""));
}

/// Opens the form and gives the cookie line and the token.
async fn open_form(app: &Router, name: &str) -> (String, String) {
    let page = send(app, ask("/form", &[])).await;
    let cookie = format!("{name}={}", page.cookie(name).unwrap());
    let (_, rest) = page.body.split_once("name=\"_csrf\" value=\"").unwrap();
    (cookie, rest.split('"').next().unwrap().to_owned())
}

#[tokio::test]
async fn a_form_is_taken_only_with_the_token_of_this_browser() {
    let app = app(&kit(false));
    let (cookie, token) = open_form(&app, "csrf").await;
    let body = format!("_csrf={token}&name=Lan");
    let own = [FORM, ("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    assert_eq!(send(&app, post_to("/form", &own, &body)).await.status, StatusCode::SEE_OTHER);
    assert_eq!(send(&app, post_to("/form", &own, "name=Lan")).await.json()["code"], "webkit.csrf");
    assert_eq!(send(&app, post_to("/form", &own, "_csrf=a.b")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(send(&app, post_to("/form", &[FORM], &body)).await.json()["code"], "webkit.csrf");
    let (other, _) = open_form(&app, "csrf").await;
    assert_eq!(
        send(&app, post_to("/form", &[FORM, ("cookie", &other)], &body)).await.status,
        StatusCode::FORBIDDEN
    );
    let by_header = [FORM, ("cookie", cookie.as_str()), ("x-csrf-token", token.as_str())];
    assert_eq!(send(&app, post_to("/form", &by_header, "name=Lan")).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_even_with_the_token() {
    let app = app(&kit(false));
    let (cookie, token) = open_form(&app, "csrf").await;
    let body = format!("_csrf={token}");
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.vn"),
        ("origin", "null"),
    ] {
        let headers = [FORM, ("cookie", cookie.as_str()), ("host", "lienthong.vn"), foreign];
        assert_eq!(
            send(&app, post_to("/form", &headers, &body)).await.json()["code"],
            "webkit.cross_site",
            "{foreign:?}"
        );
    }
    let ours =
        [FORM, ("cookie", cookie.as_str()), ("host", "lienthong.vn"), ("origin", "https://lienthong.vn")];
    assert_eq!(send(&app, post_to("/form", &ours, &body)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_token_may_lead_a_multipart_form_of_any_length() {
    let app = app(&kit(false));
    let (cookie, token) = open_form(&app, "csrf").await;
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = "a".repeat(20_000);
    let headers = [("content-type", "multipart/form-data; boundary=x"), ("cookie", cookie.as_str())];
    let good = format!("{}{}--x--\r\n", part("_csrf", &token), part("file", &file));
    assert_eq!(send(&app, post_to("/form", &headers, &good)).await.status, StatusCode::SEE_OTHER);
    let late = format!("{}{}--x--\r\n", part("file", &file), part("_csrf", &token));
    assert_eq!(send(&app, post_to("/form", &headers, &late)).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn programs_need_no_form_token_unless_they_come_with_a_session() {
    let app = app(&kit(false));
    assert_eq!(send(&app, post_to("/json", &[JSON], r#"{"to":"a"}"#)).await.body, "a");
    let session = format!("session={}", "A".repeat(43));
    let with_session = [JSON, ("cookie", session.as_str())];
    assert_eq!(
        send(&app, post_to("/json", &with_session, r#"{"to":"a"}"#)).await.json()["code"],
        "webkit.csrf"
    );
}

#[tokio::test]
async fn json_that_does_not_fit_is_told_with_its_field() {
    let app = app(&kit(false));
    let unknown = send(&app, post_to("/json", &[JSON], r#"{"to":"a","cc":1}"#)).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unknown.json()["fields"][0]["field"], "cc");
    let not_json = send(&app, post_to("/json", &[("authorization", "Bearer x")], "to=a")).await;
    assert_eq!(not_json.json()["code"], "webkit.json_expected");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let app = app(&kit(false));
    let big = format!(r#"{{"to":"{}"}}"#, "a".repeat(base::limits::BODY_BYTES_MAX));
    let answer = send(&app, post_to("/json", &[JSON], &big)).await;
    assert_eq!(
        (answer.status, answer.json()["code"].as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, Some("webkit.too_large"))
    );
}

#[tokio::test]
async fn a_client_that_asks_too_often_waits_and_others_do_not() {
    let app = app(&kit(false));
    let lan = [("x-client", "10.0.0.1, 203.0.113.7")];
    assert_eq!(send(&app, ask("/limited", &lan)).await.status, StatusCode::OK);
    assert_eq!(send(&app, ask("/limited", &lan)).await.status, StatusCode::OK);
    let third = send(&app, ask("/limited", &lan)).await;
    assert_eq!((third.status, third.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "30"));
    assert_eq!(send(&app, ask("/limited", &[("x-client", "203.0.113.8")])).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_flash_message_is_shown_once_and_cannot_be_forged() {
    let app = app(&kit(false));
    let (cookie, token) = open_form(&app, "csrf").await;
    let sent =
        send(&app, post_to("/form", &[FORM, ("cookie", &cookie)], &format!("_csrf={token}&name=%3Cb%3ELan")))
            .await;
    let flash = format!("flash={}", sent.cookie("flash").unwrap());
    let page = send(&app, ask("/", &[("cookie", &flash)])).await;
    assert!(page.body.contains("Đã nhận &lt;b&gt;Lan"));
    assert_eq!(page.cookie("flash").as_deref(), Some(""));
    assert!(!send(&app, ask("/", &[("cookie", &flash.replace('.', "x."))])).await.body.contains("Đã nhận"));
}

#[tokio::test]
async fn a_session_cookie_comes_back_as_the_same_token() {
    let app = app(&kit(true));
    let started = send(&app, post_to("/sign-in", &[JSON], "{}")).await;
    let line = started.header("set-cookie");
    for part in ["__Host-session=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(line.contains(part), "{line}");
    }
    let cookie = format!("__Host-session={}", started.cookie("__Host-session").unwrap());
    assert_eq!(send(&app, ask("/who", &[("cookie", &cookie)])).await.body, started.body);
    assert_eq!(send(&app, ask("/who", &[("cookie", "__Host-session=short")])).await.body, "");
}

#[tokio::test]
async fn a_browser_is_known_by_a_cookie_that_only_we_set_and_no_script_reads() {
    let app = app(&kit(true));
    let first = send(&app, post_to("/known", &[JSON], "{}")).await;
    assert_eq!(first.body, "");
    let line = first.header("set-cookie");
    for part in ["__Host-known=a.b", "HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=3600"] {
        assert!(line.contains(part), "{line}");
    }
    let again = send(&app, post_to("/known", &[JSON, ("cookie", "__Host-known=a.b")], "{}")).await;
    assert_eq!(again.body, "a.b");
    let other = send(&app, post_to("/known", &[JSON, ("cookie", "known=a.b")], "{}")).await;
    assert_eq!(other.body, "", "one that another host could set");
}

#[tokio::test]
async fn a_request_id_is_taken_over_only_when_well_formed() {
    let app = app(&kit(false));
    assert_eq!(
        send(&app, ask("/say", &[("x-request-id", "proxy-0123456789")])).await.header("x-request-id"),
        "proxy-0123456789"
    );
    for bad in ["a b", "x\"><script>", "short", &"a".repeat(65)] {
        assert_ne!(send(&app, ask("/say", &[("x-request-id", bad)])).await.header("x-request-id"), bad);
    }
}

#[tokio::test]
async fn assets_are_kept_for_ever_under_their_hash() {
    let kit = kit(false);
    let app = app(&kit);
    let url = kit.assets().url("site.css");
    let answer = send(&app, ask(&url, &[])).await;
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(answer.body.contains("--lotus"));
    assert_eq!(send(&app, ask("/assets/site.css", &[])).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_operator_sees_health_readiness_and_bounded_counts() {
    let kit = kit(false);
    let app = app(&kit);
    send(&app, ask("/things/1", &[])).await;
    send(&app, ask("/things/2?q=secret", &[])).await;
    send(&app, ask("/nowhere/079090012345", &[])).await;
    let ops = kit.ops(vec![
        Check::new("database", || async { Ok(()) }),
        Check::new("disk", || async { Err("full".to_owned()) }),
    ]);
    assert_eq!(send(&ops, ask("/healthz", &[])).await.body, "ok\n");
    let ready = send(&ops, ask("/readyz", &[])).await;
    assert_eq!(
        (ready.status, ready.body.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "database: ok\ndisk: full\n")
    );
    let metrics = send(&ops, ask("/metrics", &[])).await.body;
    assert!(
        metrics.contains(r#"http_requests_total{method="GET",route="/things/{id}",status="2xx"} 2"#),
        "{metrics}"
    );
    assert!(!metrics.contains("secret") && !metrics.contains("079090012345"));
}

#[test]
fn values_are_escaped_in_components() {
    let say = kit(false).say(base::Lang::Vi);
    let field = ui::Field::new("a", "<b>").hint("\"'<i>");
    let markup = ui::line(&say, &field, "\"><script>", ui::LineKind::Text).into_string();
    assert!(!markup.contains("<script>") && !markup.contains("<b>") && !markup.contains("<i>"));
}
