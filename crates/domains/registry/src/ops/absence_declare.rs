//! `absence_declare`: somebody leaves the commune of their residence for a while (khai báo tạm vắng).

use contracts::{Access, PersonId, events::LifeKind};
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::{
        residence::{self, Leaving},
        rules,
    },
    policy::{Action, authorise},
};

pub async fn absence_declare(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    leaving: &Leaving,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Register, Some(person))?;
    let kind = LifeKind::TemporaryAbsence;
    let act = Act::new(tx, access, kind, "registry.absence_declare", leaving.from, basis)?;
    let destination = leaving.destination.as_deref().map(rules::line).transpose();
    let destination = destination.map_err(|broken| RegistryError::Invalid(vec![broken.at("destination")]))?;
    let leaving = Leaving { destination, ..*leaving };
    let mut lives = lives::load(tx, [person]).await?;
    residence::declare_absence(&mut lives, &act.pen(tx), person, &leaving)?;
    act.write(tx, &lives, &[person]).await
}
