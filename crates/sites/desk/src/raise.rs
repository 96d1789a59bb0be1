//! Raising an account to level 2 at the counter: the person was looked up a moment ago and stands there with their card.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{Fault, FieldFault};
use contracts::{Access, AccountId, Purpose};
use identity::{
    Checked, Document, IdentityError, Present, Ticket,
    ops::{account_raise::account_raise, comparison::Whom},
    ticket::TICKET_LIFE,
};
use maud::{Markup, html};
use uuid::Uuid;
use webkit::{
    Form, Problem, View,
    i18n::by_field,
    ui::{self, Choice, Field, Tone, Weight},
};

use crate::{
    Desk,
    compare::{self, Comparing},
    counter,
    kept::{Sent, stamped},
    officer::Officer,
    people::{Answer, By, page},
    words::Words,
};

/// What the officer says of the check at the counter.
pub struct Raising {
    account: AccountId,
    ticket: Ticket,
    typed: Form,
    comparing: Comparing,
    faults: Vec<FieldFault>,
}

impl Raising {
    pub fn new(account: AccountId, ticket: Ticket, comparing: Comparing) -> Self {
        Self { account, ticket, typed: Form::default(), comparing, faults: Vec::new() }
    }

    /// Who was checked, with which document and how: all three, or what is missing.
    pub fn checked(form: &Form) -> Result<Checked, Vec<FieldFault>> {
        let present = Present::parse(form.raw("present"));
        let document = Document::parse(form.raw("document"));
        let (basis, comparison) = compare::basis(form);
        if let (Some(present), Some(document), Some(basis)) = (present, document, basis) {
            return Ok(Checked { present, document, basis, comparison });
        }
        let missing =
            [("present", present.is_none()), ("document", document.is_none()), ("basis", basis.is_none())];
        let missing = missing.into_iter().filter(|(_, is_missing)| *is_missing);
        Err(missing.map(|(field, _)| FieldFault::new(field, "forms.required")).collect())
    }
}

/// `POST /desk/people/raise`: the person stands at the counter with their card, and was looked up a moment ago.
pub async fn raise(State(desk): State<Arc<Desk>>, view: View, sent: Sent) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let account = form.raw("account").parse::<Uuid>().map_err(|_| Problem::not_found())?;
    let (account, ticket) = (AccountId(account), Ticket::parse(form.raw("ticket")));
    let show = |status: StatusCode, comparing: Comparing, faults: Vec<FieldFault>| {
        let (typed, ticket) = (form.clone(), ticket.clone());
        let raising = Raising { account, ticket, typed, comparing, faults: faults.clone() };
        let (words, answer) = (Words::new(&view, &desk), Answer::Raising(raising));
        let page = page(&words, &view, &officer, By::Number, &Form::default(), &answer, &faults);
        (status, page).into_response()
    };
    let pressed = compare::pressed(&desk.identity, &officer.actor, &form, Some(Whom::Account(account)));
    if let Some((comparing, faults)) = pressed.await? {
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return Ok(show(status, comparing, faults));
    }
    let comparing = Comparing::of(&desk.identity, &officer.actor);
    let checked = match Raising::checked(&form) {
        Ok(checked) => checked,
        Err(faults) => return Ok(show(StatusCode::UNPROCESSABLE_ENTITY, comparing, faults)),
    };
    let access = Access::new(&officer.actor, Purpose::RAISE_LEVEL);
    let mut tx = desk.store.begin().await?;
    let outcome = account_raise(&desk.identity, &mut tx, &access, account, &ticket, checked).await;
    match tx.finish(outcome).await {
        Ok(()) => {}
        Err(e @ (IdentityError::ComparisonNeeded | IdentityError::ComparisonOver)) => {
            let faults = vec![FieldFault::new("basis", e.code())];
            return Ok(show(StatusCode::UNPROCESSABLE_ENTITY, comparing, faults));
        }
        Err(e) => return Err(e.into()),
    }
    Ok((view.flash(Tone::Good, view.t("desk-raise-done")), Redirect::to("/desk/people")).into_response())
}

pub fn raise_form(view: &View, officer: &Officer, raising: &Raising) -> Markup {
    let errors = by_field(view, &raising.faults);
    let [presents, documents, bases] = counter::checked_choices(view);
    let radios = |name: &str, label: &str, choices: &[Choice]| {
        let field = Field::new(name, view.t(label)).errors(&errors);
        ui::radios(view, &field, choices, raising.typed.raw(name))
    };
    let minutes = TICKET_LIFE.as_mins();
    html! {
        p { (view.tw("desk-raise-text", &[("minutes", minutes.into())])) }
        form method="post" action="/desk/people/raise" novalidate {
            (view.csrf())
            (stamped(officer))
            input type="hidden" name="account" value=(raising.account);
            input type="hidden" name="ticket" value=(raising.ticket.as_str());
            (ui::enter_sends(compare::DO, "raise"))
            (radios("present", "desk-raise-present", &presents))
            (radios("document", "desk-raise-document", &documents))
            (compare::part(view, &raising.comparing, &raising.typed, &errors, &bases))
            (ui::submit_as(Weight::Primary, compare::DO, "raise", &view.t("desk-raise-go")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_raised_only_with_who_which_document_and_how() {
        let missing = |pairs: &[(&str, &str)]| -> Vec<String> {
            let form = Form::from_pairs(pairs.iter().copied());
            Raising::checked(&form).err().unwrap_or_default().into_iter().map(|f| f.field).collect()
        };
        assert_eq!(missing(&[]), ["present", "document", "basis"]);
        assert_eq!(
            missing(&[("present", "holder"), ("basis", "seen"), ("document", "passport")]),
            ["document", "basis"]
        );
        let all = [("present", "holder"), ("document", "identity_card"), ("basis", "card_seen")];
        assert_eq!(missing(&all), [""; 0]);
    }
}
