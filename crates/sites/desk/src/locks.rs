//! Forms TK03 of an agency that wait for a second officer: who is to be locked or let in, who asks for it, since when, until
//! when. A form is taken at the page of the account, see `account_lock`.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{FieldFault, vietnam_date};
use contracts::{Access, AccountId, Purpose};
use forms::{Fact, Person};
use identity::{
    IdentityError, LockReason, LockRequestId,
    locking::Asks,
    ops::{self, lock_request::LockRequest},
    policy::{self, Action as Right},
};
use maud::{Markup, html};
use webkit::{
    Form, Path, Problem, View, form_faults,
    i18n::{Errors, by_field},
    ui::{self, Field, Icon, LineKind, Row, Tone, Weight},
};

use crate::{
    Desk,
    counter::COUNTER,
    kept::{Sent, stamped},
    officer::{Officer, Part, frame},
    words::Words,
};

/// Where forms wait.
pub const LOCKS: &str = "/desk/locks";

/// A form with whom it is about.
pub type Waiting = (LockRequest, Person);

fn may(officer: &Officer, right: Right) -> bool {
    policy::allowed(&officer.actor, right).is_ok()
}

/// Whether this officer has anything to do here.
pub fn may_see(officer: &Officer) -> bool {
    [Right::TakeLock, Right::LockCitizen].into_iter().any(|right| may(officer, right))
}

/// For what somebody is locked, as an officer reads it.
pub fn reason_key(reason: LockReason) -> &'static str {
    match reason {
        LockReason::OwnRequest => "desk-locks-own-request",
        LockReason::Authority => "desk-locks-authority",
        LockReason::CardSeized => "desk-locks-card-seized",
        LockReason::CardExpired => "desk-locks-card-expired",
        LockReason::ResidenceExpired => "desk-locks-residence-expired",
        LockReason::Deceased => "desk-locks-deceased",
        LockReason::NationalityLost => "desk-locks-nationality-lost",
        LockReason::Merged => "desk-locks-merged",
        LockReason::Misuse => "desk-locks-misuse",
        LockReason::LeftService => "desk-lock-left-service",
    }
}

pub fn asks_key(asks: Asks) -> &'static str {
    match asks {
        Asks::Lock => "desk-locks-to-lock",
        Asks::Unlock => "desk-locks-to-unlock",
    }
}

async fn load(desk: &Desk, officer: &Officer) -> Result<Vec<Waiting>, Problem> {
    let access = Access::new(&officer.actor, Purpose::LOCK_ACCOUNT);
    let mut tx = desk.store.begin().await?;
    let outcome = async {
        let mut waiting = Vec::new();
        for one in ops::lock_request_list(&mut tx, &officer.actor, &officer.agency).await? {
            let told = [Fact::Name, Fact::Number];
            let person = desk.dossiers.register.facts(&mut tx, &access, one.person, &told).await?;
            waiting.push((one, person));
        }
        Ok::<_, IdentityError>(waiting)
    }
    .await;
    Ok(tx.finish(outcome).await?)
}

/// `GET /desk/locks`.
pub async fn show(State(desk): State<Arc<Desk>>, officer: Officer, view: View) -> Result<Markup, Problem> {
    if !may_see(&officer) {
        return Err(Problem::forbidden());
    }
    let waiting = load(&desk, &officer).await?;
    Ok(page(&Words::new(&view, &desk), &view, &officer, &waiting, &Form::default(), &[]))
}

/// `POST /desk/locks/{account}/{step}`: the second officer's word.
pub async fn decide(
    State(desk): State<Arc<Desk>>,
    view: View,
    Path((account, step)): Path<(AccountId, String)>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let request = LockRequestId(form.raw("request").parse().map_err(|_| Problem::not_found())?);
    let (cx, actor) = (&desk.identity, &officer.actor);
    let mut tx = desk.store.begin().await?;
    let (outcome, said) = match step.as_str() {
        "approve" => {
            (ops::lock_request_approve(cx, &mut tx, actor, account, request).await, "desk-locks-approved")
        }
        "refuse" => {
            let answer = form.line(&answer_name(request));
            let refused = ops::lock_request_refuse(&mut tx, actor, account, request, &answer).await;
            (refused, "desk-locks-refused")
        }
        _ => return Err(Problem::not_found()),
    };
    let faults = match tx.finish(outcome).await {
        Ok(()) => return Ok((view.flash(Tone::Good, view.t(said)), Redirect::to(LOCKS)).into_response()),
        Err(refused) => form_faults(refused)?,
    };
    let faults: Vec<FieldFault> =
        faults.into_iter().map(|fault| FieldFault { field: answer_name(request), ..fault }).collect();
    let waiting = load(&desk, &officer).await?;
    let page = page(&Words::new(&view, &desk), &view, &officer, &waiting, &form, &faults);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Each form on the page has a field of its own.
fn answer_name(request: LockRequestId) -> String {
    format!("answer-{request}")
}

/// The page as a whole.
pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    waiting: &[Waiting],
    form: &Form,
    faults: &[FieldFault],
) -> Markup {
    let title = view.t("desk-locks-title");
    let errors = by_field(view, faults);
    frame(words, view, officer, Part::Accounts, &title).error(!faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::back_link(COUNTER, &view.t("desk-counter-title")))
        (ui::error_summary(view, faults))
        h1 { (title) }
        p.quiet { (words.agency(&officer.agency)) }
        @if may(officer, Right::TakeLock) {
            (ui::notice(Tone::Info, html! {
                p { (view.t("desk-locks-how")) " " a href="/desk/people" { (view.t("desk-nav-people")) } }
            }))
        }
        @if waiting.is_empty() {
            (ui::empty(Icon::Shield, &view.t("desk-locks-none"), html! { p { (view.t("desk-locks-none-text")) } }))
        }
        @for one in waiting { (request(words, view, officer, one, form, &errors)) }
    })
}

fn request(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    (one, person): &Waiting,
    form: &Form,
    errors: &Errors,
) -> Markup {
    let today = vietnam_date(view.now());
    let fact = |fact: Fact| words.fact(fact, &person.value(fact, today));
    let rows = [
        Row::new(view.t("desk-locks-due"), words.due_tag(one.due_on, today)),
        Row::new(Fact::Name.label(view.lang()), fact(Fact::Name)),
        Row::new(Fact::Number.label(view.lang()), fact(Fact::Number)),
        Row::new(view.t("desk-locks-why"), view.t(reason_key(one.reason))),
        Row::new(view.t("desk-locks-asked-by"), one.asked_by.as_deref().unwrap_or_default()),
        Row::new(view.t("desk-locks-document"), &one.document),
        Row::new(
            view.t("desk-locks-came-on"),
            html! {
                (view.day(one.came_on, today)) " "
                @if one.came_late() {
                    (ui::tag(Tone::Danger, &view.tw("desk-locks-late", &[("day", view.day(one.forward_by, today).into())])))
                }
            },
        ),
        Row::new(view.t("desk-locks-taken-at"), view.moment(one.taken_at, view.now())),
    ];
    let own = one.taken_by == officer.actor.account;
    let there = |step: &str| format!("{LOCKS}/{}/{step}", one.account);
    let begin = html! {
        (view.csrf())
        (stamped(officer))
        input type="hidden" name="request" value=(one.id);
    };
    let name = answer_name(one.id);
    ui::card(
        &view.t(asks_key(one.asks)),
        html! {
            (ui::summary(view, &rows))
            @if own { p { (view.t("desk-locks-own")) } }
            @else if may(officer, Right::LockCitizen) {
                form method="post" action=(there("approve")) {
                    (begin)
                    (ui::actions(ui::submit(Weight::Secondary, &view.t("desk-locks-approve"))))
                }
                form method="post" action=(there("refuse")) novalidate {
                    (begin)
                    (ui::line(view, &Field::new(&*name, view.t("desk-locks-answer")).errors(errors), form.raw(&name), LineKind::Text))
                    (ui::actions(ui::submit(Weight::Danger, &view.t("desk-counter-refuse"))))
                }
            }
        },
    )
}
