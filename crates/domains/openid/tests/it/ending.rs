//! What happens to an account, a session or a consent reaches every token.

use axum::http::StatusCode;
use contracts::{IdentityLevel, events::AccountChange};
use openid::ops;

use crate::{
    rp::Rp,
    world::{AN, World, bank},
};

#[tokio::test]
async fn a_lock_ends_every_grant_and_every_token_also_in_other_processes() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let session = rp.tokens("openid profile").await;
    let offline = rp.tokens("openid offline_access").await;
    let open_code = rp.code(&rp.ask("openid")).await;
    let (elsewhere, app) = w.another_process().await;
    let there = Rp {
        app,
        w: &w,
        id: rp.id,
        proves: crate::rp::Proves::Key(copy(rp.key())),
        dpop: None,
        redirect_uri: rp.redirect_uri.clone(),
    };
    assert_eq!(there.introspect(&session.text("access_token")).await["active"], true);

    w.accounts.put(AN, IdentityLevel::Two, false);
    w.happens(AN, AccountChange::Locked).await;
    elsewhere.refresh().await.unwrap();
    for tokens in [&session, &offline] {
        let access = tokens.text("access_token");
        assert_eq!(rp.introspect(&access).await["active"], false);
        assert_eq!(there.introspect(&access).await["active"], false);
        assert_eq!(rp.refresh(&tokens.text("refresh_token")).await.error(), "invalid_grant");
    }
    assert_eq!(rp.userinfo(&session.text("access_token")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(rp.exchange(&open_code).await.error(), "invalid_grant");

    // Unlocked, nothing comes back, and new sign-ins are possible.
    w.accounts.put(AN, IdentityLevel::Two, true);
    w.happens(AN, AccountChange::Unlocked).await;
    assert_eq!(rp.introspect(&session.text("access_token")).await["active"], false);
    w.wait(1);
    w.sign_in(AN);
    assert_eq!(rp.introspect(&rp.tokens("openid").await.text("access_token")).await["active"], true);
}

fn copy(key: &jose::SoftwareKey) -> jose::SoftwareKey {
    jose::SoftwareKey::from_pkcs8(&key.to_pkcs8().unwrap(), jose::Algorithm::Es256).unwrap()
}

#[tokio::test]
async fn the_end_of_a_session_ends_what_was_granted_in_it_but_not_what_may_outlive_it() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let session = w.sign_in(AN).session;
    let bound = rp.tokens("openid").await;
    let offline = rp.tokens("openid offline_access").await;
    let code = rp.code(&rp.ask("openid")).await;
    w.happens(AN, AccountChange::SessionsEnded { but: Some(session) }).await;
    assert_eq!(rp.introspect(&bound.text("access_token")).await["active"], true);
    w.happens(AN, AccountChange::SessionEnded { session }).await;
    assert_eq!(rp.introspect(&bound.text("access_token")).await["active"], false);
    assert_eq!(rp.refresh(&bound.text("refresh_token")).await.error(), "invalid_grant");
    assert_eq!(rp.exchange(&code).await.error(), "invalid_grant");
    assert_eq!(rp.introspect(&offline.text("access_token")).await["active"], true);
    assert_eq!(rp.refresh(&offline.text("refresh_token")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_account_that_begins_anew_leaves_nothing_to_whoever_had_it() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let offline = rp.tokens("openid offline_access").await;
    let code = rp.code(&rp.ask("openid")).await;
    w.happens(AN, AccountChange::SessionsEnded { but: None }).await;
    assert_eq!(rp.introspect(&offline.text("access_token")).await["active"], false);
    assert_eq!(rp.refresh(&offline.text("refresh_token")).await.error(), "invalid_grant");
    assert_eq!(rp.exchange(&code).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_consent_that_is_withdrawn_ends_what_came_of_it_and_is_asked_for_again() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let login = w.sign_in(AN);
    let tokens = rp.tokens("openid profile offline_access").await;
    assert_eq!(
        rp.authorize(&rp.ask("openid profile")).await.location().split('?').next(),
        Some("https://bank.example/cb")
    );
    let cx = &w.cx;
    let given = w.run(async |tx| ops::consent_list(cx, tx, &login.actor).await).await.unwrap();
    assert_eq!((given.len(), given[0].claims.len(), given[0].is_offline()), (1, 3, true));
    assert!(given[0].claims.iter().all(|c| c.legal_basis.contains("tín dụng")));
    w.run(async |tx| ops::consent_withdraw(cx, tx, &login.actor, rp.id).await).await.unwrap();
    assert_eq!(rp.introspect(&tokens.text("access_token")).await["active"], false);
    assert_eq!(rp.refresh(&tokens.text("refresh_token")).await.error(), "invalid_grant");
    assert!(rp.authorize(&rp.ask("openid profile")).await.location().starts_with("/authorize/"));
    let again = w.run(async |tx| ops::consent_withdraw(cx, tx, &login.actor, rp.id).await).await;
    assert!(matches!(again, Err(openid::OpenIdError::NotFound)));
    assert!(w.audit().await.iter().any(|e| e.contains("openid.consent_withdraw")));
}
