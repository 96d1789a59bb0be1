//! `foreigner_find`: whose passport, residence card or identification number it is or was. `foreigner_number`: under which
//! number the identification system knows somebody. `foreigner_card`: the residence card that they hold.

use base::vietnam_date;
use contracts::{
    Access, PersonId,
    ports::{ForeignerKey, ResidenceCard},
};
use store::{RowExt, StoreError, Tx};

use crate::{
    RegistryError,
    policy::{Action, LOOK_UP_PURPOSES, authorise},
    sql,
};

/// Under which the papers of foreigners are claimed.
pub(super) const SOURCE: &str = "immigration";
/// What the identification system tells of a foreigner.
pub(super) const NUMBER: &str = "foreigner_number";
pub(super) const PASSPORT: &str = "passport";

/// How a paper is claimed. Numbers of passports are their country's own.
pub(super) struct PaperKey(String);

impl PaperKey {
    pub fn passport(country: &str, number: &str) -> Self {
        Self(format!("{PASSPORT} {country} {number}"))
    }

    pub fn card(number: &str) -> Self {
        Self(format!("residence_card {number}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Those of the keys that lead to somebody, with the record in force of each.
pub(super) async fn known(
    tx: &Tx,
    source: &str,
    keys: &[&PaperKey],
) -> Result<Vec<(String, PersonId)>, RegistryError> {
    let keys: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
    let rows = tx.query(sql::KEYS_KNOWN, &[&source, &keys]).await?;
    rows.iter().map(|row| Ok((row.col("key")?, row.col("person_id")?))).collect()
}

/// None where nobody ever had it; that is logged, too.
pub async fn foreigner_find(
    tx: &mut Tx,
    access: &Access,
    key: &ForeignerKey,
) -> Result<Option<PersonId>, RegistryError> {
    authorise(access, Action::LookUp, None)?;
    if !LOOK_UP_PURPOSES.contains(&access.purpose) {
        return Err(RegistryError::PurposeNotAllowed);
    }
    let (source, key, by) = match key {
        ForeignerKey::Number(number) => (NUMBER, PaperKey(number.clone()), NUMBER),
        ForeignerKey::Passport { country, number } => (SOURCE, PaperKey::passport(country, number), PASSPORT),
        ForeignerKey::Card(number) => (SOURCE, PaperKey::card(number), "residence_card"),
    };
    let person = known(tx, source, &[&key]).await?.first().map(|(_, person)| *person);
    let entry = access.entry("registry.foreigner_find").fields([by]);
    tx.audit(person.into_iter().fold(entry, contracts::access::Entry::about).done());
    Ok(person)
}

/// The number, for somebody whom it is told to in the same transaction: whoever asks leaves the entry.
pub async fn foreigner_number(tx: &Tx, person: PersonId) -> Result<Option<String>, StoreError> {
    let row = tx.query_opt(sql::SHARED_NOW, &[&person, &NUMBER]).await?;
    row.map(|row| row.col("value")).transpose()
}

/// The number of the residence card in force, which no person is told: a device looks for the card that has it.
pub async fn foreigner_card(tx: &Tx, person: PersonId) -> Result<Option<String>, StoreError> {
    let kinds = ResidenceCard::ALL.map(ResidenceCard::as_str);
    let row = tx.query_opt(sql::CARD_NOW, &[&person, &kinds.as_slice(), &vietnam_date(tx.now())]).await?;
    row.map(|row| row.col("number")).transpose()
}
