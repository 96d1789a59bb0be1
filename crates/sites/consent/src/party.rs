//! Who asks and for what, as every question shows it: the card of the asker, the list of what they would learn, the list
//! of what they would not.

use base::Text;
use maud::{Markup, html};
use openid::claims::Claim;
use webkit::{
    View,
    i18n::key_of,
    ui::{self, Icon, Tone},
};

/// The relying party, as it was approved.
#[derive(Debug, Clone)]
pub struct Party {
    pub name: Text,
    pub organisation: String,
    /// Meets made-up people only; a real one was looked through and approved.
    pub is_sandbox: bool,
    pub purpose: Text,
    pub policy_uri: Option<String>,
}

/// A longer name is said in full once.
const SHORT_CHARS_MAX: usize = 40;

impl Party {
    /// How the asker is called after it was named.
    pub fn short_name(&self, view: &View) -> String {
        let name = view.text(&self.name);
        if name.chars().count() > SHORT_CHARS_MAX { view.t("consent-this-party") } else { name.to_owned() }
    }
}

/// One thing that the asker would learn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub claim: Claim,
    pub legal_basis: String,
    /// What this one is for, where it is for something else than the rest.
    pub purpose: Option<Text>,
    /// The person may leave it out.
    pub is_free: bool,
    /// Allowed before, and still in force.
    pub is_remembered: bool,
}

/// The field of what a person leaves out, and its values are claims.
pub const WITHOUT: &str = "without";

/// What a claim tells, in a sentence. `places` are those that the question is about.
pub fn claim_words(view: &View, claim: Claim, places: &[String]) -> String {
    let key = claim_key(claim);
    if claim == Claim::ResidentOf && !places.is_empty() {
        return view.tw("consent-claim-resident-of-places", &[("places", places.join(", ").into())]);
    }
    view.t(&key)
}

pub fn claim_key(claim: Claim) -> String {
    format!("consent-claim-{}", key_of(claim.as_str()))
}

/// The card of the asker.
pub fn card(view: &View, party: &Party) -> Markup {
    html! {
        section.card.consent-party aria-label=(view.t("consent-asker")) {
            (Icon::Building.large())
            div {
                p.consent-name { (view.text(&party.name)) }
                @if !party.organisation.is_empty() { p { (party.organisation) } }
                @if party.is_sandbox { (ui::tag(Tone::Wait, &view.t("consent-sandbox"))) }
                @else { (ui::tag(Tone::Good, &view.t("consent-verified"))) }
            }
        }
    }
}

/// What the asker would learn, one thing a line, and what they would not. Stands inside the form: a free item has a box to
/// leave it out.
pub fn items(view: &View, party: &Party, items: &[Item], places: &[String]) -> Markup {
    let mut shown: Vec<&Item> = items.iter().collect();
    // What says least stands first.
    shown.sort_by_key(|item| !item.claim.is_derived());
    let one_law = common_law(laws(items)).is_some();
    let name = party.short_name(view);
    html! {
        section.flow {
            h2 { (view.tw("consent-learns", &[("name", name.as_str().into())])) }
            ul.consent-items {
                @if shown.is_empty() {
                    li { (Icon::Check) div { strong { (view.t("consent-nothing")) } p.quiet { (view.t("consent-nothing-means")) } } }
                }
                @for item in shown { (line(view, item, places, one_law)) }
            }
        }
        section.flow {
            h2 { (view.tw("consent-learns-not", &[("name", name.as_str().into())])) }
            ul.consent-items.consent-not { @for key in withheld(items) {
                li { (Icon::CircleX) span { (view.t(key)) } }
            } }
        }
    }
}

/// The law of all, where it is one: said once for all of them.
pub fn common_law<'a>(mut laws: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let law = laws.next()?;
    laws.all(|other| other == law).then_some(law)
}

pub fn laws(items: &[Item]) -> impl Iterator<Item = &str> {
    items.iter().map(|item| item.legal_basis.as_str())
}

fn line(view: &View, item: &Item, places: &[String], one_law: bool) -> Markup {
    let id = format!("without-{}", item.claim);
    let words = claim_words(view, item.claim, places);
    html! {
        li {
            (Icon::Check)
            div {
                strong { (words) }
                @if item.is_remembered { " " (ui::tag(Tone::Plain, &view.t("consent-before"))) }
                p.quiet { (view.t(&format!("{}-means", claim_key(item.claim)))) }
                @if let Some(purpose) = &item.purpose { p.quiet { (for_what(view, purpose)) } }
                @if !one_law {
                    p.quiet { (view.tw("consent-law", &[("law", item.legal_basis.as_str().into())])) }
                }
                @if item.is_free {
                    div.choice {
                        input type="checkbox" id=(id) name=(WITHOUT) value=(item.claim);
                        label for=(id) { (view.t("consent-leave-out")) span.hidden { ": " (words) } }
                    }
                }
            }
        }
    }
}

/// What one claim is for.
pub fn for_what(view: &View, purpose: &Text) -> String {
    view.tw("consent-purpose-of", &[("purpose", view.text(purpose).into())])
}

/// What somebody may fear to give away and does not, the most personal first.
fn withheld(items: &[Item]) -> Vec<&'static str> {
    let asked = |claim: Claim| items.iter().any(|item| item.claim == claim);
    let mut keys: Vec<&'static str> = [
        (Claim::PersonalNumber, "consent-not-number"),
        (Claim::Birthdate, "consent-not-birthdate"),
        (Claim::Name, "consent-not-name"),
    ]
    .into_iter()
    .filter(|(claim, _)| !asked(*claim))
    .map(|(_, key)| key)
    .collect();
    keys.extend(["consent-not-address", "consent-not-password", "consent-not-dossiers"]);
    keys
}
