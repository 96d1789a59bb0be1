//! Raising an account to level 2 at the counter: the person was looked up a moment ago and stands there with their card. And
//! what an officer says of that check, which a new beginning ([`counter::reset`]) takes, too.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{FieldFault, vietnam_date};
use contracts::{Access, AccountId, Purpose};
use identity::{
    Checked, Document, Present, Ticket,
    enrolment::Whose,
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
    counter, guardian,
    kept::{Sent, stamped},
    officer::Officer,
    people::{Answer, By, page},
    words::Words,
};

/// The hidden field that says whose account it is.
pub const WHOSE: &str = "whose";

/// What the officer says of the check at the counter.
pub struct Checking {
    /// Which documents are asked for; the operations know by themselves.
    pub whose: Whose,
    pub account: AccountId,
    pub ticket: Ticket,
    pub typed: Form,
    pub comparing: Comparing,
    pub faults: Vec<FieldFault>,
}

impl Checking {
    pub fn new(whose: Whose, account: AccountId, ticket: Ticket, comparing: Comparing) -> Self {
        Self { whose, account, ticket, typed: Form::default(), comparing, faults: Vec::new() }
    }

    /// Whose account it is, by the form that was sent.
    pub fn sent(form: &Form, comparing: Comparing) -> Result<Self, Problem> {
        let account = form.raw("account").parse::<Uuid>().map_err(|_| Problem::not_found())?;
        let ticket = Ticket::parse(form.raw("ticket"));
        let whose = Whose::parse(form.raw(WHOSE)).unwrap_or(Whose::Citizen);
        Ok(Self { typed: form.clone(), ..Self::new(whose, AccountId(account), ticket, comparing) })
    }

    /// The page again, with what is to be mended.
    pub fn shown(self, desk: &Desk, view: &View, officer: &Officer, answer: fn(Self) -> Answer) -> Response {
        let (words, faults) = (Words::new(view, desk), self.faults.clone());
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let by = self.by();
        let page = page(&words, view, officer, by, &Form::default(), &answer(self), &faults);
        (status, page).into_response()
    }

    /// How such a person is looked up.
    fn by(&self) -> By {
        if self.whose == Whose::Foreigner { By::Foreigner } else { By::Number }
    }

    /// The questions of a form, and the hidden fields that it needs.
    pub fn questions(&self, view: &View, officer: &Officer) -> Markup {
        let errors = by_field(view, &self.faults);
        let [presents, documents, bases] = counter::checked_choices(view, self.whose);
        let radios = |name: &str, label: &str, choices: &[Choice]| {
            let field = Field::new(name, view.t(label)).errors(&errors);
            ui::radios(view, &field, choices, self.typed.raw(name))
        };
        html! {
            (view.csrf())
            (stamped(officer))
            input type="hidden" name=(WHOSE) value=(self.whose.as_str());
            input type="hidden" name="account" value=(self.account);
            input type="hidden" name="ticket" value=(self.ticket.as_str());
            (radios("present", "desk-raise-present", &presents))
            (guardian::part(view, &self.typed, &errors))
            (radios("document", "desk-raise-document", &documents))
            (compare::part(view, &self.comparing, &self.typed, &errors, &bases))
        }
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
    let checking = Checking::sent(&form, compare::kept(&desk.identity, &officer.actor, &form).await)?;
    let again = |comparing: Comparing, faults: Vec<FieldFault>, checking: Checking| {
        Checking { comparing, faults, ..checking }.shown(&desk, &view, &officer, Answer::Raising)
    };
    let whom = Some(Whom::Account(checking.account));
    if let Some((comparing, faults)) = compare::pressed(&desk.identity, &officer.actor, &form, whom).await? {
        return Ok(again(comparing, faults, checking));
    }
    let checked = match Checking::checked(&form) {
        Ok(checked) => checked,
        Err(faults) => return Ok(again(checking.comparing.clone(), faults, checking)),
    };
    let access = Access::new(&officer.actor, Purpose::RAISE_LEVEL);
    let mut tx = desk.store.begin().await?;
    let guardian = guardian::read(&form, vietnam_date(view.now()));
    let (id, ticket) = (checking.account, &checking.ticket);
    let outcome =
        account_raise(&desk.identity, &mut tx, &access, id, ticket, checked, guardian.as_ref()).await;
    match tx.finish(outcome).await {
        Ok(()) => {}
        Err(e) => return Ok(again(checking.comparing.clone(), compare::fault(e)?, checking)),
    }
    let to = format!("/desk/people?by={}", checking.by().as_str());
    Ok((view.flash(Tone::Good, view.t("desk-raise-done")), Redirect::to(&to)).into_response())
}

pub fn raise_form(view: &View, officer: &Officer, raising: &Checking) -> Markup {
    let minutes = TICKET_LIFE.as_mins();
    html! {
        p { (view.tw("desk-raise-text", &[("minutes", minutes.into())])) }
        form method="post" action="/desk/people/raise" novalidate {
            (ui::enter_sends(compare::DO, "raise"))
            (raising.questions(view, officer))
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
            Checking::checked(&form).err().unwrap_or_default().into_iter().map(|f| f.field).collect()
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
