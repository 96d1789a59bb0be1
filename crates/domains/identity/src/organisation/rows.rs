//! Rows as values, the writes that several operations share, and who may act.

use base::FieldFault;
use contracts::{
    Access, AccountId, Actor, IdentityLevel, LoginStrength, OrganisationId, PersonId, Purpose,
    access::Entry,
    events::{NoticeDue, RepresentationEnded, emit},
};
use forms::Fact;
use jiff::Timestamp;
use store::{Row, RowExt, StoreError, Tx};

use super::{
    model::{
        Act, ActId, Details, Ended, File, Kind, Organisation, REPRESENTATIVES_MAX, Representation,
        RepresentationId, Role, Scope,
    },
    sql,
};
use crate::{
    Current, Identity, IdentityError,
    model::{Account, Holder, LockReason, State},
    ops::set_up,
    rows::state,
};

/// Where representatives look after their organisations.
pub(super) const PAGE: &str = "/account/organisations";

impl Organisation {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.col("organisation_id")?,
            code: row.col("code")?,
            state: state(row)?,
            version: row.col("version")?,
            details: Details {
                kind: Kind::parse(row.col("kind")?).ok_or(StoreError::Column("kind"))?,
                name: row.col("name")?,
                short_name: row.col("short_name")?,
                foreign_name: row.col("foreign_name")?,
                tax_code: row.col("tax_code")?,
                decision: row.col("decision")?,
                founded_on: row.col("founded_on")?,
                commune: row.col("commune")?,
                address: row.col("address")?,
                phone: row.col("phone")?,
                email: row.col("email")?,
            },
        })
    }
}

impl File {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.col("file_id")?,
            organisation: row.col("organisation_id")?,
            agency: row.col("agency")?,
            collected_by: row.col("collected_by")?,
            collected_at: row.col("collected_at")?,
            due_on: row.col("due_on")?,
            outside_at: row.col("outside_at")?,
            approved_at: row.col("approved_at")?,
            activate_by: row.col("activate_by")?,
        })
    }
}

impl Representation {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.col("representation_id")?,
            organisation: row.col("organisation_id")?,
            account: row.col("account_id")?,
            person: row.col("person_id")?,
            role: role(row)?,
            title: row.col("title")?,
            scope: scope(row)?,
            begins_at: row.col("begins_at")?,
            ends_at: row.col("ends_at")?,
        })
    }
}

pub(super) fn role(row: &Row) -> Result<Role, StoreError> {
    Role::parse(row.col("role")?).ok_or(StoreError::Column("role"))
}

pub(super) fn scope(row: &Row) -> Result<Vec<Scope>, StoreError> {
    let words: Vec<&str> = row.col("scope")?;
    words.into_iter().map(|w| Scope::parse(w).ok_or(StoreError::Column("scope"))).collect()
}

pub(super) async fn organisation(tx: &Tx, id: OrganisationId) -> Result<Organisation, IdentityError> {
    let row = tx.query_opt(sql::BY_ID, &[&id]).await?.ok_or(IdentityError::NotFound)?;
    Ok(Organisation::read(&row)?)
}

pub(super) async fn open_file(tx: &Tx, id: OrganisationId) -> Result<Option<File>, StoreError> {
    tx.query_opt(sql::FILE_OPEN, &[&id]).await?.as_ref().map(File::read).transpose()
}

/// Everybody who represents it, the legal representative first.
pub(super) async fn representations(tx: &Tx, id: OrganisationId) -> Result<Vec<Representation>, StoreError> {
    let most = i64::try_from(REPRESENTATIVES_MAX).unwrap_or(i64::MAX);
    tx.query(sql::REPRESENTATIONS, &[&id, &most]).await?.iter().map(Representation::read).collect()
}

/// What is common to the steps of a person: an account of level 2, a login with two factors.
pub(super) fn strong(me: &Current) -> Result<PersonId, IdentityError> {
    set_up(me)?;
    let contracts::Who::Citizen { person, level } = me.actor.who else {
        return Err(IdentityError::Forbidden);
    };
    if level < IdentityLevel::Two {
        return Err(IdentityError::LevelTwoNeeded);
    }
    if me.actor.strength < LoginStrength::Two {
        return Err(IdentityError::SecondFactorNeeded);
    }
    Ok(person)
}

/// The organisation with how this person represents it; whoever does not is told nothing of it.
pub(super) async fn represented(
    tx: &Tx,
    me: &Current,
    id: OrganisationId,
) -> Result<(Organisation, Representation, Vec<Representation>), IdentityError> {
    let all = representations(tx, id).await?;
    let now = tx.now();
    let mine = all.iter().find(|r| r.account == me.account() && r.ends_at.is_none_or(|end| now < end));
    let mine = mine.cloned().ok_or(IdentityError::NotFound)?;
    let organisation = organisation(tx, id).await?;
    if organisation.state == State::Closed {
        return Err(IdentityError::NotFound);
    }
    Ok((organisation, mine, all))
}

/// The account of somebody who is to represent an organisation: a person's, of level 2, in use, of age.
pub(super) async fn fit(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: Option<Account>,
    field: &'static str,
    age_min: i16,
) -> Result<(AccountId, PersonId), IdentityError> {
    let fault = |code: &str| IdentityError::Invalid(vec![FieldFault::new(field, code).with("age", age_min)]);
    let usable = account.filter(|a| a.state == State::Activated);
    let Some((id, Holder::Citizen { person, level: IdentityLevel::Two })) = usable.map(|a| (a.id, a.holder))
    else {
        return Err(IdentityError::field(field, "identity.representative_level"));
    };
    let facts = cx.register.facts(tx, access, person, &[Fact::BirthDate]).await?;
    let age = facts.value(Fact::Age, base::vietnam_date(tx.now())).int();
    match age {
        Some(age) if age >= i64::from(age_min) => Ok((id, person)),
        _ => Err(fault("identity.representative_age")),
    }
}

/// A representation begins.
pub(super) struct Begins {
    pub account: AccountId,
    pub role: Role,
    pub title: String,
    pub scope: Vec<Scope>,
    pub ends_at: Option<Timestamp>,
    pub granted_by: AccountId,
}

pub(super) fn begin(tx: &mut Tx, organisation: OrganisationId, begins: Begins) -> RepresentationId {
    let (now, id) = (tx.now(), RepresentationId::new(tx.now(), tx.entropy()));
    let scope: Vec<&'static str> = begins.scope.iter().map(|s| s.as_str()).collect();
    tx.defer(
        sql::REPRESENTATION_INSERT,
        vec![
            Box::new(organisation),
            Box::new(id),
            Box::new(begins.account),
            Box::new(begins.role.as_str()),
            Box::new(begins.title),
            Box::new(scope),
            Box::new(now),
            Box::new(begins.ends_at),
            Box::new(begins.granted_by),
        ],
    );
    id
}

/// A representation ends now, and what came of it elsewhere.
pub(super) fn end(tx: &mut Tx, actor: &Actor, one: &Representation, why: Ended) {
    let now = tx.now();
    tx.defer(
        sql::REPRESENTATION_END,
        vec![
            Box::new(one.organisation),
            Box::new(one.id),
            Box::new(now),
            Box::new(actor.account),
            Box::new(why.as_str()),
        ],
    );
    stop(tx, one);
    remember(tx, actor, one.organisation, Act::Ended, one.account.to_string());
    let entry = entry(actor, "identity.representation_end", one.organisation).about(one.person);
    tx.audit(entry.fields([why.as_str()]).done());
}

/// Tells those who let the person act for it.
pub(super) fn stop(tx: &mut Tx, one: &Representation) {
    let at = tx.now();
    emit(tx, &RepresentationEnded { account: one.account, organisation: one.organisation, at });
}

/// An audit entry of a step with an organisation's account.
pub(super) fn entry(actor: &Actor, action: &'static str, organisation: OrganisationId) -> Entry {
    let entry = Access::new(actor, Purpose::REPRESENT).entry(action).on("organisation", organisation.0);
    actor.person().into_iter().fold(entry, Entry::about)
}

/// A line of the history that the representatives see. Officers are named by their agency alone.
pub(super) fn remember(
    tx: &mut Tx,
    actor: &Actor,
    organisation: OrganisationId,
    act: Act,
    detail: impl Into<String>,
) {
    let (id, now) = (ActId::new(tx.now(), tx.entropy()), tx.now());
    let agency = actor.staff().map(|(agency, _)| agency.clone());
    let account = if agency.is_some() { uuid::Uuid::nil() } else { actor.account.0 };
    tx.defer(
        sql::ACT_INSERT,
        vec![
            Box::new(organisation),
            Box::new(id),
            Box::new(now),
            Box::new(act.as_str()),
            Box::new(account),
            Box::new(agency),
            Box::new(detail.into()),
        ],
    );
}

/// The guarded change of its state.
pub(super) fn set_state(tx: &mut Tx, one: &Organisation, state: State, reason: Option<LockReason>) {
    let reason = reason.map(LockReason::as_str);
    tx.defer(
        sql::STATE,
        vec![Box::new(one.id), Box::new(one.version), Box::new(state.as_str()), Box::new(reason)],
    );
}

pub(super) fn touch(tx: &mut Tx, one: &Organisation) {
    tx.defer(sql::TOUCH, vec![Box::new(one.id), Box::new(one.version)]);
}

pub(super) fn tell(tx: &mut Tx, person: PersonId, vi: String, en: String) {
    let notice = NoticeDue { person, title: base::Text { vi, en }, path: PAGE.to_owned(), at: tx.now() };
    emit(tx, &notice);
}
