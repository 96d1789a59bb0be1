//! Accounts that wait for their activation, messages, requests to be let back in, people asked to help. And tables that
//! would grow for ever are swept: ended sessions, codes, ceremonies, requests, invitations and proposals that ran out,
//! forgotten tries, history older than the law asks for.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use store::{Job, JobHandler, Tx, jobs::JobError};

use crate::{
    Identity, IdentityError,
    enrolment::{self, Due, QUEUE},
    messages::Deliver,
    ops::{invitation::Invited, recovery::Recovery, staff_grant::PROPOSAL_LIFE},
    organisation, sql, sql_messages, sql_record, throttle,
};

/// Ended sessions are kept so long; the history of sign-ins and the log keep much longer.
const SESSIONS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Five years at least (NĐ 69/2024 Art. 17), with their leap days.
pub const SIGN_INS_KEPT: SignedDuration = SignedDuration::from_hours(5 * 366 * 24);

/// The handlers, to be run by a worker.
pub fn handlers(cx: &Identity) -> Vec<Arc<dyn JobHandler>> {
    vec![
        Arc::new(Activation(cx.clone())),
        Arc::new(OrganisationActivation),
        Arc::new(Deliver::new(cx)),
        Arc::new(Recovery(cx.clone())),
        Arc::new(Invited(cx.clone())),
    ]
}

/// Reminds of an account that was approved and not activated, and ends it when its time is over.
struct Activation(Identity);

#[async_trait]
impl JobHandler for Activation {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let due: Due = serde_json::from_value(job.payload.clone())?;
        Ok(enrolment::due(&self.0, tx, &due).await?)
    }
}

/// The same for organisations.
struct OrganisationActivation;

#[async_trait]
impl JobHandler for OrganisationActivation {
    fn queue(&self) -> &'static str {
        organisation::follow::QUEUE
    }

    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let due: organisation::follow::Due = serde_json::from_value(job.payload.clone())?;
        Ok(organisation::follow::due(tx, &due).await?)
    }
}

/// Deletes what is no longer needed; run it every hour or so. Returns how many rows went.
pub async fn sweep(tx: &Tx) -> Result<u64, IdentityError> {
    let sessions = tx.execute(sql::SESSION_SWEEP, &[&(tx.now() - SESSIONS_KEPT)]).await?;
    let codes = tx.execute(sql::SETUP_SWEEP, &[&tx.now()]).await?;
    let ceremonies = tx.execute(sql::CEREMONY_SWEEP, &[&tx.now()]).await?;
    let crossings = tx.execute(sql::CROSSING_SWEEP, &[&tx.now()]).await?;
    let recoveries = tx.execute(sql::RECOVERY_SWEEP, &[&tx.now()]).await?;
    let invitations = tx.execute(sql::INVITATION_SWEEP, &[&tx.now()]).await?;
    let comparisons = tx.execute(sql_messages::COMPARISON_SWEEP, &[&tx.now()]).await?;
    let proposed = tx.now() - PROPOSAL_LIFE;
    let proposals = tx.execute(sql_record::PROPOSAL_SWEEP, &[&proposed]).await?
        + tx.execute(sql_record::RESET_SWEEP, &[&proposed]).await?;
    let sign_ins = tx.execute(sql::SIGN_IN_SWEEP, &[&(tx.now() - SIGN_INS_KEPT)]).await?;
    let acts = organisation::follow::sweep(tx).await?;
    let begun = ceremonies + crossings + recoveries + invitations + comparisons;
    Ok(acts + sessions + codes + begun + proposals + sign_ins + throttle::sweep(tx).await?)
}
