//! Birth, death, and being missing: how a life begins and ends in the record, and what follows for those around it.

use base::{PartialDate, Sex};
use contracts::PersonId;
use jiff::{ToSpan, civil::Date};
use serde::Deserialize;

use super::{
    Item, Life, Lives, Pen, Refusal, Relation, Relative, Residence, Span, household,
    law::BORN_AFTER_FATHER_DAYS, span::Days, tie::Tie,
};

/// How life begins and ends: what several sources should report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vital {
    Birth,
    Death,
}

impl Vital {
    pub const ALL: [Self; 2] = [Self::Birth, Self::Death];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Birth => "birth",
            Self::Death => "death",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.as_str() == s)
    }
}

/// Who told of it is kept of births and deaths that lie no further back than this when they are told.
pub const TOLD_MONTHS: i64 = 24;

pub(super) const MARRIED: &str = "married";
const WIDOWED: &str = "widowed";

/// A parent as the birth registration names them.
#[derive(Clone, PartialEq, Eq)]
pub enum Parent {
    Person(PersonId),
    /// Not a person of the register, such as a foreigner.
    Named(Relative),
}

impl Parent {
    fn person(this: Option<&Self>) -> Option<PersonId> {
        match this {
            Some(Self::Person(id)) => Some(*id),
            _ => None,
        }
    }
}

/// Where a newborn lives from the day of birth, where that was registered with the birth.
#[derive(Clone)]
pub struct Birth {
    pub child: PersonId,
    pub name: String,
    pub born: Date,
    pub sex: Sex,
    /// Items beside name, day of birth and sex, checked.
    pub items: Vec<(Item, String)>,
    pub mother: Option<Parent>,
    pub father: Option<Parent>,
    pub number: String,
}

/// The law's minimum for a number is name, whole date of birth, sex, places, ethnicity, nationality and the parents as far as
/// they are known (NĐ 58/2026 Art. 5.6).
pub fn birth(lives: &mut Lives, pen: &Pen<'_>, birth: &Birth) -> Result<(), Refusal> {
    may_be_born(lives, pen, birth)?;
    let mut life = Life::begun(birth.child, pen);
    let items = &mut life.person.items;
    items.set(Item::Name, Some(birth.name.clone()));
    items.set(Item::BirthDate, Some(PartialDate::full(birth.born).to_string()));
    items.set(Item::Sex, Some(birth.sex.as_str().to_owned()));
    items.set(Item::Number, Some(birth.number.clone()));
    items.set(Item::MaritalStatus, Some("single".to_owned()));
    for (item, value) in &birth.items {
        items.set(*item, Some(value.clone()));
    }
    lives.insert(life);
    let parents = [(Relation::Mother, &birth.mother), (Relation::Father, &birth.father)];
    for (relation, parent) in parents {
        match parent {
            // Descent has no first day: it holds as long as the child is.
            Some(Parent::Person(id)) => lives.tie(pen, birth.child, relation, *id, Relation::Child, None)?,
            Some(Parent::Named(named)) => {
                lives.tie_outside(pen, birth.child, relation, named.clone(), None)?;
            }
            None => {}
        }
    }
    Ok(())
}

/// Whether this birth can be registered; asked before a number is claimed for it.
pub fn may_be_born(lives: &Lives, pen: &Pen<'_>, birth: &Birth) -> Result<(), Refusal> {
    if birth.born > pen.today() {
        return Err(Refusal::InFuture);
    }
    let mother = Parent::person(birth.mother.as_ref()).map(|id| lives.get(id)).transpose()?;
    let father = Parent::person(birth.father.as_ref()).map(|id| lives.get(id)).transpose()?;
    for parent in [mother, father].into_iter().flatten() {
        let older = parent.person.items.birth_date().is_none_or(|b| b.earliest() < birth.born);
        if !older {
            return Err(Refusal::ParentNotOlder);
        }
    }
    if let Some(mother) = mother {
        if mother.person.items.sex() == Some(Sex::Male) {
            return Err(Refusal::MotherSex);
        }
        if died(mother).is_some_and(|day| day.latest() < birth.born) {
            return Err(Refusal::MotherDied);
        }
    }
    if let Some(father) = father {
        if father.person.items.sex() == Some(Sex::Female) {
            return Err(Refusal::FatherSex);
        }
        let latest = |day: PartialDate| day.latest().saturating_add(BORN_AFTER_FATHER_DAYS.days());
        if died(father).is_some_and(|day| latest(day) < birth.born) {
            return Err(Refusal::FatherDied);
        }
    }
    // Children of these parents were read with them: the same name on the same day is the same child.
    let folded = base::fold(&birth.name);
    let siblings = [mother, father].into_iter().flatten().flat_map(|p| p.ever(&[Relation::Child]));
    for sibling in siblings {
        let items = &lives.get(sibling)?.person.items;
        if items.name_folded() == folded
            && items.birth_date().and_then(PartialDate::exact) == Some(birth.born)
        {
            return Err(Refusal::BirthRegistered);
        }
    }
    Ok(())
}

fn died(life: &Life) -> Option<PartialDate> {
    life.get(Item::DeathDate)?.parse().ok()
}

/// A death: marriages and guardianships end, the spouse is widowed, residences and papers end, a household is handed over.
pub fn death(lives: &mut Lives, pen: &Pen<'_>, person: PersonId, on: Date) -> Result<(), Refusal> {
    let life = lives.get(person)?;
    if !life.person.items.is_living() {
        return Err(Refusal::AlreadyDead);
    }
    life.must_live(on, pen)?;
    if acted_after(life, on) {
        return Err(Refusal::ActsAfterDeath);
    }
    let ending: Vec<Tie> =
        life.ties.on(on).filter(|s| s.value.relation.ends_with_death()).map(|s| s.value.clone()).collect();
    let is_missing = life.get(Item::MissingDate).is_some();
    for tie in ending {
        lives.untie(pen, person, tie.other, tie.id, on)?;
        if let (Relation::Spouse, Some(other)) = (tie.relation, tie.other) {
            lives.edit(other)?.set(pen, Item::MaritalStatus, Some(WIDOWED.to_owned()), Some(on))?;
        }
    }
    end_at(lives, pen, person, on)?;
    let life = lives.edit(person)?;
    life.papers.cut(pen, Days::since(Some(on)), |_| true);
    if is_missing {
        life.set(pen, Item::MissingDate, None, Some(on))?;
    }
    life.set(pen, Item::DeathDate, Some(PartialDate::full(on).to_string()), Some(on))
}

/// Who was declared dead, or registered as dead, lives: a court's decision (Civil Code Art. 73), or the entry was wrong. The
/// death was never so. A marriage that it ended is restored from its first day, unless the spouse has married again
/// (Law on Marriage and Family Art. 67). Residence, papers and guardianships are registered anew.
pub fn annul_death(lives: &mut Lives, pen: &Pen<'_>, person: PersonId, on: Date) -> Result<(), Refusal> {
    let life = lives.get(person)?;
    let died = died(life).ok_or(Refusal::NotDead)?;
    if on > pen.today() {
        return Err(Refusal::InFuture);
    }
    if on < died.earliest() {
        return Err(Refusal::BeforeStart);
    }
    // Ended by this death, not by a divorce of the same day; a load names no event.
    let by = life.person.mark(Item::DeathDate).event;
    let ended = |s: &&Span<Tie>| {
        s.value.relation == Relation::Spouse
            && s.days.to == Some(died.earliest())
            && s.value.ended_by.is_none_or(|event| event == by)
    };
    let marriage = life.ties.iter().find(ended).cloned();
    let was_married = life.get(Item::MaritalStatus) == Some(MARRIED);
    lives.edit(person)?.correct(pen, Item::DeathDate, None, None);
    let again = match &marriage {
        Some(marriage) => restore(lives, pen, person, marriage, died.earliest())?,
        None => None,
    };
    if was_married && again != Some(MARRIED) {
        // Of a marriage that the spouse's next one ended, neither "divorced" nor "widowed" is true.
        let since = Some(died.earliest());
        lives.edit(person)?.correct(pen, Item::MaritalStatus, again.map(str::to_owned), since);
    }
    Ok(())
}

/// A marriage that a death ended holds again, as long as the spouse lives. Answers what the person is by it; none where it
/// stays ended.
fn restore(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    marriage: &Span<Tie>,
    died: Date,
) -> Result<Option<&'static str>, Refusal> {
    let (mut until, mut ended_by) = (None, None);
    if let Some(spouse) = marriage.value.other {
        let spouse = lives.get(spouse)?;
        let since = Days::since(Some(died));
        let other = |s: &Span<Tie>| s.value.relation == Relation::Spouse && s.days.overlaps(since);
        if spouse.ties.iter().any(other) {
            return Ok(None);
        }
        until = self::died(spouse).map(PartialDate::earliest);
        ended_by = until.map(|_| spouse.person.mark(Item::DeathDate).event);
    }
    let days = Days { from: marriage.days.from, to: until };
    if until.is_some_and(|until| until <= died) {
        return Ok(Some(WIDOWED));
    }
    let id = pen.id();
    for end in std::iter::once(person).chain(marriage.value.other) {
        let life = lives.edit(end)?;
        let there = life.ties.iter().find(|s| s.value.id == marriage.value.id).map(|s| s.value.clone());
        life.ties.cut(pen, Days::ALWAYS, |s| s.value.id == marriage.value.id);
        if let Some(tie) = there {
            life.ties.add(pen, Tie { id, ended_by, ..tie }, days);
        }
        if end != person {
            life.correct(pen, Item::MaritalStatus, Some(MARRIED.to_owned()), Some(died));
        }
    }
    let Some(until) = until else { return Ok(Some(MARRIED)) };
    lives.edit(person)?.correct(pen, Item::MaritalStatus, Some(WIDOWED.to_owned()), Some(until));
    Ok(Some(MARRIED))
}

/// Whether the record has something done by the person after a day.
fn acted_after(life: &Life, day: Date) -> bool {
    let later = |days: Days| days.from.is_some_and(|from| from > day);
    let acts = life.ties.iter().any(|s| s.value.relation.ends_with_death() && later(s.days));
    let changed = Item::ALL.iter().any(|item| later(life.person.mark(*item).days()));
    acts || changed || life.residences.iter().any(|s| later(s.days))
}

/// A court declares somebody missing (Civil Code Art. 68). Their residence is deleted (Law on Residence Art. 24.1.a).
pub fn missing(lives: &mut Lives, pen: &Pen<'_>, person: PersonId, on: Date) -> Result<(), Refusal> {
    let life = lives.get(person)?;
    life.must_live(on, pen)?;
    if life.get(Item::MissingDate).is_some() {
        return Err(Refusal::AlreadyMissing);
    }
    end_at(lives, pen, person, on)?;
    lives.edit(person)?.set(pen, Item::MissingDate, Some(PartialDate::full(on).to_string()), Some(on))
}

/// Who was missing is back (Civil Code Art. 70). A divorce granted meanwhile stays; a residence is registered anew.
pub fn returned(lives: &mut Lives, pen: &Pen<'_>, person: PersonId, on: Date) -> Result<(), Refusal> {
    let life = lives.edit(person)?;
    life.must_live(on, pen)?;
    if life.get(Item::MissingDate).is_none() {
        return Err(Refusal::NotMissing);
    }
    life.set(pen, Item::MissingDate, None, Some(on))
}

/// Residences of every kind and absences end.
pub(super) fn end_at(lives: &mut Lives, pen: &Pen<'_>, person: PersonId, on: Date) -> Result<(), Refusal> {
    household::leave(lives, pen, person, on, |_: &Residence| true)?;
    lives.edit(person)?.absences.cut(pen, Days::since(Some(on)), |_| true);
    Ok(())
}
