//! Who comes along with a child to the counter, as an officer types it, and what is checked of it. Pure.
//!
//! Somebody speaks for a child as its father, mother or registered guardian, and the record shows it; or a paper does, which
//! the officer writes down. Whoever has an account agrees in it (NĐ 69/2024 Art. 14); whoever has none signs at the counter,
//! and the officer who saw it stands for that.

use base::nfc;
use contracts::{ActsAs, Companion};
use jiff::civil::Date;

use crate::{IdentityError, input::Faults, model::words};

/// From this age on somebody speaks for others (Civil Code Art. 20, 49).
const AGE_ADULT: i16 = 18;
const PAPER_CHARS: std::ops::RangeInclusive<usize> = 3..=100;
const ISSUER_CHARS: std::ops::RangeInclusive<usize> = 3..=200;

words! {
    /// The paper by which a grown-up was known.
    GuardianDocument {
        IdentityCard = "identity_card",
        CitizenCard = "citizen_identity_card",
        /// Of a foreigner, with the residence card where there is one.
        Passport = "passport",
    }
}

/// As typed. Not for printing.
#[derive(Clone, Default)]
pub struct GuardianHere {
    /// Personal number, or a foreigner's.
    pub number: String,
    pub document: Option<GuardianDocument>,
    /// Signed the form before this officer.
    pub signed: bool,
    pub paper: PaperTyped,
}

/// A birth certificate, a decision of guardianship: for where the record does not show as what somebody speaks for the child.
#[derive(Clone, Default)]
pub struct PaperTyped {
    pub number: String,
    pub issued_on: Option<Date>,
    pub issuer: String,
}

/// The same, whole. Not for printing.
#[derive(Clone, PartialEq, Eq)]
pub struct KinPaper {
    pub number: String,
    pub issued_on: Date,
    pub issuer: String,
}

impl std::fmt::Debug for KinPaper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KinPaper(…)")
    }
}

/// On what it stands that somebody speaks for a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    Record(ActsAs),
    Paper(KinPaper),
}

impl Shown {
    /// As it is stored; for the log too, which holds codes only.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Record(acts_as) => acts_as.as_str(),
            Self::Paper(_) => "paper",
        }
    }
}

/// Whether somebody may speak for a child, and on what that stands. The record comes first; a paper never outweighs what it
/// says against the person.
pub fn shown(record: Companion, typed: &PaperTyped, today: Date) -> Result<Shown, IdentityError> {
    let is_adult = record.age.is_some_and(|age| age >= AGE_ADULT);
    if !record.is_living || record.is_missing || !is_adult {
        return Err(IdentityError::field("guardian", "identity.guardian_unfit"));
    }
    match record.acts_as {
        Some(acts_as) => Ok(Shown::Record(acts_as)),
        None => paper(typed, today).map(Shown::Paper),
    }
}

fn paper(typed: &PaperTyped, today: Date) -> Result<KinPaper, IdentityError> {
    let line = |typed: &str, chars: std::ops::RangeInclusive<usize>| {
        Some(nfc(typed)).filter(|line| chars.contains(&line.chars().count()))
    };
    if typed.number.trim().is_empty() && typed.issuer.trim().is_empty() && typed.issued_on.is_none() {
        return Err(IdentityError::field("paper_number", "identity.guardian_paper_needed"));
    }
    let mut faults = Faults::default();
    let number =
        faults.read("paper_number", "identity.guardian_paper_number", line(&typed.number, PAPER_CHARS));
    let issued_on = typed.issued_on.filter(|day| *day <= today);
    let issued_on = faults.read("paper_on", "identity.guardian_paper_on", issued_on);
    let issuer = faults.read("paper_by", "identity.guardian_paper_by", line(&typed.issuer, ISSUER_CHARS));
    match (number, issued_on, issuer) {
        (Some(number), Some(issued_on), Some(issuer)) => Ok(KinPaper { number, issued_on, issuer }),
        _ => Err(faults.end()),
    }
}

#[cfg(test)]
mod tests {
    use base::Fault;
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 20);
    const MOTHER: Companion =
        Companion { acts_as: Some(ActsAs::Mother), is_living: true, is_missing: false, age: Some(30) };
    const STRANGER: Companion = Companion { acts_as: None, ..MOTHER };

    fn said(record: Companion, typed: &PaperTyped) -> String {
        match shown(record, typed, TODAY) {
            Ok(shown) => shown.as_str().to_owned(),
            Err(e) => {
                e.fields().iter().map(|f| format!("{} {}", f.field, f.code)).collect::<Vec<_>>().join(", ")
            }
        }
    }

    fn decision() -> PaperTyped {
        let number = "12/2025/QĐ-UBND".to_owned();
        PaperTyped {
            number, issued_on: Some(date(2025, 3, 1)), issuer: "UBND phường Bến Thành".to_owned()
        }
    }

    #[test]
    fn the_record_shows_kin_and_else_a_whole_paper_does() {
        assert_eq!(said(MOTHER, &PaperTyped::default()), "mother");
        assert_eq!(said(MOTHER, &decision()), "mother", "the record comes first");
        assert_eq!(said(STRANGER, &decision()), "paper");
        assert_eq!(said(STRANGER, &PaperTyped::default()), "paper_number identity.guardian_paper_needed");
        for (typed, expected) in [
            (PaperTyped { number: "1".into(), ..decision() }, "paper_number identity.guardian_paper_number"),
            (PaperTyped { issued_on: None, ..decision() }, "paper_on identity.guardian_paper_on"),
            (
                PaperTyped { issued_on: Some(date(2026, 11, 21)), ..decision() },
                "paper_on identity.guardian_paper_on",
            ),
            (PaperTyped { issuer: " ".into(), ..decision() }, "paper_by identity.guardian_paper_by"),
        ] {
            assert_eq!(said(STRANGER, &typed), expected);
        }
    }

    #[test]
    fn who_is_dead_missing_or_under_age_speaks_for_nobody_whatever_the_paper_says() {
        let unfit = "guardian identity.guardian_unfit";
        for record in [
            Companion { is_living: false, ..MOTHER },
            Companion { is_missing: true, ..MOTHER },
            Companion { age: Some(17), ..MOTHER },
            Companion { age: None, ..MOTHER },
            Companion { age: Some(17), ..STRANGER },
        ] {
            assert_eq!(said(record, &decision()), unfit, "{record:?}");
        }
        assert_eq!(said(Companion { age: Some(18), ..MOTHER }, &PaperTyped::default()), "mother");
    }

    #[test]
    fn words_read_back() {
        assert!(GuardianDocument::ALL.iter().all(|d| GuardianDocument::parse(d.as_str()) == Some(*d)));
        assert_eq!(format!("{:?}", Shown::Paper(paper(&decision(), TODAY).unwrap())), "Paper(KinPaper(…))");
    }
}
