//! `authorize_begin`: a browser brings an authorization request; it is taken apart, and the browser sent on.

use contracts::Login;
use jose::hash::sha256;
use postgres_types::Json;
use store::{RowExt, StoreError, Tx};

use super::{
    interaction::{Course, judge, leave},
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
    match find_request(cx, &client, params).await {
        Ok(request) => begin(cx, &client, request, browser, login).await,
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

/// The request: pushed before, or in the address.
async fn find_request(cx: &OpenId, client: &Served, params: &Params) -> Result<Request, Unread> {
    let now = cx.store.clock().now();
    if let Some(request_uri) = params.get("request_uri") {
        if params.has("request") {
            return Err(Reason::RequestObjectNested.into());
        }
        if !request_uri.starts_with(URN) {
            return Err(Reason::RequestUriOutside.into());
        }
        let digest = pushed_digest(request_uri).ok_or(Reason::PushedUnknown)?;
        // One statement that stands alone: a transaction around it would cost another round trip.
        let connection = cx.store.connection().await?;
        let take = connection.prepare_cached(sql::PUSHED_TAKE).await.map_err(StoreError::from)?;
        let taken = connection.query_opt(&take, &[&digest.as_slice(), &client.id, &now]).await;
        let row = taken.map_err(StoreError::from)?.ok_or(Reason::PushedUnknown)?;
        let Json(request) = row.col::<Json<Request>>("request")?;
        return Ok(request);
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
    Ok(request)
}

async fn begin(
    cx: &OpenId,
    client: &Served,
    request: Request,
    browser: &Browser,
    login: Option<&Login>,
) -> Result<Begun, OpenIdError> {
    let mut tx = cx.store.begin().await?;
    let outcome = begin_in(cx, &mut tx, client, request, browser, login).await;
    tx.finish(outcome).await
}

async fn begin_in(
    cx: &OpenId,
    tx: &mut Tx,
    client: &Served,
    request: Request,
    browser: &Browser,
    login: Option<&Login>,
) -> Result<Begun, OpenIdError> {
    let course = Course { client, request: &request, begun_at: tx.now(), id: None };
    let judged = judge(cx, tx, &course, login).await?;
    match judged.decision {
        Decision::Fail(reason) => {
            let now = tx.now();
            cx.watching.failed(client.id, Endpoint::Authorize, &reason.into(), now);
            fail(cx, client, &request.back, reason).await.map(Begun::Answer)
        }
        Decision::Go => leave(cx, tx, &course, &judged.allowed_before()?).await.map(Begun::Answer),
        Decision::SignIn(_) | Decision::Ask => {
            let id = InteractionId(tx.new_uuid());
            let now = tx.now();
            tx.defer(
                sql::INTERACTION_INSERT,
                vec![
                    Box::new(id),
                    Box::new(sha256(browser.value()).to_vec()),
                    Box::new(client.id),
                    Box::new(Json(request)),
                    Box::new(now),
                    Box::new(now + INTERACTION_LIFE),
                ],
            );
            Ok(Begun::Page(id))
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
        other => OpenIdError::Request(other.reason()),
    }
}
