//! `adoption_end`: a court ends an adoption, by one adoptive parent or by both.

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::family,
    policy::{Action, authorise},
};

pub async fn adoption_end(
    tx: &mut Tx,
    access: &Access,
    child: PersonId,
    parents: &[PersonId],
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(child))?;
    let act = Act::new(tx, access, LifeKind::AdoptionEnded, "registry.adoption_end", on, basis)?;
    let people: Vec<PersonId> = std::iter::once(child).chain(parents.iter().copied()).collect();
    let mut lives = lives::load(tx, people.iter().copied()).await?;
    family::end_adoption(&mut lives, &act.pen(tx), child, parents, on)?;
    act.write(tx, &lives, &people).await
}
