//! The second half of (a): how long a submission takes at a steady pace, its receipt being printed beside it.

use crate::{
    house::{DATABASE, House},
    load::{Pace, fire},
    seed::{self, World},
    table::{Bar, Row, tell},
};

const RATE: u32 = 500;
const P95_MS_MAX: f64 = 10.0;
const SECONDS: usize = 12;
/// Submissions that wake the server up.
const WARM_UP: usize = 500;

pub async fn run(house: &House, world: &World, clients: usize) -> anyhow::Result<Vec<Row>> {
    let count = WARM_UP + SECONDS * RATE as usize;
    let mut made = seed::dossiers(house, world, count, false).await?;
    house.settle(DATABASE).await?;
    tell(format!("Submitting: {RATE} a second, {SECONDS} seconds…"));
    let shots = |made: &[seed::Made]| -> anyhow::Result<Vec<_>> {
        made.iter()
            .map(|m| Ok(vec![m.shot(&format!("/api/v1/dossiers/{}/submit", m.id), world.citizen(m)?, 0)?]))
            .collect()
    };
    let server = house.serve()?;
    let rest = made.split_off(WARM_UP);
    fire(server.address, clients, Pace::Steady(RATE), shots(&made)?).await?;
    let gauge = house.gauge(&server)?;
    let outcome = fire(server.address, clients, Pace::Steady(RATE), shots(&rest)?).await?;
    let cost = gauge.stop();
    server.stop()?;
    let mut row = Row::new("a  submit at 500/s, p95", outcome.times.p95, "ms", Bar::AtMost(P95_MS_MAX));
    (row.times, row.cost) = (Some(outcome.times), Some(cost));
    Ok(vec![row])
}
