//! `household_split`: some members found a household of their own at the same place (tách hộ).

use contracts::{Access, HouseholdId, PersonId, events::LifeKind};
use jiff::civil::Date;
use store::Tx;

use super::{
    lives::{self, Act, Basis},
    write::Writes,
};
use crate::{
    RegistryError,
    model::{
        Refusal,
        household::{self, Split},
        residence::{self, Kind},
    },
    policy::{Action, authorise},
    sql,
};

/// Who may split off at a time: the members of a household that are read.
const LEAVING_MAX: usize = 100;

/// Who splits off, the one of them who heads the new household, and whether the old head agrees.
#[derive(Clone)]
pub struct HouseholdSplit {
    pub members: Vec<PersonId>,
    pub head: PersonId,
    pub head_agrees: bool,
}

pub async fn household_split(
    tx: &mut Tx,
    access: &Access,
    wanted: &HouseholdSplit,
    on: Date,
    basis: &Basis,
) -> Result<HouseholdId, RegistryError> {
    let HouseholdSplit { members, head, head_agrees } = wanted;
    authorise(access, Action::Register, Some(*head))?;
    if members.len() > LEAVING_MAX {
        return Err(Refusal::NotOneHousehold.into());
    }
    let act = Act::new(tx, access, LifeKind::HouseholdSplit, "registry.household_split", on, basis)?;
    let mut lives = lives::load(tx, members.iter().copied().chain([*head])).await?;
    let households = residence::households(lives.get(*head)?.residences.spans());
    let others = lives::members(tx, &households, on).await?;
    lives::add(tx, &mut lives, others).await?;
    let home = residence::on(lives.get(*head)?.residences.spans(), Kind::Permanent, on);
    let home = home.ok_or(Refusal::NotOneHousehold)?.value.clone();
    let household = HouseholdId(tx.new_uuid());
    let split = Split { members, head: *head, household, head_agrees: *head_agrees };
    household::split(&mut lives, &act.pen(tx), &split, on)?;
    let mut writes = Writes::default();
    writes.add(
        sql::HOUSEHOLD_INSERT,
        vec![
            Box::new(household),
            Box::new(home.commune),
            Box::new(home.address),
            Box::new(act.event()),
            Box::new(tx.now()),
        ],
    );
    act.write_with(tx, &lives, members, writes).await?;
    Ok(household)
}
