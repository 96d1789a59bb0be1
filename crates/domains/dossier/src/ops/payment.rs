//! A fee is asked for, and its payment at the counter is recorded. The clock stands in between.

use base::Text;
use contracts::Actor;
use forms::Channel;
use serde_json::json;
use store::Tx;

use crate::{
    DossierError, Dossiers, Status, jobs,
    moves::{Happened, handling, notify},
    ops::{Moved, Opened, Target, approve::close_alerts, open, required_text, today},
    policy::Action,
};

/// Asks for the fee that the service sets for online dossiers today.
pub async fn payment_request(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
) -> Result<Moved, DossierError> {
    let opened = open(tx, actor, target, Action::RequestPayment, "dossier.payment_request", &()).await?;
    let mut work = match opened {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::InProgress])?;
    let today = today(tx);
    let service = cx.service_of(work.dossier())?;
    let facts = work.dossier().facts.clone();
    let fee = service.sheet(&work.dossier().answers, &facts, today).fee(Channel::Online);
    let amount = fee.map(|f| f.amount).filter(|a| !a.is_free());
    let amount = amount.ok_or_else(|| DossierError::field("fee", "forms.not_a_choice"))?;
    close_alerts(tx, &work.moving.dossier);
    let m = &mut work.moving;
    m.dossier.clock = m.dossier.clock.pause(cx.nation.calendar(), today)?;
    m.dossier.due_on = None;
    m.to(Status::PaymentRequested, Happened::PaymentRequested, json!({ "amount": amount }))?;
    let d = &work.moving.dossier;
    let title =
        Text::new(format!("Hồ sơ cần nộp lệ phí {amount}"), format!("Your dossier needs a fee of {amount}"));
    notify(tx, d.applicant, &title, format!("/dossiers/{}", d.id));
    Ok(work.close(tx, &handling(actor)))
}

/// Records the number of the receipt (biên lai) for a fee that was paid at the counter.
pub async fn payment_record(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
    receipt: &str,
) -> Result<Moved, DossierError> {
    let opened = open(tx, actor, target, Action::RecordPayment, "dossier.payment_record", &receipt).await?;
    let mut work = match opened {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::PaymentRequested])?;
    let receipt = required_text("receipt", receipt)?;
    let today = today(tx);
    let m = &mut work.moving;
    m.dossier.clock = m.dossier.clock.resume(today);
    m.dossier.due_on = m.dossier.clock.due_on(cx.nation.calendar())?;
    m.to(Status::InProgress, Happened::PaymentRecorded, json!({ "receipt": receipt }))?;
    jobs::enqueue_deadline(tx, cx, &work.moving.dossier)?;
    Ok(work.close(tx, &handling(actor)))
}
