//! What is believed of one kind of thing, and how an operation changes it.
//!
//! A [`History`] is loaded with the rows that are believed now. [`History::cut`] frees days, [`History::add`] says what
//! holds on them instead; both remember what has to be written. A [`Pen`] is who writes: one event at one moment.

use std::collections::BTreeSet;

use base::Entropy;
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{
    Source,
    span::{Days, Span, supersede},
};

/// A row with an id of its own.
pub trait Entry: Clone {
    fn id(&self) -> Uuid;
    fn set_id(&mut self, id: Uuid);
    /// The event that gave it its last day.
    fn end_by(&mut self, event: Uuid);
}

/// The event that changes the record, its moment, and where new ids come from.
pub struct Pen<'a> {
    pub event: Uuid,
    pub source: Source,
    pub now: Timestamp,
    pub entropy: &'a dyn Entropy,
}

impl Pen<'_> {
    pub fn id(&self) -> Uuid {
        base::id::new_v7(self.now, self.entropy)
    }

    pub fn today(&self) -> Date {
        base::vietnam_date(self.now)
    }
}

/// What is believed, and what of it is new or gone since it was read.
#[derive(Clone)]
pub struct History<T> {
    spans: Vec<Span<T>>,
    added: BTreeSet<Uuid>,
    ended: Vec<Uuid>,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self { spans: Vec::new(), added: BTreeSet::new(), ended: Vec::new() }
    }
}

impl<T: Entry> History<T> {
    /// Rows as they are stored; those that are no longer believed are left aside.
    pub fn stored(spans: Vec<Span<T>>) -> Self {
        let spans = spans.into_iter().filter(|s| s.known_to.is_none()).collect();
        Self { spans, ..Self::default() }
    }

    /// Everything believed, in the order in which it was learnt.
    pub fn spans(&self) -> &[Span<T>] {
        &self.spans
    }

    pub fn iter(&self) -> impl Iterator<Item = &Span<T>> {
        self.spans.iter()
    }

    /// What holds on a day.
    pub fn on(&self, day: Date) -> impl Iterator<Item = &Span<T>> {
        self.spans.iter().filter(move |s| s.days.contains(day))
    }

    pub fn add(&mut self, pen: &Pen<'_>, value: T, days: Days) {
        self.added.insert(value.id());
        self.spans.push(Span { value, days, known_from: pen.now, known_to: None });
    }

    /// Frees the days of `cut` in the rows that are meant; what is left of each becomes a new row.
    pub fn cut(&mut self, pen: &Pen<'_>, cut: Days, meant: impl Fn(&Span<T>) -> bool) {
        self.cut_with(pen, cut, meant, || pen.id());
    }

    /// Like [`Self::cut`], with ids for what is left from outside: the two ends of a tie share one.
    pub fn cut_with(
        &mut self,
        pen: &Pen<'_>,
        cut: Days,
        meant: impl Fn(&Span<T>) -> bool,
        new_id: impl Fn() -> Uuid,
    ) {
        let superseded = supersede(&self.spans, cut);
        let mut spans = Vec::with_capacity(self.spans.len() + 1);
        for (at, span) in std::mem::take(&mut self.spans).into_iter().enumerate() {
            let freed = superseded.iter().find(|s| s.at == at).filter(|_| meant(&span));
            let Some(freed) = freed else {
                spans.push(span);
                continue;
            };
            if !self.added.remove(&span.value.id()) {
                self.ended.push(span.value.id());
            }
            for days in &freed.remains {
                let mut value = span.value.clone();
                value.set_id(new_id());
                if days.to != span.days.to {
                    value.end_by(pen.event);
                }
                self.added.insert(value.id());
                spans.push(Span { value, days: *days, known_from: pen.now, known_to: None });
            }
        }
        self.spans = spans;
    }

    /// Rows to be written.
    pub fn added(&self) -> impl Iterator<Item = &Span<T>> {
        self.spans.iter().filter(|s| self.added.contains(&s.value.id()))
    }

    /// Stored rows that are no longer believed.
    pub fn ended(&self) -> &[Uuid] {
        &self.ended
    }

    pub fn is_changed(&self) -> bool {
        !self.added.is_empty() || !self.ended.is_empty()
    }
}
