//! Acts of a life, told as they happen: what each changes for whom, and what is refused.

use base::{Fault, Sex};
use contracts::{Access, CommuneCode, PersonId, Purpose, Role};
use jiff::{SignedDuration, civil::date};
use registry::{
    RegistryError,
    model::{
        Item, Relative, Source,
        family::Guardianship,
        residence::{Kind, Leaving},
        vital::Parent,
    },
    ops::{self, Basis, ItemChange, NationalityChange, NewBirth, NewPaper, Record},
};

use crate::world::{World, audit_bodies, move_to, officer};

const TODAY: jiff::civil::Date = date(2026, 11, 20);

pub fn deciding() -> Access {
    Access::new(&officer(Role::Decider), Purpose::UPDATE_RECORD)
}

pub fn basis() -> Basis {
    Basis::civil_status("12/2026")
}

/// Runs an operation in a transaction of its own, an hour after the last.
macro_rules! done {
    ($world:expr, |$tx:ident| $operation:expr) => {{
        $world.db.clock.advance(SignedDuration::from_hours(1));
        let mut transaction = $world.begin().await;
        let $tx = &mut transaction;
        let outcome: Result<_, RegistryError> = $operation.await;
        transaction.finish(outcome).await
    }};
}

pub async fn record(world: &World, person: PersonId) -> Record {
    done!(world, |tx| ops::person_record(tx, &deciding(), person)).unwrap()
}

pub fn kin(record: &Record) -> Vec<(&str, Option<&str>)> {
    record.kin.iter().map(|k| (k.relation.as_str(), k.name.as_deref())).collect()
}

pub fn newborn(mother: PersonId, father: PersonId) -> NewBirth {
    NewBirth {
        name: "Nguyễn Minh Khôi".to_owned(),
        birth_date: date(2026, 11, 2),
        sex: Sex::Male,
        birth_place: CommuneCode::new("00070"),
        registered_in: CommuneCode::new("00004"),
        home_town: CommuneCode::new("00004"),
        ethnicity: "01".to_owned(),
        nationality: "VNM".to_owned(),
        mother: Some(Parent::Person(mother)),
        father: Some(Parent::Person(father)),
        lives_with: Some(mother),
    }
}

/// Chi (born 1990) and Dũng (born 1988).
pub async fn couple(world: &World) -> [PersonId; 2] {
    [world.person("001190000003").await, world.person("001088000004").await]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_couple_marries_has_a_child_and_parts() {
    let world = World::with_people().await;
    let [chi, dung] = couple(&world).await;
    let nation = world.nation.as_ref();
    done!(world, |tx| ops::marriage_register(tx, &deciding(), [chi, dung], date(2024, 2, 1), &basis()))
        .unwrap();
    assert_eq!(kin(&record(&world, dung).await), [("spouse", Some("Nguyễn Thị Chi"))]);

    let new = newborn(chi, dung);
    let born = done!(world, |tx| ops::birth_register(tx, &deciding(), nation, &new, &basis())).unwrap();
    let child = record(&world, born.person).await;
    assert!(born.number.as_str().starts_with("001226"), "place, century and sex, year");
    assert_eq!(child.value(Item::Number), Some(born.number.as_str()));
    assert_eq!(kin(&child), [("father", Some("Đặng Văn Dũng")), ("mother", Some("Nguyễn Thị Chi"))]);
    let home = &child.residences[0];
    assert_eq!(
        (home.kind, home.commune.as_str(), home.relation.as_deref()),
        ("permanent", "00004", Some("grandchild"))
    );
    assert_eq!(child.household.len(), 4, "with mother and grandparents");
    assert!(kin(&record(&world, dung).await).contains(&("child", Some("Nguyễn Minh Khôi"))));
    assert_eq!(world.person(born.number.as_str()).await, born.person);

    let again = done!(world, |tx| ops::birth_register(tx, &deciding(), nation, &new, &basis()));
    assert_eq!(again.unwrap_err().code(), "registry.birth_registered");

    done!(world, |tx| ops::divorce_register(tx, &deciding(), dung, Some(chi), date(2026, 11, 10), &basis()))
        .unwrap();
    for person in [chi, dung] {
        let now = record(&world, person).await;
        assert_eq!(now.value(Item::MaritalStatus), Some("divorced"));
        assert!(now.kin.iter().all(|k| k.relation != "spouse"));
        let then =
            done!(world, |tx| ops::person_as_of(tx, &deciding(), person, date(2025, 1, 1), world.now()));
        let then = then.unwrap();
        assert_eq!(then.value(Item::MaritalStatus), Some("married"));
        let spouse = then.kin.iter().find(|k| k.relation == "spouse").unwrap();
        assert_eq!((spouse.since, spouse.last_day), (Some(date(2024, 2, 1)), Some(date(2026, 11, 9))));
        assert!(spouse.ended.is_some(), "the divorce stands with the marriage that it ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_widows_the_spouse_ends_the_residence_and_hands_the_household_over() {
    let world = World::with_people().await;
    let an = world.person("001065000001").await;
    let [binh, chi] = [world.person("001168000002").await, world.person("001190000003").await];
    done!(world, |tx| ops::death_register(tx, &deciding(), an, date(2026, 11, 18), &basis())).unwrap();

    let widow = record(&world, binh).await;
    assert_eq!(widow.value(Item::MaritalStatus), Some("widowed"));
    assert_eq!(widow.residences[0].relation.as_deref(), Some("head"), "the spouse follows");
    let members: Vec<(Option<&str>, Option<&str>)> =
        widow.household.iter().map(|m| (m.name.as_deref(), m.relation.as_deref())).collect();
    assert_eq!(members, [(Some("Trần Thị Bình"), Some("head")), (Some("Nguyễn Thị Chi"), Some("child"))]);
    let dead = record(&world, an).await;
    assert_eq!(dead.value(Item::DeathDate), Some("2026-11-18"));
    assert!(dead.residences.is_empty());
    let household = record(&world, chi).await;
    assert_eq!(household.household.len(), 2);

    let topics = world.db.store.connection().await.unwrap();
    let sql = "SELECT payload->>'person' FROM store.outbox WHERE topic = 'registry.life_event' AND payload->>'kind' = 'death'";
    let told: Vec<String> = topics.query(sql, &[]).await.unwrap().iter().map(|r| r.get(0)).collect();
    assert_eq!(told, [an.to_string()]);
    let log = audit_bodies(&world.db.store).await;
    let about = |person: PersonId| {
        log.iter().any(|b| b.contains("death_register") && b.contains(&person.to_string()))
    };
    assert!(about(an) && about(binh) && !about(chi), "everybody whose record changed sees it");

    let again = done!(world, |tx| ops::death_register(tx, &deciding(), an, date(2026, 11, 18), &basis()));
    assert_eq!(again.unwrap_err().code(), "registry.already_dead");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_who_moves_out_hands_over_and_the_members_can_name_another() {
    let world = World::with_people().await;
    let an = world.person("001065000001").await;
    let [binh, chi] = [world.person("001168000002").await, world.person("001190000003").await];
    let away = move_to(an, contracts::ports::ResidenceKind::Permanent, "00070", "Tổ 8");
    done!(world, |tx| ops::residence_register(tx, &deciding(), world.nation.as_ref(), &away)).unwrap();
    assert_eq!(record(&world, binh).await.residences[0].relation.as_deref(), Some("head"));
    done!(world, |tx| ops::household_name_head(tx, &deciding(), chi, TODAY, &basis())).unwrap();
    assert_eq!(record(&world, chi).await.residences[0].relation.as_deref(), Some("head"));
    let refused = done!(world, |tx| ops::household_name_head(tx, &deciding(), chi, TODAY, &basis()));
    assert_eq!(refused.unwrap_err().code(), "registry.already_head");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_lies_ahead_changes_the_search_key_on_its_day() {
    let world = World::with_people().await;
    let dung = world.person("001088000004").await;
    let ahead = contracts::ports::RecordChange {
        from: date(2026, 12, 1),
        ..move_to(dung, contracts::ports::ResidenceKind::Permanent, "00008", "Tổ 8")
    };
    done!(world, |tx| ops::residence_register(tx, &deciding(), world.nation.as_ref(), &ahead)).unwrap();
    let commune = async || {
        let connection = world.db.store.connection().await.unwrap();
        let sql = "SELECT commune FROM registry.person WHERE number = '001088000004'";
        connection.query_one(sql, &[]).await.unwrap().get::<_, String>(0)
    };
    assert_eq!(commune().await, "00070");
    let handlers =
        store::jobs::Handlers::new(registry::jobs::handlers(&crate::quality::over(world.nation.clone())));
    store::jobs::drain(&world.db.store, &handlers).await.unwrap();
    assert_eq!(commune().await, "00070", "not before its day");
    world.db.clock.set("2026-11-30T17:00:00Z".parse().unwrap());
    store::jobs::drain(&world.db.store, &handlers).await.unwrap();
    assert_eq!(commune().await, "00008");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_missing_comes_back_and_who_cannot_act_is_represented() {
    let world = World::with_people().await;
    let [chi, dung] = couple(&world).await;
    done!(world, |tx| ops::missing_declare(tx, &deciding(), dung, date(2026, 3, 1), &basis())).unwrap();
    let gone = record(&world, dung).await;
    assert_eq!(gone.value(Item::MissingDate), Some("2026-03-01"));
    assert!(gone.value(Item::DeathDate).is_none() && gone.residences.is_empty());
    let marriage = done!(world, |tx| ops::marriage_register(tx, &deciding(), [chi, dung], TODAY, &basis()));
    assert_eq!(marriage.unwrap_err().code(), "registry.is_missing");
    done!(world, |tx| ops::return_register(tx, &deciding(), dung, date(2026, 9, 1), &basis())).unwrap();
    assert!(record(&world, dung).await.value(Item::MissingDate).is_none());

    let act = Guardianship { guardian: chi, ward: dung, parents_unable: false };
    done!(world, |tx| ops::guardianship_open(tx, &deciding(), &act, date(2026, 10, 1), &basis())).unwrap();
    assert_eq!(kin(&record(&world, dung).await), [("guardian", Some("Nguyễn Thị Chi"))]);
    done!(world, |tx| ops::guardianship_close(tx, &deciding(), chi, dung, date(2026, 11, 1), &basis()))
        .unwrap();
    assert!(record(&world, dung).await.kin.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_nationality_and_names_change_by_law_from_a_day() {
    let world = World::with_people().await;
    let [chi, _] = couple(&world).await;
    let nation = world.nation.as_ref();
    let place = CommuneCode::new("00004");
    done!(world, |tx| ops::number_cancel(tx, &deciding(), chi, date(2026, 5, 1), &basis())).unwrap();
    let number =
        done!(world, |tx| ops::number_establish(tx, &deciding(), nation, chi, Some(&place), &basis()))
            .unwrap();
    assert!(number.as_str().starts_with("001190"));
    for known in ["001190000003", number.as_str()] {
        assert_eq!(world.person(known).await, chi, "both lead to her");
    }
    let change = |item, value: &str, on| ItemChange { person: chi, item, value: value.to_owned(), on };
    let name = change(Item::Name, "Nguyễn Kim Chi", date(2026, 6, 1));
    done!(world, |tx| ops::item_change(tx, &deciding(), nation, &name, &basis())).unwrap();
    let earlier = change(Item::Name, "Nguyễn Chi", date(2026, 5, 1));
    let late = done!(world, |tx| ops::item_change(tx, &deciding(), nation, &earlier, &basis()));
    assert_eq!(late.unwrap_err().code(), "registry.later_change");
    let then = done!(world, |tx| ops::person_as_of(tx, &deciding(), chi, date(2026, 5, 30), world.now()));
    assert_eq!(then.unwrap().value(Item::Name), Some("Nguyễn Thị Chi"), "what was so stays true of then");

    let lost = NationalityChange::Lost { other: Some("FRA".to_owned()) };
    let law = date(2026, 10, 1);
    done!(world, |tx| ops::nationality_change(tx, &deciding(), chi, &lost, law, &basis())).unwrap();
    let abroad = record(&world, chi).await;
    assert_eq!(abroad.value(Item::Nationality), Some("FRA"));
    assert!(abroad.residences.is_empty());
    let back = NationalityChange::Regained;
    done!(world, |tx| ops::nationality_change(tx, &deciding(), chi, &back, TODAY, &basis())).unwrap();
    assert_eq!(record(&world, chi).await.value(Item::Nationality), Some("VNM"));
}

#[tokio::test(flavor = "multi_thread")]
async fn illegal_acts_are_refused_with_rule_field_and_reason_and_change_nothing() {
    let world = World::with_people().await;
    let [chi, dung] = couple(&world).await;
    let [an, binh] = [world.person("001065000001").await, world.person("001168000002").await];
    let cu = world.person("001045000005").await;
    let nation = world.nation.as_ref();
    let marry =
        async |a, b, on| done!(world, |tx| ops::marriage_register(tx, &deciding(), [a, b], on, &basis()));
    let refused = [
        (marry(chi, chi, TODAY).await, "registry.same_person", "other"),
        (marry(chi, an, TODAY).await, "registry.already_married", "other"),
        (marry(chi, binh, TODAY).await, "registry.already_married", "other"),
        (marry(chi, cu, TODAY).await, "registry.after_death", "on"),
        (marry(chi, dung, date(2006, 1, 1)).await, "registry.too_young_to_marry", "on"),
        (marry(chi, dung, date(2027, 1, 1)).await, "registry.event_in_future", "on"),
        (
            done!(world, |tx| ops::adoption_register(tx, &deciding(), dung, &[an], TODAY, &basis())),
            "registry.adopted_too_old",
            "child",
        ),
        (
            done!(world, |tx| ops::adoption_register(tx, &deciding(), chi, &[an], TODAY, &basis())),
            "registry.adopter_is_kin",
            "parents",
        ),
        (
            done!(world, |tx| ops::divorce_register(tx, &deciding(), chi, Some(dung), TODAY, &basis())),
            "registry.not_married_to_each_other",
            "other",
        ),
        (
            done!(world, |tx| ops::residence_delete(tx, &deciding(), chi, Kind::Temporary, TODAY, &basis())),
            "registry.no_residence",
            "kind",
        ),
        (
            done!(world, |tx| ops::number_establish(tx, &deciding(), nation, chi, None, &basis()))
                .map(|_| ()),
            "registry.number_in_force",
            "person",
        ),
    ];
    for (outcome, code, field) in refused {
        let error = outcome.unwrap_err();
        assert_eq!((error.code(), error.fields()[0].field.as_str()), (code, field));
    }
    let no_paper = Basis { source: Source::CivilStatus, document: None, reason: None, dossier: None };
    let bare = done!(world, |tx| ops::death_register(tx, &deciding(), dung, TODAY, &no_paper));
    assert_eq!(bare.unwrap_err().code(), "registry.invalid");
    let receiver = Access::new(&officer(Role::Receiver), Purpose::UPDATE_RECORD);
    let forbidden = done!(world, |tx| ops::death_register(tx, &receiver, dung, TODAY, &basis()));
    assert_eq!(forbidden.unwrap_err().code(), "registry.forbidden");
    let connection = world.db.store.connection().await.unwrap();
    let events: i64 = connection
        .query_one("SELECT count(*) FROM registry.event WHERE kind <> 'import'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(events, 0);
}

/// Every item of the Law on Identity Art. 9, in its order (facts 2.2), and where a record shows it.
#[tokio::test(flavor = "multi_thread")]
async fn all_26_items_of_the_law_are_held_and_shown() {
    let world = World::with_people().await;
    let [chi, dung] = couple(&world).await;
    let nation = world.nation.as_ref();
    done!(world, |tx| ops::marriage_register(tx, &deciding(), [chi, dung], date(2024, 2, 1), &basis()))
        .unwrap();
    let mut new = newborn(chi, dung);
    new.mother = Some(Parent::Person(chi));
    new.father = Some(Parent::Named(Relative {
        name: Some("John Smith".to_owned()),
        nationality: Some("USA".to_owned()),
        ..Relative::default()
    }));
    let child =
        done!(world, |tx| ops::birth_register(tx, &deciding(), nation, &new, &basis())).unwrap().person;
    let act = Guardianship { guardian: dung, ward: child, parents_unable: true };
    done!(world, |tx| ops::guardianship_open(tx, &deciding(), &act, TODAY, &basis())).unwrap();
    for (item, value) in [
        (Item::OtherName, "Khôi Nhỏ"),
        (Item::Religion, "Phật giáo"),
        (Item::BloodGroup, "O+"),
        (Item::Phone, "0912345678"),
        (Item::Email, "khoi@example.vn"),
        (Item::ResidenceRecord, "HS-2026-0001"),
    ] {
        let correction = ops::ItemCorrection {
            person: child,
            item,
            value: Some(value.to_owned()),
            since: None,
            reason: "Bổ sung".to_owned(),
            document: None,
            source: Source::Population,
        };
        done!(world, |tx| ops::item_correct(tx, &deciding(), nation, &correction)).unwrap();
    }
    done!(world, |tx| ops::contact_verify(tx, &deciding(), child, Item::Phone, "0912345678", &basis()))
        .unwrap();
    let paper = NewPaper {
        kind: "identity_card".to_owned(),
        number: "001226000001".to_owned(),
        issued_at: Some("Bộ Công an".to_owned()),
        issued_on: TODAY,
        expires_on: Some(date(2040, 11, 2)),
    };
    done!(world, |tx| ops::paper_issue(tx, &deciding(), child, &paper, &basis())).unwrap();
    let leaving =
        Leaving { from: TODAY, until: Some(date(2026, 12, 20)), destination: Some("Lào Cai".to_owned()) };
    done!(world, |tx| ops::absence_declare(tx, &deciding(), child, &leaving, &basis())).unwrap();
    let stay = move_to(child, contracts::ports::ResidenceKind::Temporary, "00070", "Số 3");
    done!(world, |tx| ops::residence_register(tx, &deciding(), nation, &stay)).unwrap();
    let fact = ("vaccination_book", "TC-1");
    done!(world, |tx| ops::information_share(tx, &deciding(), child, fact, TODAY, &basis())).unwrap();
    // Only a load brings an old number, and a declared place; nobody is both living and dead.
    let connection = world.db.store.connection().await.unwrap();
    let sql = "UPDATE registry.person SET old_number = '012345678' WHERE person_id = $1";
    connection.execute(sql, &[&child]).await.unwrap();
    let sql = "INSERT INTO registry.residence (person_id, residence_id, kind, commune, address, known_from, event_id, source)
        SELECT person_id, $2, 'current', '00008', 'Tổ 1', known_from, event_id, source FROM registry.residence
        WHERE person_id = $1 AND known_to IS NULL LIMIT 1";
    connection.execute(sql, &[&child, &uuid::Uuid::from_u128(5)]).await.unwrap();

    let r = record(&world, child).await;
    done!(world, |tx| ops::missing_declare(tx, &deciding(), dung, TODAY, &basis())).unwrap();
    let missing = record(&world, dung).await;
    let dead = record(&world, world.person("001045000005").await).await;
    let item = |item| r.value(item).is_some();
    let lives = |kind| r.residences.iter().any(|x| x.kind == kind);
    let kin = |relation| {
        r.kin.iter().any(|k| k.relation == relation && k.name.is_some() && k.nationality.is_some())
    };
    let held: [(&str, bool); 26] = [
        ("họ, chữ đệm và tên khai sinh", item(Item::Name)),
        ("tên gọi khác", item(Item::OtherName)),
        ("số định danh cá nhân", item(Item::Number)),
        ("ngày, tháng, năm sinh", item(Item::BirthDate)),
        ("giới tính", item(Item::Sex)),
        ("nơi sinh", item(Item::BirthPlace)),
        ("nơi đăng ký khai sinh", item(Item::BirthRegistrationPlace)),
        ("quê quán", item(Item::HomeTown)),
        ("dân tộc", item(Item::Ethnicity)),
        ("tôn giáo", item(Item::Religion)),
        ("quốc tịch", item(Item::Nationality)),
        ("nhóm máu", item(Item::BloodGroup)),
        ("số chứng minh nhân dân 9 số", item(Item::OldNumber)),
        (
            "ngày cấp, nơi cấp, thời hạn của thẻ",
            r.papers.iter().any(|p| p.issued_on.is_some() && p.issued_at.is_some() && p.expires_on.is_some()),
        ),
        ("cha, mẹ, vợ, chồng, con, người đại diện", kin("father") && kin("mother") && kin("guardian")),
        ("nơi thường trú", lives("permanent")),
        ("nơi tạm trú", lives("temporary")),
        ("tình trạng khai báo tạm vắng", r.absences.iter().any(|a| a.destination.is_some())),
        ("nơi ở hiện tại", lives("current")),
        ("số hồ sơ cư trú", item(Item::ResidenceRecord)),
        ("tình trạng hôn nhân", item(Item::MaritalStatus)),
        ("quan hệ với chủ hộ", r.residences.iter().any(|x| x.relation.is_some())),
        (
            "chủ hộ và các thành viên hộ gia đình",
            r.household
                .first()
                .is_some_and(|h| h.relation.as_deref() == Some("head") && h.number_masked.is_some())
                && r.household.len() == 4,
        ),
        (
            "ngày chết hoặc mất tích",
            dead.value(Item::DeathDate).is_some() && missing.value(Item::MissingDate).is_some(),
        ),
        ("số điện thoại, thư điện tử", item(Item::Phone) && item(Item::PhoneVerified) && item(Item::Email)),
        ("thông tin khác từ cơ sở dữ liệu khác", r.shared.iter().any(|s| s.key == "vaccination_book")),
    ];
    let absent: Vec<&str> = held.iter().filter(|(_, shown)| !shown).map(|(name, _)| *name).collect();
    assert_eq!(absent, Vec::<&str>::new());
    assert!(
        r.items.iter().all(|i| i.origin.document.is_some() || i.origin.reason.is_some()),
        "with its document"
    );
    assert!(r.items.iter().all(|i| i.origin.officer == officer(Role::Decider).account), "and its officer");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_officers_who_marry_one_person_to_two_one_is_told_that_the_other_was_first() {
    let world = World::with_people().await;
    let [chi, dung] = couple(&world).await;
    let row = "k6,001085000006,Phạm Văn Em,male,1985-01-01,,01,,,,,,,,,,,,\n";
    world.load("third", row).await;
    let em = world.person("001085000006").await;
    let marry = async |mut tx: store::Tx, other| {
        let done = ops::marriage_register(&mut tx, &deciding(), [chi, other], TODAY, &basis()).await;
        (tx, done)
    };
    let (first, done) = marry(world.begin().await, dung).await;
    done.unwrap();
    let commit_first = async {
        tokio::time::timeout(std::time::Duration::from_millis(200), std::future::pending::<()>()).await.ok();
        crate::world::commit(first).await;
    };
    let second = world.begin().await;
    let ((second, lost), ()) = futures::join!(marry(second, em), commit_first);
    let lost = second.finish(lost).await.unwrap_err();
    assert_eq!((lost.kind(), lost.code()), (base::Kind::Conflict, "store.conflict"));
    assert_eq!(kin(&record(&world, em).await), []);
    // Who asks again learns why it cannot be.
    let again = done!(world, |tx| ops::marriage_register(tx, &deciding(), [chi, em], TODAY, &basis()));
    assert_eq!(again.unwrap_err().code(), "registry.already_married");
}

#[tokio::test(flavor = "multi_thread")]
async fn households_and_communes_are_shown_as_they_were_and_everybody_shown_sees_it() {
    let world = World::with_people().await;
    let an = world.person("001065000001").await;
    let known_before = world.now();
    let connection = world.db.store.connection().await.unwrap();
    let sql = "SELECT household_id FROM registry.residence WHERE person_id = $1";
    let home = contracts::HouseholdId(connection.query_one(sql, &[&an]).await.unwrap().get(0));
    let away = move_to(an, contracts::ports::ResidenceKind::Permanent, "00070", "Tổ 8");
    done!(world, |tx| ops::residence_register(tx, &deciding(), world.nation.as_ref(), &away)).unwrap();

    let names = async |day, known| {
        let members = done!(world, |tx| ops::household_as_of(tx, &deciding(), home, day, known)).unwrap();
        members.into_iter().map(|m| (m.name.unwrap(), m.relation.unwrap())).collect::<Vec<_>>()
    };
    let now = world.now();
    let pair = |name: &str, relation: &str| (name.to_owned(), relation.to_owned());
    let (binh, chi) = ("Trần Thị Bình", "Nguyễn Thị Chi");
    assert_eq!(names(TODAY, now).await, [pair(binh, "head"), pair(chi, "child")]);
    let then = [pair("Nguyễn Văn An", "head"), pair(binh, "spouse"), pair(chi, "child")];
    assert_eq!(names(TODAY, known_before).await, then, "as it was known");
    assert_eq!(names(date(2026, 11, 1), now).await, then, "as it was");

    let commune = CommuneCode::new("00004");
    let mut page = base::PageRequest { after: None, limit: Some(2) };
    let mut seen = Vec::new();
    loop {
        let when = (date(2026, 11, 1), now);
        let shown = done!(world, |tx| ops::commune_as_of(tx, &deciding(), &commune, when, &page)).unwrap();
        assert!(shown.items.len() <= 2);
        seen.extend(shown.items.iter().filter_map(|r| r.name.clone()));
        page.after = shown.next;
        if page.after.is_none() {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, ["Nguyễn Thị Chi", "Nguyễn Văn An", "Trần Thị Bình", "Đặng Văn Dũng"]);
    let log = audit_bodies(&world.db.store).await;
    let entries = log.iter().filter(|b| b.contains("registry.commune_as_of") && b.contains(&an.to_string()));
    assert_eq!(entries.count(), 1);
}
