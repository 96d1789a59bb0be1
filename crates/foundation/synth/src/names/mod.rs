//! Full names: of the Kinh by region and generation ([`kinh`]), of the other peoples in their own forms ([`peoples`]).
//!
//! Drawn part by part from pools; no list of people stands behind them.

mod kinh;
mod peoples;

use base::Sex;

use self::peoples::{Form, KINH, PEOPLES};
use crate::{
    chance::Chance,
    region::{Profile, Speech},
};

/// A people of the national list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ethnicity {
    /// Number in the national list, written with two digits.
    pub code: u8,
    pub name: &'static str,
}

/// Index into the table of peoples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PeopleId(usize);

impl PeopleId {
    pub(crate) const KINH: Self = Self(0);

    pub(crate) fn ethnicity(self) -> Ethnicity {
        PEOPLES
            .get(self.0)
            .map_or(Ethnicity { code: KINH, name: "Kinh" }, |p| Ethnicity { code: p.code, name: p.name })
    }

    pub(crate) fn matrilineal(self) -> bool {
        PEOPLES.get(self.0).is_some_and(|p| p.matrilineal)
    }

    /// A people of this land; in towns the others are rarer than in the villages.
    pub(crate) fn of_land(profile: &Profile, town: bool, chance: &mut Chance) -> Self {
        let mut left = chance.below(if town { 2000 } else { 950 }) as u32;
        for (code, share) in profile.peoples {
            if left < *share {
                return Self(PEOPLES.iter().position(|p| p.code == *code).unwrap_or(0));
            }
            left -= share;
        }
        Self::KINH
    }
}

/// A name and the part of it that children inherit.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) full: String,
    pub(crate) surname: &'static str,
}

pub(crate) struct Wish {
    pub(crate) people: PeopleId,
    pub(crate) sex: Sex,
    pub(crate) birth_year: i16,
    pub(crate) speech: Speech,
    /// Inherited; otherwise drawn.
    pub(crate) surname: Option<&'static str>,
    /// The other parent's, which some children carry as a second one.
    pub(crate) second: Option<&'static str>,
}

/// The pools, split once.
#[derive(Debug)]
pub(crate) struct Names {
    kinh: [[Vec<&'static str>; kinh::GENERATIONS]; 2],
    peoples: Vec<PeoplePools>,
}

#[derive(Debug)]
struct PeoplePools {
    surnames: Vec<&'static str>,
    givens: [Vec<&'static str>; 2],
}

fn words(pool: &'static str) -> Vec<&'static str> {
    pool.split_whitespace().collect()
}

fn column(sex: Sex) -> usize {
    usize::from(sex == Sex::Female)
}

impl Names {
    pub(crate) fn new() -> Self {
        let of = |sex| std::array::from_fn(|g| words(kinh::pool(sex, g).givens));
        let peoples = PEOPLES
            .iter()
            .map(|p| PeoplePools { surnames: words(p.surnames), givens: p.givens.map(words) })
            .collect();
        Self { kinh: [of(Sex::Male), of(Sex::Female)], peoples }
    }

    pub(crate) fn draw(&self, wish: &Wish, chance: &mut Chance) -> Named {
        let people = PEOPLES.get(wish.people.0).zip(self.peoples.get(wish.people.0));
        match people {
            Some((people, pools)) if people.code != KINH => self.of_people(wish, people, pools, chance),
            _ => self.of_kinh(wish, chance),
        }
    }

    fn of_kinh(&self, wish: &Wish, chance: &mut Chance) -> Named {
        let surname = wish.surname.unwrap_or_else(|| kinh_surname(wish.speech, chance));
        let (pool, given) = self.kinh_given(wish.sex, wish.birth_year, chance);
        let middle = chance
            .weighted(pool.middles.iter().map(|(_, w)| *w))
            .and_then(|i| pool.middles.get(i))
            .map_or("", |(m, _)| *m);
        let second = wish.second.filter(|s| *s != surname && chance.hit(35)).unwrap_or("");
        let usual = if wish.sex == Sex::Female { "Thị" } else { "Văn" };
        let around = [given, surname, second];
        let clashes = |m: &&str| match *m {
            "" => given == surname || given == second,
            m => m.split(' ').any(|part| around.contains(&part)),
        };
        let middle = [middle, usual, "Minh", "Đức"].into_iter().find(|m| !clashes(m)).unwrap_or(usual);
        Named { full: join(&[surname, second, middle, given]), surname }
    }

    /// Fashions overlap: some are named like the generation before.
    fn kinh_given(&self, sex: Sex, birth_year: i16, chance: &mut Chance) -> (kinh::Pool, &'static str) {
        let mut generation = kinh::generation(birth_year);
        if chance.hit(150) {
            generation = generation.saturating_sub(1);
        }
        let given =
            self.kinh.get(column(sex)).and_then(|s| s.get(generation)).map_or("An", |pool| chance.word(pool));
        (kinh::pool(sex, generation), given)
    }

    fn of_people(
        &self,
        wish: &Wish,
        people: &peoples::People,
        pools: &PeoplePools,
        chance: &mut Chance,
    ) -> Named {
        let surname = wish.surname.unwrap_or_else(|| chance.word(&pools.surnames));
        let own = pools.givens.get(column(wish.sex)).map_or(&[][..], Vec::as_slice);
        // Younger people carry Kinh names more and more, within their own form.
        let modern = people.form == Form::SurnameFirst && wish.birth_year > 1985 && chance.hit(350);
        let given = if own.is_empty() || modern {
            self.kinh_given(wish.sex, wish.birth_year, chance).1
        } else {
            chance.word(own)
        };
        let mark = people.marks.get(column(wish.sex)).copied().unwrap_or("");
        let full = match people.form {
            Form::SurnameFirst => {
                let middle = if own.is_empty() && wish.birth_year > 1990 && chance.hit(450) {
                    chance.word(MODERN_MIDDLES.get(column(wish.sex)).copied().unwrap_or(&[]))
                } else {
                    mark
                };
                let clashes = |m: &&str| *m == given || *m == surname || (m.is_empty() && given == surname);
                let middle = [middle, mark, "Minh"].into_iter().find(|m| !clashes(m)).unwrap_or(mark);
                join(&[surname, middle, given])
            }
            Form::ClanLast => join(&[&format!("{mark}{given}"), surname]),
            Form::ClanFirst => join(&[surname, &format!("{mark}{given}")]),
            Form::NoSurname => format!("{mark}{given}").replace('_', " "),
        };
        Named { full, surname }
    }
}

const MODERN_MIDDLES: [&[&str]; 2] = [
    &["Đức", "Minh", "Quang", "Tuấn", "Anh", "Thanh", "Quốc", "Xuân", "Ngọc", "Hoàng"],
    &["Thu", "Thanh", "Ngọc", "Phương", "Minh", "Khánh", "Hồng", "Thảo", "Bích", "Kim"],
];

fn kinh_surname(speech: Speech, chance: &mut Chance) -> &'static str {
    let at = kinh::column(speech);
    chance
        .weighted(kinh::SURNAMES.iter().map(|(_, shares)| shares.get(at).copied().unwrap_or(0)))
        .and_then(|i| kinh::SURNAMES.get(i))
        .map_or("Nguyễn", |(name, _)| *name)
}

fn join(parts: &[&str]) -> String {
    let mut out = String::with_capacity(32);
    for part in parts.iter().filter(|p| !p.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(part.chars().map(|c| if c == '_' { ' ' } else { c }));
    }
    out
}

#[cfg(test)]
mod tests {
    use base::PersonName;

    use super::*;

    #[test]
    fn every_people_of_the_land_has_a_way_of_naming() {
        for prefix in 0..100 {
            for (code, _) in crate::region::profile(prefix).peoples {
                assert!(PEOPLES.iter().any(|p| p.code == *code), "people {code} has no names");
            }
        }
    }

    #[test]
    fn names_of_all_peoples_generations_and_regions_are_names_in_nfc() {
        let (names, mut chance) = (Names::new(), Chance::new(1));
        for i in 0..60_000usize {
            let wish = Wish {
                people: PeopleId(i % PEOPLES.len()),
                sex: if i % 2 == 0 { Sex::Male } else { Sex::Female },
                birth_year: 1920 + (i % 107) as i16,
                speech: [Speech::North, Speech::Central, Speech::South][i % 3],
                surname: None,
                second: Some("Nguyễn"),
            };
            let named = names.draw(&wish, &mut chance);
            assert_eq!(PersonName::new(&named.full).unwrap().as_str(), named.full);
            assert!(named.full.starts_with(|c: char| c.is_uppercase()));
            let words: Vec<&str> = named.full.split(' ').collect();
            assert!(words.windows(2).all(|w| w[0] != w[1] || w[0] == "Bo"), "{}", named.full);
        }
    }

    #[test]
    fn surnames_of_the_kinh_have_their_known_shares() {
        let mut chance = Chance::new(2);
        let mut count = |speech, surname| {
            (0..20_000).filter(|_| kinh_surname(speech, &mut chance) == surname).count() as f64 / 20_000.0
        };
        assert!((0.28..0.35).contains(&count(Speech::North, "Nguyễn")));
        assert!((0.09..0.13).contains(&count(Speech::South, "Trần")));
        assert!(count(Speech::South, "Huỳnh") > 0.04 && count(Speech::North, "Huỳnh") < 0.005);
        assert!(count(Speech::North, "Vũ") > 0.04 && count(Speech::South, "Vũ") < 0.02);
    }
}
