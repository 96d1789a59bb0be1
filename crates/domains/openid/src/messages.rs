//! Messages to relying parties: that a session ended, that a person answered, what happened to an account.
//!
//! An operation leaves a message in its own transaction ([`Message::leave`]). [`Deliverer`] sends what is due, several at
//! once, and few to one relying party, so that one that is down holds up nobody. What is not taken is tried again, ever more
//! rarely, until it makes no sense any more; that it was given up stands in the relying party's own log.

use std::time::Duration;

use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use postgres_types::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{Row, RowExt, StoreError, Tx};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    OpenId,
    clients::Served,
    error::Reason,
    limits::{
        DELIVERIES_AT_ONCE, DELIVERIES_PER_CLIENT, DELIVERY_BATCH, DELIVERY_LEASE,
        DELIVERY_RETRY_SECONDS_MAX, DELIVERY_TRIES_MAX, LOGOUT_TOKEN_LIFE,
    },
    model::{ClientId, SigningAlg},
    outbound::{self, Outbound, Undelivered},
    signals::{
        event::{self, SecurityEvent},
        stream::{Delivery, StreamSettings, StreamStatus},
    },
    sql_beyond as sql,
    watching::Endpoint,
};

const LOGOUT_TYPE: &str = "logout+jwt";
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What is told. Not for printing.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// OpenID Connect Back-Channel Logout 1.0.
    Logout { subject: String, sid: Option<String> },
    /// CIBA Core section 10.2: there is something to fetch.
    Ping { auth_req_id: String, token: String },
    /// A security event for a stream.
    Signal { event: Box<SecurityEvent> },
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({})", self.kind())
    }
}

impl Message {
    fn kind(&self) -> &'static str {
        match self {
            Self::Logout { .. } => "logout",
            Self::Ping { .. } => "ping",
            Self::Signal { .. } => "signal",
        }
    }

    /// Leaves the message with the caller's work. An equal `id` is one message; without a due time it waits to be fetched.
    pub fn leave(
        self,
        tx: &mut Tx,
        id: Uuid,
        client: ClientId,
        due: Option<Timestamp>,
        life: SignedDuration,
    ) {
        let ends = tx.now() + life;
        let kind = self.kind();
        tx.defer(
            sql::MESSAGE_INSERT,
            vec![
                Box::new(id),
                Box::new(client),
                Box::new(kind),
                Box::new(Json(self)),
                Box::new(due),
                Box::new(ends),
            ],
        );
    }
}

/// One message that this process sends now.
struct Claimed {
    id: Uuid,
    client: ClientId,
    message: Message,
    tries: i32,
    ends_at: Timestamp,
}

/// What became of it.
enum Outcome {
    Taken,
    /// The receiver wants no more of it, or nobody would be served by it.
    Moot,
    Failed(Undelivered),
}

/// Sends what is due.
#[derive(Clone)]
pub struct Deliverer {
    cx: OpenId,
    out: Outbound,
}

impl Deliverer {
    pub fn new(cx: OpenId, out: Outbound) -> Self {
        let out = out.reaching(cx.reach());
        Self { cx, out }
    }

    /// Works until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        const POLL: Duration = Duration::from_secs(1);
        loop {
            let pause = match self.send_due().await {
                Ok(0) => POLL,
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::warn!(%error, "messages to relying parties not sent");
                    POLL
                }
            };
            tokio::select! {
                _ = stop.wait_for(|s| *s) => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends one batch; returns how many were tried.
    pub async fn send_due(&self) -> Result<usize, StoreError> {
        let tx = self.cx.store.begin().await?;
        let now = tx.now();
        let till = now + DELIVERY_LEASE;
        let rows =
            tx.query(sql::MESSAGE_CLAIM, &[&now, &till, &DELIVERIES_PER_CLIENT, &DELIVERY_BATCH]).await;
        let claimed: Vec<Claimed> =
            tx.finish(rows).await?.iter().map(read).collect::<Result<_, StoreError>>()?;
        let number = claimed.len();
        let settled = stream::iter(claimed)
            .map(|claimed| async {
                let outcome = self.send(&claimed, now).await;
                self.settle(claimed, outcome).await
            })
            .buffer_unordered(DELIVERIES_AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        settled.into_iter().collect::<Result<(), StoreError>>()?;
        Ok(number)
    }

    async fn send(&self, claimed: &Claimed, now: Timestamp) -> Outcome {
        let Some(client) = self.cx.clients.get(claimed.client) else { return Outcome::Moot };
        if client.in_force(now).is_err() || claimed.ends_at <= now {
            return Outcome::Moot;
        }
        match &claimed.message {
            Message::Logout { subject, sid } => {
                self.send_logout(&client, subject, sid.as_deref(), claimed.id, now).await
            }
            Message::Ping { auth_req_id, token } => self.send_ping(&client, auth_req_id, token).await,
            Message::Signal { event } => self.send_signal(&client, event).await,
        }
    }

    async fn send_logout(
        &self,
        client: &Served,
        subject: &str,
        sid: Option<&str>,
        id: Uuid,
        now: Timestamp,
    ) -> Outcome {
        let Some(uri) = &client.settings.backchannel_logout_uri else { return Outcome::Moot };
        let issued = now.as_second();
        let claims = LogoutClaims {
            iss: &self.cx.settings.issuer,
            sub: subject,
            aud: client.id,
            iat: issued,
            exp: issued + LOGOUT_TOKEN_LIFE.as_secs(),
            jti: id,
            events: Map::from_iter([(LOGOUT_EVENT.to_owned(), json!({}))]),
            sid,
        };
        let alg = client.settings.messages.id_token;
        let Ok(token) = self.cx.keys.sign(alg, Some(LOGOUT_TYPE), &claims).await else {
            return Outcome::Failed(Undelivered::Connection);
        };
        let message = outbound::Message {
            uri,
            content_type: "application/x-www-form-urlencoded",
            body: format!("logout_token={token}"),
            authorization: None,
        };
        self.post(message).await
    }

    async fn send_ping(&self, client: &Served, auth_req_id: &str, token: &str) -> Outcome {
        let Some(uri) = &client.settings.ciba_notification_uri else { return Outcome::Moot };
        let body = json!({ "auth_req_id": auth_req_id }).to_string();
        let authorization = format!("Bearer {token}");
        let message = outbound::Message {
            uri,
            content_type: "application/json",
            body,
            authorization: Some(&authorization),
        };
        self.post(message).await
    }

    async fn send_signal(&self, client: &Served, event: &SecurityEvent) -> Outcome {
        let settings = match self.stream(client.id).await {
            Ok(Some((settings, StreamStatus::Enabled))) => settings,
            Ok(_) => return Outcome::Moot,
            Err(_) => return Outcome::Failed(Undelivered::Connection),
        };
        let Delivery::Push { endpoint_url, authorization_header } = &settings.delivery else {
            return Outcome::Moot;
        };
        let Ok(token) = self.cx.keys.sign(SigningAlg::Es256, Some(event::TYPE), event).await else {
            return Outcome::Failed(Undelivered::Connection);
        };
        let message = outbound::Message {
            uri: endpoint_url,
            content_type: "application/secevent+jwt",
            body: token,
            authorization: authorization_header.as_deref(),
        };
        self.post(message).await
    }

    async fn stream(&self, client: ClientId) -> Result<Option<(StreamSettings, StreamStatus)>, StoreError> {
        let tx = self.cx.store.begin().await?;
        let found = tx.query_opt(sql::STREAM_FIND, &[&client]).await;
        let Some(row) = tx.finish(found).await? else { return Ok(None) };
        let Json(settings): Json<StreamSettings> = row.col("settings")?;
        let status = StreamStatus::parse(row.col("status")?).ok_or(StoreError::Column("status"))?;
        Ok(Some((settings, status)))
    }

    async fn post(&self, message: outbound::Message<'_>) -> Outcome {
        match self.out.post(message).await {
            Ok(answered) if answered.status.is_success() => Outcome::Taken,
            Ok(answered) => Outcome::Failed(Undelivered::Status(answered.status.as_u16())),
            Err(why) => Outcome::Failed(why),
        }
    }

    async fn settle(&self, claimed: Claimed, outcome: Outcome) -> Result<(), StoreError> {
        let tx = self.cx.store.begin().await?;
        let now = tx.now();
        let later = now + retry_after(claimed.tries);
        let written = match outcome {
            Outcome::Taken | Outcome::Moot => tx.execute(sql::MESSAGE_DONE, &[&claimed.id]).await,
            Outcome::Failed(why) => {
                let over = claimed.tries >= DELIVERY_TRIES_MAX || later >= claimed.ends_at;
                let client = claimed.client;
                tracing::info!(%client, kind = claimed.message.kind(), tries = claimed.tries, over, %why, "not delivered");
                let refusal = Reason::NotDelivered.into();
                self.cx.watching.failed(client, Endpoint::Deliveries, &refusal, now);
                if over {
                    tx.execute(sql::MESSAGE_DONE, &[&claimed.id]).await
                } else {
                    tx.execute(sql::MESSAGE_LATER, &[&claimed.id, &later]).await
                }
            }
        };
        tx.finish(written).await.map(drop)
    }
}

/// 2, 4, 8 … seconds, at most a quarter of an hour.
fn retry_after(tries: i32) -> SignedDuration {
    let exponent = u32::try_from(tries.clamp(1, 16)).unwrap_or(1);
    SignedDuration::from_secs(2_i64.pow(exponent).min(DELIVERY_RETRY_SECONDS_MAX))
}

fn read(row: &Row) -> Result<Claimed, StoreError> {
    let Json(message): Json<Message> = row.col("payload")?;
    Ok(Claimed {
        id: row.col("message_id")?,
        client: row.col("client_id")?,
        message,
        tries: row.col("tries")?,
        ends_at: row.col("ends_at")?,
    })
}

/// A logout token (Back-Channel Logout section 2.4): never a `nonce`, so that it can be taken for no identity token.
#[derive(Serialize)]
struct LogoutClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: ClientId,
    iat: i64,
    exp: i64,
    jti: Uuid,
    events: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_ever_more_rarely() {
        let waits: Vec<i64> = [1, 2, 3, 9, 10, 40].map(|n| retry_after(n).as_secs()).to_vec();
        assert_eq!(waits, [2, 4, 8, 512, 900, 900]);
    }
}
