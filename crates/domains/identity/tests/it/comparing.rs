//! A device at the counter compares, and an identification stands on its word.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use contracts::{
    Access, Actor, AgencyId, Purpose, Role,
    biometrics::{Biometrics, Device, DeviceAway, NewComparison, Outcome, RESULT_LIFE_S, RESULT_TYPE, Trait},
};
use identity::{
    Checked, ComparisonId, Identity, RaiseBasis,
    comparison::COMPARISON_LIFE,
    ops::{
        self,
        comparison::{Look, Whom},
        enrol_collect::Collecting,
    },
};
use jose::{Algorithm, Audience, Registered, Signer, SoftwareKey};
use serde_json::json;

use crate::{
    counter::CHECKED,
    enrolling::{file, refusal},
    world::{AN, BE, BINH, ORIGIN, World, agency, code_of},
};

pub const QUAY: &str = "QUAY-1";

/// A device that tests tell what to say.
pub struct OneDevice {
    key: SoftwareKey,
    pub asked: Mutex<Option<NewComparison>>,
    answer: Mutex<Option<String>>,
}

#[async_trait]
impl Biometrics for OneDevice {
    fn devices(&self, at: &AgencyId) -> Vec<Device> {
        let key = serde_json::to_string(self.key.public_jwk()).unwrap();
        let device = Device { id: QUAY.into(), name: "Quầy 1".into(), key };
        if *at == agency() { vec![device] } else { Vec::new() }
    }

    async fn begin(&self, _: &str, comparison: &NewComparison) -> Result<(), DeviceAway> {
        *self.asked.lock().unwrap() = Some(comparison.clone());
        Ok(())
    }

    async fn answer(&self, _: &str, _: uuid::Uuid) -> Result<Option<String>, DeviceAway> {
        Ok(self.answer.lock().unwrap().clone())
    }
}

/// At the counter of the agency.
pub fn a_device() -> Arc<dyn Biometrics> {
    let key = SoftwareKey::generate(Algorithm::Es256).unwrap();
    Arc::new(OneDevice { key, asked: Mutex::default(), answer: Mutex::default() })
}

pub struct Counter {
    pub w: World,
    pub cx: Identity,
    pub device: Arc<OneDevice>,
    pub officer: Actor,
}

impl Counter {
    pub async fn new() -> Self {
        let w = World::new().await;
        let key = SoftwareKey::generate(Algorithm::Es256).unwrap();
        let device = Arc::new(OneDevice { key, asked: Mutex::default(), answer: Mutex::default() });
        let cx = w.cx.clone().with_devices(Arc::clone(&device) as _);
        let officer = w.actor("tiep.nhan", Role::Receiver).await;
        Self { w, cx, device, officer }
    }

    async fn begin(&self, number: &str) -> ComparisonId {
        let whom = Whom::Number(number.parse().unwrap());
        ops::comparison_begin(&self.cx, &self.officer, whom, QUAY, &Trait::ALL).await.unwrap()
    }

    /// What the device signs about what it was asked last.
    pub fn says(&self, outcome: Outcome) {
        let asked = self.device.asked.lock().unwrap().clone().unwrap();
        let now = self.w.db.store.clock().now().as_second();
        let registered = Registered {
            iss: Some(QUAY.into()),
            sub: Some(asked.subject),
            aud: Some(Audience::One(asked.audience)),
            iat: Some(now),
            exp: Some(now + RESULT_LIFE_S),
            jti: Some(asked.session.to_string()),
            nbf: None,
        };
        let mut claims = serde_json::to_value(registered).unwrap();
        claims["nonce"] = json!(asked.nonce);
        let results =
            asked.kinds.iter().map(|kind| json!({ "kind": kind, "outcome": outcome, "quality": 80 }));
        claims["results"] = results.collect();
        *self.device.answer.lock().unwrap() =
            Some(jose::sign(&self.device.key, Some(RESULT_TYPE), &claims).unwrap());
    }

    pub async fn look(&self, id: ComparisonId) -> Result<Look, identity::IdentityError> {
        ops::comparison_look(&self.cx, &self.officer, id).await
    }

    async fn matched(&self, number: &str) -> ComparisonId {
        let id = self.begin(number).await;
        self.says(Outcome::Match);
        assert!(matches!(self.look(id).await.unwrap(), Look::Told(told) if told.outcome == Outcome::Match));
        id
    }

    async fn collect(&self, number: &str, id: Option<ComparisonId>) -> &'static str {
        let basis = if id.is_some() { RaiseBasis::Biometrics } else { RaiseBasis::CardSeen };
        let input = Collecting { comparison: id, basis, ..file(number) };
        code_of(ops::enrol_collect(&self.cx, &self.officer, &input).await.map(drop))
    }
}

#[tokio::test]
async fn a_file_stands_on_the_devices_word_and_nothing_that_was_measured_is_kept() {
    let c = Counter::new().await;
    assert_eq!(c.collect(AN, None).await, "identity.comparison_needed", "the counter has a device");
    let id = c.begin(AN).await;
    assert_eq!(c.look(id).await.unwrap(), Look::Waiting);
    assert_eq!(c.collect(AN, Some(id)).await, "identity.comparison_over", "not before it has answered");
    let asked = c.device.asked.lock().unwrap().clone().unwrap();
    assert!(!serde_json::to_string(&asked).unwrap().contains(AN), "a device learns of nobody");
    assert_eq!(asked.audience, ORIGIN);
    c.says(Outcome::Match);
    assert!(matches!(c.look(id).await.unwrap(), Look::Told(told) if told.quality == 80));
    assert_eq!(c.collect(AN, Some(id)).await, "ok");
    let kept = "SELECT concat_ws(' ', device, array_to_string(device_kinds, ','), device_outcome, device_at IS NOT NULL, basis) FROM identity.enrolment";
    assert_eq!(c.w.texts(kept).await, ["QUAY-1 face,fingerprint match t holder identity_card biometrics"]);
    let log = c.w.audit().await;
    for action in ["identity.comparison_begin", "identity.comparison_look"] {
        assert!(log.iter().any(|entry| entry.contains(action)), "{action}");
    }
    // It is for minutes.
    c.w.wait(COMPARISON_LIFE.as_secs() + 1);
    let tx = c.w.begin().await;
    identity::jobs::sweep(&tx).await.unwrap();
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    assert_eq!(c.w.texts("SELECT device FROM identity.comparison").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_word_counts_once_for_one_person_one_officer_and_some_minutes() {
    let c = Counter::new().await;
    let id = c.matched(AN).await;
    assert_eq!(
        c.collect(BE, Some(id)).await,
        "identity.guardian_needed",
        "a child, whatever the device says"
    );
    let other = c.w.actor("giai.quyet", Role::Decider).await;
    let theirs = Collecting { comparison: Some(id), basis: RaiseBasis::Biometrics, ..file(AN) };
    let refused = ops::enrol_collect(&c.cx, &other, &theirs).await.map(drop);
    assert_eq!(code_of(refused), "identity.comparison_over", "another officer's");
    assert_eq!(code_of(ops::comparison_look(&c.cx, &other, id).await), "identity.comparison_over");
    assert_eq!(c.collect(AN, Some(id)).await, "ok");
    let mut tx = c.w.begin().await;
    let account = ops::enrol_list(&mut tx, &other, &agency()).await.unwrap()[0].clone();
    let refused = ops::enrol_refuse(&c.cx, &mut tx, &other, account.account, account.id, &refusal()).await;
    tx.finish(refused).await.unwrap();
    assert_eq!(c.collect(AN, Some(id)).await, "identity.comparison_over", "spent");
    let old = c.matched(AN).await;
    c.w.wait(COMPARISON_LIFE.as_secs());
    assert_eq!(c.collect(AN, Some(old)).await, "identity.comparison_over");
}

#[tokio::test]
async fn a_person_who_does_not_match_is_not_identified_by_looking_away() {
    let c = Counter::new().await;
    for outcome in [Outcome::NoMatch, Outcome::BadCapture] {
        let id = c.begin(AN).await;
        c.says(outcome);
        assert!(matches!(c.look(id).await.unwrap(), Look::Told(told) if told.outcome == outcome));
        assert_eq!(c.collect(AN, Some(id)).await, "identity.comparison_over");
        // What the device said stays said.
        c.says(Outcome::Match);
        assert!(matches!(c.look(id).await.unwrap(), Look::Told(told) if told.outcome == outcome));
    }
    assert_eq!(c.collect(AN, None).await, "identity.comparison_needed");
}

#[tokio::test]
async fn replays_old_results_and_other_keys_are_dropped() {
    let c = Counter::new().await;
    c.begin(AN).await;
    c.says(Outcome::Match);
    // The answer to an earlier question.
    let second = c.begin(AN).await;
    assert_eq!(code_of(c.look(second).await), "identity.comparison_unsound");
    c.says(Outcome::Match);
    c.w.wait(RESULT_LIFE_S + 31);
    assert_eq!(code_of(c.look(second).await), "identity.comparison_unsound", "too old");
    // Another device signs.
    let c2 = Counter::new().await;
    *c2.device.asked.lock().unwrap() = c.device.asked.lock().unwrap().clone();
    c2.says(Outcome::Match);
    *c.device.answer.lock().unwrap() = c2.device.answer.lock().unwrap().clone();
    assert_eq!(code_of(c.look(second).await), "identity.comparison_unsound");
    assert_eq!(c.w.texts("SELECT outcome FROM identity.comparison WHERE outcome IS NOT NULL").await, [""; 0]);
    c.says(Outcome::Match);
    assert!(matches!(c.look(second).await.unwrap(), Look::Told(_)), "it may still answer rightly");
}

#[tokio::test]
async fn an_account_is_raised_on_the_devices_word_for_its_holder() {
    let c = Counter::new().await;
    let [account, _] = c.w.citizens().await;
    let access = Access::new(&c.officer, Purpose::RAISE_LEVEL);
    let raise = async |comparison: Option<ComparisonId>| {
        let basis = if comparison.is_some() { RaiseBasis::Biometrics } else { RaiseBasis::ChipRead };
        let checked = Checked { basis, comparison, ..CHECKED };
        let mut tx = c.w.begin().await;
        let found = ops::account_find(&c.cx, &mut tx, &access, &AN.parse().unwrap()).await.unwrap();
        let ticket = found.ticket.unwrap();
        let raised = ops::account_raise(&c.cx, &mut tx, &access, account, &ticket, checked, None).await;
        code_of(tx.finish(raised).await)
    };
    assert_eq!(raise(None).await, "identity.comparison_needed");
    let whom = Whom::Account(account);
    let id = ops::comparison_begin(&c.cx, &c.officer, whom, QUAY, &[Trait::Face]).await.unwrap();
    c.says(Outcome::Match);
    c.look(id).await.unwrap();
    assert_eq!(raise(Some(id)).await, "ok");
    let kept = "SELECT concat_ws(' ', device, array_to_string(device_kinds, ',')) FROM identity.enrolment";
    assert_eq!(c.w.texts(kept).await, ["QUAY-1 face"]);
    let whom = Whom::Account(account);
    for (device, kinds, code) in
        [("QUAY-9", &Trait::ALL[..], "identity.not_found"), (QUAY, &[][..], "identity.invalid")]
    {
        assert_eq!(code_of(ops::comparison_begin(&c.cx, &c.officer, whom, device, kinds).await), code);
    }
    let head = c.w.actor("truong", Role::Head).await;
    let refused = ops::comparison_begin(&c.cx, &head, whom, QUAY, &Trait::ALL).await;
    assert_eq!(code_of(refused), "identity.forbidden");
    let nobody = Whom::Number(BINH.parse().unwrap());
    let refused = ops::comparison_begin(&c.cx, &c.officer, nobody, QUAY, &Trait::ALL).await;
    assert_eq!(code_of(refused), "identity.not_found", "not on record");
}

#[tokio::test]
async fn an_account_of_level_2_is_reset_on_the_devices_word_where_the_counter_has_one() {
    let c = Counter::new().await;
    let [account, other] = c.w.citizens().await;
    let access = Access::new(&c.officer, Purpose::RAISE_LEVEL);
    let reset = async |cx: &Identity, comparison: Option<ComparisonId>| {
        let basis = if comparison.is_some() { RaiseBasis::Biometrics } else { RaiseBasis::ChipRead };
        let checked = Checked { basis, comparison, ..CHECKED };
        let mut tx = c.w.begin().await;
        let found = ops::account_find(cx, &mut tx, &access, &AN.parse().unwrap()).await.unwrap();
        let ticket = found.ticket.unwrap();
        let issued = ops::account_reset(cx, &mut tx, &access, account, &ticket, checked, None).await;
        code_of(tx.finish(issued).await.map(drop))
    };
    let compare = async |whom, outcome| {
        let id = ops::comparison_begin(&c.cx, &c.officer, whom, QUAY, &[Trait::Face]).await.unwrap();
        c.says(outcome);
        c.look(id).await.unwrap();
        Some(id)
    };
    // At level 1 the officer's own check is enough, and what a device says must hold all the same.
    let id = compare(Whom::Account(account), Outcome::NoMatch).await;
    assert_eq!(reset(&c.cx, id).await, "identity.comparison_over");
    assert_eq!(reset(&c.cx, None).await, "ok");

    c.w.texts("UPDATE identity.account SET identity_level = 2 WHERE person_id IS NOT NULL RETURNING kind")
        .await;
    assert_eq!(reset(&c.cx, None).await, "identity.comparison_needed", "one officer and a card read");
    let id = compare(Whom::Account(account), Outcome::NoMatch).await;
    assert_eq!(reset(&c.cx, id).await, "identity.comparison_over", "somebody else's card");
    let id = compare(Whom::Account(other), Outcome::Match).await;
    assert_eq!(reset(&c.cx, id).await, "identity.comparison_over", "somebody else's word");
    let id = compare(Whom::Account(account), Outcome::Match).await;
    assert_eq!(reset(&c.cx, id).await, "ok");
    assert_eq!(reset(&c.cx, id).await, "identity.comparison_over", "it counts once");
    // Where the counter has none, it is as in raising.
    assert_eq!(reset(&c.w.cx, None).await, "ok");
}

#[tokio::test]
async fn without_a_device_nobody_says_that_one_compared() {
    let c = Counter::new().await;
    let input = Collecting { basis: RaiseBasis::Biometrics, ..file(AN) };
    let refused = ops::enrol_collect(&c.w.cx, &c.officer, &input).await.map(drop);
    assert_eq!(code_of(refused), "identity.comparison_needed");
    ops::enrol_collect(&c.w.cx, &c.officer, &file(AN)).await.unwrap();
}
