//! The officers of an agency, for its administrator and its head: who has which duty, new accounts, duties that begin and
//! end, locks. The second person confirms a new administrator here. A set-up code is shown once and never again.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{Fault, FieldFault, Kind, vietnam_date};
use contracts::{AccountId, Role};
use identity::{
    IdentityError, LockReason,
    model::{Period, State as AccountState},
    ops::{
        self,
        staff_create::{NewStaff, SetupIssued},
        staff_grant::{Grant, Granted},
        staff_list::{Proposal, StaffMember},
        staff_reset::ResetProposal,
    },
    policy::{self, Action as Right},
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use maud::{Markup, html};
use webkit::{
    Form, Path, Problem, View,
    i18n::{Errors, by_field},
    ui::{self, Choice, Column, DateValue, Field, Icon, LineKind, Tone, Weight},
};

use crate::{
    Desk,
    kept::{Sent, stamped},
    officer::{Officer, Part, frame},
    words::Words,
};

/// Where an agency's officers are managed.
pub const STAFF: &str = "/desk/staff";
/// Roles that an administrator gives alone; a head's and an administrator's take two people.
const GIVEN: [Role; 3] = [Role::Receiver, Role::Decider, Role::Auditor];
/// The fields of a duty's first and last day.
const FROM: &str = "valid_from";
const TO: &str = "valid_to";
/// Why an administrator locks an officer's account.
const LOCK_REASONS: [(LockReason, &str); 4] = [
    (LockReason::LeftService, "desk-lock-left-service"),
    (LockReason::OwnRequest, "desk-lock-own-request"),
    (LockReason::Misuse, "desk-lock-misuse"),
    (LockReason::Authority, "desk-lock-authority"),
];

/// What the page shows.
#[derive(Default)]
pub struct Staff {
    pub members: Vec<StaffMember>,
    pub proposals: Vec<Proposal>,
    /// Officers who are to begin anew, waiting for a second person.
    pub resets: Vec<ResetProposal>,
}

fn may(officer: &Officer, right: Right) -> bool {
    policy::allowed(&officer.actor, right).is_ok()
}

/// Whether this officer has anything to do here.
pub fn may_see(officer: &Officer) -> bool {
    may(officer, Right::ListStaff)
}

async fn load(desk: &Desk, officer: &Officer) -> Result<Staff, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = async {
        let members = ops::staff_list(&mut tx, &officer.actor, &officer.agency).await?;
        let proposals = ops::proposal_list(&mut tx, &officer.actor, &officer.agency).await?;
        let resets = ops::reset_list(&mut tx, &officer.actor, &officer.agency).await?;
        Ok::<_, IdentityError>(Staff { members, proposals, resets })
    }
    .await;
    Ok(tx.finish(outcome).await?)
}

/// `GET /desk/staff`.
pub async fn show(State(desk): State<Arc<Desk>>, officer: Officer, view: View) -> Result<Markup, Problem> {
    let staff = load(&desk, &officer).await?;
    Ok(page(&Words::new(&view, &desk), &view, &officer, &staff, &Form::default(), &[]))
}

/// The form of a new officer as it was left when the session ended.
pub async fn resume(desk: &Desk, view: &View, officer: &Officer, form: &Form) -> Option<Response> {
    let staff = load(desk, officer).await.ok()?;
    Some(page(&Words::new(view, desk), view, officer, &staff, form, &[]).into_response())
}

/// `POST /desk/staff`: makes an account. The code stands in the answer and nowhere else.
pub async fn create(State(desk): State<Arc<Desk>>, view: View, sent: Sent) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let words = Words::new(&view, &desk);
    let role = GIVEN.into_iter().find(|r| r.as_str() == form.raw("role"));
    let faults = match (role, period(&form, vietnam_date(view.now()))) {
        (None, Err(faults)) => [vec![FieldFault::new("role", "forms.required")], faults].concat(),
        (None, Ok(_)) => vec![FieldFault::new("role", "forms.required")],
        (Some(_), Err(faults)) => faults,
        (Some(role), Ok(period)) => {
            let new = NewStaff {
                login: form.line("login"),
                name: form.line("name"),
                agency: officer.agency.clone(),
                role,
                period,
            };
            match ops::staff_create(&desk.identity, &officer.actor, &new).await {
                Ok(issued) => return Ok(code_page(&words, &view, &officer, &issued).into_response()),
                Err(e @ IdentityError::LoginTaken) => vec![FieldFault::new("login", e.code())],
                Err(e) if e.kind() == Kind::Invalid => e.fields().to_vec(),
                Err(e) => return Err(e.into()),
            }
        }
    };
    let staff = load(&desk, &officer).await?;
    let page = page(&words, &view, &officer, &staff, &form, &faults);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// First and last day of a duty, as far as they were typed.
fn period(form: &Form, today: Date) -> Result<Period, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let mut day = |name: &str| match form.date(name, today)?.ok().and_then(|day| day.exact()) {
        None => {
            faults.push(FieldFault::new(name, "identity.period_day"));
            None
        }
        day => day,
    };
    let (first, last) = (day(FROM), day(TO));
    if faults.is_empty() { Ok(Period::of_days(first, last)) } else { Err(faults) }
}

/// `GET /desk/staff/{account}`.
pub async fn member(
    State(desk): State<Arc<Desk>>,
    officer: Officer,
    view: View,
    Path(account): Path<AccountId>,
) -> Result<Markup, Problem> {
    member_with(&desk, &officer, &view, account, &Form::default(), &[]).await
}

async fn member_with(
    desk: &Desk,
    officer: &Officer,
    view: &View,
    account: AccountId,
    form: &Form,
    faults: &[FieldFault],
) -> Result<Markup, Problem> {
    let staff = load(desk, officer).await?;
    let duties: Vec<&StaffMember> = staff.members.iter().filter(|m| m.account == account).collect();
    if duties.is_empty() {
        return Err(Problem::not_found());
    }
    Ok(member_page(&Words::new(view, desk), view, officer, &duties, form, faults))
}

/// `POST /desk/staff/{account}/{step}`: a code, a duty more or less, a lock, a confirmation.
pub async fn step(
    State(desk): State<Arc<Desk>>,
    view: View,
    Path((account, step)): Path<(AccountId, String)>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let (cx, actor, agency) = (&desk.identity, &officer.actor, &officer.agency);
    let role = Role::parse(form.raw("role")).ok_or_else(Problem::not_found);
    // Nobody else's account is managed here: not a citizen's, not that of an officer elsewhere.
    let staff = load(&desk, &officer).await?;
    if !staff.members.iter().any(|member| member.account == account) {
        return Err(Problem::not_found());
    }
    let mut tx = desk.store.begin().await?;
    let said = match step.as_str() {
        "code" => {
            let outcome = ops::setup_code_renew(cx, &mut tx, actor, account).await;
            let issued = tx.finish(outcome).await?;
            return Ok(code_page(&Words::new(&view, &desk), &view, &officer, &issued).into_response());
        }
        "grant" => {
            let role = role?;
            let granted = match period(&form, vietnam_date(view.now())) {
                Ok(period) => {
                    let grant = Grant { account, agency: agency.clone(), role, period };
                    let outcome = ops::staff_grant(cx, &mut tx, actor, &grant).await;
                    tx.finish(outcome).await
                }
                Err(faults) => Err(IdentityError::Invalid(faults)),
            };
            match granted {
                Ok(Granted::Now) => "desk-staff-granted",
                Ok(Granted::Proposed(_)) => "desk-staff-proposed",
                Err(IdentityError::Invalid(faults)) => {
                    let page = member_with(&desk, &officer, &view, account, &form, &faults).await?;
                    return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
                }
                Err(e) => return Err(e.into()),
            }
        }
        "end" => {
            let outcome = ops::staff_role_end(cx, &mut tx, actor, account, agency, role?).await;
            tx.finish(outcome).await?;
            "desk-staff-ended"
        }
        "lock" => {
            let found = LOCK_REASONS.into_iter().find(|(r, _)| r.as_str() == form.raw("reason"));
            let (reason, _) = found.ok_or_else(Problem::not_found)?;
            let outcome = ops::account_lock(cx, &mut tx, actor, account, reason);
            let outcome = outcome.await;
            tx.finish(outcome).await?;
            "desk-staff-locked"
        }
        "unlock" => {
            let outcome = ops::account_unlock(cx, &mut tx, actor, account).await;
            tx.finish(outcome).await?;
            "desk-staff-unlocked"
        }
        "reset" => {
            let outcome = ops::staff_reset_propose(&mut tx, actor, account, agency).await;
            tx.finish(outcome).await?;
            "desk-staff-reset-proposed"
        }
        "reset-confirm" => {
            let proposal = form.raw("proposal").parse().map_err(|_| Problem::not_found())?;
            let outcome = ops::staff_reset_confirm(cx, &mut tx, actor, account, proposal).await;
            let issued = tx.finish(outcome).await?;
            return Ok(code_page(&Words::new(&view, &desk), &view, &officer, &issued).into_response());
        }
        "confirm" => {
            let proposal = form.raw("proposal").parse().map_err(|_| Problem::not_found())?;
            let outcome = ops::staff_grant_confirm(&mut tx, actor, account, proposal).await;
            tx.finish(outcome).await?;
            "desk-staff-confirmed"
        }
        _ => return Err(Problem::not_found()),
    };
    Ok((view.flash(Tone::Good, view.t(said)), Redirect::to(STAFF)).into_response())
}

/// The list with what waits and the form of a new officer.
pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    staff: &Staff,
    form: &Form,
    faults: &[FieldFault],
) -> Markup {
    let title = view.t("desk-staff-title");
    frame(words, view, officer, Part::Staff, &title).error(!faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::error_summary(view, faults))
        h1 { (title) }
        p.quiet { (words.agency(&officer.agency)) }
        (proposals(words, view, officer, staff))
        (resets(view, officer, staff))
        div.desk-staff .columns[may(officer, Right::CreateStaff)] {
            div { (list(words, view, staff)) }
            @if may(officer, Right::CreateStaff) {
                div { (new_form(words, view, officer, form, faults)) }
            }
        }
    })
}

fn proposals(words: &Words<'_>, view: &View, officer: &Officer, staff: &Staff) -> Markup {
    html! {
        @for p in &staff.proposals {
            @let own = p.proposed_by == officer.actor.account || p.account == officer.actor.account;
            (ui::notice(Tone::Wait, html! {
                p { strong { (view.tw("desk-staff-proposal", &[("name", p.name.as_str().into()), ("role", words.role(p.role).into())])) } }
                p.quiet { (view.moment(p.proposed_at, view.now())) }
                @if let Some(held) = held(view, p.valid_from, p.valid_to) { p { (held) } }
                @if own { p { (view.t("desk-staff-proposal-own")) } }
                @else {
                    form method="post" action={ (STAFF) "/" (p.account) "/confirm" } {
                        (view.csrf())
                        (stamped(officer))
                        input type="hidden" name="proposal" value=(p.id);
                        (ui::submit(Weight::Secondary, &view.t("desk-staff-confirm")))
                    }
                }
            }))
        }
    }
}

/// One line for each person; the duties of one stand side by side.
fn list(words: &Words<'_>, view: &View, staff: &Staff) -> Markup {
    let columns = ["desk-staff-name", "desk-sign-in-login", "desk-staff-duties", "desk-staff-state"]
        .map(|key| Column::new(view.t(key)));
    let rows: Vec<Vec<Markup>> = staff
        .members
        .chunk_by(|a, b| a.account == b.account)
        .filter_map(|duties| duties.first().map(|m| (m, duties)))
        .map(|(m, duties)| {
            vec![
                html! { a href={ (STAFF) "/" (m.account) } { (m.name) } },
                html! { (m.login) },
                html! { @for (n, d) in duties.iter().enumerate() { @if n > 0 { br; } (duty(words, view, d)) } },
                state(view, m),
            ]
        })
        .collect();
    ui::table(view, &view.tw("desk-staff-count", &[("count", rows.len().into())]), &columns, &rows)
}

/// A duty with its days, where it is not simply held.
fn duty(words: &Words<'_>, view: &View, m: &StaffMember) -> Markup {
    let ahead = Some(m.valid_from).filter(|from| *from > view.now());
    html! {
        (words.role(m.role))
        @if let Some(held) = held(view, ahead, m.valid_to) { " " span.quiet { (held) } }
    }
}

/// From a first day on, until a last one, or both.
fn held(view: &View, from: Option<Timestamp>, to: Option<Timestamp>) -> Option<String> {
    let first = from.map(|from| view.date(vietnam_date(from)));
    // The end is the first moment after it.
    let last = to.map(|to| view.date(vietnam_date(to - SignedDuration::from_nanos(1))));
    match (first, last) {
        (None, None) => None,
        (Some(first), None) => Some(view.tw("desk-staff-from", &[("first", first.into())])),
        (None, Some(last)) => Some(view.tw("desk-staff-until", &[("last", last.into())])),
        (Some(first), Some(last)) => {
            Some(view.tw("desk-staff-between", &[("first", first.into()), ("last", last.into())]))
        }
    }
}

/// The days of a duty that is given.
fn days(view: &View, form: &Form, errors: &Errors) -> Markup {
    let day = |name: &str, label: &str, hint: &str| {
        let field = Field::new(name, view.t(label)).hint(view.t(hint)).optional().errors(errors);
        ui::date(view, &field, &DateValue::typed(form, name))
    };
    html! {
        (day(FROM, "desk-staff-first", "desk-staff-first-hint"))
        (day(TO, "desk-staff-last", "desk-staff-last-hint"))
    }
}

/// Who is to begin anew, once a second person agrees.
fn resets(view: &View, officer: &Officer, staff: &Staff) -> Markup {
    html! {
        @for p in &staff.resets {
            (ui::panel(Tone::Wait, &view.tw("desk-staff-reset-waits", &[("name", p.name.as_str().into())]), html! {
                @if p.proposed_by == officer.actor.account || p.account == officer.actor.account {
                    p { (view.t("desk-staff-proposal-own")) }
                } @else {
                    p { (view.t("desk-staff-reset-check")) }
                    form method="post" action={ (STAFF) "/" (p.account) "/reset-confirm" } {
                        (view.csrf())
                        (stamped(officer))
                        input type="hidden" name="proposal" value=(p.id);
                        (ui::submit(Weight::Primary, &view.t("desk-staff-reset-confirm")))
                    }
                }
            }))
        }
    }
}

fn state(view: &View, m: &StaffMember) -> Markup {
    match (m.state, m.is_set_up) {
        (AccountState::Locked, _) => ui::tag(Tone::Danger, &view.t("desk-staff-state-locked")),
        (AccountState::Closed, _) => ui::tag(Tone::Plain, &view.t("desk-account-is-closed")),
        (_, false) => ui::tag(Tone::Wait, &view.t("desk-staff-state-new")),
        (_, true) => ui::tag(Tone::Good, &view.t("desk-staff-state-active")),
    }
}

fn new_form(words: &Words<'_>, view: &View, officer: &Officer, form: &Form, faults: &[FieldFault]) -> Markup {
    let errors = by_field(view, faults);
    let roles = GIVEN.map(|r| Choice::new(r.as_str(), words.role(r)));
    let line = |name: &str, label: &str, hint: &str| {
        let field = Field::new(name, view.t(label)).hint(view.t(hint)).errors(&errors);
        ui::line(view, &field, form.raw(name), LineKind::Text)
    };
    ui::card(
        &view.t("desk-staff-new"),
        html! {
            form method="post" action=(STAFF) novalidate {
                (view.csrf())
                (stamped(officer))
                (line("name", "desk-people-name", "desk-staff-name-hint"))
                (line("login", "desk-sign-in-login", "desk-staff-login-hint"))
                (ui::radios(view, &Field::new("role", view.t("desk-account-role")).errors(&errors), &roles, form.raw("role")))
                (days(view, form, &errors))
                p.quiet { (view.t("desk-staff-administrator-two")) }
                (ui::actions(ui::submit(Weight::Primary, &view.t("desk-staff-create"))))
            }
        },
    )
}

/// One officer with what can be done about them.
pub fn member_page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    duties: &[&StaffMember],
    form: &Form,
    faults: &[FieldFault],
) -> Markup {
    let errors = by_field(view, faults);
    let Some(m) = duties.first() else { return html! {} };
    let manages = may(officer, Right::EndRole) && m.account != officer.actor.account;
    let there = |step: &str| format!("{STAFF}/{}/{step}", m.account);
    let begin = || html! { (view.csrf()) (stamped(officer)) };
    let spare: Vec<Choice> = Role::ALL
        .into_iter()
        .filter(|role| duties.iter().all(|d| d.role != *role))
        .map(|role| Choice::new(role.as_str(), words.role(role)))
        .collect();
    let first = spare.first().map(|c| c.value.clone()).unwrap_or_default();
    let chosen = if form.has("role") { form.raw("role") } else { first.as_str() };
    frame(words, view, officer, Part::Staff, &m.name).error(!faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::error_summary(view, faults))
        (ui::back_link(STAFF, &view.t("desk-staff-title")))
        h1 { (m.name) }
        p.desk-row { (m.login) (state(view, m)) }
        @if m.account == officer.actor.account { p { (view.t("desk-staff-self")) } }
        div.columns {
            (ui::card(&view.t("desk-staff-duties"), html! {
                ul.desk-held { @for d in duties {
                    li {
                        span { (duty(words, view, d)) }
                        @if manages {
                            form.desk-inline method="post" action=(there("end")) {
                                (begin())
                                input type="hidden" name="role" value=(d.role.as_str());
                                button.button.secondary type="submit" { (view.t("desk-staff-end")) span.hidden { ": " (words.role(d.role)) } }
                            }
                        }
                    }
                } }
                @if manages && !spare.is_empty() {
                    form method="post" action=(there("grant")) {
                        (begin())
                        (ui::radios(view, &Field::new("role", view.t("desk-staff-grant-role")).errors(&errors), &spare, chosen))
                        (days(view, form, &errors))
                        p.quiet { (view.t("desk-staff-administrator-two")) }
                        (ui::submit(Weight::Primary, &view.t("desk-staff-grant")))
                    }
                }
            }))
            div {
                @if manages && !m.is_set_up && m.state == AccountState::Activated {
                    (ui::card(&view.t("desk-code-title"), html! {
                        p { (view.t("desk-staff-code-text")) }
                        form method="post" action=(there("code")) { (begin()) (ui::submit(Weight::Secondary, &view.t("desk-staff-code"))) }
                    }))
                }
                @if manages && m.is_set_up && m.state == AccountState::Activated {
                    (ui::card(&view.t("desk-staff-reset"), html! {
                        p { (view.t("desk-staff-reset-text")) }
                        form method="post" action=(there("reset")) { (begin()) (ui::submit(Weight::Secondary, &view.t("desk-staff-reset-propose"))) }
                    }))
                }
                @if manages && m.state == AccountState::Activated { (ui::card(&view.t("desk-staff-lock"), lock(view, &there("lock"), &begin()))) }
                @if manages && m.state == AccountState::Locked {
                    (ui::card(&view.t("desk-staff-unlock"), html! {
                        p { (view.t("desk-staff-unlock-text")) }
                        form method="post" action=(there("unlock")) { (begin()) (ui::submit(Weight::Secondary, &view.t("desk-staff-unlock"))) }
                    }))
                }
            }
        }
    })
}

fn lock(view: &View, action: &str, begin: &Markup) -> Markup {
    let reasons = LOCK_REASONS.map(|(reason, key)| Choice::new(reason.as_str(), view.t(key)));
    let first = LockReason::LeftService.as_str();
    html! {
        p { (view.t("desk-staff-lock-text")) }
        form method="post" action=(action) {
            (begin)
            (ui::radios(view, &Field::new("reason", view.t("desk-staff-lock-reason")), &reasons, first))
            (ui::submit(Weight::Danger, &view.t("desk-staff-lock")))
        }
    }
}

/// The paper to hand over: shown once.
pub fn code_page(words: &Words<'_>, view: &View, officer: &Officer, issued: &SetupIssued) -> Markup {
    let title = view.t("desk-code-title");
    frame(words, view, officer, Part::Staff, &title).page(html! {
        (crate::styles(view))
        h1 { (title) }
        (ui::notice(Tone::Wait, view.t("desk-code-once")))
        section.card.desk-code {
            p { strong { (issued.name) } br; (words.agency(&officer.agency)) }
            dl {
                dt { (view.t("desk-sign-in-login")) } dd { code { (issued.login) } }
                dt { (view.t("desk-set-up-code")) } dd { code { (issued.code.show().as_str()) } }
                dt { (view.t("desk-code-until")) } dd { (view.moment(issued.ends_at, view.now())) }
            }
            ol {
                li { (view.t("desk-code-step-1")) }
                li { (view.t("desk-code-step-2")) }
                li { (view.t("desk-code-step-3")) }
            }
        }
        (ui::print_button(view))
        p { a href=(STAFF) { (Icon::ArrowLeft) " " (view.t("desk-staff-title")) } }
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_read_whole_or_not_at_all() {
        let today = date(2026, 11, 20);
        let read = |pairs: &[(&str, &str)]| period(&Form::from_pairs(pairs.iter().copied()), today);
        assert_eq!(read(&[]), Ok(Period::default()));
        let last = [("valid_to-day", "31"), ("valid_to-month", "12"), ("valid_to-year", "2026")];
        assert_eq!(read(&last), Ok(Period::of_days(None, Some(date(2026, 12, 31)))));
        let faults = read(&[("valid_from-day", "31"), ("valid_to-month", "12"), ("valid_to-year", "2026")]);
        let fields: Vec<String> = faults.unwrap_err().into_iter().map(|f| f.field).collect();
        assert_eq!(fields, [FROM, TO], "a month is no day");
    }
}
