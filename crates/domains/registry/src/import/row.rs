//! One line of a file of persons: whether each field keeps its rule (`docs/persons-csv.md`).

use std::collections::HashMap;

use base::{PartialDate, PersonalNumber};
use contracts::{CommuneCode, ports::Nation};
use csv::ByteRecord;
use jiff::{ToSpan, civil::Date};

use super::{
    columns::{COLUMNS, Column},
    mapping::Plan,
    parts,
};
use crate::duplicates::linker::{Keys, origin};
use crate::model::{
    Days, Item, Relation,
    residence::Kind,
    rules::{self, Broken},
    vital::{TOLD_MONTHS, Vital},
};

const SYNTHETIC_PREFIX: &str = "SYN-";
const VIETNAM: &str = "VNM";
/// How many items a person has.
pub const ITEMS: usize = Item::ALL.len();

/// Columns that are items as they stand.
pub(super) const PLAIN: [(Column, Item); 14] = [
    (Column::OldNumber, Item::OldNumber),
    (Column::OtherName, Item::OtherName),
    (Column::BirthPlace, Item::BirthPlace),
    (Column::BirthRegistration, Item::BirthRegistrationPlace),
    (Column::HomeTown, Item::HomeTown),
    (Column::EthnicityCode, Item::Ethnicity),
    (Column::Religion, Item::Religion),
    (Column::Nationality, Item::Nationality),
    (Column::BloodGroup, Item::BloodGroup),
    (Column::Marital, Item::MaritalStatus),
    (Column::Phone, Item::Phone),
    (Column::Email, Item::Email),
    (Column::ResidenceRecord, Item::ResidenceRecord),
    (Column::Number, Item::Number),
];
/// Columns of dates that are items, and the column without which they say nothing.
pub(super) const DATED: [(Column, Item, Option<Column>); 4] = [
    (Column::DeathDate, Item::DeathDate, None),
    (Column::MissingDate, Item::MissingDate, None),
    (Column::PhoneVerified, Item::PhoneVerified, Some(Column::Phone)),
    (Column::EmailVerified, Item::EmailVerified, Some(Column::Email)),
];

/// A relative as the line names them.
#[derive(Clone)]
pub struct KinNamed {
    pub relation: Relation,
    pub number: Option<PersonalNumber>,
    pub old_number: Option<String>,
    pub name: Option<String>,
    pub nationality: Option<String>,
}

pub struct NewResidence {
    pub kind: Kind,
    pub commune: CommuneCode,
    pub given: Option<String>,
    pub address: String,
    pub days: Days,
}

pub struct NewAbsence {
    pub commune: CommuneCode,
    pub destination: Option<String>,
    pub days: Days,
}

pub struct NewPaper {
    pub kind: &'static str,
    pub number: String,
    pub issued_at: Option<String>,
    pub expires_on: Option<Date>,
    pub days: Days,
}

/// A line that keeps every rule.
pub struct NewPerson {
    pub line: u64,
    pub key: String,
    /// Fingerprint of all that the line says: the same again is no news.
    pub said: i64,
    pub number: Option<PersonalNumber>,
    pub name_folded: String,
    /// Under which a duplicate is found.
    pub keys: Keys,
    pub birth: PartialDate,
    pub death: Option<Date>,
    /// In stored form, at the places of `Item::ALL`.
    pub items: [Option<String>; ITEMS],
    pub kin: Vec<KinNamed>,
    pub household: Option<(String, &'static str)>,
    pub residences: Vec<NewResidence>,
    pub absence: Option<NewAbsence>,
    pub paper: Option<NewPaper>,
    /// The nationality is the line's own word, not what is meant where nothing is said.
    pub says_nationality: bool,
}

impl NewPerson {
    pub fn get(&self, item: Item) -> Option<&str> {
        self.items.get(item as usize).and_then(Option::as_deref)
    }

    pub fn residence(&self, kind: Kind) -> Option<&NewResidence> {
        self.residences.iter().find(|r| r.kind == kind)
    }

    /// The births and deaths that the line reports, of those that lie not too far back.
    pub fn tells(&self, today: Date) -> impl Iterator<Item = Vital> {
        let since = today.checked_sub(TOLD_MONTHS.months()).unwrap_or(Date::MIN);
        let born = (self.birth.earliest() >= since).then_some(Vital::Birth);
        let died = self.death.filter(|day| *day >= since).map(|_| Vital::Death);
        born.into_iter().chain(died)
    }

    /// The residence that has the household: the permanent, else the temporary one.
    pub fn home(&self) -> Option<&NewResidence> {
        self.residence(Kind::Permanent).or_else(|| self.residence(Kind::Temporary))
    }
}

/// A rule that a field breaks. Never the value itself: it is personal data.
pub struct RowFault {
    pub line: u64,
    pub key: String,
    /// As the source calls it.
    pub column: String,
    pub broken: Broken,
    /// The line is loaded all the same.
    pub warning: bool,
}

/// Checks lines against the catalogue of one day. Remembers what it learnt about communes.
pub struct Checker<'a> {
    plan: Plan,
    nation: &'a dyn Nation,
    today: Date,
    communes: Communes,
}

pub(super) type Communes = HashMap<String, Result<CommuneCode, Broken>>;

/// A line being checked.
pub(super) struct Line<'a> {
    pub values: [&'a str; COLUMNS],
    pub plan: &'a Plan,
    pub number: u64,
    pub key: String,
    pub faults: Vec<RowFault>,
    pub nation: &'a dyn Nation,
    pub today: Date,
}

impl<'a> Line<'a> {
    /// The field; empty where there is none.
    pub fn get(&self, column: Column) -> &'a str {
        self.values.get(column as usize).copied().unwrap_or("")
    }

    pub fn has(&self, column: Column) -> bool {
        !self.get(column).is_empty()
    }

    pub fn fault(&mut self, column: Column, broken: Broken) {
        self.tell(column, broken, false);
    }

    fn tell(&mut self, column: Column, broken: Broken, warning: bool) {
        let (line, key, column) = (self.number, self.key.clone(), self.plan.told(column).to_owned());
        self.faults.push(RowFault { line, key, column, broken, warning });
    }

    pub fn warn(&mut self, column: Column, broken: Broken) {
        self.tell(column, broken, true);
    }

    pub fn must<T>(&mut self, column: Column, check: impl FnOnce(&str) -> Result<T, Broken>) -> Option<T> {
        if self.get(column).is_empty() {
            self.fault(column, Broken::new(rules::REQUIRED));
            return None;
        }
        self.may(column, check)
    }

    pub fn may<T>(&mut self, column: Column, check: impl FnOnce(&str) -> Result<T, Broken>) -> Option<T> {
        match self.get(column) {
            "" => None,
            raw => self.keep(column, check(raw)),
        }
    }

    pub fn keep<T>(&mut self, column: Column, checked: Result<T, Broken>) -> Option<T> {
        checked.map_err(|broken| self.fault(column, broken)).ok()
    }

    /// A field that says nothing without another one.
    pub fn needs(&mut self, column: Column, other: Column) {
        if self.has(column) && !self.has(other) {
            let told = self.plan.told(other).to_owned();
            self.fault(column, Broken::new(rules::PARTS).with("column", told));
        }
    }

    pub fn order(&mut self, column: Column, earlier: Column) {
        let told = self.plan.told(earlier).to_owned();
        self.fault(column, Broken::new(rules::DATE_ORDER).with("earlier", told));
    }

    /// A date in ISO form, or as people type it, which is read and warned of.
    fn date(&mut self, column: Column) -> Option<PartialDate> {
        let (raw, today) = (self.get(column), self.today);
        if raw.contains('/')
            && let Ok(date) = PartialDate::parse_typed(raw, today)
        {
            self.warn(column, Broken::new(rules::DATE_TYPED));
            return self.may(column, |_| rules::past_date(&date.to_string(), today));
        }
        self.may(column, |raw| rules::past_date(raw, today))
    }
}

impl<'a> Checker<'a> {
    pub fn new(plan: Plan, nation: &'a dyn Nation, today: Date) -> Self {
        Self { plan, nation, today, communes: HashMap::new() }
    }

    /// The person, where no rule is broken, and what there is to say about the line.
    pub fn check(&mut self, record: &ByteRecord, number: u64) -> (Option<NewPerson>, Vec<RowFault>) {
        let plan = &self.plan;
        if record.len() != plan.width {
            let shape =
                Broken::new(rules::ROW_SHAPE).with("expected", plan.width).with("found", record.len());
            let key = record.get(plan.key_place()).unwrap_or_default();
            return (None, vec![self.whole(number, &String::from_utf8_lossy(key), shape)]);
        }
        if let Err(not_text) = std::str::from_utf8(record.as_slice()) {
            // Where the first byte is that is no text.
            let mut end = 0;
            let at = (0..record.len()).find(|n| {
                end += record.get(*n).map_or(0, <[u8]>::len);
                end > not_text.valid_up_to()
            });
            let key = String::from_utf8_lossy(record.get(plan.key_place()).unwrap_or_default());
            let mut fault = self.whole(number, &key, Broken::new(rules::ROW_ENCODING));
            if let Some(at) = at {
                fault.column = plan.at(at);
            }
            return (None, vec![fault]);
        }
        let (mut made, mut unmade) = (String::new(), Vec::new());
        let values = plan.row(record, &mut made, |column, broken| unmade.push((column, broken)));
        let key = values.get(Column::SourceKey as usize).copied().unwrap_or("");
        let key: String = key.chars().take(rules::KEY_CHARS_MAX).collect();
        let (nation, today) = (self.nation, self.today);
        let mut line = Line { values, plan, number, key, faults: Vec::new(), nation, today };
        unmade.into_iter().for_each(|(column, broken)| line.fault(column, broken));
        let unmade = line.faults.len();
        let person = fields(&mut line, &mut self.communes);
        // What could not be made from the source's own words is not missing as well.
        let mut seen: Vec<String> = line.faults.iter().take(unmade).map(|f| f.column.clone()).collect();
        let mut at = 0;
        line.faults.retain(|fault| {
            at += 1;
            at <= unmade || !(fault.broken.code == rules::REQUIRED && seen.contains(&fault.column))
        });
        seen.clear();
        let rejected = line.faults.iter().any(|f| !f.warning);
        (person.filter(|_| !rejected), line.faults)
    }

    /// A fault of the line as a whole.
    pub fn whole(&self, line: u64, key: &str, broken: Broken) -> RowFault {
        let key = key.trim().chars().take(rules::KEY_CHARS_MAX).collect();
        RowFault { line, key, column: self.plan.told(Column::SourceKey).to_owned(), broken, warning: false }
    }
}

fn fields(line: &mut Line<'_>, communes: &mut Communes) -> Option<NewPerson> {
    let (nation, today) = (line.nation, line.today);
    let key = line.must(Column::SourceKey, rules::key);
    let synthetic = line.may(Column::Synthetic, |raw| rules::choice(raw, &["0", "1"]));
    if let Some(key) = &key
        && line.plan.has(Column::Synthetic)
        && key.starts_with(SYNTHETIC_PREFIX) != (synthetic == Some("1"))
    {
        line.fault(Column::Synthetic, Broken::new(rules::SYNTHETIC));
    }
    let mut items: [Option<String>; ITEMS] = std::array::from_fn(|_| None);
    let mut put = |item: Item, value: Option<String>| {
        if let Some(slot) = items.get_mut(item as usize) {
            *slot = value;
        }
    };
    if !line.has(Column::Number) && !line.has(Column::OldNumber) {
        line.fault(Column::Number, Broken::new(rules::REQUIRED));
    }
    let number = line.may(Column::Number, |raw| rules::number(raw, nation));
    put(Item::Number, number.map(|n| n.as_str().to_owned()));
    for (column, item) in PLAIN.iter().filter(|(_, item)| *item != Item::Number) {
        put(*item, line.may(*column, |raw| item.check(raw, today, nation)));
    }
    if !line.has(Column::Nationality) {
        put(Item::Nationality, Some(VIETNAM.to_owned()));
    }
    let name = line.must(Column::FullName, rules::name);
    put(Item::Name, name.as_ref().map(|n| n.as_str().to_owned()));
    let sex = line.must(Column::Sex, rules::sex);
    put(Item::Sex, sex.map(|s| s.as_str().to_owned()));
    if !line.has(Column::BirthDate) {
        line.fault(Column::BirthDate, Broken::new(rules::REQUIRED));
    }
    let birth = line.date(Column::BirthDate);
    put(Item::BirthDate, birth.map(|b| b.to_string()));
    let mut death = None;
    for (column, item, with) in DATED {
        with.into_iter().for_each(|other| line.needs(column, other));
        let date = line.date(column).map(PartialDate::exact);
        let day = match date {
            Some(None) => line.keep(column, Err(Broken::new(rules::DATE_SHAPE))),
            whole => whole.flatten(),
        };
        if let (Some(birth), Some(day)) = (birth, day)
            && day < birth.earliest()
        {
            line.order(column, Column::BirthDate);
        }
        put(item, day.map(|d| d.to_string()));
        if item == Item::DeathDate {
            death = day;
        }
    }
    if let (Some(number), Some(sex), Some(birth)) = (&number, sex, birth) {
        rules::number_warnings(number, sex, birth).for_each(|b| line.warn(Column::Number, b));
    }
    let kin = parts::kin(line, number.as_ref(), birth);
    let household = parts::household(line);
    let residences = parts::residences(line, communes, birth, death);
    let absence = parts::absence(line, &residences);
    let paper = parts::paper(line, death);
    let name = name?;
    sex?;
    let held = |item: Item| items.get(item as usize).and_then(Option::as_deref).unwrap_or("");
    let origin = origin(held(Item::HomeTown), held(Item::Nationality));
    let keys = Keys::of(name.as_str(), held(Item::BirthDate), origin);
    Some(NewPerson {
        line: line.number,
        key: key?,
        said: parts::fingerprint(&line.values),
        number,
        name_folded: name.folded(),
        keys,
        birth: birth?,
        death,
        items,
        kin,
        household,
        residences,
        absence,
        paper,
        says_nationality: line.has(Column::Nationality),
    })
}
