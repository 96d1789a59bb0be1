//! Refresh tokens: each counts once, and an old one ends the family.

use axum::http::StatusCode;
use jose::{Algorithm, SoftwareKey};

use crate::{
    rp::{Rp, Told},
    world::{AN, World, bank, museum},
};

async fn first(rp: &Rp<'_>) -> (String, String) {
    rp.w.sign_in(AN);
    let told = rp.tokens("openid profile").await;
    (told.text("refresh_token"), told.text("access_token"))
}

fn next(told: &Told) -> String {
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    told.text("refresh_token")
}

#[tokio::test]
async fn an_old_refresh_token_ends_the_family() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let (one, _) = first(&rp).await;
    let two = next(&rp.refresh(&one).await);
    let third = rp.refresh(&two).await;
    let (three, access) = (next(&third), third.text("access_token"));
    assert!(one != two && two != three);
    assert_eq!(rp.introspect(&access).await["active"], true);
    assert_eq!(rp.refresh(&one).await.error(), "invalid_grant");
    assert_eq!(rp.refresh(&three).await.error(), "invalid_grant");
    assert_eq!(rp.introspect(&access).await["active"], false);
}

#[tokio::test]
async fn a_lost_answer_is_given_again_for_a_moment_to_who_holds_the_key() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let (one, _) = first(&rp).await;
    let lost = next(&rp.refresh(&one).await);
    w.wait(20);
    let again = next(&rp.refresh(&one).await);
    // What got lost and turned up after all is an old one.
    assert_eq!(rp.refresh(&lost).await.error(), "invalid_grant");
    assert_eq!(rp.refresh(&again).await.error(), "invalid_grant");

    let (one, _) = first(&rp).await;
    next(&rp.refresh(&one).await);
    w.wait(openid::limits::REFRESH_GRACE.as_secs() + 1);
    assert_eq!(rp.refresh(&one).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_token_bound_to_nothing_is_never_given_again() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    let (one, _) = first(&rp).await;
    let two = next(&rp.refresh(&one).await);
    assert_eq!(rp.refresh(&one).await.error(), "invalid_grant");
    assert_eq!(rp.refresh(&two).await.error(), "invalid_grant");
}

#[tokio::test]
async fn of_two_refreshes_at_once_the_family_goes_on_or_ends_but_never_splits() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    let (one, _) = first(&rp).await;
    let (a, b) = futures::future::join(rp.refresh(&one), rp.refresh(&one)).await;
    assert_eq!([&a, &b].into_iter().filter(|t| t.status == StatusCode::OK).count(), 1);
}

#[tokio::test]
async fn a_refresh_token_is_bound_to_its_key_and_its_client() {
    let w = World::new().await;
    let (mut rp, other) = (Rp::with_key(&w, &bank()).await, Rp::with_key(&w, &bank()).await);
    let (one, _) = first(&rp).await;
    assert_eq!(other.refresh(&one).await.error(), "invalid_grant");
    let own = rp.dpop.replace(SoftwareKey::generate(Algorithm::Es256).unwrap());
    assert_eq!(rp.refresh(&one).await.error(), "invalid_grant");
    // Neither try did any harm.
    rp.dpop = own;
    next(&rp.refresh(&one).await);
}

#[tokio::test]
async fn a_refresh_may_ask_for_less_and_never_for_more() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let (one, _) = first(&rp).await;
    let with = async |token: &str, scope: &str| {
        rp.post("/token", &[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)])
            .await
    };
    assert_eq!(with(&one, "openid profile number").await.error(), "invalid_scope");
    let less = with(&one, "openid").await;
    assert_eq!(less.text("scope"), "openid");
    let whole = rp.refresh(&next(&less)).await;
    assert_eq!(whole.text("scope"), "openid profile");
}

#[tokio::test]
async fn a_family_ends_with_its_day_and_one_that_may_outlive_the_session_later() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let (one, _) = first(&rp).await;
    w.wait(25 * 3600);
    assert_eq!(rp.refresh(&one).await.error(), "invalid_grant");
    w.sign_in(AN);
    let offline = rp.tokens("openid offline_access").await.text("refresh_token");
    w.wait(25 * 3600);
    let later = next(&rp.refresh(&offline).await);
    w.wait(90 * 24 * 3600);
    assert_eq!(rp.refresh(&later).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_client_without_the_right_gets_no_refresh_token() {
    let w = World::new().await;
    let mut draft = bank();
    draft.grants = vec![openid::GrantType::AuthorizationCode];
    let rp = Rp::with_key(&w, &draft).await;
    w.sign_in(AN);
    let told = rp.tokens("openid").await;
    assert_eq!(told.json().get("refresh_token"), None);
    assert_eq!(rp.refresh("x").await.error(), "unauthorized_client");
    assert_eq!(rp.post("/token", &[("grant_type", "password")]).await.error(), "unsupported_grant_type");
}
