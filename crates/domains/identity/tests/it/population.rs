//! A register whose people change: numbers come and go, records give way to each other and stand again.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use base::{PartialDate, PersonalNumber};
use contracts::{
    Access, ActsAs, Companion, PersonId, Standing,
    events::{LifeEvent, LifeKind, PersonMerged, emit},
    ports::{Cards, IdentityClaim, PortError, RecordChange, Register},
};
use forms::{Fact, Person};
use identity::{Identity, follow};
use jiff::civil::Date;
use store::Tx;
use uuid::Uuid;

use crate::world::World;

/// Somebody on record.
#[derive(Clone)]
pub struct Human {
    pub born: PartialDate,
    pub number: Option<&'static str>,
    pub earlier: Vec<&'static str>,
    pub nationality: &'static str,
    pub is_living: bool,
    pub is_missing: bool,
    pub gave_way_to: Option<PersonId>,
    /// Who may speak for them.
    pub kin: Vec<(PersonId, ActsAs)>,
    pub card_until: Option<Date>,
}

#[derive(Default)]
pub struct Population(Mutex<BTreeMap<PersonId, Human>>);

pub fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

impl Population {
    fn all(&self) -> MutexGuard<'_, BTreeMap<PersonId, Human>> {
        self.0.lock().unwrap()
    }

    pub fn add(&self, n: u128, number: &'static str, born: &str) -> PersonId {
        let human = Human {
            born: born.parse().unwrap(),
            number: Some(number),
            earlier: Vec::new(),
            nationality: "VNM",
            is_living: true,
            is_missing: false,
            gave_way_to: None,
            kin: Vec::new(),
            card_until: None,
        };
        self.all().insert(person(n), human);
        person(n)
    }

    pub fn change(&self, who: PersonId, change: impl FnOnce(&mut Human)) {
        change(self.all().get_mut(&who).unwrap());
    }

    fn get(&self, who: PersonId) -> Option<Human> {
        self.all().get(&who).cloned()
    }

    /// The record in force.
    fn stands(&self, who: PersonId) -> PersonId {
        self.get(who).and_then(|human| human.gave_way_to).unwrap_or(who)
    }
}

#[async_trait]
impl Register for Population {
    async fn person_by_number(
        &self,
        _: &mut Tx,
        _: &Access,
        number: &PersonalNumber,
    ) -> Result<Option<PersonId>, PortError> {
        let has = |human: &Human| human.number.iter().chain(&human.earlier).any(|n| *n == number.as_str());
        let found = self.all().iter().find(|(_, human)| has(human)).map(|(id, _)| *id);
        Ok(found.map(|id| self.stands(id)))
    }

    async fn facts(&self, _: &mut Tx, _: &Access, who: PersonId, _: &[Fact]) -> Result<Person, PortError> {
        let human = self.get(self.stands(who)).unwrap();
        let told = Person::default()
            .with(Fact::BirthDate, human.born)
            .with(Fact::CurrentCommune, "26740")
            .with(Fact::Nationality, human.nationality)
            .with(Fact::Living, human.is_living);
        Ok(human.number.into_iter().fold(told, |told, number| told.with(Fact::Number, number)))
    }

    async fn matches(
        &self,
        tx: &mut Tx,
        access: &Access,
        claim: &IdentityClaim,
    ) -> Result<Option<PersonId>, PortError> {
        let found = self.person_by_number(tx, access, &claim.number).await?;
        let in_force =
            |who: &PersonId| self.get(*who).is_some_and(|human| human.number == Some(claim.number.as_str()));
        Ok(found.filter(in_force))
    }

    async fn apply(&self, _: &mut Tx, _: &Access, _: &RecordChange) -> Result<(), PortError> {
        Ok(())
    }

    async fn standing(&self, _: &mut Tx, _: &Access, who: PersonId) -> Result<Option<Standing>, PortError> {
        Ok(self.get(who).map(|human| {
            let numbers = human.number.iter().chain(&human.earlier).map(|n| n.parse().unwrap()).collect();
            let number = human.number.filter(|_| human.gave_way_to.is_none());
            let number = number.map(|n| n.parse().unwrap());
            Standing { gave_way_to: human.gave_way_to, number, numbers }
        }))
    }

    async fn companion(
        &self,
        tx: &mut Tx,
        _: &Access,
        child: PersonId,
        companion: PersonId,
    ) -> Result<Option<Companion>, PortError> {
        let (Some(child), Some(human)) = (self.get(child), self.get(companion)) else { return Ok(None) };
        let acts_as = child.kin.iter().find(|(who, _)| *who == companion).map(|(_, acts_as)| *acts_as);
        let age = Some(human.born.age_on(base::vietnam_date(tx.now())));
        Ok(Some(Companion { acts_as, is_living: human.is_living, is_missing: human.is_missing, age }))
    }
}

#[async_trait]
impl Cards for Population {
    async fn card_until(&self, _: &mut Tx, _: &Access, who: PersonId) -> Result<Option<Date>, PortError> {
        Ok(self.get(self.stands(who)).and_then(|human| human.card_until))
    }
}

/// The world's accounts over such a register.
pub fn over(w: &World) -> (Identity, Arc<Population>) {
    let people = Arc::new(Population::default());
    let register = Arc::clone(&people) as Arc<dyn Register>;
    (Identity { register, ..w.cx.clone() }.with_cards(Arc::clone(&people) as _), people)
}

/// Lets events be taken.
pub async fn taken(w: &World, cx: &Identity) {
    store::relay::drain(&w.db.store, &follow::Follow(cx.clone())).await.unwrap();
}

/// Leaves words of acts, in one transaction; nobody has taken them yet.
pub async fn leaves(w: &World, acts: &[(PersonId, LifeKind)]) {
    let mut tx = w.begin().await;
    let (event, at) = (Uuid::from_u128(9), tx.now());
    for (person, kind) in acts {
        let life = LifeEvent { person: *person, event, kind: *kind, on: base::vietnam_date(at), at };
        emit(&mut tx, &life);
    }
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
}

pub async fn happens(w: &World, cx: &Identity, person: PersonId, kind: LifeKind) {
    leaves(w, &[(person, kind)]).await;
    taken(w, cx).await;
}

/// The word of a merge, or of its undoing, as the register leaves it.
pub async fn says_merged(w: &World, cx: &Identity, given: PersonId, kept: PersonId, undone: bool) {
    let mut tx = w.begin().await;
    let (event, at) = (Uuid::from_u128(10), tx.now());
    emit(&mut tx, &PersonMerged { given, kept, undone, event, at });
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    taken(w, cx).await;
}

/// Two records become one, and accounts follow.
pub async fn merged(w: &World, cx: &Identity, people: &Population, given: PersonId, kept: PersonId) {
    people.change(given, |human| human.gave_way_to = Some(kept));
    w.wait(1);
    says_merged(w, cx, given, kept, false).await;
}

/// They are two again.
pub async fn parted(w: &World, cx: &Identity, people: &Population, given: PersonId, kept: PersonId) {
    people.change(given, |human| human.gave_way_to = None);
    w.wait(1);
    says_merged(w, cx, given, kept, true).await;
}
