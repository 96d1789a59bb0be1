//! Facts in rows, tables, and the way through a long list.

use maud::{Markup, Render, html};

use super::{Icon, Link};
use crate::i18n::Say;

/// One fact: what it is, what we know, where from, and what its owner can do about it.
#[derive(Debug, Clone)]
pub struct Row {
    key: String,
    value: Markup,
    source: Option<String>,
    report: Option<String>,
    change: Option<String>,
}

impl Row {
    pub fn new(key: impl Into<String>, value: impl Render) -> Self {
        Self { key: key.into(), value: value.render(), source: None, report: None, change: None }
    }

    /// "CSDL quốc gia về dân cư, xác nhận ngày 03/06/2026".
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Where an error in this fact is reported.
    #[must_use]
    pub fn report(mut self, href: impl Into<String>) -> Self {
        self.report = Some(href.into());
        self
    }

    /// Where this answer is changed, on the page that checks answers.
    #[must_use]
    pub fn change(mut self, href: impl Into<String>) -> Self {
        self.change = Some(href.into());
        self
    }
}

/// Facts, each in a row. An empty value reads "Chưa có".
pub fn summary(say: &Say, rows: &[Row]) -> Markup {
    html! {
        dl.summary { @for row in rows {
            div {
                dt { (row.key) }
                dd {
                    div.value { @if row.value.0.is_empty() { span.quiet { (say.t("summary-missing")) } } @else { (row.value) } }
                    @if let Some(source) = &row.source {
                        p.source { (Icon::Shield) (say.tw("summary-source", &[("source", source.as_str().into())])) }
                    }
                    @for (href, word) in [(&row.report, "summary-report"), (&row.change, "summary-change")] {
                        @if let Some(href) = href {
                            a.act href=(href) { (say.t(word)) span.hidden { " " (say.tw("summary-report-of", &[("key", row.key.as_str().into())])) } }
                        }
                    }
                }
            }
        } }
    }
}

/// How a column is sorted now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Rising,
    Falling,
}

#[derive(Debug, Clone)]
pub struct Column {
    label: String,
    sort: Option<(String, Option<Order>)>,
    number: bool,
}

impl Column {
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), sort: None, number: false }
    }

    /// The address that sorts by this column, and how it is sorted now.
    #[must_use]
    pub fn sort(mut self, href: impl Into<String>, now: Option<Order>) -> Self {
        self.sort = Some((href.into(), now));
        self
    }

    /// Figures, set to the right.
    #[must_use]
    pub fn number(mut self) -> Self {
        self.number = true;
        self
    }
}

/// A table that scrolls sideways on a phone. The first cell of a row is its heading.
pub fn table(say: &Say, caption: &str, columns: &[Column], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label={ (caption) " – " (say.t("table-scroll")) } {
            table {
                caption { (caption) }
                thead { tr { @for column in columns {
                    @let order = column.sort.as_ref().and_then(|(_, order)| *order);
                    th scope="col" .number[column.number] aria-sort=[order.map(|o| match o {
                        Order::Rising => "ascending",
                        Order::Falling => "descending",
                    })] {
                        @match &column.sort {
                            Some((href, order)) => {
                                a href=(href) aria-label=(say.tw("table-sort", &[("column", column.label.as_str().into())])) {
                                    (column.label)
                                    @match order {
                                        Some(Order::Rising) => { (Icon::ArrowUp) }
                                        Some(Order::Falling) => { (Icon::ArrowDown) }
                                        None => {}
                                    }
                                }
                            }
                            None => { (column.label) }
                        }
                    }
                } } }
                tbody { @for row in rows {
                    tr { @for (n, cell) in row.iter().enumerate() {
                        @let number = columns.get(n).is_some_and(|column| column.number);
                        @if n == 0 { th scope="row" { (cell) } } @else { td .number[number] { (cell) } }
                    } }
                } }
            }
        }
    }
}

/// The way on and back in a long list; nothing when there is one page.
pub fn pagination(say: &Say, previous: Option<&str>, next: Option<&str>) -> Markup {
    html! {
        @if previous.is_some() || next.is_some() {
            nav.pages aria-label=(say.t("pages-label")) {
                @if let Some(href) = previous { a rel="prev" href=(href) { (Icon::ArrowLeft) (say.t("pages-previous")) } }
                @if let Some(href) = next { a rel="next" href=(href) { (say.t("pages-next")) (Icon::ArrowRight) } }
            }
        }
    }
}

/// A plain list of links.
pub fn links(links: &[Link]) -> Markup {
    html! { ul.links { @for link in links { li { a href=(link.href) { (link.text) } } } } }
}
