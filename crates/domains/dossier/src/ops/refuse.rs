//! Refusing: one officer proposes with a reason of the law, another confirms. No dossier is refused by one person alone.

use base::Text;
use contracts::{Actor, Who, ports::PaperKind};
use serde_json::json;
use store::Tx;

use crate::{
    DossierError, Dossiers, Status, Verdict,
    jobs::{self, PaperJob},
    model::Proposal,
    moves::{Happened, handling, notify},
    ops::{Moved, Opened, Target, approve::close_alerts, open, required_text, today},
    policy::Action,
};

/// Proposes to refuse, for a reason that the service lists, with words for the citizen.
pub async fn refusal_propose(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
    reason: &str,
    note: &str,
) -> Result<Moved, DossierError> {
    let input = (reason, note);
    let opened = open(tx, actor, target, Action::ProposeRefusal, "dossier.refusal_propose", &input).await?;
    let mut work = match opened {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::Registered, Status::Accepted, Status::InProgress])?;
    let service = cx.service_of(work.dossier())?;
    if !service.refusals.iter().any(|r| r.code == reason) {
        return Err(DossierError::field("reason", "forms.not_a_choice"));
    }
    let note = required_text("note", note)?;
    let Who::Staff { name, .. } = &actor.who else { return Err(DossierError::Forbidden) };
    let m = &mut work.moving;
    m.dossier.proposal =
        Some(Proposal { reason: reason.to_owned(), note, by: actor.account, by_name: name.clone() });
    m.note(Happened::RefusalProposed, json!({ "reason": reason }));
    Ok(work.close(tx, &handling(actor)))
}

/// A second officer agrees, and the dossier is refused; or does not, and work goes on.
pub async fn refusal_confirm(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
    agree: bool,
) -> Result<Moved, DossierError> {
    let opened = open(tx, actor, target, Action::ConfirmRefusal, "dossier.refusal_confirm", &agree).await?;
    let mut work = match opened {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::Registered, Status::Accepted, Status::InProgress])?;
    let status = work.dossier().status;
    let Some(proposal) = work.moving.dossier.proposal.take() else {
        return Err(DossierError::WrongStatus(status));
    };
    if proposal.by == actor.account {
        return Err(DossierError::FourEyes);
    }
    let detail = json!({ "reason": proposal.reason, "note": proposal.note, "proposed_by": proposal.by_name });
    let m = &mut work.moving;
    if !agree {
        m.note(Happened::RefusalRejected, json!({}));
        return Ok(work.close(tx, &handling(actor)));
    }
    m.dossier.verdict = Some(Verdict::Refused);
    m.dossier.verdict_reason = Some(proposal.reason);
    m.dossier.clock = m.dossier.clock.pause(cx.nation.calendar(), today(tx))?;
    m.dossier.due_on = None;
    m.dossier.finished_at = Some(tx.now());
    match status {
        Status::Registered => m.to(Status::NotAccepted, Happened::NotAccepted, detail)?,
        Status::Accepted => {
            m.to(Status::InProgress, Happened::Started, json!({}))?;
            m.to(Status::Finished, Happened::Refused, detail)?;
        }
        _ => m.to(Status::Finished, Happened::Refused, detail)?,
    }
    let d = &work.moving.dossier;
    jobs::enqueue_paper(tx, &PaperJob { dossier: d.id, kind: PaperKind::Refusal });
    close_alerts(tx, d);
    let title = Text::new("Hồ sơ của bạn không được chấp thuận", "Your dossier was not approved");
    notify(tx, d.applicant, &title, format!("/dossiers/{}", d.id));
    Ok(work.close(tx, &handling(actor)))
}
