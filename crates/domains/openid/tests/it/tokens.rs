//! Access tokens at the endpoints that read them: introspection, revocation, userinfo.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use openid::{ClientDraft, model::Messages};
use serde_json::json;

use crate::{
    rp::{Rp, claims_of, form, send},
    world::{AN, ISSUER, World, bank, museum},
};

#[tokio::test]
async fn introspection_tells_only_whom_the_token_concerns() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let other = Rp::with_key(&w, &bank()).await;
    let server = ClientDraft { resource: Some("https://api.bank.example".into()), ..bank() };
    let server = Rp::with_key(&w, &server).await;
    w.sign_in(AN);
    let own = rp.tokens("openid").await.text("access_token");
    let mut ask = rp.ask("openid accounts");
    ask.push(("resource", "https://api.bank.example".into()));
    let meant = rp.exchange(&rp.code(&ask).await).await.text("access_token");

    let told = rp.introspect(&own).await;
    assert_eq!(
        (&told["active"], &told["aud"], &told["scope"]),
        (&json!(true), &json!(ISSUER), &json!("openid"))
    );
    assert_eq!((&told["token_type"], &told["client_id"]), (&json!("DPoP"), &json!(rp.id.to_string())));
    assert!(told["cnf"]["jkt"].is_string() && told["exp"].is_i64());
    let inactive = json!({ "active": false });
    assert_eq!(other.introspect(&own).await, inactive);
    assert_eq!(server.introspect(&own).await, inactive);
    assert_eq!(server.introspect(&meant).await["aud"], "https://api.bank.example");
    assert_eq!(other.introspect(&meant).await, inactive);
    for bad in ["x", "a.b.c", &own[1..], &format!("{own}x")] {
        assert_eq!(rp.introspect(bad).await, inactive, "{bad}");
    }
    // For another's API it is no key to our userinfo.
    assert_eq!(rp.userinfo(&meant).await.status, StatusCode::FORBIDDEN);
    w.wait(301);
    assert_eq!(rp.introspect(&own).await, inactive);
    let nobody = rp.send_form(rp.request("POST", "/introspect"), &form(&[("token", &own)])).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn introspection_is_signed_for_who_wants_that() {
    let w = World::new().await;
    let messages = Messages { introspection: true, userinfo: true, ..Messages::default() };
    let rp = Rp::with_key(&w, &ClientDraft { messages, ..bank() }).await;
    w.sign_in(AN);
    let access = rp.tokens("openid profile").await.text("access_token");
    let told = rp.post("/introspect", &[("token", &access)]).await;
    assert_eq!(told.headers[header::CONTENT_TYPE], "application/token-introspection+jwt");
    let claims = claims_of(&w.app, &told.body).await;
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(rp.id.to_string())));
    assert_eq!(claims["token_introspection"]["active"], true);
    let told = rp.userinfo(&access).await;
    assert_eq!(told.headers[header::CONTENT_TYPE], "application/jwt");
    let claims = claims_of(&w.app, &told.body).await;
    assert_eq!((&claims["aud"], &claims["name"]), (&json!(rp.id.to_string()), &json!("Nguyễn Văn An")));
}

#[tokio::test]
async fn a_client_gives_back_its_own_tokens_and_no_others() {
    let w = World::new().await;
    let (rp, other) = (Rp::with_key(&w, &bank()).await, Rp::with_key(&w, &bank()).await);
    w.sign_in(AN);
    let tokens = rp.tokens("openid").await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    for token in [access.as_str(), refresh.as_str(), "x", ""] {
        let told = other.post("/revoke", &[("token", token)]).await;
        let expected = if token.is_empty() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        assert_eq!(told.status, expected, "{token}");
    }
    assert_eq!(rp.introspect(&access).await["active"], true);

    // An access token ends alone.
    assert_eq!(rp.post("/revoke", &[("token", &access)]).await.status, StatusCode::OK);
    assert_eq!(rp.introspect(&access).await["active"], false);
    let refreshed = rp.refresh(&refresh).await;
    let (access, refresh) = (refreshed.text("access_token"), refreshed.text("refresh_token"));
    assert_eq!(rp.introspect(&access).await["active"], true);
    // A refresh token ends with everything. Its owner needs to show no key for that.
    assert_eq!(rp.post_with("/revoke", &[("token", &refresh)], None).await.status, StatusCode::OK);
    assert_eq!(rp.introspect(&access).await["active"], false);
    assert_eq!(rp.refresh(&refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_is_not_given_back_with_the_proof_of_another_key() {
    let w = World::new().await;
    let mut rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let refresh = rp.tokens("openid").await.text("refresh_token");
    let own = rp.dpop.replace(jose::SoftwareKey::generate(jose::Algorithm::Es256).unwrap());
    assert_eq!(rp.post("/revoke", &[("token", &refresh)]).await.error(), "invalid_grant");
    rp.dpop = own;
    assert_eq!(rp.refresh(&refresh).await.status, StatusCode::OK);
}

async fn userinfo(w: &World, headers: &[(&str, &str)]) -> crate::rp::Told {
    let mut request = Request::get("/userinfo");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(&w.app, request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_bound_token_opens_userinfo_only_with_its_key_and_each_proof_once() {
    let w = World::new().await;
    let mut rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let access = rp.tokens("openid").await.text("access_token");
    let (bearer, dpop) = (format!("Bearer {access}"), format!("DPoP {access}"));
    let proof = rp.proof("GET", "/userinfo", Some(&access)).unwrap();
    let other_path = rp.proof("GET", "/token", Some(&access)).unwrap();
    let no_token = rp.proof("GET", "/userinfo", None).unwrap();
    rp.dpop = Some(jose::SoftwareKey::generate(jose::Algorithm::Es256).unwrap());
    let other_key = rp.proof("GET", "/userinfo", Some(&access)).unwrap();
    for (what, headers) in [
        ("as if it were not bound", vec![("authorization", bearer.as_str())]),
        ("as if it were not bound, with a proof", vec![("authorization", bearer.as_str()), ("dpop", &proof)]),
        ("no proof", vec![("authorization", dpop.as_str())]),
        ("another's key", vec![("authorization", dpop.as_str()), ("dpop", &other_key)]),
        ("a proof for another address", vec![("authorization", dpop.as_str()), ("dpop", &other_path)]),
        ("a proof for no token", vec![("authorization", dpop.as_str()), ("dpop", &no_token)]),
        ("two proofs", vec![("authorization", dpop.as_str()), ("dpop", &proof), ("dpop", &proof)]),
        (
            "two tokens",
            vec![("authorization", dpop.as_str()), ("authorization", bearer.as_str()), ("dpop", &proof)],
        ),
    ] {
        let told = userinfo(&w, &headers).await;
        assert!(told.status.is_client_error(), "{what}: {}", told.status);
        assert!(told.challenges().contains("DPoP realm") && told.body.is_empty(), "{what}");
    }
    let headers = [("authorization", dpop.as_str()), ("dpop", proof.as_str())];
    assert_eq!(userinfo(&w, &headers).await.status, StatusCode::OK);
    let again = userinfo(&w, &headers).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    assert!(again.challenges().contains("invalid_dpop_proof"));
}

#[tokio::test]
async fn userinfo_takes_a_token_in_a_header_or_a_form_and_never_in_the_address() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    w.sign_in(AN);
    let access = rp.tokens("openid").await.text("access_token");
    let bare = userinfo(&w, &[]).await;
    assert_eq!(bare.status, StatusCode::UNAUTHORIZED);
    assert!(!bare.challenges().contains("error"), "{}", bare.challenges());
    let posted = rp.send_form(rp.request("POST", "/userinfo"), &form(&[("access_token", &access)])).await;
    assert_eq!(posted.status, StatusCode::OK);
    assert_eq!(posted.json().as_object().unwrap().len(), 1);
    let both = rp.request("POST", "/userinfo").header(header::AUTHORIZATION, format!("Bearer {access}"));
    assert_eq!(rp.send_form(both, &form(&[("access_token", &access)])).await.status, StatusCode::BAD_REQUEST);
    let request = rp.request("GET", &format!("/userinfo?access_token={access}"));
    assert_eq!(send(&w.app, request.body(Body::empty()).unwrap()).await.status, StatusCode::BAD_REQUEST);
    let id_token = rp.tokens("openid").await.text("id_token");
    assert_eq!(
        userinfo(&w, &[("authorization", &format!("Bearer {id_token}"))]).await.status,
        StatusCode::UNAUTHORIZED
    );
    let machine = rp.post("/token", &[("grant_type", "client_credentials")]).await.text("access_token");
    assert_eq!(
        userinfo(&w, &[("authorization", &format!("Bearer {machine}"))]).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_client_token_names_its_own_scopes_and_no_person() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let ask = async |scope: &str| {
        rp.post("/token", &[("grant_type", "client_credentials"), ("scope", scope)]).await
    };
    let told = ask("accounts").await;
    assert_eq!((told.text("scope"), told.json().get("refresh_token")), ("accounts".into(), None));
    let claims = claims_of(&w.app, &told.text("access_token")).await;
    assert_eq!(claims["sub"], rp.id.to_string());
    for scope in ["openid", "number", "accounts admin"] {
        assert_eq!(ask(scope).await.error(), "invalid_scope", "{scope}");
    }
}

#[tokio::test]
async fn a_token_of_one_process_is_good_in_another() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    w.sign_in(AN);
    let access = rp.tokens("openid profile").await.text("access_token");
    let (_, app) = w.another_process().await;
    let request = Request::get("/userinfo").header(header::AUTHORIZATION, format!("Bearer {access}"));
    let told = send(&app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(told.json()["name"], "Nguyễn Văn An");
}

/// What is asked most reads nothing: it is answered even while the database is away.
#[tokio::test]
async fn introspection_userinfo_and_client_tokens_need_no_database() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    w.sign_in(AN);
    let tokens = rp.tokens("openid").await;
    let access = tokens.text("access_token");
    w.db.store.close();
    assert_eq!(rp.introspect(&access).await["active"], true);
    assert_eq!(rp.userinfo(&access).await.status, StatusCode::OK);
    let machine = rp.post("/token", &[("grant_type", "client_credentials")]).await;
    assert_eq!(machine.status, StatusCode::OK);
    // Whatever needs it says that it is out of reach, and nothing else.
    let told = rp.refresh(&tokens.text("refresh_token")).await;
    assert_eq!(
        (told.status, told.error()),
        (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable".into())
    );
    assert!(told.headers.contains_key(header::RETRY_AFTER));
}
