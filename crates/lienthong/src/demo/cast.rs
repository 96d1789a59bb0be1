//! Who has a part in the demo: three communes with their officers, applicants from elsewhere, householders who host.

use anyhow::Context;
use base::PersonalNumber;
use contracts::{
    Access, Actor, AgencyId, CommuneCode, IdentityLevel, LoginStrength, PersonId, Purpose, Role, Who,
    ports::{Nation, Register},
};
use identity::{
    Password,
    seed::{self, SeedCitizen, SeedStaff},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use synth::{Place, Relation};

use crate::{adapters::nation::NationData, app::App, demo::PASSWORD};

/// Communes that get most of the people, so that their desks have work: one in each part of the country.
pub const STAGES: [&str; 3] = ["00070", "20242", "26740"];
/// How many times more people than elsewhere.
const CROWD: u32 = 60;
/// Householders of each stage who are asked for consent.
const HOSTS: usize = 30;
/// People from elsewhere who apply.
const APPLICANTS: usize = 240;
/// People of each stage who apply for themselves.
const LOCALS: usize = 40;

/// A line of the greeting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sample {
    pub who: String,
    pub login: String,
    pub note: String,
}

/// Somebody found while the people were made.
#[derive(Debug, Clone)]
struct Found {
    number: PersonalNumber,
    name: String,
}

/// One commune with its people and officers.
#[derive(Debug, Clone)]
pub struct Stage {
    pub commune: CommuneCode,
    pub agency: AgencyId,
    hosts_found: Vec<Found>,
    locals_found: Vec<Found>,
    pub hosts: Vec<Citizen>,
    pub locals: Vec<Citizen>,
    pub officers: Vec<Officer>,
}

/// A citizen with an account.
#[derive(Debug, Clone)]
pub struct Citizen {
    pub number: PersonalNumber,
    pub name: String,
    pub actor: Actor,
}

/// An officer with an account.
#[derive(Debug, Clone)]
pub struct Officer {
    pub login: String,
    pub role: Role,
    pub actor: Actor,
}

pub struct Cast {
    today: Date,
    pub stages: Vec<Stage>,
    applicants_found: Vec<Found>,
    pub applicants: Vec<Citizen>,
}

impl Cast {
    pub fn new(nation: &NationData, today: Date) -> Self {
        let in_force = STAGES.iter().filter(|c| nation.commune_in_force(c, today)).map(|c| (*c).to_owned());
        let divisions = nation.catalogue.divisions();
        // Should a code have gone by decree, other wards take its place.
        let spare = divisions
            .communes(today)
            .filter(|d| d.kind == catalogue::DivisionKind::Ward)
            .map(|d| d.code.as_str().to_owned());
        let mut codes: Vec<String> = Vec::new();
        for code in in_force.chain(spare) {
            if codes.len() < STAGES.len() && !codes.contains(&code) {
                codes.push(code);
            }
        }
        let stages = codes
            .into_iter()
            .filter_map(|code| {
                let commune = CommuneCode(code);
                let agency = nation.agency_for(&commune, forms::Level::Commune)?.id;
                Some(Stage {
                    commune,
                    agency,
                    hosts_found: Vec::new(),
                    locals_found: Vec::new(),
                    hosts: Vec::new(),
                    locals: Vec::new(),
                    officers: Vec::new(),
                })
            })
            .collect();
        Self { today, stages, applicants_found: Vec::new(), applicants: Vec::new() }
    }

    /// Makes the stages full.
    pub fn crowd(&self, places: &mut [Place]) {
        for place in places {
            let on_stage = self.stages.iter().any(|s| s.commune.as_str() == place.code);
            place.weight = Some(if on_stage { CROWD * 100 } else { 100 });
        }
    }

    /// Remembers whoever fits a part.
    pub fn look_at(&mut self, person: &synth::Person) {
        // Below 60, so that a fee is due.
        let fits = (20..58).contains(&person.birth.age_on(self.today)) && person.birth.exact().is_some();
        let adult = person.death.is_none() && fits;
        if !adult || person.temporary.is_some() {
            return;
        }
        let found = Found { number: person.number, name: person.name.clone() };
        let home = &*person.permanent.commune;
        let head = matches!(&person.household, Some((_, Relation::Head)));
        match self.stages.iter_mut().find(|s| s.commune.as_str() == home) {
            Some(stage) if head && stage.hosts_found.len() < HOSTS => stage.hosts_found.push(found),
            Some(stage) if !head && stage.locals_found.len() < LOCALS => stage.locals_found.push(found),
            None if self.applicants_found.len() < APPLICANTS => self.applicants_found.push(found),
            _ => {}
        }
    }

    /// Opens the accounts.
    pub async fn settle(mut self, app: &App) -> anyhow::Result<Self> {
        self.applicants = citizens(app, &self.applicants_found).await?;
        for (n, stage) in self.stages.iter_mut().enumerate() {
            stage.hosts = citizens(app, &stage.hosts_found).await?;
            stage.locals = citizens(app, &stage.locals_found).await?;
            stage.officers = officers(app, stage, n).await?;
        }
        anyhow::ensure!(
            !self.applicants.is_empty()
                && self.stages.iter().all(|s| !s.hosts.is_empty() && !s.locals.is_empty()),
            "too few people for the demo: ask for more with --people"
        );
        Ok(self)
    }

    pub fn samples(&self) -> Vec<Sample> {
        let mut out = Vec::new();
        let mut add =
            |who: &str, login: String, note: String| out.push(Sample { who: who.to_owned(), login, note });
        let Some(stage) = self.stages.last() else { return out };
        let (Some(host), Some(local)) = (stage.hosts.last(), stage.locals.last()) else { return out };
        if let Some(c) = self.applicants.last() {
            add("Citizen (/sign-in)", c.number.to_string(), format!("{}, lives elsewhere", c.name));
        }
        add(
            "Host, a householder (/sign-in)",
            host.number.to_string(),
            format!("{}, in {}", host.name, stage.commune),
        );
        add("Resident (/sign-in)", local.number.to_string(), local.name.clone());
        for officer in &stage.officers {
            let who = format!("Officer, {} (/desk/sign-in)", officer.role.as_str());
            add(&who, officer.login.clone(), format!("one-time code: lienthong demo-code {}", officer.login));
        }
        out
    }
}

impl Stage {
    /// The officer of a role.
    pub fn officer(&self, role: Role) -> Option<&Officer> {
        self.officers.iter().find(|o| o.role == role)
    }
}

async fn citizens(app: &App, found: &[Found]) -> anyhow::Result<Vec<Citizen>> {
    let access = Access::system(Purpose::SIGN_IN);
    let mut seeds = Vec::with_capacity(found.len());
    for f in found {
        let mut tx = app.store.begin().await?;
        let person = app.registry.person_by_number(&mut tx, &access, &f.number).await;
        let person: PersonId =
            tx.finish(person).await?.context("somebody who was made is in the register")?;
        let (number, password) = (f.number, Password::new(PASSWORD));
        seeds.push(SeedCitizen { person, number, level: IdentityLevel::Two, password });
    }
    let tx = app.store.begin().await?;
    let accounts = seed::citizens(&app.identity, &tx, &seeds).await;
    let accounts = tx.finish(accounts).await?;
    let people = found.iter().zip(&seeds).zip(accounts);
    Ok(people
        .map(|((f, seed), account)| {
            let who = Who::Citizen { person: seed.person, level: seed.level };
            let actor = Actor { account, who, strength: LoginStrength::One };
            Citizen { number: f.number, name: f.name.clone(), actor }
        })
        .collect())
}

const OFFICERS: [(Role, &str, &str); 6] = [
    (Role::Receiver, "tiepnhan", "Trần Thị Thu Hương"),
    (Role::Decider, "giaiquyet", "Nguyễn Minh Quân"),
    (Role::Decider, "thamdinh", "Lê Hoàng Nam"),
    (Role::Head, "truong", "Phạm Đức Thịnh"),
    (Role::Auditor, "kiemtra", "Vũ Thị Mai Lan"),
    (Role::Administrator, "quantri", "Đặng Quốc Bảo"),
];

async fn officers(app: &App, stage: &Stage, n: usize) -> anyhow::Result<Vec<Officer>> {
    let seeds: Vec<SeedStaff> = OFFICERS
        .iter()
        .map(|(role, login, name)| {
            let login = format!("{login}{}", n + 1);
            SeedStaff {
                totp: totp_secret(&login),
                login,
                name: (*name).to_owned(),
                agency: stage.agency.clone(),
                role: *role,
                password: Password::new(PASSWORD),
            }
        })
        .collect();
    let tx = app.store.begin().await?;
    let accounts = seed::staff(&app.identity, &tx, &seeds).await;
    let accounts = tx.finish(accounts).await?;
    Ok(seeds
        .into_iter()
        .zip(accounts)
        .map(|(seed, account)| {
            let who = Who::Staff { agency: stage.agency.clone(), role: seed.role, name: seed.name };
            Officer {
                login: seed.login,
                role: seed.role,
                actor: Actor { account, who, strength: LoginStrength::Two },
            }
        })
        .collect())
}

/// The secret of a demo officer's one-time codes: told by the login, so that `demo-code` can print the code.
pub fn totp_secret(login: &str) -> Vec<u8> {
    format!("{login:-<20}").into_bytes()
}
