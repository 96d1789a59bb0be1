//! A relying party's request that cannot be answered: said to the person who stands before it, who did nothing wrong.

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use maud::{Markup, html};
use webkit::{
    Problem, View,
    ui::{self, Icon},
};

use crate::visit;

/// The provider's word for such a request.
const REFUSED: &str = "openid.request_refused";

/// Around routes to which relying parties send people. Everything else that goes wrong is told as anywhere.
pub fn plainly<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes.layer(from_fn(tell))
}

async fn tell(view: View, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    match response.extensions().get::<Problem>() {
        Some(problem) if problem.code() == REFUSED => {
            (StatusCode::BAD_REQUEST, page(&view, &problem.detail(&view))).into_response()
        }
        _ => response,
    }
}

/// What happened, whose matter it is, and what to tell them.
pub fn page(view: &View, detail: &str) -> Markup {
    let title = view.t("consent-trouble-title");
    visit::frame(view, &title).page(html! {
        (visit::styles(view))
        div.problem {
            (Icon::Alert.large())
            h1 { (title) }
            p.lead { (view.t("consent-trouble-lead")) }
            p { (view.t("consent-trouble-do")) }
            (ui::details(&view.t("consent-trouble-detail"), html! {
                p { (detail) }
                p.quiet { (view.t("problem-request")) " " code { (view.request_id()) } }
            }))
            p { (ui::link_button_secondary("/", &view.t("consent-home"))) }
        }
    })
}
