//! What held on a day, as it was known at a moment: of a person, a household, a commune.

use std::sync::Arc;

use axum::extract::State;
use base::{Page, PageRequest};
use contracts::{Access, Caller, CommuneCode, HouseholdId};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use webkit::{Json, Problem};

use super::{Api, person_of, purpose};
use crate::ops::{Record, Resident, commune_as_of, household_as_of, person_as_of};

/// The two times of every question.
#[derive(Deserialize, ToSchema)]
pub(super) struct AsOf {
    /// The day on which it held.
    #[schema(value_type = String, format = Date, example = "2020-01-01")]
    day: Date,
    /// The moment at which it was known so; now, where nothing is said.
    #[schema(value_type = Option<String>, format = DateTime)]
    known: Option<Timestamp>,
    /// `look_up` or `decide_dossier`; it stands in the log of everybody shown.
    #[schema(example = "look_up")]
    purpose: String,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct PersonAsOfBody {
    /// Twelve digits.
    #[schema(example = "001190000003")]
    number: String,
    #[serde(flatten)]
    as_of: AsOf,
}

/// The whole record of a person: items, residences, kin, household, papers, each with where it comes from.
#[utoipa::path(post, path = "/api/v1/persons/as-of", operation_id = "as_of", tag = "persons",
    request_body = PersonAsOfBody,
    responses((status = 200, body = Object), (status = 401), (status = 403), (status = 422)))]
pub(super) async fn person(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Json(body): Json<PersonAsOfBody>,
) -> Result<axum::Json<Record>, Problem> {
    let access = Access::new(&actor, purpose(&body.as_of.purpose)?);
    let mut tx = api.store.begin().await?;
    let known = body.as_of.known.unwrap_or(tx.now());
    let record = async {
        let person = person_of(&mut tx, &access, "number", &body.number).await?;
        person_as_of(&mut tx, &access, person, body.as_of.day, known).await
    }
    .await;
    Ok(axum::Json(tx.finish(record).await?))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct HouseholdAsOfBody {
    /// Id of the household, as the lists of residents give it.
    #[schema(value_type = String, format = Uuid)]
    household: HouseholdId,
    #[serde(flatten)]
    as_of: AsOf,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ResidentAnswer {
    /// Middle digits hidden.
    number_masked: Option<String>,
    name: Option<String>,
    birth_date: Option<String>,
    sex: Option<String>,
    /// `permanent`, `temporary` or `current`.
    kind: &'static str,
    commune: String,
    address: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    household: Option<HouseholdId>,
    /// To the head; `head` is the head.
    relation: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    since: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    last_day: Option<Date>,
}

impl From<Resident> for ResidentAnswer {
    fn from(r: Resident) -> Self {
        Self {
            number_masked: r.number_masked,
            name: r.name,
            birth_date: r.birth_date.map(|d| d.to_string()),
            sex: r.sex,
            kind: r.kind,
            commune: r.commune.0,
            address: r.address,
            household: r.household,
            relation: r.relation,
            since: r.since,
            last_day: r.last_day,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct ResidentsAnswer {
    people: Vec<ResidentAnswer>,
    /// Give it as `after` for the next page; none: this is the last.
    next: Option<String>,
}

/// Who lived in a household, the head first.
#[utoipa::path(post, path = "/api/v1/households/as-of", operation_id = "household_as_of", tag = "persons",
    request_body = HouseholdAsOfBody,
    responses((status = 200, body = ResidentsAnswer), (status = 401), (status = 403), (status = 422)))]
pub(super) async fn household(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Json(body): Json<HouseholdAsOfBody>,
) -> Result<axum::Json<ResidentsAnswer>, Problem> {
    let access = Access::new(&actor, purpose(&body.as_of.purpose)?);
    let mut tx = api.store.begin().await?;
    let known = body.as_of.known.unwrap_or(tx.now());
    let members = household_as_of(&mut tx, &access, body.household, body.as_of.day, known).await;
    let members = tx.finish(members).await?;
    let people = members.into_iter().map(ResidentAnswer::from).collect();
    Ok(axum::Json(ResidentsAnswer { people, next: None }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct CommuneAsOfBody {
    /// Five digits.
    #[schema(example = "00004")]
    commune: String,
    #[serde(flatten)]
    as_of: AsOf,
    after: Option<String>,
    /// At most 100.
    limit: Option<u32>,
}

/// Who lived in a commune, page by page.
#[utoipa::path(post, path = "/api/v1/communes/as-of", operation_id = "commune_as_of", tag = "persons",
    request_body = CommuneAsOfBody,
    responses((status = 200, body = ResidentsAnswer), (status = 401), (status = 403), (status = 422)))]
pub(super) async fn commune(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Json(body): Json<CommuneAsOfBody>,
) -> Result<axum::Json<ResidentsAnswer>, Problem> {
    let access = Access::new(&actor, purpose(&body.as_of.purpose)?);
    let (commune, page) = (CommuneCode(body.commune), PageRequest { after: body.after, limit: body.limit });
    let mut tx = api.store.begin().await?;
    let known = body.as_of.known.unwrap_or(tx.now());
    let found = commune_as_of(&mut tx, &access, &commune, (body.as_of.day, known), &page).await;
    let Page { items, next } = tx.finish(found).await?;
    Ok(axum::Json(ResidentsAnswer { people: items.into_iter().map(ResidentAnswer::from).collect(), next }))
}
