//! The keys and secrets with which a relying party proves to be itself. A secret is shown once and never again.

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
    limits::{CLIENT_KEYS_MAX, CLIENT_SECRETS_MAX},
    model::{Client, ClientId, ClientState},
    ops::{self, NewSecret},
};
use uuid::Uuid;
use webkit::{
    Form, Path, Problem, View,
    i18n::by_field,
    ui::{self, Field, Icon, Row, Tone, Weight},
};

use crate::{
    Console,
    client::{Tab, client_frame, keys_path, load},
    officer::Officer,
    words::Words,
};

/// A program that makes a key pair and keeps the private half to itself.
const MAKE_KEY: &str = include_str!("../snippets/make-key.mjs");

pub fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route("/console/clients/{client}/keys", get(show).post(add))
        .route("/console/clients/{client}/keys/remove", post(remove))
        .route("/console/clients/{client}/secrets", post(make_secret))
        .route("/console/clients/{client}/secrets/remove", post(remove_secret))
}

async fn show(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
) -> Result<Markup, Problem> {
    let client = load(&console, &officer, id).await?;
    Ok(page(&console.words(&view), &view, &officer, &client, "", &[]))
}

async fn add(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
    form: Form,
) -> Result<Response, Problem> {
    let typed = form.raw("jwks").trim();
    let faults = if typed.is_empty() {
        vec![FieldFault::new("jwks", "forms.required")]
    } else if serde_json::from_str::<serde_json::Value>(typed).is_err() {
        vec![FieldFault::new("jwks", "console.jwks_json")]
    } else {
        let mut tx = console.store.begin().await?;
        let outcome = ops::client_key_add(&console.openid, &mut tx, &officer.actor, id, typed).await;
        match tx.finish(outcome).await {
            Ok(kids) => {
                let said = view.tw("console-keys-added", &[("count", kids.len().into())]);
                return Ok((view.flash(Tone::Good, said), Redirect::to(&keys_path(id))).into_response());
            }
            Err(fault) => {
                let at_field = |fault: FieldFault| FieldFault { field: "jwks".into(), ..fault };
                webkit::form_faults(fault)?.into_iter().map(at_field).collect()
            }
        }
    };
    let client = load(&console, &officer, id).await?;
    let page = page(&console.words(&view), &view, &officer, &client, typed, &faults);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn remove(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
    form: Form,
) -> Result<Response, Problem> {
    let mut tx = console.store.begin().await?;
    let outcome = ops::client_key_remove(&console.openid, &mut tx, &officer.actor, id, form.raw("kid")).await;
    tx.finish(outcome).await?;
    Ok((view.flash(Tone::Good, view.t("console-key-removed")), Redirect::to(&keys_path(id))).into_response())
}

async fn make_secret(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
) -> Result<Markup, Problem> {
    let client = load(&console, &officer, id).await?;
    let mut tx = console.store.begin().await?;
    let outcome = ops::client_secret_make(&console.openid, &mut tx, &officer.actor, id).await;
    let made = tx.finish(outcome).await?;
    Ok(secret_page(&console.words(&view), &view, &officer, &client, &made))
}

async fn remove_secret(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
    form: Form,
) -> Result<Response, Problem> {
    let secret: Uuid = form.raw("secret").parse().map_err(|_| Problem::not_found())?;
    let mut tx = console.store.begin().await?;
    let outcome = ops::client_secret_remove(&console.openid, &mut tx, &officer.actor, id, secret).await;
    tx.finish(outcome).await?;
    Ok((view.flash(Tone::Good, view.t("console-secret-removed")), Redirect::to(&keys_path(id)))
        .into_response())
}

/// Keys, secrets, and how to change them without a gap.
pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    client: &Client,
    typed: &str,
    faults: &[FieldFault],
) -> Markup {
    let (layout, head) = client_frame(words, view, officer, client, Tab::Keys);
    let writes = officer.owns(client) && client.state != ClientState::Closed;
    let by_secret = client.settings.authentication.is_secret();
    layout.error(!faults.is_empty()).page(html! {
        (head)
        (ui::error_summary(view, faults))
        p.lead { (view.t("console-keys-lead")) }
        div.columns {
            div {
                @if let Some(uri) = &client.settings.jwks_uri {
                    (ui::card(&view.t("console-keys-published"), html! {
                        p { code { (uri) } }
                        p.quiet { (view.t("console-keys-published-about")) }
                    }))
                }
                @if !client.publishes_keys() { (ui::card(&view.t("console-keys"), keys(view, client, writes))) }
                @if by_secret || !client.secrets.is_empty() {
                    (ui::card(&view.t("console-secrets"), secrets(view, client, writes && by_secret, writes)))
                }
            }
            div {
                @if writes && !by_secret && !client.publishes_keys() && client.keys.is_empty() { (ui::card(&view.t("console-keys-make"), how_to_make(view))) }
                @if writes && !client.publishes_keys() && client.keys.len() < CLIENT_KEYS_MAX { (ui::card(&view.t("console-keys-add"), add_form(view, by_secret, typed, faults))) }
                (ui::card(&view.t("console-keys-roll"), html! {
                    ol {
                        li { (view.t("console-keys-roll-1")) }
                        li { (view.t("console-keys-roll-2")) }
                        li { (view.t("console-keys-roll-3")) }
                    }
                }))
            }
        }
    })
}

fn keys(view: &View, client: &Client, writes: bool) -> Markup {
    html! {
        @if client.keys.is_empty() { p.quiet { (view.t("console-keys-none")) } }
        @else {
            ul.files { @for key in &client.keys {
                li {
                    (Icon::Key)
                    div {
                        code { (key.kid) }
                        p.quiet { (view.tw("console-key-added", &[("when", view.moment(key.added_at, view.now()).into())])) }
                        (ui::details(&view.t("console-key-show"), html! { pre.console-code { (key.jwk) } }))
                    }
                    @if writes {
                        form method="post" action={ (keys_path(client.id)) "/remove" } {
                            (view.csrf())
                            input type="hidden" name="kid" value=(key.kid);
                            button.button.secondary type="submit" { (view.t("console-remove")) span.hidden { ": " (key.kid) } }
                        }
                    }
                }
            } }
        }
    }
}

/// For whoever has no key yet.
fn how_to_make(view: &View) -> Markup {
    html! {
        p { (view.t("console-keys-make-about")) }
        pre.console-code #make-key tabindex="0" { (MAKE_KEY) }
    }
}

/// One primary button a page: where a secret is the way, its button is it.
fn add_form(view: &View, by_secret: bool, typed: &str, faults: &[FieldFault]) -> Markup {
    let field = Field::new("jwks", view.t("console-jwks"))
        .hint(view.t("console-jwks-hint"))
        .errors(&by_field(view, faults));
    let weight = if by_secret { Weight::Secondary } else { Weight::Primary };
    html! {
        form method="post" novalidate {
            (view.csrf())
            (ui::textarea(view, &field, typed, 8))
            (ui::actions(ui::submit(weight, &view.t("console-keys-add"))))
        }
    }
}

fn secrets(view: &View, client: &Client, makes: bool, removes: bool) -> Markup {
    let there = format!("{}/secrets", crate::client::path(client.id));
    html! {
        @if client.secrets.is_empty() { p.quiet { (view.t("console-secrets-none")) } }
        @else {
            ul.files { @for secret in &client.secrets {
                li {
                    (Icon::Key)
                    div {
                        (view.tw("console-secret-made", &[("when", view.moment(secret.made_at, view.now()).into())]))
                        p.quiet { (view.tw("console-secret-ends", &[("when", view.moment(secret.ends_at, view.now()).into())])) }
                    }
                    @if removes {
                        form method="post" action={ (there) "/remove" } {
                            (view.csrf())
                            input type="hidden" name="secret" value=(secret.id);
                            (ui::submit(Weight::Secondary, &view.t("console-remove")))
                        }
                    }
                }
            } }
        }
        @if makes && client.secrets.len() < CLIENT_SECRETS_MAX {
            form method="post" action=(there) { (view.csrf()) (ui::submit(Weight::Primary, &view.t("console-secret-make"))) }
        }
    }
}

/// The secret: here, now, and nowhere else.
pub fn secret_page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    client: &Client,
    made: &NewSecret,
) -> Markup {
    let (layout, head) = client_frame(words, view, officer, client, Tab::Keys);
    let rows = [
        Row::new("client_id", html! { code { (client.id) } }),
        Row::new("client_secret", html! { code.console-secret { (made.text.as_str()) } }),
        Row::new(view.t("console-secret-until"), view.moment(made.ends_at, view.now())),
    ];
    layout.page(html! {
        (head)
        (ui::notice(Tone::Wait, view.t("console-secret-once")))
        (ui::card(&view.t("console-secret-title"), html! { (ui::summary(view, &rows)) }))
        p { a href=(keys_path(client.id)) { (view.t("console-secret-kept")) } }
    })
}
