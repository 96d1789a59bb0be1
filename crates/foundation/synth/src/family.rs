//! Makes one family: up to three generations, in one household or several, then turns it into flat [`Person`]s.
//!
//! A family is built around one adult ([`Family::grow`]): spouse, children, some of them with households of their own,
//! sometimes parents. Who is kin to whom is kept as indices here; numbers and keys are given out in [`crate::people`].

use base::{PartialDate, Sex};
use jiff::{ToSpan, civil::Date};

use crate::{
    chance::Chance,
    demography::{between_days, births, days_from, death_per_mille, known_part, married_by, settle},
    names::{Named, Names, PeopleId, Wish},
    person::{Marital, Relation},
    places::{PlaceId, Places},
    pyramid::Pyramid,
    region::Speech,
};

/// Deaths further back than this left no row: the numbers were not yet given out.
const DEATHS_YEARS: i32 = 9;
/// Families of more people than this are not grown further.
const MEMBERS_MAX: usize = 24;

/// Index of a member within the family.
pub(crate) type Who = usize;

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) sex: Sex,
    pub(crate) born: Date,
    pub(crate) birth: PartialDate,
    pub(crate) death: Option<Date>,
    pub(crate) name: String,
    surname: &'static str,
    pub(crate) people: PeopleId,
    pub(crate) origin: PlaceId,
    pub(crate) birth_place: PlaceId,
    pub(crate) marital: Marital,
    pub(crate) father: Option<Who>,
    pub(crate) mother: Option<Who>,
    pub(crate) spouse: Option<Who>,
    /// Names of parents and spouse who have no row.
    pub(crate) absent_father: Option<String>,
    pub(crate) absent_mother: Option<String>,
    pub(crate) absent_spouse: Option<Named>,
    pub(crate) household: usize,
    pub(crate) relation: Relation,
}

impl Member {
    pub(crate) fn age(&self, today: Date) -> i32 {
        age_on(self.born, today)
    }
}

/// The means with which families are made.
pub(crate) struct Maker<'a> {
    pub(crate) chance: &'a mut Chance,
    pub(crate) names: &'a Names,
    pub(crate) places: &'a Places,
    pub(crate) pyramid: &'a mut Pyramid,
    pub(crate) today: Date,
}

#[derive(Debug, Default)]
pub(crate) struct Family {
    pub(crate) members: Vec<Member>,
    /// Place of each household.
    pub(crate) households: Vec<PlaceId>,
}

/// What is settled before a member is made.
struct Birth {
    sex: Sex,
    born: Date,
    people: PeopleId,
    origin: PlaceId,
    birth_place: PlaceId,
    household: usize,
    relation: Relation,
    surname: Option<&'static str>,
    second: Option<&'static str>,
}

impl Family {
    pub(crate) fn grow(m: &mut Maker) -> Self {
        let mut family = Self::default();
        let age = m.pyramid.seed_age(m.chance);
        let (home, origin) = settle(m.places, m.chance);
        let people = m.places.get(origin).map_or(PeopleId::KINH, |spot| {
            let town = spot.kind == crate::PlaceKind::Ward;
            PeopleId::of_land(spot.profile(), town, m.chance)
        });
        family.households.push(home);
        let sex = if m.chance.hit(if age >= 65 { 600 } else { 490 }) { Sex::Female } else { Sex::Male };
        let born = m.chance.birthday(age, m.today);
        let birth = |sex, born| Birth {
            sex,
            born,
            people,
            origin,
            birth_place: origin,
            household: 0,
            relation: Relation::Head,
            surname: None,
            second: None,
        };
        if !married_by(sex, age, m.chance) && age < 35 && m.chance.hit(750) {
            // Most unmarried young people live with their parents: the family starts one generation earlier.
            let mother_born = born.saturating_sub(m.chance.between(20, 32).years());
            let mother = family.add(birth(Sex::Female, mother_born), None, m);
            let father = family.marry(mother, m);
            family.lead(mother, father);
            family.bear(mother, father, 0, Some((sex, born)), m);
        } else {
            let head = family.add(birth(sex, born), None, m);
            family.couple(head, 0, 0, m);
        }
        family
    }

    /// Marries a member if of age and adds what follows from it: children, and parents in the house.
    fn couple(&mut self, who: Who, household: usize, depth: u8, m: &mut Maker) {
        let Some((sex, age)) = self.members.get(who).map(|p| (p.sex, p.age(m.today))) else { return };
        if !married_by(sex, age, m.chance) {
            return;
        }
        let spouse = self.marry(who, m);
        let (woman, man) = if sex == Sex::Female { (Some(who), spouse) } else { (spouse, Some(who)) };
        if self.members.get(who).is_some_and(|p| p.relation == Relation::Head)
            && let Some(woman) = woman
        {
            self.lead(woman, man);
        }
        if depth == 0 && (25..58).contains(&age) && m.chance.hit(300) {
            let living = man.filter(|w| self.members.get(*w).is_some_and(|p| p.death.is_none()));
            self.add_parents(living.or(woman).unwrap_or(who), household, m);
        }
        if let Some(woman) = woman {
            self.bear(woman, man, depth, None, m);
        }
    }

    /// Most couples name the husband as head.
    fn lead(&mut self, woman: Who, man: Option<Who>) {
        let living = man.filter(|w| self.members.get(*w).is_some_and(|p| p.death.is_none()));
        for (who, relation) in [
            (Some(woman), if living.is_some() { Relation::Spouse } else { Relation::Head }),
            (man, Relation::Head),
        ] {
            if let Some(p) = who.and_then(|w| self.members.get_mut(w)) {
                p.relation = relation;
            }
        }
    }

    /// Adds a spouse, living or dead. Without a row for the other one (divorced, or dead long ago) there is none.
    fn marry(&mut self, who: Who, m: &mut Maker) -> Option<Who> {
        let one = self.members.get(who)?;
        let (sex, born, age) = (one.sex, one.born, one.age(m.today));
        let (people, origin, household, relation) = (one.people, one.origin, one.household, one.relation);
        let older = (m.chance.between(-3, 6) + m.chance.between(-2, 6)).max(-4);
        let other_sex = if sex == Sex::Male { Sex::Female } else { Sex::Male };
        let years = if sex == Sex::Male { older } else { -older };
        let shifted = born.saturating_add(years.years()).saturating_add(m.chance.between(-180, 180).days());
        let other_born = shifted.min(m.today.saturating_sub(19.years()));
        let other_age = age_on(other_born, m.today);
        let same = m.chance.hit(if people == PeopleId::KINH { 985 } else { 880 });
        let theirs = if m.chance.hit(700) { origin } else { m.places.nearby(origin, m.chance) };
        let birth = Birth {
            sex: other_sex,
            born: other_born,
            people: if same { people } else { PeopleId::KINH },
            origin: theirs,
            birth_place: theirs,
            household,
            relation: match relation {
                Relation::Child => Relation::ChildInLaw,
                other => other,
            },
            surname: None,
            second: None,
        };
        let lost = m.chance.hit(death_per_mille(other_sex, other_age));
        let marital = if lost {
            Marital::Widowed
        } else if age >= 26 && m.chance.hit(28) {
            Marital::Divorced
        } else {
            Marital::Married
        };
        let recorded = lost && other_age >= 30 && m.chance.hit(450);
        if marital == Marital::Married || recorded {
            let death = recorded.then(|| {
                let adult = birth.born.saturating_add(28.years());
                between_days(m.today.saturating_sub(DEATHS_YEARS.years()).max(adult), m.today, m.chance)
            });
            let spouse = self.add(birth, death, m);
            self.join_couple(who, spouse, marital);
            return Some(spouse);
        }
        let wish = Wish {
            people,
            sex: other_sex,
            birth_year: other_born.year(),
            speech: speech_of(origin, m),
            surname: None,
            second: None,
        };
        let absent = m.names.draw(&wish, m.chance);
        if let Some(p) = self.members.get_mut(who) {
            p.marital = marital;
            p.absent_spouse = Some(absent);
        }
        None
    }

    /// Links both; who died was married until then.
    fn join_couple(&mut self, one: Who, other: Who, survivor: Marital) {
        for (who, with) in [(one, other), (other, one)] {
            if let Some(p) = self.members.get_mut(who) {
                p.spouse = Some(with);
                p.marital = if p.death.is_some() { Marital::Married } else { survivor };
            }
        }
    }

    /// The children of a woman; `sure` is one that is there already by design.
    fn bear(&mut self, woman: Who, man: Option<Who>, depth: u8, sure: Option<(Sex, Date)>, m: &mut Maker) {
        let Some(mother) = self.members.get(woman) else { return };
        let mother_born = mother.born;
        let father_death = man.and_then(|w| self.members.get(w)?.death);
        let end = father_death.or(mother.death).unwrap_or(m.today);
        let (father_from, father_to) =
            man.and_then(|w| self.members.get(w)).map_or((Date::MIN, Date::MAX), |f| {
                (f.born.saturating_add(18.years()), f.born.saturating_add(49.years()))
            });
        let mut wanted = births(mother_born.year(), m.chance);
        let mut born = mother_born
            .saturating_add((m.chance.between(19, 27) + m.chance.between(0, 4)).years())
            .saturating_add(m.chance.between(0, 364).days());
        let mut children = Vec::new();
        while wanted > 0 && born < end && born < mother_born.saturating_add(44.years()) {
            let fits = (father_from..=father_to).contains(&born);
            let clear = sure.is_none_or(|(_, s)| days_from(s, born).abs() > 400);
            if fits && clear {
                let sex = if m.chance.hit(475) { Sex::Female } else { Sex::Male };
                children.push((sex, born, false));
            }
            wanted -= 1;
            born = born.saturating_add(m.chance.between(500, 2300).days());
        }
        children.extend(sure.map(|(sex, born)| (sex, born, true)));
        children.sort_by_key(|(_, born, _)| *born);
        let mut heir = false;
        for (sex, born, sure) in children {
            self.child(woman, man, depth, (sex, born, sure), &mut heir, m);
        }
    }

    /// One child: in the house, in a house of their own, or out of this file.
    fn child(
        &mut self,
        woman: Who,
        man: Option<Who>,
        depth: u8,
        (sex, born, sure): (Sex, Date, bool),
        heir: &mut bool,
        m: &mut Maker,
    ) {
        let age = age_on(born, m.today);
        if self.members.len() >= MEMBERS_MAX || !(sure || m.pyramid.has_room(age)) {
            return;
        }
        let stays = sure
            || m.chance.hit(match age {
                ..18 => 1000,
                18..25 => 850,
                25..30 => 550,
                _ => 280,
            });
        if !stays && (depth > 0 || age < 22 || m.chance.hit(400)) {
            return;
        }
        let Some(mother) = self.members.get(woman) else { return };
        let father = man.and_then(|w| self.members.get(w));
        // The father's name and people; the mother's clan where both keep to it, or where she stands alone.
        let line = match father {
            Some(f) if !(f.people == mother.people && f.people.matrilineal()) => f,
            _ => mother,
        };
        let (people, surname) = (line.people, line.surname);
        let absent = mother.absent_spouse.as_ref().filter(|_| man.is_none());
        let surname = absent.filter(|_| !people.matrilineal()).map_or(surname, |a| a.surname);
        let absent_father = absent.map(|a| a.full.clone());
        let second = father.filter(|f| f.people == PeopleId::KINH).map(|_| mother.surname);
        let (household, origin, parent_relation) =
            (mother.household, father.unwrap_or(mother).origin, mother.relation);
        let home = self.households.get(household).copied().unwrap_or(origin);
        let relation = match parent_relation {
            Relation::Head | Relation::Spouse => Relation::Child,
            _ => Relation::Grandchild,
        };
        let birth = Birth {
            sex,
            born,
            people,
            origin,
            birth_place: if age < 15 || m.chance.hit(500) { home } else { origin },
            household,
            relation,
            surname: Some(surname),
            second,
        };
        let child = self.add(birth, None, m);
        if let Some(p) = self.members.get_mut(child) {
            (p.father, p.mother, p.absent_father) = (man, Some(woman), absent_father);
        }
        if depth > 0 {
            return;
        }
        if !stays {
            self.move_out(child, home, m);
        } else if relation == Relation::Child && !*heir && age >= 20 && m.chance.hit(600) {
            // One married child stays in the house, a son more often.
            *heir = sex == Sex::Male || m.chance.hit(150);
            if *heir {
                self.couple(child, household, depth + 1, m);
            }
        }
    }

    /// A grown child opens a household: nearby, or where the work is.
    fn move_out(&mut self, child: Who, from: PlaceId, m: &mut Maker) {
        let place = match m.chance.below(10) {
            0..5 => from,
            5..8 => m.places.nearby(from, m.chance),
            _ => m.places.magnet(m.chance),
        };
        let own = self.households.len();
        self.households.push(place);
        if let Some(p) = self.members.get_mut(child) {
            (p.household, p.relation) = (own, Relation::Head);
        }
        self.couple(child, own, 1, m);
    }

    /// Father and mother of the head, in the same house; one of them may have died lately.
    fn add_parents(&mut self, who: Who, household: usize, m: &mut Maker) {
        let Some(one) = self.members.get(who) else { return };
        let (people, surname, origin, born) = (one.people, one.surname, one.origin, one.born);
        let before = |born: Date, years: i32, m: &mut Maker| {
            born.saturating_sub(years.years()).saturating_sub(m.chance.between(0, 364).days())
        };
        let years = m.chance.between(19, 35);
        let mother_born = before(born, years, m);
        let older = m.chance.between(-1, 6);
        let father_born = before(mother_born, older, m).max(born.saturating_sub(49.years()));
        let (mut ids, mut lost) = ([None, None], false);
        for (id, (sex, born)) in ids.iter_mut().zip([(Sex::Male, father_born), (Sex::Female, mother_born)]) {
            let age = age_on(born, m.today);
            let dead = !lost && m.chance.hit(death_per_mille(sex, age));
            lost |= dead;
            let joins = if dead { m.chance.hit(450) } else { m.pyramid.has_room(age) };
            if !joins {
                continue;
            }
            let inherits = (sex == Sex::Female) == people.matrilineal();
            let birth = Birth {
                sex,
                born,
                people,
                origin,
                birth_place: origin,
                household,
                relation: Relation::Parent,
                surname: inherits.then_some(surname),
                second: None,
            };
            let earliest = m.today.saturating_sub(DEATHS_YEARS.years());
            let death = dead.then(|| between_days(earliest, m.today, m.chance));
            *id = Some(self.add(birth, death, m));
        }
        match ids {
            [Some(father), Some(mother)] => {
                let status = if lost { Marital::Widowed } else { Marital::Married };
                self.join_couple(father, mother, status);
            }
            [one, other] => {
                if let Some(p) = one.or(other).and_then(|w| self.members.get_mut(w)) {
                    p.marital = if p.death.is_some() { Marital::Married } else { Marital::Widowed };
                }
            }
        }
        if let Some(p) = self.members.get_mut(who) {
            [p.father, p.mother] = ids;
        }
    }

    /// Adds a member; the dead (`death`) do not count in the pyramid.
    fn add(&mut self, b: Birth, death: Option<Date>, m: &mut Maker) -> Who {
        let speech = speech_of(b.origin, m);
        let mut wish = Wish {
            people: b.people,
            sex: b.sex,
            birth_year: b.born.year(),
            speech,
            surname: b.surname,
            second: b.second,
        };
        let named = m.names.draw(&wish, m.chance);
        // Everybody had parents; children of this file get the real links afterwards.
        let is_child = matches!(b.relation, Relation::Child | Relation::Grandchild);
        let (mut absent_father, mut absent_mother) = (None, None);
        if !is_child {
            wish.birth_year -= 27;
            wish.second = None;
            let inherits = |sex| (sex == Sex::Female) == b.people.matrilineal();
            for (sex, slot) in [(Sex::Male, &mut absent_father), (Sex::Female, &mut absent_mother)] {
                wish.sex = sex;
                wish.surname = inherits(sex).then_some(named.surname);
                *slot = Some(m.names.draw(&wish, m.chance).full);
            }
        }
        if death.is_none() {
            m.pyramid.add(age_on(b.born, m.today));
        }
        self.members.push(Member {
            sex: b.sex,
            born: b.born,
            birth: known_part(b.born, m.chance),
            death,
            name: named.full,
            surname: named.surname,
            people: b.people,
            origin: b.origin,
            birth_place: b.birth_place,
            marital: Marital::Single,
            father: None,
            mother: None,
            spouse: None,
            absent_father,
            absent_mother,
            absent_spouse: None,
            household: b.household,
            relation: b.relation,
        });
        self.members.len() - 1
    }
}

fn age_on(born: Date, today: Date) -> i32 {
    i32::from(PartialDate::full(born).age_on(today))
}

fn speech_of(place: PlaceId, m: &Maker) -> Speech {
    m.places.get(place).map_or(Speech::North, |s| s.profile().region.speech())
}
