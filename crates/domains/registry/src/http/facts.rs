//! Facts of a person by number, and people by name.

use std::sync::Arc;

use axum::extract::State;
use base::{FieldFault, PartialDate, PersonalNumber, vietnam_date};
use contracts::{Access, Caller, CommuneCode};
use forms::{Fact, Person, Provenance, Value};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use webkit::{Json, Problem};

use super::{Api, fault, purpose};
use crate::{
    RegistryError,
    model::rules,
    ops::{Found, Search, person_find, person_lookup},
};

#[derive(Deserialize, ToSchema)]
pub(super) struct LookupBody {
    /// Twelve digits; spaces, points and dashes are ignored.
    #[schema(example = "001190000003")]
    number: String,
    /// `look_up` or `decide_dossier`; it stands in the person's own log.
    #[schema(example = "look_up")]
    purpose: String,
    /// The facts asked for, such as `name`, `birth_date`, `permanent_commune`.
    #[schema(example = json!(["name", "birth_date"]))]
    fields: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct LookupAnswer {
    /// Whether the number belongs to anybody.
    found: bool,
    /// Only facts that were asked for and that the record holds.
    facts: Vec<FactAnswer>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct FactAnswer {
    field: &'static str,
    /// Text, number, true or false; dates in ISO form, of which the day or the month may be missing.
    #[schema(value_type = Object)]
    value: serde_json::Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<SourceAnswer>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SourceAnswer {
    vi: String,
    en: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    confirmed_on: Option<Date>,
}

/// Named facts about the holder of a number.
#[utoipa::path(post, path = "/api/v1/persons/lookup", tag = "persons", request_body = LookupBody,
    responses((status = 200, body = LookupAnswer), (status = 401), (status = 403), (status = 422)))]
pub(super) async fn lookup(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Json(body): Json<LookupBody>,
) -> Result<axum::Json<LookupAnswer>, Problem> {
    let number = body.number.parse::<PersonalNumber>().map_err(|_| fault("number", rules::NUMBER_SHAPE))?;
    let access = Access::new(&actor, purpose(&body.purpose)?);
    if body.fields.len() > Fact::ALL.len() {
        return Err(RegistryError::TooManyFields { max: Fact::ALL.len() }.into());
    }
    let wanted = wanted(&body.fields)?;
    let mut tx = api.store.begin().await?;
    let today = vietnam_date(tx.now());
    let found = person_lookup(&mut tx, &access, &number, &wanted).await;
    let found = tx.finish(found).await?;
    let facts = found.as_ref().map(|person| answers(person, &wanted, today)).unwrap_or_default();
    Ok(axum::Json(LookupAnswer { found: found.is_some(), facts }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct SearchBody {
    /// With or without tones and marks.
    #[schema(example = "tran thi binh")]
    name: String,
    /// `1968`, `1968-04` or `1968-04-01`. Needed where no commune is given.
    birth_date: Option<String>,
    /// Five digits.
    commune: Option<String>,
    #[schema(example = "look_up")]
    purpose: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SearchAnswer {
    people: Vec<FoundAnswer>,
    /// There are more; ask more exactly.
    more: bool,
}

#[derive(Serialize, ToSchema)]
pub(super) struct FoundAnswer {
    /// Middle digits hidden.
    number_masked: Option<String>,
    name: String,
    #[schema(value_type = Option<String>)]
    birth_date: Option<PartialDate>,
    sex: Option<String>,
    #[schema(value_type = Option<String>)]
    commune: Option<CommuneCode>,
    living: bool,
}

/// People of a name, with birth date or commune; at most twenty.
#[utoipa::path(post, path = "/api/v1/persons/search", tag = "persons", request_body = SearchBody,
    responses((status = 200, body = SearchAnswer), (status = 401), (status = 403), (status = 422)))]
pub(super) async fn search(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Json(body): Json<SearchBody>,
) -> Result<axum::Json<SearchAnswer>, Problem> {
    let birth_date = body.birth_date.map(|raw| raw.parse::<PartialDate>()).transpose();
    let birth_date = birth_date.map_err(|_| fault("birth_date", rules::DATE_SHAPE))?;
    let search = Search { name: body.name, birth_date, commune: body.commune.map(CommuneCode) };
    let access = Access::new(&actor, purpose(&body.purpose)?);
    let mut tx = api.store.begin().await?;
    let found = person_find(&mut tx, &access, &search).await;
    let (people, more) = tx.finish(found).await?;
    let people = people.into_iter().map(FoundAnswer::from).collect();
    Ok(axum::Json(SearchAnswer { people, more }))
}

impl From<Found> for FoundAnswer {
    fn from(f: Found) -> Self {
        let Found { person: _, number_masked, name, birth_date, sex, commune, living } = f;
        Self { number_masked, name, birth_date, sex, commune, living }
    }
}

fn wanted(fields: &[String]) -> Result<Vec<Fact>, RegistryError> {
    let mut wanted = Vec::with_capacity(fields.len());
    let mut faults = Vec::new();
    for (n, field) in fields.iter().enumerate() {
        match Fact::from_key(field) {
            Some(fact) if !wanted.contains(&fact) => wanted.push(fact),
            Some(_) => {}
            None => faults.push(FieldFault::new(format!("fields.{n}"), "registry.field_unknown")),
        }
    }
    if fields.is_empty() {
        faults.push(FieldFault::new("fields", rules::REQUIRED));
    }
    if faults.is_empty() { Ok(wanted) } else { Err(RegistryError::Invalid(faults)) }
}

/// Who asks for the age gets the age, not the date of birth it follows from.
fn answers(person: &Person, wanted: &[Fact], today: Date) -> Vec<FactAnswer> {
    let answer = |fact: &Fact| {
        let value = json(person.value(*fact, today))?;
        let source = person.provenance(*fact).cloned().map(|Provenance { source, confirmed_on }| {
            SourceAnswer { vi: source.vi, en: source.en, confirmed_on }
        });
        Some(FactAnswer { field: fact.key(), value, source })
    };
    wanted.iter().filter_map(answer).collect()
}

fn json(value: Value) -> Option<serde_json::Value> {
    match value {
        Value::Bool(yes) => Some(yes.into()),
        Value::Int(n) => Some(n.into()),
        Value::Text(text) => Some(text.into()),
        Value::Date(day) => Some(day.to_string().into()),
        Value::Partial(date) => Some(date.to_string().into()),
        // No fact has these types.
        Value::Missing | Value::Span { .. } | Value::List(_) => None,
    }
}
