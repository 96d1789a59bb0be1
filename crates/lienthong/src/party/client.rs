//! The bank's side of OpenID Connect, as the profile FAPI 2.0 wants it: a pushed request, PKCE, its own key in place of a
//! secret, and tokens that are bound to a key (DPoP).

use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use axum::body::Bytes;
use base::{Clock, Entropy};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    HeaderMap, Request, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jose::{
    AudienceRule, Claim, Compact, JwkSet, Limits, Registered, Rules, SoftwareKey, Typ, VerifyingKey, dpop,
    hash,
};
use serde::{Deserialize, de::DeserializeOwned};
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
    end_session_endpoint: String,
}

/// What a sign-in asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub claims: &'static [&'static str],
    /// The login must be so strong, or there is none.
    pub acr: Option<&'static str>,
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

/// What is kept of a sign-in that succeeded: with it the bank asks again, and signs its visitor out.
pub struct Kept {
    access_token: String,
    id_token: String,
    key: SoftwareKey,
}

/// What the provider says is wrong (RFC 6749 section 5.2, RFC 6750 section 3).
#[derive(Debug, Clone, thiserror::Error)]
#[error("the provider refuses ({status}): {error}")]
pub struct Refused {
    status: u16,
    pub error: String,
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
    challenge: String,
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

    /// Pushes a request for exactly this; gives what must be kept, and where the browser goes.
    pub async fn begin(&self, state: &str, asked: Asked) -> anyhow::Result<(Begun, String)> {
        let provider = self.provider().await?;
        let key = SoftwareKey::generate(jose::Algorithm::Es256)?;
        let begun = Begun { nonce: self.random(), verifier: self.random(), key };
        let told: Map<String, Value> = asked.claims.iter().map(|c| ((*c).to_owned(), Value::Null)).collect();
        let claims = match asked.acr {
            None => json!({ "userinfo": told }),
            Some(acr) => {
                json!({ "userinfo": told, "id_token": { "acr": { "essential": true, "values": [acr] } } })
            }
        };
        let form = [
            ("response_type", "code"),
            ("redirect_uri", &self.redirect_uri),
            ("scope", "openid"),
            ("claims", &claims.to_string()),
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
    pub async fn finish(&self, begun: Begun, code: &str, issuer: &str) -> anyhow::Result<(Learned, Kept)> {
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
        let Tokens { access_token, id_token } = tokens;
        let kept = Kept { access_token, id_token, key: begun.key };
        let mut told = self.ask_again(&kept).await?;
        ensure!(told.sub == signed.sub, "the answers are about two people");
        told.acr = signed.acr;
        Ok((told, kept))
    }

    /// Asks once more what the person agreed to, which may be over by now.
    pub async fn ask_again(&self, kept: &Kept) -> anyhow::Result<Learned> {
        self.userinfo(self.provider().await?, &kept.access_token, &kept.key).await
    }

    /// Where the browser goes to sign out of the provider, too (OpenID RP-Initiated Logout 1.0).
    pub async fn sign_out_url(&self, kept: &Kept, back: &str) -> anyhow::Result<String> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("id_token_hint", &kept.id_token)
            .append_pair("post_logout_redirect_uri", back)
            .finish();
        Ok(format!("{}?{query}", self.provider().await?.end_session_endpoint))
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
                refused => return Err(refused.error().into()),
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
                refused => return Err(refused.error().into()),
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
        let (status, challenge) = (response.status().as_u16(), challenge_of(response.headers()));
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|_| anyhow::anyhow!("the answer broke off or is too long"))?.to_bytes();
        Ok(Answer { status, nonce, challenge, body })
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
    /// Said in the body, or beside it where a token is refused.
    fn error(&self) -> Refused {
        #[derive(Default, Deserialize)]
        struct Said {
            error: String,
        }
        let said: Said = serde_json::from_slice(&self.body).unwrap_or_default();
        let error = if said.error.is_empty() { self.challenge.clone() } else { said.error };
        Refused { status: self.status, error }
    }
}

/// The error that a challenge names: `DPoP …, error="invalid_token", …`.
fn challenge_of(headers: &HeaderMap) -> String {
    let said = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let named = said.filter_map(|value| value.split_once("error=\"")?.1.split('"').next());
    named.map(str::to_owned).next().unwrap_or_default()
}

fn is_loopback(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| {
        host == "localhost"
            || host.trim_matches(['[', ']']).parse().is_ok_and(|a: std::net::IpAddr| a.is_loopback())
    })
}
