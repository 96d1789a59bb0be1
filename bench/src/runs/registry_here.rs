//! "Is this person already here?" against a register: somebody of the register comes again, with the slips that people
//! make; the whole register is asked by its index and the candidates are weighed. Each with its entry in the log.

use std::time::Instant;

use anyhow::Context;
use contracts::{Access, Purpose};
use registry::duplicates::{Facts, Use, ops::person_is_here};

use crate::{
    house::{DATABASE, House},
    load::times,
    runs::registry_load,
    table::{Bar, Row, tell},
};

/// Questions, and those before that warm nothing but the connection.
const QUESTIONS: i64 = 4_000;
const WARM_UP: usize = 50;
/// The bar up to a million persons, and beyond.
const SMALL: u64 = 1_000_000;
const SMALL_MS: f64 = 20.0;
const LARGE_MS: f64 = 40.0;
/// Somebody who comes again is recognised at least so often.
const FOUND_MIN: f64 = 0.95;

pub async fn run(house: &House, people: u64) -> anyhow::Result<Vec<Row>> {
    registry_load::load(house, people, 1).await?;
    measure(house, people).await
}

/// Asks a register that stands.
pub async fn measure(house: &House, people: u64) -> anyhow::Result<Vec<Row>> {
    house.settle(DATABASE).await?;
    let asked = sought(house, people).await?;
    tell(format!("Asking {} times whether somebody is here…", asked.len()));
    let app = house.app().await?;
    let access = Access::system(Purpose::LOOK_UP);
    let (mut micros, mut found) = (Vec::with_capacity(asked.len()), 0_u32);
    for (n, (person, facts)) in asked.iter().enumerate() {
        let started = Instant::now();
        let mut tx = app.store.begin().await?;
        let nation = app.nation.as_ref();
        let outcome = person_is_here(&mut tx, &access, nation, facts, Use::Enrolment, None).await;
        let candidates = tx.finish(outcome).await?;
        found += u32::from(candidates.iter().any(|c| c.person == *person));
        if n >= WARM_UP {
            micros.push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
    }
    app.store.close();
    micros.sort_unstable();
    let measured = times(&micros);
    let bar = if people <= SMALL { SMALL_MS } else { LARGE_MS };
    let mut row = Row::new(format!("registry: here, {people}, p99"), measured.p99, "ms", Bar::AtMost(bar));
    row.times = Some(measured);
    let share = f64::from(found) / f64::from(u32::try_from(asked.len()).unwrap_or(u32::MAX));
    Ok(vec![row, Row::new(format!("registry: here, {people}, found"), share, "", Bar::AtLeast(FOUND_MIN))])
}

/// People from everywhere in the table as they would come again: without their number, the name without its marks, every
/// other one with day and month exchanged.
async fn sought(house: &House, people: u64) -> anyhow::Result<Vec<(contracts::PersonId, Facts)>> {
    let client = house.connect(DATABASE).await?;
    let share = (100.0 * 3.0 * QUESTIONS as f64 / people as f64).min(100.0);
    let sql = format!(
        "SELECT p.person_id, p.name, p.birth_date, p.sex, p.home_town, p.commune,
            (SELECT coalesce(o.name, k.name) FROM registry.kin k LEFT JOIN registry.person o ON o.person_id = k.other_id
             WHERE k.person_id = p.person_id AND k.relation = 'mother' LIMIT 1)
         FROM registry.person p TABLESAMPLE BERNOULLI ({share}) REPEATABLE (7)
         WHERE length(p.birth_date) = 10 AND p.commune IS NOT NULL ORDER BY md5(p.person_id::text) LIMIT {QUESTIONS}"
    );
    let mut asked = Vec::new();
    for (n, row) in client.query(&sql, &[]).await?.iter().enumerate() {
        let (name, born): (&str, &str) = (row.get(1), row.get(2));
        let parts: Vec<&str> = born.split('-').collect();
        let [year, month, day] = parts.as_slice() else { anyhow::bail!("a whole date of birth") };
        let exchanged = n % 2 == 1 && day.parse::<u8>().context("a day")? <= 12;
        let birth_date = if exchanged { format!("{year}-{day}-{month}") } else { born.to_owned() };
        let facts = Facts {
            name: base::fold(name),
            birth_date: Some(birth_date),
            sex: row.get(3),
            home_town: row.get(4),
            commune: row.get(5),
            mother_name: row.get(6),
            ..Facts::default()
        };
        asked.push((contracts::PersonId(row.get(0)), facts));
    }
    Ok(asked)
}
