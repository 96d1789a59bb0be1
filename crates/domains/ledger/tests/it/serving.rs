//! The log over HTTP, read as a stranger would, with nothing but the public key.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use tlog::tile::{bundle_entries, tile_hashes};
use tlog::{Checkpoint, leaf_hash, prove_inclusion, root_of, verify_inclusion};
use tower::ServiceExt;

use crate::{Log, ORIGIN, citizen, leave};

struct Got {
    status: StatusCode,
    kind: String,
    cache: String,
    body: Vec<u8>,
}

async fn get(log: &Log, path: &str) -> Got {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = ledger::router(log.db.store.clone()).oneshot(request).await.unwrap();
    let header = |name| response.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    Got {
        status: response.status(),
        kind: header(header::CONTENT_TYPE),
        cache: header(header::CACHE_CONTROL),
        body: response.into_body().collect().await.unwrap().to_bytes().to_vec(),
    }
}

#[tokio::test]
async fn a_stranger_rebuilds_the_tree_from_what_is_served() {
    let log = Log::grown_by(&[300, 400]).await;
    let checkpoint = get(&log, "/checkpoint").await;
    assert_eq!((checkpoint.status, checkpoint.kind.as_str()), (StatusCode::OK, "text/plain; charset=utf-8"));
    assert_eq!(checkpoint.cache, "public, max-age=1");
    let note = String::from_utf8(checkpoint.body).unwrap();
    let signed = Checkpoint::open(&note, ORIGIN, &log.keys()).unwrap();
    assert_eq!(signed.size, 700);

    let mut leaves = Vec::new();
    for name in ["000", "001", "002.p/188"] {
        let bundle = get(&log, &format!("/tile/entries/{name}")).await;
        assert_eq!((bundle.status, bundle.kind.as_str()), (StatusCode::OK, "application/octet-stream"));
        assert_eq!(bundle.cache, "public, max-age=31536000, immutable");
        let hashes: Vec<_> = bundle_entries(&bundle.body).unwrap().into_iter().map(leaf_hash).collect();
        let tile = get(&log, &format!("/tile/0/{name}")).await;
        assert_eq!(tile_hashes(&tile.body).unwrap(), hashes);
        leaves.extend(hashes);
    }
    assert_eq!(root_of(&leaves), signed.root);

    let mut needed = Vec::new();
    prove_inclusion(600, 700, |node| {
        needed.push(node);
        Ok::<_, ()>(signed.root)
    })
    .unwrap();
    let mut tiles = std::collections::HashMap::new();
    for node in needed {
        let id = node.tile();
        let name = tlog::Name { kind: tlog::tile::Kind::Tile(id), width: id.width_in(700) };
        let got = get(&log, &format!("/tile/{name}")).await;
        tiles.insert(id, tile_hashes(&got.body).unwrap());
    }
    let proof = prove_inclusion(600, 700, |node| node.hash_in(&tiles[&node.tile()]).ok_or(())).unwrap();
    assert_eq!(verify_inclusion(600, 700, leaves[600], &proof, signed.root), Ok(()));
}

#[tokio::test]
async fn partial_tiles_of_every_tree_that_was_signed_stay() {
    let mut log = Log::grown_by(&[300]).await;
    let (tile, bundle) =
        (get(&log, "/tile/0/001.p/44").await.body, get(&log, "/tile/entries/001.p/44").await.body);
    assert_eq!((tile.len(), bundle.len()), (44 * 32, 44 * 69));
    leave(&log.db.store, 500, citizen(1)).await;
    log.sequencer.drain().await.unwrap();
    assert_eq!(get(&log, "/tile/0/001.p/44").await.body, tile);
    assert_eq!(get(&log, "/tile/entries/001.p/44").await.body, bundle);
    assert!(get(&log, "/tile/0/001").await.body.starts_with(&tile));
    assert_eq!(get(&log, "/tile/1/000.p/3").await.body.len(), 96);
}

#[tokio::test]
async fn nothing_else_is_served_and_its_absence_is_not_kept() {
    let log = Log::grown_by(&[300]).await;
    for path in [
        "/tile/0/001",
        "/tile/0/001.p/45",
        "/tile/0/002",
        "/tile/1/000",
        "/tile/1/000.p/2",
        "/tile/2/000.p/1",
        "/tile/entries/001",
        "/tile/entries/001.p/45",
        "/tile/0/1",
        "/tile/0/000.p/256",
        "/tile/0/000.p/0",
        "/tile/8/000",
        "/tile/x",
        "/tile/0/x001",
        "/tile/data/000",
        "/tile/0/x009/x223/x372/x036/x854/x775/807",
    ] {
        let got = get(&log, path).await;
        assert_eq!((got.status, got.cache.as_str()), (StatusCode::NOT_FOUND, "no-store"), "{path}");
    }
    let new = Log::new().await;
    assert_eq!(get(&new, "/checkpoint").await.status, StatusCode::NOT_FOUND);
}
