//! Reading the people whom an act concerns, and writing what the act changed in them: rows, search keys, provenance,
//! versions, events, log. Every act of a life goes through [`Act`].

use std::collections::{BTreeMap, BTreeSet};

use base::{PartialDate, VIETNAM, vietnam_date};
use contracts::{
    Access, DossierId, HouseholdId, PersonId,
    events::{LifeEvent, LifeKind, RecordChanged, emit},
};
use futures::future::{join_all, join3};
use jiff::{Timestamp, civil::Date};
use store::{RowExt, Tx, tx::Param};
use uuid::Uuid;

use super::{
    read,
    write::{self, Writes},
};
use crate::{
    RegistryError,
    duplicates::linker::Keys,
    jobs,
    model::{
        History, Item, Kinship, Life, Lives, Pen, Relation, Source, household, kinship::Edges,
        residence::main, rules, vital::Vital,
    },
    rows::{self, PastValue},
    sql,
};

/// What an act rests on: every act names it, and it stays with all that the act changed.
#[derive(Clone)]
pub struct Basis {
    pub source: Source,
    /// Number of the certificate, decision or judgement.
    pub document: Option<String>,
    pub reason: Option<String>,
    pub dossier: Option<DossierId>,
}

impl Basis {
    /// What the register of births, marriages and deaths says, by a document.
    pub fn civil_status(document: impl Into<String>) -> Self {
        let document = Some(document.into());
        Self { source: Source::CivilStatus, document, reason: None, dossier: None }
    }

    /// Document and reason in stored form.
    fn check(&self) -> Result<Self, RegistryError> {
        let mut faults = Vec::new();
        let mut line = |field: &str, raw: &Option<String>| {
            let checked = raw.as_deref().map(rules::line).transpose();
            checked.unwrap_or_else(|broken| {
                faults.push(broken.at(field));
                None
            })
        };
        let (document, reason) = (line("document", &self.document), line("reason", &self.reason));
        if document.is_none() && reason.is_none() && faults.is_empty() {
            faults.push(base::FieldFault::new("document", rules::REQUIRED));
        }
        if faults.is_empty() {
            Ok(Self { document, reason, ..self.clone() })
        } else {
            Err(RegistryError::Invalid(faults))
        }
    }
}

/// One act being done: who does it, what kind it is, from which day it holds.
pub struct Act<'a> {
    pub access: &'a Access,
    pub kind: LifeKind,
    /// Name of the operation, for the log.
    pub action: &'static str,
    pub on: Date,
    basis: Basis,
    event: Uuid,
}

impl<'a> Act<'a> {
    pub fn new(
        tx: &Tx,
        access: &'a Access,
        kind: LifeKind,
        action: &'static str,
        on: Date,
        basis: &Basis,
    ) -> Result<Self, RegistryError> {
        Ok(Self { access, kind, action, on, basis: basis.check()?, event: tx.new_uuid() })
    }

    pub fn pen<'t>(&self, tx: &'t Tx) -> Pen<'t> {
        Pen { event: self.event, source: self.basis.source, now: tx.now(), entropy: tx.entropy() }
    }

    pub fn event(&self) -> Uuid {
        self.event
    }

    /// Writes everything that changed; the people themselves (`about`) are logged and told of, and so is everybody else
    /// whose record changed with theirs.
    pub async fn write(&self, tx: &mut Tx, lives: &Lives, about: &[PersonId]) -> Result<(), RegistryError> {
        self.write_with(tx, lives, about, Writes::default()).await
    }

    /// Like [`Self::write`], with rows that belong to nobody's history.
    pub async fn write_with(
        &self,
        tx: &mut Tx,
        lives: &Lives,
        about: &[PersonId],
        mut writes: Writes,
    ) -> Result<(), RegistryError> {
        let changed: Vec<&Life> = lives.iter().filter(|life| life.is_changed()).collect();
        for life in &changed {
            self.add_event(&mut writes, tx, life.id());
            add_life(&mut writes, tx, life, self.event);
        }
        self.add_vital(&mut writes, about, tx.now());
        writes.run(tx).await?;
        let now = tx.now();
        for life in changed {
            let person = life.id();
            let items = names(life);
            jobs::at_turns(tx, life);
            emit(tx, &RecordChanged { person, items: items.clone(), at: now });
            let entry = self.access.entry(self.action).about(person).fields(items);
            tx.audit(match self.basis.dossier {
                Some(dossier) => entry.on("dossier", dossier.0).done(),
                None => entry.done(),
            });
        }
        for person in about {
            emit(
                tx,
                &LifeEvent { person: *person, event: self.event, kind: self.kind, on: self.on, at: now },
            );
        }
        Ok(())
    }

    /// Who told of a birth or a death.
    fn add_vital(&self, writes: &mut Writes, about: &[PersonId], now: Timestamp) {
        let source = self.basis.source.as_str();
        for person in about.iter().copied() {
            let told = |vital: Vital| -> Vec<Param> {
                vec![Box::new(person), Box::new(vital.as_str()), Box::new(source), Box::new(now)]
            };
            match self.kind {
                LifeKind::Birth => writes.add(sql::VITAL_TOLD, told(Vital::Birth)),
                LifeKind::Death => writes.add(sql::VITAL_TOLD, told(Vital::Death)),
                LifeKind::DeathAnnulled => {
                    writes.add(sql::VITAL_UNTOLD, vec![Box::new(person), Box::new(Vital::Death.as_str())]);
                }
                _ => {}
            }
        }
    }

    fn add_event(&self, writes: &mut Writes, tx: &Tx, person: PersonId) {
        let agency = self.access.actor.staff().map(|(agency, _)| agency.clone());
        writes.add(
            sql::EVENT_INSERT,
            vec![
                Box::new(person),
                Box::new(self.event),
                Box::new(self.kind.as_str()),
                Box::new(self.basis.source.as_str()),
                Box::new(self.basis.document.clone()),
                Box::new(self.basis.reason.clone()),
                Box::new(self.basis.dossier),
                Box::new(self.access.actor.account),
                Box::new(agency),
                Box::new(self.on),
                Box::new(tx.now()),
            ],
        );
    }
}

/// What changed, as log and event name it.
fn names(life: &Life) -> Vec<String> {
    let mut names: BTreeSet<&str> = life.changed().iter().map(|item| item.key()).collect();
    if life.is_new() {
        names.extend(Item::ALL.iter().filter(|i| life.get(**i).is_some()).map(|i| i.key()));
    }
    names.extend(life.residences.added().map(|s| s.value.kind.item()));
    if !life.residences.ended().is_empty() && life.residences.added().next().is_none() {
        names.insert("residence");
    }
    for (changed, name) in [
        (life.ties.is_changed(), "kin"),
        (life.papers.is_changed(), "papers"),
        (life.absences.is_changed(), "temporary_absence"),
        (life.shared.is_changed(), "shared"),
    ] {
        if changed {
            names.insert(name);
        }
    }
    names.into_iter().map(str::to_owned).collect()
}

fn add_life(writes: &mut Writes, tx: &Tx, life: &Life, event: Uuid) {
    let (id, now) = (life.id(), tx.now());
    for span in life.replaced().iter().chain(life.past.added()) {
        writes.add(sql::PAST_INSERT, write::past(id, span));
    }
    for span in life.ties.added() {
        writes.add(sql::KIN_INSERT, write::tie(id, span));
    }
    for span in life.residences.added() {
        writes.add(sql::RESIDENCE_INSERT, write::residence(id, span));
    }
    for span in life.papers.added() {
        writes.add(sql::PAPER_INSERT, write::paper(id, span));
    }
    for span in life.absences.added() {
        writes.add(sql::ABSENCE_INSERT, write::absence(id, span));
    }
    for span in life.shared.added() {
        writes.add(sql::SHARED_INSERT, write::shared(id, span));
    }
    let ends = [
        (sql::PAST_END, life.past.ended()),
        (sql::KIN_END, life.ties.ended()),
        (sql::RESIDENCE_END, life.residences.ended()),
        (sql::PAPER_END, life.papers.ended()),
        (sql::ABSENCE_END, life.absences.ended()),
        (sql::SHARED_END, life.shared.ended()),
    ];
    for (sql, rows) in ends {
        for row in rows {
            writes.add(sql, vec![Box::new(id), Box::new(*row), Box::new(now)]);
        }
    }
    let mut params = row(life, vietnam_date(now));
    if life.is_new() {
        let base = life.person.base();
        params.extend([Box::new(event) as Param, Box::new(base.source.clone()), Box::new(base.known)]);
        writes.add(sql::PERSON_INSERT, params);
    } else {
        writes.add(sql::PERSON_WRITE, params);
    }
}

/// The person's own row: guarded by the version that was read, with the search keys of today.
fn row(life: &Life, today: Date) -> Vec<Param> {
    let items = &life.person.items;
    let marks = serde_json::to_value(&life.person.marks).unwrap_or_default();
    let commune = main(life.residences.spans(), today).map(|s| s.value.commune.clone());
    let mut params: Vec<Param> = vec![
        Box::new(life.id()),
        Box::new(life.person.version),
        Box::new(marks),
        Box::new(items.name_folded()),
        Box::new(items.birth_date().map(PartialDate::earliest)),
        Box::new(commune),
    ];
    for item in Item::ALL {
        params.push(Box::new(items.get(*item).map(str::to_owned)));
    }
    let keys = Keys::of_items(items);
    params.extend([Box::new(keys.name) as Param, Box::new(keys.birth)]);
    params
}

/// One person with everything that is believed of them; the questions share one round trip.
async fn one(tx: &Tx, id: PersonId) -> Result<Life, RegistryError> {
    let (person, (past, ties, residences), (papers, absences, shared)) = join3(
        read::person(tx, id),
        join3(
            tx.query(sql::PAST_NOW, &[&id]),
            tx.query(sql::KIN_NOW, &[&id, &read::KIN_MAX]),
            tx.query(sql::RESIDENCES, &[&id]),
        ),
        join3(tx.query(sql::PAPERS, &[&id]), tx.query(sql::ABSENCES, &[&id]), tx.query(sql::SHARED, &[&id])),
    )
    .await;
    let person = person?;
    if person.merged_into.is_some() {
        return Err(RegistryError::MergedAway);
    }
    let mut life = Life::stored(person);
    life.past = History::stored(past?.iter().map(PastValue::read).collect::<Result<_, _>>()?);
    life.ties = History::stored(ties?.iter().map(rows::tie).collect::<Result<_, _>>()?);
    life.residences = History::stored(residences?.iter().map(rows::residence).collect::<Result<_, _>>()?);
    life.papers = History::stored(papers?.iter().map(rows::paper).collect::<Result<_, _>>()?);
    life.absences = History::stored(absences?.iter().map(rows::absence).collect::<Result<_, _>>()?);
    life.shared = History::stored(shared?.iter().map(rows::shared).collect::<Result<_, _>>()?);
    Ok(life)
}

/// Reads people who are not there yet.
pub async fn add(
    tx: &Tx,
    lives: &mut Lives,
    ids: impl IntoIterator<Item = PersonId>,
) -> Result<(), RegistryError> {
    let ids: BTreeSet<PersonId> = ids.into_iter().filter(|id| !lives.has(*id)).collect();
    for life in join_all(ids.into_iter().map(|id| one(tx, id))).await {
        lives.insert(life?);
    }
    Ok(())
}

pub async fn load(tx: &Tx, ids: impl IntoIterator<Item = PersonId>) -> Result<Lives, RegistryError> {
    let mut lives = Lives::default();
    add(tx, &mut lives, ids).await?;
    Ok(lives)
}

/// Reads a person with those who would be left without a head: the members of the households that they head from `day` on.
pub async fn with_household(tx: &Tx, person: PersonId, day: Date) -> Result<Lives, RegistryError> {
    let mut lives = load(tx, [person]).await?;
    let headed: Vec<HouseholdId> = household::headed(lives.get(person)?, day).into_iter().collect();
    let members = members(tx, &headed, day).await?;
    add(tx, &mut lives, members).await?;
    Ok(lives)
}

/// Like [`with_household`], with everybody to whom the person is tied: for what ends or changes ties.
pub async fn with_family(tx: &Tx, person: PersonId, day: Date) -> Result<Lives, RegistryError> {
    let mut lives = with_household(tx, person, day).await?;
    let relatives: Vec<PersonId> = lives.get(person)?.relatives().collect();
    add(tx, &mut lives, relatives).await?;
    Ok(lives)
}

/// Everybody of some households on a day or later.
pub async fn members(tx: &Tx, households: &[HouseholdId], day: Date) -> Result<Vec<PersonId>, RegistryError> {
    let mut found = Vec::new();
    for household in households {
        for row in tx.query(sql::HOUSEHOLD_PEOPLE, &[household, &day, &read::MEMBERS_MAX]).await? {
            found.push(PersonId(row.col("person_id")?));
        }
    }
    Ok(found)
}

/// The families of two or more people, as far as the law asks for them.
pub async fn kinships<const N: usize>(tx: &Tx, people: [PersonId; N]) -> Result<[Kinship; N], RegistryError> {
    let edges = edges(tx, &people).await?;
    Ok(people.map(|person| Kinship::of(person, &edges)))
}

pub async fn edges(tx: &Tx, people: &[PersonId]) -> Result<Edges, RegistryError> {
    let relations = [
        Relation::Father,
        Relation::Mother,
        Relation::Spouse,
        Relation::AdoptiveFather,
        Relation::AdoptiveMother,
        Relation::AdoptedChild,
    ]
    .map(Relation::as_str);
    let mut edges: Edges = BTreeMap::new();
    loop {
        let unread: BTreeSet<PersonId> = people.iter().flat_map(|p| Kinship::unread(*p, &edges)).collect();
        if unread.is_empty() {
            return Ok(edges);
        }
        let ids: Vec<Uuid> = unread.iter().map(|id| id.0).collect();
        for id in unread {
            edges.insert(id, Vec::new());
        }
        for row in tx.query(sql::PARENTS_AND_SPOUSES, &[&ids, &relations.as_slice()]).await? {
            let relation = Relation::parse(row.col("relation")?);
            let (person, other) = (PersonId(row.col("person_id")?), PersonId(row.col("other_id")?));
            if let (Some(relation), Some(ties)) = (relation, edges.get_mut(&person)) {
                ties.push((relation, other));
            }
        }
    }
}

/// Midnight in Vietnam, when a day begins.
pub fn begins(day: Date) -> Option<jiff::Timestamp> {
    VIETNAM.to_timestamp(day.at(0, 0, 0, 0)).ok()
}
