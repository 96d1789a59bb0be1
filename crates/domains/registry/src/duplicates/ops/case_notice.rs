//! `case_notice`: whether a person has a case that is not settled, so that officers see it where they work. It tells that
//! there is one, nothing of the other person.

use contracts::{Access, AgencyId, PersonId};
use store::{RowExt, Tx};
use uuid::Uuid;

use crate::{
    RegistryError,
    duplicates::{
        case::CaseId,
        policy::{Action, authorise, may},
        sql,
    },
};

/// Cases that are told of one person.
const TOLD_MAX: i64 = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCase {
    pub id: CaseId,
    pub agency: Option<AgencyId>,
    /// Who asks may open it.
    pub may_read: bool,
}

pub async fn case_notice(
    tx: &mut Tx,
    access: &Access,
    person: PersonId,
) -> Result<Vec<OpenCase>, RegistryError> {
    authorise(access, Action::Notice)?;
    let own = access.actor.staff().map(|(agency, _)| agency.clone());
    let mut open = Vec::new();
    for row in tx.query(sql::CASES_OF, &[&person, &TOLD_MAX]).await? {
        let agency: Option<AgencyId> = row.col::<Option<String>>("agency")?.map(AgencyId);
        let (one, other): (Uuid, Uuid) = (row.col("person_id")?, row.col("other_id")?);
        let id = CaseId { person: PersonId(one), other: PersonId(other) };
        let may_read = may(access, Action::Read) && own.is_some() && own == agency;
        open.push(OpenCase { id, agency, may_read });
    }
    tx.audit(access.entry("registry.duplicate_notice").about(person).fields(["possible_duplicate"]).done());
    Ok(open)
}
