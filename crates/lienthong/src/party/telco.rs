//! A telco: it takes short messages, and says whether a number's subscriber is a person. Its own page shows what telephones
//! would show, so that whoever tries the demo can read their code; and finds the number of a made-up person.
//!
//! The gateway for programs: `POST /v1/messages` and `POST /v1/subscribers/match`, JSON, with a bearer secret. It keeps the
//! last messages in memory and nothing else; its subscribers are those of a file.

use std::{
    collections::{HashMap, VecDeque},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::{get, post},
};
use base::{Clock, Entropy, PersonalNumber};
use contracts::Phone;
use jiff::{Timestamp, civil::Date};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;
use webkit::{
    Form, View,
    ui::{self, Column, Field, LineKind, Weight},
};

use super::common::{knows, page, wrap};

const NAME: &str = "Mạng di động Mẫu";
/// Messages that are kept; the oldest goes for a new one.
const INBOX_MAX: usize = 100;
/// Characters of one message: eight parts of 67.
const TEXT_CHARS_MAX: usize = 536;
/// People whom the page proposes for opening an account.
const PROPOSED_MAX: usize = 5;
/// Of age to open one alone.
const AGE_MIN: i16 = 18;

/// What the telco was told when it was set up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// People with their numbers: the sheet of made-up people.
    pub people: PathBuf,
    /// What those who send must know.
    pub secret: String,
}

/// A line of the sheet, as far as the telco reads it.
#[derive(Debug, Clone, Deserialize)]
struct Subscriber {
    number: String,
    full_name: String,
    birth_date: String,
    death_date: String,
    phone: String,
}

/// A message that was taken.
#[derive(Debug, Clone)]
struct Taken {
    id: Uuid,
    to: String,
    text: String,
    at: Timestamp,
}

struct Telco {
    secret: String,
    /// The personal number of a subscriber, by telephone; and the other way round.
    subscribers: HashMap<String, String>,
    telephones: HashMap<String, String>,
    proposed: Vec<Subscriber>,
    inbox: Mutex<VecDeque<Taken>>,
    clock: Arc<dyn Clock>,
}

pub fn router(folder: &Path, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> anyhow::Result<Router> {
    let settings: Settings = super::common::read_settings(folder)?;
    let telco = Arc::new(Telco::load(settings, Arc::clone(&clock))?);
    let pages = Router::new().route("/", get(home).post(look)).with_state(Arc::clone(&telco));
    let gateway = Router::new()
        .route("/v1/messages", post(take))
        .route("/v1/subscribers/match", post(matches))
        .with_state(telco);
    wrap(pages, gateway, clock, entropy)
}

impl Telco {
    fn load(settings: Settings, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let today = base::vietnam_date(clock.now());
        let mut subscribers = HashMap::new();
        let mut telephones = HashMap::new();
        let mut proposed = VecDeque::new();
        let mut sheet = csv::Reader::from_path(&settings.people)
            .with_context(|| format!("reading {}", settings.people.display()))?;
        for line in sheet.deserialize() {
            let one: Subscriber = line?;
            if one.phone.is_empty() || !one.death_date.is_empty() {
                continue;
            }
            telephones.insert(one.number.clone(), one.phone.clone());
            subscribers.insert(one.phone.clone(), one.number.clone());
            // The last ones: those of the beginning have accounts already.
            if is_of_age(&one.birth_date, today) {
                proposed.push_back(one);
                if proposed.len() > PROPOSED_MAX {
                    proposed.pop_front();
                }
            }
        }
        let (secret, proposed) = (settings.secret, proposed.into());
        Ok(Self { secret, subscribers, telephones, proposed, inbox: Mutex::default(), clock })
    }

    fn inbox(&self) -> std::sync::MutexGuard<'_, VecDeque<Taken>> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_of_age(birth_date: &str, today: Date) -> bool {
    birth_date.parse::<Date>().is_ok_and(|born| today.year() - born.year() > AGE_MIN)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMessage {
    id: Uuid,
    to: String,
    text: String,
}

/// The same id again is the same message.
async fn take(
    State(telco): State<Arc<Telco>>,
    headers: HeaderMap,
    Json(new): Json<NewMessage>,
) -> impl IntoResponse {
    if !knows(&headers, &telco.secret) {
        return StatusCode::UNAUTHORIZED;
    }
    let Some(to) = Phone::parse(&new.to).filter(|_| new.text.chars().count() <= TEXT_CHARS_MAX) else {
        return StatusCode::UNPROCESSABLE_ENTITY;
    };
    let mut inbox = telco.inbox();
    if inbox.iter().any(|known| known.id == new.id) {
        return StatusCode::OK;
    }
    inbox.push_front(Taken { id: new.id, to: to.as_str().to_owned(), text: new.text, at: telco.clock.now() });
    inbox.truncate(INBOX_MAX);
    StatusCode::ACCEPTED
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claimed {
    phone: String,
    personal_number: String,
}

/// Match or no match.
async fn matches(
    State(telco): State<Arc<Telco>>,
    headers: HeaderMap,
    Json(claimed): Json<Claimed>,
) -> impl IntoResponse {
    if !knows(&headers, &telco.secret) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let known = telco.subscribers.get(&claimed.phone);
    Json(json!({ "match": known == Some(&claimed.personal_number) })).into_response()
}

async fn home(State(telco): State<Arc<Telco>>, view: View) -> Markup {
    draw(&telco, &view, "")
}

/// A number must not stand in an address, so the question is posted.
async fn look(State(telco): State<Arc<Telco>>, view: View, form: Form) -> Markup {
    draw(&telco, &view, &form.line("number"))
}

fn draw(telco: &Telco, view: &View, asked: &str) -> Markup {
    let inbox: Vec<Taken> = telco.inbox().iter().cloned().collect();
    let title = view.t("party-telco-title");
    let wanted = asked.parse::<PersonalNumber>().ok();
    let found = wanted.as_ref().and_then(|number| telco.telephones.get(number.as_str()));
    page(
        view,
        NAME,
        &title,
        html! {
            h1 { (title) }
            p.lead { (view.t("party-telco-lead")) }
            @if inbox.is_empty() { p { (view.t("party-telco-none")) } } @else {
                ul.files { @for one in &inbox { li { (message(view, one)) } } }
            }
            p { a.button.secondary href="/" { (view.t("party-telco-again")) } }
            h2 { (view.t("party-telco-whose")) }
            @if !asked.is_empty() {
                p role="status" { @match found {
                    Some(phone) => { (view.t("party-telco-found")) " " strong { (phone) } }
                    None => { (view.t("party-telco-nobody")) }
                } }
            }
            form method="post" action="/" {
                (view.csrf())
                (ui::line(view, &Field::new("number", view.t("party-telco-number")), asked, LineKind::Digits))
                (ui::actions(ui::submit(Weight::Secondary, &view.t("party-telco-look"))))
            }
            p { (view.t("party-telco-proposed-about")) }
            (proposed(view, &telco.proposed))
        },
    )
}

fn message(view: &View, one: &Taken) -> Markup {
    html! {
        div {
            strong { (one.to) }
            p.quiet { (view.moment(one.at, view.now())) }
            @for line in one.text.lines() { p { (line) } }
        }
    }
}

fn proposed(view: &View, people: &[Subscriber]) -> Markup {
    let columns = ["party-telco-name", "party-telco-number", "party-telco-born", "party-telco-phone"]
        .map(|key| Column::new(view.t(key)));
    let born = |one: &Subscriber| {
        one.birth_date.parse().map_or_else(|_| one.birth_date.clone(), |day| view.date(day))
    };
    let rows: Vec<Vec<Markup>> = people
        .iter()
        .map(|one| [one.full_name.clone(), one.number.clone(), born(one), one.phone.clone()])
        .map(|cells| cells.map(|cell| html! { (cell) }).into())
        .collect();
    ui::table(view, &view.t("party-telco-proposed"), &columns, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_birth_date_makes_somebody_of_age() {
        let today = jiff::civil::date(2026, 11, 20);
        for (born, expected) in [("1990-05-17", true), ("2012-01-01", false), ("1990", false), ("", false)] {
            assert_eq!(is_of_age(born, today), expected, "{born}");
        }
    }
}
