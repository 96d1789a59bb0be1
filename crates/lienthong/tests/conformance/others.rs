//! Other people's clients against the running program: npm `openid-client` with everything that FAPI 2.0 Message Signing
//! has, PyPI `Authlib` and the crate `openidconnect` with a plain code flow, and what the console offers to be copied in
//! Rust. `scripts/setup.sh test` installs the first two.
//!
//! They live in real time, so their server does. A person goes where they send somebody.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use openid::{Claim, GrantType, model::ClaimRight};
use openidconnect::{HttpRequest, HttpResponse};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::Command,
};

use crate::{
    ciba,
    http::{Http, find, query},
    party::Kind,
    person::{Does, End, Person},
    scene::Scene,
    server,
};

/// What the console offers to be copied.
#[path = "../../../sites/console/snippets/openidconnect.rs"]
mod basic;
#[expect(clippy::disallowed_methods, reason = "a relying party lives in real time")]
#[path = "../../../sites/console/snippets/fapi2.rs"]
mod fapi2;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a script with a relying party; a person goes where it sends somebody. Gives what it found.
async fn drives(program: &Path, script: &str, party: Value, person: &Person) -> Value {
    let mut command = Command::new(program);
    command.arg(root().join("e2e/clients").join(script));
    runs(command, party, async |url| {
        let End::Away(back) = person.visits(url, Does::AllowAway).await else {
            panic!("{script}: nothing came back from {url}");
        };
        back
    })
    .await
}

/// Runs a program that says where somebody has to go, and hears at which address they ended.
async fn runs(mut command: Command, party: Value, goes: impl AsyncFn(&str) -> String) -> Value {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|e| panic!("{command:?}: {e} (scripts/setup.sh test)"));
    let mut says = child.stdin.take().unwrap();
    let mut hears = BufReader::new(child.stdout.take().unwrap()).lines();
    says.write_all(format!("{party}\n").as_bytes()).await.unwrap();
    let mut found = None;
    while let Some(line) = hears.next_line().await.unwrap() {
        let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("it says: {line}"));
        if let Some(url) = line["visit"].as_str() {
            let back = goes(url).await;
            says.write_all(format!("{back}\n").as_bytes()).await.unwrap();
        } else {
            found = Some(line["found"].clone());
        }
    }
    let out = child.wait_with_output().await.unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "it fails:\n{error}");
    found.unwrap_or_else(|| panic!("it found nothing:\n{error}"))
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
async fn the_consoles_beginning_in_rust_goes_through_a_plain_code_flow() {
    let s = Scene::at(server::real()).await;
    let mut draft = s.draft(Kind::Basic);
    draft.grants = vec![GrantType::AuthorizationCode];
    draft.claims = vec![ClaimRight::new(Claim::Name, "Nghị định 69/2024/NĐ-CP")];
    let rp = s.enters(Kind::Basic, draft).await;
    let carrier = |request| carried(s.http.clone(), request);
    let secret = rp.secret.as_deref().unwrap();
    let us = basic::discover(&carrier, rp.issuer(), &rp.id, secret, &rp.redirect_uri).await.unwrap();
    let (away, visit) = basic::begin(&us, "", Some(r#"{"userinfo":{"name":null}}"#));
    let End::Away(back) = s.lan.visits(away.as_str(), Does::Allow).await else { panic!("nothing came back") };
    let back = query(&back);
    let (code, state) = (find(&back, "code").expect("a code"), find(&back, "state").unwrap());
    let person = basic::finish(&us, &carrier, visit, code.to_owned(), state).await.unwrap();
    let name = person.name().and_then(|name| name.get(None)).map(|name| name.as_str());
    assert_eq!(name, Some(s.lan.citizen.name.as_str()));

    let (_, visit) = basic::begin(&us, "", None);
    assert!(
        basic::finish(&us, &carrier, visit, code.to_owned(), state).await.is_err(),
        "another visit's answer"
    );
}

#[tokio::test]
async fn the_consoles_beginning_in_rust_goes_through_fapi_2() {
    let s = Scene::at(server::real()).await;
    let rp = s.party(Kind::Fapi2).await;
    let send = async |request: http::Request<String>| {
        let (head, body) = request.into_parts();
        let headers: Vec<(&str, &str)> =
            head.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        let answer = s.http.send(head.method, &head.uri.to_string(), &headers, body.into()).await;
        let mut out = http::Response::builder().status(answer.status);
        *out.headers_mut().unwrap() = answer.headers;
        Ok(out.body(answer.body.to_vec()).unwrap())
    };
    let jwk = rp.key.private().to_string();
    let us = fapi2::Client::discover(send, rp.issuer(), &rp.id, &rp.redirect_uri, &jwk).await.unwrap();
    let mut visit = fapi2::Visit::new().unwrap();
    let claims = r#"{"userinfo":{"age_over_18":null}}"#;
    let away = us.begin(&mut visit, "openid profile", Some(claims)).await.unwrap();
    let End::Away(back) = s.lan.visits(&away, Does::Allow).await else { panic!("nothing came back") };
    let (_, back) = back.split_once('?').unwrap();
    let mut other = fapi2::Visit::new().unwrap();
    assert!(us.finish(&mut other, back).await.is_err(), "another visit's answer");
    let person = us.finish(&mut visit, back).await.unwrap();
    assert_eq!((&person["name"], &person["age_over_18"]), (&json!(s.lan.citizen.name), &json!(true)));
    assert!(
        us.finish(&mut visit, back).await.unwrap_err().to_string().contains("invalid_grant"),
        "a code counts once"
    );
}

#[tokio::test]
async fn the_consoles_beginning_for_asking_a_person_elsewhere_gets_the_answer() {
    const COPY: &str = include_str!("../../../sites/console/snippets/node-ciba.mjs");
    let s = Scene::at(server::real()).await;
    let mut draft = s.draft(Kind::Fapi2);
    draft.grants.push(GrantType::Ciba);
    let rp = s.enters(Kind::Fapi2, draft).await;
    // As the console fills it in for a server on a developer's own machine.
    let copy = COPY
        .replace("{{ISSUER}}", rp.issuer())
        .replace("{{CLIENT_ID}}", &rp.id)
        .replace("{{SCOPE}}", "openid profile")
        .replace("{{INSECURE}}", "\n  { execute: [client.allowInsecureRequests] },");
    let folder = tempfile::tempdir().unwrap();
    let modules = root().join("e2e/clients/node_modules").canonicalize().expect("scripts/setup.sh test");
    std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).unwrap();
    std::fs::write(folder.path().join("copy.mjs"), copy).unwrap();
    std::fs::write(folder.path().join("client-key.jwk.json"), rp.key.private().to_string()).unwrap();
    let mut command = Command::new("node");
    command
        .arg(root().join("e2e/clients/copied-ciba.mjs").canonicalize().unwrap())
        .arg(folder.path().join("copy.mjs"))
        .current_dir(folder.path());
    let party = json!({ "issuer": rp.issuer(), "number": s.lan.citizen.number });
    let found = runs(command, party, async |url| {
        assert!(ciba::answers(&s, Does::Allow).await.contains("1234"), "the same message on both screens");
        url.to_owned()
    })
    .await;
    assert_eq!((&found["learned"]["aud"], &found["token_type"]), (&json!(rp.id), &json!("dpop")));
}
