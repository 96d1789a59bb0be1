//! Marriage, divorce, adoption, guardianship: ties that an act makes, ends or annuls, and what the law asks of them.

use base::{PartialDate, Sex};
use contracts::PersonId;
use jiff::civil::Date;
use uuid::Uuid;

use super::{
    Item, Kinship, Life, Lives, Pen, Refusal, Relation, Relative, Span,
    law::{
        ADOPTED_BELOW_AGE, ADOPTED_BY_KIN_BELOW_AGE, ADOPTER_OLDER_YEARS, ADULT_AGE, MARRIAGE_AGE_MEN,
        MARRIAGE_AGE_WOMEN,
    },
    span::Days,
    tie::Tie,
    vital::MARRIED,
};

/// Two people and how near they are to whom.
pub struct Couple<'a> {
    pub one: PersonId,
    pub other: PersonId,
    pub families: (&'a Kinship, &'a Kinship),
}

/// Law on Marriage and Family 52/2014/QH13 Art. 5.2 and 8: of age, a man and a woman, both free, not near kin.
pub fn marry(lives: &mut Lives, pen: &Pen<'_>, couple: &Couple<'_>, on: Date) -> Result<(), Refusal> {
    let Couple { one, other, families: (family, others_family) } = *couple;
    if one == other {
        return Err(Refusal::SamePerson);
    }
    let (a, b) = (lives.get(one)?, lives.get(other)?);
    for life in [a, b] {
        free_to_marry(life, pen, on)?;
    }
    if a.person.items.sex() == b.person.items.sex() {
        return Err(Refusal::SameSex);
    }
    if family.forbids_marriage(others_family, one, other) {
        return Err(Refusal::CloseKin);
    }
    for person in [one, other] {
        lives.edit(person)?.set(pen, Item::MaritalStatus, Some(MARRIED.to_owned()), Some(on))?;
    }
    lives.tie(pen, one, Relation::Spouse, other, Relation::Spouse, Some(on))
}

/// Present, of age and not married from a day on.
fn free_to_marry(life: &Life, pen: &Pen<'_>, on: Date) -> Result<(), Refusal> {
    life.must_act(on, pen)?;
    if !life.is_aged(marriage_age(life.person.items.sex()), on) {
        return Err(Refusal::TooYoungToMarry);
    }
    let since = Days::since(Some(on));
    if life.ties.iter().any(|s| s.value.relation == Relation::Spouse && s.days.overlaps(since)) {
        return Err(Refusal::AlreadyMarried);
    }
    Ok(())
}

fn marriage_age(sex: Option<Sex>) -> i16 {
    match sex {
        Some(Sex::Female) => MARRIAGE_AGE_WOMEN,
        _ => MARRIAGE_AGE_MEN,
    }
}

/// Somebody who is not in the register, as their own papers show them: a foreigner, mostly.
pub struct Outsider {
    pub relative: Relative,
    pub sex: Sex,
    pub born: PartialDate,
}

/// A marriage with somebody outside the register: before an authority of Vietnam both keep its conditions (Law on Marriage
/// and Family Art. 126). Whether they are kin or married elsewhere their papers say, which the record does not hold.
pub fn marry_outside(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    outsider: &Outsider,
    on: Date,
) -> Result<(), Refusal> {
    let life = lives.edit(person)?;
    free_to_marry(life, pen, on)?;
    if outsider.born.age_on(on) < marriage_age(Some(outsider.sex)) {
        return Err(Refusal::TooYoungToMarry);
    }
    if life.person.items.sex() == Some(outsider.sex) {
        return Err(Refusal::SameSex);
    }
    life.set(pen, Item::MaritalStatus, Some(MARRIED.to_owned()), Some(on))?;
    lives.tie_outside(pen, person, Relation::Spouse, outsider.relative.clone(), Some(on))
}

/// A court annuls a marriage that was against the law (Law on Marriage and Family Art. 10–12): it never was, and both are
/// what they were before it. Their children's ties stay. `other` as in [`divorce`]; `on` is the day of the judgement.
pub fn annul(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    other: Option<PersonId>,
    on: Date,
) -> Result<(), Refusal> {
    let life = lives.get(person)?;
    life.must_live(on, pen)?;
    let tie = present(life, Relation::Spouse, other).ok_or(Refusal::NotMarried)?;
    if tie.days.from.is_some_and(|from| from > on) {
        return Err(Refusal::BeforeStart);
    }
    let (id, from) = (tie.value.id, tie.days.from);
    let eve = from.and_then(|from| from.yesterday().ok());
    for person in std::iter::once(person).chain(other) {
        let life = lives.edit(person)?;
        let was = eve.and_then(|eve| life.held_on(Item::MaritalStatus, eve));
        // Who was still married on the eve had that marriage end on the day itself; how, another act said.
        let was = was.filter(|was| *was != MARRIED).map(str::to_owned);
        life.correct(pen, Item::MaritalStatus, was, from);
        life.ties.cut(pen, Days::ALWAYS, |s| s.value.id == id);
    }
    Ok(())
}

/// A court's divorce, also from somebody missing (Art. 56.2) or not in the register (`other` none).
pub fn divorce(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    other: Option<PersonId>,
    on: Date,
) -> Result<(), Refusal> {
    let life = lives.get(person)?;
    life.must_live(on, pen)?;
    let tie = present(life, Relation::Spouse, other).ok_or(Refusal::NotMarried)?;
    if tie.days.from.is_some_and(|from| from >= on) {
        return Err(Refusal::BeforeStart);
    }
    let id = tie.value.id;
    for person in std::iter::once(person).chain(other) {
        lives.edit(person)?.set(pen, Item::MaritalStatus, Some("divorced".to_owned()), Some(on))?;
    }
    lives.untie(pen, person, other, id, on)
}

/// A tie that has no last day yet.
fn present(life: &Life, relation: Relation, other: Option<PersonId>) -> Option<&Span<Tie>> {
    life.ties.iter().find(|s| s.value.relation == relation && s.value.other == other && s.days.to.is_none())
}

/// A child and who adopts it: one person, or two who are married to each other (Law on Adoption Art. 8.3).
pub struct Adoption<'a> {
    pub child: PersonId,
    pub parents: &'a [PersonId],
    pub child_family: &'a Kinship,
    pub families: &'a [Kinship],
}

/// Law on Adoption 52/2010/QH12 Art. 8, 13, 14. The tie to the parents by birth stays in the record.
pub fn adopt(lives: &mut Lives, pen: &Pen<'_>, adoption: &Adoption<'_>, on: Date) -> Result<(), Refusal> {
    let Adoption { child: id, parents, child_family, families } = *adoption;
    let child = lives.get(id)?;
    child.must_live(on, pen)?;
    if parents.contains(&id) {
        return Err(Refusal::SamePerson);
    }
    let adoptive = [Relation::AdoptiveFather, Relation::AdoptiveMother];
    let since = Days::since(Some(on));
    if child.ties.iter().any(|s| adoptive.contains(&s.value.relation) && s.days.overlaps(since)) {
        return Err(Refusal::AlreadyAdopted);
    }
    match parents {
        [_] => {}
        [one, other] => {
            let spouse = |s: &Span<Tie>| s.value.other == Some(*other);
            if !lives.get(*one)?.ties_on(Relation::Spouse, on).any(spouse) {
                return Err(Refusal::AdoptersNotMarried);
            }
        }
        _ => return Err(Refusal::AdoptersNotMarried),
    }
    let mut by_kin = false;
    for (parent, family) in parents.iter().zip(families) {
        let life = lives.get(*parent)?;
        life.must_act(on, pen)?;
        if !life.is_aged(ADULT_AGE, on) {
            return Err(Refusal::AdopterNotAdult);
        }
        let kin = child_family.is_parent(*parent) || child_family.is_grandparent(*parent);
        if kin || child_family.is_sibling(family) {
            return Err(Refusal::AdopterIsKin);
        }
        let near = child_family.is_step_parent(family) || child_family.is_aunt_or_uncle(family);
        by_kin |= near;
        if !near && !is_older(life, child, ADOPTER_OLDER_YEARS) {
            return Err(Refusal::AdopterTooYoung);
        }
    }
    let below = if by_kin { ADOPTED_BY_KIN_BELOW_AGE } else { ADOPTED_BELOW_AGE };
    if child.is_aged(below, on) {
        return Err(Refusal::AdoptedTooOld);
    }
    for parent in parents {
        let relation = match lives.get(*parent)?.person.items.sex() {
            Some(Sex::Female) => Relation::AdoptiveMother,
            _ => Relation::AdoptiveFather,
        };
        lives.tie(pen, id, relation, *parent, Relation::AdoptedChild, Some(on))?;
    }
    Ok(())
}

/// A court ends an adoption (Law on Adoption Art. 25–27), by one adoptive parent or both. The child's ties by birth were never
/// gone; whether they take their name back is a change of its own.
pub fn end_adoption(
    lives: &mut Lives,
    pen: &Pen<'_>,
    child: PersonId,
    parents: &[PersonId],
    on: Date,
) -> Result<(), Refusal> {
    let life = lives.get(child)?;
    life.must_live(on, pen)?;
    let mut ending = Vec::with_capacity(parents.len());
    for parent in parents {
        let adoptive = [Relation::AdoptiveFather, Relation::AdoptiveMother].into_iter();
        let mut ties = adoptive.filter_map(|relation| present(life, relation, Some(*parent)));
        let tie = ties.next().ok_or(Refusal::NotAdopted)?;
        if tie.days.from.is_some_and(|from| from >= on) {
            return Err(Refusal::BeforeStart);
        }
        ending.push((*parent, tie.value.id));
    }
    if ending.is_empty() {
        return Err(Refusal::NotAdopted);
    }
    ending.into_iter().try_for_each(|(parent, tie)| lives.untie(pen, child, Some(parent), tie, on))
}

/// Whether one was born at least so many years before another, whatever days their papers leave open.
fn is_older(one: &Life, other: &Life, years: i16) -> bool {
    match (one.person.items.birth_date(), other.person.items.birth_date()) {
        (Some(elder), Some(younger)) => elder.age_on(younger.earliest()) >= years,
        _ => false,
    }
}

/// A guardian for a minor without parents who could care, or for an adult without capacity.
pub struct Guardianship {
    pub guardian: PersonId,
    pub ward: PersonId,
    /// Parents live and cannot care, as a document says (Civil Code Art. 47.1.b).
    pub parents_unable: bool,
}

/// Civil Code 91/2015/QH13 Art. 47–49.
pub fn guard(lives: &mut Lives, pen: &Pen<'_>, act: &Guardianship, on: Date) -> Result<(), Refusal> {
    let Guardianship { guardian, ward, parents_unable } = *act;
    if guardian == ward {
        return Err(Refusal::SamePerson);
    }
    let (keeper, kept) = (lives.get(guardian)?, lives.get(ward)?);
    kept.must_live(on, pen)?;
    keeper.must_act(on, pen)?;
    let since = Days::since(Some(on));
    let kept_by_other = |life: &Life| {
        life.ties.iter().any(|s| s.value.relation == Relation::Guardian && s.days.overlaps(since))
    };
    if kept_by_other(kept) {
        return Err(Refusal::WardHasGuardian);
    }
    // Who has a guardian has not the full capacity that a guardian needs (Art. 49.1).
    if !keeper.is_aged(ADULT_AGE, on) || kept_by_other(keeper) {
        return Err(Refusal::GuardianNotAdult);
    }
    if !kept.is_aged(ADULT_AGE, on) && !parents_unable {
        let parents =
            [Relation::Father, Relation::Mother, Relation::AdoptiveFather, Relation::AdoptiveMother];
        for parent in kept.ever(&parents) {
            let parent = lives.get(parent)?;
            if parent.person.items.is_living() && parent.get(Item::MissingDate).is_none() {
                return Err(Refusal::WardHasParents);
            }
        }
    }
    lives.tie(pen, ward, Relation::Guardian, guardian, Relation::Ward, Some(on))
}

/// A guardianship ends while both live (Civil Code Art. 62).
pub fn release(
    lives: &mut Lives,
    pen: &Pen<'_>,
    guardian: PersonId,
    ward: PersonId,
    on: Date,
) -> Result<(), Refusal> {
    let life = lives.get(ward)?;
    life.must_live(on, pen)?;
    let tie = present(life, Relation::Guardian, Some(guardian)).ok_or(Refusal::NotGuardian)?;
    if tie.days.from.is_some_and(|from| from >= on) {
        return Err(Refusal::BeforeStart);
    }
    let id: Uuid = tie.value.id;
    lives.untie(pen, ward, Some(guardian), id, on)
}
