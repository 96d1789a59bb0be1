//! In which of several duties an officer works: chosen after signing in, changed from the bar. One at a time.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use contracts::{AgencyId, Role};
use identity::{http::SignedIn, model::Duty, ops};
use maud::{Markup, html};
use webkit::{
    Form, Problem, Query, View,
    ui::{self, Tone},
};

use crate::{
    Desk,
    officer::{Officer, Part, frame},
    sign_in::{Way, way_on},
    words::Words,
};

/// Where the duty is chosen.
pub const DUTY: &str = "/desk/duty";

/// `GET /desk/duty`.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    officer: Officer,
    SignedIn(me): SignedIn,
    view: View,
    Query(way): Query<Way>,
) -> Result<Markup, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = ops::duty_list(&mut tx, &me).await;
    let duties = tx.finish(outcome).await?;
    Ok(page(&Words::new(&view, &desk), &view, &officer, &duties, &way.next))
}

/// `POST /desk/duty`.
pub async fn switch(
    State(desk): State<Arc<Desk>>,
    SignedIn(me): SignedIn,
    view: View,
    form: Form,
) -> Result<Response, Problem> {
    let agency = AgencyId::new(form.raw("agency"));
    let role = Role::parse(form.raw("role")).ok_or_else(Problem::not_found)?;
    let mut tx = desk.store.begin().await?;
    let outcome = ops::duty_switch(&desk.identity, &mut tx, &me, &agency, role).await;
    tx.finish(outcome).await?;
    let words = Words::new(&view, &desk);
    let args = [("role", words.role(role).into()), ("agency", words.agency(&agency).into())];
    let said = view.flash(Tone::Good, view.tw("desk-duty-done", &args));
    // The inbox leads whoever has none to the first page of their role.
    Ok((said, Redirect::to(way_on(form.raw("next")).unwrap_or("/desk"))).into_response())
}

/// The page as a whole.
pub fn page(words: &Words<'_>, view: &View, officer: &Officer, duties: &[Duty], next: &str) -> Markup {
    let title = view.t("desk-duty-title");
    let is_now = |d: &Duty| d.agency == officer.agency && d.role == officer.role;
    frame(words, view, officer, Part::Duty, &title).page(html! {
        (crate::styles(view))
        h1 { (title) }
        p.lead { (view.t("desk-duty-text")) }
        ul.desk-duties { @for duty in duties {
            li.card {
                h2 { (words.role(duty.role)) }
                p { (words.agency(&duty.agency)) }
                @if let Some(end) = duty.valid_to {
                    p.quiet { (view.tw("desk-duty-until", &[("when", view.moment(end, view.now()).into())])) }
                }
                form method="post" action=(DUTY) {
                    (view.csrf())
                    input type="hidden" name="agency" value=(duty.agency);
                    input type="hidden" name="role" value=(duty.role.as_str());
                    input type="hidden" name="next" value=(next);
                    @if is_now(duty) { (ui::tag(Tone::Good, &view.t("desk-duty-now"))) }
                    button.button.secondary type="submit" {
                        (view.t(if is_now(duty) { "desk-duty-stay" } else { "desk-duty-go" }))
                        span.hidden { ": " (words.role(duty.role)) ", " (words.agency(&duty.agency)) }
                    }
                }
            }
        } }
    })
}
