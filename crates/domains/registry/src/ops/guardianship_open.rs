//! `guardianship_open`: somebody who cannot act for themselves gets a legal representative (người giám hộ).

use contracts::{Access, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::{
        Relation,
        family::{self, Guardianship},
    },
    policy::{Action, authorise},
};

pub async fn guardianship_open(
    tx: &mut Tx,
    access: &Access,
    guardianship: &Guardianship,
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    let people = [guardianship.guardian, guardianship.ward];
    authorise(access, Action::Act, Some(guardianship.ward))?;
    let kind = LifeKind::GuardianshipOpened;
    let act = Act::new(tx, access, kind, "registry.guardianship_open", on, basis)?;
    let mut lives = lives::load(tx, people).await?;
    let parents = [Relation::Father, Relation::Mother, Relation::AdoptiveFather, Relation::AdoptiveMother];
    let parents: Vec<_> = lives.get(guardianship.ward)?.ever(&parents).collect();
    lives::add(tx, &mut lives, parents).await?;
    family::guard(&mut lives, &act.pen(tx), guardianship, on)?;
    act.write(tx, &lives, &people).await
}
