//! `staff_grant`, `staff_grant_confirm`, `staff_role_end`: duties of officers. An administrator is made by two people.

use contracts::{AccountId, Actor, AgencyId, Role, events::AccountChange};
use jiff::{SignedDuration, Timestamp};
use store::{RowExt, Tx};

use super::{changed, remember, staff_entry};
use crate::{
    Identity, IdentityError,
    model::{Account, Holder},
    offices,
    policy::{self, Action},
    rows::{self, ProposalId},
    sql,
};

/// A proposal that nobody confirmed is void after this.
pub(crate) const PROPOSAL_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

#[derive(Debug, Clone)]
pub struct Grant {
    pub account: AccountId,
    pub agency: AgencyId,
    pub role: Role,
    /// The first moment at which it is no longer in force.
    pub valid_to: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    Now,
    /// Waits for a second person.
    Proposed(ProposalId),
}

pub async fn staff_grant(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    grant: &Grant,
) -> Result<Granted, IdentityError> {
    policy::allowed_at(actor, Action::GrantRole, &grant.agency)?;
    offices::may_have(cx, tx, &grant.agency, grant.role)?;
    if grant.account == actor.account {
        return Err(IdentityError::Forbidden);
    }
    let now = tx.now();
    if grant.valid_to.is_some_and(|end| end <= now) {
        return Err(IdentityError::field("valid_to", "identity.period"));
    }
    let account = staff(tx, grant.account).await?;
    refuse_held(tx, grant.account, &grant.agency, grant.role).await?;
    if !policy::takes_two(grant.role) || actor.staff().is_none() {
        insert_role(tx, actor, grant.account, &grant.agency, grant.role, grant.valid_to);
        tx.audit(staff_entry(actor, "identity.staff_grant", account.id).fields([grant.role.as_str()]).done());
        return Ok(Granted::Now);
    }
    let proposal = ProposalId::new(now, tx.entropy());
    tx.defer(
        sql::PROPOSAL_INSERT,
        vec![
            Box::new(grant.account),
            Box::new(proposal),
            Box::new(grant.agency.clone()),
            Box::new(grant.role.as_str()),
            Box::new(grant.valid_to),
            Box::new(actor.account),
            Box::new(now),
        ],
    );
    tx.audit(
        staff_entry(actor, "identity.staff_grant_propose", account.id).fields([grant.role.as_str()]).done(),
    );
    Ok(Granted::Proposed(proposal))
}

/// The second person: neither who proposed it nor who receives it.
pub async fn staff_grant_confirm(
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    proposal: ProposalId,
) -> Result<(), IdentityError> {
    policy::allowed(actor, Action::ConfirmGrant)?;
    let now = tx.now();
    let row = tx.query_opt(sql::PROPOSAL_ONE, &[&account, &proposal, &(now - PROPOSAL_LIFE)]).await?;
    let row = row.ok_or(IdentityError::NotFound)?;
    let (agency, proposed_by): (AgencyId, AccountId) = (row.col("agency")?, row.col("proposed_by")?);
    policy::allowed_at(actor, Action::ConfirmGrant, &agency).map_err(|_| IdentityError::NotFound)?;
    if actor.account == proposed_by || actor.account == account {
        return Err(IdentityError::SecondPersonNeeded);
    }
    let role = rows::role(&row)?;
    let holder = staff(tx, account).await?;
    refuse_held(tx, account, &agency, role).await?;
    tx.defer(
        sql::PROPOSAL_CONFIRM,
        vec![Box::new(account), Box::new(proposal), Box::new(actor.account), Box::new(now)],
    );
    insert_role(tx, actor, account, &agency, role, row.col("valid_to")?);
    tx.audit(staff_entry(actor, "identity.staff_grant_confirm", holder.id).fields([role.as_str()]).done());
    Ok(())
}

/// A duty ends now, and with it the sessions that act in it.
pub async fn staff_role_end(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    agency: &AgencyId,
    role: Role,
) -> Result<(), IdentityError> {
    policy::allowed_at(actor, Action::EndRole, agency)?;
    if account == actor.account {
        return Err(IdentityError::Forbidden);
    }
    let holder = staff(tx, account).await?;
    let held = rows::duties_of(tx, account).await?;
    if !held.iter().any(|d| d.agency == *agency && d.role == role) {
        return Err(IdentityError::NotFound);
    }
    let now = tx.now();
    let word = role.as_str();
    let duty: [&(dyn postgres_types::ToSql + Sync); 4] = [&account, agency, &word, &now];
    // First the account, so that a sign-in at this moment cannot take the duty along.
    tx.change(sql::ACCOUNT_TOUCH, &[&account]).await?;
    tx.change(sql::ROLE_END, &duty).await?;
    for row in tx.query(sql::SESSIONS_END_ROLE, &duty).await? {
        changed(tx, account, None, AccountChange::SessionEnded { session: row.col("session_id")? });
    }
    remember(tx, actor, account, "role_ended", role.as_str());
    tx.audit(staff_entry(actor, "identity.staff_role_end", holder.id).fields([role.as_str()]).done());
    cx.cache.forget(account, now);
    Ok(())
}

pub(super) fn insert_role(
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    agency: &AgencyId,
    role: Role,
    valid_to: Option<Timestamp>,
) {
    let now = tx.now();
    tx.defer(
        sql::ROLE_INSERT,
        vec![
            Box::new(account),
            Box::new(agency.clone()),
            Box::new(role.as_str()),
            Box::new(now),
            Box::new(valid_to),
            Box::new(actor.account),
        ],
    );
    remember(tx, actor, account, "role_granted", role.as_str());
}

async fn staff(tx: &Tx, account: AccountId) -> Result<Account, IdentityError> {
    let account = rows::account(tx, account).await?;
    match account.holder {
        Holder::Staff { .. } => Ok(account),
        Holder::Citizen { .. } => Err(IdentityError::NotFound),
    }
}

async fn refuse_held(
    tx: &Tx,
    account: AccountId,
    agency: &AgencyId,
    role: Role,
) -> Result<(), IdentityError> {
    let held = rows::duties_of(tx, account).await?;
    let holds = held.iter().any(|d| d.agency == *agency && d.role == role);
    if holds { Err(IdentityError::RoleHeld) } else { Ok(()) }
}
