//! The world before the load: relying parties that were proposed and approved, people with passkeys, people with passwords.
//!
//! By the operations that people use, but for accounts and first sessions, which are made in bulk.

use std::sync::Arc;

use anyhow::Context;
use base::PersonalNumber;
use contracts::{AccountId, Actor, AgencyId, IdentityLevel, LoginStrength, PersonId, Role, Who};
use identity::{
    Current, Identity, Password,
    ops::{passkey_offer, passkey_register, session_resolve::session_resolve},
    seed::{self, SeedCitizen},
};
use jiff::SignedDuration;
use lienthong::{app::App, config::Config};
use openid::{
    ClientDraft, ClientId, OpenId,
    ops::{client_approve, client_find, client_key_add, client_propose, client_secret_make},
};
use serde_json::{Value, json};

use super::{
    browser::{ADDRESS_HEADER, Person},
    device::Device,
    party::{Kind, Party, REDIRECT_URI, SCOPE},
};

/// How the server is reached, as its clients believe: passkeys and proofs are made out to it.
pub const ORIGIN: &str = "https://id.bench.example";
/// A resource server for which tokens are made out.
pub const RESOURCE: &str = "https://api.bench.example";
/// Everybody's.
pub const PASSWORD: &str = "bench-password-2026";
/// Whose relying parties they are.
const OWNER: &str = "CA-X-26740";
const SESSION: SignedDuration = SignedDuration::from_hours(8);
/// For how long compatibility clients are allowed.
const BASIC: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What the server is told besides where it listens.
pub const ENVIRONMENT: [(&str, &str); 2] =
    [("LIENTHONG_PUBLIC_URL", ORIGIN), ("LIENTHONG_CLIENT_HEADER", ADDRESS_HEADER)];

/// The same for a system in this process.
pub fn settings() -> Config {
    Config {
        public_url: ORIGIN.to_owned(),
        client_header: Some(ADDRESS_HEADER.to_owned()),
        ..Config::default()
    }
}

pub struct World {
    /// The strict profile: a key, proofs of possession, pushed requests.
    pub keyed: Arc<Party>,
    /// A compatibility client with a secret.
    pub secret: Arc<Party>,
    /// A resource server, which asks about tokens.
    pub resource: Arc<Party>,
    /// With a passkey each.
    pub people: Vec<Person>,
    /// Personal numbers of those who use [`PASSWORD`].
    pub numbers: Vec<PersonalNumber>,
}

/// Makes so many people with passkeys, all of whom know [`PASSWORD`] too.
pub async fn make(app: &App, people: usize) -> anyhow::Result<World> {
    let until = app.store.clock().now() + BASIC;
    let strict = json!({ "kind": "fapi2" });
    let basic = json!({ "kind": "basic", "until": until });
    let keyed = json!({
        "profile": strict, "authentication": "private_key_jwt", "sender": "dpop",
        "grants": ["authorization_code", "refresh_token", "client_credentials"],
    });
    let secret = json!({
        "profile": basic, "authentication": "client_secret_basic", "sender": "bearer",
        "grants": ["authorization_code", "refresh_token", "client_credentials"],
    });
    let resource = json!({
        "profile": basic, "authentication": "client_secret_basic", "sender": "bearer",
        "grants": ["client_credentials"], "redirect_uris": [], "audiences": [], "resource": RESOURCE,
    });
    let (people, numbers) = persons(app, people).await?;
    Ok(World {
        keyed: party(app, keyed).await?,
        secret: party(app, secret).await?,
        resource: party(app, resource).await?,
        people,
        numbers,
    })
}

/// Proposed by its agency, with its key or secret, and approved by the operator.
async fn party(app: &App, differs: Value) -> anyhow::Result<Arc<Party>> {
    let cx = &app.openid;
    let mut draft = json!({
        "name": { "vi": "Ứng dụng đo", "en": "Measured application" },
        "purpose": { "vi": "Đo thời gian xử lý", "en": "Measuring how long things take" },
        "sandbox": false, "redirect_uris": [REDIRECT_URI], "api_scopes": [SCOPE], "audiences": [RESOURCE],
        "contact": "bench@rp.bench.example",
    });
    let (Some(all), Value::Object(differs)) = (draft.as_object_mut(), differs) else {
        anyhow::bail!("a draft is an object");
    };
    all.extend(differs);
    let draft: ClientDraft = serde_json::from_value(draft)?;
    let owner = officer(&AgencyId::new(OWNER), Role::Administrator);
    let mut tx = app.store.begin().await?;
    let id = client_propose(cx, &mut tx, &owner, &draft).await;
    let id = tx.finish(id).await?;
    let kind = if draft.authentication.is_secret() {
        let mut tx = app.store.begin().await?;
        let made = client_secret_make(cx, &mut tx, &owner, id).await;
        Kind::Secret(tx.finish(made).await?.text)
    } else {
        Kind::keyed()?
    };
    let party = Party::new(id.to_string(), kind);
    if let Kind::Keyed { .. } = &party.kind {
        let jwk = party.jwk()?.to_string();
        let mut tx = app.store.begin().await?;
        let added = client_key_add(cx, &mut tx, &owner, id, &jwk).await;
        tx.finish(added).await?;
    }
    approve(app, cx, id).await?;
    Ok(party)
}

async fn approve(app: &App, cx: &OpenId, id: ClientId) -> anyhow::Result<()> {
    let operator = officer(&cx.settings.operator, Role::Head);
    let mut tx = app.store.begin().await?;
    let outcome = async {
        let found = client_find(cx, &mut tx, &operator, id).await?;
        client_approve(cx, &mut tx, &operator, id, found.version).await
    }
    .await;
    tx.finish(outcome).await?;
    Ok(())
}

fn officer(agency: &AgencyId, role: Role) -> Actor {
    let chance = base::entropy::bytes(&base::SystemEntropy);
    Actor {
        account: AccountId(uuid::Uuid::from_bytes(chance)),
        who: Who::Staff { agency: agency.clone(), role, name: "Cán bộ đo".to_owned() },
        strength: LoginStrength::Two,
    }
}

/// So many with passkeys, and the numbers of as many who have a password alone.
async fn persons(app: &App, count: usize) -> anyhow::Result<(Vec<Person>, Vec<PersonalNumber>)> {
    let password = Password::new(PASSWORD);
    let mut seeds = Vec::with_capacity(2 * count);
    for n in 0..2 * count {
        let number: Option<PersonalNumber> = format!("001090{n:06}").parse().ok();
        seeds.push(SeedCitizen {
            person: PersonId(uuid::Uuid::from_bytes(base::entropy::bytes(&base::SystemEntropy))),
            number: number.context("a number")?,
            level: IdentityLevel::Two,
            password: password.clone(),
        });
    }
    let tx = app.store.begin().await?;
    let outcome = async {
        let accounts = seed::citizens(&app.identity, &tx, &seeds).await?;
        let mut tokens = Vec::with_capacity(count);
        for account in accounts.into_iter().take(count) {
            tokens.push(seed::session(&tx, account, None, SESSION).await?);
        }
        Ok::<_, identity::IdentityError>(tokens)
    }
    .await;
    let tokens = tx.finish(outcome).await?;
    let mut people = Vec::with_capacity(count);
    for token in tokens {
        let me = session_resolve(&app.identity, token.hash()).await?.context("a session")?;
        people.push(Person::new(passkey(&app.identity, &me).await?));
    }
    Ok((people, seeds.into_iter().skip(count).map(|seed| seed.number).collect()))
}

/// A device on which this person keeps a passkey from now on.
async fn passkey(cx: &Identity, me: &Current) -> anyhow::Result<Device> {
    let mut device = Device::new(ORIGIN)?;
    let mut tx = cx.store.begin().await?;
    let offer = passkey_offer(cx, &mut tx, me).await;
    let offer = tx.finish(offer).await?;
    let answer = device.create(&offer.options)?;
    passkey_register(cx, me, &offer.ceremony, &answer, "Điện thoại").await?;
    Ok(device)
}
