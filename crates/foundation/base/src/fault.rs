//! What an error is to the person who meets it: a kind, a stable code, and what to say about which field.
//!
//! Domain errors are enums that implement [`Fault`]; only `webkit` turns them into HTTP. The code is also the key of
//! the translated sentence, so a text that is missing fails a test.

use serde::Serialize;

/// The nature of an error; it decides the HTTP status and whether a retry can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// There is no such thing, or the caller may not know that there is.
    NotFound,
    /// Somebody else changed it first, or it is not in a state that allows this.
    Conflict,
    /// The input breaks a rule; the field faults say which.
    Invalid,
    /// The caller is not signed in.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// A limit was reached: size, rate, count.
    Limit,
    /// A part is not reachable right now; trying again later can help.
    Unavailable,
    /// Our own mistake.
    Bug,
}

/// One field that breaks one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldFault {
    /// The field's path as the form and the JSON API name it, such as `host.number`.
    pub field: String,
    /// Stable code of the rule, such as `forms.required`; also the translation key.
    pub code: String,
    /// Values the sentence mentions (a limit, a date), never what somebody typed about a person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<(String, String)>,
}

impl FieldFault {
    pub fn new(field: impl Into<String>, code: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.into(), args: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.args.push((name.into(), value.to_string()));
        self
    }
}

/// An error that can be shown. `Display` is for the operator's log and carries no personal data and no source chain.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    fn kind(&self) -> Kind;

    /// Stable, dotted, `domain.what_happened`; the translation key of the sentence.
    fn code(&self) -> &'static str;

    /// Values that the sentence mentions.
    fn args(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// The fields at fault, for [`Kind::Invalid`].
    fn fields(&self) -> &[FieldFault] {
        &[]
    }
}
