//! The bank's pages. Its look is its own, in nothing that of the portal: whoever comes from one to the other should see it.
//!
//! It asks little and keeps less: who its visitor is, until they leave. A large transfer wants a stronger sign-in than
//! opening an account does; who opens one for a company is asked for whom they act.
//!
//! An answer counts in the browser alone in which its sign-in began: a cookie that no page can read says which one that is.
//! Without it somebody could send you a link that signs you in as them, and read later what you did in their account.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::Lang;
use jiff::SignedDuration;
use maud::{DOCTYPE, Markup, Render, html};
use serde::Deserialize;
use serde_json::Value;
use webkit::{Extra, Session, SessionToken, View, ui::Icon};

use super::{
    CALLBACK, NAME, SIGNED_OUT,
    client::{Asked, Begun, Kept, Learned, Refused, RelyingParty},
    keep::Keep,
};

/// To open an account: whether somebody is of age, and their name.
pub const OPENING: Asked = Asked { claims: &["age_over_18", "name"], acr: None };
/// To open one for a company: also for whom the person acts.
pub const COMPANY: Asked = Asked { claims: &["age_over_18", "name", "organisation"], acr: None };
/// To send much money: as to open an account, by two factors (QĐ 2345/QĐ-NHNN, 2023).
const TRANSFER: Asked = Asked { claims: OPENING.claims, acr: Some("urn:vn:nd69-2024:auth:2") };

const STYLES: &str = "bank.css";
const MARK: &str = "bank.svg";
const UNDER_WAY_MAX: usize = 1_000;
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(15);
const VISITORS_MAX: usize = 1_000;
const VISIT: SignedDuration = SignedDuration::from_mins(30);
const VISIT_COOKIE: std::time::Duration = std::time::Duration::from_mins(30);

pub fn assets() -> Vec<Extra> {
    vec![
        Extra { name: STYLES, bytes: include_bytes!("../../assets/bank.css") },
        Extra { name: MARK, bytes: include_bytes!("../../assets/bank.svg") },
    ]
}

/// The bank, while it runs.
pub struct Bank {
    party: RelyingParty,
    url: String,
    under_way: Keep<String, UnderWay>,
    visitors: Keep<[u8; 32], Arc<Visitor>>,
}

/// A sign-in that was begun, and in which browser.
struct UnderWay {
    begun: Begun,
    asked: Asked,
    browser: [u8; 32],
}

struct Visitor {
    learned: Learned,
    asked: Asked,
    kept: Kept,
}

impl Bank {
    pub fn new(party: RelyingParty, url: String) -> Self {
        let (under_way, visitors) = (Keep::new(UNDER_WAY_MAX, UNDER_WAY), Keep::new(VISITORS_MAX, VISIT));
        Self { party, url, under_way, visitors }
    }

    fn visitor(&self, session: &Session, view: &View) -> Option<Arc<Visitor>> {
        self.visitors.get(&session.0.as_ref()?.hash(), view.now())
    }
}

pub fn routes(bank: Arc<Bank>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/begin", get(begin))
        .route(CALLBACK, get(callback))
        .route("/account", get(account))
        .route("/account/again", get(again))
        .route("/leave", post(leave))
        .route(SIGNED_OUT, get(signed_out))
        .fallback(lost)
        .with_state(bank)
}

/// What somebody came for.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Wish {
    transfer: bool,
    company: bool,
}

impl Wish {
    fn asked(&self) -> Asked {
        match self {
            Self { transfer: true, .. } => TRANSFER,
            Self { company: true, .. } => COMPANY,
            _ => OPENING,
        }
    }
}

async fn home(State(bank): State<Arc<Bank>>, view: View, session: Session) -> Response {
    if bank.visitor(&session, &view).is_some() {
        return Redirect::to("/account").into_response();
    }
    let body = html! {
        div.hero {
            div {
                h1 { (view.t("party-home-title")) }
                p.lead { (view.t("party-home-lead")) }
                p { (start(&view, "/begin", "party-begin")) }
                p { a.go.plain href="/begin?company=true" { (view.t("party-begin-company")) } }
            }
            div.plastic aria-hidden="true" { span { (NAME) } span.digits { "•••• •••• •••• 2026" } }
        }
        section.sheet {
            h2 { (view.t("party-asks")) }
            ul.ticks {
                li { (Icon::Check) (view.t("party-asks-age")) }
                li { (Icon::Check) (view.t("party-asks-name")) }
            }
            p.small { (view.t("party-asks-company")) }
            p.small { (view.t("party-asks-nothing-else")) }
        }
    };
    page(&view, &view.t("party-home-title"), body).into_response()
}

/// A link and no form: what a form leads to must be on this site (`form-action`), and this leads to the provider.
fn start(view: &View, href: &str, label: &str) -> Markup {
    html! { a.go href=(href) { (view.t(label)) (Icon::ArrowRight) } }
}

async fn begin(
    State(bank): State<Arc<Bank>>,
    view: View,
    Session(token): Session,
    Query(wish): Query<Wish>,
) -> Response {
    let (asked, state) = (wish.asked(), bank.party.random());
    // Who is here already stays so, whatever becomes of the new sign-in.
    let token = token.unwrap_or_else(|| SessionToken::new(view.kit().entropy()));
    match bank.party.begin(&state, asked).await {
        Ok((begun, url)) => {
            let browser = token.hash();
            bank.under_way.put(state, UnderWay { begun, asked, browser }, view.now());
            (view.session_start(&token, VISIT_COOKIE), Redirect::to(&url)).into_response()
        }
        Err(error) => failed(&view, &error),
    }
}

/// What comes back beside the browser.
#[derive(Deserialize)]
struct Came {
    #[serde(default)]
    state: String,
    code: Option<String>,
    #[serde(default)]
    iss: String,
    error: Option<String>,
}

async fn callback(
    State(bank): State<Arc<Bank>>,
    view: View,
    Session(token): Session,
    Query(came): Query<Came>,
) -> Response {
    let under_way = bank.under_way.take(&came.state, view.now());
    let here = |one: &UnderWay| token.is_some_and(|token| token.hash() == one.browser);
    let Some(UnderWay { begun, asked, .. }) = under_way.filter(here) else {
        return (StatusCode::BAD_REQUEST, refused(&view, "party-refused-elsewhere")).into_response();
    };
    match (came.code, came.error.as_deref()) {
        (Some(code), None) => match bank.party.finish(begun, &code, &came.iss).await {
            Ok((learned, kept)) => let_in(&bank, &view, Visitor { learned, asked, kept }),
            Err(error) => failed(&view, &error),
        },
        (_, Some("access_denied")) => refused(&view, "party-refused-declined").into_response(),
        (_, Some("unmet_authentication_requirements")) => {
            refused(&view, "party-refused-strength").into_response()
        }
        (_, error) => failed(&view, &anyhow::anyhow!("the provider answers {}", error.unwrap_or_default())),
    }
}

/// Onwards to a page whose address says nothing of the sign-in, under a new token: the one before was handed out to whoever
/// began.
fn let_in(bank: &Bank, view: &View, visitor: Visitor) -> Response {
    let token = SessionToken::new(view.kit().entropy());
    bank.visitors.put(token.hash(), Arc::new(visitor), view.now());
    (view.session_start(&token, VISIT_COOKIE), Redirect::to("/account")).into_response()
}

async fn account(State(bank): State<Arc<Bank>>, view: View, session: Session) -> Response {
    match bank.visitor(&session, &view) {
        Some(visitor) => welcome(&view, &visitor).into_response(),
        None => Redirect::to("/").into_response(),
    }
}

fn welcome(view: &View, visitor: &Visitor) -> Markup {
    let learned = &visitor.learned;
    let told = |claim: &str| match learned.claims.get(claim) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(true)) => view.t("party-yes"),
        Some(Value::Bool(false)) => view.t("party-no"),
        Some(Value::Object(one)) => one.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        _ => view.t("party-not-told"),
    };
    let strength = learned.acr.as_deref().and_then(|acr| acr.rsplit(':').next()).unwrap_or_default();
    let company = visitor.asked == COMPANY;
    let organisation = company.then(|| ("party-fact-organisation", told("organisation")));
    let facts = [
        ("party-fact-name", told("name")),
        ("party-fact-adult", told("age_over_18")),
        ("party-fact-acr", view.tw("party-fact-acr-is", &[("level", strength.into())])),
        ("party-fact-sub", learned.sub.clone()),
    ];
    let facts = organisation.into_iter().chain(facts);
    let name = learned.claims.get("name").and_then(Value::as_str);
    let title = match name {
        Some(name) => view.tw("party-done-hello", &[("name", name.into())]),
        None => view.t("party-done-title"),
    };
    let transfers = visitor.asked == TRANSFER;
    let lead = match (transfers, company) {
        (true, _) => "party-transfer-ready",
        (_, true) if learned.claims.contains_key("organisation") => "party-company-done",
        (_, true) => "party-company-none",
        _ => "party-done-lead",
    };
    page(
        view,
        &title,
        html! {
            h1 { (title) }
            p.lead { (view.t(lead)) }
            section.sheet {
                h2 { (view.t("party-known")) }
                dl { @for (label, value) in facts { div { dt { (view.t(label)) } dd { (value) } } } }
                p.small { (view.t("party-known-only")) }
            }
            section.sheet {
                h2 { (view.t("party-next")) }
                @if !transfers && !company {
                    p { (view.t("party-transfer-about")) }
                    p { (start(view, "/begin?transfer=true", "party-transfer")) }
                }
                p { (view.t("party-again-about")) }
                p { a.go.plain href="/account/again" { (view.t("party-ask-again")) } }
            }
            form method="post" action="/leave" { (view.csrf()) button.go.plain type="submit" { (view.t("party-leave")) } }
        },
    )
}

/// The bank asks once more, with what it has: when the person took their consent back, it is told nothing.
async fn again(State(bank): State<Arc<Bank>>, view: View, session: Session) -> Response {
    let Some(visitor) = bank.visitor(&session, &view) else { return Redirect::to("/").into_response() };
    let title = match bank.party.ask_again(&visitor.kept).await {
        Ok(_) => "party-again-told",
        Err(error) if is_over(&error) => "party-again-over",
        Err(error) => return failed(&view, &error),
    };
    let means = view.t(&format!("{title}-means"));
    let title = view.t(title);
    let body = html! {
        h1 { (title) }
        p.lead { (means) }
        p { (start(&view, "/account", "party-back")) }
    };
    page(&view, &title, body).into_response()
}

fn is_over(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|refused| refused.error == "invalid_token")
}

/// Out of the bank at once; out of the account as well, by a link that leads to the provider.
async fn leave(State(bank): State<Arc<Bank>>, view: View, Session(token): Session) -> Response {
    let visitor = token.and_then(|token| bank.visitors.take(&token.hash(), view.now()));
    let there = match &visitor {
        Some(visitor) => {
            bank.party.sign_out_url(&visitor.kept, &format!("{}{SIGNED_OUT}", bank.url)).await.ok()
        }
        None => None,
    };
    let title = view.t("party-left");
    let body = html! {
        h1 { (title) }
        p.lead { (view.t("party-left-means")) }
        @if let Some(there) = there {
            p { (view.t("party-left-account")) }
            p { (start(&view, &there, "party-left-too")) }
        }
        p { a.go.plain href="/" { (view.t("party-home")) } }
    };
    (view.session_end(), page(&view, &title, body)).into_response()
}

async fn signed_out(view: View) -> Markup {
    let title = view.t("party-signed-out");
    let body = html! {
        h1 { (title) }
        p.lead { (view.t("party-signed-out-means")) }
        p { a.go.plain href="/" { (view.t("party-home")) } }
    };
    page(&view, &title, body)
}

async fn lost(view: View) -> Response {
    let title = view.t("party-lost");
    let body = html! { h1 { (title) } p { a.go.plain href="/" { (view.t("party-home")) } } };
    (StatusCode::NOT_FOUND, page(&view, &title, body)).into_response()
}

fn refused(view: &View, why: &str) -> Markup {
    let title = view.t("party-refused-title");
    let body = html! {
        h1 { (title) }
        p.lead { (view.t(why)) }
        p { (start(view, "/begin", "party-again")) }
        p { a.go.plain href="/" { (view.t("party-home")) } }
    };
    page(view, &title, body)
}

fn failed(view: &View, error: &anyhow::Error) -> Response {
    tracing::warn!(error = %error, "a sign-in failed");
    (StatusCode::BAD_GATEWAY, refused(view, "party-refused-failed")).into_response()
}

/// The bank's own page: nothing of the portal's frame.
fn page(view: &View, title: &str, body: impl Render) -> Markup {
    let assets = view.kit().assets();
    html! {
        (DOCTYPE)
        html lang=(view.lang().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " | " (NAME) }
                link rel="icon" type="image/svg+xml" href=(assets.url(MARK));
                link rel="stylesheet" href=(assets.url(STYLES));
            }
            body {
                header {
                    p.sample { (view.t("party-audience")) }
                    div.bar {
                        a.bank href="/" { img src=(assets.url(MARK)) alt="" width="40" height="40"; (NAME) }
                        nav aria-label=(view.t("language-switch")) {
                            @for (lang, name) in [(Lang::Vi, "Tiếng Việt"), (Lang::En, "English")] {
                                @if lang != view.lang() { a href={ (with_lang(view.here(), lang)) } lang=(lang.code()) hreflang=(lang.code()) { (name) } }
                            }
                        }
                    }
                }
                main { (body) }
                footer { p { (view.t("party-foot")) } }
            }
        }
    }
}

fn with_lang(here: &str, lang: Lang) -> String {
    let join = if here.contains('?') { '&' } else { '?' };
    format!("{here}{join}lang={}", lang.code())
}
