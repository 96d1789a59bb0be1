//! Who has how much on the table, for the head of an agency and for auditors: bars with their numbers.

use std::sync::Arc;

use axum::extract::State;
use contracts::ports::{Accounts, Officer as Colleague};
use dossier::{
    DossierError,
    ops::lists::{self, Figures, Load},
    policy::Action as Right,
};
use maud::{Markup, html};
use webkit::{
    Problem, View,
    ui::{self, Column, Figure, Icon},
};

use crate::{
    Desk,
    inbox::officer_name,
    officer::{Officer, Part, frame},
    words::Words,
};

/// Width of the longest bar, in units of its drawing.
const BAR: i64 = 200;

/// What the page shows.
pub struct Workload {
    pub figures: Figures,
    pub loads: Vec<Load>,
    pub officers: Vec<Colleague>,
}

/// `GET /desk/workload`.
pub async fn show(State(desk): State<Arc<Desk>>, officer: Officer, view: View) -> Result<Markup, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = async {
        let loads = lists::workload(&mut tx, &officer.actor).await?;
        let figures = lists::inbox_figures(&mut tx, &officer.actor).await?;
        let officers = desk.identity.officers(&mut tx, &officer.agency).await?;
        Ok::<_, DossierError>(Workload { figures, loads, officers })
    }
    .await;
    let workload = tx.finish(outcome).await?;
    Ok(page(&Words::new(&view, &desk), &view, &officer, &workload))
}

/// The page as a whole.
pub fn page(words: &Words<'_>, view: &View, officer: &Officer, workload: &Workload) -> Markup {
    let title = view.t("desk-workload-title");
    // An auditor sees the numbers and no dossier behind them.
    let opens = officer.may(Right::ReadInOffice);
    let figure = |value: i64, label: &str, query: &str| Figure {
        value: view.number(value),
        label: view.t(label),
        href: opens.then(|| format!("/desk?{query}")),
        trend: None,
        target: None,
    };
    let f = &workload.figures;
    frame(words, view, officer, Part::Workload, &title).page(html! {
        (crate::styles(view))
        h1 { (title) }
        p.quiet { (words.agency(&officer.agency)) " · " (view.tw("desk-workload-as-of", &[("when", view.moment(view.now(), view.now()).into())])) }
        div.desk-figures { (ui::figures(view, &[
            figure(f.overdue, "desk-figure-overdue", "due=overdue"),
            figure(f.today, "desk-figure-today", "due=today"),
            figure(f.working, "desk-figure-working", "drawer=working"),
            figure(f.second, "desk-figure-second", "drawer=second"),
            figure(f.done, "desk-figure-done", "drawer=done"),
        ])) }
        @if workload.loads.is_empty() {
            (ui::empty(Icon::Users, &view.t("desk-workload-empty"), html! { p { (view.t("desk-workload-empty-text")) } }))
        } @else { (table(view, workload)) }
    })
}

fn table(view: &View, workload: &Workload) -> Markup {
    let most = |number: fn(&Load) -> i64| workload.loads.iter().map(number).max().unwrap_or(0).max(1);
    let (most_working, most_done) = (most(|l| l.working), most(|l| l.done));
    let columns = ["desk-col-officer", "desk-load-working", "desk-load-overdue", "desk-load-done"]
        .map(|key| Column::new(view.t(key)));
    let rows: Vec<Vec<Markup>> = workload
        .loads
        .iter()
        .map(|load| {
            vec![
                html! { (officer_name(view, &workload.officers, load.officer)) },
                bar(view, "info", load.working, most_working),
                // Against the same measure: overdue is a part of what lies on the table.
                bar(view, "danger", load.overdue, most_working),
                bar(view, "good", load.done, most_done),
            ]
        })
        .collect();
    ui::table(view, &view.t("desk-workload-by-officer"), &columns, &rows)
}

/// A number with its bar; the number says it all, so the bar is decoration.
fn bar(view: &View, tone: &str, value: i64, most: i64) -> Markup {
    let width = value.clamp(0, most) * BAR / most.max(1);
    html! {
        div.desk-load {
            span { (view.number(value)) }
            svg class={ "limit " (tone) } viewBox={ "0 0 " (BAR) " 8" } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                rect.used width=(width) height="8" rx="2" {}
            }
        }
    }
}
