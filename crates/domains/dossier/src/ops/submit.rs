//! A person sends a dossier: checked against its service and the record, pinned, numbered, given to its agency.
//!
//! Where the record alone decides, it is decided in the same transaction, by the system and on the law the service names.

use std::collections::{BTreeMap, BTreeSet};

use base::{FieldFault, PersonalNumber, Text};
use contracts::{Access, Actor, IdentityLevel, PersonId, Purpose, Who, ports::AgencyCard};
use forms::{
    Handed, Sheet,
    definition::Consent,
    outcome::{ConsentNeed, Row},
    sheet::FAULTS_MAX,
};
use jiff::{SignedDuration, civil::Date};
use serde_json::{Value, json};
use store::{RowExt, Tx};

use crate::{
    Dossier, DossierError, Dossiers, Status, Verdict,
    jobs::{self, PaperJob},
    model::Clock,
    moves::{Happened, filing, notify},
    ops::{Moved, Opened, Target, Work, approve, attachment, open, today},
    policy::Action,
    row::ConsentState,
    sql,
};

/// Dossiers that one person may send in 24 hours: each takes a number of its unit and may ask somebody for consent.
pub const SENT_A_DAY_MAX: i64 = 50;
/// Working days in which an agency must take a dossier in or ask (8 working hours, NĐ 45/2020 Art. 11).
const INTAKE_DAYS: u32 = 1;

pub async fn dossier_submit(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    target: &Target,
) -> Result<Moved, DossierError> {
    if target.key.is_none() {
        return Err(DossierError::KeyNeeded);
    }
    let mut work = match open(tx, actor, target, Action::Submit, "dossier.submit", &()).await? {
        Opened::Before(moved) => return Ok(moved),
        Opened::Now(work) => work,
    };
    work.require(&[Status::Draft])?;
    let today = today(tx);
    let access = filing(actor);
    let service = cx.nation.service(&work.dossier().procedure, today).ok_or(DossierError::NotOnline)?;
    let (applicant, answers) = (work.dossier().applicant, work.dossier().answers.clone());
    let facts = cx.all_facts(tx, &access, &service, applicant, &answers, today).await?;
    let sheet = service.sheet(&answers, &facts, today);
    let since = tx.now() - SignedDuration::from_hours(24);
    let sent = async { tx.query_one(sql::SENT_SINCE, &[&applicant, &since]).await?.col::<i64>("count") };
    let (files, sent) = tokio::join!(attachment::all(tx, applicant, work.dossier().id), sent);
    let files = attachment::complete(files?)?;
    if sent? >= SENT_A_DAY_MAX {
        return Err(DossierError::SentTooMany { max: SENT_A_DAY_MAX });
    }
    let faults = faults(cx, &sheet, &files, actor);
    if !faults.is_empty() {
        // They tell something of the people whom the answers name.
        tx.keep_log();
        return Err(DossierError::Invalid(faults));
    }

    let step = sheet.steps().next().ok_or(DossierError::AgencyUnknown)?;
    let commune = step.commune.ok_or(DossierError::AgencyUnknown)?;
    let agency = cx
        .nation
        .agency_for(&contracts::CommuneCode(commune), step.step.level)
        .ok_or(DossierError::AgencyUnknown)?;
    let automatic = sheet.decides_itself();
    let effects = if automatic { approve::effects(&sheet)? } else { Vec::new() };
    {
        let d = &mut work.moving.dossier;
        d.service_version = service.version;
        d.agency = Some(agency.id.clone());
        d.submitted_at = Some(tx.now());
        d.clock = Clock { limit_days: limit_days(cx, &sheet, d), used_days: 0, running_since: None };
        d.due_on = Some(cx.nation.calendar().add(today, INTAKE_DAYS)?);
    }
    ask_consents(cx, tx, &mut work, &sheet, &access).await?;
    work.moving.put(sheet.answers(), facts.clone());
    tx.defer(sql::DRAFT_LEAVE, vec![Box::new(applicant), Box::new(work.dossier().id)]);
    attachment::mark_sent(tx, work.dossier(), &files);
    number(cx, tx, &mut work.moving.dossier, &agency, today).await?;
    work.moving.to(Status::Registered, Happened::Submitted, json!({}))?;
    let id = work.dossier().id;
    jobs::enqueue_paper(tx, &PaperJob { dossier: id, kind: contracts::ports::PaperKind::Receipt });
    if automatic {
        let basis = service.automatic.as_ref().map(|a| json!({ "automatic": a.basis })).unwrap_or_default();
        decide_automatically(&mut work, basis, today)?;
        work.moving.dossier.finished_at = Some(tx.now());
        let access = Access::system(Purpose::UPDATE_RECORD);
        approve::apply(cx, tx, &access, &work.moving.dossier, effects, today).await?;
        jobs::enqueue_paper(tx, &PaperJob { dossier: id, kind: jobs::result_kind(&service) });
    } else {
        jobs::enqueue_deadline(tx, cx, &work.moving.dossier)?;
    }
    Ok(work.close(tx, &access))
}

/// Everything that keeps this dossier from being sent.
pub fn faults(
    cx: &Dossiers,
    sheet: &Sheet<'_>,
    files: &[attachment::File],
    actor: &Actor,
) -> Vec<FieldFault> {
    let level = match &actor.who {
        Who::Citizen { level: IdentityLevel::Two, .. } => 2,
        _ => 1,
    };
    let handed: Vec<Handed<'_>> = files.iter().map(attachment::File::handed).collect();
    let mut faults = sheet.eligibility(level);
    faults.extend(sheet.faults());
    faults.extend(unknown_communes(cx, sheet));
    faults.extend(sheet.attachment_faults(&handed));
    faults.extend(sheet.checks().iter().filter_map(forms::outcome::Checked::fault));
    faults.truncate(FAULTS_MAX);
    faults
}

/// A form knows the shape of a commune's code; whether there is such a commune today, the catalogue knows. What the
/// record says is not the citizen's to mend.
fn unknown_communes(cx: &Dossiers, sheet: &Sheet<'_>) -> Vec<FieldFault> {
    let service = sheet.service();
    let typed =
        service.fields().filter(|(_, field)| field.kind == forms::Kind::Commune && field.prefill.is_none());
    typed
        .filter(|(_, field)| {
            let code = sheet.get(&field.key).text();
            code.is_some_and(|code| !cx.nation.commune_in_force(&code, sheet.today()))
        })
        .map(|(_, field)| FieldFault::new(&field.key, "forms.not_a_commune"))
        .collect()
}

/// The service's own limit for this case, else the procedure's.
fn limit_days(cx: &Dossiers, sheet: &Sheet<'_>, d: &Dossier) -> u32 {
    let general = || cx.nation.procedure(&d.procedure).and_then(|p| p.limit_days);
    sheet.limit_working_days().or_else(general).unwrap_or(0)
}

fn decide_automatically(work: &mut Work, basis: serde_json::Value, today: Date) -> Result<(), DossierError> {
    let m = &mut work.moving;
    m.to(Status::Accepted, Happened::Received, basis.clone())?;
    m.to(Status::InProgress, Happened::Started, basis.clone())?;
    m.to(Status::Finished, Happened::Approved, basis)?;
    m.dossier.verdict = Some(Verdict::Approved);
    m.dossier.clock.running_since = Some(today);
    m.dossier.due_on = None;
    Ok(())
}

/// Asks the people whose consent the answers make necessary and who have not been asked or have not said yes. A yes
/// holds for what was asked: where a supplement changes that, they are asked again.
pub(crate) async fn ask_consents(
    cx: &Dossiers,
    tx: &mut Tx,
    work: &mut Work,
    sheet: &Sheet<'_>,
    access: &Access,
) -> Result<(), DossierError> {
    let needs = sheet.consents();
    let wanted: BTreeSet<&str> = needs.iter().map(|n| n.key.as_str()).collect();
    let dossier = &mut work.moving.dossier;
    let before = (dossier.asked.clone(), dossier.consents.clone());
    dossier.consents.retain(|key, _| wanted.contains(key.as_str()));
    dossier.asked.retain(|key, _| wanted.contains(key.as_str()));
    for need in needs {
        let key = &need.key;
        let fault = || DossierError::field(format!("consents.{key}"), "dossier.person_unknown");
        let number = need.number.parse().map_err(|_| fault())?;
        let Some(person) = cx.register.person_by_number(tx, access, &number).await? else {
            tx.keep_log();
            return Err(fault());
        };
        let asked_before = dossier.asked.insert(key.clone(), person) == Some(person);
        if person == dossier.applicant {
            dossier.consents.insert(key.clone(), ConsentState::Given);
            continue;
        }
        let question = question(need.consent, sheet);
        if asked_before && dossier.consents.get(key) == Some(&ConsentState::Given) {
            let asked = tx.query_one(sql::CONSENT_ONE, &[&person, &dossier.id, key]).await?;
            if asked.col::<Value>("question")? == question {
                continue;
            }
        }
        ask(tx, dossier, person, &need, question, sheet);
        dossier.consents.insert(key.clone(), ConsentState::Asked);
    }
    take_back(tx, dossier, &before.0, &before.1);
    Ok(())
}

/// Nobody is left with a question that no longer counts: the answers name somebody else now, or nobody.
fn take_back(
    tx: &mut Tx,
    d: &Dossier,
    asked: &BTreeMap<String, PersonId>,
    states: &BTreeMap<String, ConsentState>,
) {
    let now = tx.now();
    for (key, person) in asked {
        if states.get(key) == Some(&ConsentState::Asked) && d.asked.get(key) != Some(person) {
            let expired = ConsentState::Expired.as_str();
            tx.defer(
                sql::CONSENT_ANSWER,
                vec![
                    Box::new(*person),
                    Box::new(d.id),
                    Box::new(key.clone()),
                    Box::new(expired),
                    Box::new(now),
                ],
            );
        }
    }
}

/// What the asked person must know to answer.
fn question(consent: &Consent, sheet: &Sheet<'_>) -> Value {
    json!({
        "title": consent.label,
        "question": consent.question,
        "service": sheet.service().title,
        "applicant": name_of(sheet),
        "rows": sheet.result_rows().iter().filter(|r| !r.name.starts_with("record.")).map(|r| json!({
            "label": r.label, "text": masked(r), "commune": r.is_commune,
        })).collect::<Vec<_>>(),
    })
}

/// Who is asked recognises the people who come along; their whole numbers are not theirs to know.
fn masked(row: &Row) -> Text {
    let numbers = |value: &forms::Value| value.clone().text().and_then(|t| t.parse::<PersonalNumber>().ok());
    let found: Vec<PersonalNumber> = match &row.value {
        forms::Value::List(items) => items.iter().filter_map(numbers).collect(),
        value => numbers(value).into_iter().collect(),
    };
    if found.is_empty() {
        return row.text.clone();
    }
    let said = found.iter().map(PersonalNumber::masked).collect::<Vec<_>>().join(", ");
    Text::new(said.clone(), said)
}

fn name_of(sheet: &Sheet<'_>) -> String {
    sheet.get("record.name").text().unwrap_or_default()
}

fn ask(
    tx: &mut Tx,
    d: &Dossier,
    person: PersonId,
    need: &ConsentNeed<'_>,
    question: Value,
    sheet: &Sheet<'_>,
) {
    let (now, key) = (tx.now(), &need.key);
    let expires = now + SignedDuration::from_hours(24 * i64::from(need.consent.days));
    let name = name_of(sheet);
    tx.defer(
        sql::CONSENT_INSERT,
        vec![
            Box::new(person),
            Box::new(d.id),
            Box::new(key.clone()),
            Box::new(d.applicant),
            Box::new(question),
            Box::new(now),
            Box::new(expires),
        ],
    );
    let title = Text::new(format!("{name} xin bạn đồng ý"), format!("{name} asks for your consent"));
    notify(tx, person, &title, format!("/consents/{}/{key}", d.id));
    jobs::enqueue_consent_end(tx, d.id, person, key, expires);
}

/// Takes the unit's next number of the day. The last thing read before the commit, as it locks the unit's counter.
async fn number(
    cx: &Dossiers,
    tx: &mut Tx,
    d: &mut Dossier,
    agency: &AgencyCard,
    day: Date,
) -> Result<(), DossierError> {
    let next: i32 = tx.query_one(sql::COUNTER_NEXT, &[&agency.unit_code, &day]).await?.col("last")?;
    let number = u32::try_from(next).map_err(|_| DossierError::AgencyUnknown)?;
    let code = cx.nation.dossier_code(&agency.id, day, number).ok_or(DossierError::AgencyUnknown)?;
    tx.defer(sql::CODE_CLAIM, vec![Box::new(code.clone()), Box::new(d.applicant), Box::new(d.id)]);
    d.code = Some(code);
    Ok(())
}
