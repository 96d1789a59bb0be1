//! The officer's own account: the second factor (app or passkey), the password, and where one is signed in. Until both are set up, a session
//! opens this page and no other.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use base::{Fault, FieldFault, Kind};
use identity::{
    Current, IdentityError, Marks, PASSKEY_SCRIPT, Password, SessionId,
    http::SignedIn,
    ops::{
        self,
        passkey_keep::Listed as Passkey,
        session_list::{Listed, session_list},
        totp_enrol::Enrolment,
    },
    rows::AuthenticatorId,
};
use maud::{Markup, html};
use webkit::{
    Form, Path, Problem, View,
    i18n::by_field,
    ui::{self, Column, Field, Icon, LineKind, Tone, Weight},
};

use crate::{
    Desk,
    officer::{Officer, Part, frame, to_sign_in},
    words::Words,
};

/// What the page shows beside the forms.
#[derive(Default)]
pub struct Account {
    /// The second factor is missing, and nothing else is possible.
    pub must_enrol: bool,
    pub sessions: Vec<Listed>,
    pub passkeys: Vec<Passkey>,
    /// The address of the site allows passkeys.
    pub may_add_passkeys: bool,
    /// A secret that was just made, shown once.
    pub enrolment: Option<Enrolment>,
    /// A code is waited for.
    pub confirming: bool,
    pub faults: Vec<FieldFault>,
}

impl Account {
    fn of(me: &Current) -> Self {
        Self { must_enrol: me.todo.enrol, ..Self::default() }
    }
}

/// `GET /desk/account`.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    view: View,
    me: Option<Extension<Current>>,
    request: Request,
) -> Result<Response, Problem> {
    match me {
        Some(Extension(me)) => answer(&desk, &view, &me, Account::of(&me), StatusCode::OK).await,
        None => Ok(to_sign_in(&request.into_parts().0)),
    }
}

async fn answer(
    desk: &Desk,
    view: &View,
    me: &Current,
    mut account: Account,
    status: StatusCode,
) -> Result<Response, Problem> {
    let officer = Officer::of_session(me).ok_or_else(Problem::forbidden)?;
    account.may_add_passkeys = desk.identity.site.is_some();
    if me.todo.is_done() {
        let mut tx = desk.store.begin().await?;
        let outcome = async {
            Ok::<_, IdentityError>((session_list(&mut tx, me).await?, ops::passkey_list(&mut tx, me).await?))
        }
        .await;
        (account.sessions, account.passkeys) = tx.finish(outcome).await?;
    }
    Ok((status, page(&Words::new(view, desk), view, &officer, &account)).into_response())
}

/// `POST /desk/account/totp/begin`: the secret is shown in the answer and never again.
pub async fn totp_begin(
    State(desk): State<Arc<Desk>>,
    view: View,
    SignedIn(me): SignedIn,
) -> Result<Response, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = ops::totp_enrol::totp_enrol(&desk.identity, &mut tx, &me).await;
    let enrolment = Some(tx.finish(outcome).await?);
    answer(&desk, &view, &me, Account { enrolment, confirming: true, ..Account::of(&me) }, StatusCode::OK)
        .await
}

/// `POST /desk/account/totp`.
pub async fn totp_confirm(
    State(desk): State<Arc<Desk>>,
    view: View,
    SignedIn(me): SignedIn,
    form: Form,
) -> Result<Response, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = ops::totp_enrol::totp_confirm(&desk.identity, &mut tx, &me, &form.line("code")).await;
    match tx.finish(outcome).await {
        Ok(()) => Ok(done(&view, "desk-totp-done")),
        Err(e @ IdentityError::BadCode) => {
            let faults = vec![FieldFault::new("code", e.code())];
            let account = Account { confirming: true, faults, ..Account::of(&me) };
            answer(&desk, &view, &me, account, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(e) => Err(e.into()),
    }
}

/// `POST /desk/account/password`.
pub async fn password(
    State(desk): State<Arc<Desk>>,
    view: View,
    SignedIn(me): SignedIn,
    form: Form,
) -> Result<Response, Problem> {
    let faults = if form.raw("new_password") == form.raw("again") {
        let [old, new] = ["old_password", "new_password"].map(|name| Password::new(form.raw(name)));
        match ops::password_change::password_change(&desk.identity, &me, &old, &new).await {
            Ok(()) => return Ok(done(&view, "desk-password-done")),
            Err(e @ IdentityError::BadCredentials) => vec![FieldFault::new("old_password", e.code())],
            Err(e) if e.kind() == Kind::Invalid => e.fields().to_vec(),
            Err(e) => return Err(e.into()),
        }
    } else {
        vec![FieldFault::new("again", "desk.password_differs")]
    };
    answer(&desk, &view, &me, Account { faults, ..Account::of(&me) }, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// `POST /desk/account/passkeys/offer`.
pub async fn passkey_offer(
    State(desk): State<Arc<Desk>>,
    SignedIn(me): SignedIn,
) -> Result<Response, Problem> {
    let mut tx = desk.store.begin().await?;
    let offer = ops::passkey_offer(&desk.identity, &mut tx, &me).await;
    Ok(axum::Json(tx.finish(offer).await?).into_response())
}

/// `POST /desk/account/passkeys`.
pub async fn passkey_add(
    State(desk): State<Arc<Desk>>,
    view: View,
    SignedIn(me): SignedIn,
    form: Form,
) -> Result<Response, Problem> {
    let [token, key, name] = ["ceremony", "answer", "name"].map(|field| form.raw(field));
    match ops::passkey_register(&desk.identity, &me, token, key, name).await {
        Ok(()) => Ok(done(&view, "desk-passkey-added")),
        Err(e) => refuse_passkey(&desk, &view, &me, e).await,
    }
}

/// `POST /desk/account/passkeys/{id}`: removes it.
pub async fn passkey_remove(
    State(desk): State<Arc<Desk>>,
    view: View,
    SignedIn(me): SignedIn,
    Path(id): Path<AuthenticatorId>,
) -> Result<Response, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = ops::passkey_remove(&desk.identity, &mut tx, &me, id).await;
    match tx.finish(outcome).await {
        Ok(()) => Ok(done(&view, "desk-passkey-removed")),
        Err(e) => refuse_passkey(&desk, &view, &me, e).await,
    }
}

async fn refuse_passkey(
    desk: &Desk,
    view: &View,
    me: &Current,
    refused: IdentityError,
) -> Result<Response, Problem> {
    let faults = match refused.kind() {
        Kind::Invalid if !refused.fields().is_empty() => refused.fields().to_vec(),
        Kind::Conflict | Kind::Unauthenticated => {
            vec![FieldFault { args: refused.args(), ..FieldFault::new("name", refused.code()) }]
        }
        _ => return Err(refused.into()),
    };
    let account = Account { faults, ..Account::of(me) };
    answer(desk, view, me, account, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// `POST /desk/account/sessions/{id}`: ends one.
pub async fn end_session(
    State(desk): State<Arc<Desk>>,
    view: View,
    SignedIn(me): SignedIn,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = ops::session_revoke::session_revoke(&desk.identity, &mut tx, &me, id).await;
    tx.finish(outcome).await?;
    Ok(done(&view, "desk-session-ended"))
}

/// `POST /desk/account/sessions/others`: ends all but this one.
pub async fn end_others(
    State(desk): State<Arc<Desk>>,
    view: View,
    SignedIn(me): SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (mut tx, marks) = (desk.store.begin().await?, Marks::sent(&view, &headers));
    let outcome = ops::session_revoke::session_revoke_others(&desk.identity, &mut tx, &me, &marks).await;
    // Of the browsers that are known only this one still is.
    let known = tx.finish(outcome).await?.marks.cookie(&view);
    Ok((known, done(&view, "desk-sessions-ended")).into_response())
}

fn done(view: &View, key: &str) -> Response {
    (view.flash(Tone::Good, view.t(key)), Redirect::to("/desk/account")).into_response()
}

/// The page as a whole.
pub fn page(words: &Words<'_>, view: &View, officer: &Officer, account: &Account) -> Markup {
    let title = view.t("desk-account-title");
    let locked = account.must_enrol;
    let mut layout = frame(words, view, officer, Part::Account, &title).error(!account.faults.is_empty());
    if account.may_add_passkeys {
        layout = layout.script(PASSKEY_SCRIPT.name);
    }
    if locked {
        layout = layout.nav(Vec::new());
    }
    layout.page(html! {
        (crate::styles(view))
        (ui::error_summary(view, &account.faults))
        h1 { (title) }
        @if locked { (ui::notice(Tone::Wait, view.t("desk-account-locked"))) }
        div.columns {
            div {
                // First what is missing.
                @if locked { (second_factor(view, account)) (passkeys(view, account)) }
                @else if account.confirming { (second_factor(view, account)) (password_form(view, account)) }
                @else { (password_form(view, account)) (second_factor(view, account)) }
            }
            div {
                @if !locked { (passkeys(view, account)) }
                (ui::card(&view.t("desk-account-who"), ui::summary(view, &[
                    ui::Row::new(view.t("desk-account-name"), &officer.name),
                    ui::Row::new(view.t("desk-account-role"), words.role(officer.role)),
                    ui::Row::new(view.t("desk-account-agency"), words.agency(&officer.agency)),
                ])))
            }
        }
        @if !locked { (sessions(words, view, account)) }
    })
}

fn second_factor(view: &View, account: &Account) -> Markup {
    let errors = by_field(view, &account.faults);
    let begin = |key: &str, weight: Weight| {
        html! {
            form method="post" action="/desk/account/totp/begin" { (view.csrf()) (ui::submit(weight, &view.t(key))) }
        }
    };
    ui::card(
        &view.t("desk-totp-title"),
        html! {
            p { (view.t("desk-totp-text")) }
            @if let Some(enrolment) = &account.enrolment {
                ol {
                    li { (view.t("desk-totp-scan")) }
                    li { (view.t("desk-totp-type")) " " code { (enrolment.secret) } }
                    li { (view.t("desk-totp-then")) }
                }
                (ui::qr(&enrolment.uri, &view.t("desk-totp-qr")))
            }
            @if account.confirming {
                form method="post" action="/desk/account/totp" novalidate {
                    (view.csrf())
                    (ui::line(view, &Field::new("code", view.t("desk-totp-code")).errors(&errors), "", LineKind::OneTimeCode))
                    (ui::submit(Weight::Primary, &view.t("desk-totp-confirm")))
                }
                (begin("desk-totp-again", Weight::Secondary))
            } @else if account.must_enrol { (begin("desk-totp-begin", Weight::Primary)) }
            @else { (begin("desk-totp-replace", Weight::Secondary)) }
        },
    )
}

/// The keys of this account, and one more on this device.
fn passkeys(view: &View, account: &Account) -> Markup {
    let errors = by_field(view, &account.faults);
    if !account.may_add_passkeys && account.passkeys.is_empty() {
        return html! {};
    }
    ui::card(
        &view.t("desk-passkeys-title"),
        html! {
            p { (view.t("desk-passkeys-text")) }
            @if !account.passkeys.is_empty() {
                ul.desk-held { @for key in &account.passkeys {
                    li {
                        span { (Icon::Key) " " (key.name) }
                        form.desk-inline method="post" action={ "/desk/account/passkeys/" (key.id) } {
                            (view.csrf())
                            button.button.secondary type="submit" { (view.t("desk-passkey-remove")) span.hidden { ": " (key.name) } }
                        }
                    }
                } }
            }
            @if account.may_add_passkeys {
                form method="post" action="/desk/account/passkeys" data-passkey="create"
                    data-offer="/desk/account/passkeys/offer" data-cancelled=(view.t("desk-passkey-cancelled"))
                    data-known=(view.t("desk-passkey-known")) hidden novalidate {
                    (view.csrf())
                    input type="hidden" name="ceremony" value="";
                    input type="hidden" name="answer" value="";
                    (ui::line(view, &Field::new("name", view.t("desk-passkey-name")).errors(&errors), &view.t("desk-passkey-name-first"), LineKind::Text))
                    (ui::submit(Weight::Secondary, &view.t("desk-passkey-add")))
                    p data-status role="status" {}
                }
            }
        },
    )
}

fn password_form(view: &View, account: &Account) -> Markup {
    let errors = by_field(view, &account.faults);
    let line = |name: &str, label: &str, kind: LineKind| {
        ui::line(view, &Field::new(name, view.t(label)).errors(&errors), "", kind)
    };
    ui::card(
        &view.t("desk-password-title"),
        html! {
            form method="post" action="/desk/account/password" novalidate {
                (view.csrf())
                (line("old_password", "desk-password-old", LineKind::Password))
                (line("new_password", "desk-password-new", LineKind::NewPassword))
                (line("again", "desk-password-again", LineKind::NewPassword))
                (ui::submit(Weight::Secondary, &view.t("desk-password-change")))
            }
        },
    )
}

fn sessions(words: &Words<'_>, view: &View, account: &Account) -> Markup {
    let columns = [
        "desk-session-where",
        "desk-session-duty",
        "desk-session-since",
        "desk-session-seen",
        "desk-session-end",
    ]
    .map(|key| Column::new(view.t(key)));
    let moment = |at| html! { (view.moment(at, view.now())) };
    let rows: Vec<Vec<Markup>> = account
        .sessions
        .iter()
        .map(|s| {
            vec![
                html! { @if s.agent.is_empty() { (view.t("desk-session-unknown")) } @else { (s.agent) } },
                html! { @if let Some((agency, role)) = &s.duty { (words.role(*role)) ", " (words.agency(agency)) } },
                moment(s.created_at),
                moment(s.last_seen_at),
                html! {
                    @if s.this { (ui::tag(Tone::Good, &view.t("desk-session-this"))) }
                    @else {
                        form.desk-inline method="post" action={ "/desk/account/sessions/" (s.session) } {
                            (view.csrf())
                            button.button.secondary type="submit" { (Icon::LogOut) (view.t("desk-session-end")) span.hidden { " " (s.agent) } }
                        }
                    }
                },
            ]
        })
        .collect();
    html! {
        (ui::table(view, &view.t("desk-sessions"), &columns, &rows))
        @if account.sessions.iter().any(|s| !s.this) {
            form method="post" action="/desk/account/sessions/others" {
                (view.csrf())
                (ui::submit(Weight::Danger, &view.t("desk-sessions-end-others")))
            }
        }
    }
}
