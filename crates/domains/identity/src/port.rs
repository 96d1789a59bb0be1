//! What other domains may ask of accounts.

use async_trait::async_trait;
use contracts::{
    AgencyId, Role,
    ports::{Accounts, Officer, PortError},
};
use store::{RowExt, StoreError, Tx};

use crate::{Identity, rows::role, sql};

/// Officers of one agency with its duties; more than any agency has.
pub(crate) const STAFF_MAX: i64 = 2_000;

#[async_trait]
impl Accounts for Identity {
    async fn officers(&self, tx: &mut Tx, agency: &AgencyId) -> Result<Vec<Officer>, PortError> {
        let active = ["active"];
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
