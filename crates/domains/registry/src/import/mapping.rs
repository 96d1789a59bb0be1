//! Which of a source's columns is which of ours, from a small TOML file (`docs/persons-csv.md`, "Mapping").
//!
//! [`Mapping`] is the file, [`Plan`] what it means for one file's columns. A column of the file that the mapping neither
//! takes nor ignores refuses the file: what is left out is left out on purpose.

use std::{collections::BTreeMap, fmt};

use base::{PartialDate, partial_date::PartialDateError};
use csv::ByteRecord;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{
    ImportError,
    columns::{COLUMNS, Column},
};
use crate::model::rules::{self, Broken};

/// The mapping as it is written.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Character between the fields of a CSV; a comma where nothing is said.
    #[serde(default)]
    pub delimiter: Option<char>,
    /// How the source writes dates, where a column does not say otherwise.
    #[serde(default)]
    dates: DateForm,
    /// Columns of the source that are left out.
    #[serde(default)]
    ignore: Vec<String>,
    #[serde(default)]
    columns: BTreeMap<String, Entry>,
    /// The file's own words: the same lines under another mapping are another load.
    #[serde(skip)]
    pub text: String,
}

/// Where a column of ours comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Take {
    column: Option<String>,
    /// Several columns, joined by a space: surname, middle name, given name.
    columns: Option<Vec<String>>,
    /// The same for every row.
    constant: Option<String>,
    dates: Option<DateForm>,
    /// Their code to our word; a code that is not listed is an error of its row.
    codes: Option<BTreeMap<String, String>>,
}

/// The name of their column, or more about it.
#[derive(Debug, Clone)]
struct Entry(Take);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Entry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a column, or a table with column, columns or constant")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Entry, E> {
                let column = Some(name.to_owned());
                Ok(Entry(Take { column, columns: None, constant: None, dates: None, codes: None }))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                Take::deserialize(MapAccessDeserializer::new(map)).map(Entry)
            }
        }
        from.deserialize_any(Either)
    }
}

/// How a source writes dates. In every form a month or day of `00` is unknown, and a year alone may stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum DateForm {
    #[default]
    #[serde(rename = "yyyy-mm-dd")]
    Iso,
    #[serde(rename = "dd/mm/yyyy")]
    DayFirst,
    #[serde(rename = "mm/dd/yyyy")]
    MonthFirst,
    #[serde(rename = "yyyymmdd")]
    Packed,
    #[serde(rename = "ddmmyyyy")]
    PackedDayFirst,
}

impl DateForm {
    /// The date in ISO form.
    fn read(self, raw: &str) -> Result<String, Broken> {
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let parts: Vec<&str> = match self {
            Self::Iso => return Ok(raw.to_owned()),
            Self::DayFirst | Self::MonthFirst => raw.split(['/', '-', '.']).collect(),
            Self::Packed | Self::PackedDayFirst if raw.len() == 8 && digits(raw) => {
                let cut = if self == Self::Packed { [4, 6] } else { [2, 4] };
                let (first, rest) = raw.split_at(cut[0]);
                let (second, third) = rest.split_at(cut[1] - cut[0]);
                vec![first, second, third]
            }
            Self::Packed | Self::PackedDayFirst => vec![raw],
        };
        let (year, month, day) = match (self, parts.as_slice()) {
            (_, [year]) => (*year, "", ""),
            (Self::DayFirst | Self::MonthFirst, [month, year]) => (*year, *month, ""),
            (Self::Packed, [year, month, day]) | (Self::MonthFirst, [month, day, year]) => {
                (*year, *month, *day)
            }
            (_, [day, month, year]) => (*year, *month, *day),
            _ => return Err(Broken::new(rules::DATE_SHAPE)),
        };
        let known = |part: &str| -> Result<Option<i8>, Broken> {
            if part.is_empty() {
                return Ok(None);
            }
            let n: i8 = part.parse().map_err(|_| Broken::new(rules::DATE_SHAPE))?;
            Ok((n != 0).then_some(n))
        };
        let year = (year.len() == 4 && digits(year)).then(|| year.parse::<i16>().ok()).flatten();
        let year = year.ok_or_else(|| Broken::new(rules::DATE_SHAPE))?;
        let date = PartialDate::new(year, known(month)?, known(day)?).map_err(|e| {
            Broken::new(match e {
                PartialDateError::Shape => rules::DATE_SHAPE,
                PartialDateError::Year => rules::DATE_YEAR,
                PartialDateError::NoSuchDay => rules::NO_SUCH_DAY,
            })
        })?;
        Ok(date.to_string())
    }
}

impl Mapping {
    /// Reads the file; the message of an error names line and key.
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        let wrong = |why: String| ImportError::Mapping { why };
        let mut mapping: Self = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        text.clone_into(&mut mapping.text);
        for (ours, entry) in &mapping.columns {
            let take = &entry.0;
            if Column::from_name(ours).is_none() {
                return Err(wrong(format!("columns.{ours}: persons have no such column")));
            }
            let from = [take.column.is_some(), take.columns.is_some(), take.constant.is_some()];
            if from.into_iter().filter(|given| *given).count() != 1 {
                return Err(wrong(format!("columns.{ours}: one of column, columns, constant")));
            }
            if mapping.delimiter.is_some_and(|d| !d.is_ascii()) {
                return Err(wrong("delimiter: one ASCII character".to_owned()));
            }
        }
        Ok(mapping)
    }

    /// The columns of the source that are taken, in the order in which [`Self::plan`] expects them of a source that has no
    /// header of its own.
    pub fn wanted(&self) -> Vec<String> {
        let mut wanted: Vec<String> = Vec::new();
        for column in Column::ALL {
            let names: Vec<&str> = match self.columns.get(column.name()) {
                Some(entry) => entry.0.names().collect(),
                None => vec![column.name()],
            };
            for name in names {
                if !wanted.iter().any(|w| w == name) {
                    wanted.push(name.to_owned());
                }
            }
        }
        wanted
    }

    /// Columns of the source that are left out.
    pub fn ignored(&self) -> &[String] {
        &self.ignore
    }

    pub fn ignores(&self, name: &str) -> bool {
        self.ignore.iter().any(|i| i == name)
    }

    /// What the mapping means for these columns. Where they do not fit: the names of missing ones, and the places (`#5`) of
    /// those that are unknown or doubled. Not their words: a file without a header would show a person there.
    pub fn plan<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<Plan, ImportError> {
        let names: Vec<&str> = names.map(str::trim).collect();
        let mut wrong = Vec::new();
        let mut used = vec![false; names.len()];
        for (place, name) in names.iter().enumerate() {
            let doubled = names.iter().take(place).any(|earlier| earlier == name);
            if doubled && !self.ignores(name) {
                wrong.push(format!("#{}", place + 1));
            }
        }
        let mut find = |name: &str| {
            let at = names.iter().position(|n| *n == name)?;
            used.get_mut(at).map(|used| *used = true)?;
            Some(at)
        };
        let mut cells = Vec::with_capacity(COLUMNS);
        for column in Column::ALL {
            let (cell, missing) = match self.columns.get(column.name()) {
                None => (find(column.name()).map_or(Cell::Absent, Cell::As), None),
                Some(Entry(take)) => self.cell(*column, take, &mut find),
            };
            wrong.extend(missing);
            cells.push(cell);
        }
        for (place, (name, used)) in names.iter().zip(used).enumerate() {
            let told = format!("#{}", place + 1);
            if !used && !self.ignores(name) && !wrong.contains(&told) {
                wrong.push(told);
            }
        }
        let given = |column: Column| !matches!(cells.get(column as usize), None | Some(Cell::Absent));
        wrong.extend(Column::missing(given));
        if !wrong.is_empty() {
            return Err(ImportError::Header { columns: wrong });
        }
        let told = |column: &Column| self.told(*column).to_owned();
        let key = cells.get(Column::SourceKey as usize);
        let key_place = if let Some(Cell::As(at)) = key { *at } else { usize::MAX };
        Ok(Plan {
            cells,
            told: Column::ALL.iter().map(told).collect(),
            width: names.len(),
            names: names.into_iter().map(str::to_owned).collect(),
            key_place,
        })
    }

    /// What the source calls a column of ours.
    pub fn told(&self, column: Column) -> &str {
        let taken = self.columns.get(column.name()).and_then(|entry| entry.0.names().next());
        taken.unwrap_or(column.name())
    }

    fn cell(
        &self,
        column: Column,
        take: &Take,
        find: &mut impl FnMut(&str) -> Option<usize>,
    ) -> (Cell, Option<String>) {
        if let Some(constant) = &take.constant {
            return (Cell::Constant(constant.clone()), None);
        }
        let mut places = Vec::new();
        for name in take.names() {
            match find(name) {
                Some(at) => places.push(at),
                None => return (Cell::Absent, Some(name.to_owned())),
            }
        }
        let dates = take.dates.unwrap_or(self.dates);
        let dates = (column.is_date() && dates != DateForm::Iso).then_some(dates);
        match (places.as_slice(), dates, &take.codes) {
            ([at], None, None) => (Cell::As(*at), None),
            _ => (Cell::Made { places, dates, codes: take.codes.clone() }, None),
        }
    }
}

impl Take {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.column.iter().chain(self.columns.iter().flatten()).map(String::as_str)
    }
}

/// Where one of our columns is found in a row.
enum Cell {
    Absent,
    As(usize),
    Constant(String),
    Made { places: Vec<usize>, dates: Option<DateForm>, codes: Option<BTreeMap<String, String>> },
}

/// How the rows of one file are read.
pub struct Plan {
    cells: Vec<Cell>,
    /// What the source calls each of our columns: whoever mends the file looks for that.
    told: Vec<String>,
    names: Vec<String>,
    /// Columns of a row.
    pub width: usize,
    key_place: usize,
}

impl Plan {
    pub fn told(&self, column: Column) -> &str {
        self.told.get(column as usize).map_or(column.name(), String::as_str)
    }

    /// The name of a column of the source.
    pub fn at(&self, place: usize) -> String {
        self.names.get(place).cloned().unwrap_or_default()
    }

    /// Where the key of a row stands, for telling of rows that cannot be read as a whole.
    pub fn key_place(&self) -> usize {
        self.key_place
    }

    pub fn has(&self, column: Column) -> bool {
        !matches!(self.cells.get(column as usize), None | Some(Cell::Absent))
    }

    /// The row in our columns; empty where there is nothing. Bytes were checked to be text. `made` holds what had to be made
    /// from what the source says; faults are of cells that cannot be.
    pub fn row<'a>(
        &'a self,
        record: &'a ByteRecord,
        made: &'a mut String,
        mut fault: impl FnMut(Column, Broken),
    ) -> [&'a str; COLUMNS] {
        made.clear();
        let get = |at: usize| record.get(at).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("").trim();
        let mut spans = Vec::new();
        for (column, cell) in Column::ALL.iter().zip(&self.cells) {
            let Cell::Made { places, dates, codes } = cell else { continue };
            let from = made.len();
            for at in places {
                let part = get(*at);
                if !part.is_empty() && made.len() > from {
                    made.push(' ');
                }
                made.push_str(part);
            }
            let said = made.get(from..).unwrap_or("").to_owned();
            if !said.is_empty() {
                let changed = match (codes, dates) {
                    (Some(codes), _) => match codes.get(&said) {
                        Some(word) => Ok(word.clone()),
                        None => Err(Broken::new(rules::CODE_UNKNOWN)),
                    },
                    (None, Some(form)) => form.read(&said),
                    (None, None) => Ok(said),
                };
                made.truncate(from);
                match changed {
                    Ok(text) => made.push_str(&text),
                    Err(broken) => fault(*column, broken),
                }
            }
            spans.push((*column, from, made.len()));
        }
        let made: &'a str = made;
        let mut row = [""; COLUMNS];
        for (slot, cell) in row.iter_mut().zip(&self.cells) {
            *slot = match cell {
                Cell::As(at) => get(*at),
                Cell::Constant(text) => text,
                Cell::Absent | Cell::Made { .. } => "",
            };
        }
        for (column, from, to) in spans {
            if let Some(slot) = row.get_mut(column as usize) {
                *slot = made.get(from..to).unwrap_or("");
            }
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_form_of_their_source_and_unknown_parts_stay_unknown() {
        let read = |form: DateForm, raw: &str| form.read(raw).map_err(|b| b.code);
        assert_eq!(read(DateForm::DayFirst, "17/5/1990").as_deref(), Ok("1990-05-17"));
        assert_eq!(read(DateForm::DayFirst, "00/00/1945").as_deref(), Ok("1945"));
        assert_eq!(read(DateForm::DayFirst, "03/1945").as_deref(), Ok("1945-03"));
        assert_eq!(read(DateForm::MonthFirst, "5/17/1990").as_deref(), Ok("1990-05-17"));
        assert_eq!(read(DateForm::Packed, "19900517").as_deref(), Ok("1990-05-17"));
        assert_eq!(read(DateForm::PackedDayFirst, "17051990").as_deref(), Ok("1990-05-17"));
        assert_eq!(read(DateForm::Packed, "1990").as_deref(), Ok("1990"));
        assert_eq!(read(DateForm::DayFirst, "31/02/1990"), Err(rules::NO_SUCH_DAY));
        assert_eq!(read(DateForm::DayFirst, "17/5/90"), Err(rules::DATE_SHAPE));
        assert_eq!(read(DateForm::Packed, "ngày 5"), Err(rules::DATE_SHAPE));
    }

    #[test]
    fn a_mapping_with_a_key_that_nobody_knows_is_refused_by_name() {
        let why = |text: &str| match Mapping::parse(text) {
            Err(ImportError::Mapping { why }) => why,
            _ => String::new(),
        };
        assert!(why("seperator = ';'").contains("seperator"));
        assert!(why("[columns]\nname = 'HO_TEN'").contains("columns.name"));
        assert!(why("[columns]\nsex = { column = 'A', const = 'male' }").contains("const"));
        assert!(why("[columns]\nsex = { column = 'A', constant = 'male' }").contains("columns.sex"));
        assert!(why("dates = 'd/m/y'").contains("dd/mm/yyyy"));
    }

    #[test]
    fn columns_are_joined_coded_and_constant_and_the_rest_is_taken_by_its_own_name() {
        let mapping = Mapping::parse(
            "dates = 'dd/mm/yyyy'\nignore = ['GHI_CHU']\n[columns]\nsource_key = 'MA'\n\
             full_name = { columns = ['HO', 'TEN'] }\nbirth_date = 'NGAY_SINH'\n\
             sex = { column = 'GT', codes = { '1' = 'male' } }\nnationality = { constant = 'VNM' }",
        )
        .unwrap();
        let plan = mapping
            .plan(["MA", "HO", "TEN", "NGAY_SINH", "GT", "number", "GHI_CHU"].into_iter())
            .unwrap_or_else(|e| panic!("{e}"));
        let record = ByteRecord::from(vec!["k1", "Nguyễn", " An ", "01/02/1990", "2", "001090000001", "x"]);
        let (mut made, mut faults) = (String::new(), Vec::new());
        let row = plan.row(&record, &mut made, |column, broken| faults.push((column, broken.code)));
        let get = |column: Column| row[column as usize];
        assert_eq!(get(Column::FullName), "Nguyễn An");
        assert_eq!(get(Column::BirthDate), "1990-02-01");
        assert_eq!((get(Column::Nationality), get(Column::Number)), ("VNM", "001090000001"));
        assert_eq!(faults, [(Column::Sex, rules::CODE_UNKNOWN)]);
        assert_eq!(plan.told(Column::FullName), "HO");
        let columns = match mapping.plan(["MA", "HO", "TEN", "GT", "number", "KHAC"].into_iter()) {
            Err(ImportError::Header { columns }) => columns,
            _ => Vec::new(),
        };
        assert_eq!(columns, ["NGAY_SINH", "#6", "birth_date"]);
    }
}
