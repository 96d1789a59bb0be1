//! `passkey_list`, `passkey_rename`, `passkey_remove`: the keys of one's own account.

use contracts::{LoginStrength, events::AccountChange};
use jiff::Timestamp;
use store::{RowExt, Tx};

use super::{own_changed, own_entry, tell};
use crate::{
    Current, Identity, IdentityError,
    input::{Faults, label},
    model::Kind,
    rows::{self, AuthenticatorId},
    sql,
};

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: AuthenticatorId,
    pub name: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

pub async fn passkey_list(tx: &mut Tx, me: &Current) -> Result<Vec<Listed>, IdentityError> {
    let rows = tx.query(sql::PASSKEYS, &[&me.account()]).await?;
    tx.audit(own_entry(me, "identity.passkey_list").done());
    rows.iter()
        .map(|row| {
            Ok(Listed {
                id: row.col("authenticator_id")?,
                name: row.col("name")?,
                created_at: row.col("created_at")?,
                last_used_at: row.col("last_used_at")?,
            })
        })
        .collect()
}

pub async fn passkey_rename(
    tx: &mut Tx,
    me: &Current,
    id: AuthenticatorId,
    name: &str,
) -> Result<(), IdentityError> {
    let mut faults = Faults::default();
    let Some(name) = faults.read("name", "identity.label_shape", label(name)) else {
        return Err(faults.end());
    };
    tx.defer(sql::PASSKEY_RENAME, vec![Box::new(me.account()), Box::new(id), Box::new(name)]);
    tx.audit(own_entry(me, "identity.passkey_rename").done());
    Ok(())
}

/// Takes two factors, so that whoever found a password cannot take the keys away. An officer keeps a second factor.
pub async fn passkey_remove(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    id: AuthenticatorId,
) -> Result<(), IdentityError> {
    if me.actor.strength < LoginStrength::Two {
        return Err(IdentityError::SecondFactorNeeded);
    }
    // The account first: of two removals at once the second sees what the first has left.
    tx.change(sql::ACCOUNT_TOUCH, &[&me.account()]).await?;
    let (secrets, _) = rows::secrets_and_duties(tx, Some(me.account())).await?;
    if me.kind() == Kind::Staff && secrets.totp.is_none() && secrets.passkeys < 2 {
        return Err(IdentityError::LastFactor);
    }
    let row = tx.query_opt(sql::PASSKEY_DELETE, &[&me.account(), &id]).await?;
    let handle: Vec<u8> = row.ok_or(IdentityError::NotFound)?.col("handle")?;
    tx.defer(sql::CLAIM_DELETE, vec![Box::new("passkey"), Box::new(handle), Box::new(me.account())]);
    tx.audit(own_entry(me, "identity.passkey_remove").done());
    own_changed(tx, me, AccountChange::CredentialChanged);
    tell(
        tx,
        me,
        "Một khóa truy cập vừa được xóa khỏi tài khoản của bạn.",
        "A passkey was removed from your account.",
    );
    cx.cache.forget(me.account(), tx.now());
    Ok(())
}
