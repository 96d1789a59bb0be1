//! Synthetic people over made-up communes, of whom one in eight is registered twice, the second time badly.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::date;
use linkage::{Table, TableBuilder};
use synth::{HEADER, MessySheet, OldPlace, Options, People, Place, PlaceKind, Sheet};

/// One of so many is registered a second time.
const REGISTERED_TWICE_ONE_OF: usize = 8;
pub const COLUMNS: [&str; 9] = [
    "source_key",
    "number",
    "full_name",
    "sex",
    "birth_date",
    "home_town_commune",
    "father_name",
    "mother_name",
    "permanent_commune",
];

fn places() -> Vec<Place> {
    let provinces: [(u16, &str); 12] = [
        (1, "01"),
        (2, "08"),
        (14, "14"),
        (38, "38"),
        (40, "40"),
        (52, "52"),
        (66, "66"),
        (79, "79"),
        (75, "75"),
        (92, "92"),
        (56, "56"),
        (31, "31"),
    ];
    let place = |n: usize| {
        let (prefix, province) = provinces[n % provinces.len()];
        Place {
            code: format!("{:05}", 1000 + n),
            kind: if n.is_multiple_of(3) { PlaceKind::Ward } else { PlaceKind::Commune },
            province_code: province.to_owned(),
            id_prefixes: vec![prefix],
            weight: None,
        }
    };
    (0..600).map(place).collect()
}

fn old_places() -> Vec<OldPlace> {
    let old = |p: &Place| OldPlace {
        code: p.code.replacen('0', "2", 1),
        name: "Xã Cũ, Huyện Cũ, Tỉnh Cũ".to_owned(),
        successors: vec![p.code.clone()],
    };
    places().iter().map(old).collect()
}

/// The rows, and for each the number of its person.
pub struct Register {
    pub table: Table,
    pub person: Vec<usize>,
}

pub fn register(seed: u64, count: u64) -> Register {
    let options = Options { seed, count, today: date(2026, 11, 21) };
    let mut clean = Sheet::new(Vec::new()).unwrap();
    let mut messy = MessySheet::new(&options, 1.0, &old_places(), Vec::new(), Vec::new()).unwrap();
    for person in People::new(options, &places()).unwrap() {
        clean.write(&person).unwrap();
        messy.write(&person).unwrap();
    }
    let (clean, messy) = (clean.finish().unwrap(), messy.finish().unwrap().0);
    let at: Vec<usize> = COLUMNS.iter().map(|c| HEADER.iter().position(|h| h == c).unwrap()).collect();
    let mut builder = TableBuilder::new(COLUMNS);
    let (mut person_of, mut person) = (HashMap::new(), Vec::new());
    for (file, csv) in [(0, clean), (1, messy)] {
        for (n, record) in csv::Reader::from_reader(&*csv).records().enumerate() {
            let record = record.unwrap();
            let known = person_of.len();
            let who = *person_of.entry(record[at[0]].to_owned()).or_insert(known);
            // The messy file has keys of its own for its duplicates: those are left out.
            if file == 0 || n % REGISTERED_TWICE_ONE_OF == 3 && who < count as usize {
                builder.push(file, at.iter().map(|i| &record[*i]).collect::<Vec<_>>().into_iter()).unwrap();
                person.push(who);
            }
        }
    }
    Register { table: builder.build(), person }
}

/// What became of the old communes.
pub fn successors() -> BTreeMap<String, Vec<String>> {
    old_places().into_iter().map(|old| (old.code, old.successors)).collect()
}
