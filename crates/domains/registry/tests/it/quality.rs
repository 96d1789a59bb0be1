//! The quality of the record on a real database: kept up to date act by act it is what one finds by looking at everybody.

use std::{collections::BTreeMap, sync::Arc};

use base::{Calendar, Text};
use contracts::{
    Access, AccountId, Actor, AgencyId, CommuneCode, IdentityLevel, PersonId, Purpose, Role, Who,
    actor::LoginStrength,
    ports::{AgencyCard, Nation, ProcedureCard},
};
use forms::{Level, Service};
use jiff::{SignedDuration, civil::Date};
use registry::{
    RegistryError,
    model::{Item, Source},
    ops::{ItemCorrection, item_correct},
    quality::{
        Quality, Rules,
        follow::Follow,
        keep::keep,
        measures::{FLAWED, PEOPLE},
        ops::{
            Asked, FiguresAsked, Findings, Overview, Step, figures_read, finding_work, findings_list,
            recount, sample_answer, sample_question,
        },
        policy::Scope,
    },
};
use uuid::Uuid;

use crate::{
    life::deciding,
    lives::Town,
    world::{SmallNation, World, audit_bodies},
};

const RULES: &str = include_str!("../../../../../catalogue/quality/rules.toml");

/// The small nation with police: one office for each commune, one above 00004 and 00008.
pub struct Policed(pub Arc<SmallNation>);

impl Nation for Policed {
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
        self.0.calendar()
    }
    fn agency_for(&self, commune: &CommuneCode, level: Level) -> Option<AgencyCard> {
        match level {
            Level::Commune => self.agency(&AgencyId::new(format!("CA-X-{commune}"))),
            Level::Province => {
                let one = ["00004", "00008"].contains(&commune.as_str());
                self.agency(&AgencyId::new(if one { "CA-T-01" } else { "CA-T-02" }))
            }
            Level::Ministry => self.agency(&AgencyId::new("BCA")),
        }
    }
    fn agency(&self, id: &AgencyId) -> Option<AgencyCard> {
        let commune = id.as_str().strip_prefix("CA-X-").map(CommuneCode::new);
        let name = Text::new("Công an", "Police");
        Some(AgencyCard { id: id.clone(), name, parent: None, commune, unit_code: "G01".to_owned() })
    }
    fn dossier_code(&self, _: &AgencyId, _: Date, _: u32) -> Option<String> {
        None
    }
    fn place(&self, code: &str) -> Option<Text> {
        self.0.place(code)
    }
    fn commune_in_force(&self, code: &str, on: Date) -> bool {
        self.0.commune_in_force(code, on)
    }
    fn commune_today(&self, code: &str) -> Option<CommuneCode> {
        self.0.commune_today(code)
    }
    fn number_prefix_known(&self, prefix: &str) -> bool {
        self.0.number_prefix_known(prefix)
    }
}

pub fn quality(world: &World) -> Quality {
    over(Arc::new(Policed(Arc::clone(&world.nation))))
}

/// The catalogue's rules over any nation.
pub fn over(nation: Arc<dyn Nation>) -> Quality {
    Quality { rules: Arc::new(Rules::parse(RULES).expect("rules")), nation }
}

fn officer(agency: &str, role: Role) -> Access {
    let who = Who::Staff { agency: AgencyId::new(agency), role, name: "Lê Thị Rà".to_owned() };
    let account = AccountId(Uuid::from_u128(70));
    Access::new(&Actor { account, who, strength: LoginStrength::Two }, Purpose::CHECK_QUALITY)
}

fn citizen(person: PersonId) -> Access {
    let who = Who::Citizen { person, level: IdentityLevel::Two };
    let account = AccountId(Uuid::from_u128(71));
    Access::new(&Actor { account, who, strength: LoginStrength::Two }, Purpose::OWN_RECORD)
}

async fn sums(world: &World) -> BTreeMap<(String, String), i64> {
    let connection = world.db.store.connection().await.unwrap();
    let rows = connection
        .query("SELECT commune, measure, value FROM registry.quality_rollup WHERE value <> 0", &[])
        .await
        .unwrap();
    rows.iter().map(|r| ((r.get(0), r.get(1)), r.get(2))).collect()
}

async fn drain(world: &World, quality: &Quality) {
    store::relay::drain(&world.db.store, &Follow(quality.clone())).await.unwrap();
}

async fn figures(
    world: &World,
    quality: &Quality,
    who: &Access,
    asked: &FiguresAsked,
) -> Result<Overview, RegistryError> {
    let mut tx = world.begin().await;
    let read = figures_read(&mut tx, who, quality, asked).await;
    tx.finish(read).await
}

async fn work(
    world: &World,
    quality: &Quality,
    who: &Access,
    asked: &Asked,
) -> Result<Findings, RegistryError> {
    let mut tx = world.begin().await;
    let read = findings_list(&mut tx, who, quality, asked).await;
    tx.finish(read).await
}

async fn correct(world: &World, person: PersonId, item: Item, value: &str) {
    world.db.clock.advance(SignedDuration::from_hours(1));
    let (value, reason) = (Some(value.to_owned()), "Đối chiếu giấy khai sinh".to_owned());
    let source = Source::CivilStatus;
    let correction = ItemCorrection { person, item, value, since: None, reason, document: None, source };
    let mut tx = world.begin().await;
    let done = item_correct(&mut tx, &deciding(), world.nation.as_ref(), &correction).await;
    tx.finish(done).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn random_acts_followed_one_by_one_lead_to_what_a_recount_finds() {
    for seed in [11, 12] {
        let mut town = Town::new(seed).await;
        let quality = quality(&town.world);
        let first = recount(&town.world.db.store, &quality, |_| {}).await.unwrap();
        assert_eq!((first.people, first.mended), (9, 0));
        let begun = sums(&town.world).await;
        let mut done = 0;
        for _ in 0..120 {
            done += usize::from(town.attempt().await.is_ok());
            if done % 7 == 0 {
                drain(&town.world, &quality).await;
            }
        }
        drain(&town.world, &quality).await;
        keep(&town.world.db.store, &quality).await.unwrap();
        let followed = sums(&town.world).await;
        assert!(done > 20 && followed != begun);
        let again = recount(&town.world.db.store, &quality, |_| {}).await.unwrap();
        assert_eq!((again.changed, again.mended), (0, 0), "seed {seed}");
        assert_eq!(sums(&town.world).await, followed);
        assert!(followed.keys().any(|(_, name)| name.starts_with("lag.")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_that_went_wrong_is_found_and_mended() {
    let world = World::with_people().await;
    let quality = quality(&world);
    recount(&world.db.store, &quality, |_| {}).await.unwrap();
    let right = sums(&world).await;
    let connection = world.db.store.connection().await.unwrap();
    let spoil =
        "UPDATE registry.quality_rollup SET value = value + 3 WHERE measure = 'people' AND commune = '00004'";
    assert_eq!(connection.execute(spoil, &[]).await.unwrap(), 1);
    let found = recount(&world.db.store, &quality, |_| {}).await.unwrap();
    assert_eq!((found.changed, found.mended), (0, 1));
    assert_eq!(sums(&world).await, right);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commune_sees_its_own_work_a_province_its_communes_and_each_person_shown_is_told() {
    let world = World::with_people().await;
    let quality = quality(&world);
    recount(&world.db.store, &quality, |_| {}).await.unwrap();
    let own = officer("CA-X-00004", Role::Head);
    let shown = figures(&world, &quality, &own, &FiguresAsked::default()).await.unwrap();
    assert_eq!(shown.scope, Scope::Commune(CommuneCode::new("00004")));
    assert_eq!(shown.figures.count(PEOPLE), 3, "An, Bình and Chi");
    assert_eq!(shown.days.len(), 1, "the recount writes the day");

    let list = work(&world, &quality, &own, &Asked::default()).await.unwrap();
    assert!(list.page.items.iter().any(|l| l.rule == "birth_day_unknown" && l.state == "open"));
    let people: Vec<PersonId> = list.page.items.iter().map(|l| l.person).collect();
    let log = audit_bodies(&world.db.store).await;
    for person in &people {
        let id = person.to_string();
        assert!(
            log.iter().any(|b| b.contains("registry.findings_list")
                && b.contains(&id)
                && b.contains("check_quality"))
        );
    }

    let elsewhere = Asked { commune: Some(CommuneCode::new("00070")), ..Asked::default() };
    for (who, asked) in [
        (&own, &elsewhere),
        (&officer("CA-T-01", Role::Head), &elsewhere),
        (&officer("CA-X-00004", Role::Receiver), &Asked::default()),
        (&officer("CA-X-00004", Role::Auditor), &Asked::default()),
    ] {
        assert!(matches!(work(&world, &quality, who, asked).await, Err(RegistryError::Forbidden)));
    }
    let mut without = own.clone();
    without.purpose = Purpose::LOOK_UP;
    assert!(matches!(
        work(&world, &quality, &without, &Asked::default()).await,
        Err(RegistryError::Forbidden)
    ));

    let province = officer("CA-T-01", Role::Decider);
    let whole = figures(&world, &quality, &province, &FiguresAsked::default()).await.unwrap();
    assert_eq!((whole.figures.count(PEOPLE), whole.communes.len()), (3, 1), "nobody lives in 00008");
    let inside = Asked { commune: Some(CommuneCode::new("00004")), ..Asked::default() };
    assert_eq!(work(&world, &quality, &province, &inside).await.unwrap().page.items.len(), people.len());
    let country = officer("BCA", Role::Head);
    assert_eq!(
        figures(&world, &quality, &country, &FiguresAsked::default()).await.unwrap().figures.count(PEOPLE),
        4
    );
    assert!(matches!(work(&world, &quality, &country, &inside).await, Err(RegistryError::Forbidden)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_taken_explained_or_goes_when_the_record_is_put_right() {
    let world = World::with_people().await;
    let quality = quality(&world);
    let [an, chi] = [world.person("001065000001").await, world.person("001190000003").await];
    correct(&world, an, Item::Sex, "female").await;
    recount(&world.db.store, &quality, |_| {}).await.unwrap();
    let own = officer("CA-X-00004", Role::Head);
    let rule = "number_of_other_sex";
    let of = |asked: &str| Asked { rule: Some(asked.to_owned()), ..Asked::default() };
    let lines = work(&world, &quality, &own, &of(rule)).await.unwrap().page.items;
    assert_eq!(lines.iter().map(|l| l.person).collect::<Vec<_>>(), [an]);

    let step = async |step: Step, who: &Access, rule: &'static str| {
        let mut tx = world.begin().await;
        let done = finding_work(&mut tx, who, &quality, (an, rule), &step).await;
        tx.finish(done).await
    };
    let officer_ = AccountId(Uuid::from_u128(70));
    let take = Step::Take { officer: officer_, name: "Lê Thị Rà".to_owned(), due_on: None };
    let other = officer("CA-X-00070", Role::Head);
    assert!(matches!(step(take.clone(), &other, rule).await, Err(RegistryError::NoSuchFinding)));
    step(take, &own, rule).await.unwrap();
    let mine = Asked { of: Some(officer_), ..Asked::default() };
    assert_eq!(work(&world, &quality, &own, &mine).await.unwrap().page.items.len(), 1);

    let flawed = async || {
        figures(&world, &quality, &own, &FiguresAsked::default()).await.unwrap().figures.count(FLAWED)
    };
    let before = flawed().await;
    assert!(matches!(
        step(Step::Explain { reason: " ".to_owned() }, &own, rule).await,
        Err(RegistryError::Invalid(_))
    ));
    let reason = "Đã điều chỉnh giới tính theo quyết định, số giữ nguyên".to_owned();
    step(Step::Explain { reason: reason.clone() }, &own, rule).await.unwrap();
    let others = work(&world, &quality, &own, &Asked::default()).await.unwrap().page.items;
    assert!(others.iter().all(|l| l.rule != rule));
    let left = others.iter().filter(|l| l.person == an && l.area == registry::quality::Area::Clean).count();
    assert_eq!(flawed().await, before - i64::from(left == 0));
    assert!(matches!(step(Step::Explain { reason }, &own, rule).await, Err(RegistryError::NoSuchFinding)));
    let again = recount(&world.db.store, &quality, |_| {}).await.unwrap();
    assert_eq!((again.changed, again.mended), (0, 0), "an explanation outlives a recount");

    // Chi's child was told a wrong sex of its father: with An it goes too, for kin are looked at again.
    let father = "parent_of_other_sex";
    let found = work(&world, &quality, &own, &of(father)).await.unwrap().page.items;
    assert_eq!(found.iter().map(|l| l.person).collect::<Vec<_>>(), [chi]);
    correct(&world, an, Item::Sex, "male").await;
    drain(&world, &quality).await;
    assert!(work(&world, &quality, &own, &of(father)).await.unwrap().page.items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_residence_that_ends_by_itself_is_noticed_on_its_day() {
    let world = World::with_people().await;
    world
        .load(
            "guest",
            "k9,001095000009,Phan Tạm,male,1995-01-01,,01,,,,,,,,,00004,Số 9,2026-01-10,2026-12-09
",
        )
        .await;
    let quality = quality(&world);
    recount(&world.db.store, &quality, |_| {}).await.unwrap();
    let own = officer("CA-X-00004", Role::Head);
    let asked = Asked { rule: Some("residence_missing".to_owned()), ..Asked::default() };
    assert!(work(&world, &quality, &own, &asked).await.unwrap().page.items.is_empty());
    world.db.clock.advance(SignedDuration::from_hours(24 * 21));
    keep(&world.db.store, &quality).await.unwrap();
    let guest = world.person("001095000009").await;
    let lines = work(&world, &quality, &own, &asked).await.unwrap().page.items;
    assert_eq!(lines.iter().map(|l| l.person).collect::<Vec<_>>(), [guest], "where they lived last");
    let again = recount(&world.db.store, &quality, |_| {}).await.unwrap();
    assert_eq!((again.changed, again.mended), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn those_drawn_by_lot_are_asked_once_a_week_and_what_they_call_wrong_becomes_work() {
    let world = World::with_people().await;
    let quality = quality(&world);
    recount(&world.db.store, &quality, |_| {}).await.unwrap();
    keep(&world.db.store, &quality).await.unwrap();
    keep(&world.db.store, &quality).await.unwrap();
    let connection = world.db.store.connection().await.unwrap();
    let drawn: i64 = connection
        .query_one("SELECT count(*) FROM registry.quality_sample WHERE commune = '00004'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(drawn, 3, "the least of a draw, once");

    let chi = world.person("001190000003").await;
    let me = citizen(chi);
    let ask = async || {
        let mut tx = world.begin().await;
        let question = sample_question(&mut tx, &me, &quality).await;
        tx.finish(question).await
    };
    let question = ask().await.unwrap().unwrap();
    assert!(question.items.iter().any(|i| i.item == "name" && i.value == "Nguyễn Thị Chi"));
    let answer = async |answers: BTreeMap<String, bool>| {
        let mut tx = world.begin().await;
        let done = sample_answer(&mut tx, &me, &quality, &answers).await;
        tx.finish(done).await
    };
    assert!(
        matches!(answer(BTreeMap::new()).await, Err(RegistryError::Invalid(f)) if f.len() == question.items.len())
    );
    let answers: BTreeMap<String, bool> =
        question.items.iter().map(|i| (i.item.clone(), i.item != "ethnicity")).collect();
    answer(answers.clone()).await.unwrap();
    assert!(ask().await.unwrap().is_none());
    assert!(matches!(answer(answers).await, Err(RegistryError::NothingAsked)));

    let own = officer("CA-X-00004", Role::Head);
    let asked = Asked { rule: Some("person_says_wrong".to_owned()), ..Asked::default() };
    let lines = work(&world, &quality, &own, &asked).await.unwrap().page.items;
    assert_eq!(lines.iter().map(|l| l.person).collect::<Vec<_>>(), [chi]);
    let sampled = figures(&world, &quality, &own, &FiguresAsked::default()).await.unwrap().sampled;
    assert_eq!((sampled.asked, sampled.answered, sampled.wrong), (3, 1, 1));
    let items = i64::try_from(question.items.len()).unwrap();
    assert_eq!(sampled.items, items);

    correct(&world, chi, Item::Ethnicity, "02").await;
    drain(&world, &quality).await;
    assert!(work(&world, &quality, &own, &asked).await.unwrap().page.items.is_empty());
    let stranger = officer("CA-X-00004", Role::Head);
    let mut tx = world.begin().await;
    let refused = sample_question(&mut tx, &stranger, &quality).await;
    assert!(matches!(tx.finish(refused).await, Err(RegistryError::Forbidden)));
}
