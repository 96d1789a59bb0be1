//! `residence_turn`: the day has come on which a residence begins or ends. The search key follows, and a household whose head
//! is no longer there is handed over.

use contracts::{Access, PersonId, Purpose, events::LifeKind};
use store::Tx;

use super::{
    lives::{self, Act, Basis},
    write::Writes,
};
use crate::{
    RegistryError,
    model::{
        Source, household,
        residence::{self, main},
    },
    sql,
};

/// By the system itself; somebody who is no longer there is passed over.
pub async fn residence_turn(tx: &mut Tx, person: PersonId) -> Result<(), RegistryError> {
    let access = Access::system(Purpose::UPDATE_RECORD);
    let today = base::vietnam_date(tx.now());
    let mut lives = lives::load(tx, [person]).await?;
    let life = lives.get(person)?;
    let commune = main(life.residences.spans(), today).map(|s| s.value.commune.clone());
    let mut turn = Writes::default();
    turn.add(sql::PERSON_TURN, vec![Box::new(person), Box::new(life.person.version), Box::new(commune)]);
    turn.run(tx).await?;
    let yesterday = today.yesterday().unwrap_or(today);
    let left = household::headed(life, yesterday);
    if left.is_empty() {
        return Ok(());
    }
    let members = lives::members(tx, &residence::households(life.residences.spans()), today).await?;
    lives::add(tx, &mut lives, members).await?;
    let reason = Some("Chủ hộ không còn cư trú tại hộ".to_owned());
    let basis = Basis { source: Source::Residence, document: None, reason, dossier: None };
    let act = Act::new(tx, &access, LifeKind::HouseholdHead, "registry.residence_turn", today, &basis)?;
    household::hand_over(&mut lives, &act.pen(tx), person, &left, today)?;
    act.write(tx, &lives, &[]).await
}
