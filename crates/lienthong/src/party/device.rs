//! A device of a counter: it compares a person with the card that lies in it, and signs what came of it with its own key. A
//! real one measures; here whoever tries the demo says what it would find. Nothing is measured and nothing is kept beyond
//! the last comparisons.
//!
//! The gateway for stations: `POST /v1/comparisons` begins one, `POST /v1/comparisons/answer` asks what came of it; JSON, with
//! a bearer secret. A real device makes the subject from the number of the card in it; this one has no card and repeats it.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{Clock, Entropy};
use contracts::biometrics::{Measured, NewComparison, Outcome, RESULT_LIFE_S, RESULT_TYPE, Said, Trait};
use jose::{Algorithm, Audience, Registered, SoftwareKey};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;
use webkit::{
    Form, Problem, View,
    ui::{self, Tone, Weight},
};

use super::{
    KEY,
    common::{knows, page, read_settings, wrap},
};

const NAME: &str = "Thiết bị đối chiếu Mẫu";
/// Comparisons that are kept; the oldest goes for a new one.
const KEPT_MAX: usize = 20;
/// What a capture is worth that is good, and one that is not.
const GOOD: u8 = 86;
const BAD: u8 = 21;

/// What the device was told when it was set up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// Under which it is registered.
    pub id: String,
    /// What the stations must know.
    pub secret: String,
}

struct Session {
    asked: NewComparison,
    chosen: Option<Outcome>,
}

struct Device {
    settings: Settings,
    key: SoftwareKey,
    clock: Arc<dyn Clock>,
    sessions: Mutex<VecDeque<Session>>,
}

pub fn router(folder: &Path, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> anyhow::Result<Router> {
    let settings: Settings = read_settings(folder)?;
    let key = std::fs::read_to_string(folder.join(KEY)).with_context(|| format!("reading {KEY}"))?;
    let key = SoftwareKey::from_pem(&key, Algorithm::Es256)?;
    let device = Arc::new(Device { settings, key, clock: Arc::clone(&clock), sessions: Mutex::default() });
    let pages = Router::new().route("/", get(home).post(choose)).with_state(Arc::clone(&device));
    let gateway = Router::new()
        .route("/v1/comparisons", post(begin))
        .route("/v1/comparisons/answer", post(answer))
        .with_state(device);
    wrap(pages, gateway, clock, entropy)
}

impl Device {
    fn sessions(&self) -> MutexGuard<'_, VecDeque<Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign(&self, asked: &NewComparison, outcome: Outcome) -> anyhow::Result<String> {
        #[derive(Serialize)]
        struct Claims {
            #[serde(flatten)]
            registered: Registered,
            #[serde(flatten)]
            said: Said,
        }
        let now = self.clock.now().as_second();
        let quality = if outcome == Outcome::BadCapture { BAD } else { GOOD };
        let results = asked.kinds.iter().map(|kind| Measured { kind: *kind, outcome, quality }).collect();
        let claims = Claims {
            registered: Registered {
                iss: Some(self.settings.id.clone()),
                sub: Some(asked.subject.clone()),
                aud: Some(Audience::One(asked.audience.clone())),
                iat: Some(now),
                exp: Some(now + RESULT_LIFE_S),
                jti: Some(asked.session.to_string()),
                nbf: None,
            },
            said: Said { nonce: asked.nonce.clone(), results },
        };
        Ok(jose::sign(&self.key, Some(RESULT_TYPE), &claims)?)
    }
}

async fn begin(
    State(device): State<Arc<Device>>,
    headers: HeaderMap,
    Json(asked): Json<NewComparison>,
) -> StatusCode {
    if !knows(&headers, &device.settings.secret) {
        return StatusCode::UNAUTHORIZED;
    }
    let mut sessions = device.sessions();
    sessions.retain(|session| session.asked.session != asked.session);
    sessions.push_front(Session { asked, chosen: None });
    sessions.truncate(KEPT_MAX);
    StatusCode::ACCEPTED
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    session: Uuid,
}

/// Signed anew each time: a result lives for minutes, the session a little longer.
async fn answer(State(device): State<Arc<Device>>, headers: HeaderMap, Json(which): Json<Which>) -> Response {
    if !knows(&headers, &device.settings.secret) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let sessions = device.sessions();
    let Some(session) = sessions.iter().find(|session| session.asked.session == which.session) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match session.chosen.map(|outcome| device.sign(&session.asked, outcome)) {
        None => Json(json!({ "result": null })).into_response(),
        Some(Ok(result)) => Json(json!({ "result": result })).into_response(),
        Some(Err(_)) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn home(State(device): State<Arc<Device>>, view: View) -> Markup {
    let title = view.t("party-device-title");
    let now = view.now();
    let sessions = device.sessions();
    let waiting = sessions.iter().find(|s| s.chosen.is_none() && s.asked.ends_at > now);
    let last = sessions.iter().find_map(|s| s.chosen);
    page(
        &view,
        NAME,
        &title,
        html! {
            h1 { (title) }
            p.lead { (view.t("party-device-lead")) }
            @match waiting {
                None => {
                    @if let Some(outcome) = last {
                        (ui::notice(Tone::Good, html! { (view.t("party-device-said")) " " strong { (view.t(word(outcome))) } }))
                    }
                    p role="status" { (view.t("party-device-none")) }
                    p { a.button.secondary href="/" { (view.t("party-telco-again")) } }
                }
                Some(session) => {
                    (ui::notice(Tone::Wait, html! {
                        (view.t("party-device-asked")) " " strong { (kinds(&view, &session.asked.kinds)) }
                    }))
                    form method="post" action="/" {
                        (view.csrf())
                        input type="hidden" name="session" value=(session.asked.session);
                        div.actions {
                            @for (outcome, weight) in [
                                (Outcome::Match, Weight::Primary),
                                (Outcome::NoMatch, Weight::Secondary),
                                (Outcome::BadCapture, Weight::Secondary),
                            ] { (ui::submit_as(weight, "outcome", outcome.as_str(), &view.t(word(outcome)))) }
                        }
                    }
                }
            }
        },
    )
}

fn kinds(view: &View, kinds: &[Trait]) -> String {
    let word = |kind: &Trait| match kind {
        Trait::Face => view.t("party-device-face"),
        Trait::Fingerprint => view.t("party-device-fingerprint"),
    };
    kinds.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Match => "party-device-match",
        Outcome::NoMatch => "party-device-no-match",
        Outcome::BadCapture => "party-device-bad-capture",
    }
}

async fn choose(State(device): State<Arc<Device>>, form: Form) -> Result<Redirect, Problem> {
    let id: Uuid = form.raw("session").parse().map_err(|_| Problem::not_found())?;
    let outcome = Outcome::parse(form.raw("outcome")).ok_or_else(Problem::not_found)?;
    let mut sessions = device.sessions();
    let session = sessions.iter_mut().find(|session| session.asked.session == id);
    session.ok_or_else(Problem::not_found)?.chosen = Some(outcome);
    Ok(Redirect::to("/"))
}
