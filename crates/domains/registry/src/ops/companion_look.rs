//! `companion_look`: what the record says of a grown-up who comes along with a child: as what they speak for it, whether they
//! live, are there, and how old they are. Both see in their log that it was asked.

use base::vietnam_date;
use contracts::{Access, Companion, PersonId};
use futures::future::join3;
use store::{StoreError, Tx};

use super::read::KIN_MAX;
use crate::{
    RegistryError,
    duplicates::ops::person_resolve,
    model::{
        Item, Span, Tie,
        companion::{Who, acts_as},
    },
    policy::{Action, authorise},
    rows::{self, PersonRow},
    sql,
};

/// None: one of them is not on record.
pub async fn companion_look(
    tx: &mut Tx,
    access: &Access,
    child: PersonId,
    companion: PersonId,
) -> Result<Option<Companion>, RegistryError> {
    authorise(access, Action::Facts, Some(child))?;
    let (Some(child), Some(companion)) = (known(tx, child).await?, known(tx, companion).await?) else {
        return Ok(None);
    };
    let (row, theirs, childs) = join3(
        tx.query_opt(sql::PERSON, &[&companion]),
        tx.query(sql::KIN_NOW, &[&companion, &KIN_MAX]),
        tx.query(sql::KIN_NOW, &[&child, &KIN_MAX]),
    )
    .await;
    let Some(found) = row?.as_ref().map(PersonRow::read).transpose()? else { return Ok(None) };
    let (theirs, childs) = (ties(&theirs?)?, ties(&childs?)?);
    let today = vietnam_date(tx.now());
    let who = Who { person: companion, number: found.items.get(Item::Number), ties: &theirs };
    tx.audit(access.entry("registry.companion_look").about(child).fields(["kin"]).done());
    let asked = ["kin", Item::BirthDate.key(), Item::DeathDate.key(), Item::MissingDate.key()];
    tx.audit(access.entry("registry.companion_look").about(companion).fields(asked).done());
    Ok(Some(Companion {
        acts_as: acts_as(&childs, who, today),
        is_living: found.items.is_living(),
        is_missing: found.items.get(Item::MissingDate).is_some(),
        age: found.items.birth_date().map(|born| born.age_on(today)),
    }))
}

/// The record in force of somebody.
async fn known(tx: &Tx, person: PersonId) -> Result<Option<PersonId>, RegistryError> {
    match person_resolve(tx, person).await {
        Ok(person) => Ok(Some(person)),
        Err(RegistryError::NoSuchPerson) => Ok(None),
        Err(error) => Err(error),
    }
}

fn ties(rows: &[store::Row]) -> Result<Vec<Span<Tie>>, StoreError> {
    rows.iter().map(rows::tie).collect()
}
