//! Who heads a household (chủ hộ) when its head goes, and what the others are to the new one.
//!
//! Law on Residence 68/2020/QH14 Art. 10: the head is a member of full capacity whom the members name. Where nobody was
//! named, the household must not stand without one: the spouse follows, else the eldest adult, else the eldest; the
//! members can name another at any time. A household is the people whose residence names it, so its history is theirs.

use std::collections::BTreeSet;

use contracts::{HouseholdId, PersonId};
use jiff::civil::Date;

use super::{
    Life, Lives, Pen, Refusal, Relation, Residence, Span, Tie,
    law::ADULT_AGE,
    residence::{self, HEAD, Kind, main},
    span::Days,
};

/// Relation of a member of whom nothing nearer is known.
const OTHER: &str = "other";

/// The members of a household on a day among those who were read.
fn members(
    lives: &Lives,
    household: HouseholdId,
    day: Date,
) -> impl Iterator<Item = (&Life, &Span<Residence>)> {
    lives.iter().filter_map(move |life| {
        let mut here = life.residences.on(day).filter(|s| s.value.household == Some(household));
        here.next().filter(|_| life.person.items.is_living()).map(|span| (life, span))
    })
}

fn is_head(span: &Span<Residence>) -> bool {
    span.value.relation.as_deref() == Some(HEAD)
}

/// The households that a person heads on a day or later.
pub fn headed(life: &Life, day: Date) -> BTreeSet<HouseholdId> {
    let later = |s: &&Span<Residence>| s.days.to.is_none_or(|to| to > day);
    life.residences.iter().filter(later).filter(|s| is_head(s)).filter_map(|s| s.value.household).collect()
}

/// Gives every household that `person` headed a head again, from `day` on, wherever it has members and none.
pub fn hand_over(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    before: &BTreeSet<HouseholdId>,
    day: Date,
) -> Result<(), Refusal> {
    before.iter().try_for_each(|household| fill(lives, pen, *household, person, day))
}

/// Puts a successor of `old_head` wherever members have no head from `day` on. An act may be told late: others may have
/// come and gone since.
fn fill(
    lives: &mut Lives,
    pen: &Pen<'_>,
    household: HouseholdId,
    old_head: PersonId,
    day: Date,
) -> Result<(), Refusal> {
    for day in turns(lives, household, day) {
        if members(lives, household, day).any(|(_, span)| is_head(span)) {
            continue;
        }
        if let Some(next) = successor(lives, household, old_head, day) {
            put_at_head(lives, pen, household, next, day)?;
        }
    }
    Ok(())
}

/// `day`, and the later ones on which somebody enters or leaves.
fn turns(lives: &Lives, household: HouseholdId, day: Date) -> BTreeSet<Date> {
    let spans = lives.iter().flat_map(|life| life.residences.iter());
    let here = spans.filter(|s| s.value.household == Some(household));
    let later = here.flat_map(|s| [s.days.from, s.days.to]).flatten().filter(|turn| *turn > day);
    std::iter::once(day).chain(later).collect()
}

/// The spouse of the old head, else the eldest adult, else the eldest; whose day of birth is unknown comes last.
fn successor(lives: &Lives, household: HouseholdId, old_head: PersonId, day: Date) -> Option<PersonId> {
    let rank = |life: &Life, span: &Span<Residence>| {
        let spouse = span.value.relation.as_deref() == Some("spouse")
            || life.ever(&[Relation::Spouse]).any(|other| other == old_head);
        let adult = life.is_aged(ADULT_AGE, day);
        let born = life.person.items.birth_date().map_or(Date::MAX, base::PartialDate::latest);
        (!(spouse && adult), !adult, born, life.id())
    };
    let next = members(lives, household, day).min_by_key(|(life, span)| rank(life, span));
    next.map(|(life, _)| life.id())
}

/// The members name another head (Law on Residence Art. 26.1.a).
pub fn name_head(
    lives: &mut Lives,
    pen: &Pen<'_>,
    head: PersonId,
    day: Date,
) -> Result<HouseholdId, Refusal> {
    let life = lives.get(head)?;
    life.must_act(day, pen)?;
    let home = main(life.residences.spans(), day).ok_or(Refusal::NotMember)?;
    let household = home.value.household.ok_or(Refusal::NotMember)?;
    if is_head(home) {
        return Err(Refusal::AlreadyHead);
    }
    let any_adult = members(lives, household, day).any(|(life, _)| life.is_aged(ADULT_AGE, day));
    if any_adult && !life.is_aged(ADULT_AGE, day) {
        return Err(Refusal::HeadNotAdult);
    }
    put_at_head(lives, pen, household, head, day)?;
    fill(lives, pen, household, head, day)?;
    Ok(household)
}

fn put_at_head(
    lives: &mut Lives,
    pen: &Pen<'_>,
    household: HouseholdId,
    head: PersonId,
    day: Date,
) -> Result<(), Refusal> {
    // Until somebody else was already to head it.
    let until = lives
        .iter()
        .filter(|life| life.id() != head)
        .flat_map(|life| life.residences.iter())
        .filter(|s| s.value.household == Some(household) && is_head(s))
        .filter_map(|s| s.days.from.filter(|from| *from > day))
        .min();
    let tenure = Days { from: Some(day), to: until };
    let was = members(lives, household, day).find(|(life, _)| life.id() == head);
    let was = was.and_then(|(_, span)| span.value.relation.clone()).unwrap_or_default();
    let known = lives.get(head)?;
    let ties: Vec<(Relation, PersonId)> =
        known.ties.on(day).filter_map(|s| Some((s.value.relation, s.value.other?))).collect();
    let all: Vec<(PersonId, &'static str)> = members(lives, household, day)
        .map(|(life, span)| (life.id(), to_head(head, &was, &ties, life.id(), span)))
        .collect();
    for (id, relation) in all {
        relate(lives.edit(id)?, pen, household, relation, tenure);
    }
    Ok(())
}

/// What a member is to a head: by their tie, else by what both were to the head before.
fn to_head(
    head: PersonId,
    head_was: &str,
    head_ties: &[(Relation, PersonId)],
    member: PersonId,
    span: &Span<Residence>,
) -> &'static str {
    let kin = head_ties.iter().find(|(_, other)| *other == member).map(|(relation, _)| *relation);
    match kin {
        _ if member == head => HEAD,
        Some(Relation::Spouse) => "spouse",
        Some(Relation::Child | Relation::AdoptedChild) => "child",
        Some(Relation::Father | Relation::Mother | Relation::AdoptiveFather | Relation::AdoptiveMother) => {
            "parent"
        }
        Some(Relation::Guardian | Relation::Ward) => OTHER,
        None => after(head_was, span.value.relation.as_deref().unwrap_or(OTHER)),
    }
}

/// Members who found a household of their own at the same place (tách hộ).
pub struct Split<'a> {
    pub members: &'a [PersonId],
    /// Who heads the new one, one of them.
    pub head: PersonId,
    pub household: HouseholdId,
    /// The head of the old household agrees.
    pub head_agrees: bool,
}

/// Law on Residence Art. 25: they live there permanently, one of them at least is of full capacity, and the head agrees,
/// except where the head's divorced spouse goes. Somebody stays: where nobody would, the household has another head instead.
pub fn split(lives: &mut Lives, pen: &Pen<'_>, split: &Split<'_>, on: Date) -> Result<(), Refusal> {
    let Split { members: leaving, head, household: new, head_agrees } = *split;
    let life = lives.get(head)?;
    life.must_act(on, pen)?;
    if !leaving.contains(&head) {
        return Err(Refusal::NotMember);
    }
    let guarded = life.ties_on(Relation::Guardian, on).next().is_some();
    if guarded || !life.is_aged(ADULT_AGE, on) {
        return Err(Refusal::HeadNotAdult);
    }
    let homes = leaving_from(lives, pen, split, on)?;
    let old = homes.first().and_then(|(_, span)| span.value.household).ok_or(Refusal::NotMember)?;
    let head_was = homes.iter().find(|(id, _)| *id == head).and_then(|(_, s)| s.value.relation.clone());
    let old_head = members(lives, old, on).find(|(_, span)| is_head(span)).map(|(life, _)| life.id());
    if let Some(old_head) = old_head.filter(|id| !leaving.contains(id)) {
        let parted = |s: &Span<Tie>| s.value.relation == Relation::Spouse && s.value.other == Some(old_head);
        let divorced = life.ties.iter().any(|s| parted(s) && s.days.to.is_some_and(|to| to <= on));
        if !head_agrees && !divorced {
            return Err(Refusal::HeadDisagrees);
        }
    }
    let ties: Vec<(Relation, PersonId)> =
        life.ties.on(on).filter_map(|s| Some((s.value.relation, s.value.other?))).collect();
    let head_was = head_was.unwrap_or_default();
    for (id, span) in homes {
        let relation = to_head(head, &head_was, &ties, id, &span);
        let row = span.value.id;
        let value = Residence {
            id: pen.id(),
            household: Some(new),
            relation: Some(relation.to_owned()),
            event: pen.event,
            source: pen.source.as_str().to_owned(),
            ended_by: None,
            ..span.value
        };
        let life = lives.edit(id)?;
        life.residences.cut(pen, Days::since(Some(on)), |s| s.value.id == row);
        life.residences.add(pen, value, Days { from: Some(on), to: span.days.to });
    }
    match old_head {
        Some(old_head) => fill(lives, pen, old, old_head, on),
        None => Ok(()),
    }
}

/// The permanent residences of those who leave, all in one household that others stay in.
fn leaving_from(
    lives: &Lives,
    pen: &Pen<'_>,
    split: &Split<'_>,
    on: Date,
) -> Result<Vec<(PersonId, Span<Residence>)>, Refusal> {
    let mut homes: Vec<(PersonId, Span<Residence>)> = Vec::with_capacity(split.members.len());
    for member in split.members {
        let life = lives.get(*member)?;
        life.must_live(on, pen)?;
        let home =
            residence::on(life.residences.spans(), Kind::Permanent, on).ok_or(Refusal::NotOneHousehold)?;
        let same = homes.first().is_none_or(|(_, first)| first.value.household == home.value.household);
        if home.value.household.is_none() || !same {
            return Err(Refusal::NotOneHousehold);
        }
        if life
            .residences
            .iter()
            .any(|s| s.value.kind == Kind::Permanent && s.days.from.is_some_and(|f| f > on))
        {
            return Err(Refusal::LaterChange);
        }
        if homes.iter().all(|(id, _)| id != member) {
            homes.push((*member, home.clone()));
        }
    }
    let old = homes.first().and_then(|(_, span)| span.value.household).ok_or(Refusal::NotOneHousehold)?;
    if members(lives, old, on).all(|(life, _)| split.members.contains(&life.id())) {
        return Err(Refusal::NobodyStays);
    }
    Ok(homes)
}

/// What a member is to the new head, by what both were to the old one, where the record knows no nearer tie.
fn after(head_was: &str, member_was: &str) -> &'static str {
    match (head_was, member_was) {
        ("spouse", "child") => "child",
        ("spouse", "grandchild") => "grandchild",
        ("spouse", "child_in_law") => "child_in_law",
        ("child", "child") => "sibling",
        ("child", HEAD | "spouse") => "parent",
        ("child", "parent") => "grandparent",
        ("sibling", "sibling") => "sibling",
        ("sibling", "parent") => "parent",
        ("parent", "sibling") => "child",
        ("parent", "child") => "grandchild",
        _ => OTHER,
    }
}

/// During some days a member is something else to the head; where and how they live stays.
fn relate(life: &mut Life, pen: &Pen<'_>, household: HouseholdId, relation: &str, tenure: Days) {
    let meant = |s: &&Span<Residence>| s.value.household == Some(household) && s.days.overlaps(tenure);
    // Later registrations in the same household follow the same head.
    let spans: Vec<Span<Residence>> = life.residences.iter().filter(meant).cloned().collect();
    for span in spans {
        if span.value.relation.as_deref() == Some(relation) {
            continue;
        }
        let id = span.value.id;
        let from = span.days.from.into_iter().chain(tenure.from).max();
        let to = span.days.to.into_iter().chain(tenure.to).min();
        life.residences.cut(pen, Days { from, to }, |s| s.value.id == id);
        let value = Residence {
            id: pen.id(),
            relation: Some(relation.to_owned()),
            event: pen.event,
            source: pen.source.as_str().to_owned(),
            ..span.value
        };
        life.residences.add(pen, value, Days { from, to });
    }
}

/// Ends residences from a day on, and hands over what the person headed.
pub fn leave(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    day: Date,
    which: impl Fn(&Residence) -> bool,
) -> Result<(), Refusal> {
    let before = headed(lives.get(person)?, day);
    lives.edit(person)?.residences.cut(pen, Days::since(Some(day)), |s| which(&s.value));
    hand_over(lives, pen, person, &before, day)
}
