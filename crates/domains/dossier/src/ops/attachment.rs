//! Files of a dossier: handed in piece by piece, resumed where they broke off, receipted by their hash.
//!
//! The type is told from the first bytes, never from the name. A file belongs to the dossier's applicant alone. One that
//! was sent with the dossier stays: taking it out in a supplement makes room for another and leaves it as history.

use std::fmt::Write as _;

use contracts::{Actor, AttachmentId, DossierId, PersonId};
use forms::Handed;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{Row, RowExt, StoreError, Tx};

use crate::{
    Dossier, DossierError, Dossiers, Status,
    moves::{filing, handling},
    policy::{self, Action},
    row, sql,
};

/// Largest piece of one request, in bytes.
pub const PIECE_BYTES_MAX: usize = 1024 * 1024;
/// Largest file, whatever the service says, in bytes.
pub const FILE_BYTES_MAX: i64 = 20 * 1024 * 1024;
/// Files of one dossier.
pub const FILES_MAX: i64 = 40;
/// Longest name of a file, in characters.
const NAME_CHARS_MAX: usize = 120;
/// Bytes from which a type is told; a first piece shorter than this must be the whole file.
const SNIFF_BYTES: usize = 16;

/// A file as its owner sees it.
#[derive(Debug, Clone, Serialize)]
pub struct File {
    pub id: AttachmentId,
    /// Key of the attachment of the service that it is for.
    pub slot: String,
    pub name: String,
    pub media_type: Option<String>,
    pub bytes: i64,
    /// Bytes that have arrived: where to go on.
    pub received: i64,
    /// Hex SHA-256 of the whole: the receipt.
    pub sha256: Option<String>,
    pub completed_at: Option<Timestamp>,
    /// When it was sent with the dossier, or with an answer to a supplement.
    pub sent_at: Option<Timestamp>,
    /// When its owner took it out of a dossier that was sent: from then on it is history.
    pub replaced_at: Option<Timestamp>,
}

impl File {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let hash: Option<&[u8]> = row.col("sha256")?;
        Ok(Self {
            id: row.col("attachment_id")?,
            slot: row.col("slot")?,
            name: row.col("name")?,
            media_type: row.col("media_type")?,
            bytes: row.col("bytes")?,
            received: row.col("received")?,
            sha256: hash.map(hex),
            completed_at: row.col("completed_at")?,
            sent_at: row.col("sent_at")?,
            replaced_at: row.col("replaced_at")?,
        })
    }

    /// Part of the dossier as it is now.
    pub fn is_current(&self) -> bool {
        self.replaced_at.is_none()
    }

    pub fn handed(&self) -> Handed<'_> {
        Handed {
            key: &self.slot,
            media_type: self.media_type.as_deref().unwrap_or(""),
            bytes: u64::try_from(self.bytes).unwrap_or(0),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// Every file of a dossier, history included.
pub async fn all(tx: &Tx, applicant: PersonId, dossier: DossierId) -> Result<Vec<File>, DossierError> {
    let rows = tx.query(sql::ATTACHMENTS, &[&applicant, &dossier]).await?;
    Ok(rows.iter().map(File::read).collect::<Result<_, _>>()?)
}

/// The files with which a dossier is being sent; one that is not complete keeps it back.
pub(crate) fn complete(mut files: Vec<File>) -> Result<Vec<File>, DossierError> {
    files.retain(File::is_current);
    if files.iter().any(|f| f.completed_at.is_none()) {
        return Err(DossierError::AttachmentUnfinished);
    }
    Ok(files)
}

/// From the commit on, these files are part of what the agency received.
pub(crate) fn mark_sent(tx: &mut Tx, d: &Dossier, files: &[File]) {
    if files.iter().any(|f| f.sent_at.is_none()) {
        let now = tx.now();
        tx.defer(sql::ATTACHMENTS_SENT, vec![Box::new(d.applicant), Box::new(d.id), Box::new(now)]);
    }
}

/// Announces a file: its slot, name and size.
pub async fn attachment_start(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    dossier: DossierId,
    slot: &str,
    name: &str,
    bytes: i64,
) -> Result<AttachmentId, DossierError> {
    let (person, d) = open_for_files(tx, actor, dossier).await?;
    let service = match d.status {
        Status::Draft => {
            cx.nation.service(&d.procedure, crate::ops::today(tx)).ok_or(DossierError::NotOnline)?
        }
        _ => cx.service_of(&d)?,
    };
    let slot = service.attachments.iter().find(|a| a.key == slot);
    let slot = slot.ok_or_else(|| DossierError::field("slot", "forms.not_a_choice"))?;
    let limit = FILE_BYTES_MAX.min(i64::try_from(slot.max_bytes).unwrap_or(FILE_BYTES_MAX));
    if bytes <= 0 || bytes > limit {
        return Err(DossierError::AttachmentTooBig { max_mb: limit / (1024 * 1024) });
    }
    let files = all(tx, person, dossier).await?;
    let in_slot = files.iter().filter(|f| f.is_current() && f.slot == slot.key).count();
    if i64::try_from(files.len()).unwrap_or(FILES_MAX) >= FILES_MAX {
        return Err(DossierError::AttachmentsTooMany { max: FILES_MAX });
    }
    if u32::try_from(in_slot).unwrap_or(u32::MAX) >= slot.max_count {
        return Err(DossierError::AttachmentsTooMany { max: slot.max_count.into() });
    }
    let name: String =
        base::nfc(name).chars().filter(|c| !matches!(c, '/' | '\\')).take(NAME_CHARS_MAX).collect();
    let (id, now) = (AttachmentId(tx.new_uuid()), tx.now());
    tx.execute(sql::ATTACHMENT_INSERT, &[&person, &id, &dossier, &slot.key, &name, &bytes, &now]).await?;
    tx.defer(sql::DRAFT_TOUCH, vec![Box::new(person), Box::new(dossier), Box::new(now)]);
    tx.audit(filing(actor).entry("dossier.attachment_start").about(person).on("dossier", dossier.0).done());
    Ok(id)
}

/// Adds the piece that begins at `start`. A piece that was already received is taken as read; a gap is a conflict that
/// says where to go on. The last piece completes the file and gives its receipt.
pub async fn attachment_append(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    id: AttachmentId,
    start: i64,
    data: &[u8],
) -> Result<File, DossierError> {
    let person = policy::own(actor, Action::Draft)?;
    let row = tx.query_opt(sql::ATTACHMENT_ONE, &[&person, &id]).await?.ok_or(DossierError::NotFound)?;
    let mut file = File::read(&row)?;
    let (_, dossier) = open_for_files(tx, actor, row.col("dossier_id")?).await?;
    if data.len() > PIECE_BYTES_MAX {
        return Err(DossierError::AttachmentTooBig { max_mb: 1 });
    }
    let len = i64::try_from(data.len()).unwrap_or(i64::MAX);
    if start >= 0 && start.saturating_add(len) <= file.received {
        return Ok(file);
    }
    if start != file.received || data.is_empty() || file.received + len > file.bytes {
        return Err(DossierError::AttachmentGap { received: file.received });
    }
    if start == 0 {
        file.media_type = Some(sniff(cx, &dossier, &file, data)?);
    }
    let media_type = file.media_type.clone();
    tx.query(sql::ATTACHMENT_GROW, &[&person, &id, &start, &len, &media_type]).await?;
    tx.execute(sql::CHUNK_INSERT, &[&person, &id, &start, &data]).await?;
    file.received += len;
    if file.received == file.bytes {
        let hash = Sha256::digest(content(tx, person, id).await?).to_vec();
        let now = tx.now();
        tx.query(sql::ATTACHMENT_COMPLETE, &[&person, &id, &hash, &now]).await?;
        file.sha256 = Some(hex(&hash));
        file.completed_at = Some(now);
        tx.audit(
            filing(actor).entry("dossier.attachment_complete").about(person).on("attachment", id.0).done(),
        );
    }
    Ok(file)
}

/// What the first bytes say the file is; it must be a type that the slot takes.
fn sniff(cx: &Dossiers, d: &Dossier, file: &File, data: &[u8]) -> Result<String, DossierError> {
    let whole = i64::try_from(data.len()).is_ok_and(|n| n == file.bytes);
    if data.len() < SNIFF_BYTES && !whole {
        return Err(DossierError::AttachmentType);
    }
    let kind = infer::get(data).ok_or(DossierError::AttachmentType)?.mime_type();
    let service = cx.nation.pinned(&d.procedure, d.service_version).ok_or(DossierError::NotOnline)?;
    let taken = service
        .attachments
        .iter()
        .filter(|a| a.key == file.slot)
        .any(|a| a.types.iter().any(|t| t.media_type() == kind));
    if taken { Ok(kind.to_owned()) } else { Err(DossierError::AttachmentType) }
}

/// Takes a file out again. What was sent before is not deleted: it becomes history.
pub async fn attachment_delete(tx: &mut Tx, actor: &Actor, id: AttachmentId) -> Result<(), DossierError> {
    let person = policy::own(actor, Action::Draft)?;
    let row = tx.query_opt(sql::ATTACHMENT_ONE, &[&person, &id]).await?.ok_or(DossierError::NotFound)?;
    open_for_files(tx, actor, row.col("dossier_id")?).await?;
    let file = File::read(&row)?;
    let action = match (file.sent_at, file.replaced_at) {
        (Some(_), Some(_)) => return Ok(()),
        (Some(_), None) => {
            let now = tx.now();
            tx.change(sql::ATTACHMENT_REPLACE, &[&person, &id, &now]).await?;
            "dossier.attachment_replace"
        }
        (None, _) => {
            tx.execute(sql::CHUNKS_DELETE, &[&person, &id]).await?;
            tx.change(sql::ATTACHMENT_DELETE, &[&person, &id]).await?;
            "dossier.attachment_delete"
        }
    };
    tx.audit(filing(actor).entry(action).about(person).on("attachment", id.0).done());
    Ok(())
}

/// The bytes of a file, for its owner or for an officer of the agency that has the dossier.
pub async fn attachment_read(
    tx: &mut Tx,
    actor: &Actor,
    dossier: DossierId,
    id: AttachmentId,
) -> Result<(File, Vec<u8>), DossierError> {
    let d = row::load(tx, dossier).await?;
    let own = actor.person() == Some(d.applicant);
    policy::check(actor, if own { Action::ReadOwn } else { Action::ReadInOffice }, &d)?;
    let row = tx.query_opt(sql::ATTACHMENT_ONE, &[&d.applicant, &id]).await?.ok_or(DossierError::NotFound)?;
    if row.col::<DossierId>("dossier_id")? != dossier {
        return Err(DossierError::NotFound);
    }
    let file = File::read(&row)?;
    let bytes = content(tx, d.applicant, id).await?;
    let access = if own { filing(actor) } else { handling(actor) };
    tx.audit(access.entry("dossier.attachment_read").about(d.applicant).on("attachment", id.0).done());
    Ok((file, bytes))
}

async fn content(tx: &Tx, person: PersonId, id: AttachmentId) -> Result<Vec<u8>, DossierError> {
    let mut out = Vec::new();
    for row in tx.query(sql::CHUNKS, &[&person, &id]).await? {
        out.extend_from_slice(row.col::<&[u8]>("data")?);
    }
    Ok(out)
}

async fn open_for_files(tx: &Tx, actor: &Actor, id: DossierId) -> Result<(PersonId, Dossier), DossierError> {
    let person = policy::own(actor, Action::Draft)?;
    let dossier = row::load_own(tx, person, id).await?;
    match dossier.status {
        Status::Draft | Status::SupplementRequested => Ok((person, dossier)),
        status => Err(DossierError::WrongStatus(status)),
    }
}
