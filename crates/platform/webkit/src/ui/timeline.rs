//! A dossier's life as one vertical line: who, when, how long against the limit, why it stands still.

use maud::{Markup, Render, html};

use super::{Icon, Tone};
use crate::i18n::Say;

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    Done,
    Now,
    /// The clock is stopped, such as while the citizen is asked.
    Paused,
    Late,
    Next,
    Refused,
    /// Over without a decision: stopped, taken back, not answered.
    Ended,
}

impl StepState {
    pub const ALL: [Self; 7] =
        [Self::Done, Self::Now, Self::Paused, Self::Late, Self::Next, Self::Refused, Self::Ended];

    fn icon(self) -> Icon {
        match self {
            Self::Done => Icon::Check,
            Self::Now => Icon::CircleDot,
            Self::Paused => Icon::Pause,
            Self::Late => Icon::Alert,
            Self::Next => Icon::Clock,
            Self::Refused | Self::Ended => Icon::CircleX,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "now",
            Self::Paused => "paused",
            Self::Late => "late",
            Self::Next => "next",
            Self::Refused => "refused",
            Self::Ended => "ended",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Done => "step-done",
            Self::Now => "step-now",
            Self::Paused => "step-paused",
            Self::Late => "step-late",
            Self::Next => "step-next",
            Self::Refused => "step-refused",
            Self::Ended => "step-ended",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Step {
    state: StepState,
    title: String,
    who: Option<String>,
    when: Option<String>,
    span: Option<String>,
    spent: Option<(u32, u32)>,
    more: Markup,
}

impl Step {
    pub fn new(state: StepState, title: impl Into<String>) -> Self {
        Self {
            state,
            title: title.into(),
            who: None,
            when: None,
            span: None,
            spent: None,
            more: Markup::default(),
        }
    }

    /// "Công an phường Bến Thành".
    #[must_use]
    pub fn who(mut self, who: impl Into<String>) -> Self {
        self.who = Some(who.into());
        self
    }

    /// "14:02 hôm nay".
    #[must_use]
    pub fn when(mut self, when: impl Into<String>) -> Self {
        self.when = Some(when.into());
        self
    }

    /// How long it took against its limit, in words: "1 ngày, hạn 3 ngày làm việc".
    #[must_use]
    pub fn span(mut self, span: impl Into<String>) -> Self {
        self.span = Some(span.into());
        self
    }

    /// The same as a bar: working days spent, and the limit.
    #[must_use]
    pub fn spent(mut self, days: u32, limit: u32) -> Self {
        self.spent = Some((days, limit));
        self
    }

    /// The reason of a pause, documents, what to do.
    #[must_use]
    pub fn more(mut self, more: impl Render) -> Self {
        self.more = more.render();
        self
    }
}

pub fn timeline(say: &Say, steps: &[Step]) -> Markup {
    html! {
        ol.timeline { @for step in steps {
            li class=(step.state.class()) aria-current=[(step.state == StepState::Now).then_some("step")] {
                span.dot { (step.state.icon()) }
                div {
                    h3 { (step.title) span.state { (say.t(step.state.word())) } }
                    @if step.who.is_some() || step.when.is_some() {
                        p.who {
                            @if let Some(who) = &step.who { span { (Icon::Users) (who) } }
                            @if let Some(when) = &step.when { span { (Icon::Calendar) (when) } }
                        }
                    }
                    @if let Some(span) = &step.span { p.span { (span) } }
                    @if let Some((days, limit)) = step.spent { (limit_bar(days, limit)) }
                    @if !step.more.0.is_empty() { div.more { (step.more) } }
                }
            }
        } }
    }
}

/// A bar of time spent against a limit; the words beside it say the same, so it is hidden from screen readers.
pub fn limit_bar(spent: u32, limit: u32) -> Markup {
    const WIDTH: u32 = 200;
    let tone = match (spent, limit) {
        (s, l) if s > l => Tone::Danger,
        (s, l) if s.saturating_mul(4) >= l.saturating_mul(3) => Tone::Wait,
        _ => Tone::Good,
    };
    let filled = spent.min(limit).saturating_mul(WIDTH) / limit.max(1);
    html! {
        svg class={ "limit " (tone.class()) } viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.all width=(WIDTH) height="8" rx="4" {}
            rect.used width=(filled) height="8" rx="4" {}
        }
    }
}
