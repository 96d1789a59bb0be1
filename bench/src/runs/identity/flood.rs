//! Everybody signs in with a password at once. Hashing is dear, so its queue is short and most are turned away; whoever needs
//! none must not notice.

use std::{sync::Arc, time::Duration};

use http::{StatusCode, header};

use super::{
    provider::Provider,
    resources::{About, Asking},
    sign_in::Typing,
    world::World,
};
use crate::{
    load::{Pace, Wire, Worker, drive},
    table::{Bar, Row},
};

/// Tries a second: several times what two cores hash.
const TRIES: u32 = 600;
/// More than wait for a hash and are hashed.
const CROWD: usize = 128;
/// Those who ask for something else meanwhile.
const OTHERS: usize = 8;
const OTHERS_RATE: u32 = 200;
const OTHERS_P99_MS_MAX: f64 = 50.0;
/// The crowd comes first and goes last.
const AROUND: Duration = Duration::from_secs(3);

/// One of the crowd.
struct Trying {
    typing: Typing,
    turned_away: usize,
}

impl Worker for Trying {
    async fn turn(&mut self, wire: &mut Wire) -> anyhow::Result<bool> {
        let Some(reply) = self.typing.tries(wire).await? else { return Ok(false) };
        if reply.status == StatusCode::SERVICE_UNAVAILABLE {
            anyhow::ensure!(
                reply.headers.contains_key(header::RETRY_AFTER),
                "it does not say when to come again"
            );
            self.turned_away += 1;
        } else {
            reply.expect(StatusCode::CREATED, "password")?;
        }
        Ok(true)
    }
}

pub async fn run(
    provider: &Arc<Provider>,
    world: &World,
    access: &Arc<Vec<String>>,
    time: Duration,
) -> anyhow::Result<Row> {
    let crowd = Typing::many(provider, &world.numbers, CROWD);
    let crowd = crowd.into_iter().map(|typing| Trying { typing, turned_away: 0 }).collect();
    let crowd = drive(provider.address, Pace::Steady(TRIES), time + AROUND, crowd);
    let others = Asking::many(About::Person, provider, &world.secret, access, OTHERS);
    let others = provider.run(Pace::Steady(OTHERS_RATE), time, others);
    let ((tries, crowd), (others, _)) = tokio::try_join!(crowd, others)?;
    let turned_away: usize = crowd.iter().map(|one| one.turned_away).sum();
    anyhow::ensure!(turned_away > 0, "all {} found a place: that was no flood", tries.turns);
    let name = format!("userinfo: p99 while {turned_away} of {} passwords are turned away", tries.turns);
    let mut row = Row::new(name, others.times.p99, "ms", Bar::AtMost(OTHERS_P99_MS_MAX));
    (row.times, row.cost) = (Some(others.times), Some(others.cost));
    Ok(row)
}
