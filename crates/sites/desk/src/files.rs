//! Files and papers of a dossier, handed out so that nothing in them can act in the officer's name.
//!
//! The type is the one that was sniffed from the bytes; only pictures are shown in the browser. Everything travels with
//! `nosniff`, a sandboxing policy and an honest file name.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{Access, AttachmentId, DocumentId, DossierId, Purpose};
use dossier::{
    DossierError,
    ops::{attachment::attachment_read, read::dossier_read_in_office},
};
use http::{HeaderValue, header};
use serde::Deserialize;
use webkit::{Path, Problem, Query};

use crate::{Desk, officer::Officer};

/// Browsers refuse to run their own PDF reader inside a sandbox, so a PDF is always saved.
const SHOWN: [&str; 2] = ["image/jpeg", "image/png"];
const SAVED: [&str; 1] = ["application/pdf"];
const SANDBOX: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    download: String,
}

/// `GET /desk/files/{dossier}/{attachment}`.
pub async fn attachment(
    State(desk): State<Arc<Desk>>,
    officer: Officer,
    Path((dossier, id)): Path<(DossierId, AttachmentId)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = attachment_read(&mut tx, &officer.actor, dossier, id).await;
    let (file, bytes) = tx.finish(outcome).await?;
    if file.completed_at.is_none() {
        return Err(DossierError::AttachmentUnfinished.into());
    }
    Ok(hand_out(&file.name, file.media_type.as_deref().unwrap_or(""), wanted.download.is_empty(), bytes))
}

/// `GET /desk/dossiers/{code}/papers/{document}`.
pub async fn paper(
    State(desk): State<Arc<Desk>>,
    officer: Officer,
    Path((code, document)): Path<(String, DocumentId)>,
) -> Result<Response, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = async {
        let case = dossier_read_in_office(&desk.dossiers, &mut tx, &officer.actor, &code).await?;
        let paper = case.papers.iter().find(|p| p.document == document).ok_or(DossierError::NotFound)?;
        let access = Access::new(&officer.actor, Purpose::DECIDE_DOSSIER);
        let documents = &desk.dossiers.documents;
        let bytes = documents.file(&mut tx, &access, case.dossier.applicant, paper.document).await?;
        Ok::<_, DossierError>((format!("{code}-{}.pdf", paper.kind.as_str()), bytes))
    }
    .await;
    let (name, bytes) = tx.finish(outcome).await?;
    Ok(hand_out(&name, "application/pdf", false, bytes))
}

fn hand_out(name: &str, media_type: &str, show: bool, bytes: Vec<u8>) -> Response {
    let known = SHOWN.iter().chain(&SAVED).find(|t| **t == media_type);
    let kind = known.copied().unwrap_or("application/octet-stream");
    let inline = show && SHOWN.contains(&kind);
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Ok(value) = HeaderValue::from_str(&disposition(name, inline)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// RFC 6266 with a plain name for old browsers and the real one, percent-encoded, beside it.
fn disposition(name: &str, inline: bool) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    let plain: String = base::fold(name)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .collect();
    let ending = name.rsplit_once('.').map_or("", |(_, e)| e);
    let ending: String = ending.chars().filter(char::is_ascii_alphanumeric).take(5).collect();
    let stem = plain.trim_end_matches(&format!("_{}", ending.to_lowercase())).to_owned();
    let mut real = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            real.push(char::from(byte));
        } else {
            let _ = write!(real, "%{byte:02X}");
        }
    }
    let plain = if ending.is_empty() { stem } else { format!("{stem}.{ending}") };
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{real}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_of(response: &Response, name: header::HeaderName) -> &str {
        response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }

    #[test]
    fn only_pictures_are_shown_and_nothing_can_run() {
        for (media_type, show, kind, disposition) in [
            ("image/png", true, "image/png", "inline"),
            ("image/png", false, "image/png", "attachment"),
            ("application/pdf", true, "application/pdf", "attachment"),
            ("text/html", true, "application/octet-stream", "attachment"),
            ("", true, "application/octet-stream", "attachment"),
        ] {
            let response = hand_out("a.png", media_type, show, Vec::new());
            assert_eq!(header_of(&response, header::CONTENT_TYPE), kind);
            assert!(
                header_of(&response, header::CONTENT_DISPOSITION).starts_with(disposition),
                "{media_type}"
            );
            assert!(header_of(&response, header::CONTENT_SECURITY_POLICY).contains("sandbox"));
            assert_eq!(header_of(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        }
    }

    #[test]
    fn a_name_keeps_its_letters_and_cannot_break_the_header() {
        let name = disposition("Hợp đồng \"thuê\"\r\nX: 1.pdf", false);
        assert!(!name.contains(['\r', '\n']) && name.is_ascii(), "{name}");
        assert_eq!(name.matches('"').count(), 2);
        assert!(name.contains("H%E1%BB%A3p"), "{name}");
    }
}
