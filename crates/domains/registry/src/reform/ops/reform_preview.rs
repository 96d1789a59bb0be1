//! `reform_preview`: what a reform would do, in numbers for each old and new unit, with the addresses that no rule decides.
//! Writes nothing to the record; the addresses are personal data, so looking at them leaves an entry in the log.

use std::collections::BTreeMap;

use contracts::Access;
use store::{RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{batch, homes, operator};
use crate::reform::{Fate, Reform, ReformError, plan::Turn, sql};

/// Residences of divided units that are read at a time.
const READ: usize = 10_000;
/// Units that one statement counts, so that it ends in time where they are full.
const COUNTED_UNITS: usize = 200;
/// Different undecided addresses that are named; the others are only counted.
const ADDRESSES_MAX: usize = 200;

/// What a reform would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Old units with people, by code.
    pub units: Vec<PreviewUnit>,
    /// Addresses that no rule decides, with old unit and number of residences; the first few.
    pub addresses: Vec<(String, String, u64)>,
}

/// What would become of the residences in one old unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreviewUnit {
    pub unit: String,
    /// By new unit; one that keeps its code is among them.
    pub to: BTreeMap<String, u64>,
    pub undecided: u64,
}

impl Preview {
    /// Residences that each new unit would get.
    pub fn by_target(&self) -> BTreeMap<&str, u64> {
        let mut by_target: BTreeMap<&str, u64> = BTreeMap::new();
        for (to, n) in self.units.iter().flat_map(|u| &u.to) {
            *by_target.entry(to).or_default() += n;
        }
        by_target
    }

    pub fn undecided(&self) -> u64 {
        self.units.iter().map(|u| u.undecided).sum()
    }
}

pub async fn reform_preview(tx: &mut Tx, access: &Access, reform: &Reform) -> Result<Preview, ReformError> {
    operator(access)?;
    batch::by_keys(tx).await?;
    let (mut units, mut addresses) = (BTreeMap::new(), BTreeMap::new());
    whole(tx, reform, &mut units).await?;
    divided(tx, reform, &mut units, &mut addresses).await?;
    tx.audit(access.entry("registry.reform_preview").fields(["residence"]).done());
    Ok(Preview {
        units: units.into_values().collect(),
        addresses: addresses.into_iter().map(|((unit, address), n)| (unit, address, n)).collect(),
    })
}

type Units = BTreeMap<String, PreviewUnit>;

fn unit<'a>(units: &'a mut Units, code: &str) -> &'a mut PreviewUnit {
    let new = || PreviewUnit { unit: code.to_owned(), ..PreviewUnit::default() };
    units.entry(code.to_owned()).or_insert_with(new)
}

/// Units that went whole into one: their registrations are only counted.
async fn whole(tx: &Tx, reform: &Reform, units: &mut Units) -> Result<(), StoreError> {
    let whole: Vec<&str> = of(reform, |fate| matches!(fate, Fate::Whole(_)));
    for some in whole.chunks(COUNTED_UNITS) {
        for row in tx.query(sql::HOMES_COUNT, &[&some, &reform.in_force]).await? {
            let (code, people): (String, i64) = (row.col("commune")?, row.col("people")?);
            // Who came on the day or later to a code that goes on came to the new unit.
            let came_to_new = row.col("came_later")? && reform.targets.contains(&code);
            if let Some(Fate::Whole(to)) = reform.units.get(&code).filter(|_| !came_to_new) {
                *unit(units, &code).to.entry(to.clone()).or_default() += u64::try_from(people).unwrap_or(0);
            }
        }
    }
    Ok(())
}

/// Divided units: the address of each registration is read.
async fn divided(
    tx: &Tx,
    reform: &Reform,
    units: &mut Units,
    addresses: &mut BTreeMap<(String, String), u64>,
) -> Result<(), StoreError> {
    let divided: Vec<&str> = of(reform, |fate| matches!(fate, Fate::Parts(_)));
    let mut at = None;
    loop {
        let read = homes::read(tx, &divided, reform.in_force, Uuid::nil(), at.as_ref(), READ).await?;
        for home in read.homes {
            let to = match home.turn(reform) {
                None => continue,
                Some(Turn::Stays) => home.unit.as_str(),
                Some(Turn::Moves(to)) => to,
                Some(Turn::Undecided) => {
                    unit(units, &home.unit).undecided += 1;
                    // The first few only: a whole district's addresses are no list that anybody reads.
                    let key = (home.unit, home.address);
                    if addresses.len() < ADDRESSES_MAX || addresses.contains_key(&key) {
                        *addresses.entry(key).or_default() += 1;
                    }
                    continue;
                }
            };
            *unit(units, &home.unit).to.entry(to.to_owned()).or_default() += 1;
        }
        at = read.at;
        if at.is_none() {
            return Ok(());
        }
    }
}

fn of(reform: &Reform, kind: impl Fn(&Fate) -> bool) -> Vec<&str> {
    reform.units.iter().filter(|(_, fate)| kind(fate)).map(|(code, _)| code.as_str()).collect()
}
