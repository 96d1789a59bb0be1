//! One dossier right through, over HTTP, and what the same way refuses.

use base::{Clock, vietnam_date};
use contracts::Role;
use serde_json::{Value, json};

use crate::{
    requests::{Answer, Ask, call},
    system::House,
    world,
};

/// A dossier as its owner has it, with everybody who has a part.
struct Story {
    house: House,
    applicant: String,
    host: String,
    receiver: String,
    decider: String,
    head: String,
    id: String,
}

impl Story {
    /// A draft with its answers, naming a host.
    async fn drafted() -> Self {
        let house = House::new(1, 1).await;
        let applicant = house.citizen(0).await;
        let host = house.citizen(1).await;
        let receiver = house.officer(Role::Receiver).await;
        let decider = house.officer(Role::Decider).await;
        let head = house.officer(Role::Head).await;
        let open = Ask::post("/api/v1/dossiers", json!({ "procedure": world::RESIDENCE })).by(&applicant);
        let draft = call(&house.router, &open).await.ok();
        let id = draft["id"].as_str().unwrap().to_owned();
        let story = Self { house, applicant, host, receiver, decider, head, id };
        story.save(story.answers()).await;
        story
    }

    fn answers(&self) -> Value {
        let today = vietnam_date(self.house.db.clock.now());
        world::staying_with(&self.house.citizens[1], today)
    }

    async fn ask(&self, ask: Ask) -> Answer {
        call(&self.house.router, &ask).await
    }

    async fn save(&self, answers: Value) {
        let path = format!("/api/v1/dossiers/{}/answers", self.id);
        self.ask(Ask::put(path, json!({ "answers": answers })).by(&self.applicant)).await.ok();
    }

    async fn read(&self) -> Value {
        self.ask(Ask::get(format!("/api/v1/dossiers/{}", self.id)).by(&self.applicant)).await.ok()
    }

    /// A move by the applicant, with the version that is there.
    fn own(&self, mv: &str, version: i64) -> Ask {
        let path = format!("/api/v1/dossiers/{}/{mv}", self.id);
        Ask::post(path, json!({ "version": version })).by(&self.applicant)
    }

    /// A move of the office.
    async fn office(&self, officer: &str, mv: &str, mut says: Value) -> Answer {
        says["version"] = self.read().await["version"].clone();
        let path = format!("/api/v1/office/dossiers/{}/{mv}", self.id);
        self.ask(Ask::post(path, says).by(officer)).await
    }

    async fn submit(&self) -> Value {
        let version = self.read().await["version"].as_i64().unwrap();
        self.ask(self.own("submit", version).key("submit")).await.ok()
    }

    async fn consent(&self) {
        let path = format!("/api/v1/consents/{}/host", self.id);
        let answer = self.ask(Ask::post(path, json!({ "yes": true })).by(&self.host)).await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_dossier_goes_right_through_and_everything_it_touches_agrees() {
    let s = Story::drafted().await;

    // Sent twice with one key: one dossier, one answer.
    let version = s.read().await["version"].as_i64().unwrap();
    let sent = s.submit().await;
    assert_eq!(sent["status"]["name"], "registered");
    assert_eq!(s.ask(s.own("submit", version).key("submit")).await.ok(), sent);
    let code = sent["code"].as_str().unwrap();

    // The host is asked, and answers for themselves.
    let questions = s.ask(Ask::get("/api/v1/consents").by(&s.host)).await.ok();
    assert_eq!(questions.as_array().unwrap().len(), 1);
    assert_eq!(s.office(&s.receiver, "receive", json!({})).await.json()["code"], "dossier.consent_pending");
    s.consent().await;

    // The office has it in its list, looks at it, and asks for something more.
    s.house.catch_up().await;
    let inbox = s.ask(Ask::get("/api/v1/office/inbox?group=new").by(&s.receiver)).await.ok();
    assert_eq!(inbox["items"][0]["code"], code);
    s.office(&s.receiver, "receive", json!({})).await.ok();
    let view = s.ask(Ask::get(format!("/api/v1/office/dossiers/{code}")).by(&s.decider)).await.ok();
    assert!(view["checks"].as_array().unwrap().iter().all(|c| c["verdict"] == "holds"), "{view}");
    s.office(&s.decider, "start", json!({})).await.ok();
    let defects = json!({ "defects": [{ "field": "address", "note": "Bạn ghi giúp số tầng." }] });
    s.office(&s.decider, "supplement-request", defects).await.ok();

    // The citizen reads what is missing, puts it right, and the officer approves.
    let own = s.read().await;
    assert_eq!(own["defects"][0]["field"], "address");
    let mut answers = s.answers();
    answers["address"] = json!("Số 12 phố Nguyễn Huệ, tầng 3");
    s.save(answers).await;
    let version = s.read().await["version"].as_i64().unwrap();
    s.ask(s.own("supplement-answer", version).key("answer")).await.ok();
    // The host agreed to another address, so they are asked again.
    assert_eq!(
        s.office(&s.decider, "approve", json!({ "note": "" })).await.json()["code"],
        "dossier.consent_pending"
    );
    s.consent().await;
    s.office(&s.decider, "approve", json!({ "note": "" })).await.ok();
    s.house.catch_up().await;

    // The result is with the citizen, and anybody can verify it.
    let own = s.read().await;
    assert_eq!(own["status"]["name"], "returned", "{own}");
    let result = own["result"].as_str().unwrap();
    let verification = s.ask(Ask::get(format!("/api/v1/documents/{result}/verification"))).await.ok();
    assert_eq!((&verification["state"], &verification["signature_ok"]), (&json!("valid"), &json!(true)));
    let pdf = s.ask(Ask::get(format!("/api/v1/documents/{result}/file")).by(&s.applicant)).await;
    assert!(pdf.bytes.starts_with(b"%PDF-"));
    let hash = sha256(&pdf.bytes);
    let path = format!("/api/v1/documents/{result}/verification?sha256={hash}");
    assert_eq!(s.ask(Ask::get(path)).await.ok()["hash"], "matches");

    // The record has changed.
    let look_up = json!({
        "number": s.house.citizens[0].number, "purpose": "decide_dossier", "fields": ["temporary_commune"],
    });
    let facts = s.ask(Ask::post("/api/v1/persons/lookup", look_up).by(&s.decider)).await.ok();
    assert_eq!(facts["facts"][0]["value"], world::COMMUNE, "{facts}");

    // The person sees who looked, with a proof that holds without us.
    s.house.catch_up().await;
    assert_eq!(seen_by(&s, "decider:").await, seen_by(&s, "decider:Nguyễn Minh Quân").await);
    assert!(seen_by(&s, "receiver:").await > 0 && seen_by(&s, "decider:").await > 1);
    let keys = [s.house.app.log_key.verifier().clone()];
    let report = ledger::verify(&s.house.app.store, &keys, None, |_, _| {}).await.unwrap();
    assert!(report.is_sound() && report.size > 20, "{report:?}");
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// How many accesses by such an actor the applicant finds in their own log; the proof of each is fetched and checked.
async fn seen_by(s: &Story, label: &str) -> usize {
    let who =
        contracts::Who::Citizen { person: s.house.citizens[0].person, level: contracts::IdentityLevel::Two };
    let account = contracts::AccountId(uuid::Uuid::nil());
    let actor = contracts::Actor { account, who, strength: contracts::LoginStrength::One };
    let access = contracts::Access::new(&actor, contracts::Purpose::OWN_RECORD);
    let mut tx = s.house.app.store.begin().await.unwrap();
    let page = base::PageRequest { limit: Some(100), ..Default::default() };
    let found = ledger::access_list(&mut tx, &access, ledger::Whose::All, &page).await;
    let found = tx.finish(found).await.unwrap();
    let keys = [s.house.app.log_key.verifier().clone()];
    let mut seen = 0;
    for entry in found.items {
        if !entry.access.is_some_and(|access| access.actor_label.starts_with(label)) {
            continue;
        }
        let path = format!("/record/accesses/{}/proof.json", entry.index.unwrap());
        let proof = s.ask(Ask::get(path).by(&s.applicant)).await.ok();
        let proof: ledger::Proof = serde_json::from_value(proof).unwrap();
        ledger::verify_proof(&proof, &keys).unwrap();
        seen += 1;
    }
    seen
}

#[tokio::test]
async fn a_refusal_takes_two_officers_and_leaves_the_record_as_it_was() {
    let s = Story::drafted().await;
    s.submit().await;
    s.consent().await;
    s.office(&s.receiver, "receive", json!({})).await.ok();
    s.office(&s.decider, "start", json!({})).await.ok();
    let proposal = json!({ "reason": "not_living_there", "note": "Qua xác minh, không có người ở." });
    s.office(&s.decider, "refusal-propose", proposal).await.ok();
    let alone = s.office(&s.decider, "refusal-confirm", json!({ "agree": true })).await;
    assert_eq!(alone.json()["code"], "dossier.four_eyes");
    s.office(&s.head, "refusal-confirm", json!({ "agree": true })).await.ok();
    s.house.catch_up().await;
    let own = s.read().await;
    assert_eq!((&own["verdict"], &own["status"]["name"]), (&json!("refused"), &json!("returned")));
    let look_up = json!({
        "number": s.house.citizens[0].number, "purpose": "decide_dossier", "fields": ["temporary_commune"],
    });
    let facts = s.ask(Ask::post("/api/v1/persons/lookup", look_up).by(&s.decider)).await.ok();
    assert_eq!(facts["facts"], json!([]));
}

#[tokio::test]
async fn every_refusal_says_in_both_languages_what_is_wrong() {
    let s = Story::drafted().await;
    let me = &s.applicant;
    let nobody = "01939f00-0000-7000-8000-000000000001";
    let own = |path: &str| format!("/api/v1/dossiers/{}{path}", s.id);
    let office = |mv: &str| format!("/api/v1/office/dossiers/{}/{mv}", s.id);
    let number = &s.house.citizens[0].number;
    let refusals = [
        ("identity.not_signed_in", Ask::get("/api/v1/dossiers")),
        (
            "identity.bad_credentials",
            Ask::post("/api/v1/sessions", json!({ "number": number, "password": "đoán thử" })),
        ),
        (
            "identity.invalid",
            Ask::post("/api/v1/sessions", json!({ "number": "12345", "password": "đoán thử" })),
        ),
        (
            "identity.invalid",
            Ask::post(
                "/api/v1/accounts",
                json!({ "number": "1", "name": "", "birth_date": "hôm qua", "phone": "?", "password": "123" }),
            ),
        ),
        (
            "identity.messages_off",
            Ask::post(
                "/api/v1/accounts",
                json!({ "number": number, "name": "Trần Văn Khác", "birth_date": "1/1/1980", "phone": "0912345678", "password": "mật khẩu rất dài 2026" }),
            ),
        ),
        ("webkit.not_found", Ask::get("/api/v1/nothing-here")),
        ("webkit.method", Ask::put("/api/v1/dossiers", json!({}))),
        ("webkit.invalid", Ask::post("/api/v1/dossiers", json!({ "procedure": 5 })).by(me)),
        (
            "webkit.invalid",
            Ask::post("/api/v1/dossiers", json!({ "procedure": "1.004194", "more": 1 })).by(me),
        ),
        ("dossier.not_online", Ask::post("/api/v1/dossiers", json!({ "procedure": "9.999999" })).by(me)),
        ("dossier.not_found", Ask::get(format!("/api/v1/dossiers/{nobody}")).by(me)),
        ("dossier.not_found", Ask::get(own("")).by(&s.host)),
        ("dossier.key_needed", Ask::post(own("/submit"), json!({ "version": 1 })).by(me)),
        ("dossier.key_needed", Ask::post(own("/submit"), json!({ "version": 1 })).by(me).key("k".repeat(81))),
        ("dossier.changed", Ask::post(own("/submit"), json!({ "version": 77 })).by(me).key("other")),
        ("dossier.wrong_status", Ask::post(own("/supplement-answer"), json!({ "version": 1 })).by(me)),
        ("dossier.not_found", Ask::post(office("receive"), json!({ "version": 2 })).by(&s.receiver)),
        ("dossier.forbidden", Ask::get("/api/v1/office/inbox").by(me)),
        (
            "dossier.invalid",
            Ask::post(own("/attachments"), json!({ "slot": "no_such", "name": "a.pdf", "bytes": 9 })).by(me),
        ),
        (
            "registry.invalid",
            Ask::post(
                "/api/v1/persons/lookup",
                json!({ "number": "12", "purpose": "look_up", "fields": ["name"] }),
            )
            .by(&s.decider),
        ),
        (
            "registry.purpose_not_allowed",
            Ask::post(
                "/api/v1/persons/lookup",
                json!({ "number": number, "purpose": "tò mò", "fields": ["name"] }),
            )
            .by(&s.decider),
        ),
        (
            "registry.search_too_wide",
            Ask::post("/api/v1/persons/search", json!({ "name": "Lan", "purpose": "look_up" }))
                .by(&s.decider),
        ),
        ("credential.not_found", Ask::get(format!("/api/v1/documents/{nobody}/file")).by(me)),
        ("credential.invalid", Ask::get(format!("/api/v1/documents/{nobody}/verification?sha256=abc"))),
    ];
    let mut wrong = Vec::new();
    for (code, ask) in refusals {
        wrong.extend(complaints(&s, code, &ask).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_keeps_a_dossier_back_is_said_field_by_field_in_both_languages() {
    let s = Story::drafted().await;
    let today = vietnam_date(s.house.db.clock.now());
    let spoilt = [
        ("phone", json!("12"), "forms.not_a_phone"),
        ("commune", json!("99999"), "forms.not_a_commune"),
        ("commune", json!("00004"), "forms.rule"),
        ("address", Value::Null, "forms.required"),
        ("dwelling", json!("castle"), "forms.not_a_choice"),
        ("host_number", json!("123"), "forms.not_a_personal_number"),
        ("host_number", json!(s.house.citizens[0].number), "forms.rule"),
        ("from", json!("30/2/2027"), "forms.no_such_day"),
        ("to", json!(today), "forms.rule"),
        ("with_members", json!("perhaps"), "forms.not_yes_no"),
        ("reason", json!("a"), "forms.too_short"),
        ("castle", json!("x"), "forms.unknown_field"),
    ];
    let mut wrong = Vec::new();
    for (n, (field, value, code)) in spoilt.into_iter().enumerate() {
        let mut answers = s.answers();
        answers[field] = value.clone();
        s.save(answers).await;
        let version = s.read().await["version"].as_i64().unwrap();
        let ask = s.own("submit", version).key(format!("spoilt-{n}"));
        wrong.extend(complaints(&s, "dossier.invalid", &ask).await);
        let says = s.ask(ask).await.json();
        let named =
            says["fields"].as_array().into_iter().flatten().any(|f| f["field"] == field && f["code"] == code);
        if !named {
            wrong.push(format!("{field} = {value}: {code} is not among {}", says["fields"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with a refusal: another code, no problem document, not two languages, words of the machine.
async fn complaints(s: &Story, code: &str, ask: &Ask) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut said = Vec::new();
    for lang in ["vi", "en"] {
        let answer = s.ask(ask.clone().lang(lang)).await;
        let says = answer.json();
        if !answer.is_problem() || says["code"] != code {
            wrong.push(format!(
                "{} {}: {code} expected: {} {}",
                ask.method,
                ask.path,
                answer.status,
                answer.text()
            ));
        }
        let fields = says["fields"].as_array().into_iter().flatten();
        let details: Vec<String> = std::iter::once(&says)
            .chain(fields)
            .map(|d| d["detail"].as_str().unwrap_or("").to_owned())
            .collect();
        for detail in &details {
            if detail.len() < 10 || detail.contains(['{', '}']) || detail.contains("SQL") {
                wrong.push(format!("{code}, {lang}: {detail:?}"));
            }
        }
        said.push(details);
    }
    let same = |a: &Vec<String>, b: &Vec<String>| a.iter().zip(b).any(|(a, b)| a == b);
    if let [vi, en] = &said[..]
        && (vi.len() != en.len() || same(vi, en))
    {
        wrong.push(format!("{code}: one language for both: {vi:?} {en:?}"));
    }
    wrong
}
