//! `marriage_annul`: a court annuls a marriage that was against the law.

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::family,
    policy::{Action, authorise},
};

/// `other` is none where the spouse is not in the register.
pub async fn marriage_annul(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    other: Option<PersonId>,
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(person))?;
    let act = Act::new(tx, access, LifeKind::MarriageAnnulled, "registry.marriage_annul", on, basis)?;
    let about: Vec<PersonId> = std::iter::once(person).chain(other).collect();
    let mut lives = lives::load(tx, about.iter().copied()).await?;
    family::annul(&mut lives, &act.pen(tx), person, other, on)?;
    act.write(tx, &lives, &about).await
}
