//! `staff_reset_propose`, `staff_reset_confirm`, `reset_list`: an officer lost the password or the second factor. An
//! administrator proposes a new beginning; a second person, who has seen the officer, agrees and prints the paper with the
//! set-up code. So nobody alone can take an officer's account over.

use contracts::{Access, AccountId, Actor, AgencyId, Purpose};
use jiff::Timestamp;
use store::{RowExt, Tx};

use super::{
    begin_anew, remember,
    staff_create::{SetupIssued, issue},
    staff_entry,
    staff_grant::{PROPOSAL_LIFE, is_second},
};
use crate::{
    Identity, IdentityError,
    model::{Account, Holder, State},
    policy::{self, Action},
    port::STAFF_MAX,
    rows::{self, ProposalId},
    sql,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetProposal {
    pub id: ProposalId,
    pub account: AccountId,
    pub name: String,
    pub proposed_by: AccountId,
    pub proposed_at: Timestamp,
}

pub async fn staff_reset_propose(
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    agency: &AgencyId,
) -> Result<ProposalId, IdentityError> {
    policy::allowed_at(actor, Action::ResetStaff, agency)?;
    if account == actor.account {
        return Err(IdentityError::Forbidden);
    }
    let found = member(tx, account, agency).await?;
    let now = tx.now();
    let proposal = ProposalId::new(now, tx.entropy());
    tx.defer(
        sql::RESET_INSERT,
        vec![
            Box::new(account),
            Box::new(proposal),
            Box::new(agency.clone()),
            Box::new(actor.account),
            Box::new(now),
        ],
    );
    tx.audit(staff_entry(actor, "identity.staff_reset_propose", found.id).done());
    Ok(proposal)
}

/// Neither who proposed it nor whose account it is, nor one who is of the proposer's making.
pub async fn staff_reset_confirm(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    proposal: ProposalId,
) -> Result<SetupIssued, IdentityError> {
    policy::allowed(actor, Action::ConfirmReset)?;
    let now = tx.now();
    let row = tx.query_opt(sql::RESET_ONE, &[&account, &proposal, &(now - PROPOSAL_LIFE)]).await?;
    let row = row.ok_or(IdentityError::NotFound)?;
    let (agency, proposed_by): (AgencyId, AccountId) = (row.col("agency")?, row.col("proposed_by")?);
    policy::allowed_at(actor, Action::ConfirmReset, &agency).map_err(|_| IdentityError::NotFound)?;
    is_second(tx, actor, proposed_by, account).await?;
    let found = member(tx, account, &agency).await?;
    tx.defer(
        sql::RESET_CONFIRM,
        vec![Box::new(account), Box::new(proposal), Box::new(actor.account), Box::new(now)],
    );
    begin_anew(cx, tx, &found);
    remember(tx, actor, account, "reset", "");
    tx.audit(staff_entry(actor, "identity.staff_reset_confirm", account).done());
    let Holder::Staff { login, name } = found.holder else { return Err(IdentityError::NotFound) };
    Ok(issue(cx, tx, actor, account, found.version + 1, login, name))
}

pub async fn reset_list(
    tx: &mut Tx,
    actor: &Actor,
    agency: &AgencyId,
) -> Result<Vec<ResetProposal>, IdentityError> {
    policy::allowed_at(actor, Action::ConfirmReset, agency)?;
    let rows = tx.query(sql::RESETS_OPEN, &[agency, &(tx.now() - PROPOSAL_LIFE), &STAFF_MAX]).await?;
    tx.audit(Access::new(actor, Purpose::MANAGE_STAFF).entry("identity.reset_list").done());
    rows.iter()
        .map(|r| {
            Ok(ResetProposal {
                id: r.col("proposal_id")?,
                account: r.col("account_id")?,
                name: r.col("display_name")?,
                proposed_by: r.col("proposed_by")?,
                proposed_at: r.col("proposed_at")?,
            })
        })
        .collect()
}

/// An officer of the agency, now or soon, whose account is in force.
async fn member(tx: &Tx, account: AccountId, agency: &AgencyId) -> Result<Account, IdentityError> {
    let found = rows::account(tx, account).await?;
    let duties = rows::duties_ahead(tx, account).await?;
    if found.person().is_some() || !rows::serves_at(&duties, agency) {
        return Err(IdentityError::NotFound);
    }
    // With the account go its duties elsewhere, which are not this agency's to hand on.
    if duties.iter().any(|duty| duty.agency != *agency) {
        return Err(IdentityError::ServesElsewhere);
    }
    if found.state != State::Activated {
        return Err(IdentityError::WrongState);
    }
    Ok(found)
}
