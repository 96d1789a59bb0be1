//! `authorize_begin`: a browser brings an authorization request; it is taken apart, and the browser sent on.

use contracts::Login;
use jiff::Timestamp;
use jose::hash::sha256;
use postgres_types::{Json, ToSql};
use store::{RowExt, StoreError, Tx};
use subtle::ConstantTimeEq;

use super::{
    interaction::{Course, end, judge, leave},
    request_push::{URN, Unread, pushed_digest, read_request},
};
use crate::{
    OpenId, OpenIdError, Reason, Refusal,
    answer::Outcome,
    authorization::Answer,
    clients::Served,
    http::Browser,
    limits::INTERACTION_LIFE,
    model::InteractionId,
    params::Params,
    policy::Decision,
    request::{Back, Request},
    sql,
    watching::Endpoint,
};

/// Where a browser goes from `/authorize`.
pub enum Begun {
    /// To our page of this authorization.
    Page(InteractionId),
    /// Back, at once.
    Answer(Answer),
}

/// # Errors
/// What must be shown and never sent: as long as it is not certain whose address the request names.
pub async fn authorize_begin(
    cx: &OpenId,
    params: &Params,
    browser: &Browser,
    login: Option<&Login>,
) -> Result<Begun, OpenIdError> {
    let now = cx.store.clock().now();
    let id = params.get("client_id").ok_or(OpenIdError::Request(Reason::ParameterMissing))?;
    let client = cx.clients.find(id).ok_or(OpenIdError::Request(Reason::ClientUnknown))?;
    client.in_force(now).map_err(OpenIdError::Request)?;
    let client = match params.get("request") {
        Some(object) => cx.with_current_keys(client, object, now).await,
        None => client,
    };
    match find_request(cx, &client, params, browser).await {
        Ok(Found::Loaded(id)) => Ok(Begun::Page(id)),
        Ok(Found::New { request, id }) => {
            let new = New { client: &client, request, id, begun_at: now };
            new.begin(cx, browser, login).await
        }
        Err(Unread { refusal, back }) => {
            cx.watching.failed(client.id, Endpoint::Authorize, &refusal, now);
            refusal.log();
            match back {
                Some(back) => fail(cx, &client, &back, refusal.reason()).await.map(Begun::Answer),
                None => Err(shown(refusal)),
            }
        }
    }
}

/// A request that a browser brought.
enum Found {
    /// With the interaction that it became already, where it was pushed.
    New { request: Box<Request>, id: Option<InteractionId> },
    /// This browser has loaded it before, and nobody has answered yet.
    Loaded(InteractionId),
}

/// The request: pushed before, or in the address.
async fn find_request(
    cx: &OpenId,
    client: &Served,
    params: &Params,
    browser: &Browser,
) -> Result<Found, Unread> {
    let now = cx.store.clock().now();
    if let Some(request_uri) = params.get("request_uri") {
        if params.has("request") {
            return Err(Reason::RequestObjectNested.into());
        }
        if !request_uri.starts_with(URN) {
            return Err(Reason::RequestUriOutside.into());
        }
        let digest = pushed_digest(request_uri).ok_or(Reason::PushedUnknown)?;
        return Ok(take(cx, client, digest, browser, now).await?);
    }
    let read = read_request(cx, client, params, None, now);
    if client.is_fapi2() {
        // What the client wrote is not even looked at, except to find out where to tell it.
        let back = match read {
            Ok((request, _)) => Some(request.back),
            Err(unread) => unread.back,
        };
        return Err(Unread { refusal: Reason::PushRequired.into(), back });
    }
    let (request, once) = read?;
    if !cx.seen.all_new(once.into_iter().collect()).await? {
        return Err(Unread { refusal: Reason::RequestObjectReplayed.into(), back: Some(request.back) });
    }
    Ok(Found::New { request: Box::new(request), id: None })
}

/// A pushed request is spent when it is answered, not when it is loaded: whoever loads the page anew goes on. It belongs to
/// the browser that loaded it first, so that nobody can begin it and have somebody else sign in to it.
///
/// Statements that stand alone: a transaction around them would cost another round trip. Taking the request writes the
/// interaction too, so that a sign-in costs one less than if the two were apart.
async fn take(
    cx: &OpenId,
    client: &Served,
    digest: [u8; 32],
    browser: &Browser,
    now: Timestamp,
) -> Result<Found, Refusal> {
    let id = interaction_of(&digest);
    let connection = cx.store.connection().await?;
    let take = connection.prepare_cached(sql::PUSHED_TAKE).await.map_err(StoreError::from)?;
    let (digest, holder) = (digest.as_slice(), sha256(browser.value()));
    let params: [&(dyn ToSql + Sync); 6] =
        [&digest, &client.id, &now, &id, &holder.as_slice(), &(now + INTERACTION_LIFE)];
    if let Some(row) = connection.query_opt(&take, &params).await.map_err(StoreError::from)? {
        let Json(request) = row.col::<Json<Request>>("request")?;
        return Ok(Found::New { request: Box::new(request), id: Some(id) });
    }
    let reload = connection.prepare_cached(sql::INTERACTION_RELOAD).await.map_err(StoreError::from)?;
    let loaded = connection.query_opt(&reload, &[&id, &client.id, &now]).await.map_err(StoreError::from)?;
    let row = loaded.ok_or(Reason::PushedUnknown)?;
    match row.col::<&[u8]>("browser")?.ct_eq(holder.as_slice()).into() {
        true => Ok(Found::Loaded(id)),
        false => Err(Reason::PushedElsewhere.into()),
    }
}

/// The interaction that a pushed request becomes follows from its name, so that every process finds it again.
fn interaction_of(digest: &[u8; 32]) -> InteractionId {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(sha256(digest)).for_each(|(to, from)| *to = from);
    InteractionId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// A request that begins.
struct New<'a> {
    client: &'a Served,
    request: Box<Request>,
    /// Of one that stands in the database already.
    id: Option<InteractionId>,
    begun_at: Timestamp,
}

impl New<'_> {
    async fn begin(
        self,
        cx: &OpenId,
        browser: &Browser,
        login: Option<&Login>,
    ) -> Result<Begun, OpenIdError> {
        let mut tx = cx.store.begin().await?;
        let outcome = self.begin_in(cx, &mut tx, browser, login).await;
        tx.finish(outcome).await
    }

    async fn begin_in(
        self,
        cx: &OpenId,
        tx: &mut Tx,
        browser: &Browser,
        login: Option<&Login>,
    ) -> Result<Begun, OpenIdError> {
        let Self { client, request, id, begun_at } = self;
        let ends_at = begun_at + INTERACTION_LIFE;
        let course = Course { client, request: &request, begun_at, ends_at, id };
        let judged = judge(cx, tx, &course, login).await?;
        match (judged.decision, id) {
            (Decision::Fail(reason), _) => end(cx, tx, &course, reason).await.map(Begun::Answer),
            (Decision::Go, _) => {
                leave(cx, tx, &course, &judged.allowed_before(course.request)?).await.map(Begun::Answer)
            }
            (Decision::SignIn(_) | Decision::Ask, Some(id)) => Ok(Begun::Page(id)),
            (Decision::SignIn(_) | Decision::Ask, None) => {
                let id = InteractionId(tx.new_uuid());
                tx.defer(
                    sql::INTERACTION_INSERT,
                    vec![
                        Box::new(id),
                        Box::new(sha256(browser.value()).to_vec()),
                        Box::new(client.id),
                        Box::new(Json(request)),
                        Box::new(begun_at),
                        Box::new(ends_at),
                    ],
                );
                Ok(Begun::Page(id))
            }
        }
    }
}

pub(super) async fn fail(
    cx: &OpenId,
    client: &Served,
    back: &Back,
    reason: Reason,
) -> Result<Answer, OpenIdError> {
    let now = cx.store.clock().now();
    cx.answer(client, back, Outcome::Error(reason), now).await.map_err(shown)
}

/// As a page shows it.
pub(super) fn shown(refusal: Refusal) -> OpenIdError {
    match refusal {
        Refusal::Store(e) => e.into(),
        Refusal::Port(e) => e.into(),
        Refusal::Because(Reason::PushedElsewhere) => OpenIdError::OtherBrowser,
        other => OpenIdError::Request(other.reason()),
    }
}
