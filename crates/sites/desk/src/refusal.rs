//! A file at the counter is refused: the second officer says why, and prints the notice for whoever handed it in.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base::{FieldFault, vietnam_date};
use contracts::{Access, AccountId, Purpose};
use forms::Fact;
use identity::{
    Enrolment, EnrolmentId, IdentityError,
    enrolment::{Refusal, RefusalReason},
    ops,
};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use webkit::{
    Form, Path, Problem, Query, View, form_faults,
    i18n::by_field,
    ui::{self, Choice, Field, Icon, Row, Tone, Weight},
};

use crate::{
    Desk,
    counter::{COUNTER, level_key},
    kept::{Sent, stamped},
    officer::{Officer, Part, frame},
    words::Words,
};

#[derive(Debug, Deserialize)]
pub struct Asked {
    file: Uuid,
}

/// A file of this agency that waits.
async fn load(
    desk: &Desk,
    officer: &Officer,
    account: AccountId,
    file: EnrolmentId,
) -> Result<Enrolment, Problem> {
    let mut tx = desk.store.begin().await?;
    let waiting = ops::enrol_list(&mut tx, &officer.actor, &officer.agency).await;
    let waiting = tx.finish(waiting).await?;
    let found = waiting.into_iter().find(|one| one.account == account && one.id == file);
    found.ok_or_else(Problem::not_found)
}

/// `GET /desk/accounts/{account}/refuse`.
pub async fn ask(
    State(desk): State<Arc<Desk>>,
    officer: Officer,
    view: View,
    Path(account): Path<AccountId>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Problem> {
    let file = load(&desk, &officer, account, EnrolmentId(asked.file)).await?;
    Ok(page(&Words::new(&view, &desk), &view, &officer, &file, &Form::default(), &[]))
}

/// `POST /desk/accounts/{account}/refuse`: the answer is the notice to print.
pub async fn answer(
    State(desk): State<Arc<Desk>>,
    view: View,
    Path(account): Path<AccountId>,
    sent: Sent,
) -> Result<Response, Problem> {
    let (officer, form) = sent.of_this_duty()?;
    let id = EnrolmentId(form.raw("file").parse().map_err(|_| Problem::not_found())?);
    let words = Words::new(&view, &desk);
    let file = load(&desk, &officer, account, id).await?;
    let why = match Refusal::typed(form.raw("reason"), form.raw("note")) {
        Ok(why) => why,
        Err(refused) => {
            let faults = form_faults(refused)?;
            let page = page(&words, &view, &officer, &file, &form, &faults);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let mut tx = desk.store.begin().await?;
    let outcome = async {
        // For the paper, which is for them.
        let access = Access::new(&officer.actor, Purpose::RAISE_LEVEL);
        let person = desk.dossiers.register.facts(&mut tx, &access, file.person, &[Fact::Name]).await?;
        ops::enrol_refuse(&desk.identity, &mut tx, &officer.actor, account, id, &why).await?;
        Ok::<_, IdentityError>(person)
    }
    .await;
    let person = tx.finish(outcome).await?;
    let name = person.value(Fact::Name, vietnam_date(view.now())).text().unwrap_or_default();
    Ok(notice(&words, &view, &officer, &file, &name, &why).into_response())
}

fn facts(words: &Words<'_>, view: &View, file: &Enrolment) -> Vec<Row> {
    vec![
        Row::new(view.t("desk-counter-collected"), view.date(vietnam_date(file.collected_at))),
        Row::new(view.t("desk-counter-level"), view.t(level_key(file.level))),
        Row::new(view.t("desk-counter-commune"), words.place(&file.commune)),
    ]
}

/// The question why.
pub fn page(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    file: &Enrolment,
    form: &Form,
    faults: &[FieldFault],
) -> Markup {
    let title = view.t("desk-refusal-title");
    let errors = by_field(view, faults);
    let reasons: Vec<Choice> = RefusalReason::ALL
        .iter()
        .map(|reason| {
            let key = match reason {
                RefusalReason::Other => view.t("desk-refusal-other"),
                told => capital(view.text(&told.words())),
            };
            Choice::new(reason.as_str(), key)
        })
        .collect();
    let note = Field::new("note", view.t("desk-refusal-note")).hint(view.t("desk-refusal-note-hint"));
    frame(words, view, officer, Part::Accounts, &title).error(!faults.is_empty()).page(html! {
        (crate::styles(view))
        (ui::back_link(COUNTER, &view.t("desk-counter-title")))
        (ui::error_summary(view, faults))
        h1 { (title) }
        p { (view.t("desk-refusal-text")) }
        (ui::summary(view, &facts(words, view, file)))
        form method="post" action={ (COUNTER) "/" (file.account) "/refuse" } novalidate {
            (view.csrf())
            (stamped(officer))
            input type="hidden" name="file" value=(file.id);
            (ui::radios(view, &Field::new("reason", view.t("desk-refusal-reason")).errors(&errors), &reasons, form.raw("reason")))
            (ui::textarea(view, &note.errors(&errors).optional(), form.raw("note"), 3))
            (ui::actions(ui::submit(Weight::Danger, &view.t("desk-refusal-go"))))
        }
    })
}

/// What is handed over or sent by post. It stands in this answer and nowhere else.
pub fn notice(
    words: &Words<'_>,
    view: &View,
    officer: &Officer,
    file: &Enrolment,
    name: &str,
    why: &Refusal,
) -> Markup {
    let title = view.t("desk-refusal-notice");
    let mut rows = vec![Row::new(view.t("desk-people-name"), name)];
    rows.extend(facts(words, view, file));
    rows.push(Row::new(view.t("desk-refusal-reason"), capital(view.text(&why.reason.words()))));
    if !why.note.is_empty() {
        rows.push(Row::new(view.t("desk-refusal-note"), &why.note));
    }
    rows.push(Row::new(view.t("desk-refusal-day"), view.date(vietnam_date(view.now()))));
    frame(words, view, officer, Part::Accounts, &title).page(html! {
        (crate::styles(view))
        h1 { (title) }
        (ui::notice(Tone::Good, view.t("desk-counter-refused")))
        section.card {
            p { strong { (words.agency(&officer.agency)) } }
            (ui::summary(view, &rows))
            p { (view.t("desk-refusal-again")) }
        }
        (ui::print_button(view))
        p { a href=(COUNTER) { (Icon::ArrowLeft) " " (view.t("desk-counter-title")) } }
    })
}

/// The end of a sentence, as a line of its own.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
