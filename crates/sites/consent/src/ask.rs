//! `/authorize/{interaction}`: the browser stands here between a relying party's request and its answer.
//!
//! What comes next, the domain says: to sign in, to be asked, or to leave. The cookie that came with the request says that
//! it is the same browser.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use maud::{Markup, html};
use openid::{
    Answer, InteractionId, Next, OpenIdError, Question as Asked,
    http::{Browser, answer, answer_after_form},
    ops::{self, Refusing},
};
use webkit::{Form, Path, Problem};

use crate::{
    Consent,
    question::{self, Question, Unread},
    visit::Visit,
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

pub fn routes() -> Router<Arc<Consent>> {
    Router::new()
        .route("/authorize/{interaction}", get(show).post(reply))
        .route("/authorize/{interaction}/unable", get(ask_unable).post(unable))
}

async fn next(v: &Visit, id: InteractionId, browser: &Browser) -> Result<Result<Next, OpenIdError>, Problem> {
    let mut tx = v.begin().await?;
    let outcome = ops::interaction_next(&v.site.openid, &mut tx, id, browser, v.login.as_ref()).await;
    Ok(tx.finish(outcome).await)
}

async fn show(v: Visit, Path(id): Path<InteractionId>, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(browser) = Browser::read(&headers) else { return Ok(stale(&v)) };
    match next(&v, id, &browser).await? {
        Ok(Next::SignIn(how)) => Ok(v.to_sign_in(how)),
        Ok(Next::Ask(asked)) => page(&v, id, &asked, &Unread::default()),
        Ok(Next::Leave(leaves)) => Ok(leave(&v, &headers, &leaves)),
        Err(fault) => ended(&v, fault),
    }
}

/// A browser applies a page's `form-action` to the redirects that follow its form too. A request that our sign-in form
/// led to moves on by a page, because that form knows nothing of the relying party.
fn leave(v: &Visit, headers: &HeaderMap, leaves: &Answer) -> Response {
    let of_own_form = headers.get(SEC_FETCH_SITE).is_some_and(|site| site == "same-origin");
    if of_own_form { answer_after_form(v, leaves) } else { answer(v, leaves) }
}

async fn reply(
    v: Visit,
    Path(id): Path<InteractionId>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let Some(browser) = Browser::read(&headers) else { return Ok(stale(&v)) };
    // Whoever signed out in the meantime, or in another tab is somebody else, is asked again by whom it concerns now.
    let Some(login) = v.login.clone() else { return Ok(again(id)) };
    let asked = match ask(&v, id, &browser).await? {
        Ok(asked) => asked,
        Err(response) => return Ok(response),
    };
    let answered = match question::read(&form, &asked) {
        Err(unread) => return page(&v, id, &asked, &unread),
        Ok(answered) => answered,
    };
    let mut tx = v.begin().await?;
    let cx = &v.site.openid;
    let outcome = match &answered {
        Some(choice) => ops::interaction_accept(cx, &mut tx, id, &browser, &login, choice).await,
        None => ops::interaction_refuse(cx, &mut tx, id, &browser, Refusing::Denied).await,
    };
    match tx.finish(outcome).await {
        Ok(leaves) => Ok(answer(&v, &leaves)),
        // Within this very moment: the page of now says so.
        Err(OpenIdError::Changed(changed)) => match ask(&v, id, &browser).await? {
            Ok(asked) => page(&v, id, &asked, &Unread::Changed(changed)),
            Err(response) => Ok(response),
        },
        Err(fault) => ended(&v, fault),
    }
}

/// The question as it is now, for an answer to it; or what comes instead.
async fn ask(
    v: &Visit,
    id: InteractionId,
    browser: &Browser,
) -> Result<Result<Box<Asked>, Response>, Problem> {
    let mut tx = v.begin().await?;
    let outcome = ops::interaction_ask(&v.site.openid, &mut tx, id, browser, v.login.as_ref()).await;
    Ok(match tx.finish(outcome).await {
        Ok(Next::Ask(asked)) => Ok(asked),
        Ok(Next::SignIn(_)) => Err(again(id)),
        Ok(Next::Leave(leaves)) => Err(answer(v, &leaves)),
        Err(fault) => Err(ended(v, fault)?),
    })
}

/// For whoever cannot sign in as strongly as is asked: the way back to the relying party, instead of a dead end.
async fn ask_unable(v: Visit) -> Markup {
    question::unable_page(&v)
}

async fn unable(v: Visit, Path(id): Path<InteractionId>, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(browser) = Browser::read(&headers) else { return Ok(stale(&v)) };
    let mut tx = v.begin().await?;
    let refused = Refusing::StrengthUnmet;
    let outcome = ops::interaction_refuse(&v.site.openid, &mut tx, id, &browser, refused).await;
    match tx.finish(outcome).await {
        // The page of this form knows nothing of the relying party either.
        Ok(leaves) => Ok(answer_after_form(&v, &leaves)),
        Err(fault) => ended(&v, fault),
    }
}

fn again(id: InteractionId) -> Response {
    Redirect::to(&format!("/authorize/{id}")).into_response()
}

/// A question that is over is no fault of its reader; everything else is a problem.
pub fn ended(v: &Visit, fault: OpenIdError) -> Result<Response, Problem> {
    match fault {
        OpenIdError::NotFound | OpenIdError::WrongState | OpenIdError::OtherBrowser => Ok(stale(v)),
        fault => Err(fault.into()),
    }
}

fn stale(v: &Visit) -> Response {
    (StatusCode::GONE, question::stale_page(v)).into_response()
}

fn page(v: &Visit, id: InteractionId, asked: &Asked, unread: &Unread) -> Result<Response, Problem> {
    let here = format!("/authorize/{id}");
    let page = question::page(v, &Question::of(v, asked), &here, &html! {}, html! {}, unread);
    Ok((unread.status(), policy(&asked.goes_to)?, page).into_response())
}

/// The policy of the question's page: its form may lead to us and to the one place that the answer goes to.
pub fn policy(goes_to: &str) -> Result<[(HeaderName, HeaderValue); 1], Problem> {
    let form = format!("form-action 'self' {goes_to}");
    let text = webkit::CONTENT_SECURITY_POLICY.replace("form-action 'self'", form.trim_end());
    let value = HeaderValue::from_str(&text).map_err(|e| Problem::bug().because(&e))?;
    Ok([(header::CONTENT_SECURITY_POLICY, value)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_opens_one_more_place_and_nothing_else() {
        let [(_, value)] = policy("https://rp.example:8443").unwrap();
        let text = value.to_str().unwrap();
        assert!(text.contains("form-action 'self' https://rp.example:8443;"), "{text}");
        let closed = text.replace(" https://rp.example:8443", "");
        assert_eq!(closed, webkit::CONTENT_SECURITY_POLICY);
        let [(_, value)] = policy("").unwrap();
        assert_eq!(value.to_str().unwrap(), webkit::CONTENT_SECURITY_POLICY);
    }
}
