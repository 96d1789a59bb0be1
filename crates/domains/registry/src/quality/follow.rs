//! Keeps assessments up to date: whom an event touched, and their kin, are looked at again.

use std::collections::BTreeSet;

use async_trait::async_trait;
use contracts::events::{Payload, PersonMerged, RecordChanged, UnitsReformed};
use store::{Consumer, Event, Tx, relay::ConsumerError};
use uuid::Uuid;

use super::{Quality, jobs, ops};

/// Follows the events of the record.
pub struct Follow(pub Quality);

#[async_trait]
impl Consumer for Follow {
    fn name(&self) -> &'static str {
        "registry.quality"
    }

    fn topics(&self) -> &'static [&'static str] {
        &[RecordChanged::TOPIC, PersonMerged::TOPIC, UnitsReformed::TOPIC]
    }

    async fn consume(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ConsumerError> {
        let mut touched: BTreeSet<Uuid> = BTreeSet::new();
        for event in events {
            if event.topic == PersonMerged::TOPIC {
                let merged: PersonMerged = serde_json::from_value(event.payload.clone())?;
                touched.extend([merged.given.0, merged.kept.0]);
            } else if event.topic == UnitsReformed::TOPIC {
                jobs::after_reform(tx, &serde_json::from_value(event.payload.clone())?);
            } else {
                let changed: RecordChanged = serde_json::from_value(event.payload.clone())?;
                touched.insert(changed.person.0);
            }
        }
        let touched: Vec<Uuid> = touched.into_iter().collect();
        let all = ops::with_kin(tx, &touched).await?;
        // All at once, a few thousand at most: people are locked before figures, so that nobody waits in a ring.
        ops::persons_assess(tx, &self.0, &all).await?;
        Ok(())
    }
}
