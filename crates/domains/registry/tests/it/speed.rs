//! Measurements on a durable database, to be run alone and optimised:
//! `cargo test -p registry --release --test it -- --ignored --nocapture speed`. `PEOPLE` in the environment says how many.

use std::{fs::File, sync::Arc, time::Instant};

use base::PersonalNumber;
use contracts::{Access, Purpose, Role, ports::Nation};
use forms::Fact;
use pgbox::PgBox;
use registry::{
    import::{Options, run},
    ops,
    reform::{self, Reform, ops::reform_preview},
};
use store::{Store, StoreOptions};

use crate::{
    import::people_csv,
    world::{SmallNation, officer},
};

const PEOPLE: u64 = 200_000;
const LOOK_UPS: usize = 96_000;
const CLIENTS: usize = 32;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn speed_of_loading_and_of_looking_up() {
    let people = std::env::var("PEOPLE").ok().and_then(|n| n.parse().ok()).unwrap_or(PEOPLE);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    std::fs::write(&path, people_csv(people, 1)).unwrap();
    let postgres = PgBox::temporary(&pgbox::Options::default()).unwrap();
    postgres.create_database("speed").await.unwrap();
    let config = postgres.config("speed");
    store::migrate(&config, &[store::MIGRATIONS, registry::MIGRATIONS]).await.unwrap();
    let store =
        Store::new(config, StoreOptions { connections_max: CLIENTS, ..StoreOptions::default() }).unwrap();

    let before = memory_kb("VmRSS:");
    let begun = Instant::now();
    let nation = SmallNation::new() as Arc<dyn Nation>;
    let options = Options::new("speed", folder.path().join("rejects.csv"));
    let summary = run(&store, nation, File::open(&path).unwrap(), &options, |p| {
        println!("{:>6.1} s {:?} {} rows", begun.elapsed().as_secs_f64(), p.phase, p.summary.rows);
    })
    .await
    .unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    println!("memory: {} MB before, {} MB after", before / 1024, memory_kb("VmRSS:") / 1024);
    println!("{summary:?}: {:.0} persons/s", f64::from(u32::try_from(summary.loaded).unwrap()) / seconds);

    let connection = store.connection().await.unwrap();
    let rows = connection
        .query("SELECT value FROM registry.number_claim ORDER BY md5(value) LIMIT 20000", &[])
        .await;
    let numbers: Arc<Vec<PersonalNumber>> =
        Arc::new(rows.unwrap().iter().map(|r| r.get::<_, String>(0).parse().unwrap()).collect());
    drop(connection);
    let access = Access::new(&officer(Role::Receiver), Purpose::LOOK_UP);
    let begun = Instant::now();
    let clients = (0..CLIENTS).map(|client| {
        let (store, numbers, access) = (store.clone(), Arc::clone(&numbers), access.clone());
        tokio::spawn(async move {
            for number in numbers.iter().cycle().skip(client * 600).take(LOOK_UPS / CLIENTS) {
                let mut tx = store.begin().await.unwrap();
                let wanted = [Fact::Name, Fact::BirthDate, Fact::PermanentCommune];
                let found = ops::person_lookup(&mut tx, &access, number, &wanted).await;
                assert!(tx.finish(found).await.unwrap().is_some());
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    let rate = f64::from(u32::try_from(LOOK_UPS).unwrap()) / begun.elapsed().as_secs_f64();
    println!("{rate:.0} look-ups/s, each with its audit entry");
}

/// What a reform costs for each whom it moves: among ten thousand old units, of which three have people.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn speed_of_a_reform() {
    let people = std::env::var("PEOPLE").ok().and_then(|n| n.parse().ok()).unwrap_or(PEOPLE);
    let folder = tempfile::tempdir().unwrap();
    let postgres = PgBox::temporary(&pgbox::Options::default()).unwrap();
    postgres.create_database("speed").await.unwrap();
    let config = postgres.config("speed");
    store::migrate(&config, &[store::MIGRATIONS, registry::MIGRATIONS]).await.unwrap();
    let store = Store::new(config, StoreOptions::default()).unwrap();
    let nation = SmallNation::new();
    let options = Options::new("speed", folder.path().join("rejects.csv"));
    let file = std::io::Cursor::new(people_csv(people, 1));
    run(&store, Arc::clone(&nation) as Arc<dyn Nation>, file, &options, |_| {}).await.unwrap();

    let mut text = String::from("id = \"all\"\ndecree = \"b\"\nin_force = \"2025-07-01\"\n[merge]\n");
    for unit in 10_000..20_000 {
        text.push_str(&format!("\"{unit}\" = \"00004\"\n"));
    }
    text.push_str("\"00070\" = \"00008\"\n\"00008\" = \"00008\"\n\"00004\" = \"00008\"\n");
    let begun = Instant::now();
    let reform = Reform::stored(&text).unwrap();
    println!("reading the file: {:.2} s", begun.elapsed().as_secs_f64());
    let access = Access::system(Purpose::UPDATE_RECORD);
    let told = |what: &str, n: i64, steps: i64, begun: Instant| {
        let seconds = begun.elapsed().as_secs_f64();
        let rate = f64::from(i32::try_from(n).unwrap()) / seconds;
        println!("{what}: {n} residences in {seconds:.1} s and {steps} steps, {rate:.0} a second");
    };
    let begun = Instant::now();
    let mut tx = store.begin().await.unwrap();
    let preview = reform_preview(&mut tx, &access, &reform).await;
    let preview = tx.finish(preview).await.unwrap();
    let would = preview.by_target().values().sum::<u64>();
    told("preview", i64::try_from(would).unwrap(), 1, begun);
    let begun = Instant::now();
    let done = reform::run::apply(&store, &access, nation.as_ref(), &reform, reform::run::ROWS, |_| {})
        .await
        .unwrap();
    told("apply", done.moved, done.step, begun);
    let begun = Instant::now();
    let undone = reform::run::undo(&store, &access, "all", reform::run::ROWS, |_| {}).await.unwrap();
    told("undo", undone.undone, undone.step - done.step, begun);
}

fn memory_kb(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
