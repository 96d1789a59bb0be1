//! Configuration: defaults < file < environment < flags. Unknown keys are refused; every value knows where it came from.
//!
//! The file is TOML (`lienthong.toml` in the data directory, or `--config-file`). The environment speaks as
//! `LIENTHONG_LISTEN=…`; `DATABASE_URL` is understood as it is. Secrets are files in the data directory, never here.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context, bail};
use figment::{
    Figment, Profile,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

/// Everything that an operator can set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the private database, keys and logs live.
    pub data_dir: PathBuf,
    /// An operator's PostgreSQL. None: a private one in the data directory.
    pub database_url: Option<String>,
    /// Address of the sites and the API.
    pub listen: SocketAddr,
    /// Address of health and metrics; loopback unless said otherwise.
    pub ops_listen: Option<SocketAddr>,
    /// How the public reaches us, such as `https://dichvucong.example.vn`; stands in QR codes.
    pub public_url: String,
    /// Certificate chain and key, both PEM: the sites and the API are served over TLS by this program itself. None: a
    /// proxy in front of it does that.
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    /// A second address, over TLS, at which relying parties show their own certificates (RFC 8705).
    pub mtls_listen: Option<SocketAddr>,
    /// How relying parties reach it.
    pub mtls_url: Option<String>,
    /// Authorities, PEM, whose word on a relying party's name counts; self-made certificates need none.
    pub mtls_authorities: Option<PathBuf>,
    /// A hardware module for the provider's signing keys (PKCS#11): its library, the label of the token in it, and a file
    /// with the PIN. None: keys are files beside the others.
    pub pkcs11_module: Option<PathBuf>,
    pub pkcs11_token: Option<String>,
    pub pkcs11_pin_file: Option<PathBuf>,
    /// Hosts of relying parties that the provider sends to (logout, keys, events) although they are inside a network of
    /// ours. To every other host it sends at public addresses only.
    pub outbound_hosts: Vec<String>,
    /// A telco's gateway for short messages, and a file with the secret that it knows us by. None: no account is opened
    /// online, and no code and no notice goes by message.
    pub messages_url: Option<String>,
    pub messages_key: Option<PathBuf>,
    /// A list of the devices that compare people with their cards at counters. None: the officers' own eyes do.
    pub devices_file: Option<PathBuf>,
    /// Header in which our own proxy names the client.
    pub client_header: Option<String>,
    /// What this process does: `web`, `worker`, `relay`, `sequencer`.
    pub roles: Vec<Role>,
    /// Connections to the database of this process.
    pub connections_max: usize,
    /// A catalogue folder to use instead of the built-in one.
    pub catalogue_dir: Option<PathBuf>,
    /// Name of the log, as it stands on its checkpoints.
    pub log_origin: String,
    /// `text` or `json`.
    pub log_format: LogFormat,
    /// Marks papers as made from synthetic data.
    pub synthetic: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Web,
    Worker,
    Relay,
    Sequencer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("var"),
            database_url: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            ops_listen: None,
            public_url: "http://localhost:8080".to_owned(),
            tls_certificate: None,
            tls_key: None,
            mtls_listen: None,
            mtls_url: None,
            mtls_authorities: None,
            pkcs11_module: None,
            pkcs11_token: None,
            pkcs11_pin_file: None,
            outbound_hosts: Vec::new(),
            messages_url: None,
            messages_key: None,
            devices_file: None,
            client_header: None,
            roles: vec![Role::Web, Role::Worker, Role::Relay, Role::Sequencer],
            connections_max: 16,
            catalogue_dir: None,
            log_origin: "lienthong.local/log".to_owned(),
            log_format: LogFormat::Text,
            synthetic: false,
        }
    }
}

/// The flags that every command understands.
#[derive(Debug, Clone, Default, clap::Args, Serialize)]
pub struct Flags {
    /// Configuration file (default: lienthong.toml in the data directory).
    #[arg(long, global = true)]
    #[serde(skip)]
    pub config_file: Option<PathBuf>,
    /// Where the private database, keys and logs live.
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// Address of the sites and the API.
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// How the public reaches us.
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// What this process does.
    #[arg(long, global = true, value_delimiter = ',')]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
}

/// The keys that exist, in the order in which they are printed.
const KEYS: [&str; 24] = [
    "data_dir",
    "database_url",
    "listen",
    "ops_listen",
    "public_url",
    "tls_certificate",
    "tls_key",
    "mtls_listen",
    "mtls_url",
    "mtls_authorities",
    "pkcs11_module",
    "pkcs11_token",
    "pkcs11_pin_file",
    "outbound_hosts",
    "messages_url",
    "messages_key",
    "devices_file",
    "client_header",
    "roles",
    "connections_max",
    "catalogue_dir",
    "log_origin",
    "log_format",
    "synthetic",
];

/// A configuration together with where each value came from.
pub struct Loaded {
    pub config: Config,
    figment: Figment,
}

impl Loaded {
    pub fn read(flags: &Flags) -> anyhow::Result<Self> {
        Self::read_with(flags, Env::raw())
    }

    fn read_with(flags: &Flags, env: Env) -> anyhow::Result<Self> {
        let ours = env.clone().filter_map(|key| {
            let key = key.as_str().to_lowercase();
            key.strip_prefix("lienthong_").map(|k| k.to_owned().into())
        });
        let database = env.filter_map(|key| (key == "DATABASE_URL").then(|| "database_url".into()));
        let base = Figment::from(Serialized::defaults(Config::default()));
        let top = |f: Figment| {
            f.merge(database.clone()).merge(ours.clone()).merge(Serialized::from(flags, Profile::Default))
        };
        // The data directory decides where the file is, so it is found out first, without the file.
        let dir: PathBuf = top(base.clone()).extract_inner("data_dir").context("data_dir")?;
        let file = flags.config_file.clone().unwrap_or_else(|| dir.join("lienthong.toml"));
        if flags.config_file.is_some() && !file.exists() {
            bail!("there is no configuration file {}", file.display());
        }
        let figment = top(if file.exists() { base.merge(Toml::file_exact(file)) } else { base });
        let config: Config = figment.extract().map_err(|e| anyhow::anyhow!("{}", describe(&e)))?;
        Ok(Self { config, figment })
    }

    /// One line for each key: name, value, where from.
    pub fn print(&self) -> String {
        let mut out = String::new();
        for key in KEYS {
            let value = self.figment.find_value(key).ok();
            let from = self.figment.find_metadata(key);
            let from = from.map_or("default".to_owned(), |m| match &m.source {
                Some(figment::Source::File(path)) => path.display().to_string(),
                _ if m.name.contains("nvironment") => "environment".to_owned(),
                _ if m.name.contains("Flags") => "flag".to_owned(),
                _ => "default".to_owned(),
            });
            let value = match (key, value) {
                // It may carry a password.
                ("database_url", Some(figment::value::Value::String(..))) => "(set)".to_owned(),
                (_, Some(v)) => json(&v),
                (_, None) => "(not set)".to_owned(),
            };
            out.push_str(&format!("{key:<16} = {value:<40} # {from}\n"));
        }
        out
    }
}

fn json(value: &figment::value::Value) -> String {
    serde_json::to_value(value).map(|v| v.to_string()).unwrap_or_default()
}

fn describe(error: &figment::Error) -> String {
    let hint = format!("known keys: {}", KEYS.join(", "));
    format!("the configuration is wrong: {error}\n{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(dir: &std::path::Path) -> Flags {
        Flags { data_dir: Some(dir.to_owned()), ..Flags::default() }
    }

    fn no_env() -> Env {
        Env::raw().filter(|_| false)
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let dir = std::env::temp_dir().join(format!("lienthong-config-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("lienthong.toml"), "public_url = \"https://a.vn\"\nconnections_max = 3\n")
            .unwrap();
        let mut flags = flags(&dir);
        let loaded = Loaded::read_with(&flags, no_env()).unwrap();
        assert_eq!((loaded.config.public_url.as_str(), loaded.config.connections_max), ("https://a.vn", 3));
        flags.public_url = Some("https://b.vn".into());
        let loaded = Loaded::read_with(&flags, no_env()).unwrap();
        assert_eq!(loaded.config.public_url, "https://b.vn");
        let printed = loaded.print();
        assert!(printed.contains("\"https://b.vn\"") && printed.contains("# flag"), "{printed}");
        assert!(printed.contains("lienthong.toml"), "{printed}");

        std::fs::write(dir.join("lienthong.toml"), "publik_url = \"https://a.vn\"\n").unwrap();
        let refused = Loaded::read_with(&flags, no_env()).err().unwrap().to_string();
        assert!(refused.contains("publik_url") && refused.contains("public_url"), "{refused}");
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
