//! My record: everything held about the person, grouped, each piece with its source and a way to say that it is wrong;
//! and who looked at it, each access with its proof.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use base::{FieldFault, PageRequest, PartialDate, PersonalNumber};
use contracts::{Access, AgencyId, Purpose, Role};
use http::header;
use jiff::civil::Date;
use ledger::{AccessEntry, LedgerError, Proof, view::AccessBody};
use maud::{Markup, html};
use registry::{
    model::{Item, peoples},
    ops::{Origin, Record, ResidenceEntry, person_as_of, person_record},
};
use serde::Deserialize;
use webkit::{
    Form, Path, Problem, Query,
    i18n::{self, key_of},
    ui::{self, DateValue, Field, Icon, Link, Row, Tone, Weight},
};

use crate::{
    Portal,
    visit::{Citizen, Place, with_query},
    words::REPORT_ERROR,
};

/// Items of one access that are named in the list.
const ITEMS_SHOWN: usize = 5;

pub fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/record", get(show))
        .route("/record/accesses", get(accesses))
        .route("/record/accesses/{index}", get(proof))
        .route("/record/accesses/{index}/proof.json", get(proof_file))
}

/// The items of a group, under its heading.
const GROUPS: [(&str, &[Item]); 3] = [
    (
        "record-identity",
        &[
            Item::Number,
            Item::OldNumber,
            Item::Name,
            Item::OtherName,
            Item::BirthDate,
            Item::Sex,
            Item::BirthPlace,
            Item::BirthRegistrationPlace,
            Item::HomeTown,
            Item::Nationality,
            Item::Ethnicity,
            Item::DeathDate,
        ],
    ),
    ("record-person", &[Item::Religion, Item::MaritalStatus, Item::BloodGroup]),
    ("record-contact", &[Item::Phone, Item::Email]),
];

fn tabs(c: &Citizen, accesses: bool) -> Markup {
    ui::tabs(
        &c.t("nav-record"),
        &[
            Link::new("/record", c.t("record-tab")).current(!accesses),
            Link::new("/record/accesses", c.t("accesses-tab")).current(accesses),
        ],
    )
}

/// The record of an earlier day, where the address or the form names one.
#[derive(Deserialize)]
#[serde(default, rename_all = "kebab-case")]
#[derive(Default)]
struct On {
    on: String,
    on_day: String,
    on_month: String,
    on_year: String,
}

async fn show(c: Citizen, Query(on): Query<On>) -> Result<Markup, Problem> {
    let form = Form::from_pairs([("on-day", on.on_day), ("on-month", on.on_month), ("on-year", on.on_year)]);
    let typed = form.date("on", c.today()).map(|date| date.ok().and_then(PartialDate::exact));
    let day = typed.unwrap_or_else(|| on.on.parse().ok()).filter(|day| *day < c.today());
    let wrong = typed == Some(None);
    let mut tx = c.begin().await?;
    let access = Access::new(&c.actor, Purpose::OWN_RECORD);
    let record = match day {
        Some(day) => {
            let now = tx.now();
            person_as_of(&mut tx, &access, c.person, day, now).await
        }
        None => person_record(&mut tx, &access, c.person).await,
    };
    let record = tx.finish(record).await?;
    let faults: Vec<FieldFault> =
        wrong.then(|| FieldFault::new("on", "forms.not_a_date")).into_iter().collect();
    Ok(draw(&c, &record, day, &form, &faults))
}

fn draw(c: &Citizen, record: &Record, day: Option<Date>, form: &Form, faults: &[FieldFault]) -> Markup {
    let title = c.t("record-title");
    let field = Field::new("on", c.t("record-on")).errors(&i18n::by_field(c, faults));
    let group = |items: &[Item]| -> Vec<Row> {
        let held = items.iter().filter_map(|item| record.items.iter().find(|i| i.item == *item));
        held.map(|i| {
            let row = Row::new(datum(c, i.item.key()), value(c, i.item, &i.value));
            from(c, row, &i.origin, i.since)
        })
        .collect()
    };
    c.frame(Place::Record, &title).error(!faults.is_empty()).page(html! {
        (ui::error_summary(c, faults))
        h1 { (title) }
        p.lead { (c.t("record-lead")) }
        (tabs(c, false))
        @if let Some(day) = day {
            (ui::notice(Tone::Info, html! {
                p { (c.tw("record-of-day", &[("day", c.date(day).into())])) } p { a href="/record" { (c.t("record-today")) } }
            }))
        }
        @if record.conflict { (ui::notice(Tone::Wait, c.t("record-conflict"))) }
        @for (heading, items) in GROUPS {
            @let rows = group(items);
            @if !rows.is_empty() { h2 { (c.t(heading)) } (ui::summary(c, &rows)) }
        }
        h2 { (c.t("record-residence")) }
        @if record.residences.is_empty() { p { (c.t("record-residence-none")) } }
        @else { (ui::summary(c, &record.residences.iter().map(|r| residence(c, r)).collect::<Vec<_>>())) }
        h2 { (c.t("record-kin")) }
        @if record.kin.is_empty() { p { (c.t("record-kin-none")) } }
        @else {
            (ui::summary(c, &record.kin.iter().map(|k| {
                let row = Row::new(c.t(&format!("kin-{}", key_of(&k.relation))), k.name.as_deref().unwrap_or(""));
                from(c, row, &k.origin, None)
            }).collect::<Vec<_>>()))
        }
        (ui::details(&c.t("record-earlier"), html! {
            form method="get" action="/record" {
                (ui::date(c, &field, &DateValue::typed(form, "on")))
                (ui::actions(ui::submit(Weight::Secondary, &c.t("record-see"))))
            }
        }))
        (ui::actions(ui::print_button(c)))
    })
}

/// Adds source, date and the way to a correction.
fn from(c: &Citizen, row: Row, origin: &Origin, since: Option<Date>) -> Row {
    let mut said = c.source(&origin.source, Some(origin.confirmed_on));
    if let Some(document) = &origin.document {
        said = c.tw("source-document", &[("source", said.into()), ("document", document.as_str().into())]);
    }
    if let Some(since) = since {
        said = c.tw("source-since", &[("source", said.into()), ("since", c.date(since).into())]);
    }
    row.source(said).report(REPORT_ERROR)
}

fn residence(c: &Citizen, r: &ResidenceEntry) -> Row {
    let relation = r.relation.as_ref().map(|code| c.t(&format!("relation-{}", key_of(code))));
    let value = html! {
        p { (r.address) }
        p { (c.place(r.commune.as_str())) }
        @if let Some(relation) = relation { p.quiet { (c.tw("record-relation", &[("relation", relation.into())])) } }
        @if let Some(last) = r.last_day { p.quiet { (c.tw("record-until", &[("day", c.date(last).into())])) } }
        @if let Some(before) = r.since.and_then(|since| since.yesterday().ok()) {
            p { a href={ "/record?on=" (before) } { (c.t("record-before")) } }
        }
    };
    from(c, Row::new(c.t(&format!("residence-{}", r.kind)), value), &r.origin, r.since)
}

/// A stored value as people say it.
fn value(c: &Citizen, item: Item, stored: &str) -> String {
    let word = |prefix: &str| {
        let key = format!("{prefix}-{}", key_of(stored));
        if c.texts.has(c.lang(), &key) { c.t(&key) } else { stored.to_owned() }
    };
    match item {
        Item::Number => stored.parse::<PersonalNumber>().map_or_else(|_| stored.to_owned(), |n| n.grouped()),
        Item::BirthDate | Item::DeathDate => {
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
fn datum(c: &Citizen, key: &str) -> String {
    let text = format!("datum-{}", key_of(key));
    if c.texts.has(c.lang(), &text) { c.t(&text) } else { key.to_owned() }
}

async fn accesses(c: Citizen, Query(page): Query<PageRequest>) -> Result<Markup, Problem> {
    let mut tx = c.begin().await?;
    tx.audit(Access::new(&c.actor, Purpose::OWN_RECORD).entry("ledger.accesses").about(c.person).done());
    let found = ledger::accesses(&tx, c.person, &page).await;
    let found = tx.finish(found).await?;
    let title = c.t("accesses-title");
    let next = found.next.as_deref().map(|cursor| with_query("/record/accesses", &[("after", cursor)]));
    let first = page.after.is_some().then_some("/record/accesses");
    Ok(c.frame(Place::Record, &title).page(html! {
        h1 { (title) }
        p.lead { (c.t("accesses-lead")) }
        (tabs(&c, true))
        @if found.items.is_empty() {
            (ui::empty(Icon::Eye, &c.t("accesses-empty"), html! { p { (c.t("accesses-empty-about")) } }))
        } @else {
            h2 { (c.t("accesses-table")) }
            ul.files { @for entry in &found.items { (access_row(&c, entry)) } }
        }
        (ui::pagination(&c, first, next.as_deref()))
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

fn purpose(c: &Citizen, body: &AccessBody) -> String {
    let key = format!("purpose-{}", key_of(&body.purpose));
    if c.texts.has(c.lang(), &key) { c.t(&key) } else { body.purpose.clone() }
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
    let proof = ledger::proof(&tx, c.person, index).await;
    tx.audit(Access::new(&c.actor, Purpose::OWN_RECORD).entry("ledger.proof").about(c.person).done());
    Ok(tx.finish::<_, LedgerError>(proof).await?)
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
