//! Clients that show a certificate: it is who they are, and what their tokens are bound to (RFC 8705). With them the modules of
//! the suite that exist only for its variant `mtls`.

use std::{net::TcpListener, sync::Arc, time::Duration};

use axum::http::StatusCode;
use openid::{Authentication, ClientDraft, GrantType};
use serde_json::json;
use tokio::net::TcpStream;

use crate::{
    certificates::{Certified, Shown},
    ciba,
    http::pairs,
    keys,
    party::{Kind, Party},
    person::Does,
    scene::Scene,
    server,
    side_by_side::Process,
};

/// How long an address may take to be served, and another process to hear of a client.
const POLLS: usize = 200;
const POLL: Duration = Duration::from_millis(50);

fn certified(s: &Scene) -> Arc<Certified> {
    Arc::clone(s.server.certified.as_ref().unwrap())
}

/// A client that shows a certificate, after another process has heard of it.
async fn known(s: &Scene, draft: ClientDraft, shown: &Shown) -> Party {
    let rp = s.enters_showing(draft, shown).await;
    for _ in 0..POLLS {
        if rp.push(&rp.ask()).await.status != StatusCode::UNAUTHORIZED {
            return rp;
        }
        tokio::time::sleep(POLL).await;
    }
    panic!("the process does not hear of a client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_served_process_binds_tokens_to_the_certificate_with_which_they_were_fetched() {
    let front = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let listen = server::free_address();
    let server = server::behind_certified(front.local_addr().unwrap(), Certified::new(listen));
    let _process = Process::start(&server, &front);
    let s = Scene::at(server).await;
    for _ in 0..POLLS {
        if TcpStream::connect(listen).await.is_ok() {
            break;
        }
        tokio::time::sleep(POLL).await;
    }
    let of = certified(&s);
    let (own, other) = (of.self_made("Test Bank"), of.self_made("Test Bank"));
    let mut draft = s.draft(Kind::Tls);
    draft.grants = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    let rp = known(&s, draft, &own).await;
    assert!(rp.at("token_endpoint").starts_with(&of.url()), "{}", rp.meta);

    // Without its certificate nobody is the client, whatever else they know.
    let ask = rp.ask().with("scope", "openid profile");
    let code = rp.code(&s.lan, &ask).await;
    let mut params = rp.exchange_params(&ask, &code);
    params.extend(pairs(&[("client_id", &rp.id)]));
    for http in [s.http.clone(), s.http.over(Arc::clone(&other.tls))] {
        http.form(rp.at("token_endpoint"), &params, &[]).await.refuses(&["invalid_client"]);
    }
    let tokens = rp.exchange(&ask, &code).await.ok();
    assert_eq!(tokens["token_type"], "Bearer");
    rp.identity(&tokens, &ask);
    let access = tokens["access_token"].as_str().unwrap().to_owned();
    let (_, claims) = keys::verified(&access, &rp.jwks);
    assert_eq!(claims["cnf"], json!({ "x5t#S256": own.thumbprint }));
    assert_eq!(rp.introspect(&access).await.ok()["cnf"]["x5t#S256"], own.thumbprint);

    assert_eq!(rp.userinfo(&access).await.ok()["name"], s.lan.citizen.name);
    let bearer = format!("Bearer {access}");
    let plain = s.meta["userinfo_endpoint"].as_str().unwrap();
    for (http, url) in [
        (s.http.over(Arc::clone(&other.tls)), rp.at("userinfo_endpoint")),
        (s.http.clone(), rp.at("userinfo_endpoint")),
        (s.http.clone(), plain),
        // Nobody asks for it there, so nobody sees it.
        (s.http.over(Arc::clone(&own.tls)), plain),
    ] {
        let refused = http.get(url, &[("authorization", &bearer)]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{url}: {}", refused.text());
        assert!(refused.header("www-authenticate").contains("invalid_token"), "{:?}", refused.headers);
    }

    let refresh = tokens["refresh_token"].as_str().expect("a refresh token").to_owned();
    let renewed = rp.refresh(&refresh).await.ok();
    rp.userinfo(renewed["access_token"].as_str().unwrap()).await.ok();
    let thief = rp.over(s.http.over(other.tls));
    thief.refresh(renewed["refresh_token"].as_str().unwrap()).await.refuses(&["invalid_client"]);
}

#[tokio::test]
async fn a_name_counts_only_on_the_word_of_an_authority_that_the_operator_trusts() {
    let s = Scene::at(server::certified()).await;
    let of = certified(&s);
    let mut draft = s.draft(Kind::Tls);
    draft.authentication = Authentication::TlsSubject;
    draft.tls_subject = Some("CN=Test Bank".to_owned());
    let own = of.issued("Test Bank");
    let rp = s.enters_showing(draft, &own).await;
    let ask = rp.ask();
    let tokens = rp.tokens(&s.lan, &ask).await;
    let (_, claims) = keys::verified(tokens["access_token"].as_str().unwrap(), &rp.jwks);
    assert_eq!(claims["cnf"]["x5t#S256"], own.thumbprint);
    // A newer certificate of the same name is the same client.
    let rp = rp.over(s.http.over(of.issued("Test Bank").tls));
    rp.pushed(&rp.ask()).await;
    let mut rp = rp;
    for stranger in [of.issued("Other Bank"), of.self_made("Test Bank"), of.issued_by_a_stranger("Test Bank")]
    {
        rp = rp.over(s.http.over(stranger.tls));
        rp.push(&rp.ask()).await.refuses(&["invalid_client"]);
    }
}

/// Two clients with certificates that ask people who are elsewhere.
async fn asking() -> (Scene, Party, Party) {
    let s = Scene::at(server::certified()).await;
    let of = certified(&s);
    let mut draft = s.draft(Kind::Tls);
    draft.grants.push(GrantType::Ciba);
    let one = s.enters_showing(draft.clone(), &of.self_made("One")).await;
    let two = s.enters_showing(draft, &of.self_made("Two")).await;
    (s, one, two)
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_mtls_holder_of_key_required() {
    let (s, rp, other) = asking().await;
    let question = ciba::asked(&rp, ciba::request(&s)).await;
    ciba::answers(&s, Does::Allow).await;
    let params = pairs(&[("grant_type", ciba::GRANT), ("auth_req_id", &question), ("client_id", &rp.id)]);
    for http in [&s.http, &other.http] {
        http.form(rp.at("token_endpoint"), &params, &[])
            .await
            .refuses(&["invalid_client", "invalid_request"]);
    }
    let tokens = ciba::fetched(&rp, &question).await.ok();
    let access = tokens["access_token"].as_str().unwrap().to_owned();
    rp.userinfo(&access).await.ok();
    // The token is good for who holds the key, and for nobody else.
    for http in [s.http.clone(), other.http.clone()] {
        let bearer = format!("Bearer {access}");
        let refused = http.get(rp.at("userinfo_endpoint"), &[("authorization", &bearer)]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_different_client_id_and_issuer_in_backchannel_authorization_request() {
    let (s, rp, other) = asking().await;
    let (header, claims) = ciba::parts(&other, &ciba::request(&s));
    // The name of one client beside a request of the other, whoever of them signed it.
    for key in [&rp.key, &other.key] {
        let mut header = header.clone();
        header["kid"] = json!(key.kid);
        ciba::sends(&rp, &key.sign(&header, &claims)).await.refuses(&ciba::OBJECT_REFUSED);
    }
    ciba::asked(&rp, ciba::request(&s)).await;
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_wrong_client_id_in_token_endpoint_request() {
    let (s, rp, other) = asking().await;
    let question = ciba::asked(&rp, ciba::request(&s)).await;
    ciba::answers(&s, Does::Allow).await;
    let named =
        |id: &str| pairs(&[("grant_type", ciba::GRANT), ("auth_req_id", &question), ("client_id", id)]);
    rp.token(named(&other.id)).await.refuses(&["invalid_client", "invalid_grant"]);
    rp.token(named("nobody")).await.refuses(&["invalid_client"]);
    rp.token(named(&rp.id)).await.ok();
}

#[tokio::test]
async fn fapi_ciba_id1_ensure_wrong_client_id_in_backchannel_authorization_request() {
    let (s, rp, other) = asking().await;
    let (header, claims) = ciba::parts(&rp, &ciba::request(&s));
    let object = rp.key.sign(&header, &claims);
    for id in [other.id.as_str(), "nobody"] {
        let params = pairs(&[("client_id", id), ("request", &object)]);
        rp.call(ciba::ENDPOINT, params).await.refuses(&["invalid_client", "invalid_request"]);
    }
}
