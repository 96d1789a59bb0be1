//! `organisation_find`: an officer finds an organisation by its e-ID code or tax code, to change its legal representative or to
//! lock it.

use contracts::Actor;
use store::{RowExt, Tx};

use super::{
    super::{
        model::{Code, Organisation, Representation, tax_code},
        rows::{entry, organisation, representations},
        sql,
    },
    opening::is_office,
};
use crate::{
    Identity, IdentityError,
    model::LockReason,
    policy::{self, Action},
};

/// What an officer learns: the organisation and its legal representative, nobody else's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub organisation: Organisation,
    pub legal: Option<Representation>,
    pub locked: Option<LockReason>,
}

pub async fn organisation_find(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    typed: &str,
) -> Result<Found, IdentityError> {
    policy::allowed(actor, Action::FindOrganisation)?;
    is_office(cx, tx, actor)?;
    let (kind, value) = match (typed.parse::<Code>(), tax_code(typed)) {
        (Ok(code), _) => ("code", code.to_string()),
        (_, Some(tax)) => ("tax_code", tax),
        _ => return Err(IdentityError::field("organisation", "identity.organisation_code")),
    };
    let row = tx.query_opt(sql::CLAIM_FIND, &[&kind, &value]).await?;
    let none = || IdentityError::field("organisation", "identity.organisation_none");
    let one = organisation(tx, row.ok_or_else(none)?.col("organisation_id")?).await?;
    let legal = representations(tx, one.id).await?.into_iter().next();
    let locked: Option<String> = tx.query_one(sql::LOCK_REASON, &[&one.id]).await?.col("locked_reason")?;
    let logged = entry(actor, "identity.organisation_find", one.id);
    tx.audit(match &legal {
        Some(legal) => logged.about(legal.person).done(),
        None => logged.done(),
    });
    Ok(Found { organisation: one, legal, locked: locked.as_deref().and_then(LockReason::parse) })
}
