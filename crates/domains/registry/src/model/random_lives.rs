//! Whole populations lived in memory: whatever acts are tried, in whatever order, every invariant of the record holds after
//! each, and what is refused changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use base::{PartialDate, SeededEntropy, Sex};
use contracts::{CommuneCode, HouseholdId, PersonId, ports::ResidenceKind};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    Item, Kinship, Lives, Pen, Refusal, Relation, Source, family,
    held::Paper,
    household,
    kinship::Edges,
    residence::{self, HEAD, Home, Kind, Registration},
    span::Days,
    status,
    vital::{self, Birth, Parent},
};
use crate::RegistryError;

/// One try: which act, on whom, with whom, how long ago, and a free choice.
type Try = (u8, u8, u8, u8, u8);

const ACTS: [&str; 21] = [
    "birth",
    "death",
    "death_annul",
    "missing",
    "return",
    "marriage",
    "marriage_outside",
    "marriage_annul",
    "divorce",
    "adoption",
    "adoption_end",
    "guard",
    "release",
    "change",
    "cancel",
    "number",
    "lose",
    "regain",
    "move",
    "split",
    "paper",
];

struct World {
    lives: Lives,
    people: Vec<PersonId>,
    entropy: SeededEntropy,
    now: Timestamp,
    numbers: BTreeSet<String>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            lives: Lives::default(),
            people: Vec::new(),
            entropy: SeededEntropy::new(9),
            now: "2026-01-01T02:00:00Z".parse().unwrap(),
            numbers: BTreeSet::new(),
        };
        for year in [1950, 1953, 1975, 1978, 1980, 1985, 2000, 2004, 2012, 2020] {
            let n = world.people.len();
            let sex = if n.is_multiple_of(2) { Sex::Male } else { Sex::Female };
            let child = world.enter(year, sex, None);
            let commune = CommuneCode::new(["00004", "00008"][n % 2]);
            let new = Registration {
                kind: ResidenceKind::Permanent,
                commune: &commune,
                address: "Tổ 1",
                from: jiff::civil::date(2021, 1, 1),
                until: None,
            };
            let (household, relation) = if n < 2 { (n, HEAD) } else { (n % 2, "other") };
            let household = HouseholdId(Uuid::from_u128(u128::try_from(household).unwrap() + 1));
            let home = Home { household, relation: relation.to_owned() };
            let pen = pen(&world.entropy, world.now);
            residence::register(&mut world.lives, &pen, child, &new, home).unwrap();
        }
        world
    }

    fn enter(&mut self, year: i16, sex: Sex, parents: Option<[PersonId; 2]>) -> PersonId {
        let birth = self.birth(jiff::civil::date(year, 6, 1), sex, parents);
        let pen = pen(&self.entropy, self.now);
        vital::birth(&mut self.lives, &pen, &birth).unwrap();
        self.numbers.insert(birth.number.clone());
        self.people.push(birth.child);
        birth.child
    }

    fn birth(&self, born: Date, sex: Sex, parents: Option<[PersonId; 2]>) -> Birth {
        let n = self.people.len();
        Birth {
            child: PersonId(base::id::new_v7(self.now, &self.entropy)),
            name: format!("Người {}", ["An", "Bình", "Chi", "Dũng"][n % 4]),
            born,
            sex,
            items: vec![(Item::Nationality, "VNM".to_owned())],
            mother: parents.map(|[mother, _]| Parent::Person(mother)),
            father: parents.map(|[_, father]| Parent::Person(father)),
            number: format!("001{:09}", self.numbers.len()),
        }
    }

    fn edges(&self) -> Edges {
        let ties = |id: PersonId| {
            let life = self.lives.get(id).unwrap();
            life.ties.iter().filter_map(|s| Some((s.value.relation, s.value.other?))).collect()
        };
        self.people.iter().map(|id| (*id, ties(*id))).collect()
    }

    /// Tries an act on a copy, and keeps it when it was allowed.
    fn attempt(&mut self, (act, a, b, ago, choice): Try) -> Result<(), &'static str> {
        self.now += SignedDuration::from_hours(31);
        let pick = |n: u8| self.people[usize::from(n) % self.people.len()];
        let (one, other) = (pick(a), pick(b));
        let pen = pen(&self.entropy, self.now);
        let on = pen.today() - i64::from(ago).days();
        let mut lives = self.lives.clone();
        let edges = self.edges();
        let family_of = |id| Kinship::of(id, &edges);
        let mut born = None;
        let done: Result<(), RegistryError> = match ACTS[usize::from(act) % ACTS.len()] {
            "birth" => {
                let sex = if choice.is_multiple_of(2) { Sex::Male } else { Sex::Female };
                let birth = self.birth(on, sex, Some([one, other]));
                born = Some((birth.child, birth.number.clone()));
                vital::birth(&mut lives, &pen, &birth).map_err(RegistryError::from)
            }
            "death" => vital::death(&mut lives, &pen, one, on).map_err(Into::into),
            "death_annul" => vital::annul_death(&mut lives, &pen, one, on).map_err(Into::into),
            "missing" => vital::missing(&mut lives, &pen, one, on).map_err(Into::into),
            "return" => vital::returned(&mut lives, &pen, one, on).map_err(Into::into),
            "marriage" => {
                let families = (&family_of(one), &family_of(other));
                family::marry(&mut lives, &pen, &family::Couple { one, other, families }, on)
                    .map_err(Into::into)
            }
            "divorce" => {
                let spouse = lives.get(one).unwrap().ties_on(Relation::Spouse, on).next();
                let spouse = spouse.map_or(Some(other), |s| s.value.other);
                family::divorce(&mut lives, &pen, one, spouse, on).map_err(Into::into)
            }
            "marriage_outside" => {
                let sex = if choice.is_multiple_of(3) { Sex::Male } else { Sex::Female };
                let outsider = family::Outsider {
                    relative: super::Relative { name: Some("Ann".to_owned()), ..Default::default() },
                    sex,
                    born: "1985".parse().unwrap(),
                };
                family::marry_outside(&mut lives, &pen, one, &outsider, on).map_err(Into::into)
            }
            "marriage_annul" => {
                let spouse = lives.get(one).unwrap().ties_on(Relation::Spouse, on).next();
                let spouse = spouse.map_or(Some(other), |s| s.value.other);
                family::annul(&mut lives, &pen, one, spouse, on).map_err(Into::into)
            }
            "adoption_end" => {
                let adopted = |s: &&super::Span<super::Tie>| {
                    matches!(s.value.relation, Relation::AdoptiveFather | Relation::AdoptiveMother)
                };
                let parents = lives.get(one).unwrap().ties.iter().filter(adopted);
                let parents: Vec<PersonId> = parents.filter_map(|s| s.value.other).collect();
                family::end_adoption(&mut lives, &pen, one, &parents, on).map_err(Into::into)
            }
            "adoption" => {
                let spouse = lives.get(other).unwrap().ties_on(Relation::Spouse, on).next();
                let spouse = spouse.and_then(|s| s.value.other).filter(|_| choice.is_multiple_of(2));
                let parents: Vec<PersonId> = std::iter::once(other).chain(spouse).collect();
                let families: Vec<Kinship> = parents.iter().map(|id| family_of(*id)).collect();
                let child_family = &family_of(one);
                let adoption =
                    family::Adoption { child: one, parents: &parents, child_family, families: &families };
                family::adopt(&mut lives, &pen, &adoption, on).map_err(Into::into)
            }
            "guard" => {
                let parents_unable = choice.is_multiple_of(2);
                let act = family::Guardianship { guardian: one, ward: other, parents_unable };
                family::guard(&mut lives, &pen, &act, on).map_err(Into::into)
            }
            "release" => {
                let ward = lives.get(one).unwrap().ties_on(Relation::Ward, on).next();
                let ward = ward.and_then(|s| s.value.other).unwrap_or(other);
                family::release(&mut lives, &pen, one, ward, on).map_err(Into::into)
            }
            "change" => {
                let (item, value) = [
                    (Item::Name, "Tên Mới"),
                    (Item::Sex, "male"),
                    (Item::Sex, "female"),
                    (Item::BirthDate, "1990-01-01"),
                    (Item::Phone, "0912345678"),
                ][usize::from(choice) % 5];
                status::change(&mut lives, &pen, one, item, value.to_owned(), on).map_err(Into::into)
            }
            "cancel" => status::cancel_number(&mut lives, &pen, one, on).map_err(Into::into),
            "number" => {
                let number = format!("001{:09}", self.numbers.len());
                born = Some((one, number.clone()));
                status::give_number(&mut lives, &pen, one, number).map_err(Into::into)
            }
            "lose" => status::lose_nationality(&mut lives, &pen, one, Some("USA".to_owned()), on)
                .map_err(Into::into),
            "regain" => status::regain_nationality(&mut lives, &pen, one, on).map_err(Into::into),
            "split" => {
                let members = if choice.is_multiple_of(2) { vec![one] } else { vec![one, other] };
                let household = HouseholdId(pen.id());
                let head_agrees = !choice.is_multiple_of(5);
                let split = household::Split { members: &members, head: one, household, head_agrees };
                household::split(&mut lives, &pen, &split, on).map_err(Into::into)
            }
            "move" => relocate(&mut lives, &pen, (one, other), on, choice),
            _ => {
                let paper = Paper {
                    id: pen.id(),
                    kind: "identity_card".to_owned(),
                    number: "1".to_owned(),
                    issued_at: None,
                    expires_on: Some(on + 1000.days()),
                    event: pen.event,
                    source: "population".to_owned(),
                    ended_by: None,
                };
                status::issue_paper(&mut lives, &pen, one, paper, on).map_err(Into::into)
            }
        };
        match done {
            Ok(()) => {
                if let Some((person, number)) = born {
                    self.numbers.insert(number);
                    if !self.people.contains(&person) {
                        self.people.push(person);
                    }
                }
                self.lives = lives;
                Ok(())
            }
            Err(error) => {
                let code = base::Fault::code(&error);
                assert_ne!(code, Refusal::NotLoaded.code(), "everybody is there");
                Err(code)
            }
        }
    }

    /// What must hold of everybody after every act.
    fn check(&self) {
        let today = base::vietnam_date(self.now);
        let mut numbers: BTreeMap<String, PersonId> = BTreeMap::new();
        let mut heads: BTreeMap<HouseholdId, (usize, usize)> = BTreeMap::new();
        for life in self.lives.iter() {
            let me = life.id();
            for tie in life.ties.iter() {
                let Some(other) = tie.value.other else { continue };
                let far = self.lives.get(other).unwrap();
                let ends: Vec<_> = far.ties.iter().filter(|s| s.value.id == tie.value.id).collect();
                assert_eq!(ends.len(), 1, "a tie has two ends");
                assert_eq!((ends[0].value.other, ends[0].days), (Some(me), tie.days));
                assert!(tie.value.relation.is_opposite(ends[0].value.relation));
            }
            let spans = |relation| -> Vec<Days> {
                life.ties.iter().filter(|s| s.value.relation == relation).map(|s| s.days).collect()
            };
            apart(&spans(Relation::Spouse), "spouses");
            apart(&spans(Relation::Guardian), "guardians");
            for kind in Kind::ALL {
                let days: Vec<Days> =
                    life.residences.iter().filter(|s| s.value.kind == kind).map(|s| s.days).collect();
                apart(&days, "residences");
            }
            apart(&life.papers.iter().map(|s| s.days).collect::<Vec<_>>(), "papers");
            for item in Item::ALL {
                let past = life.past.iter().filter(|s| s.value.item == *item).map(|s| s.days);
                let present = life.get(*item).map(|_| life.person.mark(*item).days());
                apart(&past.chain(present).collect::<Vec<_>>(), "one value at a time");
            }
            let past = life.past.iter().filter(|s| s.value.item == Item::Number);
            let ever = past.filter_map(|s| s.value.value.clone());
            for number in ever.chain(life.get(Item::Number).map(str::to_owned)) {
                assert_eq!(*numbers.entry(number).or_insert(me), me, "a number is one person's");
            }
            if life.person.items.is_living() {
                let married = life.ties_on(Relation::Spouse, today).next().is_some();
                assert_eq!(married, life.get(Item::MaritalStatus) == Some("married"));
                for s in life.residences.on(today) {
                    let count = heads.entry(s.value.household.unwrap()).or_default();
                    count.0 += usize::from(s.value.relation.as_deref() == Some(HEAD));
                    count.1 += 1;
                }
            } else {
                let died: PartialDate = life.get(Item::DeathDate).unwrap().parse().unwrap();
                let died = died.exact().unwrap();
                let over = |days: Days| days.to.is_some_and(|to| to <= died);
                assert!(life.residences.iter().all(|s| over(s.days)), "nobody lives on");
                let acts = life.ties.iter().filter(|s| s.value.relation.ends_with_death());
                assert!(acts.into_iter().all(|s| over(s.days)), "no tie outlives a life");
                assert!(life.papers.iter().all(|s| over(s.days)), "no paper outlives a life");
                assert!(Item::ALL.iter().all(|i| life.person.mark(*i).from.is_none_or(|from| from <= died)));
            }
        }
        for (household, (heads, members)) in heads {
            assert_eq!(heads, 1, "one head among {members} of {household}");
        }
    }
}

fn pen(entropy: &SeededEntropy, now: Timestamp) -> Pen<'_> {
    Pen { event: base::id::new_v7(now, entropy), source: Source::CivilStatus, now, entropy }
}

fn relocate(
    lives: &mut Lives,
    pen: &Pen<'_>,
    (one, host): (PersonId, PersonId),
    on: Date,
    choice: u8,
) -> Result<(), RegistryError> {
    if choice.is_multiple_of(5) {
        return Ok(household::name_head(lives, pen, one, on).map(|_| ())?);
    }
    if choice.is_multiple_of(7) {
        return Ok(residence::delete(lives, pen, one, Kind::Permanent, on)?);
    }
    let commune = CommuneCode::new(["00004", "00008", "00070"][usize::from(choice) % 3]);
    let kind = if choice.is_multiple_of(2) { ResidenceKind::Permanent } else { ResidenceKind::Temporary };
    let until = (kind == ResidenceKind::Temporary).then(|| on + 2000.days());
    let new = Registration { kind, commune: &commune, address: "Tổ 2", from: on, until };
    let home = if choice < 128 || one == host {
        Home { household: HouseholdId(pen.id()), relation: HEAD.to_owned() }
    } else {
        let day = on.max(pen.today());
        let known = lives.get(host)?.residences.spans();
        let household = residence::household_of(known, &commune, "Tổ 2", day)?;
        Home { household, relation: "other".to_owned() }
    };
    residence::register(lives, pen, one, &new, home)
}

fn apart(days: &[Days], what: &str) {
    for (n, one) in days.iter().enumerate() {
        assert!(days.iter().skip(n + 1).all(|other| !one.overlaps(*other)), "{what} overlap: {days:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn acts_in_any_order_keep_every_invariant(tries in proptest::collection::vec(any::<Try>(), 1..90)) {
        let mut world = World::new();
        world.check();
        for attempt in tries {
            if world.attempt(attempt).is_ok() {
                world.check();
            }
        }
    }
}

#[test]
fn long_lives_see_every_act_allowed_and_refused_with_its_reason() {
    let (mut world, chance) = (World::new(), SeededEntropy::new(4));
    let mut seen: BTreeMap<&str, (u32, BTreeSet<&str>)> = BTreeMap::new();
    for n in 0..4_000 {
        // New people every now and then: in the long run everybody dies.
        if n % 250 == 0 {
            world.check();
            world = World::new();
        }
        let [act, a, b, ago, choice] = base::entropy::bytes::<5>(&chance);
        if ACTS[usize::from(act) % ACTS.len()] == "death" && choice > 60 {
            continue;
        }
        let outcome = world.attempt((act, a, b, ago % 90, choice));
        let entry = seen.entry(ACTS[usize::from(act) % ACTS.len()]).or_default();
        match outcome {
            Ok(()) => entry.0 += 1,
            Err(code) => {
                entry.1.insert(code);
            }
        }
    }
    world.check();
    for act in ACTS {
        let (allowed, refused) = &seen[act];
        assert!(*allowed > 0 && !refused.is_empty(), "{act}: {allowed} {refused:?}");
    }
    let reasons: BTreeSet<&str> = seen.values().flat_map(|(_, refused)| refused.iter().copied()).collect();
    assert!(reasons.len() >= 25, "{reasons:?}");
}
