//! Signing in and out, opening an account, and one's own account: its level, its sessions, its password.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, Kind, PersonalNumber};
use contracts::{Access, IdentityLevel, LoginStrength, Purpose, Who};
use forms::Fact;
use http::HeaderMap;
use identity::{
    Client, Current, IdentityError, Password, SessionId,
    http::SignedIn,
    ops::{
        self,
        account_open::{Opening, account_open},
        session_list::Listed,
        sign_in::{Login, SignIn},
    },
};
use maud::{Markup, html};
use serde::Deserialize;
use webkit::{
    Form, Problem, Query, Rate, RateLimit, local_path, rate_limit,
    ui::{self, DateValue, Field, Icon, LineKind, Row, Tone, Weight},
};

use crate::{
    Portal,
    visit::{Citizen, Place, Visit, level_key},
};

/// Tries of one client at these doors; those that count across processes are kept by `identity`.
const TRIES: RateLimit = RateLimit { requests: 30, per: Duration::from_secs(60) };

pub fn routes() -> Router<Arc<Portal>> {
    let doors = Router::new()
        .route("/sign-in", post(sign_in))
        .route("/open-account", post(open))
        .route("/account/password", post(change_password))
        .layer(axum::middleware::from_fn_with_state(Rate::new(TRIES), rate_limit));
    Router::new()
        .route("/sign-in", get(sign_in_page))
        .route("/open-account", get(open_page))
        .route("/sign-out", post(sign_out))
        .route("/account", get(account))
        .route("/account/sessions", post(revoke))
        .merge(doors)
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

fn client(v: &Visit, headers: &HeaderMap) -> Client {
    let agent = headers.get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("");
    Client { ip: v.client(), agent: agent.to_owned() }
}

async fn sign_in_page(v: Visit, Query(next): Query<Next>) -> Response {
    let next = local_path(&next.next).unwrap_or("/");
    if v.citizen.is_some() {
        return Redirect::to(next).into_response();
    }
    draw_sign_in(&v, next, "", &[], None).into_response()
}

fn draw_sign_in(v: &Visit, next: &str, number: &str, faults: &[FieldFault], said: Option<String>) -> Markup {
    let errors = webkit::i18n::by_field(v, faults);
    let title = v.t("sign-in-title");
    v.frame(Place::SignIn, &title).error(!faults.is_empty() || said.is_some()).page(html! {
        (ui::error_summary(v, faults))
        h1 { (title) }
        @if let Some(said) = said { (ui::notice(Tone::Danger, said)) }
        @else if next != "/" && faults.is_empty() { (ui::notice(Tone::Info, v.t("sign-in-then"))) }
        form method="post" action="/sign-in" novalidate {
            (v.csrf())
            input type="hidden" name="next" value=(next);
            (ui::own_number(v, &Field::new("number", v.t("datum-number")).errors(&errors), number))
            (ui::line(v, &Field::new("password", v.t("password")).errors(&errors), "", LineKind::Password))
            (ui::actions(ui::submit(Weight::Primary, &v.t("nav-sign-in"))))
        }
        p { (v.t("sign-in-none")) " " a href="/open-account" { (v.t("home-open")) } }
        p.quiet { (v.t("sign-in-officer")) " " a href="/desk" { (v.t("sign-in-desk")) } }
    })
}

async fn sign_in(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let next = local_path(form.raw("next")).unwrap_or("/").to_owned();
    let typed = form.line("number");
    let mut faults = Vec::new();
    let number = typed.parse();
    if number.is_err() {
        faults.push(FieldFault::new("number", "identity.number_shape"));
    }
    if form.raw("password").is_empty() {
        faults.push(FieldFault::new("password", "forms.required"));
    }
    let (Ok(number), true) = (number, faults.is_empty()) else {
        return Ok(draw_sign_in(&v, &next, &typed, &faults, None).into_response());
    };
    let input = SignIn {
        login: Login::Citizen(number),
        password: Password::new(form.raw("password")),
        code: None,
        acting: None,
        client: client(&v, &headers),
    };
    match ops::sign_in(&v.portal.identity, &input).await {
        Ok(signed_in) => {
            let max_age = signed_in.current.ends_at.duration_since(v.now());
            let max_age = Duration::try_from(max_age).unwrap_or(Duration::ZERO);
            let cookie = v.session_start(&signed_in.token.cookie(), max_age);
            Ok((cookie, Redirect::to(&next)).into_response())
        }
        Err(refused) => {
            let said = refusal(&v, refused)?;
            Ok(draw_sign_in(&v, &next, &typed, &[], Some(said)).into_response())
        }
    }
}

/// What the person can do something about is said on the form; the rest ends the request.
fn refusal(v: &Visit, refused: IdentityError) -> Result<String, Problem> {
    match refused.kind() {
        Kind::Bug | Kind::Unavailable => Err(refused.into()),
        _ => Ok(v.code(refused.code(), &refused.args())),
    }
}

async fn sign_out(v: Visit, session: Option<axum::Extension<Current>>) -> Result<Response, Problem> {
    if let Some(axum::Extension(current)) = session {
        let mut tx = v.begin().await?;
        let out = ops::sign_out(&v.portal.identity, &mut tx, &current).await;
        tx.finish(out).await?;
    }
    Ok((v.session_end(), v.flash(Tone::Good, v.t("signed-out")), Redirect::to("/")).into_response())
}

async fn open_page(v: Visit) -> Markup {
    draw_open(&v, &Form::default(), &[], None)
}

fn draw_open(v: &Visit, form: &Form, faults: &[FieldFault], said: Option<String>) -> Markup {
    let errors = webkit::i18n::by_field(v, faults);
    let title = v.t("home-open");
    let field = |name: &str, key: &str| Field::new(name, v.t(key)).errors(&errors);
    v.frame(Place::SignIn, &title).error(!faults.is_empty() || said.is_some()).page(html! {
        (ui::back_link("/sign-in", &v.t("nav-sign-in")))
        (ui::error_summary(v, faults))
        h1 { (title) }
        p.lead { (v.t("open-lead")) }
        @if let Some(said) = said { (ui::notice(Tone::Danger, said)) }
        form method="post" action="/open-account" novalidate {
            (v.csrf())
            (ui::own_number(v, &field("number", "datum-number"), form.raw("number")))
            (ui::line(v, &field("name", "datum-name").hint(v.t("open-name-hint")), form.raw("name"), LineKind::Name))
            (ui::date(v, &field("birth_date", "datum-birth-date").hint(v.t("open-birth-hint")), &DateValue::typed(form, "birth_date")))
            (ui::line(v, &field("password", "password-new").hint(v.t("password-hint")), "", LineKind::NewPassword))
            (ui::line(v, &field("again", "password-again"), "", LineKind::NewPassword))
            (ui::actions(ui::submit(Weight::Primary, &v.t("home-open"))))
        }
        (ui::details(&v.t("open-level-2"), html! { p { (v.t("open-level-2-about")) } }))
    })
}

async fn open(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    if form.raw("password") != form.raw("again") {
        let faults = [FieldFault::new("again", "portal.passwords_differ")];
        return Ok(draw_open(&v, &form, &faults, None).into_response());
    }
    let boxes = ["day", "month", "year"].map(|part| form.line(&format!("birth_date-{part}")));
    let typed: Vec<&str> = boxes.iter().map(String::as_str).filter(|b| !b.is_empty()).collect();
    let opening = Opening {
        number: form.line("number"),
        name: form.line("name"),
        birth_date: typed.join("/"),
        password: Password::new(form.raw("password")),
        client: client(&v, &headers),
    };
    match account_open(&v.portal.identity, &opening).await {
        Ok(_) => {
            let flash = v.flash(Tone::Good, v.t("open-done"));
            Ok((flash, Redirect::to("/sign-in")).into_response())
        }
        Err(fault) if !fault.fields().is_empty() => {
            Ok(draw_open(&v, &form, fault.fields(), None).into_response())
        }
        Err(refused) => {
            let said = refusal(&v, refused)?;
            Ok(draw_open(&v, &form, &[], Some(said)).into_response())
        }
    }
}

async fn account(c: Citizen, SignedIn(me): SignedIn) -> Result<Markup, Problem> {
    draw_account(&c, &me, &[], None).await
}

async fn draw_account(
    c: &Citizen,
    me: &Current,
    faults: &[FieldFault],
    said: Option<String>,
) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let sessions = ops::session_list(&mut tx, me).await;
    let sessions = tx.finish(sessions).await?;
    let number = own_number(c).await?;
    let title = c.t("nav-account");
    let errors = webkit::i18n::by_field(c, faults);
    let field = |name: &str, key: &str| Field::new(name, c.t(key)).errors(&errors);
    let level = level_key(&c.actor);
    let rows = [
        Row::new(
            c.t("account-level"),
            html! { strong { (c.t(level)) } p { (c.t(&format!("{level}-means"))) } },
        ),
        Row::new(c.t("account-login"), c.t(strength_key(me.actor.strength))),
    ];
    let one = matches!(c.actor.who, Who::Citizen { level: IdentityLevel::One, .. });
    Ok(c.frame(Place::Elsewhere, &title).error(!faults.is_empty() || said.is_some()).page(html! {
        (ui::error_summary(c, faults))
        h1 { (title) }
        (ui::summary(c, &rows))
        @if one { (ui::notice(Tone::Info, html! { p { strong { (c.t("level-how")) } } p { (c.t("open-level-2-about")) } })) }
        h2 { (c.t("account-sessions")) }
        p { (c.t("account-sessions-about")) }
        (session_rows(c, &sessions))
        h2 { (c.t("account-password")) }
        @if let Some(said) = said { (ui::notice(Tone::Danger, said)) }
        form method="post" action="/account/password" novalidate {
            (c.csrf())
            @if let Some(number) = &number { (ui::whose_password(number)) }
            (ui::line(c, &field("password", "password-old"), "", LineKind::Password))
            (ui::line(c, &field("new_password", "password-new").hint(c.t("password-hint")), "", LineKind::NewPassword))
            (ui::line(c, &field("again", "password-again"), "", LineKind::NewPassword))
            (ui::actions(ui::submit(Weight::Secondary, &c.t("account-password"))))
        }
        h2 { (c.t("account-more")) }
        (ui::doors(&[
            ui::Door::new("/record/accesses", Icon::Eye, c.t("accesses-title"), c.t("accesses-lead")),
        ]))
    }))
}

/// The number with which the person signs in, as the sign-in page writes it. An account of level 1 is shown nothing of
/// the record, not even this.
async fn own_number(c: &Citizen) -> Result<Option<String>, Problem> {
    if !matches!(c.actor.who, Who::Citizen { level: IdentityLevel::Two, .. }) {
        return Ok(None);
    }
    let mut tx = c.begin().await?;
    let access = Access::new(&c.actor, Purpose::OWN_RECORD);
    let register = &c.portal.dossiers.register;
    let own = register.facts(&mut tx, &access, c.person, &[Fact::Number]).await;
    let number = tx.finish(own).await?.value(Fact::Number, c.today()).text();
    Ok(number.and_then(|n| n.parse::<PersonalNumber>().ok()).map(|n| n.grouped()))
}

fn strength_key(strength: LoginStrength) -> &'static str {
    match strength {
        LoginStrength::One => "login-1",
        LoginStrength::Two => "login-2",
        LoginStrength::Three => "login-3",
        LoginStrength::Four => "login-4",
    }
}

fn session_rows(c: &Citizen, sessions: &[Listed]) -> Markup {
    html! {
        ul.files { @for s in sessions {
            li {
                (Icon::Key)
                div {
                    strong { @if s.agent.is_empty() { (c.t("session-unknown")) } @else { (s.agent) } }
                    @if s.this { " " (ui::tag(Tone::Good, &c.t("session-this"))) }
                    p.quiet { (c.tw("session-times", &[("begun", c.at(s.created_at).into()), ("seen", c.at(s.last_seen_at).into())])) }
                }
                @if !s.this {
                    form method="post" action="/account/sessions" {
                        (c.csrf())
                        (ui::submit_as(Weight::Secondary, "session", &s.session.to_string(), &c.t("session-end")))
                    }
                }
            }
        } }
        @if sessions.len() > 1 {
            form method="post" action="/account/sessions" {
                (c.csrf())
                (ui::actions(ui::submit_as(Weight::Secondary, "others", "1", &c.t("session-end-others"))))
            }
        }
    }
}

async fn revoke(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    let identity = &c.portal.identity;
    let mut tx = c.begin().await?;
    let ended = match form.raw("session").parse() {
        Ok(id) => ops::session_revoke(identity, &mut tx, &me, SessionId(id)).await,
        Err(_) if form.has("others") => ops::session_revoke_others(identity, &mut tx, &me).await.map(|_| ()),
        Err(_) => Err(IdentityError::NotFound),
    };
    tx.finish(ended).await?;
    Ok((c.flash(Tone::Good, c.t("session-ended")), Redirect::to("/account")).into_response())
}

async fn change_password(c: Citizen, SignedIn(me): SignedIn, form: Form) -> Result<Response, Problem> {
    if form.raw("new_password") != form.raw("again") {
        let faults = [FieldFault::new("again", "portal.passwords_differ")];
        return Ok(draw_account(&c, &me, &faults, None).await?.into_response());
    }
    let (old, new) = (Password::new(form.raw("password")), Password::new(form.raw("new_password")));
    match ops::password_change::password_change(&c.portal.identity, &me, &old, &new).await {
        Ok(()) => {
            Ok((c.flash(Tone::Good, c.t("password-changed")), Redirect::to("/account")).into_response())
        }
        Err(fault) if !fault.fields().is_empty() => {
            Ok(draw_account(&c, &me, fault.fields(), None).await?.into_response())
        }
        Err(IdentityError::BadCredentials) => {
            let faults = [FieldFault::new("password", "portal.password_wrong")];
            Ok(draw_account(&c, &me, &faults, None).await?.into_response())
        }
        Err(refused) => {
            let said = refusal(&c, refused)?;
            Ok(draw_account(&c, &me, &[], Some(said)).await?.into_response())
        }
    }
}
