//! HTML form fields to answers. What can be read becomes canonical; what cannot stays as it was typed, so that the page
//! shows it again with the fault beside it and nothing is lost.
//!
//! Names are paths: `commune`, `members.2.number`; a date comes as `from.day`, `from.month`, `from.year` or whole as
//! `from`. Names that begin with `_` belong to the page (token, button) and are passed over.

use std::collections::{BTreeMap, btree_map::Entry};

use jiff::civil::Date;
use serde_json::{Map, Value as Json};

use crate::{
    definition::{Field, Service},
    kind::{Kind, from_boxes, from_typed, is_empty},
    sheet::Answers,
};

/// Most form fields that are looked at; more than any definition can ask.
pub const FORM_FIELDS_MAX: usize = 2_000;

type Typed<'p> = BTreeMap<&'p str, &'p str>;

impl Service {
    /// Reads what a form sent. A name that is no field stands in the answers as it came and is refused by validation.
    pub fn from_form<'p>(&self, pairs: impl IntoIterator<Item = (&'p str, &'p str)>, today: Date) -> Answers {
        let mut plain: BTreeMap<&str, Typed<'_>> = BTreeMap::new();
        let mut rows: BTreeMap<&str, BTreeMap<usize, BTreeMap<&str, Typed<'_>>>> = BTreeMap::new();
        let mut out = Map::new();
        for (name, typed) in
            pairs.into_iter().filter(|(name, _)| !name.starts_with('_')).take(FORM_FIELDS_MAX)
        {
            let (head, rest) = name.split_once('.').unwrap_or((name, ""));
            let Some(field) = self.field(head) else {
                out.insert(name.to_owned(), typed.into());
                continue;
            };
            if field.kind != Kind::Group {
                place(plain.entry(head).or_default(), field, rest, typed, name, &mut out);
                continue;
            }
            let (index, column) = rest.split_once('.').unwrap_or((rest, ""));
            let (item, part) = column.split_once('.').unwrap_or((column, ""));
            match (index.parse::<usize>(), field.items.iter().find(|i| i.key == item)) {
                (Ok(index), Some(field)) => {
                    let row = rows.entry(head).or_default().entry(index).or_default();
                    place(row.entry(item).or_default(), field, part, typed, name, &mut out);
                }
                _ => {
                    out.insert(name.to_owned(), typed.into());
                }
            }
        }
        for (_, field) in self.fields() {
            let answer = match rows.get(field.key.as_str()) {
                Some(rows) => {
                    Json::Array(rows.values().filter_map(|row| read_row(field, row, today)).collect())
                }
                None => plain.get(field.key.as_str()).map_or(Json::Null, |typed| read(field, typed, today)),
            };
            if !is_empty(&answer) {
                out.insert(field.key.clone(), answer);
            }
        }
        Answers(out)
    }
}

/// Puts one typed value at its part (`""`, `day`, `month`, `year`); a part that the field does not have is unknown.
/// The first value of a name counts: a checkbox stands before its hidden twin.
fn place<'p>(
    typed: &mut Typed<'p>,
    field: &Field,
    part: &'p str,
    value: &'p str,
    name: &str,
    unknown: &mut Map<String, Json>,
) {
    let is_box = field.kind.is_date() && matches!(part, "day" | "month" | "year");
    if !is_box && !part.is_empty() {
        unknown.insert(name.to_owned(), value.into());
    } else if let Entry::Vacant(free) = typed.entry(part) {
        free.insert(value);
    }
}

fn read(field: &Field, typed: &Typed<'_>, today: Date) -> Json {
    let part = |part: &str| typed.get(part).copied().unwrap_or("");
    let whole = part("").trim();
    if field.kind.is_date() && whole.is_empty() {
        return from_boxes(field.kind, ["day", "month", "year"].map(part), today);
    }
    if whole.is_empty() { Json::Null } else { from_typed(field.kind, part(""), today) }
}

/// A row in which nothing was typed is not a row.
fn read_row(group: &Field, row: &BTreeMap<&str, Typed<'_>>, today: Date) -> Option<Json> {
    let mut out = Map::new();
    for item in &group.items {
        let answer = row.get(item.key.as_str()).map_or(Json::Null, |typed| read(item, typed, today));
        if !is_empty(&answer) {
            out.insert(item.key.clone(), answer);
        }
    }
    (!out.is_empty()).then_some(Json::Object(out))
}
