use crate::world::World;
use axum::{extract::Request, middleware::{Next, from_fn}};
#[tokio::test(flavor="multi_thread")]
#[ignore]
async fn serve() {
    let world = World::new().await;
    for (port, person) in [(8810u16, None), (8811, Some(world.lan)), (8812, Some(world.minh))] {
        let app = world.app.clone().layer(from_fn(move |mut r: Request, n: Next| async move {
            if let Some(p) = person { r.headers_mut().insert("x-test-person", p.to_string().parse().unwrap()); }
            n.run(r).await
        }));
        let l = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        tokio::spawn(async move { axum::serve(l, app).await.unwrap() });
    }
    let out = crate::pages::sample(&world).await;
    std::fs::write("/tmp/portal-sample.txt", out.join("\n")).unwrap();
    loop { tokio::time::sleep(std::time::Duration::from_secs(1)).await; world.settle().await; }
}
