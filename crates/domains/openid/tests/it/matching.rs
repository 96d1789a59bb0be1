//! Questions whether somebody is right about a person, asked many at a time.

use futures::future::join_all;
use openid::{Claim, ClientDraft, limits::MATCHES_A_DAY, model::ClaimRight};
use serde_json::json;

use crate::{
    rp::Rp,
    world::{AN, World, bank},
};

#[tokio::test]
async fn of_questions_at_once_no_more_are_answered_than_of_questions_in_turn() {
    let w = World::new().await;
    let right = ClaimRight::new(Claim::IdentityMatch, "Luật Phòng, chống rửa tiền, Điều 9");
    let draft = ClientDraft { claims: vec![right], ..bank() };
    let (rp, other) = (&Rp::with_key(&w, &draft).await, Rp::with_key(&w, &draft).await);
    w.sign_in(AN);
    let access = &rp.tokens("openid match").await.text("access_token");
    let guess = |day: i32| json!({ "name": "Nguyễn Văn An", "birthdate": format!("1990-05-{day:02}") });
    let ask = async |day: i32| rp.compare(access, &guess(day)).await.status.as_u16();
    let told = join_all((1..=3 * MATCHES_A_DAY).map(ask)).await;
    let answered = told.iter().filter(|status| **status == 200).count();
    assert_eq!(i32::try_from(answered).unwrap(), MATCHES_A_DAY, "{told:?}");
    assert!(told.iter().all(|status| matches!(status, 200 | 429)), "{told:?}");
    let receipts = w.count("SELECT count(*) FROM openid.release WHERE 'identity_match' = ANY(claims)").await;
    assert_eq!(receipts, i64::from(MATCHES_A_DAY), "each is one that the person reads");

    // Another relying party has questions of its own.
    let elsewhere = other.tokens("openid match").await.text("access_token");
    assert_eq!(other.compare(&elsewhere, &guess(17)).await.status.as_u16(), 200);
    for (wait_s, status) in [(24 * 3600 - 1, 429), (1, 200)] {
        w.wait(wait_s);
        w.sign_in(AN);
        let access = rp.tokens("openid match").await.text("access_token");
        assert_eq!(rp.compare(&access, &guess(17)).await.status.as_u16(), status);
    }
}
