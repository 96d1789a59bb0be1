//! Acting for an organisation: chosen by the person each time, told with a receipt, and over when the representation is.

use contracts::{
    AccountId, OrganisationId,
    events::{RepresentationEnded, emit},
    ports::ActingFor,
};
use http::StatusCode;
use openid::{AccountFollower, Choice, Claim, ClientDraft, Next, OpenIdError, model::ClaimRight, ops};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    rp::{Rp, Told, interaction, param},
    world::{AN, KIM, KIM_NUMBER, World, bank},
};

const SCOPE: &str = "openid profile organisation";

fn bank_with_organisations() -> ClientDraft {
    let right = ClaimRight::new(Claim::Organisation, "Luật Doanh nghiệp 59/2020/QH14, Điều 12");
    let mut draft = bank();
    draft.claims.push(right);
    draft
}

fn company(n: u128) -> ActingFor {
    ActingFor {
        organisation: OrganisationId(Uuid::from_u128(n)),
        code: format!("TC{n:011}"),
        name: format!("Công ty {n}"),
        role: "legal",
    }
}

fn represents(w: &World, all: &[ActingFor]) {
    w.accounts.2.lock().unwrap().insert(AN, all.to_vec());
}

/// What the page asks.
async fn question(w: &World, at: &Told) -> Option<openid::Question> {
    let (id, browser) = interaction(at);
    let login = w.login.lock().unwrap().clone().unwrap();
    let cx = &w.cx;
    match w.run(async |tx| ops::interaction_next(cx, tx, id, &browser, Some(&login)).await).await.unwrap() {
        Next::Ask(question) => Some(*question),
        Next::Leave(_) => None,
        Next::SignIn(how) => panic!("sign in: {how:?}"),
    }
}

/// Says yes to everything, for an organisation or for nobody else.
async fn choose(w: &World, at: &Told, organisation: Option<OrganisationId>) -> Result<String, OpenIdError> {
    let (id, browser) = interaction(at);
    let login = w.login.lock().unwrap().clone().unwrap();
    let cx = &w.cx;
    let seen = question(w, at).await.map(|question| question.seen);
    let choice = Choice { seen, claims: Claim::ALL.to_vec(), organisation, ..Choice::default() };
    let answer = w.run(async |tx| ops::interaction_accept(cx, tx, id, &browser, &login, &choice).await).await;
    match answer? {
        openid::Answer::Redirect(address) => Ok(param(&address, "code").unwrap()),
        openid::Answer::Post { .. } => panic!("a form"),
    }
}

async fn tokens(w: &World, rp: &Rp<'_>, organisation: Option<OrganisationId>) -> Told {
    let at = rp.authorize(&rp.ask(SCOPE)).await;
    let told = rp.exchange(&choose(w, &at, organisation).await.unwrap()).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    told
}

async fn ends(w: &World, account: AccountId, organisation: OrganisationId) {
    w.run(async |tx| {
        let at = tx.now();
        emit(tx, &RepresentationEnded { account, organisation, at });
        Ok::<_, OpenIdError>(())
    })
    .await
    .unwrap();
    store::relay::drain(&w.db.store, &AccountFollower(w.cx.clone())).await.unwrap();
}

#[tokio::test]
async fn whoever_acts_for_an_organisation_says_so_and_the_service_learns_which_one() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank_with_organisations()).await;
    w.sign_in(AN);
    represents(&w, &[company(1), company(2)]);
    let at = rp.authorize(&rp.ask(SCOPE)).await;
    let asked = question(&w, &at).await.unwrap();
    assert_eq!(asked.organisations, [company(1), company(2)]);
    let law = asked.asked.iter().find(|a| a.claim == Claim::Organisation).unwrap();
    assert!(law.legal_basis.contains("Luật Doanh nghiệp"));
    let access = rp.exchange(&choose(&w, &at, Some(company(2).organisation)).await.unwrap()).await;
    let info = rp.userinfo(&access.text("access_token")).await.json();
    assert_eq!(
        info["organisation"],
        json!({ "code": "TC00000000002", "name": "Công ty 2", "role": "legal" })
    );
    assert_eq!(info["name"], "Nguyễn Văn An");
    let acts = w.accounts.3.lock().unwrap().clone();
    assert_eq!(acts, [(AN, "Ngân hàng Mẫu".to_owned())], "its representatives see it");
    let receipts = w.texts("SELECT array_to_string(claims, ' ') FROM openid.release").await;
    assert!(receipts.iter().any(|r| r.contains("organisation")), "{receipts:?}");
    let log = w.audit().await;
    assert!(log.iter().any(|e| e.contains("openid.claims_release") && e.contains("organisation")), "{log:?}");
}

#[tokio::test]
async fn in_the_identity_token_too_where_it_is_asked_there() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank_with_organisations()).await;
    w.sign_in(AN);
    represents(&w, &[company(1)]);
    let mut ask = rp.ask("openid");
    ask.push(("claims", json!({ "id_token": { "organisation": { "essential": true } } }).to_string()));
    let at = rp.authorize(&ask).await;
    let told = rp.exchange(&choose(&w, &at, Some(company(1).organisation)).await.unwrap()).await;
    let claims: Value = crate::rp::claims_of(&w.app, &told.text("id_token")).await;
    assert_eq!(claims["organisation"]["code"], "TC00000000001");
    // However essential: nobody has to act for anybody.
    let at = rp.authorize(&ask).await;
    let told = rp.exchange(&choose(&w, &at, None).await.unwrap()).await;
    assert_eq!(crate::rp::claims_of(&w.app, &told.text("id_token")).await.get("organisation"), None);
}

#[tokio::test]
async fn for_whom_is_asked_each_time_and_only_of_who_has_a_choice() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank_with_organisations()).await;
    w.sign_in(AN);
    represents(&w, &[company(1)]);
    let told = tokens(&w, &rp, None).await;
    let info = rp.userinfo(&told.text("access_token")).await.json();
    assert_eq!((info.get("organisation"), &info["name"]), (None, &json!("Nguyễn Văn An")));
    assert!(w.accounts.3.lock().unwrap().is_empty(), "nobody acted for anybody");
    // All of it was allowed before, and yet the person is asked.
    let at = rp.authorize(&rp.ask(SCOPE)).await;
    assert!(question(&w, &at).await.is_some());
    let mut silent = rp.ask(SCOPE);
    silent.push(("prompt", "none".into()));
    assert_eq!(rp.authorize(&silent).await.param("error").as_deref(), Some("consent_required"));
    // Who represents nobody is not asked.
    represents(&w, &[]);
    let at = rp.authorize(&rp.ask(SCOPE)).await;
    assert!(at.location().starts_with("https://bank.example/cb?code="), "{}", at.location());
}

#[tokio::test]
async fn an_organisation_that_the_person_does_not_represent_cannot_be_chosen() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank_with_organisations()).await;
    w.sign_in(AN);
    represents(&w, &[company(1)]);
    let at = rp.authorize(&rp.ask(SCOPE)).await;
    let refused = choose(&w, &at, Some(company(7).organisation)).await;
    assert!(matches!(refused, Err(OpenIdError::WrongState)));
    // A client that has no right to know is not told, whatever it asks.
    let nosy = Rp::with_key(&w, &bank()).await;
    let pushed = nosy.push(&nosy.ask(SCOPE)).await;
    assert_eq!(pushed.status, StatusCode::BAD_REQUEST, "{}", pushed.body);
}

#[tokio::test]
async fn what_was_given_for_an_organisation_dies_with_the_representation_and_nothing_else_does() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank_with_organisations()).await;
    w.sign_in(AN);
    represents(&w, &[company(1), company(2)]);
    let own = tokens(&w, &rp, None).await;
    let first = tokens(&w, &rp, Some(company(1).organisation)).await;
    let second = tokens(&w, &rp, Some(company(2).organisation)).await;
    let at = rp.authorize(&rp.ask(SCOPE)).await;
    let waiting = choose(&w, &at, Some(company(1).organisation)).await.unwrap();

    represents(&w, &[company(2)]);
    ends(&w, AN, company(1).organisation).await;
    assert_eq!(rp.userinfo(&first.text("access_token")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(rp.refresh(&first.text("refresh_token")).await.error(), "invalid_grant");
    assert_eq!(rp.exchange(&waiting).await.error(), "invalid_grant", "also a code that was not used yet");
    for alive in [&own, &second] {
        assert_eq!(rp.userinfo(&alive.text("access_token")).await.status, StatusCode::OK);
        assert_eq!(rp.refresh(&alive.text("refresh_token")).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_term_that_is_over_is_over_before_anybody_is_told() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank_with_organisations()).await;
    w.sign_in(AN);
    represents(&w, &[company(1)]);
    let given = tokens(&w, &rp, Some(company(1).organisation)).await;
    let at = rp.authorize(&rp.ask(SCOPE)).await;
    let code = choose(&w, &at, Some(company(1).organisation)).await.unwrap();
    represents(&w, &[]);
    assert_ne!(rp.userinfo(&given.text("access_token")).await.status, StatusCode::OK);
    assert_ne!(rp.exchange(&code).await.status, StatusCode::OK);
    assert_eq!(rp.refresh(&given.text("refresh_token")).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_foreigners_number_is_told_like_a_personal_one_and_to_nobody_who_has_no_right() {
    let w = World::new().await;
    let mut draft = bank();
    draft.claims.push(ClaimRight::new(Claim::ForeignerNumber, "Luật Các tổ chức tín dụng, Điều 14"));
    let rp = Rp::with_key(&w, &draft).await;
    w.sign_in(KIM);
    let info = rp.userinfo(&rp.tokens("openid foreigner_number").await.text("access_token")).await.json();
    assert_eq!(info["foreigner_number"], KIM_NUMBER);
    let log = w.audit().await;
    assert!(log.iter().any(|e| e.contains("openid.claims_release") && e.contains("foreigner_number")));
    let nosy = Rp::with_key(&w, &bank()).await;
    let pushed = nosy.push(&nosy.ask("openid foreigner_number")).await;
    assert_eq!(pushed.status, StatusCode::BAD_REQUEST, "{}", pushed.body);
    // An account of level 1 has none to tell.
    w.accounts.put(KIM, contracts::IdentityLevel::One, true);
    let info = rp.userinfo(&rp.tokens("openid foreigner_number").await.text("access_token")).await.json();
    assert_eq!(info.get("foreigner_number"), None);
}
