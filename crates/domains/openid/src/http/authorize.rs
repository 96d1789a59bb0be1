//! `/authorize`: where a relying party sends the browser.

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use contracts::Login;
use webkit::{Problem, View};

use super::{AUTHORIZE, Browser, form, page::answer};
use crate::{
    OpenId, OpenIdError, Reason,
    limits::{AUTHORIZE_QUERY_BYTES_MAX, BODY_BYTES_MAX},
    ops::{Begun, authorize_begin},
    params::Params,
};

pub async fn get(
    State(cx): State<OpenId>,
    view: View,
    headers: HeaderMap,
    uri: Uri,
    login: Option<Extension<Login>>,
) -> Result<Response, Problem> {
    let query = uri.query().unwrap_or("");
    if query.len() > BODY_BYTES_MAX {
        return Err(OpenIdError::Request(Reason::ParameterLong).into());
    }
    let params = Params::parse(query.as_bytes()).map_err(OpenIdError::Request)?;
    let known = Browser::read(&headers);
    let browser = known.clone().unwrap_or_else(|| Browser::new(cx.store.entropy().as_ref()));
    let login = login.map(|Extension(login)| login);
    match authorize_begin(&cx, &params, &browser, login.as_ref()).await? {
        Begun::Answer(leaving) => Ok(answer(&view, &leaving)),
        Begun::Page(id) => {
            let mut response = Redirect::to(&format!("{AUTHORIZE}/{id}")).into_response();
            if known.is_none()
                && let Some(cookie) = browser.cookie(cx.settings.issuer.starts_with("https://"))
            {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(response)
        }
    }
}

/// A request may be posted (OpenID Connect Core section 3.1.2.1), from the relying party's page. Browsers send no cookies of
/// ours with that, so it is asked to come again with the same parameters in the address; nothing happens here.
pub async fn post(headers: HeaderMap, body: Bytes) -> Response {
    let sound = body.len() <= AUTHORIZE_QUERY_BYTES_MAX && form(&headers, &body).is_ok();
    let query = std::str::from_utf8(&body).ok().filter(|_| sound);
    let address = query.map(|query| format!("{AUTHORIZE}?{query}"));
    match address.and_then(|address| HeaderValue::try_from(address).ok()) {
        Some(address) => (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response(),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}
