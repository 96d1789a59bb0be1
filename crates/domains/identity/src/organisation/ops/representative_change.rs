//! `representative_change_propose`, `…_confirm`, `…_refuse`, `representative_changes`: another legal representative. One officer
//! sees the person and the document at the counter and proposes it; a second one agrees.

use base::PersonalNumber;
use contracts::{Access, AccountId, Actor, AgencyId, OrganisationId, PersonId, Purpose};
use jiff::{SignedDuration, Timestamp};
use store::{Row, RowExt, StoreError, Tx};

use super::{
    super::{
        model::{AGE_LEGAL_MIN, Act, ChangeId, Ended, Role, Scope},
        rows::{Begins, begin, end, entry, fit, organisation, remember, representations, tell, touch},
        sql,
        typed::{TITLE_CHARS, words},
    },
    opening::is_office,
};
use crate::{
    Identity, IdentityError,
    input::{Faults, number_claim},
    model::State,
    policy::{self, Action},
    rows,
};

/// A proposal that nobody decided on is void after this.
const PROPOSAL_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Proposals on one page: more than an agency has open.
const CHANGES_MAX: i64 = 200;
const DOCUMENT_CHARS: std::ops::RangeInclusive<usize> = 3..=100;

/// As typed.
#[derive(Clone, Default)]
pub struct Proposing {
    pub number: String,
    pub title: String,
    /// Number and date of the decision or registration that names the new representative.
    pub document: String,
}

/// A number must not reach a log by accident.
impl std::fmt::Debug for Proposing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proposing(…)")
    }
}

/// A proposal that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub id: ChangeId,
    pub organisation: OrganisationId,
    pub name: String,
    pub code: String,
    pub account: AccountId,
    pub person: PersonId,
    pub title: String,
    pub document: String,
    pub agency: AgencyId,
    pub proposed_by: AccountId,
    pub proposed_at: Timestamp,
}

impl Change {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.col("change_id")?,
            organisation: row.col("organisation_id")?,
            name: row.col("name")?,
            code: row.col("code")?,
            account: row.col("account_id")?,
            person: row.col("person_id")?,
            title: row.col("title")?,
            document: row.col("document")?,
            agency: row.col("agency")?,
            proposed_by: row.col("proposed_by")?,
            proposed_at: row.col("proposed_at")?,
        })
    }
}

pub async fn representative_change_propose(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    id: OrganisationId,
    input: &Proposing,
) -> Result<ChangeId, IdentityError> {
    policy::allowed(actor, Action::TakeOrganisation)?;
    is_office(cx, tx, actor)?;
    let (agency, _) = actor.staff().ok_or(IdentityError::Forbidden)?;
    let mut faults = Faults::default();
    let number: Option<PersonalNumber> = faults.number(&input.number);
    let title = faults.read("title", "identity.organisation_title", words(&input.title, TITLE_CHARS));
    let document =
        faults.read("document", "identity.representative_document", words(&input.document, DOCUMENT_CHARS));
    let (Some(number), Some(title), Some(document)) = (number, title, document) else {
        return Err(faults.end());
    };
    let one = organisation(tx, id).await?;
    if !matches!(one.state, State::Activated | State::Locked) {
        return Err(IdentityError::WrongState);
    }
    let access = Access::new(actor, Purpose::REPRESENT);
    let account = rows::account_by_claim(tx, &number_claim(&cx.keys, &number)).await?;
    let (account, person) = fit(cx, tx, &access, account, "number", AGE_LEGAL_MIN).await?;
    if representations(tx, id).await?.iter().any(|r| r.role == Role::Legal && r.account == account) {
        return Err(IdentityError::field("number", "identity.representative_known"));
    }
    let (change, now) = (ChangeId::new(tx.now(), tx.entropy()), tx.now());
    tx.defer(
        sql::CHANGE_INSERT,
        vec![
            Box::new(id),
            Box::new(change),
            Box::new(account),
            Box::new(title),
            Box::new(document),
            Box::new(agency.clone()),
            Box::new(actor.account),
            Box::new(now),
        ],
    );
    remember(tx, actor, id, Act::ChangeProposed, account.to_string());
    tx.audit(entry(actor, "identity.representative_change_propose", id).about(person).done());
    Ok(change)
}

/// Those that wait at an agency.
pub async fn representative_changes(
    tx: &mut Tx,
    actor: &Actor,
    agency: &AgencyId,
) -> Result<Vec<Change>, IdentityError> {
    policy::allowed_at(actor, Action::DecideOrganisation, agency)?;
    let since = tx.now() - PROPOSAL_LIFE;
    let rows = tx.query(sql::CHANGES_OPEN, &[agency, &since, &CHANGES_MAX]).await?;
    let all: Vec<Change> = rows.iter().map(Change::read).collect::<Result<_, _>>()?;
    for one in &all {
        let logged = entry(actor, "identity.representative_changes", one.organisation);
        tx.audit(logged.about(one.person).done());
    }
    Ok(all)
}

/// The one before ends now; whoever was authorised stays, until the new one ends it.
pub async fn representative_change_confirm(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    id: OrganisationId,
    change: ChangeId,
) -> Result<(), IdentityError> {
    let found = load(tx, actor, id, change).await?;
    let one = organisation(tx, id).await?;
    if !matches!(one.state, State::Activated | State::Locked) {
        return Err(IdentityError::WrongState);
    }
    // As fit as when it was proposed.
    let access = Access::new(actor, Purpose::REPRESENT);
    let account = rows::account(tx, found.account).await?;
    let (account, person) = fit(cx, tx, &access, Some(account), "number", AGE_LEGAL_MIN).await?;
    touch(tx, &one);
    decide(tx, actor, &found, "confirmed");
    let name = &one.details.name;
    for before in representations(tx, id).await? {
        // Whoever was authorised and answers for it from now on needs no authorisation.
        if before.role == Role::Legal || before.account == account {
            end(tx, actor, &before, Ended::Replaced);
        }
        if before.role == Role::Legal {
            tell(
                tx,
                before.person,
                format!("Bạn không còn là người đại diện theo pháp luật của {name}."),
                format!("You are no longer the legal representative of {name}."),
            );
        }
    }
    let begins = Begins {
        account,
        role: Role::Legal,
        title: found.title,
        scope: Scope::ALL.to_vec(),
        ends_at: None,
        granted_by: actor.account,
    };
    begin(tx, id, begins);
    remember(tx, actor, id, Act::Changed, account.to_string());
    tx.audit(entry(actor, "identity.representative_change_confirm", id).about(person).done());
    tell(
        tx,
        person,
        format!("Bạn đã là người đại diện theo pháp luật của {name}."),
        format!("You are now the legal representative of {name}."),
    );
    Ok(())
}

pub async fn representative_change_refuse(
    tx: &mut Tx,
    actor: &Actor,
    id: OrganisationId,
    change: ChangeId,
) -> Result<(), IdentityError> {
    let found = load(tx, actor, id, change).await?;
    decide(tx, actor, &found, "refused");
    remember(tx, actor, id, Act::ChangeRefused, found.account.to_string());
    tx.audit(entry(actor, "identity.representative_change_refuse", id).about(found.person).done());
    Ok(())
}

/// A proposal that waits, for an officer of its agency who did not make it.
async fn load(tx: &Tx, actor: &Actor, id: OrganisationId, change: ChangeId) -> Result<Change, IdentityError> {
    policy::allowed(actor, Action::DecideOrganisation)?;
    let since = tx.now() - PROPOSAL_LIFE;
    let row = tx.query_opt(sql::CHANGE_ONE, &[&id, &change, &since]).await?;
    let found = Change::read(&row.ok_or(IdentityError::NotFound)?)?;
    if actor.staff().is_some_and(|(own, _)| *own != found.agency) {
        return Err(IdentityError::NotFound);
    }
    if found.proposed_by == actor.account || found.account == actor.account {
        return Err(IdentityError::SecondPersonNeeded);
    }
    Ok(found)
}

fn decide(tx: &mut Tx, actor: &Actor, change: &Change, outcome: &'static str) {
    let now = tx.now();
    tx.defer(
        sql::CHANGE_DECIDED,
        vec![
            Box::new(change.organisation),
            Box::new(change.id),
            Box::new(actor.account),
            Box::new(now),
            Box::new(outcome),
        ],
    );
}
