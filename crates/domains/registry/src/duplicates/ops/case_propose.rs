//! `case_propose`: an officer proposes that two records are one person's, or two persons'. Nothing happens to them yet.

use contracts::{Access, Who};
use store::{Tx, tx::Param};

use super::{case, logged, merging, reason, told, unchanged};
use crate::{
    RegistryError,
    duplicates::{
        case::{CaseId, Proposed},
        policy::{Action, authorise_case},
        sql,
    },
};

pub async fn case_propose(
    tx: &mut Tx,
    access: &Access,
    id: CaseId,
    version: i32,
    what: Proposed,
    why: &str,
) -> Result<(), RegistryError> {
    let case = case(tx, id).await?;
    authorise_case(access, Action::Propose, case.agency.as_ref())?;
    unchanged(&case, version)?;
    case.after(what.proposing())?;
    let why = reason(why)?;
    let keep = match what {
        Proposed::Merge { keep } => {
            let given = id.beside(keep).ok_or(RegistryError::NoSuchCase)?;
            // What cannot be done is refused now, not when the second officer comes.
            merging::check(tx, keep, given).await?;
            Some(keep)
        }
        Proposed::Distinct => None,
    };
    let Who::Staff { name, .. } = &access.actor.who else { return Err(RegistryError::Forbidden) };
    let params: Vec<Param> = vec![
        Box::new(id.person),
        Box::new(id.other),
        Box::new(version),
        Box::new(what.as_str()),
        Box::new(keep),
        Box::new(why.clone()),
        Box::new(access.actor.account),
        Box::new(name.clone()),
        Box::new(tx.now()),
    ];
    tx.defer(sql::CASE_PROPOSE, params);
    told(tx, access, id, what.proposing(), Some(why));
    logged(tx, access, "registry.case_propose", id, &["duplicate"]);
    Ok(())
}
