//! `persons_compare`: whether some persons of the register are there twice. Done by the system with those whom the lot has
//! drawn; what officers should look at becomes a case.

use contracts::{Access, ports::Nation};
use store::Tx;
use uuid::Uuid;

use super::{
    notice,
    person_is_here::{Incoming, read, weighed_many},
};
use crate::{
    RegistryError,
    duplicates::{
        Use,
        policy::{Action, authorise},
        sql,
    },
};

/// Cases that one person of a sample can lead to.
const CASES_MAX: usize = 3;

/// How many persons were looked for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Compared {
    pub persons: i64,
    /// How many of them are there twice: the sum of their probabilities, of those above the lower threshold.
    pub doubled: f64,
}

pub async fn persons_compare(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    people: &[Uuid],
) -> Result<Compared, RegistryError> {
    authorise(access, Action::Ask)?;
    let (mut ids, mut looked_for) = (Vec::new(), Vec::new());
    for row in tx.query(sql::PERSONS, &[&people]).await? {
        let (person, facts) = read(&row, nation)?;
        ids.push(person);
        looked_for.push(Incoming::new(&facts, nation)?);
    }
    let found = weighed_many(tx, nation, &looked_for, Use::Sample).await?;
    let mut compared = Compared { persons: i64::try_from(ids.len()).unwrap_or(i64::MAX), doubled: 0.0 };
    for ((person, one), found) in ids.into_iter().zip(&looked_for).zip(found) {
        let others: Vec<_> = found.into_iter().filter(|candidate| candidate.person != person).collect();
        compared.doubled += others.iter().map(|c| c.probability).sum::<f64>().min(1.0);
        let commune = one.facts.commune.as_deref();
        for candidate in others.iter().take(CASES_MAX) {
            notice(tx, access, nation, person, candidate, Use::Sample, commune).await?;
        }
    }
    Ok(compared)
}
