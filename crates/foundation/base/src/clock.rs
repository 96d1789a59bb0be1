//! Time as a parameter. The law's days are days in Vietnam: UTC+7 all year.

use std::sync::Mutex;

use jiff::{Timestamp, civil, tz};

/// Vietnam keeps one offset all year (no daylight saving), so a fixed offset needs no time-zone database.
pub const VIETNAM: tz::Offset = tz::offset(7);

/// Where "now" comes from. Operations never ask the machine; they ask this.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;
}

/// The machine's clock, to the microsecond (what the database keeps).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where time enters")]
    fn now(&self) -> Timestamp {
        to_micros(Timestamp::now())
    }
}

/// A clock that stands still until it is moved: for tests and replays.
#[derive(Debug)]
pub struct FixedClock(Mutex<Timestamp>);

impl FixedClock {
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(to_micros(now)))
    }

    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to_micros(now);
    }

    /// Moves forward by `span`, which must be of hours or smaller units.
    pub fn advance(&self, span: jiff::SignedDuration) {
        let now = self.now();
        self.set(now.checked_add(span).unwrap_or(now));
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The civil date in Vietnam at this moment.
pub fn vietnam_date(at: Timestamp) -> civil::Date {
    VIETNAM.to_datetime(at).date()
}

/// The civil date and time in Vietnam at this moment.
pub fn vietnam_time(at: Timestamp) -> civil::DateTime {
    VIETNAM.to_datetime(at)
}

fn to_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_midnight_in_vietnam() {
        let late: Timestamp = "2026-11-21T16:59:59Z".parse().unwrap();
        let later: Timestamp = "2026-11-21T17:00:00Z".parse().unwrap();
        assert_eq!(vietnam_date(late), civil::date(2026, 11, 21));
        assert_eq!(vietnam_date(later), civil::date(2026, 11, 22));
    }
}
