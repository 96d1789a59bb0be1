//! A relying party: asks for people, exchanges what it gets, shows proofs; well behaved unless a test says otherwise.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use crate::{
    http::{Answer, Http, Params, find, pairs, with_query},
    keys::{self, Key, digest, random},
    person::{Does, End, Person},
    scene::Scene,
    server::Server,
};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long what it signs is good.
const LIFE_S: i64 = 60;

/// Which rules a relying party keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// FAPI 2.0 Security Profile: plain requests, pushed; plain answers.
    Fapi2,
    /// FAPI 2.0 Message Signing: requests and answers are signed.
    Signed,
    /// Code with PKCE, a secret in the header.
    Basic,
    /// The same with the secret in the form.
    BasicPost,
    /// FAPI 2.0 Security Profile, with a certificate: it is who the client is, and what its tokens are bound to (RFC 8705).
    Tls,
}

impl Kind {
    pub fn is_fapi2(self) -> bool {
        matches!(self, Self::Fapi2 | Self::Signed | Self::Tls)
    }

    /// Whether its tokens are bound to a key that it proves to have with each request.
    pub fn shows_proofs(self) -> bool {
        matches!(self, Self::Fapi2 | Self::Signed)
    }

    fn scheme(self) -> &'static str {
        if self.shows_proofs() { "DPoP" } else { "Bearer" }
    }
}

/// An authorization request in the making.
#[derive(Debug, Clone)]
pub struct Ask {
    pub params: BTreeMap<String, String>,
    pub verifier: String,
}

impl Ask {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.params.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.params.remove(name);
        self
    }

    pub fn get(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    pub fn params(&self) -> Params {
        self.params.iter().map(|(n, v)| (n.clone(), v.clone())).collect()
    }
}

/// A registered relying party.
pub struct Party {
    pub id: String,
    pub kind: Kind,
    pub key: Key,
    pub dpop: Key,
    pub secret: Option<String>,
    pub redirect_uri: String,
    pub http: Http,
    pub meta: Value,
    pub jwks: Value,
    server: Arc<Server>,
    nonce: Mutex<Option<String>>,
}

impl Party {
    pub fn new(
        scene: &Scene,
        kind: Kind,
        id: String,
        key: Key,
        secret: Option<String>,
        redirect: &str,
    ) -> Self {
        Self {
            id,
            kind,
            key,
            dpop: Key::p256(),
            secret,
            redirect_uri: redirect.to_owned(),
            http: scene.http.clone(),
            meta: scene.meta.clone(),
            jwks: scene.jwks.clone(),
            server: Arc::clone(&scene.server),
            nonce: Mutex::default(),
        }
    }

    /// The same client over another connection.
    pub fn over(self, http: Http) -> Self {
        Self { http, ..self }
    }

    /// Seconds since 1970, as its server sees them.
    pub fn now(&self) -> i64 {
        self.server.now().as_second()
    }

    pub fn issuer(&self) -> &str {
        self.meta["issuer"].as_str().unwrap()
    }

    /// An address of the server, by its name in the metadata; where it has two, the one for this kind of client.
    pub fn at(&self, name: &str) -> &str {
        if self.kind == Kind::Tls
            && let Some(alias) = self.meta["mtls_endpoint_aliases"][name].as_str()
        {
            return alias;
        }
        self.meta[name].as_str().unwrap_or_else(|| panic!("the metadata names no {name}"))
    }

    // ---------------------------------------------------------------- asking

    /// A request that nothing is wrong with.
    pub fn ask(&self) -> Ask {
        let verifier = random();
        let ask = Ask { params: BTreeMap::new(), verifier: verifier.clone() };
        ask.with("response_type", "code")
            .with("client_id", &self.id)
            .with("redirect_uri", &self.redirect_uri)
            .with("scope", "openid")
            .with("state", &random())
            .with("nonce", &random())
            .with("code_challenge", &digest(&verifier))
            .with("code_challenge_method", "S256")
    }

    /// The request as its claims, and the header it is signed under.
    pub fn object_parts(&self, ask: &Ask) -> (Value, Value) {
        let mut claims: Map<String, Value> =
            ask.params.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        for (name, value) in [
            ("iss", json!(self.id)),
            ("aud", json!(self.issuer())),
            ("iat", json!(self.now())),
            ("nbf", json!(self.now())),
            ("exp", json!(self.now() + LIFE_S)),
            ("jti", json!(random())),
        ] {
            claims.insert(name.to_owned(), value);
        }
        let header = json!({ "alg": "ES256", "typ": "oauth-authz-req+jwt", "kid": self.key.kid });
        (header, Value::Object(claims))
    }

    pub fn object(&self, ask: &Ask) -> String {
        let (header, claims) = self.object_parts(ask);
        self.key.sign(&header, &claims)
    }

    /// As it is pushed: plain or signed.
    pub fn as_pushed(&self, ask: &Ask) -> Params {
        match self.kind {
            Kind::Signed => pairs(&[("client_id", &self.id), ("request", &self.object(ask))]),
            _ => ask.params(),
        }
    }

    pub async fn push(&self, ask: &Ask) -> Answer {
        self.push_params(self.as_pushed(ask)).await
    }

    pub async fn push_params(&self, params: Params) -> Answer {
        self.call("pushed_authorization_request_endpoint", params).await
    }

    /// A request object, pushed by a client that is itself.
    pub async fn push_object(&self, object: &str) -> Answer {
        self.push_params(pairs(&[("client_id", &self.id), ("request", object)])).await
    }

    pub async fn pushed(&self, ask: &Ask) -> String {
        let answer = self.push(ask).await;
        let told = answer.ok();
        assert_eq!(answer.status.as_u16(), 201, "{told}");
        told["request_uri"].as_str().unwrap().to_owned()
    }

    /// Where a browser goes with a pushed request.
    pub fn authorize(&self, request_uri: &str) -> String {
        let params = pairs(&[("client_id", &self.id), ("request_uri", request_uri)]);
        with_query(self.at("authorization_endpoint"), &params)
    }

    /// Where a browser goes with a plain request.
    pub fn url(&self, ask: &Ask) -> String {
        with_query(self.at("authorization_endpoint"), &ask.params())
    }

    /// Where a browser goes, in the way of this kind of client.
    pub async fn begins(&self, ask: &Ask) -> String {
        match self.kind.is_fapi2() {
            true => self.authorize(&self.pushed(ask).await),
            false => self.url(ask),
        }
    }

    /// What came back, opened and looked at: it is for us, and from whom we asked.
    #[track_caller]
    pub fn came_back(&self, end: &End) -> Params {
        if let End::Away(url) | End::Posted(url, _) = end {
            let at = url.split(['?', '#']).next().unwrap_or(url);
            assert_eq!(at, self.redirect_uri.split('?').next().unwrap(), "it went somewhere else");
        }
        let params = end.params();
        if self.kind != Kind::Signed && find(&params, "response").is_none() {
            assert_eq!(find(&params, "iss"), Some(self.issuer()), "RFC 9207: {params:?}");
            return params;
        }
        let response = find(&params, "response").unwrap_or_else(|| panic!("not signed: {params:?}"));
        assert_eq!(params.len(), 1, "something stands beside the signed answer");
        let (_, claims) = keys::verified(response, &self.jwks);
        assert_eq!(claims["iss"], self.issuer());
        assert_eq!(claims["aud"], self.id);
        let exp = claims["exp"].as_i64().unwrap();
        assert!(exp > self.now() - 1 && exp <= self.now() + 600 + 60, "exp of the answer: {exp}");
        let all = claims.as_object().unwrap().iter();
        all.filter_map(|(n, v)| Some((n.clone(), v.as_str()?.to_owned()))).collect()
    }

    /// Somebody is sent to sign in and allows; gives the code.
    pub async fn code(&self, person: &Person, ask: &Ask) -> String {
        self.code_when(person, ask, Does::Allow).await
    }

    pub async fn code_when(&self, person: &Person, ask: &Ask, does: Does) -> String {
        let end = person.visits(&self.begins(ask).await, does).await;
        let params = self.came_back(&end);
        assert_eq!(find(&params, "error"), None, "{params:?}");
        assert_eq!(find(&params, "state").unwrap_or(""), ask.get("state"), "another state came back");
        find(&params, "code").expect("a code").to_owned()
    }

    // ---------------------------------------------------------------- being itself

    /// What it says of itself, before it is signed.
    pub fn assertion(&self) -> Value {
        json!({
            "iss": self.id, "sub": self.id, "aud": self.issuer(), "jti": random(),
            "iat": self.now(), "exp": self.now() + LIFE_S,
        })
    }

    pub fn signed(&self, assertion: &Value) -> String {
        self.key.token("JWT", assertion)
    }

    /// Parameters with an assertion beside them.
    pub fn asserted(&self, mut params: Params, assertion: &str) -> Params {
        params.extend(pairs(&[("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)]));
        params
    }

    /// Parameters and headers with which it is itself.
    fn authenticated(&self, params: Params) -> (Params, Option<String>) {
        match (self.kind, &self.secret) {
            (Kind::Basic, Some(secret)) => {
                let pair = BASE64_STANDARD.encode(format!("{}:{secret}", self.id));
                (params, Some(format!("Basic {pair}")))
            }
            (Kind::BasicPost, Some(secret)) => {
                let mut params = params;
                if find(&params, "client_id").is_none() {
                    params.extend(pairs(&[("client_id", &self.id)]));
                }
                params.extend(pairs(&[("client_secret", secret)]));
                (params, None)
            }
            (Kind::Tls, _) => {
                let mut params = params;
                if find(&params, "client_id").is_none() {
                    params.extend(pairs(&[("client_id", &self.id)]));
                }
                (params, None)
            }
            _ => (self.asserted(params, &self.signed(&self.assertion())), None),
        }
    }

    /// Posts to an endpoint as itself.
    pub async fn call(&self, endpoint: &str, params: Params) -> Answer {
        self.call_proving(endpoint, params, None).await
    }

    pub async fn call_proving(&self, endpoint: &str, params: Params, proof: Option<&str>) -> Answer {
        let (params, authorization) = self.authenticated(params);
        let mut headers = Vec::new();
        headers.extend(authorization.as_deref().map(|value| ("authorization", value)));
        headers.extend(proof.map(|proof| ("dpop", proof)));
        self.http.form(self.at(endpoint), &params, &headers).await
    }

    // ---------------------------------------------------------------- proving

    /// Header and claims of a proof.
    pub fn proof_parts(&self, key: &Key, method: &str, url: &str, access: Option<&str>) -> (Value, Value) {
        let header = json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": key.public(None) });
        let mut claims = json!({ "jti": random(), "htm": method, "htu": url, "iat": self.now() });
        if let Some(nonce) = self.nonce.lock().unwrap().as_ref() {
            claims["nonce"] = json!(nonce);
        }
        if let Some(access) = access {
            claims["ath"] = json!(digest(access));
        }
        (header, claims)
    }

    pub fn proof(&self, key: &Key, method: &str, url: &str, access: Option<&str>) -> String {
        let (header, claims) = self.proof_parts(key, method, url, access);
        key.sign(&header, &claims)
    }

    /// Sends a proof, and once more with the server's nonce if it wants one.
    async fn proven<F>(&self, send: impl Fn(String) -> F, proof: impl Fn() -> String) -> Answer
    where
        F: Future<Output = Answer>,
    {
        let answer = send(proof()).await;
        let wanted = answer.error() == "use_dpop_nonce"
            || answer.header("www-authenticate").contains("use_dpop_nonce");
        self.takes_nonce(&answer);
        if wanted { send(proof()).await } else { answer }
    }

    fn takes_nonce(&self, answer: &Answer) {
        let nonce = answer.header("dpop-nonce");
        if !nonce.is_empty() {
            *self.nonce.lock().unwrap() = Some(nonce.to_owned());
        }
    }

    /// Learns the nonce of the server by a request that gets nowhere.
    pub async fn learns_nonce(&self) {
        self.token(pairs(&[("grant_type", "urn:example:none")])).await;
    }

    // ---------------------------------------------------------------- tokens

    /// The token endpoint, with a proof where this kind of client has one.
    pub async fn token(&self, params: Params) -> Answer {
        self.token_by(&self.dpop, params).await
    }

    pub async fn token_by(&self, key: &Key, params: Params) -> Answer {
        if !self.kind.shows_proofs() {
            return self.call("token_endpoint", params).await;
        }
        self.token_with(key, params, |_, _| ()).await
    }

    /// With a proof that a test bends.
    pub async fn token_with(
        &self,
        key: &Key,
        params: Params,
        bend: impl Fn(&mut Value, &mut Value),
    ) -> Answer {
        let proof = || {
            let (mut header, mut claims) = self.proof_parts(key, "POST", self.at("token_endpoint"), None);
            bend(&mut header, &mut claims);
            key.sign(&header, &claims)
        };
        let send =
            async |proof: String| self.call_proving("token_endpoint", params.clone(), Some(&proof)).await;
        self.proven(send, proof).await
    }

    pub fn exchange_params(&self, ask: &Ask, code: &str) -> Params {
        pairs(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &ask.verifier),
        ])
    }

    pub async fn exchange(&self, ask: &Ask, code: &str) -> Answer {
        self.token(self.exchange_params(ask, code)).await
    }

    /// Everything from the question to the tokens.
    pub async fn tokens(&self, person: &Person, ask: &Ask) -> Value {
        let code = self.code(person, ask).await;
        let answer = self.exchange(ask, &code).await;
        let tokens = answer.ok();
        assert_eq!(answer.header("cache-control"), "no-store", "RFC 6749 section 5.1");
        assert_eq!(tokens["token_type"], self.kind.scheme());
        tokens
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.token(pairs(&[("grant_type", "refresh_token"), ("refresh_token", token)])).await
    }

    /// The claims of the identity token, looked at as OpenID Connect Core section 3.1.3.7 says.
    #[track_caller]
    pub fn identity(&self, tokens: &Value, ask: &Ask) -> Value {
        let (header, claims) =
            keys::verified(tokens["id_token"].as_str().expect("an identity token"), &self.jwks);
        assert_eq!(claims["iss"], self.issuer());
        assert_eq!(claims["aud"], self.id);
        assert!(claims["sub"].as_str().is_some_and(|s| !s.is_empty() && s.len() <= 255), "{claims}");
        assert!(claims["exp"].as_i64() > Some(self.now()), "{claims}");
        assert!(claims["iat"].is_i64(), "{claims}");
        assert_eq!(claims["nonce"].as_str().unwrap_or(""), ask.get("nonce"));
        if let Some(hash) = claims["at_hash"].as_str() {
            assert_eq!(header["alg"].as_str().map(|alg| &alg[2..]), Some("256"));
            let whole = keys::unb64(&digest(tokens["access_token"].as_str().unwrap()));
            assert_eq!(hash, keys::b64(&whole[..16]));
        }
        claims
    }

    // ---------------------------------------------------------------- resources

    /// A request to a resource of the server, with token and proof.
    pub async fn resource_by(
        &self,
        key: &Key,
        method: &str,
        name: &str,
        access: &str,
        scheme: &str,
    ) -> Answer {
        let url = self.at(name);
        let authorization = format!("{scheme} {access}");
        let send = async |proof: String| {
            let mut headers = vec![("authorization", authorization.as_str())];
            if self.kind.shows_proofs() {
                headers.push(("dpop", proof.as_str()));
            }
            let method = method.parse().unwrap();
            self.http.send(method, url, &headers, Default::default()).await
        };
        self.proven(send, || self.proof(key, method, url, Some(access))).await
    }

    pub async fn userinfo(&self, access: &str) -> Answer {
        self.resource_by(&self.dpop, "GET", "userinfo_endpoint", access, self.kind.scheme()).await
    }

    pub async fn introspect(&self, token: &str) -> Answer {
        self.call("introspection_endpoint", pairs(&[("token", token)])).await
    }

    pub async fn revoke(&self, token: &str) -> Answer {
        self.call("revocation_endpoint", pairs(&[("token", token)])).await
    }
}
