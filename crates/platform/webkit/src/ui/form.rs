//! Form fields: label above, hint below it, the error beside the field, what was typed kept.
//!
//! Every field is one call with a [`Field`] (name, label, hint, error) and its value. Ids are `f-{name}`, so that the
//! error summary can link to them.

use base::{FieldFault, PersonalNumber};
use maud::{Markup, Render, html};

use super::{Icon, Weight, submit_as};
use crate::i18n::{Errors, Say};

/// What all fields have in common.
#[derive(Debug, Clone, Default)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub hint: Option<String>,
    pub error: Option<String>,
    pub optional: bool,
    /// The label is the page's title: one question a page.
    pub title: bool,
}

impl Field {
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), ..Self::default() }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Takes this field's sentence out of [`crate::i18n::by_field`].
    #[must_use]
    pub fn errors(mut self, errors: &Errors) -> Self {
        self.error = errors.get(&self.name).cloned();
        self
    }

    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    #[must_use]
    pub fn title(mut self) -> Self {
        self.title = true;
        self
    }

    fn id(&self) -> String {
        format!("f-{}", self.name)
    }

    fn hint_id(&self) -> Option<String> {
        self.hint.as_ref().map(|_| format!("{}-hint", self.id()))
    }

    fn error_id(&self) -> Option<String> {
        self.error.as_ref().map(|_| format!("{}-error", self.id()))
    }

    fn described_by(&self) -> Option<String> {
        let ids: Vec<String> = [self.hint_id(), self.error_id()].into_iter().flatten().collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error.as_ref().map(|_| "true")
    }

    fn label_text(&self, say: &Say) -> Markup {
        html! { (self.label) @if self.optional { " " span.optional { (say.t("field-optional")) } } }
    }

    fn below_label(&self, say: &Say) -> Markup {
        html! {
            @if let (Some(hint), Some(id)) = (&self.hint, self.hint_id()) { p.hint id=(id) { (hint) } }
            @if let (Some(error), Some(id)) = (&self.error, self.error_id()) {
                p.field-error id=(id) { (Icon::Alert) span { span.hidden { (say.t("field-error")) " " } (error) } }
            }
        }
    }

    /// Around one input.
    fn wrap(&self, say: &Say, input: impl Render) -> Markup {
        html! {
            div.field .bad[self.error.is_some()] {
                @if self.title { h1.question { label for=(self.id()) { (self.label_text(say)) } } }
                @else { label for=(self.id()) { (self.label_text(say)) } }
                (self.below_label(say))
                (input)
            }
        }
    }

    /// Around several inputs that answer one question.
    fn group(&self, say: &Say, inputs: impl Render) -> Markup {
        html! {
            fieldset.field .bad[self.error.is_some()] aria-describedby=[self.described_by()] {
                legend { @if self.title { h1.question { (self.label_text(say)) } } @else { (self.label_text(say)) } }
                (self.below_label(say))
                (inputs)
            }
        }
    }
}

/// What a line holds; it decides the keyboard on a phone and what the browser may fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    Text,
    Name,
    Phone,
    Email,
    Digits,
    Password,
    NewPassword,
    /// A code from an authenticator.
    OneTimeCode,
}

impl LineKind {
    /// type, inputmode, autocomplete
    fn attributes(self) -> (&'static str, Option<&'static str>, &'static str) {
        match self {
            Self::Text => ("text", None, "off"),
            Self::Name => ("text", None, "name"),
            Self::Phone => ("tel", Some("tel"), "tel"),
            Self::Email => ("email", Some("email"), "email"),
            Self::Digits => ("text", Some("numeric"), "off"),
            Self::Password => ("password", None, "current-password"),
            Self::NewPassword => ("password", None, "new-password"),
            Self::OneTimeCode => ("text", Some("numeric"), "one-time-code"),
        }
    }
}

/// One line of text. A password never shows a value.
pub fn line(say: &Say, field: &Field, value: &str, kind: LineKind) -> Markup {
    let (input, mode, complete) = kind.attributes();
    let value = if input == "password" { "" } else { value };
    field.wrap(
        say,
        html! { input .short[kind == LineKind::Digits || kind == LineKind::OneTimeCode] id=(field.id()) name=(field.name)
            type=(input) value=(value) inputmode=[mode] autocomplete=(complete)
            aria-describedby=[field.described_by()] aria-invalid=[field.invalid()]; },
    )
}

/// Several lines of text.
pub fn textarea(say: &Say, field: &Field, value: &str, rows: u32) -> Markup {
    field.wrap(
        say,
        html! { textarea id=(field.id()) name=(field.name) rows=(rows)
        aria-describedby=[field.described_by()] aria-invalid=[field.invalid()] { (value) } },
    )
}

/// A personal number, shown in threes; spaces are for the reader and are dropped when it is read.
pub fn personal_number(say: &Say, field: &Field, value: &str) -> Markup {
    number(say, field, value, "off")
}

/// The personal number with which somebody signs in: a password manager keeps it with the password, and offers passkeys
/// in its place.
pub fn own_number(say: &Say, field: &Field, value: &str) -> Markup {
    number(say, field, value, "username webauthn")
}

fn number(say: &Say, field: &Field, value: &str, complete: &str) -> Markup {
    let shown = value.parse::<PersonalNumber>().map_or_else(|_| value.to_owned(), |number| number.grouped());
    let field = Field { hint: field.hint.clone().or_else(|| Some(say.t("number-hint"))), ..field.clone() };
    field.wrap(
        say,
        html! { input.number id=(field.id()) name=(field.name) type="text" inputmode="numeric" autocomplete=(complete)
        maxlength="20" value=(shown) data-group aria-describedby=[field.described_by()] aria-invalid=[field.invalid()]; },
    )
}

/// Tells a password manager whose password a form changes. Nobody sees it, and the server does not read it.
pub fn whose_password(name: &str) -> Markup {
    html! { div hidden { input type="text" name="_username" autocomplete="username" value=(name) readonly; } }
}

/// One of several answers.
#[derive(Debug, Clone)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub hint: Option<String>,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// For long lists only; a few answers are radios.
pub fn select(say: &Say, field: &Field, choices: &[Choice], chosen: &str) -> Markup {
    field.wrap(
        say,
        html! { select id=(field.id()) name=(field.name) aria-describedby=[field.described_by()]
            aria-invalid=[field.invalid()] {
            option value="" { (say.t("select-nothing")) }
            @for choice in choices {
                option value=(choice.value) selected[choice.value == chosen] { (choice.label) }
            }
        } },
    )
}

pub fn radios(say: &Say, field: &Field, choices: &[Choice], chosen: &str) -> Markup {
    field.group(say, boxes("radio", field, choices, |value| value == chosen))
}

pub fn checkboxes(say: &Say, field: &Field, choices: &[Choice], chosen: &[&str]) -> Markup {
    field.group(say, boxes("checkbox", field, choices, |value| chosen.contains(&value)))
}

/// One box to tick, such as a declaration.
pub fn checkbox(say: &Say, field: &Field, value: &str, ticked: bool) -> Markup {
    html! {
        div.field .bad[field.error.is_some()] {
            (Field { label: String::new(), ..field.clone() }.below_label(say))
            div.choice {
                input type="checkbox" id=(field.id()) name=(field.name) value=(value) checked[ticked]
                    aria-describedby=[field.described_by()] aria-invalid=[field.invalid()];
                label for=(field.id()) { (field.label) }
            }
        }
    }
}

fn boxes(kind: &str, field: &Field, choices: &[Choice], chosen: impl Fn(&str) -> bool) -> Markup {
    html! {
        @for (n, choice) in choices.iter().enumerate() {
            // The first one bears the field's own id: there the error summary leads.
            @let id = if n == 0 { field.id() } else { format!("{}-{n}", field.id()) };
            div.choice {
                input type=(kind) id=(id) name=(field.name) value=(choice.value) checked[chosen(&choice.value)]
                    aria-describedby=[choice.hint.as_ref().map(|_| format!("{id}-about"))];
                label for=(id) { (choice.label) }
                @if let Some(hint) = &choice.hint { p.hint id={ (id) "-about" } { (hint) } }
            }
        }
    }
}

/// What stands in the three boxes: as typed, so that a mistake can be seen and mended.
#[derive(Debug, Clone, Default)]
pub struct DateValue {
    pub day: String,
    pub month: String,
    pub year: String,
}

impl DateValue {
    /// From a posted form, with the names of [`date`].
    pub fn typed(form: &crate::Form, name: &str) -> Self {
        let part = |part: &str| form.line(&format!("{name}-{part}"));
        Self { day: part("day"), month: part("month"), year: part("year") }
    }
}

impl From<base::PartialDate> for DateValue {
    fn from(date: base::PartialDate) -> Self {
        let part = |n: Option<i8>| n.map(|n| n.to_string()).unwrap_or_default();
        Self { day: part(date.day()), month: part(date.month()), year: date.year().to_string() }
    }
}

/// A date in three boxes, read back by [`crate::Form::date`].
pub fn date(say: &Say, field: &Field, value: &DateValue) -> Markup {
    let field = Field { hint: field.hint.clone().or_else(|| Some(say.t("date-hint"))), ..field.clone() };
    let one = |part: &str, label: &str, value: &str, id: String| {
        html! {
            div {
                label for=(id) { (say.t(label)) }
                input class=(part) id=(id) name={ (field.name) "-" (part) } type="text" inputmode="numeric"
                    autocomplete="off" maxlength="10" value=(value) aria-invalid=[field.invalid()];
            }
        }
    };
    field.group(
        say,
        html! { div.date-boxes {
            (one("day", "date-day", &value.day, field.id()))
            (one("month", "date-month", &value.month, format!("{}-month", field.id())))
            (one("year", "date-year", &value.year, format!("{}-year", field.id())))
        } },
    )
}

/// A file that has arrived.
#[derive(Debug, Clone)]
pub struct Uploaded {
    /// What the remove button sends.
    pub key: String,
    pub name: String,
    pub bytes: u64,
    /// Already said: "14:02 hôm nay".
    pub when: String,
    pub href: Option<String>,
}

/// Files one by one, with a visible receipt for each. Buttons send `{name}-add` and `{name}-remove={key}`. Begin the
/// form with [`super::enter_sends`].
pub fn files(
    say: &Say,
    field: &Field,
    kinds: &str,
    bytes_max: u64,
    accept: &str,
    uploaded: &[Uploaded],
) -> Markup {
    let rule = say.tw("file-hint", &[("kinds", kinds.into()), ("size", say.file_size(bytes_max).into())]);
    let hint = field.hint.as_ref().map_or_else(|| rule.clone(), |hint| format!("{hint} {rule}"));
    let field = Field { hint: Some(hint), ..field.clone() };
    let add = format!("{}-add", field.name);
    let remove = format!("{}-remove", field.name);
    html! {
        (field.wrap(say, html! { div.upload {
            input type="file" id=(field.id()) name=(field.name) accept=(accept)
                aria-describedby=[field.described_by()] aria-invalid=[field.invalid()];
            (submit_as(Weight::Secondary, &add, "1", &say.t("file-add")))
        } }))
        @if !uploaded.is_empty() {
            ul.files { @for file in uploaded {
                li {
                    (Icon::File)
                    div {
                        @match &file.href {
                            Some(href) => { a href=(href) { (file.name) } }
                            None => { strong { (file.name) } }
                        }
                        p.quiet { (say.file_size(file.bytes)) " · " (say.tw("file-received", &[("when", file.when.as_str().into())])) }
                    }
                    button.icon-button type="submit" name=(remove) value=(file.key)
                        aria-label=(say.tw("file-remove", &[("name", file.name.as_str().into())])) { (Icon::CircleX) }
                }
            } }
        }
    }
}

/// A commune or another unit that was found.
#[derive(Debug, Clone)]
pub struct Unit {
    pub code: String,
    /// "Phường Bến Thành, Thành phố Hồ Chí Minh".
    pub name: String,
    /// "trước đây là …", where an old name led here.
    pub hint: Option<String>,
}

/// Choosing a unit by searching for it, as one step of a form: `{name}-q` is what was typed, the button `{name}-find`
/// shows the form again with what was found, and `{name}` is the code chosen. Begin the form with
/// [`super::enter_sends`]; when Enter brings a `{name}-q` without a `{name}`, search as if the button had been pressed.
#[derive(Debug, Clone, Default)]
pub struct UnitSearch {
    pub typed: String,
    /// `None` before a search.
    pub found: Option<Vec<Unit>>,
    pub chosen: Option<Unit>,
}

pub fn unit_search(say: &Say, field: &Field, search: &UnitSearch) -> Markup {
    let field = Field { hint: field.hint.clone().or_else(|| Some(say.t("commune-hint"))), ..field.clone() };
    let chosen = search.chosen.as_ref().map_or("", |unit| &unit.code);
    let find = format!("{}-find", field.name);
    html! {
        (field.wrap(say, html! { div.unit-search {
            input id=(field.id()) name={ (field.name) "-q" } type="search" autocomplete="off" value=(search.typed)
                aria-describedby=[field.described_by()] aria-invalid=[field.invalid()];
            (submit_as(Weight::Secondary, &find, "1", &say.t("commune-search")))
        } }))
        @match (&search.found, &search.chosen) {
            (Some(found), _) if found.is_empty() => {
                p.hint role="status" { (say.tw("commune-none", &[("query", search.typed.as_str().into())])) }
            }
            (Some(found), _) => {
                @let pick = Field { name: field.name.clone(), label: say.t("commune-found"), ..Field::default() };
                @let choices: Vec<Choice> = found.iter()
                    .map(|unit| Choice { value: unit.code.clone(), label: unit.name.clone(), hint: unit.hint.clone() })
                    .collect();
                fieldset.field.found {
                    legend { (pick.label) }
                    (boxes("radio", &Field { name: pick.name.clone(), ..pick }, &choices, |code| code == chosen))
                }
            }
            (None, Some(unit)) => {
                p.chosen { (Icon::Check) (say.t("commune-chosen")) ": " strong { (unit.name) } }
                input type="hidden" name=(field.name) value=(unit.code);
            }
            (None, None) => {}
        }
    }
}

/// All that is wrong, on top of the page, each leading to its field. Nothing when nothing is wrong.
pub fn error_summary(say: &Say, faults: &[FieldFault]) -> Markup {
    error_summary_named(say, faults, |_| None)
}

/// The same with each field's name before what is wrong with it: on a long form "you left this out" does not say what.
pub fn error_summary_named(
    say: &Say,
    faults: &[FieldFault],
    name: impl Fn(&str) -> Option<String>,
) -> Markup {
    html! {
        @if !faults.is_empty() {
            div.error-summary role="alert" tabindex="-1" {
                h2 { (Icon::Alert) (say.tw("errors-heading", &[("count", faults.len().into())])) }
                ul { @for fault in faults {
                    li { a href={ "#f-" (fault.field) } {
                        @if let Some(name) = name(&fault.field) { (name) ": " }
                        (say.fault(fault))
                    } }
                } }
            }
        }
    }
}
