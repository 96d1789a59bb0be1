//! What somebody is before the law: number, nationality, name, sex, ethnicity, day of birth; and their papers and contacts.
//!
//! A *change* holds from its day on; what was so before stays true of then. An error is corrected instead
//! (`ops::item_correct`).

use base::PartialDate;
use contracts::PersonId;
use jiff::civil::Date;

use super::{
    Item, Life, Lives, Pen, Refusal, Relation,
    held::{Paper, Shared},
    span::Days,
    vital,
};

/// The nationality that this register is about.
pub const VIETNAM: &str = "VNM";
/// Items that the law lets change (Civil Code Art. 26–29, 36; Law on Civil Status Art. 26), apart from correcting them.
pub const CHANGEABLE: [Item; 6] =
    [Item::Name, Item::OtherName, Item::BirthDate, Item::Sex, Item::Ethnicity, Item::Religion];

/// A legal change of an item, from a day on.
pub fn change(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    item: Item,
    value: String,
    on: Date,
) -> Result<(), Refusal> {
    if !CHANGEABLE.contains(&item) {
        return Err(Refusal::NotChangeable);
    }
    let life = lives.get(person)?;
    life.must_live(on, pen)?;
    if life.get(item) == Some(value.as_str()) {
        return Err(Refusal::NothingChanges);
    }
    if item == Item::BirthDate
        && let Ok(born) = value.parse::<PartialDate>()
    {
        fits_family(lives, life, born)?;
    }
    if item == Item::Sex && life.ties_on(Relation::Spouse, on).next().is_some() {
        // The law knows no marriage of one sex (Law on Marriage and Family Art. 8.2).
        return Err(Refusal::SameSex);
    }
    lives.edit(person)?.set(pen, item, Some(value), Some(on))
}

/// Whether a person's day of birth fits those of parents and children.
pub fn fits(lives: &Lives, person: PersonId) -> Result<(), Refusal> {
    let life = lives.get(person)?;
    life.person.items.birth_date().map_or(Ok(()), |born| fits_family(lives, life, born))
}

/// Parents stay older than their children.
fn fits_family(lives: &Lives, life: &Life, born: PartialDate) -> Result<(), Refusal> {
    for parent in life.ever(&[Relation::Father, Relation::Mother]) {
        if lives.get(parent)?.person.items.birth_date().is_some_and(|p| p.earliest() >= born.latest()) {
            return Err(Refusal::ParentNotOlder);
        }
    }
    for child in life.ever(&[Relation::Child]) {
        if lives.get(child)?.person.items.birth_date().is_some_and(|c| c.latest() <= born.earliest()) {
            return Err(Refusal::ParentNotOlder);
        }
    }
    Ok(())
}

/// The number is cancelled; it leads to the person for ever and is never given again.
pub fn cancel_number(lives: &mut Lives, pen: &Pen<'_>, person: PersonId, on: Date) -> Result<(), Refusal> {
    let life = lives.edit(person)?;
    life.must_live(on, pen)?;
    if life.get(Item::Number).is_none() {
        return Err(Refusal::NoNumber);
    }
    life.set(pen, Item::Number, None, Some(on))
}

/// Whether a person can get a number; asked before one is claimed.
pub fn may_get_number(life: &Life, pen: &Pen<'_>) -> Result<(), Refusal> {
    life.must_live(pen.today(), pen)?;
    if life.get(Item::Number).is_some() { Err(Refusal::NumberInForce) } else { Ok(()) }
}

/// Somebody without a number gets one, the first or another (xác lập lại, Law on Identity Art. 24.1.e), from today.
pub fn give_number(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    number: String,
) -> Result<(), Refusal> {
    let life = lives.edit(person)?;
    may_get_number(life, pen)?;
    life.set(pen, Item::Number, Some(number), Some(pen.today()))
}

/// Vietnamese nationality ends: residence is deleted (Law on Residence Art. 24.1.d), identity papers are withdrawn (Law on
/// Identity Art. 29.1.a).
pub fn lose_nationality(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    other: Option<String>,
    on: Date,
) -> Result<(), Refusal> {
    let life = lives.get(person)?;
    life.must_live(on, pen)?;
    if life.get(Item::Nationality) != Some(VIETNAM) || other.as_deref() == Some(VIETNAM) {
        return Err(Refusal::NationalityNotHeld);
    }
    vital::end_at(lives, pen, person, on)?;
    let life = lives.edit(person)?;
    life.papers.cut(pen, Days::since(Some(on)), |_| true);
    life.set(pen, Item::Nationality, other, Some(on))
}

/// Vietnamese nationality is regained (Law on Nationality Art. 23); residence and papers are registered anew.
pub fn regain_nationality(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    on: Date,
) -> Result<(), Refusal> {
    let life = lives.edit(person)?;
    life.must_live(on, pen)?;
    if life.get(Item::Nationality) == Some(VIETNAM) {
        return Err(Refusal::NationalityHeld);
    }
    life.set(pen, Item::Nationality, Some(VIETNAM.to_owned()), Some(on))
}

/// Somebody showed today that a telephone number or e-mail address is theirs.
pub fn verify_contact(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    contact: Item,
    value: &str,
) -> Result<(), Refusal> {
    let verified = contact.verified_by().ok_or(Refusal::NotChangeable)?;
    let today = pen.today();
    let life = lives.edit(person)?;
    life.must_live(today, pen)?;
    if life.get(contact) != Some(value) {
        return Err(Refusal::ContactNotHeld);
    }
    life.set(pen, verified, Some(PartialDate::full(today).to_string()), Some(today))
}

/// An identity paper is issued; it takes the place of the one before.
pub fn issue_paper(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    paper: Paper,
    on: Date,
) -> Result<(), Refusal> {
    let life = lives.edit(person)?;
    life.must_live(on, pen)?;
    if paper.expires_on.is_some_and(|last| last < on) {
        return Err(Refusal::PaperDays);
    }
    let same = |p: &Paper| p.kind == paper.kind && p.number == paper.number;
    if life.papers.iter().any(|s| same(&s.value) && s.days.from == Some(on)) {
        return Err(Refusal::PaperHeld);
    }
    if life.papers.iter().any(|s| s.days.from.is_some_and(|from| from > on)) {
        return Err(Refusal::LaterChange);
    }
    let days = Days { from: Some(on), to: paper.expires_on.and_then(|last| last.tomorrow().ok()) };
    life.papers.cut(pen, Days::since(Some(on)), |_| true);
    life.papers.add(pen, paper, days);
    Ok(())
}

/// Another database tells something of the person; what it told before under this key ends.
pub fn share(
    lives: &mut Lives,
    pen: &Pen<'_>,
    person: PersonId,
    shared: Shared,
    on: Date,
) -> Result<(), Refusal> {
    let life = lives.edit(person)?;
    life.must_live(on, pen)?;
    if life.shared.iter().any(|s| s.value.key == shared.key && s.days.from.is_some_and(|from| from > on)) {
        return Err(Refusal::LaterChange);
    }
    life.shared.cut(pen, Days::since(Some(on)), |s| s.value.key == shared.key);
    life.shared.add(pen, shared, Days::since(Some(on)));
    Ok(())
}
