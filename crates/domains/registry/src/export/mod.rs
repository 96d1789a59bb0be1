//! An agreed view of the register for an agency, as a file. Bounded memory whatever the size.
//!
//! [`view`] says what was agreed; `snapshot` reads people as they stood at one moment, `sheet` writes them. Everybody sees
//! it in their log: before the rows of a batch are written to the file, the entries of its people are committed. So a
//! killed export may have told people of an access that did not reach the file, and never the other way round; its file
//! keeps the name `.part` and is begun anew.

mod field;
mod sheet;
mod snapshot;
pub mod view;

use std::path::PathBuf;

use base::{Fault, Kind, vietnam_date};
use contracts::{Access, Actor, AgencyId, PersonId, Purpose, Who};
use store::{AuditEntry, Store, StoreError};
use uuid::Uuid;

pub use self::view::View;
use self::{sheet::Sheet, snapshot::Snapshot};
use crate::import::Format;

/// People whose entries are committed, and whose rows are written, together.
const BATCH_PEOPLE: i64 = 2_000;

/// Who wants which view, and where.
pub struct Export {
    pub view: View,
    pub actor: Actor,
    /// The agency that receives it.
    pub agency: AgencyId,
    /// Code of the purpose.
    pub purpose: String,
    /// Only people of these communes; none: as far as the view goes, which is then the whole country.
    pub communes: Option<Vec<String>>,
    pub format: Format,
    pub out: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("only the operator exports")]
    Forbidden,
    #[error("the view is wrong: {why}")]
    View { why: String },
    #[error("the view was not agreed with this agency")]
    NotAgreed,
    #[error("the view was not agreed for this purpose")]
    PurposeNotAgreed,
    #[error("the view is not in force")]
    NotInForce,
    #[error("there is already a file in this place")]
    Exists,
    #[error("the file cannot be written")]
    Unwritable(#[source] std::io::Error),
}

impl From<parquet::errors::ParquetError> for ExportError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Self::Unwritable(std::io::Error::other(error))
    }
}

impl Fault for ExportError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(e) => e.kind(),
            Self::Forbidden | Self::NotAgreed | Self::PurposeNotAgreed | Self::NotInForce => Kind::Forbidden,
            Self::View { .. } => Kind::Invalid,
            Self::Exists => Kind::Conflict,
            Self::Unwritable(_) => Kind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::Forbidden => "registry.forbidden",
            Self::View { .. } => "registry.export_view",
            Self::NotAgreed => "registry.export_not_agreed",
            Self::PurposeNotAgreed => "registry.export_purpose",
            Self::NotInForce => "registry.export_not_in_force",
            Self::Exists => "registry.export_exists",
            Self::Unwritable(_) => "registry.export_unwritable",
        }
    }

    fn args(&self) -> Vec<(String, String)> {
        match self {
            Self::View { why } => vec![("why".to_owned(), why.clone())],
            _ => Vec::new(),
        }
    }
}

/// What was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// Names the export in the log of everybody concerned.
    pub id: Uuid,
    pub people: u64,
}

/// Writes the file; `progress` is told how many people are in it.
pub async fn run(
    store: &Store,
    export: &Export,
    mut progress: impl FnMut(u64),
) -> Result<Exported, ExportError> {
    let view = &export.view;
    if !matches!(export.actor.who, Who::System) {
        return Err(ExportError::Forbidden);
    }
    if !view.agencies.contains(&export.agency.0) {
        return Err(ExportError::NotAgreed);
    }
    if !view.purposes.contains(&export.purpose) {
        return Err(ExportError::PurposeNotAgreed);
    }
    if !view.holds_on(vietnam_date(store.clock().now())) {
        return Err(ExportError::NotInForce);
    }
    let mut sheet = Sheet::begin(&export.out, export.format, &view.fields)?;
    let mut snapshot = Snapshot::open(store, view, export.communes.clone()).await?;
    let id = base::id::new_v7(store.clock().now(), store.entropy().as_ref());
    leave(store, [entry(export, id, "registry.export_begin", None)]).await?;
    let mut people = 0;
    while let Some(page) = snapshot.next(BATCH_PEOPLE).await? {
        // No log, no data.
        let entries = page.people.iter().map(|(who, _)| entry(export, id, "registry.export", Some(*who)));
        leave(store, entries).await?;
        people += u64::try_from(page.people.len()).unwrap_or(0);
        sheet.write(page.people.into_iter().map(|(_, values)| values))?;
        progress(people);
    }
    snapshot.close().await?;
    sheet.finish()?;
    leave(store, [entry(export, id, "registry.export_end", None)]).await?;
    Ok(Exported { id, people })
}

fn entry(export: &Export, id: Uuid, action: &'static str, about: Option<PersonId>) -> AuditEntry {
    let access = Access::new(&export.actor, Purpose::SHARE_DATA);
    let entry =
        access.entry(action).on("export", id).fields(export.view.fields.iter().map(ToString::to_string));
    let entry = match about {
        Some(person) => entry.about(person).done(),
        None => entry.done(),
    };
    AuditEntry {
        agency: Some(export.agency.0.clone()),
        purpose: export.purpose.clone(),
        legal_basis: export.view.legal_basis.clone(),
        ..entry
    }
}

async fn leave(store: &Store, entries: impl IntoIterator<Item = AuditEntry>) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    entries.into_iter().for_each(|entry| tx.audit(entry));
    tx.finish(Ok(())).await
}
