//! An officer approves: the record learns what the service says, and the result is printed and signed.

use base::{PersonalNumber, Text};
use contracts::{
    Access, Actor, CommuneCode, PersonId, Purpose,
    ports::{RecordChange, ResidenceKind},
};
use forms::{Fact, Sheet, effects::Outcome};
use jiff::civil::Date;
use serde_json::json;
use store::Tx;

use crate::{
    Dossier, DossierError, Dossiers, Status, Verdict,
    jobs::{self, PaperJob},
    moves::{Happened, handling, notify},
    ops::{Moved, Opened, Target, open, required_text, today},
    policy::Action,
    row::ConsentState,
    sql,
};

/// Approves with a note that the citizen reads; an empty note says nothing.
pub async fn dossier_approve(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
    note: &str,
) -> Result<Moved, DossierError> {
    let mut work = match open(tx, actor, target, Action::Approve, "dossier.approve", &note).await? {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::InProgress])?;
    if !work.dossier().consents_given() {
        return Err(DossierError::ConsentPending);
    }
    let note = if note.trim().is_empty() { String::new() } else { required_text("note", note)? };
    let today = today(tx);
    let service = cx.service_of(work.dossier())?;
    let facts = work.dossier().facts.clone();
    let effects = effects(&service.sheet(&work.dossier().answers, &facts, today))?;
    apply(cx, tx, &Access::new(actor, Purpose::UPDATE_RECORD), work.dossier(), effects, today).await?;

    let m = &mut work.moving;
    m.dossier.clock = m.dossier.clock.pause(cx.nation.calendar(), today)?;
    m.dossier.verdict = Some(Verdict::Approved);
    m.dossier.proposal = None;
    m.dossier.due_on = None;
    m.dossier.finished_at = Some(tx.now());
    m.to(Status::Finished, Happened::Approved, json!({ "note": note }))?;
    let d = &work.moving.dossier;
    jobs::enqueue_paper(tx, &PaperJob { dossier: d.id, kind: jobs::result_kind(&service) });
    close_alerts(tx, d);
    let title = Text::new("Hồ sơ của bạn đã được chấp thuận", "Your dossier was approved");
    notify(tx, d.applicant, &title, format!("/dossiers/{}", d.id));
    Ok(work.close(tx, &handling(actor)))
}

/// The effects in the words of the service.
pub(crate) fn effects(sheet: &Sheet<'_>) -> Result<Vec<Outcome>, DossierError> {
    sheet.effects().map_err(|_| DossierError::EffectIncomplete)
}

/// Carries the effects out in the record, in this transaction, in the name of who decided.
pub(crate) async fn apply(
    cx: &Dossiers,
    tx: &mut Tx,
    access: &Access,
    d: &Dossier,
    effects: Vec<Outcome>,
    today: Date,
) -> Result<(), DossierError> {
    let mut changes = Vec::with_capacity(effects.len());
    for effect in effects {
        let (kind, number, commune, address, of, relation, from, until) = match effect {
            Outcome::RegisterTemporaryResidence(r) => {
                let kind = ResidenceKind::Temporary;
                (kind, r.person, r.commune, r.address, r.household_of, r.relation, r.from, Some(r.to))
            }
            Outcome::RegisterPermanentResidence(r) => {
                // A permanent residence holds from the day of the decision at the earliest.
                let from = r.from.max(today);
                (
                    ResidenceKind::Permanent,
                    r.person,
                    r.commune,
                    r.address,
                    r.household_of,
                    r.relation,
                    from,
                    None,
                )
            }
        };
        let mut find = async |number: PersonalNumber| {
            cx.register.person_by_number(tx, access, &number).await?.ok_or(DossierError::EffectIncomplete)
        };
        let person = find(number).await?;
        let householder = match of {
            Some(number) => Some(find(number).await?),
            None => None,
        };
        changes.push(RecordChange {
            person,
            kind,
            commune: CommuneCode(commune),
            address,
            householder,
            relation,
            from,
            until,
            dossier: d.id,
            document: d.code.clone().unwrap_or_default(),
        });
    }
    refuse_strangers(cx, tx, access, d, &changes, today).await?;
    for change in &changes {
        cx.register.apply(tx, access, change).await?;
        if change.person != d.applicant {
            // Whoever was moved along learns of it in their own account.
            let title = Text::new(
                "Nơi cư trú của bạn vừa được cập nhật theo hồ sơ của người cùng đăng ký",
                "Your residence was updated by the dossier of somebody who registered you too",
            );
            notify(tx, change.person, &title, "/record".to_owned());
        }
    }
    Ok(())
}

/// Online, somebody moves along only out of the applicant's own household, or with their own yes: nobody's home is
/// changed behind their back.
async fn refuse_strangers(
    cx: &Dossiers,
    tx: &mut Tx,
    access: &Access,
    d: &Dossier,
    changes: &[RecordChange],
    today: Date,
) -> Result<(), DossierError> {
    let said_yes = |person: PersonId| {
        d.asked
            .iter()
            .any(|(key, asked)| *asked == person && d.consents.get(key) == Some(&ConsentState::Given))
    };
    let others = changes.iter().map(|c| c.person).filter(|p| *p != d.applicant && !said_yes(*p));
    let others: Vec<PersonId> = others.collect();
    if others.is_empty() {
        return Ok(());
    }
    let mut household = async |person| {
        let known = cx.register.facts(tx, access, person, &[Fact::HouseholderNumber]).await?;
        Ok::<_, DossierError>(known.value(Fact::HouseholderNumber, today).text())
    };
    let own = household(d.applicant).await?;
    for other in others {
        if own.is_none() || household(other).await? != own {
            // The officer learns something of them by this.
            tx.keep_log();
            return Err(DossierError::NotOfHousehold);
        }
    }
    Ok(())
}

/// Reminders and breaches of a dossier that is decided or gone are settled.
pub(crate) fn close_alerts(tx: &mut Tx, d: &Dossier) {
    let now = tx.now();
    tx.defer(sql::ALERTS_CLOSE, vec![Box::new(d.agency.clone()), Box::new(d.id), Box::new(now)]);
}
