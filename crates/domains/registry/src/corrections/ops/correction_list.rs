//! `correction_list`: the requests to one's own agency, the nearest due date first.

use base::{Page, vietnam_date};
use contracts::{Access, AgencyId};
use jiff::civil::Date;
use store::{RowExt, Tx};
use uuid::Uuid;

use crate::{
    RegistryError,
    corrections::{
        Correction, State,
        policy::{Action, authorise},
        sql,
    },
};

/// Lines of one page.
pub const LINES_MAX: u32 = 25;

/// Which requests are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Those that are decided or withdrawn, instead of those that wait.
    pub closed: bool,
    /// Where the page before ended, as it was told.
    pub after: Option<String>,
}

#[derive(Clone)]
pub struct Line {
    pub correction: Correction,
    pub name: Option<String>,
}

#[derive(Clone)]
pub struct Lines {
    pub page: Page<Line>,
    /// Over all pages.
    pub open: i64,
    pub proposed: i64,
    pub overdue: i64,
}

pub async fn correction_list(tx: &mut Tx, access: &Access, asked: &Asked) -> Result<Lines, RegistryError> {
    authorise(access, Action::List, None)?;
    let (agency, _) = access.actor.staff().ok_or(RegistryError::Forbidden)?;
    let agency: AgencyId = agency.clone();
    let states: Vec<&str> =
        State::ALL.into_iter().filter(|s| s.is_open() != asked.closed).map(State::as_str).collect();
    let (due, id) = after(asked.after.as_deref());
    let (limit, today) = (i64::from(LINES_MAX) + 1, vietnam_date(tx.now()));
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 5] = [&agency, &states, &due, &id, &limit];
    let (rows, counts) = futures::future::join(
        tx.query(sql::OF_AGENCY, &params),
        tx.query_opt(sql::COUNTS, &[&agency, &today]),
    )
    .await;
    let mut lines = Vec::new();
    for row in rows? {
        lines.push(Line { correction: Correction::read(&row)?, name: row.col("person_name")? });
    }
    let most = usize::try_from(LINES_MAX).unwrap_or(usize::MAX);
    let many = lines.len() > most;
    lines.truncate(most);
    let next = lines.last().filter(|_| many).map(|l| format!("{}_{}", l.correction.due_on, l.correction.id));
    for line in &lines {
        tx.audit(
            access.entry("registry.correction_list").about(line.correction.person).fields(["name"]).done(),
        );
    }
    let (mut open, mut proposed, mut overdue) = (0, 0, 0);
    if let Some(row) = counts? {
        (open, proposed, overdue) = (row.col("open")?, row.col("proposed")?, row.col("overdue")?);
    }
    Ok(Lines { page: Page { items: lines, next }, open, proposed, overdue })
}

/// Whatever cannot be read begins at the top.
fn after(text: Option<&str>) -> (Option<Date>, Option<Uuid>) {
    let read = || {
        let (due, id) = text?.split_once('_')?;
        Some((due.parse().ok()?, id.parse().ok()?))
    };
    read().map_or((None, None), |(due, id)| (Some(due), Some(id)))
}
