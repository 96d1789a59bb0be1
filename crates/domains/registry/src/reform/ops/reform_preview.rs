//! `reform_preview`: what a reform would do, in numbers for each old and new unit, with the addresses that no rule decides.
//! Writes nothing to the record; the addresses are personal data, so looking at them leaves an entry in the log.

use std::collections::BTreeMap;

use contracts::Access;
use store::{RowExt, Tx};
use uuid::Uuid;

use super::operator;
use crate::{
    model::Days,
    reform::{Fate, Reform, ReformError, plan::Turn, sql},
};

/// Residences of a divided unit that are read at a time.
const READ: i64 = 10_000;
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
    let (mut preview, mut addresses) = (Preview::default(), BTreeMap::<(String, String), u64>::new());
    let mut whole: BTreeMap<&str, &str> = BTreeMap::new();
    for (from, fate) in &reform.units {
        match fate {
            Fate::Whole(to) => {
                whole.insert(from, to);
            }
            Fate::Parts(_) => {
                let unit = divided(tx, reform, from, &mut addresses).await?;
                preview.units.extend(Some(unit).filter(|u| u.undecided > 0 || !u.to.is_empty()));
            }
        }
    }
    let (units, targets): (Vec<&str>, Vec<&str>) =
        (whole.keys().copied().collect(), reform.targets().into_iter().collect());
    for row in tx.query(sql::CONCERNED_COUNT, &[&units, &reform.in_force, &targets]).await? {
        let (unit, people): (String, i64) = (row.col("commune")?, row.col("people")?);
        if let Some(to) = whole.get(unit.as_str()) {
            let to = BTreeMap::from([((*to).to_owned(), u64::try_from(people).unwrap_or(0))]);
            preview.units.push(PreviewUnit { unit, to, undecided: 0 });
        }
    }
    preview.units.sort_by(|a, b| a.unit.cmp(&b.unit));
    let named = addresses.into_iter().take(ADDRESSES_MAX);
    preview.addresses = named.map(|((unit, address), n)| (unit, address, n)).collect();
    tx.audit(access.entry("registry.reform_preview").fields(["residence"]).done());
    Ok(preview)
}

async fn divided(
    tx: &Tx,
    reform: &Reform,
    from: &str,
    addresses: &mut BTreeMap<(String, String), u64>,
) -> Result<PreviewUnit, ReformError> {
    let mut unit = PreviewUnit { unit: from.to_owned(), ..PreviewUnit::default() };
    let (mut person, mut residence) = (Uuid::nil(), Uuid::nil());
    loop {
        let rows = tx
            .query(sql::CONCERNED, &[&from, &reform.in_force, &person, &residence, &READ, &Uuid::nil()])
            .await?;
        let Some(last) = rows.last() else { return Ok(unit) };
        (person, residence) = (last.col("person_id")?, last.col("residence_id")?);
        for row in &rows {
            let address: String = row.col("address")?;
            let days = Days { from: row.col("valid_from")?, to: row.col("valid_to")? };
            match reform.turn(from, &address, days) {
                Turn::Stays => *unit.to.entry(from.to_owned()).or_default() += 1,
                Turn::Moves(to) => *unit.to.entry(to.to_owned()).or_default() += 1,
                Turn::Undecided => {
                    unit.undecided += 1;
                    // The first few only: a whole district's addresses are no list that anybody reads.
                    let key = (from.to_owned(), address);
                    if addresses.len() < ADDRESSES_MAX || addresses.contains_key(&key) {
                        *addresses.entry(key).or_default() += 1;
                    }
                }
            }
        }
    }
}
