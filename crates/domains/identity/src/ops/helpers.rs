//! `helper_name`, `helper_remove`, `helper_list`: whom a holder trusts to help them back in. Named beforehand, with two
//! factors, so that a thief of one cannot bring helpers of their own.
//!
//! To name somebody is to invite them, see [`super::invitation`]: the answer, the list and the work are the same whether or
//! not anybody has an account under the number, so that nobody learns by it who has one, or whose number it is.

use base::PersonalNumber;
use contracts::{AccountId, LoginStrength, PersonId};
use jiff::{SignedDuration, Timestamp};
use store::{RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{invitation, own_entry, set_up, tell};
use crate::{
    Current, Identity, IdentityError,
    input::number_claim,
    sql,
    throttle::{self, Door},
};

/// Helpers of one account, invitations that wait included.
pub const HELPERS_MAX: usize = 5;
/// Time to answer an invitation.
pub const INVITATION_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What is shown of a number to who typed it.
const HINT_CHARS: usize = 3;

/// Somebody who has agreed to help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helper {
    pub account: AccountId,
    pub person: PersonId,
    pub accepted_at: Timestamp,
}

/// Somebody who was asked and has not said yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub id: Uuid,
    /// The last three digits of the number.
    pub hint: String,
    pub asked_at: Timestamp,
    pub ends_at: Timestamp,
}

/// The helpers of an account, and who may become one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Helpers {
    pub accepted: Vec<Helper>,
    pub sent: Vec<Sent>,
}

pub async fn helper_list(tx: &mut Tx, me: &Current) -> Result<Helpers, IdentityError> {
    set_up(me)?;
    tx.audit(own_entry(me, "identity.helper_list").done());
    Ok(helpers(tx, me.account()).await?)
}

async fn helpers(tx: &Tx, account: AccountId) -> Result<Helpers, StoreError> {
    let accepted = tx.query(sql::HELPERS, &[&account]).await?;
    let accepted = accepted.iter().map(|row| {
        Ok(Helper {
            account: row.col("helper_id")?,
            person: row.col("person_id")?,
            accepted_at: row.col("accepted_at")?,
        })
    });
    let sent = tx.query(sql::INVITATIONS_SENT, &[&account, &tx.now()]).await?;
    let sent = sent.iter().map(|row| {
        Ok(Sent {
            id: row.col("invitation_id")?,
            hint: row.col("hint")?,
            asked_at: row.col("asked_at")?,
            ends_at: row.col("ends_at")?,
        })
    });
    Ok(Helpers {
        accepted: accepted.collect::<Result<_, StoreError>>()?,
        sent: sent.collect::<Result<_, StoreError>>()?,
    })
}

/// Invites whoever has this number. Looks at nobody's account but the caller's own.
pub async fn helper_name(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    number: &PersonalNumber,
) -> Result<(), IdentityError> {
    strong(me)?;
    let invited = number_claim(&cx.keys, number).value;
    let own = tx.query(sql::NUMBERS_OF, &[&me.account()]).await?;
    let own: Vec<Vec<u8>> = own.iter().map(|row| row.col("value")).collect::<Result<_, StoreError>>()?;
    if own.contains(&invited) {
        return Err(IdentityError::field("number", "identity.helper_self"));
    }
    // The door first: who names two at once comes through it one after the other, and the count below holds.
    let door = Door::HelperInvite.key(&cx.keys, me.account().0.as_bytes());
    throttle::take_today(tx, &door).await?;
    let Helpers { accepted, sent } = helpers(tx, me.account()).await?;
    if accepted.len() + sent.len() >= HELPERS_MAX {
        return Err(IdentityError::HelpersFull);
    }
    let (id, now) = (tx.new_uuid(), tx.now());
    let digits = number.as_str();
    let hint = digits.get(digits.len() - HINT_CHARS..).unwrap_or_default().to_owned();
    tx.defer(
        sql::INVITATION_PUT,
        vec![
            Box::new(me.account()),
            Box::new(id),
            Box::new(invited),
            Box::new(hint),
            Box::new(now),
            Box::new(now + INVITATION_LIFE),
        ],
    );
    invitation::tell_later(tx, me.account(), id);
    tx.audit(own_entry(me, "identity.helper_name").done());
    tell(
        tx,
        me,
        "Bạn vừa mời một người giúp lấy lại tài khoản.",
        "You asked somebody to be a helper for your account.",
    );
    Ok(())
}

/// What the removed one agreed to counts no more.
pub async fn helper_remove(tx: &mut Tx, me: &Current, helper: AccountId) -> Result<(), IdentityError> {
    strong(me)?;
    tx.defer(sql::HELPER_DELETE, vec![Box::new(me.account()), Box::new(helper)]);
    tx.audit(own_entry(me, "identity.helper_remove").done());
    Ok(())
}

pub(super) fn strong(me: &Current) -> Result<(), IdentityError> {
    set_up(me)?;
    if me.actor.strength < LoginStrength::Two { Err(IdentityError::SecondFactorNeeded) } else { Ok(()) }
}
