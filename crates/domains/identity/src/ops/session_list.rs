//! `session_list`: where an account is signed in now.

use contracts::{AgencyId, LoginStrength, Role};
use jiff::Timestamp;
use store::{RowExt, StoreError, Tx};

use super::{own_entry, set_up};
use crate::{Current, IdentityError, SessionId, model::SESSIONS_MAX, sql};

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub session: SessionId,
    /// The one that asks.
    pub this: bool,
    pub duty: Option<(AgencyId, Role)>,
    pub strength: LoginStrength,
    /// Browser and system, as far as they are known.
    pub agent: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub ends_at: Timestamp,
}

pub async fn session_list(tx: &mut Tx, me: &Current) -> Result<Vec<Listed>, IdentityError> {
    set_up(me)?;
    let rows = tx.query(sql::SESSIONS, &[&me.account(), &tx.now(), &SESSIONS_MAX]).await?;
    tx.audit(own_entry(me, "identity.session_list").done());
    rows.iter()
        .map(|row| {
            let session: SessionId = row.col("session_id")?;
            let agency: Option<AgencyId> = row.col("agency")?;
            let role: Option<&str> = row.col("role")?;
            let strength = LoginStrength::from_number(row.col("strength")?);
            Ok(Listed {
                session,
                this: session == me.session,
                duty: agency.zip(role.and_then(Role::parse)),
                strength: strength.ok_or(StoreError::Column("strength"))?,
                agent: row.col("agent")?,
                created_at: row.col("created_at")?,
                last_seen_at: row.col("last_seen_at")?,
                ends_at: row.col("ends_at")?,
            })
        })
        .collect()
}
