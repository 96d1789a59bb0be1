//! `/console`: the relying parties of the officer's agency, and the form of a new one.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base::{FieldFault, Page, PageRequest};
use http::StatusCode;
use maud::{Markup, html};
use openid::{
    ClientDraft, ClientId, ClientState, OpenIdError,
    ops::{self, ClientLine},
};
use store::{
    StoreError,
    idempotency::{self, Seen},
};
use webkit::{
    Form, Problem, Query, View,
    ui::{self, Icon, Tone, Weight},
};

use crate::{
    CONSOLE, Console,
    form::{self, fields, place},
    officer::{Officer, Part, frame, styles},
    words::Words,
};

pub const NEW: &str = "/console/new";
/// The field of a form's own key.
const KEY: &str = "_key";

pub fn routes() -> Router<Arc<Console>> {
    Router::new().route(CONSOLE, get(show)).route(NEW, get(ask).post(create))
}

async fn show(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Query(page): Query<PageRequest>,
) -> Result<Markup, Problem> {
    let mut tx = console.store.begin().await?;
    let outcome = ops::client_list(&console.openid, &mut tx, &officer.actor, &page).await;
    let lines = tx.finish(outcome).await?;
    Ok(list_page(&console.words(&view), &view, &officer, &lines))
}

async fn ask(State(console): State<Arc<Console>>, officer: Officer, view: View) -> Markup {
    new_page(&console.words(&view), &view, &officer, &empty_form(), &[])
}

/// The form as it begins: the strict way, tried out first.
pub fn empty_form() -> Form {
    Form::from_pairs([
        ("environment", "sandbox"),
        ("profile", "fapi2"),
        ("authentication", "private_key_jwt"),
        ("grants", "code"),
    ])
}

async fn create(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    form: Form,
) -> Result<Response, Problem> {
    let (draft, mut faults) = form::read(&form, base::vietnam_date(view.now()));
    if faults.is_empty() {
        let mut proposed = propose(&console, &officer, &draft, form.raw(KEY)).await?;
        // Pressed twice at the same moment: whoever comes second finds what the first one left.
        if matches!(proposed, Err(OpenIdError::Store(StoreError::Conflict))) {
            proposed = propose(&console, &officer, &draft, form.raw(KEY)).await?;
        }
        match proposed {
            Ok(id) => {
                let said = view.flash(Tone::Good, view.t("console-proposed"));
                return Ok((said, Redirect::to(&crate::client::keys_path(id))).into_response());
            }
            Err(fault) => faults = webkit::form_faults(fault)?.into_iter().map(place).collect(),
        }
    }
    let page = new_page(&console.words(&view), &view, &officer, &form, &faults);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Enters it once, however often the form is sent: the form carries a key of its own.
async fn propose(
    console: &Console,
    officer: &Officer,
    draft: &ClientDraft,
    key: &str,
) -> Result<Result<ClientId, OpenIdError>, Problem> {
    let (actor, request) = (&officer.actor, idempotency::digest("console.propose", draft));
    let mut tx = console.store.begin().await?;
    let outcome = async {
        match idempotency::find(&tx, actor.account.0, key, &request).await? {
            Seen::Same(id) => return Ok(id),
            Seen::Other => return Err(OpenIdError::WrongState),
            Seen::New => {}
        }
        let id = ops::client_propose(&console.openid, &mut tx, actor, draft).await?;
        idempotency::remember(&mut tx, actor.account.0, key, request, &id);
        Ok(id)
    }
    .await;
    Ok(tx.finish(outcome).await)
}

/// The list as a page.
pub fn list_page(words: &Words<'_>, view: &View, officer: &Officer, lines: &Page<ClientLine>) -> Markup {
    let title = view.t("console-clients-title");
    frame(words, view, officer, Part::Clients, &title).page(html! {
        (styles(view))
        h1 { (title) }
        p.lead { (view.t("console-clients-lead")) }
        (ui::actions(ui::link_button(NEW, &view.t("console-new"))))
        @if lines.items.is_empty() {
            (ui::empty(Icon::Globe, &view.t("console-clients-none"), html! { p { (view.t("console-clients-none-about")) } }))
        } @else {
            (list(words, view, officer, &lines.items))
            @let next = lines.next.as_ref().map(|after| format!("{CONSOLE}?after={after}"));
            (ui::pagination(view, None, next.as_deref()))
        }
    })
}

/// One line each: its name, whose it is, how it runs, and its state at the edge.
fn list(words: &Words<'_>, view: &View, officer: &Officer, lines: &[ClientLine]) -> Markup {
    let door = |line: &ClientLine| {
        // Whoever sees those of many agencies reads whose each is.
        let owner = officer.sees_all().then(|| words.agency(&line.owner));
        let text = owner.into_iter().chain([words.profile(&line.profile), line.id.to_string()]);
        let text = text.collect::<Vec<_>>().join(" · ");
        let state = html! {
            div.console-states {
                (words.state(line.state, line.sandbox))
                @if line.waits && line.state != ClientState::Proposed { (ui::tag(Tone::Wait, &view.t("console-waits-change"))) }
            }
        };
        ui::Door::new(crate::client::path(line.id), Icon::Globe, view.text(&line.name), text).aside(state)
    };
    ui::doors(&lines.iter().map(door).collect::<Vec<_>>())
}

/// The form of a new relying party.
pub fn new_page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    form: &Form,
    faults: &[FieldFault],
) -> Markup {
    let title = view.t("console-new");
    frame(words, view, officer, Part::Clients, &title).error(!faults.is_empty()).page(html! {
        (styles(view))
        (ui::back_link(CONSOLE, &view.t("console-nav-clients")))
        (form::summary(view, faults))
        h1 { (title) }
        p.lead { (view.t("console-new-lead")) }
        form method="post" action=(NEW) novalidate {
            (view.csrf())
            input type="hidden" name=(KEY) value=(uuid::Uuid::from_bytes(base::entropy::bytes(view.kit().entropy())));
            (fields(words, view, form, faults, true))
            (ui::actions(ui::submit(Weight::Primary, &view.t("console-new-send"))))
        }
    })
}
