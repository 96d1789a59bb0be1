//! My record, and who looked at it, each access with its proof.
//!
//! [`record_page`] draws everything held, [`record_correct`] takes what is wrong and shows what became of it; here are the
//! accesses, and how stored values are said.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use base::{PageRequest, PartialDate, PersonalNumber};
use contracts::{Access, AgencyId, Purpose, Role};
use http::header;
use ledger::{AccessBody, AccessEntry, Proof, Whose};
use maud::{Markup, html};
use registry::model::{Item, peoples};
use serde::Deserialize;
use webkit::{
    Path, Problem, Query,
    i18n::key_of,
    ui::{self, Icon, Link, Row, Tone},
};

use crate::{
    Portal, record_correct, record_page,
    visit::{Citizen, Place, with_query},
};

/// Items of one access that are named in the list.
const ITEMS_SHOWN: usize = 5;

pub fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .merge(record_page::routes())
        .merge(record_correct::routes())
        .route("/record/accesses", get(accesses))
        .route("/record/accesses/{index}", get(proof))
        .route("/record/accesses/{index}/proof.json", get(proof_file))
}

/// Which of the pages about one's own data is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Record,
    Corrections,
    Check,
    Accesses,
}

pub fn tabs(c: &Citizen, now: Tab) -> Markup {
    ui::tabs(
        &c.t("nav-record"),
        &[
            Link::new("/record", c.t("record-tab")).current(now == Tab::Record),
            Link::new("/record/corrections", c.t("corrections-tab")).current(now == Tab::Corrections),
            Link::new("/record/check", c.t("reverify-tab")).current(now == Tab::Check),
            Link::new("/record/accesses", c.t("accesses-tab")).current(now == Tab::Accesses),
        ],
    )
}

/// A stored value as people say it.
pub fn value(c: &Citizen, item: Item, stored: &str) -> String {
    let word = |prefix: &str| {
        let key = format!("{prefix}-{}", key_of(stored));
        if c.texts.has(c.lang(), &key) { c.t(&key) } else { stored.to_owned() }
    };
    match item {
        Item::Number => stored.parse::<PersonalNumber>().map_or_else(|_| stored.to_owned(), |n| n.grouped()),
        Item::BirthDate | Item::DeathDate | Item::MissingDate | Item::PhoneVerified | Item::EmailVerified => {
            stored.parse::<PartialDate>().map_or_else(|_| stored.to_owned(), PartialDate::display_vi)
        }
        Item::Sex => word("sex"),
        Item::Nationality => word("nationality"),
        Item::Ethnicity => peoples::name(stored).unwrap_or(stored).to_owned(),
        Item::MaritalStatus => word("marital"),
        Item::BirthPlace | Item::BirthRegistrationPlace | Item::HomeTown => c.place(stored),
        _ => stored.to_owned(),
    }
}

/// The name of an item of personal data; its key where it has no name yet.
pub fn datum(c: &Citizen, key: &str) -> String {
    let text = format!("datum-{}", key_of(key));
    if c.texts.has(c.lang(), &text) { c.t(&text) } else { key.to_owned() }
}

/// Which accesses, as the address says it.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Seen {
    of: String,
    after: String,
}

fn accesses_href(whose: Whose, after: &str) -> String {
    let of = if whose == Whose::default() { "" } else { whose.as_str() };
    with_query("/record/accesses", &[("of", of), ("after", after)])
}

async fn accesses(c: Citizen, Query(seen): Query<Seen>) -> Result<Markup, Problem> {
    let whose = Whose::parse(&seen.of).unwrap_or_default();
    let after = Some(seen.after).filter(|after| !after.is_empty());
    let page = PageRequest { after, limit: None };
    let mut tx = c.begin().await?;
    let access = Access::new(&c.actor, Purpose::OWN_RECORD);
    let found = ledger::access_list(&mut tx, &access, whose, &page).await;
    let found = tx.finish(found).await?;
    let title = c.t("accesses-title");
    let next = found.next.as_deref().map(|cursor| accesses_href(whose, cursor));
    let first = page.after.is_some().then(|| accesses_href(whose, ""));
    let link = |of: Whose| {
        Link::new(accesses_href(of, ""), c.t(&format!("accesses-{}", of.as_str()))).current(of == whose)
    };
    Ok(c.frame(Place::Record, &title).page(html! {
        h1 { (title) }
        p.lead { (c.t("accesses-lead")) }
        (tabs(&c, Tab::Accesses))
        nav.filters aria-label=(c.t("accesses-whose")) {
            ul { @for link in Whose::ALL.map(link) {
                li { a href=(link.href) aria-current=[link.current.then_some("true")] { (link.text) } }
            } }
        }
        @if found.items.is_empty() {
            (ui::empty(Icon::Eye, &c.t("accesses-empty"), html! {
                p { (c.t(if whose == Whose::Others { "accesses-empty-others" } else { "accesses-empty-about" })) }
            }))
        } @else {
            h2 { (c.t("accesses-table")) }
            ul.files { @for entry in &found.items { (access_row(&c, entry)) } }
        }
        (ui::pagination(&c, first.as_deref(), next.as_deref()))
    }))
}

/// One access: who and when first, then what for and by which law, then what was handed out.
fn access_row(c: &Citizen, entry: &AccessEntry) -> Markup {
    html! {
        li {
            (Icon::Eye)
            div {
                @match &entry.access {
                    None => { strong { (c.t("access-unreadable")) } p.quiet { (c.at(entry.at)) } }
                    Some(body) => {
                        strong { (who(c, body)) } " " span.quiet { (c.at(entry.at)) }
                        p { (purpose(c, body)) ": " (what(c, body, ITEMS_SHOWN)) }
                        p.quiet { (body.legal_basis) }
                    }
                }
            }
            @match entry.index {
                Some(index) => a href={ "/record/accesses/" (index) } { (c.t("access-verify")) },
                None => span.quiet { (c.t("access-pending")) },
            }
        }
    }
}

/// "Tôi", "Nguyễn Văn An, cán bộ tiếp nhận, Công an phường Bến Thành", "Hệ thống".
fn who(c: &Citizen, body: &AccessBody) -> String {
    if body.actor == c.actor.account.0 {
        return c.t("you");
    }
    let agency = body.agency.as_ref().map(|id| c.agency(&AgencyId::new(id.as_str())));
    match body.actor_label.split_once(':') {
        Some((role, name)) => {
            let role = Role::parse(role).map(|r| c.t(&format!("role-{}", r.as_str())));
            [Some(name.to_owned()), role, agency].into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
        None if body.actor_label == "system" => c.t("access-system"),
        None => c.t("access-citizen"),
    }
}

/// The purpose, and where somebody outside was told, what they need it for in their own words.
fn purpose(c: &Citizen, body: &AccessBody) -> String {
    let (code, own) =
        body.purpose.split_once(':').map_or((&*body.purpose, None), |(code, own)| (code, Some(own)));
    let key = format!("purpose-{}", key_of(code));
    let said = if c.texts.has(c.lang(), &key) { c.t(&key) } else { code.to_owned() };
    match own {
        Some(own) => c.tw("access-why-own", &[("why", said.into()), ("own", own.into())]),
        None => said,
    }
}

/// The items that were read; of many only their number, the proof's page names them all.
fn what(c: &Citizen, body: &AccessBody, most: usize) -> String {
    if body.fields.is_empty() {
        let kind = body.resource.as_deref().and_then(|r| r.split(':').next()).unwrap_or("");
        let key = format!("thing-{}", key_of(kind));
        return if c.texts.has(c.lang(), &key) { c.t(&key) } else { c.t("access-no-items") };
    }
    if body.fields.len() > most {
        return c.tw("access-items", &[("count", body.fields.len().into())]);
    }
    body.fields.iter().map(|field| datum(c, field)).collect::<Vec<_>>().join(", ")
}

async fn load_proof(c: &Citizen, index: u64) -> Result<Proof, Problem> {
    let mut tx = c.begin().await?;
    let proof = ledger::access_prove(&mut tx, &Access::new(&c.actor, Purpose::OWN_RECORD), index).await;
    Ok(tx.finish(proof).await?)
}

async fn proof(c: Citizen, Path(index): Path<u64>) -> Result<Markup, Problem> {
    let proof = load_proof(&c, index).await?;
    let verdict = ledger::verify_proof(&proof, &c.portal.log_keys);
    let body: Option<AccessBody> = serde_json::from_str(&proof.body).ok();
    let title = c.t("proof-title");
    let mut rows = vec![Row::new(c.t("access-when"), c.exact(proof.at))];
    if let Some(body) = &body {
        rows.push(Row::new(c.t("access-who"), who(&c, body)));
        rows.push(Row::new(c.t("access-why"), purpose(&c, body)));
        rows.push(Row::new(c.t("access-law"), body.legal_basis.as_str()));
        rows.push(Row::new(c.t("access-what"), what(&c, body, usize::MAX)));
    }
    rows.push(Row::new(
        c.t("proof-place"),
        c.tw("proof-place-of", &[("index", (index + 1).into()), ("size", proof.tree_size.into())]),
    ));
    Ok(c.frame(Place::Record, &title).page(html! {
        (ui::back_link("/record/accesses", &c.t("accesses-tab")))
        h1 { (title) }
        @match &verdict {
            Ok(()) => (ui::notice(Tone::Good, c.t("proof-holds"))),
            Err(_) => (ui::notice(Tone::Danger, c.t("proof-broken"))),
        }
        (ui::summary(&c, &rows))
        h2 { (c.t("proof-how")) }
        p { (c.t("proof-how-1")) }
        p { (c.t("proof-how-2")) }
        p { (ui::link_button(&format!("/record/accesses/{index}/proof.json"), &c.t("proof-download"))) }
        (ui::details(&c.t("proof-detail"), html! {
            p { (c.t("proof-checkpoint")) }
            pre { code { (proof.checkpoint) } }
            p { (c.tw("proof-hashes", &[("count", proof.hashes.len().into())])) }
        }))
    }))
}

async fn proof_file(c: Citizen, Path(index): Path<u64>) -> Result<Response, Problem> {
    let proof = load_proof(&c, index).await?;
    let name = format!("attachment; filename=\"proof-{index}.json\"");
    Ok(([(header::CONTENT_DISPOSITION, name)], axum::Json(proof)).into_response())
}
