//! The question of the random check, as the person meets it whom the lot drew.

use http::StatusCode;
use registry::quality::{keep::keep, ops::recount};

use crate::world::World;

const PATH: &str = "/record/check";

#[tokio::test]
async fn who_was_drawn_answers_item_by_item_once() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let nothing = lan.get(PATH).await.body;
    assert!(nothing.contains("Hiện không có câu hỏi nào"), "{nothing}");

    recount(&world.db.store, &world.quality, |_| {}).await.unwrap();
    keep(&world.db.store, &world.quality).await.unwrap();
    for (english, word) in [(false, "Thông tin về bạn còn đúng không?"), (true, "still right?")] {
        lan.english = english;
        let page = lan.get(PATH).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(word) && page.body.contains("Nguyễn Thị Lan"), "{}", page.body);
        assert!(page.body.contains("số 1, phố Quán Thánh"), "{}", page.body);
    }
    lan.english = false;

    let missing = lan.submit(PATH, PATH, &[("name", "right")]).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        missing.body.contains("href=\"#f-sex\""),
        "the first that is missing can be reached: {}",
        missing.body
    );
    let answers = [
        ("name", "right"),
        ("birth_date", "right"),
        ("sex", "right"),
        ("ethnicity", "wrong"),
        ("residence", "right"),
    ];
    let done = lan.submit(PATH, PATH, &answers).await;
    assert_eq!((done.status, done.to.as_str()), (StatusCode::SEE_OTHER, "/record"), "{}", done.body);
    assert!(lan.get(PATH).await.body.contains("Hiện không có câu hỏi nào"));

    let connection = world.db.store.connection().await.unwrap();
    let found = connection
        .query_one(
            "SELECT count(*) FROM registry.quality_finding WHERE person_id = $1 AND rule = 'person_says_wrong' AND gone_at IS NULL",
            &[&world.lan.0],
        )
        .await
        .unwrap();
    assert_eq!(found.get::<_, i64>(0), 1, "it is work for her commune now");
}
