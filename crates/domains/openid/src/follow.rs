//! What happens to an account ends what came of it: grants, and tokens that are still within their minutes.
//!
//! - Locked or closed: every grant of the account ends, also those that go on after a session; every token dies, and what
//!   waits to be fetched with them.
//! - A session ended: grants that were given in it end. Those with `offline_access` stay, because the person allowed them to
//!   outlive it; they are withdrawn on the page of consents.
//! - The person represents an organisation no more: grants in which they acted for it end.
//! - Raised level, changed credential: nothing ends here; both matter at the next sign-in.

use async_trait::async_trait;
use contracts::{
    AccountId,
    events::{AccountChange, AccountChanged, Payload, RepresentationEnded},
};
use store::{Consumer, Event, RowExt, StoreError, Tx, relay::ConsumerError};
use uuid::Uuid;

use crate::{OpenId, ended, ops::grant_end, sql, sql_beyond};

/// The consumer. In its own process what it ends is known at once, in others within a second.
pub struct AccountFollower(pub OpenId);

#[async_trait]
impl Consumer for AccountFollower {
    fn name(&self) -> &'static str {
        "openid.account_follower"
    }

    fn topics(&self) -> &'static [&'static str] {
        &[AccountChanged::TOPIC, RepresentationEnded::TOPIC]
    }

    async fn consume(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ConsumerError> {
        for event in events {
            if event.topic == RepresentationEnded::TOPIC {
                let ended: RepresentationEnded = serde_json::from_value(event.payload.clone())?;
                self.end_of_representation(tx, &ended).await?;
                continue;
            }
            let changed: AccountChanged = serde_json::from_value(event.payload.clone())?;
            self.take(tx, &changed).await?;
        }
        Ok(())
    }
}

impl AccountFollower {
    async fn take(&self, tx: &mut Tx, changed: &AccountChanged) -> Result<(), StoreError> {
        let account = changed.account;
        match changed.change {
            AccountChange::Locked | AccountChange::Closed => {
                self.end_of_all(tx, account).await?;
                if changed.change == AccountChange::Closed {
                    tx.execute(sql::CONSENT_DELETE_ALL, &[&account]).await?;
                }
                Ok(())
            }
            AccountChange::SessionEnded { session } => {
                self.end_of_session(tx, account, Some(session), None).await
            }
            AccountChange::SessionsEnded { but: Some(session) } => {
                self.end_of_session(tx, account, None, Some(session)).await
            }
            // The account begins anew: what somebody else may have allowed in its name ends, away from sessions too.
            AccountChange::SessionsEnded { but: None } => self.end_of_all(tx, account).await,
            AccountChange::Unlocked | AccountChange::LevelRaised | AccountChange::CredentialChanged => Ok(()),
        }
    }

    async fn end_of_all(&self, tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
        tx.execute(sql::CODES_END_ALL, &[&account]).await?;
        for statement in [sql_beyond::DEVICES_TAKE_BACK, sql_beyond::CIBA_TAKE_BACK] {
            tx.execute(statement, &[&account, &None::<Uuid>]).await?;
        }
        tx.execute(sql::GRANTS_END_ALL, &[&account, &tx.now()]).await?;
        ended::end(tx, account.0);
        self.0.ended.note(account.0, tx.now());
        Ok(())
    }

    async fn end_of_representation(
        &self,
        tx: &mut Tx,
        ended: &RepresentationEnded,
    ) -> Result<(), StoreError> {
        let (account, organisation) = (ended.account, ended.organisation);
        tx.execute(sql::CODES_END_ORGANISATION, &[&account, &organisation]).await?;
        for row in &tx.query(sql::GRANTS_END_ORGANISATION, &[&account, &organisation, &tx.now()]).await? {
            let grant: Uuid = row.col("grant_id")?;
            grant_end::note(&self.0, tx, grant);
        }
        Ok(())
    }

    /// Ends the grants of one session, or of all but one.
    async fn end_of_session(
        &self,
        tx: &mut Tx,
        account: AccountId,
        session: Option<Uuid>,
        but: Option<Uuid>,
    ) -> Result<(), StoreError> {
        tx.execute(sql::CODES_END_SESSION, &[&account, &session, &but]).await?;
        let rows = tx.query(sql::GRANTS_END_SESSION, &[&account, &session, &but, &tx.now()]).await?;
        for row in &rows {
            let grant: Uuid = row.col("grant_id")?;
            grant_end::note(&self.0, tx, grant);
        }
        Ok(())
    }
}
