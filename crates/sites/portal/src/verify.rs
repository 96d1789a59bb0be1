//! Is this paper real? For anybody who has one in hand. The file is compared in the browser; without scripts it is
//! hashed here and forgotten.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Multipart},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base::Kind;
use contracts::DocumentId;
use credential::{
    Certified, CredentialError, Credentials, FileCheck, FileHash, Standing, Verification,
    ops::document_verify::document_verify, short_id,
};
use maud::{Markup, html};
use serde::Deserialize;
use webkit::{
    Path, Problem, Query, Rate, RateLimit, rate_limit,
    ui::{self, Field, Icon, LineKind, Row, Tone, Weight},
};

use crate::{
    Portal,
    visit::{Place, Visit},
};

/// Larger than any paper of ours.
const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Questions of one client.
const QUESTIONS: RateLimit = RateLimit { requests: 120, per: Duration::from_secs(60) };

pub fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/verify", get(ask))
        .route("/verify/{id}", get(show).post(compare))
        .layer(DefaultBodyLimit::max(FILE_BYTES_MAX))
        .layer(axum::middleware::from_fn_with_state(Rate::new(QUESTIONS), rate_limit))
}

#[derive(Deserialize)]
struct Code {
    #[serde(default)]
    code: String,
}

async fn ask(v: Visit, Query(typed): Query<Code>) -> Response {
    let code = base::nfc(&typed.code);
    // People type the code, or paste the whole address.
    let last = code.rsplit('/').next().unwrap_or(&code);
    if let Some(id) = short_id::parse(last) {
        return Redirect::to(&Credentials::verify_path(id)).into_response();
    }
    let title = v.t("nav-verify");
    let mut field = Field::new("code", v.t("verify-code")).hint(v.t("verify-code-hint"));
    if !code.is_empty() {
        field.error = Some(v.t("verify-code-wrong"));
    }
    v.frame(Place::Verify, &title)
        .error(!code.is_empty())
        .page(html! {
            h1 { (title) }
            p.lead { (v.t("verify-lead")) }
            form method="get" action="/verify" {
                (ui::line(&v, &field, &code, LineKind::Text))
                (ui::actions(ui::submit(Weight::Primary, &v.t("verify-submit"))))
            }
            h2 { (v.t("verify-how")) }
            ul {
                li { (v.t("verify-how-1")) }
                li { (v.t("verify-how-2")) }
                li { (v.t("verify-how-3")) }
            }
        })
        .into_response()
}

async fn verify(v: &Visit, code: &str, file: Option<FileHash>) -> Result<Verification, Problem> {
    let id: DocumentId = short_id::parse(code).ok_or_else(Problem::not_found)?;
    let tx = v.begin().await?;
    let found = document_verify(&v.portal.credentials.keys, &tx, id, file).await;
    Ok(tx.finish::<_, CredentialError>(found).await?)
}

async fn show(v: Visit, Path(code): Path<String>) -> Result<Markup, Problem> {
    let found = verify(&v, &code, None).await?;
    Ok(draw(&v, &code, &found))
}

/// Hashes a file that a browser without scripts sent. Nothing of it is kept.
async fn compare(v: Visit, Path(code): Path<String>, mut form: Multipart) -> Result<Markup, Problem> {
    let mut hash = None;
    let unread = |e: axum::extract::multipart::MultipartError| match e.status() {
        http::StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::new(Kind::Invalid, "webkit.bad_request"),
    };
    while let Some(part) = form.next_field().await.map_err(unread)? {
        if part.name() == Some("file") {
            let bytes = part.bytes().await.map_err(unread)?;
            hash = (!bytes.is_empty()).then(|| FileHash::of(&bytes));
        }
    }
    let found = verify(&v, &code, hash).await?;
    Ok(draw(&v, &code, &found))
}

fn tone(state: Standing) -> Tone {
    match state {
        Standing::Valid => Tone::Good,
        Standing::Expired | Standing::Replaced => Tone::Wait,
        Standing::Revoked | Standing::Invalid => Tone::Danger,
        Standing::Unknown => Tone::Plain,
    }
}

fn draw(v: &Visit, code: &str, found: &Verification) -> Markup {
    let title = v.t(&format!("standing-{}", found.state.as_str()));
    let replaced = found.document.as_ref().and_then(|d| d.replaced_by);
    v.frame(Place::Verify, &title).script("verify.js").page(html! {
        (ui::back_link("/verify", &v.t("verify-other")))
        (ui::panel(tone(found.state), &title, html! {
            p { (v.t(&format!("standing-{}-means", found.state.as_str()))) }
        }))
        @if let Some(replaced) = replaced {
            p { (ui::link_button(&Credentials::verify_path(replaced), &v.t("verify-replaced-by"))) }
        }
        @if let Some(d) = &found.document {
            (ui::summary(v, &rows(v, found.state, d)))
            h2 { (v.t("verify-file")) }
            p { (v.t("verify-file-about")) }
            div data-result aria-live="polite" {
                @match found.hash {
                    FileCheck::Matches => (same(v)),
                    FileCheck::Differs => (other(v)),
                    FileCheck::None => {}
                }
            }
            template data-answer="same" { (same(v)) }
            template data-answer="other" { (other(v)) }
            section.card {
                form method="post" action={ "/verify/" (code) } enctype="multipart/form-data" data-sha256=(d.sha256) {
                    (v.csrf())
                    div.field {
                        label for="f-file" { (v.t("verify-choose")) }
                        p.hint id="f-file-hint" { (v.t("verify-choose-hint")) }
                        div.upload { input type="file" id="f-file" name="file" accept="application/pdf" aria-describedby="f-file-hint"; }
                    }
                    (ui::actions(ui::submit(Weight::Secondary, &v.t("verify-compare"))))
                }
            }
            (ui::details(&v.t("verify-detail"), html! {
                p { (v.t("verify-signature")) " " (Icon::CheckCircle) }
                p { "SHA-256: " code { (d.sha256) } }
                p { (v.t("verify-key")) ": " code { (d.key_id) } }
            }))
        }
    })
}

fn rows(v: &Visit, state: Standing, d: &Certified) -> Vec<Row> {
    let mut rows = vec![
        Row::new(v.t("verify-title"), v.text(&d.title)),
        Row::new(v.t("verify-issuer"), v.text(&d.issuer_name)),
        Row::new(v.t("verify-issued"), v.exact(d.issued_at)),
    ];
    rows.extend(d.valid_until.map(|until| Row::new(v.t("verify-until"), v.date(until))));
    if matches!(state, Standing::Replaced | Standing::Revoked) {
        rows.push(Row::new(v.t("verify-changed"), v.exact(d.changed_at)));
    }
    rows
}

fn same(v: &Visit) -> Markup {
    ui::notice(Tone::Good, v.t("verify-same"))
}

fn other(v: &Visit) -> Markup {
    ui::notice(Tone::Danger, v.t("verify-differs"))
}
