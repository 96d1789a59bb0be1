//! Lines about people who are in the register already: what is new in them changes the record by the same rules as an act
//! of a life, with an event of its own and the old values kept; what contradicts a source of higher authority becomes a
//! case to look at, and marks the person.

use std::collections::BTreeSet;

use base::vietnam_date;
use contracts::{
    Access, HouseholdId, PersonId, Purpose,
    events::{LifeEvent, LifeKind, RecordChanged, emit},
    ports::Nation,
};
use jiff::civil::Date;
use store::{RowExt, Tx};
use uuid::Uuid;

use super::{
    ImportError, Options,
    columns::Column,
    load::{Load, back},
    news::{Diff, Dispute, Want, diff},
    row::{NewPerson, NewResidence, RowFault},
};
use crate::{
    RegistryError,
    model::{
        Item, Lives, Pen, Refusal, Relative,
        held::Paper,
        residence::{self, HEAD, Home, Kind, Leaving, Registration, Residence},
        rules::{self, Broken},
        status, vital,
    },
    ops::lives::{self, Act, Basis},
    sql,
};

/// People who are read at a time, to find those of whom something is new.
const READ_AT_ONCE: usize = 64;

/// What came of the lines of a batch about people who are there.
#[derive(Default)]
pub struct News {
    pub changed: u64,
    pub unchanged: u64,
    pub disputed: u64,
    pub faults: Vec<RowFault>,
}

pub async fn hear(
    tx: &mut Tx,
    options: &Options,
    nation: &dyn Nation,
    load: &Load,
    lines: Vec<(PersonId, NewPerson)>,
) -> Result<News, ImportError> {
    let mut news = News::default();
    let hearing = Hearing { options, nation, load, today: vietnam_date(tx.now()) };
    for some in lines.chunks(READ_AT_ONCE) {
        let read = lives::load(tx, some.iter().map(|(person, _)| *person)).await?;
        let mut changed: BTreeSet<PersonId> = BTreeSet::new();
        for (person, line) in some {
            let first = hearing.diff(&read, *person, line)?;
            // Two lines may be of one person: what was read before the first says nothing to the second.
            let is_known = !changed.contains(person) && first.is_empty() && first.unchangeable.is_empty();
            changed.insert(*person);
            let outcome = if is_known {
                news.unchanged += 1;
                Ok(Vec::new())
            } else {
                hearing.line(tx, *person, line, &mut news).await
            };
            match outcome {
                Ok(faults) => {
                    tx.execute(sql::KEY_SAID, &[&load.source, &line.key, &line.said]).await?;
                    news.faults.extend(faults);
                }
                Err(Stop::Line(fault)) => news.faults.push(*fault),
                Err(Stop::Load(error)) => return Err(*error),
            }
        }
    }
    Ok(news)
}

/// Why a line, or the whole load, goes no further.
enum Stop {
    Line(Box<RowFault>),
    Load(Box<ImportError>),
}

impl<E: Into<ImportError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Load(Box::new(error.into()))
    }
}

struct Hearing<'a> {
    options: &'a Options,
    nation: &'a dyn Nation,
    load: &'a Load,
    today: Date,
}

impl Hearing<'_> {
    fn diff(&self, lives: &Lives, person: PersonId, line: &NewPerson) -> Result<Diff, RegistryError> {
        let Options { provenance, authority, .. } = self.options;
        Ok(diff(lives.get(person)?, line, *provenance, authority, self.today))
    }

    fn fault(&self, line: &NewPerson, column: Column, broken: Broken, warning: bool) -> RowFault {
        let column = self.options.mapping.told(column).to_owned();
        RowFault { line: line.line, key: line.key.clone(), column, broken, warning }
    }

    /// Reads the person again with their family, decides and writes. Gives what there is to say about the line.
    async fn line(
        &self,
        tx: &mut Tx,
        person: PersonId,
        line: &NewPerson,
        news: &mut News,
    ) -> Result<Vec<RowFault>, Stop> {
        let mut lives = lives::with_family(tx, person, self.today).await?;
        let diff = self.diff(&lives, person, line)?;
        if let Some((column, broken)) = diff.refused {
            return Err(Stop::Line(Box::new(self.fault(line, column, broken, false))));
        }
        let mut faults: Vec<RowFault> = Vec::new();
        for column in &diff.unchangeable {
            faults.push(self.fault(line, *column, Broken::new(rules::NOT_CHANGEABLE_HERE), true));
        }
        if !diff.wants.is_empty() {
            let access = Access::new(&self.options.actor, Purpose::IMPORT);
            let reason = Some(format!("Nhập dữ liệu từ nguồn {}", self.load.source));
            let basis = Basis { source: self.options.provenance, document: None, reason, dossier: None };
            let kinds = kinds(line, &diff.wants);
            let kind = kinds.first().copied().unwrap_or(LifeKind::ItemChanged);
            let act = Act::new(tx, &access, kind, "registry.import_change", self.today, &basis)?;
            self.read_relatives(tx, &mut lives, line, &diff.wants).await?;
            let homes = self.homes(tx, line, &diff.wants).await?;
            let pen = act.pen(tx);
            for want in &diff.wants {
                let done = self.apply(&mut lives, &pen, person, line, want, &homes);
                if let Err((column, code)) = done {
                    return Err(Stop::Line(Box::new(self.fault(line, column, Broken::new(code), false))));
                }
            }
            act.write(tx, &lives, &[person]).await?;
            let (event, on, at) = (act.event(), self.today, tx.now());
            for kind in kinds.into_iter().skip(1) {
                emit(tx, &LifeEvent { person, event, kind, on, at });
            }
        }
        for dispute in &diff.disputes {
            self.raise(tx, person, dispute).await?;
            faults.push(self.fault(line, dispute.column, Broken::new(rules::DISPUTED), true));
            news.disputed += 1;
        }
        news.unchanged += u64::from(diff.wants.is_empty());
        news.changed += u64::from(!diff.wants.is_empty());
        Ok(faults)
    }

    /// Relatives of the register whom the line names anew.
    async fn read_relatives(
        &self,
        tx: &Tx,
        lives: &mut Lives,
        line: &NewPerson,
        wants: &[Want],
    ) -> Result<(), RegistryError> {
        for want in wants {
            let Want::Kin(n) = want else { continue };
            let number = line.kin.get(*n).and_then(|k| k.number);
            let Some(number) = number else { continue };
            if let Some(row) = tx.query_opt(sql::NUMBER_FIND, &[&number]).await? {
                lives::add(tx, lives, [PersonId(row.col("person_id")?)]).await?;
            }
        }
        Ok(())
    }

    /// The household of each new residence, by the source's key or founded with it.
    async fn homes(
        &self,
        tx: &Tx,
        line: &NewPerson,
        wants: &[Want],
    ) -> Result<Vec<Option<Home>>, ImportError> {
        let mut homes = Vec::new();
        for (n, residence) in line.residences.iter().enumerate() {
            let wanted = wants.contains(&Want::Residence(n)) && residence.kind != Kind::Current;
            homes.push(if wanted { Some(self.home(tx, line, residence).await?) } else { None });
        }
        Ok(homes)
    }

    async fn home(&self, tx: &Tx, line: &NewPerson, at: &NewResidence) -> Result<Home, ImportError> {
        let named = line.household.as_ref().filter(|_| line.home().is_some_and(|h| h.kind == at.kind));
        let relation = named.map_or(HEAD, |(_, relation)| relation).to_owned();
        let keys: Vec<&str> = named.iter().map(|(key, _)| key.as_str()).collect();
        let known = tx.query_opt(sql::HOUSEHOLDS_KNOWN, &[&self.load.source, &keys]).await?;
        let household = match known {
            Some(row) => row.col("household_id")?,
            None => {
                let id = tx.new_uuid();
                let event = self.load.event;
                tx.change(sql::HOUSEHOLD_INSERT, &[&id, &at.commune, &at.address, &event, &tx.now()]).await?;
                if let Some((key, _)) = named {
                    tx.change(sql::HOUSEHOLD_CLAIM, &[&self.load.source, key, &id]).await?;
                }
                id
            }
        };
        Ok(Home { household: HouseholdId(household), relation })
    }

    fn apply(
        &self,
        lives: &mut Lives,
        pen: &Pen<'_>,
        person: PersonId,
        line: &NewPerson,
        want: &Want,
        homes: &[Option<Home>],
    ) -> Result<(), (Column, &'static str)> {
        use base::Fault;
        let at = |column| move |refusal: Refusal| (column, refusal.code());
        match want {
            Want::Item(item, value) => {
                let column = Column::SourceKey;
                let life = lives.edit(person).map_err(at(column))?;
                // A file tells what is so, not since when. What people are born with was always so; what may change over a
                // life is so from today on at the latest.
                let since = if is_for_life(*item) { None } else { Some(self.today) };
                life.correct(pen, *item, Some(value.clone()), since);
                if *item == Item::BirthDate {
                    status::fits(lives, person).map_err(at(Column::BirthDate))?;
                }
            }
            Want::Death(on) => vital::death(lives, pen, person, *on).map_err(at(Column::DeathDate))?,
            Want::Missing(on) => vital::missing(lives, pen, person, *on).map_err(at(Column::MissingDate))?,
            Want::Residence(n) => {
                let Some(new) = line.residences.get(*n) else { return Ok(()) };
                self.reside(lives, pen, person, new, homes.get(*n).and_then(Option::as_ref))
                    .map_err(|e| (Column::SourceKey, e.code()))?;
            }
            Want::Paper => {
                let Some((new, on)) = line.paper.as_ref().and_then(|p| Some((p, p.days.from?))) else {
                    return Ok(());
                };
                let paper = Paper {
                    id: pen.id(),
                    kind: new.kind.to_owned(),
                    number: new.number.clone(),
                    issued_at: new.issued_at.clone(),
                    expires_on: new.expires_on,
                    event: pen.event,
                    source: pen.source.as_str().to_owned(),
                    ended_by: None,
                };
                status::issue_paper(lives, pen, person, paper, on).map_err(at(Column::PaperNumber))?;
            }
            Want::Absence => {
                let Some((new, from)) = line.absence.as_ref().and_then(|a| Some((a, a.days.from?))) else {
                    return Ok(());
                };
                let until = new.days.to.and_then(|d| d.yesterday().ok());
                let leaving = Leaving { from, until, destination: new.destination.clone() };
                residence::declare_absence(lives, pen, person, &leaving).map_err(at(Column::AbsentSince))?;
            }
            Want::Kin(n) => {
                let Some(named) = line.kin.get(*n) else { return Ok(()) };
                let number = named.number.as_ref().map(|n| n.as_str());
                let other = lives.iter().find(|l| number.is_some() && l.get(Item::Number) == number);
                let other = other.map(|life| life.id());
                let column = Column::SourceKey;
                match other {
                    Some(other) => lives
                        .tie(pen, person, named.relation, other, back(named.relation), None)
                        .map_err(at(column))?,
                    None => {
                        let relative = Relative {
                            name: named.name.clone(),
                            number: number.map(str::to_owned),
                            old_number: named.old_number.clone(),
                            nationality: named.nationality.clone(),
                        };
                        lives.tie_outside(pen, person, named.relation, relative, None).map_err(at(column))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn reside(
        &self,
        lives: &mut Lives,
        pen: &Pen<'_>,
        person: PersonId,
        new: &NewResidence,
        home: Option<&Home>,
    ) -> Result<(), RegistryError> {
        use contracts::ports::ResidenceKind;
        let from = new.days.from.unwrap_or(self.today);
        let kind = match new.kind {
            Kind::Permanent => ResidenceKind::Permanent,
            Kind::Temporary => ResidenceKind::Temporary,
            Kind::Current => {
                let life = lives.edit(person)?;
                life.residences.cut(pen, new.days, |s| s.value.kind == Kind::Current);
                let residence = Residence {
                    id: pen.id(),
                    kind: Kind::Current,
                    commune: new.commune.clone(),
                    commune_given: new.given.clone(),
                    address: new.address.clone(),
                    household: None,
                    relation: None,
                    event: pen.event,
                    source: pen.source.as_str().to_owned(),
                    ended_by: None,
                };
                life.residences.add(pen, residence, new.days);
                return Ok(());
            }
        };
        if !self.nation.commune_in_force(new.commune.as_str(), self.today) {
            return Err(RegistryError::CommuneNotInForce);
        }
        let Some(home) = home else { return Ok(()) };
        let until = new.days.to.and_then(|d| d.yesterday().ok());
        let registration = Registration { kind, commune: &new.commune, address: &new.address, from, until };
        let home = Home { household: home.household, relation: home.relation.clone() };
        residence::register(lives, pen, person, &registration, home)
    }

    /// A case to look at. The same contradiction from the same source is one case, whether it was settled or not.
    async fn raise(&self, tx: &mut Tx, person: PersonId, dispute: &Dispute) -> Result<(), ImportError> {
        let (id, now) = (tx.new_uuid(), tx.now());
        let source = self.options.provenance.as_str();
        let event: Uuid = self.load.event;
        let raised = tx
            .execute(
                sql::DISPUTE_INSERT,
                &[&person, &id, &dispute.item, &dispute.value, &source, &event, &now],
            )
            .await?;
        if raised > 0 {
            tx.execute(sql::PERSON_DISPUTED, &[&person]).await?;
            let access = Access::new(&self.options.actor, Purpose::IMPORT);
            let entry = access.entry("registry.import_dispute").about(person);
            tx.audit(entry.fields([dispute.item.as_str()]).done());
            // Whoever keeps figures looks at the person again.
            emit(tx, &RecordChanged { person, items: vec!["conflict".to_owned()], at: now });
        }
        Ok(())
    }
}

/// Items that people are born with, or that never become different: another value means that the old one was wrong.
fn is_for_life(item: Item) -> bool {
    matches!(
        item,
        Item::BirthDate
            | Item::Sex
            | Item::BirthPlace
            | Item::BirthRegistrationPlace
            | Item::HomeTown
            | Item::Ethnicity
            | Item::BloodGroup
    )
}

/// The kinds of acts in a line, the weightiest first.
fn kinds(line: &NewPerson, wants: &[Want]) -> Vec<LifeKind> {
    let mut kinds: Vec<LifeKind> = Vec::new();
    let mut add = |kind| {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    };
    for want in wants {
        if let Want::Death(_) = want {
            add(LifeKind::Death);
        }
    }
    for want in wants {
        match want {
            Want::Death(_) => {}
            Want::Missing(_) => add(LifeKind::Missing),
            Want::Residence(n) => match line.residences.get(*n).map(|r| r.kind) {
                Some(Kind::Permanent) => add(LifeKind::PermanentResidence),
                Some(Kind::Temporary) => add(LifeKind::TemporaryResidence),
                _ => add(LifeKind::ItemChanged),
            },
            Want::Paper => add(LifeKind::PaperIssued),
            Want::Absence => add(LifeKind::TemporaryAbsence),
            Want::Item(item, _) if is_for_life(*item) => add(LifeKind::Correction),
            Want::Item(..) | Want::Kin(_) => add(LifeKind::ItemChanged),
        }
    }
    kinds
}
