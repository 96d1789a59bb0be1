//! What asking online and taking a file at the counter have in common: the rows of a new organisation.

use base::FieldFault;
use contracts::{AccountId, Actor, AgencyId, CommuneCode, OrganisationId, PersonId};
use jiff::civil::Date;
use store::{StoreError, Tx};

use super::super::{
    PROCEDURE,
    model::{Act, Code, Details, FileId, Organisation, REPRESENTED_MAX, Role, Scope},
    rows::{Begins, begin, entry, remember, tell},
    sql,
};
use crate::{
    Identity, IdentityError,
    enrolment::{self, Counts, Whose},
    law::What,
    model::State,
};

/// Codes that are tried before giving up: two in a row that are taken happen once in a lifetime.
const CODES_TRIED_MAX: usize = 5;

/// A file that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub organisation: OrganisationId,
    pub code: String,
    pub agency: AgencyId,
    pub due_on: Date,
}

/// Whose it is to be, and who takes it.
pub(super) struct Opening<'a> {
    pub actor: &'a Actor,
    pub details: Details,
    pub title: String,
    pub legal: (AccountId, PersonId),
    pub agency: AgencyId,
}

/// The agency that decides for a commune.
pub(super) fn office_for(cx: &Identity, tx: &Tx, commune: &str) -> Result<AgencyId, IdentityError> {
    let offices = cx.offices.as_ref().ok_or(IdentityError::NoLimit)?;
    let found = offices.office_for(&CommuneCode::new(commune), PROCEDURE, base::vietnam_date(tx.now()));
    found.ok_or_else(|| IdentityError::field("commune", "identity.organisation_commune"))
}

/// Whether an officer's agency opens these accounts at all.
pub(in super::super) fn is_office(cx: &Identity, tx: &Tx, actor: &Actor) -> Result<(), IdentityError> {
    crate::offices::decides(cx, tx, actor, PROCEDURE)
}

pub(super) async fn open(cx: &Identity, tx: &mut Tx, opening: Opening<'_>) -> Result<Opened, IdentityError> {
    let Opening { actor, details, title, legal: (account, person), agency } = opening;
    refuse(&known(tx, &details).await?, "identity.organisation_known")?;
    let now = tx.now();
    let held = tx.query(sql::OF_ACCOUNT, &[&account, &now, &REPRESENTED_MAX]).await?;
    let held: Vec<Organisation> = held.iter().map(Organisation::read).collect::<Result<_, _>>()?;
    let own: Vec<Claim> = held.iter().flat_map(|one| claims(&one.details)).collect();
    let twice: Vec<Claim> = claims(&details).into_iter().filter(|claim| own.contains(claim)).collect();
    refuse(&twice, "identity.organisation_known")?;
    if i64::try_from(held.len()).is_ok_and(|held| held >= REPRESENTED_MAX) {
        return Err(IdentityError::field("name", "identity.organisations_full"));
    }
    let (id, file) = (OrganisationId::new(now, tx.entropy()), FileId::new(now, tx.entropy()));
    let code = new_code(tx).await?;
    let due_on = cx.law.due_on(What::Organisation, now)?;
    tx.defer(sql::CLAIM_INSERT, vec![Box::new("code"), Box::new(code.to_string()), Box::new(id)]);
    insert(tx, id, &code, &details);
    let collected_by = actor.staff().map(|_| actor.account);
    tx.defer(
        sql::FILE_INSERT,
        vec![
            Box::new(id),
            Box::new(file),
            Box::new(agency.clone()),
            Box::new(collected_by),
            Box::new(now),
            Box::new(due_on),
        ],
    );
    let granted_by = actor.account;
    let scope = Scope::ALL.to_vec();
    begin(tx, id, Begins { account, role: Role::Legal, title, scope, ends_at: None, granted_by });
    remember(tx, actor, id, Act::Collected, "");
    tx.audit(entry(actor, "identity.organisation_collect", id).about(person).done());
    tell(
        tx,
        person,
        format!(
            "Hồ sơ mở tài khoản định danh cho {} đã được tiếp nhận, bạn là người đại diện theo pháp luật.",
            details.name
        ),
        format!(
            "A file was taken to open an account for {}, with you as its legal representative.",
            details.name
        ),
    );
    enrolment::count(tx, &details.commune, Whose::Organisation, Counts { collected: 1, ..Counts::default() });
    Ok(Opened { organisation: id, code: code.to_string(), agency, due_on })
}

/// Numbers of decisions differ in spaces and capitals from paper to paper.
pub(in super::super) fn decision_key(decision: &str) -> String {
    base::fold(decision)
}

/// By what an organisation is known, which is the name of a field, too. Each belongs to one account.
type Claim = (&'static str, String);

fn claims(details: &Details) -> Vec<Claim> {
    let decision = details.decision.as_deref().map(decision_key);
    let all = [("tax_code", details.tax_code.clone()), ("decision", decision)];
    all.into_iter().filter_map(|(kind, value)| Some((kind, value?))).collect()
}

/// An officer approved it: from now on nobody else gets an account by its tax code or decision. Of two approved at the same
/// moment the second meets the first one's claim.
pub(super) async fn claim(tx: &mut Tx, one: &Organisation) -> Result<(), IdentityError> {
    refuse(&known(tx, &one.details).await?, "identity.organisation_taken")?;
    for (kind, value) in claims(&one.details) {
        tx.defer(sql::CLAIM_INSERT, vec![Box::new(kind), Box::new(value), Box::new(one.id)]);
    }
    Ok(())
}

/// What belongs to an organisation with an account already. Files that wait are no accounts: the officer sees all of them,
/// and decides which is right.
async fn known(tx: &Tx, details: &Details) -> Result<Vec<Claim>, StoreError> {
    let mut known = Vec::new();
    for (kind, value) in claims(details) {
        if tx.query_opt(sql::CLAIM_FIND, &[&kind, &value]).await?.is_some() {
            known.push((kind, value));
        }
    }
    Ok(known)
}

fn refuse(known: &[Claim], code: &str) -> Result<(), IdentityError> {
    let faults: Vec<_> = known.iter().map(|(kind, _)| FieldFault::new(*kind, code)).collect();
    if faults.is_empty() { Ok(()) } else { Err(IdentityError::Invalid(faults)) }
}

async fn new_code(tx: &Tx) -> Result<Code, IdentityError> {
    for _ in 0..CODES_TRIED_MAX {
        let code = Code::new(tx.entropy());
        if tx.query_opt(sql::CLAIM_FIND, &[&"code", &code.as_str()]).await?.is_none() {
            return Ok(code);
        }
    }
    Err(StoreError::Conflict.into())
}

fn insert(tx: &mut Tx, id: OrganisationId, code: &Code, details: &Details) {
    let now = tx.now();
    let d = details.clone();
    tx.defer(
        sql::INSERT,
        vec![
            Box::new(id),
            Box::new(code.to_string()),
            Box::new(State::Collected.as_str()),
            Box::new(d.kind.as_str()),
            Box::new(d.name),
            Box::new(d.short_name),
            Box::new(d.foreign_name),
            Box::new(d.tax_code),
            Box::new(d.decision),
            Box::new(d.founded_on),
            Box::new(d.commune),
            Box::new(d.address),
            Box::new(d.phone),
            Box::new(d.email),
            Box::new(now),
        ],
    );
}
