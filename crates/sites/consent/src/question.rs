//! The page of a question, whoever asks it and by whichever way: who, what, for what, until when, and two answers.
//!
//! Both answers have the same size, weight and distance. No box is ticked in advance: yes to the list is yes to what the
//! list shows, and whatever a person may leave out has a box of its own.

use base::FieldFault;
use contracts::{Login, ports::ActingFor};
use http::StatusCode;
use jiff::Timestamp;
use maud::{Markup, Render, html};
use openid::{Changed, Choice, Claim, Question as Asked, Reason, Seen, sandbox::Persona};
use webkit::{
    Form, View,
    i18n::{by_field, key_of},
    ui::{self, Choice as Radio, Field, Icon, Row, Tone, Weight},
};

use crate::{
    party::{self, Item, Party, WITHOUT},
    visit::{self, Visit},
};

/// The form field that says which page is answered.
const SEEN: &str = "seen";
/// The form field of the answer, and its two values.
const ANSWER: &str = "answer";
const ALLOW: &str = "allow";
const REFUSE: &str = "refuse";
/// Boxes: ask again next time; go on when I am away.
const ONCE: &str = "once";
const OFFLINE: &str = "offline";
/// Of a sandbox: who to be.
const PERSONA: &str = "persona";
/// For whom the person acts: an organisation's id, or nobody else.
const ORGANISATION: &str = "organisation";
const MYSELF: &str = "none";

/// What is put to a person.
#[derive(Debug, Clone)]
pub struct Question {
    /// Goes with the form: which page this is, and for whom.
    pub seen: Seen,
    pub party: Party,
    pub items: Vec<Item>,
    /// Names of the places that `resident_of` is about.
    pub places: Vec<String>,
    /// The asker wants to go on when the person is away.
    pub offline: bool,
    /// Until when a yes is remembered; none when it is for this one time.
    pub remembered_until: Option<Timestamp>,
    /// After that the question is void.
    pub until: Timestamp,
    /// When whoever answers signed in.
    pub signed_in_at: Timestamp,
    /// The made-up people of a sandbox, one of whom the tester is for this once.
    pub personas: &'static [Persona],
    /// For whom the person may act, where the asker wants to know; nobody is chosen in advance.
    pub organisations: Vec<ActingFor>,
}

impl Question {
    /// The domain's question in words.
    pub fn of(v: &Visit, asked: &Asked) -> Self {
        let items = asked.asked.iter().map(|one| Item {
            claim: one.claim,
            legal_basis: one.legal_basis.clone(),
            purpose: one.purpose.clone(),
            is_free: !one.essential,
            is_remembered: one.remembered,
        });
        Self {
            seen: asked.seen.clone(),
            party: Party {
                name: asked.name.clone(),
                organisation: v.site.organisation(v, &asked.owner),
                is_sandbox: !asked.personas.is_empty(),
                purpose: asked.purpose.clone(),
                policy_uri: asked.policy_uri.clone(),
            },
            items: items.collect(),
            places: asked.places.iter().map(|code| v.site.place(v, code)).collect(),
            offline: asked.offline,
            remembered_until: Some(asked.remembered_until),
            until: asked.until,
            signed_in_at: v.login.as_ref().map_or_else(|| v.now(), |login| login.at),
            personas: asked.personas,
            organisations: asked.organisations.clone(),
        }
    }

    /// The same where the person is asked each time.
    #[must_use]
    pub fn once(self) -> Self {
        Self { remembered_until: None, ..self }
    }
}

/// Why a form is no answer: the page is shown again with it.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    Faults(Vec<FieldFault>),
    /// Another page was answered than this one.
    Changed(Changed),
}

/// Nothing was answered yet.
impl Default for Unread {
    fn default() -> Self {
        Self::Faults(Vec::new())
    }
}

impl Unread {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Faults(faults) if faults.is_empty() => StatusCode::OK,
            Self::Faults(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Changed(_) => StatusCode::CONFLICT,
        }
    }

    fn faults(&self) -> &[FieldFault] {
        match self {
            Self::Faults(faults) => faults,
            Self::Changed(_) => &[],
        }
    }

    fn one(field: &'static str, code: &'static str) -> Self {
        Self::Faults(vec![FieldFault::new(field, code)])
    }
}

/// What a form answers: what was chosen, nothing for a no. A no is a no, whatever page it stood on.
pub fn read(form: &Form, asked: &Asked) -> Result<Option<Choice>, Unread> {
    let seen = Seen::parse(form.raw(SEEN));
    match form.raw(ANSWER) {
        REFUSE => Ok(None),
        ALLOW => {
            Seen::still(seen.as_ref(), &asked.seen).map_err(Unread::Changed)?;
            if !asked.personas.is_empty() && form.raw(PERSONA).is_empty() {
                return Err(Unread::one(PERSONA, "consent.persona_needed"));
            }
            if !asked.organisations.is_empty() && form.raw(ORGANISATION).is_empty() {
                return Err(Unread::one(ORGANISATION, "consent.organisation_needed"));
            }
            let without = form.all(WITHOUT);
            let kept = |claim: &Claim| !without.contains(&claim.as_str());
            Ok(Some(Choice {
                seen,
                claims: asked.asked.iter().map(|one| one.claim).filter(kept).collect(),
                only_once: form.has(ONCE),
                offline: form.has(OFFLINE),
                persona: Some(form.line(PERSONA)).filter(|code| !code.is_empty()),
                organisation: form.raw(ORGANISATION).parse().ok(),
            }))
        }
        _ => Err(Unread::one(ANSWER, "consent.answer_needed")),
    }
}

/// Whether a form was drawn for somebody else than who is signed in now.
pub fn is_of_another(form: &Form, login: &Login) -> bool {
    Seen::parse(form.raw(SEEN)).is_some_and(|seen| !seen.is_for(login.actor.account))
}

/// A question with its two answers, which go to `action`. `fields` and `lead` are what only this way of asking has: what its
/// form sends too, and a message or a code to compare.
pub fn page(
    view: &View,
    question: &Question,
    action: &str,
    fields: &Markup,
    lead: impl Render,
    unread: &Unread,
) -> Markup {
    let (party, faults) = (&question.party, unread.faults());
    let title = view.tw("consent-title", &[("name", view.text(&party.name).into())]);
    visit::frame(view, &title).wide().error(!faults.is_empty()).page(html! {
        (visit::styles(view))
        (ui::error_summary(view, faults))
        @if let Unread::Changed(changed) = unread { (ui::notice(Tone::Wait, view.t(&key_of(changed.code())))) }
        h1 { (title) }
        @if party.is_sandbox { (ui::notice(Tone::Wait, view.t("consent-sandbox-about"))) }
        div.consent-ask {
            div.flow { (party::card(view, party)) (lead) }
            div.consent-terms { (terms(view, question)) }
            form method="post" action=(action) novalidate {
                (view.csrf())
                input type="hidden" name=(SEEN) value=(question.seen);
                (fields)
                (people(view, question.personas, faults))
                (acting(view, &question.organisations, faults))
                (party::items(view, party, &question.items, &question.places))
                (wishes(view, question))
                (answers(view))
            }
            (notes(view, question))
        }
    })
}

/// What somebody may want to know before they answer.
fn notes(view: &View, question: &Question) -> Markup {
    html! {
        div.flow.consent-notes {
            p.quiet { (view.tw("consent-signed-in", &[("when", view.moment(question.signed_in_at, view.now()).into())])) }
            p.quiet { (view.t("consent-withdraw-later")) " " (view.t("consent-receipts-kept")) }
            p.quiet { (view.tw("consent-ends", &[("when", view.moment(question.until, view.now()).into())])) }
        }
    }
}

/// For what, and until when.
fn terms(view: &View, question: &Question) -> Markup {
    let party = &question.party;
    let until = match question.remembered_until {
        Some(until) => view.tw("consent-until-day", &[("day", view.date(base::vietnam_date(until)).into())]),
        None => view.t("consent-until-once"),
    };
    let mut rows = vec![
        Row::new(view.t("consent-purpose"), view.text(&party.purpose)),
        Row::new(view.t("consent-in-force"), until),
    ];
    if let Some(law) = party::common_law(party::laws(&question.items)) {
        rows.insert(1, Row::new(view.t("consent-law-all"), law));
    }
    if let Some(policy) = &party.policy_uri {
        // Opens beside the question, which stays as it is.
        let link = html! { a href=(policy) target="_blank" rel="noopener noreferrer" { (view.t("consent-policy-open")) } };
        rows.push(Row::new(view.t("consent-policy"), link));
    }
    ui::summary(view, &rows)
}

fn wishes(view: &View, question: &Question) -> Markup {
    let once = Field::new(ONCE, view.t("consent-only-once"));
    let name = question.party.short_name(view);
    let offline = Field::new(OFFLINE, view.tw("consent-offline", &[("name", name.into())]));
    html! {
        @if question.offline { (ui::checkbox(view, &offline, "1", false)) }
        @if question.remembered_until.is_some() && !question.items.is_empty() { (ui::checkbox(view, &once, "1", false)) }
    }
}

/// Two buttons that weigh the same.
fn answers(view: &View) -> Markup {
    html! {
        div.consent-answers #{ "f-" (ANSWER) } tabindex="-1" {
            button.button.secondary type="submit" name=(ANSWER) value=(ALLOW) { (Icon::Check) (view.t("consent-allow")) }
            button.button.secondary type="submit" name=(ANSWER) value=(REFUSE) { (Icon::CircleX) (view.t("consent-refuse")) }
        }
    }
}

fn people(view: &View, personas: &[Persona], faults: &[FieldFault]) -> Markup {
    let choices: Vec<Radio> =
        personas.iter().map(|p| Radio::new(p.code, p.name).hint(view.text(&p.about()))).collect();
    let field = Field::new(PERSONA, view.t("consent-persona")).errors(&by_field(view, faults));
    html! { @if !choices.is_empty() { (ui::radios(view, &field, &choices, "")) } }
}

/// For whom: the choice is the person's each time.
fn acting(view: &View, organisations: &[ActingFor], faults: &[FieldFault]) -> Markup {
    let role = |one: &ActingFor| match one.role {
        "legal" => view.t("consent-acting-legal"),
        _ => view.t("consent-acting-authorised"),
    };
    let mut choices = vec![Radio::new(MYSELF, view.t("consent-acting-self"))];
    choices.extend(organisations.iter().map(|one| {
        let hint = format!("{} · {}", one.code, role(one));
        Radio::new(one.organisation.to_string(), &one.name).hint(hint)
    }));
    let field = Field::new(ORGANISATION, view.t("consent-acting"))
        .hint(view.t("consent-acting-hint"))
        .errors(&by_field(view, faults));
    html! { @if !organisations.is_empty() { (ui::radios(view, &field, &choices, "")) } }
}

/// A question that nobody can answer any more: it was answered, it is too old, or it belongs to another browser.
pub fn stale_page(view: &View) -> Markup {
    let title = view.t("consent-stale-title");
    visit::frame(view, &title).page(html! {
        (visit::styles(view))
        div.problem {
            (Icon::Clock.large())
            h1 { (title) }
            p.lead { (view.t("consent-stale-lead")) }
            p { (view.t("consent-stale-do")) }
            p { (ui::link_button_secondary("/", &view.t("consent-home"))) }
        }
    })
}

/// The end of a question whose answer goes somewhere else than to this browser.
pub fn done_page(view: &View, name: &str, is_allowed: bool) -> Markup {
    let (tone, key, means) = if is_allowed {
        (Tone::Good, "consent-answered-yes", "consent-done-yes-means")
    } else {
        (Tone::Plain, "consent-answered-no", "consent-done-no-means")
    };
    let title = view.t(key);
    visit::frame(view, &title).page(html! {
        (visit::styles(view))
        (ui::panel(tone, &title, html! { p { (view.tw(means, &[("name", name.into())])) } }))
        p { (view.t("consent-done-close")) }
        p { a href=(crate::given::GIVEN) { (view.t("consent-nav-given")) } }
    })
}

/// The question cannot be answered with yes: the account or the login is not what the asker needs.
pub fn over_page(view: &View, reason: Reason) -> Markup {
    let title = view.t("consent-over-title");
    visit::frame(view, &title).page(html! {
        (visit::styles(view))
        div.problem {
            (Icon::Info.large())
            h1 { (title) }
            p.lead { (view.t(&format!("openid-reason-{}", key_of(reason.as_str())))) }
            p { (view.t("consent-over-do")) }
            p { (ui::link_button_secondary("/", &view.t("consent-home"))) }
        }
    })
}

/// Instead of signing in more strongly: back, without anything being told.
pub fn unable_page(view: &View) -> Markup {
    let title = view.t("consent-unable-title");
    visit::frame(view, &title).page(html! {
        (visit::styles(view))
        h1 { (title) }
        p.lead { (view.t("consent-unable-lead")) }
        form method="post" {
            (view.csrf())
            (ui::actions(ui::submit(Weight::Primary, &view.t("consent-unable-go"))))
        }
    })
}
