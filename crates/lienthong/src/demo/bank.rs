//! The bank of the demo: registered as any relying party is, by one officer of the bank and approved by one of the
//! authority, and served by a process of its own.

use std::{net::SocketAddr, path::Path, process::Stdio};

use anyhow::Context;
use base::Text;
use contracts::{AccountId, Actor, AgencyId, LoginStrength, Role, Who};
use identity::{
    Password,
    seed::{self, SeedStaff},
};
use openid::{
    Authentication, Claim, ClientDraft, GrantType, Profile, Sender,
    model::{ClaimRight, Messages},
    ops::{client_approve, client_find, client_key_add, client_propose},
};
use serde::{Deserialize, Serialize};
use tokio::process::{Child, Command};

use super::{PASSWORD, cast, cast::Sample};
use crate::{
    app::{App, OPERATOR},
    config::Config,
    party::{self, Settings},
};

/// The sample bank, as the owner of its client: one of `catalogue/organisations.toml`.
const BANK: &str = "NGAN-HANG-MAU";
const STAFF: [(&str, &str, &str, Role); 2] = [
    (BANK, "quantri.nganhang", "Hoàng Thị Ngọc Anh", Role::Administrator),
    (OPERATOR, "truong.c06", "Bùi Quang Huy", Role::Head),
];
const FOLDER: &str = "party";
/// What a bank may ask, and the law that lets it.
const BASIS: &str = "Luật Phòng, chống rửa tiền 14/2022/QH15, Điều 9";

/// The two officers, as the demo's file keeps them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Staff {
    bank: AccountId,
    operator: AccountId,
}

impl Staff {
    /// Opens their accounts.
    pub async fn settle(app: &App) -> anyhow::Result<Self> {
        let seeds = STAFF.map(|(agency, login, name, role)| SeedStaff {
            login: login.to_owned(),
            name: name.to_owned(),
            agency: AgencyId::new(agency),
            role,
            password: Password::new(PASSWORD),
            totp: cast::totp_secret(login),
        });
        let tx = app.store.begin().await?;
        let made = seed::staff(&app.identity, &tx, &seeds).await;
        match *tx.finish(made).await? {
            [bank, operator] => Ok(Self { bank, operator }),
            _ => anyhow::bail!("two accounts were to be made"),
        }
    }

    pub fn actors(&self) -> [Actor; 2] {
        let [bank, operator] = STAFF.map(|(agency, _, name, role)| Who::Staff {
            agency: AgencyId::new(agency),
            role,
            name: name.to_owned(),
        });
        let strength = LoginStrength::Two;
        [
            Actor { account: self.bank, who: bank, strength },
            Actor { account: self.operator, who: operator, strength },
        ]
    }
}

pub fn samples() -> Vec<Sample> {
    let line = |(agency, login, ..): (&str, &str, &str, Role)| Sample {
        who: match agency {
            BANK => "The bank’s own officer (/console)".to_owned(),
            _ => "Who approves programs (/console)".to_owned(),
        },
        login: login.to_owned(),
        note: format!("one-time code: lienthong demo-code {login}"),
    };
    STAFF.map(line).to_vec()
}

/// The bank's address: the port after ours. It is reached by its address and not by our name, because cookies know no
/// ports: what the bank keeps in a browser must be no business of ours.
pub fn address(config: &Config) -> SocketAddr {
    SocketAddr::new(config.listen.ip(), config.listen.port().wrapping_add(1))
}

/// Registers the bank where that has not been done under these addresses, and starts it. It ends with us.
pub async fn open(app: &App, config: &Config, staff: &Staff) -> anyhow::Result<Child> {
    let folder = config.data_dir.join(FOLDER);
    let url = format!("http://{}", address(config));
    let known = party::read_settings(&folder).ok();
    let fits = |known: &Settings| {
        known.url == url && known.issuer == config.public_url && known.asks == party::asks()
    };
    if !known.as_ref().is_some_and(fits) {
        let registered = register(app, &config.public_url, &staff.actors(), &folder, url).await;
        registered.context("registering the bank")?;
    }
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("party").arg("--folder").arg(&folder).arg("--at").arg(address(config).to_string());
    command.arg("--attached").stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
    command.spawn().context("starting the bank")
}

/// Registers the bank: one officer of its own proposes, one of the authority approves.
pub async fn register(
    app: &App,
    issuer: &str,
    [bank, operator]: &[Actor; 2],
    folder: &Path,
    url: String,
) -> anyhow::Result<()> {
    let key = party::make_key(folder)?;
    let mut tx = app.store.begin().await?;
    let id = client_propose(&app.openid, &mut tx, bank, &draft(&url)).await;
    let id = tx.finish(id).await?;
    let mut tx = app.store.begin().await?;
    let added = client_key_add(&app.openid, &mut tx, bank, id, &serde_json::to_string(&key)?).await;
    tx.finish(added).await?;
    let mut tx = app.store.begin().await?;
    let approved = async {
        let version = client_find(&app.openid, &mut tx, operator, id).await?.version;
        client_approve(&app.openid, &mut tx, operator, id, version).await
    }
    .await;
    tx.finish(approved).await?;
    party::write_settings(
        folder,
        &Settings { issuer: issuer.to_owned(), client_id: id.to_string(), url, asks: party::asks() },
    )
}

fn draft(url: &str) -> ClientDraft {
    let right = |claim| ClaimRight::new(claim, BASIS);
    let for_companies = Text::new("Mở tài khoản cho tổ chức", "Opening an account for an organisation");
    let organisation = ClaimRight { purpose: Some(for_companies), ..right(Claim::Organisation) };
    ClientDraft {
        name: Text { vi: "Ngân hàng Mẫu".into(), en: "Sample Bank".into() },
        purpose: Text { vi: "Mở tài khoản thanh toán".into(), en: "Opening a payment account".into() },
        profile: Profile::Fapi2,
        sandbox: false,
        authentication: Authentication::PrivateKeyJwt,
        sender: Sender::Dpop,
        grants: vec![GrantType::AuthorizationCode],
        redirect_uris: vec![party::redirect_uri(url)],
        post_logout_redirect_uris: vec![party::signed_out_uri(url)],
        backchannel_logout_uri: None,
        ciba_notification_uri: None,
        jwks_uri: None,
        sector: None,
        claims: [Claim::AgeOver18, Claim::Name].map(right).into_iter().chain([organisation]).collect(),
        api_scopes: Vec::new(),
        audiences: Vec::new(),
        resource: None,
        messages: Messages::default(),
        tls_subject: None,
        policy_uri: None,
        contact: "hotro@nganhangmau.example.vn".to_owned(),
    }
}
