//! Initial tokens: with one an agency's program registers applications by itself, none wider than the one that the token was
//! made after. The authority makes a token, and it is shown once; the authority and the agency end it.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::FieldFault;
use http::StatusCode;
use maud::{Markup, html};
use openid::{
    http::REGISTER,
    limits::{INITIAL_TOKEN_LIFE_MAX, INITIAL_TOKEN_USES_MAX},
    model::{Client, ClientId, ClientState},
    ops::{self, InitialToken, NewInitialToken},
};
use serde::Deserialize;
use uuid::Uuid;
use webkit::{
    Form, Path, Problem, Query, View,
    i18n::{Errors, by_field},
    ui::{self, Column, DateValue, Field, Icon, LineKind, Row, Tone, Weight},
};

use crate::{
    Console, TOKENS,
    client::load,
    facts::settings,
    form::end_of,
    officer::{Officer, Part, frame, styles},
    words::{Words, last_day},
};

pub fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route(TOKENS, get(show))
        .route("/console/tokens/new", get(ask).post(make))
        .route("/console/tokens/{token}/end", post(end))
}

/// The address of the form for tokens after an application.
pub fn new_path(model: ClientId) -> String {
    format!("{TOKENS}/new?client={model}")
}

/// The application after which a token is made.
#[derive(Debug, Deserialize)]
struct Model {
    client: ClientId,
}

async fn show(State(console): State<Arc<Console>>, officer: Officer, view: View) -> Result<Markup, Problem> {
    let tx = console.store.begin().await?;
    let outcome = ops::initial_token_list(&console.openid, &tx, &officer.actor).await;
    let tokens = tx.finish(outcome).await?;
    Ok(list_page(&console.words(&view), &view, &officer, &tokens))
}

async fn ask(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Query(Model { client }): Query<Model>,
) -> Result<Markup, Problem> {
    let client = model(&console, &officer, client).await?;
    Ok(new_page(&console.words(&view), &view, &officer, &client, &Form::default(), &[]))
}

/// Only the authority's own officers come here; the domain decides again.
async fn model(console: &Console, officer: &Officer, id: ClientId) -> Result<Client, Problem> {
    if !officer.may_approve() {
        return Err(Problem::forbidden());
    }
    load(console, officer, id).await
}

async fn make(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    form: Form,
) -> Result<Response, Problem> {
    let id: ClientId = form.raw("client").parse().map_err(|_| Problem::not_found())?;
    let client = model(&console, &officer, id).await?;
    let today = base::vietnam_date(view.now());
    let last = form.date("until", today).and_then(Result::ok).and_then(|date| date.exact());
    let uses = form.raw("uses").trim().parse().unwrap_or(0);
    let faults = match last.and_then(end_of) {
        None => vec![FieldFault::new("until", "console.token_until_needed")],
        Some(ends_at) => {
            let mut tx = console.store.begin().await?;
            let made =
                ops::initial_token_make(&console.openid, &mut tx, &officer.actor, id, uses, ends_at).await;
            match tx.finish(made).await {
                Ok(made) => {
                    let issuer = &console.openid.settings.issuer;
                    let page = made_page(&console.words(&view), &view, &officer, &client, &made, issuer);
                    return Ok(page.into_response());
                }
                Err(fault) => webkit::form_faults(fault)?.into_iter().map(place).collect(),
            }
        }
    };
    let page = new_page(&console.words(&view), &view, &officer, &client, &form, &faults);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn place(fault: FieldFault) -> FieldFault {
    match fault.field.as_str() {
        "ends_at" => FieldFault { field: "until".into(), ..fault },
        _ => fault,
    }
}

async fn end(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let mut tx = console.store.begin().await?;
    let outcome = ops::initial_token_end(&console.openid, &mut tx, &officer.actor, id).await;
    tx.finish(outcome).await?;
    Ok((view.flash(Tone::Good, view.t("console-token-ended")), Redirect::to(TOKENS)).into_response())
}

/// Those in force.
pub fn list_page(words: &Words<'_>, view: &View, officer: &Officer, tokens: &[InitialToken]) -> Markup {
    let title = view.t("console-tokens-title");
    frame(words, view, officer, Part::Tokens, &title).page(html! {
        (styles(view))
        h1 { (title) }
        p.lead { (view.t("console-tokens-lead")) }
        @if tokens.is_empty() {
            (ui::empty(Icon::Key, &view.t("console-tokens-none"), html! { p { (view.t("console-tokens-none-about")) } }))
        } @else {
            (table(words, view, officer, tokens))
            p.quiet { (view.t("console-tokens-none-about")) }
        }
    })
}

fn table(words: &Words<'_>, view: &View, officer: &Officer, tokens: &[InitialToken]) -> Markup {
    let keys = [
        "console-token-model",
        "console-owner",
        "console-token-left",
        "console-token-until",
        "console-token-end",
    ];
    let columns = keys.map(|key| Column::new(view.t(key)));
    let row = |token: &InitialToken| {
        let name = view.text(&token.ceiling.name);
        vec![
            html! { (name) p.quiet { (view.tw("console-token-made", &[("when", view.moment(token.made_at, view.now()).into())])) } },
            html! { (words.agency(&token.owner)) },
            html! { (token.uses) },
            html! { (view.date(last_day(token.ends_at))) },
            html! {
                @if officer.may_approve() || officer.manages(&token.owner) {
                    form method="post" action={ (TOKENS) "/" (token.id) "/end" } {
                        (view.csrf())
                        button.button.secondary type="submit" { (view.t("console-token-end")) span.hidden { ": " (name) } }
                    }
                }
            },
        ]
    };
    let rows: Vec<Vec<Markup>> = tokens.iter().map(row).collect();
    ui::table(view, &view.t("console-tokens-title"), &columns, &rows)
}

/// The form of a new token: how often, and until when.
pub fn new_page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    client: &Client,
    form: &Form,
    faults: &[FieldFault],
) -> Markup {
    let title = view.tw("console-token-new-title", &[("name", view.text(&client.settings.name).into())]);
    let own = client.proposers.contains(&officer.actor.account);
    let in_force = client.state == ClientState::Approved || client.settings.sandbox;
    frame(words, view, officer, Part::Tokens, &title).error(!faults.is_empty()).page(html! {
        (styles(view))
        (ui::back_link(&crate::client::path(client.id), view.text(&client.settings.name)))
        (ui::error_summary(view, faults))
        h1 { (title) }
        p.lead { (view.t("console-token-new-lead")) }
        div.columns {
            div { (ui::card(&view.t("console-token-widest"), settings(words, view, None, &client.settings))) }
            div {
                @if own { (ui::notice(Tone::Wait, view.t("console-token-own"))) }
                @else if !in_force { (ui::notice(Tone::Wait, view.t("console-token-not-in-force"))) }
                @else { (ui::card(&view.t("console-token-make"), fields(view, client, form, &by_field(view, faults)))) }
            }
        }
    })
}

fn fields(view: &View, client: &Client, form: &Form, errors: &Errors) -> Markup {
    let most = i64::from(INITIAL_TOKEN_USES_MAX);
    let days = INITIAL_TOKEN_LIFE_MAX.as_hours() / 24;
    let uses = Field::new("uses", view.t("console-token-uses"))
        .hint(view.tw("console-token-uses-hint", &[("max", most.into())]))
        .errors(errors);
    let until = Field::new("until", view.t("console-token-until"))
        .hint(view.tw("console-token-until-hint", &[("days", days.into())]))
        .errors(errors);
    html! {
        form method="post" action={ (TOKENS) "/new" } novalidate {
            (view.csrf())
            input type="hidden" name="client" value=(client.id);
            (ui::line(view, &uses, form.raw("uses"), LineKind::Digits))
            (ui::date(view, &until, &DateValue::typed(form, "until")))
            (ui::actions(ui::submit(Weight::Primary, &view.t("console-token-make"))))
        }
    }
}

/// The token: here, now, and nowhere else.
pub fn made_page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    client: &Client,
    made: &NewInitialToken,
    issuer: &str,
) -> Markup {
    let title = view.t("console-token-made-title");
    let rows = [
        Row::new(view.t("console-token-model"), html! { (view.text(&client.settings.name)) }),
        Row::new(view.t("console-token-where"), html! { code { (issuer) (REGISTER) } }),
        Row::new(view.t("console-token-text"), html! { code.console-secret { (made.text.as_str()) } }),
    ];
    frame(words, view, officer, Part::Tokens, &title).page(html! {
        (styles(view))
        h1 { (title) }
        (ui::notice(Tone::Wait, view.t("console-token-once")))
        (ui::summary(view, &rows))
        p { a href=(TOKENS) { (view.t("console-secret-kept")) } }
    })
}
