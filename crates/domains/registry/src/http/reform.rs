//! Reforms of administrative units: people by unit under the old or the new map, and the work list of divided units.

use std::sync::Arc;

use axum::extract::State;
use base::{Page, PageRequest};
use contracts::{Access, Caller, CommuneCode, PersonId, Purpose};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use webkit::{Json, Problem, Query};

use super::Api;
use crate::reform::{
    counts::SHOWN_MIN,
    ops::{Settling, reform_counts, reform_settle, reform_undecided},
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CountsAsked {
    /// The day on which people lived there.
    #[param(value_type = String, format = Date, example = "2025-06-30")]
    on: Date,
    /// The day of the map; the same day, where nothing is said.
    #[param(value_type = Option<String>, format = Date, example = "2025-07-01")]
    map: Option<Date>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CountsAnswer {
    units: Vec<CountAnswer>,
    /// None where it would tell a hidden number.
    total: Option<u64>,
    /// Smaller numbers are hidden, and others by which they could be told.
    shown_min: u64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CountAnswer {
    /// Code of the unit on that map; none where only the unit of the day of the count is known.
    unit: Option<String>,
    of: Option<String>,
    /// None: hidden.
    people: Option<u64>,
}

/// Living people by unit on a day, under the map of that or another day. Numbers only: nobody is shown.
#[utoipa::path(get, path = "/api/v1/communes/counts", operation_id = "commune_counts", tag = "persons",
    params(CountsAsked),
    responses((status = 200, body = CountsAnswer), (status = 401), (status = 403)))]
pub(super) async fn counts(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Query(asked): Query<CountsAsked>,
) -> Result<axum::Json<CountsAnswer>, Problem> {
    let access = Access::new(&actor, Purpose::LOOK_UP);
    let mut tx = api.store.begin().await?;
    let counts = reform_counts(&mut tx, &access, asked.on, asked.map.unwrap_or(asked.on)).await;
    let counts = tx.finish(counts).await?;
    let units = counts.cells.into_iter();
    let units = units.map(|(cell, people)| CountAnswer { unit: cell.unit, of: cell.of, people }).collect();
    Ok(axum::Json(CountsAnswer { units, total: counts.total, shown_min: SHOWN_MIN }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct UndecidedBody {
    /// Id of the reform.
    #[schema(example = "2025-07-01")]
    reform: String,
    /// The old unit, five digits.
    #[schema(example = "00070")]
    unit: String,
    after: Option<String>,
    /// At most 100.
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct UndecidedAnswer {
    residences: Vec<WaitingAnswer>,
    /// Give it as `after` for the next page; none: this is the last.
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct WaitingAnswer {
    #[schema(value_type = String, format = Uuid)]
    person: PersonId,
    residence: Uuid,
    /// `permanent`, `temporary` or `current`.
    kind: String,
    address: String,
    /// The units of which one is right.
    parts: Vec<String>,
}

/// Residences in a divided unit of which no rule says to which part they belong. Everybody shown sees it in their log.
#[utoipa::path(post, path = "/api/v1/reforms/undecided", operation_id = "reform_undecided", tag = "persons",
    request_body = UndecidedBody,
    responses((status = 200, body = UndecidedAnswer), (status = 401), (status = 403), (status = 404)))]
pub(super) async fn undecided(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Json(body): Json<UndecidedBody>,
) -> Result<axum::Json<UndecidedAnswer>, Problem> {
    let access = Access::new(&actor, Purpose::UPDATE_RECORD);
    let (unit, page) = (CommuneCode(body.unit), PageRequest { after: body.after, limit: body.limit });
    let mut tx = api.store.begin().await?;
    let found = reform_undecided(&mut tx, &access, &body.reform, &unit, &page).await;
    let Page { items, next } = tx.finish(found).await?;
    let residences = items.into_iter().map(|w| WaitingAnswer {
        person: w.person,
        residence: w.residence,
        kind: w.kind,
        address: w.address,
        parts: w.parts,
    });
    Ok(axum::Json(UndecidedAnswer { residences: residences.collect(), next }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct SettleBody {
    /// Id of the reform.
    #[schema(example = "2025-07-01")]
    reform: String,
    #[schema(value_type = String, format = Uuid)]
    person: PersonId,
    residence: Uuid,
    /// The right part, five digits.
    #[schema(example = "00004")]
    unit: String,
}

/// An officer says to which part of a divided unit a residence belongs.
#[utoipa::path(post, path = "/api/v1/reforms/settle", operation_id = "reform_settle", tag = "persons",
    request_body = SettleBody,
    responses((status = 204), (status = 401), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub(super) async fn settle(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Json(body): Json<SettleBody>,
) -> Result<axum::http::StatusCode, Problem> {
    let access = Access::new(&actor, Purpose::UPDATE_RECORD);
    let unit = CommuneCode(body.unit);
    let said = Settling { slug: &body.reform, person: body.person, residence: body.residence, unit: &unit };
    let mut tx = api.store.begin().await?;
    let settled = reform_settle(&mut tx, &access, api.nation.as_ref(), &said).await;
    tx.finish(settled).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}
