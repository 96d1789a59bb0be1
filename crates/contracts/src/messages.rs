//! Short messages to telephones, and the one question that a telco answers about a telephone.

use std::fmt;

use async_trait::async_trait;
use base::PersonalNumber;
use uuid::Uuid;

/// Of a Vietnamese mobile number: `0` and nine more.
const DIGITS: usize = 10;
/// The prefixes of mobile networks.
const PREFIXES: [&str; 5] = ["03", "05", "07", "08", "09"];
/// Digits of a number that are shown to who should recognise it.
const SHOWN: usize = 3;

/// A mobile telephone number in the form `0912345678`. Never printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    /// As typed: spaces, dots, hyphens and brackets do not matter, `+84` is `0`.
    pub fn parse(typed: &str) -> Option<Self> {
        let plain: String =
            typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '(' | ')')).collect();
        let dialled = match plain.strip_prefix("+84") {
            Some(rest) => format!("0{}", rest.strip_prefix('0').unwrap_or(rest)),
            None => plain,
        };
        let good = dialled.len() == DIGITS
            && dialled.bytes().all(|b| b.is_ascii_digit())
            && PREFIXES.iter().any(|prefix| dialled.starts_with(prefix));
        good.then_some(Self(dialled))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its last digits: enough to recognise one's own.
    pub fn masked(&self) -> String {
        format!("•••• ••• {}", self.0.get(DIGITS - SHOWN..).unwrap_or_default())
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

/// A text on its way. Not for printing: it may carry a code.
#[derive(Clone)]
pub struct ShortMessage {
    /// The same id again is the same message, and is not sent twice.
    pub id: Uuid,
    pub to: Phone,
    pub text: String,
}

/// Why a telco did not do it. Carries nothing of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TelcoError {
    /// Worth another try.
    #[error("the telco does not answer, or not in its right mind")]
    Away,
    /// The same again would be refused again.
    #[error("the telco refuses")]
    Refused,
}

/// A telco. Its answers come over a network: never ask while a transaction waits that others wait for.
#[async_trait]
pub trait Messages: Send + Sync + 'static {
    async fn send(&self, message: &ShortMessage) -> Result<(), TelcoError>;

    /// Whether the subscriber of a number is the person of that personal number: match or no match (NĐ 69/2024 Art. 9).
    /// No more is told or asked than that; the telco has the personal number of its subscribers (NĐ 163/2024).
    async fn is_subscriber(&self, phone: &Phone, number: &PersonalNumber) -> Result<bool, TelcoError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for typed in ["0912345678", "091 234 5678", "+84 912-345-678", "+84 (0)912.345.678", " 0912345678 "] {
            assert_eq!(Phone::parse(typed).map(|p| p.0).as_deref(), Some("0912345678"), "{typed}");
        }
        // Landlines take no messages; the old numbers of eleven digits are gone.
        for bad in
            ["", "0212345678", "01234567890", "091234567", "+1 912 345 678", "09123456７8", "84912345678"]
        {
            assert_eq!(Phone::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_number_shows_its_last_digits_and_prints_none() {
        let phone = Phone::parse("0912345678").unwrap();
        assert_eq!(phone.masked(), "•••• ••• 678");
        assert_eq!(format!("{phone:?}"), "Phone(…)");
    }
}
