//! Codes of domains in the reader's words: states, roles, days left, units, agencies, values.

use std::collections::BTreeSet;

use base::{PartialDate, PersonalNumber};
use catalogue::Catalogue;
use contracts::{AgencyId, Role, ports::Nation, ports::PaperKind};
use dossier::{Status, moves::Happened, row::ConsentState};
use forms::{Fact, FieldView, Kind, Person, Value};
use jiff::civil::Date;
use maud::{Markup, html};
use webkit::{
    Say,
    ui::{self, Icon, Row, Tone},
};

use crate::Desk;

/// Working days before the due date from which it is "soon".
const SOON_DAYS: i32 = 2;

/// The reader's language with the nation's names.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    pub say: &'a Say,
    pub nation: &'a dyn Nation,
    /// For searching agencies by the place they serve.
    pub catalogue: &'a Catalogue,
}

/// How a due date stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Working days over, where the calendar knows them.
    Overdue(Option<i32>),
    Today,
    Soon(i32),
    Later(Option<i32>),
}

impl Urgency {
    pub fn of(due_on: Date, today: Date, calendar: &base::Calendar) -> Self {
        let days = calendar.between(today, due_on).ok();
        match (due_on.cmp(&today), days) {
            (std::cmp::Ordering::Less, days) => Self::Overdue(days),
            (std::cmp::Ordering::Equal, _) => Self::Today,
            (_, Some(days)) if days <= SOON_DAYS => Self::Soon(days),
            (_, days) => Self::Later(days),
        }
    }

    pub fn tone(self) -> Tone {
        match self {
            Self::Overdue(_) => Tone::Danger,
            Self::Today | Self::Soon(_) => Tone::Wait,
            Self::Later(_) => Tone::Plain,
        }
    }
}

impl<'a> Words<'a> {
    pub fn new(say: &'a Say, desk: &'a Desk) -> Self {
        Self { say, nation: &*desk.dossiers.nation, catalogue: &desk.catalogue }
    }

    /// Whether an agency decides on a procedure today.
    pub fn decides(&self, agency: &AgencyId, procedure: &str, today: Date) -> bool {
        self.catalogue.decides(procedure, agency.as_str(), today)
    }

    pub fn role(&self, role: Role) -> String {
        self.say.t(match role {
            Role::Receiver => "desk-role-receiver",
            Role::Decider => "desk-role-decider",
            Role::Head => "desk-role-head",
            Role::Auditor => "desk-role-auditor",
            Role::Administrator => "desk-role-administrator",
        })
    }

    pub fn agency(&self, id: &AgencyId) -> String {
        self.nation.agency(id).map_or_else(|| id.0.clone(), |a| self.say.text(&a.name).to_owned())
    }

    pub fn procedure(&self, code: &str) -> String {
        self.nation.procedure(code).map_or_else(|| code.to_owned(), |p| self.say.text(&p.name).to_owned())
    }

    pub fn place(&self, code: &str) -> String {
        self.nation.place(code).map_or_else(|| code.to_owned(), |name| self.say.text(&name).to_owned())
    }

    pub fn status(&self, status: Status) -> String {
        self.say.t(&format!("desk-status-{}", status.number()))
    }

    pub fn status_tag(&self, status: Status) -> Markup {
        let tone = match status {
            Status::Draft | Status::Withdrawn | Status::Stopped => Tone::Plain,
            Status::Registered | Status::Accepted | Status::InProgress => Tone::Info,
            Status::SupplementRequested | Status::PaymentRequested => Tone::Wait,
            Status::NotAccepted => Tone::Danger,
            Status::Finished | Status::Returned => Tone::Good,
        };
        ui::tag(tone, &self.status(status))
    }

    /// The tag of a due date: overdue, today, soon, or how many working days are left.
    pub fn due_tag(&self, due_on: Date, today: Date) -> Markup {
        let urgency = Urgency::of(due_on, today, self.nation.calendar());
        let text = match urgency {
            Urgency::Overdue(Some(days)) if days < 0 => self.say.working_days_left(days),
            Urgency::Overdue(_) => self.say.t("desk-due-over"),
            Urgency::Today => self.say.working_days_left(0),
            Urgency::Soon(0) => self.say.t("desk-due-soon"),
            Urgency::Soon(days) | Urgency::Later(Some(days)) => self.say.working_days_left(days),
            Urgency::Later(None) => return html! { span.quiet { (self.say.date(due_on)) } },
        };
        if urgency.tone() == Tone::Plain {
            return html! { span.quiet { (text) } };
        }
        ui::tag(urgency.tone(), &text)
    }

    /// Due date and tag; what stands still, or has ended, says so.
    pub fn due(&self, status: Status, due_on: Option<Date>, today: Date) -> Markup {
        match due_on {
            // The tag says "today" itself.
            Some(day) if day == today => self.due_tag(day, today),
            Some(day) => html! { (self.say.day(day, today)) " " (self.due_tag(day, today)) },
            None if status.is_paused() => {
                html! { span.quiet { (Icon::Pause) " " (self.say.t("desk-due-paused")) } }
            }
            None if status == Status::Registered => {
                html! { span.quiet { (self.say.t("desk-due-not-yet")) } }
            }
            None => html! { span.quiet { "–" } },
        }
    }

    pub fn happened(&self, happened: Happened) -> String {
        self.say.t(&webkit::i18n::key_of(&format!("desk-happened-{}", happened.as_str())))
    }

    pub fn consent_tag(&self, state: ConsentState) -> Markup {
        let (tone, key) = match state {
            ConsentState::Asked => (Tone::Wait, "desk-consent-asked"),
            ConsentState::Given => (Tone::Good, "desk-consent-given"),
            ConsentState::Refused => (Tone::Danger, "desk-consent-refused"),
            ConsentState::Expired => (Tone::Danger, "desk-consent-expired"),
        };
        ui::tag(tone, &self.say.t(key))
    }

    pub fn paper(&self, kind: PaperKind) -> String {
        self.say.t(match kind {
            PaperKind::Receipt => "desk-paper-receipt",
            PaperKind::Supplement => "desk-paper-supplement",
            PaperKind::Refusal => "desk-paper-refusal",
            PaperKind::Confirmation => "desk-paper-confirmation",
            PaperKind::Notice => "desk-paper-notice",
        })
    }

    /// The answer in a field; a commune by its name, what could not be read as it was typed.
    pub fn answer(&self, field: &FieldView<'_>) -> String {
        if field.value.is_missing() {
            return match field.given {
                Some(serde_json::Value::String(typed)) => typed.clone(),
                _ => String::new(),
            };
        }
        match (field.field.kind, field.value) {
            (Kind::Commune, Value::Text(code)) => self.place(code),
            (kind, value) => forms::kind::show(Some(kind), &field.field.options, value, self.say.lang),
        }
    }

    /// A fact of the record.
    pub fn fact(&self, fact: Fact, value: &Value) -> String {
        match (fact, value) {
            (_, Value::Text(code)) if fact.is_commune() => self.place(code),
            (Fact::Number | Fact::HouseholderNumber, Value::Text(number)) => self.number(number),
            (Fact::Sex, Value::Text(sex)) => match sex.as_str() {
                "male" => self.say.t("desk-sex-male"),
                "female" => self.say.t("desk-sex-female"),
                _ => sex.clone(),
            },
            (_, value) => forms::kind::show(None, &[], value, self.say.lang),
        }
    }

    pub fn number(&self, number: &str) -> String {
        number.parse::<PersonalNumber>().map_or_else(|_| number.to_owned(), |n| n.grouped())
    }

    pub fn partial_date(&self, date: Option<PartialDate>) -> String {
        date.map(PartialDate::display_vi).unwrap_or_default()
    }

    /// Facts of one person in rows, and below them where they come from, each source once.
    pub fn facts(&self, person: &Person, facts: &[Fact], today: Date) -> Markup {
        let known: Vec<(Fact, Value)> =
            facts.iter().map(|f| (*f, person.value(*f, today))).filter(|(_, v)| !v.is_missing()).collect();
        let rows: Vec<Row> =
            known.iter().map(|(f, v)| Row::new(f.label(self.say.lang), self.fact(*f, v))).collect();
        let sources: BTreeSet<String> =
            known.iter().filter_map(|(f, _)| person.provenance(*f)).map(|p| self.source(p)).collect();
        html! {
            (ui::summary(self.say, &rows))
            @for source in sources {
                p.quiet { (Icon::Shield) " " (self.say.tw("desk-source", &[("source", source.into())])) }
            }
        }
    }

    /// "CSDL quốc gia về dân cư, xác nhận ngày 03/06/2026".
    pub fn source(&self, provenance: &forms::Provenance) -> String {
        let source = self.say.text(&provenance.source);
        match provenance.confirmed_on {
            Some(day) => {
                let args = [("source", source.into()), ("day", self.say.date(day).into())];
                self.say.tw("desk-source-confirmed", &args)
            }
            None => source.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use base::Calendar;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn urgency_counts_working_days() {
        let calendar = Calendar::new([2026], []);
        let today = date(2026, 11, 20); // a Friday
        for (due, urgency) in [
            (date(2026, 11, 19), Urgency::Overdue(Some(-1))),
            (today, Urgency::Today),
            (date(2026, 11, 24), Urgency::Soon(2)),
            (date(2026, 11, 25), Urgency::Later(Some(3))),
            (date(2027, 3, 1), Urgency::Later(None)),
        ] {
            assert_eq!(Urgency::of(due, today, &calendar), urgency, "{due}");
        }
    }
}
