//! `contact_verify`: a person showed that a telephone number or e-mail address of the record is theirs.

use contracts::{Access, PersonId, events::LifeKind};
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::{Item, status},
    policy::{Action, authorise},
};

/// `contact` is [`Item::Phone`] or [`Item::Email`]; `value` is what was shown to be theirs.
pub async fn contact_verify(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    contact: Item,
    value: &str,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Act, Some(person))?;
    let today = base::vietnam_date(tx.now());
    let act = Act::new(tx, access, LifeKind::ContactVerified, "registry.contact_verify", today, basis)?;
    let mut lives = lives::load(tx, [person]).await?;
    status::verify_contact(&mut lives, &act.pen(tx), person, contact, value)?;
    act.write(tx, &lives, &[person]).await
}
