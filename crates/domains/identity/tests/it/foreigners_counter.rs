//! Foreigners with an account at the counter of the immigration agency: looked up, raised, reset, and with new papers.

use std::sync::Arc;

use contracts::{
    Access, Actor, AgencyId, IdentityLevel, Purpose, Role, Who,
    biometrics::{Outcome, Trait},
    ports::{ForeignerKey, Judged},
};
use identity::{
    Checked, Document, Identity, IdentityError, Present, RaiseBasis, Ticket,
    comparison::subject,
    ops::{
        self,
        comparison::Whom,
        foreigner_collect::{Collected, Collecting, Taken},
        foreigner_find::FoundForeigner,
    },
};
use jiff::civil::date;

use crate::{
    comparing::{Counter, QUAY},
    foreigners::{Card, NEW, OLD, SMITH, collect, decide, fault, immigration, over, set_up, sign_in, smith},
    world::{World, code_of},
};

/// Somebody with an account of level 1, in use.
async fn settled(w: &World, cx: &Identity) -> Collected {
    let (taker, other) = (w.actor("a.nhan", Role::Decider).await, w.actor("b.duyet", Role::Decider).await);
    let input = Collecting { level: IdentityLevel::One, ..smith() };
    let file = collect(cx, &taker, &input).await.unwrap();
    decide(w, cx, &other, &file, true).await.unwrap();
    set_up(cx, &file).await.unwrap();
    file
}

fn raising(actor: &Actor) -> Access {
    Access::new(actor, Purpose::RAISE_LEVEL)
}

async fn look_up(
    w: &World,
    cx: &Identity,
    access: &Access,
    key: &ForeignerKey,
) -> Result<Option<FoundForeigner>, IdentityError> {
    let mut tx = w.begin().await;
    let found = ops::foreigner_find(cx, &mut tx, access, key).await;
    tx.finish(found).await
}

fn card() -> ForeignerKey {
    ForeignerKey::Card("NG1234567".into())
}

const SEEN: Checked = Checked {
    present: Present::Holder,
    document: Document::ResidenceCard,
    basis: RaiseBasis::CardSeen,
    comparison: None,
};

async fn raise(
    w: &World,
    cx: &Identity,
    access: &Access,
    found: &FoundForeigner,
    checked: Checked,
) -> Result<(), IdentityError> {
    let account = found.account.as_ref().unwrap();
    let ticket = account.ticket.clone().unwrap_or_else(|| Ticket::parse(""));
    let mut tx = w.begin().await;
    let raised = ops::account_raise(cx, &mut tx, access, account.account.id, &ticket, checked, None).await;
    tx.finish(raised).await
}

#[tokio::test]
async fn a_foreigner_is_looked_up_by_number_passport_and_card_at_their_own_counter() {
    let w = World::new().await;
    let cx = over(&w);
    let file = settled(&w, &cx).await;
    let receiver = w.actor("c.nhan", Role::Receiver).await;
    let passport = ForeignerKey::Passport { country: "GBR".into(), number: OLD.into() };
    for key in [ForeignerKey::Number(file.number.as_str().into()), passport, card()] {
        let found = look_up(&w, &cx, &raising(&receiver), &key).await.unwrap().unwrap();
        assert_eq!((found.person, found.number.as_ref()), (SMITH, Some(&file.number)));
        let account = found.account.unwrap();
        assert!(account.account.id == file.account && account.ticket.is_some());
    }
    let nobody = look_up(&w, &cx, &raising(&receiver), &ForeignerKey::Card("NG0000000".into())).await;
    assert!(nobody.unwrap().is_none());
    let log = w.audit().await;
    let entries: Vec<&String> = log.iter().filter(|e| e.contains("identity.account_find")).collect();
    assert!(entries.len() == 3 && entries.iter().all(|e| e.contains(&SMITH.to_string())), "they see it");

    // Without that purpose no ticket; who may not decide on such accounts finds nobody; as for citizens.
    let found = look_up(&w, &cx, &Access::new(&receiver, Purpose::LOOK_UP), &card()).await.unwrap().unwrap();
    assert_eq!(found.account.unwrap().ticket, None);
    let who = |agency: &str, role| Who::Staff { agency: AgencyId::new(agency), role, name: "Ai Đó".into() };
    for (agency, role, expected) in [
        ("CA-X-00004", Role::Receiver, "identity.wrong_office"),
        ("NGAN-HANG-MAU", Role::Receiver, "identity.wrong_office"),
        ("CA-X-26740", Role::Auditor, "identity.forbidden"),
        ("CA-X-26740", Role::Administrator, "identity.forbidden"),
        ("CA-X-26740", Role::Head, "ok"),
    ] {
        let actor = Actor { who: who(agency, role), ..receiver.clone() };
        let found = look_up(&w, &cx, &raising(&actor), &card()).await;
        assert_eq!(code_of(found.map(drop)), expected, "{agency} {role:?}");
    }
}

#[tokio::test]
async fn a_foreigner_is_raised_with_card_and_passport_and_counted_as_one() {
    let w = World::new().await;
    let cx = over(&w);
    let file = settled(&w, &cx).await;
    let signed = sign_in(&cx, &file.number).await.unwrap();
    let officer = w.actor("c.nhan", Role::Receiver).await;
    let access = raising(&officer);
    let found = look_up(&w, &cx, &access, &card()).await.unwrap().unwrap();
    let wrong = Checked { document: Document::IdentityCard, ..SEEN };
    assert_eq!(fault(raise(&w, &cx, &access, &found, wrong).await), "document forms.required");
    // Whoever looks after citizens alone raises no foreigner, whatever they hold in hand.
    let who =
        Who::Staff { agency: AgencyId::new("CA-X-00004"), role: Role::Receiver, name: "Ai Đó".into() };
    let elsewhere = raising(&Actor { who, ..officer.clone() });
    assert_eq!(code_of(raise(&w, &cx, &elsewhere, &found, SEEN).await), "identity.wrong_office");
    raise(&w, &cx, &access, &found, SEEN).await.unwrap();
    let who = w.resolve(&signed).await.unwrap().actor.who;
    assert_eq!(who, Who::Citizen { person: SMITH, level: IdentityLevel::Two });
    let kept =
        "SELECT concat_ws(' ', level, commune, basis, due_on, number_claim IS NULL) FROM identity.enrolment
        WHERE level = 2";
    let kept = w.texts(kept).await;
    assert_eq!(kept, ["2 26740 holder residence_card_and_passport card_seen 2026-11-25 t"]);
    let counts = "SELECT concat_ws(' ', holder, collected, approved, activated) FROM identity.funnel";
    assert_eq!(w.texts(counts).await, ["foreigner 2 2 2"]);
    let log = w.audit().await;
    let entry = log.iter().find(|e| e.contains("identity.account_raise")).unwrap();
    assert!(entry.contains(&SMITH.to_string()) && entry.contains("residence_card_and_passport"), "{entry}");
    let told = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due'").await;
    assert!(told.iter().any(|t| t.contains("xuất nhập cảnh")), "{told:?}");
}

#[tokio::test]
async fn a_foreigner_whose_card_has_run_out_is_not_raised() {
    let w = World::new().await;
    let cx = over(&w);
    settled(&w, &cx).await;
    let officer = w.actor("c.nhan", Role::Receiver).await;
    let cx = cx.with_cards(Arc::new(Card(date(2026, 11, 1))));
    let found = look_up(&w, &cx, &raising(&officer), &card()).await.unwrap().unwrap();
    let refused = raise(&w, &cx, &raising(&officer), &found, SEEN).await;
    assert_eq!(fault(refused), "document identity.foreigner_paper_over");
}

#[tokio::test]
async fn who_comes_with_a_new_passport_keeps_number_and_account() {
    let w = World::new().await;
    let cx = over(&w);
    let file = settled(&w, &cx).await;
    let officer = w.actor("c.duyet", Role::Decider).await;
    let with = |judged: Judged| {
        let mut input = smith();
        input.typed.passport_number = NEW.into();
        input.typed.card_number = "NG7654321".into();
        input.typed.judged = judged;
        input
    };
    let taken = ops::foreigner_collect(&cx, &officer, &with(Judged::NotYet)).await.unwrap();
    assert!(matches!(taken, Taken::Alike(shown) if shown[0].person == SMITH), "first the officer looks");
    let accounts = "SELECT kind FROM identity.account WHERE foreigner";
    assert_eq!(w.texts(accounts).await.len(), 1);
    let taken = ops::foreigner_collect(&cx, &officer, &with(Judged::Same(SMITH))).await.unwrap();
    assert!(matches!(taken, Taken::NewPapers));
    sign_in(&cx, &file.number).await.unwrap();
    assert_eq!(w.texts(accounts).await.len(), 1);
    let found = ForeignerKey::Passport { country: "GBR".into(), number: NEW.into() };
    let found = look_up(&w, &cx, &raising(&officer), &found).await.unwrap().unwrap();
    assert_eq!(found.number, Some(file.number));
    let history = w.texts("SELECT kind FROM identity.account_event WHERE kind = 'papers_renewed'").await;
    assert_eq!(history.len(), 1);
}

#[tokio::test]
async fn another_person_of_the_same_name_gets_a_file_of_their_own() {
    let w = World::new().await;
    let cx = over(&w);
    let first = settled(&w, &cx).await;
    let officer = w.actor("c.duyet", Role::Decider).await;
    let mut input = smith();
    input.typed.passport_number = NEW.into();
    input.typed.judged = Judged::Another { than: vec![SMITH], reason: "Khuôn mặt khác".into() };
    let second = collect(&cx, &officer, &input).await.unwrap();
    assert_ne!(second.number, first.number);
}

#[tokio::test]
async fn a_foreigner_who_lost_everything_begins_anew_at_their_counter() {
    let w = World::new().await;
    let cx = over(&w);
    let file = settled(&w, &cx).await;
    let officer = w.actor("c.nhan", Role::Receiver).await;
    let found = look_up(&w, &cx, &raising(&officer), &card()).await.unwrap().unwrap().account.unwrap();
    let ticket = found.ticket.unwrap();
    let reset = async |actor: &Actor, checked: Checked| {
        let mut tx = w.begin().await;
        let issued =
            ops::account_reset(&cx, &mut tx, &raising(actor), found.account.id, &ticket, checked, None).await;
        tx.finish(issued).await
    };
    let who =
        Who::Staff { agency: AgencyId::new("CA-X-00004"), role: Role::Receiver, name: "Ai Đó".into() };
    let elsewhere = Actor { who, ..officer.clone() };
    assert_eq!(code_of(reset(&elsewhere, SEEN).await.map(drop)), "identity.wrong_office");
    let wrong = Checked { document: Document::CitizenCard, ..SEEN };
    assert_eq!(fault(reset(&officer, wrong).await), "document forms.required");
    let issued = reset(&officer, SEEN).await.unwrap();
    assert_eq!(code_of(sign_in(&cx, &file.number).await.map(drop)), "identity.bad_credentials");
    let again = Collected { code: issued.code, ..file };
    set_up(&cx, &again).await.unwrap();
    sign_in(&cx, &again.number).await.unwrap();
    let told = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due'").await;
    assert!(told.iter().any(|t| t.contains("xóa tại quầy") && t.contains("xuất nhập cảnh")), "{told:?}");
}

#[tokio::test]
async fn where_the_counter_has_a_device_it_looks_for_the_residence_card() {
    let c = Counter::new().await;
    let cx = immigration(&c.cx);
    settled(&c.w, &cx).await;
    let access = raising(&c.officer);
    let found = look_up(&c.w, &cx, &access, &card()).await.unwrap().unwrap();
    let seen = raise(&c.w, &cx, &access, &found, SEEN).await;
    assert_eq!(code_of(seen), "identity.comparison_needed", "an officer's look is not enough");
    let whom = Whom::Account(found.account.as_ref().unwrap().account.id);
    let id = ops::comparison_begin(&cx, &c.officer, whom, QUAY, &Trait::ALL).await.unwrap();
    let asked = c.device.asked.lock().unwrap().clone().unwrap();
    assert_eq!(asked.subject, subject(&asked.nonce, "NG1234567"));
    c.says(Outcome::Match);
    c.look(id).await.unwrap();
    let compared = Checked { basis: RaiseBasis::Biometrics, comparison: Some(id), ..SEEN };
    raise(&c.w, &cx, &access, &found, compared).await.unwrap();
    let kept = c.w.texts("SELECT device FROM identity.enrolment WHERE device IS NOT NULL").await;
    assert_eq!(kept, [QUAY]);
    let who =
        Who::Staff { agency: AgencyId::new("CA-X-00004"), role: Role::Receiver, name: "Ai Đó".into() };
    let elsewhere = Actor { who, ..c.officer.clone() };
    let refused = ops::comparison_begin(&cx, &elsewhere, whom, QUAY, &Trait::ALL).await;
    assert_eq!(code_of(refused), "identity.not_found", "another counter's device");
}

#[tokio::test]
async fn where_the_counter_has_a_device_level_two_is_given_on_its_word_from_the_beginning() {
    let c = Counter::new().await;
    let cx = immigration(&c.cx);
    let taker = c.w.actor("a.nhan", Role::Decider).await;
    let refused = collect(&cx, &taker, &smith()).await;
    assert_eq!(code_of(refused.map(drop)), "identity.comparison_needed");
    let compare = async |card: &str| {
        let id = ops::comparison_begin(&cx, &taker, Whom::Card(card), QUAY, &Trait::ALL).await.unwrap();
        c.says(Outcome::Match);
        ops::comparison_look(&cx, &taker, id).await.unwrap();
        Collecting { basis: RaiseBasis::Biometrics, comparison: Some(id), ..smith() }
    };
    let another = compare("NG0000001").await;
    let refused = collect(&cx, &taker, &another).await;
    assert_eq!(code_of(refused.map(drop)), "identity.comparison_over", "another card lay in it");
    let good = compare("NG1234567").await;
    collect(&cx, &taker, &good).await.unwrap();
    let kept = "SELECT concat_ws(' ', device, device_outcome, basis) FROM identity.enrolment";
    assert_eq!(c.w.texts(kept).await, ["QUAY-1 match holder passport temporary_residence_card biometrics"]);
    let refused = ops::comparison_begin(&cx, &c.officer, Whom::Card("NG1234567"), QUAY, &Trait::ALL).await;
    assert_eq!(code_of(refused), "identity.forbidden", "who takes no such file compares nobody for one");
}
