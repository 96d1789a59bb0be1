//! What handlers take out of requests, with refusals that become problems: forms, JSON, path parts, queries.

use axum::extract::{FromRequest, FromRequestParts, Request};
use base::{Fault, FieldFault, PartialDate, limits::BODY_BYTES_MAX, nfc, partial_date::PartialDateError};
use bytes::Bytes;
use http::{StatusCode, header, request::Parts};
use jiff::civil::Date;
use serde::de::DeserializeOwned;

use crate::{csrf, problem::Problem};

/// More fields than any form of ours has.
const FORM_PAIRS_MAX: usize = 500;

/// A posted form as its pairs, in order. The form token is not among them.
#[derive(Debug, Clone, Default)]
pub struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    pub fn from_pairs(pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        Self { pairs: pairs.into_iter().map(|(n, v)| (n.into(), v.into())).collect() }
    }

    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The first value of a field exactly as it was sent; an absent field reads as empty.
    pub fn raw(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// The first value as one line in stored form (NFC, single spaces, trimmed).
    pub fn line(&self, name: &str) -> String {
        nfc(self.raw(name))
    }

    /// The first value as text with its line breaks, each line in stored form.
    pub fn text(&self, name: &str) -> String {
        self.raw(name).lines().map(nfc).collect::<Vec<_>>().join("\n").trim().to_owned()
    }

    /// Every value of a field, for checkboxes.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect()
    }

    /// Was this button pressed, or this box ticked?
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(n, _)| n == name)
    }

    /// A date from the three boxes of [`crate::ui::date`]: `{name}-day`, `{name}-month`, `{name}-year`. A whole
    /// date typed into one box is understood. `None` when all are empty.
    pub fn date(&self, name: &str, today: Date) -> Option<Result<PartialDate, PartialDateError>> {
        let boxes = ["day", "month", "year"].map(|part| self.line(&format!("{name}-{part}")));
        let filled: Vec<&str> = boxes.iter().map(String::as_str).filter(|b| !b.is_empty()).collect();
        match filled.as_slice() {
            [] => None,
            [one] if one.chars().all(|c| c.is_ascii_digit()) && boxes[2].is_empty() => {
                Some(Err(PartialDateError::Shape))
            }
            parts => Some(PartialDate::parse_typed(&parts.join("/"), today)),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = body(request, state).await?;
        let mut pairs = Vec::new();
        for (name, value) in form_urlencoded::parse(&bytes) {
            if pairs.len() == FORM_PAIRS_MAX {
                return Err(Problem::too_large());
            }
            if name != csrf::FIELD {
                pairs.push((name.into_owned(), value.into_owned()));
            }
        }
        Ok(Self { pairs })
    }
}

/// A JSON body. Unknown fields are refused by name; what does not fit is told with its path.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let json =
            request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|v| {
                v.split(';').next().is_some_and(|v| v.trim().eq_ignore_ascii_case("application/json"))
            });
        if !json {
            return Err(Problem::new(base::Kind::Invalid, "webkit.json_expected"));
        }
        read_json(&body(request, state).await?).map(Self)
    }
}

/// Reads a JSON document by the rules of [`Json`].
pub fn read_json<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Problem> {
    let mut unknown = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = {
        let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
        serde_ignored::deserialize(tracked, |path| unknown.push(path.to_string()))
    };
    let value = read.and_then(|value| json.end().map(|()| value)).map_err(|error: serde_json::Error| {
        let path = track.path().to_string();
        let code =
            if error.is_syntax() || error.is_eof() { "webkit.json_syntax" } else { "webkit.json_shape" };
        let place = format!("{}:{}", error.line(), error.column());
        Problem::invalid(vec![FieldFault::new(path, code).with("place", place)])
    })?;
    if unknown.is_empty() {
        return Ok(value);
    }
    Err(Problem::invalid(
        unknown.into_iter().map(|path| FieldFault::new(path, "webkit.json_unknown")).collect(),
    ))
}

/// Parts of the path, such as typed ids. What does not parse is not found.
#[derive(Debug, Clone)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|path| Self(path.0))
            .map_err(|_| Problem::not_found())
    }
}

/// The query, such as [`base::PageRequest`] or a list's filters.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|query| Self(query.0))
            .map_err(|_| Problem::new(base::Kind::Invalid, "webkit.bad_query"))
    }
}

async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|refusal| {
        match axum::response::IntoResponse::into_response(refusal).status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large().with("limit_kb", BODY_BYTES_MAX / 1024),
            _ => Problem::new(base::Kind::Invalid, "webkit.bad_request"),
        }
    })
}

/// A path of our own to go back to, or nothing: never an address that leads elsewhere.
pub fn local_path(path: &str) -> Option<&str> {
    let ours = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(char::is_control);
    ours.then_some(path)
}

/// Splits a fault that a form can show at its fields from one that ends the request.
///
/// `Ok(fields)` for [`base::Kind::Invalid`]: render the form again with them. `Err` for everything else.
pub fn form_faults<F: Fault>(fault: F) -> Result<Vec<FieldFault>, Problem> {
    match fault.kind() {
        base::Kind::Invalid if !fault.fields().is_empty() => Ok(fault.fields().to_vec()),
        _ => Err(fault.into()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Move {
        #[serde(rename = "from")]
        _from: String,
        #[serde(rename = "people")]
        _people: Vec<Person>,
    }
    #[derive(Debug, Deserialize)]
    struct Person {
        #[serde(rename = "year")]
        _year: u16,
    }

    fn faults(json: &str) -> Vec<(String, String)> {
        let problem = read_json::<Move>(&Bytes::from(json.to_owned())).unwrap_err();
        problem.fields().iter().map(|f| (f.field.clone(), f.code.clone())).collect()
    }

    #[test]
    fn what_is_wrong_in_json_is_told_with_its_path() {
        let pair = |field: &str, code: &str| vec![(field.to_owned(), code.to_owned())];
        assert_eq!(
            faults(r#"{"from":"a","people":[{"year":"x"}]}"#),
            pair("people[0].year", "webkit.json_shape")
        );
        assert_eq!(
            faults(r#"{"from":"a","people":[{"year":1,"sex":2}]}"#),
            pair("people.0.sex", "webkit.json_unknown")
        );
        assert_eq!(faults(r#"{"from":"a","people":[]} x"#)[0].1, "webkit.json_syntax");
        assert_eq!(faults(r#"{"from":"#)[0].1, "webkit.json_syntax");
        assert!(read_json::<Move>(&Bytes::from_static(br#"{"from":"a","people":[{"year":1}]}"#)).is_ok());
    }

    #[test]
    fn three_boxes_make_a_date_and_one_takes_a_whole_one() {
        let today = date(2026, 11, 21);
        let of = |d: &str, m: &str, y: &str| {
            Form::from_pairs([("birth-day", d), ("birth-month", m), ("birth-year", y)]).date("birth", today)
        };
        assert_eq!(of("17", "5", "1990").unwrap().unwrap().to_string(), "1990-05-17");
        assert_eq!(of("17/5/90", "", "").unwrap().unwrap().to_string(), "1990-05-17");
        assert_eq!(of("", "", "1945").unwrap().unwrap().to_string(), "1945");
        assert_eq!(of("", "5", "1945").unwrap().unwrap().to_string(), "1945-05");
        assert!(of("", "", "").is_none());
        assert!(of("17", "", "").unwrap().is_err());
        assert!(of("31", "2", "1990").unwrap().is_err());
    }

    #[test]
    fn a_way_back_never_leaves_the_site() {
        assert_eq!(local_path("/ho-so?trang=2"), Some("/ho-so?trang=2"));
        for bad in ["https://x.vn", "//x.vn", "/\\x.vn", "x", "/a\nb", ""] {
            assert_eq!(local_path(bad), None, "{bad}");
        }
    }

    #[test]
    fn typed_text_is_stored_in_one_form() {
        let form = Form::from_pairs([
            ("name", "  Nguye\u{302}\u{303}n  Va\u{306}n A "),
            ("why", "Mo\u{323}t\r\n hai "),
        ]);
        assert_eq!(form.line("name"), "Nguyễn Văn A");
        assert_eq!(form.text("why"), "Mọt\nhai");
        assert_eq!(form.line("absent"), "");
    }
}
