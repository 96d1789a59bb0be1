//! `nationality_change`: Vietnamese nationality is lost or regained.

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::{rules, status},
    policy::{Action, authorise},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NationalityChange {
    /// With the nationality that the person has now, where it is known.
    Lost {
        other: Option<String>,
    },
    Regained,
}

pub async fn nationality_change(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    change: &NationalityChange,
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(person))?;
    let kind = match change {
        NationalityChange::Lost { .. } => LifeKind::NationalityLost,
        NationalityChange::Regained => LifeKind::NationalityRegained,
    };
    let act = Act::new(tx, access, kind, "registry.nationality_change", on, basis)?;
    let mut lives = lives::with_household(tx, person, on).await?;
    let pen = act.pen(tx);
    match change {
        NationalityChange::Lost { other } => {
            let other = other.as_deref().map(rules::nationality).transpose();
            let other = other.map_err(|broken| RegistryError::Invalid(vec![broken.at("nationality")]))?;
            status::lose_nationality(&mut lives, &pen, person, other, on)?;
        }
        NationalityChange::Regained => status::regain_nationality(&mut lives, &pen, person, on)?,
    }
    act.write(tx, &lives, &[person]).await
}
