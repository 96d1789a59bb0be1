//! `staff_create`, `setup_code_renew`: an administrator makes an officer's account. Nobody but the officer ever knows its
//! password: a set-up code is shown once, to be handed over on paper, see [`super::account_set_up`].
//!
//! The operator's command makes the first administrator and the first head (or a second administrator) of an office, each
//! alone; from then on these two are each other's second person.

use contracts::{AccountId, Actor, AgencyId, Role};
use store::{StoreError, Tx};

use super::{issue_code, staff_entry};
use crate::{
    Identity, IdentityError,
    input::{Faults, login_claim},
    model::{Holder, Kind, Period, State},
    offices,
    policy::{self, Action},
    rows,
    setup_code::SetupCode,
    sql,
};

#[derive(Debug, Clone)]
pub struct NewStaff {
    pub login: String,
    pub name: String,
    pub agency: AgencyId,
    pub role: Role,
    pub period: Period,
}

/// A code for an account, to be shown once.
pub struct SetupIssued {
    pub account: AccountId,
    pub login: String,
    pub name: String,
    pub code: SetupCode,
    pub ends_at: jiff::Timestamp,
}

pub async fn staff_create(
    cx: &Identity,
    actor: &Actor,
    input: &NewStaff,
) -> Result<SetupIssued, IdentityError> {
    policy::allowed_at(actor, Action::CreateStaff, &input.agency)?;
    // The operator's command makes the first administrator; after that it takes two people.
    if policy::takes_two(input.role) && actor.staff().is_some() {
        return Err(IdentityError::SecondPersonNeeded);
    }
    let mut faults = Faults::default();
    let name = faults.name(&input.name);
    let login = faults.login(&input.login);
    let (Some(login), Some(name)) = (login, name) else { return Err(faults.end()) };
    let name = name.as_str().to_owned();

    let mut tx = cx.store.begin().await?;
    if let Err(refused) = offices::may_have(cx, &tx, &input.agency, input.role) {
        return tx.finish(Err(refused)).await;
    }
    let now = tx.now();
    let held = match input.period.given(now) {
        Ok(held) => held,
        Err(refused) => return tx.finish(Err(refused)).await,
    };
    let id = AccountId::new(now, tx.entropy());
    let claim = login_claim(&cx.keys, &login);
    tx.defer(sql::CLAIM_INSERT, vec![Box::new(claim.kind), Box::new(claim.value), Box::new(id)]);
    tx.defer(
        sql::ACCOUNT_INSERT,
        vec![
            Box::new(id),
            Box::new(Kind::Staff.as_str()),
            Box::new(None::<uuid::Uuid>),
            Box::new(None::<i16>),
            Box::new(login.clone()),
            Box::new(name.clone()),
            Box::new(now),
            Box::new(State::Activated.as_str()),
        ],
    );
    let issued = issue(cx, &mut tx, actor, id, 1, login, name);
    super::staff_grant::insert_role(&mut tx, actor, id, &input.agency, input.role, held);
    tx.audit(staff_entry(actor, "identity.staff_create", id).fields(["login", "name", "role"]).done());
    match tx.finish(Ok(issued)).await {
        Err(IdentityError::Store(StoreError::Conflict)) => Err(IdentityError::LoginTaken),
        outcome => outcome,
    }
}

/// Another code for an account of the agency that nobody has set up yet: the earlier one was lost or ran out.
pub async fn setup_code_renew(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
) -> Result<SetupIssued, IdentityError> {
    policy::allowed(actor, Action::CreateStaff)?;
    let found = rows::account(tx, account).await?;
    let Holder::Staff { login, name } = found.holder else { return Err(IdentityError::NotFound) };
    let (secrets, _) = rows::secrets_and_duties(tx, Some(account)).await?;
    let duties = rows::duties_ahead(tx, account).await?;
    if actor.staff().is_some_and(|(agency, _)| !rows::serves_at(&duties, agency)) {
        return Err(IdentityError::NotFound);
    }
    if secrets.password.is_some() || found.state != State::Activated {
        return Err(IdentityError::WrongState);
    }
    tx.audit(staff_entry(actor, "identity.setup_code_renew", account).done());
    Ok(issue(cx, tx, actor, account, found.version, login, name))
}

pub(super) fn issue(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    version: i32,
    login: String,
    name: String,
) -> SetupIssued {
    let (code, ends_at) = issue_code(cx, tx, actor, account, version);
    SetupIssued { account, login, name, code, ends_at }
}
