//! Under which keys a person is found, and how two records are weighed: the `linkage` engine with its model for persons of
//! Vietnam. Pure; one for the process, because the model never changes while it runs.
//!
//! Which keys (200,000 synthetic persons, 25,000 of them registered again badly): by number alone 97.4 % are met. Two keys
//! of our own, beside the indexes that stand anyway (number, name with birth date, commune with name), meet 99.996 %, and
//! 99.3 % where no number is known. A third or fourth key of the engine's own rules adds 0.4 points to the latter, needs
//! the parents' names (which change in other rows), and costs a random index page a person in every load.

use std::{borrow::Cow, sync::LazyLock};

use base::fold;
use linkage::{Explanation, LinkageError, Matcher, Model, Odds, Record, SuccessorsByColumn};

use crate::model::{Item, Items};

/// Persons among whom one is looked for. The nation, whatever part of it a database holds: the same two records then weigh
/// the same everywhere, and a small register merges nobody whom the whole one would not.
pub const PERSONS: u64 = 100_000_000;
/// The same for somebody without a personal number: the order of those who live here with a residence card.
pub const FOREIGNERS: u64 = 300_000;

/// Of pairs of one person in which no number is known, so many meet under a key (measured, see above): what is found is this
/// part of what is there.
pub const RECALL: f64 = 0.993;

const VIETNAM: &str = "VNM";
const NAME_KEY: [&str; 3] = ["full_name:ends", "birth_date:year", "home_town_commune:same"];
const BIRTH_KEY: [&str; 2] = ["birth_date:same", "home_town_commune:same"];
/// The columns of both keys: all that is read when only keys are wanted.
const KEY_COLUMNS: [&str; 3] = ["full_name", "birth_date", "home_town_commune"];

static LINKER: LazyLock<Result<Linker, LinkageError>> = LazyLock::new(Linker::new);

/// What of a person is compared, in stored form. Communes are those of today, where there is one.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub number: Option<String>,
    pub old_number: Option<String>,
    pub name: String,
    pub birth_date: Option<String>,
    pub sex: Option<String>,
    pub home_town: Option<String>,
    /// Of permanent, else of temporary residence.
    pub commune: Option<String>,
    pub father_name: Option<String>,
    pub mother_name: Option<String>,
    pub death_date: Option<String>,
    /// Never weighed: it makes the keys of foreigners.
    pub nationality: Option<String>,
}

impl Facts {
    pub fn name_folded(&self) -> String {
        fold(&self.name)
    }

    /// The value of a column of the model.
    pub fn cell(&self, column: &str) -> &str {
        let value = match column {
            "number" => &self.number,
            "full_name" => return &self.name,
            "birth_date" => &self.birth_date,
            "sex" => &self.sex,
            "home_town_commune" => &self.home_town,
            "father_name" => &self.father_name,
            "mother_name" => &self.mother_name,
            "permanent_commune" => &self.commune,
            _ => &None,
        };
        value.as_deref().unwrap_or("")
    }
}

/// The keys of a person's own row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keys {
    pub name: Option<i64>,
    pub birth: Option<i64>,
}

impl Keys {
    pub fn of_items(items: &Items) -> Self {
        let get = |item| items.get(item).unwrap_or("");
        let origin = origin(get(Item::HomeTown), get(Item::Nationality));
        Self::of(get(Item::Name), get(Item::BirthDate), origin)
    }

    /// None where the model cannot be read, which a test excludes: the record must be written all the same.
    pub fn of(name: &str, birth_date: &str, origin: &str) -> Self {
        let Ok(linker) = &*LINKER else { return Self::default() };
        let name = plain(name);
        let record = linker.by_name.record(|column| match column {
            "full_name" => &*name,
            "birth_date" => birth_date,
            _ => origin,
        });
        let key = |matcher: &Matcher| matcher.keys(&record).as_slice().first().copied();
        Self { name: key(&linker.by_name), birth: key(&linker.by_birth) }
    }
}

/// Where somebody comes from, as far as keys go: their home town, or the country of a foreigner.
pub fn origin<'a>(home_town: &'a str, nationality: &'a str) -> &'a str {
    if home_town.is_empty() && nationality != VIETNAM { nationality } else { home_town }
}

/// Letters of passports that are no letter with a mark, as their machine-readable lines write them (ICAO 9303 part 3, 6 A).
fn plain(name: &str) -> Cow<'_, str> {
    const LETTERS: [(&str, &str); 8] =
        [("ß", "ss"), ("æ", "ae"), ("œ", "oe"), ("ø", "oe"), ("þ", "th"), ("ł", "l"), ("ħ", "h"), ("ı", "i")];
    if name.is_ascii() {
        return Cow::Borrowed(name);
    }
    let small = name.to_lowercase();
    if !LETTERS.iter().any(|(letter, _)| small.contains(letter)) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(LETTERS.iter().fold(small, |name, (letter, written)| name.replace(letter, written)))
}

/// Ready to weigh.
#[derive(Debug)]
pub struct Linker {
    whole: Matcher,
    by_name: Matcher,
    by_birth: Matcher,
}

impl Linker {
    fn new() -> Result<Self, LinkageError> {
        let whole = Matcher::vietnamese(&std::collections::BTreeMap::new())?;
        let keyed = |rule: &[&str]| {
            let model = whole.model();
            let fields = model.fields.iter().filter(|f| KEY_COLUMNS.contains(&&*f.comparison.column));
            // How common a value is counts when weighing, not for keys.
            let fields = fields.map(|f| linkage::FieldModel { frequencies: None, ..f.clone() }).collect();
            let rules = vec![rule.iter().map(|part| (*part).to_owned()).collect()];
            Matcher::new(Model { rules, fields, ..model.clone() }, &SuccessorsByColumn::new())
        };
        Ok(Self { by_name: keyed(&NAME_KEY)?, by_birth: keyed(&BIRTH_KEY)?, whole })
    }

    /// The one of this process.
    pub fn get() -> Result<&'static Self, LinkageError> {
        LINKER.as_ref().map_err(Clone::clone)
    }

    pub fn record(&self, facts: &Facts) -> Record {
        let name = plain(&facts.name);
        self.whole.record(|column| if column == "full_name" { &*name } else { facts.cell(column) })
    }

    pub fn weigh(&self, one: &Record, other: &Record, odds: Odds) -> Explanation {
        self.whole.score(one, other, odds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_under_the_same_keys_however_name_and_day_were_slipped() {
        let stored = Keys::of("Nguyễn Thị Ngọc Lan", "1990-05-17", "01002");
        assert!(stored.name.is_some() && stored.birth.is_some());
        assert_eq!(Keys::of("NGUYEN NGOC LAN", "1990-12-03", "01002").name, stored.name, "ends and year");
        assert_eq!(
            Keys::of("Trần Mai", "1990-17-05", "01002").birth,
            stored.birth,
            "day and month exchanged"
        );
        assert_ne!(Keys::of("Nguyễn Thị Ngọc Lan", "1990-05-17", "01003"), stored);
        assert_eq!(Keys::of("Nguyễn Thị Ngọc Lan", "1990-05-17", ""), Keys::default());
        assert_eq!(
            Keys::of("Nguyễn Thị Ngọc Lan", "1990", "01002").birth,
            None,
            "a year alone is shared by too many"
        );
    }

    #[test]
    fn a_foreigner_is_found_under_the_day_of_birth_and_the_country() {
        let keys = |name, born, home_town, nationality| Keys::of(name, born, origin(home_town, nationality));
        let stored = keys("JOSÉ GARCÍA", "1985-04-02", "", "ESP");
        assert!(stored.name.is_some() && stored.birth.is_some());
        assert_eq!(keys("GARCIA JOSE", "1985-04-02", "", "ESP").birth, stored.birth);
        assert_eq!(keys("Jose Garcia", "1985-02-11", "", "ESP").name, stored.name);
        assert_ne!(keys("JOSÉ GARCÍA", "1985-04-02", "", "PRT"), stored);
        assert_eq!(keys("Trần Mai", "1985-04-02", "", VIETNAM), Keys::default());
        assert_eq!(origin("01002", "ESP"), "01002", "the home town tells more");
    }

    #[test]
    fn letters_of_other_alphabets_are_weighed_as_passports_write_them() {
        for (written, read) in [("Strauß", "strauss"), ("ŁUKASZ", "lukasz"), ("Sørensen", "soerensen")] {
            assert_eq!(plain(written), read);
        }
        assert_eq!(plain("Nguyễn Thị Ngọc Lan"), "Nguyễn Thị Ngọc Lan");
    }

    #[test]
    fn the_model_has_a_column_for_everything_that_is_compared() {
        let linker = Linker::get().unwrap();
        let facts = Facts {
            number: Some("1".into()),
            name: "2".into(),
            birth_date: Some("3".into()),
            sex: Some("4".into()),
            home_town: Some("5".into()),
            father_name: Some("6".into()),
            mother_name: Some("7".into()),
            commune: Some("8".into()),
            ..Facts::default()
        };
        let cells: Vec<&str> = linker.whole.columns().map(|column| facts.cell(column)).collect();
        assert_eq!(cells, ["1", "2", "3", "4", "5", "6", "7", "8"]);
    }
}
