//! Which agencies do what for people and their accounts. A role says what an officer does; the catalogue says where: the
//! receiver of a bank has no counter.

use std::sync::Arc;

use base::{Text, vietnam_date};
use contracts::{Actor, AgencyId, Role, ports::Offices};
use store::Tx;

use crate::{
    Identity, IdentityError,
    enrolment::Whose,
    foreigner, organisation,
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
    at_counter_of(cx, tx, actor, action, Whose::Citizen)
}

/// The same for one kind of holder: the agencies that open such accounts care for them afterwards.
pub(crate) fn at_counter_of(
    cx: &Identity,
    tx: &Tx,
    actor: &Actor,
    action: Action,
    whose: Whose,
) -> Result<(), IdentityError> {
    policy::allowed(actor, action)?;
    let procedure = match whose {
        Whose::Citizen => COUNTER,
        Whose::Foreigner => foreigner::PROCEDURE,
        Whose::Organisation => organisation::PROCEDURE,
    };
    decides(cx, tx, actor, procedure)
}

/// Something that is done for the holder of an account, of whom nothing is known yet: a counter for citizens or one for
/// foreigners. [`at_counter_of`] follows when it is.
pub(crate) fn at_some_counter(
    cx: &Identity,
    tx: &Tx,
    actor: &Actor,
    action: Action,
) -> Result<(), IdentityError> {
    let foreigners = |_| at_counter_of(cx, tx, actor, action, Whose::Foreigner);
    at_counter(cx, tx, actor, action).or_else(foreigners)
}

/// Whom a holder tells who was at no counter.
pub(crate) fn told_by(whose: Whose) -> Text {
    match whose {
        Whose::Foreigner => Text::new("phòng quản lý xuất nhập cảnh", "the immigration office"),
        Whose::Citizen | Whose::Organisation => Text::new("công an xã, phường", "the commune police"),
    }
}

/// The care for accounts that are open: where accounts are opened, for citizens or for foreigners.
pub(crate) fn keeps(cx: &Identity, tx: &Tx, actor: &Actor, action: Action) -> Result<(), IdentityError> {
    policy::allowed(actor, action)?;
    decides(cx, tx, actor, COUNTER).or_else(|_| decides(cx, tx, actor, foreigner::PROCEDURE))
}

/// Whether what an agency set is this officer's agency's to undo.
pub(crate) fn is_own_or_below(cx: &Identity, tx: &Tx, actor: &Actor, agency: &AgencyId) -> bool {
    let Some((own, _)) = actor.staff() else { return true };
    let is_above = |offices: &Arc<dyn Offices>| offices.is_above(own, agency, vietnam_date(tx.now()));
    own == agency || cx.offices.as_ref().is_some_and(is_above)
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
