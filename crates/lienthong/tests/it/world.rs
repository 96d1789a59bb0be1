//! A few people and officers, the same in every test that needs some.

use std::io::Cursor;

use base::{PersonalNumber, Sex};
use contracts::{
    Access, Actor, AgencyId, IdentityLevel, PersonId, Purpose, Role,
    ports::{Accounts, Register},
};
use identity::{
    Password,
    model::Period,
    ops::staff_grant::{Grant, staff_grant},
    seed::{self, SeedCitizen, SeedStaff},
};
use jiff::{Span, Timestamp, civil::Date};
use lienthong::app::App;
use serde_json::{Value, json};

use crate::requests::Ask;

/// Where people move to: phường Sài Gòn. Its police have the dossiers.
pub const COMMUNE: &str = "26740";
pub const POLICE: &str = "CA-X-26740";
/// Where citizens live: phường Ba Đình.
const HOME: &str = "00004";

pub const RESIDENCE: &str = "1.004194";
pub const CONFIRMATION: &str = "1.010041";

pub const PASSWORD: &str = "một mật khẩu để thử";
const OFFICERS: [(Role, &str, &str); 3] = [
    (Role::Receiver, "tiepnhan", "Trần Thu Hương"),
    (Role::Decider, "giaiquyet", "Nguyễn Minh Quân"),
    (Role::Head, "truong", "Phạm Đức Thịnh"),
];

pub struct Citizen {
    pub person: PersonId,
    pub number: PersonalNumber,
}

/// Loads householders, of whom the last `hosts` live in [`COMMUNE`], opens their accounts and those of the officers of
/// [`POLICE`].
pub async fn settle(app: &App, citizens: u32, hosts: u32) -> Vec<Citizen> {
    let count = citizens + hosts;
    let rejects = tempfile::tempdir().unwrap();
    let options = registry::import::Options::new("test", rejects.path().join("rejects.csv"));
    let (file, nation) = (Cursor::new(people_csv(citizens, hosts)), app.registry.nation.clone());
    let summary = registry::import::run(&app.store, nation, file, &options, |_| {}).await.unwrap();
    assert_eq!((summary.loaded, summary.rejected), (u64::from(count), 0));

    let access = Access::system(Purpose::SIGN_IN);
    let mut people = Vec::new();
    for n in 0..count {
        let number = number(n);
        let mut tx = app.store.begin().await.unwrap();
        let found = app.registry.person_by_number(&mut tx, &access, &number).await;
        let person = tx.finish(found).await.unwrap().unwrap();
        people.push(Citizen { person, number });
    }
    let password = Password::new(PASSWORD);
    let level = IdentityLevel::Two;
    let seeds: Vec<SeedCitizen> = people
        .iter()
        .map(|c| SeedCitizen { person: c.person, number: c.number, level, password: password.clone() })
        .collect();
    let staff: Vec<SeedStaff> = OFFICERS
        .iter()
        .map(|(role, login, name)| SeedStaff {
            login: (*login).to_owned(),
            name: (*name).to_owned(),
            agency: AgencyId::new(POLICE),
            role: *role,
            password: password.clone(),
            totp: totp_secret(*role),
        })
        .collect();
    let tx = app.store.begin().await.unwrap();
    let made = async {
        seed::citizens(&app.identity, &tx, &seeds).await?;
        seed::staff(&app.identity, &tx, &staff).await
    };
    let made = made.await;
    tx.finish(made).await.unwrap();
    people
}

fn totp_secret(role: Role) -> Vec<u8> {
    format!("{:-<20}", role.as_str()).into_bytes()
}

/// The request by which a citizen signs in.
pub fn sign_in(citizen: &Citizen) -> Ask {
    Ask::post("/api/v1/sessions", json!({ "number": citizen.number, "password": PASSWORD }))
}

/// The request by which an officer signs in.
pub fn sign_in_officer(role: Role, now: Timestamp) -> Ask {
    let (_, login, _) = OFFICERS.iter().find(|o| o.0 == role).unwrap();
    let code = identity::totp::code(&totp_secret(role), now).unwrap();
    Ask::post("/api/v1/sessions", json!({ "login": login, "password": PASSWORD, "code": code }))
}

/// What an officer types at the door of the desk: login name, password, one-time code.
pub fn officer_secrets(role: Role, now: Timestamp) -> (String, String, String) {
    let (_, login, _) = OFFICERS.iter().find(|o| o.0 == role).unwrap();
    let code = identity::totp::code(&totp_secret(role), now).unwrap();
    ((*login).to_owned(), PASSWORD.to_owned(), code)
}

/// Gives the officer of one role another one beside it.
pub async fn also(app: &App, of: Role, role: Role) {
    let mut tx = app.store.begin().await.unwrap();
    let agency = AgencyId::new(POLICE);
    let (_, _, name) = OFFICERS.iter().find(|o| o.0 == of).unwrap();
    let officers = app.identity.officers(&mut tx, &agency).await.unwrap();
    let account = officers.iter().find(|o| o.name == *name).unwrap().account;
    let grant = Grant { account, agency, role, period: Period::default() };
    let granted = staff_grant(&app.identity, &mut tx, &Actor::system(), &grant).await;
    tx.finish(granted).await.unwrap();
}

/// Temporary residence in a dwelling of one's own, whose papers the state holds: asks nobody else.
pub fn own_dwelling(today: Date) -> Value {
    let year = today.checked_add(Span::new().years(1)).unwrap();
    json!({
        "phone": "0912345678", "commune": COMMUNE, "address": "Số 12 phố Nguyễn Huệ", "dwelling": "own",
        "proof_on_record": true, "from": today, "to": year, "reason": "đi làm", "with_members": false,
        "fee_exemption": "none",
    })
}

/// The same in another person's household.
pub fn staying_with(host: &Citizen, today: Date) -> Value {
    let mut answers = own_dwelling(today);
    let map = answers.as_object_mut().unwrap();
    map.remove("proof_on_record");
    map.insert("dwelling".into(), json!("host"));
    map.insert("host_number".into(), json!(host.number));
    map.insert("host_relation".into(), json!("lodger"));
    answers
}

/// A confirmation that the record alone decides.
pub fn confirmation() -> Value {
    json!({ "scope": "current", "purpose": "Làm hồ sơ vay vốn ngân hàng" })
}

fn number(n: u32) -> PersonalNumber {
    PersonalNumber::compose(1, Sex::Female, 1990, 1000 + n).unwrap()
}

/// One more householder, who has no account.
pub async fn also_on_record(app: &App, key: &str, number: PersonalNumber, name: &str) {
    let rejects = tempfile::tempdir().unwrap();
    let options = registry::import::Options::new("test", rejects.path().join("rejects.csv"));
    let row = synth::HEADER.map(|column| match column {
        "source_key" => key.to_owned(),
        "synthetic" => "1".to_owned(),
        "number" => number.to_string(),
        "full_name" => name.to_owned(),
        "sex" => "female".to_owned(),
        "birth_date" => "1990-05-17".to_owned(),
        "household_key" => format!("{key}-H"),
        "household_relation" => "head".to_owned(),
        "permanent_commune" => HOME.to_owned(),
        "permanent_address" => "Số 7 phố Liễu Giai".to_owned(),
        "permanent_since" => "2015-09-01".to_owned(),
        _ => String::new(),
    });
    let file = format!("{}\n{}\n", synth::HEADER.join(","), row.join(","));
    let (file, nation) = (Cursor::new(file.into_bytes()), app.registry.nation.clone());
    let summary = registry::import::run(&app.store, nation, file, &options, |_| {}).await.unwrap();
    assert_eq!((summary.loaded, summary.rejected), (1, 0));
}

/// Householders who live alone.
fn people_csv(citizens: u32, hosts: u32) -> Vec<u8> {
    let mut out = synth::HEADER.join(",");
    for n in 0..citizens + hosts {
        let row = synth::HEADER.map(|column| match column {
            "source_key" => format!("SYN-T-{n:08}"),
            "synthetic" => "1".to_owned(),
            "number" => number(n).to_string(),
            "full_name" => format!("Nguyễn Thị {}", GIVEN[n as usize % GIVEN.len()]),
            "sex" => "female".to_owned(),
            "birth_date" => "1990-05-17".to_owned(),
            "household_key" => format!("SYN-HT-{n:07}"),
            "household_relation" => "head".to_owned(),
            "permanent_commune" => if n < citizens { HOME } else { COMMUNE }.to_owned(),
            "permanent_address" => format!("Số {} phố Đội Cấn", n + 1),
            "permanent_since" => "2015-09-01".to_owned(),
            _ => String::new(),
        });
        out.push('\n');
        out.push_str(&row.join(","));
    }
    out.push('\n');
    out.into_bytes()
}

const GIVEN: [&str; 5] = ["An", "Bình", "Hoa", "Lan", "Mai"];
