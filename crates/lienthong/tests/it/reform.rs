//! The reforms of the catalogue applied to a register that was loaded before them: everybody has today's unit, whom nobody
//! can place waits on the list, and undoing gives the former state back; also when the program is killed in the middle.

use std::{
    collections::BTreeMap,
    fs,
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use base::{FixedClock, PersonalNumber, Sex};
use catalogue::Divisions;
use contracts::{Access, Purpose, ports::Nation};
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use lienthong::app::{App, Database, MIGRATIONS, Parts};
use registry::reform::{Reform, ops::State, run};
use store::Store;

use crate::server::{DataDir, said};

/// Before the reform of 1 July 2025, and today.
const BEFORE: &str = "2025-06-15T02:00:00Z";
const NOW: &str = "2026-11-20T02:00:00Z";
const TODAY: Date = date(2026, 11, 20);
/// The hamlets that our version of the decrees lists: the first for the first part of each divided unit, and so on.
const HAMLETS: [&str; 2] = ["Thôn Đông", "Thôn Tây"];
/// And one that it does not.
const ELSEWHERE: &str = "Xóm Giữa";
/// Of the units that went whole into another, every so many-th has an inhabitant.
const SAMPLE: usize = 20;
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);

/// Old units and addresses of the inhabitants: all divided units, and a sample of the others.
fn inhabitants(divisions: &Divisions) -> Vec<(String, &'static str)> {
    let mut all = Vec::new();
    for (nth, (old, new)) in divisions.changes_on(date(2025, 7, 1)).enumerate() {
        if new.len() > 1 {
            all.extend([HAMLETS[0], HAMLETS[1], ELSEWHERE].map(|address| (old.code.to_string(), address)));
        } else if nth % SAMPLE == 0 {
            all.push((old.code.to_string(), ELSEWHERE));
        }
    }
    all
}

/// What each commune went into, by the day of the reform.
type Maps = BTreeMap<Date, BTreeMap<String, Vec<String>>>;

fn maps(divisions: &Divisions) -> Maps {
    let map = |day: Date| {
        let codes = |new: Vec<&catalogue::Division>| new.iter().map(|d| d.code.to_string()).collect();
        divisions.changes_on(day).map(|(old, new)| (old.code.to_string(), codes(new))).collect()
    };
    divisions.reform_days().into_iter().map(|day| (day, map(day))).collect()
}

/// Where somebody ends up after the first `reforms`; `true`: nothing is left open.
fn expected(maps: &Maps, reforms: usize, code: &str, address: &str) -> (String, bool) {
    let mut at = code.to_owned();
    for map in maps.values().take(reforms) {
        let Some(new) = map.get(&at) else { continue };
        let part = HAMLETS.iter().position(|hamlet| *hamlet == address).and_then(|nth| new.get(nth));
        match (new.as_slice(), part) {
            ([one], _) => at = one.clone(),
            (_, Some(part)) => at = part.clone(),
            _ => return (at, false),
        }
    }
    (at, true)
}

/// The reforms as files: what the catalogue knows, with the hamlets of our decrees.
fn files(divisions: &Divisions) -> Vec<(String, String)> {
    let file = |day: &Date| {
        let mut text = String::new();
        let mut part = HAMLETS.len();
        for line in divisions.reform_file(*day, "Nghị quyết về sắp xếp").unwrap().lines() {
            if line.starts_with("parts = [") {
                part = 0;
            } else if line.starts_with("  { to") && part < HAMLETS.len() {
                let places = format!(", places = [{:?}] }},", HAMLETS[part]);
                text.push_str(&line.replace(" },", &places));
                text.push('\n');
                part += 1;
                continue;
            }
            text.push_str(line);
            text.push('\n');
        }
        (day.to_string(), text)
    };
    divisions.reform_days().iter().map(file).collect()
}

async fn load(app: &App) -> Vec<(String, &'static str)> {
    let people = inhabitants(app.nation.catalogue.divisions());
    let mut csv = synth::HEADER.join(",");
    for (nth, (unit, address)) in people.iter().enumerate() {
        let row = synth::HEADER.map(|column| match column {
            "source_key" => format!("SYN-R-{nth:08}"),
            "synthetic" => "1".to_owned(),
            "number" => PersonalNumber::compose(1, Sex::Female, 1990, 1 + nth as u32).unwrap().to_string(),
            "full_name" => "Nguyễn Thị An".to_owned(),
            "sex" => "female".to_owned(),
            "birth_date" => "1990-05-17".to_owned(),
            "permanent_commune" => unit.clone(),
            "permanent_address" => (*address).to_owned(),
            "permanent_since" => "2015-09-01".to_owned(),
            _ => String::new(),
        });
        csv.push('\n');
        csv.push_str(&row.join(","));
    }
    csv.push('\n');
    let rejects = tempfile::tempdir().unwrap();
    let options = registry::import::Options::new("reform", rejects.path().join("rejects.csv"));
    let (file, nation) = (std::io::Cursor::new(csv.into_bytes()), app.registry.nation.clone());
    let summary = registry::import::run(&app.store, nation, file, &options, |_| {}).await.unwrap();
    let rejected = fs::read_to_string(rejects.path().join("rejects.csv")).unwrap_or_default();
    assert_eq!(summary.loaded, people.len() as u64, "{}", rejected.lines().take(3).collect::<String>());
    people
}

async fn app(dir: &DataDir, database: &Database, clock: &Arc<FixedClock>) -> App {
    let config = dir.config();
    let parts = Parts { clock: Arc::clone(clock) as _, ..Parts::real(&config.data_dir) };
    App::build(&config, &database.config, parts).await.unwrap()
}

/// By source key: the search key, and the homes that are believed now, in order of their days.
async fn homes(store: &Store) -> BTreeMap<String, (Option<String>, Vec<String>)> {
    let connection = store.connection().await.unwrap();
    let rows = connection
        .query(
            "SELECT s.key, p.commune, array_agg(concat_ws(' ', r.commune, r.address, r.valid_from, r.valid_to)
                 ORDER BY r.valid_from) FROM registry.source_claim s JOIN registry.person p USING (person_id)
                 JOIN registry.residence r USING (person_id) WHERE r.known_to IS NULL GROUP BY 1, 2",
            &[],
        )
        .await
        .unwrap();
    rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect()
}

async fn waiting(store: &Store) -> i64 {
    let connection = store.connection().await.unwrap();
    let sql = "SELECT count(*) FROM registry.reform_place WHERE unit_to IS NULL AND undone_at IS NULL";
    connection.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reforms_since_july_2025_give_everybody_todays_unit_and_can_be_taken_back() {
    let dir = DataDir::new();
    let clock = Arc::new(FixedClock::at(BEFORE.parse::<Timestamp>().unwrap()));
    let database = Database::open(&dir.config()).await.unwrap();
    store::migrate(&database.config, &MIGRATIONS).await.unwrap();
    let app = app(&dir, &database, &clock).await;
    let people = load(&app).await;
    let before = homes(&app.store).await;

    clock.set(NOW.parse().unwrap());
    let divisions = app.nation.catalogue.divisions();
    let access = Access::system(Purpose::UPDATE_RECORD);
    let files = files(divisions);
    for (slug, text) in &files {
        clock.advance(jiff::SignedDuration::from_mins(1));
        let reform = Reform::parse(slug, text, app.nation.as_ref()).unwrap();
        let done = run::apply(&app.store, &access, app.nation.as_ref(), &reform, 700, |_| {}).await.unwrap();
        assert_eq!(done.state, State::Applied);
    }

    let (after, maps) = (homes(&app.store).await, maps(divisions));
    let mut open = 0;
    for (nth, (code, address)) in people.iter().enumerate() {
        let (unit, settled) = expected(&maps, maps.len(), code, address);
        let key = after[&format!("SYN-R-{nth:08}")].0.as_deref();
        assert_eq!(key, Some(unit.as_str()), "{code} {address}");
        if settled {
            assert!(app.nation.commune_in_force(&unit, TODAY), "{unit}");
        } else {
            open += 1;
        }
        // Where the catalogue alone has no doubt, the register agrees with it.
        let today = divisions.resolve(code, date(2025, 6, 15), TODAY).unwrap();
        if let Some(certain) = today.certain() {
            assert_eq!(key, Some(certain.code.as_str()), "{code}");
        }
    }
    assert!(open > 400, "{open} divided units have an inhabitant whom no rule places");
    assert_eq!(waiting(&app.store).await, open);

    for (slug, _) in files.iter().rev() {
        run::undo(&app.store, &access, slug, 700, |_| {}).await.unwrap();
    }
    assert!(homes(&app.store).await == before, "undone in reverse order, everything is as it was");
    app.store.close();
    database.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reform_that_is_killed_in_the_middle_goes_on_as_if_nothing_had_happened() {
    let dir = DataDir::new();
    let clock = Arc::new(FixedClock::at(BEFORE.parse::<Timestamp>().unwrap()));
    let file = dir.path().join("2025-07-01.toml");
    let (people, before, place) = {
        let database = Database::open(&dir.config()).await.unwrap();
        store::migrate(&database.config, &MIGRATIONS).await.unwrap();
        let app = app(&dir, &database, &clock).await;
        let people = load(&app).await;
        fs::write(&file, &files(app.nation.catalogue.divisions())[0].1).unwrap();
        let before = homes(&app.store).await;
        let place = app.nation.place_on("00001", date(2025, 6, 30)).unwrap();
        app.store.close();
        database.close().await.unwrap();
        (people, before, place)
    };
    let file = file.to_str().unwrap();
    let good = |arguments: &[&str]| {
        let output = dir.program(arguments).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(good(&["reform", "preview", file]).contains(place.get(base::Lang::Vi)));

    let mut kills = 0;
    for steps in [2, 12] {
        kills += u32::from(killed(&dir, &["reform", "apply", file, "--rows", "50"], steps).await);
    }
    assert!(kills > 0, "it was always faster than us");
    let told = good(&["reform", "apply", file]);
    assert!(told.contains("applied"), "{told}");
    assert_eq!(good(&["reform", "apply", file]), told, "again: the same, and nothing more");
    assert!(good(&["reform", "status"]).contains("wait for a decision"));
    let all = format!("All: {}", people.len());
    assert!(good(&["reform", "counts", "--on", "2025-06-30", "--map", "2025-07-01"]).contains(&all));

    let looked = |dir: &DataDir| {
        let (config, clock) = (dir.config(), Arc::clone(&clock));
        async move {
            let database = Database::open(&config).await.unwrap();
            let parts = Parts { clock: clock as _, ..Parts::real(&config.data_dir) };
            let app = App::build(&config, &database.config, parts).await.unwrap();
            let seen = (homes(&app.store).await, Arc::clone(&app.nation));
            app.store.close();
            database.close().await.unwrap();
            seen
        }
    };
    let (after, nation) = looked(&dir).await;
    let maps = maps(nation.catalogue.divisions());
    for (nth, (code, address)) in people.iter().enumerate() {
        let (key, rows) = &after[&format!("SYN-R-{nth:08}")];
        let (unit, _) = expected(&maps, 1, code, address);
        assert_eq!(
            (key.as_deref(), rows.len()),
            (Some(unit.as_str()), 1 + usize::from(unit != *code)),
            "{code}"
        );
    }
    killed(&dir, &["reform", "undo", "2025-07-01", "--rows", "50"], 5).await;
    assert!(good(&["reform", "undo", "2025-07-01"]).contains("undone"));
    assert_eq!(good(&["reform", "later", "2025-07-01"]), "", "nobody did anything in between");
    assert!(looked(&dir).await.0 == before);
}

/// Runs the program until it has committed so many steps, and kills it; whether it was still at work.
async fn killed(dir: &DataDir, arguments: &[&str], steps: i64) -> bool {
    let mut command = dir.program(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    let mut works = || child.try_wait().unwrap().is_none() && begun.elapsed() < PATIENCE;
    if let Some((client, connection)) = connected(dir, &mut works).await {
        let connection = tokio::spawn(connection);
        let mut first = None;
        while works() {
            let step = step(&client).await;
            if step.is_some_and(|step| step >= *first.get_or_insert(step) + steps) {
                break;
            }
        }
        drop(client);
        let _ = connection.await;
    }
    let works = works();
    child.kill().unwrap();
    child.wait().unwrap();
    works
}

type Connection = tokio_postgres::Connection<tokio_postgres::Socket, tokio_postgres::tls::NoTlsStream>;

/// A look into the database of the program, as soon as it runs.
async fn connected(
    dir: &DataDir,
    works: &mut impl FnMut() -> bool,
) -> Option<(tokio_postgres::Client, Connection)> {
    while works() {
        if let Ok(connected) = dir.database().connect(tokio_postgres::NoTls).await {
            return Some(connected);
        }
        tokio::time::sleep(POLL).await;
    }
    None
}

/// Steps that are committed.
async fn step(client: &tokio_postgres::Client) -> Option<i64> {
    let row = client.query_one("SELECT coalesce(max(step), 0) FROM registry.reform", &[]).await;
    row.ok().map(|row| row.get(0))
}
