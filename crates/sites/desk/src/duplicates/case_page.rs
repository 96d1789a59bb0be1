//! One case: why it was noticed, both records side by side, what a merge would do, what happened so far, and the step that
//! this officer can take now.

use base::FieldFault;
use contracts::PersonId;
use maud::{Markup, html};
use registry::{
    duplicates::{
        Proposed, State, StepKind,
        ops::{CaseView, Preview},
        policy::Action,
    },
    model::Item,
    ops::Record,
};
use webkit::{
    Form, View,
    i18n::{by_field, key_of},
    ui::{self, Choice, Field, StepState, Tone, Weight},
};

use super::{DUPLICATES, compare, href, may_do, noticed, state_tag};
use crate::{
    kept::stamped,
    officer::{Officer, Part, frame},
    words::Words,
};

/// What was typed into the form of a step, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Typed {
    pub form: Form,
    pub faults: Vec<FieldFault>,
    /// Somebody changed the case first; what was typed stands in the form, and nothing was done.
    pub overtaken: bool,
}

struct Scene<'a> {
    words: &'a Words<'a>,
    view: &'a View,
    officer: &'a Officer,
    seen: &'a CaseView,
    typed: &'a Typed,
    /// How the two records are called on this page.
    names: [String; 2],
}

/// The page as a whole.
pub fn page(words: &Words<'_>, view: &View, officer: &Officer, seen: &CaseView, typed: &Typed) -> Markup {
    let case = &seen.case;
    let scene = Scene { words, view, officer, seen, typed, names: names(view, &seen.records) };
    let title =
        view.tw("desk-dup-case-title", &[("one", scene.name(0).into()), ("other", scene.name(1).into())]);
    frame(words, view, officer, Part::Duplicates, &title).error(!typed.faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::back_link(DUPLICATES, &view.t("desk-dup-back")))
        (ui::error_summary(view, &typed.faults))
        div.desk-head {
            h1 { (title) }
            p.desk-row {
                (state_tag(view, case.state))
                span { (view.tw("desk-dup-chance", &[("chance", compare::chance(view, case.probability).into())])) }
                span.quiet { (noticed(view, case.noticed_at)) ", " (view.moment(case.found_at, view.now())) }
            }
        }
        @if typed.overtaken { (ui::notice(Tone::Danger, view.t("desk-dup-overtaken"))) }
        @if !seen.elsewhere.is_empty() { (ui::notice(Tone::Wait, view.t("desk-dup-elsewhere"))) }
        @if case.merge.is_some() { (ui::notice(Tone::Info, view.t("desk-dup-as-before"))) }
        (ui::notice(Tone::Info, view.t("desk-dup-seen")))
        (compare::table(words, view, &seen.records, &case.evidence, &scene.names))
        div.columns {
            div { (task(&scene)) }
            div {
                @for preview in &seen.previews { (effects(&scene, preview)) }
                (ui::card(&view.t("desk-dup-history"), history(&scene)))
            }
        }
    })
}

/// "Hồ sơ A: 001 190 000 003": two records of one name must be told apart.
fn names(view: &View, records: &[Record; 2]) -> [String; 2] {
    let of = |n: usize, key: &str| {
        let number = records
            .get(n)
            .and_then(|r| r.value(Item::Number))
            .or_else(|| records.get(n).and_then(|r| r.value(Item::OldNumber)));
        let number =
            number.map(|n| n.parse::<base::PersonalNumber>().map_or_else(|_| n.to_owned(), |n| n.grouped()));
        match number {
            Some(number) => format!("{} · {number}", view.t(key)),
            None => view.t(key),
        }
    };
    [of(0, "desk-dup-record-a"), of(1, "desk-dup-record-b")]
}

impl Scene<'_> {
    fn name(&self, n: usize) -> &str {
        self.seen.records.get(n).and_then(|r| r.value(Item::Name)).unwrap_or("–")
    }

    /// How a record of the case is called.
    fn called(&self, person: PersonId) -> &str {
        let [a, b] = &self.names;
        if self.seen.case.id.person == person { a } else { b }
    }

    fn action(&self, step: &str) -> String {
        format!("{}/{step}", href(self.seen.case.id))
    }

    fn hidden(&self) -> Markup {
        html! {
            (self.view.csrf())
            (stamped(self.officer))
            input type="hidden" name="version" value=(self.seen.case.version);
        }
    }

    fn reason(&self, key: &str) -> Markup {
        let errors = by_field(self.view, &self.typed.faults);
        let field =
            Field::new("reason", self.view.t(key)).hint(self.view.t("desk-dup-reason-hint")).errors(&errors);
        ui::textarea(self.view, &field, self.typed.form.raw("reason"), 3)
    }
}

/// What this officer can do now.
fn task(scene: &Scene<'_>) -> Markup {
    let (view, case) = (scene.view, &scene.seen.case);
    let body = match (case.state, &case.proposal) {
        (State::Open, _) if may_do(scene.officer, Action::Propose) && scene.seen.elsewhere.is_empty() => {
            propose(scene)
        }
        (State::Proposed, Some(proposal)) => {
            let mine = proposal.by == scene.officer.actor.account;
            let what = match proposal.what {
                Proposed::Merge { keep } => {
                    view.tw("desk-dup-proposed-merge", &[("keep", scene.called(keep).into())])
                }
                Proposed::Distinct => view.t("desk-dup-proposed-distinct"),
            };
            html! {
                (ui::notice(Tone::Wait, html! {
                    p { strong { (what) } }
                    p { "“" (proposal.reason) "”" }
                    p.quiet { (proposal.by_name) ", " (view.moment(proposal.at, view.now())) }
                }))
                @if mine { p { (view.t("desk-dup-four-eyes")) } }
                @else if may_do(scene.officer, Action::Confirm) { (answer(scene, proposal.what)) }
            }
        }
        (State::Merged, _) if may_do(scene.officer, Action::Undo) => {
            settle(scene, "undo", "desk-dup-undo-text", "desk-dup-undo-go", Weight::Danger)
        }
        (State::Distinct, _) if may_do(scene.officer, Action::Undo) => {
            settle(scene, "reopen", "desk-dup-reopen-text", "desk-dup-reopen-go", Weight::Secondary)
        }
        _ => html! { p { (view.t("desk-dup-nothing-to-do")) } },
    };
    html! { section.card.desk-task #task { h2 { (view.t("desk-dup-task")) } (body) } }
}

fn propose(scene: &Scene<'_>) -> Markup {
    let view = scene.view;
    let errors = by_field(view, &scene.typed.faults);
    let mut choices: Vec<Choice> = Vec::new();
    for preview in scene.seen.previews.iter().filter(|p| p.refused.is_none()) {
        let label = view.tw("desk-dup-what-merge", &[("keep", scene.called(preview.keep).into())]);
        let hint = view.tw("desk-dup-what-merge-hint", &[("given", scene.called(preview.given).into())]);
        choices.push(Choice::new(preview.keep.to_string(), label).hint(hint));
    }
    choices.push(
        Choice::new("distinct", view.t("desk-dup-what-distinct")).hint(view.t("desk-dup-what-distinct-hint")),
    );
    let field = Field::new("what", view.t("desk-dup-what")).errors(&errors);
    html! {
        form method="post" action=(scene.action("propose")) novalidate {
            (scene.hidden())
            (ui::radios(view, &field, &choices, scene.typed.form.raw("what")))
            (scene.reason("desk-dup-reason-propose"))
            (ui::actions(ui::submit(Weight::Primary, &view.t("desk-dup-propose-go"))))
        }
    }
}

/// Both answers stand in one form, so that a reason is typed once whatever it becomes.
fn answer(scene: &Scene<'_>, what: Proposed) -> Markup {
    let view = scene.view;
    let (key, weight) = match what {
        Proposed::Merge { .. } => ("desk-dup-confirm-merge", Weight::Danger),
        Proposed::Distinct => ("desk-dup-confirm-distinct", Weight::Primary),
    };
    let class = if weight == Weight::Danger { "button danger" } else { "button" };
    html! {
        form method="post" action=(scene.action("confirm")) novalidate {
            (scene.hidden())
            (scene.reason("desk-dup-reason-answer"))
            (ui::actions(html! {
                button class=(class) type="submit" { (view.t(key)) }
                button.button.secondary type="submit" formaction=(scene.action("refuse")) { (view.t("desk-dup-refuse-go")) }
            }))
        }
    }
}

fn settle(scene: &Scene<'_>, step: &str, text: &str, go: &str, weight: Weight) -> Markup {
    let view = scene.view;
    html! {
        p { (view.t(text)) }
        form method="post" action=(scene.action(step)) novalidate {
            (scene.hidden())
            (scene.reason("desk-dup-reason-answer"))
            (ui::actions(ui::submit(weight, &view.t(go))))
        }
    }
}

/// What would happen if one record stayed and the other gave way.
fn effects(scene: &Scene<'_>, preview: &Preview) -> Markup {
    let view = scene.view;
    let title = view.tw("desk-dup-if-kept", &[("keep", scene.called(preview.keep).into())]);
    let taken: Vec<String> = preview.taken.iter().map(|item| compare::item_label(view, *item)).collect();
    let told = |key: &str, count: usize| view.tw(key, &[("count", count.into())]);
    ui::card(
        &title,
        match preview.refused {
            Some(code) => ui::notice(Tone::Danger, view.t(&key_of(code))),
            None => html! {
                ul {
                    li { (view.tw("desk-dup-effect-gives-way", &[("given", scene.called(preview.given).into())])) }
                    @if !taken.is_empty() { li { (view.tw("desk-dup-effect-taken", &[("items", taken.join(", ").into())])) } }
                    @if preview.ties > 0 { li { (told("desk-dup-effect-ties", preview.ties)) } }
                    @if preview.residences_taken > 0 { li { (told("desk-dup-effect-residences-taken", preview.residences_taken)) } }
                    @if preview.residences_ended > 0 { li { (told("desk-dup-effect-residences-ended", preview.residences_ended)) } }
                    @if preview.another_head { li { (view.t("desk-dup-effect-head")) } }
                    li { (view.t("desk-dup-effect-undo")) }
                }
            },
        },
    )
}

fn history(scene: &Scene<'_>) -> Markup {
    let view = scene.view;
    let steps: Vec<ui::Step> = scene
        .seen
        .steps
        .iter()
        .map(|step| {
            let key = match step.kind {
                StepKind::Found => "desk-dup-step-found",
                StepKind::ProposedMerge => "desk-dup-step-proposed-merge",
                StepKind::ProposedDistinct => "desk-dup-step-proposed-distinct",
                StepKind::Refused => "desk-dup-step-refused",
                StepKind::Merged => "desk-dup-step-merged",
                StepKind::Distinct => "desk-dup-step-distinct",
                StepKind::Undone => "desk-dup-step-undone",
                StepKind::Reopened => "desk-dup-step-reopened",
            };
            let mut told = ui::Step::new(StepState::Done, view.t(key)).when(view.moment(step.at, view.now()));
            let agency = step.agency.as_ref().map(|a| scene.words.agency(a));
            let who: Vec<String> = [step.name.clone(), agency].into_iter().flatten().collect();
            if !who.is_empty() {
                told = told.who(who.join(", "));
            }
            match &step.reason {
                Some(reason) => told.more(html! { blockquote { (reason) } }),
                None => told,
            }
        })
        .collect();
    ui::timeline(view, &steps)
}
