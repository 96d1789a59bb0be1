//! `reform_counts`: how many people lived in each unit on a day, under the map of that or another day. Numbers only; small
//! ones are hidden (see [`crate::reform::counts`]), so nobody is shown and nothing is logged.
//!
//! The maps are those that the applied reforms made. Counted are living people by their permanent, else temporary home.

use std::collections::BTreeMap;

use contracts::{Access, Who};
use jiff::civil::Date;
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use crate::{
    RegistryError,
    reform::{
        Reform, ReformError,
        counts::{self, Cell, Group, Shown},
        rows::{Run, State},
        sql,
    },
};

/// More reforms than were ever made.
const REFORMS_MAX: i64 = 1_000;

pub async fn reform_counts(tx: &mut Tx, access: &Access, on: Date, map: Date) -> Result<Shown, ReformError> {
    if matches!(access.actor.who, Who::Citizen { .. }) {
        return Err(RegistryError::Forbidden.into());
    }
    let (first, last) = (on.min(map), on.max(map));
    let mut runs: Vec<Run> = Vec::new();
    for row in tx.query(sql::LIST, &[&REFORMS_MAX]).await? {
        let run = Run::read(&row)?;
        if run.state == State::Applied && first < run.day() && run.day() <= last {
            runs.push(run);
        }
    }
    runs.sort_by_key(|run| (run.day(), run.started_at));
    let reforms: Vec<(Uuid, &Reform)> = runs.iter().map(|run| (run.id, run.reform.as_ref())).collect();
    let ids: Vec<Uuid> = runs.iter().map(|run| run.id).collect();
    let days: Vec<Date> = runs.iter().map(Run::day).collect();
    let divided = if on < map { counts::divided(&reforms) } else { Vec::new() };
    let mut cells: BTreeMap<Cell, u64> = BTreeMap::new();
    for row in tx.query(sql::COUNTS, &[&on, &ids, &days, &divided]).await? {
        let group = group(&row)?;
        let waiting: Option<Date> = row.col("waiting")?;
        let cell = if waiting.is_some_and(|day| day <= map) {
            Cell::unknown(&group.unit)
        } else if on < map {
            counts::forward(&group, &reforms)
        } else {
            counts::backward(&group, &reforms)
        };
        *cells.entry(cell).or_default() += group.people;
    }
    Ok(counts::show(cells))
}

fn group(row: &Row) -> Result<Group, StoreError> {
    let path: Option<&str> = row.col("path")?;
    let words: Vec<&str> = path.unwrap_or("").split_whitespace().collect();
    let mut steps = Vec::new();
    for step in words.chunks_exact(3) {
        if let [reform, from, to] = step {
            let reform = reform.parse::<Uuid>().map_err(|_| StoreError::Column("path"))?;
            steps.push((reform, (*from).to_owned(), (*to != "-").then(|| (*to).to_owned())));
        }
    }
    let (begun, people): (i64, i64) = (row.col("begun")?, row.col("people")?);
    Ok(Group {
        unit: row.col("commune")?,
        path: steps,
        begun: usize::try_from(begun).unwrap_or(0),
        address: row.col("address")?,
        people: u64::try_from(people).unwrap_or(0),
    })
}
