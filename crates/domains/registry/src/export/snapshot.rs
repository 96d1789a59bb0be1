//! The register as it stood at one moment, read batch by batch: one read-only transaction, however long the export takes.

use std::collections::{HashMap, VecDeque};

use base::vietnam_date;
use contracts::PersonId;
use jiff::civil::Date;
use store::{Row, RowExt, Store, StoreError, Tx};
use uuid::Uuid;

use super::{
    field::{Field, Named, Part, Printed},
    view::View,
};
use crate::{
    model::{Residence, Span, Tie, held::Paper, residence},
    rows::{self, PersonRow},
    sql,
};

/// Nobody is born outside these days.
const EARLIEST: Date = jiff::civil::date(1, 1, 1);
const LATEST: Date = jiff::civil::date(9999, 12, 31);

pub struct Snapshot {
    tx: Tx,
    fields: Vec<Field>,
    with_dead: bool,
    born: (Date, Date),
    /// Communes still to be read; none: the whole country.
    communes: Option<VecDeque<String>>,
    /// Behind the last person that was read, in the commune at hand.
    after: (String, Uuid),
    today: Date,
}

/// Some people: who they are and what the view shows of them.
pub struct Page {
    pub people: Vec<(PersonId, Vec<Option<String>>)>,
}

#[derive(Default)]
struct Held {
    residences: Vec<Span<Residence>>,
    ties: Vec<Span<Tie>>,
    papers: Vec<Span<Paper>>,
}

impl Snapshot {
    /// `communes`: those of the view, further narrowed by whoever asks; none for the whole country.
    pub async fn open(store: &Store, view: &View, communes: Option<Vec<String>>) -> Result<Self, StoreError> {
        let tx = store.begin().await?;
        tx.raw().await?.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
        let filter = &view.filter;
        Ok(Self {
            fields: view.fields.clone(),
            with_dead: filter.with_dead,
            born: (filter.born_from.unwrap_or(EARLIEST), filter.born_until.unwrap_or(LATEST)),
            communes: communes.map(VecDeque::from),
            after: (String::new(), Uuid::nil()),
            today: vietnam_date(tx.now()),
            tx,
        })
    }

    /// The next people, at most so many; none at the end.
    pub async fn next(&mut self, rows_max: i64) -> Result<Option<Page>, StoreError> {
        loop {
            let (from, until) = self.born;
            let (name, id) = &self.after;
            let found = match &self.communes {
                None => {
                    self.tx.query(sql::EXPORT_ALL, &[id, &self.with_dead, &from, &until, &rows_max]).await?
                }
                Some(communes) => {
                    let Some(commune) = communes.front() else { return Ok(None) };
                    self.tx
                        .query(
                            sql::EXPORT_COMMUNE,
                            &[commune, name, id, &self.with_dead, &from, &until, &rows_max],
                        )
                        .await?
                }
            };
            if let Some(last) = found.last() {
                self.after = (last.col::<&str>("name_folded")?.to_owned(), last.col("person_id")?);
                return Ok(Some(self.page(&found).await?));
            }
            match &mut self.communes {
                None => return Ok(None),
                Some(communes) => {
                    communes.pop_front();
                    self.after = (String::new(), Uuid::nil());
                }
            }
        }
    }

    async fn page(&self, found: &[Row]) -> Result<Page, StoreError> {
        let ids: Vec<Uuid> = found.iter().map(|row| row.col("person_id")).collect::<Result<_, _>>()?;
        let mut held: HashMap<Uuid, Held> = HashMap::new();
        let wants = |wanted: fn(&Field) -> bool| self.fields.iter().any(wanted);
        if wants(|f| matches!(f, Field::Residence(..) | Field::HouseholdRelation)) {
            for row in self.tx.query(sql::EXPORT_RESIDENCES, &[&ids]).await? {
                held.entry(row.col("person_id")?).or_default().residences.push(rows::residence(&row)?);
            }
        }
        if wants(|f| matches!(f, Field::Kin(..))) {
            for row in self.tx.query(sql::EXPORT_KIN, &[&ids]).await? {
                held.entry(row.col("person_id")?).or_default().ties.push(rows::tie(&row)?);
            }
        }
        if wants(|f| matches!(f, Field::Paper(_))) {
            for row in self.tx.query(sql::EXPORT_PAPERS, &[&ids]).await? {
                held.entry(row.col("person_id")?).or_default().papers.push(rows::paper(&row)?);
            }
        }
        let nothing = Held::default();
        let mut people = Vec::with_capacity(found.len());
        for row in found {
            let person = PersonRow::read(row)?;
            let held = held.get(&person.id.0).unwrap_or(&nothing);
            let values = self.fields.iter().map(|field| self.value(&person, held, *field)).collect();
            people.push((person.id, values));
        }
        Ok(Page { people })
    }

    fn value(&self, person: &PersonRow, held: &Held, field: Field) -> Option<String> {
        match field {
            Field::Item(item) => person.items.get(item).map(str::to_owned),
            Field::HouseholdRelation => {
                residence::main(&held.residences, self.today).and_then(|s| s.value.relation.clone())
            }
            Field::Residence(kind, part) => {
                let at = residence::on(&held.residences, kind, self.today)?;
                match part {
                    Part::Commune => Some(at.value.commune.0.clone()),
                    Part::Address => Some(at.value.address.clone()),
                    Part::Since => at.days.from.map(|day| day.to_string()),
                    Part::Until => Some(at.days.to?.yesterday().ok()?.to_string()),
                }
            }
            Field::Kin(relation, part) => {
                let mut ties = held.ties.iter().filter(|s| s.holds_on(self.today));
                let tie = &ties.find(|s| s.value.relation == relation)?.value.relative;
                match part {
                    Named::Number => tie.number.clone(),
                    Named::Name => tie.name.clone(),
                    Named::Nationality => tie.nationality.clone(),
                }
            }
            Field::Paper(part) => {
                let paper = held.papers.iter().find(|s| s.holds_on(self.today))?;
                match part {
                    Printed::Kind => Some(paper.value.kind.clone()),
                    Printed::Number => Some(paper.value.number.clone()),
                    Printed::IssuedAt => paper.value.issued_at.clone(),
                    Printed::IssuedOn => paper.days.from.map(|day| day.to_string()),
                    Printed::ExpiresOn => paper.value.expires_on.map(|day| day.to_string()),
                }
            }
        }
    }

    /// Ends the transaction; nothing was written.
    pub async fn close(self) -> Result<(), StoreError> {
        self.tx.finish(Ok(())).await
    }
}
