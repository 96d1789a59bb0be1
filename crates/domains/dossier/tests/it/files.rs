//! Files in pieces: resumed where they broke off, known by their first bytes, receipted by their hash.

use std::collections::BTreeSet;

use contracts::AttachmentId;
use dossier::{
    Dossier, DossierError,
    ops::{
        attachment::{
            FILE_BYTES_MAX, File, PIECE_BYTES_MAX, attachment_append, attachment_delete, attachment_read,
            attachment_start,
        },
        read::dossier_read_in_office,
    },
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::*;

/// A picture by its first bytes.
fn picture(bytes: usize) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    out.resize(bytes, 7);
    out
}

fn with_papers() -> Value {
    let mut says = own_dwelling();
    says["proof_on_record"] = false.into();
    says
}

async fn start(world: &World, draft: &Dossier, bytes: i64) -> Result<AttachmentId, DossierError> {
    let lan = citizen(LAN);
    world
        .run(async |tx| {
            attachment_start(&world.cx, tx, &lan, draft.id, "dwelling", "hợp đồng.png", bytes).await
        })
        .await
}

async fn append(world: &World, id: AttachmentId, at: i64, data: &[u8]) -> Result<File, DossierError> {
    world.run(async |tx| attachment_append(&world.cx, tx, &citizen(LAN), id, at, data).await).await
}

#[tokio::test]
async fn a_file_goes_on_where_it_broke_off_and_ends_with_its_hash() {
    let world = World::new().await;
    let draft = world.draft(RESIDENCE, &with_papers()).await;
    let data = picture(1000);
    let id = start(&world, &draft, 1000).await.unwrap();
    append(&world, id, 0, &data[..400]).await.unwrap();
    assert!(matches!(world.submit(&draft, "k").await, Err(DossierError::AttachmentUnfinished)));
    let gap = append(&world, id, 500, &data[500..]).await;
    assert!(matches!(gap, Err(DossierError::AttachmentGap { received: 400 })));
    let again = append(&world, id, 0, &data[..400]).await.unwrap();
    assert_eq!(again.received, 400, "a piece that came before is taken as read");
    let whole = append(&world, id, 400, &data[400..]).await.unwrap();
    let receipt: String = Sha256::digest(&data).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!((whole.received, whole.sha256.as_deref()), (1000, Some(receipt.as_str())));
    assert_eq!(whole.media_type.as_deref(), Some("image/png"));
    let sent = world.submit(&draft, "k").await.unwrap();
    let read = world.run(async |tx| attachment_read(tx, &receiver(), sent.dossier, id).await).await.unwrap();
    assert_eq!(read.1, data);
    let late = world.run(async |tx| attachment_delete(tx, &citizen(LAN), id).await).await;
    assert!(matches!(late, Err(DossierError::WrongStatus(_))));
    let strange = world.run(async |tx| attachment_read(tx, &citizen(HOA), sent.dossier, id).await).await;
    assert!(matches!(strange, Err(DossierError::NotFound)));
}

#[tokio::test]
async fn a_file_is_what_its_bytes_say_not_what_its_name_says() {
    let world = World::new().await;
    let draft = world.draft(RESIDENCE, &with_papers()).await;
    let id = start(&world, &draft, 40).await.unwrap();
    let program = [b"MZ".as_slice(), &[0; 38]].concat();
    assert!(matches!(append(&world, id, 0, &program).await, Err(DossierError::AttachmentType)));
    // Too little to tell what it is.
    assert!(matches!(append(&world, id, 0, &picture(40)[..8]).await, Err(DossierError::AttachmentType)));
    append(&world, id, 0, &picture(40)).await.unwrap();
}

#[tokio::test]
async fn every_file_has_its_limits() {
    let world = World::new().await;
    let draft = world.draft(RESIDENCE, &with_papers()).await;
    for bytes in [0, -1, FILE_BYTES_MAX + 1] {
        assert!(matches!(start(&world, &draft, bytes).await, Err(DossierError::AttachmentTooBig { .. })));
    }
    let id = start(&world, &draft, 2_000_000).await.unwrap();
    let huge = picture(PIECE_BYTES_MAX + 1);
    assert!(matches!(append(&world, id, 0, &huge).await, Err(DossierError::AttachmentTooBig { .. })));
    for _ in 0..4 {
        start(&world, &draft, 100).await.unwrap();
    }
    assert!(matches!(start(&world, &draft, 100).await, Err(DossierError::AttachmentsTooMany { max: 5 })));
    world.run(async |tx| attachment_delete(tx, &citizen(LAN), id).await).await.unwrap();
    start(&world, &draft, 100).await.unwrap();
    let missing = world.submit(&draft, "k").await;
    assert!(matches!(missing, Err(DossierError::AttachmentUnfinished)));
}

#[tokio::test]
async fn a_file_that_was_sent_is_replaced_by_another_and_stays_as_history() {
    let world = World::new().await;
    let draft = world.draft(RESIDENCE, &with_papers()).await;
    let data = picture(100);
    let mut sent_files = Vec::new();
    for _ in 0..5 {
        let id = start(&world, &draft, 100).await.unwrap();
        append(&world, id, 0, &data).await.unwrap();
        sent_files.push(id);
    }
    let sent = world.submit(&draft, "k").await.unwrap();
    let asked = world.asked(&receiver(), &world.receive(&sent).await).await.unwrap();
    // The slot is full of what was sent; taking one out makes room and deletes nothing.
    assert!(matches!(start(&world, &draft, 100).await, Err(DossierError::AttachmentsTooMany { max: 5 })));
    let lan = citizen(LAN);
    for _ in 0..2 {
        world.run(async |tx| attachment_delete(tx, &lan, sent_files[0]).await).await.unwrap();
    }
    assert_eq!(world.logged("dossier.attachment_replace", Some(LAN)).await, 1);
    assert_eq!(world.logged("dossier.attachment_delete", Some(LAN)).await, 0);
    let new = start(&world, &draft, 100).await.unwrap();
    append(&world, new, 0, &data).await.unwrap();
    // What was not sent yet can still go for good.
    world.run(async |tx| attachment_delete(tx, &lan, new).await).await.unwrap();
    let new = start(&world, &draft, 100).await.unwrap();
    append(&world, new, 0, &data).await.unwrap();
    let answered = world.answered(&asked).await.unwrap();

    let code = answered.code.unwrap();
    let office = world.run(async |tx| dossier_read_in_office(&world.cx, tx, &receiver(), &code).await).await;
    let office = office.unwrap();
    let ids = |files: &[File]| files.iter().map(|f| f.id).collect::<BTreeSet<_>>();
    assert_eq!(ids(&office.files), sent_files[1..].iter().copied().chain([new]).collect());
    assert!(office.files.iter().all(|f| f.sent_at.is_some()));
    assert_eq!(ids(&office.replaced), BTreeSet::from([sent_files[0]]));
    let answer = &office.moments.last().unwrap().detail;
    assert_eq!((&answer["added"], &answer["replaced"]), (&answer["replaced"], &json!(["hợp đồng.png"])));
    let old = world.run(async |tx| attachment_read(tx, &receiver(), draft.id, sent_files[0]).await).await;
    assert_eq!(old.unwrap().1, data);
}
