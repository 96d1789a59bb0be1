//! The officers' inbox: a projection that follows `dossier.moved`, in sets, idempotent by version.

use std::collections::BTreeMap;

use async_trait::async_trait;
use contracts::{
    DossierId, PersonId,
    events::{DossierMoved, Payload},
};
use forms::Fact;
use jiff::{Timestamp, civil::Date};
use store::{Consumer, Event, Tx, relay::ConsumerError};
use uuid::Uuid;

use crate::{Dossier, Status, row, sql};

/// Keeps `dossier.inbox` true.
#[derive(Debug, Clone, Copy, Default)]
pub struct InboxProjection;

#[async_trait]
impl Consumer for InboxProjection {
    fn name(&self) -> &'static str {
        "dossier.inbox"
    }

    fn topics(&self) -> &'static [&'static str] {
        &[DossierMoved::TOPIC]
    }

    async fn consume(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ConsumerError> {
        let mut left: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
        for event in events {
            let moved: DossierMoved = serde_json::from_value(event.payload.clone())?;
            left.entry(moved.dossier.0).or_default().extend(moved.left.map(|a| a.0));
        }
        let ids: Vec<Uuid> = left.keys().copied().collect();
        let dossiers = row::load_many(tx, &ids).await?;
        upsert(tx, &dossiers).await?;
        let forwarded: Vec<&Dossier> =
            dossiers.iter().filter(|d| left.get(&d.id.0).is_some_and(|l| !l.is_empty())).collect();
        if !forwarded.is_empty() {
            let now: Vec<&str> =
                forwarded.iter().map(|d| d.agency.as_ref().map_or("", contracts::AgencyId::as_str)).collect();
            let ids: Vec<DossierId> = forwarded.iter().map(|d| d.id).collect();
            let old: Vec<&String> = left.values().flatten().collect();
            tx.execute(sql::INBOX_LEAVE, &[&now, &ids, &old]).await?;
        }
        Ok(())
    }
}

/// Columns of many rows, one array each.
#[derive(Default)]
struct Columns<'d> {
    agency: Vec<&'d str>,
    id: Vec<DossierId>,
    applicant: Vec<PersonId>,
    name: Vec<String>,
    code: Vec<&'d str>,
    procedure: Vec<&'d str>,
    status: Vec<i16>,
    version: Vec<i32>,
    assignee: Vec<Option<Uuid>>,
    due_on: Vec<Option<Date>>,
    waits_second: Vec<bool>,
    submitted_at: Vec<Timestamp>,
    updated_at: Vec<Timestamp>,
}

async fn upsert(tx: &Tx, dossiers: &[Dossier]) -> Result<(), store::StoreError> {
    let mut c = Columns::default();
    for d in dossiers {
        let (Some(agency), Some(code), Some(submitted_at)) = (&d.agency, &d.code, d.submitted_at) else {
            continue;
        };
        c.agency.push(agency.as_str());
        c.id.push(d.id);
        c.applicant.push(d.applicant);
        c.name.push(d.facts.record.value(Fact::Name, Date::MIN).text().unwrap_or_default());
        c.code.push(code);
        c.procedure.push(&d.procedure);
        c.status.push(d.status.number());
        c.version.push(d.version);
        c.assignee.push(d.assignee.map(|a| a.0));
        c.due_on.push(d.due_on);
        c.waits_second.push(d.proposal.is_some() && d.status != Status::SupplementRequested);
        c.submitted_at.push(submitted_at);
        c.updated_at.push(d.updated_at);
    }
    tx.execute(
        sql::INBOX_UPSERT,
        &[
            &c.agency,
            &c.id,
            &c.applicant,
            &c.name,
            &c.code,
            &c.procedure,
            &c.status,
            &c.version,
            &c.assignee,
            &c.due_on,
            &c.waits_second,
            &c.submitted_at,
            &c.updated_at,
        ],
    )
    .await?;
    Ok(())
}
