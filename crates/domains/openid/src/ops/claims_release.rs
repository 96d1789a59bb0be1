//! `claims_release`: something about a person is told to a relying party.
//!
//! What is told was allowed by the person, stands with the client under a law that the operator approved, and fits the
//! account's level now. Each release leaves a receipt and an entry in the log in the transaction that read the record;
//! without it nothing leaves. A sandbox tells of people who do not exist, so there is nothing to log.

use base::vietnam_date;
use bytes::Bytes;
use contracts::{Access, Purpose, ports::AccountHolder};
use forms::Person;
use jiff::Timestamp;
use serde_json::{Map, Value};
use store::Tx;

use crate::{
    Claim, OpenId, Reason, Refusal,
    claims::{Known, evaluate, facts_of},
    clients::Served,
    grant::Terms,
    limits::RELEASE_KEPT,
    sandbox::Persona,
    sql,
};

/// An answer of userinfo, kept for a moment.
#[derive(Debug)]
pub struct Released {
    pub body: Bytes,
    pub until: Timestamp,
}

/// Whom, to whom, on which terms.
#[derive(Clone, Copy)]
pub struct Telling<'a> {
    pub client: &'a Served,
    pub holder: &'a AccountHolder,
    pub terms: &'a Terms,
}

pub async fn claims_release(
    cx: &OpenId,
    tx: &mut Tx,
    telling: Telling<'_>,
    claims: &[Claim],
) -> Result<Map<String, Value>, Refusal> {
    let Telling { client, holder, terms } = telling;
    let today = vietnam_date(tx.now());
    let province_of = cx.ports.province_of.as_ref();
    // A right that the client lost since the person allowed it is no right.
    let claims: Vec<Claim> = claims.iter().copied().filter(|c| client.right(*c).is_some()).collect();
    if client.settings.sandbox {
        let persona = terms.persona.as_deref().and_then(Persona::find).ok_or(Reason::AccountEnded)?;
        let record = persona.record();
        let known =
            Known { record: &record, level: persona.level, today, places: &terms.places, province_of };
        return Ok(evaluate(&claims, known));
    }
    let (Some(person), Some(level)) = (holder.person, holder.level) else {
        return Err(Reason::AccountEnded.into());
    };
    let claims: Vec<Claim> = claims.into_iter().filter(|c| level >= c.level_min()).collect();
    if claims.is_empty() {
        return Ok(Map::new());
    }
    let access = Access::system(Purpose::RELEASE_CLAIMS);
    let facts = facts_of(&claims);
    let record = match facts.is_empty() {
        true => Person::default(),
        false => cx.ports.register.facts(tx, &access, person, &facts).await?,
    };
    let told = evaluate(&claims, Known { record: &record, level, today, places: &terms.places, province_of });
    note(tx, telling, &told);
    Ok(told)
}

/// The receipt, and the entry in the log that the person sees: who, what, under which law.
fn note(tx: &mut Tx, telling: Telling<'_>, told: &Map<String, Value>) {
    let Telling { client, holder, .. } = telling;
    let names: Vec<&str> = told.keys().map(String::as_str).collect();
    let basis = |name: &&str| Claim::parse(name).and_then(|c| client.right(c)).map(|r| r.legal_basis.clone());
    let bases: Vec<String> = names.iter().map(|name| basis(name).unwrap_or_default()).collect();
    let mut laws = bases.clone();
    laws.sort_unstable();
    laws.dedup();

    let mut entry = Access::system(Purpose::RELEASE_CLAIMS)
        .entry("openid.claims_release")
        .on("client", client.id.0)
        .fields(names.iter().copied());
    if let Some(person) = holder.person {
        entry = entry.about(person);
    }
    let mut entry = entry.done();
    entry.actor = client.id.0;
    entry.actor_label = format!("client:{}", client.settings.name.vi);
    entry.agency = Some(client.owner.0.clone());
    entry.legal_basis = [entry.legal_basis, laws.join("; ")].join("; ");
    tx.audit(entry);

    let (release, now) = (tx.new_uuid(), tx.now());
    tx.defer(
        sql::RELEASE_INSERT,
        vec![
            Box::new(holder.account),
            Box::new(release),
            Box::new(client.id),
            Box::new(names.iter().map(|n| (*n).to_owned()).collect::<Vec<String>>()),
            Box::new(bases),
            Box::new(now),
            Box::new(now + RELEASE_KEPT),
        ],
    );
}
