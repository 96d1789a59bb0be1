//! The world before the load: people in the register, officers of many agencies, citizens with accounts, dossiers.
//!
//! Everything is done by the operations that people use, but two things: accounts and their sessions are made in bulk (a
//! password costs 30 ms by design), and the receipts of the dossiers made here are not printed.

use std::collections::BTreeMap;

use anyhow::Context;
use contracts::{
    Actor, CommuneCode, DossierId, IdentityLevel, LoginStrength, PersonId, Role, Who, ports::Nation,
};
use dossier::ops::{Target, draft_open, draft_save, submit};
use forms::Answers;
use futures::{StreamExt, TryStreamExt, stream};
use identity::{
    Password,
    seed::{SeedCitizen, SeedStaff},
};
use jiff::SignedDuration;
use lienthong::app::App;
use serde_json::json;
use store::Tx;

use crate::{
    house::{DATABASE, House},
    load::{Shot, shot},
    table::tell,
};

/// Agencies at work.
const DESKS: usize = 64;
/// Citizens who file at each of them.
const CITIZENS_PER_DESK: usize = 8;
/// Dossiers made side by side.
const HANDS: usize = 16;
const PROCEDURE: &str = "1.010041";
const SESSION: SignedDuration = SignedDuration::from_hours(8);

/// People of working age with a full date of birth, by the commune of their permanent residence.
const CANDIDATES: &str = "SELECT p.person_id, p.number, p.commune FROM registry.person p
    WHERE p.number IS NOT NULL AND p.death_date IS NULL AND length(p.birth_date) = 10
      AND p.birth_earliest BETWEEN '1970-01-01' AND '2004-01-01'
      AND EXISTS (SELECT FROM registry.residence r WHERE r.person_id = p.person_id AND r.kind = 'permanent'
          AND r.commune = p.commune AND r.known_to IS NULL AND r.valid_to IS NULL)
    ORDER BY p.commune, p.person_id";

pub struct World {
    /// Every number of the register.
    pub numbers: Vec<String>,
    pub desks: Vec<Desk>,
}

/// An agency with an officer and those who file there.
pub struct Desk {
    pub officer: String,
    pub citizens: Vec<Citizen>,
}

pub struct Citizen {
    actor: Actor,
    bearer: String,
}

/// A dossier as the load finds it.
pub struct Made {
    pub id: DossierId,
    pub version: i32,
    pub desk: usize,
    pub citizen: usize,
}

impl Made {
    pub fn shot(&self, path: &str, bearer: &str, step: i32) -> anyhow::Result<Shot> {
        let version = self.version + step;
        let key = format!("bench-{}-{version}", self.id);
        shot(path, bearer, Some(&key), &json!({ "version": version }))
    }
}

pub async fn people(house: &House, count: u64) -> anyhow::Result<World> {
    tell(format!("Making {count} people, {DESKS} agencies with their officers, and accounts…"));
    let file = house.file("people.csv");
    let path = file.to_str().context("a readable path")?;
    house.run(&["synth", "people", "--seed", "2026", "--count", &count.to_string(), "--out", path])?;
    house.run(&["import", "persons", path, "--source", "bench"])?;

    let client = house.connect(DATABASE).await?;
    let numbers = client.query("SELECT value FROM registry.number_claim ORDER BY value", &[]).await?;
    let numbers = numbers.iter().map(|row| row.get(0)).collect();
    let mut communes: BTreeMap<String, Vec<(PersonId, String)>> = BTreeMap::new();
    for row in client.query(CANDIDATES, &[]).await? {
        communes.entry(row.get(2)).or_default().push((PersonId(row.get(0)), row.get(1)));
    }
    let mut fullest: Vec<_> = communes.into_iter().collect();
    fullest.sort_by_key(|(_, people)| std::cmp::Reverse(people.len()));
    let app = house.app().await?;
    let mut desks = Vec::with_capacity(DESKS);
    let tx = app.store.begin().await?;
    let made = async {
        for (n, (commune, people)) in fullest.iter().take(DESKS).enumerate() {
            desks.push(desk(&app, &tx, n, commune, people).await?);
        }
        anyhow::Ok(())
    };
    made.await?;
    tx.finish::<_, store::StoreError>(Ok(())).await?;
    app.store.close();
    anyhow::ensure!(
        desks.iter().all(|d| !d.citizens.is_empty()),
        "too few people: ask for more with --people"
    );
    Ok(World { numbers, desks })
}

async fn desk(
    app: &App,
    tx: &Tx,
    n: usize,
    commune: &str,
    people: &[(PersonId, String)],
) -> anyhow::Result<Desk> {
    let password = Password::new("bench-password-2026");
    let level = forms::Level::Commune;
    let agency = app.nation.agency_for(&CommuneCode(commune.to_owned()), level).context("an agency")?.id;
    let name = format!("Cán bộ {n}");
    let login = format!("bench{n}");
    let staff = SeedStaff {
        totp: format!("{login:-<20}").into_bytes(),
        login,
        name: name.clone(),
        agency: agency.clone(),
        role: Role::Decider,
        password: password.clone(),
    };
    let accounts = identity::seed::staff(&app.identity, tx, &[staff]).await?;
    let account = *accounts.first().context("an account")?;
    let officer =
        identity::seed::session(tx, account, Some((&agency, Role::Decider)), SESSION).await?.bearer();

    let seeds: Vec<SeedCitizen> = people
        .iter()
        .take(CITIZENS_PER_DESK)
        .map(|(person, number)| {
            let number = number.parse().ok().context("a number")?;
            anyhow::Ok(SeedCitizen {
                person: *person,
                number,
                level: IdentityLevel::Two,
                password: password.clone(),
            })
        })
        .collect::<Result<_, _>>()?;
    let accounts = identity::seed::citizens(&app.identity, tx, &seeds).await?;
    let mut citizens = Vec::with_capacity(seeds.len());
    for (seed, account) in seeds.iter().zip(accounts) {
        let who = Who::Citizen { person: seed.person, level: seed.level };
        let bearer = identity::seed::session(tx, account, None, SESSION).await?.bearer();
        citizens.push(Citizen { actor: Actor { account, who, strength: LoginStrength::One }, bearer });
    }
    Ok(Desk { officer, citizens })
}

/// Drafts that are complete; sent, where `sent` is true. Those of one desk are spread over its citizens.
pub async fn dossiers(house: &House, world: &World, count: usize, sent: bool) -> anyhow::Result<Vec<Made>> {
    tell(format!(
        "Making {count} {}…",
        if sent { "dossiers that wait for their officers" } else { "drafts" }
    ));
    let places: Vec<(usize, usize)> = (0..CITIZENS_PER_DESK)
        .flat_map(|citizen| (0..world.desks.len()).map(move |desk| (desk, citizen)))
        .filter(|(desk, citizen)| world.desks.get(*desk).is_some_and(|d| *citizen < d.citizens.len()))
        .collect();
    anyhow::ensure!(!places.is_empty(), "nobody files");
    let app = house.app().await?;
    let made: Vec<Made> =
        stream::iter((0..count).map(|n| places.get(n % places.len()).copied().unwrap_or_default()))
            .map(|(desk, citizen)| dossier(&app, world, desk, citizen, sent))
            .buffer_unordered(HANDS)
            .try_collect()
            .await?;
    // What the filling left behind is dealt with before anything is measured.
    let client = house.connect(DATABASE).await?;
    client.execute("DELETE FROM store.job WHERE queue = 'dossier.paper'", &[]).await?;
    for consumer in app.consumers() {
        store::relay::drain(&app.store, consumer.as_ref()).await?;
    }
    app.sequencer().drain().await?;
    app.store.close();
    Ok(made)
}

async fn dossier(app: &App, world: &World, desk: usize, citizen: usize, sent: bool) -> anyhow::Result<Made> {
    let cx = &app.dossiers;
    let desks = world.desks.get(desk).context("a desk")?;
    let actor = &desks.citizens.get(citizen).context("a citizen")?.actor;
    let mut tx = app.store.begin().await?;
    let draft = draft_open::draft_open(cx, &mut tx, actor, PROCEDURE).await;
    let id = tx.finish(draft).await?.id;
    let mut tx = app.store.begin().await?;
    let saved = draft_save::draft_save(cx, &mut tx, actor, id, None, answers()).await;
    let version = tx.finish(saved).await?.version;
    let mut made = Made { id, version, desk, citizen };
    if sent {
        let target = Target { dossier: id, version, key: Some(format!("seed-{id}")) };
        let mut tx = app.store.begin().await?;
        let moved = submit::dossier_submit(cx, &mut tx, actor, &target).await;
        made.version = tx.finish(moved).await?.version;
    }
    Ok(made)
}

/// Places where somebody lived before: that is for an officer to confirm.
fn answers() -> Answers {
    let answers = json!({
        "scope": "history",
        "history": "Từ năm 2015 đến năm 2019, nơi thường trú trước đây",
        "purpose": "Làm hồ sơ vay vốn ngân hàng",
    });
    Answers(answers.as_object().cloned().unwrap_or_default())
}

impl World {
    pub fn officer(&self, made: &Made) -> anyhow::Result<&str> {
        Ok(&self.desks.get(made.desk).context("a desk")?.officer)
    }

    pub fn citizen(&self, made: &Made) -> anyhow::Result<&str> {
        let desk = self.desks.get(made.desk).context("a desk")?;
        Ok(&desk.citizens.get(made.citizen).context("a citizen")?.bearer)
    }
}
