//! How good the record is, for a commune's head and for a province: four figures in plain words, what lies behind each,
//! how they moved, and the way to the work list. Numbers only; the people stand on the work list.

use std::sync::Arc;

use axum::extract::State;
use contracts::{Access, CommuneCode, Purpose};
use jiff::{ToSpan, civil::Date};
use maud::{Markup, html};
use registry::quality::{
    Area, Rules,
    measures::{self, Lag, quantile, share, wilson},
    ops::{CommuneLine, DayLine, FiguresAsked, Overview, figures_read},
    policy::{self, Action},
};
use serde::Deserialize;
use webkit::{
    Problem, Query, View,
    ui::{self, Column, Figure, Icon, Tone, Trend},
};

use crate::{
    Desk,
    officer::{Officer, Part, frame},
    quality_chart::{self as chart, percent},
    quality_work,
    words::Words,
};

/// Where the page is.
pub const QUALITY: &str = "/desk/quality";
/// A figure is compared with the one of so many days ago.
const COMPARED_DAYS: i64 = 30;
/// Rows of the table under the charts.
const TABLE_DAYS: usize = 14;
/// Duplicates are told for so many people.
const PER: i64 = 100_000;

/// The address of the page. Whatever does not fit is read as not asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub commune: String,
}

pub fn access(officer: &Officer) -> Access {
    Access::new(&officer.actor, Purpose::CHECK_QUALITY)
}

/// `GET /desk/quality`.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    officer: Officer,
    view: View,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    let commune = (!asked.commune.is_empty()).then(|| CommuneCode(asked.commune.clone()));
    let mut tx = desk.store.begin().await?;
    let read = figures_read(&mut tx, &access(&officer), &desk.quality, &FiguresAsked { commune }).await;
    let overview = tx.finish(read).await?;
    Ok(page(&Words::new(&view, &desk), &view, &officer, &desk.quality.rules, &overview))
}

/// The four shares of a day or of now; none where there is nobody.
struct Shares([Option<f64>; 4]);

impl Shares {
    fn now(o: &Overview) -> Self {
        let f = &o.figures;
        let people = f.count(measures::PEOPLE);
        let rest = |part: i64| share(people - part, people);
        Self([
            f.share(measures::CONFIRMED, measures::FIELDS),
            f.share(measures::HELD, measures::DUE),
            rest(f.count(measures::FLAWED)),
            rest(f.stale(&o.stale_since)),
        ])
    }

    fn of_day(d: &DayLine) -> Self {
        let rest = |part: i64| share(d.people - part, d.people);
        Self([share(d.confirmed, d.fields), share(d.held, d.due), rest(d.flawed), rest(d.stale)])
    }
}

const KEYS: [(&str, &str); 4] = [
    ("desk-quality-correct", "info"),
    ("desk-quality-complete", "good"),
    ("desk-quality-clean", "wait"),
    ("desk-quality-live", "danger"),
];

/// The page as a whole.
pub fn page(words: &Words<'_>, view: &View, officer: &Officer, rules: &Rules, o: &Overview) -> Markup {
    let title = view.t("desk-quality-title");
    let place = o.commune.as_ref().map_or_else(|| words.agency(&officer.agency), |c| words.place(c.as_str()));
    let people = o.figures.count(measures::PEOPLE);
    frame(words, view, officer, Part::Quality, &title).page(html! {
        (crate::styles(view))
        @if o.commune.is_some() && o.scope.communes().len() > 1 { (ui::back_link(QUALITY, &view.t("desk-quality-all"))) }
        h1 { (title) }
        p.lead { (place) " · " (view.tw("desk-quality-people", &[("count", view.number(people).into())])) }
        @if people == 0 {
            (ui::empty(Icon::Users, &view.t("desk-quality-empty"), html! { p { (view.t("desk-quality-empty-text")) } }))
        } @else {
            (headline(view, o))
            (trend(view, o))
            div.columns {
                div { (findings(view, officer, rules, o)) (correct(view, o)) }
                div { (live(view, o)) (clean(view, o)) }
            }
            @if !o.communes.is_empty() { (communes(words, view, &o.communes)) }
        }
    })
}

fn headline(view: &View, o: &Overview) -> Markup {
    let now = Shares::now(o).0;
    let earlier = view_day(o, COMPARED_DAYS).map(|d| Shares::of_day(d).0).unwrap_or_default();
    let figures: Vec<Figure> = KEYS
        .iter()
        .zip(now.iter().zip(earlier))
        .map(|((key, _), (now, earlier))| Figure {
            value: now.map_or_else(|| "–".to_owned(), |share| percent(view, share)),
            label: view.t(key),
            href: None,
            trend: now.zip(earlier).map(|(now, then)| moved(view, now, then)),
            target: None,
        })
        .collect();
    html! {
        (ui::figures(view, &figures))
        p.quiet { (view.t("desk-quality-words")) }
    }
}

/// The day that lies so far back, or the first one that is known.
fn view_day(o: &Overview, back: i64) -> Option<&DayLine> {
    let last = o.days.last()?.day;
    let wanted = last.checked_sub(back.days()).unwrap_or(Date::MIN);
    o.days.iter().rev().find(|d| d.day <= wanted).or(o.days.first()).filter(|d| d.day < last)
}

fn moved(view: &View, now: f64, then: f64) -> (Tone, Trend, String) {
    let by = (now - then).abs();
    let text = view.tw("desk-quality-moved", &[("by", percent(view, by).into())]);
    match now - then {
        up if up > 0.0005 => (Tone::Good, Trend::Up, text),
        down if down < -0.0005 => (Tone::Danger, Trend::Down, text),
        _ => (Tone::Plain, Trend::Flat, view.t("desk-quality-unmoved")),
    }
}

fn trend(view: &View, o: &Overview) -> Markup {
    let series = |n: usize| -> Vec<(Date, f64)> {
        o.days.iter().filter_map(|d| Some((d.day, Shares::of_day(d).0.get(n).copied().flatten()?))).collect()
    };
    let columns: Vec<Column> = std::iter::once(Column::new(view.t("desk-quality-day")))
        .chain(Area::ALL.map(|a| Column::new(area(view, a)).number()))
        .chain(["desk-quality-waiting", "desk-quality-cleared"].map(|key| Column::new(view.t(key)).number()))
        .collect();
    let rows: Vec<Vec<Markup>> = o
        .days
        .iter()
        .rev()
        .take(TABLE_DAYS)
        .map(|d| {
            let shares = Shares::of_day(d)
                .0
                .map(|s| html! { (s.map_or_else(|| "–".to_owned(), |s| percent(view, s))) });
            let counts = [d.waiting, d.cleared].map(|n| html! { (view.number(n)) });
            std::iter::once(html! { (view.date(d.day)) }).chain(shares).chain(counts).collect()
        })
        .collect();
    html! {
        section.desk-section {
            h2 { (view.t("desk-quality-trend")) }
            @if o.days.len() > 1 {
                div.desk-charts { @for (n, (key, tone)) in KEYS.iter().enumerate() {
                    @let days = series(n);
                    (chart::line(view, &chart::Line { title: view.t(key), tone, days: &days }))
                } }
            } @else { p.quiet { (view.t("desk-quality-trend-begins")) } }
            @if !rows.is_empty() {
                (ui::details(&view.t("desk-quality-table"), ui::table(view, &view.t("desk-quality-trend"), &columns, &rows)))
            }
        }
    }
}

/// Broken rules, most frequent first; each opens its cases for those who may see them.
fn findings(view: &View, officer: &Officer, rules: &Rules, o: &Overview) -> Markup {
    let opens = policy::may(&access(officer), Action::Cases)
        && o.commune.as_ref().is_some_and(|c| o.scope.may_see_cases(c));
    let mut found: Vec<_> = rules
        .rules
        .iter()
        .map(|rule| (rule, o.figures.count(&format!("{}{}", measures::FINDING, rule.id))))
        .filter(|(_, count)| *count > 0)
        .collect();
    found.sort_by_key(|(rule, count)| (std::cmp::Reverse(*count), rule.id.clone()));
    let columns = [
        Column::new(view.t("desk-quality-rule")),
        Column::new(view.t("desk-quality-area")),
        Column::new(view.t("desk-quality-count")).number(),
    ];
    let rows: Vec<Vec<Markup>> = found
        .iter()
        .map(|(rule, count)| {
            let name = rule.name(view.lang());
            let link = quality_work::href(o.commune.as_ref(), &rule.id);
            vec![
                html! { @if opens { a href=(link) { (name) } } @else { (name) } },
                html! { (ui::tag(if rule.severity == registry::quality::Severity::Error { Tone::Danger } else { Tone::Wait }, &area(view, rule.area))) },
                html! { (view.number(*count)) },
            ]
        })
        .collect();
    html! {
        section.desk-section {
            h2 { (view.t("desk-quality-findings")) }
            @if rows.is_empty() { p { (view.t("desk-quality-none")) } }
            @else { (ui::table(view, &view.t("desk-quality-findings"), &columns, &rows)) }
            @if opens { p { (ui::link_button(&quality_work::href(o.commune.as_ref(), ""), &view.t("desk-quality-work"))) } }
        }
    }
}

/// The word of an area, as leaders say it.
pub fn area(view: &View, area: Area) -> String {
    view.t(match area {
        Area::Correct => "desk-quality-area-correct",
        Area::Complete => "desk-quality-area-complete",
        Area::Clean => "desk-quality-area-clean",
        Area::Live => "desk-quality-area-live",
    })
}

fn correct(view: &View, o: &Overview) -> Markup {
    let s = &o.sampled;
    let confirmed = o.figures.count(measures::CONFIRMED);
    html! {
        section.desk-section {
            h2 { (view.t("desk-quality-sample")) }
            p { (view.tw("desk-quality-confirmed", &[
                ("confirmed", view.number(confirmed).into()), ("fields", view.number(o.figures.count(measures::FIELDS)).into()),
            ])) }
            p { (view.tw("desk-quality-asked", &[("asked", view.number(s.asked).into()), ("answered", view.number(s.answered).into())])) }
            @match wilson(s.wrong, s.items) {
                Some((low, high)) => {
                    p { strong { (view.tw("desk-quality-wrong", &[
                        ("rate", percent(view, share(s.wrong, s.items).unwrap_or_default()).into()),
                        ("low", percent(view, low).into()), ("high", percent(view, high).into()),
                    ])) } }
                }
                None => { p.quiet { (view.t("desk-quality-no-answers")) } }
            }
        }
    }
}

fn clean(view: &View, o: &Overview) -> Markup {
    let people = o.figures.count(measures::PEOPLE).max(1);
    html! {
        section.desk-section {
            h2 { (view.t("desk-quality-duplicates")) }
            p { (view.tw("desk-quality-duplicates-text", &[
                ("count", view.number(o.duplicates).into()), ("rate", view.number(o.duplicates * PER / people).into()),
            ])) }
            @match &o.doubles {
                Some(doubles) => { p { (view.tw("desk-quality-doubles", &[
                    ("likely", whole(view, doubles.likely).into()), ("low", whole(view, doubles.low).into()),
                    ("high", whole(view, doubles.high).into()), ("drawn", view.number(o.drawn).into()),
                ])) } }
                None => { p.quiet { (view.t("desk-quality-doubles-none")) } }
            }
        }
    }
}

/// An estimate without its decimals.
fn whole(view: &View, estimate: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "at most a hundred thousand")]
    let rounded = estimate.round() as i64;
    view.number(rounded)
}

fn live(view: &View, o: &Overview) -> Markup {
    let buckets = o.figures.lags(&o.lags_since);
    let days = |percent| match quantile(&buckets, percent) {
        Some(Lag::Within(0)) => view.t("desk-quality-same-day"),
        Some(Lag::Within(days)) => view.tw("desk-quality-within", &[("days", days.into())]),
        Some(Lag::Beyond(days)) => view.tw("desk-quality-beyond", &[("days", view.number(days).into())]),
        None => "–".to_owned(),
    };
    let bounds = std::iter::once(-1)
        .chain(measures::LAG_DAYS)
        .zip(measures::LAG_DAYS.map(Some).into_iter().chain([None]));
    let rows: Vec<(String, i64)> = bounds
        .zip(buckets)
        .map(|((below, end), count)| {
            let name = match end {
                Some(0) => view.t("desk-quality-same-day"),
                Some(end) if end == below + 1 => view.tw("desk-quality-days", &[("days", end.into())]),
                Some(end) => {
                    let span = format!("{}–{}", view.number(below + 1), view.number(end));
                    view.tw("desk-quality-days", &[("days", span.into())])
                }
                None => view.tw("desk-quality-beyond", &[("days", view.number(below).into())]),
            };
            (name, count)
        })
        .collect();
    let heard = o.figures.median_seen().map_or_else(|| view.t("desk-quality-never"), month_said);
    let stale = o.figures.stale(&o.stale_since);
    html! {
        section.desk-section {
            h2 { (view.t("desk-quality-lag")) }
            @if buckets.iter().sum::<i64>() == 0 { p.quiet { (view.t("desk-quality-lag-none")) } }
            @else {
                p { (view.tw("desk-quality-lag-text", &[("half", days(50).into()), ("most", days(95).into())])) }
                (chart::bars(view, "info", &rows))
            }
            p { (view.tw("desk-quality-heard", &[("month", heard.into()), ("stale", view.number(stale).into())])) }
        }
    }
}

/// `2024-07` as `07/2024`.
fn month_said(month: &str) -> String {
    month.split_once('-').map_or_else(|| month.to_owned(), |(year, month)| format!("{month}/{year}"))
}

fn communes(words: &Words<'_>, view: &View, lines: &[CommuneLine]) -> Markup {
    let columns: Vec<Column> = std::iter::once(Column::new(view.t("desk-quality-commune")))
        .chain([Column::new(view.t("desk-quality-count-people")).number()])
        .chain([Area::Correct, Area::Complete, Area::Clean].map(|a| Column::new(area(view, a)).number()))
        .collect();
    let rows: Vec<Vec<Markup>> = lines
        .iter()
        .map(|line| {
            let f = &line.figures;
            let people = f.count(measures::PEOPLE);
            let shares = [
                f.share(measures::CONFIRMED, measures::FIELDS),
                f.share(measures::HELD, measures::DUE),
                share(people - f.count(measures::FLAWED), people),
            ]
            .map(|s| html! { (s.map_or_else(|| "–".to_owned(), |s| percent(view, s))) });
            let head = html! { a href={ (QUALITY) "?commune=" (line.commune) } { (words.place(line.commune.as_str())) } };
            [head, html! { (view.number(people)) }].into_iter().chain(shares).collect()
        })
        .collect();
    html! {
        section.desk-section {
            h2 { (view.t("desk-quality-communes")) }
            (ui::table(view, &view.t("desk-quality-communes"), &columns, &rows))
        }
    }
}
