//! One relying party: what is in force, what waits, its history, and what can be done about it.

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
    model::{Client, ClientId, ClientState, HistoryLine},
    ops,
};
use webkit::{
    Form, Layout, Path, Problem, View,
    ui::{self, Field, LineKind, Link, Tone, Weight},
};

use crate::{
    Console,
    facts::{changes, settings},
    form::{self, fields, place},
    officer::{Officer, Part, frame, styles},
    words::Words,
};

/// The parts of a relying party's pages, as its tabs show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Overview,
    Keys,
    Errors,
    Usage,
    Snippets,
}

impl Tab {
    const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Overview, "", "console-tab-overview"),
        (Self::Keys, "/keys", "console-tab-keys"),
        (Self::Errors, "/errors", "console-tab-errors"),
        (Self::Usage, "/usage", "console-tab-usage"),
        (Self::Snippets, "/snippets", "console-tab-snippets"),
    ];
}

pub fn path(id: ClientId) -> String {
    format!("/console/clients/{id}")
}

pub fn keys_path(id: ClientId) -> String {
    format!("{}/keys", path(id))
}

pub fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route("/console/clients/{client}", get(show))
        .route("/console/clients/{client}/change", get(ask_change).post(change))
        .route("/console/clients/{client}/state/{step}", post(step))
}

/// A relying party that this officer may see.
pub async fn load(console: &Console, officer: &Officer, id: ClientId) -> Result<Client, Problem> {
    let mut tx = console.store.begin().await?;
    let outcome = ops::client_find(&console.openid, &mut tx, &officer.actor, id).await;
    Ok(tx.finish(outcome).await?)
}

async fn show(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
) -> Result<Markup, Problem> {
    let mut tx = console.store.begin().await?;
    let outcome = async {
        let client = ops::client_find(&console.openid, &mut tx, &officer.actor, id).await?;
        let history = ops::client_history(&console.openid, &mut tx, &officer.actor, id).await?;
        Ok::<_, openid::OpenIdError>((client, history))
    }
    .await;
    let (client, history) = tx.finish(outcome).await?;
    Ok(page(&console.words(&view), &view, &officer, &client, &history))
}

/// The frame of every page of one relying party: its name, its state, its tabs.
pub fn client_frame(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    client: &Client,
    tab: Tab,
) -> (Layout, Markup) {
    let name = view.text(&client.settings.name);
    let links: Vec<Link> = Tab::ALL
        .iter()
        .map(|(own, end, key)| {
            Link::new(format!("{}{end}", path(client.id)), view.t(key)).current(*own == tab)
        })
        .collect();
    let key = Tab::ALL.iter().find(|(own, ..)| *own == tab).map_or("", |(.., key)| key);
    let title = format!("{} – {name}", view.t(key));
    let head = html! {
        (styles(view))
        (ui::back_link(crate::CONSOLE, &view.t("console-nav-clients")))
        h1 { (name) }
        p.console-row { (words.state(client.state, client.settings.sandbox)) span.quiet { (words.agency(&client.owner)) " · " (words.profile(&client.settings.profile)) } }
        (ui::tabs(&view.t("console-tabs"), &links))
    };
    (frame(words, view, officer, Part::Clients, &title), head)
}

/// The overview.
pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    client: &Client,
    history: &[HistoryLine],
) -> Markup {
    let (layout, head) = client_frame(words, view, officer, client, Tab::Overview);
    layout.page(html! {
        (head)
        (standing(view, client))
        div.columns {
            div {
                (ui::card(&view.t("console-in-force"), html! {
                    (settings(words, view, Some(client.id), &client.settings))
                    @if officer.owns(client) && client.state != ClientState::Closed && client.change.is_none() {
                        (ui::link_button_secondary(&format!("{}/change", path(client.id)), &view.t("console-change")))
                    }
                }))
                @if let Some(change) = &client.change {
                    (ui::card(&view.t("console-change-waits"), html! {
                        (ui::notice(Tone::Wait, view.t("console-change-waits-about")))
                        (changes(words, view, &client.settings, change))
                    }))
                }
            }
            div {
                (ui::card(&view.t("console-history"), timeline(words, view, history)))
                (actions(view, officer, client))
            }
        }
    })
}

/// What has to be done next, where something has to.
fn standing(view: &View, client: &Client) -> Markup {
    let has_key = !client.keys.is_empty()
        || !client.secrets.is_empty()
        || client.settings.tls_subject.is_some()
        || client.settings.jwks_uri.is_some();
    let said = match client.state {
        ClientState::Closed => Some((Tone::Plain, "console-next-closed")),
        ClientState::Suspended => Some((Tone::Danger, "console-next-suspended")),
        _ if !has_key => Some((Tone::Wait, "console-next-key")),
        ClientState::Proposed if !client.settings.sandbox => Some((Tone::Info, "console-next-approval")),
        _ => None,
    };
    html! {
        @if let Some((tone, key)) = said {
            (ui::notice(tone, html! {
                p { (view.t(key)) }
                @if key == "console-next-key" { p { a href=(keys_path(client.id)) { (view.t("console-tab-keys")) } } }
            }))
        }
    }
}

fn timeline(words: &Words<'_>, view: &View, history: &[HistoryLine]) -> Markup {
    html! {
        ul.console-history { @for line in history {
            li {
                strong { (words.event(line.event)) }
                p.quiet { (view.moment(line.at, view.now())) @if let Some(agency) = &line.agency { " · " (words.agency(agency)) } }
                @if !line.note.is_empty() { p { (line.note) } }
            }
        } }
    }
}

/// What can be done about its state, by this officer.
fn actions(view: &View, officer: &Officer, client: &Client) -> Markup {
    let form = |step: &str, body: Markup| {
        html! {
            form method="post" action={ (path(client.id)) "/state/" (step) } {
                (view.csrf())
                input type="hidden" name="version" value=(client.version);
                (body)
            }
        }
    };
    let open = client.state != ClientState::Closed;
    html! {
        @if officer.may_approve() && client.state == ClientState::Approved {
            (ui::card(&view.t("console-suspend"), form("suspend", html! {
                p { (view.t("console-suspend-about")) }
                (ui::line(view, &Field::new("note", view.t("console-note")).hint(view.t("console-note-hint")), "", LineKind::Text))
                (ui::submit(Weight::Danger, &view.t("console-suspend")))
            })))
        }
        @if officer.may_approve() && client.state == ClientState::Suspended {
            (ui::card(&view.t("console-resume"), form("resume", ui::submit(Weight::Secondary, &view.t("console-resume")))))
        }
        @if officer.may_approve() && client.state == ClientState::Approved {
            (ui::card(&view.t("console-token-make"), html! {
                p { (view.t("console-token-new-lead")) }
                (ui::link_button_secondary(&crate::tokens::new_path(client.id), &view.t("console-token-make")))
            }))
        }
        @if open && officer.owns(client) {
            (ui::details(&view.t("console-close"), form("close", html! {
                p { (view.t("console-close-about")) }
                (ui::checkbox(view, &Field::new("sure", view.t("console-close-sure")), "1", false))
                (ui::submit(Weight::Danger, &view.t("console-close")))
            })))
        }
    }
}

/// The version that the officer saw.
pub fn version(form: &Form) -> Result<i32, Problem> {
    form.raw("version").parse().map_err(|_| Problem::not_found())
}

async fn step(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path((id, step)): Path<(ClientId, String)>,
    form: Form,
) -> Result<Response, Problem> {
    let (cx, actor, version) = (&console.openid, &officer.actor, version(&form)?);
    let mut tx = console.store.begin().await?;
    let (outcome, said) = match step.as_str() {
        "suspend" => {
            let note = form.line("note");
            (ops::client_suspend(cx, &mut tx, actor, id, version, &note).await, "console-suspended")
        }
        "resume" => (ops::client_resume(cx, &mut tx, actor, id, version).await, "console-resumed"),
        "close" if !form.has("sure") => {
            tx.finish(Ok::<_, store::StoreError>(())).await?;
            let said = view.flash(Tone::Wait, view.t("console-close-not-sure"));
            return Ok((said, Redirect::to(&path(id))).into_response());
        }
        "close" => (ops::client_close(cx, &mut tx, actor, id, version).await, "console-closed"),
        _ => return Err(Problem::not_found()),
    };
    tx.finish(outcome).await?;
    Ok((view.flash(Tone::Good, view.t(said)), Redirect::to(&path(id))).into_response())
}

async fn ask_change(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
) -> Result<Markup, Problem> {
    let client = load(&console, &officer, id).await?;
    let form = form::fill(&client.settings);
    Ok(change_page(&console.words(&view), &view, &officer, &client, &form, &[]))
}

async fn change(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
    form: Form,
) -> Result<Response, Problem> {
    let (draft, mut faults) = form::read(&form, base::vietnam_date(view.now()));
    if faults.is_empty() {
        let mut tx = console.store.begin().await?;
        let outcome =
            ops::client_change(&console.openid, &mut tx, &officer.actor, id, version(&form)?, &draft).await;
        match tx.finish(outcome).await {
            Ok(()) => {
                let said = view.flash(Tone::Good, view.t("console-changed"));
                return Ok((said, Redirect::to(&path(id))).into_response());
            }
            Err(fault) => faults = webkit::form_faults(fault)?.into_iter().map(place).collect(),
        }
    }
    let client = load(&console, &officer, id).await?;
    let page = change_page(&console.words(&view), &view, &officer, &client, &form, &faults);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The form of a change, filled with what is in force.
pub fn change_page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    client: &Client,
    form: &Form,
    faults: &[FieldFault],
) -> Markup {
    let title = view.tw("console-change-title", &[("name", view.text(&client.settings.name).into())]);
    frame(words, view, officer, Part::Clients, &title).error(!faults.is_empty()).page(html! {
        (styles(view))
        (ui::back_link(&path(client.id), view.text(&client.settings.name)))
        (form::summary(view, faults))
        h1 { (title) }
        (ui::notice(Tone::Info, view.t(if client.settings.sandbox { "console-change-now" } else { "console-change-later" })))
        form method="post" novalidate {
            (view.csrf())
            input type="hidden" name="version" value=(client.version);
            (fields(words, view, form, faults, false))
            (ui::actions(html! {
                (ui::submit(Weight::Primary, &view.t("console-change-send")))
                (ui::link_button_secondary(&path(client.id), &view.t("console-cancel")))
            }))
        }
    })
}
