//! `figures_read`: what a commune, a province or the country shows now and over time. Numbers only, of nobody in
//! particular.

use base::vietnam_date;
use contracts::{Access, CommuneCode};
use futures::future::{join, join3};
use jiff::{ToSpan, civil::Date};
use store::{Row, RowExt, StoreError, Tx};

use crate::{
    RegistryError,
    quality::{
        Quality,
        measures::{self, Doubles, Figures, Tally, doubles_per_100_000, month},
        policy::{Action, Scope, authorise},
        sql,
    },
};

/// Days of the trend.
const TREND_DAYS: i64 = 90;
/// Months whose recordings the lags are of.
const LAG_MONTHS: i64 = 12;
/// Weeks whose answers the error rate is of.
const SAMPLE_WEEKS: i64 = 26;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// One commune of a province; none: all of the agency's.
    pub commune: Option<CommuneCode>,
}

/// A day of the past; sums of the communes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayLine {
    pub day: Date,
    pub people: i64,
    pub fields: i64,
    pub confirmed: i64,
    pub due: i64,
    pub held: i64,
    pub flawed: i64,
    pub stale: i64,
    pub waiting: i64,
    pub cleared: i64,
}

/// What people answered who were drawn by lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sampled {
    pub asked: i64,
    pub answered: i64,
    /// Items that were answered, and those called wrong.
    pub items: i64,
    pub wrong: i64,
}

/// A commune beside its neighbours.
#[derive(Debug, Clone, PartialEq)]
pub struct CommuneLine {
    pub commune: CommuneCode,
    pub figures: Figures,
}

pub struct Overview {
    pub scope: Scope,
    /// The one commune that is shown.
    pub commune: Option<CommuneCode>,
    pub figures: Figures,
    pub days: Vec<DayLine>,
    pub sampled: Sampled,
    pub duplicates: i64,
    /// What the lot shows of duplicates, found or not: how many were drawn, and the estimate.
    pub drawn: i64,
    pub doubles: Option<Doubles>,
    /// Who was not heard of since this month is stale.
    pub stale_since: String,
    /// The lags are of what was recorded since this month.
    pub lags_since: String,
    /// Every commune of a province; empty where one is shown.
    pub communes: Vec<CommuneLine>,
}

/// What the caller's agency looks after.
pub(super) async fn scope(tx: &Tx, access: &Access, quality: &Quality) -> Result<Scope, RegistryError> {
    let (agency, _) = access.actor.staff().ok_or(RegistryError::Forbidden)?;
    let peopled = codes(&tx.query(sql::COMMUNES, &[]).await?)?;
    Scope::of(agency, quality.nation.as_ref(), &peopled).ok_or(RegistryError::Forbidden)
}

pub async fn figures_read(
    tx: &mut Tx,
    access: &Access,
    quality: &Quality,
    asked: &Asked,
) -> Result<Overview, RegistryError> {
    authorise(access, Action::Figures)?;
    let scope = scope(tx, access, quality).await?;
    let commune = match (&scope, &asked.commune) {
        (Scope::Commune(own), None) => Some(own.clone()),
        (_, Some(asked)) if !scope.communes().contains(asked) => return Err(RegistryError::Forbidden),
        (_, asked) => asked.clone(),
    };
    let shown: Vec<CommuneCode> =
        commune.as_ref().map_or_else(|| scope.communes().to_vec(), |c| vec![c.clone()]);
    let today = vietnam_date(tx.now());
    let back = |span: jiff::Span| today.checked_sub(span).unwrap_or(Date::MIN);
    let (since, week) = (back(TREND_DAYS.days()), back(SAMPLE_WEEKS.weeks()));
    let (counts, days) = join(tx.query(sql::ROLLUP, &[&shown]), tx.query(sql::DAYS, &[&shown, &since])).await;
    let (sample, twice, doubled) = join3(
        tx.query_one(sql::SAMPLE, &[&shown, &week]),
        tx.query_one(sql::DUPLICATES, &[&shown]),
        tx.query_one(sql::DOUBLED, &[&shown, &week]),
    )
    .await;
    let (sample, doubled) = (sample?, doubled?);
    let drawn = doubled.col("compared")?;
    let communes = if commune.is_none() { lines(tx, &shown).await? } else { Vec::new() };
    Ok(Overview {
        figures: Figures::new(tally(&counts?)?),
        days: days?.iter().map(day).collect::<Result<_, _>>()?,
        sampled: Sampled {
            asked: sample.col("asked")?,
            answered: sample.col("answered")?,
            items: sample.col("items")?,
            wrong: sample.col("wrong")?,
        },
        duplicates: twice?.col("count")?,
        drawn,
        doubles: doubles_per_100_000(drawn, doubled.col("doubled")?),
        stale_since: month(back(quality.rules.stale_months.months())),
        lags_since: month(back((LAG_MONTHS - 1).months())),
        communes,
        scope,
        commune,
    })
}

async fn lines(tx: &Tx, communes: &[CommuneCode]) -> Result<Vec<CommuneLine>, StoreError> {
    use measures::{CONFIRMED, DUE, FIELDS, FLAWED, HELD, PEOPLE};
    let wanted = vec![PEOPLE, FIELDS, CONFIRMED, DUE, HELD, FLAWED];
    let mut found: Vec<(CommuneCode, Tally)> = Vec::new();
    for row in tx.query(sql::ROLLUP_BY_COMMUNE, &[&communes, &wanted]).await? {
        let commune = CommuneCode(row.col("commune")?);
        if found.last().is_none_or(|(last, _)| *last != commune) {
            found.push((commune, Tally::new()));
        }
        if let Some((_, tally)) = found.last_mut() {
            tally.insert(row.col("measure")?, row.col("value")?);
        }
    }
    Ok(found
        .into_iter()
        .map(|(commune, tally)| CommuneLine { commune, figures: Figures::new(tally) })
        .collect())
}

fn tally(rows: &[Row]) -> Result<Tally, StoreError> {
    rows.iter().map(|row| Ok((row.col("measure")?, row.col("value")?))).collect()
}

fn codes(rows: &[Row]) -> Result<Vec<CommuneCode>, StoreError> {
    rows.iter().map(|row| Ok(CommuneCode(row.col("commune")?))).collect()
}

fn day(row: &Row) -> Result<DayLine, StoreError> {
    Ok(DayLine {
        day: row.col("day")?,
        people: row.col("people")?,
        fields: row.col("fields")?,
        confirmed: row.col("confirmed")?,
        due: row.col("due")?,
        held: row.col("held")?,
        flawed: row.col("flawed")?,
        stale: row.col("stale")?,
        waiting: row.col("waiting")?,
        cleared: row.col("cleared")?,
    })
}
