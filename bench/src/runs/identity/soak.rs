//! Minutes of load, and then: which rows of the provider are still there although their time is over? Other providers'
//! tables grew until the disk was full (Hydra #1574).
//!
//! Every table with an end is looked at, whichever there are. Two sweeps after the load no row may be left whose end was
//! before the last sweep but one; and no table may have more rows than the load made in the time that its rows live.

use std::time::Duration;

use super::{Ready, begin, refresh::Chain, sign_in, tokens::Credentials};
use crate::{
    house::{DATABASE, House},
    load::{Pace, drive},
    table::{Bar, Row, tell},
};

const PEOPLE: usize = 256;
/// Of each kind of load.
const CLIENTS: usize = 8;
/// The load takes turns of so long.
const TURN: Duration = Duration::from_secs(10);
/// A sweep may take a moment itself.
const SLACK: Duration = Duration::from_secs(15);

/// Tables of the provider and of accounts with the column that says when a row is over; and those of the provider without
/// one, which must not grow with the load.
const TABLES: &str = "SELECT t.table_schema, t.table_name,
        EXISTS (SELECT FROM information_schema.columns c WHERE c.table_schema = t.table_schema
            AND c.table_name = t.table_name AND c.column_name = 'ends_at') AS ends
    FROM information_schema.tables t
    WHERE t.table_schema IN ('openid', 'identity') AND t.table_type = 'BASE TABLE'
      AND t.table_name NOT LIKE 'refinery%' AND t.table_name NOT LIKE '%history'
    ORDER BY 1, 2";

pub async fn run(house: &House, time: Duration) -> anyhow::Result<Vec<Row>> {
    let Ready { mut world, server, provider } = begin(house, PEOPLE).await?;
    let client = house.connect(DATABASE).await?;
    let before = counts(&client).await?;
    let let_in = sign_in::let_in(&provider, &world.keyed, &mut world.people).await?;
    let mut chains = Chain::many(&provider, &world.keyed, let_in.refresh.get(..CLIENTS).unwrap_or_default());
    let mut visits = sign_in::Visits::many(&provider, &world.keyed, world.people, CLIENTS);
    let mut programs = Credentials::many(&provider, &world.keyed, CLIENTS);
    tell(format!("Load for {} minutes…", time.as_secs() / 60));
    let mut turns = 0;
    let rounds = time.as_secs().div_ceil(3 * TURN.as_secs());
    for _ in 0..rounds {
        let (done, left) = drive(provider.address, Pace::Closed, TURN, programs).await?;
        programs = left;
        turns += done.turns;
        let (done, left) = drive(provider.address, Pace::Closed, TURN, chains).await?;
        chains = left;
        turns += done.turns;
        let (done, left) = drive(provider.address, Pace::Closed, TURN, visits).await?;
        visits = left;
        turns += done.turns;
    }
    tell(format!("{turns} turns taken; waiting for two sweeps…"));
    tokio::time::sleep(2 * openid::limits::SWEEP_EVERY + SLACK).await;
    let after = counts(&client).await?;
    server.stop()?;
    let mut rows = vec![Row::new("soak: turns taken", turns as f64, "", Bar::Told)];
    for (before, after) in before.iter().zip(&after) {
        let name = format!("soak: {} rows (before: {})", after.name, before.rows);
        rows.push(Row::new(name, after.rows as f64, "", Bar::Told));
        if let Some(over) = after.over {
            rows.push(Row::new(
                format!("  {} rows that are over", after.name),
                over as f64,
                "",
                Bar::AtMost(0.0),
            ));
        }
    }
    Ok(rows)
}

/// One table.
pub struct Counted {
    pub name: String,
    rows: i64,
    /// Rows whose end is longer ago than two sweeps.
    pub over: Option<i64>,
}

pub async fn counts(client: &tokio_postgres::Client) -> anyhow::Result<Vec<Counted>> {
    let mut counted = Vec::new();
    for row in client.query(TABLES, &[]).await? {
        let (schema, table, ends): (&str, &str, bool) = (row.get(0), row.get(1), row.get(2));
        let name = format!("{schema}.\"{table}\"");
        let rows = client.query_one(&format!("SELECT count(*) FROM {name}"), &[]).await?.get(0);
        let over = match ends && schema == "openid" {
            true => {
                let since = (2 * openid::limits::SWEEP_EVERY + SLACK).as_secs();
                let sql =
                    format!("SELECT count(*) FROM {name} WHERE ends_at < now() - interval '{since} seconds'");
                Some(client.query_one(&sql, &[]).await?.get(0))
            }
            false => None,
        };
        counted.push(Counted { name: format!("{schema}.{table}"), rows, over });
    }
    Ok(counted)
}
