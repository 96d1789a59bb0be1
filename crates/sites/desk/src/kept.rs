//! What an officer posted when the session had ended: kept in the sign-in page, and shown again in its form after signing
//! in. It is never carried out by itself.
//!
//! It travels sealed in that page's form, never in an address, and opens only for the account that typed it, for an hour.
//! Nothing is stored; the request had to pass the guard against other sites first, as the next one has to again.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    response::{IntoResponse, Redirect, Response},
};
use contracts::AccountId;
use identity::Current;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use webkit::{Form, Problem, View};

use crate::{
    Desk, corrections, disputes, dossier_page, duplicates, foreigners, officer::Officer, organisations,
    people, sign_in, staff,
};

/// The hidden field that says as whom a form was opened.
pub const STAMP: &str = "as";
/// A lunch break.
const KEPT_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// Sealed and written in hexadecimal it is twice as long, and must fit into the body of a request.
const KEPT_BYTES_MAX: usize = 96 * 1024;

/// A posted form with its address.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    pub path: String,
    pairs: Vec<(String, String)>,
    /// Seconds since 1970.
    until: i64,
}

impl Kept {
    pub fn form(&self) -> Form {
        Form::from_pairs(self.pairs.clone())
    }
}

/// The stamp of a form that this officer opens: account, agency and role.
pub fn stamp(officer: &Officer) -> String {
    format!("{} {} {}", officer.actor.account, officer.agency, officer.role.as_str())
}

/// Stands in every form whose words must not be lost, or that acts for the agency.
pub fn stamped(officer: &Officer) -> Markup {
    html! { input type="hidden" name=(STAMP) value=(stamp(officer)); }
}

/// The words of a stamp.
pub fn read_stamp(text: &str) -> Option<(AccountId, &str, &str)> {
    let mut parts = text.split(' ');
    let account = parts.next()?.parse::<Uuid>().ok()?;
    Some((AccountId(account), parts.next()?, parts.next()?))
}

fn place(account: AccountId) -> Vec<u8> {
    format!("desk form {account}").into_bytes()
}

/// Seals a form for the account that opened it; none when nobody did, or it is too long.
fn seal(desk: &Desk, view: &View, path: &str, form: &Form) -> Option<String> {
    let (account, ..) = read_stamp(form.raw(STAMP))?;
    let until = (view.now() + KEPT_LIFE).as_second();
    let kept = Kept { path: path.to_owned(), pairs: form.pairs().to_vec(), until };
    let bytes = serde_json::to_vec(&kept).ok().filter(|b| b.len() <= KEPT_BYTES_MAX)?;
    desk.identity.keys.seal(view.kit().entropy(), &place(account), &bytes).ok().map(hex::encode)
}

/// Opens it for whoever has signed in: nothing when somebody else typed it, or too long ago.
pub fn open(desk: &Desk, account: AccountId, now: Timestamp, sealed: &str) -> Option<Kept> {
    let bytes = desk.identity.keys.open(&place(account), &hex::decode(sealed).ok()?).ok()?;
    serde_json::from_slice::<Kept>(&bytes).ok().filter(|kept| now.as_second() < kept.until)
}

/// The form again, as it was left. Nothing where there is no such form any more.
pub async fn resume(desk: &Desk, view: &View, officer: &Officer, kept: &Kept) -> Option<Response> {
    let parts: Vec<&str> = kept.path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["desk", "dossiers", code, action] => {
            dossier_page::resume(desk, view, officer, code, action, kept.form()).await
        }
        ["desk", "dossiers", code, "papers", document, "revoke"] => {
            dossier_page::revoke::resume(desk, view, officer, code, document, &kept.form()).await
        }
        ["desk", "corrections", person, id, _] => {
            corrections::resume(desk, view, officer, [person, id], &kept.form()).await
        }
        ["desk", "duplicates", one, other, _] => {
            duplicates::resume(desk, view, officer, [one, other], kept.form()).await
        }
        ["desk", "disputes", person, dispute, _] => {
            disputes::resume(desk, view, officer, [person, dispute], kept.form()).await
        }
        ["desk", "people"] => people::resume(desk, view, officer, &kept.form()),
        ["desk", "foreigners"] => foreigners::resume(desk, view, officer, &kept.form()),
        ["desk", "organisations"] => organisations::resume(desk, view, officer, &kept.form()).await,
        ["desk", "staff"] => staff::resume(desk, view, officer, &kept.form()).await,
        _ => None,
    }
}

/// A posted form with its officer. Without a session, the form is kept and the answer is the sign-in page.
pub struct Sent {
    pub officer: Officer,
    pub form: Form,
    /// The form was opened as somebody else, or in another duty, than the session acts in now.
    pub duty_changed: bool,
}

impl Sent {
    /// The form, unless it was opened in another duty: each request acts in the duty that its reader saw.
    pub fn of_this_duty(self) -> Result<(Officer, Form), Problem> {
        if self.duty_changed {
            return Err(Problem::new(base::Kind::Conflict, "desk.duty_changed"));
        }
        Ok((self.officer, self.form))
    }
}

impl FromRequest<Arc<Desk>> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let officer = Officer::from_request_parts(&mut parts, desk).await;
        let view = View::from_request_parts(&mut parts, desk).await.map_err(IntoResponse::into_response)?;
        let somebody = parts.extensions.get::<Current>().is_some();
        let path = parts.uri.path().to_owned();
        let form = Form::from_request(Request::from_parts(parts, body), desk).await;
        let form = form.map_err(IntoResponse::into_response)?;
        match officer {
            Ok(officer) => {
                let duty_changed = form.has(STAMP) && form.raw(STAMP) != stamp(&officer);
                Ok(Self { officer, form, duty_changed })
            }
            Err(refused) if somebody => Err(refused),
            Err(_) => {
                let sealed = seal(desk, &view, &path, &form);
                Err(sign_in::ended(desk, &view, &form, sealed, &way_back(&path)))
            }
        }
    }
}

/// Where to go after signing in when there is nothing to show again.
fn way_back(path: &str) -> String {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["desk", "dossiers", code, ..] => format!("/desk/dossiers/{code}"),
        ["desk", part @ ("corrections" | "disputes"), person, id, ..] => {
            format!("/desk/{part}/{person}/{id}")
        }
        ["desk", part @ ("people" | "staff" | "foreigners" | "organisations" | "locks"), ..] => {
            format!("/desk/{part}")
        }
        _ => "/desk".to_owned(),
    }
}

/// To the first page that fits.
pub fn go(path: &str) -> Response {
    Redirect::to(path).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_a_page_that_can_be_read() {
        for (posted, back) in [
            ("/desk/dossiers/G01.1/refuse", "/desk/dossiers/G01.1"),
            ("/desk/dossiers/G01.1/papers/7/revoke", "/desk/dossiers/G01.1"),
            ("/desk/people/raise", "/desk/people"),
            ("/desk/staff", "/desk/staff"),
            ("/desk/organisations/7/lock", "/desk/organisations"),
            ("/desk/locks/account/unlock", "/desk/locks"),
            ("/desk/duty", "/desk"),
        ] {
            assert_eq!(way_back(posted), back);
        }
    }

    #[test]
    fn a_stamp_is_read_back() {
        let officer = crate::tests::officer(contracts::Role::Head);
        let text = stamp(&officer);
        let (account, agency, role) = read_stamp(&text).unwrap();
        assert_eq!((account, agency, role), (officer.actor.account, "CA-X-26740", "head"));
        assert_eq!(read_stamp("nonsense"), None);
    }
}
