//! The page about a linkage: what the model learnt, how the scores lie, what to expect of a threshold, the hardest pairs.
//! One file without scripts or anything from a network, so that it can be sent and kept.

use base::Lang;
use linkage::{Evidence, FieldModel, Linkage, Quality, Scored, Tally, Thresholds, log_odds};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use webkit::i18n::{Texts, key_of};

use super::{Found, charts, read::Files, settings::Settings};

const CSS: &str = include_str!("report.css");
/// Refused links that are listed.
const REFUSED_LISTED_MAX: usize = 20;
/// Thresholds of the table, beside the one in use.
const THRESHOLDS: [f64; 5] = [0.5, 0.8, 0.95, 0.99, 0.999];
/// Grades that neither true pairs nor strangers have are left out.
const CHANCE_MIN: f64 = 2e-4;

struct Page<'p> {
    texts: Texts,
    lang: Lang,
    files: &'p Files,
    settings: &'p Settings,
    linkage: &'p Linkage<'p>,
    found: &'p Found,
}

pub fn page(
    lang: Lang,
    files: &Files,
    settings: &Settings,
    linkage: &Linkage,
    found: &Found,
) -> anyhow::Result<String> {
    let texts = Texts::load(&[super::TEXTS, linkage::TEXTS])?;
    let page = Page { texts, lang, files, settings, linkage, found };
    Ok(page.whole().into_string())
}

impl Page<'_> {
    fn say(&self, key: &str) -> String {
        self.texts.get(self.lang, key)
    }

    fn whole(&self) -> Markup {
        let title = self.say("link-title");
        let names = self.files.paths.iter().zip(&self.files.rows).map(|(path, rows)| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            format!("{name} ({})", self.count(*rows as u64))
        });
        let qualities = self.found.summary.tally.qualities(self.linkage.reach());
        html! {
            (DOCTYPE)
            html lang=(self.lang.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                    style { (PreEscaped(CSS)) }
                }
                body {
                    header { div {
                        h1 { (title) }
                        p { (self.say("link-lead")) }
                        p class="files" { (names.collect::<Vec<_>>().join(" · ")) }
                    } }
                    main {
                        (self.figures(&qualities))
                        (self.choice(&qualities))
                        (self.histogram())
                        (self.weights())
                        (self.hardest())
                        (self.refused())
                        (self.rules())
                    }
                }
            }
        }
    }

    fn figures(&self, qualities: &[Quality]) -> Markup {
        let summary = &self.found.summary;
        let figures = [
            (self.files.table.rows() as u64, "link-rows"),
            (summary.candidates, "link-compared"),
            (self.found.links as u64, "link-links"),
            (summary.scored.saturating_sub(self.found.links as u64), "link-review"),
            (self.found.clusters.groups.len() as u64, "link-groups"),
        ];
        let chosen = at(qualities, self.thresholds().link);
        let skipped = self.count(summary.skipped_pairs);
        html! {
            dl class="figures" {
                @for (count, key) in figures { div { dt { (self.say(key)) } dd { (self.count(count)) } } }
            }
            @if let Some(quality) = chosen {
                dl class="two" {
                    div { dt { (self.say("link-precision")) } dd {
                        span class="share" { (self.share(quality.precision)) } br;
                        small { (self.say("link-precision-hint")) }
                    } }
                    div { dt { (self.say("link-recall")) } dd {
                        span class="share" { (self.share(quality.recall)) } br;
                        small { (self.say("link-recall-hint")) }
                    } }
                }
            }
            @if summary.skipped_pairs > 0 {
                p class="lead" { (self.texts.with(self.lang, "link-skipped", &[("count", skipped.into())])) }
            }
        }
    }

    fn choice(&self, qualities: &[Quality]) -> Markup {
        let reach = self.share(self.linkage.reach());
        let link = self.thresholds().link;
        let mut thresholds: Vec<f64> = THRESHOLDS.into_iter().chain([link]).collect();
        thresholds.sort_by(f64::total_cmp);
        thresholds.dedup();
        html! {
            section {
                h2 { (self.say("link-choice")) }
                p class="lead" { (self.texts.with(self.lang, "link-choice-lead", &[("reach", reach.into())])) }
                div class="sheet" {
                    div class="framed" {
                        div class="side" { @for share in [1.0, 0.75, 0.5, 0.25, 0.0] { span { (self.decimal(share * 100.0, 0)) " %" } } }
                        (charts::qualities(qualities, log_odds(link), &self.say("link-choice")))
                        (self.axis())
                    }
                    ul class="key" {
                        li { (charts::stroke("precision")) (self.say("link-precision-short")) }
                        li { (charts::stroke("recall")) (self.say("link-recall-short")) }
                        li { (charts::stroke("mark")) (self.say("link-threshold")) " " (self.decimal(link, 2)) }
                    }
                    div class="wide" { table {
                        thead { tr {
                            @for key in ["link-threshold", "link-pairs", "link-precision-short", "link-recall-short"] {
                                th class="n" { (self.say(key)) }
                            }
                        } }
                        tbody { @for threshold in thresholds { @if let Some(quality) = at(qualities, threshold) {
                            tr class=[(threshold == link).then_some("chosen")] {
                                td class="n" {
                                    (self.decimal(threshold, 3))
                                    @if threshold == link { " " small { (self.say("link-chosen")) } }
                                }
                                td class="n" { (self.count(quality.links)) }
                                td class="n" { (self.share(quality.precision)) }
                                td class="n" { (self.share(quality.recall)) }
                            }
                        } } }
                    } }
                }
            }
        }
    }

    fn histogram(&self) -> Markup {
        let Thresholds { link, review } = self.thresholds();
        html! {
            section {
                h2 { (self.say("link-histogram")) }
                p class="lead" { (self.say("link-histogram-lead")) }
                div class="sheet" {
                    (charts::histogram(&self.found.summary.tally, log_odds(review), log_odds(link), &self.say("link-histogram")))
                    (self.axis())
                    ul class="key" {
                        li { (charts::square("no")) (self.say("link-no-link")) }
                        li { (charts::square("look")) (self.say("link-to-review")) }
                        li { (charts::square("yes")) (self.say("link-linked")) }
                    }
                }
            }
        }
    }

    fn axis(&self) -> Markup {
        let ticks =
            (0..=6).map(|n| Tally::BITS_MIN + f64::from(n) * (Tally::BITS_MAX - Tally::BITS_MIN) / 6.0);
        html! {
            div class="ticks" {
                @for (n, bits) in ticks.enumerate() {
                    span { (self.decimal(bits, 0)) @if n == 3 { " " (self.say("link-bits")) } }
                }
            }
        }
    }

    fn weights(&self) -> Markup {
        let model = self.linkage.model();
        let reach = model.fields.iter().flat_map(FieldModel::bits).map(f64::abs).fold(1.0, f64::max);
        let prior = self.decimal(log_odds(model.prior), 1);
        html! {
            section {
                h2 { (self.say("link-weights")) }
                p class="lead" {
                    (self.say("link-weights-lead")) " "
                    (self.texts.with(self.lang, "link-prior", &[("bits", prior.into())]))
                }
                div class="weights" { @for field in &model.fields { (self.field(field, reach)) } }
            }
        }
    }

    fn field(&self, field: &FieldModel, reach: f64) -> Markup {
        let grades = field.comparison.kind.grades();
        let shown = grades.iter().zip(field.bits()).zip(field.m.iter().zip(&field.u)).rev();
        html! {
            div class="sheet" {
                h3 { (field.comparison.column) }
                @for ((grade, bits), (m, u)) in shown.filter(|(_, (m, u))| **m > CHANCE_MIN || **u > CHANCE_MIN) {
                    div class="grade" title=(format!(
                        "{} {}, {} {}", self.share(*m), self.say("link-share-same"), self.share(*u), self.say("link-share-strangers")
                    )) {
                        span { (self.grade(Some(grade))) }
                        (charts::bar(bits, reach))
                        b { (self.signed(bits)) }
                    }
                }
            }
        }
    }

    fn hardest(&self) -> Markup {
        let pairs = self.found.hardest.pairs();
        html! {
            section {
                h2 { (self.say("link-hardest")) }
                p class="lead" {
                    (self.say(if pairs.is_empty() { "link-no-hardest" } else { "link-hardest-lead" }))
                }
                div class="pairs" { @for (n, pair) in pairs.iter().enumerate() { (self.pair(*pair, n == 0)) } }
            }
        }
    }

    fn pair(&self, pair: Scored, open: bool) -> Markup {
        let Some(why) = self.linkage.explain(pair.a, pair.b) else { return html! {} };
        let [a, b] = [pair.a, pair.b].map(|row| self.files.id(self.settings, row));
        let share = self.share(pair.probability);
        html! {
            details class="sheet" open[open] {
                summary {
                    span { (a) " ↔ " (b) }
                    em { (self.texts.with(self.lang, "link-probability", &[("share", share.into())])) " · " (self.signed(pair.bits)) }
                }
                div class="wide" { table {
                    thead { tr {
                        th { (self.say("link-field")) } th { (a) } th { (b) }
                        th { (self.say("link-what")) } th class="n" { (self.say("link-weight")) }
                    } }
                    tbody { @for field in &why.fields { (self.evidence(field)) } }
                } }
            }
        }
    }

    fn evidence(&self, field: &Evidence) -> Markup {
        let differ = field.a != field.b;
        let cell = |text: &str| html! { td { @if differ { mark { (text) } } @else { (text) } } };
        html! {
            tr {
                td { (field.column) }
                (cell(&field.a)) (cell(&field.b))
                td { (self.grade(field.grade)) }
                td class=(if field.bits < 0.0 { "bits ill" } else { "bits good" }) { (self.signed(field.bits)) }
            }
        }
    }

    fn refused(&self) -> Markup {
        let refused = &self.found.clusters.refused;
        if refused.is_empty() {
            return html! {};
        }
        let count = self.count(refused.len() as u64);
        html! {
            section {
                h2 { (self.say("link-refused")) }
                p class="lead" { (self.texts.with(self.lang, "link-refused-lead", &[("count", count.into())])) }
                ul class="sheet rules" { @for (a, b) in refused.iter().take(REFUSED_LISTED_MAX) {
                    li { (self.files.id(self.settings, *a)) " ↔ " (self.files.id(self.settings, *b)) }
                } }
            }
        }
    }

    fn rules(&self) -> Markup {
        html! {
            section {
                h2 { (self.say("link-rules")) }
                p class="lead" { (self.say("link-rules-lead")) }
                div class="sheet" { ol class="rules" { @for rule in self.linkage.rules() {
                    li { code { (rule.join(" + ")) } }
                } } }
            }
        }
    }

    fn thresholds(&self) -> Thresholds {
        self.linkage.thresholds()
    }

    fn grade(&self, grade: Option<&str>) -> String {
        self.say(&format!("linkage-grade-{}", key_of(grade.unwrap_or("missing"))))
    }

    /// With the marks of the language: `1.234.567` or `1,234,567`.
    fn count(&self, count: u64) -> String {
        let digits = count.to_string();
        let mark = if self.lang == Lang::Vi { '.' } else { ',' };
        let mut out = String::new();
        for (n, digit) in digits.chars().enumerate() {
            if n > 0 && (digits.len() - n).is_multiple_of(3) {
                out.push(mark);
            }
            out.push(digit);
        }
        out
    }

    fn decimal(&self, x: f64, digits: usize) -> String {
        let text = format!("{x:.digits$}").replace('-', "−");
        if self.lang == Lang::Vi { text.replace('.', ",") } else { text }
    }

    fn signed(&self, bits: f64) -> String {
        let sign = if bits >= 0.05 { "+" } else { "" };
        format!("{sign}{}", self.decimal(bits, 1))
    }

    fn share(&self, share: f64) -> String {
        let digits = if (0.0..0.001).contains(&share) || (0.999..1.0).contains(&share) { 3 } else { 1 };
        format!("{} %", self.decimal(share * 100.0, digits))
    }
}

/// What is to be expected of the pairs from this probability on.
fn at(qualities: &[Quality], probability: f64) -> Option<Quality> {
    let bits = log_odds(probability);
    qualities.iter().find(|q| q.bits + 1.0 > bits).copied()
}
