//! A dossier as its reader may see it: the applicant, or an officer of the agency that has it. Every read is logged.

use contracts::{Actor, DocumentId, DossierId, PersonId, ports::PaperKind};
use forms::{Facts, Service};
use jiff::Timestamp;
use std::{collections::BTreeSet, sync::Arc};
use store::{RowExt, StoreError, Tx};

use crate::{
    Dossier, DossierError, Dossiers, Status,
    moves::{filing, handling},
    ops::{attachment, attachment::File, today},
    policy::{self, Action},
    row, sql,
    timeline::{self, Moment},
};

/// A paper of the dossier, kept by `credential`.
#[derive(Debug, Clone)]
pub struct PaperRef {
    pub document: DocumentId,
    pub kind: PaperKind,
    pub at: Timestamp,
}

/// Everything on one dossier.
pub struct View {
    pub dossier: Dossier,
    pub service: Arc<Service>,
    /// Of a draft: what the record says today. Afterwards: what it said when it was sent.
    pub facts: Facts,
    pub moments: Vec<Moment>,
    /// The files as they count now.
    pub files: Vec<File>,
    /// Files that were sent and replaced later: history.
    pub replaced: Vec<File>,
    pub papers: Vec<PaperRef>,
}

/// A dossier for its applicant.
pub async fn dossier_read_own(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    id: DossierId,
) -> Result<View, DossierError> {
    let person = policy::own(actor, Action::ReadOwn)?;
    let dossier = row::load_own(tx, person, id).await?;
    let access = filing(actor);
    let mut view = view(cx, tx, dossier).await?;
    if matches!(view.dossier.status, Status::Draft | Status::SupplementRequested) {
        view.facts = cx.own_facts(tx, &access, &view.service, person).await?;
    }
    view.moments.retain(|m| !m.happened.is_internal());
    tx.audit(access.entry("dossier.dossier_read").about(person).on("dossier", id.0).done());
    Ok(view)
}

/// A dossier for an officer, found by the code on its receipt. It shows also those who were asked for their consent.
pub async fn dossier_read_in_office(
    cx: &Dossiers,
    tx: &mut Tx,
    actor: &Actor,
    code: &str,
) -> Result<View, DossierError> {
    let dossier = row::load_by_code(tx, code).await?;
    policy::check(actor, Action::ReadInOffice, &dossier)?;
    let entry =
        handling(actor).entry("dossier.dossier_read").about(dossier.applicant).on("dossier", dossier.id.0);
    let view = view(cx, tx, dossier).await?;
    let d = &view.dossier;
    let others: BTreeSet<PersonId> = d.asked.values().copied().filter(|p| *p != d.applicant).collect();
    for other in others {
        tx.audit(handling(actor).entry("dossier.dossier_read").about(other).on("dossier", d.id.0).done());
    }
    let fields = view.service.facts_needed();
    tx.audit(entry.fields(fields.iter().filter(|(key, _)| *key == "record").map(|(_, f)| f.key())).done());
    Ok(view)
}

async fn view(cx: &Dossiers, tx: &Tx, dossier: Dossier) -> Result<View, DossierError> {
    let service = match dossier.status {
        Status::Draft => cx.nation.service(&dossier.procedure, today(tx)).ok_or(DossierError::NotOnline)?,
        _ => cx.service_of(&dossier)?,
    };
    let (moments, files, papers) = tokio::try_join!(
        timeline::load(tx, &dossier),
        attachment::all(tx, dossier.applicant, dossier.id),
        papers(tx, &dossier),
    )?;
    let facts = dossier.facts.clone();
    let (files, replaced) = files.into_iter().partition(File::is_current);
    Ok(View { dossier, service, facts, moments, files, replaced, papers })
}

async fn papers(tx: &Tx, d: &Dossier) -> Result<Vec<PaperRef>, DossierError> {
    let rows = tx.query(sql::PAPERS, &[&d.applicant, &d.id]).await?;
    let read = |row: &store::Row| {
        Ok(PaperRef {
            document: row.col("document_id")?,
            kind: PaperKind::parse(row.col("kind")?).ok_or(StoreError::Column("kind"))?,
            at: row.col("at")?,
        })
    };
    Ok(rows.iter().map(read).collect::<Result<_, StoreError>>()?)
}
