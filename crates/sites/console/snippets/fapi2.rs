// cargo add base64 form_urlencoded http p256 rand serde_json sha2
// With any HTTP client that returns http::Response<Vec<u8>>; this is reqwest:
//   let web = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
//   let send = async |request: Request<String>| {
//       let answer = web.execute(request.try_into()?).await?;
//       let mut out = Response::builder().status(answer.status());
//       *out.headers_mut().ok_or("no headers")? = answer.headers().clone();
//       Ok::<_, Error>(out.body(answer.bytes().await?.to_vec())?)
//   };
// Then, with the key that make-key.mjs wrote:
//   let jwk = std::fs::read_to_string("client-key.jwk.json")?;
//   let us = Client::discover(send, "{{ISSUER}}", "{{CLIENT_ID}}", "{{REDIRECT_URI}}", &jwk).await?;
//   let mut visit = Visit::new()?; // keep it with the visitor's session
//   let away = us.begin(&mut visit, "{{SCOPE}}", {{CLAIMS_RS}}).await?; // redirect there
//   let person = us.finish(&mut visit, &query_of_the_address_back).await?;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as B64};
use http::{Method, Request, Response};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub type Error = Box<dyn std::error::Error + Send + Sync>;
type Pairs<'a> = Vec<(&'a str, String)>;

pub struct Client<H> {
    send: H,
    metadata: Value,
    id: String,
    redirect_uri: String,
    key: SigningKey,
    kid: String,
}

pub struct Visit {
    state: String,
    nonce: String,
    verifier: String,
    dpop: SigningKey,
    dpop_nonce: Option<String>,
}

impl Visit {
    pub fn new() -> Result<Self, Error> {
        let dpop = SigningKey::from_slice(&rand::random::<[u8; 32]>())?;
        Ok(Self { state: random(), nonce: random(), verifier: random(), dpop, dpop_nonce: None })
    }
}

impl<H: AsyncFn(Request<String>) -> Result<Response<Vec<u8>>, Error>> Client<H> {
    pub async fn discover(
        send: H,
        issuer: &str,
        id: &str,
        redirect_uri: &str,
        jwk: &str,
    ) -> Result<Self, Error> {
        let from = format!("{issuer}/.well-known/openid-configuration");
        let metadata: Value =
            serde_json::from_slice(send(Request::get(from).body(String::new())?).await?.body())?;
        let jwk: Value = serde_json::from_str(jwk)?;
        let key = SigningKey::from_slice(&B64.decode(text(&jwk, "d")?)?)?;
        let (id, redirect_uri, kid) = (id.to_owned(), redirect_uri.to_owned(), text(&jwk, "kid")?.to_owned());
        Ok(Self { send, metadata, id, redirect_uri, key, kid })
    }

    /// Pushes the request; gives where to send the browser.
    pub async fn begin(&self, visit: &mut Visit, scope: &str, claims: Option<&str>) -> Result<String, Error> {
        let mut request: Pairs = vec![
            ("response_type", "code".to_owned()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("scope", scope.to_owned()),
            ("state", visit.state.clone()),
            ("nonce", visit.nonce.clone()),
            ("code_challenge", hashed(&visit.verifier)),
            ("code_challenge_method", "S256".to_owned()),
        ];
        request.extend(claims.map(|claims| ("claims", claims.to_owned())));
        let pushed = self.post(visit, "pushed_authorization_request_endpoint", request).await?;
        let go =
            vec![("client_id", self.id.clone()), ("request_uri", text(&pushed, "request_uri")?.to_owned())];
        Ok(format!("{}?{}", text(&self.metadata, "authorization_endpoint")?, encoded(&go)))
    }

    /// With the query of the address at which the browser came back: what userinfo tells, for the subject of the ID token.
    pub async fn finish(&self, visit: &mut Visit, query: &str) -> Result<Value, Error> {
        let back: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let came = |name: &str| back.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        if came("state") != Some(&visit.state) || came("iss") != self.metadata["issuer"].as_str() {
            return Err("not the answer to this request".into());
        }
        let code = came("code").ok_or_else(|| came("error").unwrap_or("no code").to_owned())?;
        let exchange = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("code_verifier", visit.verifier.clone()),
        ];
        let tokens = self.post(visit, "token_endpoint", exchange).await?;
        // It came over TLS from the issuer itself, so its signature need not be checked (OpenID Connect Core 3.1.3.7).
        let part = text(&tokens, "id_token")?.split('.').nth(1).ok_or("no ID token")?;
        let identity: Value = serde_json::from_slice(&B64.decode(part)?)?;
        let ours = identity["iss"] == self.metadata["issuer"] && identity["aud"] == self.id.as_str();
        if !ours || identity["nonce"] != visit.nonce.as_str() || identity["exp"].as_u64() < Some(now()?) {
            return Err("not an ID token for this visit".into());
        }
        let (url, access) = (text(&self.metadata, "userinfo_endpoint")?, text(&tokens, "access_token")?);
        let person = self.prove(visit, Method::GET, url, Some(access), &Vec::new()).await?;
        if person["sub"] == identity["sub"] { Ok(person) } else { Err("somebody else's userinfo".into()) }
    }

    async fn post(&self, visit: &mut Visit, endpoint: &str, mut form: Pairs<'_>) -> Result<Value, Error> {
        let at = now()?;
        let claims = json!({ "iss": self.id, "sub": self.id, "aud": self.metadata["issuer"], "jti": random(), "iat": at, "exp": at + 60 });
        form.push(("client_id", self.id.clone()));
        form.push((
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
        ));
        form.push((
            "client_assertion",
            signed(&self.key, &json!({ "alg": "ES256", "kid": self.kid }), &claims),
        ));
        self.prove(visit, Method::POST, text(&self.metadata, endpoint)?, None, &form).await
    }

    /// Sends with a proof of the visit's key (DPoP), and once more when the server wants its nonce in it.
    async fn prove(
        &self,
        visit: &mut Visit,
        method: Method,
        url: &str,
        access: Option<&str>,
        form: &Pairs<'_>,
    ) -> Result<Value, Error> {
        for _ in 0..2 {
            let mut claims = json!({ "jti": random(), "htm": method.as_str(), "htu": url, "iat": now()? });
            if let Some(nonce) = &visit.dpop_nonce {
                claims["nonce"] = json!(nonce);
            }
            let mut request = Request::builder().method(&method).uri(url);
            if let Some(access) = access {
                claims["ath"] = json!(hashed(access));
                request = request.header("authorization", format!("DPoP {access}"));
            }
            if !form.is_empty() {
                request = request.header("content-type", "application/x-www-form-urlencoded");
            }
            let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": public(&visit.dpop)? });
            let request =
                request.header("dpop", signed(&visit.dpop, &header, &claims)).body(encoded(form))?;
            let answer = (self.send)(request).await?;
            let told = |name: &str| {
                answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
            };
            let fresh = told("dpop-nonce").filter(|nonce| visit.dpop_nonce.as_ref() != Some(nonce));
            let (knew, challenge) = (visit.dpop_nonce.clone(), told("www-authenticate").unwrap_or_default());
            visit.dpop_nonce = fresh.or(knew);
            let body = String::from_utf8_lossy(answer.body());
            match answer.status().is_success() {
                true => return Ok(serde_json::from_str(&body)?),
                false if format!("{challenge}{body}").contains("use_dpop_nonce") => {}
                false => return Err(format!("{}: {challenge} {body}", answer.status()).into()),
            }
        }
        Err("the server goes on asking for a nonce".into())
    }
}

fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", B64.encode(header.to_string()), B64.encode(claims.to_string()));
    let signature: Signature = key.sign(text.as_bytes());
    format!("{text}.{}", B64.encode(signature.to_bytes()))
}

fn public(key: &SigningKey) -> Result<Value, Error> {
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = (point.x().ok_or("no point")?, point.y().ok_or("no point")?);
    Ok(json!({ "kty": "EC", "crv": "P-256", "x": B64.encode(x), "y": B64.encode(y) }))
}

fn text<'v>(value: &'v Value, name: &str) -> Result<&'v str, Error> {
    value[name].as_str().ok_or_else(|| format!("no {name} in {value}").into())
}

fn encoded(form: &Pairs<'_>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

fn hashed(text: &str) -> String {
    B64.encode(Sha256::digest(text))
}

fn random() -> String {
    B64.encode(rand::random::<[u8; 32]>())
}

fn now() -> Result<u64, Error> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}
