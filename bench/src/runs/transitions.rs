//! (a), the lag of the log under it, and (d): officers of many agencies receive dossiers and start to work on them.

use std::time::Duration;

use anyhow::Context;
use base::Clock;
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    house::{DATABASE, House},
    load::{Pace, fire},
    raw,
    seed::{self, Made, World},
    table::{Bar, Row, tell},
};

const PER_SECOND_MIN: f64 = 4_000.0;
const RATIO_MIN: f64 = 0.5;
const LAG_SECONDS_MAX: f64 = 1.0;
const RSS_MB_MAX: f64 = 100.0;
/// How often the age of the oldest entry that is not yet under a checkpoint is read.
const LAG_EVERY: Duration = Duration::from_millis(100);
/// Transitions that wake the server up: connections, prepared statements, caches.
const WARM_UP: usize = 1_000;

pub async fn run(house: &House, world: &World, clients: usize, dossiers: usize) -> anyhow::Result<Vec<Row>> {
    let mut made = seed::dossiers(house, world, WARM_UP / 2 + dossiers, true).await?;
    house.settle(DATABASE).await?;
    let before = raw_figure(house, &made, clients, dossiers).await?;

    tell(format!("Transitions: {} over {clients} connections…", 2 * dossiers));
    let server = house.serve()?;
    let rest = made.split_off(WARM_UP / 2);
    fire(server.address, clients, Pace::Closed, shots(world, &made)?).await?;
    let units = shots(world, &rest)?;
    let (stop, stopped) = watch::channel(false);
    let lag = watch_lag(house, stopped).await?;
    let gauge = house.gauge(&server)?;
    let outcome = fire(server.address, clients, Pace::Closed, units).await?;
    let cost = gauge.stop();
    stop.send_replace(true);
    let lag = lag.await??;
    server.stop()?;

    let after = raw_figure(house, &made, clients, dossiers).await?;
    let raw = f64::midpoint(before, after);
    let mut figure = Row::new("a  transitions", outcome.per_second, "/s", Bar::AtLeast(PER_SECOND_MIN));
    (figure.raw, figure.times, figure.cost) = (Some(raw), Some(outcome.times), Some(cost));
    let ratio = Row::new("a  transitions, of raw", outcome.per_second / raw, "", Bar::AtLeast(RATIO_MIN));
    let lag = Row::new("c  checkpoint lag under a", lag, "s", Bar::AtMost(LAG_SECONDS_MAX));
    let memory = Row::new("d  memory of the server under a", cost.rss_mb, "MB", Bar::AtMost(RSS_MB_MAX));
    Ok(vec![figure, ratio, lag, memory])
}

fn shots(world: &World, made: &[Made]) -> anyhow::Result<Vec<Vec<crate::load::Shot>>> {
    made.iter()
        .map(|m| {
            let (path, officer) = (format!("/api/v1/office/dossiers/{}", m.id), world.officer(m)?);
            Ok(vec![
                m.shot(&format!("{path}/receive"), officer, 0)?,
                m.shot(&format!("{path}/start"), officer, 1)?,
            ])
        })
        .collect()
}

/// The greatest age, in seconds, of an entry that no checkpoint covered.
async fn watch_lag(
    house: &House,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<JoinHandle<anyhow::Result<f64>>> {
    let client = house.connect(DATABASE).await?;
    let oldest = client.prepare("SELECT at FROM store.audit_intake ORDER BY id LIMIT 1").await?;
    Ok(tokio::spawn(async move {
        let mut greatest = 0f64;
        loop {
            if let Some(row) = client.query_opt(&oldest, &[]).await? {
                let at: jiff::Timestamp = row.get(0);
                greatest = greatest.max(base::SystemClock.now().duration_since(at).as_secs_f64());
            }
            tokio::select! {
                _ = stop.wait_for(|s| *s) => return Ok(greatest),
                () = tokio::time::sleep(LAG_EVERY) => {}
            }
        }
    }))
}

/// pgbench on a copy of the database: every client has its own dossiers, and moves each twice.
async fn raw_figure(house: &House, made: &[Made], clients: usize, dossiers: usize) -> anyhow::Result<f64> {
    raw::copy(house).await?;
    let each = dossiers.div_ceil(clients);
    let client = raw::connect(house).await?;
    let first = made.first().context("a dossier")?;
    // Dossiers with ids that a script can compute, like the first one in all else; that one may have moved meanwhile.
    let clone = format!(
        "CREATE TEMP TABLE one AS SELECT * FROM dossier.dossier WHERE dossier_id = '{template}';
         INSERT INTO dossier.dossier SELECT (r).* FROM (
             SELECT jsonb_populate_record(o, jsonb_build_object('dossier_id', {id}, 'applicant', {id},
                 'version', {version}, 'status', 1)) AS r
             FROM one o, generate_series(0, {clients} - 1) c, generate_series(1, {each}) n OFFSET 0) x;
         INSERT INTO dossier.locator
             SELECT {id}, {id} FROM generate_series(0, {clients} - 1) c, generate_series(1, {each}) n;",
        template = first.id,
        version = first.version,
        id = id("(c * 1000000 + n)"),
    );
    client.batch_execute(&clone).await?;
    drop(client);
    raw::settle(house).await?;
    let figure = raw::pgbench(house, script(first.version), clients, 2 * each).await;
    raw::drop_copy(house).await?;
    figure
}

/// A UUID made from a number.
fn id(number: &str) -> String {
    format!("('01900000-0000-7000-8000-' || lpad(to_hex(({number})::bigint), 12, '0'))::uuid")
}

fn script(version: i32) -> String {
    let dossier = id(":d");
    // Ids of what is written rise, as ours do.
    let new = |n: u32| {
        format!(
            "('019{n}0000-' || lpad(to_hex(:i::bigint), 4, '0') || '-7000-8000-' || lpad(to_hex(:d::bigint), 12, '0'))::uuid"
        )
    };
    let actor = "'01900000-0000-7000-8000-00000000beef'";
    let agency = "'CA-X-26740'";
    let key = "'bench-01900000-0000-7000-8000-' || :d || '-' || :v";
    let at = "'2026-11-20 02:00:00.123456+00'";
    let moves = |status: &str, action: &str, detail: &str, more: &[String]| {
        let read = raw::pipeline(&[
            "BEGIN;\n".to_owned(),
            raw::filled(store::sql::IDEMPOTENCY_FIND, &[actor, key]),
            raw::filled(dossier::sql::DOSSIER_BARE_BY_ID, &[&dossier]),
        ]);
        let mut writes = vec![
            raw::filled(
                dossier::sql::DOSSIER_MOVE,
                &[
                    &dossier,
                    &dossier,
                    "(:v)::int",
                    status,
                    "(:v)::int + 1",
                    agency,
                    actor,
                    "3",
                    "0",
                    "'2026-11-20'",
                    "'2026-11-25'",
                    "0",
                    "NULL",
                    "NULL",
                    "NULL",
                    "NULL",
                    "NULL",
                    "'{}'",
                    "NULL",
                    at,
                    "NULL",
                ],
            ),
            raw::filled(
                dossier::sql::EVENT_INSERT,
                &[
                    &dossier,
                    &dossier,
                    "(:v)::int + 1",
                    at,
                    &format!("'{action}'"),
                    status,
                    actor,
                    "'Cán bộ 12'",
                    agency,
                    detail,
                ],
            ),
        ];
        writes.extend_from_slice(more);
        let digest = "'\\x5f2a9c0b7e4d81635f2a9c0b7e4d81635f2a9c0b7e4d81635f2a9c0b7e4d8163'";
        let answer = "'{\"dossier\":\"01900000-0000-7000-8000-000000000001\",\"version\":3,\"status\":2,\"code\":\"G01.899.106.000-261120-00001\",\"due_on\":\"2026-11-25\"}'";
        writes.push(raw::filled(store::sql::IDEMPOTENCY_INSERT, &[actor, key, digest, answer, at]));
        writes.push(raw::filled(
            store::sql::OUTBOX_INSERT,
            &[
                &raw::array(&["'dossier.moved'"], "text"),
                &raw::array(&[&dossier], "uuid"),
                &raw::array(&[EVENT], "jsonb"),
                &format!("{at}::timestamptz"),
            ],
        ));
        writes.push(raw::filled(
            store::sql::AUDIT_INSERT,
            &[
                &raw::array(&[&new(1)], "uuid"),
                &raw::array(&[&dossier], "uuid"),
                &raw::array(&["'\\x5f2a9c0b7e4d81635f2a9c0b7e4d8163'"], "bytea"),
                &raw::array(&[ENTRY], "text"),
                &format!("{at}::timestamptz"),
            ],
        ));
        writes.push("COMMIT;\n".to_owned());
        read + &raw::pipeline(&writes)
    };
    let job = raw::filled(store::sql::JOB_INSERT, &[&new(2), "'dossier.deadline'", JOB, at]);
    let notice = raw::filled(
        dossier::sql::NOTICE_INSERT,
        &[&dossier, &new(3), at, NOTICE, "'/dossiers/01900000-0000-7000-8000-000000000001'"],
    );
    format!(
        "\\set i :i + 1\n\\set d :client_id * 1000000 + (:i + 1) / 2\n\\set v {} - :i % 2\n\\if :i % 2 = 1\n{}\\else\n{}\\endif\n",
        version + 1,
        moves("2", "received", "'{\"due_on\":\"2026-11-25\"}'", &[job, notice]),
        moves("4", "started", "'{}'", &[]),
    )
}

/// Of the size that ours have. A letter must not follow a colon: pgbench would take it for a variable.
const EVENT: &str = "'{\"at\":\"2026-11-20T02:00:00.123456789Z\",\"left\": null,\"agency\":\"CA-X-26740\",\"status\":2,\
    \"dossier\":\"01900000-0000-7000-8000-000000000001\",\"version\":3,\"applicant\":\"01900000-0000-7000-8000-000000000001\",\
    \"procedure\":\"1.010041\"}'";
const ENTRY: &str = "'{\"id\":\"01900000-0000-7000-8000-000000000001\",\"at\":\"2026-11-20T02:00:00.123456789Z\",\
    \"action\":\"dossier.receive\",\"actor\":\"01900000-0000-7000-8000-00000000beef\",\"actor_label\":\"decider: Cán bộ 12\",\
    \"agency\":\"CA-X-26740\",\"purpose\":\"decide_dossier\",\"legal_basis\":\"Luật Cư trú 68/2020/QH14, Điều 22, 28\",\
    \"subject\":\"01900000-0000-7000-8000-000000000001\",\"resource\":\"dossier:01900000-0000-7000-8000-000000000001\"}'";
const JOB: &str =
    "'{\"dossier\":\"01900000-0000-7000-8000-000000000001\",\"due_on\":\"2026-11-25\",\"breach\": false}'";
const NOTICE: &str = "'{\"vi\":\"Hồ sơ của bạn đã được tiếp nhận\",\"en\":\"Your dossier was accepted\"}'";
