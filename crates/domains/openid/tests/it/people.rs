//! What is told about people: only what they allowed, only with its law, and never without a trace.

use base::Text;
use contracts::{IdentityLevel, LoginStrength, Method, events::AccountChange};
use openid::{Claim, ClientDraft, ops};
use serde_json::json;

use crate::{
    rp::{Rp, param},
    world::{AN, AN_NUMBER, BINH, World, bank, person_of},
};

#[tokio::test]
async fn each_release_leaves_one_receipt_and_one_entry_that_names_the_client_and_the_law() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let login = w.sign_in(AN);
    let access = rp.tokens("openid profile").await.text("access_token");
    let released = async || {
        w.audit().await.into_iter().filter(|e| e.contains("openid.claims_release")).collect::<Vec<_>>()
    };
    assert_eq!(released().await.len(), 0);
    let before = w.audit().await.len();
    rp.userinfo(&access).await;
    rp.userinfo(&access).await;
    let entries = released().await;
    assert_eq!(entries.len(), 1);
    assert_eq!(w.audit().await.len(), before + 1, "the reading is no second line");
    for said in [
        "Ngân hàng Mẫu",
        "NHNN",
        "tín dụng",
        "Điều 19",
        "birthdate",
        "release_claims",
        &person_of(AN).to_string(),
    ] {
        assert!(entries[0].contains(said), "{said}: {}", entries[0]);
    }
    w.wait(61);
    rp.userinfo(&access).await;
    assert_eq!(released().await.len(), 2);
    let cx = &w.cx;
    let receipts = w.run(async |tx| ops::receipt_list(cx, tx, &login.actor, None, 10).await).await.unwrap();
    assert_eq!(receipts.len(), 2);
    let mut told: Vec<Claim> = receipts[0].claims.iter().map(|c| c.claim).collect();
    told.sort();
    assert_eq!(told, [Claim::Name, Claim::Birthdate, Claim::Gender]);
}

#[tokio::test]
async fn openid_alone_reads_nothing_and_leaves_nothing() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let access = rp.tokens("openid").await.text("access_token");
    let before = w.audit().await.len();
    assert_eq!(rp.userinfo(&access).await.json().as_object().unwrap().len(), 1);
    assert_eq!(w.audit().await.len(), before);
    assert_eq!(w.count("SELECT count(*) FROM openid.release").await, 0);
}

#[tokio::test]
async fn the_number_needs_level_two_and_a_law() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let access = rp.tokens("openid number").await.text("access_token");
    assert_eq!(rp.userinfo(&access).await.json()["personal_number"], AN_NUMBER);
    // Never in a front channel, an access token, or a table of ours.
    assert!(
        !jose::b64::decode(access.split('.').nth(1).unwrap())
            .unwrap()
            .windows(12)
            .any(|s| s == AN_NUMBER.as_bytes())
    );
    let everything = everything(&w).await;
    assert!(everything.contains("personal_number") && !everything.contains(AN_NUMBER));

    // Somebody of level 1 is not told of it; where it is essential, that is an error.
    w.sign_in(BINH);
    let access = rp.tokens("openid number").await.text("access_token");
    assert_eq!(rp.userinfo(&access).await.json().get("personal_number"), None);
    let mut ask = rp.ask("openid");
    ask.push(("claims", json!({ "userinfo": { "personal_number": { "essential": true } } }).to_string()));
    let told = rp.authorize(&ask).await;
    assert_eq!(told.param("error").as_deref(), Some("unmet_authentication_requirements"));

    let mut lawless = bank();
    lawless.claims.retain(|r| r.claim != Claim::PersonalNumber);
    let rp = Rp::with_key(&w, &lawless).await;
    assert_eq!(rp.push(&rp.ask("openid number")).await.error(), "invalid_scope");
    assert_eq!(rp.push(&ask_for_number(&rp)).await.error(), "invalid_request");
}

fn ask_for_number(rp: &Rp<'_>) -> Vec<(&'static str, String)> {
    let mut ask = rp.ask("openid");
    ask.push(("claims", json!({ "id_token": { "personal_number": null } }).to_string()));
    ask
}

/// Every row of every table, as text.
async fn everything(w: &World) -> String {
    let tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('openid', 'store')";
    let mut out = String::new();
    for table in w.texts(tables).await {
        out.extend(w.texts(&format!("SELECT t::text FROM {table} t")).await);
    }
    out
}

#[tokio::test]
async fn no_code_no_token_and_no_secret_stands_in_a_table() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &crate::world::museum()).await;
    w.sign_in(AN);
    let code = rp.code(&rp.ask("openid")).await;
    let tokens = rp.exchange(&code).await;
    let crate::rp::Proves::Secret(secret) = &rp.proves else { panic!() };
    let dump = everything(&w).await;
    assert!(dump.contains(&rp.id.to_string()), "the dump is one");
    let hexed =
        |text: &str| jose::b64::decode(text).unwrap().iter().map(|b| format!("{b:02x}")).collect::<String>();
    for clear in [secret.as_str(), &code, &tokens.text("access_token"), &tokens.text("refresh_token")] {
        assert!(!dump.contains(clear));
        assert!(clear.contains('.') || !dump.contains(&hexed(clear)));
    }
}

#[tokio::test]
async fn what_is_not_essential_can_be_left_out_and_is_asked_again_only_when_it_grows() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let login = w.sign_in(AN);
    let claims =
        json!({ "userinfo": { "name": null, "age_over_18": { "essential": true }, "gender": null } });
    let mut ask = rp.ask("openid");
    ask.push(("claims", claims.to_string()));
    let at = rp.authorize(&ask).await;
    let (id, browser) = crate::rp::interaction(&at);
    let cx = &w.cx;
    let next =
        w.run(async |tx| ops::interaction_next(cx, tx, id, &browser, Some(&login)).await).await.unwrap();
    let openid::Next::Ask(question) = next else { panic!() };
    let essential: Vec<Claim> = question.asked.iter().filter(|a| a.essential).map(|a| a.claim).collect();
    assert_eq!((question.asked.len(), essential), (3, vec![Claim::AgeOver18]));
    assert_eq!((question.goes_to.as_str(), question.owner.as_str()), ("https://bank.example", "NHNN"));
    // Only the gender is ticked; what is essential comes along, what was never asked does not.
    let claims = vec![Claim::Gender, Claim::PersonalNumber];
    let choice = openid::Choice { claims, ..crate::rp::all(&question) };
    let answer = w.run(async |tx| ops::interaction_accept(cx, tx, id, &browser, &login, &choice).await).await;
    let openid::Answer::Redirect(address) = answer.unwrap() else { panic!() };
    let access = rp.exchange(&param(&address, "code").unwrap()).await.text("access_token");
    let info = rp.userinfo(&access).await.json();
    assert_eq!((&info["gender"], &info["age_over_18"]), (&json!("male"), &json!(true)));
    assert_eq!((info.get("name"), info.get("personal_number")), (None, None));

    let mut less = rp.ask("openid");
    less.push(("claims", json!({ "userinfo": { "gender": null } }).to_string()));
    assert!(rp.authorize(&less).await.location().starts_with("https://bank.example/cb?code="));
    assert!(rp.authorize(&ask).await.location().starts_with("/authorize/"));
}

#[tokio::test]
async fn only_once_is_asked_again_whatever_was_allowed_before() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let login = w.sign_in(AN);
    rp.tokens("openid profile").await;
    let mut again = rp.ask("openid profile");
    assert!(rp.authorize(&again).await.location().starts_with("https://bank.example/cb?code="));
    again.push(("prompt", "consent".to_owned()));
    let (id, browser) = crate::rp::interaction(&rp.authorize(&again).await);
    let cx = &w.cx;
    let next = w.run(async |tx| ops::interaction_next(cx, tx, id, &browser, Some(&login)).await).await;
    let Ok(openid::Next::Ask(question)) = next else { panic!("not asked") };
    let choice = openid::Choice { claims: vec![Claim::Name], only_once: true, ..crate::rp::all(&question) };
    w.run(async |tx| ops::interaction_accept(cx, tx, id, &browser, &login, &choice).await).await.unwrap();
    assert!(rp.authorize(&rp.ask("openid profile")).await.location().starts_with("/authorize/"));
}

#[tokio::test]
async fn each_place_is_asked_for_however_many_were_allowed() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let in_place = |place: &str| {
        let mut ask = rp.ask("openid");
        let wanted = json!({ "userinfo": { "resident_of": { "value": place } } });
        ask.push(("claims", wanted.to_string()));
        ask
    };
    rp.code(&in_place("01")).await;
    for place in ["01", "79"] {
        assert!(rp.authorize(&in_place(place)).await.location().starts_with("/authorize/"), "{place}");
        let mut silent = in_place(place);
        silent.push(("prompt", "none".to_owned()));
        assert!(rp.authorize(&silent).await.location().contains("error=consent_required"), "{place}");
    }
}

#[tokio::test]
async fn who_may_come_back_any_time_is_asked_for_each_time() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let session = w.sign_in(AN).session;
    rp.tokens("openid offline_access").await;
    let plain = rp.tokens("openid").await;
    w.happens(AN, AccountChange::SessionEnded { session }).await;
    assert_eq!(rp.refresh(&plain.text("refresh_token")).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_number_is_in_no_identity_token() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    for number in ["personal_number", "foreigner_number"] {
        let mut ask = rp.ask("openid");
        ask.push(("claims", json!({ "id_token": { number: { "essential": true } } }).to_string()));
        assert_eq!(rp.push(&ask).await.error(), "invalid_request", "{number}");
    }
}

#[tokio::test]
async fn a_right_that_a_client_lost_tells_nothing_any_more() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let access = rp.tokens("openid profile").await.text("access_token");
    let mut less: ClientDraft = w.find(rp.id).await.settings;
    less.claims.retain(|r| r.claim != Claim::Name);
    crate::clients::changed(&w, rp.id, &less).await;
    let info = rp.userinfo(&access).await.json();
    assert_eq!((info.get("name"), &info["gender"]), (None, &json!("male")));
}

#[tokio::test]
async fn a_login_is_as_strong_as_it_is_and_never_silently_weaker_than_asked() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let login = w.sign_in_with(AN, LoginStrength::One, &[Method::Password]);
    let mut ask = rp.ask("openid");
    ask.push((
        "acr_values",
        "urn:vn:nd69-2024:auth:4 urn:vn:nd69-2024:auth:2 urn:mace:incommon:iap:silver".into(),
    ));
    let at = rp.authorize(&ask).await;
    let (id, browser) = crate::rp::interaction(&at);
    let cx = &w.cx;
    let next = async |login: &contracts::Login| {
        w.run(async |tx| ops::interaction_next(cx, tx, id, &browser, Some(login)).await).await.unwrap()
    };
    let openid::Next::SignIn(how) = next(&login).await else { panic!() };
    assert_eq!((how.fresh, how.strength), (false, Some(LoginStrength::Two)));
    // A page cannot say yes in the meantime.
    let choice = openid::Choice::default();
    let early = w.run(async |tx| ops::interaction_accept(cx, tx, id, &browser, &login, &choice).await).await;
    assert!(matches!(early, Err(openid::OpenIdError::WrongState)));
    let stronger = w.sign_in_with(AN, LoginStrength::Two, &[Method::Password, Method::AppCode]);
    assert!(matches!(next(&stronger).await, openid::Next::Ask(_)));
    // Whoever cannot is told so to the client.
    let why = ops::Refusing::StrengthUnmet;
    let answer = w.run(async |tx| ops::interaction_refuse(cx, tx, id, &browser, why).await).await.unwrap();
    let openid::Answer::Redirect(address) = answer else { panic!() };
    assert_eq!(param(&address, "error").as_deref(), Some("unmet_authentication_requirements"));

    w.accounts.put(AN, IdentityLevel::One, true);
    let mut ask = rp.ask("openid");
    let wanted = json!({ "id_token": { "identity_level": { "essential": true, "value": 2 } } });
    ask.push(("claims", wanted.to_string()));
    let told = rp.authorize(&ask).await;
    assert_eq!(told.param("error").as_deref(), Some("unmet_authentication_requirements"));
}

#[tokio::test]
async fn a_claim_that_is_for_something_else_says_so_when_asked_in_the_receipt_and_in_the_log() {
    let w = World::new().await;
    let mut draft = bank();
    let special = Text::new("Báo cáo thuế", "To report taxes");
    for right in draft.claims.iter_mut().filter(|right| right.claim == Claim::Birthdate) {
        right.purpose = Some(special.clone());
    }
    let rp = Rp::with_key(&w, &draft).await;
    let login = w.sign_in(AN);
    let at = rp.authorize(&rp.ask("openid profile")).await;
    let (id, browser) = crate::rp::interaction(&at);
    let cx = &w.cx;
    let next =
        w.run(async |tx| ops::interaction_next(cx, tx, id, &browser, Some(&login)).await).await.unwrap();
    let openid::Next::Ask(question) = next else { panic!("not asked") };
    let own = |claim| question.asked.iter().find(|a| a.claim == claim).unwrap().purpose.clone();
    assert_eq!((own(Claim::Birthdate), own(Claim::Name)), (Some(special.clone()), None));

    let code = param(&rp.agree(&at).await, "code").unwrap();
    let access = rp.exchange(&code).await.text("access_token");
    rp.userinfo(&access).await;
    let receipts = w.run(async |tx| ops::receipt_list(cx, tx, &login.actor, None, 10).await).await.unwrap();
    let given = w.run(async |tx| ops::consent_list(cx, tx, &login.actor).await).await.unwrap();
    for claims in [&receipts[0].claims, &given[0].claims] {
        let of = |claim| claims.iter().find(|c| c.claim == claim).unwrap().purpose.clone();
        assert_eq!((of(Claim::Birthdate), of(Claim::Name)), (Some(special.clone()), Some(bank().purpose)));
    }
    let log = w.audit().await;
    let entry = log.iter().find(|e| e.contains("openid.claims_release")).unwrap();
    assert!(entry.contains("(birthdate: Báo cáo thuế)"), "{entry}");

    for bad in [Text::new("", "x"), Text::new("x", ""), Text::new("x".repeat(2_000), "x")] {
        draft.claims[0].purpose = Some(bad);
        let owner = crate::world::officer(crate::world::agency(), 1);
        let refused = w.run(async |tx| ops::client_propose(cx, tx, &owner, &draft).await).await;
        assert!(matches!(refused, Err(openid::OpenIdError::Invalid(_))));
    }
}

#[tokio::test]
async fn a_bank_learns_whether_what_it_knows_is_right_and_nothing_more() {
    let w = World::new().await;
    let mut draft = bank();
    draft.claims =
        vec![openid::model::ClaimRight::new(Claim::IdentityMatch, "Luật Phòng, chống rửa tiền, Điều 9")];
    let rp = Rp::with_key(&w, &draft).await;
    let login = w.sign_in(AN);
    let access = rp.tokens("openid match").await.text("access_token");
    assert_eq!(
        rp.userinfo(&access).await.json().as_object().unwrap().len(),
        1,
        "userinfo says nothing of it"
    );
    let before = w.audit().await.len();
    let right = json!({"name": "NGUYỄN VĂN AN", "birthdate": "1990-05-17", "gender": "male", "personal_number": AN_NUMBER});
    let mut wrong = right.clone();
    wrong["birthdate"] = json!("1990-05-18");
    let told = rp.compare(&access, &right).await;
    assert_eq!((told.status.as_u16(), told.body.as_str()), (200, r#"{"match":true}"#));
    assert_eq!(rp.compare(&access, &wrong).await.body, r#"{"match":false}"#);
    let log = w.audit().await;
    assert_eq!(log.len(), before + 2, "each question is one line in the log");
    let said = ["openid.claims_release", "identity_match", "rửa tiền", "Ngân hàng Mẫu"];
    let lines = log.iter().filter(|e| said.iter().all(|word| e.contains(word)));
    assert_eq!(lines.count(), 2);
    assert!(log.iter().all(|e| !e.contains(AN_NUMBER) && !e.contains("1990-05-18")));
    let cx = &w.cx;
    let receipts = w.run(async |tx| ops::receipt_list(cx, tx, &login.actor, None, 10).await).await.unwrap();
    assert_eq!((receipts.len(), receipts[0].claims[0].claim), (2, Claim::IdentityMatch));

    for bad in [json!({}), json!({"gender": "male"}), json!({"name": "x", "colour": "y"}), json!([])] {
        assert_eq!(rp.compare(&access, &bad).await.error(), "invalid_request", "{bad}");
    }
    // Nobody finds a date of birth by trying.
    for _ in 0..3 {
        assert_eq!(rp.compare(&access, &wrong).await.status.as_u16(), 200);
    }
    assert_eq!(rp.compare(&access, &right).await.status.as_u16(), 429);
    w.wait(24 * 3600 + 1);
    w.sign_in(AN);
    let access = rp.tokens("openid match").await.text("access_token");
    assert_eq!(rp.compare(&access, &right).await.body, r#"{"match":true}"#);
}

#[tokio::test]
async fn a_match_needs_the_right_the_consent_the_level_and_the_key() {
    let w = World::new().await;
    let mut draft = bank();
    draft.claims.push(openid::model::ClaimRight::new(Claim::IdentityMatch, "Luật"));
    let rp = Rp::with_key(&w, &draft).await;
    let known = json!({"name": "Nguyễn Văn An"});
    w.sign_in(AN);
    let without = rp.tokens("openid profile").await.text("access_token");
    let told = rp.compare(&without, &known).await;
    assert_eq!((told.status.as_u16(), told.error().as_str()), (403, "insufficient_scope"));
    let lawless = Rp::with_key(&w, &bank()).await;
    assert_eq!(lawless.push(&lawless.ask("openid match")).await.error(), "invalid_scope");

    w.sign_in(BINH);
    let access = rp.tokens("openid match").await.text("access_token");
    assert_eq!(rp.compare(&access, &known).await.status.as_u16(), 200);
    let number = json!({"personal_number": AN_NUMBER});
    assert_eq!(rp.compare(&access, &number).await.error(), "unmet_authentication_requirements");
    // Bound as at userinfo.
    let thief = Rp { dpop: lawless.dpop, ..rp };
    assert_eq!(thief.compare(&access, &known).await.status.as_u16(), 401);
    let own = thief.post("/token", &[("grant_type", "client_credentials")]).await.text("access_token");
    assert!(matches!(thief.compare(&own, &known).await.status.as_u16(), 401 | 403), "nobody's token");
}

#[tokio::test]
async fn in_a_sandbox_people_who_do_not_exist_are_matched_and_nothing_is_logged() {
    let w = World::new().await;
    let right = openid::model::ClaimRight::new(Claim::IdentityMatch, "Thử");
    let draft = ClientDraft { sandbox: true, audiences: Vec::new(), claims: vec![right], ..bank() };
    let rp = Rp::with_key(&w, &draft).await;
    w.sign_in(AN);
    let access = rp.tokens("openid match").await.text("access_token");
    let persona = &openid::sandbox::PERSONAS[0];
    let known = json!({ "name": persona.name, "birthdate": persona.born.to_string() });
    assert_eq!(rp.compare(&access, &known).await.body, r#"{"match":true}"#);
    let other = json!({ "name": openid::sandbox::PERSONAS[1].name });
    assert_eq!(rp.compare(&access, &other).await.body, r#"{"match":false}"#);
    assert_eq!(w.count("SELECT count(*) FROM openid.release").await, 0);
}
