//! The record as other domains ask it.

use std::sync::Arc;

use async_trait::async_trait;
use base::PersonalNumber;
use contracts::{
    Access, Companion, PersonId, Standing,
    ports::{
        ForeignerEntry, ForeignerKey, Foreigners, IdentityClaim, Nation, NewForeigner, PortError,
        RecordChange, Register,
    },
};
use forms::{Fact, Person};
use store::Tx;

use crate::{RegistryError, duplicates, ops};

/// The record, wired to the catalogue.
#[derive(Clone)]
pub struct Registry {
    pub nation: Arc<dyn Nation>,
}

impl From<RegistryError> for PortError {
    fn from(e: RegistryError) -> Self {
        Self::new(e)
    }
}

#[async_trait]
impl Foreigners for Registry {
    async fn foreigner_enter(
        &self,
        tx: &mut Tx,
        access: &Access,
        new: &NewForeigner,
    ) -> Result<ForeignerEntry, PortError> {
        Ok(ops::foreigner_enter(tx, access, self.nation.as_ref(), new).await?)
    }

    async fn foreigner_find(
        &self,
        tx: &mut Tx,
        access: &Access,
        key: &ForeignerKey,
    ) -> Result<Option<PersonId>, PortError> {
        Ok(ops::foreigner_find(tx, access, key).await?)
    }

    async fn foreigner_number(&self, tx: &Tx, person: PersonId) -> Result<Option<String>, PortError> {
        Ok(ops::foreigner_number(tx, person).await?)
    }

    async fn foreigner_card(&self, tx: &Tx, person: PersonId) -> Result<Option<String>, PortError> {
        Ok(ops::foreigner_card(tx, person).await?)
    }
}

#[async_trait]
impl Register for Registry {
    async fn person_by_number(
        &self,
        tx: &mut Tx,
        access: &Access,
        number: &PersonalNumber,
    ) -> Result<Option<PersonId>, PortError> {
        Ok(ops::person_by_number(tx, access, number).await?)
    }

    async fn facts(
        &self,
        tx: &mut Tx,
        access: &Access,
        person: PersonId,
        wanted: &[Fact],
    ) -> Result<Person, PortError> {
        Ok(ops::person_facts(tx, access, person, wanted).await?)
    }

    async fn matches(
        &self,
        tx: &mut Tx,
        access: &Access,
        claim: &IdentityClaim,
    ) -> Result<Option<PersonId>, PortError> {
        Ok(ops::person_match(tx, access, claim).await?)
    }

    async fn apply(&self, tx: &mut Tx, access: &Access, change: &RecordChange) -> Result<(), PortError> {
        // The dossier may have begun before the record gave way to another of the same person.
        let person = duplicates::ops::person_resolve(tx, change.person).await?;
        let change = RecordChange { person, ..change.clone() };
        Ok(ops::residence_register(tx, access, self.nation.as_ref(), &change).await?)
    }

    async fn standing(
        &self,
        tx: &mut Tx,
        access: &Access,
        person: PersonId,
    ) -> Result<Option<Standing>, PortError> {
        Ok(ops::person_standing(tx, access, person).await?)
    }

    async fn hold(&self, tx: &Tx, person: PersonId) -> Result<(), PortError> {
        Ok(ops::person_hold(tx, person).await?)
    }

    async fn companion(
        &self,
        tx: &mut Tx,
        access: &Access,
        child: PersonId,
        companion: PersonId,
    ) -> Result<Option<Companion>, PortError> {
        Ok(ops::companion_look(tx, access, child, companion).await?)
    }
}
