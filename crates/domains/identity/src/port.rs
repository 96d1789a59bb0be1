//! What other domains may ask of accounts.

use async_trait::async_trait;
use base::PersonalNumber;
use contracts::{
    Access, AccountId, AgencyId, OrganisationId, Purpose, Role,
    events::AccountChange,
    ports::{AccountHolder, Accounts, ActingFor, Holders, Officer, PortError},
};
use store::{RowExt, StoreError, Tx};
use uuid::Uuid;

use crate::{
    Identity, IdentityError,
    input::number_claim,
    model::{Account, Holder, State},
    ops::changed,
    organisation,
    rows::{self, role},
    sql,
};

/// Officers of one agency with its duties; more than any agency has.
pub(crate) const STAFF_MAX: i64 = 2_000;

#[async_trait]
impl Accounts for Identity {
    async fn officers(&self, tx: &mut Tx, agency: &AgencyId) -> Result<Vec<Officer>, PortError> {
        let active = [State::Activated.as_str()];
        let rows = tx.query(sql::STAFF_OF_AGENCY, &[agency, &tx.now(), &&active[..], &STAFF_MAX]).await?;
        let officers: Result<Vec<Officer>, StoreError> = rows
            .iter()
            .map(|r| {
                Ok(Officer { account: r.col("account_id")?, name: r.col("display_name")?, role: role(r)? })
            })
            .collect();
        let mut officers = officers?;
        officers.retain(|o| matches!(o.role, Role::Receiver | Role::Decider | Role::Head));
        // Whoever has two duties there is still one person to give work to; they stand side by side.
        officers.dedup_by_key(|o| o.account);
        Ok(officers)
    }
}

impl From<IdentityError> for PortError {
    fn from(e: IdentityError) -> Self {
        Self::new(e)
    }
}

#[async_trait]
impl Holders for Identity {
    async fn holder(&self, tx: &Tx, account: AccountId) -> Result<Option<AccountHolder>, PortError> {
        let row = tx.query_opt(sql::ACCOUNT_BY_ID, &[&account]).await?;
        Ok(row.as_ref().map(Account::read).transpose()?.and_then(holder))
    }

    async fn holder_by_number(
        &self,
        tx: &mut Tx,
        number: &PersonalNumber,
    ) -> Result<Option<AccountHolder>, PortError> {
        let found = rows::account_by_claim(tx, &number_claim(&self.keys, number)).await?;
        Ok(found.and_then(holder))
    }

    async fn session_is_live(
        &self,
        tx: &mut Tx,
        account: AccountId,
        session: Uuid,
    ) -> Result<bool, PortError> {
        let row = tx.query_one(sql::SESSION_LIVE, &[&account, &session, &tx.now()]).await?;
        Ok(row.col("live")?)
    }

    async fn session_end(&self, tx: &mut Tx, account: AccountId, session: Uuid) -> Result<(), PortError> {
        let found = rows::account(tx, account).await?;
        if tx.execute(sql::SESSION_END, &[&account, &session, &tx.now()]).await? == 0 {
            // It ended by itself in the meantime.
            return Ok(());
        }
        let entry = Access::system(Purpose::SIGN_IN).entry("identity.session_end").on("session", session);
        tx.audit(found.person().into_iter().fold(entry, contracts::access::Entry::about).done());
        changed(tx, account, found.person(), AccountChange::SessionEnded { session });
        self.cache.forget(account, tx.now());
        Ok(())
    }

    async fn organisations(&self, tx: &Tx, account: AccountId) -> Result<Vec<ActingFor>, PortError> {
        Ok(organisation::port::organisations(tx, account).await?)
    }

    async fn foreigner_number(&self, tx: &Tx, account: AccountId) -> Result<Option<String>, PortError> {
        let found = rows::account(tx, account).await?;
        match (found.person(), &self.foreigners) {
            (Some(person), Some(foreigners)) => foreigners.foreigner_number(tx, person).await,
            _ => Ok(None),
        }
    }

    async fn act_for(
        &self,
        tx: &mut Tx,
        account: AccountId,
        organisation: OrganisationId,
        service: &str,
    ) -> Result<Option<ActingFor>, PortError> {
        let Some(person) = rows::account(tx, account).await?.person() else { return Ok(None) };
        Ok(organisation::port::act_for(tx, account, person, organisation, service).await?)
    }
}

fn holder(account: Account) -> Option<AccountHolder> {
    let level = match account.holder {
        Holder::Citizen { level, .. } => Some(level),
        Holder::Staff { .. } => None,
    };
    (account.state != State::Closed).then(|| AccountHolder {
        account: account.id,
        person: account.person(),
        level,
        active: account.state == State::Activated,
    })
}
