//! Between the request and the answer: who is signed in, in which browser, how recently, and what they say.

use axum::http::{HeaderMap, StatusCode, header};
use openid::{Answer, InteractionId, Next, OpenIdError, http::Browser, ops};

use crate::{
    rp::{Rp, Told, interaction, param},
    world::{AN, BINH, World, bank, museum},
};

async fn next(
    w: &World,
    at: (InteractionId, &Browser),
    login: Option<&contracts::Login>,
) -> Result<Next, OpenIdError> {
    let cx = &w.cx;
    w.run(async |tx| ops::interaction_next(cx, tx, at.0, at.1, login).await).await
}

fn prompting(rp: &Rp<'_>, name: &'static str, value: &str) -> Vec<(&'static str, String)> {
    let mut ask = rp.ask("openid");
    ask.push((name, value.to_owned()));
    ask
}

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_sign_in_and_goes_on_afterwards() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let at = rp.authorize(&rp.ask("openid")).await;
    let (id, browser) = interaction(&at);
    let Next::SignIn(how) = next(&w, (id, &browser), None).await.unwrap() else { panic!() };
    assert_eq!((how.fresh, how.strength), (false, None));
    w.sign_in(AN);
    let address = rp.agree(&at).await;
    assert_eq!(rp.exchange(&param(&address, "code").unwrap()).await.status, StatusCode::OK);
    // It is over with the answer.
    assert!(matches!(next(&w, (id, &browser), None).await, Err(OpenIdError::NotFound)));
}

#[tokio::test]
async fn an_authorization_belongs_to_the_browser_that_began_it() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let login = w.sign_in(AN);
    let at = rp.authorize(&rp.ask("openid")).await;
    let cookie = at.headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["__Host-authorization=", "; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let (id, browser) = interaction(&at);
    let other = interaction(&rp.authorize(&rp.ask("openid")).await).1;
    assert!(matches!(next(&w, (id, &other), Some(&login)).await, Err(OpenIdError::OtherBrowser)));
    assert!(matches!(next(&w, (id, &browser), Some(&login)).await, Ok(Next::Ask(_))));
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, "authorization=x; session=y".parse().unwrap());
    assert_eq!(Browser::read(&headers), None);
}

#[tokio::test]
async fn an_authorization_has_ten_minutes() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let login = w.sign_in(AN);
    let (id, browser) = interaction(&rp.authorize(&rp.ask("openid")).await);
    w.wait(599);
    assert!(matches!(next(&w, (id, &browser), Some(&login)).await, Ok(Next::Ask(_))));
    w.wait(1);
    assert!(matches!(next(&w, (id, &browser), Some(&login)).await, Err(OpenIdError::NotFound)));
}

#[tokio::test]
async fn who_says_no_sends_the_client_away_with_a_no() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let (id, browser) = interaction(&rp.authorize(&rp.ask("openid")).await);
    let cx = &w.cx;
    let refuse = async || {
        w.run(async |tx| ops::interaction_refuse(cx, tx, id, &browser, ops::Refusing::Denied).await).await
    };
    let Answer::Redirect(address) = refuse().await.unwrap() else { panic!() };
    assert_eq!(param(&address, "error").as_deref(), Some("access_denied"));
    assert_eq!(param(&address, "state").as_deref(), Some("the-state"));
    assert!(matches!(refuse().await, Err(OpenIdError::NotFound)));
}

#[tokio::test]
async fn a_yes_that_is_sent_twice_gives_one_code() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let login = w.sign_in(AN);
    let (id, browser) = interaction(&rp.authorize(&rp.ask("openid")).await);
    let cx = &w.cx;
    let next = w.run(async |tx| ops::interaction_next(cx, tx, id, &browser, Some(&login)).await).await;
    let Ok(openid::Next::Ask(question)) = next else { panic!("not asked") };
    let choice = crate::rp::all(&question);
    let accept =
        async || w.run(async |tx| ops::interaction_accept(cx, tx, id, &browser, &login, &choice).await).await;
    let (a, b) = futures::future::join(accept(), accept()).await;
    assert_eq!([a.is_ok(), b.is_ok()].into_iter().filter(|ok| *ok).count(), 1);
    assert_eq!(w.count("SELECT count(*) FROM openid.code").await, 1);
}

#[tokio::test]
async fn what_was_allowed_is_remembered_for_the_same_person_and_client() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    rp.tokens("openid profile").await;
    let told = rp.authorize(&rp.ask("openid")).await;
    assert!(told.location().starts_with("https://bank.example/cb?code="));
    assert!(rp.authorize(&prompting(&rp, "prompt", "consent")).await.location().starts_with("/authorize/"));
    w.sign_in(BINH);
    assert!(rp.authorize(&rp.ask("openid")).await.location().starts_with("/authorize/"));
    let other = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    assert!(other.authorize(&other.ask("openid")).await.location().starts_with("/authorize/"));
    w.wait(181 * 24 * 3600);
    w.sign_in(AN);
    assert!(rp.authorize(&rp.ask("openid")).await.location().starts_with("/authorize/"));
}

#[tokio::test]
async fn silently_means_that_nobody_is_asked_anything() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let error = |told: Told| told.param("error").unwrap_or_else(|| told.location());
    let silent = || prompting(&rp, "prompt", "none");
    assert_eq!(error(rp.authorize(&silent()).await), "login_required");
    w.sign_in(AN);
    assert_eq!(error(rp.authorize(&silent()).await), "consent_required");
    rp.tokens("openid").await;
    assert!(error(rp.authorize(&silent()).await).starts_with("https://bank.example/cb?code="));
    w.wait(100);
    let mut old = silent();
    old.push(("max_age", "60".into()));
    assert_eq!(error(rp.authorize(&old).await), "login_required");
    let mut strong = silent();
    strong.push(("acr_values", "urn:vn:nd69-2024:auth:4".into()));
    assert_eq!(error(rp.authorize(&strong).await), "unmet_authentication_requirements");
    let mut other = silent();
    other.push(("claims", r#"{"id_token":{"sub":{"value":"somebody else"}}}"#.into()));
    assert_eq!(error(rp.authorize(&other).await), "login_required");
}

#[tokio::test]
async fn a_fresh_login_is_one_after_the_request() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    for (name, value) in [("prompt", "login"), ("max_age", "0"), ("max_age", "30")] {
        let early = w.sign_in(AN);
        w.wait(60);
        let at = rp.authorize(&prompting(&rp, name, value)).await;
        let (id, browser) = interaction(&at);
        let Ok(Next::SignIn(how)) = next(&w, (id, &browser), Some(&early)).await else {
            panic!("{name}={value}")
        };
        assert!(how.fresh);
        w.wait(5);
        let fresh = w.sign_in(AN);
        let address = rp.agree(&at).await;
        let told = rp.exchange(&param(&address, "code").unwrap()).await;
        let id_token = crate::rp::claims_of(&w.app, &told.text("id_token")).await;
        assert_eq!(id_token["auth_time"], fresh.at.as_second());
    }
}

#[tokio::test]
async fn an_account_that_is_locked_or_of_an_officer_signs_in_nowhere() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let login = w.sign_in(AN);
    w.accounts.put(AN, contracts::IdentityLevel::Two, false);
    assert_eq!(rp.authorize(&rp.ask("openid")).await.param("error").as_deref(), Some("access_denied"));
    let mut officer = login;
    officer.actor = crate::world::officer(crate::world::agency(), 9);
    *w.login.lock().unwrap() = Some(officer);
    assert_eq!(rp.authorize(&rp.ask("openid")).await.param("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn an_answer_may_be_posted_by_a_page_that_lets_the_browser_leave_only_there() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    w.sign_in(AN);
    rp.tokens("openid").await;
    let told = rp.authorize(&prompting(&rp, "response_mode", "form_post")).await;
    assert_eq!(told.status, StatusCode::OK);
    assert!(told.body.contains("method=\"post\" action=\"https://museum.example/cb\""), "{}", told.body);
    assert!(told.body.contains("name=\"code\"") && told.body.contains("value=\"the-state\""));
    let policy = told.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("form-action 'self' https://museum.example;"), "{policy}");
    assert_eq!(told.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(told.headers[header::REFERRER_POLICY], "no-referrer");
    let told = rp.authorize(&prompting(&rp, "response_mode", "jwt")).await;
    let answer = crate::rp::claims_of(&w.app, &told.param("response").unwrap()).await;
    assert!(answer["code"].is_string());
}

#[tokio::test]
async fn state_comes_back_as_it_was_and_nothing_can_be_smuggled_through_it() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    w.sign_in(AN);
    rp.tokens("openid").await;
    for state in ["a&code=evil", "x#y", "\r\nSet-Cookie: a=b", "\"><script>", "ê ü"] {
        let mut ask = rp.ask("openid");
        ask.retain(|(n, _)| *n != "state");
        ask.push(("state", state.to_owned()));
        let told = rp.authorize(&ask).await;
        assert_eq!(told.param("state").as_deref(), Some(state));
        assert_ne!(told.param("code").as_deref(), Some("evil"));
        assert!(told.headers.get(header::SET_COOKIE).is_none());
        ask.push(("response_mode", "form_post".into()));
        assert!(!rp.authorize(&ask).await.body.contains("<script>"));
    }
}

#[tokio::test]
async fn a_service_that_needs_a_surer_or_younger_login_can_see_it_and_have_it_asked_for() {
    // RFC 9470: the service reads both in the token or by introspection, says what it needs, and the client asks for that.
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let said = async |access: &str| {
        let (token, told) = (crate::rp::claims_of(&w.app, access).await, rp.introspect(access).await);
        assert_eq!((&token["acr"], &token["auth_time"]), (&told["acr"], &told["auth_time"]));
        (told["acr"].as_str().unwrap().to_owned(), told["auth_time"].as_i64().unwrap())
    };
    let weak = w.sign_in_with(AN, contracts::LoginStrength::One, &[contracts::Method::Password]);
    let access = rp.tokens("openid").await.text("access_token");
    assert_eq!(said(&access).await, ("urn:vn:nd69-2024:auth:1".to_owned(), weak.at.as_second()));
    w.wait(600);
    let mut more = rp.ask("openid");
    more.push(("acr_values", "urn:vn:nd69-2024:auth:3".into()));
    more.push(("max_age", "300".into()));
    let at = rp.authorize(&more).await;
    let (id, browser) = interaction(&at);
    let Ok(Next::SignIn(how)) = next(&w, (id, &browser), Some(&weak)).await else { panic!("it is enough") };
    assert_eq!((how.fresh, how.strength), (true, Some(contracts::LoginStrength::Three)));
    let strong = w.sign_in(AN);
    let code = param(&rp.agree(&at).await, "code").unwrap();
    let access = rp.exchange(&code).await.text("access_token");
    assert_eq!(said(&access).await, ("urn:vn:nd69-2024:auth:3".to_owned(), strong.at.as_second()));
}
