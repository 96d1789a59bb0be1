//! Made-up organisations: a file that waits, a change that waits, one that was looked up. And a foreigner at the counter.

use base::FieldFault;
use contracts::{AccountId, AgencyId, OrganisationId, PersonId, Role, ports::ForeignerAlike};
use identity::{
    LockReason,
    model::State,
    organisation::{
        Kind, Organisation, Representation, RepresentationId, Role as As, Scope,
        model::{ChangeId, Details, File, FileId},
        ops::{Change, Found, Waiting},
    },
};
use jiff::civil::date;
use maud::Markup;
use webkit::{Form, View};

use super::{
    samples::{AGENCY, COMMUNE, NOW, Sample, Wish, at, id},
    staff_samples::comparing,
};
use crate::{
    foreigners::{self, Filing},
    organisations::{self, Organisations},
};

fn organisation(n: u128, name: &str, state: State) -> Organisation {
    Organisation {
        id: OrganisationId(id(n)),
        code: "TC01234567897".into(),
        state,
        details: Details {
            kind: Kind::Enterprise,
            name: name.into(),
            short_name: None,
            foreign_name: Some("Sao Mai Company Limited".into()),
            tax_code: Some("0100109106".into()),
            decision: None,
            founded_on: date(2015, 3, 1),
            commune: COMMUNE.into(),
            address: "12 Lê Lợi".into(),
            phone: None,
            email: None,
        },
        version: 1,
    }
}

fn legal(n: u128) -> Representation {
    Representation {
        id: RepresentationId(id(n)),
        organisation: OrganisationId(id(n)),
        account: AccountId(id(n)),
        person: PersonId(id(n)),
        role: As::Legal,
        title: "Giám đốc".into(),
        scope: Scope::ALL.to_vec(),
        begins_at: at(NOW),
        ends_at: None,
    }
}

fn waiting(n: u128, name: &str, taker: Option<u128>, outside: bool) -> (Waiting, String) {
    let file = File {
        id: FileId(id(n)),
        organisation: OrganisationId(id(n)),
        agency: AgencyId::new(AGENCY),
        collected_by: taker.map(|taker| AccountId(id(taker))),
        collected_at: at("2026-11-19T02:00:00Z"),
        due_on: date(2026, 11, 24),
        outside_at: outside.then(|| at(NOW)),
        approved_at: None,
        activate_by: None,
    };
    let one = Waiting { file, organisation: organisation(n, name, State::Collected), legal: legal(n) };
    (one, "Nguyễn Thị Lan".into())
}

pub fn organisations_page(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let change = Change {
        id: ChangeId(id(95)),
        organisation: OrganisationId(id(94)),
        name: "Hợp tác xã Rau sạch Bến Nghé".into(),
        code: "TC01234567897".into(),
        account: AccountId(id(96)),
        person: PersonId(id(96)),
        title: "Chủ tịch".into(),
        document: "NQ 02/2026, 18/11/2026".into(),
        agency: AgencyId::new(AGENCY),
        proposed_by: AccountId(id(20)),
        proposed_at: at(NOW),
    };
    let found = (!wish.open.is_empty()).then(|| {
        let state = if wish.open == "locked" { State::Locked } else { State::Activated };
        let locked = (state == State::Locked).then_some(LockReason::Authority);
        let organisation = organisation(97, "Công ty TNHH Sao Mai", state);
        (Found { organisation, legal: Some(legal(97)), locked }, "Nguyễn Thị Lan".to_owned())
    });
    let all = match wish.empty.is_empty() {
        true => Organisations {
            waiting: vec![
                waiting(91, "Công ty TNHH Sao Mai", None, false),
                waiting(92, "Hội Người cao tuổi phường Sài Gòn", Some(20), false),
                waiting(93, "Công ty Cổ phần Vận tải Đường sông Cửu Long", Some(99), true),
            ],
            changes: vec![(change, "Trần Văn Bình".into())],
            found,
        },
        false => Organisations::default(),
    };
    let role = Role::parse(&wish.role).unwrap_or(Role::Decider);
    let faults = [
        FieldFault::new("name", "identity.organisation_name"),
        FieldFault::new("tax_code", "identity.organisation_tax_code"),
    ];
    let faults = if wish.empty.is_empty() || wish.open == "locked" { &[] } else { faults.as_slice() };
    let form = Form::from_pairs([("kind", "enterprise"), ("tax_code", "0100109107")]);
    let form = if wish.empty.is_empty() { Form::default() } else { form };
    organisations::page(&s.words(view), view, &Sample::officer(role), &all, &form, faults)
}

pub fn foreigners_page(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let faults = [
        FieldFault::new("name", "identity.foreigner_name"),
        FieldFault::new("card_until", "identity.foreigner_paper_over"),
        FieldFault::new("commune", "identity.foreigner_commune"),
    ];
    let faults = if wish.empty.is_empty() { &[] } else { faults.as_slice() };
    let form = Form::from_pairs([("name", "山田太郎"), ("nationality", "JPN"), ("level", "2")]);
    let form = if wish.empty.is_empty() { Form::default() } else { form };
    let filing = Filing { comparing: comparing(wish), ..Filing::default() };
    foreigners::page(&s.words(view), view, &Sample::officer(Role::Decider), &form, &filing, faults)
}

/// Somebody with a new passport who may be on record; with `open`, after the officer left the question open.
pub fn foreigners_alike(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let alike = |n, name: &str, holds_earlier, living| ForeignerAlike {
        person: PersonId(id(n)),
        name: name.into(),
        birth_date: Some("1985-04-02".parse().unwrap()),
        sex: Some(base::Sex::Male),
        nationality: Some("GBR".into()),
        passport_end: Some("006".into()),
        holds_earlier,
        living,
    };
    let alike = vec![alike(1, "JOHN O'BRIEN SMITH", true, true), alike(2, "JOHN SMITH", false, false)];
    let form = Form::from_pairs([
        ("name", "JOHN SMITH"),
        ("nationality", "GBR"),
        ("passport_number", "611170001"),
        ("earlier_passport", "533380006"),
        ("alike", "another"),
    ]);
    let faults = [FieldFault::new("reason", "forms.required")];
    let faults = if wish.open.is_empty() { &[] } else { faults.as_slice() };
    let filing = Filing { alike, ..Filing::default() };
    foreigners::page(&s.words(view), view, &Sample::officer(Role::Decider), &form, &filing, faults)
}
