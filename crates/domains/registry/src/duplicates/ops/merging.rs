//! What merging needs to read, what it would do, and doing it: one transaction, so a killed process leaves all or nothing.

use base::vietnam_date;
use contracts::{
    Access, PersonId,
    events::{LifeKind, PersonMerged, emit},
};
use store::Tx;

use crate::{
    RegistryError,
    duplicates::{
        case::Merge,
        merge::{self, taken},
        sql,
    },
    model::{Item, Lives, Source, household},
    ops::lives::{self, Act, Basis},
};

/// What would happen if one record took in the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub keep: PersonId,
    pub given: PersonId,
    /// Items that the record that stays would take over.
    pub taken: Vec<Item>,
    /// Relatives whose tie would turn to the one who stays, or end because it is there already.
    pub ties: usize,
    /// Residences of the other record that would go over, and those that would end.
    pub residences_taken: usize,
    pub residences_ended: usize,
    /// A household would get another head.
    pub another_head: bool,
    /// Why it is not possible: a code of this domain.
    pub refused: Option<&'static str>,
}

/// Everybody whom a merge concerns.
pub(super) async fn read(tx: &Tx, keep: PersonId, given: PersonId) -> Result<Lives, RegistryError> {
    let mut lives = lives::with_family(tx, given, vietnam_date(tx.now())).await?;
    lives::add(tx, &mut lives, [keep]).await?;
    Ok(lives)
}

async fn gives_way(tx: &Tx, given: PersonId) -> Result<(), RegistryError> {
    match tx.query_opt(sql::TAKEN_IN, &[&given]).await? {
        Some(_) => Err(RegistryError::HasTakenIn),
        None => Ok(()),
    }
}

/// Whether one record can take in the other at all.
pub(super) async fn check(tx: &Tx, keep: PersonId, given: PersonId) -> Result<(), RegistryError> {
    gives_way(tx, given).await?;
    let lives = lives::load(tx, [keep, given]).await?;
    merge::may_merge(lives.get(keep)?, lives.get(given)?)
}

/// Decides the merge in memory and tells what it came to; nothing is written.
pub(super) async fn preview(
    tx: &Tx,
    access: &Access,
    keep: PersonId,
    given: PersonId,
) -> Result<Preview, RegistryError> {
    use base::Fault;
    let lives = read(tx, keep, given).await?;
    let other = lives.get(given)?;
    let today = vietnam_date(tx.now());
    let mut preview = Preview {
        keep,
        given,
        taken: taken(lives.get(keep)?, other).collect(),
        ties: other.ties.on(today).count(),
        residences_taken: 0,
        residences_ended: other.residences.on(today).count(),
        another_head: false,
        refused: None,
    };
    let headed = household::headed(other, today);
    let act = act(tx, access, LifeKind::Merged, None)?;
    let mut after = lives.clone();
    let done = gives_way(tx, given).await.and_then(|()| merge::merge(&mut after, &act.pen(tx), keep, given));
    if let Err(error) = done {
        preview.refused = Some(error.code());
        return Ok(preview);
    }
    let gained: Vec<_> = after
        .get(keep)?
        .residences
        .added()
        .filter(|s| s.days.contains(today))
        .map(|s| s.value.household)
        .collect();
    preview.residences_taken = gained.len();
    preview.residences_ended = preview.residences_ended.saturating_sub(gained.len());
    let mut others = after.iter().filter(|l| l.id() != keep && l.id() != given);
    preview.another_head = !headed.is_empty() && others.any(|l| l.residences.is_changed());
    Ok(preview)
}

pub(super) fn act<'a>(
    tx: &Tx,
    access: &'a Access,
    kind: LifeKind,
    reason: Option<&str>,
) -> Result<Act<'a>, RegistryError> {
    let action = match kind {
        LifeKind::MergeUndone => "registry.merge_undo",
        _ => "registry.person_merge",
    };
    let reason = Some(reason.unwrap_or("Xem trước việc hợp nhất hồ sơ").to_owned());
    let basis = Basis { source: Source::Population, document: None, reason, dossier: None };
    Act::new(tx, access, kind, action, vietnam_date(tx.now()), &basis)
}

/// One record takes in the other.
pub(super) async fn merge(
    tx: &mut Tx,
    access: &Access,
    keep: PersonId,
    given: PersonId,
    reason: &str,
) -> Result<Merge, RegistryError> {
    gives_way(tx, given).await?;
    let mut lives = read(tx, keep, given).await?;
    let act = act(tx, access, LifeKind::Merged, Some(reason))?;
    merge::merge(&mut lives, &act.pen(tx), keep, given)?;
    let mut touched = merge::touched(&lives);
    touched.extend([keep, given]);
    act.write(tx, &lives, &[keep]).await?;
    tx.change(sql::PERSON_GIVES_WAY, &[&given, &keep]).await?;
    emit(tx, &PersonMerged { given, kept: keep, undone: false, event: act.event(), at: tx.now() });
    Ok(Merge { event: act.event(), at: tx.now(), given, touched: touched.into_iter().collect() })
}
