//! `findings_list`: the work list of a commune, by due day. Everybody shown sees it in their log.

use base::{Page, PartialDate, PersonalNumber};
use contracts::{Access, AccountId, CommuneCode, PersonId};
use jiff::{Timestamp, civil::Date};
use store::{RowExt, Tx};
use uuid::Uuid;

use super::{figures_read::scope, persons_assess::area};
use crate::{
    RegistryError,
    quality::{
        Area, Quality,
        policy::{Action, authorise},
        sql,
    },
};

/// Lines of one page.
pub const WORK_MAX: u32 = 25;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// None: the officer's own commune.
    pub commune: Option<CommuneCode>,
    pub rule: Option<String>,
    /// Only what this officer has taken.
    pub of: Option<AccountId>,
    /// Where the page before ended, as it was told.
    pub after: Option<String>,
}

/// A finding with enough of its person to find their record.
#[derive(Clone, PartialEq, Eq)]
pub struct FindingLine {
    pub person: PersonId,
    pub rule: String,
    pub area: Area,
    /// `open` or `taken`.
    pub state: String,
    pub found_at: Timestamp,
    pub due_on: Date,
    pub officer: Option<(AccountId, String)>,
    pub name: String,
    /// Middle digits hidden.
    pub number_masked: Option<String>,
    pub birth_date: Option<PartialDate>,
}

pub struct Findings {
    pub commune: CommuneCode,
    pub page: Page<FindingLine>,
}

pub async fn findings_list(
    tx: &mut Tx,
    access: &Access,
    quality: &Quality,
    asked: &Asked,
) -> Result<Findings, RegistryError> {
    authorise(access, Action::Cases)?;
    let scope = scope(tx, access, quality).await?;
    let commune = asked.commune.clone().or_else(|| match scope.communes() {
        [only] => Some(only.clone()),
        _ => None,
    });
    let commune = commune.filter(|c| scope.may_see_cases(c)).ok_or(RegistryError::Forbidden)?;
    let after = asked.after.as_deref().and_then(read_after);
    let (day, person, rule) = match after {
        Some((day, person, rule)) => (Some(day), Some(person), Some(rule)),
        None => (None, None, None),
    };
    let limit = i64::from(WORK_MAX) + 1;
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
        [&commune, &asked.rule, &asked.of, &day, &person, &rule, &limit];
    let rows = tx.query(sql::WORK, &params).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        let assignee: Option<Uuid> = row.col("assignee")?;
        let name: Option<String> = row.col("assignee_name")?;
        let number: Option<&str> = row.col("number")?;
        let born: Option<&str> = row.col("birth_date")?;
        lines.push(FindingLine {
            person: PersonId(row.col("person_id")?),
            rule: row.col("rule")?,
            area: area(row)?,
            state: row.col("state")?,
            found_at: row.col("found_at")?,
            due_on: row.col("due_on")?,
            officer: assignee.map(|id| (AccountId(id), name.unwrap_or_default())),
            name: row.col("name")?,
            number_masked: number.and_then(|n| n.parse::<PersonalNumber>().ok()).map(|n| n.masked()),
            birth_date: born.and_then(|d| d.parse().ok()),
        });
    }
    let page = Page::from_overfetch(lines, WORK_MAX, |line| {
        format!("{}_{}_{}", line.due_on, line.person, line.rule)
    });
    for line in &page.items {
        let fields = ["name", "number", "birth_date", line.rule.as_str()];
        tx.audit(access.entry("registry.findings_list").about(line.person).fields(fields).done());
    }
    Ok(Findings { commune, page })
}

/// Whatever cannot be read begins at the top.
fn read_after(text: &str) -> Option<(Date, Uuid, String)> {
    let mut parts = text.splitn(3, '_');
    let day = parts.next()?.parse().ok()?;
    let person = parts.next()?.parse::<PersonId>().ok()?.0;
    Some((day, person, parts.next()?.to_owned()))
}
