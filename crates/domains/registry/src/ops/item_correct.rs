//! `item_correct`: an item gets another value, with reason and document. The old value stays as what was known before.

use base::{FieldFault, PartialDate, vietnam_date};
use contracts::{
    Access, PersonId,
    events::{RecordChanged, emit},
    ports::Nation,
};
use futures::future::join;
use jiff::civil::Date;
use store::{Tx, tx::Param};
use uuid::Uuid;

use super::{read, write::Writes};
use crate::{
    RegistryError,
    model::{Days, Item, Source, Span, item::Mark, rules, span::supersede},
    policy::{Action, authorise},
    rows::{PastValue, PersonRow},
    sql,
};

/// A new value for one item.
#[derive(Clone)]
pub struct ItemCorrection {
    pub person: PersonId,
    pub item: Item,
    /// None: the record should say nothing.
    pub value: Option<String>,
    /// First day of the new value. None: the value that holds now was wrong all along.
    pub since: Option<Date>,
    pub reason: String,
    pub document: Option<String>,
    pub source: Source,
}

pub async fn item_correct(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    correction: &ItemCorrection,
) -> Result<(), RegistryError> {
    authorise(access, Action::Correct, Some(correction.person))?;
    let today = vietnam_date(tx.now());
    let (value, reason) = check(correction, today, nation)?;
    let item = correction.item;

    let (person, past) =
        join(read::person(tx, correction.person), tx.query(sql::PAST, &[&correction.person])).await;
    let mut person = person?;
    let past: Vec<Span<PastValue>> = past?.iter().map(PastValue::read).collect::<Result<_, _>>()?;
    if person.items.get(item) == value.as_deref() && correction.since.is_none() {
        return Err(RegistryError::NothingToCorrect);
    }
    let mark = person.mark(item).clone();
    let now_holds = Span {
        value: PastValue {
            id: tx.new_uuid(),
            item,
            value: person.items.get(item).map(str::to_owned),
            event: mark.event,
            source: mark.source.clone(),
        },
        days: mark.days(),
        known_from: mark.known,
        known_to: None,
    };
    let cut = Days::since(correction.since.or(mark.from));
    // What holds now stands first, what held earlier behind it.
    let known: Vec<Span<PastValue>> =
        std::iter::once(now_holds).chain(past.into_iter().filter(|s| s.value.item == item)).collect();

    let event = tx.new_uuid();
    let mut writes = Writes::default();
    write_event(&mut writes, tx, access, correction, reason, event);
    let now = tx.now();
    for old in supersede(&known, cut) {
        let Some(span) = known.get(old.at) else { continue };
        if old.at == 0 {
            // The current value had no row of its own until now.
            write_past(&mut writes, person.id, &Span { known_to: Some(now), ..span.clone() });
        } else {
            writes.add(sql::PAST_END, vec![Box::new(person.id), Box::new(span.value.id), Box::new(now)]);
        }
        for days in old.remains {
            let value = PastValue { id: tx.new_uuid(), ..span.value.clone() };
            write_past(&mut writes, person.id, &Span { value, days, known_from: now, known_to: None });
        }
    }
    let mark = Mark { event, source: correction.source.as_str().to_owned(), from: cut.from, known: now };
    person.items.set(item, value);
    person.marks.insert(item, mark);
    write_person(&mut writes, &person);
    writes.run(tx).await?;

    emit(tx, &RecordChanged { person: person.id, items: vec![item.key().to_owned()], at: now });
    tx.audit(access.entry("registry.item_correct").about(person.id).fields([item.key()]).done());
    Ok(())
}

/// The value and the reason in stored form.
fn check(
    correction: &ItemCorrection,
    today: Date,
    nation: &dyn Nation,
) -> Result<(Option<String>, String), RegistryError> {
    let item = correction.item;
    if !item.is_correctable() {
        return Err(RegistryError::NotCorrectable);
    }
    let mut faults = Vec::new();
    let value = correction.value.as_deref().and_then(|raw| {
        item.check(raw, today, nation).map_err(|broken| faults.push(broken.at(item.key()))).ok()
    });
    if correction.value.is_none() && item.is_required() {
        faults.push(FieldFault::new(item.key(), rules::REQUIRED));
    }
    if correction.since.is_some_and(|since| since > today) {
        faults.push(FieldFault::new("since", rules::DATE_IN_FUTURE));
    }
    let reason = rules::line(&correction.reason).map_err(|broken| faults.push(broken.at("reason")));
    match (faults.is_empty(), reason) {
        (true, Ok(reason)) => Ok((value, reason)),
        _ => Err(RegistryError::Invalid(faults)),
    }
}

fn write_event(
    writes: &mut Writes,
    tx: &Tx,
    access: &Access,
    correction: &ItemCorrection,
    reason: String,
    event: Uuid,
) {
    let agency = access.actor.staff().map(|(agency, _)| agency.clone());
    let now = tx.now();
    let dossier: Option<Uuid> = None;
    writes.add(
        sql::EVENT_INSERT,
        vec![
            Box::new(correction.person),
            Box::new(event),
            Box::new("correction"),
            Box::new(correction.source.as_str()),
            Box::new(correction.document.clone()),
            Box::new(reason),
            Box::new(dossier),
            Box::new(access.actor.account),
            Box::new(agency),
            Box::new(correction.since),
            Box::new(now),
        ],
    );
}

fn write_past(writes: &mut Writes, person: PersonId, span: &Span<PastValue>) {
    let past = span.value.clone();
    writes.add(
        sql::PAST_INSERT,
        vec![
            Box::new(person),
            Box::new(past.id),
            Box::new(past.item.key()),
            Box::new(past.value),
            Box::new(span.days.from),
            Box::new(span.days.to),
            Box::new(span.known_from),
            Box::new(span.known_to),
            Box::new(past.event),
            Box::new(past.source),
        ],
    );
}

fn write_person(writes: &mut Writes, person: &PersonRow) {
    let marks = serde_json::to_value(&person.marks).unwrap_or_default();
    let mut params: Vec<Param> = vec![
        Box::new(person.id),
        Box::new(person.version),
        Box::new(marks),
        Box::new(person.items.name_folded()),
        Box::new(person.items.birth_date().map(PartialDate::earliest)),
    ];
    for item in Item::ALL {
        params.push(Box::new(person.items.get(*item).map(str::to_owned)));
    }
    writes.add(sql::PERSON_WRITE, params);
}
