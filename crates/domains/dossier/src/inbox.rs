//! Lists that follow events: the officers' inbox (`dossier.moved`, in sets, idempotent by version) and what other domains
//! have to tell a citizen (`notice.due`). One consumer for both, so that the outbox is read once.

use std::collections::BTreeSet;

use async_trait::async_trait;
use contracts::{
    AgencyId, DossierId,
    events::{DossierMoved, NoticeDue, Payload},
};
use store::{Consumer, Event, Tx, relay::ConsumerError};

use crate::{Status, moves::notify, sql};

/// Keeps `dossier.inbox` true and hands notices on.
#[derive(Debug, Clone, Copy, Default)]
pub struct InboxProjection;

#[async_trait]
impl Consumer for InboxProjection {
    fn name(&self) -> &'static str {
        "dossier.inbox"
    }

    fn topics(&self) -> &'static [&'static str] {
        &[DossierMoved::TOPIC, NoticeDue::TOPIC]
    }

    async fn consume(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ConsumerError> {
        let (mut moved, mut forwarded, mut left) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for event in events {
            if event.topic == NoticeDue::TOPIC {
                let notice: NoticeDue = serde_json::from_value(event.payload.clone())?;
                notify(tx, notice.person, &notice.title, notice.path);
                continue;
            }
            let event: DossierMoved = serde_json::from_value(event.payload.clone())?;
            moved.insert(event.dossier);
            if let Some(agency) = event.left {
                forwarded.insert(event.dossier);
                left.insert(agency);
            }
        }
        let moved: Vec<DossierId> = moved.into_iter().collect();
        if !moved.is_empty() {
            tx.execute(sql::INBOX_UPSERT, &[&moved, &Status::SupplementRequested.number()]).await?;
        }
        if !forwarded.is_empty() {
            let forwarded: Vec<DossierId> = forwarded.into_iter().collect();
            let left: Vec<AgencyId> = left.into_iter().collect();
            tx.execute(sql::INBOX_LEAVE, &[&forwarded, &left]).await?;
        }
        Ok(())
    }
}
