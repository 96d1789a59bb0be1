//! Every rule of the catalogue, broken once and kept where it may only seem broken.

use base::{Calendar, SeededEntropy, Text};
use contracts::{
    AgencyId, CommuneCode,
    ports::{AgencyCard, ProcedureCard},
};
use forms::{Level, Service};
use jiff::civil::date;
use std::sync::Arc;

use super::*;
use crate::{
    model::{Days, Lives, Pen, Relative as Named, Source, held::Paper},
    quality::rules::FILE,
};

const TODAY: Date = date(2026, 11, 20);

/// Communes that begin with 0 are in force; 1 ended with June 2025.
struct Land(Calendar);

impl Nation for Land {
    fn service(&self, _: &str, _: Date) -> Option<Arc<Service>> {
        None
    }
    fn pinned(&self, _: &str, _: u32) -> Option<Arc<Service>> {
        None
    }
    fn procedure(&self, _: &str) -> Option<ProcedureCard> {
        None
    }
    fn calendar(&self) -> &Calendar {
        &self.0
    }
    fn agency_for(&self, _: &CommuneCode, _: Level) -> Option<AgencyCard> {
        None
    }
    fn agency(&self, _: &AgencyId) -> Option<AgencyCard> {
        None
    }
    fn dossier_code(&self, _: &AgencyId, _: Date, _: u32) -> Option<String> {
        None
    }
    fn place(&self, _: &str) -> Option<Text> {
        None
    }
    fn commune_in_force(&self, code: &str, on: Date) -> bool {
        code.starts_with('0') || on < date(2025, 7, 1)
    }
    fn commune_today(&self, _: &str) -> Option<CommuneCode> {
        None
    }
    fn number_prefix_known(&self, _: &str) -> bool {
        true
    }
    fn address_fits(&self, address: &str, commune: &CommuneCode) -> Option<bool> {
        address.contains("phường").then(|| address.contains(commune.as_str()))
    }
}

/// One adult without a flaw, and parents; every test spoils one thing.
struct Family {
    lives: Lives,
    near: Near,
    entropy: SeededEntropy,
}

const ME: PersonId = PersonId(Uuid::from_u128(1));
const MOTHER: PersonId = PersonId(Uuid::from_u128(2));
const FATHER: PersonId = PersonId(Uuid::from_u128(3));
const WIFE: PersonId = PersonId(Uuid::from_u128(4));

fn known(born: &str, sex: Sex) -> Relative {
    Relative { born: born.parse().ok(), died: None, sex: Some(sex) }
}

impl Family {
    fn new() -> Self {
        let kin = [
            (MOTHER, known("1965-01-01", Sex::Female)),
            (FATHER, known("1963", Sex::Male)),
            (WIFE, known("1991-01-01", Sex::Female)),
        ];
        let near = Near { kin: kin.into(), ..Near::default() };
        let mut family = Self { lives: Lives::default(), near, entropy: SeededEntropy::new(1) };
        family.edit(|lives, pen| {
            for id in [ME, MOTHER, FATHER, WIFE] {
                lives.insert(Life::begun(id, pen));
            }
            for (relation, other) in [(Relation::Mother, MOTHER), (Relation::Father, FATHER)] {
                lives.tie(pen, ME, relation, other, Relation::Child, None).unwrap();
            }
        });
        for (item, value) in [
            (Item::Number, "001090000001"),
            (Item::Name, "Nguyễn Văn An"),
            (Item::BirthDate, "1990-05-17"),
            (Item::Sex, "male"),
            (Item::Ethnicity, "01"),
            (Item::Nationality, "VNM"),
        ] {
            family.set(item, Some(value));
        }
        family.reside("00004", Some(date(2020, 1, 1)), None);
        family
    }

    fn edit<T>(&mut self, change: impl FnOnce(&mut Lives, &Pen<'_>) -> T) -> T {
        let now = "2026-11-01T00:00:00Z".parse().unwrap();
        let pen = Pen { event: Uuid::from_u128(9), source: Source::CivilStatus, now, entropy: &self.entropy };
        change(&mut self.lives, &pen)
    }

    fn set(&mut self, item: Item, value: Option<&str>) {
        self.edit(|lives, pen| {
            lives.edit(ME).unwrap().correct(pen, item, value.map(str::to_owned), None);
        });
    }

    fn reside(&mut self, commune: &str, from: Option<Date>, to: Option<Date>) {
        self.reside_at(commune, "Số 1", from, to);
    }

    fn reside_at(&mut self, commune: &str, address: &str, from: Option<Date>, to: Option<Date>) {
        self.edit(|lives, pen| {
            let residence = Residence {
                id: pen.id(),
                kind: Kind::Permanent,
                commune: CommuneCode::new(commune),
                commune_given: None,
                address: address.to_owned(),
                household: None,
                relation: None,
                event: pen.event,
                source: "residence".to_owned(),
                ended_by: None,
            };
            lives.edit(ME).unwrap().residences.add(pen, residence, Days { from, to });
        });
    }

    fn told(&mut self, event: Vital, source: &str) {
        self.near.told.insert((event, source.to_owned()));
    }

    fn marry(&mut self, other: PersonId, from: Option<Date>) {
        self.edit(|lives, pen| {
            if !lives.has(other) {
                lives.insert(Life::begun(other, pen));
            }
            lives.tie(pen, ME, Relation::Spouse, other, Relation::Spouse, from).unwrap();
        });
    }

    fn untie(&mut self) {
        self.edit(|lives, pen| lives.edit(ME).unwrap().ties.cut(pen, Days::ALWAYS, |_| true));
    }

    fn move_out(&mut self) {
        self.edit(|lives, pen| lives.edit(ME).unwrap().residences.cut(pen, Days::ALWAYS, |_| true));
    }

    fn assess(&self) -> Assessment {
        let land = Land(Calendar::new([2026], []));
        assess(self.lives.get(ME).unwrap(), &self.near, TODAY, &Rules::parse(FILE).unwrap(), &land)
    }

    fn found(&self) -> Vec<String> {
        self.assess().findings.into_iter().collect()
    }
}

use crate::model::residence::Kind;

#[test]
fn a_record_without_a_flaw_breaks_no_rule_and_is_counted_whole() {
    let found = Family::new().assess();
    assert!(found.findings.is_empty(), "{:?}", found.findings);
    let m = &found.measures;
    assert_eq!((m.commune.as_str(), m.counted, m.due, m.held), ("00004", true, 5, 5));
    // Number, name, day of birth, sex, ethnicity, nationality, residence.
    assert_eq!((m.fields, m.confirmed), (7, 7));
    assert_eq!(m.seen.as_deref(), Some("2020-01"));
}

#[test]
fn each_rule_finds_what_it_is_for() {
    type Spoil = fn(&mut Family);
    let cases: [(&str, Spoil); 27] = [
        ("number_missing", |f| f.set(Item::Number, None)),
        ("ethnicity_missing", |f| f.set(Item::Ethnicity, None)),
        ("nationality_missing", |f| f.set(Item::Nationality, None)),
        ("birth_day_unknown", |f| f.set(Item::BirthDate, Some("1990"))),
        ("residence_missing", Family::move_out),
        ("child_without_parents", |f| {
            f.untie();
            f.set(Item::Number, None);
            f.set(Item::BirthDate, Some("2015-05-17"));
            f.move_out();
        }),
        ("parent_younger_than_child", |f| {
            f.near.kin.get_mut(&MOTHER).unwrap().born = "1995".parse().ok();
        }),
        ("parent_very_young", |f| f.near.kin.get_mut(&FATHER).unwrap().born = "1979-01-01".parse().ok()),
        ("born_after_mothers_death", |f| {
            f.near.kin.get_mut(&MOTHER).unwrap().died = "1990-05-16".parse().ok();
        }),
        ("born_long_after_fathers_death", |f| {
            f.near.kin.get_mut(&FATHER).unwrap().died = "1989-06".parse().ok();
        }),
        ("parent_of_other_sex", |f| f.near.kin.get_mut(&FATHER).unwrap().sex = Some(Sex::Female)),
        ("two_spouses", |f| {
            f.marry(WIFE, Some(date(2015, 1, 1)));
            f.marry(PersonId(Uuid::from_u128(5)), Some(date(2018, 1, 1)));
        }),
        ("married_too_young", |f| f.marry(WIFE, Some(date(2010, 5, 16)))),
        ("marital_status_differs", |f| f.set(Item::MaritalStatus, Some("married"))),
        ("acts_after_death", |f| f.set(Item::DeathDate, Some("2019-01-01"))),
        ("dates_out_of_order", |f| f.reside("00004", Some(date(1980, 1, 1)), Some(date(1981, 1, 1)))),
        ("dates_out_of_order", |f| f.set(Item::DeathDate, Some("1989"))),
        ("very_old", |f| f.set(Item::BirthDate, Some("1905-01-01"))),
        ("unit_did_not_exist", |f| f.reside("10004", Some(date(2019, 1, 1)), Some(date(2026, 1, 1)))),
        ("address_of_other_unit", |f| {
            f.move_out();
            f.reside_at("00004", "Số 1, phường 00008", Some(date(2020, 1, 1)), None);
        }),
        ("birth_from_one_source", |f| {
            f.set(Item::Number, None);
            f.move_out();
            f.set(Item::BirthDate, Some("2026-05-17"));
            f.told(Vital::Birth, "civil_status");
        }),
        ("death_from_one_source", |f| {
            f.set(Item::DeathDate, Some("2026-05-17"));
            f.told(Vital::Death, "agency");
        }),
        ("two_residences", |f| f.reside("00008", Some(date(2022, 1, 1)), None)),
        ("number_of_other_sex", |f| f.set(Item::Number, Some("001190000001"))),
        ("number_of_other_year", |f| f.set(Item::Number, Some("001091000001"))),
        ("sources_differ", |f| f.near.disputed = true),
        ("old_and_silent", |f| f.set(Item::BirthDate, Some("1920-01-01"))),
    ];
    for (rule, spoil) in cases {
        let mut family = Family::new();
        spoil(&mut family);
        assert!(family.found().contains(&rule.to_owned()), "{rule}: {:?}", family.found());
    }
    let named: BTreeSet<&str> = cases.iter().map(|(rule, _)| *rule).collect();
    let all: BTreeSet<String> = Rules::parse(FILE).unwrap().rules.into_iter().map(|r| r.id).collect();
    let untried: Vec<&String> = all.iter().filter(|id| !named.contains(id.as_str())).collect();
    assert_eq!(untried, ["person_says_wrong"], "tried below");
}

#[test]
fn what_may_be_so_is_no_finding() {
    type Known = fn(&mut Family);
    let cases: [Known; 7] = [
        // Years alone: the mother may have turned 13 before.
        |f| f.near.kin.get_mut(&MOTHER).unwrap().born = "1977".parse().ok(),
        // A posthumous child.
        |f| f.near.kin.get_mut(&FATHER).unwrap().died = "1990-01-01".parse().ok(),
        // The father died in the year of birth.
        |f| f.near.kin.get_mut(&MOTHER).unwrap().died = "1990".parse().ok(),
        // A unit that existed as long as the person lived there.
        |f| f.reside("10004", Some(date(2019, 1, 1)), Some(date(2020, 1, 1))),
        // One marriage after another.
        |f| {
            f.marry(WIFE, Some(date(2015, 1, 1)));
            f.edit(|lives, pen| {
                let ended = Days::since(Some(date(2017, 1, 1)));
                lives.edit(ME).unwrap().ties.cut(pen, ended, |s| s.value.relation == Relation::Spouse);
            });
            f.marry(PersonId(Uuid::from_u128(5)), Some(date(2018, 1, 1)));
            f.set(Item::MaritalStatus, Some("married"));
        },
        // Who died lives nowhere from that day on, and is not asked for a number.
        |f| {
            f.move_out();
            f.reside("00004", Some(date(2020, 1, 1)), Some(date(2024, 1, 1)));
            f.set(Item::DeathDate, Some("2024-01-01"));
            f.set(Item::Number, None);
        },
        |f| f.near.kin.get_mut(&MOTHER).unwrap().born = None,
    ];
    for (n, spoil) in cases.into_iter().enumerate() {
        let mut family = Family::new();
        spoil(&mut family);
        assert_eq!(family.found(), [""; 0], "case {n}");
    }
}

#[test]
fn a_birth_should_be_told_by_two_sources_for_a_while_after_some_weeks() {
    let found = |born: &str, sources: &[&str]| {
        let mut family = Family::new();
        family.set(Item::BirthDate, Some(born));
        sources.iter().for_each(|source| family.told(Vital::Birth, source));
        family.found().contains(&"birth_from_one_source".to_owned())
    };
    assert!(found("2026-05-17", &["civil_status"]));
    assert!(!found("2026-05-17", &["civil_status", "agency"]), "two are enough");
    assert!(!found("2026-10-17", &["civil_status"]), "the others have some weeks");
    assert!(!found("2025-05-17", &["civil_status"]), "nobody asks for ever");
    assert!(!found("2026-05-17", &[]), "from before it was noted who told");

    let mut family = Family::new();
    family.set(Item::BirthDate, Some("2026-10-01"));
    assert_eq!(family.assess().turns_on, Some(date(2026, 12, 1)), "sixty days later it is looked at again");
}

#[test]
fn an_address_that_names_no_unit_or_the_recorded_one_is_no_finding() {
    for address in ["Số 1", "Số 1, phường 00004"] {
        let mut family = Family::new();
        family.move_out();
        family.reside_at("00004", address, Some(date(2020, 1, 1)), None);
        assert_eq!(family.found(), [""; 0], "{address}");
    }
}

#[test]
fn a_child_with_a_guardian_or_a_foreign_parent_has_its_reason() {
    for relation in [Relation::Guardian, Relation::Father] {
        let mut family = Family::new();
        family.untie();
        family.set(Item::BirthDate, Some("2015-05-17"));
        let missing = |f: &Family| f.found().contains(&"child_without_parents".to_owned());
        assert!(missing(&family));
        family.edit(|lives, pen| {
            let named = Named { nationality: Some("FRA".to_owned()), ..Named::default() };
            lives.tie_outside(pen, ME, relation, named, None).unwrap();
        });
        assert!(!missing(&family), "{relation:?}");
    }
}

#[test]
fn what_a_person_calls_wrong_is_found_until_it_is_changed() {
    let mut family = Family::new();
    let at = "2026-11-10T00:00:00Z".parse().unwrap();
    family.near.answered = Some(Answered { at, wrong: vec!["name".to_owned()] });
    assert_eq!(family.found(), ["person_says_wrong"]);
    let now = "2026-11-12T00:00:00Z".parse().unwrap();
    let entropy = SeededEntropy::new(2);
    let pen = Pen { event: Uuid::from_u128(10), source: Source::CivilStatus, now, entropy: &entropy };
    family.lives.edit(ME).unwrap().correct(&pen, Item::Name, Some("Nguyễn Văn Anh".to_owned()), None);
    assert_eq!(family.found(), [""; 0]);
    assert_eq!(family.assess().measures.seen.as_deref(), Some("2026-11"), "an answer is a sign of life");
}

#[test]
fn acts_count_with_their_lag_and_a_paper_is_a_sign_of_life() {
    let mut family = Family::new();
    family.edit(|lives, pen| {
        let paper = Paper {
            id: pen.id(),
            kind: "identity_card".to_owned(),
            number: "001090000001".to_owned(),
            issued_at: None,
            expires_on: None,
            event: pen.event,
            source: "population".to_owned(),
            ended_by: None,
        };
        lives.edit(ME).unwrap().papers.add(pen, paper, Days::since(Some(date(2024, 7, 1))));
    });
    assert_eq!(family.assess().measures.seen.as_deref(), Some("2024-07"));
    let at = "2026-03-10T05:00:00Z".parse().unwrap();
    let act = |n, happened_on| Seen { event: Uuid::from_u128(n), happened_on, at };
    family.near.events = vec![act(1, Some(date(2026, 3, 6))), act(2, None), act(3, Some(date(2026, 3, 10)))];
    let m = family.assess().measures;
    assert_eq!(m.lags, ["2026-03.00", "2026-03.04"]);
    assert_eq!(m.seen.as_deref(), Some("2026-03"));
}

#[test]
fn the_next_turn_is_the_first_day_that_can_change_anything() {
    let mut family = Family::new();
    family.set(Item::BirthDate, Some("2010-03-01"));
    assert_eq!(family.assess().turns_on, Some(date(2028, 3, 1)), "no child any more");
    family.reside("00008", Some(date(2027, 1, 1)), None);
    assert_eq!(family.assess().turns_on, Some(date(2027, 1, 1)));
}
