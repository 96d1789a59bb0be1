//! `marriage_outside`: a person of the register marries somebody who is not in it.

use base::{FieldFault, PartialDate, Sex};
use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::{
        Relative,
        family::{self, Outsider},
        rules,
    },
    policy::{Action, authorise},
};

/// The other one, by the papers that they showed. Who has a personal number is in the register and marries as such.
#[derive(Clone)]
pub struct OutsideSpouse {
    pub name: String,
    pub nationality: String,
    pub sex: Sex,
    pub birth_date: PartialDate,
}

pub async fn marriage_outside(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    spouse: &OutsideSpouse,
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(person))?;
    let relative = check(spouse)?;
    let act = Act::new(tx, access, LifeKind::Marriage, "registry.marriage_register", on, basis)?;
    let mut lives = lives::load(tx, [person]).await?;
    let outsider = Outsider { relative, sex: spouse.sex, born: spouse.birth_date };
    family::marry_outside(&mut lives, &act.pen(tx), person, &outsider, on)?;
    act.write(tx, &lives, &[person]).await
}

/// Name and nationality in stored form.
fn check(spouse: &OutsideSpouse) -> Result<Relative, RegistryError> {
    let mut faults: Vec<FieldFault> = Vec::new();
    let name = rules::name(&spouse.name).map(|name| name.as_str().to_owned());
    let name = name.map_err(|broken| faults.push(broken.at("name"))).ok();
    let nationality = rules::nationality(&spouse.nationality);
    let nationality = nationality.map_err(|broken| faults.push(broken.at("nationality"))).ok();
    if faults.is_empty() {
        Ok(Relative { name, nationality, ..Relative::default() })
    } else {
        Err(RegistryError::Invalid(faults))
    }
}
