//! The catalogue for everybody: searching it, and one page for each procedure.

use std::sync::Arc;

use axum::{Router, routing::get};
use catalogue::{
    Fee, Limit, Procedure, ProcedureQuery,
    fields::Audience,
    procedures::{Channel, Currency, LimitUnit, OnlineLevel, Uncertain},
};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use webkit::{
    Path, Problem, Query,
    ui::{self, Column, Door, Icon, Link, Row, Tone, Weight},
};

use crate::{
    Portal,
    visit::{Place, Visit, with_query},
};

const PAGE_ITEMS: usize = 20;

pub fn routes() -> Router<Arc<Portal>> {
    Router::new().route("/services", get(list)).route("/services/{code}", get(show))
}

/// The filters, as the address carries them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Filter {
    q: String,
    field: String,
    audience: String,
    level: String,
    page: String,
}

impl Filter {
    fn href(&self) -> String {
        with_query(
            "/services",
            &[
                ("q", &self.q),
                ("field", &self.field),
                ("audience", &self.audience),
                ("level", &self.level),
                ("page", &self.page),
            ],
        )
    }

    /// The same filters with one changed, from the first page on.
    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = Self { page: String::new(), ..self.clone() };
        change(&mut other);
        other.href()
    }
}

/// The word of a filter value in addresses.
fn word<T: serde::Serialize>(value: T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn parse<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

async fn list(v: Visit, Query(filter): Query<Filter>) -> Markup {
    let catalogue = &v.portal.catalogue;
    let mut query = ProcedureQuery::new(&filter.q, v.today());
    query.field = Some(filter.field.as_str()).filter(|f| !f.is_empty());
    query.audience = parse(&filter.audience);
    query.level = parse(&filter.level);
    let mut found = catalogue.procedures().search(&query);
    // What can be filed here comes first, where its name has what was typed; then what most people need.
    let readings = catalogue.procedures().readings(&filter.q);
    let nothing_typed = readings.iter().all(String::is_empty);
    let named = |p: &Procedure| {
        let names = [p.name.get(v.lang()), &p.name.vi].map(base::fold);
        readings.iter().any(|reading| names.iter().any(|name| name.contains(reading)))
    };
    found.sort_by_key(|p| (!(named(p) && executable(&v, &p.code)), nothing_typed && !p.core));
    let page = filter.page.parse::<usize>().unwrap_or(1).max(1);
    let start = PAGE_ITEMS.saturating_mul(page - 1);
    let shown: Vec<&&Procedure> = found.iter().skip(start).take(PAGE_ITEMS).collect();
    let to = |page: usize| filter.with(|f| f.page = page.to_string());
    let previous = (page > 1).then(|| to(page - 1));
    let next = (found.len() > start + PAGE_ITEMS).then(|| to(page + 1));
    let title = v.t("services-title");
    v.frame(Place::Services, &title).page(html! {
        h1 { (title) }
        (ui::search(&v, "/services", "q", &filter.q, &v.t("find-question")))
        (filters(&v, &filter))
        p role="status" { (v.tw("services-found", &[("count", found.len().into())])) }
        @if shown.is_empty() {
            (ui::empty(Icon::Search, &v.t("services-none"), html! {
                p { (v.t("services-none-about")) }
                p { (ui::link_button_secondary("/services", &v.t("services-all"))) }
            }))
        } @else { (doors(&v, &shown)) }
        (ui::pagination(&v, previous.as_deref(), next.as_deref()))
    })
}

fn doors(v: &Visit, procedures: &[&&Procedure]) -> Markup {
    let door = |p: &&&Procedure| {
        let field = v.portal.catalogue.fields().field(&p.field).map_or("", |f| v.text(&f.name));
        let level = p.level.name();
        let door = Door::new(
            format!("/services/{}", p.code),
            Icon::File,
            p.name.get(v.lang()),
            format!("{field} · {}", v.text(&level)),
        );
        if executable(v, &p.code) {
            door.aside(ui::tag(Tone::Good, &v.t("service-online-here")))
        } else {
            door
        }
    };
    ui::doors(&procedures.iter().map(door).collect::<Vec<_>>())
}

fn filters(v: &Visit, filter: &Filter) -> Markup {
    let fields = v.portal.catalogue.fields();
    let all = |current: bool, href: String| Link::new(href, v.t("filter-all")).current(current);
    let mut audiences = vec![all(filter.audience.is_empty(), filter.with(|f| f.audience.clear()))];
    for (audience, name) in fields.audiences() {
        let slug = word::<Audience>(audience);
        let href = filter.with(|f| f.audience.clone_from(&slug));
        audiences.push(Link::new(href, v.text(name)).current(filter.audience == slug));
    }
    let mut levels = vec![all(filter.level.is_empty(), filter.with(|f| f.level.clear()))];
    for level in [catalogue::Level::Commune, catalogue::Level::Provincial, catalogue::Level::Central] {
        let slug = word(level);
        let href = filter.with(|f| f.level.clone_from(&slug));
        levels.push(Link::new(href, v.text(&level.name())).current(filter.level == slug));
    }
    let mut shelves = vec![all(filter.field.is_empty(), filter.with(|f| f.field.clear()))];
    for field in fields.all() {
        let href = filter.with(|f| f.field.clone_from(&field.slug));
        shelves.push(Link::new(href, v.text(&field.name)).current(filter.field == field.slug));
    }
    let current = fields.field(&filter.field).map(|f| v.text(&f.name).to_owned());
    let shelf = current.unwrap_or_else(|| v.t("filter-all"));
    let group = |key: &str, links: &[Link]| {
        html! {
            nav.filters aria-label=(v.t(key)) {
                ul { @for link in links { li { a href=(link.href) aria-current=[link.current.then_some("true")] { (link.text) } } } }
            }
        }
    };
    html! {
        (group("filter-audience", &audiences))
        (group("filter-level", &levels))
        (ui::details(&v.tw("filter-field", &[("field", shelf.into())]), ui::links(&shelves)))
    }
}

/// Whether a procedure can be filed here today.
fn executable(v: &Visit, code: &str) -> bool {
    v.portal.dossiers.nation.service(code, v.today()).is_some()
}

async fn show(v: Visit, Path(code): Path<String>) -> Result<Markup, Problem> {
    let procedure = v.portal.catalogue.procedures().get(&code).ok_or_else(Problem::not_found)?;
    let today = v.today();
    let name = procedure.name.get(v.lang());
    let fields = v.portal.catalogue.fields();
    Ok(v.frame(Place::Services, name).page(html! {
        (ui::back_link("/services", &v.t("nav-services")))
        h1 { (name) }
        @if v.lang() == base::Lang::En && procedure.name.en.is_none() { p.quiet { (v.t("service-vietnamese-only")) } }
        @if !procedure.validity.contains(today) { (gone(&v, procedure)) }
        @else { (start(&v, procedure, today)) }
        (ui::summary(&v, &at_a_glance(&v, procedure, today)))
        h2 { (v.t("service-documents")) }
        @if procedure.documents.is_empty() { p { (v.t("service-documents-none")) } }
        @else {
            p { (v.t("service-documents-about")) }
            ul { @for document in &procedure.documents { li lang="vi" { (document) } } }
        }
        h2 { (v.t("service-fees")) }
        (fees(&v, procedure, today))
        @if procedure.limits_on(today).len() > 1 {
            h2 { (v.t("service-limits")) }
            ul { @for limit in procedure.limits_on(today) { li { (limit_said(&v, limit)) } } }
        }
        h2 { (v.t("service-law")) }
        ul { @for citation in &procedure.legal {
            @let document = v.portal.catalogue.legal().get(&citation.document);
            li {
                @if let Some(document) = document { (document.number) " – " (v.text(&document.title)) }
                @else { (citation.document) }
                @if let Some(article) = &citation.article { " (" (article) ")" }
            }
        } }
        @if let Some(note) = &procedure.note { (ui::notice(Tone::Info, v.text(note))) }
        @if !procedure.uncertain.is_empty() { p.quiet { (v.t("service-uncertain")) " " (uncertain(&v, &procedure.uncertain)) "." } }
        p.quiet {
            (v.t("service-code")) ": " (procedure.code)
            @if let Some(field) = fields.field(&procedure.field) { " · " (v.text(&field.name)) }
        }
    }))
}

/// The button, or plainly where to go instead.
fn start(v: &Visit, procedure: &Procedure, today: Date) -> Markup {
    let service = v.portal.dossiers.nation.service(&procedure.code, today);
    html! {
        @if let Some(service) = service {
            form method="post" action={ "/services/" (procedure.code) "/start" } {
                (v.csrf())
                (ui::actions(ui::submit(Weight::Primary, &v.t("service-start"))))
            }
            @if service.applicant.account_level > 1 { p.quiet { (v.t("service-level-2")) } }
        } @else {
            (ui::notice(Tone::Info, html! {
                p { strong { (v.t("service-not-here")) } }
                p { (v.tw("service-go-to", &[("agency", agency(v, procedure).into())])) }
                @if procedure.online != OnlineLevel::None { p { (v.t("service-national-portal")) } }
            }))
        }
    }
}

fn gone(v: &Visit, procedure: &Procedure) -> Markup {
    ui::notice(
        Tone::Wait,
        html! {
            p { strong { (v.t("service-gone")) } }
            @for code in &procedure.superseded_by { p { a href={ "/services/" (code) } { (v.procedure(code)) } } }
        },
    )
}

fn agency(v: &Visit, procedure: &Procedure) -> String {
    let agencies = v.portal.catalogue.agencies();
    let named: Vec<String> = procedure
        .decided_by
        .iter()
        .filter_map(|reference| agencies.reference_name(reference))
        .map(|name| v.text(&name).to_owned())
        .collect();
    if named.is_empty() {
        return procedure.agency.clone().unwrap_or_else(|| v.text(&procedure.level.name()).to_owned());
    }
    named.join("; ")
}

fn at_a_glance(v: &Visit, p: &Procedure, today: Date) -> Vec<Row> {
    let online = match p.online {
        OnlineLevel::Full => "online-full",
        OnlineLevel::Partial => "online-partial",
        OnlineLevel::None => "online-none",
    };
    let limit = p.limit_on(today).map_or_else(|| v.t("service-limit-none"), |l| limit_said(v, l));
    let fee = |channel, key: &str| p.fee_on(today, channel).map(|fee| Row::new(v.t(key), amount(v, fee)));
    let mut rows = vec![Row::new(v.t("service-how-long"), limit)];
    rows.extend(fee(Channel::Online, "service-fee-online"));
    rows.extend(fee(Channel::InPerson, "service-fee-in-person"));
    rows.push(Row::new(v.t("service-who"), agency(v, p)));
    if let Some(result) = &p.result {
        rows.push(Row::new(v.t("service-result"), html! { span lang="vi" { (result) } }));
    }
    if !p.subjects.is_empty() {
        rows.push(Row::new(v.t("service-for"), html! { span lang="vi" { (p.subjects.join("; ")) } }));
    }
    rows.push(Row::new(v.t("service-online"), v.t(online)));
    rows
}

fn limit_said(v: &Visit, limit: &Limit) -> String {
    let key = match limit.unit {
        LimitUnit::WorkingDay => "limit-working-day",
        LimitUnit::Day => "limit-day",
        LimitUnit::WorkingHour => "limit-working-hour",
        LimitUnit::Hour => "limit-hour",
        LimitUnit::Month => "limit-month",
        LimitUnit::SameDay => "limit-same-day",
        LimitUnit::Immediate => "limit-immediate",
    };
    let said = v.tw(key, &[("count", limit.value.into())]);
    match &limit.case {
        Some(case) => format!("{said}: {}", v.text(case)),
        None => said,
    }
}

fn amount(v: &Visit, fee: &Fee) -> String {
    match (fee.vnd(), fee.currency) {
        (Some(vnd), _) => v.fee(vnd),
        (None, Currency::Usd) => format!("{} USD", v.number(fee.amount)),
        (None, Currency::Vnd) => v.number(fee.amount),
    }
}

fn fees(v: &Visit, p: &Procedure, today: Date) -> Markup {
    let mut fees: Vec<&Fee> = p.fees.iter().filter(|f| !f.validity.ended_by(today)).collect();
    fees.sort_by_key(|f| (f.case.is_some(), f.validity.from));
    let row = |fee: &&Fee| {
        let case = fee.case.as_ref().map_or_else(|| v.t("fee-main"), |case| v.text(case).to_owned());
        let channel = match fee.channel {
            Channel::Any => "channel-any",
            Channel::Online => "channel-online",
            Channel::InPerson => "channel-in-person",
        };
        let law = fee.legal.as_ref().and_then(|id| v.portal.catalogue.legal().get(id));
        vec![
            html! { (case) },
            html! { (v.t(channel)) },
            html! { (amount(v, fee)) },
            html! { (validity(v, fee)) },
            html! { @if let Some(law) = law { (law.number) } },
        ]
    };
    let columns = [
        Column::new(v.t("fee-case")),
        Column::new(v.t("fee-channel")),
        Column::new(v.t("fee-amount")).number(),
        Column::new(v.t("fee-validity")),
        Column::new(v.t("service-law")),
    ];
    html! {
        @if let Some(note) = &p.fees_note { p { (v.text(note)) } }
        @if !fees.is_empty() {
            (ui::table(v, &v.t("fee-caption"), &columns, &fees.iter().map(row).collect::<Vec<_>>()))
        } @else if p.fees_note.is_none() { p { (v.t("service-fees-none")) } }
    }
}

fn validity(v: &Visit, fee: &Fee) -> String {
    match (fee.validity.from, fee.validity.to) {
        (None, None) => v.t("validity-open"),
        (Some(from), None) => v.tw("validity-from", &[("from", v.date(from).into())]),
        (None, Some(to)) => v.tw("validity-to", &[("to", v.date(to).into())]),
        (Some(from), Some(to)) => {
            v.tw("validity-both", &[("from", v.date(from).into()), ("to", v.date(to).into())])
        }
    }
}

fn uncertain(v: &Visit, parts: &[Uncertain]) -> String {
    let name = |part: &Uncertain| {
        v.t(match part {
            Uncertain::OnlineLevel => "uncertain-online",
            Uncertain::Fees => "uncertain-fees",
            Uncertain::Documents => "uncertain-documents",
            Uncertain::Processing | Uncertain::ProcessingVariesByCase => "uncertain-limit",
            Uncertain::CodeMayBeSuperseded => "uncertain-code",
            Uncertain::Field => "uncertain-field",
            Uncertain::Validity => "uncertain-validity",
        })
    };
    parts.iter().map(name).collect::<Vec<_>>().join(", ")
}
