//! A dossier on its way: by when somebody must act, who did what, and buttons that are pressed more than once.

use contracts::{DossierId, Role};
use dossier::{
    model::Defect,
    ops::{
        Moved, Target, read::dossier_read_own, receive::dossier_receive, start::dossier_start,
        stop::dossier_stop, supplement_request::supplement_request,
    },
};
use jiff::SignedDuration;

use crate::{
    pages::{send, target, written_dossier},
    world::{Browser, World, citizen, officer},
};

/// Lan's dossier that was sent; its address.
async fn sent(lan: &mut Browser) -> String {
    let check = written_dossier(lan).await;
    send(lan, &check).await.trim_end_matches("/receipt").to_owned()
}

async fn as_it_stands(world: &World, own: &str) -> Target {
    let id: DossierId = own.rsplit('/').next().unwrap().parse().unwrap();
    let lan = citizen(world.lan);
    let view = world.run(async |tx| dossier_read_own(&world.cx, tx, &lan, id).await).await;
    target(&Moved::from(&view.dossier))
}

/// Taken in by the agency, once Minh has said yes.
async fn received(world: &World, own: &str) -> Target {
    let mut minh = world.browser(Some(world.minh));
    let question = question(&mut minh).await;
    minh.submit(&question, &question, &[("answer", "yes"), ("sure", "1")]).await;
    let at = as_it_stands(world, own).await;
    let moved =
        world.run(async |tx| dossier_receive(&world.cx, tx, &officer(Role::Receiver), &at).await).await;
    target(&moved)
}

/// Where the one question stands that is put to a person.
async fn question(asked: &mut Browser) -> String {
    let list = asked.get("/consents").await.body;
    let at = list.split("href=\"/consents/").nth(1).and_then(|rest| rest.split('"').next());
    format!("/consents/{}", at.unwrap_or_else(|| panic!("{list}")))
}

async fn started(world: &World, own: &str) -> Target {
    let at = received(world, own).await;
    target(&world.run(async |tx| dossier_start(tx, &officer(Role::Decider), &at).await).await)
}

#[tokio::test]
async fn the_day_of_intake_is_not_called_the_day_of_the_result() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let own = sent(&mut lan).await;
    let receipt = format!("{own}/receipt");
    for path in [&own, &receipt, "/dossiers"] {
        let page = lan.get(path).await.body;
        assert!(page.contains("Hạn tiếp nhận: thứ Hai 23/11"), "{path}: {page}");
        assert!(!page.contains("Hạn trả kết quả:"), "{path}: {page}");
    }
    let promised = lan.get(&receipt).await.body;
    assert!(promised.contains("trong 3 ngày làm việc kể từ khi hồ sơ được tiếp nhận"), "{promised}");
    received(&world, &own).await;
    for path in [&own, &receipt, "/dossiers"] {
        let page = lan.get(path).await.body;
        assert!(page.contains("Hạn trả kết quả: thứ Năm 26/11"), "{path}: {page}");
        assert!(!page.contains("Hạn tiếp nhận"), "{path}: {page}");
    }
}

#[tokio::test]
async fn a_supplement_sent_twice_is_sent_once() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let own = sent(&mut lan).await;
    let at = started(&world, &own).await;
    let defects =
        vec![Defect { field: "address".into(), note: "Bạn hãy ghi thêm tổ dân phố.".into() }];
    world
        .run(async |tx| supplement_request(&world.cx, tx, &officer(Role::Receiver), &at, &defects).await)
        .await;
    let to = lan.press_thrice(&own, &format!("{own}/supplement"), &[]).await;
    assert_eq!(to, own);
    let page = lan.get(&own).await.body;
    assert_eq!(page.matches("Bạn đã bổ sung").count(), 1, "{page}");
}

#[tokio::test]
async fn a_dossier_withdrawn_twice_is_withdrawn_once() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let own = sent(&mut lan).await;
    let withdraw = format!("{own}/withdraw");
    assert_eq!(lan.press_thrice(&withdraw, &withdraw, &[]).await, own);
    let page = lan.get(&own).await.body;
    assert_eq!(page.matches("Bạn rút hồ sơ").count(), 1, "{page}");
    assert_eq!(lan.get(&withdraw).await.to, own, "there is nothing more to ask");
}

#[tokio::test]
async fn an_answer_given_twice_is_given_once_and_does_not_change() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let own = sent(&mut lan).await;
    let mut minh = world.browser(Some(world.minh));
    let question = question(&mut minh).await;
    let yes = [("answer", "yes"), ("sure", "1")];
    let other = minh.filled(&question, &question, &[("answer", "no"), ("sure", "1")]).await;
    assert_eq!(minh.press_thrice(&question, &question, &yes).await, "/consents");
    let changed = minh.post(&question, other).await;
    assert_eq!(changed.status, http::StatusCode::CONFLICT, "{}", changed.body);
    let page = lan.get(&own).await.body;
    assert_eq!(page.matches("Người được hỏi đã đồng ý").count(), 1, "{page}");
}

#[tokio::test]
async fn a_stopped_dossier_is_rated_once_however_often_the_button_is_pressed() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let own = sent(&mut lan).await;
    let at = started(&world, &own).await;
    let reason = "Cơ quan khác đang giải quyết việc này.";
    world.run(async |tx| dossier_stop(&world.cx, tx, &crate::world::head(), &at, reason).await).await;
    let page = lan.get(&own).await.body;
    assert!(page.matches(reason).count() == 2 && page.contains("đã dừng giải quyết hồ sơ"), "{page}");
    assert!(!page.contains("Bị từ chối"), "stopping is no refusal: {page}");
    assert_eq!(lan.press_thrice(&own, &format!("{own}/rate"), &[("stars", "2")]).await, own);
}

#[tokio::test]
async fn that_nobody_answered_in_time_is_not_said_of_the_agency() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let own = sent(&mut lan).await;
    world.settle().await;
    world.db.clock.advance(SignedDuration::from_hours(24 * 60));
    world.settle().await;
    let page = lan.get(&own).await.body;
    let said = "Đã hết thời gian trả lời mà người được hỏi chưa trả lời";
    let step = page.split("<li").find(|step| step.contains(said)).unwrap_or_else(|| panic!("{page}"));
    let step = step.split("</li>").next().unwrap();
    assert!(!step.contains("Công an") && !step.contains("Bị từ chối"), "{step}");
}
