//! `stream_create`, `stream_read`, `stream_update`, `stream_delete`, `stream_status`, `stream_subject`, `stream_verify`,
//! `signals_poll`, `signals_wait`: a receiver looks after its one stream of security events, and fetches them (SSF 1.0
//! section 8.1, RFC 8936).

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use postgres_types::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{RowExt, StoreError, Tx};
use uuid::Uuid;

use crate::{
    OpenId,
    clients::Served,
    http::signals::POLL,
    limits::{SIGNALS_LOOK_EVERY, SIGNALS_POLLED_MAX, STREAM_TEXT_BYTES_MAX, VERIFICATION_INTERVAL},
    messages::Message,
    model::SigningAlg,
    signals::{
        event::{self, SubjectId},
        follower::{New, leave},
        stream::{Delivery, StreamChange, StreamSettings, StreamStatus, StreamView},
    },
    sql_beyond as sql,
};

/// Why a receiver's request is turned down.
#[derive(Debug, thiserror::Error)]
pub enum StreamDenied {
    #[error("there is no such stream")]
    NotFound,
    #[error("the receiver has a stream")]
    Exists,
    #[error("a value is malformed, or an address is not one of the client's")]
    Malformed,
    #[error("verification is asked for too often")]
    TooOften,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a token cannot be signed")]
    Signing(#[from] jose::JoseError),
}

/// Whether events flow, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    pub stream_id: Uuid,
    pub status: StreamStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a receiver asks when it fetches (RFC 8936 section 2.2).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PollRequest {
    pub max_events: Option<i64>,
    pub return_immediately: bool,
    /// Taken: never handed out again.
    pub ack: Vec<Uuid>,
    /// Not understood: never handed out again either, and told to the receiver's people.
    pub set_errs: HashMap<Uuid, Value>,
}

/// What it gets: tokens by their ids.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PollAnswer {
    pub sets: BTreeMap<Uuid, String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub more_available: bool,
}

/// The stream of a client as it stands.
struct Stream {
    id: Uuid,
    settings: StreamSettings,
    status: StreamStatus,
    reason: Option<String>,
    verified_at: Option<Timestamp>,
}

impl Stream {
    async fn find(tx: &Tx, client: &Served) -> Result<Option<Self>, StreamDenied> {
        let Some(row) = tx.query_opt(sql::STREAM_FIND, &[&client.id]).await? else { return Ok(None) };
        let Json(settings) = row.col::<Json<StreamSettings>>("settings")?;
        Ok(Some(Self {
            id: row.col("stream_id")?,
            settings,
            status: StreamStatus::parse(row.col("status")?).ok_or(StoreError::Column("status"))?,
            reason: row.col("reason")?,
            verified_at: row.col("verified_at")?,
        }))
    }

    /// The one that the receiver names.
    async fn named(tx: &Tx, client: &Served, id: Uuid) -> Result<Self, StreamDenied> {
        Self::find(tx, client).await?.filter(|s| s.id == id).ok_or(StreamDenied::NotFound)
    }

    fn view(self, cx: &OpenId, client: &Served) -> StreamView {
        view(cx, client, self.id, self.settings)
    }

    fn status(self) -> StatusView {
        StatusView { stream_id: self.id, status: self.status, reason: self.reason }
    }
}

fn view(cx: &OpenId, client: &Served, id: Uuid, settings: StreamSettings) -> StreamView {
    StreamView::new(id, &cx.settings.issuer, client.id.to_string(), cx.url(POLL), settings)
}

pub async fn stream_create(
    cx: &OpenId,
    tx: &mut Tx,
    client: &Served,
    change: StreamChange,
) -> Result<StreamView, StreamDenied> {
    let settings = change.whole();
    if !settings.fits(&client.settings) {
        return Err(StreamDenied::Malformed);
    }
    let (id, now) = (tx.new_uuid(), tx.now());
    let made = tx.execute(sql::STREAM_INSERT, &[&client.id, &id, &Json(&settings), &now]).await?;
    if made == 0 {
        return Err(StreamDenied::Exists);
    }
    Ok(view(cx, client, id, settings))
}

/// The stream, if the receiver has one.
pub async fn stream_read(cx: &OpenId, tx: &Tx, client: &Served) -> Result<Option<StreamView>, StreamDenied> {
    Ok(Stream::find(tx, client).await?.map(|s| s.view(cx, client)))
}

/// Changes what is named; with `whole` everything else falls back to what a new stream has.
pub async fn stream_update(
    cx: &OpenId,
    tx: &mut Tx,
    client: &Served,
    change: StreamChange,
    whole: bool,
) -> Result<StreamView, StreamDenied> {
    let stream = Stream::named(tx, client, change.stream_id.ok_or(StreamDenied::Malformed)?).await?;
    let settings = if whole { change.whole() } else { change.onto(stream.settings) };
    if !settings.fits(&client.settings) {
        return Err(StreamDenied::Malformed);
    }
    tx.execute(sql::STREAM_UPDATE, &[&client.id, &stream.id, &Json(&settings)]).await?;
    let due = due(&settings, stream.status, tx.now());
    tx.execute(sql::SIGNALS_DUE, &[&client.id, &due]).await?;
    Ok(view(cx, client, stream.id, settings))
}

pub async fn stream_delete(tx: &mut Tx, client: &Served, id: Uuid) -> Result<(), StreamDenied> {
    let stream = Stream::named(tx, client, id).await?;
    tx.execute(sql::SIGNALS_DROP, &[&client.id]).await?;
    tx.execute(sql::UNHEARD_END_ALL, &[&client.id]).await?;
    tx.execute(sql::STREAM_DELETE, &[&client.id, &stream.id]).await?;
    Ok(())
}

/// What a receiver says of a subject (SSF section 8.1.3).
#[derive(Debug, Clone, Deserialize)]
pub struct SubjectWish {
    pub stream_id: Uuid,
    pub subject: Map<String, Value>,
}

/// The receiver wants to hear of an account, or nothing more of it. At first it hears of all that signed in there.
///
/// Subjects that nobody knows, or of forms that name nobody here, are passed over: the answer tells nothing of who has an
/// account.
pub async fn stream_subject(
    cx: &OpenId,
    tx: &mut Tx,
    client: &Served,
    wish: SubjectWish,
    hears: bool,
) -> Result<(), StreamDenied> {
    Stream::named(tx, client, wish.stream_id).await?;
    if !wish.subject.get("format").is_some_and(Value::is_string) {
        return Err(StreamDenied::Malformed);
    }
    let subject = match serde_json::from_value(Value::Object(wish.subject)) {
        Ok(SubjectId::Account { iss, sub }) if iss == cx.settings.issuer => sub,
        _ => return Ok(()),
    };
    match hears {
        true => tx.execute(sql::UNHEARD_END, &[&client.id, &subject]).await?,
        false => tx.execute(sql::UNHEARD_PUT, &[&client.id, &subject, &tx.now()]).await?,
    };
    Ok(())
}

pub async fn stream_status(tx: &Tx, client: &Served, id: Uuid) -> Result<StatusView, StreamDenied> {
    Ok(Stream::named(tx, client, id).await?.status())
}

/// The receiver pauses its stream, stops it, or lets it go on.
pub async fn stream_status_set(
    tx: &mut Tx,
    client: &Served,
    wanted: StatusView,
) -> Result<StatusView, StreamDenied> {
    let stream = Stream::named(tx, client, wanted.stream_id).await?;
    if wanted.reason.as_ref().is_some_and(|r| r.len() > STREAM_TEXT_BYTES_MAX) {
        return Err(StreamDenied::Malformed);
    }
    let status = wanted.status;
    tx.execute(sql::STREAM_STATUS, &[&client.id, &stream.id, &status.as_str(), &wanted.reason]).await?;
    match status {
        StreamStatus::Disabled => tx.execute(sql::SIGNALS_DROP, &[&client.id]).await?,
        StreamStatus::Enabled | StreamStatus::Paused => {
            let due = due(&stream.settings, status, tx.now());
            tx.execute(sql::SIGNALS_DUE, &[&client.id, &due]).await?
        }
    };
    Ok(wanted)
}

/// When waiting events are sent: now, or never by us.
fn due(settings: &StreamSettings, status: StreamStatus, now: Timestamp) -> Option<Timestamp> {
    let pushed = matches!(settings.delivery, Delivery::Push { .. }) && status == StreamStatus::Enabled;
    pushed.then_some(now)
}

/// The receiver tries the way: it gets an event with its own word in it.
pub async fn stream_verify(
    cx: &OpenId,
    tx: &mut Tx,
    client: &Served,
    id: Uuid,
    state: Option<String>,
) -> Result<(), StreamDenied> {
    let stream = Stream::named(tx, client, id).await?;
    let now = tx.now();
    if state.as_ref().is_some_and(|s| s.len() > STREAM_TEXT_BYTES_MAX) {
        return Err(StreamDenied::Malformed);
    }
    if stream.verified_at.is_some_and(|at| now < at + VERIFICATION_INTERVAL) {
        return Err(StreamDenied::TooOften);
    }
    if stream.status == StreamStatus::Disabled {
        return Err(StreamDenied::NotFound);
    }
    tx.execute(sql::STREAM_VERIFIED, &[&client.id, &stream.id, &now]).await?;
    let new = New {
        kind: event::VERIFICATION,
        event: state.map_or(json!({}), |state| json!({ "state": state })),
        about: SubjectId::Stream { id: stream.id },
        transaction: None,
    };
    leave(cx, tx, client.id, &stream.settings, stream.status, new);
    Ok(())
}

/// As [`signals_poll`]; where nothing waits and the receiver is patient, for so long until something does (RFC 8936
/// section 2.4). Who waits holds no connection: each look is a transaction of its own.
pub async fn signals_wait(
    cx: &OpenId,
    client: &Served,
    mut asked: PollRequest,
    patience: Duration,
) -> Result<PollAnswer, StreamDenied> {
    let patient = !asked.return_immediately && asked.max_events.is_none_or(|most| most > 0);
    // A process has room for so many; who comes later is answered at once, and asks again.
    let place = if patient { cx.waiting.try_acquire().ok() } else { None };
    let until = Instant::now() + patience;
    loop {
        let again = PollRequest { max_events: asked.max_events, ..PollRequest::default() };
        let mut tx = cx.store.begin().await?;
        let polled = signals_poll(cx, &mut tx, client, asked).await;
        let answer = tx.finish(polled).await?;
        let left = until.saturating_duration_since(Instant::now());
        if !answer.sets.is_empty() || place.is_none() || left.is_zero() {
            return Ok(answer);
        }
        tokio::time::sleep(left.min(SIGNALS_LOOK_EVERY)).await;
        asked = again;
    }
}

/// Takes back what the receiver has taken, and hands out what waits. Answers at once, also where nothing waits.
pub async fn signals_poll(
    cx: &OpenId,
    tx: &mut Tx,
    client: &Served,
    asked: PollRequest,
) -> Result<PollAnswer, StreamDenied> {
    let stream = Stream::find(tx, client).await?.ok_or(StreamDenied::NotFound)?;
    if !matches!(stream.settings.delivery, Delivery::Poll) {
        return Err(StreamDenied::NotFound);
    }
    let done: Vec<Uuid> = asked.ack.into_iter().chain(asked.set_errs.into_keys()).collect();
    if !done.is_empty() {
        tx.execute(sql::SIGNALS_ACK, &[&client.id, &done]).await?;
    }
    let most = asked.max_events.unwrap_or(SIGNALS_POLLED_MAX).clamp(0, SIGNALS_POLLED_MAX);
    if stream.status != StreamStatus::Enabled {
        return Ok(PollAnswer::default());
    }
    // One more than is handed out tells whether there is more.
    let rows = tx.query(sql::SIGNALS_POLL, &[&client.id, &tx.now(), &(most + 1)]).await?;
    let most = usize::try_from(most).unwrap_or_default();
    let mut answer = PollAnswer { more_available: rows.len() > most, ..PollAnswer::default() };
    for row in rows.iter().take(most) {
        let Json(message) = row.col::<Json<Message>>("payload")?;
        let Message::Signal { event } = message else { continue };
        let token = cx.keys.sign(SigningAlg::Es256, Some(event::TYPE), &*event).await?;
        answer.sets.insert(event.jti, token);
    }
    Ok(answer)
}
