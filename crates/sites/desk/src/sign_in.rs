//! The door: login name, password and the code of the authenticator app, on one page, or a passkey. And the way out.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    middleware::from_fn_with_state,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, Kind};
use contracts::{AgencyId, Role};
use identity::{
    Client, Current, IdentityError, PASSKEY_SCRIPT, Password,
    ops::{
        self,
        passkey_sign_in::Answer,
        sign_in::{Login, SignIn},
    },
};
use maud::{Markup, html};
use serde::Deserialize;
use webkit::{
    Form, Problem, Query, Rate, RateLimit, View,
    i18n::by_field,
    local_path, rate_limit,
    ui::{self, Field, LineKind, Tone, Weight},
};

use crate::{
    Desk,
    kept::{self, STAMP},
    officer::{Officer, SIGN_IN},
};

/// Signing in with a passkey, and what the browser is asked for.
const PASSKEY: &str = "/desk/sign-in/passkey";
const OFFER: &str = "/desk/sign-in/passkey/offer";
/// The hidden field of what was typed before the session ended.
const KEPT: &str = "kept";
/// Tries from one address that reach the database at all; the account's own limit holds across processes.
pub const TRIES: RateLimit = RateLimit { requests: 30, per: Duration::from_secs(60) };

pub fn routes() -> Router<Arc<Desk>> {
    let limited = from_fn_with_state(Rate::new(TRIES), rate_limit);
    let passkeys = Router::new().route(PASSKEY, post(passkey)).route(OFFER, post(offer));
    Router::new()
        .route(SIGN_IN, get(ask).merge(post(answer).layer(limited.clone())))
        .merge(passkeys.layer(limited))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Way {
    /// Where the officer wanted to go.
    pub next: String,
}

/// Only pages for officers: of the desk, and of the console of relying parties.
pub fn way_on(next: &str) -> Option<&str> {
    let is_for_officers = |path: &&str| {
        let rest = path.strip_prefix("/desk").or_else(|| path.strip_prefix("/console"));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    };
    local_path(next).filter(is_for_officers)
}

async fn ask(
    State(desk): State<Arc<Desk>>,
    view: View,
    Query(way): Query<Way>,
    current: Option<Extension<Current>>,
) -> Response {
    let form = Form::from_pairs([("next", way.next.as_str())]);
    match current.and_then(|c| Officer::of_session(&c)) {
        Some(officer) => Redirect::to(way_on(&way.next).unwrap_or(officer.home())).into_response(),
        None => page(&view, &form, &[], desk.identity.site.is_some()).into_response(),
    }
}

/// In which duty something was typed before the session ended.
fn acting(form: &Form) -> Option<(AgencyId, Role)> {
    let (_, agency, role) = kept::read_stamp(form.raw(STAMP))?;
    Some((AgencyId::new(agency), Role::parse(role)?))
}

async fn offer(State(desk): State<Arc<Desk>>) -> Result<Response, Problem> {
    let mut tx = desk.store.begin().await?;
    let offer = ops::passkey_sign_in_offer(&desk.identity, &mut tx).await;
    Ok(axum::Json(tx.finish(offer).await?).into_response())
}

async fn passkey(
    State(desk): State<Arc<Desk>>,
    view: View,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let input = Answer {
        ceremony: form.raw("ceremony").to_owned(),
        answer: form.raw("answer").to_owned(),
        acting: acting(&form),
        staff: true,
        client: client(&view, &headers),
    };
    match ops::passkey_sign_in(&desk.identity, &input).await {
        Ok(signed) => {
            Ok((signed.cookies(&view), begin(&desk, &view, &form, &signed.current).await).into_response())
        }
        Err(refused) => refuse(&desk, &view, &form, &refused),
    }
}

async fn answer(
    State(desk): State<Arc<Desk>>,
    view: View,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let empty = ["login", "password"].into_iter().filter(|name| form.raw(name).trim().is_empty());
    let faults: Vec<FieldFault> = empty.map(|name| FieldFault::new(name, "forms.required")).collect();
    if !faults.is_empty() {
        return Ok((
            StatusCode::UNPROCESSABLE_ENTITY,
            page(&view, &form, &faults, desk.identity.site.is_some()),
        )
            .into_response());
    }
    let input = SignIn {
        login: Login::Staff(form.line("login").to_lowercase()),
        password: Password::new(form.raw("password")),
        code: Some(form.line("code")).filter(|code| !code.is_empty()),
        acting: acting(&form),
        client: client(&view, &headers),
    };
    match ops::sign_in::sign_in(&desk.identity, &input).await {
        Ok(signed) => {
            Ok((signed.cookies(&view), begin(&desk, &view, &form, &signed.current).await).into_response())
        }
        // The duty in which something was typed has ended: what was typed still waits for another.
        Err(refused @ IdentityError::NoRole) if form.has(STAMP) => {
            let rest = form.pairs().iter().filter(|(name, _)| name != STAMP).cloned();
            refuse(&desk, &view, &Form::from_pairs(rest), &refused)
        }
        Err(refused) => refuse(&desk, &view, &form, &refused),
    }
}

/// The first page of a new session: what is still to be set up, what was typed before, the choice of a duty, or the way on.
async fn begin(desk: &Desk, view: &View, form: &Form, current: &Current) -> Response {
    let Some(officer) = Officer::of_session(current) else { return kept::go("/desk") };
    if !current.todo.is_done() {
        return kept::go("/desk/account");
    }
    if let Some(kept) = kept::open(desk, current.account(), view.now(), form.raw(KEPT))
        && let Some(page) = kept::resume(desk, view, &officer, &kept).await
    {
        return page;
    }
    let next = way_on(form.raw("next"));
    if officer.several && !form.has(STAMP) {
        let next: String = form_urlencoded::byte_serialize(next.unwrap_or("").as_bytes()).collect();
        return kept::go(&format!("{}?next={next}", crate::duty::DUTY));
    }
    kept::go(next.unwrap_or(officer.home()))
}

/// The session ended while something was typed: the door, with what was typed in its form.
pub fn ended(desk: &Desk, view: &View, typed: &Form, sealed: Option<String>, next: &str) -> Response {
    let mut pairs = vec![("next", next)];
    if let Some(sealed) = &sealed {
        pairs.extend([(KEPT, sealed.as_str()), (STAMP, typed.raw(STAMP))]);
    }
    let page = page(view, &Form::from_pairs(pairs), &[], desk.identity.site.is_some());
    (StatusCode::UNAUTHORIZED, page).into_response()
}

/// Where a request comes from.
pub fn client(view: &View, headers: &HeaderMap) -> Client {
    Client::browser(view, headers)
}

/// What the person at the door can mend is said at its field; the rest is a problem.
fn refuse(desk: &Desk, view: &View, form: &Form, refused: &IdentityError) -> Result<Response, Problem> {
    let problem = Problem::of(refused);
    if matches!(refused.kind(), Kind::Bug | Kind::Unavailable | Kind::NotFound) {
        return Err(problem);
    }
    let field = match refused {
        IdentityError::CodeNeeded | IdentityError::BadCode => "code",
        _ => "login",
    };
    let fault = FieldFault { args: refused.args(), ..FieldFault::new(field, refused.code()) };
    Ok((problem.status(), page(view, form, &[fault], desk.identity.site.is_some())).into_response())
}

/// The page of the door.
pub fn page(view: &View, form: &Form, faults: &[FieldFault], passkeys: bool) -> Markup {
    let title = view.t("desk-sign-in-title");
    let errors = by_field(view, faults);
    let line = |name: &str, label: &str, hint: Option<&str>, kind: LineKind| {
        let mut field = Field::new(name, view.t(label)).errors(&errors);
        if let Some(hint) = hint {
            field = field.hint(view.t(hint));
        }
        ui::line(view, &field, form.raw(name), kind)
    };
    let hidden = || {
        html! {
            (view.csrf())
            @for name in ["next", KEPT, STAMP] {
                @if form.has(name) { input type="hidden" name=(name) value=(form.raw(name)); }
            }
        }
    };
    let mut layout = view.layout(&title).site(view.t("desk-site"), "/desk").error(!faults.is_empty());
    if passkeys {
        layout = layout.script(PASSKEY_SCRIPT.name);
    }
    layout.page(html! {
        (ui::error_summary(view, faults))
        @if form.has(KEPT) { (ui::notice(Tone::Info, view.t("desk-sign-in-kept"))) }
        h1 { (title) }
        p.lead { (view.t("desk-sign-in-lead")) }
        form method="post" action=(SIGN_IN) novalidate {
            (hidden())
            (line("login", "desk-sign-in-login", None, LineKind::Text))
            (line("password", "desk-sign-in-password", None, LineKind::Password))
            (line("code", "desk-sign-in-code", Some("desk-sign-in-code-hint"), LineKind::OneTimeCode))
            (ui::actions(ui::submit(Weight::Primary, &view.t("desk-sign-in-go"))))
        }
        @if passkeys {
            form method="post" action=(PASSKEY) data-passkey="get" data-offer=(OFFER)
                data-cancelled=(view.t("desk-passkey-cancelled")) hidden {
                (hidden())
                input type="hidden" name="ceremony" value="";
                input type="hidden" name="answer" value="";
                (ui::submit(Weight::Secondary, &view.t("desk-passkey-sign-in")))
                p data-status role="status" {}
            }
        }
        p { a href=(crate::set_up::SET_UP) { (view.t("desk-sign-in-set-up")) } }
        p.quiet { (view.t("desk-sign-in-help")) }
        p { a href="/sign-in" { (view.t("desk-sign-in-citizen")) } }
    })
}

/// `POST /desk/sign-out`.
pub async fn sign_out(
    State(desk): State<Arc<Desk>>,
    view: View,
    current: Option<Extension<Current>>,
) -> Result<Response, Problem> {
    if let Some(Extension(me)) = current {
        let mut tx = desk.store.begin().await?;
        let outcome = match ops::session_revoke::sign_out(&desk.identity, &mut tx, &me).await {
            // It ended by itself in the meantime.
            Err(IdentityError::NotFound) => Ok(()),
            outcome => outcome,
        };
        tx.finish(outcome).await?;
    }
    let said = view.flash(Tone::Good, view.t("desk-signed-out"));
    Ok((view.session_end(), said, Redirect::to(SIGN_IN)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_stays_with_the_officers() {
        for good in
            ["/desk", "/desk?drawer=new", "/desk/dossiers/G01.1?do=approve", "/console", "/console/new"]
        {
            assert_eq!(way_on(good), Some(good));
        }
        for bad in ["", "/", "/desktop", "/consoles", "//evil.vn/desk", "https://evil.vn/desk", "/record"] {
            assert_eq!(way_on(bad), None, "{bad}");
        }
    }
}
