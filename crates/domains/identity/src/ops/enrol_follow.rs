//! `enrol_follow`: whoever handed in a file at the counter asks what has become of it, with the code on their paper. Nobody else
//! learns that there is one.

use contracts::{Access, AccountId, PersonId, Purpose};
use jiff::{Timestamp, civil::Date};
use store::{Row, RowExt, Tx};

use super::sign_in::Login;
use crate::{
    Client, Identity, IdentityError, SetupCode,
    enrolment::{Refusal, RefusalReason},
    foreigner,
    input::{login_claim, number_claim},
    sql_lock as sql,
    throttle::{self, Door, Key},
};

/// What is typed. Not for printing.
pub struct Following {
    pub login: Login,
    pub code: SetupCode,
    pub client: Client,
}

/// What has become of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// To be decided on by that day.
    Waits { due_on: Date },
    /// To be activated by then; a guardian has to agree first, where one still has to.
    Approved { activate_by: Timestamp, guardian_waits: bool },
    /// None: it ended without an officer's word, as the record does not have the person living.
    Refused(Option<Refusal>),
}

/// Runs its own transactions: a failed try is kept.
pub async fn enrol_follow(cx: &Identity, input: &Following) -> Result<Followed, IdentityError> {
    let claim = match &input.login {
        Login::Citizen(number) => number_claim(&cx.keys, number),
        Login::Foreigner(number) => foreigner::claim(&cx.keys, number),
        Login::Staff(login) => login_claim(&cx.keys, login),
    };
    let mut doors: Vec<Key> = Door::SignInClient.client_key(&cx.keys, input.client.ip).into_iter().collect();
    doors.push(Door::Account.key(&cx.keys, &claim.value));
    throttle::take(&cx.store, &doors.iter().collect::<Vec<_>>()).await?;
    let mut tx = cx.store.begin().await?;
    let found = look(cx, &mut tx, &input.code, &claim.value).await;
    if found.is_ok() {
        doors.iter().for_each(|door| throttle::give_back(&mut tx, door));
    }
    tx.finish(found).await
}

async fn look(
    cx: &Identity,
    tx: &mut Tx,
    code: &SetupCode,
    number: &[u8],
) -> Result<Followed, IdentityError> {
    let row = tx.query_opt(sql::ENROLMENT_FOLLOW, &[&code.digest(&cx.keys), &tx.now(), &number]).await?;
    let row = row.ok_or(IdentityError::BadSetupCode)?;
    let (account, person): (AccountId, PersonId) = (row.col("account_id")?, row.col("person_id")?);
    let entry = Access::system(Purpose::SIGN_IN).entry("identity.enrol_follow").about(person);
    tx.audit(entry.on("account", account.0).done());
    read(&row)
}

fn read(row: &Row) -> Result<Followed, IdentityError> {
    let ended: Option<String> = row.col("ended")?;
    let (approved, activate_by): (Option<Timestamp>, Option<Timestamp>) =
        (row.col("approved_at")?, row.col("activate_by")?);
    Ok(match (ended.as_deref(), approved, activate_by) {
        (Some("refused"), _, _) => {
            let word: Option<String> = row.col("refused_reason")?;
            let note: Option<String> = row.col("refused_note")?;
            let reason = word.as_deref().and_then(RefusalReason::parse);
            Followed::Refused(reason.map(|reason| Refusal { reason, note: note.unwrap_or_default() }))
        }
        (Some(_), _, _) => return Err(IdentityError::TooLate),
        (None, Some(_), Some(activate_by)) => {
            Followed::Approved { activate_by, guardian_waits: row.col("guardian_waits")? }
        }
        (None, _, _) => Followed::Waits { due_on: row.col("due_on")? },
    })
}
