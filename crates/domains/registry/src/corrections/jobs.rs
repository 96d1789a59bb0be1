//! The limit of a request is watched: a reminder on the last working day before it, an escalation on the day after.

use std::sync::Arc;

use async_trait::async_trait;
use base::{Calendar, VIETNAM, calendar::UnknownYear};
use contracts::{Access, PersonId, Purpose, ports::Nation};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Job, JobHandler, Tx, jobs::JobError, tx::Param};
use uuid::Uuid;

use super::{
    Correction, StepKind,
    ops::{late, load, logged, told},
    sql,
};

const QUEUE: &str = "registry.correction_deadline";
/// Hour of the day in Vietnam at which agencies are reminded.
const REMINDER_HOUR: i8 = 8;

pub(crate) fn handler(nation: Arc<dyn Nation>) -> Arc<dyn JobHandler> {
    Arc::new(Watch(nation))
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Deadline {
    person: PersonId,
    correction: Uuid,
    due_on: Date,
    breach: bool,
}

/// One job at a time: the reminder leaves the escalation. A morning that has passed needs no reminder.
pub(super) fn watch(tx: &mut Tx, calendar: &Calendar, c: &Correction) -> Result<(), UnknownYear> {
    let mut eve = c.due_on;
    loop {
        eve = eve.yesterday().unwrap_or(eve);
        if calendar.is_working(eve)? {
            break;
        }
    }
    let breach = morning_of(eve) <= tx.now();
    let day = if breach { day_after(c.due_on) } else { eve };
    enqueue(tx, &Deadline { person: c.person, correction: c.id, due_on: c.due_on, breach }, day);
    Ok(())
}

fn enqueue(tx: &mut Tx, job: &Deadline, day: Date) {
    let id = tx.new_uuid();
    tx.enqueue(id, QUEUE, json!(job), morning_of(day));
}

fn day_after(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

fn morning_of(day: Date) -> Timestamp {
    VIETNAM.to_timestamp(day.at(REMINDER_HOUR, 0, 0, 0)).unwrap_or(Timestamp::MAX)
}

struct Watch(Arc<dyn Nation>);

#[async_trait]
impl JobHandler for Watch {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    /// Says nothing when the request was decided or withdrawn in the meantime.
    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let watch: Deadline = serde_json::from_value(job.payload.clone())?;
        let c = load(tx, watch.person, watch.correction).await?;
        if !c.state.is_open() || c.overdue_at.is_some() {
            return Ok(());
        }
        let access = Access::system(Purpose::CORRECT_RECORD);
        if watch.breach {
            let params: Vec<Param> = vec![Box::new(c.person), Box::new(c.id), Box::new(tx.now())];
            tx.defer(sql::OVERDUE, params);
            told(tx, &access, &c, StepKind::Overdue, None);
            late(tx, &*self.0, &c);
        } else {
            enqueue(tx, &Deadline { breach: true, ..watch.clone() }, day_after(watch.due_on));
            told(tx, &access, &c, StepKind::Reminded, None);
        }
        logged(tx, &access, "registry.correction_watch", &c);
        Ok(())
    }
}
