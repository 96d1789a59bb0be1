//! `claims_release`: something about a person is told to a relying party.
//!
//! What is told was allowed by the person, stands with the client under a law that the operator approved, and fits the
//! account's level now. Each release leaves a receipt and one entry in the log, which says who is told what and stands for
//! the reading of the record, too; without it nothing leaves. A sandbox tells of people who do not exist, so there is
//! nothing to log.

use std::collections::BTreeSet;

use base::{Text, vietnam_date};
use bytes::Bytes;
use contracts::{Access, Purpose, access::Entry, ports::AccountHolder};
use forms::Person;
use jiff::Timestamp;
use postgres_types::Json;
use serde_json::{Map, Value};
use store::Tx;

use crate::{
    Claim, OpenId, Reason, Refusal, acting,
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
    // A right that the client lost since the person allowed it is no right, and one that it has by another law or for
    // another purpose is another.
    let told_here = |c: &Claim| *c != Claim::IdentityMatch && terms.covers(client, *c);
    let claims: Vec<Claim> = claims.iter().copied().filter(told_here).collect();
    if client.settings.sandbox {
        let persona = terms.persona.as_deref().and_then(Persona::find).ok_or(Reason::AccountEnded)?;
        let record = persona.record();
        let acting = persona.acting();
        let known = Known {
            record: &record,
            level: persona.level,
            today,
            places: &terms.places,
            province_of,
            foreigner_number: None,
            organisation: acting.as_ref(),
        };
        return Ok(evaluate(&claims, known));
    }
    let (Some(person), Some(level)) = (holder.person, holder.level) else {
        return Err(Reason::AccountEnded.into());
    };
    let claims: Vec<Claim> = claims.into_iter().filter(|c| level >= c.level_min()).collect();
    if claims.is_empty() {
        return Ok(Map::new());
    }
    let acting = match terms.organisation {
        None => None,
        Some(id) if claims.contains(&Claim::Organisation) => {
            let service = &client.settings.name.vi;
            let acting = cx.ports.holders.act_for(tx, holder.account, id, service).await?;
            Some(acting.ok_or(Reason::AccountEnded)?)
        }
        Some(_) => {
            acting::still_acts(cx, tx, holder.account, terms).await?;
            None
        }
    };
    let foreigner_number = match claims.contains(&Claim::ForeignerNumber) {
        true => cx.ports.holders.foreigner_number(tx, holder.account).await?,
        false => None,
    };
    let entry = entry(telling, &claims);
    let facts = facts_of(&claims);
    let record = match facts.is_empty() {
        true => {
            tx.audit(entry.about(person).done());
            Person::default()
        }
        false => {
            let access = Access::system(Purpose::RELEASE_CLAIMS).telling(entry);
            cx.ports.register.facts(tx, &access, person, &facts).await?
        }
    };
    let (places, organisation) = (terms.places.as_slice(), acting.as_ref());
    let foreigner_number = foreigner_number.as_deref();
    let known = Known { record: &record, level, today, places, province_of, foreigner_number, organisation };
    let told = evaluate(&claims, known);
    leave_receipt(tx, telling, &told);
    Ok(told)
}

fn law(client: &Served, claim: Claim) -> Option<String> {
    client.right(claim).map(|right| right.legal_basis.clone())
}

/// The law, and what this one claim is for where it is not what the rest is for.
fn law_and_purpose(client: &Served, claim: Claim) -> Option<String> {
    let right = client.right(claim)?;
    Some(match &right.purpose {
        Some(purpose) => format!("{} ({}: {})", right.legal_basis, claim, purpose.vi),
        None => right.legal_basis.clone(),
    })
}

/// What the person sees in the log: who, what, for what and under which law.
pub(super) fn entry(telling: Telling<'_>, claims: &[Claim]) -> Entry {
    let client = telling.client;
    let laws: BTreeSet<String> = claims.iter().filter_map(|claim| law_and_purpose(client, *claim)).collect();
    let laws: Vec<String> = laws.into_iter().collect();
    Access::system(Purpose::RELEASE_CLAIMS)
        .entry("openid.claims_release")
        .by("client", client.id.0, &client.settings.name.vi, &client.owner)
        .because(&client.settings.purpose.vi, &laws)
        .on("client", client.id.0)
        .fields(claims.iter().map(|claim| claim.as_str()))
}

/// What was told, with law and purpose for each: never the values.
pub(super) fn leave_receipt(tx: &mut Tx, telling: Telling<'_>, told: &Map<String, Value>) {
    let Telling { client, holder, .. } = telling;
    let basis = |name: &String| Claim::parse(name).and_then(|claim| law(client, claim)).unwrap_or_default();
    let bases: Vec<String> = told.keys().map(basis).collect();
    let purpose = |name: &String| Claim::parse(name).map(|claim| client.purpose(claim).clone());
    let purposes: Vec<Option<Text>> = told.keys().map(purpose).collect();
    let (release, now) = (tx.new_uuid(), tx.now());
    tx.defer(
        sql::RELEASE_INSERT,
        vec![
            Box::new(holder.account),
            Box::new(release),
            Box::new(client.id),
            Box::new(told.keys().cloned().collect::<Vec<String>>()),
            Box::new(bases),
            Box::new(Json(purposes)),
            Box::new(now),
            Box::new(now + RELEASE_KEPT),
        ],
    );
}
