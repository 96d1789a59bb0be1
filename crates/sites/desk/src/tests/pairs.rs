//! Made-up cases of possible duplicates, in every state.

use base::{Page, Text};
use contracts::{AccountId, AgencyId, CommuneCode, PersonId, Role};
use jiff::{Timestamp, civil::date};
use maud::Markup;
use registry::{
    duplicates::{
        Case, CaseId, Proposal, Proposed, State, Step, StepKind, Use,
        case::{Merge, Sign},
        ops::{CaseLine, CaseView, Cases, OpenCase, Preview},
    },
    model::Item,
    ops::{KinEntry, Origin, Record, RecordItem, ResidenceEntry},
};
use uuid::Uuid;
use webkit::View;

use super::samples::{Sample, Wish};
use crate::duplicates;

const COMMUNE: &str = "26740";

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn id() -> CaseId {
    CaseId { person: person(1), other: person(2) }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn origin() -> Origin {
    Origin {
        source: Text::new("Cơ sở dữ liệu quốc gia về dân cư", "National Population Database"),
        confirmed_on: date(2026, 6, 3),
        recorded_at: at("2026-06-03T02:00:00Z"),
        document: None,
        reason: None,
        agency: None,
        officer: AccountId(Uuid::nil()),
    }
}

fn record(n: u128, items: &[(Item, &str)], mother: &str, address: Option<&str>) -> Record {
    let item = |(item, value): &(Item, &str)| RecordItem {
        item: *item,
        value: (*value).to_owned(),
        since: None,
        origin: origin(),
    };
    let kin = KinEntry {
        relation: "mother".into(),
        name: Some(mother.to_owned()),
        number: None,
        old_number: None,
        nationality: None,
        person: None,
        since: None,
        last_day: None,
        origin: origin(),
        ended: None,
    };
    let residence = |address: &str| ResidenceEntry {
        kind: "permanent",
        commune: CommuneCode::new(COMMUNE),
        commune_given: None,
        address: address.to_owned(),
        relation: Some("head".into()),
        since: Some(date(2015, 9, 1)),
        last_day: None,
        origin: origin(),
        ended: None,
    };
    Record {
        person: person(n),
        day: date(2026, 11, 20),
        known: at("2026-11-20T03:00:00Z"),
        conflict: false,
        items: items.iter().map(item).collect(),
        residences: address.map(residence).into_iter().collect(),
        coming: Vec::new(),
        absences: Vec::new(),
        kin: vec![kin],
        household: Vec::new(),
        papers: Vec::new(),
        shared: Vec::new(),
    }
}

fn case(state: State, by: Option<u128>) -> Case {
    let sign = |field: &str, grade: &str, bits: f64| Sign {
        field: field.to_owned(),
        grade: Some(grade.to_owned()),
        bits,
    };
    let proposal = by.map(|by| Proposal {
        what: Proposed::Merge { keep: person(1) },
        reason: "Cùng bản sao giấy khai sinh số 112/1990, cùng ảnh chân dung.".into(),
        by: AccountId(Uuid::from_u128(by)),
        by_name: "Trần Thị Sáu".into(),
        at: at("2026-11-20T02:10:00Z"),
    });
    let merge = (state == State::Merged).then(|| Merge {
        event: Uuid::nil(),
        at: at("2026-11-20T02:40:00Z"),
        given: person(2),
        touched: Vec::new(),
    });
    Case {
        id: id(),
        version: 3,
        state,
        noticed_at: Use::Import,
        probability: 0.9987,
        evidence: vec![
            sign("full_name", "sounds_same", 14.2),
            sign("birth_date", "day_month_exchanged", 9.7),
            sign("sex", "same", 0.9),
            sign("permanent_commune", "different", -3.1),
            sign("mother_name", "same", 8.4),
            sign("home_town_commune", "same", 6.8),
        ],
        agency: Some(AgencyId::new("CA-X-26740")),
        commune: Some(CommuneCode::new(COMMUNE)),
        found_at: at("2026-11-19T08:30:00Z"),
        proposal,
        merge,
    }
}

/// The case as an officer opens it; `by` is the account that proposed.
pub fn seen(state: State, by: Option<u128>) -> CaseView {
    let common = [(Item::Sex, "female"), (Item::HomeTown, COMMUNE), (Item::Ethnicity, "01")];
    let with = |own: &[(Item, &'static str)]| [own, common.as_slice()].concat();
    let one = with(&[
        (Item::Number, "079190012345"),
        (Item::Name, "Nguyễn Thị Thuỳ Linh"),
        (Item::BirthDate, "1990-03-08"),
        (Item::MaritalStatus, "married"),
    ]);
    let other = with(&[
        (Item::OldNumber, "023456789"),
        (Item::Name, "Nguyễn Thị Thùy Lynh"),
        (Item::BirthDate, "1990-08-03"),
        (Item::Phone, "0501234567"),
    ]);
    let preview = |keep, given| Preview {
        keep: person(keep),
        given: person(given),
        taken: vec![Item::OldNumber, Item::Phone],
        ties: 2,
        residences_taken: 0,
        residences_ended: 1,
        another_head: keep == 1,
        refused: (keep == 2).then_some("registry.has_taken_in"),
    };
    let step = |kind, reason: Option<&str>| Step {
        kind,
        name: reason.map(|_| "Trần Thị Sáu".to_owned()),
        agency: reason.map(|_| AgencyId::new("CA-X-26740")),
        reason: reason.map(str::to_owned),
        at: at("2026-11-19T08:30:00Z"),
    };
    CaseView {
        case: case(state, by),
        records: [
            record(1, &one, "Lê Thị Hoa", Some("Số 12 đường Lê Lợi")),
            record(2, &other, "Lê Thị Hoa", Some("Tổ 3, khu phố 5")),
        ],
        steps: vec![step(StepKind::Found, None), step(StepKind::ProposedMerge, Some("Cùng giấy khai sinh"))],
        previews: if state.is_unsettled() { vec![preview(1, 2), preview(2, 1)] } else { Vec::new() },
        elsewhere: Vec::new(),
    }
}

pub fn cases(empty: bool) -> Cases {
    let line = |state, by| CaseLine {
        case: case(state, by),
        names: ["Nguyễn Thị Thuỳ Linh".to_owned(), "Nguyễn Thị Thùy Lynh".to_owned()],
    };
    let items =
        vec![line(State::Open, None), line(State::Proposed, Some(21)), line(State::Proposed, Some(20))];
    let items = if empty { Vec::new() } else { items };
    let counts = vec![(State::Open, 1), (State::Proposed, 2), (State::Merged, 4), (State::Distinct, 9)];
    Cases { page: Page { items, next: None }, counts }
}

/// What an officer is told where the person stands.
pub fn open() -> Vec<OpenCase> {
    vec![OpenCase { id: id(), agency: Some(AgencyId::new("CA-X-26740")), may_read: true }]
}

pub(super) fn duplicates_page(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let cases = cases(!wish.empty.is_empty());
    let asked = duplicates::Asked::default();
    duplicates::list_page(&s.words(view), view, &Sample::officer(Role::Decider), &asked, &cases)
}

pub(super) fn duplicate_page(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let officer = Sample::officer(Role::parse(&wish.role).unwrap_or(Role::Decider));
    let me = officer.actor.account.0.as_u128();
    let (state, by) = match wish.open.as_str() {
        "proposed" | "overtaken" => (State::Proposed, Some(me + 1)),
        "mine" => (State::Proposed, Some(me)),
        "merged" => (State::Merged, None),
        "distinct" => (State::Distinct, None),
        _ => (State::Open, None),
    };
    let typed = duplicates::Typed { overtaken: wish.open == "overtaken", ..duplicates::Typed::default() };
    duplicates::case_page(&s.words(view), view, &officer, &seen(state, by), &typed)
}
