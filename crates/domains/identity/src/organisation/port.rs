//! For whom somebody acts, as those ask who vouch for them elsewhere.

use contracts::{
    AccountId, Actor, IdentityLevel, LoginStrength, OrganisationId, PersonId, Who, ports::ActingFor,
};
use store::{Row, RowExt, StoreError, Tx};

use super::{
    model::{Act, REPRESENTED_MAX, Role, Scope},
    rows::{entry, remember, role, scope},
    sql,
};

/// The organisations for which the holder of an account may act at the services of others now.
pub(crate) async fn organisations(tx: &Tx, account: AccountId) -> Result<Vec<ActingFor>, StoreError> {
    let rows = tx.query(sql::ACTING, &[&account, &tx.now(), &REPRESENTED_MAX]).await?;
    rows.iter().map(acting).filter_map(Result::transpose).collect()
}

fn acting(row: &Row) -> Result<Option<ActingFor>, StoreError> {
    let role = role(row)?;
    if role != Role::Legal && !scope(row)?.contains(&Scope::Services) {
        return Ok(None);
    }
    let (organisation, code, name) = (row.col("organisation_id")?, row.col("code")?, row.col("name")?);
    Ok(Some(ActingFor { organisation, code, name, role: role.as_str() }))
}

/// Somebody acts for an organisation at a service: a line of its history and an entry in the person's log.
pub(crate) async fn act_for(
    tx: &mut Tx,
    account: AccountId,
    person: PersonId,
    organisation: OrganisationId,
    service: &str,
) -> Result<Option<ActingFor>, StoreError> {
    let found = organisations(tx, account).await?.into_iter().find(|one| one.organisation == organisation);
    if found.is_some() {
        let who = Who::Citizen { person, level: IdentityLevel::Two };
        let actor = Actor { account, who, strength: LoginStrength::One };
        remember(tx, &actor, organisation, Act::Acted, service);
        tx.audit(entry(&actor, "identity.organisation_act", organisation).done());
    }
    Ok(found)
}
