//! Children at the counter: who must come along, who may speak for them, and how they agree.

use contracts::{Access, AccountId, Actor, ActsAs, IdentityLevel, PersonId, Purpose, Role};
use identity::{
    Checked, GuardianHere, Identity, IdentityError, LockReason, Password, Present,
    ops::{
        self,
        enrol_collect::{Collected, Collecting},
        lock_at_counter::AtCounter,
    },
    seed::{self, SeedCitizen},
};

use crate::{
    counter::CHECKED,
    enrolling::{activate, approve, file},
    population::{Population, over, person},
    world::{AN, BE, BINH, PASSWORD, World, agency, code_of, decision, guardian},
};

/// Lan has no account; Tí is sixteen.
const LAN: &str = "001190000007";
const TI: &str = "001210000008";
/// A child of five.
const UT: &str = "001321000009";

struct Counter {
    w: World,
    cx: Identity,
    people: std::sync::Arc<Population>,
    officer: Actor,
}

/// An is the mother of Bé (seven) and of Út, with an account; Bình is nobody to them, with an account; Lan is the registered
/// guardian of Bé, without one.
async fn counter() -> Counter {
    let w = World::new().await;
    let (cx, people) = over(&w);
    for (n, number, born) in [
        (1, AN, "1990-05-17"),
        (2, BINH, "1985-01-01"),
        (3, BE, "2019-03-01"),
        (7, LAN, "1990-07-07"),
        (8, TI, "2010-08-08"),
        (9, UT, "2021-09-09"),
    ] {
        people.add(n, number, born);
    }
    for child in [person(3), person(9)] {
        people.change(child, |child| {
            child.kin =
                vec![(person(1), ActsAs::Mother), (person(7), ActsAs::Guardian), (person(8), ActsAs::Father)];
        });
    }
    w.citizens().await;
    let officer = w.actor("can.bo", Role::Receiver).await;
    Counter { w, cx, people, officer }
}

impl Counter {
    async fn collect(&self, guardian: Option<GuardianHere>) -> Result<Collected, IdentityError> {
        let input = Collecting { present: Present::Guardian, guardian, ..file(BE) };
        ops::enrol_collect(&self.cx, &self.officer, &input).await
    }

    /// Somebody with an account of level 1 in use.
    async fn has_account(&self, n: u128, number: &str) -> AccountId {
        let one = SeedCitizen {
            person: person(n),
            number: number.parse().unwrap(),
            level: IdentityLevel::One,
            password: Password::new(PASSWORD),
        };
        let tx = self.w.begin().await;
        let made = seed::citizens(&self.cx, &tx, &[one]).await;
        tx.finish(made).await.unwrap()[0]
    }

    async fn raise(
        &self,
        number: &str,
        account: AccountId,
        present: Present,
        guardian: Option<GuardianHere>,
    ) -> Result<(), IdentityError> {
        let access = Access::new(&self.officer, Purpose::RAISE_LEVEL);
        let mut tx = self.w.begin().await;
        let outcome = async {
            let found = ops::account_find(&self.cx, &mut tx, &access, &number.parse().unwrap()).await?;
            let ticket = found.ticket.unwrap();
            let checked = Checked { present, ..CHECKED };
            ops::account_raise(&self.cx, &mut tx, &access, account, &ticket, checked, guardian.as_ref()).await
        }
        .await;
        tx.finish(outcome).await
    }

    async fn reset(
        &self,
        number: &str,
        account: AccountId,
        present: Present,
        guardian: Option<GuardianHere>,
    ) -> Result<(), IdentityError> {
        let access = Access::new(&self.officer, Purpose::RAISE_LEVEL);
        let mut tx = self.w.begin().await;
        let outcome = async {
            let found = ops::account_find(&self.cx, &mut tx, &access, &number.parse().unwrap()).await?;
            let (ticket, checked) = (found.ticket.unwrap(), Checked { present, ..CHECKED });
            ops::account_reset(&self.cx, &mut tx, &access, account, &ticket, checked, guardian.as_ref()).await
        }
        .await;
        tx.finish(outcome.map(drop)).await
    }

    async fn unlock(
        &self,
        number: &str,
        account: AccountId,
        present: Present,
        guardian: Option<GuardianHere>,
    ) -> Result<(), IdentityError> {
        let access = Access::new(&self.officer, Purpose::LOCK_ACCOUNT);
        let mut tx = self.w.begin().await;
        let outcome = async {
            let found = ops::account_find(&self.cx, &mut tx, &access, &number.parse().unwrap()).await?;
            let (ticket, document) = (found.lock.unwrap(), "TK03 số 3".to_owned());
            let form = AtCounter { ticket, checked: Checked { present, ..CHECKED }, document, guardian };
            ops::unlock_at_counter(&self.cx, &mut tx, &access, account, &form).await
        }
        .await;
        tx.finish(outcome).await
    }

    async fn levels(&self, account: AccountId) -> Vec<String> {
        let sql = format!("SELECT identity_level::text FROM identity.account WHERE account_id = '{account}'");
        self.w.texts(&sql).await
    }
}

fn fault<T>(outcome: Result<T, IdentityError>) -> String {
    use base::Fault;
    let refused = outcome.err().unwrap();
    match refused.fields() {
        [] => refused.code().to_owned(),
        fields => fields.iter().map(|f| format!("{} {}", f.field, f.code)).collect::<Vec<_>>().join(", "),
    }
}

fn signed(number: &str) -> Option<GuardianHere> {
    Some(GuardianHere { signed: true, ..guardian(number) })
}

const KEPT: &str = "SELECT concat_ws(' ', guardian_as, guardian_document, guardian_paper, guardian_paper_on, guardian_paper_by,
    guardian_at IS NOT NULL, guardian_signed_before IS NOT NULL) FROM identity.enrolment";

#[tokio::test]
async fn nobody_under_six_is_raised_and_nobody_under_fourteen_without_who_speaks_for_them() {
    let c = counter().await;
    let (be, ut) = (c.has_account(3, BE).await, c.has_account(9, UT).await);
    for present in [Present::Holder, Present::Guardian] {
        let expected =
            if present == Present::Holder { "identity.guardian_needed" } else { "identity.level_too_high" };
        assert_eq!(fault(c.raise(UT, ut, present, signed(AN)).await), expected);
    }
    assert_eq!(fault(c.raise(BE, be, Present::Holder, None).await), "identity.guardian_needed");
    assert_eq!(fault(c.raise(BE, be, Present::Guardian, None).await), "identity.guardian_needed");
    let unsigned = c.raise(BE, be, Present::Guardian, Some(guardian(AN))).await;
    assert_eq!(
        fault(unsigned),
        "signed identity.guardian_sign",
        "an account does not stand for a signature here"
    );
    let stranger = c.raise(BE, be, Present::Guardian, signed(BINH)).await;
    assert_eq!(fault(stranger), "paper_number identity.guardian_paper_needed");
    assert_eq!(c.levels(be).await, ["1"]);

    c.raise(BE, be, Present::Guardian, signed(AN)).await.unwrap();
    assert_eq!(c.levels(be).await, ["2"]);
    assert_eq!(c.w.texts(KEPT).await, ["mother identity_card t t"]);
    let history = "SELECT basis FROM identity.account_event WHERE kind = 'raised'";
    let words = "holder_with_guardian identity_card card_seen mother identity_card signed";
    assert_eq!(c.w.texts(history).await, [words]);
    let told = "SELECT payload::text FROM store.outbox WHERE topic = 'notice.due' AND payload::text LIKE '%của trẻ%'";
    let told = c.w.texts(told).await;
    assert!(told.len() == 1 && told[0].contains(&person(1).to_string()), "the mother hears of it: {told:?}");
    // Whoever is old enough needs nobody.
    let [account] = [c.has_account(8, TI).await];
    c.raise(TI, account, Present::Holder, None).await.unwrap();
}

#[tokio::test]
async fn nobody_begins_anew_for_a_child_but_who_speaks_for_it() {
    let c = counter().await;
    let be = c.has_account(3, BE).await;
    let signed_by_nobody = Some(guardian(AN));
    for (present, who, expected) in [
        (Present::Holder, None, "identity.guardian_needed"),
        (Present::Guardian, None, "identity.guardian_needed"),
        (Present::Guardian, signed(BINH), "paper_number identity.guardian_paper_needed"),
        (Present::Guardian, signed_by_nobody, "signed identity.guardian_sign"),
    ] {
        assert_eq!(fault(c.reset(BE, be, present, who).await), expected);
    }
    c.reset(BE, be, Present::Guardian, signed(AN)).await.unwrap();
    let said = "SELECT basis FROM identity.account_event WHERE kind = 'reset'";
    assert!(c.w.texts(said).await[0].contains("mother"), "who it was is written down");
}

#[tokio::test]
async fn nobody_unlocks_a_childs_account_but_who_speaks_for_it() {
    let c = counter().await;
    let be = c.has_account(3, BE).await;
    let me = c.w.citizen_in(BE).await.current;
    let mut tx = c.w.begin().await;
    let locked = ops::account_lock(&c.cx, &mut tx, &me.actor, be, LockReason::OwnRequest).await;
    tx.finish(locked).await.unwrap();
    assert_eq!(fault(c.unlock(BE, be, Present::Holder, None).await), "identity.guardian_needed");
    let stranger = c.unlock(BE, be, Present::Guardian, signed(BINH)).await;
    assert_eq!(fault(stranger), "paper_number identity.guardian_paper_needed");
    c.unlock(BE, be, Present::Guardian, signed(AN)).await.unwrap();
    c.w.citizen_in(BE).await;
}

#[tokio::test]
async fn a_guardian_is_one_on_record_living_of_age_and_there() {
    let c = counter().await;
    let unfit = "guardian identity.guardian_unfit";
    assert_eq!(fault(c.collect(None).await), "identity.guardian_needed");
    assert_eq!(fault(c.collect(signed("001099099999")).await), "guardian identity.foreigner_guardian");
    assert_eq!(fault(c.collect(signed(BE)).await), "guardian identity.foreigner_guardian", "not themselves");
    assert_eq!(fault(c.collect(signed(BINH)).await), "paper_number identity.guardian_paper_needed");
    assert_eq!(fault(c.collect(signed(TI)).await), unfit, "under age");
    let no_paper = Some(GuardianHere { document: None, ..signed(LAN).unwrap() });
    assert_eq!(fault(c.collect(no_paper).await), "guardian_document forms.required");
    for (is_living, is_missing) in [(false, false), (true, true)] {
        c.people.change(person(7), |lan| (lan.is_living, lan.is_missing) = (is_living, is_missing));
        assert_eq!(fault(c.collect(signed(LAN)).await), unfit);
    }
    c.people.change(person(7), |lan| (lan.is_living, lan.is_missing) = (true, false));
    c.collect(signed(LAN)).await.unwrap();
}

#[tokio::test]
async fn who_has_an_account_agrees_in_it_whatever_was_signed_and_who_has_none_signs_before_the_officer() {
    let c = counter().await;
    let decider = c.w.actor("duyet", Role::Decider).await;
    c.collect(signed(AN)).await.unwrap();
    assert_eq!(c.w.texts(KEPT).await, ["mother identity_card f f"], "no click of hers is made up");

    let other = counter().await;
    let unsigned = other.collect(Some(guardian(LAN))).await;
    assert_eq!(fault(unsigned), "signed identity.guardian_sign", "silence is no consent");
    let taken = other.collect(signed(LAN)).await.unwrap();
    assert_eq!(other.w.texts(KEPT).await, ["guardian identity_card t t"]);
    let who = "SELECT guardian_signed_before::text FROM identity.enrolment";
    assert_eq!(other.w.texts(who).await, [other.officer.account.to_string()]);
    let second = other.w.actor("duyet", Role::Decider).await;
    approve(&other.w, &second, &taken).await.unwrap();
    activate(&other.w, BE, &taken).await.unwrap();
    let mut tx = c.w.begin().await;
    let waiting = ops::enrol_list(&mut tx, &decider, &agency()).await.unwrap();
    assert_eq!(waiting[0].guardian_shown.as_ref().unwrap().as_str(), "mother");
}

#[tokio::test]
async fn where_the_record_shows_no_kin_the_paper_is_written_down_and_the_second_officer_sees_it() {
    let c = counter().await;
    let decider = c.w.actor("duyet", Role::Decider).await;
    let here = GuardianHere { paper: decision(), ..guardian(BINH) };
    c.collect(Some(here)).await.unwrap();
    let kept = "paper identity_card 12/2025/QĐ-UBND 2025-03-01 UBND phường Bến Thành f f";
    assert_eq!(c.w.texts(KEPT).await, [kept]);
    let mut tx = c.w.begin().await;
    let waiting = ops::enrol_list(&mut tx, &decider, &agency()).await.unwrap();
    let Some(identity::guardian::Shown::Paper(paper)) = &waiting[0].guardian_shown else {
        panic!("no paper")
    };
    assert_eq!((paper.number.as_str(), paper.issuer.as_str()), ("12/2025/QĐ-UBND", "UBND phường Bến Thành"));
    drop(tx);
    // What the log says holds codes only.
    let log = c.w.audit().await;
    assert!(log.iter().all(|entry| !entry.contains("QĐ-UBND")));
}

#[tokio::test]
async fn a_guardian_whose_record_gave_way_to_another_still_agrees_in_their_account() {
    let c = counter().await;
    let taken = c.collect(Some(guardian(AN))).await.unwrap();
    let mother = c.w.citizen_in(AN).await;
    let twin: PersonId = c.people.add(11, "001190000011", "1990-05-17");
    crate::population::merged(&c.w, &c.cx, &c.people, person(1), twin).await;
    let mut me = c.w.resolve(&mother).await.unwrap();
    assert_eq!(me.actor.person(), Some(twin));
    me.actor.strength = contracts::LoginStrength::Two;
    let mut tx = c.w.begin().await;
    let agreed = ops::ward_agree(&mut tx, &me, taken.enrolment).await;
    tx.finish(agreed).await.unwrap();
    assert_eq!(
        code_of(ops::ward_list(&mut c.w.begin().await, &me).await.map(|wards| assert!(wards.is_empty()))),
        "ok"
    );
}
