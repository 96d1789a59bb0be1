//! One's own account: its level, its sessions, its history, its password, and locking it.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, PersonalNumber};
use contracts::{Access, IdentityLevel, LoginStrength, Method, Purpose, Who};
use forms::Fact;
use http::HeaderMap;
use identity::{
    Current, IdentityError, LockReason, Marks, Password, SessionId,
    http::SignedIn,
    ops::{self, session_list::Listed, sign_in_list},
};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use webkit::{
    Form, Problem, Query, Rate, rate_limit,
    ui::{self, Field, Icon, LineKind, Row, Tone, Weight},
};

use crate::{
    Portal,
    account_helpers::HELPERS,
    account_organisations::ORGANISATIONS,
    account_passkeys::{APP, PASSKEYS},
    account_phone::PHONE,
    account_sign_in::{TRIES, refusal},
    account_wards::WARDS,
    visit::{Citizen, Place, level_key},
};

/// One's own history of signing in.
const SIGN_INS: &str = "/account/sign-ins";

pub fn routes() -> Router<Arc<Portal>> {
    let doors = Router::new()
        .route("/account/password", post(change_password))
        .layer(axum::middleware::from_fn_with_state(Rate::new(TRIES), rate_limit));
    Router::new()
        .route("/account", get(account))
        .route("/account/sign-ins", get(history))
        .route("/account/lock", post(lock))
        .route("/account/sessions", post(revoke))
        .merge(doors)
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
        (doors(c))
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
        h2 { (c.t("account-lock")) }
        p { (c.t("account-lock-about")) }
        form method="post" action="/account/lock" {
            (c.csrf())
            (ui::actions(ui::submit(Weight::Danger, &c.t("account-lock-go"))))
        }
    }))
}

/// What else belongs to an account, by what somebody comes for.
fn doors(c: &Citizen) -> Markup {
    let door = |href: &str, icon, title: &str, lead: &str| ui::Door::new(href, icon, c.t(title), c.t(lead));
    html! {
        h2 { (c.t("account-ways")) }
        (ui::doors(&[
            door(PASSKEYS, Icon::Key, "passkeys-title", "passkeys-lead"),
            door(APP, Icon::Shield, "app-title", "app-lead"),
            door(PHONE, Icon::Bell, "phone-title", "phone-lead"),
            door(HELPERS, Icon::Users, "helpers-title", "helpers-lead"),
            door(SIGN_INS, Icon::Clock, "sign-ins-title", "sign-ins-lead"),
        ]))
        h2 { (c.t("account-known")) }
        (ui::doors(&[
            door("/account/consents-given", Icon::CheckCircle, "given-title", "given-lead"),
            door("/ciba", Icon::Help, "waiting-title", "waiting-lead"),
            door("/device", Icon::QrCode, "device-title", "device-lead"),
            door("/record/accesses", Icon::Eye, "accesses-title", "accesses-lead"),
        ]))
        h2 { (c.t("account-others")) }
        (ui::doors(&[
            door(WARDS, Icon::Users, "wards-title", "wards-lead"),
            door(ORGANISATIONS, Icon::Building, "org-title", "org-lead"),
        ]))
    }
}

/// One click, and nobody is signed in any more: whoever sees something strange must not have to think.
async fn lock(c: Citizen, SignedIn(me): SignedIn) -> Result<Response, Problem> {
    let mut tx = c.begin().await?;
    let reason = LockReason::OwnRequest;
    let locked = ops::account_lock(&c.portal.identity, &mut tx, &c.actor, me.account(), reason).await;
    tx.finish(locked).await?;
    Ok((c.session_end(), c.flash(Tone::Good, c.t("account-locked")), Redirect::to("/")).into_response())
}

/// The last line of the page before.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Before {
    before: Option<Uuid>,
}

async fn history(c: Citizen, SignedIn(me): SignedIn, Query(page): Query<Before>) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    let lines = ops::sign_in_list(&mut tx, &me, page.before).await;
    let lines = tx.finish(lines).await?;
    let title = c.t("sign-ins-title");
    let more = lines.last().filter(|_| lines.len() == sign_in_list::PAGE_MAX);
    let next = more.map(|line| format!("{SIGN_INS}?before={}", line.id));
    let first = page.before.map(|_| SIGN_INS);
    Ok(c.frame(Place::Elsewhere, &title).page(html! {
        (ui::back_link("/account", &c.t("nav-account")))
        h1 { (title) }
        p.lead { (c.t("sign-ins-lead")) }
        @if lines.is_empty() { p { (c.t("sign-ins-none")) } } @else {
            ul.files { @for line in &lines { (history_row(&c, line)) } }
            (ui::pagination(&c, first, next.as_deref()))
        }
    }))
}

/// What came of it and when, then by which way and on what.
fn history_row(c: &Citizen, line: &sign_in_list::Listed) -> Markup {
    let good = line.outcome == "in";
    let (tone, icon) = if good { (Tone::Good, Icon::Key) } else { (Tone::Wait, Icon::Alert) };
    let outcome = c.t(&format!("outcome-{}", line.outcome.replace('_', "-")));
    let agent = if line.agent.is_empty() { c.t("session-unknown") } else { line.agent.clone() };
    let how = line.methods.iter().map(|method| c.t(method_key(*method))).chain([agent]);
    html! {
        li {
            (icon)
            div {
                (ui::tag(tone, &outcome)) " " span.quiet { (c.at(line.at)) }
                p { (how.collect::<Vec<_>>().join(" · ")) }
            }
        }
    }
}

/// The text that names a way of signing in.
pub fn method_key(method: Method) -> &'static str {
    match method {
        Method::Password => "method-password",
        Method::AppCode => "method-app-code",
        Method::MessageCode => "method-message-code",
        Method::Passkey => "method-passkey",
        Method::OtherDevice => "method-other-device",
    }
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

async fn revoke(
    c: Citizen,
    SignedIn(me): SignedIn,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let identity = &c.portal.identity;
    let mut tx = c.begin().await?;
    let ended = match form.raw("session").parse() {
        Ok(id) => ops::session_revoke(identity, &mut tx, &me, SessionId(id)).await.map(|()| None),
        Err(_) if form.has("others") => {
            ops::session_revoke_others(identity, &mut tx, &me, &Marks::sent(&c, &headers)).await.map(Some)
        }
        Err(_) => Err(IdentityError::NotFound),
    };
    // Of the browsers that are known only this one still is.
    let known = tx.finish(ended).await?.map(|ended| ended.marks.cookie(&c));
    Ok((known, c.flash(Tone::Good, c.t("session-ended")), Redirect::to("/account")).into_response())
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
