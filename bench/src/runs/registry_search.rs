//! Finding people in a register: by number, by folded name and day of birth, by name in a commune; each with its entry in
//! the log, one after another, and whether somebody is here already. Once in a tenth of the register and once in all of it:
//! look-ups should not grow with it.

use std::time::Instant;

use anyhow::Context;
use base::{PartialDate, PersonalNumber};
use contracts::{Access, CommuneCode, Purpose};
use lienthong::app::App;
use registry::ops::{Search, person_by_number, person_find};

use crate::{
    house::{DATABASE, House},
    load::{Times, times},
    runs::{registry_here, registry_load},
    table::{Bar, Row, tell},
};

/// A small register is this part of the large one.
const PART: u64 = 10;
/// Questions of each kind.
const QUESTIONS: i64 = 4_000;
/// A larger register answers at most so many times as slowly.
const GROWTH_MAX: f64 = 2.0;

/// Somebody to be looked for.
struct Sought {
    number: PersonalNumber,
    name: String,
    born: PartialDate,
    commune: CommuneCode,
}

#[derive(Clone, Copy)]
enum Question {
    Number,
    NameAndDay,
    NameInCommune,
}

const KINDS: [(Question, &str, f64); 3] = [
    (Question::Number, "registry: by number, p99", 2.0),
    (Question::NameAndDay, "registry: by name and birth, p99", 5.0),
    (Question::NameInCommune, "registry: by name in commune, p99", 25.0),
];

pub async fn run(house: &House, people: u64) -> anyhow::Result<Vec<Row>> {
    let small = (people / PART).max(1);
    registry_load::load(house, small, 1).await?;
    let before = measure(house).await?;
    let mut here = registry_here::measure(house, small).await?;
    registry_load::load(house, people - small, 2).await?;
    let after = measure(house).await?;
    here.extend(registry_here::measure(house, people).await?);
    let mut rows = Vec::new();
    for ((kind, before), after) in KINDS.iter().zip(before).zip(after) {
        let mut row = Row::new(kind.1, after.p99, "ms", Bar::AtMost(kind.2));
        row.times = Some(after);
        rows.push(row);
        if matches!(kind.0, Question::Number) {
            let growth = after.p50 / before.p50;
            rows.push(Row::new("registry: by number, growth of p50", growth, "", Bar::AtMost(GROWTH_MAX)));
        }
    }
    rows.extend(here);
    Ok(rows)
}

async fn measure(house: &House) -> anyhow::Result<Vec<Times>> {
    house.settle(DATABASE).await?;
    let client = house.connect(DATABASE).await?;
    let all: i64 = client.query_one("SELECT count(*) FROM registry.person", &[]).await?.get(0);
    tell(format!("Looking for people among {all}…"));
    // From everywhere in the table, so that little of it is in memory by chance.
    let share = (100.0 * 3.0 * QUESTIONS as f64 / all as f64).min(100.0);
    let sql = format!(
        "SELECT number, name, birth_date, commune FROM registry.person TABLESAMPLE BERNOULLI ({share}) REPEATABLE (7)
         WHERE number IS NOT NULL AND commune IS NOT NULL ORDER BY md5(number) LIMIT {QUESTIONS}"
    );
    let mut sought = Vec::new();
    for row in client.query(&sql, &[]).await? {
        let (number, born): (&str, &str) = (row.get(0), row.get(2));
        let number = number.parse().ok().context("a number")?;
        let born = born.parse().ok().context("a date of birth")?;
        sought.push(Sought { number, born, name: row.get(1), commune: CommuneCode(row.get(3)) });
    }
    let app = house.app().await?;
    let mut measured = Vec::new();
    for (question, ..) in KINDS {
        let mut micros = Vec::with_capacity(sought.len());
        for who in &sought {
            let started = Instant::now();
            ask(&app, question, who).await?;
            micros.push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        micros.sort_unstable();
        measured.push(times(&micros));
    }
    app.store.close();
    Ok(measured)
}

async fn ask(app: &App, question: Question, who: &Sought) -> anyhow::Result<()> {
    let access = Access::system(Purpose::LOOK_UP);
    let mut tx = app.store.begin().await?;
    match question {
        Question::Number => {
            let found = person_by_number(&mut tx, &access, &who.number).await;
            anyhow::ensure!(tx.finish(found).await?.is_some(), "nobody has a number of the register");
        }
        Question::NameAndDay | Question::NameInCommune => {
            let by_day = matches!(question, Question::NameAndDay);
            let search = Search {
                name: who.name.clone(),
                birth_date: by_day.then_some(who.born),
                commune: (!by_day).then(|| who.commune.clone()),
            };
            let found = person_find(&mut tx, &access, &search).await;
            anyhow::ensure!(!tx.finish(found).await?.0.is_empty(), "somebody of the register is not found");
        }
    }
    Ok(())
}
