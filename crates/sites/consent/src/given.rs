//! To whom a person said yes, in whichever way: the list with the end of each in one click, and the receipts of what was
//! told, as pages and as JSON.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Fault, Kind, Text};
use jiff::Timestamp;
use maud::{Markup, html};
use openid::{
    Held, Way,
    authorization::{ClaimGiven, ConsentGiven, Receipt},
    model::ClientId,
    ops,
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use webkit::{
    Path, Problem, Query, View,
    ui::{self, Icon, Row, Tone},
};

use crate::{
    Consent,
    party::{claim_words, common_law, for_what},
    visit::{Person, account_frame, styles},
};

/// Where the list is.
pub const GIVEN: &str = "/account/consents-given";

pub fn routes() -> Router<Arc<Consent>> {
    Router::new()
        .route(GIVEN, get(show))
        .route("/account/consents-given/{client}/withdraw", post(withdraw))
        .route("/account/consents-given/receipts/{receipt}", get(receipt))
        .route("/account/consents-given/receipts/{receipt}/json", get(receipt_json))
}

/// Receipts on one page.
const RECEIPTS_A_PAGE: u32 = 20;

/// Which receipts: those before this one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Older {
    before: Option<Uuid>,
}

/// What the list shows.
#[derive(Debug, Default)]
pub struct Given {
    pub consents: Vec<(ConsentGiven, String)>,
    pub receipts: Vec<Receipt>,
    /// The last release to each.
    pub last: BTreeMap<ClientId, Timestamp>,
}

async fn show(person: Person, Query(older): Query<Older>) -> Result<Markup, Problem> {
    let actor = &person.login.actor;
    let mut tx = person.begin().await?;
    let outcome = async {
        let consents = ops::consent_list(&person.site.openid, &mut tx, actor).await?;
        let receipts =
            ops::receipt_list(&person.site.openid, &mut tx, actor, older.before, RECEIPTS_A_PAGE).await?;
        let last = ops::release_last(&mut tx, actor).await?;
        Ok::<_, openid::OpenIdError>((consents, receipts, last))
    }
    .await;
    let (consents, receipts, last) = tx.finish(outcome).await?;
    let named = |given: ConsentGiven| {
        let organisation = person.site.organisation(&person, &given.owner);
        (given, organisation)
    };
    let given = Given { consents: consents.into_iter().map(named).collect(), receipts, last };
    Ok(draw(&person, &given))
}

/// The list as a page.
pub fn draw(view: &View, given: &Given) -> Markup {
    let title = view.t("consent-given-title");
    account_frame(view, &title, GIVEN).page(html! {
        (styles(view))
        (ui::back_link("/account", &view.t("consent-nav-account")))
        h1 { (title) }
        p.lead { (view.t("consent-given-lead")) }
        @if given.consents.is_empty() {
            (ui::empty(Icon::Shield, &view.t("consent-given-none"), html! { p { (view.t("consent-given-none-about")) } }))
        } @else {
            ul.consent-given { @for (one, organisation) in &given.consents {
                li { (party(view, one, organisation, given.last.get(&one.client).copied())) }
            } }
        }
        h2 { (view.t("consent-receipts")) }
        p { (view.t("consent-receipts-about")) }
        @if given.receipts.is_empty() { p.quiet { (view.t("consent-receipts-none")) } }
        @else {
            (receipts(view, &given.receipts))
            @let last = given.receipts.last().filter(|_| given.receipts.len() >= RECEIPTS_A_PAGE as usize);
            @let next = last.map(|last| format!("{GIVEN}?before={}", last.id));
            (ui::pagination(view, None, next.as_deref()))
        }
    })
}

/// One relying party: who, what, until when and the way to stop it at a glance; the rest for whoever wants to know.
fn party(view: &View, one: &ConsentGiven, organisation: &str, last: Option<Timestamp>) -> Markup {
    let name = view.text(&one.name);
    html! {
        div { h2 { (name) } @if !organisation.is_empty() { p.quiet { (organisation) } } }
        form method="post" action={ (GIVEN) "/" (one.client) "/withdraw" } {
            (view.csrf())
            button.button.secondary type="submit" { (view.t("consent-withdraw")) span.hidden { ": " (name) } }
        }
        p { (told(view, one)) }
        p.consent-marks {
            @if one.waits() { (ui::tag(Tone::Wait, &view.t("consent-waits"))) }
            @if one.is_sandbox { (ui::tag(Tone::Plain, &view.t("consent-sandbox"))) }
            @if one.is_offline() { (ui::tag(Tone::Info, &view.t("consent-away"))) }
            @if let Some(until) = one.until() { span.quiet { (view.tw("consent-holds-until", &[("when", until_words(view, until).into())])) } }
        }
        (ui::details(&view.t("consent-more"), more(view, one, last)))
    }
}

fn told(view: &View, one: &ConsentGiven) -> String {
    let told: Vec<String> = one.claims.iter().map(|claim| claim_words(view, claim.claim, &[])).collect();
    match told.is_empty() {
        _ if one.is_sandbox => view.t("consent-nothing-sandbox"),
        true => view.t("consent-nothing"),
        false => told.join("; "),
    }
}

/// A day that is far off, or the hour of one that is near.
fn until_words(view: &View, until: Timestamp) -> String {
    let day = base::vietnam_date(until);
    if day > base::vietnam_date(view.now()).tomorrow().unwrap_or(day) {
        view.date(day)
    } else {
        view.moment(until, view.now())
    }
}

/// For what and under which law, by which ways, and when last.
fn more(view: &View, one: &ConsentGiven, last: Option<Timestamp>) -> Markup {
    let mut rows = vec![Row::new(view.t("consent-purpose"), view.text(&one.purpose))];
    let law = common_law(one.claims.iter().map(|claim| claim.legal_basis.as_str()));
    match law.filter(|_| one.claims.iter().all(|claim| own_purpose(one, claim).is_none())) {
        Some(law) => rows.push(Row::new(view.t("consent-law-all"), law)),
        None if one.claims.is_empty() => {}
        None => rows.push(Row::new(view.t("consent-sees"), claims(view, one))),
    }
    let ways = html! {
        ul {
            @if let Some(standing) = &one.remembered {
                li { (view.t("consent-way-remembered")) p.quiet {
                    (view.tw("consent-from", &[("when", view.moment(standing.given_at, view.now()).into())])) " · "
                    (view.tw("consent-held-until", &[("when", until_words(view, standing.until).into())]))
                } }
            }
            @for held in &one.held { li { (way(view, held)) } }
        }
    };
    rows.push(Row::new(view.t("consent-ways"), ways));
    let last = last.map_or_else(|| view.t("consent-last-none"), |at| view.moment(at, view.now()));
    rows.push(Row::new(view.t("consent-last"), last));
    ui::summary(view, &rows)
}

/// Where a claim is for something else than the rest.
fn own_purpose<'a>(one: &ConsentGiven, claim: &'a ClaimGiven) -> Option<&'a Text> {
    claim.purpose.as_ref().filter(|purpose| **purpose != one.purpose)
}

/// Each with its law, and what it is for.
fn claims(view: &View, one: &ConsentGiven) -> Markup {
    html! {
        ul { @for claim in &one.claims {
            li {
                (claim_words(view, claim.claim, &[]))
                @if let Some(purpose) = own_purpose(one, claim) { p.quiet { (for_what(view, purpose)) } }
                p.quiet { (view.tw("consent-law", &[("law", claim.legal_basis.as_str().into())])) }
            }
        } }
    }
}

/// How it was let in, how often, since when and until when.
fn way(view: &View, held: &Held) -> Markup {
    let key = match held.way {
        Way::Browser => "consent-way-browser",
        Way::Once => "consent-way-once",
        Way::Device => "consent-way-device",
        Way::Ciba => "consent-way-ciba",
    };
    let now = view.now();
    let mut facts: Vec<String> = Vec::new();
    if held.waits {
        facts.push(view.t("consent-waits-means"));
    }
    if held.count > 1 {
        facts.push(view.tw("consent-times", &[("count", held.count.into())]));
    }
    facts.extend(held.since.map(|at| view.tw("consent-from", &[("when", view.moment(at, now).into())])));
    facts.extend(held.used_at.map(|at| view.tw("consent-used", &[("when", view.moment(at, now).into())])));
    facts.push(view.tw("consent-held-until", &[("when", until_words(view, held.until).into())]));
    if held.offline {
        facts.push(view.t("consent-away-yes"));
    }
    html! { (view.t(key)) p.quiet { (facts.join(" · ")) } }
}

/// One line each, as the log of accesses has it.
fn receipts(view: &View, receipts: &[Receipt]) -> Markup {
    let what = |receipt: &Receipt| {
        let told: Vec<String> = receipt.claims.iter().map(|one| claim_words(view, one.claim, &[])).collect();
        if told.is_empty() { view.t("consent-nothing") } else { told.join("; ") }
    };
    html! {
        ul.files.consent-receipts { @for receipt in receipts {
            li {
                (Icon::File)
                div {
                    strong { (view.text(&receipt.name)) } " " span.quiet { (view.moment(receipt.at, view.now())) }
                    p { (what(receipt)) }
                }
                a href={ (GIVEN) "/receipts/" (receipt.id) } {
                    (view.t("consent-receipt-open")) span.hidden { ": " (view.text(&receipt.name)) ", " (view.exact(receipt.at)) }
                }
            }
        } }
    }
}

/// The end of a consent, in one click. Once more is no fault: it has ended.
async fn withdraw(person: Person, Path(client): Path<ClientId>) -> Result<Response, Problem> {
    let mut tx = person.begin().await?;
    let outcome = ops::consent_withdraw(&person.site.openid, &mut tx, &person.login.actor, client).await;
    match tx.finish(outcome).await {
        Ok(()) => {}
        Err(fault) if fault.kind() == Kind::NotFound => {}
        Err(fault) => return Err(fault.into()),
    }
    let said = person.flash(Tone::Good, person.t("consent-withdrawn"));
    Ok((said, Redirect::to(GIVEN)).into_response())
}

/// Its own receipt: the first that stands before the one after it.
async fn find(person: &Person, id: Uuid) -> Result<Receipt, Problem> {
    let after = Uuid::from_u128(id.as_u128().saturating_add(1));
    let mut tx = person.begin().await?;
    let outcome = ops::receipt_list(&person.site.openid, &mut tx, &person.login.actor, Some(after), 1).await;
    let found = tx.finish(outcome).await?;
    found.into_iter().find(|receipt| receipt.id == id).ok_or_else(Problem::not_found)
}

async fn receipt(person: Person, Path(id): Path<Uuid>) -> Result<Markup, Problem> {
    Ok(receipt_page(&person, &find(&person, id).await?))
}

async fn receipt_json(person: Person, Path(id): Path<Uuid>) -> Result<Json<Value>, Problem> {
    Ok(Json(receipt_document(&find(&person, id).await?)))
}

/// What was told, to whom, when and under which law; never the values.
pub fn receipt_page(view: &View, receipt: &Receipt) -> Markup {
    let title = view.t("consent-receipt-title");
    let items = html! {
        @if receipt.claims.is_empty() { (view.t("consent-nothing")) }
        @else { ul { @for one in &receipt.claims {
            li {
                (claim_words(view, one.claim, &[]))
                @if let Some(purpose) = &one.purpose { p.quiet { (for_what(view, purpose)) } }
                p.quiet { (view.tw("consent-law", &[("law", one.legal_basis.as_str().into())])) }
            }
        } } }
    };
    let rows = [
        Row::new(view.t("consent-receipt-whom"), view.text(&receipt.name)),
        Row::new(view.t("consent-receipt-when"), view.exact(receipt.at)),
        Row::new(view.t("consent-receipt-what"), items),
        Row::new(view.t("consent-receipt-number"), html! { code { (receipt.id) } }),
    ];
    account_frame(view, &title, GIVEN).page(html! {
        (styles(view))
        (ui::back_link(GIVEN, &view.t("consent-nav-given")))
        h1 { (title) }
        p.lead { (view.t("consent-receipt-lead")) }
        (ui::summary(view, &rows))
        div.actions {
            (ui::print_button(view))
            (ui::link_button_secondary(&format!("{GIVEN}/receipts/{}/json", receipt.id), &view.t("consent-receipt-json")))
        }
    })
}

/// The same for programs. Names of claims as they are known in the protocol.
pub fn receipt_document(receipt: &Receipt) -> Value {
    let claims: Vec<Value> = receipt
        .claims
        .iter()
        .map(|one| json!({ "claim": one.claim, "legal_basis": one.legal_basis, "purpose": one.purpose }))
        .collect();
    json!({
        "receipt": receipt.id,
        "released_at": receipt.at,
        "client_id": receipt.client,
        "client_name": { "vi": receipt.name.vi, "en": receipt.name.en },
        "claims": claims,
    })
}
