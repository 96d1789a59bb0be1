//! A definition applied to one person's answers: what is visible, what each field holds and where it comes from, what is
//! wrong. Pages, JSON API, officers' desk and effects all read the same sheet, so they cannot disagree.
//!
//! Values settle in the order of the definition (a field is visible by what stands before it); rules run afterwards over
//! the whole. Hidden answers are dropped, unknown ones refused, and what the record knows cannot be overwritten.

use std::{collections::BTreeMap, fmt};

use base::FieldFault;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::{
    codes::{self, rule_fault},
    definition::{Field, Page, Party, Rule, Service},
    expr::{Formula, Value, eval::Env},
    facts::{Fact, Facts, Person, Provenance, RECORD},
    kind::{Kind, is_empty, read, to_json},
};

/// Most faults reported at once; a longer list helps nobody and could be made to grow with the input.
pub const FAULTS_MAX: usize = 100;

/// Answers by field, in the forms of [`crate::kind`]; a wrong one may still stand here as it was typed.
/// `Debug` shows which fields, never what they say.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub Map<String, Json>);

impl Answers {
    /// Replaces the answers of one page by what its form now says, and leaves the others.
    pub fn replace_page(&mut self, page: &Page, new: Self) {
        self.0.retain(|key, _| !page.fields.iter().any(|f| f.key == *key));
        self.0.extend(new.0);
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'s> {
    Answer,
    /// Read-only; show the provenance and "report an error".
    Record(Fact, Option<&'s Provenance>),
}

#[derive(Default)]
struct Cell {
    value: Value,
    /// As it was given, also when it is wrong.
    raw: Option<Json>,
    prefilled: Option<Fact>,
    fault: Option<FieldFault>,
    rows: Vec<BTreeMap<String, Cell>>,
}

/// See the module comment. Absent cells are hidden fields.
pub struct Sheet<'a> {
    service: &'a Service,
    facts: &'a Facts,
    today: Date,
    cells: BTreeMap<String, Cell>,
    unknown: Vec<FieldFault>,
}

/// One visible page.
#[derive(Debug)]
pub struct PageView<'s> {
    pub page: &'s Page,
    pub fields: Vec<FieldView<'s>>,
}

/// One visible field with all that a page needs to draw it.
pub struct FieldView<'s> {
    pub field: &'s Field,
    /// The name in forms, faults and the JSON API: `commune`, `members.2.number`.
    pub path: String,
    pub required: bool,
    /// Missing where there is no good answer.
    pub value: &'s Value,
    /// The answer as given, right or wrong, to be shown again.
    pub given: Option<&'s Json>,
    pub source: Source<'s>,
    /// The rows of a group.
    pub rows: Vec<Vec<FieldView<'s>>>,
}

impl fmt::Debug for FieldView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldView({})", self.path)
    }
}

static MISSING: Value = Value::Missing;

impl<'a> Sheet<'a> {
    pub fn new(service: &'a Service, answers: &Answers, facts: &'a Facts, today: Date) -> Self {
        let mut sheet = Self { service, facts, today, cells: BTreeMap::new(), unknown: Vec::new() };
        for page in &service.pages {
            if !holds_or_unset(page.visible_when.as_ref(), &sheet) {
                continue;
            }
            for field in &page.fields {
                if holds_or_unset(field.visible_when.as_ref(), &sheet) {
                    let cell = sheet.settle(field, answers.0.get(&field.key));
                    sheet.cells.insert(field.key.clone(), cell);
                }
            }
        }
        for key in answers.0.keys().filter(|key| service.field(key).is_none()) {
            sheet.unknown.push(FieldFault::new(key, codes::UNKNOWN_FIELD));
        }
        sheet
    }

    pub fn service(&self) -> &'a Service {
        self.service
    }

    pub fn today(&self) -> Date {
        self.today
    }

    pub(crate) fn facts(&self) -> &'a Facts {
        self.facts
    }

    /// Reads one answer to a visible field.
    fn settle(&mut self, field: &Field, given: Option<&Json>) -> Cell {
        let given = given.filter(|json| !is_empty(json));
        let raw = given.cloned();
        if let Some((fact, value)) = self.known(field) {
            let differs = given.is_some_and(|json| to_json(&value).as_ref() != Some(json));
            let fault = differs.then(|| FieldFault::new(&field.key, codes::READ_ONLY));
            return Cell { value, prefilled: Some(fact), fault, ..Cell::default() };
        }
        let Some(json) = given else { return Cell::default() };
        if field.kind != Kind::Group {
            return match read(field, json, &field.key) {
                Ok(value) => Cell { value, raw, ..Cell::default() },
                Err(fault) => Cell { raw, fault: Some(fault), ..Cell::default() },
            };
        }
        let rows = match json.as_array() {
            Some(rows) if rows.iter().all(Json::is_object) => rows,
            _ => {
                let fault = Some(FieldFault::new(&field.key, codes::NOT_A_LIST));
                return Cell { raw, fault, ..Cell::default() };
            }
        };
        let max = field.bounds().1.unwrap_or(0);
        if i64::try_from(rows.len()).is_ok_and(|n| n > max) {
            let fault = Some(FieldFault::new(&field.key, codes::TOO_MANY).with("max", max));
            return Cell { raw, fault, ..Cell::default() };
        }
        let mut settled = Vec::new();
        for (i, row) in rows.iter().filter_map(Json::as_object).enumerate() {
            let mut cells: BTreeMap<String, Cell> = BTreeMap::new();
            for item in &field.items {
                let env = RowEnv { sheet: self, row: &cells, each: None };
                if !holds_or_unset(item.visible_when.as_ref(), &env) {
                    continue;
                }
                let given = row.get(&item.key).filter(|json| !is_empty(json));
                let read = given.map(|json| read(item, json, &format!("{}.{i}.{}", field.key, item.key)));
                let (value, fault) = match read {
                    None => (Value::Missing, None),
                    Some(Ok(value)) => (value, None),
                    Some(Err(fault)) => (Value::Missing, Some(fault)),
                };
                cells.insert(item.key.clone(), Cell { value, raw: given.cloned(), fault, ..Cell::default() });
            }
            for key in row.keys().filter(|key| !field.items.iter().any(|item| item.key == **key)) {
                self.unknown.push(FieldFault::new(format!("{}.{i}.{key}", field.key), codes::UNKNOWN_FIELD));
            }
            settled.push(cells);
        }
        Cell { raw, rows: settled, ..Cell::default() }
    }

    /// What the record knows for a prefilled field.
    fn known(&self, field: &Field) -> Option<(Fact, Value)> {
        let fact = field.prefill_fact()?;
        let value = self.facts.record.value(fact, self.today);
        (!value.is_missing()).then_some((fact, value))
    }

    /// The visible pages with their visible fields.
    pub fn pages(&self) -> impl Iterator<Item = PageView<'_>> {
        self.service.pages.iter().filter_map(|page| {
            let fields: Vec<_> = page
                .fields
                .iter()
                .filter_map(|field| {
                    Some(self.view(field, field.key.clone(), self.cells.get(&field.key)?, self))
                })
                .collect();
            (!fields.is_empty()).then_some(PageView { page, fields })
        })
    }

    fn view<'s>(&'s self, field: &'s Field, path: String, cell: &'s Cell, env: &dyn Env) -> FieldView<'s> {
        let rows = cell.rows.iter().enumerate().map(|(i, row)| {
            let env = RowEnv { sheet: self, row, each: None };
            let view = |item: &'s Field| {
                Some(self.view(item, format!("{path}.{i}.{}", item.key), row.get(&item.key)?, &env))
            };
            field.items.iter().filter_map(view).collect()
        });
        FieldView {
            field,
            required: field.required.as_ref().is_some_and(|r| r.holds(env)),
            value: &cell.value,
            given: cell.raw.as_ref(),
            source: cell
                .prefilled
                .map_or(Source::Answer, |fact| Source::Record(fact, self.facts.record.provenance(fact))),
            rows: rows.collect(),
            path,
        }
    }

    /// An empty row of a group, for the page to offer; `index` is the number of rows that stand before it.
    pub fn blank_row(&self, group: &'a Field, index: usize) -> Vec<FieldView<'_>> {
        let row = BTreeMap::new();
        let env = RowEnv { sheet: self, row: &row, each: None };
        let visible = group.items.iter().filter(|item| holds_or_unset(item.visible_when.as_ref(), &env));
        visible
            .map(|item| FieldView {
                field: item,
                path: format!("{}.{index}.{}", group.key, item.key),
                required: item.required.as_ref().is_some_and(|r| r.holds(&env)),
                value: &MISSING,
                given: None,
                source: Source::Answer,
                rows: Vec::new(),
            })
            .collect()
    }

    /// Every rule that an answer breaks, in the order of the form.
    pub fn faults(&self) -> Vec<FieldFault> {
        let fields = self.service.fields().map(|(_, field)| field);
        self.unknown
            .iter()
            .cloned()
            .chain(fields.flat_map(|f| self.field_faults(f)))
            .take(FAULTS_MAX)
            .collect()
    }

    /// The same for one page of the flow; later pages may still be empty.
    pub fn page_faults(&self, page: &Page) -> Vec<FieldFault> {
        let own = page.fields.iter().flat_map(|f| self.field_faults(f));
        self.unknown.iter().cloned().chain(own).take(FAULTS_MAX).collect()
    }

    fn field_faults(&self, field: &Field) -> Vec<FieldFault> {
        let Some(cell) = self.cells.get(&field.key) else { return Vec::new() };
        let mut faults = self.cell_faults(field, &field.key, cell, self);
        for (i, row) in cell.rows.iter().enumerate() {
            for item in &field.items {
                if let Some(cell) = row.get(&item.key) {
                    let env = RowEnv { sheet: self, row, each: None };
                    faults.extend(self.cell_faults(
                        item,
                        &format!("{}.{i}.{}", field.key, item.key),
                        cell,
                        &env,
                    ));
                }
            }
        }
        faults
    }

    fn cell_faults(&self, field: &Field, path: &str, cell: &Cell, env: &dyn Env) -> Vec<FieldFault> {
        if let Some(fault) = &cell.fault {
            return vec![fault.clone()];
        }
        if cell.value.is_missing() && cell.rows.is_empty() {
            let required = field.required.as_ref().is_some_and(|r| r.holds(env));
            return if required { vec![FieldFault::new(path, codes::REQUIRED)] } else { Vec::new() };
        }
        if let (Kind::Group, (Some(min), _)) = (field.kind, field.bounds())
            && i64::try_from(cell.rows.len()).is_ok_and(|n| n < min)
        {
            return vec![FieldFault::new(path, codes::TOO_FEW).with("min", min)];
        }
        let env = WithValue { env, value: &cell.value };
        broken(&field.rules, &env).map(|rule| rule_fault(path, &rule.code, &rule.message)).collect()
    }

    /// The answers as they count: canonical, hidden and empty ones dropped, without what the record knows.
    /// A wrong answer stays as it was given.
    pub fn answers(&self) -> Answers {
        let own = |(key, cell): (&String, &Cell)| Some((key.clone(), cell.json()?));
        Answers(self.cells.iter().filter_map(own).collect())
    }

    /// The value of a name: a field, a column, a fact, `today`.
    pub fn get(&self, name: &str) -> Value {
        self.value(name)
    }

    /// One environment for each row of a group, in which `item.…` is the row and a party of the group the row's person.
    pub(crate) fn row_envs<'e>(&'e self, group: &'e str) -> Vec<RowEnv<'e, 'a>> {
        let rows = self.cells.get(group).map(|c| c.rows.as_slice()).unwrap_or_default();
        rows.iter().enumerate().map(|(i, row)| RowEnv { sheet: self, row, each: Some((group, i)) }).collect()
    }

    /// The people of a party; empty while nobody has looked them up.
    pub(crate) fn people(&self, party: &Party) -> &'a [Person] {
        self.facts.parties.get(&party.key).map(Vec::as_slice).unwrap_or_default()
    }

    /// The numbers by which a party's people are to be looked up, in order. Rows without a number have none.
    pub fn party_numbers(&self, party: &Party) -> Vec<Option<String>> {
        match self.value(&party.number) {
            Value::List(items) => items.into_iter().map(Value::text).collect(),
            value => vec![value.text()],
        }
    }
}

impl Cell {
    fn json(&self) -> Option<Json> {
        if self.prefilled.is_some() {
            None
        } else if self.fault.is_some() {
            self.raw.clone()
        } else if !self.rows.is_empty() {
            let row = |row: &BTreeMap<String, Self>| -> Map<String, Json> {
                row.iter().filter_map(|(key, cell)| Some((key.clone(), cell.json()?))).collect()
            };
            Some(self.rows.iter().map(|r| Json::Object(row(r))).collect())
        } else {
            to_json(&self.value)
        }
    }
}

impl Env for Sheet<'_> {
    fn value(&self, name: &str) -> Value {
        if name == "today" {
            return Value::Date(self.today);
        }
        let Some((head, rest)) = name.split_once('.') else {
            return self.cells.get(name).map(|c| c.value.clone()).unwrap_or_default();
        };
        if head == RECORD {
            return Fact::from_key(rest).map(|f| self.facts.record.value(f, self.today)).unwrap_or_default();
        }
        if let Some(party) = self.service.party(head) {
            let Some(fact) = Fact::from_key(rest).filter(|f| party.facts.contains(f)) else {
                return Value::Missing;
            };
            let people = self.people(party);
            let of = |person: &Person| person.value(fact, self.today);
            return match party.is_many() {
                // Not looked up yet is not known; looked up and empty is an empty list.
                true if self.facts.parties.contains_key(&party.key) => {
                    Value::List(people.iter().map(of).collect())
                }
                true => Value::Missing,
                false => people.first().map(of).unwrap_or_default(),
            };
        }
        let column =
            |row: &BTreeMap<String, Cell>| row.get(rest).map(|c| c.value.clone()).unwrap_or_default();
        Value::List(self.cells.get(head).map(|c| c.rows.iter().map(column).collect()).unwrap_or_default())
    }
}

pub(crate) struct RowEnv<'e, 'a> {
    sheet: &'e Sheet<'a>,
    row: &'e BTreeMap<String, Cell>,
    /// The group and the row's place in it, where a formula holds for one row at a time.
    each: Option<(&'e str, usize)>,
}

impl RowEnv<'_, '_> {
    /// What the record says of the row's person; none where the name is about somebody else.
    fn person(&self, name: &str) -> Option<Value> {
        let (group, i) = self.each?;
        let (head, fact) = name.split_once('.')?;
        let party = self.sheet.service.party(head).filter(|p| p.is_of(group))?;
        let fact = Fact::from_key(fact).filter(|f| party.facts.contains(f))?;
        let person = self.sheet.people(party).get(i);
        Some(person.map(|p| p.value(fact, self.sheet.today)).unwrap_or_default())
    }
}

impl Env for RowEnv<'_, '_> {
    fn value(&self, name: &str) -> Value {
        match name.strip_prefix("item.") {
            Some(item) => self.row.get(item).map(|c| c.value.clone()).unwrap_or_default(),
            None => self.person(name).unwrap_or_else(|| self.sheet.value(name)),
        }
    }
}

/// Adds the name `value`: the field whose rule is running.
struct WithValue<'e> {
    env: &'e dyn Env,
    value: &'e Value,
}

impl Env for WithValue<'_> {
    fn value(&self, name: &str) -> Value {
        if name == "value" { self.value.clone() } else { self.env.value(name) }
    }
}

fn holds_or_unset(condition: Option<&Formula>, env: &dyn Env) -> bool {
    condition.is_none_or(|c| c.holds(env))
}

/// The rules that certainly do not hold. What cannot be known yet is another rule's business ("required").
pub(crate) fn broken<'r>(rules: &'r [Rule], env: &dyn Env) -> impl Iterator<Item = &'r Rule> {
    rules.iter().filter(move |rule| rule.check.value(env) == Value::Bool(false))
}

impl Field {
    /// The fact of the applicant's record that fills this field.
    pub fn prefill_fact(&self) -> Option<Fact> {
        self.prefill.as_deref()?.strip_prefix("record.").and_then(Fact::from_key)
    }
}

impl Party {
    /// Named by a column of a group, so that its facts are lists.
    pub fn is_many(&self) -> bool {
        self.number.contains('.')
    }

    /// Named by a column of this group.
    pub(crate) fn is_of(&self, group: &str) -> bool {
        self.number.split_once('.').is_some_and(|(head, _)| head == group)
    }
}

impl Service {
    pub fn sheet<'a>(&'a self, answers: &Answers, facts: &'a Facts, today: Date) -> Sheet<'a> {
        Sheet::new(self, answers, facts, today)
    }

    /// Every rule that the answers break; empty means that they can be sent.
    pub fn validate(&self, answers: &Answers, facts: &Facts, today: Date) -> Vec<FieldFault> {
        self.sheet(answers, facts, today).faults()
    }

    /// The same for one page of the flow.
    pub fn validate_page(
        &self,
        page: &Page,
        answers: &Answers,
        facts: &Facts,
        today: Date,
    ) -> Vec<FieldFault> {
        self.sheet(answers, facts, today).page_faults(page)
    }
}
