//! The model for persons of Vietnam that is shipped: what it compares, under which keys, and what was learnt.

use crate::{Comparison, Config, Kind, LinkageError, Locale, Model, Thresholds};

/// Written by `lienthong link --model` with `bench/linkage/vietnam-online.toml`, which says how.
const LEARNT: &str = include_str!("vietnamese.json");

/// The columns that hold communes.
pub const COMMUNES: [&str; 2] = ["home_town_commune", "permanent_commune"];

/// Keys under which a person is found. Each is narrow enough for a hundred million people (a handful of persons a key),
/// and each survives the mistakes that break another.
const RULES: [&[&str]; 6] = [
    &["number:same"],
    &["full_name:sound", "birth_date:same"],
    &["birth_date:same", "mother_name:ends"],
    &["birth_date:same", "permanent_commune:same"],
    &["full_name:sound", "father_name:sound"],
    &["full_name:ends", "birth_date:year", "home_town_commune:same"],
];

pub(crate) fn model() -> Result<Model, LinkageError> {
    serde_json::from_str(LEARNT).map_err(|_| LinkageError::ModelVersion(0))
}

/// How the model is learnt; `id` names rows.
pub fn config(id: &str) -> Config {
    let name = |column| Comparison::new(column, Kind::Name).by_frequency();
    let commune = |column| Comparison::new(column, Kind::Unit).by_frequency();
    Config {
        id: id.to_owned(),
        locale: Locale::Vi,
        blocking: RULES.iter().map(|rule| rule.iter().map(|part| (*part).to_owned()).collect()).collect(),
        across_only: false,
        thresholds: Thresholds::default(),
        comparisons: vec![
            Comparison::new("number", Kind::Number),
            name("full_name"),
            Comparison::new("birth_date", Kind::Date),
            Comparison::new("sex", Kind::Code),
            commune(COMMUNES[0]),
            name("father_name"),
            name("mother_name"),
            commune(COMMUNES[1]),
        ],
    }
}
