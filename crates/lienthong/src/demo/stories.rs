//! What happens in the demo: each dossier is a short story of steps at given times, so that every state occurs.

use base::VIETNAM;
use contracts::{Role, ports::Nation};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    demo::{
        Demo,
        cast::{Cast, Citizen, Stage},
    },
};

/// Working days over which the dossiers come in.
const SPAN_DAYS: usize = 18;

/// One thing that somebody does with a dossier.
#[derive(Debug, Clone)]
pub enum Step {
    Draft(&'static str),
    Write(Value),
    Submit,
    /// The host answers.
    Consent(bool),
    Receive,
    Start,
    Supplement(&'static str, &'static str),
    Answer,
    AskFee,
    RecordFee,
    Approve,
    ProposeRefusal(&'static str, &'static str),
    ConfirmRefusal,
    Withdraw,
    Stop(&'static str),
    Rate(i16),
}

/// One dossier: who, where, and what happens when.
pub struct Story {
    pub applicant: Citizen,
    pub host: Option<Citizen>,
    /// Index of the stage.
    pub stage: usize,
    pub steps: Vec<(Timestamp, Step)>,
}

/// How far a dossier gets.
#[derive(Debug, Clone, Copy)]
enum Ending {
    Draft,
    AwaitsConsent,
    New,
    Accepted,
    Working,
    Supplement,
    Supplemented,
    Fee,
    Approved,
    RefusalProposed,
    Refused,
    NotAccepted,
    Withdrawn,
    Stopped,
}

/// The mixture, over and over. Most dossiers go well, as in life.
const ENDINGS: [Ending; 24] = [
    Ending::Approved,
    Ending::Working,
    Ending::New,
    Ending::Approved,
    Ending::Supplement,
    Ending::Accepted,
    Ending::Approved,
    Ending::AwaitsConsent,
    Ending::Working,
    Ending::Approved,
    Ending::Fee,
    Ending::Approved,
    Ending::Refused,
    Ending::New,
    Ending::Supplemented,
    Ending::Approved,
    Ending::RefusalProposed,
    Ending::Working,
    Ending::Approved,
    Ending::Withdrawn,
    Ending::NotAccepted,
    Ending::Approved,
    Ending::Draft,
    Ending::Stopped,
];

/// The stories of the demo, deterministic over the cast.
pub fn write(cast: &Cast, app: &App, demo: &Demo, now: Timestamp) -> Vec<Story> {
    let days = working_days(app, now);
    (0..demo.dossiers).filter_map(|n| story(cast, &days, n, now)).collect()
}

/// The last working days up to today, oldest first.
fn working_days(app: &App, now: Timestamp) -> Vec<Date> {
    let calendar = app.nation.calendar();
    let mut day = base::vietnam_date(now);
    let mut days = Vec::with_capacity(SPAN_DAYS);
    while days.len() < SPAN_DAYS {
        if calendar.is_working(day).unwrap_or(false) {
            days.push(day);
        }
        day = match day.yesterday() {
            Ok(day) => day,
            Err(_) => break,
        };
    }
    days.reverse();
    days
}

fn story(cast: &Cast, days: &[Date], n: usize, now: Timestamp) -> Option<Story> {
    let stage_index = n % cast.stages.len();
    let stage = cast.stages.get(stage_index)?;
    let ending = *ENDINGS.get(n % ENDINGS.len())?;
    // The last of each list are kept for those who try the demo.
    let pick = |all: &[Citizen]| all.get(n / 3 % all.len().saturating_sub(1).max(1)).cloned();
    let host = pick(&stage.hosts)?;
    let confirmation = n % 5 == 4 && matches!(ending, Ending::Approved | Ending::Working | Ending::New);
    let permanent = n % 7 == 3 && !confirmation;
    let (applicant, procedure, answers) = if confirmation {
        let history = !matches!(ending, Ending::Approved);
        (pick(&stage.locals)?, "1.010041", confirm(history))
    } else {
        let applicant = cast.applicants.get(n % cast.applicants.len().saturating_sub(1).max(1))?.clone();
        let (procedure, answers) = if permanent {
            ("1.004222", permanent_with(stage, &host, n))
        } else {
            ("1.004194", temporary_with(stage, &host, n, base::vietnam_date(now)))
        };
        (applicant, procedure, answers)
    };
    let clock = Hours {
        days,
        now,
        start: match ending {
            Ending::New | Ending::AwaitsConsent | Ending::Draft => days.len().saturating_sub(2 + n % 2),
            Ending::Accepted => days.len().saturating_sub(2 + n % 3),
            Ending::Working | Ending::RefusalProposed | Ending::Fee => days.len().saturating_sub(3 + n % 5),
            _ => n % days.len().saturating_sub(7).max(1),
        },
        n,
    };
    let mut steps = vec![(clock.at(0, 0), Step::Draft(procedure)), (clock.at(0, 3), Step::Write(answers))];
    if !matches!(ending, Ending::Draft) {
        steps.push((clock.at(0, 5), Step::Submit));
        if !confirmation && !matches!(ending, Ending::AwaitsConsent) {
            steps.push((clock.at(0, 47), Step::Consent(true)));
        }
        if !(confirmation && matches!(ending, Ending::Approved)) {
            steps.extend(handling(ending, &clock));
        } else {
            steps.push((clock.at(0, 30), Step::Rate(5)));
        }
    }
    steps.retain(|(at, _)| *at <= now);
    Some(Story { applicant, host: (!confirmation).then_some(host), stage: stage_index, steps })
}

fn handling(ending: Ending, clock: &Hours<'_>) -> Vec<(Timestamp, Step)> {
    let mut steps: Vec<(usize, i64, Step)> = Vec::new();
    let mut add = |days: usize, minutes: i64, step: Step| steps.push((days, minutes, step));
    let received =
        !matches!(ending, Ending::AwaitsConsent | Ending::New | Ending::NotAccepted | Ending::Draft);
    if received {
        add(0, 120, Step::Receive);
    }
    if received && !matches!(ending, Ending::Accepted) {
        add(1, 10, Step::Start);
    }
    match ending {
        Ending::Supplement => add(1, 60, Step::Supplement("address", SUPPLEMENT)),
        Ending::Supplemented => {
            add(1, 60, Step::Supplement("address", SUPPLEMENT));
            add(3, 0, Step::Answer);
            add(4, 30, Step::Approve);
            add(5, 200, Step::Rate(4));
        }
        Ending::Fee => add(1, 90, Step::AskFee),
        Ending::Approved => {
            add(1, 40, Step::AskFee);
            add(1, 150, Step::RecordFee);
            add(2, 20, Step::Approve);
            add(3, 15, Step::Rate(5));
        }
        Ending::RefusalProposed => add(1, 70, Step::ProposeRefusal(REASON, NOTE)),
        Ending::Refused => {
            add(1, 70, Step::ProposeRefusal(REASON, NOTE));
            add(2, 30, Step::ConfirmRefusal);
        }
        Ending::NotAccepted => {
            add(0, 100, Step::ProposeRefusal(REASON, NOTE));
            add(0, 200, Step::ConfirmRefusal);
        }
        Ending::Withdrawn => add(1, 240, Step::Withdraw),
        Ending::Stopped => {
            add(2, 0, Step::Stop("Người nộp hồ sơ đã chuyển nơi làm việc và đề nghị dừng qua điện thoại."));
        }
        Ending::Draft | Ending::AwaitsConsent | Ending::New | Ending::Accepted | Ending::Working => {}
    }
    steps.into_iter().map(|(days, minutes, step)| (clock.at(days, minutes), step)).collect()
}

const SUPPLEMENT: &str = "Bạn ghi giúp rõ hơn, để công an khu vực tìm được đúng nơi ở.";
/// A reason that every residence service has.
const REASON: &str = "forbidden_place";
const NOTE: &str = "Nhà nằm trong khu vực đã có quyết định thu hồi đất. Bạn có thể nộp lại cho chỗ ở khác.";

/// Times of one story: office hours of working days, each story a little shifted.
struct Hours<'d> {
    days: &'d [Date],
    now: Timestamp,
    start: usize,
    n: usize,
}

impl Hours<'_> {
    /// Minutes after half past eight on a working day of the story; beyond today it is the future and does not happen.
    fn at(&self, day: usize, minutes: i64) -> Timestamp {
        let later = || self.now + SignedDuration::from_hours(24);
        let Some(date) = self.days.get(self.start + day) else { return later() };
        let shift = i64::try_from(self.n % 47).unwrap_or(0);
        let morning = VIETNAM.to_timestamp(date.at(8, 30, 0, 0)).unwrap_or(self.now);
        morning + SignedDuration::from_mins(minutes + shift)
    }
}

fn temporary_with(stage: &Stage, host: &Citizen, n: usize, today: Date) -> Value {
    let from = today;
    let to =
        from.checked_add(jiff::Span::new().months(6 + i64::try_from(n % 12).unwrap_or(0))).unwrap_or(from);
    let reasons = ["Đi làm", "Đi học đại học", "Ở cùng gia đình", "Chữa bệnh dài ngày"];
    json!({
        "phone": phone(n), "commune": stage.commune, "address": address(n),
        "dwelling": "host", "host_number": host.number, "host_relation": "lodger",
        "from": from, "to": to, "reason": reasons.get(n % reasons.len()),
        "with_members": false, "fee_exemption": "none",
    })
}

fn permanent_with(stage: &Stage, host: &Citizen, n: usize) -> Value {
    json!({
        "phone": phone(n), "ground": "family", "commune": stage.commune, "address": address(n),
        "host_number": host.number, "host_relation": "relative", "with_members": false, "fee_exemption": "none",
    })
}

fn confirm(history: bool) -> Value {
    let mut answers = Map::new();
    answers.insert("scope".into(), if history { "history" } else { "current" }.into());
    if history {
        answers.insert("history".into(), "Từ năm 2015 đến năm 2019, nơi thường trú trước đây".into());
    }
    answers.insert("purpose".into(), "Làm hồ sơ vay vốn ngân hàng".into());
    answers.into()
}

/// Numbers that no carrier has.
fn phone(n: usize) -> String {
    format!("0506{:06}", n * 37 % 1_000_000)
}

fn address(n: usize) -> String {
    let streets = ["Lý Thường Kiệt", "Nguyễn Du", "Trần Phú", "Hai Bà Trưng", "Lê Lợi", "Hùng Vương"];
    format!("Số {} phố {}", n % 180 + 1, streets.get(n % streets.len()).copied().unwrap_or("Trần Phú"))
}

/// Which role does a step.
pub fn role_of(step: &Step) -> Option<Role> {
    match step {
        Step::Receive => Some(Role::Receiver),
        Step::Start
        | Step::Supplement(..)
        | Step::AskFee
        | Step::RecordFee
        | Step::Approve
        | Step::ProposeRefusal(..) => Some(Role::Decider),
        Step::ConfirmRefusal | Step::Stop(_) => Some(Role::Head),
        Step::Draft(_)
        | Step::Write(_)
        | Step::Submit
        | Step::Consent(_)
        | Step::Answer
        | Step::Withdraw
        | Step::Rate(_) => None,
    }
}
