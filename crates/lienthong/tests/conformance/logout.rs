//! RP-initiated and back-channel logout.

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    http::{find, pairs, query, with_query},
    keys::{self, Key},
    party::{Kind, Party},
    person::{Does, End, Person},
    scene::Scene,
};

/// Somebody signs in at a client; gives the client and the identity token.
async fn signed_in(s: &Scene) -> (Party, String) {
    let rp = s.party(Kind::Basic).await;
    let tokens = rp.tokens(&s.lan, &rp.ask()).await;
    (rp, tokens["id_token"].as_str().unwrap().to_owned())
}

async fn goes_to(person: &Person, rp: &Party, params: &[(&str, &str)]) -> End {
    person.visits(&with_query(rp.at("end_session_endpoint"), &pairs(params)), Does::Stop).await
}

fn out_of(rp: &Party) -> String {
    rp.redirect_uri.replace("/cb", "/out")
}

/// Whether somebody is still signed in, as a client finds out.
async fn is_signed_in(person: &Person, rp: &Party) -> bool {
    let end = person.visits(&rp.url(&rp.ask().with("prompt", "none")), Does::Stop).await;
    let back = rp.came_back(&end);
    find(&back, "code").is_some()
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
    let s = Scene::new().await;
    assert!(s.meta["end_session_endpoint"].as_str().is_some_and(|url| url.starts_with(&s.server.issuer)));
}

#[tokio::test]
async fn oidcc_rp_initiated_logout() {
    let s = Scene::new().await;
    let (rp, hint) = signed_in(&s).await;
    assert!(is_signed_in(&s.lan, &rp).await);
    let out = out_of(&rp);
    let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", &out), ("state", "xyz")];
    let End::Away(url) = goes_to(&s.lan, &rp, &params).await else { panic!("it did not go back") };
    assert_eq!(url.split('?').next(), Some(out.as_str()));
    assert_eq!(query(&url), pairs(&[("state", "xyz")]));
    assert!(!is_signed_in(&s.lan, &rp).await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_state() {
    let s = Scene::new().await;
    let (rp, hint) = signed_in(&s).await;
    let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", &out_of(&rp))];
    let End::Away(url) = goes_to(&s.lan, &rp, &params).await else { panic!("it did not go back") };
    assert_eq!(url, out_of(&rp));
    assert!(!is_signed_in(&s.lan, &rp).await);
}

/// The browser stays with us: a page that asks, says that it is done, or refuses.
async fn stays_here(params: impl Fn(&Party, &str) -> Vec<(&'static str, String)>) -> (Scene, Party, End) {
    let s = Scene::new().await;
    let (rp, hint) = signed_in(&s).await;
    let params = params(&rp, &hint);
    let params: Vec<(&str, &str)> = params.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let end = goes_to(&s.lan, &rp, &params).await;
    assert!(matches!(end, End::Page(_)), "it left: {end:?}");
    (s, rp, end)
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
    let (_, _, end) = stays_here(|_, hint| {
        vec![
            ("id_token_hint", hint.to_owned()),
            ("post_logout_redirect_uri", "https://evil.example/out".into()),
        ]
    })
    .await;
    end.is_refused_here();
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
    let (_, _, end) = stays_here(|rp, hint| {
        let longer = format!("{}?foo=bar", out_of(rp));
        vec![("id_token_hint", hint.to_owned()), ("post_logout_redirect_uri", longer)]
    })
    .await;
    end.is_refused_here();
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_modified_id_token_hint() {
    let (s, rp, _) = stays_here(|rp, hint| {
        let (mut header, claims) = keys::read(hint);
        header["alg"] = json!("none");
        let unsigned = Key::p256().sign(&header, &claims);
        vec![("id_token_hint", unsigned), ("post_logout_redirect_uri", out_of(rp))]
    })
    .await;
    assert!(is_signed_in(&s.lan, &rp).await, "a token that nobody signed ends no session");
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_id_token_hint() {
    let (s, rp, _) = stays_here(|rp, hint| {
        let (header, claims) = keys::read(hint);
        let forged = Key::p256().sign(&header, &claims);
        vec![("id_token_hint", forged), ("post_logout_redirect_uri", out_of(rp))]
    })
    .await;
    assert!(is_signed_in(&s.lan, &rp).await, "a token that somebody else signed ends no session");
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_id_token_hint() {
    stays_here(|rp, _| vec![("post_logout_redirect_uri", out_of(rp))]).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_params() {
    stays_here(|_, _| Vec::new()).await;
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
    let (s, rp, _) = stays_here(|_, hint| vec![("id_token_hint", hint.to_owned())]).await;
    assert!(!is_signed_in(&s.lan, &rp).await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_only_state() {
    stays_here(|_, _| vec![("state", "xyz".to_owned())]).await;
}

#[tokio::test]
async fn oidcc_backchannel_logout_discovery_endpoint_verification() {
    let s = Scene::new().await;
    assert_eq!(s.meta["backchannel_logout_supported"], true);
    assert_eq!(s.meta["backchannel_logout_session_supported"], true);
    assert!(s.meta["end_session_endpoint"].is_string());
}

/// Somebody who listens, as a client does at its own address. Gives the address and what is posted there.
pub async fn listener() -> (String, mpsc::UnboundedReceiver<(axum::http::HeaderMap, String)>) {
    let (told, heard) = mpsc::unbounded_channel();
    let hear = async move |headers: axum::http::HeaderMap, body: String| {
        let _ = told.send((headers, body));
    };
    let router = axum::Router::new().fallback(axum::routing::post(hear));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (format!("http://{address}/told"), heard)
}

#[tokio::test]
async fn oidcc_backchannel_rp_initiated_logout() {
    let s = Scene::new().await;
    let (uri, mut heard) = listener().await;
    let mut draft = s.draft(Kind::Basic);
    draft.backchannel_logout_uri = Some(uri);
    let rp = s.enters(Kind::Basic, draft).await;
    let ask = rp.ask();
    let tokens = rp.tokens(&s.lan, &ask).await;
    let identity = rp.identity(&tokens, &ask);
    let out = out_of(&rp);
    let hint = tokens["id_token"].as_str().unwrap();
    let end = goes_to(&s.lan, &rp, &[("id_token_hint", hint), ("post_logout_redirect_uri", &out)]).await;
    assert!(matches!(end, End::Away(_)), "{end:?}");

    let wait = std::time::Duration::from_secs(60);
    let (headers, body) = tokio::time::timeout(wait, heard.recv()).await.expect("a message").unwrap();
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    let params = query(&format!("?{body}"));
    let (header, claims) = keys::verified(find(&params, "logout_token").unwrap(), &rp.jwks);
    assert_eq!(header["typ"], "logout+jwt");
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(rp.issuer()), &json!(rp.id)));
    assert_eq!((&claims["sub"], &claims["sid"]), (&identity["sub"], &identity["sid"]));
    assert!(claims["jti"].is_string() && claims["iat"].is_i64() && claims["exp"].is_i64());
    assert!(claims.get("nonce").is_none(), "OpenID Connect Back-Channel Logout section 2.4");
    let event: &Value = &claims["events"]["http://schemas.openid.net/event/backchannel-logout"];
    assert!(event.is_object(), "{claims}");
    assert!(!is_signed_in(&s.lan, &rp).await);
}
