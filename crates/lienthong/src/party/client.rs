//! The bank's side of OpenID Connect, as the profile FAPI 2.0 wants it: a pushed request, PKCE, its own key in place of a
//! secret, and tokens that are bound to a key (DPoP).

use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use axum::body::Bytes;
use base::{Clock, Entropy};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jose::{
    AudienceRule, Claim, Compact, JwkSet, Limits, Registered, Rules, SoftwareKey, Typ, VerifyingKey, dpop,
    hash,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

/// An answer is never longer.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// An assertion and an identity token are fresh, in seconds.
const FRESH_S: i64 = 60;
const ID_TOKEN_S_MAX: i64 = 3_600;

/// What a relying party knows of the provider from its discovery document.
#[derive(Debug, Clone, Deserialize)]
struct Provider {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    pushed_authorization_request_endpoint: String,
}

/// A sign-in that was begun: what its end must fit to. Kept by the bank, never sent to the browser.
pub struct Begun {
    nonce: String,
    verifier: String,
    key: SoftwareKey,
}

/// What the bank learned, and nothing else.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Learned {
    /// The person's name for this bank alone.
    pub sub: String,
    #[serde(default)]
    pub acr: Option<String>,
    #[serde(flatten)]
    pub claims: Map<String, Value>,
}

/// A relying party with its key.
pub struct RelyingParty {
    issuer: String,
    client_id: String,
    redirect_uri: String,
    key: SoftwareKey,
    http: Client<HttpConnector, Full<Bytes>>,
    provider: OnceCell<Provider>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

struct Answer {
    status: u16,
    nonce: Option<String>,
    body: Bytes,
}

impl RelyingParty {
    pub fn new(
        issuer: String,
        client_id: String,
        redirect_uri: String,
        key: SoftwareKey,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let http = Client::builder(TokioExecutor::new()).build_http();
        Self { issuer, client_id, redirect_uri, key, http, provider: OnceCell::new(), clock, entropy }
    }

    /// Pushes a request for exactly these claims; gives what must be kept, and where the browser goes.
    pub async fn begin(&self, state: &str, claims: &[&str]) -> anyhow::Result<(Begun, String)> {
        let provider = self.provider().await?;
        let key = SoftwareKey::generate(jose::Algorithm::Es256)?;
        let begun = Begun { nonce: self.random(), verifier: self.random(), key };
        let asked: Map<String, Value> = claims.iter().map(|c| ((*c).to_owned(), Value::Null)).collect();
        let form = [
            ("response_type", "code"),
            ("redirect_uri", &self.redirect_uri),
            ("scope", "openid"),
            ("claims", &json!({ "userinfo": asked }).to_string()),
            ("state", state),
            ("nonce", &begun.nonce),
            ("code_challenge", &hash::sha256_text(&begun.verifier)),
            ("code_challenge_method", "S256"),
        ];
        #[derive(Deserialize)]
        struct Pushed {
            request_uri: String,
        }
        let endpoint = &provider.pushed_authorization_request_endpoint;
        let pushed: Pushed = self.post(provider, endpoint, &form, &begun.key).await?;
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &self.client_id)
            .append_pair("request_uri", &pushed.request_uri)
            .finish();
        Ok((begun, format!("{}?{query}", provider.authorization_endpoint)))
    }

    /// Exchanges the code, checks who says so, and asks for what the person agreed to.
    ///
    /// `issuer` is what came back beside the code (RFC 9207): another provider's answer is refused.
    pub async fn finish(&self, begun: &Begun, code: &str, issuer: &str) -> anyhow::Result<Learned> {
        let provider = self.provider().await?;
        ensure!(issuer == provider.issuer, "the answer is another provider's");
        #[derive(Deserialize)]
        struct Tokens {
            access_token: String,
            id_token: String,
        }
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &begun.verifier),
        ];
        let tokens: Tokens = self.post(provider, &provider.token_endpoint, &form, &begun.key).await?;
        let signed = self.read_id_token(provider, &tokens.id_token, &begun.nonce).await?;
        let mut told: Learned = self.userinfo(provider, &tokens.access_token, &begun.key).await?;
        ensure!(told.sub == signed.sub, "the answers are about two people");
        told.acr = signed.acr;
        Ok(told)
    }

    async fn provider(&self) -> anyhow::Result<&Provider> {
        self.provider
            .get_or_try_init(|| async {
                let at = format!("{}/.well-known/openid-configuration", self.issuer);
                let found: Provider = self.get(&at).await.context("reading the provider's description")?;
                ensure!(found.issuer == self.issuer, "the description is another provider's");
                Ok(found)
            })
            .await
    }

    async fn read_id_token(&self, provider: &Provider, token: &str, nonce: &str) -> anyhow::Result<Learned> {
        #[derive(Deserialize)]
        struct Said {
            nonce: String,
            #[serde(flatten)]
            registered: Registered,
        }
        let set: Map<String, Value> =
            self.get(&provider.jwks_uri).await.context("reading the provider's keys")?;
        let keys: Vec<VerifyingKey> =
            JwkSet::from_object(&set)?.keys.iter().map(VerifyingKey::new).collect::<Result<_, _>>()?;
        let token = Compact::parse(token, Limits::SMALL)?;
        let verified = token.verify_with(&keys, Typ::Plain)?;
        let said: Said = verified.claims()?;
        let rules = Rules {
            now: self.now(),
            issuer: Some(&provider.issuer),
            audience: AudienceRule::OneOf(&[&self.client_id]),
            required: &[Claim::Sub, Claim::Exp, Claim::Iat],
            life_s_max: Some(ID_TOKEN_S_MAX),
        };
        rules.check(&said.registered)?;
        ensure!(said.nonce == nonce, "the token answers another question");
        Ok(verified.claims()?)
    }

    async fn userinfo(&self, provider: &Provider, token: &str, key: &SoftwareKey) -> anyhow::Result<Learned> {
        let url = &provider.userinfo_endpoint;
        let mut nonce = None;
        loop {
            let ath = hash::sha256_text(token);
            let proof = self.prove(key, "GET", url, nonce.as_deref(), Some(&ath))?;
            let request = Request::get(url.as_str())
                .header(ACCEPT, "application/json")
                .header(AUTHORIZATION, format!("DPoP {token}"))
                .header("DPoP", proof)
                .body(Full::default())?;
            let answer = self.send(request).await?;
            match answer {
                Answer { status: 200, body, .. } => return Ok(serde_json::from_slice(&body)?),
                Answer { status: 401, nonce: Some(fresh), .. } if nonce.is_none() => {
                    nonce = Some(fresh);
                }
                refused => return Err(refused.error()),
            }
        }
    }

    /// A form to one of the endpoints, signed with our key; once more with the nonce that the provider asks for.
    async fn post<T: DeserializeOwned>(
        &self,
        provider: &Provider,
        url: &str,
        form: &[(&str, &str)],
        key: &SoftwareKey,
    ) -> anyhow::Result<T> {
        let mut nonce = None;
        loop {
            let assertion = self.assertion(provider)?;
            let body = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form)
                .append_pair("client_id", &self.client_id)
                .append_pair(
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                )
                .append_pair("client_assertion", &assertion)
                .finish();
            let request = Request::post(url)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(ACCEPT, "application/json")
                .header("DPoP", self.prove(key, "POST", url, nonce.as_deref(), None)?)
                .body(Full::from(body))?;
            let answer = self.send(request).await?;
            match answer {
                Answer { status: 200 | 201, body, .. } => return Ok(serde_json::from_slice(&body)?),
                Answer { status: 400 | 401, nonce: Some(fresh), .. } if nonce.is_none() => {
                    nonce = Some(fresh);
                }
                refused => return Err(refused.error()),
            }
        }
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> anyhow::Result<T> {
        let answer = self.send(Request::get(url).body(Full::default())?).await?;
        if answer.status != 200 {
            bail!("{url} answers {}", answer.status);
        }
        Ok(serde_json::from_slice(&answer.body)?)
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        // The provider of the demo is on this machine: its name is an address, and nothing travels over a network.
        ensure!(is_loopback(request.uri()), "the demo's bank speaks to this machine only");
        let response = self.http.request(request).await.context("the provider does not answer")?;
        let nonce = response.headers().get("DPoP-Nonce").and_then(|n| n.to_str().ok()).map(str::to_owned);
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|_| anyhow::anyhow!("the answer broke off or is too long"))?.to_bytes();
        Ok(Answer { status, nonce, body })
    }

    fn assertion(&self, provider: &Provider) -> anyhow::Result<String> {
        let now = self.now();
        let claims = Registered {
            iss: Some(self.client_id.clone()),
            sub: Some(self.client_id.clone()),
            aud: Some(jose::Audience::One(provider.issuer.clone())),
            iat: Some(now),
            exp: Some(now + FRESH_S),
            jti: Some(self.random()),
            nbf: None,
        };
        Ok(jose::sign(&self.key, None, &claims)?)
    }

    fn prove(
        &self,
        key: &SoftwareKey,
        method: &str,
        url: &str,
        nonce: Option<&str>,
        ath: Option<&str>,
    ) -> anyhow::Result<String> {
        let jti = self.random();
        Ok(dpop::prove(key, &dpop::NewProof { jti: &jti, method, url, iat: self.now(), nonce, ath })?)
    }

    /// 256 random bits as text.
    pub fn random(&self) -> String {
        jose::b64::encode(base::entropy::bytes::<32>(self.entropy.as_ref()))
    }

    fn now(&self) -> i64 {
        self.clock.now().as_second()
    }
}

impl Answer {
    /// What the provider says is wrong (RFC 6749 section 5.2).
    fn error(&self) -> anyhow::Error {
        #[derive(Default, Deserialize, Serialize)]
        struct Said {
            error: String,
            #[serde(default)]
            error_description: String,
        }
        let said: Said = serde_json::from_slice(&self.body).unwrap_or_default();
        anyhow::anyhow!("the provider refuses ({}): {} {}", self.status, said.error, said.error_description)
    }
}

fn is_loopback(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| {
        host == "localhost"
            || host.trim_matches(['[', ']']).parse().is_ok_and(|a: std::net::IpAddr| a.is_loopback())
    })
}
