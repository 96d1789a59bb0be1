//! The door: number and password, a code where the account has one, or a passkey and nothing typed. Whoever is signed in
//! already is asked here for what a page still wants: `/sign-in?next=PATH&strength=N&since=SECONDS`.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, FieldFault, Kind};
use contracts::{LoginStrength, Method};
use http::HeaderMap;
use identity::{
    Client, Current, IdentityError, PASSKEY_SCRIPT, Password,
    http::SignedIn as Me,
    ops::{
        self, SignedIn,
        passkey_sign_in::Answer,
        sign_in::{FirstStep, Login, SignIn},
        step_up::{MessageSent, Proof},
    },
    shown::{Ask, Wanted},
};
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use webkit::{
    Form, Problem, Query, Rate, RateLimit, local_path, rate_limit,
    ui::{self, Door, Field, Icon, LineKind, Tone, Weight},
};

use crate::{
    Portal,
    account_other::{SCREEN, UNLOCK},
    account_passkeys::{APP, PASSKEYS},
    account_phone::PHONE,
    account_recover::RECOVER,
    visit::{Place, Visit, with_query},
};

/// Tries of one client at these doors; those that count across processes are kept by `identity`.
pub const TRIES: RateLimit = RateLimit { requests: 30, per: Duration::from_secs(60) };

/// Where a code is asked for.
const MESSAGE: &str = "/sign-in/again/message";

pub fn routes() -> Router<Arc<Portal>> {
    let doors = Router::new()
        .route("/sign-in", post(sign_in))
        .route("/sign-in/code", post(code))
        .route("/sign-in/passkey", post(passkey))
        .route("/sign-in/passkey/offer", post(offer))
        .route("/sign-in/again", post(again))
        .route("/sign-in/again/offer", post(offer_again))
        .route(MESSAGE, post(message))
        .layer(axum::middleware::from_fn_with_state(Rate::new(TRIES), rate_limit));
    Router::new().route("/sign-in", get(sign_in_page)).route("/sign-out", post(sign_out)).merge(doors)
}

/// Where the way leads on, and what kind of login the page there wants.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Way {
    next: String,
    /// 1 to 4 (NĐ 69/2024 Art. 20).
    strength: String,
    /// Shown not before this moment, in seconds since 1970.
    since: String,
}

impl Way {
    fn of_form(form: &Form) -> Self {
        let [next, strength, since] = ["next", "strength", "since"].map(|name| form.raw(name).to_owned());
        Self { next, strength, since }
    }

    fn next(&self) -> &str {
        local_path(&self.next).unwrap_or("/")
    }

    fn wanted(&self) -> Wanted {
        let strength = self.strength.parse().ok().and_then(LoginStrength::from_number);
        let since = self.since.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        Wanted { strength: strength.unwrap_or(LoginStrength::One), since }
    }

    /// This page once more, for whoever is signed in and lacks something.
    fn here(&self) -> String {
        with_query("/sign-in", &[("next", self.next()), ("strength", &self.strength), ("since", &self.since)])
    }

    /// The way out for who cannot or will not show more, with its words: a relying party that asked for it is told so.
    fn out(&self) -> (String, &'static str) {
        match self.next().split(['?', '#']).next() {
            Some(path) if path.starts_with("/authorize/") => (format!("{path}/unable"), "step-up-unable"),
            _ => ("/".to_owned(), "step-up-leave"),
        }
    }

    fn hidden(&self) -> Markup {
        html! {
            input type="hidden" name="next" value=(self.next());
            @for (name, value) in [("strength", &self.strength), ("since", &self.since)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
        }
    }

    /// Signed in: on, or first to what is still missing.
    fn on(&self, v: &Visit, signed: &SignedIn) -> Response {
        let current = &signed.current;
        let enough = current.actor.strength >= self.wanted().strength;
        let to = if enough { self.next().to_owned() } else { self.here() };
        (signed.cookies(v), Redirect::to(&to)).into_response()
    }
}

pub fn client(v: &Visit, headers: &HeaderMap) -> Client {
    Client::browser(v, headers)
}

/// What the person can do something about is said on the form; the rest ends the request.
pub fn refusal(v: &Visit, refused: IdentityError) -> Result<String, Problem> {
    match refused.kind() {
        Kind::Bug | Kind::Unavailable if !matches!(refused, IdentityError::TelcoAway) => Err(refused.into()),
        _ => Ok(v.code(refused.code(), &refused.args())),
    }
}

async fn sign_in_page(
    v: Visit,
    Query(way): Query<Way>,
    me: Option<Extension<Current>>,
) -> Result<Response, Problem> {
    match me {
        Some(Extension(me)) if v.citizen.is_some() => still_missing(&v, &way, &me, None).await,
        _ if v.citizen.is_some() => Ok(Redirect::to(way.next()).into_response()),
        _ => Ok(draw_sign_in(&v, &way, "", &[], None).into_response()),
    }
}

fn draw_sign_in(v: &Visit, way: &Way, number: &str, faults: &[FieldFault], said: Option<String>) -> Markup {
    let errors = webkit::i18n::by_field(v, faults);
    let title = v.t("sign-in-title");
    let passkeys = v.portal.identity.site.is_some();
    let mut frame = v.frame(Place::SignIn, &title).error(!faults.is_empty() || said.is_some());
    if passkeys {
        frame = frame.script(PASSKEY_SCRIPT.name);
    }
    frame.page(html! {
        (ui::error_summary(v, faults))
        h1 { (title) }
        @if let Some(said) = said { (ui::notice(Tone::Danger, said)) }
        @else if way.next() != "/" && faults.is_empty() { (ui::notice(Tone::Info, v.t("sign-in-then"))) }
        form method="post" action="/sign-in" novalidate {
            (v.csrf())
            (way.hidden())
            (ui::own_number(v, &Field::new("number", v.t("datum-number")).errors(&errors), number))
            (ui::line(v, &Field::new("password", v.t("password")).errors(&errors), "", LineKind::Password))
            (ui::actions(ui::submit(Weight::Primary, &v.t("nav-sign-in"))))
        }
        @if passkeys { (passkey_form(v, way, "/sign-in/passkey", "/sign-in/passkey/offer", true)) }
        p { a href=(with_query(SCREEN, &[("next", way.next())])) { (v.t("sign-in-other")) } }
        p { a href=(RECOVER) { (v.t("sign-in-lost")) } }
        p { a href=(UNLOCK) { (v.t("sign-in-locked")) } }
        p { (v.t("sign-in-none")) " " a href="/open-account" { (v.t("home-open")) } }
        p.quiet { (v.t("sign-in-officer")) " " a href="/desk" { (v.t("sign-in-desk")) } }
    })
}

/// Shown by its script where the browser knows passkeys.
fn passkey_form(v: &Visit, way: &Way, action: &str, offer: &str, quiet: bool) -> Markup {
    html! {
        form method="post" action=(action) data-passkey="get" data-offer=(offer) data-quiet[quiet]
            data-cancelled=(v.t("passkey-cancelled")) hidden {
            (v.csrf())
            (way.hidden())
            input type="hidden" name="way" value="passkey";
            input type="hidden" name="ceremony" value="";
            input type="hidden" name="answer" value="";
            (ui::submit(Weight::Secondary, &v.t("passkey-sign-in")))
            p data-status role="status" {}
        }
    }
}

async fn sign_in(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let way = Way::of_form(&form);
    let typed = form.line("number");
    let mut faults = Vec::new();
    let login = Login::of_person(&typed);
    if login.is_none() {
        faults.push(FieldFault::new("number", "identity.number_shape"));
    }
    if form.raw("password").is_empty() {
        faults.push(FieldFault::new("password", "forms.required"));
    }
    let (Some(login), true) = (login, faults.is_empty()) else {
        return Ok(draw_sign_in(&v, &way, &typed, &faults, None).into_response());
    };
    let input = SignIn {
        login,
        password: Password::new(form.raw("password")),
        code: None,
        acting: None,
        client: client(&v, &headers),
    };
    match ops::sign_in_first(&v.portal.identity, &input).await {
        Ok(FirstStep::In(signed)) => Ok(way.on(&v, &signed)),
        Ok(FirstStep::CodeNext(token)) => Ok(draw_code(&v, &way, &token, &[]).into_response()),
        Err(refused) => {
            let said = refusal(&v, refused)?;
            Ok(draw_sign_in(&v, &way, &typed, &[], Some(said)).into_response())
        }
    }
}

/// The second page: the password was right, the code is missing.
fn draw_code(v: &Visit, way: &Way, token: &str, faults: &[FieldFault]) -> Markup {
    let errors = webkit::i18n::by_field(v, faults);
    let title = v.t("sign-in-code-title");
    let field = Field::new("code", v.t("app-code")).hint(v.t("app-code-hint")).errors(&errors);
    v.frame(Place::SignIn, &title).error(!faults.is_empty()).page(html! {
        (ui::back_link(&way.here(), &v.t("nav-sign-in")))
        (ui::error_summary(v, faults))
        h1 { (title) }
        form method="post" action="/sign-in/code" novalidate {
            (v.csrf())
            (way.hidden())
            input type="hidden" name="ceremony" value=(token);
            (ui::line(v, &field, "", LineKind::OneTimeCode))
            (ui::actions(ui::submit(Weight::Primary, &v.t("nav-sign-in"))))
        }
        p.quiet { (v.t("app-code-lost")) }
    })
}

async fn code(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let (way, token) = (Way::of_form(&form), form.raw("ceremony").to_owned());
    let client = client(&v, &headers);
    match ops::sign_in_code(&v.portal.identity, &token, &form.line("code"), &client).await {
        Ok(signed) => Ok(way.on(&v, &signed)),
        Err(refused @ (IdentityError::BadCode | IdentityError::TooManyTries { .. })) => {
            let fault = FieldFault { args: refused.args(), ..FieldFault::new("code", refused.code()) };
            Ok(draw_code(&v, &way, &token, &[fault]).into_response())
        }
        Err(refused) => {
            let said = refusal(&v, refused)?;
            Ok(draw_sign_in(&v, &way, "", &[], Some(said)).into_response())
        }
    }
}

async fn offer(v: Visit) -> Result<Response, Problem> {
    let mut tx = v.begin().await?;
    let offer = ops::passkey_sign_in_offer(&v.portal.identity, &mut tx).await;
    Ok(axum::Json(tx.finish(offer).await?).into_response())
}

async fn passkey(v: Visit, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let way = Way::of_form(&form);
    let answer = Answer {
        ceremony: form.raw("ceremony").to_owned(),
        answer: form.raw("answer").to_owned(),
        acting: None,
        staff: false,
        client: client(&v, &headers),
    };
    match ops::passkey_sign_in(&v.portal.identity, &answer).await {
        Ok(signed) => Ok(way.on(&v, &signed)),
        Err(refused) => {
            let said = refusal(&v, refused)?;
            Ok(draw_sign_in(&v, &way, "", &[], Some(said)).into_response())
        }
    }
}

/// Signed in already. Either it is enough, or the page asks; it never sends the person round in a circle.
async fn still_missing(
    v: &Visit,
    way: &Way,
    me: &Current,
    fault: Option<FieldFault>,
) -> Result<Response, Problem> {
    let mut tx = v.begin().await?;
    let ask = ops::step_up_ways(&v.portal.identity, &mut tx, me, way.wanted()).await;
    let ask = tx.finish(ask).await?;
    if ask == Ask::Nothing {
        return Ok(Redirect::to(way.next()).into_response());
    }
    let title = v.t("step-up-title");
    let faults: Vec<FieldFault> = fault.into_iter().collect();
    let frame = v.frame(Place::SignIn, &title).error(!faults.is_empty()).script(PASSKEY_SCRIPT.name);
    let body = match &ask {
        Ask::Any { ways, then, begun } => {
            let old = way.wanted().since.is_some_and(|since| me.auth_at < since);
            let lead = match (begun, old) {
                (true, _) => "step-up-lead-rest",
                (false, true) => "step-up-lead-again",
                (false, false) => "step-up-lead",
            };
            html! { p.lead { (v.t(lead)) } (draw_ways(v, way, ways, then, &faults)) }
        }
        Ask::SetUp => html! {
            p.lead { (v.t("step-up-set-up")) }
            (ui::doors(&ways_to_add(v, way)))
        },
        Ask::Never | Ask::Nothing => html! { p.lead { (v.t("step-up-never")) } },
    };
    let (out, out_words) = way.out();
    let page = frame.page(html! {
        (ui::error_summary(v, &faults))
        h1 { (title) }
        (body)
        p { a href=(out) { (v.t(out_words)) } }
    });
    Ok(page.into_response())
}

/// What would be a second factor, the strongest first.
fn ways_to_add(v: &Visit, way: &Way) -> Vec<Door> {
    let here = way.here();
    let door = |path: &str, icon, title: &str, lead: &str| {
        Door::new(with_query(path, &[("next", &here)]), icon, v.t(title), v.t(lead))
    };
    let identity = &v.portal.identity;
    let passkey = identity.site.is_some();
    let passkey = passkey.then(|| door(PASSKEYS, Icon::Key, "passkeys-title", "passkeys-lead"));
    let phone = identity.messages.is_some();
    let phone = phone.then(|| door(PHONE, Icon::Bell, "phone-title", "phone-lead"));
    let app = door(APP, Icon::Shield, "app-title", "app-lead");
    passkey.into_iter().chain([app]).chain(phone).collect()
}

fn draw_ways(v: &Visit, way: &Way, ways: &[Method], then: &[Method], faults: &[FieldFault]) -> Markup {
    let errors = webkit::i18n::by_field(v, faults);
    let form = |name: &str, field: Markup| {
        html! {
            form method="post" action="/sign-in/again" novalidate {
                (v.csrf())
                (way.hidden())
                input type="hidden" name="way" value=(name);
                (field)
                (ui::actions(ui::submit(Weight::Primary, &v.t("step-up-go"))))
            }
        }
    };
    let line = |name: &str, label: &str, kind| {
        let mut field = Field::new(name, v.t(label)).errors(&errors);
        if let Some(next) = then.first().filter(|_| name == "password") {
            let key = if *next == Method::AppCode { "step-up-then-app" } else { "step-up-then-message" };
            field = field.hint(v.t(key));
        }
        ui::line(v, &field, "", kind)
    };
    html! {
        @if ways.len() > 1 { p { (v.t("step-up-choose")) } }
        @if ways.contains(&Method::Passkey) { (passkey_form(v, way, "/sign-in/again", "/sign-in/again/offer", false)) }
        @if ways.contains(&Method::AppCode) { (form("code", line("code", "app-code", LineKind::OneTimeCode))) }
        @if ways.contains(&Method::MessageCode) {
            form method="post" action=(MESSAGE) {
                (v.csrf())
                (way.hidden())
                (ui::actions(ui::submit(Weight::Primary, &v.t("message-send"))))
            }
        }
        @if ways.contains(&Method::Password) { (form("password", line("password", "password", LineKind::Password))) }
        @if ways == [Method::Passkey] { noscript { p { (v.t("passkey-needs-script")) } } }
    }
}

async fn offer_again(v: Visit, Me(me): Me) -> Result<Response, Problem> {
    let mut tx = v.begin().await?;
    let offer = ops::step_up_offer(&v.portal.identity, &mut tx, &me).await;
    Ok(axum::Json(tx.finish(offer).await?).into_response())
}

/// Sends a code, and asks for it.
async fn message(v: Visit, Me(me): Me, form: Form) -> Result<Response, Problem> {
    let way = Way::of_form(&form);
    match ops::step_up_message(&v.portal.identity, &me, v.lang()).await {
        Ok(MessageSent { ceremony, to }) => Ok(draw_message(&v, &way, &ceremony, &to, None).into_response()),
        Err(refused) if matches!(refused.kind(), Kind::Bug | Kind::Unavailable) => Err(refused.into()),
        Err(refused) => {
            let fault = FieldFault { args: refused.args(), ..FieldFault::new("code", refused.code()) };
            still_missing(&v, &way, &me, Some(fault)).await
        }
    }
}

fn draw_message(v: &Visit, way: &Way, ceremony: &str, to: &str, fault: Option<FieldFault>) -> Markup {
    let faults: Vec<FieldFault> = fault.into_iter().collect();
    let errors = webkit::i18n::by_field(v, &faults);
    let title = v.t("message-title");
    let field = Field::new("code", v.t("message-code")).hint(v.t("message-code-hint")).errors(&errors);
    v.frame(Place::SignIn, &title).error(!faults.is_empty()).page(html! {
        (ui::back_link(&way.here(), &v.t("step-up-title")))
        (ui::error_summary(v, &faults))
        h1 { (title) }
        p.lead { (v.tw("message-sent", &[("to", to.into())])) }
        form method="post" action="/sign-in/again" novalidate {
            (v.csrf())
            (way.hidden())
            input type="hidden" name="way" value="message";
            input type="hidden" name="ceremony" value=(ceremony);
            input type="hidden" name="to" value=(to);
            (ui::line(v, &field, "", LineKind::OneTimeCode))
            (ui::actions(ui::submit(Weight::Primary, &v.t("step-up-go"))))
        }
        p.quiet { (v.t("message-code-none")) }
    })
}

async fn again(v: Visit, Me(me): Me, form: Form) -> Result<Response, Problem> {
    let way = Way::of_form(&form);
    let (field, proof) = match form.raw("way") {
        "password" => ("password", Proof::Password(Password::new(form.raw("password")))),
        "code" => ("code", Proof::Code(form.line("code"))),
        "passkey" => {
            let [ceremony, answer] = ["ceremony", "answer"].map(|name| form.raw(name).to_owned());
            ("answer", Proof::Passkey { ceremony, answer })
        }
        "message" => {
            let [ceremony, code] = ["ceremony", "code"].map(|name| form.raw(name).to_owned());
            ("code", Proof::Message { ceremony, code })
        }
        _ => return Err(Problem::not_found()),
    };
    match ops::step_up(&v.portal.identity, &me, &proof, way.wanted().since).await {
        Ok(()) => Ok(Redirect::to(&way.here()).into_response()),
        Err(refused) if matches!(refused.kind(), Kind::Bug | Kind::Unavailable) => Err(refused.into()),
        Err(refused) => {
            let fault = FieldFault { args: refused.args(), ..FieldFault::new(field, refused.code()) };
            // A message costs money: a wrong code may be typed again.
            if let (IdentityError::BadMessageCode, Proof::Message { ceremony, .. }) = (&refused, &proof) {
                return Ok(draw_message(&v, &way, ceremony, form.raw("to"), Some(fault)).into_response());
            }
            still_missing(&v, &way, &me, Some(fault)).await
        }
    }
}

async fn sign_out(v: Visit, session: Option<Extension<Current>>) -> Result<Response, Problem> {
    if let Some(Extension(current)) = session {
        let mut tx = v.begin().await?;
        let out = ops::sign_out(&v.portal.identity, &mut tx, &current).await;
        tx.finish(out).await?;
    }
    Ok((v.session_end(), v.flash(Tone::Good, v.t("signed-out")), Redirect::to("/")).into_response())
}
