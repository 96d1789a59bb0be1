//! Which agencies do what for people and their accounts. A role says what an officer does; the catalogue says where: the
//! receiver of a bank has no counter.

use base::vietnam_date;
use contracts::{Actor, AgencyId, Role};
use store::Tx;

use crate::{
    Identity, IdentityError,
    policy::{self, Action},
};

/// Accounts of level 2 for citizens: whoever decides on them identifies people in person (NĐ 69/2024 Art. 10), and cares for
/// their accounts afterwards.
pub const COUNTER: &str = "3.000228";

/// The agency of an officer decides on a procedure today.
pub(crate) fn decides(cx: &Identity, tx: &Tx, actor: &Actor, procedure: &str) -> Result<(), IdentityError> {
    let Some((agency, _)) = actor.staff() else { return Ok(()) };
    let offices = cx.offices.as_ref().ok_or(IdentityError::NoLimit)?;
    if offices.decides(agency, procedure, vietnam_date(tx.now())) {
        Ok(())
    } else {
        Err(IdentityError::WrongOffice)
    }
}

/// Something that is done for citizens at a counter.
pub(crate) fn at_counter(cx: &Identity, tx: &Tx, actor: &Actor, action: Action) -> Result<(), IdentityError> {
    policy::allowed(actor, action)?;
    decides(cx, tx, actor, COUNTER)
}

/// Whether somebody of this body may have the role. One that is no agency only manages what is its own.
pub(crate) fn may_have(cx: &Identity, tx: &Tx, agency: &AgencyId, role: Role) -> Result<(), IdentityError> {
    let offices = cx.offices.as_ref().ok_or(IdentityError::NoLimit)?;
    if role == Role::Administrator || offices.is_agency(agency, vietnam_date(tx.now())) {
        Ok(())
    } else {
        Err(IdentityError::field("role", "identity.role_of_agencies"))
    }
}
