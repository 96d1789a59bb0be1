//! Two records beside each other, line by line: what is the same, what differs, and how much each line speaks for one
//! person. Differences are told in words, weights in words with their figure.

use base::Lang;
use maud::{Markup, html};
use registry::{
    duplicates::case::Sign,
    model::Item,
    ops::{KinEntry, Record, ResidenceEntry},
};
use webkit::{
    View,
    ui::{self, Tone},
};

use crate::words::Words;

/// From here on a line speaks clearly, or strongly, in bits.
const CLEAR: f64 = 2.0;
const STRONG: f64 = 6.0;

/// Items that are set beside each other, with the column of the engine that weighs them.
const ITEMS: [(Item, &str, &str); 14] = [
    (Item::Name, "desk-dup-item-name", "full_name"),
    (Item::OtherName, "desk-dup-item-other-name", ""),
    (Item::BirthDate, "desk-dup-item-birth-date", "birth_date"),
    (Item::Sex, "desk-dup-item-sex", "sex"),
    (Item::Number, "desk-dup-item-number", "number"),
    (Item::OldNumber, "desk-dup-item-old-number", ""),
    (Item::HomeTown, "desk-dup-item-home-town", "home_town_commune"),
    (Item::BirthPlace, "desk-dup-item-birth-place", ""),
    (Item::BirthRegistrationPlace, "desk-dup-item-birth-registration", ""),
    (Item::Ethnicity, "desk-dup-item-ethnicity", ""),
    (Item::Nationality, "desk-dup-item-nationality", ""),
    (Item::MaritalStatus, "desk-dup-item-marital", ""),
    (Item::DeathDate, "desk-dup-item-death-date", ""),
    (Item::Phone, "desk-dup-item-phone", ""),
];
const KIN: [(&str, &str, &str); 3] = [
    ("father", "desk-dup-item-father", "father_name"),
    ("mother", "desk-dup-item-mother", "mother_name"),
    ("spouse", "desk-dup-item-spouse", ""),
];
const RESIDENCES: [(&str, &str, &str); 2] = [
    ("permanent", "desk-dup-item-permanent", "permanent_commune"),
    ("temporary", "desk-dup-item-temporary", ""),
];

/// How two values stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Same,
    Differs,
    OnlyOne,
}

struct Line<'a> {
    label: String,
    values: [String; 2],
    sign: Option<&'a Sign>,
}

impl Line<'_> {
    fn standing(&self) -> Option<Standing> {
        let [one, other] = &self.values;
        match (one.is_empty(), other.is_empty()) {
            (true, true) => None,
            (false, false) if one == other => Some(Standing::Same),
            (false, false) => Some(Standing::Differs),
            _ => Some(Standing::OnlyOne),
        }
    }
}

/// The words for an item, also where a merge tells what goes over.
pub fn item_label(view: &View, item: Item) -> String {
    let known = ITEMS.iter().find(|(i, ..)| *i == item);
    view.t(known.map_or("desk-dup-item-other", |(_, key, _)| key))
}

fn value(words: &Words<'_>, view: &View, item: Item, raw: &str) -> String {
    match item {
        Item::Number => words.number(raw),
        Item::Sex if raw == "male" => view.t("desk-sex-male"),
        Item::Sex if raw == "female" => view.t("desk-sex-female"),
        Item::HomeTown | Item::BirthPlace | Item::BirthRegistrationPlace => words.place(raw),
        Item::BirthDate | Item::DeathDate => words.partial_date(raw.parse().ok()),
        Item::MaritalStatus => match raw {
            "single" => view.t("desk-dup-marital-single"),
            "married" => view.t("desk-dup-marital-married"),
            "widowed" => view.t("desk-dup-marital-widowed"),
            "divorced" => view.t("desk-dup-marital-divorced"),
            _ => raw.to_owned(),
        },
        Item::Ethnicity => registry::model::peoples::name(raw).map_or_else(|| raw.to_owned(), str::to_owned),
        _ => raw.to_owned(),
    }
}

fn lines<'a>(words: &Words<'_>, view: &View, records: &[Record; 2], signs: &'a [Sign]) -> Vec<Line<'a>> {
    let sign = |field: &str| signs.iter().find(|s| s.field == field);
    let items = ITEMS.iter().map(|(item, key, field)| {
        let of = |r: &Record| r.value(*item).map(|raw| value(words, view, *item, raw)).unwrap_or_default();
        Line { label: view.t(key), values: records.each_ref().map(of), sign: sign(field) }
    });
    let kin = KIN.iter().map(|(relation, key, field)| {
        let of = |r: &Record| {
            let named = r.kin.iter().filter(|k| k.relation == *relation);
            named.filter_map(|k: &KinEntry| k.name.clone()).collect::<Vec<_>>().join(", ")
        };
        Line { label: view.t(key), values: records.each_ref().map(of), sign: sign(field) }
    });
    let residences = RESIDENCES.iter().map(|(kind, key, field)| {
        let of = |r: &Record| {
            let there = r.residences.iter().find(|e| e.kind == *kind);
            let told = |e: &ResidenceEntry| format!("{}, {}", e.address, words.place(e.commune.as_str()));
            there.map(told).unwrap_or_default().trim_start_matches(", ").to_owned()
        };
        Line { label: view.t(key), values: records.each_ref().map(of), sign: sign(field) }
    });
    items.chain(kin).chain(residences).filter(|line| line.standing().is_some()).collect()
}

/// The table of both records. On a phone each line becomes a block with its own labels.
pub fn table(
    words: &Words<'_>,
    view: &View,
    records: &[Record; 2],
    signs: &[Sign],
    names: &[String; 2],
) -> Markup {
    let heads =
        [view.t("desk-dup-col-item"), names[0].clone(), names[1].clone(), view.t("desk-dup-col-compare")];
    html! {
        table.desk-pair {
            caption { (view.t("desk-dup-compare-caption")) }
            thead { tr { @for head in &heads { th scope="col" { (head) } } } }
            tbody { @for line in lines(words, view, records, signs) {
                @let standing = line.standing();
                tr .desk-differs[standing == Some(Standing::Differs)] {
                    th scope="row" { (line.label) }
                    @for (value, head) in line.values.iter().zip(names) {
                        td data-label=(head.split(" · ").next().unwrap_or(head)) {
                            @if value.is_empty() { span.quiet { (view.t("summary-missing")) } }
                            @else if standing == Some(Standing::Differs) { strong { (value) } }
                            @else { (value) }
                        }
                    }
                    td data-label=(heads[3]) { (told(view, standing, line.sign)) }
                }
            } }
        }
    }
}

fn told(view: &View, standing: Option<Standing>, sign: Option<&Sign>) -> Markup {
    let standing = match standing {
        Some(Standing::Same) => ui::tag(Tone::Good, &view.t("desk-dup-same")),
        Some(Standing::Differs) => ui::tag(Tone::Wait, &view.t("desk-dup-differs")),
        Some(Standing::OnlyOne) | None => ui::tag(Tone::Plain, &view.t("desk-dup-only-one")),
    };
    html! {
        (standing)
        @if let Some((sign, grade)) = sign.and_then(|s| Some((s, s.grade.as_deref()?))) {
            p.quiet {
                (view.t(&format!("desk-dup-grade-{}", grade.replace('_', "-")))) ": "
                (view.t(strength(sign.bits))) " (" (figure(view, sign.bits)) ")"
            }
        }
    }
}

/// How much a line speaks, in words.
fn strength(bits: f64) -> &'static str {
    if bits >= STRONG {
        "desk-dup-for-strong"
    } else if bits >= CLEAR {
        "desk-dup-for"
    } else if bits > -CLEAR {
        "desk-dup-little"
    } else if bits > -STRONG {
        "desk-dup-against"
    } else {
        "desk-dup-against-strong"
    }
}

/// "+8,2", with a real minus.
fn figure(view: &View, bits: f64) -> String {
    let sign = if bits < 0.0 { "−" } else { "+" };
    format!("{sign}{}", decimal(view, format!("{:.1}", bits.abs())))
}

fn decimal(view: &View, text: String) -> String {
    if view.lang() == Lang::Vi { text.replace('.', ",") } else { text }
}

/// A probability in per cent that never claims certainty.
pub fn chance(view: &View, probability: f64) -> String {
    const NEARLY: f64 = 0.9999;
    if probability > NEARLY {
        return view.tw("desk-dup-chance-over", &[("percent", decimal(view, "99.99".to_owned()).into())]);
    }
    format!("{} %", decimal(view, format!("{:.1}", probability * 100.0)))
}
