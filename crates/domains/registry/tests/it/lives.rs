//! Random lives on a real database: whatever acts are tried, both ends of kin agree, nobody has two spouses, nobody acts after
//! death, every item has one value, numbers are one person's, and what was known stays what was known.

use base::{Fault, Kind as FaultKind, Sex};
use contracts::{CommuneCode, PersonId, ports::ResidenceKind};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use registry::{
    RegistryError,
    model::{Item, family::Guardianship, residence::Kind, vital::Parent},
    ops::{self, HouseholdSplit, ItemChange, Move, NationalityChange, NewBirth},
};

use crate::{
    life::{basis, deciding},
    world::World,
};

const ACTS_TRIED: usize = 160;
const KINDS: u8 = 18;

/// Each answers how many rows break a rule.
pub const RULES: [(&str, &str); 9] = [
    (
        "both ends of a tie agree, now and in the past",
        "SELECT count(*) FROM registry.kin a WHERE a.other_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM registry.kin b WHERE b.person_id = a.other_id AND b.other_id = a.person_id AND b.tie_id = a.tie_id
              AND (b.valid_from, b.valid_to, b.known_from, b.known_to)
                IS NOT DISTINCT FROM (a.valid_from, a.valid_to, a.known_from, a.known_to))",
    ),
    (
        "one spouse and one guardian at a time",
        "SELECT count(*) FROM registry.kin a JOIN registry.kin b USING (person_id, relation)
         WHERE relation IN ('spouse', 'guardian') AND a.tie_id < b.tie_id AND a.known_to IS NULL AND b.known_to IS NULL
           AND daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)",
    ),
    (
        "one residence of a kind at a time",
        "SELECT count(*) FROM registry.residence a JOIN registry.residence b USING (person_id, kind)
         WHERE a.residence_id < b.residence_id AND a.known_to IS NULL AND b.known_to IS NULL
           AND daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)",
    ),
    (
        "one past value of an item at a time",
        "SELECT count(*) FROM registry.past a JOIN registry.past b USING (person_id, item)
         WHERE a.past_id < b.past_id AND a.known_to IS NULL AND b.known_to IS NULL
           AND daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)",
    ),
    (
        "nobody lives on after death",
        "SELECT count(*) FROM registry.person p JOIN registry.residence r USING (person_id)
         WHERE p.death_date IS NOT NULL AND r.known_to IS NULL AND (r.valid_to IS NULL OR r.valid_to > p.death_date::date)",
    ),
    (
        "no marriage or guardianship outlives a life",
        "SELECT count(*) FROM registry.person p JOIN registry.kin k USING (person_id)
         WHERE p.death_date IS NOT NULL AND k.relation IN ('spouse', 'guardian', 'ward') AND k.known_to IS NULL
           AND (k.valid_to IS NULL OR k.valid_to > p.death_date::date)",
    ),
    (
        "who is married has a spouse, and the other way round",
        "SELECT count(*) FROM registry.person p WHERE p.death_date IS NULL AND p.merged_into IS NULL
           AND (coalesce(p.marital_status, '') = 'married') <> EXISTS (SELECT FROM registry.kin k
             WHERE k.person_id = p.person_id AND k.relation = 'spouse' AND k.known_to IS NULL AND k.valid_to IS NULL)",
    ),
    (
        "a number leads to the person who has it",
        "SELECT count(*) FROM registry.person p WHERE p.number IS NOT NULL AND NOT EXISTS (
            SELECT FROM registry.number_claim c WHERE c.value = p.number AND c.person_id = p.person_id)",
    ),
    (
        "every household has one head",
        "SELECT count(*) FROM (SELECT FROM registry.residence WHERE known_to IS NULL AND household_id IS NOT NULL
              AND (valid_from IS NULL OR valid_from <= $1) AND (valid_to IS NULL OR valid_to > $1)
            GROUP BY household_id HAVING count(*) FILTER (WHERE relation = 'head') <> 1) wrong",
    ),
];

pub struct Town {
    pub world: World,
    pub people: Vec<PersonId>,
    chance: base::SeededEntropy,
    /// Records as they were shown, with the day and the moment.
    shown: Vec<(PersonId, Date, Timestamp, String)>,
}

impl Town {
    pub async fn new(seed: u64) -> Self {
        let world = World::with_people().await;
        let rows = "k6,001060000006,Phạm Văn Em,male,1960-01-01,,01,,,,h6,head,00008,Tổ 1,1990-01-01,,,,
k7,001162000007,Hồ Thị Giang,female,1962-01-01,,01,,,,h6,other,00008,Tổ 1,1990-01-01,,,,
k8,001185000008,Vũ Thị Hạnh,female,1985-01-01,,01,001060000006,,,h6,child,00008,Tổ 1,1990-01-01,,,,
k9,001083000009,Bùi Văn Khải,male,1983-01-01,,01,,,,h9,head,00070,Tổ 9,2005-01-01,,,,
";
        world.load("more", rows).await;
        let connection = world.db.store.connection().await.unwrap();
        // Who came in as married has a spouse in the record.
        connection
            .execute(
                "UPDATE registry.person p SET marital_status = 'married' WHERE EXISTS (SELECT FROM registry.kin k
                    WHERE k.person_id = p.person_id AND k.relation = 'spouse')",
                &[],
            )
            .await
            .unwrap();
        let rows =
            connection.query("SELECT person_id FROM registry.person ORDER BY number", &[]).await.unwrap();
        let people = rows.iter().map(|row| PersonId(row.get(0))).collect();
        drop(connection);
        Self { world, people, chance: base::SeededEntropy::new(seed), shown: Vec::new() }
    }

    fn number(&self) -> usize {
        usize::from(u16::from_le_bytes(base::entropy::bytes::<2>(&self.chance)))
    }

    fn today(&self) -> Date {
        base::vietnam_date(self.world.now())
    }

    pub async fn attempt(&mut self) -> Result<(), RegistryError> {
        let (kind, choice) = (self.number() % usize::from(KINDS), self.number());
        let [one, other] = [self.number(), self.number()].map(|n| self.people[n % self.people.len()]);
        let on = self.today() - i64::try_from(self.number() % 60).unwrap().days();
        let (access, basis, nation) = (deciding(), basis(), self.world.nation.clone());
        let nation = nation.as_ref();
        self.world.db.clock.advance(SignedDuration::from_hours(20));
        let mut tx = self.world.begin().await;
        let done = match kind {
            0 | 1 => {
                let birth = NewBirth {
                    name: format!("Trẻ {}", ["An", "Bình", "Chi", "Dung", "Giang"][choice % 5]),
                    birth_date: on,
                    sex: if choice.is_multiple_of(2) { Sex::Male } else { Sex::Female },
                    birth_place: CommuneCode::new("00004"),
                    registered_in: CommuneCode::new("00004"),
                    home_town: CommuneCode::new("00004"),
                    ethnicity: "01".to_owned(),
                    nationality: "VNM".to_owned(),
                    mother: Some(Parent::Person(one)),
                    father: Some(Parent::Person(other)),
                    lives_with: (choice % 3 != 0).then_some(one),
                };
                match ops::birth_register(&mut tx, &access, nation, &birth, &basis).await {
                    Ok(born) => {
                        self.people.push(born.person);
                        Ok(())
                    }
                    Err(error) => Err(error),
                }
            }
            2 if choice % 3 == 0 => ops::death_register(&mut tx, &access, one, on, &basis).await,
            2 | 3 => ops::missing_declare(&mut tx, &access, one, on, &basis).await,
            4 => ops::return_register(&mut tx, &access, one, on, &basis).await,
            5 | 6 => ops::marriage_register(&mut tx, &access, [one, other], on, &basis).await,
            7 => ops::divorce_register(&mut tx, &access, one, Some(other), on, &basis).await,
            8 => ops::adoption_register(&mut tx, &access, one, &[other], on, &basis).await,
            9 => {
                let act = Guardianship { guardian: one, ward: other, parents_unable: true };
                ops::guardianship_open(&mut tx, &access, &act, on, &basis).await
            }
            10 => {
                let (item, value) =
                    [(Item::Name, "Tên Mới"), (Item::Ethnicity, "02"), (Item::Sex, "male")][choice % 3];
                let change = ItemChange { person: one, item, value: value.to_owned(), on };
                ops::item_change(&mut tx, &access, nation, &change, &basis).await
            }
            11 if choice.is_multiple_of(2) => ops::number_cancel(&mut tx, &access, one, on, &basis).await,
            11 => {
                let place = CommuneCode::new("00004");
                ops::number_establish(&mut tx, &access, nation, one, Some(&place), &basis).await.map(|_| ())
            }
            12 if choice % 3 == 0 => {
                ops::residence_delete(&mut tx, &access, one, Kind::Permanent, on, &basis).await
            }
            12 if choice % 3 == 1 => {
                let change = if choice.is_multiple_of(2) {
                    NationalityChange::Lost { other: Some("USA".to_owned()) }
                } else {
                    NationalityChange::Regained
                };
                ops::nationality_change(&mut tx, &access, one, &change, on, &basis).await
            }
            13 => ops::death_annul(&mut tx, &access, one, on, &basis).await,
            14 if choice.is_multiple_of(2) => {
                ops::marriage_annul(&mut tx, &access, one, Some(other), on, &basis).await
            }
            14 => ops::adoption_end(&mut tx, &access, one, &[other], on, &basis).await,
            15 => {
                let members = if choice.is_multiple_of(2) { vec![one] } else { vec![one, other] };
                let split = HouseholdSplit { members, head: one, head_agrees: choice % 3 != 0 };
                ops::household_split(&mut tx, &access, &split, on, &basis).await.map(drop)
            }
            _ => {
                let new = Move {
                    person: one,
                    kind: ResidenceKind::Permanent,
                    commune: CommuneCode::new(["00004", "00008", "00070"][choice % 3]),
                    address: format!("Tổ {}", choice % 4),
                    householder: (choice % 5 < 2).then_some(other),
                    relation: None,
                    from: on,
                    until: None,
                };
                ops::residence_move(&mut tx, &access, nation, &new, &basis).await
            }
        };
        tx.finish(done).await
    }

    async fn check(&self) {
        let connection = self.world.db.store.connection().await.unwrap();
        let today = self.today();
        for (rule, sql) in RULES {
            let broken: i64 = match sql.contains("$1") {
                true => connection.query_one(sql, &[&today]).await.unwrap().get(0),
                false => connection.query_one(sql, &[]).await.unwrap().get(0),
            };
            assert_eq!(broken, 0, "{rule}");
        }
    }

    async fn record(&self, person: PersonId, day: Date, known: Timestamp) -> String {
        let mut tx = self.world.begin().await;
        let record = ops::person_as_of(&mut tx, &deciding(), person, day, known).await;
        let record = tx.finish(record).await.unwrap();
        let mut shown = serde_json::to_value(&record).unwrap();
        // A row that was cut later ends on another day by what is known later, never by what was known then.
        for list in ["kin", "papers"] {
            shown[list].as_array_mut().unwrap().sort_by_key(ToString::to_string);
        }
        shown.to_string()
    }

    async fn remember(&mut self) {
        let person = self.people[self.number() % self.people.len()];
        let day = self.today() - i64::try_from(self.number() % 100).unwrap().days();
        // A moment just past: nothing of it can change any more.
        let known = self.world.now();
        let shown = self.record(person, day, known).await;
        self.shown.push((person, day, known, shown));
    }
}

async fn live(seed: u64) -> (usize, usize) {
    let mut town = Town::new(seed).await;
    town.check().await;
    let (mut allowed, mut refused) = (0, 0);
    for _ in 0..ACTS_TRIED {
        match town.attempt().await {
            Ok(()) => {
                allowed += 1;
                town.check().await;
                town.remember().await;
            }
            Err(error) => {
                let known = matches!(error.kind(), FaultKind::Invalid | FaultKind::Conflict);
                assert!(known && error.code().starts_with("registry."), "{error:?}");
                refused += 1;
            }
        }
    }
    for (person, day, known, shown) in &town.shown {
        assert_eq!(town.record(*person, *day, *known).await, *shown, "history changed");
    }
    (allowed, refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn random_lives_keep_every_invariant_and_their_history() {
    for seed in [1, 2] {
        let (allowed, refused) = live(seed).await;
        assert!(allowed > 30 && refused > 30, "{allowed} allowed, {refused} refused");
    }
}
