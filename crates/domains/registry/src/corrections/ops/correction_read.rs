//! `correction_read`: one request with its timeline and with what the record says of the item; for the person, and for the
//! officers of the agency that decides.

use base::vietnam_date;
use contracts::{Access, PersonId};
use store::Tx;
use uuid::Uuid;

use super::load;
use crate::{
    RegistryError,
    corrections::{
        Correction, Step, StepKind,
        policy::{Action, authorise_case},
        sql,
    },
    duplicates::ops::person_resolve,
    model::Item,
    ops::{Record, read, record_as_of},
};

/// Steps that are read; a request has a handful.
const STEPS_MAX: i64 = 200;

#[derive(Clone)]
pub struct CorrectionView {
    pub correction: Correction,
    pub steps: Vec<Step>,
    pub name: Option<String>,
    pub number_masked: Option<String>,
    /// Of the record only what the request is about.
    pub record: Record,
}

pub async fn correction_read(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
    id: Uuid,
) -> Result<CorrectionView, RegistryError> {
    let mut correction = load(tx, person, id).await?;
    let own = access.actor.person().is_some();
    authorise_case(access, if own { Action::Own } else { Action::Decide }, &correction)?;
    let rows = tx.query(sql::STEPS, &[&person, &id, &STEPS_MAX]).await?;
    let mut steps = rows.iter().map(|row| Step::read(row, StepKind::parse)).collect::<Result<Vec<_>, _>>()?;
    if own {
        steps.retain(|step: &Step| !StepKind::is_internal(step.kind));
        correction.proposal = None;
    }
    let holder = person_resolve(tx, person).await?;
    let now = tx.now();
    let record = record_as_of(tx, holder, vietnam_date(now), now).await?;
    let row = read::person(tx, holder).await?;
    let record = correction.subject.part_of(record);
    let mut fields = record.fields();
    if !own {
        fields.extend([Item::Name, Item::Number].map(|i| i.key().to_owned()));
        fields.sort();
        fields.dedup();
    }
    tx.audit(
        access.entry("registry.correction_read").about(person).on("correction", id).fields(fields).done(),
    );
    let name = row.items.get(Item::Name).map(str::to_owned);
    let number_masked = row.items.number().map(|n| n.masked());
    Ok(CorrectionView { correction, steps, name, number_masked, record })
}
