//! The kinds of answers: their canonical JSON form, what a person may type for them, and how they are shown.
//!
//! | kind | canonical JSON |
//! |---|---|
//! | line, text, address, email | text in NFC (text keeps its line breaks) |
//! | phone | `0…` with 10 or 11 digits, or `+…` abroad |
//! | choice | the option's key |
//! | yes_no | `true`, `false` |
//! | date, partial_date | `2026-03-31`; partial also `2026-03`, `2026` |
//! | personal_number, commune | 12 digits, 5 digits |
//! | number, money | a whole number (money in đồng) |
//! | group | a list of objects |

use base::{
    FieldFault, Lang, PartialDate, PersonalNumber, Vnd,
    limits::{LINE_CHARS_MAX, TEXT_CHARS_MAX},
    nfc,
    partial_date::PartialDateError,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{
    codes,
    definition::{Choice, Field},
    expr::{Type, Value},
};

/// Most rows of a repeated group that a definition may allow.
pub const GROUP_ROWS_MAX: i64 = 50;
/// Longest e-mail address (RFC 5321).
pub const EMAIL_CHARS_MAX: usize = 254;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Line,
    Text,
    Address,
    Email,
    Phone,
    Choice,
    YesNo,
    Date,
    PartialDate,
    PersonalNumber,
    Commune,
    Number,
    Money,
    Group,
}

impl Kind {
    /// The type in expressions; a group has none itself, its columns are lists.
    pub fn value_type(self) -> Option<Type> {
        Some(match self {
            Self::YesNo => Type::Bool,
            Self::Date => Type::Date,
            Self::PartialDate => Type::Partial,
            Self::Number | Self::Money => Type::Int,
            Self::Group => return None,
            _ => Type::Text,
        })
    }

    pub fn is_free_text(self) -> bool {
        matches!(self, Self::Line | Self::Text | Self::Address | Self::Email)
    }

    pub fn is_date(self) -> bool {
        matches!(self, Self::Date | Self::PartialDate)
    }

    /// Most characters of a free text when the field sets no lower bound.
    pub fn chars_max(self) -> usize {
        match self {
            Self::Text => TEXT_CHARS_MAX,
            Self::Email => EMAIL_CHARS_MAX,
            _ => LINE_CHARS_MAX,
        }
    }
}

impl Field {
    /// Bounds on characters, value or rows, as they hold.
    pub fn bounds(&self) -> (Option<i64>, Option<i64>) {
        let max = |own: usize| Some(self.max.unwrap_or(i64::try_from(own).unwrap_or(i64::MAX)));
        match self.kind {
            Kind::Group => (self.min, Some(self.max.unwrap_or(GROUP_ROWS_MAX))),
            Kind::Money => (Some(self.min.unwrap_or(0)), self.max),
            k if k.is_free_text() => (self.min, max(k.chars_max())),
            _ => (self.min, self.max),
        }
    }
}

/// Whether an answer says nothing.
pub fn is_empty(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::String(s) => s.trim().is_empty(),
        Json::Array(rows) => rows.is_empty(),
        _ => false,
    }
}

/// Reads a canonical answer that is not empty, of any kind but a group.
pub(crate) fn read(field: &Field, json: &Json, path: &str) -> Result<Value, FieldFault> {
    let fault = |code: &str| FieldFault::new(path, code);
    let text = |code: &str| json.as_str().ok_or_else(|| fault(code));
    match field.kind {
        Kind::Line | Kind::Text | Kind::Address | Kind::Email => {
            let text = normal(field.kind, text(codes::NOT_TEXT)?);
            let chars = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            match field.bounds() {
                (Some(min), _) if chars < min => Err(fault(codes::TOO_SHORT).with("min", min)),
                (_, Some(max)) if chars > max => Err(fault(codes::TOO_LONG).with("max", max)),
                _ if field.kind == Kind::Email && !is_email(&text) => Err(fault(codes::NOT_AN_EMAIL)),
                _ => Ok(Value::Text(text)),
            }
        }
        Kind::Phone => exact(text(codes::NOT_A_PHONE)?, is_phone).ok_or_else(|| fault(codes::NOT_A_PHONE)),
        Kind::Commune => exact(text(codes::NOT_A_COMMUNE)?, |s| is_digits(s, 5..=5))
            .ok_or_else(|| fault(codes::NOT_A_COMMUNE)),
        Kind::PersonalNumber => exact(text(codes::NOT_A_PERSONAL_NUMBER)?, |s| is_digits(s, 12..=12))
            .ok_or_else(|| fault(codes::NOT_A_PERSONAL_NUMBER)),
        Kind::Choice => exact(text(codes::NOT_A_CHOICE)?, |s| Choice::find(&field.options, s).is_some())
            .ok_or_else(|| fault(codes::NOT_A_CHOICE)),
        Kind::YesNo => json.as_bool().map(Value::Bool).ok_or_else(|| fault(codes::NOT_YES_NO)),
        Kind::Date | Kind::PartialDate => {
            let date = read_date(text(codes::NOT_A_DATE)?).map_err(fault)?;
            match (field.kind, date.exact()) {
                (Kind::PartialDate, _) => Ok(Value::Partial(date)),
                (_, Some(day)) => Ok(Value::Date(day)),
                (_, None) => Err(fault(codes::DATE_INCOMPLETE)),
            }
        }
        Kind::Number | Kind::Money => {
            let number = json.as_i64().ok_or_else(|| fault(codes::NOT_A_NUMBER))?;
            match field.bounds() {
                (Some(min), _) if number < min => Err(fault(codes::TOO_SMALL).with("min", min)),
                (_, Some(max)) if number > max => Err(fault(codes::TOO_LARGE).with("max", max)),
                _ => Ok(Value::Int(number)),
            }
        }
        Kind::Group => Err(fault(codes::NOT_A_LIST)),
    }
}

fn exact(text: &str, holds: impl Fn(&str) -> bool) -> Option<Value> {
    holds(text).then(|| Value::Text(text.to_owned()))
}

fn normal(kind: Kind, text: &str) -> String {
    if kind != Kind::Text {
        return nfc(text);
    }
    let lines: Vec<String> = text.lines().map(nfc).collect();
    lines.join("\n").trim().to_owned()
}

fn is_digits(s: &str, count: std::ops::RangeInclusive<usize>) -> bool {
    count.contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit())
}

fn is_phone(s: &str) -> bool {
    match s.strip_prefix('+') {
        Some(abroad) => is_digits(abroad, 8..=15),
        None => s.starts_with('0') && is_digits(s, 10..=11),
    }
}

/// One `@`, something before it, a dotted name after it, no space. Only a message sent proves more.
fn is_email(s: &str) -> bool {
    let Some((user, host)) = s.split_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c == '@' || c.is_whitespace());
    let dotted = host.split_once('.').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
    plain(user) && plain(host) && dotted && !host.ends_with('.')
}

/// The canonical form only. For anything else, the most helpful code.
fn read_date(text: &str) -> Result<PartialDate, &'static str> {
    let code = |e: PartialDateError| match e {
        PartialDateError::Shape => codes::NOT_A_DATE,
        PartialDateError::Year => codes::YEAR_OUT_OF_RANGE,
        PartialDateError::NoSuchDay => codes::NO_SUCH_DAY,
    };
    match text.parse::<PartialDate>() {
        Ok(date) if date.to_string() == text => Ok(date),
        Ok(_) => Err(codes::NOT_A_DATE),
        Err(PartialDateError::Shape) => {
            // Kept as typed by the form (`31/2/2026`): say why it was not taken.
            let boxes = date_boxes(text);
            let [day, month, year] = boxes.each_ref().map(|s| s.parse::<i16>().ok());
            let small = |n: i16| Some(i8::try_from(n).unwrap_or(0));
            match (day, month, year) {
                (Some(d), Some(m), Some(y)) if boxes.iter().all(|b| b.len() <= 4) => {
                    let date = PartialDate::new(y, small(m), small(d));
                    Err(date.err().map_or(codes::NO_SUCH_DAY, code))
                }
                _ => Err(codes::NOT_A_DATE),
            }
        }
        Err(e) => Err(code(e)),
    }
}

/// Day, month and year for the three boxes, from the canonical form or from what was typed.
pub fn date_boxes(text: &str) -> [String; 3] {
    let own = |s: &str| s.to_owned();
    if let Ok(date) = text.parse::<PartialDate>() {
        let small = |n: Option<i8>| n.map(|n| n.to_string()).unwrap_or_default();
        return [small(date.day()), small(date.month()), date.year().to_string()];
    }
    match text.split('/').collect::<Vec<_>>().as_slice() {
        [day, month, year] => [own(day), own(month), own(year)],
        _ => [own(text), String::new(), String::new()],
    }
}

/// What a person typed in one box, made canonical where it can be read; otherwise kept as typed.
pub(crate) fn from_typed(kind: Kind, typed: &str, today: Date) -> Json {
    let plain = nfc(typed);
    let kept = || Json::String(plain.clone());
    match kind {
        Kind::Text => Json::String(normal(kind, typed)),
        Kind::YesNo => match plain.as_str() {
            "yes" | "true" | "on" => Json::Bool(true),
            "no" | "false" => Json::Bool(false),
            _ => kept(),
        },
        Kind::Number | Kind::Money => grouped_number(&plain, kind).map_or_else(kept, Json::from),
        Kind::PersonalNumber => {
            plain.parse::<PersonalNumber>().map_or_else(|_| kept(), |n| n.as_str().into())
        }
        Kind::Phone => Some(dialled(&plain)).filter(|n| is_phone(n)).map_or_else(kept, Json::String),
        Kind::Date | Kind::PartialDate => {
            PartialDate::parse_typed(&plain, today).map_or_else(|_| kept(), |d| d.to_string().into())
        }
        _ => kept(),
    }
}

/// What a person typed in three boxes. The whole date may be pasted into any one of them.
pub(crate) fn from_boxes(kind: Kind, [day, month, year]: [&str; 3], today: Date) -> Json {
    let [day, month, year] = [nfc(day), nfc(month), nfc(year)];
    match [day.as_str(), month.as_str(), year.as_str()] {
        ["", "", ""] => Json::Null,
        [pasted, "", ""] | ["", pasted, ""] if pasted.contains(['/', '-', '.', ' ']) => {
            from_typed(kind, pasted, today)
        }
        ["", "", typed] => from_typed(kind, typed, today),
        ["", m, y] if !m.is_empty() && !y.is_empty() => from_typed(kind, &format!("{m}/{y}"), today),
        [d, m, y] if !d.is_empty() && !m.is_empty() && !y.is_empty() => {
            from_typed(kind, &format!("{d}/{m}/{y}"), today)
        }
        // A gap would shift the meaning of the others: kept as typed, to be asked for.
        [d, m, y] => Json::String(format!("{d}/{m}/{y}")),
    }
}

/// `1 200`, `1.200` and `1.200 ₫` are one number; `12,5` and `1.2` are not whole numbers.
fn grouped_number(text: &str, kind: Kind) -> Option<i64> {
    let text = match kind {
        Kind::Money => text.trim_end_matches(['₫', 'đ']).trim_end_matches("VND").trim_end(),
        _ => text,
    };
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let mut groups = digits.split(['.', ' ']);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let whole = if rest.is_empty() {
        is_digits(first, 1..=18)
    } else {
        is_digits(first, 1..=3) && rest.iter().all(|g| is_digits(g, 3..=3))
    };
    whole.then(|| digits.replace(['.', ' '], "").parse::<i64>().ok()).flatten().map(|n| sign * n)
}

/// Digits only; Vietnam's own country code becomes the leading zero.
fn dialled(text: &str) -> String {
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')')).collect();
    match bare.strip_prefix("+84") {
        Some(rest) => format!("0{}", rest.trim_start_matches('0')),
        None => bare,
    }
}

/// A value in canonical JSON; nothing where it is missing.
pub(crate) fn to_json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(i) => Json::from(*i),
        Value::Text(t) => Json::String(t.clone()),
        Value::Date(d) => Json::String(d.to_string()),
        Value::Partial(d) => Json::String(d.to_string()),
        Value::Missing | Value::Span { .. } | Value::List(_) => return None,
    })
}

/// A value for reading. The code of a commune stays a code: the page knows its name.
pub fn show(kind: Option<Kind>, options: &[Choice], value: &Value, lang: Lang) -> String {
    match (kind, value) {
        (Some(Kind::Choice), Value::Text(key)) => {
            Choice::find(options, key).map_or_else(|| key.clone(), |o| o.label.get(lang).to_owned())
        }
        (Some(Kind::PersonalNumber), Value::Text(t)) => {
            t.parse::<PersonalNumber>().map_or_else(|_| t.clone(), |n| n.grouped())
        }
        (Some(Kind::Money), Value::Int(i)) => Vnd(*i).to_string(),
        (_, Value::Bool(yes)) => match (yes, lang) {
            (true, Lang::Vi) => "Có",
            (false, Lang::Vi) => "Không",
            (true, Lang::En) => "Yes",
            (false, Lang::En) => "No",
        }
        .to_owned(),
        (_, Value::Int(i)) => i.to_string(),
        (_, Value::Text(t)) => t.clone(),
        (_, Value::Date(d)) => PartialDate::full(*d).display_vi(),
        (_, Value::Partial(d)) => d.display_vi(),
        (_, Value::List(items)) => {
            items.iter().map(|v| show(kind, options, v, lang)).collect::<Vec<_>>().join(", ")
        }
        (_, Value::Missing | Value::Span { .. }) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    const TODAY: Date = date(2026, 11, 20);

    #[test]
    fn what_people_type_is_read() {
        for (kind, typed, canonical) in [
            (Kind::PersonalNumber, " 001 099 012 345 ", json!("001099012345")),
            (Kind::Phone, "+84 912.345.678", json!("0912345678")),
            (Kind::Phone, "(024) 3825-1234", json!("02438251234")),
            (Kind::Phone, "0912 34", json!("0912 34")),
            (Kind::Money, "1.234.000 ₫", json!(1_234_000)),
            (Kind::Number, "1 200", json!(1200)),
            (Kind::Number, "12,5", json!("12,5")),
            (Kind::Date, "17/5/90", json!("1990-05-17")),
            (Kind::Date, "31/2/2026", json!("31/2/2026")),
            (Kind::Line, "Ca\u{302}\u{301}p  cứu", json!("Cấp cứu")),
            (Kind::Text, "một \r\n hai", json!("một\nhai")),
            (Kind::YesNo, "yes", json!(true)),
        ] {
            assert_eq!(from_typed(kind, typed, TODAY), canonical);
        }
    }

    #[test]
    fn three_boxes_take_a_date_whole_or_in_parts() {
        for (boxes, canonical) in [
            (["17", "5", "1990"], json!("1990-05-17")),
            (["17/5/1990", "", ""], json!("1990-05-17")),
            (["", "", "1945"], json!("1945")),
            (["", "3", "1945"], json!("1945-03")),
            (["17", "", "1990"], json!("17//1990")),
            (["17", "", ""], json!("17//")),
            (["", "", ""], Json::Null),
        ] {
            assert_eq!(from_boxes(Kind::PartialDate, boxes, TODAY), canonical);
        }
        assert_eq!(date_boxes("1990-05-17"), ["17", "5", "1990"]);
        assert_eq!(date_boxes("17//1990"), ["17", "", "1990"]);
        assert_eq!(date_boxes("hôm qua"), ["hôm qua", "", ""]);
    }

    #[test]
    fn a_wrong_date_is_told_apart() {
        for (text, code) in [
            ("31/2/2026", codes::NO_SUCH_DAY),
            ("31/13/2026", codes::NO_SUCH_DAY),
            ("1/400/2026", codes::NO_SUCH_DAY),
            ("2026-02-30", codes::NO_SUCH_DAY),
            ("1/1/0026", codes::YEAR_OUT_OF_RANGE),
            ("17//1990", codes::NOT_A_DATE),
            ("2026-+3-01", codes::NOT_A_DATE),
            ("hôm qua", codes::NOT_A_DATE),
        ] {
            assert_eq!(read_date(text).unwrap_err(), code, "{text}");
        }
    }

    #[test]
    fn an_address_for_mail_looks_like_one() {
        for (text, good) in
            [("a@b.vn", true), ("a@b", false), ("a b@c.vn", false), ("@c.vn", false), ("a@b@c.vn", false)]
        {
            assert_eq!(is_email(text), good, "{text}");
        }
    }
}
