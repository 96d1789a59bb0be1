//! `organisation_list`, `organisation_read`: the organisations that somebody represents; one of them with its representatives
//! and what was done for it.

use contracts::{AccountId, AgencyId, OrganisationId, PersonId};
use jiff::Timestamp;
use store::{RowExt, StoreError, Tx};
use uuid::Uuid;

use super::super::{
    model::{Act, ActId, File, Organisation, REPRESENTED_MAX, Representation, Role, Scope},
    rows::{entry, open_file, represented},
    sql,
};
use crate::{Current, IdentityError, ops::set_up, policy};

/// Lines of the history on one page.
pub const ACTS_SHOWN: i64 = 25;

/// An organisation and how the person represents it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mine {
    pub organisation: Organisation,
    pub mine: Representation,
}

/// One of them, as far as the scope of the person goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub organisation: Organisation,
    pub mine: Representation,
    /// While it is being opened.
    pub file: Option<File>,
    /// Everybody; oneself alone without [`Scope::History`].
    pub all: Vec<Representation>,
    /// The youngest first; none without [`Scope::History`].
    pub acts: Vec<Acted>,
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    pub id: ActId,
    pub at: Timestamp,
    pub act: Act,
    /// Who, where it was a person.
    pub person: Option<PersonId>,
    /// Which agency, where it was an officer.
    pub agency: Option<AgencyId>,
    /// The service, for [`Act::Acted`].
    pub service: String,
    /// Whose representation it is about.
    pub about: Option<AccountId>,
}

pub async fn organisation_list(tx: &mut Tx, me: &Current) -> Result<Vec<Mine>, IdentityError> {
    policy::allowed(&me.actor, policy::Action::RepresentOrganisation)?;
    set_up(me)?;
    let rows = tx.query(sql::OF_ACCOUNT, &[&me.account(), &tx.now(), &REPRESENTED_MAX]).await?;
    let all = rows
        .iter()
        .map(|row| Ok(Mine { organisation: Organisation::read(row)?, mine: Representation::read(row)? }));
    Ok(all.collect::<Result<_, StoreError>>()?)
}

/// `before` goes on where the history ended.
pub async fn organisation_read(
    tx: &mut Tx,
    me: &Current,
    id: OrganisationId,
    before: Option<Uuid>,
) -> Result<Shown, IdentityError> {
    policy::allowed(&me.actor, policy::Action::RepresentOrganisation)?;
    set_up(me)?;
    let (organisation, mine, mut all) = represented(tx, me, id).await?;
    let file = open_file(tx, id).await?;
    let mut acts = Vec::new();
    if mine.allows(Scope::History, tx.now()) {
        let rows = tx.query(sql::ACTS, &[&id, &before.unwrap_or(Uuid::max()), &ACTS_SHOWN]).await?;
        acts = rows.iter().map(acted).collect::<Result<_, _>>()?;
    } else {
        all.retain(|r| r.id == mine.id);
    }
    // Each is told in their own log who looked.
    for other in all.iter().filter(|r| r.id != mine.id) {
        tx.audit(entry(&me.actor, "identity.organisation_read", id).about(other.person).done());
    }
    Ok(Shown { organisation, mine, file, all, acts })
}

fn acted(row: &store::Row) -> Result<Acted, StoreError> {
    let act = Act::parse(row.col("kind")?).ok_or(StoreError::Column("kind"))?;
    let detail: String = row.col("detail")?;
    let about = detail.parse().ok().map(AccountId);
    let service = if act == Act::Acted { detail } else { String::new() };
    Ok(Acted {
        id: row.col("act_id")?,
        at: row.col("at")?,
        act,
        person: row.col("person_id")?,
        agency: row.col("agency")?,
        service,
        about: about.filter(|_| act != Act::Acted),
    })
}

impl Shown {
    /// Whether the reader may authorise others.
    pub fn is_legal(&self) -> bool {
        self.mine.role == Role::Legal
    }
}
