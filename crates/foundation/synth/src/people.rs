//! The stream of people: families one after another, flattened, numbered and given addresses.
//!
//! Memory holds one family and the counters of numbers; the same options and places give the same people.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use jiff::{ToSpan, civil::Date};

use crate::{
    Options, Place, SynthError, address,
    chance::Chance,
    demography::between_days,
    family::{Family, Maker, Member, Who},
    held::{Known, held},
    names::Names,
    number::{Numbers, mix},
    person::{Kin, Person, Residence, Stay},
    places::{PlaceId, PlaceKind, Places},
    pyramid::Pyramid,
};

/// More than the nation has; keeps every block of numbers from running out.
pub const PERSONS_MAX: u64 = 110_000_000;
/// Reference days lie in these years, so that everyone's number has a century digit.
const YEARS: std::ops::RangeInclusive<i16> = 2010..=2190;
/// No residence is recorded as older than this.
const FIRST_RECORDS: Date = Date::constant(1976, 7, 2);
/// Attempts to find a block of numbers that is not used up.
const PREFIX_TRIES: usize = 64;

/// An iterator over synthetic people; ends after the asked count.
#[derive(Debug)]
pub struct People {
    options: Options,
    chance: Chance,
    /// For what a record holds beside: its own stream, so that the people of a seed stay who they were.
    chance_held: Chance,
    names: Names,
    places: Places,
    pyramid: Pyramid,
    numbers: Numbers,
    ready: VecDeque<Person>,
    made: u64,
    households: u64,
}

impl People {
    pub fn new(options: Options, places: &[Place]) -> Result<Self, SynthError> {
        if options.count > PERSONS_MAX {
            return Err(SynthError::TooMany { max: PERSONS_MAX });
        }
        if !YEARS.contains(&options.today.year()) {
            return Err(SynthError::Day);
        }
        Ok(Self {
            options,
            chance: Chance::new(options.seed),
            chance_held: Chance::new(mix(options.seed ^ 0x4845_4C44)),
            names: Names::new(),
            places: Places::new(places)?,
            pyramid: Pyramid::default(),
            numbers: Numbers::new(options.seed),
            ready: VecDeque::new(),
            made: 0,
            households: 0,
        })
    }

    /// Makes the next family; `None` when no number is left for somebody.
    fn refill(&mut self) -> Option<()> {
        let mut maker = Maker {
            chance: &mut self.chance,
            names: &self.names,
            places: &self.places,
            pyramid: &mut self.pyramid,
            today: self.options.today,
        };
        let family = Family::grow(&mut maker);
        let mut order: Vec<Who> = (0..family.members.len()).collect();
        order.sort_by_key(|who| {
            family.members.get(*who).map(|p| (p.death.is_some(), p.household, p.relation, p.born))
        });
        // The last family may be larger than what was asked for; kin who are left out become names.
        order.truncate((self.options.count - self.made).min(usize::MAX as u64) as usize);

        let homes: Vec<Home> = family.households.iter().map(|place| self.home(*place)).collect();
        let mut numbers = HashMap::with_capacity(order.len());
        for who in &order {
            let number = self.number(family.members.get(*who)?)?;
            numbers.insert(*who, number);
        }
        for who in order {
            let person = self.flatten(who, &family, &homes, &numbers)?;
            self.ready.push_back(person);
        }
        Some(())
    }

    fn home(&mut self, place: PlaceId) -> Home {
        self.households += 1;
        let address = self.places.get(place).map(|spot| address::line(spot, &mut self.chance));
        let days = self.chance.between(100, 16_000);
        Home {
            key: format!("SYN-H{}-{:07}", self.options.seed, self.households).into(),
            place,
            address: address.unwrap_or_default(),
            since: self.options.today.saturating_sub(days.days()).max(FIRST_RECORDS),
        }
    }

    fn number(&mut self, p: &Member) -> Option<base::PersonalNumber> {
        let mut place = p.birth_place;
        for _ in 0..PREFIX_TRIES {
            let prefix = self.places.get(place)?.prefix(&mut self.chance);
            if let Some(number) = self.numbers.next(prefix, p.sex, p.born.year()) {
                return Some(number);
            }
            place = self.places.nearby(place, &mut self.chance);
        }
        None
    }

    fn flatten(
        &mut self,
        who: Who,
        family: &Family,
        homes: &[Home],
        numbers: &HashMap<Who, base::PersonalNumber>,
    ) -> Option<Person> {
        let p = family.members.get(who)?;
        let home = homes.get(p.household)?;
        let kin = |who: Option<Who>, absent: Option<&String>| {
            let row = who.and_then(|w| family.members.get(w));
            Kin {
                number: who.and_then(|w| numbers.get(&w).copied()),
                name: row.map(|r| &r.name).or(absent).cloned(),
            }
        };
        let absent_spouse =
            p.absent_spouse.as_ref().filter(|_| p.marital != crate::Marital::Divorced).map(|s| &s.full);
        let (father, mother, spouse) = (
            kin(p.father, p.absent_father.as_ref()),
            kin(p.mother, p.absent_mother.as_ref()),
            kin(p.spouse, absent_spouse),
        );
        self.made += 1;
        let age = p.age(self.options.today);
        let last_day = p.death.unwrap_or(self.options.today);
        let registered = p.born.saturating_add(self.chance.between(3, 60).days());
        let permanent = Residence {
            commune: self.code(home.place),
            address: home.address.clone(),
            since: home.since.max(registered).min(last_day),
        };
        let living = p.death.is_none();
        let source_key = source_key(self.options.seed, self.made);
        let old_number = self.old_number(p);
        let temporary = if living { self.stay(age, p, home.place) } else { None };
        let phone = if living { self.phone(age) } else { None };
        let known =
            Known { born: p.born, age, today: self.options.today, living, has_phone: phone.is_some() };
        let held = held(&mut self.chance_held, &source_key, &known);
        Some(Person {
            source_key,
            number: *numbers.get(&who)?,
            old_number,
            name: p.name.clone(),
            sex: p.sex,
            birth: p.birth,
            death: p.death,
            birth_place: self.code(p.birth_place),
            home_town: self.code(p.origin),
            ethnicity: p.people.ethnicity(),
            marital: p.marital,
            father,
            mother,
            spouse,
            household: living.then(|| (Arc::clone(&home.key), p.relation)),
            permanent,
            temporary,
            phone,
            held,
        })
    }

    fn code(&self, place: PlaceId) -> Arc<str> {
        self.places.get(place).map_or_else(|| "".into(), |s| Arc::clone(&s.code))
    }

    /// Nine-digit numbers were given from the age of 14, until the twelve-digit ones replaced them (2012–2020).
    fn old_number(&mut self, p: &Member) -> Option<String> {
        let per_mille = match p.born.year() {
            ..1986 => 950,
            1986..1999 => 750,
            1999..2002 => 300,
            _ => 0,
        };
        if self.chance.hit(per_mille) { self.numbers.next_old() } else { None }
    }

    /// Those who work or study elsewhere.
    fn stay(&mut self, age: i32, p: &Member, home: PlaceId) -> Option<Stay> {
        let from_village = self.places.get(home).is_some_and(|s| s.kind != PlaceKind::Ward);
        let per_mille = match (age, from_village) {
            (18..30, true) => 220,
            (30..46, true) => 110,
            (18..46, false) => 60,
            (5..18, _) => 15,
            (46..66, _) => 20,
            _ => 0,
        };
        if !self.chance.hit(per_mille) {
            return None;
        }
        let place = self.places.magnet(&mut self.chance);
        if place == home {
            return None;
        }
        let today = self.options.today;
        // At most two years at a time (Law on Residence Art. 27.2); a few have let it run out.
        let until = if self.chance.hit(60) {
            between_days(today.saturating_sub(200.days()), today, &mut self.chance)
        } else {
            between_days(today, today.saturating_add(700.days()), &mut self.chance)
        };
        let term = if self.chance.hit(500) { 2 } else { 1 };
        let started = until.saturating_sub(term.years()).max(p.born).min(today);
        let address = self.places.get(place).map(|spot| address::line(spot, &mut self.chance));
        Some(Stay {
            at: Residence { commune: self.code(place), address: address.unwrap_or_default(), since: started },
            until: until.max(started),
        })
    }

    /// `050…`: as long as a mobile number, in a range that no carrier holds.
    fn phone(&mut self, age: i32) -> Option<String> {
        let per_mille = match age {
            ..14 => 0,
            14..66 => 920,
            _ => 550,
        };
        self.chance.hit(per_mille).then(|| format!("050{:07}", self.chance.below(10_000_000)))
    }
}

impl Iterator for People {
    type Item = Person;

    fn next(&mut self) -> Option<Person> {
        if self.ready.is_empty() && self.made < self.options.count {
            self.refill()?;
        }
        self.ready.pop_front()
    }
}

/// The key under which the source knows a row; shows that the person is made up.
pub(crate) fn source_key(seed: u64, serial: u64) -> String {
    format!("SYN-{seed}-{serial:08}")
}

/// A household's key and address.
#[derive(Debug)]
struct Home {
    key: Arc<str>,
    place: PlaceId,
    address: String,
    since: Date,
}
