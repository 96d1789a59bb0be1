//! How the things of the domains are said to a citizen: states, agencies, places, numbers of other people.

use base::{PersonalNumber, Text};
use contracts::AgencyId;
use dossier::{Dossier, Status, Verdict, moves::Happened};
use forms::{Fact, Provenance, Value, definition::Choice, kind};
use jiff::{Timestamp, civil::Date};
use maud::Markup;
use registry::{
    corrections::Subject,
    model::{Item, residence::Kind},
};
use webkit::ui::{self, Tone};

use crate::visit::Visit;

/// Where "báo sai" beside a fact of the record leads: to the correction of the item that the fact is made from.
pub fn report_wrong(fact: Fact) -> String {
    let subject = match fact {
        Fact::Number => Subject::Item(Item::Number),
        Fact::Name => Subject::Item(Item::Name),
        Fact::BirthDate | Fact::Age => Subject::Item(Item::BirthDate),
        Fact::Sex => Subject::Item(Item::Sex),
        Fact::Nationality => Subject::Item(Item::Nationality),
        Fact::Ethnicity => Subject::Item(Item::Ethnicity),
        Fact::Living => Subject::Item(Item::DeathDate),
        Fact::PermanentCommune | Fact::PermanentAddress | Fact::PermanentSince => {
            Subject::Residence(Kind::Permanent)
        }
        Fact::TemporaryCommune | Fact::TemporaryAddress | Fact::TemporaryUntil => {
            Subject::Residence(Kind::Temporary)
        }
        Fact::CurrentCommune => Subject::Residence(Kind::Current),
        Fact::HouseholderNumber
        | Fact::HouseholderName
        | Fact::RelationToHouseholder
        | Fact::IsHouseholder
        | Fact::HouseholdSize => Subject::Household,
        // Of the record as a whole.
        Fact::Exists | Fact::Conflict => return "/record".to_owned(),
    };
    format!("/record/wrong/{}", subject.key())
}

/// Decided, and not as its applicant wished.
pub fn is_refused(d: &Dossier) -> bool {
    d.verdict == Some(Verdict::Refused)
}

/// The text of a status, such as `status-4`.
fn status_key(status: Status) -> String {
    format!("status-{}", status.number())
}

pub fn happened_key(happened: Happened) -> String {
    format!("happened-{}", happened.as_str().replace('_', "-"))
}

/// What the day is by which an agency must act: until it has taken the dossier in, only that.
pub fn due_key(status: Status) -> &'static str {
    match status {
        Status::Registered => "due-intake",
        _ => "due-result",
    }
}

fn status_tone(status: Status) -> Tone {
    match status {
        Status::Draft => Tone::Plain,
        Status::Registered | Status::Accepted | Status::InProgress | Status::Finished => Tone::Info,
        Status::SupplementRequested | Status::PaymentRequested => Tone::Wait,
        Status::Returned => Tone::Good,
        Status::NotAccepted | Status::Stopped => Tone::Danger,
        Status::Withdrawn => Tone::Plain,
    }
}

impl Visit {
    /// The name of an agency; its code where the catalogue has no name any more.
    pub fn agency(&self, id: &AgencyId) -> String {
        let card = self.portal.dossiers.nation.agency(id);
        card.map_or_else(|| id.to_string(), |card| self.text(&card.name).to_owned())
    }

    /// "Phường Bến Thành, Thành phố Hồ Chí Minh".
    pub fn place(&self, code: &str) -> String {
        let place = self.portal.dossiers.nation.place(code);
        place.map_or_else(|| code.to_owned(), |place| self.text(&place).to_owned())
    }

    /// The name of a procedure in the reader's language.
    pub fn procedure(&self, code: &str) -> String {
        let card = self.portal.dossiers.nation.procedure(code);
        card.map_or_else(|| code.to_owned(), |card| self.text(&card.name).to_owned())
    }

    /// "Cơ sở dữ liệu quốc gia về dân cư, xác nhận ngày 03/06/2026".
    pub fn source(&self, source: &Text, confirmed_on: Option<Date>) -> String {
        let name = self.text(source);
        match confirmed_on {
            None => name.to_owned(),
            Some(day) => {
                self.tw("source-confirmed", &[("source", name.into()), ("date", self.date(day).into())])
            }
        }
    }

    pub fn provenance(&self, from: Option<&Provenance>) -> String {
        from.map_or_else(|| self.t("source-record"), |p| self.source(&p.source, p.confirmed_on))
    }

    /// A value of a form for reading; communes by name.
    pub fn value(&self, kind: forms::Kind, options: &[Choice], value: &Value) -> String {
        match (kind, value) {
            (forms::Kind::Commune, Value::Text(code)) => self.place(code),
            _ => kind::show(Some(kind), options, value, self.lang()),
        }
    }

    /// "14:02 hôm nay".
    pub fn at(&self, at: Timestamp) -> String {
        self.moment(at, self.now())
    }

    /// Working days from today to a day, negative when it is past; none in a year whose calendar is not known.
    pub fn days_left(&self, due: Date) -> Option<i32> {
        self.portal.dossiers.nation.calendar().between(self.today(), due).ok()
    }

    /// "thứ Sáu 27/11 (còn 2 ngày làm việc)".
    pub fn due(&self, due: Date) -> String {
        let day = self.day(due, self.today());
        match self.days_left(due) {
            None => day,
            Some(left) => {
                let left = self.working_days_left(left);
                self.tw("due", &[("day", day.into()), ("left", left.into())])
            }
        }
    }

    /// The state of a dossier in a word or two.
    pub fn state_tag(&self, d: &Dossier) -> Markup {
        match is_refused(d) {
            true => ui::tag(Tone::Danger, &self.t("status-refused")),
            false => ui::tag(status_tone(d.status), &self.t(&status_key(d.status))),
        }
    }

    /// Who has the dossier now and until when, in one sentence.
    pub fn where_it_is(&self, d: &Dossier) -> String {
        let who = d.agency.as_ref().map_or_else(String::new, |id| self.agency(id));
        let asked = d.consents.values().any(|c| *c == dossier::row::ConsentState::Asked);
        let key = match d.status {
            _ if is_refused(d) => "where-refused",
            Status::Draft => "where-draft",
            Status::SupplementRequested => "where-supplement",
            Status::PaymentRequested => "where-payment",
            Status::Registered | Status::Accepted | Status::InProgress if asked => "where-consent",
            Status::Registered => "where-registered",
            Status::Accepted | Status::InProgress => "where-agency",
            Status::Finished => "where-finished",
            Status::Returned => "where-returned",
            Status::NotAccepted => "where-not-accepted",
            Status::Stopped => "where-stopped",
            Status::Withdrawn => "where-withdrawn",
        };
        let mut said = self.tw(key, &[("agency", who.into())]);
        if let Some(due) = d.due_on.filter(|_| d.status.is_open()) {
            said.push(' ');
            said.push_str(&self.tw(due_key(d.status), &[("due", self.due(due).into())]));
            said.push('.');
        }
        said
    }
}

/// Personal numbers of other people in a text, with the middle left out: "079 ••• ••• 345".
pub fn mask_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let run = from.find(|c: char| !c.is_ascii_digit() && c != ' ').unwrap_or(from.len());
        let run = from.get(..run).unwrap_or(from).trim_end().len();
        let (digits, after) = from.split_at(run);
        match digits.replace(' ', "").parse::<PersonalNumber>() {
            Ok(number) => out.push_str(&number.masked()),
            Err(_) => out.push_str(digits),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_reports_a_fact_comes_to_the_correction_of_its_item() {
        for fact in Fact::ALL {
            let path = report_wrong(*fact);
            let item = path.strip_prefix("/record/wrong/");
            assert!(path == "/record" || item.and_then(Subject::parse).is_some(), "{path}");
        }
        assert_eq!(report_wrong(Fact::Age), "/record/wrong/birth_date");
        assert_eq!(report_wrong(Fact::PermanentSince), "/record/wrong/permanent_residence");
    }

    #[test]
    fn a_personal_number_in_a_text_is_never_whole() {
        let said = mask_numbers("079 090 012 345, 001090000001; G01.899-261121-000042, 31/12/2026");
        assert!(!said.contains("090 012") && !said.contains("090000"), "{said}");
        assert!(said.ends_with("G01.899-261121-000042, 31/12/2026"), "{said}");
        assert_eq!(mask_numbers("Số nhà 12, ngõ 5"), "Số nhà 12, ngõ 5");
    }
}
