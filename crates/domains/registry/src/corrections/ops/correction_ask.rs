//! `correction_ask`: a person says what is wrong in their record. It goes at once to the agency that corrects it, which has
//! two working days (NĐ 58/2026 Art. 5.4). One open request an item.

use base::vietnam_date;
use contracts::{Access, AgencyId, CommuneCode, PersonId, ports::Nation};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::{
    Tx,
    idempotency::{self, Seen},
    tx::Param,
};
use uuid::Uuid;

use super::{logged, optional_line, told, words};
use crate::{
    RegistryError,
    corrections::{
        Correction, Routes, State, StepKind, Subject, jobs,
        policy::{Action, authorise},
        sql,
    },
    duplicates::ops::person_resolve,
    model::{Item, residence::Kind},
    ops::read,
    rows::PersonRow,
};

/// What the person says. Not for printing: it shows them.
#[derive(Clone, Serialize)]
pub struct NewCorrection {
    #[serde(serialize_with = "by_key")]
    pub subject: Subject,
    /// What is wrong, in their own words.
    pub wrong: String,
    /// The right value where they know it; of an item in its stored form.
    pub value: Option<String>,
    /// Which paper shows it.
    pub document: Option<String>,
}

fn by_key<S: serde::Serializer>(subject: &Subject, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&subject.key())
}

/// Who has the request now, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    pub id: Uuid,
    pub agency: AgencyId,
    pub due_on: Date,
}

pub async fn correction_ask(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    new: &NewCorrection,
    key: Option<&str>,
) -> Result<Handed, RegistryError> {
    let person = access.actor.person().ok_or(RegistryError::Forbidden)?;
    authorise(access, Action::Ask, Some(person))?;
    let (account, digest) = (access.actor.account, idempotency::digest("registry.correction_ask", new));
    if let Some(key) = key {
        if key.is_empty() || key.len() > idempotency::KEY_BYTES_MAX {
            return Err(RegistryError::KeyReused);
        }
        match idempotency::find(tx, account.0, key, &digest).await? {
            Seen::Same(handed) => return Ok(handed),
            Seen::Other => return Err(RegistryError::KeyReused),
            Seen::New => {}
        }
    }
    let person = person_resolve(tx, person).await?;
    let now = read::person(tx, person).await?;
    let said = check(tx, nation, &now, new)?;
    if tx.query_opt(sql::OPEN_OF_ITEM, &[&person, &new.subject.key()]).await?.is_some() {
        // It may be this very request, answered since we looked for its key.
        if let Some(key) = key
            && let Seen::Same(handed) = idempotency::find(tx, account.0, key, &digest).await?
        {
            return Ok(handed);
        }
        return Err(RegistryError::CorrectionOpen);
    }

    let (routes, today) = (Routes::table()?, vietnam_date(tx.now()));
    let route = routes.of(new.subject)?;
    let commune = home(tx, nation, person, &now, routes, today).await?;
    let agency = route.agency(nation, &commune).ok_or(RegistryError::CorrectionNoAgency)?;
    let due_on = routes.due(nation.calendar(), today).map_err(|_| RegistryError::CorrectionRoutes)?;
    let correction = Correction {
        person,
        id: tx.new_uuid(),
        version: 1,
        state: State::Open,
        subject: new.subject,
        wrong: said.wrong,
        value: said.value,
        document: said.document,
        authority: route.authority.clone(),
        agency: agency.clone(),
        protected: route.protected,
        asked_by: account,
        asked_at: tx.now(),
        due_on,
        overdue_at: None,
        proposal: None,
        decided_at: None,
    };
    insert(tx, &correction);
    told(tx, access, &correction, StepKind::Asked, None);
    jobs::watch(tx, nation.calendar(), &correction).map_err(|_| RegistryError::CorrectionRoutes)?;
    logged(tx, access, "registry.correction_ask", &correction);
    let handed = Handed { id: correction.id, agency, due_on };
    if let Some(key) = key {
        idempotency::remember(tx, account.0, key, digest, &handed);
    }
    Ok(handed)
}

/// What was said, in stored form.
struct Said {
    wrong: String,
    value: Option<String>,
    document: Option<String>,
}

fn check(tx: &Tx, nation: &dyn Nation, now: &PersonRow, new: &NewCorrection) -> Result<Said, RegistryError> {
    let mut faults = Vec::new();
    let wrong = words("wrong", &new.wrong, &mut faults);
    let document = optional_line("document", new.document.as_deref(), &mut faults);
    let today = vietnam_date(tx.now());
    let raw = new.value.as_deref().map(str::trim).filter(|raw| !raw.is_empty());
    let value = raw.and_then(|raw| {
        let checked = new.subject.check(raw, today, nation);
        checked.map_err(|broken| faults.push(broken.at("value"))).ok()
    });
    if !faults.is_empty() {
        return Err(RegistryError::Invalid(faults));
    }
    if let (Subject::Item(item), Some(value)) = (new.subject, &value)
        && now.items.get(item) == Some(value)
    {
        return Err(RegistryError::NothingToCorrect);
    }
    Ok(Said { wrong, value, document })
}

/// Where the person lives, in the order of the table; for who lives nowhere, where their birth was registered.
async fn home(
    tx: &Tx,
    nation: &dyn Nation,
    person: PersonId,
    now: &PersonRow,
    routes: &Routes,
    today: Date,
) -> Result<CommuneCode, RegistryError> {
    let spans = read::residences(tx, person).await?;
    let held: Vec<(Kind, CommuneCode)> = spans
        .iter()
        .filter(|s| s.known_to.is_none() && s.days.contains(today))
        .map(|s| (s.value.kind, s.value.commune.clone()))
        .collect();
    let born = || nation.commune_today(now.items.get(Item::BirthRegistrationPlace)?);
    let last = || spans.iter().rfind(|s| s.known_to.is_none()).map(|s| s.value.commune.clone());
    routes.home(&held).cloned().or_else(born).or_else(last).ok_or(RegistryError::CorrectionNoAgency)
}

fn insert(tx: &mut Tx, c: &Correction) {
    let params: Vec<Param> = vec![
        Box::new(c.person),
        Box::new(c.id),
        Box::new(c.subject.key()),
        Box::new(c.wrong.clone()),
        Box::new(c.value.clone()),
        Box::new(c.document.clone()),
        Box::new(c.authority.clone()),
        Box::new(c.agency.clone()),
        Box::new(c.protected),
        Box::new(c.asked_by),
        Box::new(c.asked_at),
        Box::new(c.due_on),
    ];
    tx.defer(sql::INSERT, params);
}
