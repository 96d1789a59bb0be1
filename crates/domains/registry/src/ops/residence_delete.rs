//! `residence_delete`: a permanent or temporary registration is deleted (xóa đăng ký). A head hands the household over.

use contracts::{Access, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::residence::{self, Kind},
    policy::{Action, authorise},
};

pub async fn residence_delete(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    kind: Kind,
    on: Date,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Register, Some(person))?;
    let act = Act::new(tx, access, LifeKind::ResidenceDeleted, "registry.residence_delete", on, basis)?;
    let mut lives = lives::with_household(tx, person, on).await?;
    residence::delete(&mut lives, &act.pen(tx), person, kind, on)?;
    act.write(tx, &lives, &[person]).await
}
