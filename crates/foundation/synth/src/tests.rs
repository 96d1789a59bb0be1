//! What the people must be like, asked of a hundred thousand of them.

use std::collections::{HashMap, HashSet};

use crate::*;
use base::{PersonName, PersonalNumber, Sex, nfc};
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 11, 21);

fn places() -> Vec<Place> {
    let place = |n: usize, (prefixes, province): &(&[u16], &str), kind| Place {
        code: format!("{:05}", 1000 + n),
        kind,
        province_code: (*province).to_owned(),
        id_prefixes: prefixes.to_vec(),
        weight: None,
    };
    let provinces: [(&[u16], &str); 12] = [
        (&[1], "01"),
        (&[2, 8], "08"),
        (&[14], "14"),
        (&[38], "38"),
        (&[40], "40"),
        (&[64, 52], "52"),
        (&[66, 54], "66"),
        (&[79, 74, 77], "79"),
        (&[75, 70], "75"),
        (&[94, 93, 92], "92"),
        (&[58, 56], "56"),
        (&[31, 30], "31"),
    ];
    let kinds = [PlaceKind::Ward, PlaceKind::Commune, PlaceKind::Commune, PlaceKind::Ward];
    let all = provinces.iter().flat_map(|p| kinds.map(|k| (p, k)));
    all.enumerate().map(|(n, (p, kind))| place(n, p, kind)).collect()
}

fn old_places() -> Vec<OldPlace> {
    let old = |p: &Place| OldPlace {
        code: p.code.replacen('0', "2", 1),
        name: "Xã Cũ, Huyện Cũ, Tỉnh Cũ".to_owned(),
        successors: vec![p.code.clone()],
    };
    places().iter().map(old).collect()
}

fn options(seed: u64, count: u64) -> Options {
    Options { seed, count, today: TODAY }
}

fn people(seed: u64, count: u64) -> Vec<Person> {
    People::new(options(seed, count), &places()).unwrap().collect()
}

fn clean_csv(seed: u64, count: u64) -> Vec<u8> {
    let mut sheet = Sheet::new(Vec::new()).unwrap();
    for person in People::new(options(seed, count), &places()).unwrap() {
        sheet.write(&person).unwrap();
    }
    sheet.finish().unwrap()
}

fn messy_csv(seed: u64, count: u64, share: f64) -> (Vec<u8>, Vec<u8>, Tally) {
    let o = options(seed, count);
    let mut sheet = MessySheet::new(&o, share, &old_places(), Vec::new(), Vec::new()).unwrap();
    for person in People::new(o, &places()).unwrap() {
        sheet.write(&person).unwrap();
    }
    sheet.finish().unwrap()
}

type Table = HashMap<String, HashMap<String, String>>;

fn table(csv: &[u8]) -> Table {
    let mut reader = csv::Reader::from_reader(csv);
    let rows = reader.deserialize::<HashMap<String, String>>();
    rows.map(|row| row.unwrap()).map(|row| (row["source_key"].clone(), row)).collect()
}

#[test]
fn a_seed_makes_the_same_people_again_and_another_seed_others() {
    assert_eq!(clean_csv(7, 3000), clean_csv(7, 3000));
    assert_ne!(clean_csv(7, 3000), clean_csv(8, 3000));
    assert_eq!(messy_csv(7, 3000, 0.3).0, messy_csv(7, 3000, 0.3).0);
}

#[test]
fn a_seed_means_the_same_person_in_every_version() {
    let p = &people(1, 1)[0];
    assert_eq!((p.name.as_str(), p.number.as_str()), ("Diệp Ngọc Duy", "038095873773"));
}

#[test]
fn any_count_is_met_exactly() {
    for count in [0, 1, 2, 3, 5, 17, 1000, 1001] {
        assert_eq!(people(3, count).len() as u64, count);
    }
    for seed in 0..300 {
        assert_eq!(people(seed, 1).len(), 1);
    }
}

#[test]
fn what_cannot_be_made_is_refused() {
    assert!(matches!(People::new(options(1, 1), &[]), Err(SynthError::NoPlaces)));
    assert!(matches!(People::new(options(1, u64::MAX), &places()), Err(SynthError::TooMany { .. })));
    let mut bad = places();
    bad[0].id_prefixes.clear();
    assert!(matches!(People::new(options(1, 1), &bad), Err(SynthError::NoPrefix { .. })));
    let early = Options { today: date(1900, 1, 1), ..options(1, 1) };
    assert!(matches!(People::new(early, &places()), Err(SynthError::Day)));
    assert!(matches!(
        MessySheet::new(&options(1, 1), f64::NAN, &[], Vec::new(), Vec::new()),
        Err(SynthError::Share)
    ));
}

#[test]
fn numbers_are_unique_and_say_place_sex_and_year() {
    let prefixes: HashMap<String, Vec<u16>> = places().into_iter().map(|p| (p.code, p.id_prefixes)).collect();
    let (mut numbers, mut old, mut keys) = (HashSet::new(), HashSet::new(), HashSet::new());
    for p in people(11, 100_000) {
        assert!(numbers.insert(p.number) && keys.insert(p.source_key));
        assert!(p.old_number.is_none_or(|n| n.len() == 9 && old.insert(n)));
        assert_eq!((p.number.sex(), p.number.birth_year()), (p.sex, p.birth.year()));
        assert!(prefixes[&*p.birth_place].contains(&p.number.place().parse().unwrap()));
    }
}

#[test]
fn ages_follow_the_pyramid() {
    let all = people(5, 100_000);
    let living: Vec<&Person> = all.iter().filter(|p| p.death.is_none()).collect();
    let mut groups = [0u32; 18];
    for p in &living {
        groups[usize::min((TODAY.year() - p.birth.year()).max(0) as usize / 5, 17)] += 1;
    }
    for (i, (have, want)) in groups.iter().zip(AGE_PYRAMID_PER_MILLE).enumerate() {
        let share = 1000.0 * f64::from(*have) / living.len() as f64;
        assert!((share - f64::from(want)).abs() < 8.0, "group {i}: {share:.1} of {want}; {groups:?}");
    }
    let dead = all.len() - living.len();
    assert!((1000..5000).contains(&dead), "{dead} dead");
    let women = living.iter().filter(|p| p.sex == Sex::Female).count() as f64 / living.len() as f64;
    assert!((0.47..0.54).contains(&women), "{women}");
}

#[test]
fn kinship_holds_together() {
    let all = people(9, 100_000);
    let by_number: HashMap<PersonalNumber, &Person> = all.iter().map(|p| (p.number, p)).collect();
    let (mut with_father, mut same_surname) = (0, 0);
    for p in &all {
        for (parent, sex) in [(&p.father, Sex::Male), (&p.mother, Sex::Female)] {
            assert!(parent.name.is_some());
            let Some(number) = parent.number else { continue };
            let parent_row = by_number[&number];
            assert_eq!((parent_row.sex, Some(&parent_row.name)), (sex, parent.name.as_ref()));
            let older = p.birth.year() - parent_row.birth.year();
            assert!((15..=50).contains(&older), "{} older by {older}", parent_row.source_key);
        }
        if let Some(number) = p.father.number
            && p.ethnicity.code == 1
        {
            with_father += 1;
            let father = by_number[&number];
            same_surname += usize::from(father.name.split(' ').next() == p.name.split(' ').next());
        }
        if let Some(number) = p.spouse.number {
            let spouse = by_number[&number];
            assert_eq!(spouse.spouse.number, Some(p.number));
            assert_ne!(spouse.sex, p.sex);
            assert!((p.birth.year() - spouse.birth.year()).abs() <= 14);
            if p.death.is_none() {
                let expected = if spouse.death.is_some() { Marital::Widowed } else { Marital::Married };
                assert_eq!(p.marital, expected);
            }
        }
        if p.marital == Marital::Single {
            assert_eq!(p.spouse, Kin::default());
        } else {
            assert!(p.birth.year() <= TODAY.year() - 17);
        }
    }
    assert!(with_father > 20_000 && same_surname * 100 > with_father * 95);
}

#[test]
fn every_household_has_one_head_and_one_address() {
    let mut households: HashMap<_, Vec<Person>> = HashMap::new();
    for p in people(9, 50_000) {
        assert_eq!(p.household.is_some(), p.death.is_none());
        if let Some((key, _)) = &p.household {
            households.entry(key.clone()).or_default().push(p);
        }
    }
    let mut three_generations = 0;
    for members in households.values() {
        let count = |r| members.iter().filter(|p| p.household.as_ref().is_some_and(|h| h.1 == r)).count();
        assert_eq!(count(Relation::Head), 1);
        assert!(count(Relation::Spouse) <= 1);
        assert!(members.iter().all(|p| p.permanent.address == members[0].permanent.address));
        three_generations += usize::from(count(Relation::Grandchild) > 0)
            + usize::from(count(Relation::Parent) > 0 && count(Relation::Child) > 0);
    }
    let size = 50_000.0 / households.len() as f64;
    assert!((2.6..4.5).contains(&size), "mean household {size}");
    assert!(three_generations * 100 > households.len() * 5, "{three_generations} of {}", households.len());
}

#[test]
fn clean_values_are_valid() {
    let codes: HashSet<String> = places().into_iter().map(|p| p.code).collect();
    let mut stays = 0;
    for p in people(13, 50_000) {
        for text in [Some(&p.name), p.father.name.as_ref(), p.mother.name.as_ref(), p.spouse.name.as_ref()] {
            assert!(text.is_none_or(|t| PersonName::new(t).unwrap().as_str() == t));
        }
        assert_eq!(nfc(&p.permanent.address), p.permanent.address);
        assert!(!p.permanent.address.is_empty() && codes.contains(&*p.permanent.commune));
        let last_day = p.death.unwrap_or(TODAY);
        assert!(p.birth.earliest() <= p.permanent.since && p.permanent.since <= last_day);
        assert!(p.birth.earliest() <= last_day && last_day <= TODAY);
        if let Some(stay) = p.temporary {
            stays += 1;
            assert!(stay.at.since <= TODAY && stay.at.since <= stay.until);
            assert!((stay.until - stay.at.since).get_days() <= 731);
            assert_ne!(stay.at.commune, p.permanent.commune);
        }
        assert!(p.phone.is_none_or(|n| n.len() == 10 && n.starts_with("050")));
    }
    assert!((2_000..7_500).contains(&stays), "{stays} stay elsewhere");
}

#[test]
fn the_file_reads_back_as_the_people() {
    let csv = clean_csv(4, 2000);
    let rows = table(&csv);
    assert_eq!(rows.len(), 2000);
    for p in people(4, 2000) {
        let row = &rows[&p.source_key];
        assert_eq!(row.len(), HEADER.len());
        assert_eq!((&row["full_name"], &row["synthetic"]), (&p.name, &"1".to_owned()));
        assert_eq!(row["birth_date"].parse(), Ok(p.birth));
        assert_eq!(row["number"].parse(), Ok(p.number));
        assert_eq!(row["father_number"], p.father.number.map(|n| n.to_string()).unwrap_or_default());
        assert_eq!(row["ethnicity_code"], format!("{:02}", p.ethnicity.code));
        assert_eq!(row["permanent_address"], p.permanent.address);
        assert_eq!(row["temporary_until"], p.temporary.map(|t| t.until.to_string()).unwrap_or_default());
        assert_eq!(row["phone"], p.phone.unwrap_or_default());
    }
}

#[test]
fn mess_comes_as_often_as_asked_and_in_every_kind() {
    let (out, _, tally) = messy_csv(21, 60_000, 0.12);
    let share = tally.messy_rows as f64 / 60_000.0;
    assert!((0.11..0.13).contains(&share), "{share}");
    assert_eq!(tally.rows as usize, table(&out).len());
    let total: u32 = MessKind::ALL.iter().map(|k| k.weight()).sum();
    let applied: u64 = tally.by_kind.values().sum();
    for kind in MessKind::ALL {
        let have = tally.by_kind.get(&kind).copied().unwrap_or(0) as f64 / applied as f64;
        let want = f64::from(kind.weight()) / f64::from(total);
        assert!(have > want * 0.4 && have < want * 1.8, "{}: {have:.4} of {want:.4}", kind.name());
    }
    assert_eq!(messy_csv(21, 2000, 0.0).0, clean_csv(21, 2000));
}

#[test]
fn the_truth_restores_the_clean_file() {
    let (out, truth, tally) = messy_csv(22, 20_000, 0.4);
    let (clean, mut rows) = (table(&clean_csv(22, 20_000)), table(&out));
    let mut truth = csv::Reader::from_reader(&truth[..]);
    assert_eq!(truth.headers().unwrap().iter().collect::<Vec<_>>(), TRUTH_HEADER);
    let (mut spoilt, mut twice) = (HashSet::new(), HashMap::new());
    for line in truth.records() {
        let line = line.unwrap();
        let (key, true_key, field, value) = (&line[0], &line[1], &line[3], &line[4]);
        spoilt.insert(key.to_owned());
        rows.get_mut(key).unwrap().insert(field.to_owned(), value.to_owned());
        if key != true_key {
            assert!(line[2].starts_with("duplicate"));
            twice.insert(key.to_owned(), true_key.to_owned());
        }
    }
    assert_eq!(spoilt.len() as u64, tally.messy_rows);
    for (key, true_key) in twice {
        assert_eq!(rows.remove(&key).unwrap(), clean[&true_key]);
    }
    assert_eq!(rows, clean);
}

#[test]
fn the_documentation_names_every_column_and_kind_of_mess() {
    let page = include_str!("../../../../docs/persons-csv.md");
    let documented: Vec<&str> = page
        .lines()
        .skip_while(|l| !l.starts_with("## Columns"))
        .take_while(|l| !l.starts_with("## Kinds"))
        .filter_map(|l| l.strip_prefix("| `")?.split('`').next())
        .collect();
    assert_eq!(documented, HEADER);
    for kind in MessKind::ALL {
        assert!(page.contains(&format!("| `{}` |", kind.name())), "{}", kind.name());
    }
}
