//! A yes counts for what was read and by whom, and whoever gave it sees it and can take it back, by whichever way it went.

use axum::http::StatusCode;
use base::Text;
use contracts::{Login, events::AccountChange};
use openid::{
    Changed, Choice, Claim, ClientDraft, ConsentGiven, GrantType, Next, OpenIdError, Question, UserCode, Way,
    model::ClaimRight,
    ops::{self, ElsewhereNext},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    clients::changed,
    rp::{Rp, Told, all, interaction, param},
    world::{AN, AN_NUMBER, BINH, KIM, KIM_NUMBER, World, bank, museum},
};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CIBA: &str = "urn:openid:params:grant-type:ciba";

/// A party that may come by every way.
fn everywhere() -> ClientDraft {
    let more = [GrantType::DeviceCode, GrantType::Ciba];
    ClientDraft { grants: [bank().grants, more.to_vec()].concat(), ..museum() }
}

async fn list(w: &World, login: &Login) -> Vec<ConsentGiven> {
    let cx = &w.cx;
    w.run(async |tx| ops::consent_list(cx, tx, &login.actor).await).await.unwrap()
}

async fn withdraw(w: &World, login: &Login, rp: &Rp<'_>) -> Result<(), OpenIdError> {
    let cx = &w.cx;
    w.run(async |tx| ops::consent_withdraw(cx, tx, &login.actor, rp.id).await).await
}

/// The question of an authorization; none when it leaves without one.
async fn question(w: &World, at: &Told, login: &Login) -> Option<Question> {
    let (id, browser) = interaction(at);
    let cx = &w.cx;
    match w.run(async |tx| ops::interaction_next(cx, tx, id, &browser, Some(login)).await).await.unwrap() {
        Next::Ask(question) => Some(*question),
        Next::Leave(_) => None,
        Next::SignIn(how) => panic!("sign in: {how:?}"),
    }
}

async fn answer(w: &World, at: &Told, login: &Login, choice: &Choice) -> Result<String, OpenIdError> {
    let (id, browser) = interaction(at);
    let cx = &w.cx;
    let left = w.run(async |tx| ops::interaction_accept(cx, tx, id, &browser, login, choice).await).await?;
    let openid::Answer::Redirect(address) = left else { panic!("a form") };
    Ok(param(&address, "code").unwrap())
}

/// Tokens of a yes that is not remembered.
async fn only_once(w: &World, rp: &Rp<'_>, scope: &str, login: &Login) -> Told {
    let at = rp.authorize(&rp.ask(scope)).await;
    let asked = question(w, &at, login).await.unwrap();
    let choice = Choice { only_once: true, ..all(&asked) };
    rp.exchange(&answer(w, &at, login, &choice).await.unwrap()).await
}

/// A screen asks: what it polls with, and the code that it shows.
async fn screen(rp: &Rp<'_>, scope: &str) -> (String, UserCode) {
    let told = rp.post("/device_authorization", &[("scope", scope)]).await;
    (told.text("device_code"), UserCode::parse(&told.text("user_code")).unwrap())
}

async fn at_screen(w: &World, code: UserCode, login: &Login) -> Question {
    let cx = &w.cx;
    match w.run(async |tx| ops::device_next(cx, tx, code, Some(login)).await).await.unwrap() {
        ElsewhereNext::Ask(question) => *question,
        other => panic!("not asked: {other:?}"),
    }
}

async fn yes_at_screen(w: &World, code: UserCode, login: &Login, choice: &Choice) -> Result<(), OpenIdError> {
    let cx = &w.cx;
    w.run(async |tx| ops::device_accept(cx, tx, code, login, choice).await).await
}

async fn poll(rp: &Rp<'_>, code: &str) -> Told {
    rp.post("/token", &[("grant_type", DEVICE), ("device_code", code)]).await
}

/// A call centre asks An: what it polls with, and the question.
async fn call(w: &World, rp: &Rp<'_>, scope: &str, login: &Login) -> (String, Uuid) {
    let told = rp.post("/bc-authorize", &[("scope", scope), ("login_hint", AN_NUMBER)]).await;
    let cx = &w.cx;
    let waiting = w.run(async |tx| ops::ciba_list(cx, tx, login).await).await.unwrap();
    (told.text("auth_req_id"), waiting[0].id)
}

async fn at_phone(w: &World, id: Uuid, login: &Login) -> Question {
    let cx = &w.cx;
    match w.run(async |tx| ops::ciba_next(cx, tx, id, login).await).await.unwrap() {
        (_, ElsewhereNext::Ask(question)) => *question,
        (_, other) => panic!("not asked: {other:?}"),
    }
}

async fn yes_at_phone(w: &World, id: Uuid, login: &Login, choice: &Choice) -> Result<(), OpenIdError> {
    let cx = &w.cx;
    w.run(async |tx| ops::ciba_accept(cx, tx, id, login, choice).await).await
}

async fn fetch(rp: &Rp<'_>, id: &str) -> Told {
    rp.post("/token", &[("grant_type", CIBA), ("auth_req_id", id)]).await
}

// Whoever was let in is in the list.

#[tokio::test]
async fn whoever_was_let_in_is_in_the_list_by_whichever_way_and_one_click_ends_it() {
    let w = World::new().await;
    let login = w.sign_in(AN);
    let parties = [
        Rp::with_secret(&w, &everywhere()).await,
        Rp::with_secret(&w, &everywhere()).await,
        Rp::with_secret(&w, &everywhere()).await,
        Rp::with_secret(&w, &everywhere()).await,
    ];
    let [browser, once, device, phone] = &parties;
    let scope = "openid profile";
    let (code, user) = screen(device, "openid profile offline_access").await;
    yes_at_screen(&w, user, &login, &all(&at_screen(&w, user, &login).await)).await.unwrap();
    let (asked, question) = call(&w, phone, scope, &login).await;
    yes_at_phone(&w, question, &login, &all(&at_phone(&w, question, &login).await)).await.unwrap();
    let held = [
        browser.tokens(scope).await,
        only_once(&w, once, scope, &login).await,
        poll(device, &code).await,
        fetch(phone, &asked).await,
    ];
    assert!(held.iter().all(|told| told.status == StatusCode::OK), "{held:?}");

    let given = list(&w, &login).await;
    assert_eq!(given.len(), 4);
    let ways = [Way::Browser, Way::Once, Way::Device, Way::Ciba];
    for ((rp, way), tokens) in parties.iter().zip(ways).zip(&held) {
        let one = given.iter().find(|one| one.client == rp.id).unwrap_or_else(|| panic!("{way} is missing"));
        let claims: Vec<Claim> = one.claims.iter().map(|given| given.claim).collect();
        assert_eq!(claims, [Claim::Name, Claim::Birthdate, Claim::Gender], "{way}");
        assert!(one.claims.iter().all(|c| c.legal_basis.contains("tín dụng") && c.purpose.is_some()));
        assert_eq!(one.remembered.is_some(), way == Way::Browser, "{way}");
        let [held] = &one.held[..] else { panic!("{way}: {:?}", one.held) };
        assert_eq!((held.way, held.count, held.waits), (way, 1, false));
        assert_eq!((held.offline, one.is_offline()), (way == Way::Device, way == Way::Device), "{way}");
        assert_eq!(held.since, held.used_at);
        let days = if way == Way::Device { 90 } else { 1 };
        assert_eq!((held.until - held.since.unwrap()).get_seconds(), days * 24 * 3600, "{way}");

        w.wait(1);
        let next = rp.refresh(&tokens.text("refresh_token")).await;
        let after = list(&w, &login).await;
        let one = after.iter().find(|one| one.client == rp.id).unwrap();
        assert!(one.held[0].used_at > one.held[0].since, "{way}: it was used since");
        withdraw(&w, &login, rp).await.unwrap();
        assert_eq!(rp.introspect(&next.text("access_token")).await["active"], false, "{way}");
        assert_eq!(rp.refresh(&next.text("refresh_token")).await.error(), "invalid_grant", "{way}");
        assert!(list(&w, &login).await.iter().all(|one| one.client != rp.id), "{way}");
        assert!(matches!(withdraw(&w, &login, rp).await, Err(OpenIdError::NotFound)), "{way}");
    }
    let entries = w.audit().await.into_iter().filter(|e| e.contains("openid.consent_withdraw"));
    assert_eq!(entries.count(), 4);
}

#[tokio::test]
async fn what_was_allowed_and_not_fetched_yet_stands_first_and_can_be_taken_back() {
    let w = World::new().await;
    let login = w.sign_in(AN);
    let [old, device, phone, web] = [
        Rp::with_secret(&w, &everywhere()).await,
        Rp::with_secret(&w, &everywhere()).await,
        Rp::with_secret(&w, &everywhere()).await,
        Rp::with_secret(&w, &everywhere()).await,
    ];
    let (code, user) = screen(&device, "openid profile").await;
    yes_at_screen(&w, user, &login, &all(&at_screen(&w, user, &login).await)).await.unwrap();
    let (asked, question_id) = call(&w, &phone, "openid profile", &login).await;
    yes_at_phone(&w, question_id, &login, &all(&at_phone(&w, question_id, &login).await)).await.unwrap();
    let at = web.authorize(&web.ask("openid profile")).await;
    let choice = Choice { only_once: true, ..all(&question(&w, &at, &login).await.unwrap()) };
    let web_code = answer(&w, &at, &login, &choice).await.unwrap();
    w.wait(1);
    old.tokens("openid").await;

    let given = list(&w, &login).await;
    assert_eq!(given.iter().map(|one| one.waits()).collect::<Vec<_>>(), [true, true, true, false]);
    for (rp, way) in [(&device, Way::Device), (&phone, Way::Ciba), (&web, Way::Once)] {
        let one = given.iter().find(|one| one.client == rp.id).unwrap();
        assert_eq!((one.held[0].way, one.held[0].since, one.claims.len()), (way, None, 3), "{way}");
        withdraw(&w, &login, rp).await.unwrap();
    }
    assert_eq!(poll(&device, &code).await.error(), "access_denied");
    assert_eq!(fetch(&phone, &asked).await.error(), "access_denied");
    assert_eq!(web.exchange(&web_code).await.error(), "invalid_grant");
    assert_eq!(list(&w, &login).await.len(), 1);

    // Somebody else's list and clicks reach none of it.
    let (code, user) = screen(&device, "openid profile").await;
    yes_at_screen(&w, user, &login, &all(&at_screen(&w, user, &login).await)).await.unwrap();
    let binh = w.sign_in(BINH);
    assert!(list(&w, &binh).await.is_empty());
    assert!(matches!(withdraw(&w, &binh, &device).await, Err(OpenIdError::NotFound)));
    assert_eq!(poll(&device, &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn however_often_somebody_signs_in_a_party_is_one_line_for_each_way() {
    let w = World::new().await;
    let login = w.sign_in(AN);
    let [noisy, quiet] = [Rp::with_secret(&w, &everywhere()).await, Rp::with_secret(&w, &everywhere()).await];
    only_once(&w, &quiet, "openid profile", &login).await;
    for scope in ["openid profile", "openid", "openid level", "openid profile", "openid"] {
        w.wait(1);
        noisy.tokens(scope).await;
    }
    let given = list(&w, &login).await;
    assert_eq!(given.iter().map(|one| one.client).collect::<Vec<_>>(), [noisy.id, quiet.id]);
    let [held] = &given[0].held[..] else { panic!("{:?}", given[0].held) };
    assert_eq!((held.way, held.count), (Way::Browser, 5));
    assert_eq!((held.used_at.unwrap() - held.since.unwrap()).get_seconds(), 4);
    let claims: Vec<Claim> = given[0].claims.iter().map(|c| c.claim).collect();
    assert_eq!(claims, [Claim::IdentityLevel, Claim::Name, Claim::Birthdate, Claim::Gender]);
}

#[tokio::test]
async fn access_that_cannot_be_renewed_is_in_the_list_as_long_as_it_lives() {
    let w = World::new().await;
    let login = w.sign_in(AN);
    let draft = ClientDraft { grants: vec![GrantType::AuthorizationCode], ..museum() };
    let rp = Rp::with_secret(&w, &draft).await;
    let access = only_once(&w, &rp, "openid profile", &login).await.text("access_token");
    let given = list(&w, &login).await;
    let held = given[0].held[0];
    assert_eq!((held.until - held.since.unwrap()).get_seconds(), 300);
    w.wait(299);
    assert_eq!(list(&w, &login).await.len(), 1);
    withdraw(&w, &login, &rp).await.unwrap();
    assert_eq!(rp.userinfo(&access).await.status, StatusCode::UNAUTHORIZED);
    only_once(&w, &rp, "openid profile", &login).await;
    w.wait(301);
    assert!(list(&w, &login).await.is_empty(), "it holds nothing any more");
}

#[tokio::test]
async fn a_sandbox_is_in_the_list_and_knows_nothing_of_the_person() {
    let w = World::new().await;
    let login = w.sign_in(AN);
    let rp = Rp::with_secret(&w, &ClientDraft { sandbox: true, audiences: Vec::new(), ..museum() }).await;
    rp.tokens("openid profile").await;
    let given = list(&w, &login).await;
    assert_eq!((given.len(), given[0].is_sandbox, given[0].claims.len()), (1, true, 0));
    withdraw(&w, &login, &rp).await.unwrap();
    assert!(list(&w, &login).await.is_empty());
}

#[tokio::test]
async fn an_account_that_begins_anew_hands_out_nothing_that_waited() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &everywhere()).await;
    for change in [AccountChange::Locked, AccountChange::SessionsEnded { but: None }] {
        let login = w.sign_in(AN);
        let (code, user) = screen(&rp, "openid profile").await;
        yes_at_screen(&w, user, &login, &all(&at_screen(&w, user, &login).await)).await.unwrap();
        let (asked, question) = call(&w, &rp, "openid profile", &login).await;
        yes_at_phone(&w, question, &login, &all(&at_phone(&w, question, &login).await)).await.unwrap();
        w.happens(AN, change).await;
        w.happens(AN, AccountChange::Unlocked).await;
        assert_eq!(poll(&rp, &code).await.error(), "access_denied", "{change:?}");
        assert_eq!(fetch(&rp, &asked).await.error(), "access_denied", "{change:?}");
    }
}

// A yes counts for what was read.

type Change = fn(&mut ClientDraft);

fn of_birthdate(draft: &mut ClientDraft, change: impl Fn(&mut ClaimRight)) {
    draft.claims.iter_mut().filter(|right| right.claim == Claim::Birthdate).for_each(change);
}

/// What a person reads of a party, changed.
const CHANGES: [(&str, Change); 4] = [
    ("its name", |draft| draft.name = Text::new("Ngân hàng Khác", "Other Bank")),
    ("what it asks for", |draft| draft.purpose = Text::new("Bán bảo hiểm", "To sell insurance")),
    ("the law of a claim", |draft| of_birthdate(draft, |right| right.legal_basis = "Luật khác".into())),
    ("what a claim is for", |draft| {
        of_birthdate(draft, |right| right.purpose = Some(Text::new("Quảng cáo", "Advertising")));
    }),
];

#[tokio::test]
async fn whoever_asks_under_another_name_or_law_or_for_another_purpose_asks_again() {
    let w = World::new().await;
    let login = w.sign_in(AN);
    for (what, change) in CHANGES {
        let rp = Rp::with_key(&w, &bank()).await;
        rp.tokens("openid profile").await;
        let silently = || {
            let mut ask = rp.ask("openid profile");
            ask.push(("prompt", "none".to_owned()));
            ask
        };
        assert!(rp.authorize(&silently()).await.param("code").is_some(), "{what}: remembered");
        let mut draft = w.find(rp.id).await.settings;
        change(&mut draft);
        changed(&w, rp.id, &draft).await;
        assert_eq!(
            rp.authorize(&silently()).await.param("error").as_deref(),
            Some("consent_required"),
            "{what}"
        );
        let at = rp.authorize(&rp.ask("openid profile")).await;
        let asked = question(&w, &at, &login).await.unwrap_or_else(|| panic!("{what}: not asked"));
        let before: Vec<Claim> = asked.asked.iter().filter(|a| a.remembered).map(|a| a.claim).collect();
        // Of the same party for the same purpose the rest stands.
        let stands = if draft.name == bank().name && draft.purpose == bank().purpose {
            vec![Claim::Name, Claim::Gender]
        } else {
            Vec::new()
        };
        assert_eq!(before, stands, "{what}");
        answer(&w, &at, &login, &all(&asked)).await.unwrap();
        assert!(rp.authorize(&silently()).await.param("code").is_some(), "{what}: remembered anew");
    }
}

#[tokio::test]
async fn a_consent_that_does_not_count_is_in_no_list_and_of_one_that_does_only_what_was_read() {
    let w = World::new().await;
    let login = w.sign_in(AN);
    for (what, change) in CHANGES {
        let rp =
            Rp::with_key(&w, &ClientDraft { grants: vec![GrantType::AuthorizationCode], ..bank() }).await;
        rp.tokens("openid profile").await;
        w.wait(301);
        assert_eq!(list(&w, &login).await[0].claims.len(), 3);
        let mut draft = w.find(rp.id).await.settings;
        change(&mut draft);
        changed(&w, rp.id, &draft).await;
        let left = list(&w, &login).await.first().map(|one| one.claims.len());
        let party = draft.name != bank().name || draft.purpose != bank().purpose;
        assert_eq!(left, if party { None } else { Some(2) }, "{what}");
        withdraw(&w, &login, &rp).await.unwrap();
    }
}

#[tokio::test]
async fn what_does_not_stand_on_the_page_changes_no_consent() {
    let w = World::new().await;
    w.sign_in(AN);
    let rp = Rp::with_key(&w, &bank()).await;
    rp.tokens("openid profile").await;
    let mut draft = w.find(rp.id).await.settings;
    draft.redirect_uris.push("https://bank.example/more".into());
    draft.claims.retain(|right| right.claim != Claim::PersonalNumber);
    draft.claims.reverse();
    draft.contact = "else@bank.example".into();
    changed(&w, rp.id, &draft).await;
    assert!(rp.authorize(&rp.ask("openid profile")).await.param("code").is_some());
}

#[tokio::test]
async fn what_is_held_tells_nothing_for_a_purpose_that_nobody_read() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let tokens = rp.tokens("openid profile offline_access").await;
    let told = rp.userinfo(&tokens.text("access_token")).await.json();
    assert!(told.get("birthdate").is_some() && told.get("name").is_some());
    let mut draft = w.find(rp.id).await.settings;
    of_birthdate(&mut draft, |right| right.purpose = Some(Text::new("Quảng cáo", "Advertising")));
    changed(&w, rp.id, &draft).await;
    let access = rp.refresh(&tokens.text("refresh_token")).await.text("access_token");
    let told = rp.userinfo(&access).await.json();
    assert!(told.get("birthdate").is_none() && told.get("name").is_some(), "{told}");
    // In the identity token as little, when the change comes between the yes and the exchange.
    let mut ask = rp.ask("openid");
    ask.push(("claims", json!({ "id_token": { "birthdate": { "essential": true } } }).to_string()));
    let code = rp.code(&ask).await;
    of_birthdate(&mut draft, |right| right.legal_basis = "Luật khác".into());
    changed(&w, rp.id, &draft).await;
    let told = crate::rp::claims_of(&w.app, &rp.exchange(&code).await.text("id_token")).await;
    assert!(told.get("birthdate").is_none(), "{told}");
}

#[tokio::test]
async fn a_match_for_another_purpose_is_none() {
    let w = World::new().await;
    let right = ClaimRight::new(Claim::IdentityMatch, "Luật Phòng, chống rửa tiền, Điều 9");
    let rp = Rp::with_key(&w, &ClientDraft { claims: vec![right], ..bank() }).await;
    w.sign_in(AN);
    let tokens = rp.tokens("openid match offline_access").await;
    let known = json!({ "name": "Nguyễn Văn An" });
    assert_eq!(rp.compare(&tokens.text("access_token"), &known).await.body, r#"{"match":true}"#);
    let mut draft = w.find(rp.id).await.settings;
    draft.purpose = Text::new("Quảng cáo", "Advertising");
    changed(&w, rp.id, &draft).await;
    let access = rp.refresh(&tokens.text("refresh_token")).await.text("access_token");
    assert_eq!(rp.compare(&access, &known).await.error(), "insufficient_scope");
}

#[tokio::test]
async fn a_consent_from_before_it_was_written_down_what_was_shown_asks_again() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let login = w.sign_in(AN);
    rp.tokens("openid profile").await;
    let connection = w.db.store.connection().await.unwrap();
    connection.batch_execute("UPDATE openid.consent SET party = DEFAULT, shown = DEFAULT").await.unwrap();
    let terms = r#"UPDATE openid."grant" SET terms = terms - 'shown' - 'way'"#;
    connection.batch_execute(terms).await.unwrap();
    assert!(rp.authorize(&rp.ask("openid profile")).await.location().starts_with("/authorize/"));
    assert!(rp.authorize(&rp.ask("openid")).await.location().starts_with("/authorize/"));
    let given = list(&w, &login).await;
    assert_eq!(
        (given.len(), given[0].claims.len(), given[0].remembered),
        (1, 0, None),
        "what is held is seen"
    );
    withdraw(&w, &login, &rp).await.unwrap();
}

// And only of whom it was asked.

#[tokio::test]
async fn a_yes_counts_for_the_page_that_was_read_and_for_whom_it_was_drawn() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &everywhere()).await;
    let (an, binh) = (w.sign_in(AN), w.sign_in(BINH));
    let at = rp.authorize(&rp.ask("openid profile")).await;
    let read = all(&question(&w, &at, &an).await.unwrap());
    let refused = async |login: &Login, choice: &Choice| match answer(&w, &at, login, choice).await {
        Err(OpenIdError::Changed(changed)) => changed,
        other => panic!("{other:?}"),
    };
    // Somebody else signed in in another tab.
    assert_eq!(refused(&binh, &read).await, Changed::Account);
    // The page says nothing of itself.
    assert_eq!(refused(&an, &Choice { seen: None, ..read.clone() }).await, Changed::Question);
    // It is the page of another question.
    let other = rp.authorize(&rp.ask("openid level")).await;
    let other = all(&question(&w, &other, &an).await.unwrap());
    assert_eq!(refused(&an, &Choice { seen: other.seen, ..read.clone() }).await, Changed::Question);
    // The party changed what it asks while the page was open.
    let (code, user) = screen(&rp, "openid profile").await;
    let at_screen_read = all(&at_screen(&w, user, &an).await);
    let (asked, call_id) = call(&w, &rp, "openid profile", &an).await;
    let at_phone_read = all(&at_phone(&w, call_id, &an).await);
    let mut draft = w.find(rp.id).await.settings;
    draft.purpose = Text::new("Quảng cáo", "Advertising");
    changed(&w, rp.id, &draft).await;
    assert_eq!(refused(&an, &read).await, Changed::Question);
    let told = yes_at_screen(&w, user, &an, &at_screen_read).await;
    assert!(matches!(told, Err(OpenIdError::Changed(Changed::Question))), "{told:?}");
    let told = yes_at_screen(&w, user, &binh, &at_screen_read).await;
    assert!(matches!(told, Err(OpenIdError::Changed(Changed::Account))), "{told:?}");
    let told = yes_at_phone(&w, call_id, &an, &at_phone_read).await;
    assert!(matches!(told, Err(OpenIdError::Changed(Changed::Question))), "{told:?}");

    // Nothing was remembered, handed out or written, and the questions still stand.
    assert_eq!(w.count("SELECT count(*) FROM openid.consent").await, 0);
    assert_eq!(w.count("SELECT count(*) FROM openid.code").await, 0);
    assert!(w.audit().await.iter().all(|e| !e.contains("openid.consent_give")));
    assert_eq!(poll(&rp, &code).await.error(), "authorization_pending");
    assert_eq!(fetch(&rp, &asked).await.error(), "authorization_pending");
    let read = all(&question(&w, &at, &an).await.unwrap());
    assert!(answer(&w, &at, &an, &read).await.is_ok());
    yes_at_screen(&w, user, &an, &all(&at_screen(&w, user, &an).await)).await.unwrap();
    yes_at_phone(&w, call_id, &an, &all(&at_phone(&w, call_id, &an).await)).await.unwrap();
}

#[tokio::test]
async fn a_page_is_asked_again_although_all_was_allowed_in_another_tab() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let login = w.sign_in(AN);
    let at = rp.authorize(&rp.ask("openid profile")).await;
    rp.tokens("openid profile").await;
    let (id, browser) = interaction(&at);
    let cx = &w.cx;
    let next = w.run(async |tx| ops::interaction_ask(cx, tx, id, &browser, Some(&login)).await).await;
    assert!(matches!(next, Ok(Next::Ask(_))), "whoever answers is not answered for");
    let next = w.run(async |tx| ops::interaction_next(cx, tx, id, &browser, Some(&login)).await).await;
    assert!(matches!(next, Ok(Next::Leave(_))));
}

// Nobody is asked for what they cannot have.

fn with_both_numbers() -> ClientDraft {
    let mut draft = bank();
    draft.claims.push(ClaimRight::new(Claim::ForeignerNumber, "Luật Các tổ chức tín dụng, Điều 14"));
    draft
}

#[tokio::test]
async fn a_citizen_is_not_asked_for_a_foreigners_number_nor_a_foreigner_for_a_citizens() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &with_both_numbers()).await;
    let both = "openid number foreigner_number";
    for (account, claim, number) in
        [(AN, Claim::PersonalNumber, AN_NUMBER), (KIM, Claim::ForeignerNumber, KIM_NUMBER)]
    {
        let login = w.sign_in(account);
        let at = rp.authorize(&rp.ask(both)).await;
        let asked = question(&w, &at, &login).await.unwrap();
        assert_eq!(asked.asked.iter().map(|a| a.claim).collect::<Vec<_>>(), [claim]);
        let access = rp.exchange(&answer(&w, &at, &login, &all(&asked)).await.unwrap()).await;
        let told = rp.userinfo(&access.text("access_token")).await.json();
        assert_eq!((told[claim.as_str()].as_str(), told.as_object().unwrap().len()), (Some(number), 2));
        // What cannot be allowed is not asked for each time.
        assert!(rp.authorize(&rp.ask(both)).await.param("code").is_some(), "{claim}");
    }
}

#[tokio::test]
async fn a_number_that_is_essential_and_that_the_person_cannot_have_is_the_defined_error() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &with_both_numbers()).await;
    for (account, number) in [(AN, "foreigner_number"), (KIM, "personal_number"), (BINH, "foreigner_number")]
    {
        w.sign_in(account);
        let mut ask = rp.ask("openid");
        ask.push(("claims", json!({ "userinfo": { number: { "essential": true } } }).to_string()));
        let told = rp.authorize(&ask).await;
        assert_eq!(told.param("error").as_deref(), Some("unmet_authentication_requirements"), "{number}");
    }
    // In silence nobody finds out who is a foreigner.
    for (account, number) in [(AN, "foreigner_number"), (AN, "personal_number"), (KIM, "personal_number")] {
        w.sign_in(account);
        let mut ask = rp.ask("openid");
        ask.push(("claims", json!({ "userinfo": { number: { "essential": true } } }).to_string()));
        ask.push(("prompt", "none".to_owned()));
        let told = rp.authorize(&ask).await;
        assert_eq!(told.param("error").as_deref(), Some("consent_required"), "{number}");
    }
    // Whose number it is is asked as ever.
    let login = w.sign_in(KIM);
    let mut ask = rp.ask("openid");
    ask.push(("claims", json!({ "userinfo": { "foreigner_number": { "essential": true } } }).to_string()));
    assert!(question(&w, &rp.authorize(&ask).await, &login).await.unwrap().asked[0].essential);
}
