//! The short pages behind the footer: contact, privacy, accessibility.

use std::sync::Arc;

use axum::{Router, routing::get};
use maud::{Markup, html};
use webkit::ui;

use crate::{
    Portal,
    visit::{Place, Visit},
};

pub fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/contact", get(contact))
        .route("/privacy", get(privacy))
        .route("/accessibility", get(accessibility))
}

/// A heading and the paragraphs below it, by their texts.
type Part = (&'static str, &'static [&'static str]);

fn page(v: &Visit, title: &str, lead: &str, parts: &[Part], end: Markup) -> Markup {
    let title = v.t(title);
    v.frame(Place::Elsewhere, &title).page(html! {
        h1 { (title) }
        p.lead { (v.t(lead)) }
        @for (heading, paragraphs) in parts {
            h2 { (v.t(heading)) }
            @for paragraph in *paragraphs { p { (v.t(paragraph)) } }
        }
        (end)
    })
}

async fn contact(v: Visit) -> Markup {
    let parts: [Part; 3] = [
        ("contact-dossier", &["contact-dossier-1"]),
        ("contact-data", &["contact-data-1"]),
        ("contact-site", &["contact-site-1"]),
    ];
    page(&v, "foot-contact", "contact-lead", &parts, html! {})
}

async fn privacy(v: Visit) -> Markup {
    let parts: [Part; 4] = [
        ("privacy-what", &["privacy-what-1", "privacy-what-2"]),
        ("privacy-log", &["privacy-log-1", "privacy-log-2"]),
        ("privacy-rights", &["privacy-rights-1", "privacy-rights-2"]),
        ("privacy-cookies", &["privacy-cookies-1"]),
    ];
    let end = html! { (ui::link_button("/record/accesses", &v.t("accesses-title"))) };
    page(&v, "foot-privacy", "privacy-lead", &parts, end)
}

async fn accessibility(v: Visit) -> Markup {
    let parts: [Part; 2] = [
        ("accessibility-how", &["accessibility-how-1", "accessibility-how-2"]),
        ("accessibility-report", &["accessibility-report-1"]),
    ];
    page(&v, "foot-accessibility", "accessibility-lead", &parts, html! {})
}
