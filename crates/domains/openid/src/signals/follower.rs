//! Follows what happens to accounts, and leaves messages for the relying parties that must know.
//!
//! A session that ended is told to those that were signed in to in it (back-channel logout); every change is told as a
//! security event to receivers that asked for events of its kind and know the account. The messages commit with the
//! cursor of this consumer: each is left exactly once.

use std::collections::HashMap;

use async_trait::async_trait;
use contracts::{
    AccountId,
    events::{AccountChange, AccountChanged, Payload},
};
use postgres_types::Json;
use store::{Consumer, Event, RowExt, StoreError, Tx, relay::ConsumerError};
use uuid::Uuid;

use super::{
    event::{self, SecurityEvent, SubjectId, of_change},
    stream::{Delivery, StreamSettings, StreamStatus},
};
use crate::{
    OpenId,
    limits::{LOGOUT_TOLD_FOR, SIGNAL_KEPT},
    messages::Message,
    model::ClientId,
    sql_beyond as sql,
};

/// The consumer.
pub struct SignalFollower(pub OpenId);

#[async_trait]
impl Consumer for SignalFollower {
    fn name(&self) -> &'static str {
        "openid.signal_follower"
    }

    fn topics(&self) -> &'static [&'static str] {
        &[AccountChanged::TOPIC]
    }

    async fn consume(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ConsumerError> {
        for event in events {
            let changed: AccountChanged = serde_json::from_value(event.payload.clone())?;
            self.take(tx, &changed).await?;
        }
        Ok(())
    }
}

impl SignalFollower {
    async fn take(&self, tx: &mut Tx, changed: &AccountChanged) -> Result<(), StoreError> {
        let account = changed.account;
        match changed.change {
            AccountChange::SessionEnded { session } => {
                logout_tell(&self.0, tx, account, Some(session), None).await?;
            }
            AccountChange::SessionsEnded { but } => logout_tell(&self.0, tx, account, None, but).await?,
            AccountChange::Locked | AccountChange::Closed => {
                logout_tell(&self.0, tx, account, None, None).await?;
            }
            AccountChange::Unlocked | AccountChange::LevelRaised | AccountChange::CredentialChanged => {}
        }
        self.signal(tx, changed).await
    }

    async fn signal(&self, tx: &mut Tx, changed: &AccountChanged) -> Result<(), StoreError> {
        let (kind, event) = of_change(changed.change, changed.at);
        let rows = tx.query(sql::VISIT_CLIENTS, &[&changed.account, &tx.now()]).await?;
        let mut subjects: HashMap<ClientId, Vec<String>> = HashMap::new();
        for row in &rows {
            subjects.entry(row.col("client_id")?).or_default().push(row.col("subject")?);
        }
        if subjects.is_empty() {
            return Ok(());
        }
        let clients: Vec<ClientId> = subjects.keys().copied().collect();
        let transaction = tx.new_uuid();
        for row in &tx.query(sql::STREAMS_OF, &[&clients]).await? {
            let client: ClientId = row.col("client_id")?;
            let Json(settings): Json<StreamSettings> = row.col("settings")?;
            let status = StreamStatus::parse(row.col("status")?).ok_or(StoreError::Column("status"))?;
            if !settings.delivered().contains(&kind) {
                continue;
            }
            for subject in subjects.get(&client).into_iter().flatten() {
                let about = self.account(subject);
                let new =
                    New { kind: kind.as_str(), event: event.clone(), about, transaction: Some(transaction) };
                leave(&self.0, tx, client, &settings, status, new);
            }
        }
        Ok(())
    }

    fn account(&self, subject: &str) -> SubjectId {
        SubjectId::Account { iss: self.0.settings.issuer.clone(), sub: subject.to_owned() }
    }
}

/// Tells relying parties that sessions of an account ended: one, all, or all but one. Each is told once.
pub(crate) async fn logout_tell(
    cx: &OpenId,
    tx: &mut Tx,
    account: AccountId,
    session: Option<Uuid>,
    but: Option<Uuid>,
) -> Result<(), StoreError> {
    let now = tx.now();
    for row in &tx.query(sql::VISIT_TELL, &[&account, &session, &but, &now]).await? {
        let client: ClientId = row.col("client_id")?;
        let wants = cx.clients.get(client).is_some_and(|c| c.settings.backchannel_logout_uri.is_some());
        if wants {
            let session: Uuid = row.col("session_id")?;
            // What came without a session was told no name of one.
            let sid = (session != account.0).then(|| cx.secrets.session(client, session));
            let message = Message::Logout { subject: row.col("subject")?, sid };
            let id = tx.new_uuid();
            message.leave(tx, id, client, Some(now), LOGOUT_TOLD_FOR);
        }
    }
    Ok(())
}

/// What a new security event says.
pub(crate) struct New {
    pub kind: &'static str,
    pub event: serde_json::Value,
    pub about: SubjectId,
    pub transaction: Option<Uuid>,
}

/// Leaves a security event in a stream: due at once where it is pushed, and waiting where it is fetched or held back.
pub(crate) fn leave(
    cx: &OpenId,
    tx: &mut Tx,
    client: ClientId,
    settings: &StreamSettings,
    status: StreamStatus,
    new: New,
) {
    let now = tx.now();
    let id = tx.new_uuid();
    let event = SecurityEvent {
        iss: cx.settings.issuer.clone(),
        jti: id,
        iat: now.as_second(),
        aud: client.to_string(),
        sub_id: new.about,
        events: event::events(new.kind, new.event),
        txn: new.transaction,
    };
    let pushed = matches!(settings.delivery, Delivery::Push { .. }) && status == StreamStatus::Enabled;
    Message::Signal { event: Box::new(event) }.leave(tx, id, client, pushed.then_some(now), SIGNAL_KEPT);
}
