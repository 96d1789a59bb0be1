//! Charts of the report as inline SVG. Words stand beside them in HTML, so that they stay readable on a phone.

use linkage::{Quality, Tally};
use maud::{Markup, html};

/// A bar to the right (for) or to the left (against) of the middle; `reach` is the bits of the longest bar.
pub fn bar(bits: f64, reach: f64) -> Markup {
    let length = (bits.abs() / reach * 50.0).min(50.0);
    let (x, side) = if bits < 0.0 { (50.0 - length, "against") } else { (50.0, "for") };
    html! {
        svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect class=(side) x=(round(x)) y="1" width=(round(length)) height="8" {}
            line class="axis" x1="50" x2="50" y1="0" y2="10" {}
        }
    }
}

/// A filled square for a key.
pub fn square(class: &str) -> Markup {
    html! { svg viewBox="0 0 10 10" aria-hidden="true" { rect class=(class) width="10" height="10" {} } }
}

/// A line for a key.
pub fn stroke(class: &str) -> Markup {
    html! { svg viewBox="0 0 10 10" aria-hidden="true" { path class=(class) d="M0 5H10" {} } }
}

/// Where pairs lie by score; from the threshold of review and of link on in other colours.
pub fn histogram(tally: &Tally, review: f64, link: f64, name: &str) -> Markup {
    let steps: Vec<_> = tally.steps().collect();
    let height = |pairs: u64| if pairs == 0 { 0.0 } else { (pairs as f64).log10() + 0.3 };
    let highest = steps.iter().map(|(_, pairs, _)| height(*pairs)).fold(1.0, f64::max);
    html! {
        svg class="plot" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=(name) {
            @for (bits, pairs, _) in steps.iter().filter(|step| step.1 > 0) {
                @let tall = height(*pairs) / highest * 96.0;
                @let class = if *bits >= link { "yes" } else if *bits >= review.floor() { "look" } else { "no" };
                rect class=(class) x=(round(place(*bits))) y=(round(100.0 - tall)) height=(round(tall))
                    width=(round(step() * 0.86)) { title { (format!("{bits:.0} … {:.0}: {pairs}", bits + 1.0)) } }
            }
            (mark(review)) (mark(link))
        }
    }
}

/// Precision and recall that are to be expected when pairs from some score on are linked.
pub fn qualities(qualities: &[Quality], link: f64, name: &str) -> Markup {
    let path = |of: fn(&Quality) -> f64| {
        let points = qualities.iter().enumerate().map(|(n, quality)| {
            let letter = if n == 0 { 'M' } else { 'L' };
            format!("{letter}{} {}", round(place(quality.bits)), round(98.0 - of(quality) * 96.0))
        });
        points.collect::<String>()
    };
    html! {
        svg class="plot" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=(name) {
            @for quarter in 1..=4 { @let y = 98 - quarter * 24; line class="grid" x1="0" x2="100" y1=(y) y2=(y) {} }
            path class="recall" d=(path(|q| q.recall)) {}
            path class="precision" d=(path(|q| q.precision)) {}
            (mark(link))
        }
    }
}

fn mark(bits: f64) -> Markup {
    let x = round(place(bits));
    html! { line class="mark" x1=(x) x2=(x) y1="0" y2="100" {} }
}

fn step() -> f64 {
    100.0 / (Tally::BITS_MAX - Tally::BITS_MIN)
}

fn place(bits: f64) -> f64 {
    (bits.clamp(Tally::BITS_MIN, Tally::BITS_MAX) - Tally::BITS_MIN) * step()
}

fn round(x: f64) -> String {
    format!("{x:.2}")
}
