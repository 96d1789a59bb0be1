//! Accounts at the counter: files of people who have none, decided by a second officer; a new beginning for who lost
//! everything; and how many accounts came how far, by province and commune.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base::{Fault, FieldFault, Kind, PersonalNumber, vietnam_date};
use catalogue::Catalogue;
use contracts::{Access, AccountId, IdentityLevel, Phone, Purpose};
use identity::{
    Document, Enrolment, EnrolmentId, IdentityError, Present, RaiseBasis, SetupCode, Ticket,
    enrolment::{Counts, Whose},
    guardian::Shown,
    ops::{self, comparison::Whom, enrol_collect::Collecting, enrol_decide::CommuneCounts},
    policy::{self, Action as Right},
};
use jiff::{ToSpan, civil::Date};
use maud::{Markup, html};
use webkit::{
    Form, Path, Problem, View,
    i18n::by_field,
    ui::{self, Choice, Column, Field, Icon, LineKind, Tone, Weight},
};

use crate::{
    Desk,
    compare::{self, Comparing},
    guardian,
    kept::{Sent, stamped},
    locks,
    officer::{Officer, Part, frame},
    people::Answer,
    raise::{Checking, WHOSE},
    words::Words,
};

/// Where accounts are opened at the counter.
pub const COUNTER: &str = "/desk/accounts";
/// The button that ends every way of signing in.
const RESET: &str = "reset";
/// Days that the figures look back.
const FUNNEL_DAYS: i64 = 30;

/// What the page shows.
#[derive(Default)]
pub struct Counter {
    pub waiting: Vec<Enrolment>,
    pub funnel: Vec<CommuneCounts>,
    /// The devices of this counter, and a comparison that was begun.
    pub comparing: Comparing,
    /// Somebody carries messages, so that people can be told.
    pub messages: bool,
    /// Forms by which accounts are to be locked or opened, waiting for a decision.
    pub locks: Option<usize>,
}

fn may(officer: &Officer, right: Right) -> bool {
    policy::allowed(&officer.actor, right).is_ok()
}

/// Whether this officer has anything to do here.
pub fn may_see(officer: &Officer) -> bool {
    [Right::Enrol, Right::DecideEnrolment, Right::SeeFunnel].into_iter().any(|right| may(officer, right))
}

async fn load(desk: &Desk, officer: &Officer) -> Result<Counter, Problem> {
    let mut tx = desk.store.begin().await?;
    let outcome = async {
        let mut counter = Counter {
            comparing: Comparing::of(&desk.identity, &officer.actor),
            messages: desk.identity.messages.is_some(),
            ..Counter::default()
        };
        if may(officer, Right::DecideEnrolment) {
            counter.waiting = ops::enrol_list(&mut tx, &officer.actor, &officer.agency).await?;
        }
        if locks::may_see(officer) {
            let waiting = ops::lock_request_list(&mut tx, &officer.actor, &officer.agency).await?;
            counter.locks = Some(waiting.len());
        }
        if may(officer, Right::SeeFunnel) {
            let today = vietnam_date(tx.now());
            let from = today.checked_sub(FUNNEL_DAYS.days()).unwrap_or(today);
            counter.funnel = ops::funnel(&mut tx, &officer.actor, from).await?;
        }
        Ok::<_, IdentityError>(counter)
    }
    .await;
    Ok(tx.finish(outcome).await?)
}

/// `GET /desk/accounts`.
pub async fn show(State(desk): State<Arc<Desk>>, officer: Officer, view: View) -> Result<Markup, Problem> {
    if !may_see(&officer) {
        return Err(Problem::forbidden());
    }
    let counter = load(&desk, &officer).await?;
    Ok(page(&Words::new(&view, &desk), &view, &officer, &counter, &Form::default(), &[]))
}

/// `POST /desk/accounts`: takes a file. The code stands in the answer and nowhere else.
pub async fn collect(State(desk): State<Arc<Desk>>, view: View, sent: Sent) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let words = Words::new(&view, &desk);
    let whom = form.line("number").parse::<PersonalNumber>().ok().map(Whom::Number);
    if let Some((comparing, faults)) = compare::pressed(&desk.identity, &officer.actor, &form, whom).await? {
        let counter = Counter { comparing, ..load(&desk, &officer).await? };
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return Ok((status, page(&words, &view, &officer, &counter, &form, &faults)).into_response());
    }
    let faults = match read(&form, vietnam_date(view.now())) {
        Err(faults) => faults,
        Ok(input) => match ops::enrol_collect(&desk.identity, &officer.actor, &input).await {
            Ok(file) => {
                let said = view.tw(
                    "desk-counter-due",
                    &[("day", view.day(file.due_on, vietnam_date(view.now())).into())],
                );
                return Ok(paper(&words, &view, &officer, &file.code, &said).into_response());
            }
            Err(e) if !e.fields().is_empty() => e.fields().to_vec(),
            Err(e) if matches!(e.kind(), Kind::Bug | Kind::Unavailable) => return Err(e.into()),
            Err(e) => vec![FieldFault { args: e.args(), ..FieldFault::new(field_of(&e), e.code()) }],
        },
    };
    let comparing = compare::kept(&desk.identity, &officer.actor, &form).await;
    let counter = Counter { comparing, ..load(&desk, &officer).await? };
    let page = page(&words, &view, &officer, &counter, &form, &faults);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn field_of(refused: &IdentityError) -> &'static str {
    match refused {
        IdentityError::GuardianNeeded => "guardian",
        IdentityError::LevelTooHigh => "level",
        IdentityError::ComparisonNeeded | IdentityError::ComparisonOver => "basis",
        _ => "number",
    }
}

fn read(form: &Form, today: Date) -> Result<Collecting, Vec<FieldFault>> {
    let number = form.line("number").parse::<PersonalNumber>().ok();
    let level = form.raw("level").parse().ok().and_then(IdentityLevel::from_number);
    let (present, (basis, comparison)) = (Present::parse(form.raw("present")), compare::basis(form));
    let document = match form.raw("document") {
        "none" => Some(None),
        word => Document::parse(word).map(Some),
    };
    let typed = form.line("phone");
    let phone = (!typed.is_empty()).then(|| Phone::parse(&typed));
    let missing = [
        ("number", number.is_none(), "identity.number_shape"),
        ("level", level.is_none(), "forms.required"),
        ("present", present.is_none(), "forms.required"),
        ("document", document.is_none(), "forms.required"),
        ("basis", basis.is_none(), "forms.required"),
        ("phone", matches!(phone, Some(None)), "identity.phone_shape"),
    ];
    let is_whole = missing.iter().all(|(_, is_missing, _)| !is_missing);
    match (number, level, present, document, basis) {
        (Some(number), Some(level), Some(present), Some(document), Some(basis)) if is_whole => {
            let (phone, guardian) = (phone.flatten(), guardian::read(form, today));
            Ok(Collecting { number, level, present, document, basis, comparison, guardian, phone })
        }
        _ => Err(missing
            .into_iter()
            .filter(|(_, is_missing, _)| *is_missing)
            .map(|(field, _, code)| FieldFault::new(field, code))
            .collect()),
    }
}

/// `POST /desk/accounts/{account}/{step}`: a decision on a file.
pub async fn decide(
    State(desk): State<Arc<Desk>>,
    view: View,
    Path((account, step)): Path<(AccountId, String)>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let file = EnrolmentId(form.raw("file").parse().map_err(|_| Problem::not_found())?);
    let (cx, actor) = (&desk.identity, &officer.actor);
    let mut tx = desk.store.begin().await?;
    let (outcome, said) = match step.as_str() {
        "approve" => (ops::enrol_approve(cx, &mut tx, actor, account, file).await, "desk-counter-approved"),
        _ => return Err(Problem::not_found()),
    };
    tx.finish(outcome).await?;
    Ok((view.flash(Tone::Good, view.t(said)), Redirect::to(COUNTER)).into_response())
}

/// `POST /desk/accounts/reset`: the person stands at the counter with their card, and was looked up a moment ago. First the
/// questions, on a page of their own; then the paper.
pub async fn reset(State(desk): State<Arc<Desk>>, view: View, sent: Sent) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let checking = Checking::sent(&form, compare::kept(&desk.identity, &officer.actor, &form).await)?;
    let again = |comparing: Comparing, faults: Vec<FieldFault>, checking: Checking| {
        Checking { comparing, faults, ..checking }.shown(&desk, &view, &officer, Answer::Resetting)
    };
    let whom = Some(Whom::Account(checking.account));
    if let Some((comparing, faults)) = compare::pressed(&desk.identity, &officer.actor, &form, whom).await? {
        return Ok(again(comparing, faults, checking));
    }
    if form.raw(compare::DO) != RESET {
        return Ok(again(checking.comparing.clone(), Vec::new(), checking));
    }
    let checked = match Checking::checked(&form) {
        Ok(checked) => checked,
        Err(faults) => return Ok(again(checking.comparing.clone(), faults, checking)),
    };
    let access = Access::new(&officer.actor, Purpose::RAISE_LEVEL);
    let mut tx = desk.store.begin().await?;
    let guardian = guardian::read(&form, vietnam_date(view.now()));
    let (id, ticket, guardian) = (checking.account, &checking.ticket, guardian.as_ref());
    let outcome = ops::account_reset(&desk.identity, &mut tx, &access, id, ticket, checked, guardian).await;
    let issued = match tx.finish(outcome).await {
        Ok(issued) => issued,
        Err(e) => return Ok(again(checking.comparing.clone(), compare::fault(e)?, checking)),
    };
    let said =
        view.tw("desk-counter-reset-until", &[("when", view.moment(issued.ends_at, view.now()).into())]);
    Ok(paper(&Words::new(&view, &desk), &view, &officer, &issued.code, &said).into_response())
}

/// The way to a new beginning, beside the form that raises.
pub fn reset_offer(
    view: &View,
    officer: &Officer,
    whose: Whose,
    account: AccountId,
    ticket: &Ticket,
) -> Markup {
    ui::details(
        &view.t("desk-counter-reset"),
        html! {
            p { (view.t("desk-counter-reset-text")) }
            form method="post" action={ (COUNTER) "/reset" } novalidate {
                (view.csrf())
                (stamped(officer))
                input type="hidden" name=(WHOSE) value=(whose.as_str());
                input type="hidden" name="account" value=(account);
                input type="hidden" name="ticket" value=(ticket.as_str());
                (ui::submit(Weight::Secondary, &view.t("desk-counter-reset-begin")))
            }
        },
    )
}

/// The questions that a new beginning takes.
pub fn reset_form(view: &View, officer: &Officer, checking: &Checking) -> Markup {
    ui::card(
        &view.t("desk-counter-reset"),
        html! {
            p { (view.t("desk-counter-reset-text")) }
            form method="post" action={ (COUNTER) "/reset" } novalidate {
                (ui::enter_sends(compare::DO, RESET))
                (checking.questions(view, officer))
                (ui::submit_as(Weight::Danger, compare::DO, RESET, &view.t("desk-counter-reset-go")))
            }
        },
    )
}

/// Who stood at the counter, with which document, and how they were compared.
pub fn checked_choices(view: &View, whose: Whose) -> [Vec<Choice>; 3] {
    let presents: Vec<Choice> = Present::ALL
        .iter()
        .map(|present| {
            let key = match present {
                Present::Holder => "desk-raise-holder",
                Present::Guardian => "desk-raise-guardian",
            };
            Choice::new(present.as_str(), view.t(key))
        })
        .collect();
    let documents: Vec<Choice> = whose
        .documents()
        .iter()
        .map(|document| {
            let key = match document {
                Document::IdentityCard => "desk-raise-identity-card",
                Document::CitizenCard => "desk-raise-citizen-card",
                Document::ResidenceCard => "desk-raise-residence-card",
            };
            Choice::new(document.as_str(), view.t(key))
        })
        .collect();
    // That face or fingerprints match is a device's to say.
    let [seen, read] = match whose {
        Whose::Foreigner => ["desk-raise-papers-seen", "desk-raise-foreign-chip"],
        Whose::Citizen | Whose::Organisation => ["desk-raise-card-seen", "desk-raise-chip-read"],
    };
    let bases = [(RaiseBasis::CardSeen, seen), (RaiseBasis::ChipRead, read)]
        .map(|(basis, key)| Choice::new(basis.as_str(), view.t(key)));
    [presents, documents, bases.into()]
}

/// The paper to hand over: shown once.
pub fn paper(words: &Words<'_>, view: &View, officer: &Officer, code: &SetupCode, said: &str) -> Markup {
    let title = view.t("desk-counter-paper");
    frame(words, view, officer, Part::Accounts, &title).page(html! {
        (crate::styles(view))
        h1 { (title) }
        (ui::notice(Tone::Wait, view.t("desk-code-once")))
        section.card.desk-code {
            p { strong { (view.t("desk-counter-paper-site")) } br; (words.agency(&officer.agency)) }
            dl { dt { (view.t("desk-counter-code")) } dd { code { (code.show().as_str()) } } }
            ol {
                li { (said) }
                li { (view.t("desk-counter-paper-1")) }
                li { (view.t("desk-counter-paper-2")) }
            }
        }
        (ui::print_button(view))
        p { a href=(COUNTER) { (Icon::ArrowLeft) " " (view.t("desk-counter-title")) } }
    })
}

/// The page as a whole.
pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    counter: &Counter,
    form: &Form,
    faults: &[FieldFault],
) -> Markup {
    let title = view.t("desk-counter-title");
    frame(words, view, officer, Part::Accounts, &title).error(!faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::error_summary(view, faults))
        h1 { (title) }
        p.quiet { (words.agency(&officer.agency)) }
        @if let Some(count) = counter.locks {
            p { a href=(locks::LOCKS) { (view.t("desk-locks-title")) } " " span.quiet { (view.tw("desk-locks-count", &[("count", count.into())])) } }
        }
        @if may(officer, Right::DecideEnrolment) { (waiting(words, view, officer, &counter.waiting)) }
        @if may(officer, Right::Enrol) { (new_file(view, officer, counter, form, faults)) }
        @if may(officer, Right::SeeFunnel) { (funnel(words, view, &counter.funnel)) }
    })
}

fn waiting(words: &Words<'_>, view: &View, officer: &Officer, files: &[Enrolment]) -> Markup {
    if files.is_empty() {
        return ui::empty(
            Icon::Users,
            &view.t("desk-counter-none"),
            html! { p { (view.t("desk-counter-none-text")) } },
        );
    }
    let columns = [
        "desk-counter-collected",
        "desk-counter-level",
        "desk-counter-commune",
        "desk-counter-limit",
        "desk-counter-decision",
    ]
    .map(|key| Column::new(view.t(key)));
    let today = vietnam_date(view.now());
    let rows: Vec<Vec<Markup>> = files
        .iter()
        .map(|file| {
            vec![
                html! { (view.moment(file.collected_at, view.now())) },
                html! { (view.t(level_key(file.level))) @if file.guardian.is_some() { br; (view.t("desk-counter-minor")) (guardian_shown(view, file)) } },
                html! { (words.place(&file.commune)) },
                words.due_tag(file.due_on, today),
                html! {
                    @if file.collected_by == officer.actor.account { (view.t("desk-counter-own")) }
                    @else {
                        form.desk-inline method="post" action={ (COUNTER) "/" (file.account) "/approve" } {
                            (view.csrf())
                            (stamped(officer))
                            input type="hidden" name="file" value=(file.id);
                            (ui::submit(Weight::Secondary, &view.t("desk-counter-approve")))
                        }
                        " "
                        a.button.danger href={ (COUNTER) "/" (file.account) "/refuse?file=" (file.id) } { (view.t("desk-counter-refuse")) }
                    }
                },
            ]
        })
        .collect();
    ui::table(view, &view.t("desk-counter-waiting"), &columns, &rows)
}

/// Whoever decides sees on what it stands that somebody speaks for the child.
fn guardian_shown(view: &View, file: &Enrolment) -> Markup {
    html! {
        @match &file.guardian_shown {
            Some(Shown::Record(_)) => { br; span.quiet { (view.t("desk-guardian-by-record")) } }
            Some(Shown::Paper(paper)) => {
                @let args = [("number", paper.number.as_str().into()), ("day", view.date(paper.issued_on).into()), ("issuer", paper.issuer.as_str().into())];
                br; strong { (view.tw("desk-guardian-by-paper", &args)) }
            }
            None => {}
        }
        @if file.guardian_at.is_some() { br; span.quiet { (view.t("desk-guardian-has-signed")) } }
    }
}

pub fn level_key(level: IdentityLevel) -> &'static str {
    match level {
        IdentityLevel::One => "desk-account-level-1",
        IdentityLevel::Two => "desk-account-level-2",
    }
}

fn new_file(view: &View, officer: &Officer, counter: &Counter, form: &Form, faults: &[FieldFault]) -> Markup {
    let errors = by_field(view, faults);
    let field = |name: &str, label: &str| Field::new(name, view.t(label)).errors(&errors);
    let [presents, mut documents, bases] = checked_choices(view, Whose::Citizen);
    documents.push(Choice::new("none", view.t("desk-counter-no-card")));
    let levels = [IdentityLevel::Two, IdentityLevel::One]
        .map(|level| Choice::new(level.number().to_string(), view.t(level_key(level))));
    let radios = |name: &str, label: &str, choices: &[Choice]| {
        ui::radios(view, &field(name, label), choices, form.raw(name))
    };
    ui::card(
        &view.t("desk-counter-new"),
        html! {
            p { (view.t("desk-counter-new-text")) }
            form method="post" action=(COUNTER) novalidate {
                (view.csrf())
                (stamped(officer))
                (ui::enter_sends(compare::DO, "take"))
                (ui::personal_number(view, &field("number", "desk-counter-number"), form.raw("number")))
                (radios("level", "desk-counter-level", &levels))
                (radios("present", "desk-raise-present", &presents))
                (guardian::part(view, form, &errors))
                (radios("document", "desk-raise-document", &documents))
                (compare::part(view, &counter.comparing, form, &errors, &bases))
                @if counter.messages {
                    (ui::line(view, &field("phone", "desk-counter-phone").hint(view.t("desk-counter-phone-hint")).optional(), form.raw("phone"), LineKind::Phone))
                }
                (ui::actions(ui::submit_as(Weight::Primary, compare::DO, "take", &view.t("desk-counter-take"))))
            }
        },
    )
}

/// Provinces are the sums of their communes.
fn funnel(words: &Words<'_>, view: &View, communes: &[CommuneCounts]) -> Markup {
    if communes.is_empty() {
        return ui::card(&view.t("desk-funnel-title"), html! { p { (view.t("desk-funnel-none")) } });
    }
    let columns = |first: &str| {
        let mut columns = vec![Column::new(view.t(first))];
        let rest =
            ["desk-funnel-collected", "desk-funnel-approved", "desk-funnel-activated", "desk-funnel-ended"];
        columns.extend(rest.map(|key| Column::new(view.t(key)).number()));
        columns
    };
    let row = |name: String, c: &Counts| {
        let mut row = vec![html! { (name) }];
        row.extend(
            [c.collected, c.approved, c.activated, c.ended].map(|n| html! { (view.number(i64::from(n))) }),
        );
        row
    };
    let today = vietnam_date(view.now());
    let place = |code: &str| {
        if code.is_empty() { view.t("desk-funnel-unknown") } else { words.place(code) }
    };
    let of = |whose: Whose| -> Vec<&CommuneCounts> { communes.iter().filter(|c| c.whose == whose).collect() };
    html! {
        h2 { (view.t("desk-funnel-title")) }
        p.quiet { (view.t("desk-funnel-text")) }
        @for (whose, communes) in Whose::ALL.iter().map(|w| (*w, of(*w))).filter(|(_, c)| !c.is_empty()) {
            @let provinces: Vec<Vec<Markup>> = by_province(words.catalogue, &communes, today)
                .iter().map(|(code, counts)| row(words.place(code), counts)).collect();
            @let rows: Vec<Vec<Markup>> = communes.iter().map(|c| row(place(&c.commune), &c.counts)).collect();
            h3 { (view.t(whose_key(whose))) }
            (ui::table(view, &view.t("desk-funnel-provinces"), &columns("desk-funnel-province"), &provinces))
            (ui::table(view, &view.t("desk-funnel-communes"), &columns("desk-counter-commune"), &rows))
        }
    }
}

/// Each kind of holder is counted apart.
fn whose_key(whose: Whose) -> &'static str {
    match whose {
        Whose::Citizen => "desk-funnel-citizens",
        Whose::Foreigner => "desk-funnel-foreigners",
        Whose::Organisation => "desk-funnel-organisations",
    }
}

fn by_province(catalogue: &Catalogue, communes: &[&CommuneCounts], on: Date) -> BTreeMap<String, Counts> {
    let divisions = catalogue.divisions();
    let mut sums = BTreeMap::<String, Counts>::new();
    for one in communes {
        let unit = divisions.unit_on(&one.commune, on);
        let Some(province) = unit.and_then(|unit| divisions.province_of(unit)) else { continue };
        let sum = sums.entry(province.code.as_str().to_owned()).or_default();
        sum.collected += one.counts.collected;
        sum.approved += one.counts.approved;
        sum.activated += one.counts.activated;
        sum.ended += one.counts.ended;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_province_is_the_sum_of_its_communes() {
        let catalogue = Catalogue::embedded().unwrap();
        let counts = |n| Counts { collected: n, approved: n, activated: 1, ended: 0 };
        let communes = [("26740", 3), ("00004", 5), ("00070", 7), ("", 9)].map(|(commune, n)| {
            CommuneCounts { commune: commune.into(), whose: Whose::Citizen, counts: counts(n) }
        });
        let sums = by_province(&catalogue, &communes.each_ref(), jiff::civil::date(2026, 11, 20));
        let said: Vec<(&str, i32, i32)> =
            sums.iter().map(|(code, c)| (code.as_str(), c.collected, c.activated)).collect();
        assert_eq!(said, [("01", 12, 2), ("79", 3, 1)]);
    }

    #[test]
    fn a_file_names_what_it_lacks() {
        let form = Form::from_pairs([("number", "12"), ("guardian", "x"), ("document", "none")]);
        let faults = read(&form, jiff::civil::date(2026, 11, 20)).err().unwrap();
        let fields: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["number", "level", "present", "basis"]);
    }
}
