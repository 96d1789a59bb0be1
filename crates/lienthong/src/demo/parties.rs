//! The telco and the counter's device of the demo: set up once, each a process of its own that ends with us.

use std::{
    net::{IpAddr, SocketAddr},
    path::Path,
    process::Stdio,
};

use anyhow::Context;
use base::{Entropy, SystemEntropy};
use jose::{Algorithm, Signer as _, SoftwareKey};
use tokio::process::{Child, Command};

use super::cast::STAGES;
use crate::{
    adapters::devices::{Devices, Listed},
    config::Config,
    party::{self, Who, common},
};

const SECRET: &str = "secret";
const LIST: &str = "devices.toml";
/// Under which the device is registered.
const DEVICE: &str = "QUAY-1";

/// Where the two are: the ports after the bank's.
pub struct Addresses {
    pub telco: SocketAddr,
    pub device: SocketAddr,
}

impl Addresses {
    pub fn of(config: &Config) -> Self {
        let (ip, port): (IpAddr, u16) = (config.listen.ip(), config.listen.port());
        let at = |after: u16| SocketAddr::new(ip, port.wrapping_add(after));
        Self { telco: at(2), device: at(3) }
    }
}

/// Sets both up where that has not been done, writes into the configuration how they are reached, and starts them.
pub fn open(config: &mut Config, people: &Path) -> anyhow::Result<[Child; 2]> {
    let at = Addresses::of(config);
    let telco = config.data_dir.join("telco");
    let secret = secret(&telco)?;
    common::write_settings(&telco, &party::telco::Settings { people: people.to_owned(), secret })?;
    config.messages_url = Some(format!("http://{}", at.telco));
    config.messages_key = Some(telco.join(SECRET));

    let device = config.data_dir.join("device");
    let settings = party::device::Settings { id: DEVICE.to_owned(), secret: self::secret(&device)? };
    common::write_settings(&device, &settings)?;
    let list = device.join(LIST);
    let listed = Devices { device: vec![listed(&device, at.device)?] };
    std::fs::write(&list, toml::to_string_pretty(&listed)?)?;
    config.devices_file = Some(list);
    Ok([start(Who::Telco, &telco, at.telco)?, start(Who::Device, &device, at.device)?])
}

/// What both sides know: made once.
fn secret(folder: &Path) -> anyhow::Result<String> {
    let path = folder.join(SECRET);
    if let Ok(known) = std::fs::read_to_string(&path) {
        return Ok(known);
    }
    let entropy: &dyn Entropy = &SystemEntropy;
    let secret = jose::b64::encode(base::entropy::bytes::<32>(entropy));
    std::fs::create_dir_all(folder)?;
    common::write_secret(&path, &secret)?;
    Ok(secret)
}

fn listed(folder: &Path, at: SocketAddr) -> anyhow::Result<Listed> {
    let key = match std::fs::read_to_string(folder.join(party::KEY)) {
        Ok(pem) => SoftwareKey::from_pem(&pem, Algorithm::Es256)?.public_jwk().clone(),
        Err(_) => party::make_key(folder)?,
    };
    // Where the officers of the greeting work.
    let commune = STAGES.last().context("a commune")?;
    Ok(Listed {
        id: DEVICE.to_owned(),
        name: "Quầy 1".to_owned(),
        agency: format!("CA-X-{commune}"),
        url: format!("http://{at}"),
        secret_file: SECRET.to_owned(),
        key: serde_json::to_string(&key)?,
    })
}

fn start(who: Who, folder: &Path, at: SocketAddr) -> anyhow::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("party").arg(who.as_str()).arg("--folder").arg(folder).arg("--at").arg(at.to_string());
    command.arg("--attached").stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
    command.spawn().with_context(|| format!("starting the {}", who.as_str()))
}
