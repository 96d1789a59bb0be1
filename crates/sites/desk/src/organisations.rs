//! Accounts of organisations at the counter: files that wait for a decision, changes of a legal representative that wait for a
//! second officer, and (in [`crate::organisation_forms`]) the form TK02 and one organisation that was looked up.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{FieldFault, vietnam_date};
use contracts::{Access, OrganisationId, PersonId, Purpose};
use forms::Fact;
use identity::{
    IdentityError, LockReason,
    organisation::{
        Kind,
        ops::{self, Change, Found, Proposing, Waiting},
        typed::Typed,
    },
    policy::{self, Action as Right},
};
use maud::{Markup, html};
use store::Tx;
use webkit::{
    Form, Path, Problem, View, form_faults,
    ui::{self, Icon, Row, Tone, Weight},
};

use crate::{
    Desk,
    kept::{Sent, stamped},
    officer::{Officer, Part, frame},
    organisation_forms,
    words::Words,
};

/// Where accounts of organisations are opened and looked after.
pub const ORGANISATIONS: &str = "/desk/organisations";

/// What the page shows, each with the name of the person concerned.
#[derive(Default)]
pub struct Organisations {
    pub waiting: Vec<(Waiting, String)>,
    pub changes: Vec<(Change, String)>,
    pub found: Option<(Found, String)>,
}

pub fn may(officer: &Officer, right: Right) -> bool {
    policy::allowed(&officer.actor, right).is_ok()
}

/// Whether this officer has anything to do here.
pub fn may_see(officer: &Officer) -> bool {
    [Right::TakeOrganisation, Right::DecideOrganisation].into_iter().any(|right| may(officer, right))
}

async fn load(desk: &Desk, officer: &Officer, sought: &str) -> Result<Organisations, IdentityError> {
    let mut tx = desk.store.begin().await?;
    let outcome = read(desk, &mut tx, officer, sought).await;
    tx.finish(outcome).await
}

async fn read(
    desk: &Desk,
    tx: &mut Tx,
    officer: &Officer,
    sought: &str,
) -> Result<Organisations, IdentityError> {
    let mut out = Organisations::default();
    if may(officer, Right::DecideOrganisation) {
        for one in ops::organisation_waiting(tx, &officer.actor, &officer.agency).await? {
            let name = name(desk, tx, officer, one.legal.person).await?;
            out.waiting.push((one, name));
        }
        for one in ops::representative_changes(tx, &officer.actor, &officer.agency).await? {
            let name = name(desk, tx, officer, one.person).await?;
            out.changes.push((one, name));
        }
    }
    if !sought.is_empty() {
        let found = ops::organisation_find(&desk.identity, tx, &officer.actor, sought).await?;
        let name = match &found.legal {
            Some(legal) => name(desk, tx, officer, legal.person).await?,
            None => String::new(),
        };
        out.found = Some((found, name));
    }
    Ok(out)
}

async fn name(
    desk: &Desk,
    tx: &mut Tx,
    officer: &Officer,
    person: PersonId,
) -> Result<String, IdentityError> {
    let access = Access::new(&officer.actor, Purpose::REPRESENT);
    let facts = desk.dossiers.register.facts(tx, &access, person, &[Fact::Name]).await?;
    Ok(facts.value(Fact::Name, vietnam_date(tx.now())).text().unwrap_or_default())
}

/// `GET /desk/organisations`.
pub async fn show(State(desk): State<Arc<Desk>>, officer: Officer, view: View) -> Result<Markup, Problem> {
    if !may_see(&officer) {
        return Err(Problem::forbidden());
    }
    let all = load(&desk, &officer, "").await?;
    Ok(page(&Words::new(&view, &desk), &view, &officer, &all, &Form::default(), &[]))
}

/// What was typed when the session had ended.
pub async fn resume(desk: &Desk, view: &View, officer: &Officer, form: &Form) -> Option<Response> {
    let all = load(desk, officer, "").await.ok()?;
    Some(page(&Words::new(view, desk), view, officer, &all, form, &[]).into_response())
}

/// `POST /desk/organisations`: takes a file.
pub async fn collect(State(desk): State<Arc<Desk>>, view: View, sent: Sent) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let typed_only = form.line("commune").is_empty() && !form.line("commune-q").is_empty();
    if form.has("commune-find") || typed_only {
        return again(&desk, &view, &officer, &form, &[]).await;
    }
    let typed = Typed::of_form(&form, vietnam_date(view.now()));
    let number = form.line("representative");
    let mut tx = desk.store.begin().await?;
    let taken = ops::organisation_collect(&desk.identity, &mut tx, &officer.actor, &number, &typed).await;
    match tx.finish(taken).await {
        Ok(opened) => {
            let today = vietnam_date(view.now());
            let args =
                [("code", opened.code.as_str().into()), ("day", view.day(opened.due_on, today).into())];
            Ok((view.flash(Tone::Good, view.tw("desk-org-taken", &args)), Redirect::to(ORGANISATIONS))
                .into_response())
        }
        Err(refused) => again(&desk, &view, &officer, &form, &form_faults(refused)?).await,
    }
}

async fn again(
    desk: &Desk,
    view: &View,
    officer: &Officer,
    form: &Form,
    faults: &[FieldFault],
) -> Result<Response, Problem> {
    let all = load(desk, officer, "").await?;
    let page = page(&Words::new(view, desk), view, officer, &all, form, faults);
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, page).into_response())
}

/// `POST /desk/organisations/find`: by e-ID code or tax code.
pub async fn find(State(desk): State<Arc<Desk>>, view: View, sent: Sent) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let sought = form.line("organisation");
    let sought = if sought.is_empty() { " ".to_owned() } else { sought };
    match load(&desk, &officer, &sought).await {
        Ok(all) => Ok(page(&Words::new(&view, &desk), &view, &officer, &all, &form, &[]).into_response()),
        Err(refused) => again(&desk, &view, &officer, &form, &form_faults(refused)?).await,
    }
}

/// `POST /desk/organisations/{organisation}/{step}`: a decision, a lock, another legal representative.
pub async fn step(
    State(desk): State<Arc<Desk>>,
    view: View,
    Path((id, step)): Path<(OrganisationId, String)>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let mut tx = desk.store.begin().await?;
    let outcome = take(&desk, &mut tx, &officer, id, &step, &form).await?;
    match tx.finish(outcome).await {
        Ok(said) => Ok((view.flash(Tone::Good, view.t(said)), Redirect::to(ORGANISATIONS)).into_response()),
        Err(refused) => {
            let faults = form_faults(refused)?;
            let all = load(&desk, &officer, &form.line("organisation")).await?;
            let page = page(&Words::new(&view, &desk), &view, &officer, &all, &form, &faults);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// The step itself, and what is said when it is done.
async fn take(
    desk: &Desk,
    tx: &mut Tx,
    officer: &Officer,
    id: OrganisationId,
    step: &str,
    form: &Form,
) -> Result<Result<&'static str, IdentityError>, Problem> {
    let (cx, actor) = (&desk.identity, &officer.actor);
    let file = || form.raw("file").parse().map_err(|_| Problem::not_found());
    let change = || form.raw("change").parse().map_err(|_| Problem::not_found());
    Ok(match step {
        "approve" => {
            ops::organisation_approve(cx, tx, actor, id, file()?).await.map(|()| "desk-org-was-approved")
        }
        "refuse" => ops::organisation_refuse(tx, actor, id, file()?).await.map(|()| "desk-org-was-refused"),
        "outside" => {
            let asked = ops::organisation_check_outside(cx, tx, actor, id, file()?).await;
            asked.map(|_| "desk-org-asked-outside")
        }
        "confirm" => {
            let done = ops::representative_change_confirm(cx, tx, actor, id, change()?).await;
            done.map(|()| "desk-org-was-changed")
        }
        "deny" => {
            let done = ops::representative_change_refuse(tx, actor, id, change()?).await;
            done.map(|()| "desk-org-change-denied")
        }
        "propose" => {
            let input = Proposing {
                number: form.line("number"),
                title: form.line("title"),
                document: form.line("document"),
            };
            let done = ops::representative_change_propose(cx, tx, actor, id, &input).await;
            done.map(|_| "desk-org-change-proposed")
        }
        "lock" => match LockReason::parse(form.raw("reason")) {
            Some(reason) => {
                ops::organisation_lock(cx, tx, actor, id, reason).await.map(|()| "desk-org-was-locked")
            }
            None => Err(IdentityError::field("reason", "identity.lock_reason")),
        },
        "unlock" => ops::organisation_unlock(cx, tx, actor, id).await.map(|()| "desk-org-was-unlocked"),
        "close" => ops::organisation_close(cx, tx, actor, id).await.map(|()| "desk-org-was-closed"),
        _ => return Err(Problem::not_found()),
    })
}

/// The page as a whole.
pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    all: &Organisations,
    form: &Form,
    faults: &[FieldFault],
) -> Markup {
    let title = view.t("desk-org-title");
    frame(words, view, officer, Part::Organisations, &title).error(!faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::error_summary(view, faults))
        h1 { (title) }
        p.quiet { (words.agency(&officer.agency)) }
        @if let Some((found, name)) = &all.found {
            (organisation_forms::found(words, view, officer, found, name, form, faults))
        }
        @if may(officer, Right::DecideOrganisation) {
            h2 { (view.t("desk-org-waiting")) }
            @if all.waiting.is_empty() && all.changes.is_empty() {
                (ui::empty(Icon::Building, &view.t("desk-org-none"), html! { p { (view.t("desk-org-none-text")) } }))
            }
            @for (one, name) in &all.waiting { (waiting(words, view, officer, one, name)) }
            @for (one, name) in &all.changes { (changing(view, officer, one, name)) }
        }
        @if all.found.is_none() { (organisation_forms::find_form(view, officer, form, faults)) }
        @if may(officer, Right::TakeOrganisation) && all.found.is_none() {
            (organisation_forms::new_form(words, view, officer, form, faults))
        }
    })
}

/// A file with everything that is to be compared with the papers.
fn waiting(words: &Words<'_>, view: &View, officer: &Officer, one: &Waiting, name: &str) -> Markup {
    let (d, file) = (&one.organisation.details, &one.file);
    let today = vietnam_date(view.now());
    let mut rows = vec![
        Row::new(view.t("desk-org-due"), words.due_tag(file.due_on, today)),
        Row::new(view.t("desk-org-kind"), view.t(kind_key(d.kind))),
    ];
    for (key, value) in [("desk-org-tax", &d.tax_code), ("desk-org-decision", &d.decision)] {
        if let Some(value) = value {
            rows.push(Row::new(view.t(key), value));
        }
    }
    rows.extend([
        Row::new(view.t("desk-org-founded"), view.date(d.founded_on)),
        Row::new(view.t("desk-org-seat"), format!("{}, {}", d.address, words.place(&d.commune))),
        Row::new(view.t("desk-org-legal"), format!("{name}, {}", one.legal.title)),
        Row::new(view.t("desk-org-code"), html! { code { (one.organisation.code) } }),
        Row::new(
            view.t("desk-org-came"),
            html! {
                (view.moment(file.collected_at, view.now())) " · "
                (view.t(if file.collected_by.is_none() { "desk-org-online" } else { "desk-org-counter" }))
            },
        ),
    ]);
    let own = file.collected_by == Some(officer.actor.account);
    let mut steps = vec![("approve", "desk-org-approve", Weight::Secondary)];
    if file.outside_at.is_none() {
        steps.push(("outside", "desk-org-outside", Weight::Secondary));
    }
    steps.push(("refuse", "desk-org-refuse", Weight::Danger));
    ui::card(
        &d.name,
        html! {
            @if file.outside_at.is_some() { p { (ui::tag(Tone::Wait, &view.t("desk-org-is-outside"))) } }
            (ui::summary(view, &rows))
            @if own { p { (view.t("desk-counter-own")) } }
            @else { (buttons(view, officer, one.organisation.id, ("file", &file.id.to_string()), &steps)) }
        },
    )
}

fn changing(view: &View, officer: &Officer, one: &Change, name: &str) -> Markup {
    let own = one.proposed_by == officer.actor.account;
    let rows = [
        Row::new(view.t("desk-org-code"), html! { code { (one.code) } }),
        Row::new(view.t("desk-org-new-legal"), format!("{name}, {}", one.title)),
        Row::new(view.t("desk-org-document"), &one.document),
        Row::new(view.t("desk-org-came"), view.moment(one.proposed_at, view.now())),
    ];
    let steps =
        [("confirm", "desk-org-confirm", Weight::Secondary), ("deny", "desk-org-deny", Weight::Danger)];
    ui::card(
        &view.tw("desk-org-change", &[("name", one.name.as_str().into())]),
        html! {
            (ui::summary(view, &rows))
            @if own { p { (view.t("desk-counter-own")) } }
            @else { (buttons(view, officer, one.organisation, ("change", &one.id.to_string()), &steps)) }
        },
    )
}

/// A form of one button for each step.
fn buttons(
    view: &View,
    officer: &Officer,
    id: OrganisationId,
    hidden: (&str, &str),
    steps: &[(&str, &str, Weight)],
) -> Markup {
    html! {
        p { @for (step, key, weight) in steps {
            form.desk-inline method="post" action={ (ORGANISATIONS) "/" (id) "/" (step) } {
                (view.csrf())
                (stamped(officer))
                input type="hidden" name=(hidden.0) value=(hidden.1);
                (ui::submit(*weight, &view.t(key)))
            }
            " "
        } }
    }
}

pub fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Agency => "desk-org-kind-agency",
        Kind::PublicUnit => "desk-org-kind-public-unit",
        Kind::Enterprise => "desk-org-kind-enterprise",
        Kind::Cooperative => "desk-org-kind-cooperative",
        Kind::Association => "desk-org-kind-association",
        Kind::Foreign => "desk-org-kind-foreign",
        Kind::Other => "desk-org-kind-other",
    }
}
