//! `staff_list`, `proposal_list`: who works at an agency, and which administrators wait for a second person.

use contracts::{Access, AccountId, Actor, AgencyId, Purpose, Role};
use jiff::Timestamp;
use store::{RowExt, Tx};

use super::staff_grant::PROPOSAL_LIFE;
use crate::{
    IdentityError,
    model::State,
    policy::{self, Action},
    port::STAFF_MAX,
    rows::{self, ProposalId},
    sql, sql_record,
};

/// An officer with one duty, in force or to come; an officer with several stands there several times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMember {
    pub account: AccountId,
    pub login: String,
    pub name: String,
    pub state: State,
    pub role: Role,
    /// In force from then on; it may lie ahead.
    pub valid_from: Timestamp,
    pub valid_to: Option<Timestamp>,
    /// Has set a password; otherwise a set-up code is waited for.
    pub is_set_up: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub id: ProposalId,
    pub account: AccountId,
    pub name: String,
    pub role: Role,
    /// None: from the confirmation on.
    pub valid_from: Option<Timestamp>,
    pub valid_to: Option<Timestamp>,
    pub proposed_by: AccountId,
    pub proposed_at: Timestamp,
}

pub async fn staff_list(
    tx: &mut Tx,
    actor: &Actor,
    agency: &AgencyId,
) -> Result<Vec<StaffMember>, IdentityError> {
    policy::allowed_at(actor, Action::ListStaff, agency)?;
    let states = [State::Activated.as_str(), State::Locked.as_str()];
    let rows = tx.query(sql_record::STAFF_AHEAD, &[agency, &tx.now(), &&states[..], &STAFF_MAX]).await?;
    tx.audit(Access::new(actor, Purpose::MANAGE_STAFF).entry("identity.staff_list").done());
    rows.iter()
        .map(|r| {
            Ok(StaffMember {
                account: r.col("account_id")?,
                login: r.col("login")?,
                name: r.col("display_name")?,
                state: rows::state(r)?,
                role: rows::role(r)?,
                valid_from: r.col("valid_from")?,
                valid_to: r.col("valid_to")?,
                is_set_up: r.col("is_set_up")?,
            })
        })
        .collect()
}

pub async fn proposal_list(
    tx: &mut Tx,
    actor: &Actor,
    agency: &AgencyId,
) -> Result<Vec<Proposal>, IdentityError> {
    policy::allowed_at(actor, Action::ConfirmGrant, agency)?;
    let rows = tx.query(sql::PROPOSALS_OPEN, &[agency, &(tx.now() - PROPOSAL_LIFE), &STAFF_MAX]).await?;
    tx.audit(Access::new(actor, Purpose::MANAGE_STAFF).entry("identity.proposal_list").done());
    rows.iter()
        .map(|r| {
            Ok(Proposal {
                id: r.col("proposal_id")?,
                account: r.col("account_id")?,
                name: r.col("display_name")?,
                role: rows::role(r)?,
                valid_from: r.col("valid_from")?,
                valid_to: r.col("valid_to")?,
                proposed_by: r.col("proposed_by")?,
                proposed_at: r.col("proposed_at")?,
            })
        })
        .collect()
}
