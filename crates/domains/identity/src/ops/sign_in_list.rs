//! `sign_in_list`: one's own history of signing in, at least five years back (NĐ 69/2024 Art. 17).

use contracts::Method;
use jiff::Timestamp;
use store::{RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{own_entry, set_up};
use crate::{Current, IdentityError, sql};

/// Lines on one page.
pub const PAGE_MAX: usize = 50;

/// Every word that [`Listed::outcome`] can be: a sign-in, or why a try was refused.
pub const OUTCOMES: [&str; 9] = [
    "in",
    "bad_password",
    "code_asked",
    "passkey_asked",
    "bad_code",
    "locked",
    "no_role",
    "bad_passkey",
    "passkey_copied",
];

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: Uuid,
    pub at: Timestamp,
    /// One of [`OUTCOMES`].
    pub outcome: String,
    pub methods: Vec<Method>,
    pub agent: String,
}

/// A page of it, the latest first; `before` is the last line of the page before.
pub async fn sign_in_list(
    tx: &mut Tx,
    me: &Current,
    before: Option<Uuid>,
) -> Result<Vec<Listed>, IdentityError> {
    set_up(me)?;
    let limit = i64::try_from(PAGE_MAX).unwrap_or(i64::MAX);
    let rows = tx.query(sql::SIGN_INS, &[&me.account(), &before.unwrap_or(Uuid::max()), &limit]).await?;
    tx.audit(own_entry(me, "identity.sign_in_list").done());
    rows.iter()
        .map(|row| {
            let words: Vec<String> = row.col("methods")?;
            let methods: Option<Vec<Method>> = words.iter().map(|word| Method::parse(word)).collect();
            Ok(Listed {
                id: row.col("sign_in_id")?,
                at: row.col("at")?,
                outcome: row.col("outcome")?,
                methods: methods.ok_or(StoreError::Column("methods"))?,
                agent: row.col("agent")?,
            })
        })
        .collect()
}
