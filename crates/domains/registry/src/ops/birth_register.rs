//! `birth_register`: a child enters the record, with its number, its parents, and where it lives.

use base::{FieldFault, PersonalNumber, Sex};
use contracts::{Access, CommuneCode, PersonId, events::LifeKind, ports::Nation};
use jiff::civil::Date;
use store::Tx;

use super::{
    lives::{self, Act, Basis},
    numbers,
};
use crate::{
    RegistryError,
    duplicates::ops::notice_birth,
    model::{
        Item, Refusal, Relation, Relative,
        number::Series,
        residence, rules,
        vital::{self, Birth, Parent},
    },
    policy::{Action, authorise},
};

/// What a birth registration tells (NĐ 58/2026 Art. 5.6).
#[derive(Clone)]
pub struct NewBirth {
    pub name: String,
    pub birth_date: Date,
    pub sex: Sex,
    pub birth_place: CommuneCode,
    pub registered_in: CommuneCode,
    pub home_town: CommuneCode,
    pub ethnicity: String,
    pub nationality: String,
    pub mother: Option<Parent>,
    pub father: Option<Parent>,
    /// The parent in whose household the child is registered with its birth.
    pub lives_with: Option<PersonId>,
}

/// The child that entered the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Born {
    pub person: PersonId,
    pub number: PersonalNumber,
}

pub async fn birth_register(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    new: &NewBirth,
    basis: &Basis,
) -> Result<Born, RegistryError> {
    authorise(access, Action::Act, None)?;
    let act = Act::new(tx, access, LifeKind::Birth, "registry.birth_register", new.birth_date, basis)?;
    let (name, items, parents) = check(new, nation)?;
    let [mother, father] = parents;
    let place = nation.number_prefix(new.registered_in.as_str()).ok_or(Refusal::NoPrefix)?;

    let known: Vec<PersonId> = [&mother, &father].into_iter().filter_map(person).collect();
    let mut lives = lives::load(tx, known.iter().copied().chain(new.lives_with)).await?;
    let mut siblings = Vec::new();
    for parent in &known {
        siblings.extend(lives.get(*parent)?.ever(&[Relation::Child]));
    }
    lives::add(tx, &mut lives, siblings).await?;

    let child = PersonId(tx.new_uuid());
    let (born, sex) = (new.birth_date, new.sex);
    let mut birth = Birth { child, name, born, sex, items, mother, father, number: String::new() };
    vital::may_be_born(&lives, &act.pen(tx), &birth)?;
    if new.lives_with.is_some_and(|parent| !known.contains(&parent)) {
        return Err(RegistryError::Invalid(vec![
            FieldFault::new("lives_with", rules::CHOICE).with("choices", "mother, father"),
        ]));
    }
    let series = Series { place, sex, year: born.year() };
    let number = numbers::claim(tx, series, child).await?;
    birth.number = number.to_string();
    let pen = act.pen(tx);
    vital::birth(&mut lives, &pen, &birth)?;
    if let Some(parent) = new.lives_with {
        residence::begin_at(&mut lives, &pen, child, parent)?;
    }
    act.write(tx, &lives, &[child]).await?;
    notice_birth(tx, access, nation, &lives, child).await?;
    Ok(Born { person: child, number })
}

fn person(parent: &Option<Parent>) -> Option<PersonId> {
    match parent {
        Some(Parent::Person(id)) => Some(*id),
        _ => None,
    }
}

type Checked = (String, Vec<(Item, String)>, [Option<Parent>; 2]);

/// Name, items and parents in stored form.
fn check(new: &NewBirth, nation: &dyn Nation) -> Result<Checked, RegistryError> {
    let mut faults = Vec::new();
    let name = rules::name(&new.name).map_err(|broken| faults.push(broken.at("name")));
    let mut items = Vec::new();
    let places = [
        (Item::BirthPlace, "birth_place", &new.birth_place),
        (Item::BirthRegistrationPlace, "registered_in", &new.registered_in),
        (Item::HomeTown, "home_town", &new.home_town),
    ];
    for (item, field, place) in places {
        match rules::place(place.as_str(), nation) {
            Ok(value) => items.push((item, value)),
            Err(broken) => faults.push(broken.at(field)),
        }
    }
    for (item, checked) in [
        (Item::Ethnicity, rules::ethnicity(&new.ethnicity)),
        (Item::Nationality, rules::nationality(&new.nationality)),
    ] {
        match checked {
            Ok(value) => items.push((item, value)),
            Err(broken) => faults.push(broken.at(item.key())),
        }
    }
    let parents = [("mother", &new.mother), ("father", &new.father)].map(|(field, parent)| match parent {
        Some(Parent::Named(named)) => {
            relative(named).map(Parent::Named).map_err(|fault| faults.push(fault.at(field))).ok()
        }
        other => other.clone(),
    });
    match (faults.is_empty(), name) {
        (true, Ok(name)) => Ok((name.as_str().to_owned(), items, parents)),
        _ => Err(RegistryError::Invalid(faults)),
    }
}

/// A relative who is not in the register, in stored form.
fn relative(named: &Relative) -> Result<Relative, rules::Broken> {
    let name = named.name.as_deref().ok_or(rules::Broken::new(rules::NAME_MISSING))?;
    Ok(Relative {
        name: Some(rules::name(name)?.as_str().to_owned()),
        number: named.number.as_deref().map(rules::key).transpose()?,
        old_number: named.old_number.as_deref().map(rules::old_number).transpose()?,
        nationality: named.nationality.as_deref().map(rules::nationality).transpose()?,
    })
}
