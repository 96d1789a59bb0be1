//! A telco's gateway: JSON over HTTPS, or over HTTP on this machine, with a secret from a file. Bounded in time and size by
//! `Outbound`; nothing of a message is ever logged.

use std::path::Path;

use anyhow::Context;
use async_trait::async_trait;
use base::PersonalNumber;
use contracts::{
    Phone,
    messages::{Messages, ShortMessage, TelcoError},
};
use openid::{
    Outbound, Reach,
    outbound::{Answered, Message},
};
use serde::Deserialize;
use serde_json::{Value, json};

pub struct TelcoGateway {
    url: String,
    authorization: String,
    out: Outbound,
}

impl TelcoGateway {
    pub fn open(url: &str, secret_file: &Path) -> anyhow::Result<Self> {
        let (authorization, out) = (bearer(secret_file)?, Outbound::new([])?.reaching(Reach::anywhere()));
        Ok(Self { url: url.trim_end_matches('/').to_owned(), authorization, out })
    }

    async fn ask(&self, path: &str, body: &Value) -> Result<Answered, TelcoError> {
        let uri = format!("{}{path}", self.url);
        let message = Message {
            uri: &uri,
            content_type: "application/json",
            body: body.to_string(),
            authorization: Some(&self.authorization),
        };
        let answered = self.out.post(message).await.map_err(|_| TelcoError::Away)?;
        match answered.status.as_u16() {
            200..=299 => Ok(answered),
            // What is wrong with this one stays wrong; the rest (a secret, a limit, a fault of theirs) may pass.
            400 | 404 | 409 | 410 | 413 | 422 => Err(TelcoError::Refused),
            _ => Err(TelcoError::Away),
        }
    }
}

/// The header that a secret in a file makes.
pub fn bearer(secret_file: &Path) -> anyhow::Result<String> {
    let secret = std::fs::read_to_string(secret_file)
        .with_context(|| format!("reading the secret in {}", secret_file.display()))?;
    let secret = secret.trim();
    anyhow::ensure!(!secret.is_empty(), "the secret in {} is empty", secret_file.display());
    Ok(format!("Bearer {secret}"))
}

#[async_trait]
impl Messages for TelcoGateway {
    async fn send(&self, message: &ShortMessage) -> Result<(), TelcoError> {
        let body = json!({ "id": message.id, "to": message.to.as_str(), "text": message.text });
        self.ask("/v1/messages", &body).await.map(drop)
    }

    async fn is_subscriber(&self, phone: &Phone, number: &PersonalNumber) -> Result<bool, TelcoError> {
        #[derive(Deserialize)]
        struct Said {
            #[serde(rename = "match")]
            matches: bool,
        }
        let body = json!({ "phone": phone.as_str(), "personal_number": number.as_str() });
        let answered = self.ask("/v1/subscribers/match", &body).await?;
        let said: Said = serde_json::from_slice(&answered.body).map_err(|_| TelcoError::Away)?;
        Ok(said.matches)
    }
}
