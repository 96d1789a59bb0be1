//! `duty_list`, `duty_switch`: the duties of an officer, and in which of them this session acts. Always exactly one.

use contracts::{AgencyId, Role};
use store::Tx;

use super::{own_entry, set_up};
use crate::{
    Current, Identity, IdentityError,
    model::{Duty, choose_duty},
    rows, sql,
};

/// One's own duties in force, the one granted last first.
pub async fn duty_list(tx: &mut Tx, me: &Current) -> Result<Vec<Duty>, IdentityError> {
    set_up(me)?;
    let duties = rows::duties_of(tx, me.account()).await?;
    tx.audit(own_entry(me, "identity.duty_list").done());
    Ok(duties)
}

/// From the next request on, this session acts in another duty. It never lasts longer than that duty.
pub async fn duty_switch(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    agency: &AgencyId,
    role: Role,
) -> Result<(), IdentityError> {
    set_up(me)?;
    // First the account: a duty that ends at this moment moves its version on, and this comes too late.
    let account = rows::account(tx, me.account()).await?;
    let duties = rows::duties_of(tx, account.id).await?;
    let wanted = (agency.clone(), role);
    let duty = choose_duty(&duties, Some(&wanted)).ok_or(IdentityError::NoRole)?;
    tx.defer(
        sql::SESSION_DUTY,
        vec![
            Box::new(account.id),
            Box::new(account.version),
            Box::new(me.session),
            Box::new(agency.clone()),
            Box::new(role.as_str()),
            Box::new(duty.valid_to),
        ],
    );
    tx.audit(own_entry(me, "identity.duty_switch").fields([agency.as_str(), role.as_str()]).done());
    cx.cache.forget(account.id, tx.now());
    Ok(())
}
