//! `/ciba`: a counter or a call centre has asked; the person answers here, on a device of their own.
//!
//! The same few words stand on the asker's screen. Whoever does not hear or see them there is being deceived, and the page
//! says so.

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use maud::{Markup, html};
use openid::{
    OpenIdError,
    ops::{self, CibaLine, ElsewhereNext},
};
use uuid::Uuid;
use webkit::{
    Form, Path, Problem, View,
    ui::{self, Door, Icon, Tone},
};

use crate::{
    Consent,
    ask::ended,
    question::{self, Question, Unread},
    visit::{Person, account_frame, styles},
};

pub const CIBA: &str = "/ciba";

pub fn routes() -> Router<Arc<Consent>> {
    Router::new().route(CIBA, get(list)).route("/ciba/{id}", get(show).post(reply))
}

async fn list(person: Person) -> Result<Markup, Problem> {
    let tx = person.begin().await?;
    let outcome = ops::ciba_list(&person.site.openid, &tx, &person.login).await;
    Ok(list_page(&person, &tx.finish(outcome).await?))
}

/// The questions that wait.
pub fn list_page(view: &View, lines: &[CibaLine]) -> Markup {
    let title = view.t("consent-ciba-list-title");
    let door = |line: &CibaLine| {
        let until = view.tw("consent-ends", &[("when", view.moment(line.until, view.now()).into())]);
        let text =
            line.binding_message.as_ref().map_or_else(|| until.clone(), |said| format!("“{said}” · {until}"));
        Door::new(format!("{CIBA}/{}", line.id), Icon::Bell, view.text(&line.name), text)
    };
    account_frame(view, &title, CIBA).page(html! {
        (styles(view))
        h1 { (title) }
        p.lead { (view.t("consent-ciba-list-lead")) }
        @if lines.is_empty() {
            (ui::empty(Icon::CheckCircle, &view.t("consent-ciba-none"), html! { p { (view.t("consent-ciba-none-about")) } }))
        } @else { (ui::doors(&lines.iter().map(door).collect::<Vec<_>>())) }
    })
}

type Next = (CibaLine, ElsewhereNext);

async fn next(person: &Person, id: Uuid) -> Result<Result<Next, OpenIdError>, Problem> {
    let mut tx = person.begin().await?;
    let outcome = ops::ciba_next(&person.site.openid, &mut tx, id, &person.login).await;
    Ok(tx.finish(outcome).await)
}

async fn show(person: Person, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    match next(&person, id).await? {
        Ok((line, ElsewhereNext::Ask(asked))) => Ok(draw(&person, &line, &asked, &Unread::default())),
        Ok((_, ElsewhereNext::SignIn(how))) => Ok(person.to_sign_in(how)),
        Ok((_, ElsewhereNext::Over(reason))) => Ok(question::over_page(&person, reason).into_response()),
        Err(fault) => ended(&person, fault),
    }
}

fn draw(person: &Person, line: &CibaLine, asked: &openid::Question, unread: &Unread) -> Response {
    let page = page(person, line, &Question::of(person, asked).once(), unread);
    (unread.status(), page).into_response()
}

async fn reply(person: Person, Path(id): Path<Uuid>, form: Form) -> Result<Response, Problem> {
    let (line, asked) = match next(&person, id).await? {
        Ok((line, ElsewhereNext::Ask(asked))) => (line, asked),
        Ok((_, ElsewhereNext::SignIn(how))) => return Ok(person.to_sign_in(how)),
        Ok((_, ElsewhereNext::Over(reason))) => {
            return Ok(question::over_page(&person, reason).into_response());
        }
        // Questions belong to their person: for anybody else there is none, and the page was drawn for somebody else.
        Err(OpenIdError::NotFound) if question::is_of_another(&form, &person.login) => {
            let said = person.flash(Tone::Wait, person.t("consent-ciba-other"));
            return Ok((said, Redirect::to(CIBA)).into_response());
        }
        Err(fault) => return ended(&person, fault),
    };
    let answered = match question::read(&form, &asked) {
        Err(unread) => return Ok(draw(&person, &line, &asked, &unread)),
        Ok(answered) => answered,
    };
    let mut tx = person.begin().await?;
    let outcome = match &answered {
        Some(choice) => ops::ciba_accept(&person.site.openid, &mut tx, id, &person.login, choice).await,
        None => ops::ciba_refuse(&mut tx, id, &person.login).await,
    };
    match tx.finish(outcome).await {
        Ok(()) => {
            Ok(question::done_page(&person, person.text(&line.name), answered.is_some()).into_response())
        }
        // Within this very moment: the page of now says so.
        Err(OpenIdError::Changed(changed)) => match next(&person, id).await? {
            Ok((line, ElsewhereNext::Ask(asked))) => {
                Ok(draw(&person, &line, &asked, &Unread::Changed(changed)))
            }
            _ => ended(&person, OpenIdError::WrongState),
        },
        Err(fault) => ended(&person, fault),
    }
}

/// What is asked, with the words to compare.
pub fn page(view: &View, line: &CibaLine, question: &Question, unread: &Unread) -> Markup {
    let lead = html! {
        section.card.consent-compare {
            @if let Some(said) = &line.binding_message {
                p { (view.t("consent-ciba-compare")) }
                p.consent-message { (said) }
            }
            p.quiet { (view.tw("consent-ciba-asked", &[("when", view.moment(line.at, view.now()).into())])) }
        }
        (ui::notice(Tone::Wait, view.t("consent-ciba-beware")))
    };
    question::page(view, question, &format!("{CIBA}/{}", line.id), &html! {}, lead, unread)
}
