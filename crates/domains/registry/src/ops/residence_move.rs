//! `residence_move`: a person gets a permanent or temporary residence, in somebody's household or in one of their own.

use base::{FieldFault, vietnam_date};
use contracts::{
    Access, CommuneCode, HouseholdId, PersonId,
    events::LifeKind,
    ports::{Nation, ResidenceKind},
};
use futures::future::join;
use jiff::civil::Date;
use store::Tx;

use super::{
    lives::{self, Act, Basis},
    read,
    write::Writes,
};
use crate::{
    RegistryError,
    model::{
        residence::{self, HEAD, Home, Registration},
        rules,
    },
    policy::{Action, authorise},
    sql,
};

/// A residence to be registered.
#[derive(Clone)]
pub struct Move {
    pub person: PersonId,
    pub kind: ResidenceKind,
    pub commune: CommuneCode,
    /// House, street, hamlet.
    pub address: String,
    /// The householder whose household the person joins; none founds their own.
    pub householder: Option<PersonId>,
    /// Relation to the householder.
    pub relation: Option<String>,
    pub from: Date,
    /// Last day, for a temporary residence.
    pub until: Option<Date>,
}

pub async fn residence_move(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    change: &Move,
    basis: &Basis,
) -> Result<(), RegistryError> {
    authorise(access, Action::Register, Some(change.person))?;
    let address = check(change)?;
    if !nation.commune_in_force(change.commune.as_str(), vietnam_date(tx.now())) {
        return Err(RegistryError::CommuneNotInForce);
    }
    let kind = match change.kind {
        ResidenceKind::Permanent => LifeKind::PermanentResidence,
        ResidenceKind::Temporary => LifeKind::TemporaryResidence,
    };
    let act = Act::new(tx, access, kind, "registry.residence_register", change.from, basis)?;

    let mut lives = lives::with_household(tx, change.person, change.from).await?;
    let joined = match change.householder {
        Some(householder) => Some(household_of(tx, householder, change, &address).await?),
        None => None,
    };
    let mut writes = Writes::default();
    let home = match joined {
        Some(household) => {
            let relation = change.relation.clone().unwrap_or_else(|| "other".to_owned());
            Home { household, relation }
        }
        None => {
            let household = HouseholdId(tx.new_uuid());
            found(&mut writes, tx, household, change, &address, &act);
            Home { household, relation: HEAD.to_owned() }
        }
    };
    let new = Registration {
        kind: change.kind,
        commune: &change.commune,
        address: &address,
        from: change.from,
        until: change.until,
    };
    residence::register(&mut lives, &act.pen(tx), change.person, &new, home)?;
    act.write_with(tx, &lives, &[change.person], writes).await
}

/// The address in stored form.
fn check(change: &Move) -> Result<String, RegistryError> {
    let mut faults: Vec<FieldFault> = Vec::new();
    let address = rules::line(&change.address).unwrap_or_else(|broken| {
        faults.push(broken.at("address"));
        String::new()
    });
    if let Some(relation) = &change.relation
        && let Err(broken) = rules::word(relation)
    {
        faults.push(broken.at("relation"));
    }
    if faults.is_empty() { Ok(address) } else { Err(RegistryError::Invalid(faults)) }
}

async fn household_of(
    tx: &Tx,
    householder: PersonId,
    change: &Move,
    address: &str,
) -> Result<HouseholdId, RegistryError> {
    if householder == change.person {
        return Err(RegistryError::HouseholderIsSelf);
    }
    let (person, known) = join(read::person(tx, householder), read::residences(tx, householder)).await;
    if !person?.items.is_living() {
        return Err(RegistryError::NotHouseholder);
    }
    // On the day from which they share it: a family may found its household with a day that lies ahead.
    let day = change.from.max(vietnam_date(tx.now()));
    residence::household_of(&known?, &change.commune, address, day)
}

fn found(writes: &mut Writes, tx: &Tx, household: HouseholdId, change: &Move, address: &str, act: &Act<'_>) {
    writes.add(
        sql::HOUSEHOLD_INSERT,
        vec![
            Box::new(household),
            Box::new(change.commune.clone()),
            Box::new(address.to_owned()),
            Box::new(act.event()),
            Box::new(tx.now()),
        ],
    );
}
