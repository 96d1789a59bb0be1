//! `residence_register`: a decided dossier gives a person a permanent or temporary residence.

use contracts::{
    Access,
    ports::{Nation, RecordChange},
};
use store::Tx;

use super::{
    lives::Basis,
    residence_move::{Move, residence_move},
};
use crate::{RegistryError, model::Source};

pub async fn residence_register(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    change: &RecordChange,
) -> Result<(), RegistryError> {
    let basis = Basis {
        source: Source::Residence,
        document: Some(change.document.clone()),
        reason: None,
        dossier: Some(change.dossier),
    };
    let new = Move {
        person: change.person,
        kind: change.kind,
        commune: change.commune.clone(),
        address: change.address.clone(),
        householder: change.householder,
        relation: change.relation.clone(),
        from: change.from,
        until: change.until,
    };
    residence_move(tx, access, nation, &new, &basis).await
}
