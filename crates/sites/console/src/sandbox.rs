//! The people of the sandbox: whom a relying party meets while it is being built. Nobody of them exists.

use std::sync::Arc;

use axum::{Router, extract::State, routing::get};
use contracts::IdentityLevel;
use maud::{Markup, html};
use openid::sandbox::PERSONAS;
use webkit::{
    View,
    ui::{self, Column, Tone},
};

use crate::{
    Console, SANDBOX,
    officer::{Officer, Part, frame, styles},
    words::Words,
};

pub fn routes() -> Router<Arc<Console>> {
    Router::new().route(SANDBOX, get(show))
}

async fn show(State(console): State<Arc<Console>>, officer: Officer, view: View) -> Markup {
    page(&console.words(&view), &view, &officer)
}

pub fn page(words: &Words<'_>, view: &View, officer: &Officer) -> Markup {
    let title = view.t("console-sandbox-title");
    let columns = [
        "console-sandbox-name",
        "console-sandbox-about",
        "console-claim-birthdate",
        "console-claim-gender",
        "console-claim-personal-number",
        "console-sandbox-place",
        "console-sandbox-level",
    ]
    .map(|key| Column::new(view.t(key)));
    let rows: Vec<Vec<Markup>> = PERSONAS
        .iter()
        .map(|p| {
            let place = words.nation.place(p.commune);
            let place = place.as_ref().map_or(p.commune, |name| view.text(name));
            let level = match p.level {
                IdentityLevel::One => "1",
                IdentityLevel::Two => "2",
            };
            vec![
                html! { strong { (p.name) } br; (ui::tag(Tone::Wait, &view.t("console-sandbox-tag"))) },
                html! { (view.text(&p.about())) },
                html! { (view.date(p.born)) },
                html! { (view.t(&format!("console-sex-{}", p.sex))) },
                html! { code { (p.number) } },
                html! { (place) },
                html! { (level) },
            ]
        })
        .collect();
    frame(words, view, officer, Part::Sandbox, &title).page(html! {
        (styles(view))
        h1 { (title) }
        p.lead { (view.t("console-sandbox-lead")) }
        (ui::notice(Tone::Wait, view.t("console-sandbox-synthetic")))
        (ui::table(view, &title, &columns, &rows))
        (ui::card(&view.t("console-sandbox-how"), html! {
            ol {
                li { (view.t("console-sandbox-how-1")) }
                li { (view.t("console-sandbox-how-2")) }
                li { (view.t("console-sandbox-how-3")) }
            }
        }))
    })
}
