//! What was checked, what was answered and what the record says to it, drawn from any definition.

use dossier::ops::attachment::File;
use forms::{
    Fact, FieldView, Kind, PageView, Severity, Sheet, Source, Value, Verdict, facts::RECORD, outcome::Checked,
};
use maud::{Markup, html};
use webkit::ui::{self, Column, Icon, Row, Tone};

use super::Scene;

/// Answers shown in the preview.
const SHORT_ROWS: usize = 8;

fn sheet<'s>(scene: &'s Scene<'_>) -> Sheet<'s> {
    scene.case.service.sheet(&scene.dossier().answers, &scene.case.facts, scene.today)
}

fn verdict_tag(scene: &Scene<'_>, checked: &Checked<'_>) -> Markup {
    let (tone, key) = match (checked.verdict, checked.check.severity) {
        (Verdict::Holds, _) => (Tone::Good, "desk-check-holds"),
        (Verdict::Fails, Severity::Info) => (Tone::Info, "desk-check-note"),
        (Verdict::Fails, Severity::Warn) => (Tone::Wait, "desk-check-fails"),
        (Verdict::Fails, Severity::Block) => (Tone::Danger, "desk-check-fails"),
        (Verdict::Unknown, _) => (Tone::Wait, "desk-check-unknown"),
    };
    ui::tag(tone, &scene.view.t(key))
}

/// What asks for a person first.
fn by_weight<'s>(checks: Vec<Checked<'s>>) -> Vec<Checked<'s>> {
    let weight = |c: &Checked<'_>| match (c.verdict, c.check.severity) {
        (Verdict::Fails, Severity::Block) => 0,
        (Verdict::Fails, Severity::Warn) => 1,
        (Verdict::Unknown, _) => 2,
        (Verdict::Fails, Severity::Info) => 3,
        (Verdict::Holds, _) => 4,
    };
    let mut checks = checks;
    checks.sort_by_key(weight);
    checks
}

/// Where the facts that a check looks at come from.
fn check_source(scene: &Scene<'_>, checked: &Checked<'_>) -> Option<String> {
    checked.check.check.names().into_iter().find_map(|name| {
        let (head, fact) = name.split_once('.')?;
        let fact = Fact::from_key(fact)?;
        let people = &scene.case.facts;
        let person = if head == RECORD { &people.record } else { people.parties.get(head)?.first()? };
        person.provenance(fact).map(|p| scene.words.source(p))
    })
}

/// The checks that the system has already done, with verdict and source.
pub fn checks(scene: &Scene<'_>) -> Markup {
    let view = scene.view;
    let sheet = sheet(scene);
    let all = by_weight(sheet.checks());
    let held = all.iter().filter(|c| c.verdict == Verdict::Holds).count();
    ui::card(
        &view.t("desk-checks"),
        html! {
            @if all.is_empty() { p.quiet { (view.t("desk-checks-none")) } }
            @else {
                p { (view.tw("desk-checks-held", &[("held", held.into()), ("count", all.len().into())])) }
                ul.desk-checks { @for checked in &all {
                    li {
                        (verdict_tag(scene, checked))
                        div {
                            @if checked.verdict == Verdict::Fails { strong { (view.text(&checked.check.message)) } }
                            @else { (view.text(&checked.check.label)) }
                            @if let Some(source) = check_source(scene, checked) {
                                p.quiet { (view.tw("desk-source", &[("source", source.into())])) }
                            }
                        }
                    }
                } }
            }
        },
    )
}

/// The same in the preview: what did not hold, and how many did.
pub fn checks_short(scene: &Scene<'_>) -> Markup {
    let view = scene.view;
    let sheet = sheet(scene);
    let all = by_weight(sheet.checks());
    let held = all.iter().filter(|c| c.verdict == Verdict::Holds).count();
    html! {
        @if !all.is_empty() {
            p { (view.tw("desk-checks-held", &[("held", held.into()), ("count", all.len().into())])) }
            ul.desk-checks { @for checked in all.iter().filter(|c| c.verdict != Verdict::Holds) {
                li {
                    (verdict_tag(scene, checked))
                    div { (view.text(if checked.verdict == Verdict::Fails { &checked.check.message } else { &checked.check.label })) }
                }
            } }
        }
    }
}

/// The first answers that the applicant gave, for the preview.
pub fn asked_short(scene: &Scene<'_>) -> Markup {
    let sheet = sheet(scene);
    let mut rows = Vec::new();
    for page in sheet.pages() {
        let own = page.fields.iter().filter(|f| f.source == Source::Answer && f.field.kind != Kind::Group);
        rows.extend(own.map(|f| Row::new(scene.view.text(&f.field.label), scene.words.answer(f))));
    }
    rows.truncate(SHORT_ROWS);
    ui::summary(scene.view, &rows)
}

/// What is asked, page by page, beside what the record knows.
pub fn answers(scene: &Scene<'_>) -> Markup {
    let view = scene.view;
    let sheet = sheet(scene);
    let pages: Vec<PageView<'_>> = sheet.pages().collect();
    ui::card(
        &view.t("desk-answers"),
        html! {
            p.quiet { (view.t("desk-answers-when")) }
            @for page in &pages {
                section.desk-answers {
                    h3 { (view.text(&page.page.title)) }
                    dl.summary { @for field in page.fields.iter().filter(|f| f.field.kind != Kind::Group) { (answer(scene, field)) } }
                    @for group in page.fields.iter().filter(|f| f.field.kind == Kind::Group) { (rows(scene, group)) }
                }
            }
        },
    )
}

/// One answer: its value, where it comes from, what the record says where it says something else, and what is asked of it.
fn answer(scene: &Scene<'_>, field: &FieldView<'_>) -> Markup {
    let view = scene.view;
    let value = scene.words.answer(field);
    let differs =
        record_value(scene, field).filter(|known| field.source == Source::Answer && *known != value);
    let defects = scene.dossier().defects.iter().filter(|d| d.field == field.path);
    html! {
        div .desk-differs[differs.is_some()] {
            dt { (view.text(&field.field.label)) }
            dd {
                div.value { @if value.is_empty() { span.quiet { (view.t("desk-answer-none")) } } @else { (value) } }
                @if let Source::Record(_, provenance) = field.source {
                    p.source { (Icon::Shield) @match provenance {
                        Some(p) => { (view.tw("desk-source", &[("source", scene.words.source(p).into())])) }
                        None => { (view.t("desk-source-record")) }
                    } }
                }
                @if let Some(known) = differs {
                    p.desk-known { (ui::tag(Tone::Wait, &view.t("desk-differs"))) " " (view.tw("desk-record-says", &[("value", known.into())])) }
                }
                @for defect in defects { p.desk-known { (ui::tag(Tone::Wait, &view.t("desk-asked-for"))) " " (defect.note) } }
            }
        }
    }
}

/// What the applicant's record says to the same question, where a question is about a fact.
fn record_value(scene: &Scene<'_>, field: &FieldView<'_>) -> Option<String> {
    let fact = field.field.prefill_fact().or_else(|| Fact::from_key(&field.field.key))?;
    let value = scene.case.facts.record.value(fact, scene.today);
    (!value.is_missing()).then(|| scene.words.fact(fact, &value))
}

/// A repeated group as a table.
fn rows(scene: &Scene<'_>, group: &FieldView<'_>) -> Markup {
    let view = scene.view;
    let columns: Vec<Column> =
        group.field.items.iter().map(|item| Column::new(view.text(&item.label))).collect();
    let cell = |row: &Vec<FieldView<'_>>, key: &str| {
        let found = row.iter().find(|f| f.field.key == key);
        html! { (found.map(|f| scene.words.answer(f)).unwrap_or_default()) }
    };
    let rows: Vec<Vec<Markup>> =
        group.rows.iter().map(|row| group.field.items.iter().map(|i| cell(row, &i.key)).collect()).collect();
    html! { @if !rows.is_empty() { (ui::table(view, view.text(&group.field.label), &columns, &rows)) } }
}

/// The other people of the dossier, as far as the checks may know them.
pub fn parties(scene: &Scene<'_>) -> Markup {
    let view = scene.view;
    let known = |key: &str| scene.case.facts.parties.get(key).filter(|people| !people.is_empty());
    let tables = scene.case.service.parties.iter().filter_map(|party| Some((party, known(&party.key)?)));
    let sheet = sheet(scene);
    let table = |party: &forms::definition::Party, people: &Vec<forms::Person>| {
        let numbers = sheet.party_numbers(party);
        let mut columns = vec![Column::new(Fact::Number.label(view.lang()))];
        columns.extend(party.facts.iter().map(|fact| Column::new(fact.label(view.lang()))));
        let rows: Vec<Vec<Markup>> = people
            .iter()
            .enumerate()
            .map(|(n, person)| {
                let number = numbers.get(n).cloned().flatten().unwrap_or_default();
                let mut row = vec![html! { (scene.words.number(&number)) }];
                row.extend(
                    party.facts.iter().map(|fact| fact_cell(scene, *fact, &person.value(*fact, scene.today))),
                );
                row
            })
            .collect();
        ui::table(view, view.text(&party.label), &columns, &rows)
    };
    let tables: Vec<Markup> = tables.map(|(party, people)| table(party, people)).collect();
    html! {
        @if !tables.is_empty() {
            (ui::card(&view.t("desk-parties"), html! { @for table in &tables { (table) } }))
        }
    }
}

fn fact_cell(scene: &Scene<'_>, fact: Fact, value: &Value) -> Markup {
    match value {
        Value::Missing => html! { span.quiet { (scene.view.t("desk-fact-unknown")) } },
        Value::Bool(false) if fact != Fact::Conflict => ui::tag(Tone::Wait, &scene.words.fact(fact, value)),
        _ => html! { (scene.words.fact(fact, value)) },
    }
}

/// The files by what they are for.
pub fn files(scene: &Scene<'_>) -> Markup {
    let view = scene.view;
    let sheet = sheet(scene);
    let slots: Vec<_> = sheet.attachments().collect();
    let of = |key: &str| scene.case.files.iter().filter(|f| f.slot == key).collect::<Vec<&File>>();
    html! {
        @if !slots.is_empty() {
            (ui::card(&view.t("desk-files"), html! { @for slot in &slots {
                @let files = of(&slot.attachment.key);
                @let path = format!("attachments.{}", slot.attachment.key);
                h3 { (view.text(&slot.attachment.label)) }
                @if files.is_empty() {
                    p.quiet { (view.t(if slot.required { "desk-file-missing" } else { "desk-file-none" })) }
                }
                ul.files { @for file in files { (file_line(scene, file)) } }
                @for defect in scene.dossier().defects.iter().filter(|d| d.field == path) {
                    p { (ui::tag(Tone::Wait, &view.t("desk-asked-for"))) " " (defect.note) }
                }
            } }))
        }
    }
}

fn file_line(scene: &Scene<'_>, file: &File) -> Markup {
    let view = scene.view;
    let href = format!("/desk/files/{}/{}", scene.dossier().id, file.id);
    let size = view.file_size(u64::try_from(file.bytes).unwrap_or(0));
    html! {
        li {
            (Icon::File)
            div {
                @if file.completed_at.is_some() { a href=(href) { (file.name) } } @else { (file.name) }
                p.quiet {
                    (size)
                    @match &file.completed_at {
                        Some(at) => { " · " (view.moment(*at, view.now())) }
                        None => { " · " (view.t("desk-file-unfinished")) }
                    }
                }
                @if let Some(hash) = &file.sha256 { p.quiet.desk-hash { "SHA-256 " code { (hash) } } }
            }
            @if file.completed_at.is_some() {
                a href={ (href) "?download=1" } { (Icon::Download) span.hidden { (view.t("desk-file-download")) " " (file.name) } }
            }
        }
    }
}
