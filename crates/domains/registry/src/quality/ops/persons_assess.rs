//! `persons_assess`: some people are held against the rules again; what changed goes into findings and figures.

use std::collections::{BTreeMap, BTreeSet};

use base::vietnam_date;
use contracts::PersonId;
use futures::future::join4;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use crate::{
    model::{History, Life, vital::Vital},
    quality::{
        Area, Quality,
        assess::{Answered, Assessment, Near, Relative, Seen, assess},
        measures::{Counted, Measures, Tally, difference},
        sql,
    },
    rows::{self, PersonRow},
    sql as record,
};

/// What an assessment changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Change {
    pub people: u64,
    /// Of whom something else is found than before.
    pub changed: u64,
}

/// An assessment as it is stored.
struct Held {
    measures: Measures,
    turns_on: Option<jiff::civil::Date>,
    findings: BTreeMap<String, (Area, String, bool)>,
}

/// These people and everybody tied to them: rules look at the nearest kin.
pub async fn with_kin(tx: &Tx, people: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let mut all: BTreeSet<Uuid> = people.iter().copied().collect();
    for row in tx.query(sql::TIED, &[&people]).await? {
        all.insert(row.col("other_id")?);
    }
    Ok(all.into_iter().collect())
}

/// Reads, decides, writes the difference. Whoever comes second waits and then reads what is newer.
pub async fn persons_assess(tx: &mut Tx, quality: &Quality, people: &[Uuid]) -> Result<Change, StoreError> {
    let now = tx.now();
    let today = vietnam_date(now);
    tx.execute(sql::PERSON_ENSURE, &[&people]).await?;
    let held = held(tx, people).await?;
    let found = assessments(tx, quality, people, today).await?;

    let mut out = Batch::default();
    for (id, old) in &held {
        let Some(new) = found.get(id) else { continue };
        out.change.people += 1;
        out.person(*id, old, new, quality, today);
    }
    out.write(tx, now).await
}

/// What is to be written for a batch.
#[derive(Default)]
struct Batch {
    persons: Vec<Value>,
    found: Vec<Value>,
    gone: Vec<Value>,
    moved: Vec<Value>,
    sums: BTreeMap<(String, String), i64>,
    change: Change,
}

impl Batch {
    fn person(
        &mut self,
        id: Uuid,
        old: &Held,
        new: &Assessment,
        quality: &Quality,
        today: jiff::civil::Date,
    ) {
        let here = &new.measures.commune;
        let mut counted = Vec::with_capacity(new.findings.len());
        let mut differs = old.measures != new.measures || old.turns_on != new.turns_on;
        for rule in &quality.rules.rules {
            let id_ = rule.id.as_str();
            let before = old.findings.get(id_);
            if !new.findings.contains(id_) {
                continue;
            }
            match before {
                None => {
                    let due_on = today.checked_add(i64::from(rule.days).days()).unwrap_or(today);
                    self.found.push(json!({
                        "person_id": id, "rule": id_, "area": rule.area.as_str(), "commune": here, "due_on": due_on,
                    }));
                    differs = true;
                }
                Some((area, commune, _)) if commune != here || *area != rule.area => {
                    self.moved.push(json!({
                        "person_id": id, "rule": id_, "area": rule.area.as_str(), "commune": here,
                    }));
                    differs = true;
                }
                Some(_) => {}
            }
            let explained = before.is_some_and(|(_, _, explained)| *explained);
            counted.push(Counted { rule: id_.to_owned(), area: rule.area, explained });
        }
        for rule in old.findings.keys().filter(|rule| !new.findings.contains(*rule)) {
            self.gone.push(json!({ "person_id": id, "rule": rule }));
            differs = true;
        }
        if !differs {
            return;
        }
        self.change.changed += 1;
        let was: Vec<Counted> = old
            .findings
            .iter()
            .map(|(rule, (area, _, explained))| Counted {
                rule: rule.clone(),
                area: *area,
                explained: *explained,
            })
            .collect();
        let (before, after): (Tally, Tally) = (old.measures.tally(&was), new.measures.tally(&counted));
        for (key, count) in difference((&old.measures.commune, &before), (here, &after)) {
            *self.sums.entry(key).or_default() += count;
        }
        let mut row = json!(new.measures);
        if let Some(row) = row.as_object_mut() {
            row.insert("person_id".to_owned(), json!(id));
            row.insert("turns_on".to_owned(), json!(new.turns_on));
        }
        self.persons.push(row);
    }

    async fn write(mut self, tx: &Tx, now: Timestamp) -> Result<Change, StoreError> {
        self.sums.retain(|_, count| *count != 0);
        let sums: Vec<Value> = self
            .sums
            .iter()
            .map(|((commune, measure), value)| json!({ "commune": commune, "measure": measure, "value": value }))
            .collect();
        for (statement, rows) in [
            (sql::FINDINGS_FOUND, self.found),
            (sql::FINDINGS_GONE, self.gone),
            (sql::FINDINGS_MOVE, self.moved),
        ] {
            if !rows.is_empty() {
                tx.execute(statement, &[&Value::Array(rows), &now]).await?;
            }
        }
        for (statement, rows) in [(sql::PERSONS_WRITE, self.persons), (sql::ROLLUP_ADD, sums)] {
            if !rows.is_empty() {
                tx.execute(statement, &[&Value::Array(rows)]).await?;
            }
        }
        Ok(self.change)
    }
}

/// The stored assessments, locked.
async fn held(tx: &Tx, people: &[Uuid]) -> Result<BTreeMap<Uuid, Held>, StoreError> {
    let rows = tx.query(sql::PERSONS_LOCK, &[&people]).await?;
    let findings = tx.query(sql::FINDINGS_OF, &[&people]).await?;
    let mut held = BTreeMap::new();
    for row in &rows {
        let measures = Measures {
            commune: row.col("commune")?,
            counted: row.col("counted")?,
            fields: row.col("fields")?,
            confirmed: row.col("confirmed")?,
            due: row.col("due")?,
            held: row.col("held")?,
            seen: row.col("seen")?,
            lags: row.col("lags")?,
        };
        let one = Held { measures, turns_on: row.col("turns_on")?, findings: BTreeMap::new() };
        held.insert(row.col("person_id")?, one);
    }
    for row in &findings {
        if let Some(one) = held.get_mut(&row.col::<Uuid>("person_id")?) {
            one.findings.insert(
                row.col("rule")?,
                (
                    area(row)?,
                    row.col("commune")?,
                    row.col::<&str>("state")? == super::finding_work::EXPLAINED,
                ),
            );
        }
    }
    Ok(held)
}

pub(super) fn area(row: &Row) -> Result<Area, StoreError> {
    let area: &str = row.col("area")?;
    Area::ALL.into_iter().find(|a| a.as_str() == area).ok_or(StoreError::Column("area"))
}

/// Reads the people with what stands around them, a few statements for all together, and decides.
async fn assessments(
    tx: &Tx,
    quality: &Quality,
    people: &[Uuid],
    today: jiff::civil::Date,
) -> Result<BTreeMap<Uuid, Assessment>, StoreError> {
    let ((persons, residences, kin, papers), (events, answers, others, told)) = futures::future::join(
        join4(
            tx.query(record::PERSONS, &[&people]),
            tx.query(sql::RESIDENCES, &[&people]),
            tx.query(sql::KIN, &[&people]),
            tx.query(sql::PAPERS, &[&people]),
        ),
        join4(
            tx.query(sql::EVENTS, &[&people]),
            tx.query(sql::ANSWERS, &[&people]),
            tx.query(sql::TIED, &[&people]),
            tx.query(sql::TOLD, &[&people]),
        ),
    )
    .await;
    let (residences, papers) = (by_person(residences?, rows::residence)?, by_person(papers?, rows::paper)?);
    let ties = by_person(kin?, rows::tie)?;
    let mut events = by_person(events?, |row| {
        Ok(Seen { event: row.col("event_id")?, happened_on: row.col("happened_on")?, at: row.col("at")? })
    })?;
    let mut answers =
        by_person(answers?, |row| Ok(Answered { at: row.col("answered_at")?, wrong: row.col("wrong")? }))?;
    let mut told = by_person(told?, |row| {
        let vital = Vital::parse(row.col("event")?).ok_or(StoreError::Column("event"))?;
        Ok((vital, row.col::<String>("source")?))
    })?;
    let mut relatives: BTreeSet<Uuid> = people.iter().copied().collect();
    for row in others? {
        relatives.insert(row.col("other_id")?);
    }
    let relatives: Vec<Uuid> = relatives.into_iter().collect();
    let mut known: BTreeMap<PersonId, Relative> = BTreeMap::new();
    for row in tx.query(sql::KIN_FACTS, &[&relatives]).await? {
        let read = |text: Option<&str>| text.and_then(|t| t.parse().ok());
        let facts = Relative {
            born: read(row.col("birth_date")?),
            died: read(row.col("death_date")?),
            sex: row.col::<Option<&str>>("sex")?.and_then(|t| t.parse().ok()),
        };
        known.insert(PersonId(row.col("person_id")?), facts);
    }

    let (mut residences, mut ties, mut papers) = (residences, ties, papers);
    let mut found = BTreeMap::new();
    for row in &persons? {
        let person = PersonRow::read(row)?;
        let id = person.id.0;
        let disputed = person.conflict;
        let mut life = Life::stored(person);
        life.residences = History::stored(residences.remove(&id).unwrap_or_default());
        life.ties = History::stored(ties.remove(&id).unwrap_or_default());
        life.papers = History::stored(papers.remove(&id).unwrap_or_default());
        let kin = life.relatives().filter_map(|id| Some((id, known.get(&id)?.clone()))).collect();
        let answered = answers.remove(&id).and_then(|mut all| all.pop());
        let told = told.remove(&id).unwrap_or_default().into_iter().collect();
        let near = Near { kin, events: events.remove(&id).unwrap_or_default(), answered, disputed, told };
        found.insert(id, assess(&life, &near, today, &quality.rules, quality.nation.as_ref()));
    }
    Ok(found)
}

fn by_person<T>(
    rows: Vec<Row>,
    read: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<BTreeMap<Uuid, Vec<T>>, StoreError> {
    let mut all: BTreeMap<Uuid, Vec<T>> = BTreeMap::new();
    for row in &rows {
        all.entry(row.col("person_id")?).or_default().push(read(row)?);
    }
    Ok(all)
}
