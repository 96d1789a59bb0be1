//! `residence_register`: a decided dossier gives a person a permanent or temporary residence.

use base::{FieldFault, vietnam_date};
use contracts::{
    Access, HouseholdId, PersonId,
    events::{RecordChanged, emit},
    ports::{Nation, RecordChange, ResidenceKind},
};
use futures::future::join;
use store::Tx;
use uuid::Uuid;

use super::{read, write::Writes};
use crate::{
    RegistryError,
    model::{
        Residence, Source, Span,
        residence::{self, HEAD, Kind, Registration},
        rules,
    },
    policy::{Action, authorise},
    rows::PersonRow,
    sql,
};

pub async fn residence_register(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    change: &RecordChange,
) -> Result<(), RegistryError> {
    authorise(access, Action::Register, Some(change.person))?;
    let today = vietnam_date(tx.now());
    let address = check(change)?;
    if !nation.commune_in_force(change.commune.as_str(), today) {
        return Err(RegistryError::CommuneNotInForce);
    }

    let (person, known) = join(read::person(tx, change.person), read::residences(tx, change.person)).await;
    let (person, known) = (person?, known?);
    if !person.items.is_living() {
        return Err(RegistryError::NotLiving);
    }
    let registration = Registration {
        kind: change.kind,
        commune: &change.commune,
        address: &address,
        from: change.from,
        until: change.until,
    };
    let superseded = residence::decide(&known, &registration, today)?;
    let household = match change.householder {
        Some(householder) => Some(household_of(tx, householder, change).await?),
        None => None,
    };

    let days = registration.days();
    let event = tx.new_uuid();
    let mut writes = Writes::default();
    write_event(&mut writes, tx, access, change, event);
    let relation = match household {
        Some(_) => change.relation.clone().unwrap_or_else(|| "other".to_owned()),
        None => HEAD.to_owned(),
    };
    let household = household.unwrap_or_else(|| found_household(&mut writes, tx, change, &address, event));
    let mut after: Vec<Span<Residence>> = Vec::new();
    for old in &superseded {
        let Some(span) = known.get(old.at) else { continue };
        let now = tx.now();
        writes.add(sql::RESIDENCE_END, vec![Box::new(change.person), Box::new(span.value.id), Box::new(now)]);
        for days in &old.remains {
            let kept = Span {
                value: Residence { id: tx.new_uuid(), ..span.value.clone() },
                days: *days,
                known_from: span.known_from,
                known_to: None,
            };
            write_residence(&mut writes, tx, change.person, &kept);
            after.push(kept);
        }
    }
    let new = Span {
        value: Residence {
            id: tx.new_uuid(),
            kind: change.kind.into(),
            commune: change.commune.clone(),
            commune_given: None,
            address,
            household: Some(household),
            relation: Some(relation),
            event,
            source: Source::Residence.as_str().to_owned(),
        },
        days,
        known_from: tx.now(),
        known_to: None,
    };
    write_residence(&mut writes, tx, change.person, &new);
    after.push(new);
    let untouched = known.into_iter().enumerate().filter(|(at, _)| superseded.iter().all(|s| s.at != *at));
    after.extend(untouched.map(|(_, span)| span));
    move_person(&mut writes, &person, &after, change);
    writes.run(tx).await?;

    let items = vec![item_of(change.kind).to_owned()];
    emit(tx, &RecordChanged { person: change.person, items: items.clone(), at: tx.now() });
    tx.audit(
        access
            .entry("registry.residence_register")
            .about(change.person)
            .on("dossier", change.dossier.0)
            .fields(items)
            .done(),
    );
    Ok(())
}

/// The item as the log and the event name it.
fn item_of(kind: ResidenceKind) -> &'static str {
    match kind {
        ResidenceKind::Permanent => "permanent_residence",
        ResidenceKind::Temporary => "temporary_residence",
    }
}

/// The address in stored form.
fn check(change: &RecordChange) -> Result<String, RegistryError> {
    let mut faults: Vec<FieldFault> = Vec::new();
    let address = rules::line(&change.address).unwrap_or_else(|broken| {
        faults.push(broken.at("address"));
        String::new()
    });
    if let Some(relation) = &change.relation
        && let Err(broken) = rules::word(relation)
    {
        faults.push(broken.at("relation"));
    }
    if faults.is_empty() { Ok(address) } else { Err(RegistryError::Invalid(faults)) }
}

async fn household_of(
    tx: &Tx,
    householder: PersonId,
    change: &RecordChange,
) -> Result<HouseholdId, RegistryError> {
    if householder == change.person {
        return Err(RegistryError::HouseholderIsSelf);
    }
    let (person, known) = join(read::person(tx, householder), read::residences(tx, householder)).await;
    if !person?.items.is_living() {
        return Err(RegistryError::NotHouseholder);
    }
    // On the day from which they share it: a family may found its household with a day that lies ahead.
    residence::household_of(&known?, &change.commune, change.from.max(vietnam_date(tx.now())))
}

fn found_household(
    writes: &mut Writes,
    tx: &Tx,
    change: &RecordChange,
    address: &str,
    event: Uuid,
) -> HouseholdId {
    let household = HouseholdId(tx.new_uuid());
    let now = tx.now();
    let params: Vec<store::tx::Param> = vec![
        Box::new(household),
        Box::new(change.commune.clone()),
        Box::new(address.to_owned()),
        Box::new(event),
        Box::new(now),
    ];
    writes.add(sql::HOUSEHOLD_INSERT, params);
    household
}

fn write_event(writes: &mut Writes, tx: &Tx, access: &Access, change: &RecordChange, event: Uuid) {
    let agency = access.actor.staff().map(|(agency, _)| agency.clone());
    let now = tx.now();
    let reason: Option<String> = None;
    writes.add(
        sql::EVENT_INSERT,
        vec![
            Box::new(change.person),
            Box::new(event),
            Box::new(item_of(change.kind)),
            Box::new(Source::Residence.as_str()),
            Box::new(change.document.clone()),
            Box::new(reason),
            Box::new(change.dossier),
            Box::new(access.actor.account),
            Box::new(agency),
            Box::new(change.from),
            Box::new(now),
        ],
    );
}

fn write_residence(writes: &mut Writes, tx: &Tx, person: PersonId, span: &Span<Residence>) {
    let r = span.value.clone();
    // What is left of a superseded row is new knowledge about its days, so it is known from now.
    let now = tx.now();
    writes.add(
        sql::RESIDENCE_INSERT,
        vec![
            Box::new(person),
            Box::new(r.id),
            Box::new(r.kind.as_str()),
            Box::new(r.commune),
            Box::new(r.commune_given),
            Box::new(r.address),
            Box::new(r.household),
            Box::new(r.relation),
            Box::new(span.days.from),
            Box::new(span.days.to),
            Box::new(now),
            Box::new(r.event),
            Box::new(r.source),
        ],
    );
}

/// Moves the search key, and guards the whole change by the person's version.
fn move_person(writes: &mut Writes, person: &PersonRow, after: &[Span<Residence>], change: &RecordChange) {
    let on = |kind| residence::on(after, kind, change.from);
    let commune = on(Kind::Permanent).or_else(|| on(Kind::Temporary)).map(|s| s.value.commune.clone());
    writes.add(sql::PERSON_MOVE, vec![Box::new(person.id), Box::new(person.version), Box::new(commune)]);
}
