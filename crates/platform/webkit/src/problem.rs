//! Errors at the HTTP border: RFC 9457 problem documents for programs, a plain page for people.
//!
//! A handler returns `Result<_, Problem>`; `?` turns any [`base::Fault`] into one. The problem travels as a response
//! extension until [`crate::border`] writes it in the reader's language, logs its causes once, and hides them.

use std::{borrow::Cow, time::Duration};

use axum::response::{IntoResponse, Response};
use base::{Fault, FieldFault, Kind};
use http::{HeaderValue, StatusCode, header};
use maud::html;
use serde::Serialize;

use crate::{
    i18n::Say,
    layout::Layout,
    ui::{self, Icon},
};

/// What a client waits when a part is out of reach and nobody knows for how long.
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// A chain of causes is cut here, in case one refers to itself.
const CAUSES_MAX: usize = 10;

/// An error on its way to the client.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: Kind,
    code: Cow<'static, str>,
    args: Vec<(String, String)>,
    fields: Vec<FieldFault>,
    retry_after: Option<Duration>,
    /// For the log only; first lines, because what follows in a database error quotes data.
    causes: Vec<String>,
}

impl Problem {
    pub fn new(kind: Kind, code: impl Into<Cow<'static, str>>) -> Self {
        let retry_after = (kind == Kind::Unavailable).then_some(RETRY_AFTER);
        Self {
            kind,
            code: code.into(),
            args: Vec::new(),
            fields: Vec::new(),
            retry_after,
            causes: Vec::new(),
        }
    }

    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "webkit.not_found")
    }

    pub fn unauthenticated() -> Self {
        Self::new(Kind::Unauthenticated, "webkit.unauthenticated")
    }

    pub fn forbidden() -> Self {
        Self::new(Kind::Forbidden, "webkit.forbidden")
    }

    pub fn too_large() -> Self {
        Self::new(Kind::Limit, "webkit.too_large")
    }

    /// Input that breaks rules, field by field.
    pub fn invalid(fields: Vec<FieldFault>) -> Self {
        Self { fields, ..Self::new(Kind::Invalid, "webkit.invalid") }
    }

    /// The same as `?` for a fault behind a reference or a box.
    pub fn of(fault: &dyn Fault) -> Self {
        let mut causes = vec![first_line(&fault.to_string())];
        let mut source = fault.source();
        while let (Some(cause), true) = (source, causes.len() < CAUSES_MAX) {
            causes.push(first_line(&cause.to_string()));
            source = cause.source();
        }
        Self {
            args: fault.args(),
            fields: fault.fields().to_vec(),
            causes,
            ..Self::new(fault.kind(), fault.code())
        }
    }

    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.args.push((name.into(), value.to_string()));
        self
    }

    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Adds a cause for the log; never shown.
    #[must_use]
    pub fn because(mut self, cause: &impl ToString) -> Self {
        self.causes.push(first_line(&cause.to_string()));
        self
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    /// The fields at fault, for showing the form again.
    pub fn fields(&self) -> &[FieldFault] {
        &self.fields
    }

    /// The HTTP status. A limit of size (a code that ends in `too_large`) is 413, any other limit 429.
    pub fn status(&self) -> StatusCode {
        match self.kind {
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::Limit if self.is_size() => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::Limit => StatusCode::TOO_MANY_REQUESTS,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The sentence that says what happened.
    pub fn detail(&self, say: &Say) -> String {
        say.code(&self.code, &self.args)
    }

    /// What an answer without a body of ours (a framework's refusal) means.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::UNAUTHORIZED => Self::unauthenticated(),
            StatusCode::FORBIDDEN => Self::forbidden(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(Kind::NotFound, "webkit.method"),
            StatusCode::SERVICE_UNAVAILABLE => Self::new(Kind::Unavailable, "webkit.unavailable"),
            status if status.is_client_error() => Self::new(Kind::Invalid, "webkit.bad_request"),
            _ => Self::bug(),
        }
    }

    /// Our own mistake, nothing more to say.
    pub fn bug() -> Self {
        Self::new(Kind::Bug, "webkit.bug")
    }

    pub(crate) fn log(&self) {
        let causes = self.causes.join(": ");
        match self.kind {
            Kind::Bug => tracing::error!(code = %self.code, %causes, "problem"),
            Kind::Unavailable => tracing::warn!(code = %self.code, %causes, "problem"),
            _ => tracing::debug!(code = %self.code, "problem"),
        }
    }

    /// The problem document.
    pub(crate) fn json(&self, status: StatusCode, say: &Say, request_id: &str) -> Response {
        let body = Document {
            r#type: format!("urn:lienthong:problem:{}", self.code),
            title: say.t(self.title_key()),
            status: status.as_u16(),
            detail: self.detail(say),
            code: &self.code,
            fields: self
                .fields
                .iter()
                .map(|f| Field { field: &f.field, code: &f.code, detail: say.fault(f) })
                .collect(),
            request_id,
        };
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        self.finish((status, [(header::CONTENT_TYPE, "application/problem+json")], bytes).into_response())
    }

    /// The page: what happened, what to do now, and the number to name when asking for help.
    pub(crate) fn page(&self, status: StatusCode, layout: Layout, request_id: &str) -> Response {
        let say = layout.say.clone();
        let body = html! {
            div.problem {
                (Icon::Alert.large())
                h1 { (say.t(self.title_key())) }
                p.lead { (self.detail(&say)) }
                @if !self.fields.is_empty() {
                    ul { @for fault in &self.fields { li { (say.fault(fault)) } } }
                }
                p { (say.t(self.advice_key())) }
                p { (ui::link_button("/", &say.t("problem-home"))) }
                p.quiet { (say.t("problem-request")) " " code { (request_id) } }
            }
        };
        self.finish((status, layout.page(&body)).into_response())
    }

    /// The piece of a page that an htmx request gets.
    pub(crate) fn fragment(&self, status: StatusCode, say: &Say) -> Response {
        self.finish((status, ui::notice(ui::Tone::Danger, &html! { (self.detail(say)) })).into_response())
    }

    fn finish(&self, mut response: Response) -> Response {
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        response
    }

    /// A limit of size, not of how often.
    fn is_size(&self) -> bool {
        self.code.ends_with("too_large")
    }

    fn title_key(&self) -> &'static str {
        match self.kind {
            Kind::NotFound => "problem-not-found",
            Kind::Conflict => "problem-conflict",
            Kind::Invalid => "problem-invalid",
            Kind::Unauthenticated => "problem-unauthenticated",
            Kind::Forbidden => "problem-forbidden",
            Kind::Limit if self.is_size() => "problem-too-large",
            Kind::Limit => "problem-limit",
            Kind::Unavailable => "problem-unavailable",
            Kind::Bug => "problem-bug",
        }
    }

    pub(crate) fn page_title(&self, say: &Say) -> String {
        say.t(self.title_key())
    }

    fn advice_key(&self) -> &'static str {
        match self.kind {
            Kind::NotFound => "problem-not-found-advice",
            Kind::Conflict => "problem-conflict-advice",
            Kind::Invalid => "problem-invalid-advice",
            Kind::Unauthenticated => "problem-unauthenticated-advice",
            Kind::Forbidden => "problem-forbidden-advice",
            Kind::Limit if self.is_size() => "problem-too-large-advice",
            Kind::Limit => "problem-limit-advice",
            Kind::Unavailable => "problem-unavailable-advice",
            Kind::Bug => "problem-bug-advice",
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    code: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field<'a>>,
    request_id: &'a str,
}

#[derive(Serialize)]
struct Field<'a> {
    field: &'a str,
    code: &'a str,
    detail: String,
}

impl<F: Fault> From<F> for Problem {
    fn from(fault: F) -> Self {
        Self::of(&fault)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("").to_owned()
}
