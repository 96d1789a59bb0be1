//! What people type, read into values; what is wrong is told field by field.

use std::net::IpAddr;

use base::{FieldFault, PartialDate, PersonName, PersonalNumber, nfc};

use crate::{IdentityError, Keys, Marks, rows::Claim};

const LOGIN_CHARS_MIN: usize = 3;
const LOGIN_CHARS_MAX: usize = 40;
const LABEL_CHARS_MAX: usize = 60;

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct Client {
    pub ip: Option<IpAddr>,
    /// The `User-Agent` header; only a summary of it is kept.
    pub agent: String,
    /// What a browser keeps of earlier sign-ins; a program keeps nothing.
    pub marks: Marks,
}

impl Client {
    /// Enough to recognise one's own device in a list: `Firefox, Windows`.
    pub fn summary(&self) -> String {
        let known = |names: &[(&'static str, &'static str)]| {
            names.iter().find(|(mark, _)| self.agent.contains(mark)).map(|(_, name)| *name)
        };
        // The order matters: browsers name their ancestors too.
        let browser = known(&[
            ("Edg", "Edge"),
            ("coc_coc", "Cốc Cốc"),
            ("OPR", "Opera"),
            ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"),
            ("Chrome", "Chrome"),
            ("CriOS", "Chrome"),
            ("Safari", "Safari"),
            ("curl", "curl"),
        ]);
        let system = known(&[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS X", "macOS"),
            ("Linux", "Linux"),
        ]);
        [browser, system].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// A login name as it is stored, or nothing when it is not one.
pub fn login(typed: &str) -> Option<String> {
    let login = nfc(typed).to_lowercase();
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    let long = (LOGIN_CHARS_MIN..=LOGIN_CHARS_MAX).contains(&login.len());
    (long && login.chars().all(good) && login.starts_with(|c: char| c.is_ascii_lowercase())).then_some(login)
}

pub(crate) fn number_claim(keys: &Keys, number: &PersonalNumber) -> Claim {
    Claim { kind: "number", value: keys.digest("number", number.as_str().as_bytes()) }
}

pub(crate) fn login_claim(keys: &Keys, login: &str) -> Claim {
    Claim { kind: "login", value: keys.digest("login", login.as_bytes()) }
}

/// A person has one account.
pub(crate) fn person_claim(keys: &Keys, person: contracts::PersonId) -> Claim {
    Claim { kind: "person", value: keys.digest("person", person.0.as_bytes()) }
}

/// A passkey belongs to one account. Its id is what a device says it is called.
pub(crate) fn passkey_claim(keys: &Keys, id: &[u8]) -> Claim {
    Claim { kind: "passkey", value: keys.digest("passkey", id) }
}

/// A name that somebody gives to a thing of theirs.
pub(crate) fn label(typed: &str) -> Option<String> {
    let label = nfc(typed);
    (1..=LABEL_CHARS_MAX).contains(&label.chars().count()).then_some(label)
}

/// Collects what is wrong with an input before anything is done with it.
#[derive(Default)]
pub(crate) struct Faults(Vec<FieldFault>);

impl Faults {
    pub fn push(&mut self, fault: FieldFault) {
        self.0.push(fault);
    }

    /// The value, or a fault at its field.
    pub fn read<T>(&mut self, field: &str, code: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.push(FieldFault::new(field, code));
        }
        value
    }

    pub fn number(&mut self, typed: &str) -> Option<PersonalNumber> {
        self.read("number", "identity.number_shape", typed.parse().ok())
    }

    pub fn name(&mut self, typed: &str) -> Option<PersonName> {
        self.read("name", "identity.name_shape", PersonName::new(typed).ok())
    }

    pub fn birth_date(&mut self, typed: &str, today: jiff::civil::Date) -> Option<PartialDate> {
        let read = PartialDate::parse_typed(typed, today).ok();
        self.read("birth_date", "identity.birth_date_shape", read)
    }

    pub fn login(&mut self, typed: &str) -> Option<String> {
        self.read("login", "identity.login_shape", login(typed))
    }

    pub fn end(self) -> IdentityError {
        IdentityError::Invalid(self.0)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_names_are_plain() {
        assert_eq!(login(" An.Nguyen "), Some("an.nguyen".into()));
        for bad in ["an", "nguyễn", "1an", "a b c", "001099012345", &"a".repeat(41)] {
            assert_eq!(login(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_device_is_told_by_browser_and_system() {
        let say = |agent: &str| Client { agent: agent.into(), ..Client::default() }.summary();
        assert_eq!(
            say("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/140 Safari/537 Edg/140"),
            "Edge, Windows"
        );
        assert_eq!(
            say("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Version/19 Safari"),
            "Safari, iPhone"
        );
        assert_eq!(say("something else"), "");
    }
}
