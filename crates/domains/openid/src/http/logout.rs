//! `/logout`: a relying party sends the browser to sign out (OpenID RP-Initiated Logout 1.0).

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use contracts::Login;
use webkit::{Problem, View};

use super::{LOGOUT, answer, form};
use crate::{
    Answer, OpenId, OpenIdError, Reason,
    limits::{AUTHORIZE_QUERY_BYTES_MAX, BODY_BYTES_MAX},
    ops::{LogoutNext, logout_begin},
    params::Params,
};

/// The page that asks, and says that it is done: `sites/consent`.
const PAGE: &str = "/authorize/logout";
const DONE: &str = "/authorize/logout/done";

pub async fn get(
    State(cx): State<OpenId>,
    view: View,
    uri: Uri,
    login: Option<Extension<Login>>,
) -> Result<Response, Problem> {
    let query = uri.query().unwrap_or("");
    if query.len() > BODY_BYTES_MAX {
        return Err(OpenIdError::Request(Reason::ParameterLong).into());
    }
    let params = Params::parse(query.as_bytes()).map_err(OpenIdError::Request)?;
    let login = login.map(|Extension(login)| login);
    let mut tx = cx.store.begin().await.map_err(OpenIdError::from)?;
    let next = logout_begin(&cx, &mut tx, &params, login.as_ref()).await;
    Ok(match tx.finish(next).await? {
        LogoutNext::Ask(wish) => Redirect::to(&format!("{PAGE}?{}", wish.query())).into_response(),
        LogoutNext::Done(Some(to)) => answer(&view, &Answer::Redirect(to)),
        LogoutNext::Done(None) => Redirect::to(DONE).into_response(),
    })
}

/// A wish may be posted from the relying party's page. Browsers send no cookies of ours with that, so it is asked to come
/// again with the same parameters in the address; nothing happens here.
pub async fn post(headers: HeaderMap, body: Bytes) -> Response {
    let sound = body.len() <= AUTHORIZE_QUERY_BYTES_MAX && form(&headers, &body).is_ok();
    let query = std::str::from_utf8(&body).ok().filter(|_| sound);
    let address = query.map(|query| format!("{LOGOUT}?{query}"));
    match address.and_then(|address| HeaderValue::try_from(address).ok()) {
        Some(address) => (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response(),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}
