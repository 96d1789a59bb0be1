//! Form TK02 as somebody typed it, read into [`Details`]; what is wrong is told field by field.

use base::nfc;
use jiff::civil::Date;

use super::model::{Details, Kind, tax_code};
use crate::{IdentityError, input::Faults};

const NAME_CHARS: std::ops::RangeInclusive<usize> = 3..=200;
const SHORT_CHARS: std::ops::RangeInclusive<usize> = 2..=60;
const DECISION_CHARS: std::ops::RangeInclusive<usize> = 3..=100;
const ADDRESS_CHARS: std::ops::RangeInclusive<usize> = 3..=200;
pub(super) const TITLE_CHARS: std::ops::RangeInclusive<usize> = 2..=100;
const EMAIL_CHARS_MAX: usize = 254;

/// As typed. Empty is left out.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub kind: String,
    pub name: String,
    pub short_name: String,
    pub foreign_name: String,
    pub tax_code: String,
    pub decision: String,
    /// The day, read from its boxes; an outer error where they say none.
    pub founded_on: Option<Date>,
    /// A commune's code.
    pub commune: String,
    pub address: String,
    pub phone: String,
    pub email: String,
    /// The legal representative's office in it.
    pub title: String,
}

impl Typed {
    /// From a form with fields of these names.
    pub fn of_form(form: &webkit::Form, today: Date) -> Self {
        let founded = form.date("founded_on", today).and_then(Result::ok);
        Self {
            kind: form.line("kind"),
            name: form.line("name"),
            short_name: form.line("short_name"),
            foreign_name: form.line("foreign_name"),
            tax_code: form.line("tax_code"),
            decision: form.line("decision"),
            founded_on: founded.and_then(|day| day.exact()),
            commune: form.line("commune"),
            address: form.line("address"),
            phone: form.line("phone"),
            email: form.line("email"),
            title: form.line("title"),
        }
    }
}

/// One line with at least one letter, of so many characters.
pub(super) fn words(typed: &str, chars: std::ops::RangeInclusive<usize>) -> Option<String> {
    let line = nfc(typed);
    let good = chars.contains(&line.chars().count())
        && line.chars().any(char::is_alphabetic)
        && !line.chars().any(char::is_control);
    good.then_some(line)
}

fn phone(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')')).collect();
    let bare = digits.strip_prefix('+').unwrap_or(&digits);
    let good = (8..=15).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_digit());
    good.then_some(digits)
}

fn email(typed: &str) -> Option<String> {
    let line = nfc(typed);
    let (name, host) = line.split_once('@')?;
    let good = !name.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !host.contains('@')
        && line.len() <= EMAIL_CHARS_MAX
        && !line.chars().any(|c| c.is_whitespace() || c.is_control());
    good.then_some(line)
}

/// The items with the office of the legal representative. Whether a commune is one, its office tells.
pub(super) fn read(typed: &Typed, today: Date) -> Result<(Details, String), IdentityError> {
    let mut faults = Faults::default();
    let kind = faults.read("kind", "identity.organisation_kind", Kind::parse(&typed.kind));
    let name = faults.read("name", "identity.organisation_name", words(&typed.name, NAME_CHARS));
    let title = faults.read("title", "identity.organisation_title", words(&typed.title, TITLE_CHARS));
    let founded = typed.founded_on.filter(|day| *day <= today);
    let founded_on = faults.read("founded_on", "identity.organisation_founded", founded);
    let address =
        faults.read("address", "identity.organisation_address", words(&typed.address, ADDRESS_CHARS));
    let commune = Some(typed.commune.clone()).filter(|code| !code.is_empty());
    let commune = faults.read("commune", "identity.organisation_commune", commune);
    let mut free = |field: &str, code: &str, typed: &str, read: &dyn Fn(&str) -> Option<String>| {
        if typed.trim().is_empty() { None } else { faults.read(field, code, read(typed)) }
    };
    let short_name =
        free("short_name", "identity.organisation_short", &typed.short_name, &|t| words(t, SHORT_CHARS));
    let foreign_name =
        free("foreign_name", "identity.organisation_name", &typed.foreign_name, &|t| words(t, NAME_CHARS));
    let tax = free("tax_code", "identity.organisation_tax_code", &typed.tax_code, &tax_code);
    let decision =
        free("decision", "identity.organisation_decision", &typed.decision, &|t| words(t, DECISION_CHARS));
    let phone = free("phone", "identity.organisation_phone", &typed.phone, &phone);
    let email = free("email", "identity.organisation_email", &typed.email, &email);
    let none_typed = typed.tax_code.trim().is_empty();
    if none_typed && kind.is_some_and(Kind::needs_tax_code) {
        faults.push(base::FieldFault::new("tax_code", "identity.organisation_tax_needed"));
    } else if none_typed && typed.decision.trim().is_empty() {
        faults.push(base::FieldFault::new("decision", "identity.organisation_tax_or_decision"));
    }
    match (kind, name, title, founded_on, address, commune) {
        (Some(kind), Some(name), Some(title), Some(founded_on), Some(address), Some(commune))
            if faults.is_empty() =>
        {
            let details = Details {
                kind,
                name,
                short_name,
                foreign_name,
                tax_code: tax,
                decision,
                founded_on,
                commune,
                address,
                phone,
                email,
            };
            Ok((details, title))
        }
        _ => Err(faults.end()),
    }
}

#[cfg(test)]
mod tests {
    use base::Fault;
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 20);

    fn good() -> Typed {
        Typed {
            kind: "enterprise".into(),
            name: "Công ty TNHH  Sao Mai".into(),
            tax_code: "0100109106".into(),
            founded_on: Some(date(2015, 3, 1)),
            commune: "26740".into(),
            address: "12 Lê Lợi".into(),
            title: "Giám đốc".into(),
            ..Typed::default()
        }
    }

    fn faults(typed: &Typed) -> Vec<String> {
        let refused = read(typed, TODAY).unwrap_err();
        refused.fields().iter().map(|f| format!("{} {}", f.field, f.code)).collect()
    }

    #[test]
    fn a_whole_form_is_read_in_stored_form() {
        let (details, title) = read(&good(), TODAY).unwrap();
        assert_eq!((details.name.as_str(), title.as_str()), ("Công ty TNHH Sao Mai", "Giám đốc"));
        assert_eq!(details.tax_code.as_deref(), Some("0100109106"));
        assert_eq!((details.phone, details.decision), (None, None));
    }

    #[test]
    fn every_item_that_is_missing_or_wrong_is_named() {
        assert_eq!(
            faults(&Typed::default()),
            [
                "kind identity.organisation_kind",
                "name identity.organisation_name",
                "title identity.organisation_title",
                "founded_on identity.organisation_founded",
                "address identity.organisation_address",
                "commune identity.organisation_commune",
                "decision identity.organisation_tax_or_decision",
            ]
        );
        for (field, typed) in [
            ("tax_code identity.organisation_tax_code", Typed { tax_code: "0100109107".into(), ..good() }),
            ("tax_code identity.organisation_tax_needed", Typed { tax_code: String::new(), ..good() }),
            (
                "founded_on identity.organisation_founded",
                Typed { founded_on: Some(date(2026, 11, 21)), ..good() },
            ),
            ("phone identity.organisation_phone", Typed { phone: "12".into(), ..good() }),
            ("email identity.organisation_email", Typed { email: "a@b".into(), ..good() }),
            ("name identity.organisation_name", Typed { name: "12".into(), ..good() }),
        ] {
            assert_eq!(faults(&typed), [field]);
        }
    }

    #[test]
    fn who_has_no_tax_code_shows_the_decision_that_founded_it() {
        let union = Typed {
            kind: "association".into(),
            tax_code: String::new(),
            decision: "QĐ 12/2015/QĐ-UBND".into(),
            ..good()
        };
        assert_eq!(read(&union, TODAY).unwrap().0.decision.as_deref(), Some("QĐ 12/2015/QĐ-UBND"));
    }
}
