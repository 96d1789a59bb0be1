//! A fee is asked for, once, and its payment at the counter is recorded, once. The clock stands in between, at most as
//! long as [`crate::waits`] says.
//!
//! The amount is the one of the day on which the dossier was sent, as its receipt says it (NĐ 58/2026 Art. 6.4).

use base::{Text, Vnd, vietnam_date};
use contracts::Actor;
use forms::{Channel, Service};
use serde_json::json;
use store::Tx;

use crate::{
    Dossier, DossierError, Dossiers, Status, jobs,
    moves::{Happened, handling, notify},
    ops::{Moved, Opened, Target, approve::close_alerts, open, required_text, today},
    policy::Action,
    timeline::{self, Moment},
    waits::{self, Wait},
};

/// Asks for the fee that the service sets for online dossiers.
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
    refuse_paid(&timeline::load(tx, work.dossier()).await?)?;
    let today = today(tx);
    let service = cx.service_of(work.dossier())?;
    let amount =
        amount(&service, work.dossier()).ok_or_else(|| DossierError::field("fee", "dossier.no_fee"))?;
    close_alerts(tx, &work.moving.dossier);
    let m = &mut work.moving;
    let last_day = waits::pause(cx, &mut m.dossier, &service, Wait::Payment, today)?;
    let detail = json!({ "amount": amount, "due_on": last_day });
    m.to(Status::PaymentRequested, Happened::PaymentRequested, detail)?;
    let d = &work.moving.dossier;
    waits::watch(tx, d, last_day);
    let title =
        Text::new(format!("Hồ sơ cần nộp lệ phí {amount}"), format!("Your dossier needs a fee of {amount}"));
    notify(tx, d.applicant, &title, format!("/dossiers/{}", d.id));
    Ok(work.close(tx, &handling(actor)))
}

/// What is to be paid; nothing where nothing is.
fn amount(service: &Service, d: &Dossier) -> Option<Vnd> {
    let facts = d.facts.clone();
    let sheet = service.sheet(&d.answers, &facts, vietnam_date(d.submitted_at?));
    sheet.fee(Channel::Online).map(|fee| fee.amount).filter(|amount| !amount.is_free())
}

/// Records the number of the receipt (biên lai) for the fee that was asked for and paid at the counter.
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
    let receipt = required_text("receipt", receipt)?;
    let moments = timeline::load(tx, work.dossier()).await?;
    refuse_paid(&moments)?;
    work.require(&[Status::PaymentRequested])?;
    let asked = moments.iter().rev().find(|m| m.happened == Happened::PaymentRequested);
    let amount = asked.and_then(|m| m.detail.get("amount"));
    let today = today(tx);
    let m = &mut work.moving;
    m.dossier.clock = m.dossier.clock.resume(today);
    m.dossier.due_on = m.dossier.clock.due_on(cx.nation.calendar())?;
    let detail = json!({ "receipt": receipt, "amount": amount, "due_on": m.dossier.due_on });
    m.to(Status::InProgress, Happened::PaymentRecorded, detail)?;
    jobs::enqueue_deadline(tx, cx, &work.moving.dossier)?;
    Ok(work.close(tx, &handling(actor)))
}

/// Nobody pays twice.
fn refuse_paid(moments: &[Moment]) -> Result<(), DossierError> {
    let paid = moments.iter().any(|m| m.happened == Happened::PaymentRecorded);
    if paid { Err(DossierError::AlreadyPaid) } else { Ok(()) }
}
