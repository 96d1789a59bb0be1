//! Any definition's fields as a form. What the record knows stands as read-only rows with its source; the rest are
//! inputs, drawn by kind. Form names are the definition's paths, so a fault finds its field; dates and communes have
//! the parts that webkit's components give them, which [`read_page`] turns back.

use std::collections::BTreeMap;

use base::FieldFault;
use forms::{Answers, FieldView, Kind, Page, Service, Source, kind::date_boxes};
use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::Value as Json;
use webkit::{
    Form,
    i18n::{self, Errors},
    ui::{self, Choice, DateValue, Field, LineKind, Row, Unit, UnitSearch, Weight},
};

use crate::{
    visit::Visit,
    words::{mask_numbers, report_wrong},
};

/// Communes offered for what was typed.
const COMMUNES_MAX: usize = 8;
/// A choice among more answers than these is a list to open.
const RADIOS_MAX: usize = 9;

/// What the page shows beside the answers that are saved.
#[derive(Default)]
pub struct Extra {
    pub errors: Errors,
    /// Searches for communes that are under way, by path.
    pub searches: BTreeMap<String, UnitSearch>,
    /// The group that gets an empty row.
    pub adding: Option<String>,
    /// The person came from the page that checks answers, and goes back there.
    pub from_check: bool,
}

impl Extra {
    pub fn faults(visit: &Visit, faults: &[FieldFault]) -> Self {
        Self { errors: i18n::by_field(visit, faults), ..Self::default() }
    }
}

/// The fields of one page. Neighbouring facts of the record share one table.
pub fn fields(v: &Visit, sheet: &forms::Sheet<'_>, views: &[FieldView<'_>], extra: &Extra) -> Markup {
    let known = |view: &&FieldView<'_>| matches!(view.source, Source::Record(..));
    html! {
        @for run in views.chunk_by(|a, b| known(&a) == known(&b)) {
            @if run.first().as_ref().is_some_and(known) {
                (ui::summary(v, &run.iter().map(|view| known_row(v, view)).collect::<Vec<_>>()))
            } @else {
                @for view in run {
                    @if view.field.kind == Kind::Group { (group(v, sheet, view, extra)) }
                    @else { (input(v, view, extra)) }
                }
            }
        }
    }
}

/// A fact of the record, with where it comes from and a way to say that it is wrong.
pub fn known_row(v: &Visit, view: &FieldView<'_>) -> Row {
    let (shown, source) = match view.source {
        Source::Record(fact, from) => {
            let shown = v.value(view.field.kind, &view.field.options, view.value);
            let shown = if fact.is_commune() { v.place(&shown) } else { shown };
            let words = fact.words();
            let shown = if words.contains(&shown.as_str()) { v.t(&format!("sex-{shown}")) } else { shown };
            // One's own number is one's own; anybody else's is not shown whole.
            let shown = if fact == forms::Fact::Number { shown } else { mask_numbers(&shown) };
            (shown, Some((v.provenance(from), report_wrong(fact))))
        }
        Source::Answer => (v.value(view.field.kind, &view.field.options, view.value), None),
    };
    let row = Row::new(v.text(&view.field.label), shown);
    match source {
        Some((source, wrong)) => row.source(source).report(wrong),
        None => row,
    }
}

/// What a fault's path is called: a field, a field of a row, a file.
pub fn name_of(v: &Visit, service: &Service, path: &str) -> Option<String> {
    let label = match path.strip_prefix("attachments.") {
        Some(slot) => service.attachments.iter().find(|a| a.key == slot).map(|a| &a.label),
        None => {
            let mut parts = path.split('.');
            let field = service.field(parts.next()?)?;
            let item = parts.nth(1).and_then(|key| field.items.iter().find(|i| i.key == key));
            Some(item.map_or(&field.label, |item| &item.label))
        }
    };
    label.map(|label| v.text(label).to_owned())
}

fn given(view: &FieldView<'_>) -> String {
    match view.given {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(Json::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn input(v: &Visit, view: &FieldView<'_>, extra: &Extra) -> Markup {
    let def = view.field;
    let mut field = Field::new(view.path.as_str(), v.text(&def.label)).errors(&extra.errors);
    if let Some(hint) = &def.hint {
        field = field.hint(v.text(hint));
    }
    if !view.required {
        field = field.optional();
    }
    let typed = given(view);
    let line = |kind| ui::line(v, &field, &typed, kind);
    match def.kind {
        Kind::Line | Kind::Address => line(LineKind::Text),
        Kind::Email => line(LineKind::Email),
        Kind::Phone => line(LineKind::Phone),
        Kind::Number | Kind::Money => line(LineKind::Digits),
        Kind::Text => ui::textarea(v, &field, &typed, 4),
        Kind::PersonalNumber => ui::personal_number(v, &field, &typed),
        Kind::Date | Kind::PartialDate => {
            let [day, month, year] = date_boxes(&typed);
            ui::date(v, &field, &DateValue { day, month, year })
        }
        Kind::YesNo => {
            let choices = [Choice::new("yes", v.t("yes")), Choice::new("no", v.t("no"))];
            ui::radios(v, &field, &choices, &typed)
        }
        Kind::Choice => {
            let choices: Vec<Choice> = def.options.iter().map(|o| choice(v, o)).collect();
            if choices.len() > RADIOS_MAX {
                ui::select(v, &field, &choices, &typed)
            } else {
                ui::radios(v, &field, &choices, &typed)
            }
        }
        Kind::Commune => {
            let search = extra.searches.get(&view.path).cloned().unwrap_or_else(|| chosen(v, &typed));
            ui::unit_search(v, &field, &search)
        }
        Kind::Group => Markup::default(),
    }
}

fn choice(v: &Visit, option: &forms::definition::Choice) -> Choice {
    let choice = Choice::new(option.key.as_str(), v.text(&option.label));
    match &option.hint {
        Some(hint) => choice.hint(v.text(hint)),
        None => choice,
    }
}

pub fn chosen(v: &Visit, code: &str) -> UnitSearch {
    let known = v.portal.dossiers.nation.place(code);
    let unit = known.map(|name| Unit { code: code.to_owned(), name: v.text(&name).to_owned(), hint: None });
    UnitSearch { chosen: unit, ..UnitSearch::default() }
}

/// A repeated group: each row with a button that takes it out, and one that adds another.
fn group(v: &Visit, sheet: &forms::Sheet<'_>, view: &FieldView<'_>, extra: &Extra) -> Markup {
    let label = v.text(&view.field.label);
    let max = view.field.bounds().1.and_then(|max| usize::try_from(max).ok()).unwrap_or(usize::MAX);
    let blank = view.rows.is_empty() && view.required || extra.adding.as_deref() == Some(&view.path);
    let fields = sheet.service().field(&view.path);
    let blank =
        fields.filter(|_| blank && view.rows.len() < max).map(|f| sheet.blank_row(f, view.rows.len()));
    let error = extra.errors.get(&view.path);
    html! {
        section.field.flow .bad[error.is_some()] id={ "f-" (view.path) } tabindex="-1" {
            h2 { (label) }
            @if let Some(hint) = &view.field.hint { p.hint { (v.text(hint)) } }
            @if let Some(error) = error { p.field-error { (ui::Icon::Alert) span { (error) } } }
            @for (n, row) in view.rows.iter().chain(&blank).enumerate() {
                fieldset.found.flow {
                    legend { (v.tw("row-title", &[("label", label.into()), ("n", (n + 1).into())])) }
                    @for item in row { (input(v, item, extra)) }
                    button.button.secondary type="submit" name="_remove" value={ (view.path) "." (n) } {
                        (v.t("row-remove")) span.hidden { " " (n + 1) }
                    }
                }
            }
            @if view.rows.len() + blank.iter().len() < max {
                p { (ui::submit_as(Weight::Secondary, "_add", &view.path, &v.t("row-add"))) }
            }
        }
    }
}

/// The fields that a page showed when it was sent, so that a question that only now appears is not called an error.
pub fn seen(views: &[FieldView<'_>]) -> String {
    views.iter().map(|view| view.path.as_str()).collect::<Vec<_>>().join(" ")
}

/// What a page's form says.
pub struct Typed {
    pub answers: Answers,
    pub searches: BTreeMap<String, UnitSearch>,
    /// The group to which the person wants to add.
    pub adding: Option<String>,
    /// A button of the page was pressed that is not "go on".
    pub stays: bool,
}

/// Reads one page's form: date boxes and commune searches put together, removed rows left out.
pub fn read_page(v: &Visit, service: &Service, page: &Page, form: &Form, today: Date) -> Typed {
    let removed = form.raw("_remove");
    let mut searches = BTreeMap::new();
    let mut pairs: Vec<(String, &str)> = Vec::new();
    for (name, value) in form.pairs() {
        if !removed.is_empty() && in_row(name, removed) {
            continue;
        }
        match service_part(service, page, name) {
            Part::Search(path) => {
                if let Some(search) = search(v, form, path, value, today) {
                    searches.insert(path.to_owned(), search);
                }
            }
            Part::Box(path, part) => pairs.push((format!("{path}.{part}"), value)),
            Part::Button => {}
            Part::Plain => pairs.push((name.clone(), value)),
        }
    }
    let answers = service.from_form(pairs.iter().map(|(name, value)| (name.as_str(), *value)), today);
    let adding = Some(form.raw("_add")).filter(|g| !g.is_empty()).map(str::to_owned);
    let stays = adding.is_some() || !removed.is_empty() || !searches.is_empty() || form.has("_refresh");
    Typed { answers, searches, adding, stays }
}

/// Whether a form name lies in row `members.2`.
fn in_row(name: &str, row: &str) -> bool {
    name.strip_prefix(row).is_some_and(|rest| rest.starts_with('.'))
}

enum Part<'n> {
    Search(&'n str),
    Box(&'n str, &'n str),
    Button,
    Plain,
}

fn service_part<'n>(service: &Service, page: &Page, name: &'n str) -> Part<'n> {
    let Some((path, part)) = name.rsplit_once('-') else { return Part::Plain };
    let kind = kind_of(service, path).filter(|_| page.fields.iter().any(|f| path.starts_with(&f.key)));
    match (kind, part) {
        (Some(Kind::Commune), "q") => Part::Search(path),
        (Some(Kind::Commune), "find") => Part::Button,
        (Some(kind), "day" | "month" | "year") if kind.is_date() => Part::Box(path, part),
        _ => Part::Plain,
    }
}

/// The kind behind a path: `commune`, or `members.2.commune`.
fn kind_of(service: &Service, path: &str) -> Option<Kind> {
    let mut parts = path.split('.');
    let head = parts.next()?;
    let field = service.field(head)?;
    match parts.nth(1) {
        None => Some(field.kind),
        Some(item) => field.items.iter().find(|i| i.key == item).map(|i| i.kind),
    }
}

/// A search that is under way: the button was pressed, or something is typed that the chosen unit does not answer.
pub fn search(v: &Visit, form: &Form, path: &str, typed: &str, today: Date) -> Option<UnitSearch> {
    if typed.trim().is_empty() {
        return None;
    }
    let found = find_communes(v, typed, today);
    let code = form.raw(path);
    let answered = found.iter().any(|unit| unit.code == code);
    if answered && !form.has(&format!("{path}-find")) {
        return None;
    }
    let only = if found.len() == 1 { found.first() } else { found.iter().find(|unit| unit.code == code) };
    let chosen = only.cloned();
    Some(UnitSearch { typed: typed.to_owned(), found: Some(found), chosen })
}

/// Communes of today for what was typed, with the old name that led there.
fn find_communes(v: &Visit, typed: &str, today: Date) -> Vec<Unit> {
    let divisions = v.portal.catalogue.divisions();
    let hits = divisions.search_communes(typed, today, COMMUNES_MAX);
    hits.into_iter()
        .map(|hit| Unit {
            code: hit.unit.code.to_string(),
            name: divisions.full_name(hit.unit, v.lang()),
            hint: hit.former.map(|former| {
                let key = if hit.certain { "commune-formerly" } else { "commune-partly" };
                v.tw(key, &[("name", divisions.full_name(former, v.lang()).into())])
            }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_inside_the_row_go_with_it() {
        assert!(in_row("members.2.number", "members.2"));
        assert!(!in_row("members.21.number", "members.2"));
        assert!(!in_row("members.1.number", "members.2"));
    }
}
