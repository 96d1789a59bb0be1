//! `helper_name`, `helper_remove`, `helper_list`: whom a holder trusts to help them back in. Named beforehand, with two
//! factors, so that a thief of one cannot bring helpers of their own.

use base::PersonalNumber;
use contracts::{AccountId, LoginStrength, PersonId};
use jiff::Timestamp;
use store::{RowExt, Tx};

use super::{own_entry, set_up, tell, tell_person};
use crate::{
    Current, Identity, IdentityError,
    input::number_claim,
    model::{Kind, State},
    rows, sql,
};

/// Helpers of one account.
pub const HELPERS_MAX: usize = 5;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helper {
    pub account: AccountId,
    pub person: PersonId,
    pub named_at: Timestamp,
}

pub async fn helper_list(tx: &mut Tx, me: &Current) -> Result<Vec<Helper>, IdentityError> {
    set_up(me)?;
    tx.audit(own_entry(me, "identity.helper_list").done());
    helpers(tx, me.account()).await
}

async fn helpers(tx: &Tx, account: AccountId) -> Result<Vec<Helper>, IdentityError> {
    let rows = tx.query(sql::HELPERS, &[&account]).await?;
    rows.iter()
        .map(|r| {
            Ok(Helper {
                account: r.col("helper_id")?,
                person: r.col("person_id")?,
                named_at: r.col("named_at")?,
            })
        })
        .collect()
}

/// Whoever is named must have an account in use and hears of it.
pub async fn helper_name(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    number: &PersonalNumber,
) -> Result<(), IdentityError> {
    strong(me)?;
    let found = rows::account_by_claim(tx, &number_claim(&cx.keys, number)).await?;
    let usable = |a: &crate::model::Account| {
        a.state == State::Activated && a.holder.kind() == Kind::Citizen && a.id != me.account()
    };
    let helper = found.filter(usable).ok_or(IdentityError::NoHelper)?;
    if helpers(tx, me.account()).await?.len() >= HELPERS_MAX {
        return Err(IdentityError::HelpersFull);
    }
    let now = tx.now();
    tx.defer(sql::HELPER_PUT, vec![Box::new(me.account()), Box::new(helper.id), Box::new(now)]);
    tx.audit(own_entry(me, "identity.helper_name").done());
    if let Some(person) = helper.person() {
        tell_person(
            tx,
            person,
            "Có người đã chọn bạn giúp lấy lại tài khoản khi họ mất cách đăng nhập. Bạn chỉ đồng ý khi gặp trực tiếp người đó.",
            "Somebody chose you to help them back into their account. Agree only when you meet that person face to face.",
        );
    }
    tell(tx, me, "Bạn vừa thêm một người giúp lấy lại tài khoản.", "You named a helper for your account.");
    Ok(())
}

pub async fn helper_remove(tx: &mut Tx, me: &Current, helper: AccountId) -> Result<(), IdentityError> {
    strong(me)?;
    tx.defer(sql::HELPER_DELETE, vec![Box::new(me.account()), Box::new(helper)]);
    tx.audit(own_entry(me, "identity.helper_remove").done());
    Ok(())
}

fn strong(me: &Current) -> Result<(), IdentityError> {
    set_up(me)?;
    if me.actor.strength < LoginStrength::Two { Err(IdentityError::SecondFactorNeeded) } else { Ok(()) }
}
