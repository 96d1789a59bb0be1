//! One person against the rules: what is confirmed, what is there, what cannot be, and when that changes by itself.
//!
//! Pure. A day or a year that is not known exactly breaks a rule only where it does so whatever it may mean.

use std::collections::{BTreeMap, BTreeSet};

use base::{PartialDate, Sex, vietnam_date};
use contracts::{PersonId, ports::Nation};
use jiff::{Timestamp, ToSpan, civil::Date};
use uuid::Uuid;

use super::{
    measures::{Measures, lag_key, month},
    rules::{Area, Check, RESIDENCE, Rules},
};
use crate::model::{
    Item, Life, Relation, Residence, Span,
    residence::{main, whereabouts},
    vital::Vital,
};

/// What the rules ask about a relative.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relative {
    pub born: Option<PartialDate>,
    pub died: Option<PartialDate>,
    pub sex: Option<Sex>,
}

/// An act about the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub event: Uuid,
    pub happened_on: Option<Date>,
    pub at: Timestamp,
}

/// What the person answered last when they were drawn for re-verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub at: Timestamp,
    /// Items that they called wrong.
    pub wrong: Vec<String>,
}

/// What stands around a life.
#[derive(Debug, Clone, Default)]
pub struct Near {
    pub kin: BTreeMap<PersonId, Relative>,
    pub events: Vec<Seen>,
    pub answered: Option<Answered>,
    /// Sources contradict each other and nobody has settled it.
    pub disputed: bool,
    /// Which sources told of birth and death.
    pub told: BTreeSet<(Vital, String)>,
}

/// What is found of one person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assessment {
    pub measures: Measures,
    /// Rules that are broken.
    pub findings: BTreeSet<String>,
    /// The next day on which this may change without any event.
    pub turns_on: Option<Date>,
}

pub fn assess(life: &Life, near: &Near, today: Date, rules: &Rules, nation: &dyn Nation) -> Assessment {
    if life.person.merged_into.is_some() {
        return Assessment::default();
    }
    let case = Case { life, near, today, nation };
    let mut found = Assessment::default();
    let m = &mut found.measures;
    m.commune = case.commune();
    m.counted = life.person.items.is_living();
    for (item, by) in rules.confirmed() {
        let Some((source, event)) = case.origin(item) else { continue };
        m.fields += 1;
        if by.by(source) && (by.loads || near.events.iter().any(|seen| seen.event == event)) {
            m.confirmed += 1;
        }
    }
    for rule in &rules.rules {
        let Some(holds) = case.holds(&rule.check) else { continue };
        if rule.area == Area::Complete {
            m.due += 1;
            m.held += i16::from(holds);
        }
        if !holds {
            found.findings.insert(rule.id.clone());
        }
    }
    m.seen = case.last_sign().map(month);
    m.lags =
        near.events.iter().filter_map(|seen| lag_key(seen.happened_on?, vietnam_date(seen.at))).collect();
    m.lags.sort();
    found.turns_on = case.turns(rules);
    found
}

/// The person with all that a check may look at.
struct Case<'a> {
    life: &'a Life,
    near: &'a Near,
    today: Date,
    nation: &'a dyn Nation,
}

impl Case<'_> {
    /// Where the person counts: where they live, else where they lived last.
    fn commune(&self) -> String {
        let spans = self.life.residences.spans();
        let here = main(spans, self.today).or_else(|| whereabouts(spans, self.today));
        let last = || {
            spans.iter().filter(|s| s.days.to.is_some_and(|to| to <= self.today)).max_by_key(|s| s.days.to)
        };
        here.or_else(last).map(|s| s.value.commune.as_str().to_owned()).unwrap_or_default()
    }

    /// Source and event behind the present value; none where there is no value.
    fn origin(&self, item: &str) -> Option<(&str, Uuid)> {
        if item == RESIDENCE {
            let at = main(self.life.residences.spans(), self.today)?;
            return Some((at.value.source.as_str(), at.value.event));
        }
        let item = Item::from_key(item)?;
        self.life.get(item)?;
        let mark = self.life.person.mark(item);
        Some((mark.source.as_str(), mark.event))
    }

    fn born(&self) -> Option<PartialDate> {
        self.life.person.items.birth_date()
    }

    fn died(&self) -> Option<PartialDate> {
        self.life.get(Item::DeathDate)?.parse().ok()
    }

    fn is_living(&self) -> bool {
        self.life.person.items.is_living()
    }

    /// Parents by descent who are persons of the register.
    fn parents(&self) -> impl Iterator<Item = (Relation, &Relative)> {
        self.life
            .ties
            .iter()
            .filter(|s| matches!(s.value.relation, Relation::Father | Relation::Mother))
            .filter_map(|s| Some((s.value.relation, self.near.kin.get(&s.value.other?)?)))
    }

    fn home(&self) -> Option<&Span<Residence>> {
        whereabouts(self.life.residences.spans(), self.today)
    }

    /// None: the check does not ask about this person.
    fn holds(&self, check: &Check) -> Option<bool> {
        match check {
            Check::ItemMissing { item } => self.is_living().then(|| self.life.get(*item).is_some()),
            Check::BirthDayUnknown => Some(self.born().filter(|_| self.is_living())?.exact().is_some()),
            Check::ResidenceMissing => self.is_living().then(|| self.home().is_some()),
            Check::ParentsMissing { under_years } => {
                let child = self.is_living() && self.life.age_on(self.today)? < *under_years;
                child.then(|| self.has_parents())
            }
            Check::ParentAge { under_years } => self.parents_all(|_, parent| {
                let grown = plus_years(parent.born?.earliest(), *under_years);
                Some(self.born()?.latest() >= grown)
            }),
            Check::ParentDead { relation, days_before } => self.parents_all(|as_, parent| {
                let last = parent.died.filter(|_| as_ == *relation)?.latest();
                let until = last.checked_add(days_before.days()).unwrap_or(Date::MAX);
                Some(self.born()?.earliest() <= until)
            }),
            Check::ParentSex => self.parents_all(|as_, parent| {
                Some(parent.sex? == if as_ == Relation::Father { Sex::Male } else { Sex::Female })
            }),
            Check::TiesAtOnce { relation, more_than } => {
                let ties: Vec<_> = self.life.ties.iter().filter(|s| s.value.relation == *relation).collect();
                let most = ties.iter().map(|a| ties.iter().filter(|b| begins_within(a, b)).count()).max()?;
                Some(most <= *more_than)
            }
            Check::MarriedUnder { male_years, female_years } => {
                let born = self.born()?;
                let years = match self.life.person.items.sex()? {
                    Sex::Male => *male_years,
                    Sex::Female => *female_years,
                };
                let grown = plus_years(born.earliest(), years);
                let mut begun = self.life.ties.iter().filter(|s| s.value.relation == Relation::Spouse);
                Some(begun.all(|s| s.days.from.is_none_or(|on| on >= grown)))
            }
            Check::MaritalStatus => {
                let says = self.life.get(Item::MaritalStatus).filter(|_| self.is_living())?;
                let has = self.life.ties_on(Relation::Spouse, self.today).next().is_some();
                Some((says == "married") == has)
            }
            Check::ActsAfterDeath => self.died().map(|died| !self.acts_after(died.latest())),
            Check::DateOrder => self.dates_in_order(),
            Check::OlderThan { years } => {
                self.is_living().then(|| self.life.age_on(self.today).is_none_or(|age| age <= *years))
            }
            Check::UnitNotInForce => self.units_existed(),
            Check::ResidencesAtOnce => {
                let spans = self.life.residences.spans();
                let twice = |a: &Span<Residence>, b: &Span<Residence>| {
                    a.value.id < b.value.id && a.value.kind == b.value.kind && a.days.overlaps(b.days)
                };
                (!spans.is_empty()).then(|| !spans.iter().any(|a| spans.iter().any(|b| twice(a, b))))
            }
            Check::NumberSex => {
                let items = &self.life.person.items;
                Some(items.number()?.sex() == items.sex()?)
            }
            Check::NumberYear => Some(self.life.person.items.number()?.birth_year() == self.born()?.year()),
            Check::SourcesDiffer => Some(!self.near.disputed),
            Check::SaidWrong => {
                let answered = self.near.answered.as_ref()?;
                Some(!answered.wrong.iter().any(|item| self.unchanged_since(item, answered.at)))
            }
            Check::OneSource { event, after_days, months } => {
                let (from, until) = self.told_in(*event, *after_days, *months)?;
                let told = self.near.told.iter().filter(|(of, _)| of == event).count();
                let asked = self.today > from && self.today <= until && told > 0;
                asked.then_some(told > 1)
            }
            Check::AddressElsewhere => {
                let home = &main(self.life.residences.spans(), self.today)?.value;
                self.nation.address_fits(&home.address, &home.commune)
            }
            Check::Silent { over_years, months } => {
                let old = self.is_living() && self.life.age_on(self.today)? > *over_years;
                let since = self.today.checked_sub(months.months()).unwrap_or(Date::MIN);
                old.then(|| self.last_sign().is_some_and(|day| day >= since))
            }
        }
    }

    /// Behind the first and until the second day a birth or death should be known from several sources.
    fn told_in(&self, event: Vital, after_days: i64, months: i64) -> Option<(Date, Date)> {
        let day = match event {
            Vital::Birth => self.born()?,
            Vital::Death => self.died()?,
        };
        let later = |span: jiff::Span| day.latest().checked_add(span).unwrap_or(Date::MAX);
        Some((later(after_days.days()), later(months.months())))
    }

    fn parents_all(&self, fine: impl Fn(Relation, &Relative) -> Option<bool>) -> Option<bool> {
        let answers: Vec<bool> = self.parents().filter_map(|(as_, parent)| fine(as_, parent)).collect();
        (!answers.is_empty()).then(|| answers.into_iter().all(|fine| fine))
    }

    /// A reason to have no parent in the register is a guardian, or a parent who is a foreigner and so cannot be in it.
    fn has_parents(&self) -> bool {
        self.life.ties.on(self.today).any(|s| match s.value.relation {
            Relation::Father | Relation::Mother | Relation::AdoptiveFather | Relation::AdoptiveMother => {
                let foreign = s.value.relative.nationality.as_deref().is_some_and(|n| n != "VNM");
                s.value.other.is_some() || foreign
            }
            Relation::Guardian => true,
            Relation::Spouse | Relation::Child | Relation::AdoptedChild | Relation::Ward => false,
        })
    }

    fn acts_after(&self, died: Date) -> bool {
        let after = |from: Option<Date>| from.is_some_and(|day| day > died);
        let spouse = |relation: Relation| relation == Relation::Spouse;
        self.life.residences.iter().any(|s| after(s.days.from))
            || self.life.papers.iter().any(|s| after(s.days.from))
            || self.life.ties.iter().any(|s| spouse(s.value.relation) && after(s.days.from))
            // Who died lives nowhere any more; the day after is the last on which a row may end.
            || self.life.residences.iter().any(|s| s.days.to.is_none_or(|to| to > died.tomorrow().unwrap_or(died)))
    }

    fn dates_in_order(&self) -> Option<bool> {
        let born = self.born()?;
        let died_first = self.died().is_some_and(|died| died.latest() < born.earliest());
        let in_future =
            born.earliest() > self.today || self.died().is_some_and(|d| d.earliest() > self.today);
        let before = |from: Option<Date>| from.is_some_and(|day| day < born.earliest());
        let lived_first = self.life.residences.iter().any(|s| before(s.days.from))
            || self.life.papers.iter().any(|s| before(s.days.from));
        Some(!(died_first || in_future || lived_first))
    }

    /// A residence that holds lies in a unit of today, an earlier one in a unit of its last day.
    fn units_existed(&self) -> Option<bool> {
        let spans = self.life.residences.spans();
        let existed = |s: &Span<Residence>| {
            let day = s.days.last().filter(|last| *last < self.today).unwrap_or(self.today);
            let given = s.value.commune_given.as_deref();
            std::iter::once(s.value.commune.as_str())
                .chain(given)
                .any(|c| self.nation.commune_in_force(c, day))
        };
        (!spans.is_empty()).then(|| spans.iter().all(existed))
    }

    /// Whether what the record says of an item is still what it said at a moment.
    fn unchanged_since(&self, item: &str, at: Timestamp) -> bool {
        if item == RESIDENCE {
            return main(self.life.residences.spans(), self.today).is_some_and(|s| s.known_from <= at);
        }
        Item::from_key(item).is_some_and(|item| self.life.person.mark(item).known <= at)
    }

    /// The last day on which somebody saw or heard of the person: an act, a move, a paper, an answer of their own.
    fn last_sign(&self) -> Option<Date> {
        let acts = self.near.events.iter().map(|seen| vietnam_date(seen.at));
        let answer = self.near.answered.iter().map(|answered| vietnam_date(answered.at));
        let moves = self.life.residences.iter().filter_map(|s| s.days.from);
        let papers = self.life.papers.iter().filter_map(|s| s.days.from);
        acts.chain(answer).chain(moves).chain(papers).filter(|day| *day <= self.today).max()
    }

    fn turns(&self, rules: &Rules) -> Option<Date> {
        let mut days: Vec<Date> = Vec::new();
        let residences = self.life.residences.iter().map(|s| s.days);
        let others = self.life.ties.iter().map(|s| s.days).chain(self.life.papers.iter().map(|s| s.days));
        days.extend(residences.chain(others).flat_map(|d| [d.from, d.to]).flatten());
        if self.is_living()
            && let Some(born) = self.born()
        {
            days.push(born.earliest());
            days.extend(
                rules.rules.iter().flat_map(|r| r.check.ages()).map(|age| plus_years(born.latest(), age)),
            );
        }
        for rule in &rules.rules {
            if let Check::OneSource { event, after_days, months } = &rule.check
                && let Some((from, until)) = self.told_in(*event, *after_days, *months)
            {
                days.extend([from, until].into_iter().filter_map(|day| day.tomorrow().ok()));
            }
            // Silence grows with every day that nothing is heard.
            if let (Check::Silent { months, .. }, Some(sign)) = (&rule.check, self.last_sign()) {
                days.extend(sign.checked_add(months.months()).ok().and_then(|day| day.tomorrow().ok()));
            }
        }
        days.into_iter().filter(|day| *day > self.today).min()
    }
}

/// Whether the second holds on the first day of the first.
fn begins_within<T>(a: &Span<T>, b: &Span<T>) -> bool {
    if a.days.is_empty() || b.days.is_empty() {
        return false;
    }
    match a.days.from {
        Some(day) => b.days.contains(day),
        None => b.days.from.is_none(),
    }
}

fn plus_years(day: Date, years: i16) -> Date {
    day.checked_add(i64::from(years).years()).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests;
