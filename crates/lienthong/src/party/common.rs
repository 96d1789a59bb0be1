//! What the parties with a gateway have in common: their settings, the secret that both sides know, the frame of a page.

use std::{io::Write, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc};

use anyhow::Context;
use axum::{
    Router,
    http::{HeaderMap, header::AUTHORIZATION},
};
use base::{Clock, Entropy};
use maud::Markup;
use serde::{Serialize, de::DeserializeOwned};
use webkit::{Kit, Texts, View};

use super::{SETTINGS, TEXTS};

/// A secret that both sides of a gateway know, in a file that only its owner reads.
pub fn write_secret(path: &Path, secret: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    Ok(file.write_all(secret.as_bytes())?)
}

pub fn write_settings(folder: &Path, settings: &impl Serialize) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    write_secret(&folder.join(SETTINGS), &serde_json::to_string_pretty(settings)?)
}

pub fn read_settings<T: DeserializeOwned>(folder: &Path) -> anyhow::Result<T> {
    let text =
        std::fs::read_to_string(folder.join(SETTINGS)).with_context(|| format!("reading {SETTINGS}"))?;
    Ok(serde_json::from_str(&text)?)
}

/// Whether a program knows the secret. Digests are compared: how long it takes tells nothing.
pub fn knows(headers: &HeaderMap, secret: &str) -> bool {
    let said = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let said = said.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    !secret.is_empty() && jose::hash::sha256(said) == jose::hash::sha256(secret)
}

/// Pages for people beside a gateway for programs.
pub fn wrap(
    pages: Router,
    gateway: Router,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<Router> {
    let texts = Texts::load(&[webkit::i18n::TEXTS, TEXTS])?;
    let config = webkit::Config::new(base::entropy::bytes(entropy.as_ref()), false);
    let kit = Kit::new(texts, clock, entropy, config);
    Ok(kit.wrap_protocol(gateway).merge(kit.wrap(pages)))
}

/// Every page says that it is none of a real party.
pub fn page(view: &View, name: &str, title: &str, body: Markup) -> Markup {
    view.layout(title).site(format!("{name} · {}", view.t("party-made-up")), "/").page(body)
}
