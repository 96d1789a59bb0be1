//! `case_list`: the cases of one's own agency, newest first, by state and commune.

use base::Page;
use contracts::{Access, AgencyId, CommuneCode, PersonId};
use jiff::Timestamp;
use store::{RowExt, Tx};
use uuid::Uuid;

use crate::{
    RegistryError,
    duplicates::{
        case::{Case, State},
        policy::{Action, authorise},
        sql,
    },
};

/// Lines of one page.
pub const CASES_MAX: u32 = 25;

/// Which cases are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// None: those that are not settled.
    pub state: Option<State>,
    pub commune: Option<CommuneCode>,
    /// Where the page before ended, as it was told.
    pub after: Option<String>,
}

/// Enough to choose by, not to use.
#[derive(Clone, PartialEq)]
pub struct CaseLine {
    pub case: Case,
    pub names: [String; 2],
}

pub struct Cases {
    pub page: Page<CaseLine>,
    /// How many there are in each state, over all pages and communes.
    pub counts: Vec<(State, i64)>,
}

pub async fn case_list(tx: &mut Tx, access: &Access, asked: &Asked) -> Result<Cases, RegistryError> {
    authorise(access, Action::Read)?;
    let (agency, _) = access.actor.staff().ok_or(RegistryError::Forbidden)?;
    let agency: AgencyId = agency.clone();
    let states: Vec<&str> = match asked.state {
        Some(state) => vec![state.as_str()],
        None => State::ALL.into_iter().filter(|s| s.is_unsettled()).map(State::as_str).collect(),
    };
    let (at, person, other) = after(asked.after.as_deref());
    let limit = i64::from(CASES_MAX) + 1;
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
        [&agency, &states, &asked.commune, &at, &person, &other, &limit];
    let (rows, counted) =
        futures::future::join(tx.query(sql::CASES, &params), tx.query(sql::CASE_COUNTS, &[&agency])).await;
    let mut lines = Vec::new();
    for row in rows? {
        let names = [row.col("one_name")?, row.col("other_name")?];
        lines.push(CaseLine { case: Case::read(&row)?, names });
    }
    let mut counts: Vec<(State, i64)> = State::ALL.map(|s| (s, 0)).to_vec();
    for row in counted? {
        let state = State::parse(row.col("state")?);
        if let Some(slot) = counts.iter_mut().find(|(s, _)| Some(*s) == state) {
            slot.1 = row.col("count")?;
        }
    }
    let many = lines.len() > usize::try_from(CASES_MAX).unwrap_or(usize::MAX);
    lines.truncate(usize::try_from(CASES_MAX).unwrap_or(usize::MAX));
    let next = lines.last().filter(|_| many).map(|line| {
        let id = line.case.id;
        format!("{}_{}_{}", line.case.found_at, id.person, id.other)
    });
    for line in &lines {
        for person in line.case.id.both() {
            tx.audit(access.entry("registry.case_list").about(person).fields(["name"]).done());
        }
    }
    Ok(Cases { page: Page { items: lines, next }, counts })
}

/// Whatever cannot be read begins at the top.
fn after(text: Option<&str>) -> (Option<Timestamp>, Option<Uuid>, Option<Uuid>) {
    let parts: Vec<&str> = text.unwrap_or("").split('_').collect();
    let read = || match parts.as_slice() {
        [at, person, other] => {
            Some((at.parse().ok()?, person.parse::<PersonId>().ok()?.0, other.parse::<PersonId>().ok()?.0))
        }
        _ => None,
    };
    read().map_or((None, None, None), |(at, person, other)| (Some(at), Some(person), Some(other)))
}
