//! States, moves and the clock of a dossier: pure decisions, no I/O.
//!
//! The ten national statuses and their transitions are the law's ([`Status`]); a draft comes before them. Statuses 5 and
//! 6 stop the clock. A refusal needs a reason and two officers; a second supplement needs the head.

use base::{Calendar, calendar::UnknownYear};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Where a dossier stands. Numbers are those of the national portal; a draft is known only to its applicant.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Being written.
    Draft,
    /// 1 Mới đăng ký.
    Registered,
    /// 2 Được tiếp nhận.
    Accepted,
    /// 3 Không được tiếp nhận.
    NotAccepted,
    /// 4 Đang xử lý.
    InProgress,
    /// 5 Yêu cầu bổ sung giấy tờ.
    SupplementRequested,
    /// 6 Yêu cầu thực hiện nghĩa vụ tài chính.
    PaymentRequested,
    /// 7 Công dân yêu cầu rút hồ sơ.
    Withdrawn,
    /// 8 Dừng xử lý.
    Stopped,
    /// 9 Đã xử lý xong.
    Finished,
    /// 10 Đã trả kết quả.
    Returned,
}

impl Status {
    pub const ALL: [Self; 11] = [
        Self::Draft,
        Self::Registered,
        Self::Accepted,
        Self::NotAccepted,
        Self::InProgress,
        Self::SupplementRequested,
        Self::PaymentRequested,
        Self::Withdrawn,
        Self::Stopped,
        Self::Finished,
        Self::Returned,
    ];

    /// Number on the national portal; zero for a draft.
    pub fn number(self) -> i16 {
        match self {
            Self::Draft => 0,
            Self::Registered => 1,
            Self::Accepted => 2,
            Self::NotAccepted => 3,
            Self::InProgress => 4,
            Self::SupplementRequested => 5,
            Self::PaymentRequested => 6,
            Self::Withdrawn => 7,
            Self::Stopped => 8,
            Self::Finished => 9,
            Self::Returned => 10,
        }
    }

    pub fn from_number(n: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.number() == n)
    }

    /// The statuses that may follow.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Draft => &[Self::Registered],
            Self::Registered => &[Self::Accepted, Self::NotAccepted, Self::Withdrawn],
            Self::Accepted => &[Self::InProgress, Self::SupplementRequested, Self::Withdrawn],
            Self::InProgress => &[
                Self::SupplementRequested,
                Self::PaymentRequested,
                Self::Withdrawn,
                Self::Stopped,
                Self::Finished,
            ],
            Self::SupplementRequested | Self::PaymentRequested => {
                &[Self::InProgress, Self::Withdrawn, Self::Stopped]
            }
            Self::Finished => &[Self::Returned],
            Self::NotAccepted | Self::Withdrawn | Self::Stopped | Self::Returned => &[],
        }
    }

    pub fn is_terminal(self) -> bool {
        self.next().is_empty()
    }

    /// Waiting for the citizen: the clock stands.
    pub fn is_paused(self) -> bool {
        matches!(self, Self::SupplementRequested | Self::PaymentRequested)
    }

    /// An agency has work to do, or waits for the citizen to let it.
    pub fn is_open(self) -> bool {
        !self.is_terminal() && !matches!(self, Self::Draft | Self::Finished)
    }
}

/// Working days against the law's limit. The day on which it starts or resumes is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Working days that the law gives.
    pub limit_days: u32,
    /// Working days used up before the last pause.
    pub used_days: u32,
    /// Day from which it runs; none while it stands.
    pub running_since: Option<Date>,
}

impl Clock {
    pub fn start(limit_days: u32, day: Date) -> Self {
        Self { limit_days, used_days: 0, running_since: Some(day) }
    }

    /// Stops on `day`; that day still counts as used where it is a working day. Standing still already changes nothing.
    pub fn pause(self, calendar: &Calendar, day: Date) -> Result<Self, UnknownYear> {
        Ok(Self { used_days: self.used_on(calendar, day)?, running_since: None, ..self })
    }

    /// Runs on from `day`. Running already changes nothing.
    pub fn resume(self, day: Date) -> Self {
        Self { running_since: self.running_since.or(Some(day)), ..self }
    }

    /// Working days used up to and including `day`.
    pub fn used_on(self, calendar: &Calendar, day: Date) -> Result<u32, UnknownYear> {
        let running = match self.running_since {
            Some(since) if day > since => u32::try_from(calendar.between(since, day)?).unwrap_or(0),
            _ => 0,
        };
        Ok(self.used_days + running)
    }

    /// The last day within the limit; none while it stands. When nothing is left, the day it runs from.
    pub fn due_on(self, calendar: &Calendar) -> Result<Option<Date>, UnknownYear> {
        self.running_since
            .map(|since| calendar.add(since, self.limit_days.saturating_sub(self.used_days)))
            .transpose()
    }
}

/// How a dossier ended, where it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Approved,
    Refused,
}

/// A refusal that waits for a second officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Code of a reason of the service definition.
    pub reason: String,
    /// What the officer adds, for the citizen to read.
    pub note: String,
    pub by: contracts::AccountId,
    pub by_name: String,
}

/// One defect that the citizen is asked to put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defect {
    /// Key of the field or `attachments.<key>`; empty for the dossier as a whole.
    pub field: String,
    /// What is wrong and how to put it right, for the citizen to read.
    pub note: String,
}

/// A dossier may be sent back for this many supplements without the head's approval.
pub const SUPPLEMENTS_WITHOUT_HEAD: i32 = 1;

#[cfg(test)]
mod tests {
    use base::DayKind;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn calendar() -> Calendar {
        Calendar::new([2026, 2027], [(date(2026, 11, 24), DayKind::Holiday)])
    }

    #[test]
    fn numbers_are_the_national_ones() {
        for (i, status) in Status::ALL.into_iter().enumerate() {
            assert_eq!(usize::try_from(status.number()).unwrap(), i);
            assert_eq!(Status::from_number(status.number()), Some(status));
        }
        assert_eq!(Status::from_number(11), None);
    }

    #[test]
    fn only_the_four_ends_are_ends() {
        let ends: Vec<Status> = Status::ALL.into_iter().filter(|s| s.is_terminal()).collect();
        assert_eq!(ends, [Status::NotAccepted, Status::Withdrawn, Status::Stopped, Status::Returned]);
    }

    #[test]
    fn the_clock_stands_while_the_citizen_is_asked() {
        let calendar = calendar();
        // Friday 20 November; three working days; Tuesday 24 is a holiday.
        let clock = Clock::start(3, date(2026, 11, 20));
        assert_eq!(clock.due_on(&calendar).unwrap(), Some(date(2026, 11, 26)));
        let paused = clock.pause(&calendar, date(2026, 11, 23)).unwrap();
        assert_eq!((paused.used_days, paused.due_on(&calendar).unwrap()), (1, None));
        let resumed = paused.resume(date(2026, 12, 4));
        assert_eq!(resumed.due_on(&calendar).unwrap(), Some(date(2026, 12, 8)));
    }

    #[test]
    fn a_limit_used_up_is_due_at_once() {
        let calendar = calendar();
        let late = Clock::start(1, date(2026, 11, 2)).pause(&calendar, date(2026, 11, 10)).unwrap();
        assert_eq!(late.resume(date(2026, 11, 12)).due_on(&calendar).unwrap(), Some(date(2026, 11, 12)));
    }

    proptest! {
        /// From any state, any chain of allowed moves ends in an end or stays open; it never leaves the ten.
        #[test]
        fn every_walk_stays_in_the_law(choices in proptest::collection::vec(0usize..8, 0..40)) {
            let mut at = Status::Draft;
            for c in choices {
                let next = at.next();
                if next.is_empty() { break; }
                let to = next[c % next.len()];
                prop_assert_ne!(to, Status::Draft);
                prop_assert!(to != Status::Returned || at == Status::Finished);
                at = to;
            }
        }

        /// However often the clock stands, the working days used never exceed those that passed while it ran.
        #[test]
        fn pauses_neither_lose_nor_invent_days(gaps in proptest::collection::vec((1i32..6, 1i32..6), 1..8)) {
            let calendar = calendar();
            let mut day = date(2026, 9, 1);
            let mut clock = Clock::start(30, day);
            let mut expected = 0;
            for (run, stand) in gaps {
                let stop = day.checked_add(jiff::Span::new().days(run)).unwrap();
                expected += calendar.between(day, stop).unwrap();
                clock = clock.pause(&calendar, stop).unwrap();
                day = stop.checked_add(jiff::Span::new().days(stand)).unwrap();
                clock = clock.resume(day);
            }
            prop_assert_eq!(i32::try_from(clock.used_days).unwrap(), expected);
            prop_assert!(clock.due_on(&calendar).unwrap().unwrap() >= day);
        }
    }
}
