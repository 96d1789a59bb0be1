//! What becomes of a registration when the relying party that it was modelled on changes: narrower, suspended, wider.

use axum::http::StatusCode;
use jose::SoftwareKey;
use openid::{
    Claim, ClientDraft, ClientId, GrantType, OpenIdError, Profile, Sender,
    model::{Messages, SigningAlg},
    ops,
    registration::within,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    clients::changed,
    registering::{call, ceiling, key, make, metadata, with},
    rp::{Proves, Rp, Told, claims_of},
    world::{AN, World, agency, bank, museum, officer, operator},
};

/// A model, what one may register after it, and a client that a program registered.
struct Registered<'w> {
    w: &'w World,
    model: ClientId,
    initial: String,
    token: String,
    rp: Rp<'w>,
}

impl<'w> Registered<'w> {
    async fn new(w: &'w World) -> Self {
        let model = w.client(&ceiling(), None).await;
        let initial = make(w, &officer(operator(), 2), model, 50).await.unwrap().text;
        let own = key();
        let told = call(w, "POST", "/register", &initial, Some(&metadata(&own))).await;
        assert_eq!(told.status, StatusCode::CREATED, "{}", told.body);
        let rp = Rp {
            w,
            app: w.app.clone(),
            id: told.text("client_id").parse().unwrap(),
            proves: Proves::Key(own),
            dpop: Some(key()),
            redirect_uri: "https://bank.example/branch/7".into(),
        };
        Self { w, model, initial, token: told.text("registration_access_token"), rp }
    }

    async fn registers(&self, metadata: &Value) -> Told {
        call(self.w, "POST", "/register", &self.initial, Some(metadata)).await
    }

    async fn updates(&self, metadata: &Value) -> Told {
        let path = format!("/register/{}", self.rp.id);
        call(self.w, "PUT", &path, &self.token, Some(metadata)).await
    }

    async fn reads(&self) -> Told {
        call(self.w, "GET", &format!("/register/{}", self.rp.id), &self.token, None).await
    }

    fn key(&self) -> &SoftwareKey {
        self.rp.key()
    }
}

/// The model without dates of birth and without the bank's API.
fn narrower() -> ClientDraft {
    let mut draft = ceiling();
    draft.claims.retain(|right| right.claim == Claim::Name);
    (draft.api_scopes, draft.audiences) = (Vec::new(), Vec::new());
    draft
}

#[tokio::test]
async fn what_the_model_loses_is_lost_at_the_next_use() {
    let w = World::new().await;
    let one = Registered::new(&w).await;
    w.sign_in(AN);
    let tokens = one.rp.tokens("openid profile accounts").await;
    let access = tokens.text("access_token");
    assert_eq!(one.rp.userinfo(&access).await.json()["birthdate"], "1990-05-17");

    changed(&w, one.model, &narrower()).await;
    let told = one.rp.userinfo(&access).await;
    assert_eq!(told.status, StatusCode::OK, "{} {}", told.body, told.challenges());
    let told = told.json();
    assert_eq!((&told["name"], &told["birthdate"]), (&json!("Nguyễn Văn An"), &Value::Null));
    let fresh = one.rp.refresh(&tokens.text("refresh_token")).await;
    assert_eq!(fresh.status, StatusCode::OK, "{}", fresh.body);
    let scope = claims_of(&w.app, &fresh.text("access_token")).await["scope"].clone();
    assert!(!scope.as_str().unwrap().contains("accounts"), "{scope}");
    assert_eq!(fresh.json()["scope"], scope);
    assert_eq!(one.rp.push(&one.rp.ask("openid profile")).await.error(), "invalid_scope");
    let again = one.rp.tokens("openid accounts").await;
    assert_eq!(again.json()["scope"], "openid", "names that it does not know are passed over");
    let own = one.rp.post("/token", &[("grant_type", "client_credentials"), ("scope", "accounts")]).await;
    assert_eq!(own.error(), "invalid_scope");
    // Another process sees the same.
    let (_, app) = w.another_process().await;
    let rp = Rp { app, ..one.rp };
    assert_eq!(rp.push(&rp.ask("openid profile")).await.error(), "invalid_scope");

    // Under another law of the model's nothing is told: nobody said yes to that.
    let rp = Rp { app: w.app.clone(), ..rp };
    let mut other_law = narrower();
    other_law.claims[0].legal_basis = "Luật mới, Điều 1".into();
    changed(&w, one.model, &other_law).await;
    let again = rp.refresh(&fresh.text("refresh_token")).await.text("access_token");
    assert_eq!(rp.userinfo(&again).await.json().get("name"), None);

    // And what comes back with the model comes back here.
    changed(&w, one.model, &ceiling()).await;
    assert_eq!(rp.push(&rp.ask("openid profile accounts")).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn what_the_model_lost_is_registered_no_more_neither_anew_nor_by_a_change() {
    let w = World::new().await;
    let one = Registered::new(&w).await;
    changed(&w, one.model, &narrower()).await;
    let as_before = metadata(one.key());
    for told in [one.registers(&as_before).await, one.updates(&as_before).await] {
        assert_eq!(
            (told.status, told.error().as_str()),
            (StatusCode::BAD_REQUEST, "invalid_client_metadata")
        );
    }
    assert_eq!(one.reads().await.json()["scope"], "openid offline_access", "what it reaches now");
    let fitting = with(as_before.clone(), "scope", json!("openid"));
    assert_eq!(one.registers(&fitting).await.status, StatusCode::CREATED);
    assert_eq!(one.updates(&fitting).await.status, StatusCode::OK);
    let settings = w.find(one.rp.id).await.settings;
    assert!(settings.claims.is_empty() && settings.audiences.is_empty());

    // Its addresses go with those of the model.
    let elsewhere = ClientDraft { redirect_uris: vec!["https://new.bank.example/cb".into()], ..narrower() };
    changed(&w, one.model, &elsewhere).await;
    assert_eq!(one.rp.push(&one.rp.ask("openid")).await.error(), "invalid_request");
    assert_eq!(one.updates(&fitting).await.error(), "invalid_redirect_uri");
}

#[tokio::test]
async fn a_model_that_becomes_wider_lets_nobody_have_more_than_was_handed_out() {
    let w = World::new().await;
    let one = Registered::new(&w).await;
    changed(&w, one.model, &bank()).await;
    for scope in ["openid number", "openid payments"] {
        let wider = with(metadata(one.key()), "scope", json!(scope));
        assert_eq!(one.registers(&wider).await.error(), "invalid_client_metadata", "{scope}");
        assert_eq!(one.updates(&wider).await.error(), "invalid_client_metadata", "{scope}");
    }
    assert_eq!(one.rp.push(&one.rp.ask("openid number")).await.error(), "invalid_scope");
    let own = one.rp.post("/token", &[("grant_type", "client_credentials"), ("scope", "payments")]).await;
    assert_eq!(own.error(), "invalid_scope");
}

#[tokio::test]
async fn while_the_model_is_not_served_nothing_that_was_registered_after_it_is() {
    let w = World::new().await;
    let (cx, judge, owner) = (&w.cx, officer(operator(), 2), officer(agency(), 1));
    let one = Registered::new(&w).await;
    w.sign_in(AN);
    let access = one.rp.tokens("openid").await.text("access_token");
    let serves = async || {
        let own = one.rp.post("/token", &[("grant_type", "client_credentials")]).await.status;
        let asked = [
            one.rp.userinfo(&access).await.status,
            one.reads().await.status,
            one.updates(&metadata(one.key())).await.status,
        ];
        assert!(asked.iter().all(|status| *status == own), "{own} {asked:?}");
        let registered = one.registers(&metadata(&key())).await.status;
        assert_eq!(own == StatusCode::OK, registered == StatusCode::CREATED, "{own} {registered}");
        own
    };
    assert_eq!(serves().await, StatusCode::OK);
    let version = w.find(one.model).await.version;
    w.run(async |tx| ops::client_suspend(cx, tx, &judge, one.model, version, "Khiếu nại").await)
        .await
        .unwrap();
    cx.refresh().await.unwrap();
    assert_eq!(serves().await, StatusCode::UNAUTHORIZED);
    w.run(async |tx| ops::client_resume(cx, tx, &judge, one.model, version + 1).await).await.unwrap();
    cx.refresh().await.unwrap();
    assert_eq!(serves().await, StatusCode::OK);
    w.run(async |tx| ops::client_close(cx, tx, &owner, one.model, version + 2).await).await.unwrap();
    cx.refresh().await.unwrap();
    assert_eq!(serves().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_a_program_registered_is_no_model_and_no_person_changes_it_past_its_own() {
    let w = World::new().await;
    let (cx, owner) = (&w.cx, officer(agency(), 1));
    let one = Registered::new(&w).await;
    assert!(matches!(make(&w, &officer(operator(), 2), one.rp.id, 1).await, Err(OpenIdError::Registered)));
    let version = w.find(one.rp.id).await.version;
    let refused =
        w.run(async |tx| ops::client_change(cx, tx, &owner, one.rp.id, version, &bank()).await).await;
    assert!(matches!(refused, Err(OpenIdError::Registered)));
}

#[tokio::test]
async fn whoever_ever_proposed_any_of_a_model_hands_out_no_token_for_it() {
    let w = World::new().await;
    let cx = &w.cx;
    let [first, second, third] = [7, 8, 9].map(|n| officer(operator(), n));
    let model = w.run(async |tx| ops::client_propose(cx, tx, &first, &ceiling()).await).await.unwrap();
    w.run(async |tx| ops::client_approve(cx, tx, &third, model, 1).await).await.unwrap();
    let change = narrower();
    w.run(async |tx| ops::client_change(cx, tx, &second, model, 2, &change).await).await.unwrap();
    for who in [&first, &second] {
        assert!(matches!(make(&w, who, model, 1).await, Err(OpenIdError::SecondPerson)));
    }
    make(&w, &third, model, 1).await.unwrap();
}

/// A relying party with any part of what there is.
fn some() -> impl Strategy<Value = ClientDraft> {
    let until = "2026-12-24T00:00:00Z".parse().unwrap();
    let profile = prop_oneof![
        Just(Profile::Fapi2),
        Just(Profile::Basic { until }),
        Just(Profile::Basic { until: "2026-12-01T00:00:00Z".parse().unwrap() })
    ];
    let parts = (profile, 0..128_u32, 0..4_u32, 0..2_u32, 0..8_u32, 0..4_u32, 0..16_u32);
    parts.prop_map(|(profile, claims, scopes, audiences, grants, places, flags)| {
        let full = bank();
        let of = |mask: u32, n: usize| mask >> n & 1 == 1;
        let old = !profile.is_fapi2();
        let base = if old { museum() } else { bank() };
        let hosts = ["https://bank.example/cb", "https://shop.bank.example/cb"];
        let uris: Vec<String> = hosts
            .iter()
            .enumerate()
            .filter(|(n, _)| of(places, *n))
            .map(|(_, uri)| (*uri).to_owned())
            .collect();
        ClientDraft {
            claims: full
                .claims
                .into_iter()
                .enumerate()
                .filter(|(n, _)| of(claims, *n))
                .map(|(_, c)| c)
                .collect(),
            api_scopes: full
                .api_scopes
                .into_iter()
                .enumerate()
                .filter(|(n, _)| of(scopes, *n))
                .map(|(_, s)| s)
                .collect(),
            audiences: full.audiences.into_iter().filter(|_| audiences == 1).collect(),
            grants: full
                .grants
                .into_iter()
                .enumerate()
                .filter(|(n, _)| of(grants, *n))
                .map(|(_, g)| g)
                .collect(),
            post_logout_redirect_uris: uris.clone(),
            backchannel_logout_uri: uris.first().cloned(),
            ciba_notification_uri: uris.last().cloned(),
            jwks_uri: uris.first().cloned(),
            redirect_uris: uris,
            messages: Messages {
                requests: of(flags, 0),
                responses: of(flags, 1),
                userinfo: of(flags, 2),
                introspection: of(flags, 3),
                id_token: if old { SigningAlg::Rs256 } else { SigningAlg::Es256 },
            },
            profile,
            ..base
        }
    })
}

proptest! {
    #[test]
    fn what_is_kept_under_a_limit_is_within_both_and_stays_so(settings in some(), limit in some()) {
        let kept = within(&settings, &limit);
        prop_assert_eq!(&within(&kept, &limit), &kept, "nothing more is lost at the second time");
        prop_assert_eq!(&kept.name, &limit.name);
        for wide in [&settings, &limit] {
            prop_assert!(kept.claims.iter().all(|c| wide.claims.iter().any(|w| w.claim == c.claim)));
            prop_assert!(kept.api_scopes.iter().all(|s| wide.api_scopes.contains(s)));
            prop_assert!(kept.audiences.iter().all(|a| wide.audiences.contains(a)));
            prop_assert!(kept.grants.iter().all(|g: &GrantType| wide.grants.contains(g)));
            prop_assert!(kept.redirect_uris.iter().all(|u| wide.redirect_uris.contains(u)));
            for uri in [&kept.backchannel_logout_uri, &kept.ciba_notification_uri, &kept.jwks_uri].into_iter().flatten() {
                prop_assert!(wide.redirect_uris.contains(uri));
            }
            match (&kept.profile, &wide.profile) {
                (Profile::Basic { until }, Profile::Basic { until: other }) => prop_assert!(until <= other),
                (Profile::Basic { .. }, Profile::Fapi2) => prop_assert!(false, "weaker"),
                (Profile::Fapi2, _) => {}
            }
            prop_assert!(!kept.authentication.is_secret() || wide.authentication.is_secret());
            prop_assert!(kept.sender != Sender::Bearer || wide.sender == Sender::Bearer);
            prop_assert!(kept.messages.requests || !wide.messages.requests);
            prop_assert!(kept.messages.userinfo || !wide.messages.userinfo);
        }
        prop_assert!(kept.claims.iter().all(|c| limit.claims.contains(c)), "in the limit's words");
        prop_assert_eq!(within(&settings, &settings), settings.clone());
    }
}
