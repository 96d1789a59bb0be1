//! What is held about a person, who looked at it, and the account with which they do.

use base::PersonalNumber;
use contracts::{
    Access, CommuneCode, DossierId, PersonId, Purpose, Role,
    ports::{RecordChange, ResidenceKind},
};
use http::StatusCode;
use jiff::civil::date;
use uuid::Uuid;

use crate::world::{Browser, COMMUNE, World, number, officer};

#[tokio::test]
async fn a_residence_that_is_registered_for_later_is_shown_as_coming() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let change = RecordChange {
        person: world.lan,
        kind: ResidenceKind::Temporary,
        commune: CommuneCode::new(COMMUNE),
        address: "số 9, đường Đồng Khởi".into(),
        householder: None,
        relation: None,
        from: date(2026, 12, 1),
        until: Some(date(2027, 11, 30)),
        dossier: DossierId(Uuid::from_u128(1)),
        document: "G01.899.267.40-261120-000001".into(),
    };
    let access = Access::new(&officer(Role::Decider), Purpose::UPDATE_RECORD);
    let mut tx = world.db.store.begin().await.unwrap();
    let applied = world.cx.register.apply(&mut tx, &access, &change).await;
    tx.finish(applied).await.unwrap();

    let today = lan.get("/record").await.body;
    assert!(today.contains("Sắp tới, từ ngày 01/12/2026"), "{today}");
    assert!(today.contains("số 9, đường Đồng Khởi") && today.contains("số 1, phố Quán Thánh"), "{today}");
    let earlier = lan.get("/record?on=2026-11-01").await.body;
    assert!(!earlier.contains("Đồng Khởi"), "an earlier day has no tomorrow: {earlier}");
    world.db.clock.advance(jiff::SignedDuration::from_hours(24 * 20));
    let then = lan.get("/record").await.body;
    assert!(then.contains("số 9, đường Đồng Khởi") && !then.contains("Sắp tới"), "{then}");
}

/// Reads of Lan's record by somebody else, and by Lan.
async fn looked_at(world: &World, lan: &mut Browser, own: usize) {
    let access = Access::new(&officer(Role::Decider), Purpose::LOOK_UP);
    let mut tx = world.db.store.begin().await.unwrap();
    let found = world.cx.register.person_by_number(&mut tx, &access, &number(1)).await;
    tx.finish(found).await.unwrap();
    for _ in 0..own {
        assert_eq!(lan.get("/record").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn who_else_looked_stands_first_and_is_not_drowned_by_ones_own_looks() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    looked_at(&world, &mut lan, 3).await;
    let own = "Xem thông tin của chính mình";
    let others = lan.get("/record/accesses").await.body;
    assert!(others.contains("Phạm Thị Giải Quyết") && !others.contains(own), "{others}");
    for link in ["href=\"/record/accesses?of=own\"", "href=\"/record/accesses?of=all\""] {
        assert!(others.contains(link), "{link}: {others}");
    }
    let mine = lan.get("/record/accesses?of=own").await.body;
    assert!(!mine.contains("Phạm Thị Giải Quyết") && mine.contains(own), "{mine}");
    let all = lan.get("/record/accesses?of=all").await.body;
    assert!(all.contains("Phạm Thị Giải Quyết") && all.contains(own), "{all}");
    let odd = lan.get("/record/accesses?of=x").await.body;
    assert!(odd.contains("Phạm Thị Giải Quyết") && !odd.contains(own), "no filter we know: {odd}");
}

#[tokio::test]
async fn the_next_page_of_accesses_keeps_the_filter() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let more = usize::try_from(base::PageRequest::default().limit()).unwrap() + 1;
    looked_at(&world, &mut lan, more).await;
    let mine = lan.get("/record/accesses?of=own").await.body;
    let next = mine.split("href=\"").find(|link| link.contains("after=")).unwrap_or_else(|| panic!("{mine}"));
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    assert!(next.starts_with("/record/accesses?of=own&after="), "{next}");
    let second = lan.get(&next).await.body;
    assert!(second.contains("Xem thông tin của chính mình") && !second.contains("Phạm Thị"), "{second}");
    assert!(second.contains("href=\"/record/accesses?of=own\""), "the way back to the first page: {second}");
}

#[tokio::test]
async fn nobody_else_having_looked_is_said_so() {
    let world = World::new().await;
    let mut newcomer = world.browser(Some(PersonId(Uuid::from_u128(9))));
    for _ in 0..2 {
        let page = newcomer.get("/record/accesses").await.body;
        assert!(page.contains("Chưa có ai khác xem"), "one's own looks are not others': {page}");
    }
    let own = newcomer.get("/record/accesses?of=own").await.body;
    assert!(own.contains("Xem thông tin của chính mình"), "{own}");
}

#[tokio::test]
async fn a_password_manager_is_told_whose_password_it_is() {
    let world = World::new().await;
    let mut lan = world.browser(None);
    let (own, password) = (number(1).to_string(), "ba con mèo trên mái ngói");
    let door = lan.get("/sign-in").await.body;
    assert!(
        door.contains(
            "name=\"number\" type=\"text\" inputmode=\"numeric\" autocomplete=\"username webauthn\""
        )
    );
    crate::telephones::opens_an_account(&world, &mut lan, password).await;
    let right = [("number", own.as_str()), ("password", password)];
    lan.submit("/sign-in", "/sign-in", &right).await;
    let hidden = |number: PersonalNumber| {
        format!(
            "<div hidden><input type=\"text\" name=\"_username\" autocomplete=\"username\" value=\"{}\"",
            number.grouped()
        )
    };
    let unseen = lan.get("/account").await.body;
    assert!(
        !unseen.contains("autocomplete=\"username\""),
        "level 1 is shown nothing of the record: {unseen}"
    );
    lan.person = Some(world.lan);
    let account = lan.get("/account").await.body;
    assert!(account.contains(&hidden(number(1))), "{account}");
}

#[tokio::test]
async fn what_people_say_finds_the_service() {
    let world = World::new().await;
    let mut anybody = world.browser(None);
    for (typed, first) in [
        ("cccd", "1.014061"),
        ("so+ho+khau", "1.010041"),
        ("kt3", "1.004194"),
        ("lltp", "3.000333"),
        ("khai+sinh", "1.001193"),
    ] {
        let page = anybody.get(&format!("/services?q={typed}")).await.body;
        let found = page.split("href=\"/services/").nth(1).and_then(|rest| rest.split('"').next());
        assert_eq!(found, Some(first), "{typed}");
    }
    let service = anybody.get("/services/1.004222").await.body;
    assert_eq!(service.matches("Phí, lệ phí").count(), 1, "the table does not repeat its heading: {service}");
}
