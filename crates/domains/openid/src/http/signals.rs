//! `/ssf`: receivers look after their streams of security events, and fetch them (OpenID SSF 1.0, RFC 8936).

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use webkit::ClientCertificate;

use super::{JWKS, caller::client_of, json as answered, refused};
use crate::{
    OpenId, Reason,
    clients::Served,
    limits::SIGNALS_WAIT,
    ops::stream::{
        PollRequest, StatusView, StreamDenied, SubjectWish, signals_wait, stream_create, stream_delete,
        stream_read, stream_status, stream_status_set, stream_subject, stream_update, stream_verify,
    },
    params::Params,
    signals::stream::StreamChange,
    watching::Endpoint,
};

pub const CONFIGURATION: &str = "/.well-known/ssf-configuration";
pub const STREAMS: &str = "/ssf/streams";
pub const STATUS: &str = "/ssf/status";
pub const ADD_SUBJECT: &str = "/ssf/subjects/add";
pub const REMOVE_SUBJECT: &str = "/ssf/subjects/remove";
pub const VERIFY: &str = "/ssf/verify";
pub const POLL: &str = "/ssf/poll";

/// Scopes of APIs that the operator approves for a receiver: looking and fetching, and changing.
const READ: &[&str] = &["ssf.read", "ssf.manage"];
const MANAGE: &[&str] = &["ssf.manage"];

/// What we can as a transmitter (SSF section 7.1).
pub async fn configuration(State(cx): State<OpenId>) -> Response {
    let document = json!({
        "spec_version": "1_0",
        "issuer": cx.settings.issuer,
        "jwks_uri": cx.url(JWKS),
        "delivery_methods_supported": ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"],
        "configuration_endpoint": cx.url(STREAMS),
        "status_endpoint": cx.url(STATUS),
        "add_subject_endpoint": cx.url(ADD_SUBJECT),
        "remove_subject_endpoint": cx.url(REMOVE_SUBJECT),
        "verification_endpoint": cx.url(VERIFY),
        "authorization_schemes": [{ "spec_urn": "urn:ietf:rfc:6749" }],
        // Of every account that signed in at the receiver, until it says otherwise.
        "default_subjects": "ALL",
    });
    answered(StatusCode::OK, &document)
}

/// A request of a receiver as it came.
pub struct Came {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    certificate: Option<Extension<ClientCertificate>>,
    body: Bytes,
}

impl<S: Send + Sync> axum::extract::FromRequest<S> for Came {
    type Rejection = Response;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, Response> {
        let (method, uri, headers) =
            (request.method().clone(), request.uri().clone(), request.headers().clone());
        let certificate = request.extensions().get::<ClientCertificate>().cloned().map(Extension);
        let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        Ok(Self { method, uri, headers, certificate, body })
    }
}

impl Came {
    /// The receiver, when its token lets it.
    async fn receiver(&self, cx: &OpenId, scopes: &[&str]) -> Result<std::sync::Arc<Served>, Response> {
        let at = (&self.method, self.uri.path());
        client_of(cx, at, &self.headers, self.certificate.as_ref(), scopes).await.map_err(|refusal| {
            let mut response = refused(cx, Endpoint::Signals, None, &refusal);
            let how = format!("Bearer realm=\"openid\", error=\"{}\"", refusal.reason().error());
            if let Ok(how) = HeaderValue::try_from(how) {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, how);
            }
            response
        })
    }

    /// Names stand once; an empty body is an empty object.
    fn read<T: DeserializeOwned>(&self) -> Result<T, StreamDenied> {
        let bytes: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        jose::json::object(bytes).map_err(|_| StreamDenied::Malformed)
    }

    /// The stream that the address names, where it names one.
    fn stream_id(&self) -> Result<Option<Uuid>, StreamDenied> {
        let params = Params::parse(self.uri.query().unwrap_or("").as_bytes());
        let params = params.map_err(|_| StreamDenied::Malformed)?;
        params.get("stream_id").map(|id| id.parse().map_err(|_| StreamDenied::NotFound)).transpose()
    }

    fn need_stream_id(&self) -> Result<Uuid, StreamDenied> {
        self.stream_id()?.ok_or(StreamDenied::Malformed)
    }
}

pub async fn streams_post(State(cx): State<OpenId>, came: Came) -> Response {
    let receiver = match came.receiver(&cx, MANAGE).await {
        Ok(receiver) => receiver,
        Err(answer) => return answer,
    };
    let made = async {
        let change: StreamChange = came.read()?;
        let mut tx = cx.store.begin().await?;
        let made = stream_create(&cx, &mut tx, &receiver, change).await;
        tx.finish(made).await
    };
    told(made.await.map(|view| answered(StatusCode::CREATED, &view)))
}

/// The stream that is named, or all there are: at most one.
pub async fn streams_get(State(cx): State<OpenId>, came: Came) -> Response {
    let receiver = match came.receiver(&cx, READ).await {
        Ok(receiver) => receiver,
        Err(answer) => return answer,
    };
    let found = async {
        let named = came.stream_id()?;
        let tx = cx.store.begin().await?;
        let found = stream_read(&cx, &tx, &receiver).await;
        let found = tx.finish(found).await?;
        match named {
            None => Ok(answered(StatusCode::OK, &found.into_iter().collect::<Vec<_>>())),
            Some(id) => {
                let view = found.filter(|view| view.stream_id == id).ok_or(StreamDenied::NotFound)?;
                Ok(answered(StatusCode::OK, &view))
            }
        }
    };
    told(found.await)
}

pub async fn streams_patch(State(cx): State<OpenId>, came: Came) -> Response {
    change(&cx, &came, false).await
}

pub async fn streams_put(State(cx): State<OpenId>, came: Came) -> Response {
    change(&cx, &came, true).await
}

async fn change(cx: &OpenId, came: &Came, whole: bool) -> Response {
    let receiver = match came.receiver(cx, MANAGE).await {
        Ok(receiver) => receiver,
        Err(answer) => return answer,
    };
    let changed = async {
        let change: StreamChange = came.read()?;
        let mut tx = cx.store.begin().await?;
        let changed = stream_update(cx, &mut tx, &receiver, change, whole).await;
        tx.finish(changed).await
    };
    told(changed.await.map(|view| answered(StatusCode::OK, &view)))
}

pub async fn streams_delete(State(cx): State<OpenId>, came: Came) -> Response {
    let receiver = match came.receiver(&cx, MANAGE).await {
        Ok(receiver) => receiver,
        Err(answer) => return answer,
    };
    let deleted = async {
        let id = came.need_stream_id()?;
        let mut tx = cx.store.begin().await?;
        let deleted = stream_delete(&mut tx, &receiver, id).await;
        tx.finish(deleted).await
    };
    told(deleted.await.map(|()| StatusCode::NO_CONTENT.into_response()))
}

pub async fn status_get(State(cx): State<OpenId>, came: Came) -> Response {
    let receiver = match came.receiver(&cx, READ).await {
        Ok(receiver) => receiver,
        Err(answer) => return answer,
    };
    let found = async {
        let id = came.need_stream_id()?;
        let tx = cx.store.begin().await?;
        let found = stream_status(&tx, &receiver, id).await;
        tx.finish(found).await
    };
    told(found.await.map(|view| answered(StatusCode::OK, &view)))
}

pub async fn status_post(State(cx): State<OpenId>, came: Came) -> Response {
    let receiver = match came.receiver(&cx, MANAGE).await {
        Ok(receiver) => receiver,
        Err(answer) => return answer,
    };
    let set = async {
        let wanted: StatusView = came.read()?;
        let mut tx = cx.store.begin().await?;
        let set = stream_status_set(&mut tx, &receiver, wanted).await;
        tx.finish(set).await
    };
    told(set.await.map(|view| answered(StatusCode::OK, &view)))
}

/// The receiver wants to hear of a subject again.
pub async fn subject_add(State(cx): State<OpenId>, came: Came) -> Response {
    subject(&cx, &came, true).await
}

/// It wants to hear nothing more of one.
pub async fn subject_remove(State(cx): State<OpenId>, came: Came) -> Response {
    subject(&cx, &came, false).await
}

async fn subject(cx: &OpenId, came: &Came, hears: bool) -> Response {
    let receiver = match came.receiver(cx, MANAGE).await {
        Ok(receiver) => receiver,
        Err(answer) => return answer,
    };
    let noted = async {
        let wish: SubjectWish = came.read()?;
        let mut tx = cx.store.begin().await?;
        let noted = stream_subject(cx, &mut tx, &receiver, wish, hears).await;
        tx.finish(noted).await
    };
    let status = if hears { StatusCode::OK } else { StatusCode::NO_CONTENT };
    told(noted.await.map(|()| status.into_response()))
}

#[derive(Deserialize)]
struct Verification {
    stream_id: Uuid,
    state: Option<String>,
}

pub async fn verify_post(State(cx): State<OpenId>, came: Came) -> Response {
    let receiver = match came.receiver(&cx, MANAGE).await {
        Ok(receiver) => receiver,
        Err(answer) => return answer,
    };
    let asked = async {
        let Verification { stream_id, state } = came.read()?;
        let mut tx = cx.store.begin().await?;
        let asked = stream_verify(&cx, &mut tx, &receiver, stream_id, state).await;
        tx.finish(asked).await
    };
    told(asked.await.map(|()| StatusCode::NO_CONTENT.into_response()))
}

pub async fn poll_post(State(cx): State<OpenId>, came: Came) -> Response {
    let receiver = match came.receiver(&cx, READ).await {
        Ok(receiver) => receiver,
        Err(answer) => return answer,
    };
    let polled = async {
        let asked: PollRequest = came.read()?;
        if !asked.set_errs.is_empty() {
            let now = cx.store.clock().now();
            cx.watching.failed(receiver.id, Endpoint::Signals, &Reason::NotDelivered.into(), now);
        }
        signals_wait(&cx, &receiver, asked, SIGNALS_WAIT).await
    };
    told(polled.await.map(|answer| answered(StatusCode::OK, &answer)))
}

fn told(outcome: Result<Response, StreamDenied>) -> Response {
    outcome.unwrap_or_else(|denied| {
        let status = match &denied {
            StreamDenied::NotFound => StatusCode::NOT_FOUND,
            StreamDenied::Exists => StatusCode::CONFLICT,
            StreamDenied::Malformed => StatusCode::BAD_REQUEST,
            StreamDenied::TooOften => StatusCode::TOO_MANY_REQUESTS,
            StreamDenied::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            StreamDenied::Signing(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if let StreamDenied::Store(_) | StreamDenied::Signing(_) = &denied {
            tracing::warn!(error = %denied, "a receiver could not be answered");
        }
        let said: Map<String, Value> =
            Map::from_iter([("description".to_owned(), Value::String(denied.to_string()))]);
        answered(status, &said)
    })
}
