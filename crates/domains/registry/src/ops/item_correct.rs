//! `item_correct`: an item gets another value, with reason and document. The old value stays as what was known before.

use base::{FieldFault, vietnam_date};
use contracts::{Access, PersonId, events::LifeKind, ports::Nation};
use jiff::civil::Date;
use store::Tx;

use super::lives::{self, Act, Basis};
use crate::{
    RegistryError,
    model::{Item, Source, rules},
    policy::{Action, authorise},
};

/// A new value for one item.
#[derive(Clone)]
pub struct ItemCorrection {
    pub person: PersonId,
    pub item: Item,
    /// None: the record should say nothing.
    pub value: Option<String>,
    /// First day of the new value. None: the value that holds now was wrong all along.
    pub since: Option<Date>,
    pub reason: String,
    pub document: Option<String>,
    pub source: Source,
}

pub async fn item_correct(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    correction: &ItemCorrection,
) -> Result<(), RegistryError> {
    let (person, item) = (correction.person, correction.item);
    authorise(access, Action::Correct, Some(person))?;
    let today = vietnam_date(tx.now());
    let value = check(correction, today, nation)?;
    let basis = Basis {
        source: correction.source,
        document: correction.document.clone(),
        reason: Some(correction.reason.clone()),
        dossier: None,
    };
    let on = correction.since.unwrap_or(today);
    let act = Act::new(tx, access, LifeKind::Correction, "registry.item_correct", on, &basis)?;

    let mut lives = lives::load(tx, [person]).await?;
    let life = lives.edit(person)?;
    if life.get(item) == value.as_deref() && correction.since.is_none() {
        return Err(RegistryError::NothingToCorrect);
    }
    life.correct(&act.pen(tx), item, value, correction.since);
    act.write(tx, &lives, &[person]).await
}

/// The value in stored form.
fn check(
    correction: &ItemCorrection,
    today: Date,
    nation: &dyn Nation,
) -> Result<Option<String>, RegistryError> {
    let item = correction.item;
    if !item.is_correctable() {
        return Err(RegistryError::NotCorrectable);
    }
    let mut faults = Vec::new();
    let value = correction.value.as_deref().and_then(|raw| {
        item.check(raw, today, nation).map_err(|broken| faults.push(broken.at(item.key()))).ok()
    });
    if correction.value.is_none() && item.is_required() {
        faults.push(FieldFault::new(item.key(), rules::REQUIRED));
    }
    if correction.since.is_some_and(|since| since > today) {
        faults.push(FieldFault::new("since", rules::DATE_IN_FUTURE));
    }
    if let Err(broken) = rules::line(&correction.reason) {
        faults.push(broken.at("reason"));
    }
    if faults.is_empty() { Ok(value) } else { Err(RegistryError::Invalid(faults)) }
}
