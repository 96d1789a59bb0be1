//! A program asks again and again whether a person has answered: device grant (RFC 8628) and CIBA share the rules. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::{error::Reason, limits::POLL_SLOWER_SECONDS, model::words};

words! {
    /// What a person made of a request.
    Waiting {
        Pending = "pending",
        Accepted = "accepted",
        Refused = "refused",
    }
}

/// What is known of a request that is asked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub state: Waiting,
    pub polled_at: Option<Timestamp>,
    pub interval_s: i32,
    pub ends_at: Timestamp,
}

/// What the program is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Tokens.
    Ready,
    /// Come back, no sooner than after so many seconds.
    NotYet { reason: Reason, interval_s: i32 },
    /// It is over.
    Over(Reason),
}

impl Asked {
    /// Too early once is slower for ever (RFC 8628 section 3.5).
    pub fn at(self, now: Timestamp) -> Told {
        let Self { state, polled_at, interval_s, ends_at } = self;
        if ends_at <= now {
            return Told::Over(Reason::RequestExpired);
        }
        let pause = SignedDuration::from_secs(i64::from(interval_s));
        let early = polled_at.is_some_and(|last| now < last + pause);
        match state {
            Waiting::Pending if early => Told::NotYet {
                reason: Reason::AskedTooSoon,
                interval_s: interval_s.saturating_add(POLL_SLOWER_SECONDS),
            },
            Waiting::Pending => Told::NotYet { reason: Reason::AnswerPending, interval_s },
            Waiting::Accepted => Told::Ready,
            Waiting::Refused => Told::Over(Reason::Refused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_asks_too_often_is_told_to_slow_down_for_ever() {
        let now: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let at = |seconds| now + SignedDuration::from_secs(seconds);
        let asked = |state, polled_at| Asked { state, polled_at, interval_s: 5, ends_at: at(600) };
        let pending = |last| asked(Waiting::Pending, last);
        let not_yet = |reason, interval_s| Told::NotYet { reason, interval_s };
        assert_eq!(pending(None).at(now), not_yet(Reason::AnswerPending, 5));
        assert_eq!(pending(Some(now)).at(at(5)), not_yet(Reason::AnswerPending, 5));
        assert_eq!(pending(Some(now)).at(at(4)), not_yet(Reason::AskedTooSoon, 10));
        assert_eq!(asked(Waiting::Accepted, Some(now)).at(at(1)), Told::Ready);
        assert_eq!(asked(Waiting::Refused, None).at(at(1)), Told::Over(Reason::Refused));
        for state in Waiting::ALL {
            assert_eq!(asked(*state, None).at(at(600)), Told::Over(Reason::RequestExpired), "{state}");
        }
    }
}
