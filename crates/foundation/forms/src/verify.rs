//! Whether a definition makes sense: names exist once, every formula has its type, bounds can be met, every word is there
//! in both languages. Faults come as (path, sentence); `load` finds their lines.

use std::collections::BTreeSet;

use base::nfc;
use jiff::civil::Date;
use serde_json::Value as Json;

use crate::{
    definition::{Field, Rule, Service},
    effects::Effect,
    expr::{Function, KEYWORDS, check},
    facts::RECORD,
    kind::{GROUP_ROWS_MAX, Kind},
};

/// The citizen is waited for at most so long.
const WAIT_DAYS_MAX: u16 = 366;

pub(crate) type Faults = Vec<(String, String)>;

pub(crate) fn verify(service: &Service) -> Faults {
    let mut faults = Vec::new();
    head(service, &mut faults);
    keys(service, &mut faults);
    for (p, page) in service.pages.iter().enumerate() {
        if page.fields.is_empty() {
            faults.push((format!("pages.{p}"), "a page asks at least one thing".to_owned()));
        }
        for (f, field) in page.fields.iter().enumerate() {
            let path = format!("pages.{p}.fields.{f}");
            fields(field, &path, true, &mut faults);
        }
    }
    others(service, &mut faults);
    for slot in service.formulas() {
        let found = check::check(&slot.formula.0, &slot.place.scope(service));
        match found {
            Ok(found) if found.fits(slot.wanted) => {}
            Ok(found) => faults.push((slot.path, format!("this must be a {}, not a {found}", slot.wanted))),
            Err(e) => faults.push((slot.path, e.to_string())),
        }
    }
    texts(&serde_json::to_value(service).unwrap_or_default(), "", &mut faults);
    faults
}

fn head(service: &Service, faults: &mut Faults) {
    let mut say = |path: &str, what: &str| faults.push((path.to_owned(), what.to_owned()));
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    if !service.procedure.split_once('.').is_some_and(|(a, b)| digits(a, 1) && digits(b, 6)) {
        say("procedure", "a procedure code reads d.dddddd, such as 1.004194");
    }
    if service.version == 0 {
        say("version", "versions count from 1");
    }
    if service.valid_to.is_some_and(|end| end < service.valid_from) {
        say("valid_to", "the last day lies before the first");
    }
    if !(1..=2).contains(&service.applicant.account_level) {
        say("applicant.account_level", "the level of identity is 1 or 2");
    }
    for (empty, path) in [
        (service.basis.is_empty(), "basis"),
        (service.pages.is_empty(), "pages"),
        (service.steps.is_empty(), "steps"),
        (service.refusals.is_empty(), "refusals"),
        (service.supplements.is_empty(), "supplements"),
    ] {
        if empty {
            say(path, "at least one is needed");
        }
    }
    let waits = service
        .waits
        .iter()
        .flat_map(|w| [("waits.supplement_days", w.supplement_days), ("waits.payment_days", w.payment_days)]);
    for (path, days) in waits {
        if days.is_some_and(|days| !(1..=WAIT_DAYS_MAX).contains(&days)) {
            say(path, "a wait lasts 1 to 366 days");
        }
    }
    let shares: u32 = service.steps.iter().map(|s| u32::from(s.share)).sum();
    if shares != 100 {
        say("steps", "the shares of all steps make 100");
    }
}

/// Each key is a plain word, stands once, and hides no other name.
fn keys(service: &Service, faults: &mut Faults) {
    let mut list = |path: String, part: &str, keys: Vec<&str>, reserved: bool| {
        let mut seen = BTreeSet::new();
        for (i, key) in keys.into_iter().enumerate() {
            let path = format!("{path}.{i}.{part}");
            let word = key.starts_with(|c: char| c.is_ascii_lowercase())
                && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if !word {
                faults.push((path, format!("{key:?}: a key has small letters, digits and _")));
            } else if !seen.insert(key.to_owned()) {
                faults.push((path, format!("{key} stands twice")));
            } else if reserved
                && (KEYWORDS.contains(&key)
                    || Function::ALL.iter().any(|f| f.name() == key)
                    || [RECORD, "today", "value", "item"].contains(&key)
                    || service.party(key).is_some())
            {
                faults.push((path, format!("{key} already means something else")));
            }
        }
    };
    let rules = |rules: &'_ [Rule]| -> Vec<String> { rules.iter().map(|r| r.code.clone()).collect() };
    list("pages".into(), "key", service.pages.iter().map(|x| x.key.as_str()).collect(), false);
    list("parties".into(), "key", service.parties.iter().map(|x| x.key.as_str()).collect(), false);
    list("attachments".into(), "key", service.attachments.iter().map(|x| x.key.as_str()).collect(), false);
    list("consents".into(), "key", service.consents.iter().map(|x| x.key.as_str()).collect(), false);
    list("checks".into(), "key", service.checks.iter().map(|x| x.key.as_str()).collect(), false);
    list("steps".into(), "key", service.steps.iter().map(|x| x.key.as_str()).collect(), false);
    list("exemptions".into(), "key", service.exemptions.iter().map(|x| x.key.as_str()).collect(), false);
    list("refusals".into(), "code", service.refusals.iter().map(|x| x.code.as_str()).collect(), false);
    list("supplements".into(), "code", service.supplements.iter().map(|x| x.code.as_str()).collect(), false);
    let applicant = rules(&service.applicant.rules);
    list("applicant.rules".into(), "code", applicant.iter().map(String::as_str).collect(), false);
    let mut all = BTreeSet::new();
    let mut twice = Vec::new();
    for (p, page) in service.pages.iter().enumerate() {
        let path = format!("pages.{p}.fields");
        list(path.clone(), "key", page.fields.iter().map(|x| x.key.as_str()).collect(), true);
        for (f, field) in page.fields.iter().enumerate() {
            let path = format!("{path}.{f}");
            if !all.insert(field.key.as_str())
                && page.fields.iter().filter(|x| x.key == field.key).count() == 1
            {
                twice.push((format!("{path}.key"), format!("{} stands twice", field.key)));
            }
            list(
                format!("{path}.options"),
                "key",
                field.options.iter().map(|x| x.key.as_str()).collect(),
                false,
            );
            list(format!("{path}.items"), "key", field.items.iter().map(|x| x.key.as_str()).collect(), false);
            let codes = rules(&field.rules);
            list(format!("{path}.rules"), "code", codes.iter().map(String::as_str).collect(), false);
        }
    }
    faults.extend(twice);
}

fn fields(field: &Field, path: &str, top: bool, faults: &mut Faults) {
    let mut say = |part: &str, what: String| faults.push((format!("{path}.{part}"), what));
    if field.options.is_empty() == (field.kind == Kind::Choice) {
        say("options", "a choice, and only a choice, has options".to_owned());
    }
    if field.items.is_empty() == (field.kind == Kind::Group) {
        say("items", "a group, and only a group, has items".to_owned());
    }
    if !top && field.kind == Kind::Group {
        say("kind", "a group cannot stand in a group".to_owned());
    }
    let bounded = field.kind.is_free_text() || matches!(field.kind, Kind::Number | Kind::Money | Kind::Group);
    if !bounded && (field.min.is_some() || field.max.is_some()) {
        say("kind", "this kind has no bounds".to_owned());
    }
    if let (Some(min), Some(max)) = field.bounds()
        && min > max
    {
        say("min", format!("{min} is more than {max}"));
    }
    let most = match field.kind {
        Kind::Group => Some(GROUP_ROWS_MAX),
        k if k.is_free_text() => i64::try_from(k.chars_max()).ok(),
        _ => None,
    };
    if let (Some(max), Some(most)) = (field.max, most)
        && max > most
    {
        say("max", format!("at most {most}"));
    }
    if let Some(prefill) = &field.prefill {
        let agrees = field.prefill_fact().is_some_and(|fact| field.kind.value_type() == Some(fact.kind()));
        if !top || !agrees {
            say("prefill", format!("{prefill} is no fact of the record that this kind can hold"));
        }
    }
    for (i, item) in field.items.iter().enumerate() {
        fields(item, &format!("{path}.items.{i}"), false, faults);
    }
}

fn others(service: &Service, faults: &mut Faults) {
    let mut say = |path: String, what: &str| faults.push((path, what.to_owned()));
    for (i, party) in service.parties.iter().enumerate() {
        if service.field(&party.number).is_none_or(|f| f.kind != Kind::PersonalNumber) {
            say(format!("parties.{i}.number"), "this must name a field or column that is a personal number");
        }
    }
    for (i, a) in service.attachments.iter().enumerate() {
        if a.types.is_empty() || a.max_bytes == 0 || a.max_count == 0 {
            say(format!("attachments.{i}"), "types, max_bytes and max_count must allow something");
        }
    }
    let is_group = |group: &str| service.field(group).is_some_and(|f| f.kind == Kind::Group);
    for (i, consent) in service.consents.iter().enumerate() {
        if consent.each.as_deref().is_some_and(|group| !is_group(group)) {
            say(format!("consents.{i}.each"), "this must name a group");
        }
    }
    for (i, effect) in service.effects.iter().enumerate() {
        let path = format!("effects.{i}.{}", effect.name());
        if effect.residence().each.as_deref().is_some_and(|group| !is_group(group)) {
            say(format!("{path}.each"), "this must name a group");
        }
        for (name, given, _, needed) in effect.arguments() {
            if needed && given.is_none() {
                say(path.clone(), &format!("{name} is needed"));
            }
        }
        if matches!(effect, Effect::RegisterPermanentResidence(r) if r.to.is_some()) {
            say(format!("{path}.to"), "permanent residence has no last day");
        }
    }
    for (i, name) in service.result.rows.iter().enumerate() {
        if service.describe(name).is_none() {
            say(format!("result.rows.{i}"), &format!("{name} is no field or fact"));
        }
    }
    for (list, reasons) in [("refusals", &service.refusals), ("supplements", &service.supplements)] {
        for (i, reason) in reasons.iter().enumerate() {
            let Some(field) = &reason.field else { continue };
            let known = match field.strip_prefix("attachments.") {
                Some(key) => service.attachments.iter().any(|a| a.key == key),
                None => service.field(field).is_some(),
            };
            if !known {
                say(format!("{list}.{i}.field"), &format!("{field} is no field or attachment"));
            }
        }
    }
    let overlap = |a: (Date, Option<Date>), b: (Date, Option<Date>)| {
        a.1.is_none_or(|end| b.0 <= end) && b.1.is_none_or(|end| a.0 <= end)
    };
    for (i, fee) in service.fees.iter().enumerate() {
        let same = service.fees.iter().take(i).filter(|other| other.channel == fee.channel);
        if fee.amount.0 < 0 {
            say(format!("fees.{i}.amount"), "a fee is not negative");
        }
        for other in same {
            if overlap((fee.valid_from, fee.valid_to), (other.valid_from, other.valid_to)) {
                say(format!("fees.{i}"), "two fees hold on one day for one channel");
            }
        }
    }
}

/// Every text is there in both languages, in NFC.
fn texts(json: &Json, path: &str, faults: &mut Faults) {
    let join = |part: &str| if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") };
    match json {
        Json::Object(map) => {
            for (key, value) in map {
                match value {
                    Json::String(text) if key == "vi" || key == "en" => {
                        if text.lines().any(|line| nfc(line) != line.trim()) || text.trim().is_empty() {
                            faults.push((
                                join(key),
                                "a text is not empty, in NFC, with single spaces".to_owned(),
                            ));
                        }
                    }
                    _ => texts(value, &join(key), faults),
                }
            }
        }
        Json::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                texts(item, &join(&i.to_string()), faults);
            }
        }
        _ => {}
    }
}
