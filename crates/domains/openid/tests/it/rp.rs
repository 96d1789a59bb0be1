//! A relying party as its own library would be: it knows HTTP and the specifications, and nothing of our insides.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http_body_util::BodyExt;
use jose::{Algorithm, Signer, SoftwareKey, dpop, hash::sha256_text};
use openid::{Choice, ClientDraft, ClientId, InteractionId, Question, http::Browser, ops};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use crate::world::{ISSUER, World};

pub const VERIFIER: &str = "a-verifier-of-forty-three-characters-at-least-0";
pub const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How it proves to be itself.
pub enum Proves {
    Key(SoftwareKey),
    Secret(String),
}

pub struct Rp<'w> {
    pub w: &'w World,
    pub app: Router,
    pub id: ClientId,
    pub proves: Proves,
    /// The key to which its tokens are bound.
    pub dpop: Option<SoftwareKey>,
    pub redirect_uri: String,
}

#[derive(Debug)]
pub struct Told {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Told {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.body))
    }

    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or("none").to_owned()
    }

    pub fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", self.body)).to_owned()
    }

    pub fn location(&self) -> String {
        let value = self.headers.get(header::LOCATION);
        value
            .unwrap_or_else(|| panic!("no Location: {} {}", self.status, self.body))
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// A parameter of the address that it leads to.
    pub fn param(&self, name: &str) -> Option<String> {
        param(&self.location(), name)
    }

    pub fn challenges(&self) -> String {
        let all = self.headers.get_all(header::WWW_AUTHENTICATE).iter();
        all.map(|v| v.to_str().unwrap().to_owned()).collect::<Vec<_>>().join(" | ")
    }
}

pub fn param(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    openid::params::Params::parse(query.as_bytes()).ok()?.get(name).map(str::to_owned)
}

/// A value that was never used before.
pub fn fresh() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("fresh-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// `a=b&c=d`, encoded.
pub fn form(pairs: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        text.bytes()
            .map(|b| match b {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(b).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect::<String>()
    };
    pairs.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect::<Vec<_>>().join("&")
}

pub async fn send(app: &Router, request: Request<Body>) -> Told {
    let response = app.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    Told { status, headers, body: String::from_utf8_lossy(&bytes).into_owned() }
}

impl<'w> Rp<'w> {
    /// A client with a key of its own; its tokens are bound to another.
    pub async fn with_key(w: &'w World, draft: &ClientDraft) -> Self {
        let key = SoftwareKey::generate(Algorithm::Es256).unwrap();
        let jwk = serde_json::to_string(key.public_jwk()).unwrap();
        let id = w.client(draft, Some(&jwk)).await;
        Self {
            w,
            app: w.app.clone(),
            id,
            proves: Proves::Key(key),
            dpop: Some(SoftwareKey::generate(Algorithm::Es256).unwrap()),
            redirect_uri: draft.redirect_uris.first().cloned().unwrap_or_default(),
        }
    }

    /// A client with a secret, whose tokens are bound to nothing.
    pub async fn with_secret(w: &'w World, draft: &ClientDraft) -> Self {
        let id = w.client(draft, None).await;
        let secret = w.secret(id).await;
        let redirect_uri = draft.redirect_uris.first().cloned().unwrap_or_default();
        Self { w, app: w.app.clone(), id, proves: Proves::Secret(secret), dpop: None, redirect_uri }
    }

    pub fn key(&self) -> &SoftwareKey {
        match &self.proves {
            Proves::Key(key) => key,
            Proves::Secret(_) => panic!("a client with a secret"),
        }
    }

    /// What a client assertion says; tests change it.
    pub fn assertion_claims(&self) -> Map<String, Value> {
        let (id, now) = (self.id.to_string(), self.w.now());
        let claims =
            json!({ "iss": id, "sub": id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": fresh() });
        claims.as_object().unwrap().clone()
    }

    pub fn assertion(&self) -> String {
        jose::sign(self.key(), None, &self.assertion_claims()).unwrap()
    }

    /// A proof for a request, with the nonce of the moment.
    pub fn proof(&self, method: &str, path: &str, access: Option<&str>) -> Option<String> {
        let nonce = self.w.cx.secrets.dpop_nonce(base::Clock::now(self.w.db.clock.as_ref()));
        self.proof_with(method, path, access, Some(&nonce))
    }

    pub fn proof_with(
        &self,
        method: &str,
        path: &str,
        access: Option<&str>,
        nonce: Option<&str>,
    ) -> Option<String> {
        let key = self.dpop.as_ref()?;
        let (url, jti) = (format!("{ISSUER}{path}"), fresh());
        let ath = access.map(sha256_text);
        let proof =
            dpop::NewProof { jti: &jti, method, url: &url, iat: self.w.now(), nonce, ath: ath.as_deref() };
        Some(dpop::prove(key, &proof).unwrap())
    }

    /// Posts a form as this client, authenticated and with a proof.
    pub async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Told {
        let proof = self.proof("POST", path, None);
        self.post_with(path, pairs, proof.as_deref()).await
    }

    pub async fn post_with(&self, path: &str, pairs: &[(&str, &str)], proof: Option<&str>) -> Told {
        let mut pairs = pairs.to_vec();
        let mut request = self.request("POST", path);
        let assertion;
        match &self.proves {
            Proves::Key(_) => {
                assertion = self.assertion();
                pairs.push(("client_assertion_type", ASSERTION));
                pairs.push(("client_assertion", &assertion));
            }
            Proves::Secret(secret) => {
                let pair = BASE64_STANDARD.encode(format!("{}:{secret}", self.id));
                request = request.header(header::AUTHORIZATION, format!("Basic {pair}"));
            }
        }
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        self.send_form(request, &form(&pairs)).await
    }

    pub async fn send_form(&self, request: axum::http::request::Builder, body: &str) -> Told {
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        send(&self.app, request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder().method(method).uri(path)
    }

    /// An ordinary authorization request.
    pub fn ask(&self, scope: &str) -> Vec<(&'static str, String)> {
        vec![
            ("client_id", self.id.to_string()),
            ("response_type", "code".into()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("scope", scope.to_owned()),
            ("state", "the-state".into()),
            ("nonce", "the-nonce".into()),
            ("code_challenge", sha256_text(VERIFIER)),
            ("code_challenge_method", "S256".into()),
        ]
    }

    pub async fn push(&self, ask: &[(&'static str, String)]) -> Told {
        let pairs: Vec<(&str, &str)> = ask.iter().map(|(n, v)| (*n, v.as_str())).collect();
        self.post("/par", &pairs).await
    }

    /// Brings a browser to `/authorize`: with a pushed request where the client has a key, else with all parameters.
    pub async fn authorize(&self, ask: &[(&'static str, String)]) -> Told {
        if matches!(self.proves, Proves::Secret(_)) {
            let pairs: Vec<(&str, &str)> = ask.iter().map(|(n, v)| (*n, v.as_str())).collect();
            return self.browse(&form(&pairs)).await;
        }
        let pushed = self.push(ask).await;
        assert_eq!(pushed.status, StatusCode::CREATED, "{}", pushed.body);
        self.browse_pushed(&pushed.text("request_uri")).await
    }

    pub async fn browse_pushed(&self, request_uri: &str) -> Told {
        self.browse(&form(&[("client_id", &self.id.to_string()), ("request_uri", request_uri)])).await
    }

    /// A browser's request for a pushed request.
    pub fn at_pushed(&self, request_uri: &str) -> axum::http::request::Builder {
        let query = form(&[("client_id", &self.id.to_string()), ("request_uri", request_uri)]);
        self.request("GET", &format!("/authorize?{query}")).header(header::ACCEPT, "text/html")
    }

    /// The same of a browser that was here before, at any process.
    pub async fn browse_pushed_as(&self, app: &Router, request_uri: &str, cookie: &str) -> Told {
        let pair = cookie.split(';').next().unwrap_or_default();
        let request = self.at_pushed(request_uri).header(header::COOKIE, pair);
        send(app, request.body(Body::empty()).unwrap()).await
    }

    pub async fn browse(&self, query: &str) -> Told {
        let request = self.request("GET", &format!("/authorize?{query}")).header(header::ACCEPT, "text/html");
        send(&self.app, request.body(Body::empty()).unwrap()).await
    }

    /// Goes on from our page: says yes to everything that is asked. Returns the address that the browser leaves to.
    pub async fn agree(&self, at: &Told) -> String {
        let (id, browser) = interaction(at);
        let cx = &self.w.cx;
        let login = self.w.login.lock().unwrap().clone().expect("nobody is signed in");
        let next = self.w.run(async |tx| ops::interaction_next(cx, tx, id, &browser, Some(&login)).await);
        let answer = match next.await.unwrap() {
            openid::Next::Ask(question) => {
                let choice = all(&question);
                let accept = self
                    .w
                    .run(async |tx| ops::interaction_accept(cx, tx, id, &browser, &login, &choice).await);
                accept.await.unwrap()
            }
            openid::Next::Leave(answer) => answer,
            openid::Next::SignIn(how) => panic!("sign in: {how:?}"),
        };
        match answer {
            openid::Answer::Redirect(address) => address,
            openid::Answer::Post { .. } => panic!("a form"),
        }
    }

    /// A code, from the request to the yes.
    pub async fn code(&self, ask: &[(&'static str, String)]) -> String {
        let at = self.authorize(ask).await;
        let address = match at.location().starts_with("/authorize/") {
            true => self.agree(&at).await,
            false => at.location(),
        };
        param(&address, "code").unwrap_or_else(|| panic!("no code: {address}"))
    }

    pub async fn exchange(&self, code: &str) -> Told {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        self.post("/token", &pairs).await
    }

    /// Signs the person in: all the way to tokens.
    pub async fn tokens(&self, scope: &str) -> Told {
        let told = self.exchange(&self.code(&self.ask(scope)).await).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        told
    }

    pub async fn refresh(&self, token: &str) -> Told {
        self.post("/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub async fn introspect(&self, token: &str) -> Value {
        let told = self.post("/introspect", &[("token", token)]).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        told.json()
    }

    /// Asks whether what it knows is right.
    pub async fn compare(&self, access: &str, known: &Value) -> Told {
        let proof = self.proof("POST", "/match", Some(access)).expect("a bound token");
        let request = self
            .request("POST", "/match")
            .header("dpop", proof)
            .header(header::AUTHORIZATION, format!("DPoP {access}"))
            .header(header::CONTENT_TYPE, "application/json");
        send(&self.app, request.body(Body::from(known.to_string())).unwrap()).await
    }

    pub async fn userinfo(&self, access: &str) -> Told {
        let mut request = self.request("GET", "/userinfo");
        request = match self.proof("GET", "/userinfo", Some(access)) {
            Some(proof) => {
                request.header("dpop", proof).header(header::AUTHORIZATION, format!("DPoP {access}"))
            }
            None => request.header(header::AUTHORIZATION, format!("Bearer {access}")),
        };
        send(&self.app, request.body(Body::empty()).unwrap()).await
    }
}

/// Yes to everything that is asked.
pub fn all(question: &Question) -> Choice {
    Choice {
        seen: Some(question.seen.clone()),
        claims: question.asked.iter().map(|a| a.claim).collect(),
        offline: question.offline,
        persona: question.personas.first().map(|p| p.code.to_owned()),
        only_once: false,
        organisation: None,
    }
}

/// The authorization and the browser that a redirect to our page speaks of.
pub fn interaction(at: &Told) -> (InteractionId, Browser) {
    let location = at.location();
    let id = location.strip_prefix("/authorize/").unwrap_or_else(|| panic!("not our page: {location}"));
    let cookie = at.headers.get(header::SET_COOKIE).expect("a cookie").clone();
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, cookie);
    (id.parse().unwrap(), Browser::read(&headers).unwrap())
}

/// What a token of ours says, checked against the published keys.
pub async fn claims_of(app: &Router, token: &str) -> Value {
    let told = send(app, Request::get("/jwks.json").body(Body::empty()).unwrap()).await;
    let set = jose::JwkSet::parse(&told.body).unwrap();
    let keys: Vec<_> = set.keys.iter().map(|k| jose::VerifyingKey::new(k).unwrap()).collect();
    let compact = jose::Compact::parse(token, jose::Limits::SMALL).unwrap();
    let typ = compact.header().typ.clone();
    let typ = typ.as_deref().map_or(jose::Typ::Plain, jose::Typ::Is);
    compact.verify_with(&keys, typ).unwrap().claims().unwrap()
}
