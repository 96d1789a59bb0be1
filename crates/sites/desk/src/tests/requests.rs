//! Made-up requests for correction, and what their pages must say.

use axum::http::StatusCode;
use base::{Lang, Page, Text};
use contracts::{AccountId, AgencyId, PersonId, Role};
use jiff::civil::date;
use maud::Markup;
use registry::{
    corrections::{
        Correction, CorrectionView, Lines, Proposal, State, Step, StepKind, Subject, Verdict, ops::Line,
    },
    model::Item,
    ops::{Origin, Record, RecordItem},
};
use uuid::Uuid;
use webkit::{Form, View};

use super::{
    body,
    samples::{self, Sample, Wish},
};
use crate::corrections;

const AT: &str = "2026-11-19T03:00:00Z";

fn request(item: &str, value: Option<&str>, protected: bool) -> Correction {
    Correction {
        person: PersonId(Uuid::from_u128(1)),
        id: Uuid::from_u128(50),
        version: 2,
        state: State::Open,
        subject: Subject::parse(item).unwrap(),
        wrong: "Tên đệm của tôi là Thị.".into(),
        value: value.map(Into::into),
        document: Some("Giấy khai sinh 15/1990".into()),
        authority: "civil_status".into(),
        agency: AgencyId::new("CA-X-26740"),
        protected,
        asked_by: AccountId(Uuid::from_u128(1)),
        asked_at: AT.parse().unwrap(),
        due_on: date(2026, 11, 19),
        overdue_at: None,
        proposal: None,
        decided_at: None,
    }
}

/// A request about a name; proposed by an officer who is not the one of the samples.
fn case(is_proposed: bool) -> CorrectionView {
    let mut correction = request("name", Some("Nguyễn Thị Lan"), true);
    let at = AT.parse().unwrap();
    let step = |kind, name: Option<&str>, reason: Option<&str>| Step {
        kind,
        name: name.map(Into::into),
        agency: Some(AgencyId::new("CA-X-26740")),
        reason: reason.map(Into::into),
        at,
    };
    let mut steps = vec![step(StepKind::Asked, None, None)];
    if is_proposed {
        correction.state = State::Proposed;
        correction.proposal = Some(Proposal {
            verdict: Verdict::Accept,
            value: Some("Nguyễn Thị Lan".into()),
            since: None,
            reason: "Đúng với sổ hộ tịch.".into(),
            document: None,
            by: AccountId(Uuid::from_u128(21)),
            by_name: "Trần Thị Sáu".into(),
            at,
        });
        steps.push(step(StepKind::ProposedAccept, Some("Trần Thị Sáu"), Some("Đúng với sổ hộ tịch.")));
    }
    let origin = Origin {
        source: Text::new("Cơ sở dữ liệu hộ tịch điện tử", "Electronic Civil Status Database"),
        confirmed_on: date(2020, 1, 1),
        recorded_at: at,
        document: None,
        reason: None,
        agency: None,
        officer: AccountId(Uuid::nil()),
    };
    let record = Record {
        person: correction.person,
        day: date(2026, 11, 20),
        known: at,
        conflict: false,
        items: vec![RecordItem { item: Item::Name, value: "Nguyễn Thi Lan".into(), since: None, origin }],
        residences: Vec::new(),
        coming: Vec::new(),
        absences: Vec::new(),
        kin: Vec::new(),
        household: Vec::new(),
        papers: Vec::new(),
        shared: Vec::new(),
    };
    let (name, number_masked) = (Some("Nguyễn Thi Lan".into()), Some("001 ••• ••• 001".into()));
    CorrectionView { correction, steps, name, number_masked, record }
}

pub(super) fn list(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let all = [request("name", None, true), request("phone", Some("0912345678"), false)];
    let items: Vec<Line> = all
        .into_iter()
        .filter(|_| wish.empty.is_empty())
        .map(|correction| Line { correction, name: Some("Nguyễn Thi Lan".into()) })
        .collect();
    let overdue = i64::try_from(items.len()).unwrap();
    let lines = Lines { page: Page { items, next: None }, open: overdue, proposed: 0, overdue };
    let officer = Sample::officer(Role::Decider);
    corrections::list_page(&s.words(view), view, &officer, &corrections::Asked::default(), &lines)
}

pub(super) fn one(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let officer = Sample::officer(Role::Decider);
    corrections::case_page(
        &s.words(view),
        view,
        &officer,
        &case(!wish.open.is_empty()),
        &Form::default(),
        &[],
    )
}

#[tokio::test]
async fn a_request_shows_what_is_said_what_is_held_and_the_decision() {
    let app = samples::app();
    let (status, list) = body(&app, "/corrections").await;
    assert_eq!(status, StatusCode::OK);
    for word in ["2 yêu cầu đã quá hạn", "Họ, chữ đệm và tên", "/desk/corrections/"] {
        assert!(list.contains(word), "{word}");
    }
    assert!(body(&app, "/corrections?empty=1").await.1.contains("Không có yêu cầu nào"));
    let (_, open) = body(&app, "/correction").await;
    for word in
        ["Tên đệm của tôi là Thị.", "Nguyễn Thi Lan", "hộ tịch điện tử", "001 ••• ••• 001", "Gửi đề xuất"]
    {
        assert!(open.contains(word), "{word}");
    }
    assert!(open.contains("/decide\"") && !open.contains("/confirm\""), "nothing to confirm yet");
    let (_, proposed) = body(&app, "/correction?open=proposed").await;
    assert!(proposed.contains("/confirm\"") && proposed.contains("/send-back\""));
    assert!(!proposed.contains("/decide\""), "one decision at a time");
}

#[test]
fn every_subject_and_step_has_its_words() {
    let texts = webkit::Texts::load(&[webkit::i18n::TEXTS, crate::TEXTS]).unwrap();
    let items = Subject::all().map(|s| format!("desk-item-{}", s.key()));
    let steps = StepKind::ALL.iter().map(|s| format!("desk-corr-step-{}", s.as_str()));
    let marital = registry::model::rules::MARITAL.iter().map(|m| format!("desk-marital-{m}"));
    for key in items.chain(steps).chain(marital) {
        let key = webkit::i18n::key_of(&key);
        assert!(Lang::ALL.iter().all(|lang| texts.has(*lang, &key)), "{key}");
    }
}
