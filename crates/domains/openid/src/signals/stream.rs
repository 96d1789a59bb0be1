//! A receiver's stream: which events, which way, whether at all (SSF 1.0 section 8.1). Pure.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::EventType;
use crate::{
    authorization::origin_of,
    limits::{STREAM_TEXT_BYTES_MAX, URI_BYTES_MAX, VERIFICATION_INTERVAL},
    model::{ClientDraft, words},
};

words! {
    StreamStatus {
        Enabled = "enabled",
        /// Events are kept and sent when it goes on.
        Paused = "paused",
        /// Events are dropped.
        Disabled = "disabled",
    }
}

/// How events reach the receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method")]
pub enum Delivery {
    #[serde(rename = "urn:ietf:rfc:8935")]
    Push {
        endpoint_url: String,
        /// What the receiver wants to find in `Authorization`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authorization_header: Option<String>,
    },
    #[serde(rename = "urn:ietf:rfc:8936")]
    Poll,
}

/// What a receiver may say of its stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamSettings {
    #[serde(default = "poll")]
    pub delivery: Delivery,
    /// Identifiers of event types; unknown ones are passed over.
    #[serde(default)]
    pub events_requested: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

fn poll() -> Delivery {
    Delivery::Poll
}

/// The names under which settings stand in a request, each absent where nothing is to change.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct StreamChange {
    pub stream_id: Option<Uuid>,
    pub delivery: Option<Delivery>,
    pub events_requested: Option<Vec<String>>,
    pub description: Option<String>,
}

impl StreamChange {
    /// What is not named stays.
    pub fn onto(self, before: StreamSettings) -> StreamSettings {
        StreamSettings {
            delivery: self.delivery.unwrap_or(before.delivery),
            events_requested: self.events_requested.unwrap_or(before.events_requested),
            description: self.description.or(before.description),
        }
    }

    /// What is not named falls back to what a new stream has.
    pub fn whole(self) -> StreamSettings {
        let empty = StreamSettings { delivery: poll(), events_requested: Vec::new(), description: None };
        self.onto(empty)
    }
}

impl StreamSettings {
    /// Whether this client may have it so: texts are bounded, and events are pushed nowhere but to an origin that was
    /// looked at when the client was approved.
    pub fn fits(&self, client: &ClientDraft) -> bool {
        let long = |text: &Option<String>| text.as_ref().is_some_and(|t| t.len() > STREAM_TEXT_BYTES_MAX);
        if long(&self.description) || self.events_requested.len() > EventType::ALL.len() * 4 {
            return false;
        }
        match &self.delivery {
            Delivery::Poll => true,
            Delivery::Push { endpoint_url, authorization_header } => {
                let header_sound = authorization_header.as_ref().is_none_or(|text| {
                    text.len() <= STREAM_TEXT_BYTES_MAX && text.bytes().all(|b| (b' '..=b'~').contains(&b))
                });
                header_sound && endpoint_url.len() <= URI_BYTES_MAX && is_known_origin(endpoint_url, client)
            }
        }
    }

    /// The events that are told: what is asked for, as far as there is such a thing.
    pub fn delivered(&self) -> Vec<EventType> {
        EventType::ALL
            .iter()
            .copied()
            .filter(|kind| self.events_requested.iter().any(|asked| asked == kind.as_str()))
            .collect()
    }
}

fn is_known_origin(address: &str, client: &ClientDraft) -> bool {
    let origin = origin_of(address);
    let known = client
        .redirect_uris
        .iter()
        .chain(&client.backchannel_logout_uri)
        .chain(&client.ciba_notification_uri)
        .chain(&client.resource);
    !origin.is_empty() && known.into_iter().any(|uri| origin_of(uri).eq_ignore_ascii_case(origin))
}

/// The stream as its receiver sees it.
#[derive(Debug, Clone, Serialize)]
pub struct StreamView {
    pub stream_id: Uuid,
    pub iss: String,
    pub aud: String,
    pub delivery: DeliveryView,
    pub events_supported: Vec<EventType>,
    pub events_requested: Vec<String>,
    pub events_delivered: Vec<EventType>,
    pub min_verification_interval: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Without the receiver's secret; with the address to poll.
#[derive(Debug, Clone, Serialize)]
pub struct DeliveryView {
    pub method: &'static str,
    pub endpoint_url: String,
}

impl StreamView {
    pub fn new(id: Uuid, issuer: &str, audience: String, poll_url: String, settings: StreamSettings) -> Self {
        let delivered = settings.delivered();
        let delivery = match settings.delivery {
            Delivery::Push { endpoint_url, .. } => DeliveryView { method: "urn:ietf:rfc:8935", endpoint_url },
            Delivery::Poll => DeliveryView { method: "urn:ietf:rfc:8936", endpoint_url: poll_url },
        };
        Self {
            stream_id: id,
            iss: issuer.to_owned(),
            aud: audience,
            delivery,
            events_supported: EventType::ALL.to_vec(),
            events_requested: settings.events_requested,
            events_delivered: delivered,
            min_verification_interval: VERIFICATION_INTERVAL.as_secs(),
            description: settings.description,
        }
    }
}
