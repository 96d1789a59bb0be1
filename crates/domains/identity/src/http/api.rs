//! The JSON API under `/api/v1`. Thin: each handler reads its input, runs one operation, writes its answer.

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    middleware::from_fn_with_state,
    routing::{delete, get, post},
};
use contracts::{AgencyId, IdentityLevel, LoginStrength, Role, Who};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use webkit::{Json, Path, Problem, Rate, RateLimit, View, rate_limit};

use super::caller::SignedIn;
use crate::{
    Client, Current, Identity, IdentityError, Marks, Password, SessionId,
    input::Faults,
    model::Todo,
    ops::{
        self,
        account_open::Opening,
        session_list::Listed,
        sign_in::{Login, SignIn},
    },
};

/// Tries to sign in from one address that reach the database at all; see `throttle` for what holds across processes.
const SIGN_INS: RateLimit = RateLimit { requests: 30, per: Duration::from_secs(60) };
/// Accounts opened from one address.
const OPENINGS: RateLimit = RateLimit { requests: 10, per: Duration::from_secs(60) };

/// The routes, to be wrapped by [`super::authenticate`] and `Kit::wrap`.
pub fn router(cx: Identity) -> Router {
    let limited = |limit| from_fn_with_state(Rate::new(limit), rate_limit);
    Router::new()
        .route("/api/v1/sessions", post(session_create).layer(limited(SIGN_INS)).get(session_list))
        .route("/api/v1/sessions/current", delete(session_end))
        .route("/api/v1/sessions/{id}", delete(session_revoke))
        .route("/api/v1/accounts", post(account_create).layer(limited(OPENINGS)))
        .route("/api/v1/accounts/confirmation", post(account_confirm).layer(limited(OPENINGS)))
        .route("/api/v1/me", get(me))
        .with_state(cx)
}

/// This domain's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(
    paths(session_create, session_list, session_end, session_revoke, account_create, account_confirm, me),
    tags((name = "identity", description = "Accounts and sessions"))
)]
pub struct Api;

/// A citizen gives `number`, an officer `login` and `code`.
#[derive(Deserialize, ToSchema)]
pub struct SessionRequest {
    /// Personal number, 12 digits.
    #[serde(default)]
    number: Option<String>,
    #[serde(default)]
    login: Option<String>,
    #[schema(value_type = String, format = Password)]
    password: Password,
    /// Six digits of the authenticator app.
    #[serde(default)]
    code: Option<String>,
    /// The duty to act in, for an officer who has several.
    #[serde(default)]
    acting: Option<Acting>,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct Acting {
    #[schema(value_type = String, example = "CA-X-26740")]
    agency: AgencyId,
    #[schema(value_type = String, example = "receiver")]
    role: Role,
}

#[derive(Serialize, ToSchema)]
pub struct SessionCreated {
    /// To be sent as `Authorization: Bearer …`. Told once.
    token: String,
    #[serde(flatten)]
    me: Me,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    account: Uuid,
    session: Uuid,
    #[schema(value_type = String)]
    ends_at: Timestamp,
    /// Factors shown at this sign-in (NĐ 69/2024 Art. 20), 1 to 4.
    strength: i16,
    /// What must be done before anything else is possible.
    todo: Todo,
    /// Level of a citizen's account (NĐ 69/2024 Art. 7), 1 or 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_level: Option<i16>,
    /// Name of an officer.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acting: Option<Acting>,
}

impl From<Current> for Me {
    fn from(current: Current) -> Self {
        let (level, name, acting) = match current.actor.who {
            Who::Citizen { level, .. } => (Some(IdentityLevel::number(level)), None, None),
            Who::Staff { agency, role, name } => (None, Some(name), Some(Acting { agency, role })),
            Who::System => (None, None, None),
        };
        Self {
            account: current.actor.account.0,
            session: current.session.0,
            ends_at: current.ends_at,
            strength: LoginStrength::number(current.actor.strength),
            todo: current.todo,
            identity_level: level,
            name,
            acting,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionItem {
    id: Uuid,
    /// The session that asks.
    this: bool,
    /// Browser and system.
    agent: String,
    strength: i16,
    #[serde(skip_serializing_if = "Option::is_none")]
    acting: Option<Acting>,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    last_seen_at: Timestamp,
    #[schema(value_type = String)]
    ends_at: Timestamp,
}

impl From<Listed> for SessionItem {
    fn from(listed: Listed) -> Self {
        Self {
            id: listed.session.0,
            this: listed.this,
            agent: listed.agent,
            strength: listed.strength.number(),
            acting: listed.duty.map(|(agency, role)| Acting { agency, role }),
            created_at: listed.created_at,
            last_seen_at: listed.last_seen_at,
            ends_at: listed.ends_at,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionItems {
    items: Vec<SessionItem>,
}

#[derive(Deserialize, ToSchema)]
pub struct AccountRequest {
    number: String,
    /// Full name as on the card.
    name: String,
    /// Such as `17/5/1990`; a year alone where no more is recorded.
    birth_date: String,
    /// A mobile number of one's own; a code goes there.
    phone: String,
    #[schema(value_type = String, format = Password)]
    password: Password,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AccountAsked {
    /// To be sent back with the code, within five minutes.
    ceremony: String,
}

#[derive(Deserialize, ToSchema)]
pub struct AccountConfirmation {
    ceremony: String,
    /// Six digits of the message.
    code: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AccountCreated {
    account: Uuid,
}

/// Sign in.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "identity", request_body = SessionRequest, responses(
    (status = 201, description = "Signed in", body = SessionCreated),
    (status = 401, description = "Wrong credentials, or a code is needed"),
    (status = 403, description = "The account is locked or has no duty"),
    (status = 422, description = "Input breaks a rule"),
    (status = 429, description = "Too many tries"),
    (status = 503, description = "Too many people sign in at this moment")))]
async fn session_create(
    State(cx): State<Identity>,
    view: View,
    headers: HeaderMap,
    Json(body): Json<SessionRequest>,
) -> Result<(StatusCode, axum::Json<SessionCreated>), Problem> {
    let input = SignIn {
        login: login(&body)?,
        password: body.password,
        code: body.code,
        acting: body.acting.map(|a| (a.agency, a.role)),
        client: Client::program(&view, &headers),
    };
    let signed = ops::sign_in(&cx, &input).await?;
    let created = SessionCreated { token: signed.token.bearer(), me: signed.current.into() };
    Ok((StatusCode::CREATED, axum::Json(created)))
}

/// Where I am signed in.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "identity", responses(
    (status = 200, body = SessionItems), (status = 401, description = "Not signed in")))]
async fn session_list(
    State(cx): State<Identity>,
    SignedIn(me): SignedIn,
) -> Result<axum::Json<SessionItems>, Problem> {
    let mut tx = cx.store.begin().await?;
    let listed = ops::session_list(&mut tx, &me).await;
    let items = tx.finish(listed).await?.into_iter().map(SessionItem::from).collect();
    Ok(axum::Json(SessionItems { items }))
}

/// Sign out.
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "identity", responses(
    (status = 204, description = "Signed out"), (status = 401, description = "Not signed in")))]
async fn session_end(State(cx): State<Identity>, SignedIn(me): SignedIn) -> Result<StatusCode, Problem> {
    let mut tx = cx.store.begin().await?;
    let ended = ops::sign_out(&cx, &mut tx, &me).await;
    tx.finish(ended).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End one of my sessions.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "identity", params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Ended"), (status = 401, description = "Not signed in"),
    (status = 404, description = "No such session of mine")))]
async fn session_revoke(
    State(cx): State<Identity>,
    SignedIn(me): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    let mut tx = cx.store.begin().await?;
    let ended = ops::session_revoke(&cx, &mut tx, &me, id).await;
    tx.finish(ended).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask for an account of level 1: a code goes to the telephone.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "identity", request_body = AccountRequest, responses(
    (status = 202, description = "A message is on its way; send its code back", body = AccountAsked),
    (status = 403, description = "Too young to open an account alone"),
    (status = 404, description = "No account is opened online here"),
    (status = 422, description = "Input breaks a rule, or does not match the record"),
    (status = 429, description = "Too many tries, or too many messages"),
    (status = 503, description = "The telco does not answer")))]
async fn account_create(
    State(cx): State<Identity>,
    view: View,
    headers: HeaderMap,
    Json(body): Json<AccountRequest>,
) -> Result<(StatusCode, axum::Json<AccountAsked>), Problem> {
    let AccountRequest { number, name, birth_date, phone, password } = body;
    let (client, lang) = (Client::program(&view, &headers), view.lang());
    let opening = Opening { number, name, birth_date, phone, password, client, lang };
    let ceremony = ops::account_open_ask(&cx, &opening).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(AccountAsked { ceremony })))
}

/// Open it with the code.
#[utoipa::path(post, path = "/api/v1/accounts/confirmation", tag = "identity", request_body = AccountConfirmation, responses(
    (status = 201, description = "Opened; sign in next", body = AccountCreated),
    (status = 401, description = "The code is wrong, or too late"),
    (status = 409, description = "The person has an account")))]
async fn account_confirm(
    State(cx): State<Identity>,
    Json(body): Json<AccountConfirmation>,
) -> Result<(StatusCode, axum::Json<AccountCreated>), Problem> {
    let none = Marks::default();
    let opened = ops::account_open_confirm(&cx, &body.ceremony, &body.code, &none).await?;
    Ok((StatusCode::CREATED, axum::Json(AccountCreated { account: opened.account.0 })))
}

/// Who I am here.
#[utoipa::path(get, path = "/api/v1/me", tag = "identity", responses(
    (status = 200, body = Me), (status = 401, description = "Not signed in")))]
async fn me(SignedIn(me): SignedIn) -> axum::Json<Me> {
    axum::Json(me.into())
}

fn login(body: &SessionRequest) -> Result<Login, IdentityError> {
    let mut faults = Faults::default();
    let login = match (&body.number, &body.login) {
        (Some(number), None) => faults.number(number).map(Login::Citizen),
        (None, Some(login)) => Some(Login::Staff(login.clone())),
        _ => return Err(IdentityError::field("number", "identity.login_or_number")),
    };
    login.ok_or_else(|| faults.end())
}
