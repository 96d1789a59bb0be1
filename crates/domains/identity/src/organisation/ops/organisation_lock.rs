//! `organisation_lock`, `organisation_unlock`, `organisation_close`: an authority stops an organisation's account, with a reason;
//! nobody acts for it any more, from this moment on. A closed one is closed for ever.

use contracts::{Actor, OrganisationId};
use store::Tx;

use super::{
    super::{
        model::{Act, Ended, Organisation},
        rows::{end, entry, organisation, remember, representations, set_state, stop, tell},
        sql,
    },
    opening::{decision_key, is_office},
};
use crate::{
    Identity, IdentityError,
    model::{LockReason, State},
    policy::{self, Action},
};

/// What an organisation's account may be locked for.
pub const REASONS: [LockReason; 3] = [LockReason::OwnRequest, LockReason::Authority, LockReason::Misuse];

pub async fn organisation_lock(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    id: OrganisationId,
    reason: LockReason,
) -> Result<(), IdentityError> {
    let one = in_charge(cx, tx, actor, id).await?;
    if !REASONS.contains(&reason) {
        return Err(IdentityError::field("reason", "identity.lock_reason"));
    }
    if one.state != State::Activated {
        return Err(IdentityError::WrongState);
    }
    set_state(tx, &one, State::Locked, Some(reason));
    remember(tx, actor, id, Act::Locked, reason.as_str());
    let why = if reason == LockReason::OwnRequest {
        base::Text::new("theo yêu cầu của tổ chức", "at the organisation's own request")
    } else {
        reason.words()
    };
    for representation in representations(tx, id).await? {
        stop(tx, &representation);
        tell(
            tx,
            representation.person,
            format!("Tài khoản của {} đã bị khóa {}.", one.details.name, why.vi),
            format!("The account of {} was locked {}.", one.details.name, why.en),
        );
    }
    tx.audit(entry(actor, "identity.organisation_lock", id).fields([reason.as_str()]).done());
    Ok(())
}

pub async fn organisation_unlock(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    id: OrganisationId,
) -> Result<(), IdentityError> {
    let one = in_charge(cx, tx, actor, id).await?;
    if one.state != State::Locked {
        return Err(IdentityError::WrongState);
    }
    set_state(tx, &one, State::Activated, None);
    remember(tx, actor, id, Act::Unlocked, "");
    for representation in representations(tx, id).await? {
        tell(
            tx,
            representation.person,
            format!("Tài khoản của {} đã được mở khóa.", one.details.name),
            format!("The account of {} was unlocked.", one.details.name),
        );
    }
    tx.audit(entry(actor, "identity.organisation_unlock", id).done());
    Ok(())
}

/// The organisation was dissolved. Its tax code and decision are free; its e-ID code never is.
pub async fn organisation_close(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    id: OrganisationId,
) -> Result<(), IdentityError> {
    let one = in_charge(cx, tx, actor, id).await?;
    if !matches!(one.state, State::Activated | State::Locked) {
        return Err(IdentityError::WrongState);
    }
    close(tx, &one);
    for representation in representations(tx, id).await? {
        end(tx, actor, &representation, Ended::OrganisationClosed);
        tell(
            tx,
            representation.person,
            format!("Tài khoản của {} đã đóng.", one.details.name),
            format!("The account of {} was closed.", one.details.name),
        );
    }
    remember(tx, actor, id, Act::Closed, "");
    tx.audit(entry(actor, "identity.organisation_close", id).done());
    Ok(())
}

pub(in super::super) fn close(tx: &mut Tx, one: &Organisation) {
    set_state(tx, one, State::Closed, None);
    let decision = one.details.decision.as_deref().map(decision_key);
    tx.defer(
        sql::CLAIMS_DELETE,
        vec![Box::new(one.id), Box::new(one.details.tax_code.clone()), Box::new(decision)],
    );
}

async fn in_charge(
    cx: &Identity,
    tx: &Tx,
    actor: &Actor,
    id: OrganisationId,
) -> Result<Organisation, IdentityError> {
    policy::allowed(actor, Action::LockOrganisation)?;
    is_office(cx, tx, actor)?;
    organisation(tx, id).await
}
