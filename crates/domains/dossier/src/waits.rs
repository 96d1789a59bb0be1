//! Waiting for the citizen: while a supplement or a fee is asked for, the clock stands, but not for ever.
//!
//! The wait has a last day ([`Wait::last_day`]), which stands in the dossier's `due_on` and in its timeline. The citizen is
//! reminded before it. Where it passes without an answer, the dossier is stopped as the head would stop it, with the
//! reason. A wait that was answered, or asked for anew, is left alone.

use async_trait::async_trait;
use base::{Calendar, PartialDate, Text};
use contracts::{Access, Actor, DossierId, Purpose};
use forms::{Service, definition::Waits};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Job, JobHandler, Tx, jobs::JobError};

use crate::{
    Dossier, DossierError, Dossiers, Status,
    jobs::{day_after, morning_of},
    moves::{Happened, notify},
    ops::{Target, stop::dossier_stop},
    row, timeline,
};

const QUEUE: &str = "dossier.wait";

/// Calendar days for a supplement, where no law sets them.
pub const SUPPLEMENT_DAYS: u16 = 30;
/// Calendar days for a fee, where no law sets them.
pub const PAYMENT_DAYS: u16 = 15;
/// Days before the last one on which the citizen is reminded.
pub const REMINDER_DAYS: i32 = 5;
/// A last day that is no working day moves on (Civil Code 91/2015 Art. 148.5), at most over so many days.
const MOVED_ON_DAYS_MAX: u32 = 15;

/// What a dossier waits for while its clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    Supplement,
    Payment,
}

impl Wait {
    pub fn of(status: Status) -> Option<Self> {
        match status {
            Status::SupplementRequested => Some(Self::Supplement),
            Status::PaymentRequested => Some(Self::Payment),
            _ => None,
        }
    }

    /// Days as the law behind the service sets them, else as the house does.
    fn days(self, waits: Option<&Waits>) -> u16 {
        match self {
            Self::Supplement => waits.and_then(|w| w.supplement_days).unwrap_or(SUPPLEMENT_DAYS),
            Self::Payment => waits.and_then(|w| w.payment_days).unwrap_or(PAYMENT_DAYS),
        }
    }

    /// The last day on which the citizen can answer what was asked on `asked`. In a year whose holidays are not known
    /// yet, it stands as it was counted.
    pub fn last_day(self, waits: Option<&Waits>, calendar: &Calendar, asked: Date) -> Date {
        let mut day = asked.saturating_add(i32::from(self.days(waits)).days());
        for _ in 0..MOVED_ON_DAYS_MAX {
            if calendar.is_working(day).unwrap_or(true) {
                break;
            }
            day = day_after(day);
        }
        day
    }

    fn reminder(self, day: &str) -> Text {
        match self {
            Self::Supplement => Text::new(
                format!("Hồ sơ của bạn chờ bổ sung đến hết ngày {day}"),
                format!("Your dossier waits for what is missing until {day}"),
            ),
            Self::Payment => Text::new(
                format!("Hồ sơ của bạn chờ nộp lệ phí đến hết ngày {day}"),
                format!("Your dossier waits for its fee until {day}"),
            ),
        }
    }

    /// In Vietnamese, like everything that officers write to the citizen.
    fn reason(self, day: &str) -> String {
        match self {
            Self::Supplement => format!(
                "Hồ sơ không được bổ sung trong thời hạn đã hướng dẫn (đến hết ngày {day}). Bạn có thể nộp hồ sơ mới."
            ),
            Self::Payment => format!(
                "Lệ phí không được nộp trong thời hạn đã thông báo (đến hết ngày {day}). Bạn có thể nộp hồ sơ mới."
            ),
        }
    }
}

/// The clock stops and the wait begins: gives its last day.
pub(crate) fn pause(
    cx: &Dossiers,
    d: &mut Dossier,
    service: &Service,
    wait: Wait,
    today: Date,
) -> Result<Date, DossierError> {
    let calendar = cx.nation.calendar();
    d.clock = d.clock.pause(calendar, today)?;
    let last = wait.last_day(service.waits.as_ref(), calendar, today);
    d.due_on = Some(last);
    Ok(last)
}

/// One job at a time: the reminder leaves the end.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct WaitJob {
    dossier: DossierId,
    /// The version that the dossier reached when it was asked: tells this wait from a later one.
    asked: i32,
    last_day: Date,
    end: bool,
}

/// Watches the wait that has just begun.
pub(crate) fn watch(tx: &mut Tx, d: &Dossier, last_day: Date) {
    let remind = morning_of(last_day.saturating_sub(REMINDER_DAYS.days()));
    let end = remind <= tx.now();
    enqueue(tx, &WaitJob { dossier: d.id, asked: d.version, last_day, end });
}

fn enqueue(tx: &mut Tx, job: &WaitJob) {
    let day =
        if job.end { day_after(job.last_day) } else { job.last_day.saturating_sub(REMINDER_DAYS.days()) };
    let id = tx.new_uuid();
    tx.enqueue(id, QUEUE, json!(job), morning_of(day));
}

pub(crate) struct WatchWait(pub Dossiers);

#[async_trait]
impl JobHandler for WatchWait {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let job: WaitJob = serde_json::from_value(job.payload.clone())?;
        let d = row::load(tx, job.dossier).await?;
        let Some(wait) = Wait::of(d.status) else { return Ok(()) };
        let moments = timeline::load(tx, &d).await?;
        let asked = moments
            .iter()
            .rev()
            .find(|m| matches!(m.happened, Happened::SupplementRequested | Happened::PaymentRequested));
        if asked.map(|m| m.version) != Some(job.asked) {
            return Ok(());
        }
        let day = PartialDate::full(job.last_day).display_vi();
        if job.end {
            let target = Target { dossier: d.id, version: d.version, key: None };
            dossier_stop(&self.0, tx, &Actor::system(), &target, &wait.reason(&day)).await?;
            return Ok(());
        }
        enqueue(tx, &WaitJob { end: true, ..job });
        notify(tx, d.applicant, &wait.reminder(&day), format!("/dossiers/{}", d.id));
        let access = Access::system(Purpose::DECIDE_DOSSIER);
        tx.audit(access.entry("dossier.wait_remind").about(d.applicant).on("dossier", d.id.0).done());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use base::DayKind;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_wait_lasts_as_the_law_says_else_as_the_house_does_and_ends_on_a_working_day() {
        let calendar = Calendar::new([2026], [(date(2026, 12, 21), DayKind::Holiday)]);
        let last = |wait: Wait, waits: Option<&Waits>, asked| wait.last_day(waits, &calendar, asked);
        // Sunday 20 December, Monday a holiday.
        assert_eq!(last(Wait::Supplement, None, date(2026, 11, 20)), date(2026, 12, 22));
        assert_eq!(last(Wait::Payment, None, date(2026, 11, 23)), date(2026, 12, 8));
        let basis = Text::new("Luật", "Law");
        let law = Waits { supplement_days: Some(10), payment_days: None, basis };
        assert_eq!(last(Wait::Supplement, Some(&law), date(2026, 11, 20)), date(2026, 11, 30));
        assert_eq!(last(Wait::Payment, Some(&law), date(2026, 11, 23)), date(2026, 12, 8));
        // The calendar of 2027 is not published yet: Saturday 2 January stands.
        assert_eq!(last(Wait::Supplement, None, date(2026, 12, 3)), date(2027, 1, 2));
    }
}
