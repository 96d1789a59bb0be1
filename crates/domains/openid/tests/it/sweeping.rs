//! Nothing grows for ever: what a request made goes with time.

use openid::jobs::sweep_all;

use crate::{
    rp::Rp,
    world::{AN, World, bank},
};

/// Tables that requests fill, with how many rows are left.
const TABLES: [&str; 10] = [
    "pushed_request",
    "interaction",
    "seen",
    "ended",
    "code",
    "\"grant\"",
    "consent",
    "release",
    "client_fault",
    "client_usage",
];

async fn rows(w: &World) -> Vec<(&'static str, i64)> {
    let mut out = Vec::new();
    for table in TABLES {
        let count = w.count(Box::leak(format!("SELECT count(*) FROM openid.{table}").into_boxed_str())).await;
        out.push((table, count));
    }
    out
}

#[tokio::test]
async fn every_table_that_requests_fill_is_swept_by_time() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    w.sign_in(AN);
    rp.push(&rp.ask("openid")).await;
    rp.authorize(&rp.ask("openid")).await;
    let access = rp.tokens("openid profile offline_access").await.text("access_token");
    rp.userinfo(&access).await;
    rp.post("/revoke", &[("token", &access)]).await;
    rp.exchange("wrong").await;
    w.cx.flush().await.unwrap();
    let full = rows(&w).await;
    assert!(full.iter().all(|(_, count)| *count > 0), "{full:?}");
    sweep_all(&w.db.store).await.unwrap();
    assert_eq!(rows(&w).await, full);
    // What is remembered against replays is gone in minutes, not in hours.
    w.wait(400);
    sweep_all(&w.db.store).await.unwrap();
    let soon: Vec<_> = rows(&w).await.into_iter().take(4).map(|(_, count)| count).collect();
    assert_eq!(soon, [0, 1, 0, 0]);
    w.wait(6 * 366 * 24 * 3600);
    sweep_all(&w.db.store).await.unwrap();
    assert!(rows(&w).await.iter().all(|(_, count)| *count == 0));
}

#[tokio::test]
async fn a_load_that_goes_on_leaves_no_more_than_its_last_minutes() {
    let w = World::new().await;
    let rp = Rp::with_key(&w, &bank()).await;
    let mut most = 0;
    for _ in 0..20 {
        for _ in 0..5 {
            rp.post("/token", &[("grant_type", "client_credentials")]).await;
        }
        w.wait(60);
        sweep_all(&w.db.store).await.unwrap();
        most = most.max(w.count("SELECT count(*) FROM openid.seen").await);
    }
    assert!(most <= 30, "{most}");
}
