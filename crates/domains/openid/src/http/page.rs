//! The last step of a browser: an answer leaves to the relying party, in the address or as a form.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use webkit::{CONTENT_SECURITY_POLICY, View, ui};

use crate::authorization::{Answer, origin_of};

const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// Sends the browser on.
pub fn answer(view: &View, answer: &Answer) -> Response {
    match answer {
        Answer::Redirect(address) => sealed((StatusCode::SEE_OTHER, location(address)).into_response(), None),
        Answer::Post { .. } => page(view, answer),
    }
}

/// The same for an address to which a form of ours led by redirects, such as after signing in. Browsers hold `form-action`
/// against every step of those, so the chain is broken by a page that goes on by itself.
pub fn answer_after_form(view: &View, answer: &Answer) -> Response {
    page(view, answer)
}

fn page(view: &View, answer: &Answer) -> Response {
    let title = view.t("openid-leave-title");
    let go = view.t("openid-leave-go");
    let body: Markup = match answer {
        Answer::Redirect(address) => html! { p { (ui::link_button(address, &go)) } },
        Answer::Post { action, fields } => html! {
            form method="post" action=(action) {
                @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                (ui::submit(ui::Weight::Primary, &go))
            }
        },
    };
    let markup = view.layout(&title).page(&html! {
        h1 { (title) }
        p.lead { (view.t("openid-leave-lead")) }
        (body)
    });
    let mut response = sealed(markup.into_response(), Some(answer.goes_to()));
    if let Answer::Redirect(address) = answer
        && let Ok(value) = HeaderValue::try_from(format!("0;url={address}"))
    {
        response.headers_mut().insert(REFRESH, value);
    }
    response
}

fn location(address: &str) -> [(HeaderName, HeaderValue); 1] {
    let value = HeaderValue::try_from(address).unwrap_or(HeaderValue::from_static("/"));
    [(header::LOCATION, value)]
}

/// An answer holds a code: it is kept nowhere, and the next site does not learn of our address.
fn sealed(mut response: Response, goes_to: Option<&str>) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(origin) = goes_to.map(origin_of) {
        let policy =
            CONTENT_SECURITY_POLICY.replace("form-action 'self'", &format!("form-action 'self' {origin}"));
        if let Ok(policy) = HeaderValue::try_from(policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
    response
}
