//! The devices of counters, as a file lists them: where each stands, how it is reached, and its public key. JSON over HTTPS,
//! or over HTTP on this machine, with a secret from a file beside the list.

use std::{collections::HashSet, path::Path};

use anyhow::Context;
use async_trait::async_trait;
use contracts::{
    AgencyId,
    biometrics::{Biometrics, Device, DeviceAway, NewComparison},
};
use openid::{Outbound, Reach, outbound::Message};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::telco::bearer;

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Devices {
    #[serde(default)]
    pub device: Vec<Listed>,
}

/// A device that was registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    pub id: String,
    pub name: String,
    pub agency: String,
    pub url: String,
    /// Beside the list.
    pub secret_file: String,
    /// A public JWK.
    pub key: String,
}

struct Known {
    agency: AgencyId,
    device: Device,
    url: String,
    authorization: String,
}

pub struct CounterDevices {
    all: Vec<Known>,
    out: Outbound,
}

impl CounterDevices {
    pub fn open(list: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(list).with_context(|| format!("reading {}", list.display()))?;
        let read: Devices = toml::from_str(&text).with_context(|| list.display().to_string())?;
        let (folder, mut ids) = (list.parent().unwrap_or(Path::new(".")), HashSet::new());
        let mut all = Vec::new();
        for one in read.device {
            jose::Jwk::parse(&one.key).with_context(|| format!("the key of the device {}", one.id))?;
            anyhow::ensure!(ids.insert(one.id.clone()), "two devices are called {}", one.id);
            all.push(Known {
                agency: AgencyId(one.agency),
                url: one.url.trim_end_matches('/').to_owned(),
                authorization: bearer(&folder.join(&one.secret_file))?,
                device: Device { id: one.id, name: one.name, key: one.key },
            });
        }
        Ok(Self { all, out: Outbound::new([])?.reaching(Reach::anywhere()) })
    }

    async fn ask(&self, device: &str, path: &str, body: &Value) -> Result<Vec<u8>, DeviceAway> {
        let known = self.all.iter().find(|known| known.device.id == device).ok_or(DeviceAway)?;
        let uri = format!("{}{path}", known.url);
        let message = Message {
            uri: &uri,
            content_type: "application/json",
            body: body.to_string(),
            authorization: Some(&known.authorization),
        };
        let answered = self.out.post(message).await.map_err(|_| DeviceAway)?;
        if answered.status.is_success() { Ok(answered.body.to_vec()) } else { Err(DeviceAway) }
    }
}

#[async_trait]
impl Biometrics for CounterDevices {
    fn devices(&self, agency: &AgencyId) -> Vec<Device> {
        self.all.iter().filter(|known| known.agency == *agency).map(|known| known.device.clone()).collect()
    }

    async fn begin(&self, device: &str, comparison: &NewComparison) -> Result<(), DeviceAway> {
        self.ask(device, "/v1/comparisons", &json!(comparison)).await.map(drop)
    }

    async fn answer(&self, device: &str, session: Uuid) -> Result<Option<String>, DeviceAway> {
        #[derive(Deserialize)]
        struct Said {
            result: Option<String>,
        }
        let body = self.ask(device, "/v1/comparisons/answer", &json!({ "session": session })).await?;
        let said: Said = serde_json::from_slice(&body).map_err(|_| DeviceAway)?;
        Ok(said.result)
    }
}
