//! Identity cards as the record has them.

use async_trait::async_trait;
use contracts::{
    Access, PersonId,
    ports::{Cards, PortError},
};
use jiff::civil::Date;
use registry::ops::person_record;
use store::Tx;

/// The cards that prove a person's identity (Law on Identity Art. 46: the older one until its last day).
/// A foreigner proves it with the residence card.
const KINDS: [&str; 4] =
    ["identity_card", "citizen_card", "permanent_residence_card", "temporary_residence_card"];

pub struct RecordCards;

#[async_trait]
impl Cards for RecordCards {
    async fn card_until(
        &self,
        tx: &mut Tx,
        access: &Access,
        person: PersonId,
    ) -> Result<Option<Date>, PortError> {
        let record = person_record(tx, access, person).await?;
        let cards = record
            .papers
            .iter()
            .filter(|paper| paper.ended.is_none() && KINDS.contains(&paper.kind.as_str()));
        Ok(cards.map(|card| card.expires_on.unwrap_or(Date::MAX)).max())
    }
}
