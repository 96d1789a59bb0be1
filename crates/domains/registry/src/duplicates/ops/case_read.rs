//! `case_read`: a case with both records side by side, what speaks for and against, and what a merge would do.

use contracts::{Access, PersonId};
use jiff::ToSpan;
use store::Tx;

use super::{Preview, case, merging};
use crate::{
    RegistryError,
    duplicates::{
        case::{Case, CaseId, Step, StepKind},
        policy::{Action, authorise_case},
        sql,
    },
    ops::{Record, person_as_of, person_record},
};

/// Steps of one case that are shown.
const STEPS_MAX: i64 = 100;

pub struct CaseView {
    pub case: Case,
    /// In the order of the case's id. Of a merged case, as they were just before.
    pub records: [Record; 2],
    pub steps: Vec<Step>,
    /// With the first, or the second record staying; only while the case is not settled.
    pub previews: Vec<Preview>,
    /// One of them gave way to a third record: that case comes first.
    pub elsewhere: Vec<PersonId>,
}

pub async fn case_read(tx: &mut Tx, access: &Access, id: CaseId) -> Result<CaseView, RegistryError> {
    let case = case(tx, id).await?;
    authorise_case(access, Action::Read, case.agency.as_ref())?;
    let (mut records, mut elsewhere) = (Vec::with_capacity(2), Vec::new());
    for person in id.both() {
        let record = match &case.merge {
            Some(merge) => {
                let before = merge.at - 1.microsecond();
                person_as_of(tx, access, person, base::vietnam_date(before), before).await?
            }
            None => person_record(tx, access, person).await?,
        };
        if record.person != person {
            elsewhere.push(person);
        }
        records.push(record);
    }
    let records: [Record; 2] = records.try_into().map_err(|_| RegistryError::NoSuchCase)?;
    let rows = tx.query(sql::STEPS, &[&id.person, &id.other, &STEPS_MAX]).await?;
    let steps = rows.iter().map(|row| Step::read(row, StepKind::parse)).collect::<Result<_, _>>()?;
    let mut previews = Vec::new();
    if case.state.is_unsettled() && elsewhere.is_empty() {
        for (keep, given) in [(id.person, id.other), (id.other, id.person)] {
            previews.push(merging::preview(tx, access, keep, given).await?);
        }
    }
    Ok(CaseView { case, records, steps, previews, elsewhere })
}
