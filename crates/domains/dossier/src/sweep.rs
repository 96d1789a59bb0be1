//! What nobody goes on with is deleted: drafts that lay untouched, uploads that broke off. Run it every hour or so.
//!
//! A draft says itself when that will be ([`crate::Dossier::deleted_on`]). Nothing that was sent is ever touched: the guards
//! stand in the statements that delete, so a draft that is saved or sent in the same moment stays. Every deletion leaves
//! its entry in the log.

use contracts::{Access, AttachmentId, DossierId, PersonId, Purpose};
use jiff::SignedDuration;
use store::{Row, RowExt, Store, StoreError, Tx};

use crate::{DossierError, sql};

/// So long an untouched draft is kept.
pub const DRAFT_KEPT: SignedDuration = SignedDuration::from_hours(60 * 24);
/// So long after it was announced, an upload may go on.
pub const HALF_SENT_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Drafts, and uploads, of one transaction.
const BATCH_MAX: i64 = 200;
/// Transactions of one run; the rest waits for the next.
const BATCHES_MAX: u32 = 500;

/// Deletes what is over. Returns how many drafts and uploads went.
pub async fn sweep(store: &Store) -> Result<u64, DossierError> {
    let mut gone = 0;
    for _ in 0..BATCHES_MAX {
        let mut tx = store.begin().await?;
        let outcome = batch(&mut tx).await;
        let batch = tx.finish(outcome).await?;
        gone += batch.gone;
        if !batch.more {
            break;
        }
    }
    Ok(gone)
}

struct Batch {
    gone: u64,
    more: bool,
}

async fn batch(tx: &mut Tx) -> Result<Batch, DossierError> {
    let drafts = drafts(tx).await?;
    let uploads = half_sent(tx).await?;
    Ok(Batch { gone: drafts.gone + uploads.gone, more: drafts.more || uploads.more })
}

async fn drafts(tx: &mut Tx) -> Result<Batch, DossierError> {
    let due = tx.query(sql::DRAFTS_DUE, &[&tx.now(), &BATCH_MAX]).await?;
    if due.is_empty() {
        return Ok(Batch { gone: 0, more: false });
    }
    let (people, ids) = keys(&due)?;
    let untouched_since = tx.now() - DRAFT_KEPT;
    let gone = tx.query(sql::DRAFTS_SWEEP, &[&people, &ids, &untouched_since]).await?;
    let (gone_people, gone_ids) = keys(&gone)?;
    tx.execute(sql::DRAFTS_FILES_DELETE, &[&gone_people, &gone_ids]).await?;
    tx.execute(sql::DRAFTS_LOCATORS_DELETE, &[&gone_ids]).await?;
    tx.execute(sql::DRAFTS_LEAVE, &[&gone_people, &gone_ids]).await?;
    // The others were touched: they are looked at again when they will have lain as long since then.
    tx.execute(sql::DRAFTS_LATER, &[&people, &ids, &DRAFT_KEPT.as_secs_f64()]).await?;
    let access = Access::system(Purpose::FILE_DOSSIER);
    for (person, id) in gone_people.iter().zip(&gone_ids) {
        tx.audit(access.entry("dossier.draft_sweep").about(*person).on("dossier", id.0).done());
    }
    Ok(Batch { gone: count(&gone), more: is_full(&due) })
}

async fn half_sent(tx: &mut Tx) -> Result<Batch, DossierError> {
    let announced_before = tx.now() - HALF_SENT_KEPT;
    let gone = tx.query(sql::HALF_SENT_SWEEP, &[&announced_before, &BATCH_MAX]).await?;
    if gone.is_empty() {
        return Ok(Batch { gone: 0, more: false });
    }
    let mut people: Vec<PersonId> = Vec::with_capacity(gone.len());
    let mut ids: Vec<AttachmentId> = Vec::with_capacity(gone.len());
    for row in &gone {
        people.push(row.col("applicant")?);
        ids.push(row.col("attachment_id")?);
    }
    tx.execute(sql::HALF_SENT_CHUNKS_DELETE, &[&people, &ids]).await?;
    let access = Access::system(Purpose::FILE_DOSSIER);
    for (person, id) in people.iter().zip(&ids) {
        tx.audit(access.entry("dossier.attachment_sweep").about(*person).on("attachment", id.0).done());
    }
    Ok(Batch { gone: count(&gone), more: is_full(&gone) })
}

fn keys(rows: &[Row]) -> Result<(Vec<PersonId>, Vec<DossierId>), StoreError> {
    let key =
        |row: &Row| Ok::<(PersonId, DossierId), StoreError>((row.col("applicant")?, row.col("dossier_id")?));
    rows.iter().map(key).collect()
}

fn count(rows: &[Row]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}

fn is_full(rows: &[Row]) -> bool {
    i64::try_from(rows.len()).is_ok_and(|n| n >= BATCH_MAX)
}
