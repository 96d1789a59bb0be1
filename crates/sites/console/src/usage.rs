//! How often a relying party was used: a drawing and the table behind it, day by day.

use std::{collections::BTreeSet, sync::Arc};

use axum::{Router, extract::State, routing::get};
use maud::{Markup, html};
use openid::{
    model::{Client, ClientId},
    ops,
    watching::{Usage, UsageDay},
};
use serde::Deserialize;
use webkit::{
    Path, Problem, Query, View,
    i18n::key_of,
    ui::{self, Column, Icon, Link},
};

use crate::{
    Console,
    client::{Tab, client_frame, path},
    officer::Officer,
    words::Words,
};

/// Spans that can be chosen, in days.
const SPANS: [u16; 3] = [7, 30, 90];
/// Size of the drawing, in its own units.
const WIDTH: i64 = 720;
const HEIGHT: i64 = 160;
/// Share of a day's place that its bar fills, in percent.
const BAR_PERCENT: i64 = 80;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    days: Option<u16>,
}

impl Asked {
    fn days(&self) -> u16 {
        self.days.filter(|days| SPANS.contains(days)).unwrap_or(30)
    }
}

pub fn routes() -> Router<Arc<Console>> {
    Router::new().route("/console/clients/{client}/usage", get(show))
}

async fn show(
    State(console): State<Arc<Console>>,
    officer: Officer,
    view: View,
    Path(id): Path<ClientId>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    let mut tx = console.store.begin().await?;
    let outcome = async {
        let client = ops::client_find(&console.openid, &mut tx, &officer.actor, id).await?;
        let days = ops::client_usage(&console.openid, &mut tx, &officer.actor, id, asked.days()).await?;
        Ok::<_, openid::OpenIdError>((client, days))
    }
    .await;
    let (client, days) = tx.finish(outcome).await?;
    Ok(page(&console.words(&view), &view, &officer, &client, &days, &asked))
}

pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    client: &Client,
    days: &[UsageDay],
    asked: &Asked,
) -> Markup {
    let (layout, head) = client_frame(words, view, officer, client, Tab::Usage);
    let spans: Vec<Link> = SPANS
        .iter()
        .map(|span| {
            let text = view.tw("console-usage-days", &[("count", (*span).into())]);
            Link::new(format!("{}/usage?days={span}", path(client.id)), text).current(*span == asked.days())
        })
        .collect();
    layout.page(html! {
        (head)
        (ui::filters(view, &spans))
        @if days.is_empty() {
            (ui::empty(Icon::Clock, &view.t("console-usage-none"), html! { p { (view.t("console-usage-none-about")) } }))
        } @else {
            (chart(view, days, asked.days()))
            (table(view, days))
        }
    })
}

/// What was served; refusals stand in the table beside it.
fn total(day: &UsageDay) -> i64 {
    day.counts.iter().filter(|(kind, _)| *kind != Usage::Refusal).map(|(_, count)| count).sum()
}

/// A bar for each day that the span has, whether something happened or not.
fn chart(view: &View, days: &[UsageDay], span: u16) -> Markup {
    let last = base::vietnam_date(view.now());
    let length = i64::from(span);
    let first = last.saturating_sub(jiff::Span::new().days(length.saturating_sub(1)));
    let most = days.iter().map(total).max().unwrap_or(0).max(1);
    let step = WIDTH / length.max(1);
    let sum: i64 = days.iter().map(total).sum();
    let said = view.tw(
        "console-usage-said",
        &[
            ("first", view.date(first).into()),
            ("last", view.date(last).into()),
            ("sum", view.number(sum).into()),
            ("most", view.number(most).into()),
        ],
    );
    html! {
        figure.console-chart {
            figcaption { (said) }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(said) focusable="false" preserveAspectRatio="none" {
                line.axis x1="0" y1=(HEIGHT) x2=(WIDTH) y2=(HEIGHT) {}
                @for day in days {
                    @let (x, width, height) = bar(i64::from((day.day - first).get_days()), total(day), most, step);
                    rect x=(x) y=(HEIGHT - height) width=(width) height=(height) { title { (view.date(day.day)) ": " (view.number(total(day))) } }
                }
            }
            p.quiet.console-scale aria-hidden="true" { span { (view.date(first)) } span { (view.date(last)) } }
        }
    }
}

/// Place, width and height of one bar. What happened at all is seen.
fn bar(at: i64, count: i64, most: i64, step: i64) -> (i64, i64, i64) {
    let height = if count > 0 { (count * HEIGHT / most).max(2) } else { 0 };
    (at * step, (step * BAR_PERCENT / 100).max(1), height)
}

fn table(view: &View, days: &[UsageDay]) -> Markup {
    let kinds: BTreeSet<Usage> = days.iter().flat_map(|d| d.counts.iter().map(|(kind, _)| *kind)).collect();
    let columns: Vec<Column> = std::iter::once(Column::new(view.t("console-usage-day")))
        .chain(kinds.iter().map(|kind| Column::new(view.t(&usage_key(*kind))).number()))
        .collect();
    let count = |day: &UsageDay, kind: &Usage| {
        day.counts.iter().find(|(own, _)| own == kind).map_or(0, |(_, count)| *count)
    };
    let mut newest: Vec<&UsageDay> = days.iter().collect();
    newest.sort_by_key(|day| std::cmp::Reverse(day.day));
    let rows: Vec<Vec<Markup>> = newest
        .into_iter()
        .map(|day| {
            std::iter::once(html! { (view.date(day.day)) })
                .chain(kinds.iter().map(|kind| html! { (view.number(count(day, kind))) }))
                .collect()
        })
        .collect();
    ui::table(view, &view.t("console-tab-usage"), &columns, &rows)
}

pub fn usage_key(kind: Usage) -> String {
    format!("console-usage-{}", key_of(kind.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stay_inside_and_a_single_use_is_seen() {
        let step = WIDTH / 30;
        for (at, count) in [(0, 0), (0, 1), (29, 1_000_000), (15, 500_000)] {
            let (x, width, height) = bar(at, count, 1_000_000, step);
            assert!(x + width <= WIDTH && height <= HEIGHT);
            assert_eq!(height > 0, count > 0);
        }
    }
}
