//! (b): officers look persons up by number; each look-up leaves its entry in the log before anything is handed out.

use serde_json::json;

use crate::{
    house::{DATABASE, House},
    load::{Pace, fire, shot},
    raw,
    seed::World,
    table::{Bar, Row, tell},
};

const PER_SECOND_MIN: f64 = 10_000.0;
const COUNT: usize = 100_000;
const WARM_UP: usize = 5_000;
/// Steps through the numbers so that neighbours in time are none in the table. Prime.
const STRIDE: usize = 7_919;

pub async fn run(house: &House, world: &World, clients: usize) -> anyhow::Result<Vec<Row>> {
    house.settle(DATABASE).await?;
    tell(format!("Looking up: {COUNT} numbers over {clients} connections…"));
    let shots = |from: usize, count: usize| -> anyhow::Result<Vec<_>> {
        let desks = world.desks.iter().cycle();
        let numbers =
            (from..from + count).filter_map(|n| world.numbers.get(n * STRIDE % world.numbers.len()));
        numbers
            .zip(desks)
            .map(|(number, desk)| {
                let body = json!({ "number": number, "purpose": "look_up", "fields": ["name", "birth_date", "permanent_commune"] });
                Ok(vec![shot("/api/v1/persons/lookup", &desk.officer, None, &body)?])
            })
            .collect()
    };
    let server = house.serve()?;
    fire(server.address, clients, Pace::Closed, shots(0, WARM_UP)?).await?;
    let units = shots(WARM_UP, COUNT)?;
    let gauge = house.gauge(&server)?;
    let outcome = fire(server.address, clients, Pace::Closed, units).await?;
    let cost = gauge.stop();
    server.stop()?;
    let mut row = Row::new("b  look-ups by number", outcome.per_second, "/s", Bar::AtLeast(PER_SECOND_MIN));
    row.raw = Some(raw_figure(house, world, clients).await?);
    (row.times, row.cost) = (Some(outcome.times), Some(cost));
    Ok(vec![row])
}

async fn raw_figure(house: &House, world: &World, clients: usize) -> anyhow::Result<f64> {
    raw::copy(house).await?;
    let client = raw::connect(house).await?;
    // pgbench draws a row number; ours come from the request.
    client
        .batch_execute(
            "CREATE SCHEMA bench; CREATE TABLE bench.number AS
                 SELECT row_number() OVER (ORDER BY value)::int AS n, value FROM registry.number_claim;
             ALTER TABLE bench.number ADD PRIMARY KEY (n)",
        )
        .await?;
    drop(client);
    raw::settle(house).await?;
    let number = "(SELECT value FROM bench.number WHERE n = :n)";
    let id = "('01910000-' || lpad(to_hex(:client_id::bigint), 4, '0') || '-7000-8000-' || lpad(to_hex(:i::bigint), 12, '0'))::uuid";
    let script = format!("\\set i :i + 1\n\\set n random(1, {})\n", world.numbers.len())
        + &raw::pipeline(&[
            "BEGIN;\n".to_owned(),
            raw::filled(registry::sql::PERSON_BY_NUMBER, &[number]),
            raw::filled(registry::sql::RESIDENCES_BY_NUMBER, &[number]),
        ])
        + &raw::pipeline(&[
            raw::filled(
                store::sql::AUDIT_INSERT,
                &[
                    &raw::array(&[id], "uuid"),
                    &raw::array(&[id], "uuid"),
                    &raw::array(&["'\\x5f2a9c0b7e4d81635f2a9c0b7e4d8163'"], "bytea"),
                    &raw::array(&[ENTRY], "text"),
                    "'2026-11-20 02:00:00.123456+00'::timestamptz",
                ],
            ),
            "COMMIT;\n".to_owned(),
        ]);
    let figure = raw::pgbench(house, script, clients, COUNT / clients).await;
    raw::drop_copy(house).await?;
    figure
}

/// Of the size that ours have. A letter must not follow a colon: pgbench would take it for a variable.
const ENTRY: &str = "'{\"id\":\"01900000-0000-7000-8000-000000000001\",\"at\":\"2026-11-20T02:00:00.123456789Z\",\
    \"action\":\"registry.person_lookup\",\"actor\":\"01900000-0000-7000-8000-00000000beef\",\
    \"actor_label\":\"decider: Cán bộ 12\",\"agency\":\"CA-X-26740\",\"purpose\":\"look_up\",\
    \"legal_basis\":\"NĐ 58/2026/NĐ-CP, Điều 5.5\",\"subject\":\"01900000-0000-7000-8000-000000000001\",\
    \"fields\":[\"name\",\"birth_date\",\"permanent_commune\"]}'";
