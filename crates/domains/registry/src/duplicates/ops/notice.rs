//! `notice`: two records that may be of one person become a case of the agency that has to settle it. Called by whoever
//! lets somebody in, in the same transaction.

use contracts::{Access, AgencyId, CommuneCode, PersonId, ports::Nation};
use forms::Level;
use store::{Tx, tx::Param};

use super::{Candidate, person_is_here, told};
use crate::{
    RegistryError,
    duplicates::{
        Facts, Use,
        case::{CaseId, StepKind},
        policy::{Action, authorise},
        sql,
    },
    model::{Item, Life, Lives, Relation, residence::main},
};

/// The case of somebody who has just come in and somebody who was there. A pair that was settled stays settled.
pub async fn notice(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    person: PersonId,
    candidate: &Candidate,
    of: Use,
    commune: Option<&str>,
) -> Result<(), RegistryError> {
    authorise(access, Action::Notice)?;
    let Some(id) = CaseId::of(person, candidate.person) else { return Ok(()) };
    let commune = commune.or(candidate.facts.commune.as_deref()).map(CommuneCode::new);
    let agency = responsible(nation, access, commune.as_ref());
    let evidence = serde_json::to_value(&candidate.evidence).unwrap_or_default();
    let params: Vec<Param> = vec![
        Box::new(id.person),
        Box::new(id.other),
        Box::new(of.as_str()),
        Box::new(candidate.probability),
        Box::new(evidence),
        Box::new(agency),
        Box::new(commune),
        Box::new(tx.now()),
    ];
    let params: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
        params.iter().map(|p| &**p as &(dyn tokio_postgres::types::ToSql + Sync)).collect();
    let rows = tx.query(sql::CASE_FOUND, &params).await?;
    if rows.is_empty() {
        return Ok(());
    }
    told(tx, access, id, StepKind::Found, None);
    for person in id.both() {
        tx.audit(access.entry("registry.duplicate_noticed").about(person).done());
    }
    Ok(())
}

/// The commune's agency; where the nation names none, that of the officer who let them in.
fn responsible(nation: &dyn Nation, access: &Access, commune: Option<&CommuneCode>) -> Option<AgencyId> {
    let agency = commune.and_then(|c| nation.agency_for(c, Level::Commune)).map(|card| card.id);
    agency.or_else(|| access.actor.staff().map(|(agency, _)| agency.clone()))
}

/// After a birth was registered: whether the child was there already. It is registered in any case; officers then look.
pub async fn notice_birth(
    tx: &mut Tx,
    access: &Access,
    nation: &dyn Nation,
    lives: &Lives,
    child: PersonId,
) -> Result<(), RegistryError> {
    let life = lives.get(child)?;
    let today = base::vietnam_date(tx.now());
    let home = main(life.residences.spans(), today).map(|s| s.value.commune.0.clone());
    // Who is not yet registered anywhere belongs where the birth was registered.
    let commune = home.or_else(|| life.get(Item::BirthRegistrationPlace).map(str::to_owned));
    let facts = facts(lives, life, commune.clone())?;
    // The number is drawn by chance, and new: it says nothing about who the child is.
    let facts = Facts { number: None, ..facts };
    let found = person_is_here(tx, access, nation, &facts, Use::Birth, Some(child)).await?;
    for candidate in &found {
        notice(tx, access, nation, child, candidate, Use::Birth, commune.as_deref()).await?;
    }
    Ok(())
}

fn facts(lives: &Lives, life: &Life, commune: Option<String>) -> Result<Facts, RegistryError> {
    let get = |item| life.get(item).map(str::to_owned);
    let parent = |relation| -> Result<Option<String>, RegistryError> {
        let Some(tie) = life.ties.iter().find(|s| s.value.relation == relation) else { return Ok(None) };
        Ok(match tie.value.other {
            Some(other) => lives.get(other)?.get(Item::Name).map(str::to_owned),
            None => tie.value.relative.name.clone(),
        })
    };
    Ok(Facts {
        number: get(Item::Number),
        old_number: get(Item::OldNumber),
        name: get(Item::Name).unwrap_or_default(),
        birth_date: get(Item::BirthDate),
        sex: get(Item::Sex),
        home_town: get(Item::HomeTown),
        commune,
        father_name: parent(Relation::Father)?,
        mother_name: parent(Relation::Mother)?,
        death_date: get(Item::DeathDate),
        nationality: get(Item::Nationality),
    })
}
