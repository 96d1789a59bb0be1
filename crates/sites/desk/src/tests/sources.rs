//! Made-up contradictions between sources.

use base::Page;
use contracts::{AccountId, CommuneCode, PersonId};
use maud::Markup;
use registry::disputes::{
    Dispute, DisputeId, Proposal, Side,
    ops::{DisputeLine, DisputeView},
};
use uuid::Uuid;
use webkit::View;

use super::samples::{Sample, Wish};
use crate::disputes::{Typed, case_page, list_page};

fn dispute(n: u128, item: &str, value: &str) -> Dispute {
    Dispute {
        id: DisputeId { person: PersonId(Uuid::from_u128(n)), dispute: Uuid::from_u128(n + 100) },
        version: 1,
        commune: Some(CommuneCode::new("26740")),
        item: item.to_owned(),
        value: value.to_owned(),
        source: "organisation".to_owned(),
        raised_at: "2026-11-18T02:00:00Z".parse().unwrap(),
        proposal: None,
        sent_back: None,
    }
}

pub fn list(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let line = |dispute, name: &str| DisputeLine { dispute, name: name.to_owned() };
    let all = vec![
        line(dispute(1, "birth_date", "1991-05-17"), "Nguyễn Thị Chi"),
        line(dispute(2, "permanent_residence", "26743; Tổ 7"), "Đặng Văn Dũng"),
        line(dispute(3, "kin", "Trần Thị Bình"), "Lê Thu Hà"),
    ];
    let items = if wish.empty.is_empty() { all } else { Vec::new() };
    list_page(&s.words(view), view, &Sample::officer(contracts::Role::Decider), &Page { items, next: None })
}

pub fn one(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let officer = Sample::officer(contracts::Role::Decider);
    let mut dispute = dispute(1, "birth_date", "1991-05-17");
    let me = officer.actor.account.0.as_u128();
    let proposal = |by| Proposal {
        by: AccountId(Uuid::from_u128(by)),
        by_name: "Trần Thị Sáu".to_owned(),
        reason: "Bản chính giấy khai sinh ghi năm 1991".to_owned(),
        at: "2026-11-19T02:00:00Z".parse().unwrap(),
    };
    match wish.open.as_str() {
        "proposed" => dispute.proposal = Some(proposal(me + 1)),
        "mine" => dispute.proposal = Some(proposal(me)),
        "back" => dispute.sent_back = Some("Chưa thấy bản chính".to_owned()),
        _ => {}
    }
    let known = "2020-03-01T02:00:00Z".parse().unwrap();
    let held = vec![Side { value: "1990-05-17".to_owned(), source: "civil_status".to_owned(), known }];
    let name = "Nguyễn Thị Chi".to_owned();
    let case = DisputeView { dispute, name, held, agrees: false, two: true };
    let typed = Typed { overtaken: wish.open == "overtaken", ..Typed::default() };
    case_page(&s.words(view), view, &officer, &case, &typed)
}
