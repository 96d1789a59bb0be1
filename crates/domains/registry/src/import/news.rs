//! What a line says that the record does not, and what of it its source may change. Pure.

use base::{PersonName, fold};
use jiff::civil::Date;

use super::{
    authority::{ABSENCE, Authority, KIN, PAPERS},
    columns::Column,
    row::{DATED, NewPerson, PLAIN},
};
use crate::model::{
    Item, Life, Relation, Source,
    residence::{self, Kind},
    rules::{self, Broken},
    tie::Tie,
};

/// Something that the line changes; numbers are places in the line's lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    Item(Item, String),
    Death(Date),
    Missing(Date),
    Residence(usize),
    Paper,
    Absence,
    Kin(usize),
}

/// Something that contradicts a source of higher authority.
pub struct Dispute {
    pub item: String,
    pub value: String,
    pub column: Column,
}

#[derive(Default)]
pub struct Diff {
    pub wants: Vec<Want>,
    pub disputes: Vec<Dispute>,
    /// What a file cannot change at all.
    pub unchangeable: Vec<Column>,
    /// The line is about somebody else.
    pub refused: Option<(Column, Broken)>,
}

impl Diff {
    pub fn is_empty(&self) -> bool {
        self.wants.is_empty() && self.disputes.is_empty() && self.refused.is_none()
    }
}

/// What is new in a line about a person.
pub fn diff(life: &Life, new: &NewPerson, says: Source, authority: &Authority, today: Date) -> Diff {
    let mut diff = Diff::default();
    if let (Some(said), Some(held)) = (new.get(Item::Number), life.get(Item::Number))
        && said != held
    {
        diff.refused = Some((Column::Number, Broken::new(rules::NUMBER_DIFFERS)));
        return diff;
    }
    let asked = Asked { life, new, says, authority, today };
    Item::ALL.iter().for_each(|item| asked.item(&mut diff, *item));
    // The dead no longer move; what they were to others their relatives' lines say.
    if life.person.items.is_living() && new.death.is_none() {
        asked.residences(&mut diff);
        asked.absence(&mut diff);
        asked.paper(&mut diff);
        asked.kin(&mut diff);
    }
    diff
}

struct Asked<'a> {
    life: &'a Life,
    new: &'a NewPerson,
    says: Source,
    authority: &'a Authority,
    today: Date,
}

impl Asked<'_> {
    fn may(&self, item: &str, held: &str) -> bool {
        self.authority.may_change(item, held, self.says)
    }

    fn item(&self, diff: &mut Diff, item: Item) {
        let Some(said) = self.new.get(item) else { return };
        if item == Item::Nationality && !self.new.says_nationality {
            return;
        }
        let held = self.life.get(item);
        // A source that knows only the year does not contradict one that knows the day.
        let same = held == Some(said) || item == Item::BirthDate && held.is_some_and(|h| h.starts_with(said));
        if same {
            return;
        }
        let column = column_of(item);
        if let Some(verified) = [Item::Phone, Item::Email].into_iter().find(|i| i.verified_by() == Some(item))
            && self.new.get(verified) != self.life.get(verified)
        {
            // It confirms a contact that the record does not hold yet; that comes first.
            diff.wants.push(Want::Item(item, said.to_owned()));
            return;
        }
        if held.is_some() && !self.may(item.key(), &self.life.person.mark(item).source) {
            diff.disputes.push(Dispute { item: item.key().to_owned(), value: said.to_owned(), column });
            return;
        }
        match (item, said.parse::<Date>()) {
            (Item::Number | Item::OldNumber, _) => diff.unchangeable.push(column),
            (Item::DeathDate, Ok(on)) if held.is_none() => diff.wants.push(Want::Death(on)),
            (Item::MissingDate, Ok(on)) if held.is_none() => diff.wants.push(Want::Missing(on)),
            (Item::DeathDate | Item::MissingDate, _) => diff.unchangeable.push(column),
            _ => diff.wants.push(Want::Item(item, said.to_owned())),
        }
    }

    fn residences(&self, diff: &mut Diff) {
        for (n, new) in self.new.residences.iter().enumerate() {
            let held = residence::on(self.life.residences.spans(), new.kind, self.today);
            let same = held.is_some_and(|h| {
                let until = new.kind != Kind::Temporary || h.days.to == new.days.to;
                h.value.is_at(&new.commune, &new.address) && until
            });
            let over = new.days.to.is_some_and(|to| to <= self.today);
            if same || over {
                continue;
            }
            if held.is_some_and(|h| !self.may(new.kind.item(), &h.value.source)) {
                let value = format!("{}; {}", new.commune, new.address);
                let column = match new.kind {
                    Kind::Permanent => Column::PermanentCommune,
                    Kind::Temporary => Column::TemporaryCommune,
                    Kind::Current => Column::CurrentCommune,
                };
                diff.disputes.push(Dispute { item: new.kind.item().to_owned(), value, column });
            } else {
                diff.wants.push(Want::Residence(n));
            }
        }
    }

    fn absence(&self, diff: &mut Diff) {
        let Some(new) = &self.new.absence else { return };
        let over = new.days.to.is_some_and(|to| to <= self.today);
        let held = self.life.absences.iter().find(|s| s.days.overlaps(new.days));
        match held {
            _ if over => {}
            None => diff.wants.push(Want::Absence),
            Some(held) if held.days == new.days => {}
            Some(_) => {
                let value = new.days.from.map_or_else(String::new, |day| day.to_string());
                let column = Column::AbsentSince;
                diff.disputes.push(Dispute { item: ABSENCE.to_owned(), value, column });
            }
        }
    }

    fn paper(&self, diff: &mut Diff) {
        let Some(new) = &self.new.paper else { return };
        let mut held = self.life.papers.iter();
        if held
            .any(|s| s.value.kind == new.kind && s.value.number == new.number && s.days.from == new.days.from)
        {
            return;
        }
        let latest = self.life.papers.iter().max_by_key(|s| s.days.from);
        if latest.is_some_and(|s| !self.may(PAPERS, &s.value.source)) {
            let value = format!("{} {}", new.kind, new.number);
            diff.disputes.push(Dispute { item: PAPERS.to_owned(), value, column: Column::PaperNumber });
        } else {
            diff.wants.push(Want::Paper);
        }
    }

    fn kin(&self, diff: &mut Diff) {
        for (n, new) in self.new.kin.iter().enumerate() {
            let held: Vec<&Tie> = self.life.ties_on(new.relation, self.today).map(|s| &s.value).collect();
            let number = new.number.as_ref().map(|n| n.as_str());
            let name = new.name.as_deref().and_then(|n| PersonName::new(n).ok()).map(|n| n.folded());
            let same = held.iter().any(|tie| match (number, tie.relative.number.as_deref()) {
                (Some(said), Some(held)) => said == held,
                _ => name.is_some() && name == tie.relative.name.as_deref().map(fold),
            });
            if same {
                continue;
            }
            // A marriage or an adoption is an act of its own: a file adds a relative where there is none, and no more.
            if held.is_empty() && new.relation != Relation::Spouse {
                diff.wants.push(Want::Kin(n));
            } else {
                let value = [number, new.name.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
                let item = KIN.to_owned();
                diff.disputes.push(Dispute { item, value, column: column_of_kin(new.relation) });
            }
        }
    }
}

fn column_of_kin(relation: Relation) -> Column {
    match relation {
        Relation::Father => Column::FatherName,
        Relation::Mother => Column::MotherName,
        Relation::Spouse => Column::SpouseName,
        _ => Column::GuardianName,
    }
}

fn column_of(item: Item) -> Column {
    let plain = PLAIN.iter().find(|(_, i)| *i == item).map(|(c, _)| *c);
    let dated = DATED.iter().find(|(_, i, _)| *i == item).map(|(c, ..)| *c);
    plain.or(dated).unwrap_or(match item {
        Item::BirthDate => Column::BirthDate,
        Item::Sex => Column::Sex,
        _ => Column::FullName,
    })
}
