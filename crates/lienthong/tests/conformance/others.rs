//! Other people's clients against the running program: npm `openid-client` with everything that FAPI 2.0 Message Signing
//! has, PyPI `Authlib` and the crate `openidconnect` with a plain code flow. `scripts/setup.sh test` installs the first two.
//!
//! They live in real time, so their server does. A person goes where they send somebody.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use openid::{Authentication, Claim, GrantType, model::ClaimRight};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
    core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::Command,
};

use crate::{
    http::{Http, find, query},
    party::Kind,
    person::{Does, End, Person},
    scene::Scene,
    server,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a script with a relying party; a person goes where it sends somebody. Gives what it found.
async fn drives(program: &Path, script: &str, party: Value, person: &Person) -> Value {
    let mut child = Command::new(program)
        .arg(root().join("e2e/clients").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|e| panic!("{}: {e} (scripts/setup.sh test)", program.display()));
    let mut says = child.stdin.take().unwrap();
    let mut hears = BufReader::new(child.stdout.take().unwrap()).lines();
    says.write_all(format!("{party}\n").as_bytes()).await.unwrap();
    let mut found = None;
    while let Some(line) = hears.next_line().await.unwrap() {
        let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{script} says: {line}"));
        if let Some(url) = line["visit"].as_str() {
            let End::Away(back) = person.visits(url, Does::AllowAway).await else {
                panic!("{script}: nothing came back from {url}");
            };
            says.write_all(format!("{back}\n").as_bytes()).await.unwrap();
        } else {
            found = Some(line["found"].clone());
        }
    }
    let out = child.wait_with_output().await.unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{script} fails:\n{error}");
    found.unwrap_or_else(|| panic!("{script} found nothing:\n{error}"))
}

#[tokio::test]
async fn npm_openid_client_goes_through_fapi_2_message_signing() {
    let s = Scene::at(server::real()).await;
    let mut draft = s.draft(Kind::Signed);
    draft.messages.userinfo = true;
    draft.messages.introspection = false;
    let rp = s.enters(Kind::Signed, draft).await;
    let party = json!({
        "issuer": rp.issuer(), "client_id": rp.id, "key": rp.key.private(), "redirect_uri": rp.redirect_uri,
        "post_logout_redirect_uri": rp.redirect_uri.replace("/cb", "/out"),
        "scope": "openid profile offline_access",
    });
    let found = drives(Path::new("node"), "fapi2.mjs", party, &s.lan).await;
    assert_eq!(found["token_type"], "dpop");
    assert_eq!(found["claims"]["sub"], found["userinfo"]["sub"]);
    assert_eq!(found["userinfo"]["name"], s.lan.citizen.name);
    assert_eq!(found["introspected"]["active"], true);
    let refused = &found["refused"];
    assert_eq!(refused["byStranger"], "invalid_grant", "{refused}");
    assert_eq!(refused["withoutProof"], "invalid_token", "{refused}");
    assert_eq!(refused["withOtherKey"], "invalid_grant", "{refused}");
    assert_eq!(refused["afterRevocation"], "invalid_grant", "{refused}");
    assert_eq!(refused["afterLogout"], "login_required", "{refused}");
}

#[tokio::test]
async fn pypi_authlib_goes_through_a_plain_code_flow() {
    let s = Scene::at(server::real()).await;
    let rp = s.party(Kind::Basic).await;
    let party = json!({
        "issuer": rp.issuer(), "client_id": rp.id, "client_secret": rp.secret, "redirect_uri": rp.redirect_uri,
        "scope": "openid profile",
    });
    let found = drives(&root().join("var/clients-venv/bin/python"), "code.py", party, &s.lan).await;
    assert_eq!(found["userinfo"]["name"], s.lan.citizen.name);
    assert_eq!(found["refused"]["reused"], "invalid_grant");
}

/// What the crate sends, over our own connection.
async fn carried(http: Http, request: HttpRequest) -> Result<HttpResponse, std::convert::Infallible> {
    let (parts, body) = request.into_parts();
    let headers: Vec<(&str, &str)> =
        parts.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let answer = http.send(parts.method, &parts.uri.to_string(), &headers, body.into()).await;
    let mut response = HttpResponse::new(answer.body.to_vec());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

#[tokio::test]
async fn crate_openidconnect_goes_through_a_plain_code_flow() {
    let s = Scene::at(server::real()).await;
    let mut draft = s.draft(Kind::Basic);
    draft.grants = vec![GrantType::AuthorizationCode];
    draft.authentication = Authentication::SecretBasic;
    draft.claims = vec![ClaimRight::new(Claim::Name, "Nghị định 69/2024/NĐ-CP")];
    let rp = s.enters(Kind::Basic, draft).await;
    let http = s.http;
    let carrier = |request| carried(http, request);

    let issuer = IssuerUrl::new(rp.issuer().to_owned()).unwrap();
    let provider = CoreProviderMetadata::discover_async(issuer, &carrier).await.unwrap();
    let client = CoreClient::from_provider_metadata(
        provider,
        ClientId::new(rp.id.clone()),
        rp.secret.clone().map(ClientSecret::new),
    )
    .set_redirect_uri(RedirectUrl::new(rp.redirect_uri.clone()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("email".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let End::Away(back) = s.lan.visits(url.as_str(), Does::Allow).await else { panic!("nothing came back") };
    let back = query(&back);
    assert_eq!(find(&back, "state"), Some(state.secret().as_str()));

    let code = AuthorizationCode::new(find(&back, "code").expect("a code").to_owned());
    let request = client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
    let tokens = request.request_async(&carrier).await.unwrap();
    let token = tokens.id_token().expect("an identity token");
    let verifier = client.id_token_verifier();
    let claims = token.claims(&verifier, &nonce).unwrap();
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        token.signing_alg().unwrap(),
        token.signing_key(&verifier).unwrap(),
    );
    assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));
    let userinfo: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        .unwrap()
        .request_async(&carrier)
        .await
        .unwrap();
    assert_eq!(userinfo.subject(), claims.subject());
}
