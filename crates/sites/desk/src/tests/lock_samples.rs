//! Made-up locks, forms TK03 that wait, and files that are refused; and what their pages must say.

use axum::http::StatusCode;
use base::FieldFault;
use contracts::{AccountId, AgencyId, IdentityLevel, PersonId, Role};
use forms::{Fact, Person};
use identity::{
    Enrolment, EnrolmentId, LockReason, LockRequestId, Ticket,
    enrolment::{Refusal, RefusalReason, Whose},
    locking::{Asks, Lock},
    model::{Account, Holder, State},
    ops::{account_find::Found, lock_read::Locks, lock_request::LockRequest},
};
use jiff::civil::date;
use maud::Markup;
use webkit::{Form, View};

use super::{
    assert_said, body,
    people_samples::people_page,
    samples::{self, AGENCY, COMMUNE, NOW, Sample, Wish, at, id},
    staff_samples::comparing,
};
use crate::{
    account_lock::{self, Seen},
    locks,
    people::{Answer, By},
    refusal,
};

const NUMBER: &str = "079190012345";

fn account(state: State) -> Account {
    let holder = Holder::Citizen { person: PersonId(id(1)), level: IdentityLevel::Two };
    Account { id: AccountId(id(5)), holder, state, version: 3, epoch: 0 }
}

fn ticket() -> Ticket {
    Ticket::parse("1795143600.00")
}

fn person() -> Person {
    Person::default().with(Fact::Name, "Nguyễn Thị Lan").with(Fact::Number, NUMBER)
}

/// Looked up for another reason, or for the lock.
pub fn people_locked(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let lock = (!wish.open.is_empty()).then(ticket);
    let account = Some(Found { account: account(State::Locked), ticket: None, lock });
    let number = NUMBER.parse().unwrap();
    let (comparing, duplicates) = (Default::default(), Vec::new());
    people_page(
        s,
        view,
        By::Number,
        &Answer::One { whose: Whose::Citizen, number, person: person(), account, comparing, duplicates },
    )
}

fn request(n: u128, asks: Asks, taken_by: u128, taken_at: &str) -> LockRequest {
    LockRequest {
        id: LockRequestId(id(n)),
        account: AccountId(id(5)),
        person: PersonId(id(1)),
        asks,
        reason: if asks == Asks::Lock { LockReason::CardSeized } else { LockReason::Authority },
        asked_by: Some("Cơ quan Cảnh sát điều tra Công an Thành phố Hồ Chí Minh".into()),
        document: "TK03 số 7 ngày 16/11/2026".into(),
        came_on: date(2026, 11, 16),
        forward_by: date(2026, 11, 17),
        agency: Some(AgencyId::new(AGENCY)),
        taken_by: AccountId(id(taken_by)),
        taken_at: at(taken_at),
        due_on: date(2026, 11, 19),
    }
}

pub fn locks_page(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let late = (request(60, Asks::Lock, 99, "2026-11-18T02:00:00Z"), person());
    let own = (request(61, Asks::Unlock, 20, "2026-11-17T02:00:00Z"), person());
    let waiting = if wish.empty.is_empty() { vec![late, own] } else { Vec::new() };
    let officer = Sample::officer(Role::parse(&wish.role).unwrap_or(Role::Decider));
    let fault = FieldFault {
        args: vec![("max".into(), "300".into())],
        ..FieldFault::new(format!("answer-{}", id(60)), "identity.refusal_note")
    };
    let faults = if wish.step == "fault" { vec![fault] } else { Vec::new() };
    locks::page(&s.words(view), view, &officer, &waiting, &Form::default(), &faults)
}

pub fn account_page(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let (reason, agency) = match wish.open.as_str() {
        "own" | "own-waits" => (Some(LockReason::OwnRequest), None),
        "authority" | "waits" => (Some(LockReason::Authority), Some(AGENCY)),
        "another" => (Some(LockReason::Misuse), Some("CA-X-00004")),
        "card" => (Some(LockReason::CardExpired), None),
        _ => (None, None),
    };
    let lock = reason.map(|reason| Lock {
        reason,
        agency: agency.map(AgencyId::new),
        since: at("2026-11-12T08:20:00Z"),
    });
    let waits = wish.open.ends_with("waits");
    let locks = Locks {
        account: account(if reason.is_some() { State::Locked } else { State::Activated }),
        person: PersonId(id(1)),
        reason,
        lock,
        ours: wish.open != "another",
        whose: Whose::Citizen,
        request: waits.then(|| request(60, Asks::Unlock, 99, NOW)),
    };
    let seen = Seen { ticket: ticket(), locks, person: person(), comparing: comparing(wish) };
    let faults = [
        FieldFault::new("paper", "identity.lock_document"),
        FieldFault::new("ask-asked_by", "identity.lock_asked_by"),
        FieldFault::new("ask-came_on", "identity.lock_came_on"),
    ];
    let faults = if wish.open == "fault" { faults.as_slice() } else { &[] };
    account_lock::page(
        &s.words(view),
        view,
        &Sample::officer(Role::Receiver),
        &seen,
        &Form::default(),
        faults,
    )
}

fn file() -> Enrolment {
    Enrolment {
        id: EnrolmentId(id(82)),
        account: AccountId(id(82)),
        person: PersonId(id(82)),
        level: IdentityLevel::Two,
        commune: COMMUNE.into(),
        agency: Some(AgencyId::new(AGENCY)),
        collected_by: AccountId(id(99)),
        collected_at: at("2026-11-19T02:00:00Z"),
        basis: "holder identity_card card_seen".into(),
        due_on: date(2026, 11, 24),
        guardian: None,
        guardian_at: None,
        guardian_shown: None,
        approved_at: None,
        activate_by: None,
        number_claim: Vec::new(),
        whose: Whose::Citizen,
    }
}

pub fn refusal_page(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let fault = FieldFault {
        args: vec![("max".into(), "300".into())],
        ..FieldFault::new("note", "identity.refusal_note")
    };
    let faults = if wish.empty.is_empty() { Vec::new() } else { vec![fault] };
    let form = Form::from_pairs([("reason", "other")]);
    refusal::page(&s.words(view), view, &Sample::officer(Role::Decider), &file(), &form, &faults)
}

pub fn refusal_notice(s: &Sample, view: &View, _: &Wish) -> Markup {
    let note = "Trường hợp này cần giấy khai sinh bản chính.".into();
    let why = Refusal { reason: RefusalReason::Incomplete, note };
    refusal::notice(&s.words(view), view, &Sample::officer(Role::Decider), &file(), "Nguyễn Thị Lan", &why)
}

#[tokio::test]
async fn a_locked_account_leads_to_where_it_is_opened_or_says_how_to_get_there() {
    let app = samples::app();
    let (_, page) = body(&app, "/people-locked").await;
    assert!(page.contains("tra cứu lại số định danh với mục đích khóa"), "{page}");
    let (_, page) = body(&app, "/people-locked?open=1").await;
    assert!(page.contains("action=\"/desk/locks/account\"") && page.contains("name=\"ticket\""));
    assert!(page.contains("value=\"lock_account\""), "the purpose is offered");
    let (_, page) = body(&app, "/people?by=name").await;
    assert!(!page.contains("value=\"lock_account\""), "by number alone");
}

#[tokio::test]
async fn each_lock_is_offered_what_opens_it_and_nothing_else() {
    let app = samples::app();
    for (wish, steps, words) in [
        ("", ["lock", "ask-lock"].as_slice(), "Đang dùng"),
        ("own", ["unlock", "ask-lock"].as_slice(), "Chủ tài khoản đề nghị"),
        ("authority", ["ask-unlock"].as_slice(), "tố tụng"),
        ("another", [].as_slice(), "cơ quan khác đặt"),
        ("card", ["ask-lock"].as_slice(), "có thẻ mới"),
        ("waits", [].as_slice(), "Đang có phiếu chờ duyệt"),
        ("own-waits", ["unlock"].as_slice(), "Đang có phiếu chờ duyệt"),
    ] {
        let (status, page) = body(&app, &format!("/account-lock?open={wish}")).await;
        assert_eq!(status, StatusCode::OK);
        assert_said(&page, wish);
        for step in ["lock", "unlock", "ask-lock", "ask-unlock"] {
            let offered = page.contains(&format!("action=\"/desk/locks/account/{step}\""));
            assert_eq!(offered, steps.contains(&step), "{wish} {step}");
        }
        assert!(page.contains(words), "{wish}: {words}");
    }
    let (_, page) = body(&app, "/account-lock?open=own&step=ask").await;
    assert!(page.contains("value=\"compare\"") && page.contains("value=\"reset\""), "level 2, with a device");
    let (_, page) = body(&app, "/account-lock?step=ask").await;
    assert!(!page.contains("value=\"compare\""), "locking waits for no device");
}

#[tokio::test]
async fn a_form_says_who_asks_until_when_and_how_late_it_is_and_a_second_officer_decides() {
    let app = samples::app();
    let (_, page) = body(&app, "/locks").await;
    for words in ["Cơ quan Cảnh sát điều tra", "TK03 số 7", "Chuyển trễ", "quá hạn", "079 190 012 345"]
    {
        assert!(page.contains(words), "{words}");
    }
    assert_eq!(page.matches("/approve\"").count(), 1, "not one's own");
    assert_eq!(page.matches("Chuyển trễ").count(), 1);
    let (_, page) = body(&app, "/locks?role=receiver").await;
    assert!(!page.contains("/approve\"") && page.contains("tra cứu người đó"));
}

#[tokio::test]
async fn a_refusal_says_why_and_what_can_be_done_on_paper_too() {
    let app = samples::app();
    let (_, page) = body(&app, "/refusal").await;
    assert!(page.contains("value=\"card_invalid\"") && page.contains("Giấy tờ không còn giá trị"));
    let (_, page) = body(&app, "/refusal-notice").await;
    for words in ["Nguyễn Thị Lan", "Hồ sơ còn thiếu", "giấy khai sinh bản chính", "khiếu nại", "20/11/2026"]
    {
        assert!(page.contains(words), "{words}");
    }
    let (_, page) = body(&app, "/counter").await;
    assert!(page.contains("/refuse?file=") && !page.contains("action=\"/desk/accounts/82/refuse\""));
}
