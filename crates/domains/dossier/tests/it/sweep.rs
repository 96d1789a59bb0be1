//! What nobody goes on with is deleted; what was sent is not, however old.

use contracts::AttachmentId;
use dossier::{
    DossierError, Status,
    ops::{
        attachment::{attachment_append, attachment_read, attachment_start},
        read::dossier_read_own,
    },
    sweep::{DRAFT_KEPT, HALF_SENT_KEPT, sweep},
};
use jiff::{SignedDuration, civil::date};

use crate::world::*;

const PDF: &[u8] = b"%PDF-1.7 0123456789a";
const MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// A file of which `part` arrives.
async fn file(world: &World, id: contracts::DossierId, part: &[u8]) -> AttachmentId {
    let lan = citizen(LAN);
    world
        .run(async |tx| {
            let file = attachment_start(&world.cx, tx, &lan, id, "dwelling", "a.pdf", 20).await?;
            attachment_append(&world.cx, tx, &lan, file, 0, part).await?;
            Ok(file)
        })
        .await
        .unwrap()
}

async fn rows(world: &World, table: &'static str) -> i64 {
    let tx = world.db.store.begin().await.unwrap();
    let row = tx.raw().await.unwrap().query_one(&format!("SELECT count(*) FROM dossier.{table}"), &[]).await;
    tx.finish::<_, store::StoreError>(Ok(())).await.unwrap();
    row.unwrap().get(0)
}

#[tokio::test]
async fn an_untouched_draft_says_when_it_goes_and_goes_with_its_files() {
    let world = World::new().await;
    let draft = world.draft(RESIDENCE, &own_dwelling()).await;
    file(&world, draft.id, PDF).await;
    file(&world, draft.id, &PDF[..16]).await;
    assert_eq!(draft.deleted_on(), Some(date(2027, 1, 19)));
    world.db.clock.advance(DRAFT_KEPT - MOMENT);
    // Its broken upload is older than uploads are kept.
    assert_eq!(sweep(&world.db.store).await.unwrap(), 1);
    assert_eq!(world.view(draft.id).await.files.len(), 1);
    world.db.clock.advance(MOMENT);
    assert_eq!(sweep(&world.db.store).await.unwrap(), 1);
    let gone = world.run(async |tx| dossier_read_own(&world.cx, tx, &citizen(LAN), draft.id).await).await;
    assert!(matches!(gone, Err(DossierError::NotFound)));
    for table in ["dossier", "locator", "draft", "attachment", "attachment_chunk"] {
        assert_eq!(rows(&world, table).await, 0, "{table}");
    }
    assert_eq!(world.logged("dossier.draft_sweep", Some(LAN)).await, 1);
    assert_eq!(sweep(&world.db.store).await.unwrap(), 0);
}

#[tokio::test]
async fn a_draft_that_was_touched_has_its_whole_time_again() {
    let world = World::new().await;
    let draft = world.draft(RESIDENCE, &own_dwelling()).await;
    let half = DRAFT_KEPT / 2;
    world.db.clock.advance(half);
    world.save(draft.id, &own_dwelling()).await;
    world.db.clock.advance(half);
    assert_eq!(sweep(&world.db.store).await.unwrap(), 0);
    file(&world, draft.id, PDF).await;
    world.db.clock.advance(half);
    assert_eq!(sweep(&world.db.store).await.unwrap(), 0);
    world.db.clock.advance(half);
    assert_eq!(sweep(&world.db.store).await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_sent_is_never_touched() {
    let world = World::new().await;
    let mut says = own_dwelling();
    says["proof_on_record"] = false.into();
    let draft = world.draft(RESIDENCE, &says).await;
    let whole = file(&world, draft.id, PDF).await;
    let sent = world.submit(&draft, "key").await.unwrap();
    let asked = world.asked(&receiver(), &world.receive(&sent).await).await.unwrap();
    let half = file(&world, draft.id, &PDF[..16]).await;
    world.db.clock.advance(HALF_SENT_KEPT - MOMENT);
    assert_eq!(sweep(&world.db.store).await.unwrap(), 0);
    world.db.clock.advance(DRAFT_KEPT * 20);
    assert_eq!(sweep(&world.db.store).await.unwrap(), 1, "the upload that broke off in the supplement");
    let view = world.view(asked.dossier).await;
    assert_eq!(view.dossier.status, Status::SupplementRequested);
    assert!(view.files.iter().all(|f| f.id == whole && f.id != half));
    let read = world.run(async |tx| attachment_read(tx, &citizen(LAN), draft.id, whole).await).await.unwrap();
    assert_eq!(read.1, PDF);
}
