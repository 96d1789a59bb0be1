//! Buttons, notices, tags, panels, figures and the other small things.

use maud::{Markup, Render, html};

use super::{Icon, Link, Tone};
use crate::i18n::Say;

/// The weight of a button. One primary a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Primary,
    Secondary,
    Danger,
}

impl Weight {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "button",
            Self::Secondary => "button secondary",
            Self::Danger => "button danger",
        }
    }
}

/// Sends the form around it.
pub fn submit(weight: Weight, text: &str) -> Markup {
    html! { button class=(weight.class()) type="submit" { (text) } }
}

/// Sends the form around it and says which button was pressed.
pub fn submit_as(weight: Weight, name: &str, value: &str, text: &str) -> Markup {
    html! { button class=(weight.class()) type="submit" name=(name) value=(value) { (text) } }
}

/// The same with a shortcut that is shown: Alt and a letter (desk pages).
pub fn submit_key(weight: Weight, name: &str, value: &str, text: &str, letter: char) -> Markup {
    html! {
        button class=(weight.class()) type="submit" name=(name) value=(value)
            data-key=(letter.to_ascii_lowercase()) aria-keyshortcuts={ "Alt+" (letter.to_ascii_uppercase()) } {
            (text) " " kbd aria-hidden="true" { "Alt " (letter.to_ascii_uppercase()) }
        }
    }
}

/// What the Enter key does in a form whose first visible button is not the one that sends it (a unit search, an
/// upload). Stands at the beginning of the form, right after the token; nobody sees it.
pub fn enter_sends(name: &str, value: &str) -> Markup {
    html! { button.hidden type="submit" name=(name) value=(value) tabindex="-1" aria-hidden="true" {} }
}

/// A link that looks like the primary button: the one thing to do next.
pub fn link_button(href: &str, text: &str) -> Markup {
    html! { a.button href=(href) { (text) (Icon::ArrowRight) } }
}

pub fn link_button_secondary(href: &str, text: &str) -> Markup {
    html! { a.button.secondary href=(href) { (text) } }
}

/// A row of buttons, wrapping on phones.
pub fn actions(buttons: impl Render) -> Markup {
    html! { div.actions { (buttons) } }
}

/// The officer's decision, always in view at the bottom.
pub fn decision_bar(label: &str, buttons: impl Render) -> Markup {
    html! { section.decision aria-label=(label) { div { (buttons) } } }
}

pub fn back_link(href: &str, text: &str) -> Markup {
    html! { p.back { a href=(href) { (Icon::ArrowLeft) (text) } } }
}

/// A message that matters now. Danger is announced at once by screen readers, the others when they are idle.
pub fn notice(tone: Tone, text: impl Render) -> Markup {
    let role = if tone == Tone::Danger { "alert" } else { "status" };
    html! { div class={ "notice " (tone.class()) } role=(role) { (tone.icon()) div { (text) } } }
}

/// A state in one or two words.
pub fn tag(tone: Tone, text: &str) -> Markup {
    html! { span class={ "tag " (tone.class()) } { (tone.icon()) (text) } }
}

/// The receipt on top of a page that says: this is done.
pub fn panel(tone: Tone, title: &str, body: impl Render) -> Markup {
    html! { div class={ "panel " (tone.class()) } { (tone.icon().large()) h1 { (title) } div { (body) } } }
}

/// A quiet box around something that belongs together.
pub fn card(title: &str, body: impl Render) -> Markup {
    html! { section.card { h2 { (title) } (body) } }
}

/// Nothing here yet: what would be here, and what to do.
pub fn empty(icon: Icon, title: &str, body: impl Render) -> Markup {
    html! { div.empty { (icon.large()) h2 { (title) } div { (body) } } }
}

/// The band at the top of a home page.
pub fn hero(title: &str, lead: &str, body: impl Render) -> Markup {
    html! { section.hero { div { h1 { (title) } p.lead { (lead) } (body) } (super::mark()) } }
}

/// A big search field; works as a plain form.
pub fn search(say: &Say, action: &str, name: &str, value: &str, label: &str) -> Markup {
    html! {
        form.search method="get" action=(action) role="search" {
            label for={ "s-" (name) } { (label) }
            div { input #{ "s-" (name) } type="search" name=(name) value=(value) autocomplete="off" data-key="s" aria-keyshortcuts="Alt+S";
                button.button type="submit" { (Icon::Search) span { (say.t("search-submit")) } } }
        }
    }
}

/// A choice among things that lead on: services, dossiers, pages.
#[derive(Debug, Clone)]
pub struct Door {
    pub href: String,
    pub icon: Icon,
    pub title: String,
    pub text: String,
    /// A state or a number at the edge; an empty markup when there is none.
    pub aside: Markup,
}

impl Door {
    pub fn new(
        href: impl Into<String>,
        icon: Icon,
        title: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self { href: href.into(), icon, title: title.into(), text: text.into(), aside: Markup::default() }
    }

    #[must_use]
    pub fn aside(mut self, aside: Markup) -> Self {
        self.aside = aside;
        self
    }
}

pub fn doors(doors: &[Door]) -> Markup {
    html! {
        ul.doors { @for door in doors {
            li {
                (door.icon)
                div { a href=(door.href) { (door.title) } @if !door.text.is_empty() { p { (door.text) } } }
                (door.aside)
            }
        } }
    }
}

/// More for those who want it.
pub fn details(summary: &str, body: impl Render) -> Markup {
    details_at(false, summary, body)
}

/// The same, unfolded from the start where something in it counts already.
pub fn details_at(open: bool, summary: &str, body: impl Render) -> Markup {
    html! { details open[open] { summary { (Icon::ChevronRight) (summary) } div { (body) } } }
}

/// "Bước 2 trên 5" and as many dashes.
pub fn progress(say: &Say, at: u32, of: u32) -> Markup {
    html! {
        div.progress {
            p { (say.tw("progress", &[("at", at.into()), ("of", of.into())])) }
            ol aria-hidden="true" { @for n in 1..=of.min(20) { li .done[n < at] .now[n == at] {} } }
        }
    }
}

/// One number that a leader reads from afar. It opens the cases that make it.
#[derive(Debug, Clone)]
pub struct Figure {
    pub value: String,
    pub label: String,
    pub href: Option<String>,
    /// How it moved, in words; good or bad by its tone.
    pub trend: Option<(Tone, Trend, String)>,
    /// What it should be.
    pub target: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    Up,
    Down,
    Flat,
}

pub fn figures(say: &Say, figures: &[Figure]) -> Markup {
    html! {
        ul.figures { @for figure in figures {
            li {
                p.label { @match &figure.href {
                    Some(href) => { a href=(href) { (figure.label) } }
                    None => { (figure.label) }
                } }
                p.value { (figure.value) }
                @if let Some((tone, trend, text)) = &figure.trend {
                    @let (icon, word) = match trend {
                        Trend::Up => (Icon::ArrowUp, "trend-up"),
                        Trend::Down => (Icon::ArrowDown, "trend-down"),
                        Trend::Flat => (Icon::ArrowRight, "trend-flat"),
                    };
                    p class={ "trend " (tone.class()) } { (icon) span.hidden { (say.t(word)) } " " (text) }
                }
                @if let Some(target) = &figure.target { p.quiet { (target) } }
            }
        } }
    }
}

/// Tabs that are links: each has its address, and works without scripts.
pub fn tabs(label: &str, links: &[Link]) -> Markup {
    html! { nav.tabs aria-label=(label) { (link_row(links)) } }
}

/// Filters that are links, so that a filtered list can be kept and sent.
pub fn filters(say: &Say, links: &[Link]) -> Markup {
    html! { nav.filters aria-label=(say.t("filter-label")) { (Icon::Filter) (link_row(links)) } }
}

fn link_row(links: &[Link]) -> Markup {
    html! { ul { @for link in links {
        li { a href=(link.href) aria-current=[link.current.then_some("true")] {
            (link.text) @if let Some(count) = link.count { " " span.count { (count) } }
        } }
    } } }
}

/// "Đã lưu lúc 14:02 hôm nay".
pub fn saved_at(say: &Say, when: &str) -> Markup {
    html! { p.saved { (Icon::Check) (say.tw("saved-at", &[("when", when.into())])) } }
}

/// Prints the page; shown only where scripts run.
pub fn print_button(say: &Say) -> Markup {
    html! { button.button.secondary type="button" data-print hidden { (Icon::Printer) (say.t("print")) } }
}
