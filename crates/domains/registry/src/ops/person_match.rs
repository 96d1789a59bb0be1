//! `person_match`: whether what somebody says of themselves is what the record says. Never which item differs.

use contracts::{Access, PersonId, ports::IdentityClaim};
use store::Tx;

use super::read;
use crate::{
    RegistryError,
    model::{Item, answer::Needs},
    policy::{Action, authorise},
};

/// Nothing beyond the person's own row is compared.
const NEEDS: Needs = Needs { residences: false, members: false };

pub async fn person_match(
    tx: &mut Tx,
    access: &Access,
    claim: &IdentityClaim,
) -> Result<Option<PersonId>, RegistryError> {
    authorise(access, Action::Facts, None)?;
    let loaded = read::by_number(tx, &claim.number, NEEDS).await?;
    let compared = [Item::Number, Item::Name, Item::BirthDate].map(Item::key);
    let entry = access.entry("registry.person_match").fields(compared);
    let Some(loaded) = loaded else {
        tx.audit(entry.done());
        return Ok(None);
    };
    let person = loaded.person;
    // A miss is logged with the person as well: they see that somebody tried.
    tx.audit(entry.about(person.id).done());
    // A cancelled number still leads to the person, but nobody identifies with it any more.
    let matches =
        person.items.number() == Some(claim.number) && person.items.matches(&claim.name, claim.birth_date);
    Ok(matches.then_some(person.id))
}
