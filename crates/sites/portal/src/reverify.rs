//! "Is this still right?": asked of people whom the lot drew. What is called wrong goes to the commune; the person can ask
//! for its correction at once.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base::FieldFault;
use contracts::{Access, Purpose};
use http::StatusCode;
use maud::{Markup, html};
use registry::{
    model::Item,
    quality::ops::{Question, QuestionItem, sample_answer, sample_question},
};
use webkit::{
    Form, Problem, form_faults,
    i18n::{by_field, key_of},
    ui::{self, Choice, Field, Icon, Tone, Weight},
};

use crate::{
    Portal,
    record::{Tab, tabs, value},
    visit::{Citizen, Place},
};

/// Where it is asked.
const CHECK: &str = "/record/check";

pub fn routes() -> Router<Arc<Portal>> {
    Router::new().route(CHECK, get(show).post(answer))
}

async fn question(c: &Citizen) -> Result<Option<Question>, Problem> {
    let mut tx = c.begin().await?;
    let asked = sample_question(&mut tx, &access(c), &c.portal.quality).await;
    Ok(tx.finish(asked).await?)
}

fn access(c: &Citizen) -> Access {
    Access::new(&c.actor, Purpose::OWN_RECORD)
}

async fn show(c: Citizen) -> Result<Markup, Problem> {
    let question = question(&c).await?;
    Ok(page(&c, question.as_ref(), &Form::default(), &[]))
}

async fn answer(c: Citizen, form: Form) -> Result<Response, Problem> {
    let Some(question) = question(&c).await? else { return Ok(Redirect::to(CHECK).into_response()) };
    let answers: BTreeMap<String, bool> = question
        .items
        .iter()
        .filter_map(|i| match form.raw(&i.item) {
            "right" => Some((i.item.clone(), true)),
            "wrong" => Some((i.item.clone(), false)),
            _ => None,
        })
        .collect();
    let mut tx = c.begin().await?;
    let done = sample_answer(&mut tx, &access(&c), &c.portal.quality, &answers).await;
    match tx.finish(done).await {
        Ok(()) => Ok((c.flash(Tone::Good, c.t("reverify-thanks")), Redirect::to("/record")).into_response()),
        Err(e) => {
            let faults = form_faults(e)?;
            let page = page(&c, Some(&question), &form, &faults);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn page(c: &Citizen, question: Option<&Question>, typed: &Form, faults: &[FieldFault]) -> Markup {
    let title = c.t("reverify-title");
    let errors = by_field(c, faults);
    c.frame(Place::Record, &title).error(!faults.is_empty()).page(html! {
        (ui::error_summary(c, faults))
        h1 { (title) }
        (tabs(c, Tab::Check))
        @match question {
            None => { (ui::empty(Icon::Check, &c.t("reverify-none"), html! { p { (c.t("reverify-none-text")) } })) }
            Some(question) => {
                p.lead { (c.t("reverify-lead")) }
                p.quiet { (c.tw("reverify-until", &[("day", c.date(question.open_until).into())])) }
                form method="post" action=(CHECK) novalidate {
                    (c.csrf())
                    @for item in &question.items {
                        @let field = Field::new(&item.item, name(c, item)).hint(said(c, item)).errors(&errors);
                        @let choices = [Choice::new("right", c.t("reverify-right")), Choice::new("wrong", c.t("reverify-wrong"))];
                        (ui::radios(c, &field, &choices, typed.raw(&item.item)))
                    }
                    (ui::notice(Tone::Info, html! { p { (c.t("reverify-what-follows")) } }))
                    (ui::actions(ui::submit(Weight::Primary, &c.t("reverify-send"))))
                }
            }
        }
    })
}

fn name(c: &Citizen, item: &QuestionItem) -> String {
    c.t(&format!("datum-{}", key_of(&item.item)))
}

/// What the record says, as people say it.
fn said(c: &Citizen, item: &QuestionItem) -> String {
    let now = match (&item.commune, Item::from_key(&item.item)) {
        (Some(commune), _) => format!("{}, {}", item.value, c.place(commune)),
        (None, Some(of)) => value(c, of, &item.value),
        (None, None) => item.value.clone(),
    };
    c.tw("reverify-now", &[("value", now.into())])
}
