//! "My record": all items that the law lets the state hold about a person (Law on Identity Art. 9), in groups, with what is
//! held or that nothing is, where it came from, what was said before, and a way to say that it is wrong.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Router, routing::get};
use base::{FieldFault, PartialDate};
use contracts::{Access, Purpose};
use jiff::civil::Date;
use maud::{Markup, html};
use registry::{
    corrections::{Correction, Subject, correction_own},
    model::{Item, Relation, Source, residence::Kind},
    ops::{
        AbsenceEntry, KinEntry, MemberEntry, Origin, PaperEntry, PersonHistory, Record, ResidenceEntry,
        person_as_of, person_history, person_record,
    },
};
use serde::Deserialize;
use webkit::{
    Form, Problem, Query,
    i18n::{self, key_of},
    ui::{self, DateValue, Field, Row, Tone, Weight},
};

use crate::{
    Portal,
    record::{Tab, datum, tabs, value},
    visit::{Citizen, Place},
    words::mask_numbers,
};

pub fn routes() -> Router<Arc<Portal>> {
    Router::new().route("/record", get(show))
}

const IDENTITY: &[Item] = &[
    Item::Name,
    Item::OtherName,
    Item::BirthDate,
    Item::Sex,
    Item::BirthPlace,
    Item::BirthRegistrationPlace,
    Item::HomeTown,
    Item::Ethnicity,
    Item::Religion,
    Item::Nationality,
    Item::BloodGroup,
];
const NUMBERS: &[Item] = &[Item::Number, Item::OldNumber];
const MARRIAGE: &[Item] = &[Item::MaritalStatus];
const RESIDENCE: &[Item] = &[Item::ResidenceRecord];
const CONTACT: &[Item] = &[Item::Phone, Item::Email];
const LIFE: &[Item] = &[Item::DeathDate, Item::MissingDate];
/// Relatives whom the law names; others are shown where there are any.
const NAMED: [Relation; 6] = [
    Relation::Father,
    Relation::Mother,
    Relation::Spouse,
    Relation::Child,
    Relation::Guardian,
    Relation::Ward,
];

/// The record of an earlier day, where the address or the form names one.
#[derive(Deserialize)]
#[serde(default, rename_all = "kebab-case")]
#[derive(Default)]
struct On {
    on: String,
    on_day: String,
    on_month: String,
    on_year: String,
}

/// Everything that the page is drawn from.
struct Sheet<'a> {
    c: &'a Citizen,
    record: &'a Record,
    /// None on an earlier day: there is nothing to correct in what was.
    today: Option<Today>,
}

struct Today {
    history: PersonHistory,
    open: BTreeMap<Subject, Correction>,
}

async fn show(c: Citizen, Query(on): Query<On>) -> Result<Markup, Problem> {
    let form = Form::from_pairs([("on-day", on.on_day), ("on-month", on.on_month), ("on-year", on.on_year)]);
    let typed = form.date("on", c.today()).map(|date| date.ok().and_then(PartialDate::exact));
    let day = typed.unwrap_or_else(|| on.on.parse().ok()).filter(|day| *day < c.today());
    let wrong = typed == Some(None);
    let mut tx = c.begin().await?;
    let access = Access::new(&c.actor, Purpose::OWN_RECORD);
    let read = async {
        if let Some(day) = day {
            let now = tx.now();
            return Ok((person_as_of(&mut tx, &access, c.person, day, now).await?, None));
        }
        let record = person_record(&mut tx, &access, c.person).await?;
        let history = person_history(&mut tx, &access, c.person).await?;
        let own = correction_own(&mut tx, &access).await?;
        let open = own.into_iter().filter(|r| r.state.is_open()).map(|r| (r.subject, r)).collect();
        Ok::<_, registry::RegistryError>((record, Some(Today { history, open })))
    }
    .await;
    let (record, today) = tx.finish(read).await?;
    let faults: Vec<FieldFault> =
        wrong.then(|| FieldFault::new("on", "forms.not_a_date")).into_iter().collect();
    let sheet = Sheet { c: &c, record: &record, today };
    Ok(draw(&sheet, day, &form, &faults))
}

fn draw(s: &Sheet<'_>, day: Option<Date>, form: &Form, faults: &[FieldFault]) -> Markup {
    let (c, record) = (s.c, s.record);
    let title = c.t("record-title");
    let field = Field::new("on", c.t("record-on")).errors(&i18n::by_field(c, faults));
    let open = s.today.iter().map(|t| t.open.len()).sum::<usize>();
    let groups: [(&str, Vec<Row>); 7] = [
        ("identity", s.items(IDENTITY)),
        ("papers", [s.items(NUMBERS), s.papers()].concat()),
        ("family", [s.items(MARRIAGE), s.kin()].concat()),
        ("residence", [s.residences(), s.items(RESIDENCE), s.household()].concat()),
        ("contact", s.items(CONTACT)),
        ("life", s.items(LIFE)),
        ("shared", s.shared()),
    ];
    c.frame(Place::Record, &title).error(!faults.is_empty()).page(html! {
        (ui::error_summary(c, faults))
        h1 { (title) }
        p.lead { (c.t("record-lead")) }
        (tabs(c, Tab::Record))
        @if let Some(day) = day {
            (ui::notice(Tone::Info, html! {
                p { (c.tw("record-of-day", &[("day", c.date(day).into())])) } p { a href="/record" { (c.t("record-today")) } }
            }))
        }
        @if record.conflict { (ui::notice(Tone::Wait, c.t("record-conflict"))) }
        @if open > 0 {
            (ui::notice(Tone::Wait, html! {
                p { (c.tw("record-open", &[("count", open.into())])) }
                p { a href="/record/corrections" { (c.t("record-open-see")) } }
            }))
        }
        nav.filters aria-label=(c.t("record-groups")) {
            ul { @for (key, _) in &groups { li { a href={ "#" (key) } { (c.t(&format!("record-{key}"))) } } } }
        }
        @for (key, rows) in &groups {
            section.flow id=(key) {
                h2 { (c.t(&format!("record-{key}"))) }
                (ui::details(&c.t("record-what"), html! { p { (c.t(&format!("record-{key}-what"))) } }))
                (ui::summary(c, rows))
            }
        }
        (ui::details(&c.t("record-earlier"), html! {
            form method="get" action="/record" {
                (ui::date(c, &field, &DateValue::typed(form, "on")))
                (ui::actions(ui::submit(Weight::Secondary, &c.t("record-see"))))
            }
        }))
        (ui::actions(ui::print_button(c)))
    })
}

/// Confirmed by an authority, or only said by the person or a connected organisation.
fn standing(c: &Citizen, is_declared: bool) -> Markup {
    if is_declared {
        ui::tag(Tone::Wait, &c.t("record-declared"))
    } else {
        ui::tag(Tone::Good, &c.t("record-confirmed"))
    }
}

impl Sheet<'_> {
    fn name(&self, subject: Subject) -> String {
        subject_name(self.c, subject)
    }

    /// What is not held is said too.
    fn nothing(&self) -> Markup {
        html! { span.quiet { (self.c.t("record-nothing")) } }
    }

    /// The row of a subject: what is held, then the way to a correction or to the request under way.
    fn row(&self, subject: Subject, held: Markup) -> Row {
        let Some(today) = &self.today else { return Row::new(self.name(subject), held) };
        match today.open.get(&subject) {
            Some(open) => {
                let asked = html! {
                    (held)
                    p { (ui::tag(Tone::Wait, &self.c.t("record-asked"))) " "
                        a href={ "/record/corrections/" (open.id) } { (self.c.tw("record-asked-due", &[("due", self.c.due(open.due_on).into())])) } }
                };
                Row::new(self.name(subject), asked)
            }
            None => Row::new(self.name(subject), held).report(format!("/record/wrong/{}", subject.key())),
        }
    }

    /// Where it comes from, and what the record said before.
    fn detail(&self, origin: &Origin, since: Option<Date>, before: &Markup) -> Markup {
        let c = self.c;
        let mut lines = vec![
            (c.t("record-source"), c.text(&origin.source).to_owned()),
            (c.t("record-recorded"), c.exact(origin.recorded_at)),
        ];
        if let Some(since) = since {
            lines.push((c.t("record-since"), c.date(since)));
        }
        if let Some(document) = &origin.document {
            lines.push((c.t("record-document"), document.clone()));
        }
        if let Some(reason) = &origin.reason {
            lines.push((c.t("record-reason"), reason.clone()));
        }
        if let Some(agency) = &origin.agency {
            lines.push((c.t("record-agency"), c.agency(&contracts::AgencyId::new(agency.as_str()))));
        }
        ui::details(
            &c.t("record-detail"),
            html! {
                ul { @for (label, said) in &lines { li { (label) ": " (said) } } }
                (before)
            },
        )
    }

    fn is_declared(&self, item: Item, origin: &Origin) -> bool {
        match item.verified_by() {
            Some(verified) => self.record.value(verified).is_none(),
            None => origin.source == Source::Organisation.text(),
        }
    }

    fn items(&self, items: &[Item]) -> Vec<Row> {
        items.iter().map(|item| self.item(*item)).collect()
    }

    fn item(&self, item: Item) -> Row {
        let subject = Subject::Item(item);
        let before = self.before(item);
        let Some(held) = self.record.items.iter().find(|i| i.item == item) else {
            return self.row(subject, html! { (self.nothing()) (before) });
        };
        let held = html! {
            p { (value(self.c, item, &held.value)) " " (standing(self.c, self.is_declared(item, &held.origin))) }
            (self.detail(&held.origin, held.since, &before))
        };
        self.row(subject, held)
    }

    fn before(&self, item: Item) -> Markup {
        let past = self.today.iter().flat_map(|t| &t.history.items).filter(|p| p.item == item);
        let lines: Vec<String> = past
            .map(|p| {
                let said = value(self.c, item, &p.value);
                match (p.known_to, p.last_day) {
                    (Some(to), _) => self
                        .c
                        .tw("record-was-wrong", &[("value", said.into()), ("when", self.c.exact(to).into())]),
                    (None, Some(last)) => {
                        self.c.tw("record-was", &[("value", said.into()), ("day", self.c.date(last).into())])
                    }
                    (None, None) => said,
                }
            })
            .collect();
        html! { @if !lines.is_empty() {
            p { (self.c.t("record-history")) }
            ul { @for line in &lines { li { (line) } } }
        } }
    }

    fn residences(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = Kind::ALL.into_iter().map(|kind| self.residence(kind)).collect();
        rows.push(self.absence());
        rows
    }

    /// Of one kind: where it is now, what is to come, and where it was.
    fn residence(&self, kind: Kind) -> Row {
        let of = |r: &&ResidenceEntry| r.kind == kind.as_str();
        let now: Vec<&ResidenceEntry> = self.record.residences.iter().filter(of).collect();
        // Of an earlier day, what was to come would only repeat what is.
        let coming = self.record.coming.iter().filter(of).filter(|_| self.today.is_some());
        let past: Vec<&ResidenceEntry> =
            self.today.iter().flat_map(|t| &t.history.residences).filter(of).collect();
        let held = html! {
            @if now.is_empty() { p { (self.nothing()) } }
            @for r in &now { (self.lives(r)) }
            @for r in coming {
                @if let Some(since) = r.since {
                    p { (ui::tag(Tone::Info, &self.c.tw("record-coming", &[("day", self.c.date(since).into())]))) }
                }
                (self.lives(r))
            }
            @if !past.is_empty() {
                (ui::details(&self.c.t("record-lived"), html! { @for r in &past { (self.lives(r)) } }))
            }
        };
        self.row(Subject::Residence(kind), held)
    }

    fn lives(&self, r: &ResidenceEntry) -> Markup {
        let c = self.c;
        let none = Markup::default();
        html! {
            p { (r.address) }
            p { (c.place(r.commune.as_str())) }
            @if let Some(relation) = &r.relation {
                @let relation = c.t(&format!("relation-{}", key_of(relation)));
                p.quiet { (c.tw("record-relation", &[("relation", relation.into())])) }
            }
            @if let Some(last) = r.last_day { p.quiet { (c.tw("record-until", &[("day", c.date(last).into())])) } }
            (self.detail(&r.origin, r.since, &none))
        }
    }

    fn absence(&self) -> Row {
        let line = |a: &AbsenceEntry| {
            html! {
                p { (self.c.place(a.commune.as_str())) }
                @if let Some(to) = &a.destination { p { (self.c.tw("record-away-to", &[("place", to.as_str().into())])) } }
                @if let Some(last) = a.last_day { p.quiet { (self.c.tw("record-until", &[("day", self.c.date(last).into())])) } }
                (self.detail(&a.origin, a.since, &Markup::default()))
            }
        };
        let held = html! {
            @if self.record.absences.is_empty() { (self.nothing()) }
            @for absence in &self.record.absences { (line(absence)) }
        };
        self.row(Subject::Absence, held)
    }

    fn household(&self) -> Vec<Row> {
        let line = |m: &MemberEntry| {
            let relation = m.relation.as_ref().map(|code| self.c.t(&format!("relation-{}", key_of(code))));
            html! { li {
                @match &m.name { Some(name) => { (name) } None => { (self.nothing()) } }
                @if let Some(relation) = relation { ", " (relation) }
                @if let Some(number) = &m.number_masked { br; span.quiet { (number) } }
            } }
        };
        let held = html! {
            @if self.record.household.is_empty() { (self.nothing()) }
            @else { ul { @for member in &self.record.household { (line(member)) } } }
        };
        vec![self.row(Subject::Household, held)]
    }

    fn papers(&self) -> Vec<Row> {
        let c = self.c;
        let line = |p: &PaperEntry| {
            html! {
                p { (c.t(&format!("paper-{}", key_of(&p.kind)))) " " (p.number) }
                @if let Some(on) = p.issued_on { p.quiet { (c.tw("paper-issued", &[("day", c.date(on).into())])) } }
                @if let Some(at) = &p.issued_at { p.quiet { (at) } }
                @if let Some(on) = p.expires_on { p.quiet { (c.tw("paper-expires", &[("day", c.date(on).into())])) } }
                (self.detail(&p.origin, None, &Markup::default()))
            }
        };
        let held = html! {
            @if self.record.papers.is_empty() { (self.nothing()) }
            @for paper in &self.record.papers { (line(paper)) }
        };
        vec![self.row(Subject::Papers, held)]
    }

    fn kin(&self) -> Vec<Row> {
        let line = |k: &KinEntry| {
            html! {
                p { @match &k.name { Some(name) => { (name) } None => { (self.nothing()) } } }
                @if let Some(number) = &k.number { p.quiet { (mask_numbers(number)) } }
                (self.detail(&k.origin, k.since, &Markup::default()))
            }
        };
        let row = |relation: Relation| {
            let all: Vec<&KinEntry> =
                self.record.kin.iter().filter(|k| k.relation == relation.as_str()).collect();
            (!all.is_empty() || NAMED.contains(&relation)).then(|| {
                let held = html! {
                    @if all.is_empty() { (self.nothing()) }
                    @for relative in &all { (line(relative)) }
                };
                self.row(Subject::Kin(relation), held)
            })
        };
        Relation::ALL.into_iter().filter_map(row).collect()
    }

    fn shared(&self) -> Vec<Row> {
        let held = html! {
            @if self.record.shared.is_empty() { (self.nothing()) }
            @for s in &self.record.shared {
                p { (datum(self.c, &s.key)) ": " (s.value) }
                (self.detail(&s.origin, s.since, &Markup::default()))
            }
        };
        vec![self.row(Subject::Shared, held)]
    }
}

/// The name of what a request is about.
pub fn subject_name(c: &Citizen, subject: Subject) -> String {
    match subject {
        Subject::Kin(relation) => c.t(&format!("kin-{}", key_of(relation.as_str()))),
        other => datum(c, other.routed_as()),
    }
}
