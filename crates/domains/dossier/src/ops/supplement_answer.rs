//! The citizen has put right what was asked: the dossier is checked again and the clock runs on.

use contracts::Actor;
use serde_json::json;
use store::Tx;

use crate::{
    DossierError, Dossiers, Status, jobs,
    moves::{Happened, filing},
    ops::{Moved, Opened, Target, attachment, attachment::File, open, submit, today},
    policy::Action,
    timeline::{self, Moment},
};

pub async fn supplement_answer(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
) -> Result<Moved, DossierError> {
    let opened = open(tx, actor, target, Action::AnswerSupplement, "dossier.supplement_answer", &()).await?;
    let mut work = match opened {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::SupplementRequested])?;
    let (today, access) = (today(tx), filing(actor));
    let service = cx.service_of(work.dossier())?;
    let (applicant, answers) = (work.dossier().applicant, work.dossier().answers.clone());
    let facts = cx.all_facts(tx, &access, &service, applicant, &answers, today).await?;
    let sheet = service.sheet(&answers, &facts, today);
    let (all, moments) = tokio::try_join!(
        attachment::all(tx, applicant, work.dossier().id),
        timeline::load(tx, work.dossier())
    )?;
    let changed = changed_files(&all, &moments);
    let files = attachment::complete(all)?;
    let mut faults = submit::faults(cx, &sheet, &files, actor);
    // The rules of the day of sending hold (NĐ 58/2026 Art. 6.4), even if the service has a newer version by now.
    faults.retain(|f| f.code != forms::codes::NOT_IN_FORCE);
    if !faults.is_empty() {
        tx.keep_log();
        return Err(DossierError::Invalid(faults));
    }
    submit::ask_consents(cx, tx, &mut work, &sheet, &access).await?;
    let answers = sheet.answers();
    let m = &mut work.moving;
    m.put(answers, facts.clone());
    m.dossier.defects = Vec::new();
    m.dossier.clock = m.dossier.clock.resume(today);
    m.dossier.due_on = m.dossier.clock.due_on(cx.nation.calendar())?;
    let (added, replaced) = changed;
    let detail = json!({ "due_on": m.dossier.due_on, "added": added, "replaced": replaced });
    m.to(Status::InProgress, Happened::SupplementAnswered, detail)?;
    attachment::mark_sent(tx, &work.moving.dossier, &files);
    jobs::enqueue_deadline(tx, cx, &work.moving.dossier)?;
    Ok(work.close(tx, &access))
}

/// Names of the files that this answer brings and takes out: nothing that an agency received changes silently.
fn changed_files(files: &[File], moments: &[Moment]) -> (Vec<String>, Vec<String>) {
    let asked = moments.iter().rev().find(|m| m.happened == Happened::SupplementRequested).map(|m| m.at);
    let added = files.iter().filter(|f| f.sent_at.is_none());
    let replaced = files.iter().filter(|f| f.replaced_at.is_some() && f.replaced_at >= asked);
    (added.map(|f| f.name.clone()).collect(), replaced.map(|f| f.name.clone()).collect())
}
