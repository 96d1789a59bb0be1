//! The demo's bank, which people copy: an answer counts in the browser alone in which its sign-in began. The provider here is
//! a few lines that note what they are asked.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderValue, Request, Response, StatusCode, header},
    routing::{get, post},
};
use base::{SystemClock, SystemEntropy};
use lienthong::party::{self, Settings};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt;

/// What the bank pushed, and how often it wanted a token.
#[derive(Default)]
struct Asked {
    pushed: Vec<Vec<(String, String)>>,
    tokens: usize,
}

#[derive(Clone)]
struct Provider {
    issuer: String,
    asked: Arc<Mutex<Asked>>,
}

impl Provider {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self { issuer, asked: Arc::default() };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/par", post(push))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    /// A value of the request that was pushed last.
    fn pushed(&self, name: &str) -> String {
        let asked = self.asked.lock().unwrap();
        let form = asked.pushed.last().unwrap();
        form.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()).unwrap()
    }

    fn tokens(&self) -> usize {
        self.asked.lock().unwrap().tokens
    }
}

async fn describe(State(provider): State<Provider>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", provider.issuer);
    Json(json!({
        "issuer": provider.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"),
        "pushed_authorization_request_endpoint": at("/par"),
        "end_session_endpoint": at("/logout"),
    }))
}

async fn push(State(provider): State<Provider>, body: String) -> (StatusCode, Json<Value>) {
    let form = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    provider.asked.lock().unwrap().pushed.push(form);
    (StatusCode::CREATED, Json(json!({ "request_uri": "urn:pushed", "expires_in": 60 })))
}

async fn token(State(provider): State<Provider>) -> (StatusCode, Json<Value>) {
    provider.asked.lock().unwrap().tokens += 1;
    (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })))
}

struct Bank {
    provider: Provider,
    routes: Router,
    _folder: tempfile::TempDir,
}

impl Bank {
    async fn open(url: &str) -> Self {
        let (provider, folder) = (Provider::start().await, tempfile::tempdir().unwrap());
        party::make_key(folder.path()).unwrap();
        let settings = Settings {
            issuer: provider.issuer.clone(),
            client_id: "bank".into(),
            url: url.into(),
            asks: party::asks(),
        };
        party::write_settings(folder.path(), &settings).unwrap();
        let routes = party::router(folder.path(), Arc::new(SystemClock), Arc::new(SystemEntropy)).unwrap();
        Self { provider, routes, _folder: folder }
    }

    async fn get(&self, path: &str, cookie: Option<&str>) -> Response<Body> {
        let mut request = Request::get(path);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.routes.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    /// Begins in a browser; gives the cookie that it holds from then on, whole.
    async fn begin(&self, cookie: Option<&str>) -> String {
        let answer = self.get("/begin", cookie).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let set: Vec<&str> = answer
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .map(text)
            .filter(|c| c.contains("session="))
            .collect();
        assert_eq!(set.len(), 1, "{set:?}");
        set[0].to_owned()
    }

    /// What somebody comes back with to whom the provider gave a code.
    async fn come_back(&self, cookie: Option<&str>) -> StatusCode {
        let Provider { issuer, .. } = &self.provider;
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("state", self.provider.pushed("state").as_str()), ("code", "c"), ("iss", issuer)])
            .finish();
        self.get(&format!("/callback?{query}"), cookie).await.status()
    }
}

fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap()
}

/// What a browser sends of a cookie that it was given.
fn held(set: &str) -> &str {
    set.split(';').next().unwrap()
}

#[tokio::test]
async fn an_answer_counts_in_the_browser_alone_in_which_it_was_asked_for() {
    let bank = Bank::open("http://127.0.0.1:1").await;
    let mine = bank.begin(None).await;
    assert_eq!(bank.come_back(None).await, StatusCode::BAD_REQUEST, "a link that somebody sent");
    let theirs = bank.begin(None).await;
    assert_eq!(bank.come_back(Some(held(&mine))).await, StatusCode::BAD_REQUEST, "another browser");
    assert_eq!(bank.come_back(Some(held(&theirs))).await, StatusCode::BAD_REQUEST, "it was tried already");
    assert_eq!(bank.provider.tokens(), 0, "nothing is exchanged");
    let again = bank.begin(Some(held(&mine))).await;
    assert_eq!(held(&again), held(&mine), "who is known stays so");
    // The provider of this test knows no code: what counts is that it was asked.
    assert_eq!(bank.come_back(Some(held(&mine))).await, StatusCode::BAD_GATEWAY);
    assert_eq!(bank.provider.tokens(), 1);
}

#[tokio::test]
async fn no_page_reads_the_cookie_and_no_other_host_sets_it() {
    let here = Bank::open("http://127.0.0.1:1").await.begin(None).await;
    assert!(
        here.starts_with("session=") && here.contains("HttpOnly") && here.contains("SameSite=Lax"),
        "{here}"
    );
    let public = Bank::open("https://bank.example").await.begin(None).await;
    for part in ["__Host-session=", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
        assert!(public.contains(part), "{part}: {public}");
    }
    assert!(!public.contains("Domain"), "{public}");
}

#[tokio::test]
async fn only_who_opens_an_account_for_a_company_is_asked_for_whom_they_act() {
    let bank = Bank::open("http://127.0.0.1:1").await;
    for (path, asked) in [("/begin", false), ("/begin?transfer=true", false), ("/begin?company=true", true)] {
        assert_eq!(bank.get(path, None).await.status(), StatusCode::SEE_OTHER);
        assert_eq!(bank.provider.pushed("claims").contains("\"organisation\""), asked, "{path}");
    }
}
