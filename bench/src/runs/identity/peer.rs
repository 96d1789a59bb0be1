//! The other provider: node `oidc-provider` as `identity/peer/peer.mjs` sets it up, one process with everything in its memory.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    party::{Kind, Party, REDIRECT_URI, SCOPE},
    provider::Provider,
};
use crate::{house::free_address, table::tell};

/// People whose tokens it is asked to make.
const PEOPLE: usize = 256;
const SECRET: &str = "a-secret-of-two-hundred-and-fifty-six-bits";

pub struct Peer {
    child: Child,
    pub provider: Arc<Provider>,
    pub keyed: Arc<Party>,
    pub secret: Arc<Party>,
    pub tokens: Tokens,
}

/// What it made without anybody signing in.
#[derive(Deserialize)]
pub struct Tokens {
    /// Access tokens of people, for the party with the secret.
    pub access: Vec<String>,
    /// Refresh tokens of the party with the key.
    pub bound: Vec<String>,
    issuer: String,
}

impl Peer {
    /// `folder` is that of `peer.mjs`; its packages are installed by its lock file when they are missing.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        let script = folder.join("peer.mjs");
        anyhow::ensure!(script.exists(), "{} is not there: run from the repository", script.display());
        install(folder)?;
        let keyed = Party::new("keyed", Kind::keyed()?);
        let secret = Party::new("secret", Kind::Secret(SECRET.to_owned()));
        let address = free_address()?;
        let told = json!({
            "port": address.port(), "scope": SCOPE, "tokens": PEOPLE, "jkt": keyed.thumbprint()?,
            "clients": [client(&keyed)?, client(&secret)?],
        });
        let mut child = Command::new("node")
            .arg(&script)
            .env("NODE_ENV", "production")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting node")?;
        // Its input stays open: it ends when we do.
        writeln!(child.stdin.as_mut().context("its input")?, "{told}")?;
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().context("its output")?).read_line(&mut line)?;
        let tokens: Tokens = serde_json::from_str(&line).context("the other provider did not start")?;
        let process = i32::try_from(child.id())?;
        let provider = Provider::discover(address, &tokens.issuer, process, None).await?;
        Ok(Self { child, provider, keyed, secret, tokens })
    }

    pub fn process(&self) -> i32 {
        self.provider.process
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn install(folder: &Path) -> anyhow::Result<()> {
    if folder.join("node_modules").exists() {
        return Ok(());
    }
    tell("Installing the other provider…");
    let status = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .status()
        .context("starting npm")?;
    anyhow::ensure!(status.success(), "npm ci: {status}");
    Ok(())
}

/// Its own client metadata (RFC 7591).
fn client(party: &Party) -> anyhow::Result<Value> {
    let mut all = json!({
        "client_id": party.id, "redirect_uris": [REDIRECT_URI], "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "id_token_signed_response_alg": "ES256",
    });
    let more = match &party.kind {
        Kind::Keyed { .. } => json!({
            "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256",
            "dpop_bound_access_tokens": true, "jwks": { "keys": [party.jwk()?] },
        }),
        Kind::Secret(secret) => {
            json!({ "token_endpoint_auth_method": "client_secret_basic", "client_secret": secret })
        }
    };
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
    Ok(all)
}
