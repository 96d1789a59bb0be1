//! Relying parties: entered by their agency, approved by another, seen by nobody else.

use axum::http::StatusCode;
use base::{Fault, PageRequest};
use contracts::{Actor, AgencyId, Role, Who};
use jiff::SignedDuration;
use jose::{Algorithm, Signer, SoftwareKey};
use openid::{
    Authentication, ClientDraft, ClientId, GrantType, OpenIdError, Profile, Sender,
    model::{ClaimRight, ClientEvent, SigningAlg},
    ops,
    watching::{Endpoint, Usage},
};

use crate::{
    rp::Rp,
    world::{AN, World, agency, bank, museum, officer, operator},
};

fn code_of<T>(outcome: Result<T, OpenIdError>) -> &'static str {
    outcome.err().map_or("ok", |e| e.code())
}

/// The agency changes it, and the operator approves.
pub async fn changed(w: &World, id: ClientId, draft: &ClientDraft) {
    let (cx, owner, judge) = (&w.cx, officer(agency(), 1), officer(operator(), 2));
    // Lines of history are ordered by time.
    w.wait(1);
    let version = w.find(id).await.version;
    w.run(async |tx| ops::client_change(cx, tx, &owner, id, version, draft).await).await.unwrap();
    w.wait(1);
    w.run(async |tx| ops::client_approve(cx, tx, &judge, id, version + 1).await).await.unwrap();
    cx.refresh().await.unwrap();
}

#[tokio::test]
async fn nobody_is_served_before_a_second_person_approved() {
    let w = World::new().await;
    let (cx, owner) = (&w.cx, officer(agency(), 1));
    let rp = Rp::with_key(&w, &bank()).await;
    let id = w.run(async |tx| ops::client_propose(cx, tx, &owner, &bank()).await).await.unwrap();
    let jwk = serde_json::to_string(rp.key().public_jwk()).unwrap();
    w.run(async |tx| ops::client_key_add(cx, tx, &owner, id, &jwk).await).await.unwrap();
    cx.refresh().await.unwrap();
    let new = Rp { id, ..rp };
    let told = new.post("/token", &[("grant_type", "client_credentials")]).await;
    assert_eq!((told.status, told.error()), (StatusCode::UNAUTHORIZED, "invalid_client".into()));
    assert_eq!(
        new.browse_pushed("urn:ietf:params:oauth:request_uri:x").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );

    // Not by its own agency, and not by whoever entered it.
    let version = w.find(id).await.version;
    let approve = async |actor: &Actor, id: ClientId, version: i32| {
        code_of(w.run(async |tx| ops::client_approve(cx, tx, actor, id, version).await).await)
    };
    assert_eq!(approve(&owner, id, version).await, "openid.forbidden");
    let own = officer(operator(), 7);
    let at_home = ClientDraft { redirect_uris: vec!["https://operator.example/cb".into()], ..bank() };
    let mine = w.run(async |tx| ops::client_propose(cx, tx, &own, &at_home).await).await.unwrap();
    assert_eq!(approve(&own, mine, 1).await, "openid.second_person");
    assert_eq!(approve(&officer(operator(), 8), mine, 1).await, "ok");
    assert_eq!(approve(&officer(operator(), 2), id, version - 1).await, "store.conflict");
    assert_eq!(approve(&officer(operator(), 2), id, version).await, "ok");
    assert_eq!(approve(&officer(operator(), 2), id, version + 1).await, "openid.wrong_state");
    cx.refresh().await.unwrap();
    assert_eq!(new.post("/token", &[("grant_type", "client_credentials")]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_change_waits_while_what_is_in_force_stays_so() {
    let w = World::new().await;
    let (cx, owner, judge) = (&w.cx, officer(agency(), 1), officer(operator(), 2));
    let rp = Rp::with_key(&w, &bank()).await;
    let mut more = bank();
    more.redirect_uris.push("https://bank.example/new".into());
    let version = w.find(rp.id).await.version;
    w.run(async |tx| ops::client_change(cx, tx, &owner, rp.id, version, &more).await).await.unwrap();
    cx.refresh().await.unwrap();
    let mut ask = rp.ask("openid");
    ask.retain(|(n, _)| *n != "redirect_uri");
    ask.push(("redirect_uri", "https://bank.example/new".into()));
    assert_eq!(rp.push(&ask).await.error(), "invalid_request");
    assert_eq!(rp.push(&rp.ask("openid")).await.status, StatusCode::CREATED);
    w.run(async |tx| ops::client_change_refuse(cx, tx, &judge, rp.id, version + 1, "Chưa rõ").await)
        .await
        .unwrap();
    assert_eq!(w.find(rp.id).await.change, None);
    changed(&w, rp.id, &more).await;
    assert_eq!(rp.push(&ask).await.status, StatusCode::CREATED);
    // Subjects stay what they were, whatever address comes first.
    let mut turned = more.clone();
    turned.redirect_uris = vec!["https://sub.bank.example/cb".into()];
    changed(&w, rp.id, &turned).await;
    assert_eq!(w.find(rp.id).await.settings.sector.as_deref(), Some("bank.example"));
    turned.redirect_uris = vec!["https://other.example/cb".into()];
    let version = w.find(rp.id).await.version;
    let moved = w.run(async |tx| ops::client_change(cx, tx, &owner, rp.id, version, &turned).await).await;
    assert_eq!(code_of(moved), "openid.invalid");
    let events = w.run(async |tx| ops::client_history(cx, tx, &owner, rp.id).await).await.unwrap();
    assert_eq!(events[0].event, ClientEvent::ChangeApproved);
    assert!(events.iter().any(|e| e.event == ClientEvent::ChangeRefused && e.note == "Chưa rõ"));
}

#[tokio::test]
async fn a_suspended_client_is_not_served_nor_are_its_tokens_until_it_is_resumed() {
    let w = World::new().await;
    let (cx, owner, judge) = (&w.cx, officer(agency(), 1), officer(operator(), 2));
    let rp = Rp::with_secret(&w, &museum()).await;
    w.sign_in(AN);
    let access = rp.tokens("openid").await.text("access_token");
    let version = w.find(rp.id).await.version;
    let nameless = w.run(async |tx| ops::client_suspend(cx, tx, &judge, rp.id, version, " ").await).await;
    assert_eq!(code_of(nameless), "openid.invalid");
    w.run(async |tx| ops::client_suspend(cx, tx, &judge, rp.id, version, "Khiếu nại").await).await.unwrap();
    cx.refresh().await.unwrap();
    assert_eq!(rp.userinfo(&access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(rp.refresh("x").await.error(), "invalid_client");
    w.run(async |tx| ops::client_resume(cx, tx, &judge, rp.id, version + 1).await).await.unwrap();
    cx.refresh().await.unwrap();
    assert_eq!(rp.userinfo(&access).await.status, StatusCode::OK);
    w.run(async |tx| ops::client_close(cx, tx, &owner, rp.id, version + 2).await).await.unwrap();
    cx.refresh().await.unwrap();
    assert_eq!(rp.userinfo(&access).await.status, StatusCode::UNAUTHORIZED);
    let back = w.run(async |tx| ops::client_resume(cx, tx, &judge, rp.id, version + 3).await).await;
    assert_eq!(code_of(back), "openid.wrong_state");
}

#[tokio::test]
async fn a_compatibility_client_ends_on_its_day() {
    let w = World::new().await;
    let rp = Rp::with_secret(&w, &museum()).await;
    w.wait(30 * 24 * 3600 - 1);
    assert_eq!(rp.post("/token", &[("grant_type", "client_credentials")]).await.status, StatusCode::OK);
    w.wait(1);
    assert_eq!(rp.post("/token", &[("grant_type", "client_credentials")]).await.error(), "invalid_client");
}

#[tokio::test]
async fn each_role_of_each_agency_may_what_it_may() {
    let w = World::new().await;
    let cx = &w.cx;
    let id = Rp::with_key(&w, &bank()).await.id;
    let version = w.find(id).await.version;
    let staff = |agency: AgencyId, role: Role| {
        let mut actor = officer(agency.clone(), 40);
        actor.who = Who::Staff { agency, role, name: "Lê Văn".into() };
        actor
    };
    let elsewhere = AgencyId::new("CA-X-26740");
    for role in Role::ALL {
        let manages = matches!(role, Role::Administrator | Role::Head);
        for (agency, sees, writes, judges) in [
            (agency(), manages || role == Role::Auditor, manages, false),
            (operator(), role != Role::Receiver, false, !matches!(role, Role::Receiver | Role::Auditor)),
            (elsewhere.clone(), false, false, false),
        ] {
            let actor = staff(agency.clone(), role);
            let may = |yes: bool, code: &'static str| {
                if yes {
                    code
                } else if sees {
                    "openid.forbidden"
                } else {
                    "openid.not_found"
                }
            };
            let found = w.run(async |tx| ops::client_find(cx, tx, &actor, id).await).await;
            assert_eq!(code_of(found), may(sees, "ok"), "{agency} {role:?} sees");
            let errors = w.run(async |tx| ops::client_errors(cx, tx, &actor, id).await).await;
            assert_eq!(code_of(errors), may(sees, "ok"), "{agency} {role:?} sees errors");
            let change =
                w.run(async |tx| ops::client_change(cx, tx, &actor, id, version - 1, &bank()).await).await;
            assert_eq!(code_of(change), may(writes, "store.conflict"), "{agency} {role:?} changes");
            let key = w.run(async |tx| ops::client_key_remove(cx, tx, &actor, id, "x").await).await;
            assert_eq!(code_of(key), may(writes, "openid.not_found"), "{agency} {role:?} keys");
            let judged =
                w.run(async |tx| ops::client_suspend(cx, tx, &actor, id, version - 1, "x").await).await;
            assert_eq!(code_of(judged), may(judges, "store.conflict"), "{agency} {role:?} judges");
            let listed =
                w.run(async |tx| ops::client_list(cx, tx, &actor, &PageRequest::default()).await).await;
            assert_eq!(
                listed.map_or(0, |page| page.items.len()),
                usize::from(sees),
                "{agency} {role:?} lists"
            );
        }
    }
    let citizen = w.sign_in(AN).actor;
    assert_eq!(
        code_of(w.run(async |tx| ops::client_find(cx, tx, &citizen, id).await).await),
        "openid.not_found"
    );
    assert_eq!(
        code_of(w.run(async |tx| ops::client_propose(cx, tx, &citizen, &bank()).await).await),
        "openid.forbidden"
    );
}

/// One good draft among all that differ from it in one thing.
#[tokio::test]
async fn what_cannot_be_is_refused_at_its_field() {
    let w = World::new().await;
    let (cx, owner) = (&w.cx, officer(agency(), 1));
    let soon = testkit::NOW.parse::<jiff::Timestamp>().unwrap();
    type Change = fn(&mut ClientDraft);
    let cases: Vec<(&str, &str, Change)> = vec![
        ("name_vi", "openid.required", |d| d.name.vi = " ".into()),
        ("contact", "openid.long", |d| d.contact = "x".repeat(251)),
        ("profile", "openid.profile_fapi2", |d| d.authentication = Authentication::SecretBasic),
        ("profile", "openid.profile_fapi2", |d| d.sender = Sender::Bearer),
        ("profile", "openid.profile_fapi2", |d| d.messages.id_token = SigningAlg::Rs256),
        ("grants", "openid.grants", |d| d.grants.clear()),
        ("grants", "openid.grants", |d| d.grants = vec![GrantType::RefreshToken]),
        ("redirect_uris", "openid.required", |d| d.redirect_uris.clear()),
        ("redirect_uris", "openid.uri", |d| d.redirect_uris = vec!["https://bank.example/cb#x".into()]),
        ("redirect_uris", "openid.uri", |d| d.redirect_uris = vec!["https://*.bank.example/cb".into()]),
        ("redirect_uris", "openid.uri", |d| d.redirect_uris = vec!["https://u@bank.example/cb".into()]),
        ("redirect_uris", "openid.uri", |d| d.redirect_uris = vec!["javascript:alert(1)".into()]),
        ("redirect_uris", "openid.uri_https", |d| d.redirect_uris = vec!["http://bank.example/cb".into()]),
        ("redirect_uris", "openid.uri_https", |d| d.redirect_uris = vec!["http://127.0.0.1:8080/cb".into()]),
        ("redirect_uris", "openid.many", |d| {
            d.redirect_uris = (0..21).map(|n| format!("https://bank.example/{n}")).collect();
        }),
        ("sector", "openid.sector", |d| d.redirect_uris.push("https://other.example/cb".into())),
        ("sector", "openid.sector", |d| d.sector = Some("example".into())),
        ("sector", "openid.sector", |d| d.sector = Some("ank.example".into())),
        ("claims", "openid.claim_twice", |d| d.claims.push(d.claims[0].clone())),
        ("claims", "openid.claim_basis", |d| d.claims[0].legal_basis = "  ".into()),
        ("api_scopes", "openid.scope", |d| d.api_scopes = vec!["openid".into()]),
        ("api_scopes", "openid.scope", |d| d.api_scopes = vec!["two words".into()]),
        ("tls_subject", "openid.tls_subject", |d| d.authentication = Authentication::TlsSubject),
        ("tls_subject", "openid.tls_subject", |d| d.tls_subject = Some("CN=x".into())),
        ("backchannel_logout_uri", "openid.uri_https", |d| {
            d.backchannel_logout_uri = Some("http://x.example/out".into());
        }),
        ("audiences", "openid.sandbox_resource", |d| d.sandbox = true),
        ("resource", "openid.sandbox_resource", |d| {
            d.sandbox = true;
            d.resource = Some("https://api.bank.example".into());
        }),
        ("audiences", "openid.uri", |d| d.audiences = vec!["api".into()]),
    ];
    for (field, code, change) in cases {
        let mut draft = bank();
        change(&mut draft);
        let refused = w.run(async |tx| ops::client_propose(cx, tx, &owner, &draft).await).await;
        let Err(OpenIdError::Invalid(faults)) = refused else { panic!("{field} {code}: {refused:?}") };
        assert!(faults.iter().any(|f| f.field == field && f.code == code), "{field} {code}: {faults:?}");
    }
    for until in [soon, soon + SignedDuration::from_hours(24 * 400)] {
        let draft = ClientDraft { profile: Profile::Basic { until }, ..museum() };
        let refused = w.run(async |tx| ops::client_propose(cx, tx, &owner, &draft).await).await;
        assert_eq!(code_of(refused), "openid.invalid");
    }
}

#[tokio::test]
async fn keys_are_public_of_a_known_kind_and_each_stands_once() {
    let w = World::new().await;
    let (cx, owner) = (&w.cx, officer(agency(), 1));
    let rp = Rp::with_key(&w, &bank()).await;
    let id = rp.id;
    let add = async |text: &str| {
        code_of(w.run(async |tx| ops::client_key_add(cx, tx, &owner, id, text).await).await)
    };
    let new = SoftwareKey::generate(Algorithm::EdDsa).unwrap();
    let jwk = serde_json::to_string(new.public_jwk()).unwrap();
    let private = jwk.replace("\"x\"", "\"d\":\"AAAA\",\"x\"");
    for bad in ["", "x", "{}", r#"{"keys":[]}"#, r#"{"kty":"oct","k":"AAAA"}"#, &private] {
        assert_eq!(add(bad).await, "openid.invalid", "{bad}");
    }
    assert_eq!(add(&format!(r#"{{"keys":[{jwk}]}}"#)).await, "ok");
    assert_eq!(add(&jwk).await, "openid.invalid");
    // A key that is taken out proves nothing any more.
    let kid = rp.key().kid().to_owned();
    w.run(async |tx| ops::client_key_remove(cx, tx, &owner, id, &kid).await).await.unwrap();
    cx.refresh().await.unwrap();
    assert_eq!(rp.post("/token", &[("grant_type", "client_credentials")]).await.error(), "invalid_client");
}

#[tokio::test]
async fn two_secrets_may_follow_each_other_and_each_ends() {
    let w = World::new().await;
    let (cx, owner) = (&w.cx, officer(agency(), 1));
    let until = testkit::NOW.parse::<jiff::Timestamp>().unwrap() + SignedDuration::from_hours(24 * 366);
    let rp = Rp::with_secret(&w, &ClientDraft { profile: Profile::Basic { until }, ..museum() }).await;
    let second = w.secret(rp.id).await;
    let third = w.run(async |tx| ops::client_secret_make(cx, tx, &owner, rp.id).await).await;
    assert_eq!(code_of(third), "openid.invalid");
    let first = w.find(rp.id).await.secrets[0].id;
    w.run(async |tx| ops::client_secret_remove(cx, tx, &owner, rp.id, first).await).await.unwrap();
    cx.refresh().await.unwrap();
    assert_eq!(rp.post("/token", &[("grant_type", "client_credentials")]).await.error(), "invalid_client");
    let rp = Rp { proves: crate::rp::Proves::Secret(second), ..rp };
    assert_eq!(rp.post("/token", &[("grant_type", "client_credentials")]).await.status, StatusCode::OK);
    w.wait(365 * 24 * 3600);
    assert_eq!(rp.post("/token", &[("grant_type", "client_credentials")]).await.error(), "invalid_client");
    let keyed = Rp::with_key(&w, &bank()).await;
    let none = w.run(async |tx| ops::client_secret_make(cx, tx, &owner, keyed.id).await).await;
    assert_eq!(code_of(none), "openid.invalid");
}

#[tokio::test]
async fn a_sandbox_meets_people_who_do_not_exist_and_can_never_become_real() {
    let w = World::new().await;
    let (cx, owner) = (&w.cx, officer(agency(), 1));
    let mut draft = ClientDraft {
        sandbox: true,
        audiences: Vec::new(),
        redirect_uris: vec!["http://127.0.0.1:9000/cb".into()],
        ..bank()
    };
    draft.claims = openid::Claim::ALL.iter().map(|c| ClaimRight::new(*c, "Thử")).collect();
    let rp = Rp::with_key(&w, &draft).await;
    w.sign_in(AN);
    let access = rp.tokens("openid profile number").await.text("access_token");
    let info = rp.userinfo(&access).await.json();
    assert_eq!(info["personal_number"], openid::sandbox::PERSONAS[0].number);
    assert_eq!(w.count("SELECT count(*) FROM openid.release").await, 0);
    assert!(!w.audit().await.iter().any(|e| e.contains("registry.person_read")));
    // Even the subject is not the one that a real client would know.
    assert_ne!(info["sub"], w.cx.secrets.subject("127.0.0.1:9000", AN));
    let version = w.find(rp.id).await.version;
    let real = ClientDraft { sandbox: false, ..draft };
    let refused = w.run(async |tx| ops::client_change(cx, tx, &owner, rp.id, version, &real).await).await;
    assert_eq!(code_of(refused), "openid.invalid");
}

#[tokio::test]
async fn an_agency_sees_its_own_mistakes_in_codes_and_what_it_used() {
    let w = World::new().await;
    let (cx, owner) = (&w.cx, officer(agency(), 1));
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    let secret = "Nguyễn Văn An 001090000019";
    rp.push(&[("client_id", rp.id.to_string()), ("redirect_uri", secret.to_owned())]).await;
    rp.push(&[("client_id", rp.id.to_string()), ("redirect_uri", secret.to_owned())]).await;
    rp.exchange(secret).await;
    let mut claims = rp.assertion_claims();
    claims.insert("exp".into(), (w.now() - 600).into());
    let stale = jose::sign(rp.key(), None, &claims).unwrap();
    let body =
        crate::rp::form(&[("client_assertion_type", crate::rp::ASSERTION), ("client_assertion", &stale)]);
    rp.send_form(rp.request("POST", "/token"), &body).await;
    rp.tokens("openid").await;
    cx.flush().await.unwrap();
    let faults = w.run(async |tx| ops::client_errors(cx, tx, &owner, rp.id).await).await.unwrap();
    let mut seen: Vec<(Endpoint, &str, i64)> =
        faults.iter().map(|f| (f.endpoint, f.code.as_str(), f.count)).collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        [
            (Endpoint::Par, "redirect_uri_unknown", 2),
            (Endpoint::Token, "assertion_refused jose.expired", 1),
            (Endpoint::Token, "code_wrong", 1),
        ]
    );
    assert!(
        w.texts("SELECT f::text FROM openid.client_fault f").await.iter().all(|row| !row.contains("Nguy"))
    );
    let days = w.run(async |tx| ops::client_usage(cx, tx, &owner, rp.id, 7).await).await.unwrap();
    assert_eq!(days.len(), 1);
    assert_eq!(days[0].counts, [(Usage::Refusal, 4), (Usage::SignIn, 1)]);
    // What is counted for the operator knows routes and classes of status, and nothing that anybody wrote.
    let metrics = w.kit.metrics().text();
    assert!(metrics.contains("route=\"/par\"") && !metrics.contains("redirect_uri"), "{metrics}");
}

#[tokio::test]
async fn nobody_who_had_a_hand_in_what_waits_approves_it() {
    let w = World::new().await;
    let cx = &w.cx;
    let [a, b, c] = [7, 8, 9].map(|n| officer(operator(), n));
    let mut other = bank();
    other.redirect_uris.push("https://bank.example/other".into());
    let id = w.run(async |tx| ops::client_propose(cx, tx, &a, &bank()).await).await.unwrap();
    let change = async |by: &Actor, draft: &ClientDraft| {
        let version = w.find(id).await.version;
        w.run(async |tx| ops::client_change(cx, tx, by, id, version, draft).await).await.unwrap();
    };
    let approve = async |by: &Actor| {
        let version = w.find(id).await.version;
        code_of(w.run(async |tx| ops::client_approve(cx, tx, by, id, version).await).await)
    };
    let (ok, refused) = ("ok", "openid.second_person");
    // A new one that another amends, and then a change of it.
    for _ in 0..2 {
        change(&a, &bank()).await;
        change(&b, &other).await;
        assert_eq!([approve(&a).await, approve(&b).await, approve(&c).await], [refused, refused, ok]);
    }
    // An answer, yes or no, is a new beginning.
    change(&b, &bank()).await;
    assert_eq!([approve(&b).await, approve(&a).await], [refused, ok]);
    change(&a, &other).await;
    let version = w.find(id).await.version;
    w.run(async |tx| ops::client_change_refuse(cx, tx, &c, id, version, "Chưa rõ").await).await.unwrap();
    change(&c, &other).await;
    assert_eq!([approve(&c).await, approve(&a).await], [refused, ok]);
}

/// Who else asks for a sector, and what becomes of it.
#[tokio::test]
async fn a_sector_has_one_owner_and_begins_at_an_address_of_its_own() {
    let w = World::new().await;
    let (cx, judge) = (&w.cx, officer(operator(), 2));
    let (own, stranger) = (officer(agency(), 1), officer(AgencyId::new("KHAC"), 1));
    let propose = async |by: &Actor, draft: &ClientDraft| {
        w.run(async |tx| ops::client_propose(cx, tx, by, draft).await).await
    };
    let at = |host: &str, sector: &str| ClientDraft {
        redirect_uris: vec![format!("https://{host}/cb")],
        sector: (!sector.is_empty()).then(|| sector.to_owned()),
        ..bank()
    };
    let nowhere = |sector: &str| ClientDraft {
        grants: vec![GrantType::DeviceCode],
        redirect_uris: Vec::new(),
        ..at("", sector)
    };
    let fault = |outcome: Result<ClientId, OpenIdError>| match outcome {
        Err(OpenIdError::Invalid(faults)) => faults[0].code.clone(),
        other => code_of(other).to_owned(),
    };
    // Suffixes that many share, and somebody's domain without an address there.
    for (host, sector) in [("a.gov.vn", "gov.vn"), ("a.com.vn", "com.vn"), ("x.bank.example", "bank.example")]
    {
        assert_eq!(fault(propose(&own, &at(host, sector)).await), "openid.sector_new", "{sector}");
    }
    assert_eq!(fault(propose(&own, &nowhere("bank.example")).await), "openid.sector_new");

    // Two may wait for the same; the first approval decides.
    let mine = propose(&own, &at("bank.example", "")).await.unwrap();
    let theirs = propose(&stranger, &at("bank.example", "")).await.unwrap();
    let approve = async |id: ClientId| {
        fault(w.run(async |tx| ops::client_approve(cx, tx, &judge, id, 1).await.map(|()| id)).await)
    };
    assert_eq!(approve(mine).await, "ok");
    assert_eq!(approve(theirs).await, "openid.sector_held");
    for draft in [at("bank.example", ""), at("x.bank.example", "bank.example"), nowhere("bank.example")] {
        assert_eq!(fault(propose(&stranger, &draft).await), "openid.sector_held");
    }
    // Its own agency's other applications join it, below it or without addresses.
    for draft in [at("bank.example", ""), at("x.bank.example", "bank.example"), nowhere("bank.example")] {
        let id = propose(&own, &draft).await.unwrap();
        assert_eq!(approve(id).await, "ok");
        assert_eq!(w.find(id).await.settings.sector.as_deref(), Some("bank.example"));
    }
    // For ever: whoever comes later would know the same people under the same names.
    for id in w.texts("SELECT client_id::text FROM openid.client WHERE owner = 'NHNN'").await {
        let id: ClientId = id.parse().unwrap();
        let version = w.find(id).await.version;
        w.run(async |tx| ops::client_close(cx, tx, &own, id, version).await).await.unwrap();
    }
    assert_eq!(fault(propose(&stranger, &at("bank.example", "")).await), "openid.sector_held");

    // People of a sandbox do not exist: any number of programmers sit at the same address.
    let sandbox = |host: &str| ClientDraft { sandbox: true, audiences: Vec::new(), ..at(host, "") };
    for by in [&own, &stranger] {
        propose(by, &sandbox("bank.example")).await.unwrap();
    }
}

#[tokio::test]
async fn of_two_approvals_at_once_one_gets_the_sector() {
    let w = World::new().await;
    let (cx, judge) = (&w.cx, officer(operator(), 2));
    let mut waiting = Vec::new();
    for agency in ["NHNN", "KHAC"] {
        let by = officer(AgencyId::new(agency), 1);
        waiting.push(w.run(async |tx| ops::client_propose(cx, tx, &by, &bank()).await).await.unwrap());
    }
    let approve =
        async |id: ClientId| w.run(async |tx| ops::client_approve(cx, tx, &judge, id, 1).await).await.is_ok();
    let mut approved = futures::future::join_all(waiting.into_iter().map(approve)).await;
    approved.sort_unstable();
    assert_eq!(approved, [false, true]);
}
