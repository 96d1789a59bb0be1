//! Other tables: a config as a file, English names, two files, words of advice for what cannot work.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use linkage::{Config, Linkage, LinkageError, Scored, Table, TableBuilder};

const LINK: &str = r#"
id = "id"
locale = "en"
across_only = true
blocking = [["family:sound"], ["born:year", "given:sound"]]

[thresholds]
link = 0.9
review = 0.05

[[comparison]]
column = "given"
kind = "name"
levels = [0.9, 0.75]

[[comparison]]
column = "family"
kind = "name"
term_frequency = true

[[comparison]]
column = "born"
kind = "date"

[[comparison]]
column = "address"
kind = "text"
"#;

const GIVEN: [&str; 12] = [
    "Alice",
    "Benjamin",
    "Charlotte",
    "Dominic",
    "Eleanor",
    "Frederick",
    "Georgina",
    "Harriet",
    "Isabelle",
    "Jonathan",
    "Katherine",
    "Lawrence",
];
const FAMILY: [&str; 15] = [
    "Archer",
    "Blackwood",
    "Carmichael",
    "Davenport",
    "Ellsworth",
    "Fairchild",
    "Goldsmith",
    "Hawthorne",
    "Ingram",
    "Jefferson",
    "Kensington",
    "Lockwood",
    "Montgomery",
    "Northcott",
    "Osborne",
];

/// 180 people in a first file; every third of them in a second, in capitals, with a slip in one field.
fn two_files() -> Table {
    let mut builder = TableBuilder::new(["id", "given", "family", "born", "address"]);
    let person = |n: usize| {
        let born = format!("{}-{:02}-{:02}", 1940 + n * 37 % 60, 1 + n * 5 % 12, 1 + n * 11 % 28);
        let address = format!("{} {} street", n * 13 % 90 + 1, FAMILY[n * 7 % 15]);
        [n.to_string(), GIVEN[n % 12].to_owned(), FAMILY[n / 12].to_owned(), born, address]
    };
    let mut push = |file, cells: &[String; 5]| builder.push(file, cells.iter().map(|c| &**c)).unwrap();
    (0..180).for_each(|n| push(0, &person(n)));
    for n in (0..180).step_by(3) {
        let mut again = person(n).map(|cell| cell.to_uppercase());
        match n % 4 {
            0 => again[1] = again[1].replacen('R', "", 1),
            1 => again[3] = again[3][..4].to_owned(),
            2 => again[4].clear(),
            _ => again[2].insert(3, 'E'),
        }
        again[0].push('b');
        push(1, &again);
    }
    builder.build()
}

#[test]
fn two_english_files_are_linked_as_the_file_of_settings_says() {
    let config: Config = toml::from_str(LINK).unwrap();
    let table = two_files();
    let linkage = Linkage::learn(&table, &config).unwrap();
    assert_eq!(linkage.rules(), config.blocking);
    let mut links: Vec<Scored> = Vec::new();
    let summary = linkage.score(|pair| links.push(pair));
    assert!(summary.candidates >= summary.scored && summary.scored == links.len() as u64);
    links.retain(|pair| pair.probability >= config.thresholds.link);
    assert!(links.iter().all(|p| table.source(p.a) != table.source(p.b)));
    let id = |row| table.cell("id", row).unwrap();
    let right = links.iter().filter(|p| id(p.b) == format!("{}b", id(p.a))).count();
    assert!(right >= 57 && right == links.len(), "{right} of {}", links.len());
}

#[test]
fn an_explanation_adds_up_and_a_missing_value_tells_nothing() {
    let config: Config = toml::from_str(LINK).unwrap();
    let table = two_files();
    let linkage = Linkage::learn(&table, &config).unwrap();
    // Person 6 has no address in the second file, where it is the third row.
    let told = linkage.explain(6, 182).unwrap();
    let address = told.fields.iter().find(|f| f.column == "address").unwrap();
    assert_eq!((address.grade, address.bits, &*address.b), (None, 0.0, ""));
    let sum = told.prior_bits + told.fields.iter().map(|f| f.bits).sum::<f64>();
    assert!(told.total_bits <= sum + 1e-9);
    assert!(told.probability > 0.5);
    assert_eq!(linkage.explain(0, 9_999), None);
}

#[test]
fn what_cannot_work_is_told() {
    let config: Config = toml::from_str(LINK).unwrap();
    let table = two_files();
    let fails = |change: fn(&mut Config)| {
        let mut config = config.clone();
        change(&mut config);
        Linkage::learn(&table, &config).unwrap_err()
    };
    assert_eq!(fails(|c| c.comparisons[0].column = "first".into()), LinkageError::NoColumn("first".into()));
    assert_eq!(fails(|c| c.id = "key".into()), LinkageError::NoColumn("key".into()));
    assert_eq!(fails(|c| c.comparisons[0].levels = Some([0.5, 0.7])), LinkageError::Levels("given".into()));
    assert_eq!(
        fails(|c| c.comparisons[2].successors = [("1".into(), vec![])].into()),
        LinkageError::Successors("born".into())
    );
    assert_eq!(fails(|c| c.thresholds.review = 0.95), LinkageError::Thresholds);
    let rule = || vec![vec!["family:year".to_owned()]];
    assert_eq!(
        fails(|c| c.blocking = vec![vec!["family:year".to_owned()]]),
        LinkageError::Blocking(rule()[0][0].clone())
    );
    assert!(matches!(fails(|c| c.comparisons.clear()), LinkageError::Comparisons(_)));

    let mut builder = TableBuilder::new(["id", "given", "family", "born", "address"]);
    let short = builder.push(0, ["1", "Ann"].into_iter()).unwrap_err();
    assert_eq!(short, LinkageError::Cells { row: 0, found: 2, expected: 5 });
    assert_eq!(Linkage::learn(&builder.build(), &config).unwrap_err(), LinkageError::NoCandidates);
}

#[test]
fn every_fault_and_every_grade_has_its_sentence_in_both_languages() {
    use base::Fault;
    use linkage::Kind;
    let key = |code: &str| code.replace(['.', '_'], "-");
    let mut keys: Vec<String> = LinkageError::samples().iter().map(|e| key(e.code())).collect();
    for kind in [Kind::Name, Kind::Date, Kind::Number, Kind::Code, Kind::Unit, Kind::Text, Kind::Address] {
        keys.extend(kind.grades().iter().map(|grade| format!("linkage-grade-{}", key(grade))));
    }
    keys.push("linkage-grade-missing".to_owned());
    keys.sort();
    keys.dedup();
    for texts in [linkage::TEXTS.0, linkage::TEXTS.1] {
        let mut said: Vec<&str> = texts.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
        said.sort_unstable();
        assert_eq!(said, keys);
    }
}
