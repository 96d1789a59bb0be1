//! The inbox: figures that open their drawers, the work by due date, filters in the address, a preview beside the list.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use base::{Page, vietnam_date};
use contracts::{AccountId, ports::Accounts};
use dossier::{
    DossierError,
    ops::{
        inbox_procedures::inbox_procedures,
        lists::{Alert, Figures, Group, InboxFilter, InboxItem, alerts_list, inbox_figures, inbox_list},
        read::{self, dossier_read_in_office},
    },
    policy::Action as Right,
};
use jiff::{ToSpan, civil::Date};
use maud::{Markup, html};
use serde::Deserialize;
use webkit::{
    Problem, Query, View,
    ui::{self, Choice, Column, Field, Figure, Icon, LineKind, Link, Tone},
};

use crate::{
    Desk,
    dossier_page::{Scene, preview},
    officer::{Officer, Part, frame},
    words::Words,
};

/// Lines of one page of the list.
const LINES: u32 = 25;
/// Alerts named one by one; the rest is counted.
const ALERTS_SHOWN: usize = 5;

/// The address of a list, as it came. Whatever does not fit is read as not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub drawer: String,
    /// `overdue`, `today` or a day such as `2026-11-27`.
    pub due: String,
    pub procedure: String,
    pub mine: String,
    pub code: String,
    pub after: String,
    /// The dossier that is previewed.
    pub open: String,
}

impl Asked {
    fn group(&self) -> Group {
        Group::ALL.into_iter().find(|g| g.as_str() == self.drawer).unwrap_or_default()
    }

    fn is_mine(&self) -> bool {
        self.mine == "1"
    }

    fn filter(&self, today: Date) -> InboxFilter {
        let set = |text: &str| (!text.trim().is_empty()).then(|| base::nfc(text));
        let yesterday = today.saturating_sub(1.day());
        let due_by = match self.due.as_str() {
            "overdue" => Some(yesterday),
            "today" => Some(today),
            day => day.parse().ok(),
        };
        InboxFilter {
            group: self.group(),
            procedure: set(&self.procedure),
            mine: self.is_mine(),
            due_from: (self.due == "today").then_some(today),
            due_by,
            code: set(&self.code),
            after: set(&self.after),
        }
    }

    fn is_filtered(&self) -> bool {
        self.is_mine() || [&self.due, &self.procedure, &self.code].iter().any(|text| !text.is_empty())
    }

    /// The address of the same list with one thing changed; a change begins at its first page without a preview.
    fn with(&self, name: &str, value: &str) -> String {
        let keep = |own: &str, now: &str| if own == name { value.to_owned() } else { now.to_owned() };
        let leads_on = name == "open" || name == "after";
        let first = |text: &str| if leads_on { text.to_owned() } else { String::new() };
        let pairs = [
            ("drawer", keep("drawer", &self.drawer)),
            ("due", keep("due", &self.due)),
            ("procedure", keep("procedure", &self.procedure)),
            ("mine", keep("mine", &self.mine)),
            ("code", keep("code", &self.code)),
            ("after", keep("after", &first(&self.after))),
            ("open", if name == "open" { value.to_owned() } else { String::new() }),
        ];
        let mut out = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            out.append_pair(name, value);
        }
        let query = out.finish();
        if query.is_empty() { "/desk".into() } else { format!("/desk?{query}") }
    }
}

/// Everything that the page shows.
pub struct Inbox {
    pub figures: Figures,
    pub alerts: Vec<Alert>,
    pub page: Page<InboxItem>,
    pub officers: Vec<contracts::ports::Officer>,
    /// Codes of the procedures of the whole inbox.
    pub procedures: Vec<String>,
    pub open: Option<read::View>,
    /// The previewed dossier went elsewhere in the meantime.
    pub open_gone: bool,
}

/// `GET /desk`.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    officer: Officer,
    view: View,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if !officer.may(Right::ReadInOffice) {
        return Ok(Redirect::to(officer.home()).into_response());
    }
    let mut tx = desk.store.begin_snapshot().await?;
    let outcome = load(&desk, &mut tx, &officer, &asked).await;
    let inbox = tx.finish(outcome).await?;
    Ok(page(&Words::new(&view, &desk), &view, &officer, &asked, &inbox).into_response())
}

async fn load(
    desk: &Desk,
    tx: &mut store::Tx,
    officer: &Officer,
    asked: &Asked,
) -> Result<Inbox, DossierError> {
    let actor = &officer.actor;
    let today = vietnam_date(tx.now());
    let figures = inbox_figures(tx, actor).await?;
    let alerts = alerts_list(tx, actor).await?;
    let page = inbox_list(tx, actor, &asked.filter(today), LINES).await?;
    let procedures = inbox_procedures(tx, actor).await?;
    let officers = desk.identity.officers(tx, &officer.agency).await?;
    let (mut open, mut open_gone) = (None, false);
    if !asked.open.is_empty() {
        match dossier_read_in_office(&desk.dossiers, tx, actor, &asked.open).await {
            Ok(found) => open = Some(found),
            Err(DossierError::NotFound) => open_gone = true,
            Err(e) => return Err(e),
        }
    }
    Ok(Inbox { figures, alerts, page, officers, procedures, open, open_gone })
}

/// The page as a whole.
pub fn page(words: &Words<'_>, view: &View, officer: &Officer, asked: &Asked, inbox: &Inbox) -> Markup {
    let today = vietnam_date(view.now());
    let title = view.t("desk-inbox-title");
    let beside = inbox.open.is_some() || inbox.open_gone;
    frame(words, view, officer, Part::Inbox, &title).page(html! {
        (crate::styles(view))
        h1 { (title) }
        (alerts(view, inbox))
        (figures(view, &inbox.figures))
        (find(words, view, asked, inbox))
        div.desk-inbox .columns[beside] {
            div { (list(words, asked, inbox, today, beside)) }
            @if beside {
                aside.desk-preview aria-label=(view.t("desk-preview")) {
                    @match &inbox.open {
                        Some(open) => {
                            @let scene = Scene { words: *words, view, officer, case: open, colleagues: &inbox.officers, standings: &BTreeMap::new(), duplicates: &[], today };
                            (preview(&scene, &neighbours(asked, inbox, open.dossier.code.as_deref())))
                        }
                        None => { (ui::notice(Tone::Wait, view.t("desk-preview-gone"))) }
                    }
                    p { a href=(asked.with("open", "")) { (view.t("desk-preview-close")) } }
                }
            }
        }
        p.quiet { (view.t("desk-keys-inbox")) }
    })
}

/// The ways from the previewed dossier to those before and after it on this page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    pub previous: Option<String>,
    pub next: Option<String>,
}

fn neighbours(asked: &Asked, inbox: &Inbox, open: Option<&str>) -> Neighbours {
    let codes: Vec<&str> = inbox.page.items.iter().map(|i| i.code.as_str()).collect();
    let Some(at) = codes.iter().position(|code| Some(*code) == open) else { return Neighbours::default() };
    let to = |at: Option<usize>| at.and_then(|at| codes.get(at)).map(|code| asked.with("open", code));
    Neighbours { previous: to(at.checked_sub(1)), next: to(at.checked_add(1)) }
}

fn alerts(view: &View, inbox: &Inbox) -> Markup {
    let late = |alert: &&Alert| alert.kind == "breach";
    let (breaches, mut reminders): (Vec<&Alert>, Vec<&Alert>) = inbox.alerts.iter().partition(late);
    // What is late already is not said to be due soon as well.
    reminders.retain(|r| breaches.iter().all(|b| b.dossier != r.dossier));
    let named =
        |list: &[&Alert]| -> Vec<String> { list.iter().map(|a| a.code.clone()).take(ALERTS_SHOWN).collect() };
    let row = |tone: Tone, key: &str, list: &[&Alert]| {
        html! {
            @if !list.is_empty() {
                (ui::notice(tone, html! {
                    p { strong { (view.tw(key, &[("count", list.len().into())])) } }
                    ul.desk-row { @for code in named(list) {
                        li { a href={ "/desk/dossiers/" (code) } { (code) } }
                    } }
                }))
            }
        }
    };
    html! {
        @if !inbox.alerts.is_empty() {
            div.desk-alerts {
                (row(Tone::Danger, "desk-alert-breach", &breaches))
                (row(Tone::Wait, "desk-alert-reminder", &reminders))
            }
        }
    }
}

fn figures(view: &View, f: &Figures) -> Markup {
    let figure = |value: i64, label: &str, query: &str| Figure {
        value: view.number(value),
        label: view.t(label),
        href: Some(format!("/desk?{query}")),
        trend: None,
        target: None,
    };
    html! { div.desk-figures { (ui::figures(view, &[
        figure(f.overdue, "desk-figure-overdue", "due=overdue"),
        figure(f.today, "desk-figure-today", "due=today"),
        figure(f.new, "desk-figure-new", "drawer=new"),
        figure(f.working, "desk-figure-working", "drawer=working"),
        figure(f.second, "desk-figure-second", "drawer=second"),
        figure(f.paused, "desk-figure-paused", "drawer=paused"),
        figure(f.done, "desk-figure-done", "drawer=done"),
    ])) } }
}

fn drawer_text(group: Group) -> &'static str {
    match group {
        Group::Open => "desk-drawer-open",
        Group::New => "desk-drawer-new",
        Group::Working => "desk-drawer-working",
        Group::Paused => "desk-drawer-paused",
        Group::Second => "desk-drawer-second",
        Group::Done => "desk-drawer-done",
    }
}

/// Drawers, quick filters and the form for the rest.
fn find(words: &Words<'_>, view: &View, asked: &Asked, inbox: &Inbox) -> Markup {
    let f = &inbox.figures;
    let count = |group: Group| match group {
        Group::New => Some(f.new),
        Group::Working => Some(f.working),
        Group::Paused => Some(f.paused),
        Group::Second => Some(f.second),
        Group::Open => Some(f.new.saturating_add(f.working)),
        Group::Done => None,
    };
    let drawer = |group: Group| {
        let link = Link::new(asked.with("drawer", group.as_str()), view.t(drawer_text(group)));
        let link = link.current(asked.group() == group);
        match count(group).and_then(|n| u64::try_from(n).ok()) {
            Some(n) => link.count(n),
            None => link,
        }
    };
    let due =
        |value: &str, key: &str| Link::new(asked.with("due", value), view.t(key)).current(asked.due == value);
    let mine = if asked.is_mine() { "" } else { "1" };
    html! {
        (ui::tabs(&view.t("desk-drawers"), &Group::ALL.map(drawer)))
        (ui::filters(view, &[
            due("", "desk-filter-any-day"),
            due("overdue", "desk-filter-overdue"),
            due("today", "desk-filter-today"),
            Link::new(asked.with("mine", mine), view.t("desk-filter-mine")).current(asked.is_mine()),
        ]))
        form.desk-find method="get" action="/desk" role="search" {
            @for (name, value) in [("drawer", &asked.drawer), ("mine", &asked.mine)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
            (ui::line(view, &Field::new("code", view.t("desk-find-code")), &asked.code, LineKind::Text))
            (ui::select(view, &Field::new("procedure", view.t("desk-find-procedure")), &procedures(words, inbox, asked), &asked.procedure))
            div.field {
                label for="f-due" { (view.t("desk-find-due-by")) }
                input id="f-due" type="date" name="due" value=(if asked.due.parse::<Date>().is_ok() { asked.due.as_str() } else { "" });
            }
            button.button.secondary type="submit" data-key="s" aria-keyshortcuts="Alt+S" {
                (Icon::Search) (view.t("desk-find")) " " kbd aria-hidden="true" { "Alt S" }
            }
            @if asked.is_filtered() { a href=(format!("/desk?drawer={}", asked.group().as_str())) { (view.t("desk-find-clear")) } }
        }
    }
}

/// The procedures to choose from: those of the whole inbox, and the one that is chosen.
fn procedures(words: &Words<'_>, inbox: &Inbox, asked: &Asked) -> Vec<Choice> {
    let codes: BTreeSet<&String> =
        inbox.procedures.iter().chain([&asked.procedure]).filter(|code| !code.is_empty()).collect();
    codes.into_iter().map(|code| Choice::new(code, words.procedure(code))).collect()
}

/// Beside a preview the table has fewer columns, so that nothing is hidden behind its edge.
fn list(words: &Words<'_>, asked: &Asked, inbox: &Inbox, today: Date, narrow: bool) -> Markup {
    let say = words.say;
    if inbox.page.items.is_empty() {
        let (title, body) = match (asked.is_filtered(), asked.group()) {
            (true, _) => ("desk-empty-filtered", "desk-empty-filtered-text"),
            (false, Group::Open | Group::New | Group::Working) => ("desk-empty-open", "desk-empty-open-text"),
            (false, Group::Paused) => ("desk-empty-paused", "desk-empty-paused-text"),
            (false, Group::Second) => ("desk-empty-second", "desk-empty-second-text"),
            (false, Group::Done) => ("desk-empty-done", "desk-empty-done-text"),
        };
        return ui::empty(Icon::Inbox, &say.t(title), html! { p { (say.t(body)) } });
    }
    let wide = [
        "desk-col-code",
        "desk-col-applicant",
        "desk-col-procedure",
        "desk-col-status",
        "desk-col-due",
        "desk-col-officer",
    ];
    let shown = |key: &&str| !narrow || !matches!(*key, "desk-col-procedure" | "desk-col-officer");
    let columns: Vec<Column> = wide.into_iter().filter(shown).map(|key| Column::new(say.t(key))).collect();
    let rows: Vec<Vec<Markup>> =
        inbox.page.items.iter().map(|item| row(words, asked, inbox, item, today, narrow)).collect();
    let next = inbox.page.next.as_deref().map(|cursor| asked.with("after", cursor));
    let first = (!asked.after.is_empty()).then(|| asked.with("drawer", asked.group().as_str()));
    html! {
        div.desk-list { (ui::table(say, &say.t(drawer_text(asked.group())), &columns, &rows)) }
        @if let Some(first) = &first { p { a href=(first) { (say.t("desk-first-page")) } } }
        (ui::pagination(say, None, next.as_deref()))
    }
}

fn row(
    words: &Words<'_>,
    asked: &Asked,
    inbox: &Inbox,
    item: &InboxItem,
    today: Date,
    narrow: bool,
) -> Vec<Markup> {
    let say = words.say;
    let is_open = item.code == asked.open;
    let code = html! {
        a href={ "/desk/dossiers/" (item.code) } aria-current=[is_open.then_some("true")] { (item.code) }
        br;
        a.desk-peek href=(asked.with("open", &item.code)) {
            (Icon::Eye) (say.t("desk-peek")) span.hidden { " " (item.code) }
        }
    };
    let procedure = words.procedure(&item.procedure);
    let status = html! {
        (words.status_tag(item.status))
        @if item.waits_second { " " (ui::tag(Tone::Wait, &say.t("desk-waits-second"))) }
    };
    let due = words.due(item.status, item.due_on, today);
    if narrow {
        return vec![code, html! { (item.applicant_name) br; span.quiet { (procedure) } }, status, due];
    }
    let officer = officer_name(say, &inbox.officers, item.assignee);
    vec![code, html! { (item.applicant_name) }, html! { (procedure) }, status, due, html! { (officer) }]
}

/// Who has it, by name; nobody yet, or somebody who is no longer of this agency.
pub fn officer_name(
    say: &webkit::Say,
    officers: &[contracts::ports::Officer],
    id: Option<AccountId>,
) -> String {
    match id {
        None => say.t("desk-nobody"),
        Some(id) => officers
            .iter()
            .find(|o| o.account == id)
            .map_or_else(|| say.t("desk-somebody-else"), |o| o.name.clone()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 21);

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        let mut asked = Asked::default();
        for (name, value) in pairs {
            let slot = match *name {
                "drawer" => &mut asked.drawer,
                "due" => &mut asked.due,
                "mine" => &mut asked.mine,
                "after" => &mut asked.after,
                _ => &mut asked.code,
            };
            (*value).clone_into(slot);
        }
        asked
    }

    #[test]
    fn an_address_that_makes_no_sense_shows_the_whole_inbox() {
        let filter =
            asked(&[("drawer", "nonsense"), ("due", "31/2"), ("mine", "yes"), ("code", "  ")]).filter(TODAY);
        assert_eq!((filter.group, filter.due_by, filter.mine, filter.code), (Group::Open, None, false, None));
    }

    #[test]
    fn what_is_due_today_leaves_out_what_is_overdue() {
        let filter = asked(&[("due", "today")]).filter(TODAY);
        assert_eq!((filter.due_from, filter.due_by, filter.after), (Some(TODAY), Some(TODAY), None));
        assert_eq!(asked(&[("due", "overdue")]).filter(TODAY).due_by, Some(date(2026, 11, 20)));
    }

    #[test]
    fn a_filter_begins_at_the_first_page_and_a_preview_stays_on_its_own() {
        let asked = asked(&[("drawer", "new"), ("after", "2026-11-20_x"), ("code", "G01 & co")]);
        assert_eq!(asked.with("mine", "1"), "/desk?drawer=new&mine=1&code=G01+%26+co");
        assert!(asked.with("open", "G01").ends_with("after=2026-11-20_x&open=G01"));
        assert_eq!(Asked::default().with("due", ""), "/desk");
    }
}
