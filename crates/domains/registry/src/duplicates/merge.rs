//! One record takes in another, and gives it back. Pure, over the same values as every act of a life.
//!
//! [`merge`]: the record that stays keeps what it says; what it does not say it takes from the other. Relatives and
//! household turn to the one who stays. [`undo`] takes back exactly what the merge wrote, by this rule:
//! - whose record gave way gets everything back as it was, and whatever came to the other by later acts stays there;
//! - a tie or a place in a household that involves third people comes back for the days for which it still stands:
//!   a divorce or a death that was registered since holds for both.

use std::collections::{BTreeMap, BTreeSet};

use base::fold;
use contracts::PersonId;
use jiff::civil::Date;
use uuid::Uuid;

use super::case::Merge;
use crate::{
    RegistryError,
    model::{
        Days, Item, Life, Lives, Pen, Refusal, Relation, Relative, Residence, Span, Tie, household,
        item::Mark,
        residence::{HEAD, Kind},
    },
    rows::PastValue,
};

/// Items that a merge never fills in: acts of their own say them.
const NEVER_TAKEN: [Item; 4] = [Item::DeathDate, Item::MissingDate, Item::PhoneVerified, Item::EmailVerified];
const MARRIED: &str = "married";
const WIDOWED: &str = "widowed";
/// What somebody becomes in a household that has another head by now.
const OTHER: &str = "other";

/// Everything ever written of a person's ties, residences and earlier values.
#[derive(Clone, Default)]
pub struct Ever {
    pub past: Vec<Span<PastValue>>,
    pub ties: Vec<Span<Tie>>,
    pub residences: Vec<Span<Residence>>,
}

/// The items that the record that stays would take from the other.
pub fn taken<'a>(keep: &'a Life, given: &'a Life) -> impl Iterator<Item = Item> + 'a {
    let lacks = |item: &Item| keep.get(*item).is_none() && given.get(*item).is_some();
    Item::ALL.iter().copied().filter(|item| !NEVER_TAKEN.contains(item)).filter(lacks)
}

/// Whether one can take in the other at all.
pub fn may_merge(keep: &Life, given: &Life) -> Result<(), RegistryError> {
    if keep.relatives().any(|other| other == given.id()) {
        return Err(RegistryError::AreRelated);
    }
    // A death is registered on the record that stays, not slipped in by a merge.
    if !given.person.items.is_living() && keep.person.items.is_living() {
        return Err(RegistryError::OneIsDead);
    }
    Ok(())
}

/// Relatives of `given` and members of the households that they head must have been read.
pub fn merge(lives: &mut Lives, pen: &Pen<'_>, keep: PersonId, given: PersonId) -> Result<(), RegistryError> {
    may_merge(lives.get(keep)?, lives.get(given)?)?;
    items(lives, pen, keep, given)?;
    for span in lives.get(given)?.ties.spans().to_vec() {
        tie(lives, pen, keep, given, &span)?;
    }
    residences(lives, pen, keep, given)?;
    held(lives, pen, keep, given)
}

fn items(lives: &mut Lives, pen: &Pen<'_>, keep: PersonId, given: PersonId) -> Result<(), RegistryError> {
    let other = lives.get(given)?.clone();
    let life = lives.edit(keep)?;
    let items: Vec<Item> = taken(life, &other).collect();
    for item in items {
        life.correct(pen, item, other.get(item).map(str::to_owned), other.person.mark(item).from);
    }
    Ok(())
}

/// Of these a person has one at a time.
fn is_single(relation: Relation) -> bool {
    !matches!(relation, Relation::Child | Relation::AdoptedChild | Relation::Ward)
}

fn same_relative(one: &Relative, other: &Relative) -> bool {
    let folded = |r: &Relative| r.name.as_deref().map(fold);
    match (&one.number, &other.number) {
        (Some(a), Some(b)) => a == b,
        _ => one.name.is_some() && folded(one) == folded(other),
    }
}

/// A tie of the record that gives way ends at both ends, and the one who stays has it, unless they have it already.
fn tie(
    lives: &mut Lives,
    pen: &Pen<'_>,
    keep: PersonId,
    given: PersonId,
    span: &Span<Tie>,
) -> Result<(), RegistryError> {
    let Tie { id, relation, other, relative, .. } = span.value.clone();
    let back = match other {
        Some(other) => {
            let there = lives.get(other)?.ties.iter().find(|s| s.value.id == id);
            there.map(|s| s.value.relation)
        }
        None => None,
    };
    for end in std::iter::once(given).chain(other) {
        lives.edit(end)?.ties.cut(pen, Days::ALWAYS, |s| s.value.id == id);
    }
    let clipped = clip(span.days, relation.ends_with_death(), death(lives.get(keep)?));
    if relation == Relation::Spouse && span.days.contains(pen.today()) {
        let days = clipped.ok_or(Refusal::AfterDeath)?;
        if let Some(other) = other.filter(|_| !days.contains(pen.today())) {
            // The record that stays says that this one died: the spouse is widowed.
            lives.edit(other)?.correct(pen, Item::MaritalStatus, Some(WIDOWED.to_owned()), days.to);
        }
    }
    let Some(days) = clipped else { return Ok(()) };
    let held: Vec<Span<Tie>> = {
        let same = |s: &&Span<Tie>| s.value.relation == relation && s.days.overlaps(days);
        lives.get(keep)?.ties.iter().filter(same).cloned().collect()
    };
    let is_there = |s: &Span<Tie>| match (other, s.value.other) {
        (Some(a), Some(b)) => a == b,
        (None, _) => same_relative(&relative, &s.value.relative),
        (Some(_), None) => false,
    };
    if held.iter().any(is_there) {
        return Ok(());
    }
    // Where one record only names a relative whom the other has as a person, the person is meant.
    let named: Vec<Uuid> = (held.iter().filter(|_| other.is_some()))
        .filter(|s| s.value.other.is_none() && same_relative(&relative, &s.value.relative))
        .map(|s| s.value.id)
        .collect();
    if is_single(relation) && held.len() > named.len() {
        // Nobody is married to two; which marriage holds is for the register of marriages to say first.
        let open = relation == Relation::Spouse && days.contains(pen.today());
        return if open { Err(Refusal::AlreadyMarried.into()) } else { Ok(()) };
    }
    let life = lives.edit(keep)?;
    if relation == Relation::Spouse
        && days.contains(pen.today())
        && life.get(Item::MaritalStatus) != Some(MARRIED)
    {
        life.correct(pen, Item::MaritalStatus, Some(MARRIED.to_owned()), None);
    }
    life.ties.cut(pen, days, |s| named.contains(&s.value.id));
    let id = pen.id();
    let relative = if other.is_some() { Relative::default() } else { relative };
    let end =
        |relation, other, relative| Tie { id, relation, other, relative, event: pen.event, ended_by: None };
    life.ties.add(pen, end(relation, other, relative), days);
    if let (Some(other), Some(back)) = (other, back) {
        lives.edit(other)?.ties.add(pen, end(back, Some(keep), Relative::default()), days);
    }
    Ok(())
}

fn residences(
    lives: &mut Lives,
    pen: &Pen<'_>,
    keep: PersonId,
    given: PersonId,
) -> Result<(), RegistryError> {
    let today = pen.today();
    let headed = household::headed(lives.get(given)?, today);
    let spans = lives.get(given)?.residences.spans().to_vec();
    lives.edit(given)?.residences.cut(pen, Days::ALWAYS, |_| true);
    let died = death(lives.get(keep)?);
    let life = lives.edit(keep)?;
    for span in spans {
        let own = |s: &&Span<Residence>| {
            let kind = s.value.kind == span.value.kind;
            // Nobody is a temporary resident of the commune of their permanent residence.
            let at_home = span.value.kind == Kind::Temporary
                && s.value.kind == Kind::Permanent
                && s.value.commune == span.value.commune;
            kind || at_home
        };
        let own: Vec<Days> = life.residences.iter().filter(own).map(|s| s.days).collect();
        let mut free: Vec<Days> = clip(span.days, true, died).into_iter().collect();
        for days in own {
            free = free.into_iter().flat_map(|left| left.without(days).collect::<Vec<_>>()).collect();
        }
        for days in free {
            let residence =
                Residence { id: pen.id(), event: pen.event, ended_by: None, ..span.value.clone() };
            life.residences.add(pen, residence, days);
        }
    }
    Ok(household::hand_over(lives, pen, given, &headed, today)?)
}

/// Papers, absences and what others share: those that the record that stays does not have.
fn held(lives: &mut Lives, pen: &Pen<'_>, keep: PersonId, given: PersonId) -> Result<(), RegistryError> {
    let other = lives.get(given)?.clone();
    let life = lives.edit(keep)?;
    for span in other.papers.iter() {
        let (kind, number) = (&span.value.kind, &span.value.number);
        if !life.papers.iter().any(|s| s.value.kind == *kind && s.value.number == *number) {
            let mut paper = span.value.clone();
            (paper.id, paper.event, paper.ended_by) = (pen.id(), pen.event, None);
            life.papers.add(pen, paper, span.days);
        }
    }
    for span in other.absences.iter() {
        if !life.absences.iter().any(|s| s.days.overlaps(span.days)) {
            let mut absence = span.value.clone();
            (absence.id, absence.event, absence.ended_by) = (pen.id(), pen.event, None);
            life.absences.add(pen, absence, span.days);
        }
    }
    for span in other.shared.iter() {
        if !life.shared.iter().any(|s| s.value.key == span.value.key) {
            let mut shared = span.value.clone();
            (shared.id, shared.event, shared.ended_by) = (pen.id(), pen.event, None);
            life.shared.add(pen, shared, span.days);
        }
    }
    Ok(())
}

/// Takes a merge apart. `ever` holds the rows of everybody whom it touched; all of them must have been read.
pub fn undo(
    lives: &mut Lives,
    pen: &Pen<'_>,
    keep: PersonId,
    merge: &Merge,
    ever: &BTreeMap<PersonId, Ever>,
) -> Result<(), RegistryError> {
    let ties = tied_again(lives, keep, merge, ever)?;
    let homes = at_home_again(lives, merge, ever)?;
    for (person, rows) in ever {
        let life = lives.edit(*person)?;
        values_again(life, pen, merge, &rows.past);
        let ours = |event: Uuid| event == merge.event;
        life.ties.cut(pen, Days::ALWAYS, |s| ours(s.value.event));
        life.residences.cut(pen, Days::ALWAYS, |s| of_merge(&s.value, merge));
        life.papers.cut(pen, Days::ALWAYS, |s| ours(s.value.event));
        life.absences.cut(pen, Days::ALWAYS, |s| ours(s.value.event));
        life.shared.cut(pen, Days::ALWAYS, |s| ours(s.value.event));
    }
    // Both ends of a tie come back under one new id for each stretch of days.
    let mut ids: BTreeMap<(Uuid, Option<Date>), Uuid> = BTreeMap::new();
    for (person, tie, days) in ties {
        let id = *ids.entry((tie.id, days.from)).or_insert_with(|| pen.id());
        lives.edit(person)?.ties.add(pen, Tie { id, ..tie }, days);
    }
    for (person, residence, days) in homes {
        lives.edit(person)?.residences.add(pen, Residence { id: pen.id(), ..residence }, days);
    }
    marriage_over(lives, pen, keep, merge.given)
}

/// A marriage that ended while the records were one does not come back: then neither does the word for it.
fn marriage_over(
    lives: &mut Lives,
    pen: &Pen<'_>,
    keep: PersonId,
    given: PersonId,
) -> Result<(), RegistryError> {
    let now = lives.get(keep)?.get(Item::MaritalStatus).filter(|now| *now != MARRIED).map(str::to_owned);
    let life = lives.edit(given)?;
    let married = life.get(Item::MaritalStatus) == Some(MARRIED);
    let had_spouse = life.ties.added().any(|s| s.value.relation == Relation::Spouse);
    let has_spouse = life.ties_on(Relation::Spouse, pen.today()).next().is_some();
    if married && had_spouse && !has_spouse {
        life.correct(pen, Item::MaritalStatus, now, None);
    }
    Ok(())
}

/// Items go back to what they were, with where that came from; what was changed since stays.
fn values_again(life: &mut Life, pen: &Pen<'_>, merge: &Merge, past: &[Span<PastValue>]) {
    let ours: Vec<Item> = (Item::ALL.iter().copied())
        .filter(|i| life.person.mark(*i).event == merge.event && life.get(*i).is_some())
        .collect();
    for item in ours {
        let before = ended(past, merge).find(|s| s.value.item == item);
        let value = before.and_then(|s| s.value.value.clone());
        life.correct(pen, item, value, before.and_then(|s| s.days.from));
        if let Some(Span { value, days, .. }) = before {
            let (event, source) = (value.event, value.source.clone());
            life.person.marks.insert(item, Mark { event, source, from: days.from, known: pen.now });
        }
    }
}

type Again<T> = Vec<(PersonId, T, Days)>;

/// Rows that the merge ended.
fn ended<'a, T>(rows: &'a [Span<T>], merge: &'a Merge) -> impl Iterator<Item = &'a Span<T>> {
    rows.iter().filter(|s| s.known_to == Some(merge.at) && s.known_from < merge.at)
}

fn tied_again(
    lives: &Lives,
    keep: PersonId,
    merge: &Merge,
    ever: &BTreeMap<PersonId, Ever>,
) -> Result<Again<Tie>, RegistryError> {
    let mut again = Vec::new();
    for (person, rows) in ever {
        for span in ended(&rows.ties, merge) {
            let tie = &span.value;
            // Seen from the one beside: their tie to the one who stayed, as far as it still stands.
            let beside = match (*person == merge.given, tie.other) {
                (true, Some(other)) => Some(other),
                (true, None) => None,
                (false, _) => Some(*person),
            };
            let mut days = vec![span.days];
            if let Some(beside) = beside.filter(|b| *b != keep) {
                let given = |t: &Tie| t.event == merge.event && t.other == Some(keep);
                let relation = match (*person == merge.given, ever.get(&beside)) {
                    (true, Some(there)) => {
                        there.ties.iter().find(|s| s.value.id == tie.id).map(|s| s.value.relation)
                    }
                    (true, None) => None,
                    (false, _) => Some(tie.relation),
                };
                // What the merge gave and is no longer there was taken away since; what it never gave was not.
                let gave = ever.get(&beside).into_iter().flat_map(|there| there.ties.iter());
                let gave = gave.filter(|s| {
                    given(&s.value) && Some(s.value.relation) == relation && s.known_from == merge.at
                });
                for gave in gave {
                    days = days
                        .into_iter()
                        .flat_map(|left| left.without(gave.days).collect::<Vec<_>>())
                        .collect();
                }
                let now = lives.get(beside)?.ties.iter();
                let now = now.filter(|s| given(&s.value) && Some(s.value.relation) == relation);
                days.extend(now.filter_map(|s| common(s.days, span.days)));
                days = joined(days);
                let end = [death(lives.get(beside)?), death(lives.get(merge.given)?)];
                let until = end.into_iter().flatten().min();
                days =
                    days.into_iter().filter_map(|d| clip(d, tie.relation.ends_with_death(), until)).collect();
            }
            again.extend(days.into_iter().map(|days| {
                // What is known of a relative of the register stands in their own row.
                let relative = if tie.other.is_some() { Relative::default() } else { tie.relative.clone() };
                (*person, Tie { relative, ..tie.clone() }, days)
            }));
        }
    }
    Ok(again)
}

fn at_home_again(
    lives: &Lives,
    merge: &Merge,
    ever: &BTreeMap<PersonId, Ever>,
) -> Result<Again<Residence>, RegistryError> {
    let mut again = Vec::new();
    for (person, rows) in ever {
        for span in ended(&rows.residences, merge) {
            let home = &span.value;
            if *person == merge.given {
                let mut home = home.clone();
                if home.relation.as_deref() == Some(HEAD) && has_other_head(lives, merge, span) {
                    home.relation = Some(OTHER.to_owned());
                }
                again.push((*person, home, span.days));
                continue;
            }
            // A member of the household: for the days on which they still are what the merge made them.
            let now = lives.get(*person)?.residences.iter().filter(|s| {
                of_merge(&s.value, merge) && s.value.kind == home.kind && s.value.household == home.household
            });
            let days = joined(now.filter_map(|s| common(s.days, span.days)).collect());
            again.extend(days.into_iter().map(|days| (*person, home.clone(), days)));
        }
    }
    Ok(again)
}

/// Written by the merge, or what it left of an earlier row when it put another at the head.
fn of_merge(residence: &Residence, merge: &Merge) -> bool {
    residence.event == merge.event || residence.ended_by == Some(merge.event)
}

/// Days that follow one another without a gap, as one.
fn joined(mut days: Vec<Days>) -> Vec<Days> {
    days.sort_by_key(|d| d.from);
    let mut out: Vec<Days> = Vec::with_capacity(days.len());
    for next in days {
        match out.last_mut() {
            Some(last) if last.to.is_some() && last.to == next.from => last.to = next.to,
            _ => out.push(next),
        }
    }
    out
}

/// Somebody was put at the head of the household by a later act than the merge.
fn has_other_head(lives: &Lives, merge: &Merge, span: &Span<Residence>) -> bool {
    lives.iter().filter(|life| life.id() != merge.given).any(|life| {
        life.residences.iter().any(|s| {
            s.value.household == span.value.household
                && s.value.relation.as_deref() == Some(HEAD)
                && s.value.event != merge.event
                && s.known_from > merge.at
                && s.days.overlaps(span.days)
        })
    })
}

/// The exact day of death, where it is known.
fn death(life: &Life) -> Option<Date> {
    life.get(Item::DeathDate).and_then(|day| day.parse().ok())
}

fn clip(days: Days, ends: bool, death: Option<Date>) -> Option<Days> {
    let to = if ends { days.to.into_iter().chain(death).min() } else { days.to };
    Some(Days { to, ..days }).filter(|d| !d.is_empty())
}

fn common(one: Days, other: Days) -> Option<Days> {
    let from = match (one.from, other.from) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    };
    let to = [one.to, other.to].into_iter().flatten().min();
    Some(Days { from, to }).filter(|d| !d.is_empty())
}

/// Whom a merge or its undoing changed.
pub fn touched(lives: &Lives) -> BTreeSet<PersonId> {
    lives.iter().filter(|life| life.is_changed()).map(Life::id).collect()
}
