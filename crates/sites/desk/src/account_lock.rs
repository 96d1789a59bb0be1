//! The account of a citizen who was looked up for it: why it is locked and by whom; locking and unlocking at the holder's wish,
//! with a paper for who lost everything; and the form by which an authority asks. Opened by a ticket that lasts minutes.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{FieldFault, PartialDate, vietnam_date};
use contracts::{Access, AccountId, IdentityLevel, Purpose};
use forms::{Fact, Person};
use identity::{
    IdentityError, LockReason, Ticket,
    locking::{Asks, Way, can_be_locked, way},
    model::{Holder, State as AccountState},
    ops::{self, comparison::Whom, lock_at_counter::AtCounter, lock_read::Locks, lock_request::Asking},
};
use maud::{Markup, html};
use webkit::{
    Form, Path, Problem, View, form_faults,
    i18n::{Errors, by_field},
    ui::{self, Choice, DateValue, Field, LineKind, Row, Tone, Weight},
};

use crate::{
    Desk,
    compare::{self, Comparing},
    counter, guardian,
    kept::{Sent, stamped},
    locks::{LOCKS, asks_key, reason_key},
    officer::{Officer, Part, frame},
    raise::Checking,
    words::Words,
};

/// What an authority may ask a lock for.
const IN_WRITING: [LockReason; 3] = [LockReason::Authority, LockReason::CardSeized, LockReason::Misuse];
/// Before the names of the fields of an authority's form: the holder's stands on the same page.
const ASK: &str = "ask-";

/// An account with its holder, and the device's part of this counter.
pub struct Seen {
    pub ticket: Ticket,
    pub locks: Locks,
    pub person: Person,
    pub comparing: Comparing,
}

/// The way to here from the person who was found.
pub fn door(view: &View, officer: &Officer, account: AccountId, ticket: &Ticket) -> Markup {
    html! {
        form method="post" action={ (LOCKS) "/account" } {
            (view.csrf())
            (stamped(officer))
            (carried(account, ticket))
            (ui::submit(Weight::Secondary, &view.t("desk-locks-open")))
        }
    }
}

fn carried(account: AccountId, ticket: &Ticket) -> Markup {
    html! {
        input type="hidden" name="account" value=(account);
        input type="hidden" name="ticket" value=(ticket.as_str());
    }
}

async fn load(desk: &Desk, officer: &Officer, account: AccountId, ticket: Ticket) -> Result<Seen, Problem> {
    let access = Access::new(&officer.actor, Purpose::LOCK_ACCOUNT);
    let mut tx = desk.store.begin().await?;
    let outcome = async {
        let locks = ops::lock_read(&desk.identity, &mut tx, &access, account, &ticket).await?;
        let told = [Fact::Name, Fact::Number];
        let person = desk.dossiers.register.facts(&mut tx, &access, locks.person, &told).await?;
        Ok::<_, IdentityError>((locks, person))
    }
    .await;
    let (locks, person) = tx.finish(outcome).await?;
    let comparing = Comparing::of(&desk.identity, &officer.actor);
    Ok(Seen { ticket, locks, person, comparing })
}

fn account_of(form: &Form) -> Result<(AccountId, Ticket), Problem> {
    let account = form.raw("account").parse().map_err(|_| Problem::not_found())?;
    Ok((AccountId(account), Ticket::parse(form.raw("ticket"))))
}

/// `POST /desk/locks/account`: the page of an account that was looked up.
pub async fn open(State(desk): State<Arc<Desk>>, view: View, sent: Sent) -> Result<Markup, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let (account, ticket) = account_of(&form)?;
    let seen = load(&desk, &officer, account, ticket).await?;
    Ok(page(&Words::new(&view, &desk), &view, &officer, &seen, &Form::default(), &[]))
}

/// What a step came to.
enum Done {
    /// Said at the next page.
    Said(String),
    /// A paper with a code.
    Paper(ops::account_reset::ResetIssued),
}

/// `POST /desk/locks/account/{step}`: lock, unlock (with a new beginning or without), or take an authority's form.
pub async fn step(
    State(desk): State<Arc<Desk>>,
    view: View,
    Path(step): Path<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let (account, ticket) = account_of(&form)?;
    let words = Words::new(&view, &desk);
    let whom = Some(Whom::Account(account));
    if let Some((comparing, faults)) = compare::pressed(&desk.identity, &officer.actor, &form, whom).await? {
        let seen = Seen { comparing, ..load(&desk, &officer, account, ticket).await? };
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return Ok((status, page(&words, &view, &officer, &seen, &form, &faults)).into_response());
    }
    let faults = match take(&desk, &view, &officer, account, &ticket, &step, &form).await? {
        Ok(Done::Said(said)) => {
            return Ok((view.flash(Tone::Good, said), Redirect::to("/desk/people")).into_response());
        }
        Ok(Done::Paper(issued)) => {
            let until = view.moment(issued.ends_at, view.now());
            let said = view.tw("desk-counter-reset-until", &[("when", until.into())]);
            return Ok(counter::paper(&words, &view, &officer, &issued.code, &said).into_response());
        }
        Err(faults) => faults,
    };
    let seen = load(&desk, &officer, account, ticket).await?;
    let page = page(&words, &view, &officer, &seen, &form, &faults);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn take(
    desk: &Desk,
    view: &View,
    officer: &Officer,
    account: AccountId,
    ticket: &Ticket,
    step: &str,
    form: &Form,
) -> Result<Result<Done, Vec<FieldFault>>, Problem> {
    let access = Access::new(&officer.actor, Purpose::LOCK_ACCOUNT);
    let cx = &desk.identity;
    let today = vietnam_date(view.now());
    if matches!(step, "ask-lock" | "ask-unlock") {
        let asks = if step == "ask-lock" { Asks::Lock } else { Asks::Unlock };
        let asking = asking(form, asks, today);
        let mut tx = desk.store.begin().await?;
        let taken = ops::lock_request_take(cx, &mut tx, &access, account, ticket, &asking).await;
        return Ok(match tx.finish(taken).await {
            Ok(due_on) => {
                Ok(Done::Said(view.tw("desk-locks-taken", &[("day", view.day(due_on, today).into())])))
            }
            Err(refused) => Err(named(form_faults(refused)?, |field| format!("{ASK}{field}"))),
        });
    }
    let checked = match Checking::checked(form) {
        Ok(checked) => checked,
        Err(faults) => return Ok(Err(faults)),
    };
    let input = AtCounter {
        ticket: ticket.clone(),
        checked,
        document: form.line("paper"),
        guardian: guardian::read(form, today),
    };
    let said = |key: &str| Done::Said(view.t(key));
    let mut tx = desk.store.begin().await?;
    let outcome = match (step, form.raw(compare::DO)) {
        ("lock", _) => {
            let locked = ops::lock_at_counter(cx, &mut tx, &access, account, &input).await;
            locked.map(|()| said("desk-locks-locked"))
        }
        ("unlock", "reset") => {
            let issued = ops::reset_at_counter(cx, &mut tx, &access, account, &input).await;
            issued.map(Done::Paper)
        }
        ("unlock", _) => {
            let opened = ops::unlock_at_counter(cx, &mut tx, &access, account, &input).await;
            opened.map(|()| said("desk-locks-unlocked"))
        }
        _ => return Err(Problem::not_found()),
    };
    match tx.finish(outcome).await {
        Ok(done) => Ok(Ok(done)),
        Err(refused) => {
            // On this page another question is about the document that was shown.
            let paper = |field: &str| if field == "document" { "paper" } else { field }.to_owned();
            Ok(Err(named(compare::fault(refused)?, paper)))
        }
    }
}

/// The faults at the fields as this page names them.
fn named(faults: Vec<FieldFault>, name: impl Fn(&str) -> String) -> Vec<FieldFault> {
    faults.into_iter().map(|fault| FieldFault { field: name(&fault.field), ..fault }).collect()
}

fn asking(form: &Form, asks: Asks, today: jiff::civil::Date) -> Asking {
    let line = |name: &str| form.line(&format!("{ASK}{name}"));
    let came_on = form.date(&format!("{ASK}came_on"), today);
    Asking {
        asks,
        reason: LockReason::parse(&line("reason")),
        asked_by: line("asked_by"),
        document: line("document"),
        came_on: came_on.and_then(Result::ok).and_then(PartialDate::exact),
    }
}

/// The page as a whole.
pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    seen: &Seen,
    form: &Form,
    faults: &[FieldFault],
) -> Markup {
    let title = view.t("desk-locks-account");
    let errors = by_field(view, faults);
    frame(words, view, officer, Part::Accounts, &title).error(!faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::back_link("/desk/people", &view.t("desk-nav-people")))
        (ui::error_summary(view, faults))
        h1 { (title) }
        div.columns {
            div { (state(words, view, seen)) }
            div { (steps(words, view, officer, seen, form, &errors)) }
        }
    })
}

/// Whose account it is and how it stands.
fn state(words: &Words<'_>, view: &View, seen: &Seen) -> Markup {
    let today = vietnam_date(view.now());
    let Locks { account, reason, lock, .. } = &seen.locks;
    let fact = |fact: Fact| words.fact(fact, &seen.person.value(fact, today));
    let is_locked = account.state == AccountState::Locked;
    let tag = if is_locked {
        ui::tag(Tone::Danger, &view.t("desk-staff-state-locked"))
    } else {
        ui::tag(Tone::Good, &view.t("desk-staff-state-active"))
    };
    let level = match account.holder {
        Holder::Citizen { level: IdentityLevel::Two, .. } => "desk-account-level-2",
        _ => "desk-account-level-1",
    };
    let mut rows = vec![
        Row::new(Fact::Name.label(view.lang()), fact(Fact::Name)),
        Row::new(Fact::Number.label(view.lang()), fact(Fact::Number)),
        Row::new(view.t("desk-counter-level"), view.t(level)),
        Row::new(view.t("desk-locks-state"), tag),
    ];
    if let Some(reason) = reason {
        rows.push(Row::new(view.t("desk-locks-why"), view.t(reason_key(*reason))));
    }
    if let Some(lock) = lock.as_ref().filter(|_| is_locked) {
        let by = match (&lock.agency, lock.reason) {
            (Some(agency), _) => words.agency(agency),
            (None, LockReason::OwnRequest) => view.t("desk-locks-by-holder"),
            (None, _) => view.t("desk-locks-by-record"),
        };
        rows.push(Row::new(view.t("desk-locks-by"), by));
        rows.push(Row::new(view.t("desk-locks-since"), view.moment(lock.since, view.now())));
    }
    ui::card(&view.t("desk-account-of-person"), ui::summary(view, &rows))
}

/// What can be done, by how the account is locked.
fn steps(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    seen: &Seen,
    form: &Form,
    errors: &Errors,
) -> Markup {
    let Locks { account, reason, ours, request, .. } = &seen.locks;
    let today = vietnam_date(view.now());
    // One form of an authority at a time; the holder waits for none.
    let asked =
        |asks| html! { @if request.is_none() { (ask_form(view, officer, seen, asks, form, errors)) } };
    let may_lock = can_be_locked(account.state, *reason, LockReason::Authority);
    html! {
        @if let Some(request) = request {
            (ui::notice(Tone::Wait, html! {
                p { strong { (view.t("desk-locks-waits")) } " " (words.due_tag(request.due_on, today)) }
                p { (view.t(asks_key(request.asks))) ": " (view.t(reason_key(request.reason))) }
            }))
        }
        @match reason.map(|reason| (way(reason), reason)) {
            None => { (own_form(view, officer, seen, Asks::Lock, form, errors)) }
            Some((Way::AtOnce, _)) => { (own_form(view, officer, seen, Asks::Unlock, form, errors)) }
            Some((Way::InWriting, _)) if *ours => { (asked(Asks::Unlock)) }
            Some((Way::InWriting, _)) => { (ui::notice(Tone::Wait, view.t("desk-locks-of-another"))) }
            Some((Way::NotHere, LockReason::NationalityLost | LockReason::Merged)) => { (ui::notice(Tone::Wait, view.t("desk-locks-of-record"))) }
            Some((Way::NotHere, LockReason::Deceased)) => { (ui::notice(Tone::Wait, view.t("desk-locks-of-death"))) }
            Some((Way::NotHere, _)) => { (ui::notice(Tone::Wait, view.t("desk-locks-of-card"))) }
        }
        @if may_lock { (asked(Asks::Lock)) }
    }
}

/// The holder is here.
fn own_form(view: &View, officer: &Officer, seen: &Seen, asks: Asks, form: &Form, errors: &Errors) -> Markup {
    let [presents, documents, bases] = counter::checked_choices(view, seen.locks.whose);
    let field = |name: &str, key: &str| Field::new(name, view.t(key)).errors(errors);
    let radios = |name: &str, key: &str, choices: &[Choice]| {
        ui::radios(view, &field(name, key), choices, form.raw(name))
    };
    let (step, title, text) = match asks {
        Asks::Lock => ("lock", "desk-locks-own-lock", "desk-locks-own-lock-text"),
        Asks::Unlock => ("unlock", "desk-locks-own-unlock", "desk-locks-own-unlock-text"),
    };
    // Locking waits for no device; what opens an account of level 2 does.
    let is_level_two = matches!(seen.locks.account.holder, Holder::Citizen { level: IdentityLevel::Two, .. });
    let on_device = asks == Asks::Unlock && is_level_two;
    ui::card(
        &view.t(title),
        html! {
            p { (view.t(text)) }
            form method="post" action={ (LOCKS) "/account/" (step) } novalidate {
                (view.csrf())
                (stamped(officer))
                (carried(seen.locks.account.id, &seen.ticket))
                (ui::enter_sends(compare::DO, step))
                (radios("present", "desk-raise-present", &presents))
                @if asks == Asks::Unlock { (guardian::part(view, form, errors)) }
                (radios("document", "desk-raise-document", &documents))
                @if on_device { (compare::part(view, &seen.comparing, form, errors, &bases)) }
                @else { (radios("basis", "desk-raise-basis", &bases)) }
                (ui::line(view, &field("paper", "desk-locks-document").hint(view.t("desk-locks-document-hint")), form.raw("paper"), LineKind::Text))
                @match asks {
                    Asks::Lock => { (ui::actions(ui::submit_as(Weight::Danger, compare::DO, step, &view.t("desk-locks-lock")))) }
                    Asks::Unlock => {
                        (ui::actions(html! {
                            (ui::submit_as(Weight::Primary, compare::DO, step, &view.t("desk-locks-unlock")))
                            (ui::submit_as(Weight::Secondary, compare::DO, "reset", &view.t("desk-locks-reset")))
                        }))
                        p.quiet { (view.t("desk-locks-reset-text")) }
                    }
                }
            }
        },
    )
}

/// An authority asks in writing; somebody else decides.
fn ask_form(view: &View, officer: &Officer, seen: &Seen, asks: Asks, form: &Form, errors: &Errors) -> Markup {
    let named = |name: &str| format!("{ASK}{name}");
    let field = |name: &str, key: &str| Field::new(named(name), view.t(key)).errors(errors);
    let line = |name: &str, key: &str, hint: &str| {
        let field = field(name, key).hint(view.t(hint));
        ui::line(view, &field, form.raw(&named(name)), LineKind::Text)
    };
    let reasons = IN_WRITING.map(|reason| Choice::new(reason.as_str(), view.t(reason_key(reason))));
    let came = named("came_on");
    let day = match DateValue::typed(form, &came) {
        typed if form.has(&format!("{came}-day")) => typed,
        _ => DateValue::from(PartialDate::full(vietnam_date(view.now()))),
    };
    let (step, title) = match asks {
        Asks::Lock => ("ask-lock", "desk-locks-ask-lock"),
        Asks::Unlock => ("ask-unlock", "desk-locks-ask-unlock"),
    };
    ui::card(
        &view.t(title),
        html! {
            p { (view.t("desk-locks-ask-text")) }
            form method="post" action={ (LOCKS) "/account/" (step) } novalidate {
                (view.csrf())
                (stamped(officer))
                (carried(seen.locks.account.id, &seen.ticket))
                @if asks == Asks::Lock { (ui::radios(view, &field("reason", "desk-locks-why"), &reasons, form.raw(&named("reason")))) }
                (line("asked_by", "desk-locks-asked-by", "desk-locks-asked-by-hint"))
                (line("document", "desk-locks-document", "desk-locks-document-hint"))
                (ui::date(view, &field("came_on", "desk-locks-came-on").hint(view.t("desk-locks-came-on-hint")), &day))
                (ui::actions(ui::submit(Weight::Secondary, &view.t("desk-locks-ask-go"))))
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_authoritys_form_is_read_from_its_own_fields() {
        let form = Form::from_pairs([
            ("reason", "misuse"),
            ("ask-reason", "card_seized"),
            ("ask-asked_by", " Tòa án "),
            ("ask-document", "TK03 7/2026"),
            ("ask-came_on-day", "19"),
            ("ask-came_on-month", "11"),
            ("ask-came_on-year", "2026"),
        ]);
        let today = date(2026, 11, 20);
        let read = asking(&form, Asks::Lock, today);
        assert_eq!((read.reason, read.asked_by.as_str()), (Some(LockReason::CardSeized), "Tòa án"));
        assert_eq!((read.document.as_str(), read.came_on), ("TK03 7/2026", Some(date(2026, 11, 19))));
        let vague = Form::from_pairs([("ask-came_on-year", "2026")]);
        assert_eq!(asking(&vague, Asks::Lock, today).came_on, None);
    }
}
