//! What the law says of opening accounts: time limits (data, `catalogue/identification.toml`) and who may have which account.
//! Pure.

use base::{Calendar, vietnam_date};
use contracts::IdentityLevel;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use serde::Deserialize;

use crate::{
    IdentityError,
    model::{AGE_ALONE_MIN, Present},
};

/// Below this age there is level 1 alone (NĐ 69/2024 Art. 7).
const AGE_LEVEL_2_MIN: i16 = 6;
const LIMITS: &str = include_str!("../../../../catalogue/identification.toml");

/// Time limits and the calendar of working days.
#[derive(Debug, Clone, Default)]
pub struct Law {
    limits: Vec<Limit>,
    calendar: Calendar,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub what: What,
    #[serde(default)]
    pub working_days: u32,
    #[serde(default)]
    pub days: u32,
    pub legal_basis: String,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    #[serde(rename = "level_1")]
    LevelOne,
    #[serde(rename = "level_2")]
    LevelTwo,
    #[serde(rename = "level_2_without_card")]
    LevelTwoWithoutCard,
    Activation,
    ActivationReminder,
    /// A foreigner whose face and fingerprints are on record, and one for whom something has to be checked.
    #[serde(rename = "foreigner_1")]
    ForeignerOne,
    #[serde(rename = "foreigner_2")]
    ForeignerTwo,
    ForeignerChecked,
    /// An organisation whose particulars are in the databases at hand, or have to be asked elsewhere.
    Organisation,
    OrganisationOutside,
    /// Form TK03, from its arrival to whoever decides on it, and from there to the decision.
    LockForward,
    LockDecision,
    /// From the lock at a death until the account is closed.
    ClosingAfterDeath,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    limit: Vec<Limit>,
}

impl Law {
    /// The built-in limits with the nation's calendar.
    pub fn built_in(calendar: Calendar) -> Result<Self, toml::de::Error> {
        Self::parse(LIMITS, calendar)
    }

    pub fn parse(limits: &str, calendar: Calendar) -> Result<Self, toml::de::Error> {
        let File { limit } = toml::from_str(limits)?;
        Ok(Self { limits: limit, calendar })
    }

    fn limit(&self, what: What, on: Date) -> Result<&Limit, IdentityError> {
        let holds =
            |l: &&Limit| l.what == what && l.valid_from <= on && l.valid_to.is_none_or(|last| on <= last);
        self.limits.iter().find(holds).ok_or(IdentityError::NoLimit)
    }

    /// The last day for deciding on a file that was complete at that moment.
    pub fn due_on(&self, what: What, now: Timestamp) -> Result<Date, IdentityError> {
        self.due_after(what, vietnam_date(now))
    }

    /// The same for what came on a day.
    pub fn due_after(&self, what: What, day: Date) -> Result<Date, IdentityError> {
        let limit = self.limit(what, day)?;
        // The law counts short limits in working days, long ones in days.
        if limit.days > 0 {
            return day.checked_add(i64::from(limit.days).days()).map_err(|_| IdentityError::NoLimit);
        }
        self.calendar.add(day, limit.working_days).map_err(|_| IdentityError::NoLimit)
    }

    /// Until when an account approved now is to be activated, and when its holder is reminded.
    pub fn activation(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), IdentityError> {
        let today = vietnam_date(now);
        let days = |what| {
            let days = self.limit(what, today)?.days;
            Ok::<_, IdentityError>(SignedDuration::from_hours(i64::from(days) * 24))
        };
        let end = now + days(What::Activation)?;
        Ok((end, end - days(What::ActivationReminder)?))
    }
}

/// Which limit holds for a file.
pub fn limit_of(level: IdentityLevel, has_card: bool) -> What {
    match (level, has_card) {
        (IdentityLevel::One, _) => What::LevelOne,
        (IdentityLevel::Two, true) => What::LevelTwo,
        (IdentityLevel::Two, false) => What::LevelTwoWithoutCard,
    }
}

/// Whether somebody of this age may have an account of this level from the counter (NĐ 69/2024 Art. 7, 10). Tells whether a
/// guardian has to agree to its activation (Art. 14).
pub fn at_the_counter(age: i16, level: IdentityLevel, present: Present) -> Result<bool, IdentityError> {
    let minor = age < AGE_ALONE_MIN;
    if minor && present != Present::Guardian {
        return Err(IdentityError::GuardianNeeded);
    }
    if age < AGE_LEVEL_2_MIN && level == IdentityLevel::Two {
        return Err(IdentityError::LevelTooHigh);
    }
    Ok(minor)
}

#[cfg(test)]
mod tests {
    use base::Fault;
    use jiff::civil::date;

    use super::*;

    fn law() -> Law {
        Law::built_in(Calendar::new([2026], [(date(2026, 11, 24), base::DayKind::Holiday)])).unwrap()
    }

    #[test]
    fn limits_are_counted_in_working_days_from_the_day_after() {
        // Friday morning in Vietnam.
        let now: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let law = law();
        assert_eq!(law.due_on(What::LevelOne, now).unwrap(), date(2026, 11, 23));
        assert_eq!(law.due_on(What::LevelTwo, now).unwrap(), date(2026, 11, 26));
        assert_eq!(law.due_on(What::LevelTwoWithoutCard, now).unwrap(), date(2026, 12, 2));
        assert_eq!(law.due_on(What::ForeignerOne, now).unwrap(), date(2026, 11, 23));
        assert_eq!(law.due_on(What::ForeignerTwo, now).unwrap(), date(2026, 11, 26));
        assert_eq!(law.due_on(What::ForeignerChecked, now).unwrap(), date(2026, 12, 2));
        assert_eq!(law.due_on(What::Organisation, now).unwrap(), date(2026, 11, 26));
        assert_eq!(law.due_on(What::OrganisationOutside, now).unwrap(), date(2026, 12, 5), "fifteen days");
        assert_eq!(law.due_on(What::LockForward, now).unwrap(), date(2026, 11, 23));
        assert_eq!(law.due_on(What::LockDecision, now).unwrap(), date(2026, 11, 25), "the 24th is a holiday");
        assert_eq!(
            law.due_on(What::ClosingAfterDeath, now).unwrap(),
            date(2031, 11, 24),
            "five years of any length"
        );
        let (end, remind) = law.activation(now).unwrap();
        assert_eq!(end.duration_since(now).as_hours(), 7 * 24);
        assert_eq!(end.duration_since(remind).as_hours(), 2 * 24);
        let before: Timestamp = "2024-06-28T02:00:00Z".parse().unwrap();
        assert_eq!(law.due_on(What::LevelOne, before).unwrap_err().code(), "identity.no_limit");
    }

    #[test]
    fn every_limit_says_its_law() {
        for limit in law().limits {
            assert!(limit.legal_basis.contains("69/2024"), "{limit:?}");
            assert!((limit.days == 0) != (limit.working_days == 0), "{limit:?}");
        }
    }

    #[test]
    fn age_decides_who_comes_along_and_which_level_there_is() {
        use IdentityLevel::{One, Two};
        use Present::{Guardian, Holder};
        let said = |age, level, present| match at_the_counter(age, level, present) {
            Ok(true) => "guardian agrees",
            Ok(false) => "alone",
            Err(e) => e.code(),
        };
        for (age, level, present, expected) in [
            (14, Two, Holder, "alone"),
            (14, One, Holder, "alone"),
            (40, Two, Guardian, "alone"),
            (13, Two, Guardian, "guardian agrees"),
            (13, Two, Holder, "identity.guardian_needed"),
            (6, Two, Guardian, "guardian agrees"),
            (5, Two, Guardian, "identity.level_too_high"),
            (5, One, Guardian, "guardian agrees"),
            (0, One, Holder, "identity.guardian_needed"),
        ] {
            assert_eq!(said(age, level, present), expected, "{age} {level:?} {present:?}");
        }
    }
}
