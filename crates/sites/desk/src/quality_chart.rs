//! Charts as drawings of the page itself: each with a sentence for those who do not see it, and its numbers in a table.

use jiff::civil::Date;
use maud::{Markup, html};
use webkit::View;

/// Size of a drawing, in its own units.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 110.0;
/// Room for the line's end and its dot.
const EDGE: f64 = 6.0;
/// Least height of the scale, as a share: a change of a thousandth does not look like a cliff.
const SPAN_MIN: f64 = 0.02;

/// A share over time.
pub struct Line<'a> {
    pub title: String,
    pub tone: &'static str,
    pub days: &'a [(Date, f64)],
}

/// `97,3 %`.
pub fn percent(view: &View, share: f64) -> String {
    let point = if view.lang() == base::Lang::Vi { "," } else { "." };
    // Never 100 where something is missing, never 0 where something is there.
    let tenths = (share * 1000.0).round();
    let tenths = if share < 1.0 { tenths.min(999.0) } else { tenths };
    let tenths = if share > 0.0 { tenths.max(1.0) } else { tenths };
    format!("{:.0}{point}{:.0}\u{a0}%", (tenths / 10.0).trunc(), tenths % 10.0)
}

/// Places of the points in the drawing, with the lowest and highest value of its scale.
fn scaled(days: &[(Date, f64)]) -> (Vec<(f64, f64)>, f64, f64) {
    let low = days.iter().map(|(_, v)| *v).fold(f64::INFINITY, f64::min);
    let high = days.iter().map(|(_, v)| *v).fold(f64::NEG_INFINITY, f64::max);
    let (low, high) =
        if high - low < SPAN_MIN { ((high - SPAN_MIN).max(0.0), high.max(SPAN_MIN)) } else { (low, high) };
    let length = match (days.first(), days.last()) {
        (Some((first, _)), Some((last, _))) => f64::from((*last - *first).get_days()).max(1.0),
        _ => 1.0,
    };
    let begin = days.first().map(|(day, _)| *day);
    let place = |(day, value): &(Date, f64)| {
        let along = begin.map_or(0.0, |first| f64::from((*day - first).get_days()) / length);
        let up = (value - low) / (high - low);
        (EDGE + along * (WIDTH - 2.0 * EDGE), HEIGHT - EDGE - up * (HEIGHT - 2.0 * EDGE))
    };
    (days.iter().map(place).collect(), low, high)
}

/// One line with its ends named.
pub fn line(view: &View, chart: &Line<'_>) -> Markup {
    let (points, low, high) = scaled(chart.days);
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let ends = chart.days.first().zip(chart.days.last());
    let Some(((first, from), (last, to))) = ends else { return html! {} };
    let said = view.tw(
        "desk-quality-line",
        &[
            ("title", chart.title.as_str().into()),
            ("from", percent(view, *from).into()),
            ("first", view.date(*first).into()),
            ("to", percent(view, *to).into()),
            ("last", view.date(*last).into()),
        ],
    );
    html! {
        figure.desk-chart {
            figcaption { (chart.title) " " strong { (percent(view, *to)) } }
            svg class=(chart.tone) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(said) focusable="false" {
                line.axis x1="0" y1=(HEIGHT - 1.0) x2=(WIDTH) y2=(HEIGHT - 1.0) {}
                line.axis x1="0" y1="1" x2=(WIDTH) y2="1" {}
                polyline.line points=(path.join(" ")) {}
                @if let Some((x, y)) = points.last() { circle.end cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="4" {} }
            }
            p.quiet.desk-scale aria-hidden="true" {
                span { (view.date(*first)) } span { (percent(view, low)) "–" (percent(view, high)) } span { (view.date(*last)) }
            }
        }
    }
}

/// A row of bars under each other: word, bar, number. The number says it all, so the bar is decoration.
pub fn bars(view: &View, tone: &str, rows: &[(String, i64)]) -> Markup {
    let most = rows.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    html! {
        dl.desk-bars { @for (word, count) in rows {
            div {
                dt { (word) }
                dd {
                    svg class={ "limit " (tone) } viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                        rect.used width=(count * 200 / most) height="8" rx="2" {}
                    }
                    span { (view.number(*count)) }
                }
            }
        } }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn points_stay_inside_the_drawing_and_go_along_with_the_days() {
        let days = [(date(2026, 11, 1), 0.5), (date(2026, 11, 3), 0.9), (date(2026, 11, 11), 0.7)];
        let (points, low, high) = scaled(&days);
        assert_eq!((low, high), (0.5, 0.9));
        assert!(points.iter().all(|(x, y)| (0.0..=WIDTH).contains(x) && (0.0..=HEIGHT).contains(y)));
        assert_eq!(points[0], (EDGE, HEIGHT - EDGE));
        assert!((points[1].0 - (EDGE + 0.2 * (WIDTH - 2.0 * EDGE))).abs() < 1e-9, "two days of ten");
        assert!(scaled(&[]).0.is_empty());
        let (flat, ..) = scaled(&[(date(2026, 11, 1), 1.0), (date(2026, 11, 2), 1.0)]);
        assert!(flat.iter().all(|(_, y)| y.is_finite()));
    }
}
