//! A person as decisions see them: everything believed now, and what a decision changes in it.
//!
//! [`Life`] is one person, [`Lives`] those whom an act concerns. A decision checks the law, then writes with a
//! [`Pen`]; nothing else changes history. What is to be stored is read off afterwards by `ops::lives`. Pure: property
//! tests live whole populations in memory.

use std::collections::BTreeMap;

use contracts::PersonId;
use jiff::civil::Date;
use uuid::Uuid;

use super::{
    History, Item, Residence, Span,
    held::{Absence, Paper, Shared},
    history::Pen,
    item::Mark,
    refusal::Refusal,
    span::Days,
    tie::{Relation, Relative, Tie},
};
use crate::rows::{PastValue, PersonRow};

/// One person, with what is believed of them.
#[derive(Clone)]
pub struct Life {
    pub person: PersonRow,
    /// Earlier days of items. The current values stand in the person's own row.
    pub past: History<PastValue>,
    pub ties: History<Tie>,
    pub residences: History<Residence>,
    pub papers: History<Paper>,
    pub absences: History<Absence>,
    pub shared: History<Shared>,
    /// Current values that were replaced: rows to be written, known until now.
    replaced: Vec<Span<PastValue>>,
    changed: Vec<Item>,
    is_new: bool,
}

impl Life {
    pub fn stored(person: PersonRow) -> Self {
        Self {
            person,
            past: History::default(),
            ties: History::default(),
            residences: History::default(),
            papers: History::default(),
            absences: History::default(),
            shared: History::default(),
            replaced: Vec::new(),
            changed: Vec::new(),
            is_new: false,
        }
    }

    /// Somebody who enters the record by this event.
    pub fn begun(id: PersonId, pen: &Pen<'_>) -> Self {
        Self { is_new: true, ..Self::stored(PersonRow::begun(id, pen)) }
    }

    pub fn id(&self) -> PersonId {
        self.person.id
    }

    pub fn get(&self, item: Item) -> Option<&str> {
        self.person.items.get(item)
    }

    /// The value of an item on a day, by what is known now.
    pub fn held_on(&self, item: Item, day: Date) -> Option<&str> {
        let now = self.get(item).filter(|_| self.person.mark(item).days().contains(day));
        now.or_else(|| self.past.on(day).find(|s| s.value.item == item)?.value.value.as_deref())
    }

    /// An item has another value, from a day on. None: it was so as long as the present value was thought to hold.
    pub fn set(
        &mut self,
        pen: &Pen<'_>,
        item: Item,
        value: Option<String>,
        since: Option<Date>,
    ) -> Result<(), Refusal> {
        let mark = self.person.mark(item);
        if let (Some(since), Some(from)) = (since, mark.from)
            && since < from
        {
            return Err(Refusal::LaterChange);
        }
        self.correct(pen, item, value, since);
        Ok(())
    }

    /// Like [`Self::set`], whatever was recorded for later days: it was wrong.
    pub fn correct(&mut self, pen: &Pen<'_>, item: Item, value: Option<String>, since: Option<Date>) {
        let mark = self.person.mark(item).clone();
        let cut = Days::since(since.or(mark.from));
        if let Some(present) = self.person.items.get(item) {
            let row = PastValue {
                id: pen.id(),
                item,
                value: Some(present.to_owned()),
                event: mark.event,
                source: mark.source.clone(),
            };
            for days in mark.days().without(cut) {
                self.past.add(pen, PastValue { id: pen.id(), ..row.clone() }, days);
            }
            if !self.is_new {
                let (days, known_from) = (mark.days(), mark.known);
                self.replaced.push(Span { value: row, days, known_from, known_to: Some(pen.now) });
            }
        }
        self.past.cut(pen, cut, |s| s.value.item == item);
        self.person.items.set(item, value);
        let mark =
            Mark { event: pen.event, source: pen.source.as_str().to_owned(), from: cut.from, known: pen.now };
        self.person.marks.insert(item, mark);
        self.changed.push(item);
        // A new number or address of contact has not been confirmed by anybody.
        if let Some(verified) = item.verified_by()
            && self.get(verified).is_some()
        {
            self.correct(pen, verified, None, since);
        }
    }

    /// Whether the person could do something on a day: born, not dead, and not after today.
    pub fn must_live(&self, on: Date, pen: &Pen<'_>) -> Result<(), Refusal> {
        if on > pen.today() {
            return Err(Refusal::InFuture);
        }
        if !self.person.items.is_living() {
            return Err(Refusal::AfterDeath);
        }
        if self.person.items.birth_date().is_some_and(|born| born.earliest() > on) {
            return Err(Refusal::BeforeBirth);
        }
        Ok(())
    }

    /// Like [`Self::must_live`], and not declared missing: who acts in person is there.
    pub fn must_act(&self, on: Date, pen: &Pen<'_>) -> Result<(), Refusal> {
        self.must_live(on, pen)?;
        if self.get(Item::MissingDate).is_some() { Err(Refusal::IsMissing) } else { Ok(()) }
    }

    /// Completed years on a day; an unknown day of birth counts as the last possible one.
    pub fn age_on(&self, day: Date) -> Option<i16> {
        self.person.items.birth_date().map(|born| born.age_on(day))
    }

    pub fn is_aged(&self, years: i16, day: Date) -> bool {
        self.age_on(day).is_some_and(|age| age >= years)
    }

    /// Ties of a kind that hold on a day.
    pub fn ties_on(&self, relation: Relation, day: Date) -> impl Iterator<Item = &Span<Tie>> {
        self.ties.on(day).filter(move |s| s.value.relation == relation)
    }

    /// People of the register to whom this one is or was tied so.
    pub fn ever(&self, relations: &[Relation]) -> impl Iterator<Item = PersonId> {
        self.ties.iter().filter(|s| relations.contains(&s.value.relation)).filter_map(|s| s.value.other)
    }

    /// Everybody of the register to whom this one is or was tied.
    pub fn relatives(&self) -> impl Iterator<Item = PersonId> {
        self.ties.iter().filter_map(|s| s.value.other)
    }

    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Items that got another value.
    pub fn changed(&self) -> &[Item] {
        &self.changed
    }

    pub fn replaced(&self) -> &[Span<PastValue>] {
        &self.replaced
    }

    pub fn is_changed(&self) -> bool {
        self.is_new
            || !self.changed.is_empty()
            || self.past.is_changed()
            || self.ties.is_changed()
            || self.residences.is_changed()
            || self.papers.is_changed()
            || self.absences.is_changed()
            || self.shared.is_changed()
    }
}

/// The people whom an act concerns.
#[derive(Default, Clone)]
pub struct Lives(BTreeMap<PersonId, Life>);

impl Lives {
    pub fn insert(&mut self, life: Life) {
        self.0.insert(life.id(), life);
    }

    pub fn has(&self, id: PersonId) -> bool {
        self.0.contains_key(&id)
    }

    pub fn get(&self, id: PersonId) -> Result<&Life, Refusal> {
        self.0.get(&id).ok_or(Refusal::NotLoaded)
    }

    pub fn edit(&mut self, id: PersonId) -> Result<&mut Life, Refusal> {
        self.0.get_mut(&id).ok_or(Refusal::NotLoaded)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Life> {
        self.0.values()
    }

    /// Two people are related from a day on: `relation` is what `other` is to `one`, `back` the other way.
    pub fn tie(
        &mut self,
        pen: &Pen<'_>,
        one: PersonId,
        relation: Relation,
        other: PersonId,
        back: Relation,
        from: Option<Date>,
    ) -> Result<(), Refusal> {
        let id = pen.id();
        for (person, relation, other) in [(one, relation, other), (other, back, one)] {
            let end = Tie {
                id,
                relation,
                other: Some(other),
                relative: Relative::default(),
                event: pen.event,
                ended_by: None,
            };
            self.edit(person)?.ties.add(pen, end, Days::since(from));
        }
        Ok(())
    }

    /// A person is related to somebody who is not in the register.
    pub fn tie_outside(
        &mut self,
        pen: &Pen<'_>,
        one: PersonId,
        relation: Relation,
        relative: Relative,
        from: Option<Date>,
    ) -> Result<(), Refusal> {
        let tie = Tie { id: pen.id(), relation, other: None, relative, event: pen.event, ended_by: None };
        self.edit(one)?.ties.add(pen, tie, Days::since(from));
        Ok(())
    }

    /// A tie ends on a day, at both ends.
    pub fn untie(
        &mut self,
        pen: &Pen<'_>,
        one: PersonId,
        other: Option<PersonId>,
        tie: Uuid,
        on: Date,
    ) -> Result<(), Refusal> {
        let left = pen.id();
        for person in std::iter::once(one).chain(other) {
            self.edit(person)?.ties.cut_with(pen, Days::since(Some(on)), |s| s.value.id == tie, || left);
        }
        Ok(())
    }
}
