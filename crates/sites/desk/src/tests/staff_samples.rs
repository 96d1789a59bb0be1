//! Made-up officers, their sessions and duties, and the files that wait at the counter.

use base::FieldFault;
use contracts::{
    AccountId, AgencyId, LoginStrength, Role,
    biometrics::{Device, Outcome},
};
use identity::{
    ComparisonId, SessionId, SetupCode,
    comparison::Told,
    enrolment::Whose,
    guardian::{KinPaper, Shown},
    model::{Duty, State},
    ops::{
        comparison::Look,
        passkey_keep::Listed as Passkey,
        session_list::Listed,
        staff_create::SetupIssued,
        staff_list::{Proposal as Proposed, StaffMember},
        staff_reset::ResetProposal,
        totp_enrol::Enrolment,
    },
};
use jiff::civil::date;
use maud::Markup;
use webkit::{Form, View};

use super::samples::{AGENCY, COMMUNE, NOW, Sample, Wish, at, id};
use crate::{account, compare::Comparing, counter, duty, officer::Officer, staff};

fn members() -> Vec<StaffMember> {
    let member = |n, login: &str, name: &str, role, state, is_set_up| StaffMember {
        account: AccountId(id(n)),
        login: login.into(),
        name: name.into(),
        state,
        role,
        valid_from: at("2025-01-01T00:00:00Z"),
        valid_to: None,
        is_set_up,
    };
    let soon = StaffMember {
        valid_from: at("2026-11-30T17:00:00Z"),
        valid_to: Some(at("2027-05-31T17:00:00Z")),
        ..member(21, "sau.tran", "Trần Thị Sáu", Role::Decider, State::Locked, true)
    };
    vec![
        member(22, "chien.nguyen", "Nguyễn Đình Chiến", Role::Head, State::Activated, true),
        member(23, "moi.le", "Lê Văn Mới", Role::Receiver, State::Activated, false),
        member(20, "tam.tran", "Trần Văn Tám", Role::Decider, State::Activated, true),
        member(20, "tam.tran", "Trần Văn Tám", Role::Receiver, State::Activated, true),
        member(21, "sau.tran", "Trần Thị Sáu", Role::Receiver, State::Locked, true),
        soon,
    ]
}

pub fn staff_page(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let proposal = Proposed {
        id: identity::rows::ProposalId(id(70)),
        account: AccountId(id(21)),
        name: "Trần Thị Sáu".into(),
        role: Role::Administrator,
        valid_from: None,
        valid_to: Some(at("2027-05-31T17:00:00Z")),
        proposed_by: AccountId(id(24)),
        proposed_at: at(NOW),
    };
    let role = Role::parse(&wish.role).unwrap_or(Role::Administrator);
    let reset = ResetProposal {
        id: identity::rows::ProposalId(id(71)),
        account: AccountId(id(20)),
        name: "Trần Văn Tám".into(),
        proposed_by: AccountId(id(22)),
        proposed_at: at(NOW),
    };
    let staff = staff::Staff { members: members(), proposals: vec![proposal], resets: vec![reset] };
    let faults =
        vec![FieldFault::new("login", "identity.login_taken"), FieldFault::new("role", "forms.required")];
    let faults = if wish.empty.is_empty() { &[] } else { faults.as_slice() };
    let form = Form::from_pairs([("login", "tam.tran"), ("name", "Trần Văn Tâm")]);
    staff::page(&s.words(view), view, &Sample::officer(role), &staff, &form, faults)
}

pub fn staff_one(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let who = if wish.open.is_empty() { 23 } else { 21 };
    let members = members();
    let duties: Vec<&StaffMember> = members.iter().filter(|m| m.account == AccountId(id(who))).collect();
    let faults = [FieldFault::new("valid_to", "identity.period")];
    let faults = if wish.open.is_empty() { faults.as_slice() } else { &[] };
    let officer = Sample::officer(Role::Administrator);
    staff::member_page(&s.words(view), view, &officer, &duties, &Form::default(), faults)
}

pub fn staff_code(s: &Sample, view: &View, _: &Wish) -> Markup {
    let issued = SetupIssued {
        account: AccountId(id(23)),
        login: "moi.le".into(),
        name: "Lê Văn Mới".into(),
        code: SetupCode::parse("abcdefghijkmnpqr"),
        ends_at: at("2026-11-23T03:00:00Z"),
    };
    staff::code_page(&s.words(view), view, &Sample::officer(Role::Administrator), &issued)
}

/// The counter's device, and how far it is: `waiting`, or what it said.
pub(super) fn comparing(wish: &Wish) -> Comparing {
    let device = Device { id: "QUAY-1".into(), name: "Quầy 1".into(), key: String::new() };
    let told = |outcome| Look::Told(Told { outcome, quality: 86 });
    let look = match wish.step.as_str() {
        "waiting" => Some(Look::Waiting),
        step => Outcome::parse(step).map(told),
    };
    let begun = look.map(|look| (ComparisonId(id(90)), look));
    let devices = if wish.step.is_empty() { Vec::new() } else { vec![device] };
    Comparing { devices, begun }
}

/// On what it stands that somebody speaks for a child.
fn paper() -> Shown {
    let (number, issuer) = ("12/2025/QĐ-UBND".into(), "UBND phường Bến Thành".into());
    Shown::Paper(KinPaper { number, issued_on: date(2025, 3, 1), issuer })
}

pub fn counter_page(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let file = |n, taker, guardian: Option<u128>| identity::Enrolment {
        id: identity::EnrolmentId(id(n)),
        account: AccountId(id(n)),
        person: contracts::PersonId(id(n)),
        level: contracts::IdentityLevel::Two,
        commune: COMMUNE.into(),
        agency: Some(AgencyId::new(AGENCY)),
        collected_by: AccountId(id(taker)),
        collected_at: at("2026-11-19T02:00:00Z"),
        basis: "holder identity_card card_seen".into(),
        due_on: date(2026, 11, 24),
        guardian: guardian.map(|n| contracts::PersonId(id(n))),
        guardian_at: guardian.map(|_| at("2026-11-19T02:00:00Z")),
        guardian_shown: guardian.map(|_| paper()),
        approved_at: None,
        activate_by: None,
        number_claim: Vec::new(),
        whose: if n == 81 { Whose::Citizen } else { Whose::Foreigner },
    };
    let counts =
        |n| identity::enrolment::Counts { collected: n, approved: n - 1, activated: n - 2, ended: 1 };
    let count = |commune: &str, whose, n| identity::ops::enrol_decide::CommuneCounts {
        commune: commune.into(),
        whose,
        counts: counts(n),
    };
    let counter = if wish.empty.is_empty() {
        counter::Counter {
            locks: Some(2),
            waiting: vec![file(81, 20, None), file(82, 99, Some(83))],
            funnel: vec![
                count("", Whose::Citizen, 3),
                count("00004", Whose::Citizen, 9),
                count(COMMUNE, Whose::Citizen, 24),
                count(COMMUNE, Whose::Foreigner, 4),
                count(COMMUNE, Whose::Organisation, 5),
            ],
            comparing: comparing(wish),
            messages: !wish.step.is_empty(),
        }
    } else {
        counter::Counter::default()
    };
    let role = Role::parse(&wish.role).unwrap_or(Role::Decider);
    let faults = [FieldFault::new("number", "identity.account_exists")];
    let faults = if wish.empty.is_empty() { faults.as_slice() } else { &[] };
    let form = Form::from_pairs([("number", "001099012345"), ("level", "2")]);
    counter::page(&s.words(view), view, &Sample::officer(role), &counter, &form, faults)
}

pub fn counter_paper(s: &Sample, view: &View, _: &Wish) -> Markup {
    let code = SetupCode::parse("abcdefghijkmnpqr");
    let said = view.tw("desk-counter-due", &[("day", "24/11".into())]);
    counter::paper(&s.words(view), view, &Sample::officer(Role::Receiver), &code, &said)
}

pub fn duty_page(s: &Sample, view: &View, _: &Wish) -> Markup {
    let duty = |agency: &str, role, valid_to: Option<&str>| Duty {
        agency: AgencyId::new(agency),
        role,
        valid_to: valid_to.map(at),
    };
    let duties = [
        duty(AGENCY, Role::Decider, None),
        duty(AGENCY, Role::Receiver, Some("2026-12-31T10:00:00Z")),
        duty("CA-X-00004", Role::Receiver, None),
    ];
    let officer = Officer { several: true, ..Sample::officer(Role::Decider) };
    duty::page(&s.words(view), view, &officer, &duties, "/desk")
}

pub fn account_page(s: &Sample, view: &View, _: &Wish) -> Markup {
    let session = |n, this, agent: &str| Listed {
        session: SessionId(id(n)),
        this,
        duty: Some((AgencyId::new(AGENCY), Role::Decider)),
        strength: LoginStrength::Two,
        agent: agent.into(),
        created_at: at("2026-11-20T01:00:00Z"),
        last_seen_at: at(NOW),
        ends_at: at("2026-11-20T13:00:00Z"),
    };
    let sessions = vec![session(1, true, "Firefox, Windows"), session(2, false, "Chrome, Android")];
    let passkeys = vec![Passkey {
        id: identity::rows::AuthenticatorId(id(3)),
        name: "Máy làm việc".into(),
        created_at: at("2026-11-20T01:00:00Z"),
        last_used_at: None,
    }];
    let account =
        account::Account { sessions, passkeys, may_add_passkeys: true, ..account::Account::default() };
    account::page(&s.words(view), view, &Sample::officer(Role::Decider), &account)
}

pub fn enrol(s: &Sample, view: &View, _: &Wish) -> Markup {
    let uri = "otpauth://totp/Lienthong:tam?secret=JBSWY3DPEHPK3PXP&issuer=Lienthong".into();
    let enrolment = Some(Enrolment { uri, secret: "JBSW Y3DP EHPK 3PXP".into() });
    let account =
        account::Account { must_enrol: true, confirming: true, enrolment, ..account::Account::default() };
    account::page(&s.words(view), view, &Sample::officer(Role::Decider), &account)
}
