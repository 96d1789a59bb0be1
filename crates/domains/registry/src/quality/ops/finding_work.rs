//! `finding_work`: an officer takes a finding, gives it to a colleague, puts it back, or explains why the record is right
//! as it stands. Mending the data itself is done by the acts of the record; the finding then goes by itself.

use contracts::{Access, AccountId, CommuneCode, PersonId, Who};
use jiff::civil::Date;
use serde_json::{Value, json};
use store::{RowExt, Tx};

use super::{figures_read::scope, persons_assess::area};
use crate::{
    RegistryError,
    model::rules,
    quality::{
        Area, Quality,
        measures::{EXPLAINED as EXPLAINED_COUNT, FINDING, FLAWED},
        policy::{Action, authorise},
        sql,
    },
};

/// State of a finding that somebody has explained.
pub const EXPLAINED: &str = "explained";

/// What is done with a finding.
#[derive(Clone)]
pub enum Step {
    /// Somebody of the agency sees to it, by a day.
    Take {
        officer: AccountId,
        name: String,
        due_on: Option<Date>,
    },
    Release,
    /// It is right as it stands.
    Explain {
        reason: String,
    },
}

pub async fn finding_work(
    tx: &mut Tx,
    access: &Access,
    quality: &Quality,
    (person, rule): (PersonId, &str),
    step: &Step,
) -> Result<(), RegistryError> {
    authorise(access, Action::Work)?;
    let scope = scope(tx, access, quality).await?;
    // The lock that assessors take, in the same order: first the person.
    tx.query(sql::PERSONS_LOCK, &[&vec![person.0]]).await?;
    let row = tx.query_opt(sql::FINDING, &[&person, &rule]).await?.ok_or(RegistryError::NoSuchFinding)?;
    let commune = CommuneCode(row.col("commune")?);
    if !scope.may_see_cases(&commune) || row.col::<&str>("state")? == EXPLAINED {
        return Err(RegistryError::NoSuchFinding);
    }
    let now = tx.now();
    match step {
        Step::Take { officer, name, due_on } => {
            let params: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
                [&person, &rule, officer, name, due_on, &now];
            tx.query(sql::FINDING_TAKE, &params).await?;
        }
        Step::Release => {
            tx.query(sql::FINDING_RELEASE, &[&person, &rule, &now]).await?;
        }
        Step::Explain { reason } => {
            let reason = rules::line(reason).map_err(|b| RegistryError::Invalid(vec![b.at("reason")]))?;
            let name = match &access.actor.who {
                Who::Staff { name, .. } => Some(name.clone()),
                Who::Citizen { .. } | Who::System => None,
            };
            tx.query(sql::FINDING_EXPLAIN, &[&person, &rule, &reason, &access.actor.account, &name, &now])
                .await?;
            explained(tx, person, (rule, area(&row)?), &commune).await?;
        }
    }
    tx.audit(access.entry("registry.finding_work").about(person).fields([rule]).done());
    Ok(())
}

/// The figures follow: one finding less, and one flawed person less where it was the last.
async fn explained(
    tx: &Tx,
    person: PersonId,
    (rule, of): (&str, Area),
    commune: &CommuneCode,
) -> Result<(), RegistryError> {
    let mut changes = vec![(format!("{FINDING}{rule}"), -1), (format!("{EXPLAINED_COUNT}{rule}"), 1)];
    let people = vec![person.0];
    let mut others = false;
    for row in tx.query(sql::FINDINGS_OF, &[&people]).await? {
        let state: &str = row.col("state")?;
        others |= area(&row)? == Area::Clean && state != EXPLAINED;
    }
    let counted = match tx.query_opt(sql::PERSONS_LOCK, &[&people]).await? {
        Some(row) => row.col::<bool>("counted")?,
        None => false,
    };
    if of == Area::Clean && counted && !others {
        changes.push((FLAWED.to_owned(), -1));
    }
    let rows: Vec<Value> = changes
        .into_iter()
        .map(|(measure, value)| json!({ "commune": commune.as_str(), "measure": measure, "value": value }))
        .collect();
    tx.execute(sql::ROLLUP_ADD, &[&Value::Array(rows)]).await?;
    Ok(())
}
