//! Made-up answers to a search for people.

use base::FieldFault;
use contracts::{AccountId, CommuneCode, IdentityLevel, PersonId, Role};
use forms::{Fact, Person};
use identity::{
    Ticket,
    enrolment::Whose,
    model::{Account, Holder, State},
    ops::account_find::Found as FoundAccount,
};
use maud::Markup;
use registry::ops::Found;
use webkit::{Form, View};

use super::{
    pairs,
    samples::{COMMUNE, Sample, Wish, id},
    staff_samples::comparing,
};
use crate::{
    people::{self, Answer, By},
    raise::Checking,
};

pub(super) fn people_page(s: &Sample, view: &View, by: By, answer: &Answer) -> Markup {
    people::page(&s.words(view), view, &Sample::officer(Role::Receiver), by, &Form::default(), answer, &[])
}

pub(super) fn people_form(s: &Sample, view: &View, wish: &Wish) -> Markup {
    people_page(s, view, By::read(&wish.by), &Answer::Nothing)
}

pub(super) fn people_one(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let holder = Holder::Citizen { person: PersonId(id(1)), level: IdentityLevel::One };
    let account = Account { id: AccountId(id(5)), holder, state: State::Activated, version: 1, epoch: 0 };
    let (person, number) = (s.case().facts.record, "079 190 012 345".into());
    let ticket = (!wish.open.is_empty()).then(|| Ticket::parse("1795143600.00"));
    let account = Some(FoundAccount { account, ticket, lock: None });
    people_page(
        s,
        view,
        By::Number,
        &Answer::One {
            whose: Whose::Citizen,
            number,
            person,
            account,
            comparing: Default::default(),
            duplicates: pairs::open(),
        },
    )
}

/// A foreigner with an account of level 1; with `open`, looked up to raise it.
pub(super) fn people_foreigner(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let holder = Holder::Citizen { person: PersonId(id(1)), level: IdentityLevel::One };
    let account = Account { id: AccountId(id(5)), holder, state: State::Activated, version: 1, epoch: 0 };
    let ticket = (!wish.open.is_empty()).then(|| Ticket::parse("1795143600.00"));
    let person = Person::default()
        .with(Fact::Name, "SAMPLE JANE")
        .with(Fact::BirthDate, "1991-09-14".parse::<base::PartialDate>().unwrap())
        .with(Fact::Sex, "female")
        .with(Fact::Nationality, "NZL");
    people_page(
        s,
        view,
        By::Foreigner,
        &Answer::One {
            whose: Whose::Foreigner,
            number: "9123 4567 8901 2".into(),
            person,
            account: Some(FoundAccount { account, ticket, lock: None }),
            comparing: Default::default(),
            duplicates: Vec::new(),
        },
    )
}

/// A person at the counter begins anew; with `open`, after the officer has sent the form without the device's word.
pub(super) fn people_reset(s: &Sample, view: &View, wish: &Wish) -> Markup {
    let mut checking =
        Checking::new(Whose::Citizen, AccountId(id(5)), Ticket::parse("1795143600.00"), comparing(wish));
    if !wish.open.is_empty() {
        let typed = [("present", "holder"), ("document", "identity_card"), ("basis", "chip_read")];
        checking.typed = Form::from_pairs(typed);
        checking.faults = vec![FieldFault::new("basis", "identity.comparison_needed")];
    }
    let faults = checking.faults.clone();
    let (officer, answer) = (Sample::officer(Role::Receiver), Answer::Resetting(checking));
    people::page(&s.words(view), view, &officer, By::Number, &Form::default(), &answer, &faults)
}

pub(super) fn people_many(s: &Sample, view: &View, _: &Wish) -> Markup {
    let hit = |name: &str, living| Found {
        person: PersonId(id(3)),
        number_masked: Some("079 ••• ••• 345".into()),
        name: name.into(),
        birth_date: Some("1990".parse().unwrap()),
        sex: Some("male".into()),
        commune: Some(CommuneCode::new(COMMUNE)),
        living,
    };
    let found = vec![hit("Nguyễn Văn An", true), hit("Nguyễn Văn Ân", false)];
    people_page(s, view, By::Name, &Answer::Many { found, more: true })
}
