//! The part of an identification that a device of the counter has: begin a comparison, look what came of it. It stands in the
//! forms of a file, of raising and of a new beginning; what was typed there stays.
//!
//! Where the counter has no device, nothing of this is shown, and the officer's own check is what a file stands on.

use base::{Fault, FieldFault, Kind};
use contracts::{
    Actor,
    biometrics::{Device, Outcome, Trait},
};
use identity::{
    ComparisonId, Identity, IdentityError, RaiseBasis,
    comparison::Told,
    ops::{
        self,
        comparison::{Look, Whom},
    },
};
use maud::{Markup, html};
use webkit::{
    Form, Problem, View,
    i18n::Errors,
    ui::{self, Choice, Field, Tone, Weight},
};

/// The button that was pressed.
pub const DO: &str = "do";
const COMPARE: &str = "compare";
const LOOK: &str = "look";
/// The hidden field with a comparison that was begun.
const COMPARISON: &str = "comparison";

/// How it stands with the devices of this counter.
#[derive(Debug, Clone, Default)]
pub struct Comparing {
    pub devices: Vec<Device>,
    pub begun: Option<(ComparisonId, Look)>,
}

impl Comparing {
    pub fn of(identity: &Identity, actor: &Actor) -> Self {
        Self { devices: ops::comparison::devices(identity, actor), begun: None }
    }

    fn told(&self) -> Option<Told> {
        match self.begun {
            Some((_, Look::Told(told))) => Some(told),
            _ => None,
        }
    }

    fn matched(&self) -> bool {
        self.told().is_some_and(|told| told.outcome == Outcome::Match)
    }
}

/// On what an identification stands, by its form: the device's word, once one was asked, or what the officer says.
pub fn basis(form: &Form) -> (Option<RaiseBasis>, Option<ComparisonId>) {
    match comparison(form) {
        Some(id) => (Some(RaiseBasis::Biometrics), Some(id)),
        None => (RaiseBasis::parse(form.raw("basis")).filter(|b| *b != RaiseBasis::Biometrics), None),
    }
}

fn comparison(form: &Form) -> Option<ComparisonId> {
    form.raw(COMPARISON).parse().ok().map(ComparisonId)
}

/// Does what one of the two buttons asks; none of them was pressed where nothing comes back.
pub async fn pressed(
    identity: &Identity,
    actor: &Actor,
    form: &Form,
    whom: Option<Whom<'_>>,
) -> Result<Option<(Comparing, Vec<FieldFault>)>, Problem> {
    let mut comparing = Comparing::of(identity, actor);
    let outcome = match (form.raw(DO), comparison(form)) {
        (COMPARE, _) => match whom {
            Some(whom) => begin(identity, actor, form, whom, &comparing.devices).await,
            None => Err(IdentityError::field("number", "identity.number_shape")),
        },
        (LOOK, Some(id)) => ops::comparison_look(identity, actor, id).await.map(|look| (id, look)),
        _ => return Ok(None),
    };
    let faults = match outcome {
        Ok(begun) => {
            comparing.begun = Some(begun);
            Vec::new()
        }
        Err(fault) if !fault.fields().is_empty() => fault.fields().to_vec(),
        Err(fault) if fault.kind() == Kind::Bug => return Err(fault.into()),
        Err(fault) => {
            let field = if fault.kind() == Kind::NotFound { "number" } else { "kinds" };
            vec![FieldFault { args: fault.args(), ..FieldFault::new(field, fault.code()) }]
        }
    };
    Ok(Some((comparing, faults)))
}

/// What was begun before, when a form is shown again: the device's word stays until it is spent.
pub async fn kept(identity: &Identity, actor: &Actor, form: &Form) -> Comparing {
    let mut comparing = Comparing::of(identity, actor);
    if let Some(id) = comparison(form)
        && let Ok(look) = ops::comparison_look(identity, actor, id).await
    {
        comparing.begun = Some((id, look));
    }
    comparing
}

async fn begin(
    identity: &Identity,
    actor: &Actor,
    form: &Form,
    whom: Whom<'_>,
    devices: &[Device],
) -> Result<(ComparisonId, Look), IdentityError> {
    let kinds: Vec<Trait> = form.all("kinds").into_iter().filter_map(Trait::parse).collect();
    let only = devices.first().filter(|_| devices.len() == 1).map(|device| device.id.as_str());
    let device = only.unwrap_or(form.raw("device"));
    let id = ops::comparison_begin(identity, actor, whom, device, &kinds).await?;
    Ok((id, Look::Waiting))
}

/// An operation's word against the check, where the officer can mend it; the rest ends the request.
pub fn fault(refused: IdentityError) -> Result<Vec<FieldFault>, Problem> {
    match refused {
        IdentityError::ComparisonNeeded | IdentityError::ComparisonOver => {
            Ok(vec![FieldFault::new("basis", refused.code())])
        }
        IdentityError::GuardianNeeded => Ok(vec![FieldFault::new("guardian", refused.code())]),
        IdentityError::LevelTooHigh => Ok(vec![FieldFault::new("present", refused.code())]),
        refused if !refused.fields().is_empty() => Ok(refused.fields().to_vec()),
        refused => Err(refused.into()),
    }
}

/// What the form shows: the device's part where there is one, and what the officer says where the device has not spoken.
pub fn part(view: &View, comparing: &Comparing, form: &Form, errors: &Errors, bases: &[Choice]) -> Markup {
    let own = || {
        let key = if comparing.devices.is_empty() { "desk-raise-basis" } else { "desk-compare-own" };
        ui::radios(view, &Field::new("basis", view.t(key)).errors(errors), bases, form.raw("basis"))
    };
    if comparing.devices.is_empty() {
        return own();
    }
    html! {
        @match &comparing.begun {
            Some((id, Look::Waiting)) => {
                (ui::notice(Tone::Wait, html! {
                    p { strong { (view.t("desk-compare-waiting")) } }
                    p { (view.t("desk-compare-waiting-text")) }
                    (ui::submit_as(Weight::Secondary, DO, LOOK, &view.t("desk-compare-look")))
                    (hidden(*id))
                }))
            }
            Some((id, Look::Told(told))) if comparing.matched() => {
                (ui::notice(Tone::Good, html! {
                    p { strong { (view.t("desk-compare-match")) } }
                    p { (quality(view, *told)) " " (view.t("desk-compare-match-text")) }
                    (hidden(*id))
                }))
            }
            begun => {
                @if let Some((_, Look::Told(told))) = begun {
                    (ui::notice(Tone::Danger, html! {
                        p { strong { (view.t(if told.outcome == Outcome::NoMatch { "desk-compare-no-match" } else { "desk-compare-bad-capture" })) } }
                        p { (quality(view, *told)) " " (view.t("desk-compare-again-text")) }
                    }))
                }
                (ask(view, comparing, form, errors))
                (own())
            }
        }
    }
}

fn hidden(id: ComparisonId) -> Markup {
    html! { input type="hidden" name=(COMPARISON) value=(id); }
}

fn quality(view: &View, told: Told) -> String {
    view.tw("desk-compare-quality", &[("quality", i64::from(told.quality).into())])
}

fn ask(view: &View, comparing: &Comparing, form: &Form, errors: &Errors) -> Markup {
    let kinds = [(Trait::Face, "desk-compare-face"), (Trait::Fingerprint, "desk-compare-fingerprint")]
        .map(|(kind, key)| Choice::new(kind.as_str(), view.t(key)));
    let devices: Vec<Choice> = comparing.devices.iter().map(|d| Choice::new(&d.id, &d.name)).collect();
    // Everything that a device compares, unless the officer chooses.
    let chosen = if form.has("kinds") { form.all("kinds") } else { Trait::ALL.map(Trait::as_str).to_vec() };
    html! {
        (ui::checkboxes(view, &Field::new("kinds", view.t("desk-compare-title")).hint(view.t("desk-compare-hint")).errors(errors), &kinds, &chosen))
        @if devices.len() > 1 {
            (ui::radios(view, &Field::new("device", view.t("desk-compare-device")), &devices, form.raw("device")))
        }
        (ui::submit_as(Weight::Secondary, DO, COMPARE, &view.t("desk-compare-go")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_mended_stands_at_its_field() {
        let field = |e: IdentityError| fault(e).ok().map(|faults| faults[0].field.clone());
        assert_eq!(field(IdentityError::GuardianNeeded).as_deref(), Some("guardian"));
        assert_eq!(field(IdentityError::LevelTooHigh).as_deref(), Some("present"));
        assert_eq!(field(IdentityError::ComparisonOver).as_deref(), Some("basis"));
        let unsigned = IdentityError::field("signed", "identity.guardian_sign");
        assert_eq!(field(unsigned).as_deref(), Some("signed"));
        assert_eq!(field(IdentityError::LookUpFirst), None);
    }
}
