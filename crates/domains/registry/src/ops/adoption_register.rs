//! `adoption_register`: a child gets one adoptive parent, or two who are married to each other.

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::{
        Kinship,
        family::{self, Adoption},
    },
    policy::{Action, authorise},
};

pub async fn adoption_register(
    tx: &mut Tx,
    access: &Access,
    child: PersonId,
    parents: &[PersonId],
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(child))?;
    let act = Act::new(tx, access, LifeKind::Adoption, "registry.adoption_register", on, basis)?;
    let people: Vec<PersonId> = std::iter::once(child).chain(parents.iter().copied()).collect();
    let mut lives = lives::load(tx, people.iter().copied()).await?;
    let edges = lives::edges(tx, &people).await?;
    let families: Vec<Kinship> = parents.iter().map(|parent| Kinship::of(*parent, &edges)).collect();
    let child_family = &Kinship::of(child, &edges);
    let adoption = Adoption { child, parents, child_family, families: &families };
    family::adopt(&mut lives, &act.pen(tx), &adoption, on)?;
    act.write(tx, &lives, &people).await
}
