//! `merge_undo`: a head takes a merge apart. Everything that it wrote goes, everything that it ended comes back, by the rule
//! that [`crate::duplicates::merge`] states; the case is open again.

use std::collections::BTreeMap;

use base::vietnam_date;
use contracts::{
    Access, HouseholdId, PersonId,
    events::{LifeKind, PersonMerged, emit},
};
use futures::future::join3;
use store::Tx;

use super::{case, logged, merging, reason, settled, told, unchanged};
use crate::{
    RegistryError,
    duplicates::{
        case::{CaseId, Merge, StepKind},
        linker::Keys,
        merge::{self, Ever},
        policy::{Action, authorise_case},
        sql,
    },
    ops::{lives, read},
    rows::{self, PastValue},
};

pub async fn merge_undo(
    tx: &mut Tx,
    access: &Access,
    id: CaseId,
    version: i32,
    why: &str,
) -> Result<(), RegistryError> {
    let case = case(tx, id).await?;
    authorise_case(access, Action::Undo, case.agency.as_ref())?;
    unchanged(&case, version)?;
    let state = case.after(StepKind::Undone)?;
    let merge = case.merge.as_ref().ok_or(RegistryError::CaseState)?;
    let keep = id.beside(merge.given).ok_or(RegistryError::CaseState)?;
    let why = reason(why)?;

    tx.change(sql::PERSON_STANDS_AGAIN, &[&merge.given, &keep]).await?;
    let ever = ever(tx, merge).await?;
    let mut lives = lives::load(tx, merge.touched.iter().copied()).await?;
    let households: Vec<HouseholdId> = ever
        .get(&merge.given)
        .into_iter()
        .flat_map(|e| e.residences.iter())
        .filter_map(|s| s.value.household)
        .collect();
    let members = lives::members(tx, &households, vietnam_date(tx.now())).await?;
    lives::add(tx, &mut lives, members).await?;
    let act = merging::act(tx, access, LifeKind::MergeUndone, Some(&why))?;
    merge::undo(&mut lives, &act.pen(tx), keep, merge, &ever)?;
    act.write(tx, &lives, &[keep, merge.given]).await?;
    let keys = Keys::of_items(&lives.get(merge.given)?.person.items);
    tx.change(sql::PERSON_KEYS, &[&merge.given, &keys.name, &keys.birth]).await?;

    let params = settled(id, version, state, None);
    tx.defer(sql::CASE_SETTLE, params);
    told(tx, access, id, StepKind::Undone, Some(why));
    logged(tx, access, "registry.merge_undo", id, &["duplicate"]);
    let at = tx.now();
    emit(tx, &PersonMerged { given: merge.given, kept: keep, undone: true, event: act.event(), at });
    Ok(())
}

/// All rows of everybody whom the merge touched, those that are no longer believed among them.
async fn ever(tx: &Tx, merge: &Merge) -> Result<BTreeMap<PersonId, Ever>, RegistryError> {
    let mut all = BTreeMap::new();
    for person in &merge.touched {
        let (ties, residences, past) = join3(
            tx.query(crate::sql::KIN, &[person, &read::KIN_MAX]),
            tx.query(crate::sql::RESIDENCES_EVER, &[person]),
            tx.query(crate::sql::PAST, &[person]),
        )
        .await;
        let past = past?.iter().map(PastValue::read).collect::<Result<_, _>>()?;
        let ties = ties?.iter().map(rows::tie).collect::<Result<_, _>>()?;
        let residences = residences?.iter().map(rows::residence).collect::<Result<_, _>>()?;
        all.insert(*person, Ever { past, ties, residences });
    }
    Ok(all)
}
