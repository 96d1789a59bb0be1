//! `correction_answer`: a second officer confirms what the first proposed, or sends it back.

use contracts::{Access, ports::Nation};
use store::Tx;

use super::{Decision, Target, correction_decide::carry_out, load, logged, settle, told, unchanged, words};
use crate::{
    RegistryError,
    corrections::{
        State, StepKind,
        policy::{Action, authorise_case},
    },
};

#[derive(Clone)]
pub enum Answer {
    Confirm,
    /// With the reason, for the first officer.
    SendBack(String),
}

pub async fn correction_answer(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    target: &Target,
    answer: &Answer,
) -> Result<State, RegistryError> {
    let correction = load(tx, target.person, target.id).await?;
    authorise_case(access, Action::Answer, &correction)?;
    unchanged(&correction, target.version)?;
    let proposal = correction.proposal_for(access.actor.account)?;
    match answer {
        Answer::Confirm => {
            let decision = Decision {
                verdict: proposal.verdict,
                value: proposal.value.clone(),
                since: proposal.since,
                reason: proposal.reason.clone(),
                document: proposal.document.clone(),
            };
            carry_out(tx, access, nation, &correction, &decision).await
        }
        Answer::SendBack(why) => {
            let mut faults = Vec::new();
            let why = words("reason", why, &mut faults);
            if !faults.is_empty() {
                return Err(RegistryError::Invalid(faults));
            }
            let state = correction.after(StepKind::SentBack)?;
            settle(tx, &correction, state);
            told(tx, access, &correction, StepKind::SentBack, Some(why));
            logged(tx, access, "registry.correction_answer", &correction);
            Ok(state)
        }
    }
}
