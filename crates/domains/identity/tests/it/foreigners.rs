//! Foreigners: taken by an officer of the immigration agency, decided on by another, signed in with their own number.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base::vietnam_date;
use contracts::{
    Access, Actor, AgencyId, CommuneCode, IdentityLevel, PersonId, Role, Who,
    ports::{
        ForeignerAlike, ForeignerEntered, ForeignerEntry, ForeignerKey, Foreigners, Holders, Judged,
        NewForeigner, Offices, PortError,
    },
};
use identity::{
    Identity, IdentityError, Password, Present, RaiseBasis,
    enrolment::{Counts, Whose},
    follow,
    foreigner::{self, ForeignerNumber, Typed},
    ops::{
        self,
        account_set_up::SetUp,
        foreigner_collect::{Collected, Collecting, Taken},
        sign_in::{Login, SignIn},
    },
};
use jiff::civil::{Date, date};
use store::Tx;
use uuid::Uuid;

use crate::{
    enrolling::refusal,
    world::{PASSWORD, World, agency, client, code_of},
};

pub const SMITH: PersonId = PersonId(Uuid::from_u128(500));

/// One person by passport and card, with the number given first: comes with [`OLD`], later with [`NEW`].
#[derive(Default)]
struct Immigrants(Mutex<Option<Known>>);

#[derive(Clone)]
struct Known {
    number: String,
    passports: Vec<String>,
    card: String,
}

pub const OLD: &str = "533380006";
pub const NEW: &str = "611170001";

#[async_trait]
impl Foreigners for Immigrants {
    async fn foreigner_enter(
        &self,
        _: &mut Tx,
        _: &Access,
        new: &NewForeigner,
    ) -> Result<ForeignerEntry, PortError> {
        if ![OLD, NEW].contains(&new.passport_number.as_str()) {
            return Ok(ForeignerEntry::Other("passport_number"));
        }
        let mut known = self.0.lock().unwrap();
        let before = known.clone();
        let here = before.as_ref().is_none_or(|known| known.passports.contains(&new.passport_number));
        match &new.judged {
            Judged::NotYet if !here => return Ok(ForeignerEntry::Alike(vec![shown()])),
            Judged::Another { reason, .. } if !here => {
                assert!(!reason.is_empty());
                return Ok(entered(PersonId(Uuid::from_u128(501)), new.number.clone(), true));
            }
            _ => {}
        }
        let mut now = before.clone().unwrap_or_else(|| Known {
            number: new.number.clone(),
            passports: Vec::new(),
            card: String::new(),
        });
        let is_news = !here || now.card != new.card_number;
        now.passports
            .extend((!now.passports.contains(&new.passport_number)).then(|| new.passport_number.clone()));
        now.card.clone_from(&new.card_number);
        *known = Some(now.clone());
        Ok(entered(SMITH, now.number, is_news))
    }

    async fn foreigner_find(
        &self,
        _: &mut Tx,
        _: &Access,
        key: &ForeignerKey,
    ) -> Result<Option<PersonId>, PortError> {
        let known = self.0.lock().unwrap();
        let theirs = known.as_ref().is_some_and(|known| match key {
            ForeignerKey::Number(number) => *number == known.number,
            ForeignerKey::Passport { country, number } => {
                country == "GBR" && known.passports.contains(number)
            }
            ForeignerKey::Card(number) => *number == known.card,
        });
        Ok(theirs.then_some(SMITH))
    }

    async fn foreigner_number(&self, _: &Tx, person: PersonId) -> Result<Option<String>, PortError> {
        let known = self.0.lock().unwrap();
        Ok(known.as_ref().filter(|_| person == SMITH).map(|known| known.number.clone()))
    }

    async fn foreigner_card(&self, _: &Tx, person: PersonId) -> Result<Option<String>, PortError> {
        let known = self.0.lock().unwrap();
        Ok(known.as_ref().filter(|_| person == SMITH).map(|known| known.card.clone()))
    }
}

fn entered(person: PersonId, number: String, is_news: bool) -> ForeignerEntry {
    ForeignerEntry::Entered(ForeignerEntered { person, number, is_news })
}

fn shown() -> ForeignerAlike {
    ForeignerAlike {
        person: SMITH,
        name: "JOHN SMITH".into(),
        birth_date: None,
        sex: None,
        nationality: None,
        passport_end: None,
        holds_earlier: false,
        living: true,
    }
}

/// The agency of the tests is the immigration office of one commune's province.
struct Immigration;

impl Offices for Immigration {
    fn is_agency(&self, _: &AgencyId, _: Date) -> bool {
        true
    }

    fn decides(&self, office: &AgencyId, procedure: &str, _: Date) -> bool {
        procedure == foreigner::PROCEDURE && *office == agency()
    }
    fn office_for(&self, commune: &CommuneCode, procedure: &str, on: Date) -> Option<AgencyId> {
        (commune.as_str() == "26740" && self.decides(&agency(), procedure, on)).then(agency)
    }
}

pub fn over(w: &World) -> Identity {
    immigration(&w.cx)
}

pub fn immigration(cx: &Identity) -> Identity {
    cx.clone().with_foreigners(Arc::new(Immigrants::default())).with_offices(Arc::new(Immigration))
}

pub fn smith() -> Collecting {
    let typed = Typed {
        name: "JOHN SMITH".into(),
        birth_date: Some(date(1985, 4, 2)),
        sex: "male".into(),
        nationality: "GBR".into(),
        passport_number: OLD.into(),
        passport_until: Some(date(2031, 1, 1)),
        card_kind: "temporary_residence_card".into(),
        card_number: "NG1234567".into(),
        card_from: Some(date(2025, 6, 1)),
        card_until: Some(date(2026, 12, 31)),
        commune: "26740".into(),
        ..Typed::default()
    };
    Collecting {
        typed,
        level: IdentityLevel::Two,
        present: Present::Holder,
        basis: RaiseBasis::CardSeen,
        comparison: None,
        to_check: false,
        guardian: None,
    }
}

/// A file that was taken.
pub async fn collect(cx: &Identity, officer: &Actor, input: &Collecting) -> Result<Collected, IdentityError> {
    match ops::foreigner_collect(cx, officer, input).await? {
        Taken::File(file) => Ok(*file),
        Taken::NewPapers => panic!("there was an account"),
        Taken::Alike(_) => panic!("somebody else was there"),
    }
}

pub fn fault<T>(outcome: Result<T, IdentityError>) -> String {
    use base::Fault;
    let refused = outcome.err().unwrap();
    refused.fields().iter().map(|f| format!("{} {}", f.field, f.code)).collect::<Vec<_>>().join(", ")
}

pub async fn set_up(cx: &Identity, file: &Collected) -> Result<(), IdentityError> {
    let input = SetUp {
        login: Login::Foreigner(file.number.clone()),
        code: file.code.clone(),
        password: Password::new(PASSWORD),
        client: client(),
    };
    ops::account_set_up(cx, &input).await.map(drop)
}

pub async fn sign_in(cx: &Identity, number: &ForeignerNumber) -> Result<ops::SignedIn, IdentityError> {
    let login = Login::of_person(&number.grouped()).unwrap();
    let input =
        SignIn { login, password: Password::new(PASSWORD), code: None, acting: None, client: client() };
    ops::sign_in(cx, &input).await
}

pub async fn decide(
    w: &World,
    cx: &Identity,
    officer: &Actor,
    file: &Collected,
    yes: bool,
) -> Result<(), IdentityError> {
    let mut tx = w.begin().await;
    let decided = match yes {
        true => ops::enrol_approve(cx, &mut tx, officer, file.account, file.enrolment).await,
        false => ops::enrol_refuse(cx, &mut tx, officer, file.account, file.enrolment, &refusal()).await,
    };
    tx.finish(decided).await
}

#[tokio::test]
async fn a_foreigner_is_taken_decided_on_and_signs_in_with_their_own_number() {
    let w = World::new().await;
    let cx = over(&w);
    let (taker, other) = (w.actor("a.nhan", Role::Decider).await, w.actor("b.duyet", Role::Decider).await);
    let file = collect(&cx, &taker, &smith()).await.unwrap();
    assert_eq!(file.due_on, date(2026, 11, 25), "three working days");
    assert_eq!(code_of(set_up(&cx, &file).await), "identity.not_approved");
    assert_eq!(code_of(decide(&w, &cx, &taker, &file, true).await), "identity.second_person_needed");
    decide(&w, &cx, &other, &file, true).await.unwrap();
    set_up(&cx, &file).await.unwrap();
    let signed = sign_in(&cx, &file.number).await.unwrap();
    let who = signed.current.actor.who;
    assert_eq!(who, Who::Citizen { person: SMITH, level: IdentityLevel::Two });
    let tx = w.begin().await;
    let told = cx.foreigner_number(&tx, file.account).await.unwrap();
    assert_eq!(told.as_deref(), Some(file.number.as_str()));
    drop(tx);
    let mut tx = w.begin().await;
    let counted = ops::funnel(&mut tx, &Actor::system(), date(2026, 11, 1)).await.unwrap();
    assert_eq!((counted.len(), counted[0].whose), (1, Whose::Foreigner));
    assert_eq!(counted[0].counts, Counts { collected: 1, approved: 1, activated: 1, ended: 0 });
    assert_eq!(code_of(collect(&cx, &taker, &smith()).await.map(drop)), "identity.account_exists");
}

#[tokio::test]
async fn only_the_agency_of_the_procedure_and_who_may_decide_takes_such_a_file() {
    let w = World::new().await;
    let cx = over(&w);
    let officer = w.actor("a.nhan", Role::Decider).await;
    let elsewhere = AgencyId::new("CA-X-00004");
    let who = Who::Staff { agency: elsewhere, role: Role::Decider, name: "Ai Đó".into() };
    let stranger = Actor { who, ..officer.clone() };
    let taken = collect(&cx, &stranger, &smith()).await;
    assert_eq!(code_of(taken.map(drop)), "identity.wrong_office");
    let receiver = w.actor("b.nhan", Role::Receiver).await;
    let taken = collect(&cx, &receiver, &smith()).await;
    assert_eq!(code_of(taken.map(drop)), "identity.forbidden");

    let with = |change: fn(&mut Collecting)| {
        let mut input = smith();
        change(&mut input);
        input
    };
    for (input, expected) in [
        (with(|f| f.typed.name = "山田".into()), "name identity.foreigner_name"),
        (with(|f| f.typed.nationality = "VNM".into()), "nationality identity.foreigner_nationality"),
        (with(|f| f.typed.card_until = Some(date(2026, 1, 1))), "card_until identity.foreigner_paper_over"),
        (with(|f| f.typed.commune = "99999".into()), "commune identity.foreigner_commune"),
        (with(|f| f.typed.passport_number = "111110006".into()), "passport_number identity.foreigner_other"),
    ] {
        assert_eq!(fault(collect(&cx, &officer, &input).await), expected);
    }
    assert_eq!(w.texts("SELECT kind FROM identity.account WHERE foreigner").await, Vec::<String>::new());
}

#[tokio::test]
async fn limits_follow_the_level_and_what_is_to_be_checked() {
    let w = World::new().await;
    let officer = w.actor("a.nhan", Role::Decider).await;
    for (level, to_check, due) in [
        (IdentityLevel::One, false, date(2026, 11, 23)),
        (IdentityLevel::Two, false, date(2026, 11, 25)),
        (IdentityLevel::Two, true, date(2026, 12, 1)),
    ] {
        let cx = over(&w);
        let input = Collecting { level, to_check, ..smith() };
        let file = collect(&cx, &officer, &input).await.unwrap();
        assert_eq!(file.due_on, due, "{level:?} {to_check}");
        // A refused file gives person and number back.
        let other = w.actor(&format!("b{}{to_check}", level.number()), Role::Decider).await;
        decide(&w, &cx, &other, &file, false).await.unwrap();
    }
    let claims = "SELECT kind FROM identity.login_claim WHERE kind IN ('foreigner', 'person')";
    assert_eq!(w.texts(claims).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_child_comes_with_a_guardian_who_agrees_and_below_six_there_is_level_one() {
    let w = World::new().await;
    let cx = over(&w);
    let officer = w.actor("a.nhan", Role::Decider).await;
    let child = |born: Date, level, present, guardian: &str| {
        let guardian = (!guardian.is_empty()).then(|| crate::world::guardian(guardian));
        let mut input = Collecting { level, present, guardian, ..smith() };
        input.typed.birth_date = Some(born);
        input
    };
    let (ten, five) = (date(2016, 5, 1), date(2021, 5, 1));
    for (input, expected) in [
        (child(ten, IdentityLevel::Two, Present::Holder, ""), "identity.guardian_needed"),
        (child(ten, IdentityLevel::Two, Present::Guardian, ""), "identity.guardian_needed"),
        (child(five, IdentityLevel::Two, Present::Guardian, crate::world::AN), "identity.level_too_high"),
    ] {
        assert_eq!(code_of(collect(&cx, &officer, &input).await.map(drop)), expected);
    }
    let unknown = child(ten, IdentityLevel::Two, Present::Guardian, "001099099999");
    let unknown = collect(&cx, &officer, &unknown).await;
    assert_eq!(fault(unknown), "guardian identity.foreigner_guardian");
    w.citizens().await;
    let mut good = child(five, IdentityLevel::One, Present::Guardian, crate::world::AN);
    let unshown = collect(&cx, &officer, &good).await;
    assert_eq!(
        fault(unshown),
        "paper_number identity.guardian_paper_needed",
        "the record knows no kin of theirs"
    );
    good.guardian.as_mut().unwrap().paper = crate::world::decision();
    let file = collect(&cx, &officer, &good).await.unwrap();
    let other = w.actor("b.duyet", Role::Decider).await;
    decide(&w, &cx, &other, &file, true).await.unwrap();
    assert_eq!(
        code_of(set_up(&cx, &file).await),
        "identity.guardian_needed",
        "not before the guardian's word"
    );
}

#[tokio::test]
async fn a_residence_card_that_runs_out_locks_the_account() {
    let w = World::new().await;
    let cx = over(&w);
    let (taker, other) = (w.actor("a.nhan", Role::Decider).await, w.actor("b.duyet", Role::Decider).await);
    let mut input = smith();
    input.typed.card_until = Some(vietnam_date(w.db.store.clock().now()));
    let file = collect(&cx, &taker, &input).await.unwrap();
    decide(&w, &cx, &other, &file, true).await.unwrap();
    set_up(&cx, &file).await.unwrap();
    assert_eq!(follow::lock_expired(&cx).await.unwrap(), 0, "good on its last day");
    w.wait(86_400);
    assert_eq!(follow::lock_expired(&cx).await.unwrap(), 1);
    let reasons = w.texts("SELECT locked_reason FROM identity.account WHERE foreigner").await;
    assert_eq!(reasons, ["residence_expired"]);
    assert_eq!(code_of(sign_in(&cx, &file.number).await.map(drop)), "identity.locked");
    let told = w.texts("SELECT payload::text FROM store.outbox WHERE topic = 'notice.due'").await;
    assert!(told.iter().any(|t| t.contains("thẻ cư trú đã hết hạn")), "{told:?}");
}

/// Every card is as good as the officer typed.
pub struct Card(pub Date);

#[async_trait]
impl contracts::ports::Cards for Card {
    async fn card_until(&self, _: &mut Tx, _: &Access, _: PersonId) -> Result<Option<Date>, PortError> {
        Ok(Some(self.0))
    }
}

#[tokio::test]
async fn a_new_card_shown_at_the_counter_opens_what_the_old_one_locked() {
    let w = World::new().await;
    let cx = over(&w).with_cards(Arc::new(Card(date(2030, 1, 1))));
    let (taker, other) = (w.actor("a.nhan", Role::Decider).await, w.actor("b.duyet", Role::Decider).await);
    let mut input = smith();
    input.typed.card_until = Some(vietnam_date(w.db.store.clock().now()));
    let file = collect(&cx, &taker, &input).await.unwrap();
    decide(&w, &cx, &other, &file, true).await.unwrap();
    set_up(&cx, &file).await.unwrap();
    w.wait(86_400);
    assert_eq!(follow::lock_expired(&cx).await.unwrap(), 1);

    let mut renewed = smith();
    renewed.typed.card_number = "NG7654321".into();
    renewed.typed.card_until = Some(date(2030, 1, 1));
    let taken = ops::foreigner_collect(&cx, &taker, &renewed).await.unwrap();
    assert!(matches!(taken, Taken::NewPapers));
    let again = ops::foreigner_collect(&cx, &taker, &renewed).await;
    assert_eq!(code_of(again.map(drop)), "identity.account_exists", "nothing new");
    // The record tells of the paper, and the account follows.
    let mut tx = w.begin().await;
    let at = tx.now();
    let kind = contracts::events::LifeKind::PaperIssued;
    let life = contracts::events::LifeEvent {
        person: SMITH,
        event: Uuid::from_u128(9),
        kind,
        on: vietnam_date(at),
        at,
    };
    contracts::events::emit(&mut tx, &life);
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    store::relay::drain(&w.db.store, &follow::Follow(cx.clone())).await.unwrap();
    sign_in(&cx, &file.number).await.unwrap();
    assert_eq!(follow::lock_expired(&cx).await.unwrap(), 0);
}
