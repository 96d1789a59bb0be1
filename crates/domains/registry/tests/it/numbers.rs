//! Numbers given in parallel: none twice, also where a series is nearly full.

use std::{collections::HashSet, sync::Arc};

use base::{Fault, Sex};
use contracts::PersonId;
use registry::{model::number::Series, ops::number_claim};
use uuid::Uuid;

use crate::world::World;

const SERIES: Series = Series { place: 1, sex: Sex::Male, year: 2026 };
const CLIENTS: u32 = 6;

/// Fills the series but for numbers that a condition on their serial leaves free.
async fn fill_but(world: &World, free: &str) {
    let connection = world.db.store.connection().await.unwrap();
    let sql = format!(
        "INSERT INTO registry.number_claim (value, person_id)
         SELECT '001226' || lpad(n::text, 6, '0'), $1 FROM generate_series(0, 999999) n WHERE NOT ({free})"
    );
    connection.execute(&sql, &[&Uuid::nil()]).await.unwrap();
}

/// Claims `each` numbers on every client at once, each in a transaction of its own.
async fn claim(world: &World, each: u32) -> Vec<String> {
    let clients = (0..CLIENTS).map(|client| {
        let store = world.db.store.clone();
        tokio::spawn(async move {
            let mut given = Vec::new();
            for n in 0..each {
                let tx = store.begin().await.unwrap();
                let person = PersonId(Uuid::from_u128(u128::from(client * 1_000_000 + n) + 1));
                let number = number_claim(&tx, SERIES, person).await;
                match tx.finish(number).await {
                    Ok(number) => given.push(number.to_string()),
                    Err(error) => assert_eq!(error.code(), "registry.numbers_exhausted"),
                }
            }
            given
        })
    });
    let mut all = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        all.extend(client.await.unwrap());
    }
    all
}

async fn assert_unique(world: &World, given: &[String]) {
    let unique: HashSet<&String> = given.iter().collect();
    assert_eq!(unique.len(), given.len(), "a number was given twice");
    let connection = world.db.store.connection().await.unwrap();
    let sql = "SELECT count(*) FROM registry.number_claim WHERE person_id <> $1";
    let claims: i64 = connection.query_one(sql, &[&Uuid::nil()]).await.unwrap().get(0);
    assert_eq!(usize::try_from(claims).unwrap(), given.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_a_series_that_is_nearly_full_are_given_to_many_at_once_and_none_twice() {
    let world = World::new().await;
    fill_but(&world, "n % 20 = 7").await;
    let given = claim(&world, 3_500).await;
    assert_eq!(given.len(), 21_000, "of 50,000 that were left");
    assert!(given.iter().all(|number| number.starts_with("001226")));
    assert_unique(&world, &given).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_numbers_of_a_series_are_found_once_each_and_then_it_is_used_up() {
    let world = World::new().await;
    fill_but(&world, "n BETWEEN 500000 AND 500017").await;
    let given = claim(&world, 4).await;
    assert_eq!(given.len(), 18, "each of the last numbers, and no more");
    assert_unique(&world, &given).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn a_million_numbers_are_given_in_parallel_and_none_twice() {
    let world = Arc::new(World::new().await);
    let given = claim(&world, 1_000_000 / CLIENTS + 1).await;
    assert_eq!(given.len(), 1_000_000, "the whole series, to the last");
    assert_unique(&world, &given).await;
}
