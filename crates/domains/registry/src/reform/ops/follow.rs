//! What goes with residences to their new units: households, declared absences, answers to the questions of the weekly lots,
//! and whatever the commune's agency has to settle: requests for correction, cases of possible duplicates.
//!
//! It costs a batch a few statements, however many its people. The figures of quality are not made here: whom a reform moved
//! is assessed anew after it (`quality::follow`).

use std::collections::{BTreeMap, BTreeSet};

use contracts::{AgencyId, CommuneCode, ports::Nation};
use forms::Level;
use jiff::civil::Date;
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use super::batch::{Going, Move};
use crate::{
    corrections::{Routes, Subject},
    reform::{Fate, ReformError, rows::Run, sql},
};

/// Households of which somebody goes, go with the first; answers those that did.
pub async fn households(tx: &Tx, moves: &[Move]) -> Result<BTreeSet<Uuid>, StoreError> {
    let mut first: BTreeMap<Uuid, &Going> = BTreeMap::new();
    for m in moves {
        if let Some(household) = m.household {
            first.entry(household).or_insert(&m.going);
        }
    }
    if first.is_empty() {
        return Ok(BTreeSet::new());
    }
    let ids: Vec<Uuid> = first.keys().copied().collect();
    let from: Vec<&str> = first.values().map(|g| g.unit_from.as_str()).collect();
    let to: Vec<&str> = first.values().map(|g| g.unit_to.as_str()).collect();
    let turned = tx.query(sql::HOUSEHOLDS, &[&ids, &from, &to]).await?;
    turned.iter().map(|row| row.col("household_id")).collect()
}

/// Absences from a unit out of which their person's residence goes.
pub async fn absent(tx: &Tx, run: &Run, moves: &[Move]) -> Result<Vec<Going>, StoreError> {
    let mut left: BTreeMap<(Uuid, &str), &str> = BTreeMap::new();
    for Move { going, .. } in moves {
        left.entry((going.person, &going.unit_from)).or_insert(&going.unit_to);
    }
    if left.is_empty() {
        return Ok(Vec::new());
    }
    let people: Vec<Uuid> = left.keys().map(|(person, _)| *person).collect();
    let mut going = Vec::new();
    for row in tx.query(sql::ABSENCES, &[&people, &run.day()]).await? {
        let (person, unit_from): (Uuid, String) = (row.col("person_id")?, row.col("commune")?);
        let Some(unit_to) = left.get(&(person, unit_from.as_str())) else { continue };
        going.push(Going {
            person,
            row: row.col("absence_id")?,
            unit_to: (*unit_to).to_owned(),
            unit_from,
            began_before: row.col::<Option<Date>>("valid_from")?.is_none_or(|from| from < run.day()),
        });
    }
    Ok(going)
}

/// What people were asked by lot counts where they live on.
pub async fn samples<'a>(
    tx: &Tx,
    turned: impl Iterator<Item = (Uuid, &'a str, &'a str)>,
) -> Result<(), StoreError> {
    let (mut people, mut from, mut to) = (Vec::new(), Vec::new(), Vec::new());
    for (person, unit_from, unit_to) in turned {
        people.push(person);
        from.push(unit_from);
        to.push(unit_to);
    }
    tx.execute(sql::SAMPLES, &[&people, &from, &to]).await?;
    Ok(())
}

/// Requests that wait go to the agency of where their person lives now.
pub async fn corrections(tx: &Tx, nation: &dyn Nation, run: &Run, moves: &[Move]) -> Result<(), ReformError> {
    let went: BTreeMap<Uuid, &str> = moves.iter().map(|m| (m.going.person, &*m.going.unit_to)).collect();
    let people: Vec<Uuid> = went.keys().copied().collect();
    let mut turned = Matters::default();
    for row in tx.query(sql::CORRECTIONS, &[&people]).await? {
        let (person, agency): (Uuid, String) = (row.col("person_id")?, row.col("agency")?);
        let home: Option<&str> = row.col("commune")?;
        let subject = Subject::parse(row.col("item")?).ok_or(StoreError::Column("item"))?;
        let commune = home.or_else(|| went.get(&person).copied()).map(CommuneCode::new);
        let route = Routes::table()?.of(subject)?;
        let now = commune.and_then(|commune| route.agency(nation, &commune));
        if let Some(AgencyId(now)) = now.filter(|now| now.as_str() != agency) {
            turned.push(person, row.col("correction_id")?, (None, None), (Some(agency), Some(now)));
        }
    }
    if turned.people.is_empty() {
        return Ok(());
    }
    let hit =
        tx.execute(sql::CORRECTIONS_TURN, &[&turned.people, &turned.matters, &turned.agency_to]).await?;
    super::batch::all(hit, turned.people.len())?;
    Ok(turned.note(tx, run, "correction").await?)
}

/// A case of two records, and where the reform took the two.
struct Case {
    person: Uuid,
    other: Uuid,
    commune: Option<String>,
    agency: Option<String>,
    version: i32,
    went_to: Option<String>,
}

impl Case {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            person: row.col("person_id")?,
            other: row.col("other_id")?,
            commune: row.col("commune")?,
            agency: row.col("agency")?,
            version: row.col("version")?,
            went_to: row.col("went_to")?,
        })
    }

    /// The unit whose matter it becomes: with a divided unit, that of one of the two.
    fn goes_to(&self, run: &Run) -> Option<String> {
        let commune = self.commune.as_ref()?;
        let to = match run.reform.units.get(commune)? {
            Fate::Whole(to) => Some(to.clone()),
            Fate::Parts(_) => self.went_to.clone(),
        };
        to.filter(|to| to != commune)
    }
}

/// The next cases behind two records; answers the last, where there are more.
pub async fn cases_after(
    tx: &Tx,
    nation: &dyn Nation,
    run: &Run,
    (person, other): (Uuid, Uuid),
    rows: usize,
) -> Result<Option<(Uuid, Uuid)>, StoreError> {
    let limit = i64::try_from(rows).unwrap_or(i64::MAX);
    let found = tx.query(sql::CASES_AFTER, &[&run.id, &person, &other, &limit]).await?;
    let cases: Vec<Case> = found.iter().map(Case::read).collect::<Result<_, _>>()?;
    let last = cases.last().filter(|_| cases.len() >= rows).map(|case| (case.person, case.other));
    turn(tx, nation, run, cases).await?;
    Ok(last)
}

/// The cases of some people.
pub async fn cases_of(tx: &Tx, nation: &dyn Nation, run: &Run, people: &[Uuid]) -> Result<(), StoreError> {
    let found = tx.query(sql::CASES_OF, &[&run.id, &people]).await?;
    let cases: Vec<Case> = found.iter().map(Case::read).collect::<Result<_, _>>()?;
    turn(tx, nation, run, cases).await
}

async fn turn(tx: &Tx, nation: &dyn Nation, run: &Run, cases: Vec<Case>) -> Result<(), StoreError> {
    let (mut turned, mut versions) = (Matters::default(), Vec::new());
    for case in cases {
        let Some(to) = case.goes_to(run) else { continue };
        let agency = nation.agency_for(&CommuneCode::new(&*to), Level::Commune).map(|card| card.id.0);
        let agency = agency.or_else(|| case.agency.clone());
        versions.push(case.version);
        turned.push(case.person, case.other, (case.commune, Some(to)), (case.agency, agency));
    }
    if versions.is_empty() {
        return Ok(());
    }
    let hit = tx
        .execute(
            sql::CASES_TURN,
            &[&turned.people, &turned.matters, &turned.commune_to, &turned.agency_to, &versions],
        )
        .await?;
    super::batch::all(hit, versions.len())?;
    turned.note(tx, run, "duplicate").await
}

/// Matters that were given to others, side by side as the statements take them.
#[derive(Default)]
struct Matters {
    people: Vec<Uuid>,
    matters: Vec<Uuid>,
    commune_from: Vec<Option<String>>,
    commune_to: Vec<Option<String>>,
    agency_from: Vec<Option<String>>,
    agency_to: Vec<Option<String>>,
}

/// Before and after.
type Change = (Option<String>, Option<String>);

impl Matters {
    fn push(&mut self, person: Uuid, matter: Uuid, commune: Change, agency: Change) {
        self.people.push(person);
        self.matters.push(matter);
        self.commune_from.push(commune.0);
        self.commune_to.push(commune.1);
        self.agency_from.push(agency.0);
        self.agency_to.push(agency.1);
    }

    async fn note(&self, tx: &Tx, run: &Run, what: &str) -> Result<(), StoreError> {
        tx.execute(
            sql::MATTERS,
            &[
                &run.id,
                &what,
                &self.people,
                &self.matters,
                &self.commune_from,
                &self.commune_to,
                &self.agency_from,
                &self.agency_to,
            ],
        )
        .await?;
        Ok(())
    }
}
