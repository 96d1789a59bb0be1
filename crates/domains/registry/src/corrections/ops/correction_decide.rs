//! `correction_decide`: an officer of the right agency accepts or refuses. Accepted, the record changes in the same
//! transaction. Of a protected item the first officer only proposes.

use base::{FieldFault, PartialDate, Text, vietnam_date};
use contracts::{Access, Who, ports::Nation};
use jiff::civil::Date;
use store::{Tx, tx::Param};

use super::{Target, load, logged, notify, optional_line, settle, told, unchanged, words};
use crate::{
    RegistryError,
    corrections::{
        Correction, Routes, State, Verdict,
        policy::{Action, authorise_case},
        sql,
    },
    duplicates::ops::person_resolve,
    model::rules,
    ops::{ItemCorrection, item_correct},
};

/// What the officer decides.
#[derive(Clone)]
pub struct Decision {
    pub verdict: Verdict,
    /// The right value of an item in stored form; needed to accept.
    pub value: Option<String>,
    /// First day of the new value. None: the present value was wrong all along.
    pub since: Option<Date>,
    /// Told to the person.
    pub reason: String,
    /// The paper that the decision rests on. Where another act puts the record right, that act's document.
    pub document: Option<String>,
}

pub async fn correction_decide(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    target: &Target,
    decision: &Decision,
) -> Result<State, RegistryError> {
    let correction = load(tx, target.person, target.id).await?;
    authorise_case(access, Action::Decide, &correction)?;
    unchanged(&correction, target.version)?;
    if correction.asked_by == access.actor.account {
        return Err(RegistryError::CorrectionFourEyes);
    }
    let decision = check(tx, nation, &correction, decision)?;
    if !correction.protected {
        return carry_out(tx, access, nation, &correction, &decision).await;
    }
    let step = decision.verdict.proposing();
    let state = correction.after(step)?;
    let Who::Staff { name, .. } = &access.actor.who else { return Err(RegistryError::Forbidden) };
    let params: Vec<Param> = vec![
        Box::new(correction.person),
        Box::new(correction.id),
        Box::new(correction.version),
        Box::new(decision.verdict.as_str()),
        Box::new(decision.value),
        Box::new(decision.since),
        Box::new(decision.reason.clone()),
        Box::new(decision.document),
        Box::new(access.actor.account),
        Box::new(name.clone()),
        Box::new(tx.now()),
    ];
    tx.defer(sql::PROPOSE, params);
    told(tx, access, &correction, step, Some(decision.reason));
    logged(tx, access, "registry.correction_decide", &correction);
    Ok(state)
}

/// The decision in stored form; what cannot be done is refused now, not when the second officer comes.
fn check(
    tx: &Tx,
    nation: &dyn Nation,
    correction: &Correction,
    decision: &Decision,
) -> Result<Decision, RegistryError> {
    let (mut faults, today) = (Vec::new(), vietnam_date(tx.now()));
    let accepts = decision.verdict == Verdict::Accept;
    let sets = correction.subject.sets().filter(|_| accepts);
    let raw = decision.value.as_deref().map(str::trim).filter(|raw| !raw.is_empty());
    let value = match (sets, raw) {
        (None, _) => None,
        (Some(_), None) => {
            faults.push(FieldFault::new("value", rules::REQUIRED));
            None
        }
        (Some(_), Some(raw)) => {
            let checked = correction.subject.check(raw, today, nation);
            checked.map_err(|broken| faults.push(broken.at("value"))).ok()
        }
    };
    let since = decision.since.filter(|_| sets.is_some());
    if since.is_some_and(|since| since > today) {
        faults.push(FieldFault::new("since", rules::DATE_IN_FUTURE));
    }
    let reason = words("reason", &decision.reason, &mut faults);
    if let Err(broken) = rules::line(&reason)
        && faults.iter().all(|f| f.field != "reason")
    {
        faults.push(broken.at("reason"));
    }
    let document = optional_line("document", decision.document.as_deref(), &mut faults);
    if accepts && sets.is_none() && document.is_none() && faults.iter().all(|f| f.field != "document") {
        faults.push(FieldFault::new("document", rules::REQUIRED));
    }
    if faults.is_empty() {
        Ok(Decision { verdict: decision.verdict, value, since, reason, document })
    } else {
        Err(RegistryError::Invalid(faults))
    }
}

/// The record, the request, its timeline, the notice and the log, all in this transaction.
pub(super) async fn carry_out(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    correction: &Correction,
    decision: &Decision,
) -> Result<State, RegistryError> {
    let step = decision.verdict.deciding();
    let state = correction.after(step)?;
    if decision.verdict == Verdict::Accept {
        put_right(tx, access, nation, correction, decision).await?;
    }
    settle(tx, correction, state);
    told(tx, access, correction, step, Some(decision.reason.clone()));
    let title = match decision.verdict {
        Verdict::Accept => Text::new(
            "Yêu cầu sửa thông tin của bạn đã được chấp nhận",
            "Your request for correction was accepted",
        ),
        Verdict::Refuse => Text::new(
            "Yêu cầu sửa thông tin của bạn không được chấp nhận: xem lý do",
            "Your request for correction was refused: see why",
        ),
    };
    notify(tx, correction, title);
    logged(tx, access, "registry.correction_decide", correction);
    Ok(state)
}

async fn put_right(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    correction: &Correction,
    decision: &Decision,
) -> Result<(), RegistryError> {
    let person = person_resolve(tx, correction.person).await?;
    let Some(item) = correction.subject.sets() else {
        // A move, a number, a tie have acts of their own with their own checks: it must be in the record by now.
        let done = tx.query_opt(sql::ACT_SINCE, &[&person, &decision.document, &correction.asked_at]).await?;
        return done.map(|_| ()).ok_or(RegistryError::CorrectionActMissing);
    };
    let new = ItemCorrection {
        person,
        item,
        value: decision.value.clone(),
        since: decision.since,
        reason: decision.reason.clone(),
        document: decision.document.clone().or_else(|| correction.document.clone()),
        source: Routes::table()?.of(correction.subject)?.source,
    };
    item_correct(tx, access, nation, &new).await
}

/// The apology and what it is for.
pub(in crate::corrections) fn late(tx: &mut Tx, nation: &dyn Nation, correction: &Correction) {
    let due = PartialDate::full(correction.due_on).display_vi();
    let (vi, en) = nation.agency(&correction.agency).map(|a| (a.name.vi, a.name.en)).unwrap_or_default();
    let title = Text::new(
        format!("{vi} xin lỗi: yêu cầu sửa thông tin của bạn đã quá hạn {due}"),
        format!("{en} apologises: your request for correction is past its due date {due}"),
    );
    notify(tx, correction, title);
}
