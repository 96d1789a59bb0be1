//! `staff_grant`, `staff_grant_confirm`, `staff_role_end`: duties of officers, each for a period. An administrator is
//! made by two people.
//!
//! Two are two only when neither made the other lately ([`policy::is_second`]): else somebody would make a colleague up and
//! confirm in that name. So an office begins with two that the operator makes ([`super::staff_create`]); they confirm for
//! each other from the first day, and whom they make joins them a month later.

use contracts::{AccountId, Actor, AgencyId, Role, events::AccountChange};
use jiff::{SignedDuration, Timestamp};
use store::{RowExt, StoreError, Tx};

use super::{changed, remember, staff_entry};
use crate::{
    Identity, IdentityError,
    model::{Account, Holder, Period},
    offices,
    policy::{self, Action},
    rows::{self, ProposalId},
    sql, sql_record,
};

/// A proposal that nobody confirmed is void after this.
pub(crate) const PROPOSAL_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

#[derive(Debug, Clone)]
pub struct Grant {
    pub account: AccountId,
    pub agency: AgencyId,
    pub role: Role,
    pub period: Period,
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
    let held = grant.period.given(now)?;
    let account = staff(tx, grant.account).await?;
    refuse_held(tx, grant.account, &grant.agency, grant.role, held).await?;
    if !policy::takes_two(grant.role) || actor.staff().is_none() {
        insert_role(tx, actor, grant.account, &grant.agency, grant.role, held);
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
            Box::new(grant.period.to),
            Box::new(actor.account),
            Box::new(now),
            Box::new(grant.period.from),
        ],
    );
    tx.audit(
        staff_entry(actor, "identity.staff_grant_propose", account.id).fields([grant.role.as_str()]).done(),
    );
    Ok(Granted::Proposed(proposal))
}

/// The second person: neither who proposed it nor who receives it, nor one who is of the proposer's making.
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
    is_second(tx, actor, proposed_by, account).await?;
    let role = rows::role(&row)?;
    // What was to begin before somebody confirmed it begins now.
    let from = row.col::<Option<Timestamp>>("valid_from")?.filter(|from| *from > now);
    let held = Period { from, to: row.col("valid_to")? }.given(now)?;
    let holder = staff(tx, account).await?;
    refuse_held(tx, account, &agency, role, held).await?;
    tx.defer(
        sql::PROPOSAL_CONFIRM,
        vec![Box::new(account), Box::new(proposal), Box::new(actor.account), Box::new(now)],
    );
    insert_role(tx, actor, account, &agency, role, held);
    tx.audit(staff_entry(actor, "identity.staff_grant_confirm", holder.id).fields([role.as_str()]).done());
    Ok(())
}

/// Refuses whoever is no second person beside the proposer. The operator, who makes the first of every office, is nobody's
/// puppet.
pub(super) async fn is_second(
    tx: &Tx,
    actor: &Actor,
    proposer: AccountId,
    receiver: AccountId,
) -> Result<(), IdentityError> {
    let (confirmer, now) = (actor.account, tx.now());
    let tied_at = match actor.staff() {
        Some(_) => tied_at(tx, [proposer, confirmer]).await?,
        None => None,
    };
    policy::is_second(policy::Second { proposer, confirmer, receiver, tied_at }, now)
}

/// When one of two officers last had a hand in the other's account, as far as that still counts.
async fn tied_at(tx: &Tx, both: [AccountId; 2]) -> Result<Option<Timestamp>, StoreError> {
    let heavy: Vec<&str> =
        Role::ALL.into_iter().filter(|role| policy::takes_two(*role)).map(|role| role.as_str()).collect();
    let since = tx.now() - policy::TIED_FOR;
    tx.query_one(sql::STAFF_TIED, &[&&both[..], &heavy, &since]).await?.col("at")
}

/// A duty ends now, and with it the sessions that act in it; one to come never begins.
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
    let held = rows::duties_ahead(tx, account).await?;
    if !held.iter().any(|d| d.agency == *agency && d.role == role) {
        return Err(IdentityError::NotFound);
    }
    let now = tx.now();
    let word = role.as_str();
    let duty: [&(dyn postgres_types::ToSql + Sync); 4] = [&account, agency, &word, &now];
    // First the account, so that a sign-in at this moment cannot take the duty along.
    tx.change(sql::ACCOUNT_TOUCH, &[&account]).await?;
    let ended = tx.execute(sql_record::ROLES_END, &duty).await?;
    if ended + tx.execute(sql_record::ROLES_DROP, &duty).await? == 0 {
        return Err(StoreError::Conflict.into());
    }
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
    (valid_from, valid_to): (Timestamp, Option<Timestamp>),
) {
    tx.defer(
        sql::ROLE_INSERT,
        vec![
            Box::new(account),
            Box::new(agency.clone()),
            Box::new(role.as_str()),
            Box::new(valid_from),
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

/// Nobody holds one duty twice at a time.
async fn refuse_held(
    tx: &Tx,
    account: AccountId,
    agency: &AgencyId,
    role: Role,
    (from, to): (Timestamp, Option<Timestamp>),
) -> Result<(), IdentityError> {
    let row =
        tx.query_one(sql_record::ROLE_OVERLAPS, &[&account, agency, &role.as_str(), &from, &to]).await?;
    if row.col("held")? { Err(IdentityError::RoleHeld) } else { Ok(()) }
}
