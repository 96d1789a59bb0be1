//! `consent_list`, `consent_withdraw`, `receipt_list`: who may know what of me, and who was told what.
//!
//! Whoever was let in is in the list, whether the answer was remembered or not: by a browser, a device, a call centre, only
//! once; also what was allowed a moment ago and waits to be fetched. One click ends all of it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    iter,
};

use base::Text;
use contracts::{Access, Actor, Purpose};
use futures::future::try_join;
use postgres_types::Json;
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use super::grant_end;
use crate::{
    Claim, ClientId, ConsentGiven, Held, OpenId, OpenIdError, Receipt, Standing, Way,
    authorization::ClaimGiven,
    clients::Served,
    limits::ACCESS_LIFE,
    policy::Remembered,
    shown::{self, Shown},
    sql, sql_beyond, sql_console,
};

/// Every relying party that may know something of the person or has something of theirs in hand: what waits to be fetched
/// first, then the youngest first.
pub async fn consent_list(cx: &OpenId, tx: &mut Tx, actor: &Actor) -> Result<Vec<ConsentGiven>, OpenIdError> {
    own(actor)?;
    let (account, now) = (actor.account, tx.now());
    let since = now - ACCESS_LIFE;
    let (consents, held) = try_join(
        tx.query(sql::CONSENT_LIST, &[&account, &now]),
        tx.query(sql_console::HELD, &[&account, &now, &since]),
    )
    .await?;
    let mut all = Given(BTreeMap::new());
    for row in &consents {
        all.remember(cx, row)?;
    }
    for row in &held {
        all.hold(cx, row)?;
    }
    let mut out: Vec<ConsentGiven> = all.0.into_values().map(|(one, _)| one).collect();
    out.iter_mut().for_each(|one| one.claims.sort_by_key(|given| given.claim));
    out.sort_by_key(|one| Reverse((one.waits(), one.stirred_at())));
    Ok(out)
}

/// The list as it is put together, with the claims that are in it already.
struct Given(BTreeMap<ClientId, (ConsentGiven, BTreeSet<Claim>)>);

impl Given {
    fn remember(&mut self, cx: &OpenId, row: &Row) -> Result<(), StoreError> {
        let Some(client) = cx.clients.get(row.col("client_id")?) else { return Ok(()) };
        let Some(Remembered { claims, offline }) = in_force(row, &client)? else { return Ok(()) };
        let one = self.add(&client, claims);
        one.remembered =
            Some(Standing { given_at: row.col("given_at")?, until: row.col("ends_at")?, offline });
        Ok(())
    }

    fn hold(&mut self, cx: &OpenId, row: &Row) -> Result<(), StoreError> {
        let Some(client) = cx.clients.get(row.col("client_id")?) else { return Ok(()) };
        let Json(shown) = row.col::<Json<Vec<Shown>>>("shown")?;
        let as_now = |(claim, then): &(Claim, String)| shown::claim(&client, *claim).as_ref() == Some(then);
        let claims = shown.into_iter().flatten().filter(as_now).map(|(claim, _)| claim).collect();
        // People who do not exist have nothing to tell.
        let claims = if client.settings.sandbox { Vec::new() } else { claims };
        let one = self.add(&client, claims);
        one.held.push(Held {
            way: Way::parse(row.col("way")?).unwrap_or_default(),
            waits: row.col("waits")?,
            count: row.col("count")?,
            since: row.col("since")?,
            used_at: row.col("used_at")?,
            until: row.col("ends_at")?,
            offline: row.col("offline")?,
        });
        Ok(())
    }

    fn add(&mut self, client: &Served, claims: Vec<Claim>) -> &mut ConsentGiven {
        let nothing = || (ConsentGiven::none(client), BTreeSet::new());
        let (one, known) = self.0.entry(client.id).or_insert_with(nothing);
        let new = claims.into_iter().filter(|claim| known.insert(*claim));
        one.claims.extend(new.map(|claim| given(client, claim)));
        one
    }
}

/// What a stored consent still allows. Nothing, once somebody else asks or for something else; and of the claims those whose
/// law and purpose are what the person read.
pub(super) fn in_force(row: &Row, client: &Served) -> Result<Option<Remembered>, StoreError> {
    if row.col::<&str>("party")? != shown::party(client) {
        return Ok(None);
    }
    let (claims, shown): (Vec<&str>, Vec<String>) = (row.col("claims")?, row.col("shown")?);
    let claims = claims.into_iter().zip(shown).filter_map(|(name, then)| {
        Claim::parse(name).filter(|claim| shown::claim(client, *claim).as_ref() == Some(&then))
    });
    Ok(Some(Remembered { claims: claims.collect(), offline: row.col("offline")? }))
}

/// Takes everything back that was allowed to a client, in whichever way: it must ask again, and what it holds ends now, also
/// what it has not fetched yet.
///
/// # Errors
/// [`OpenIdError::NotFound`] when there is nothing.
pub async fn consent_withdraw(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    client: ClientId,
) -> Result<(), OpenIdError> {
    own(actor)?;
    let account = actor.account;
    let mut gone = 0;
    // What may be fetched goes before the grants: whoever fetches right now is waited for, and the grant is seen.
    for statement in [
        sql::CONSENT_DELETE,
        sql::CODES_END_CLIENT,
        sql_beyond::DEVICES_TAKE_BACK,
        sql_beyond::CIBA_TAKE_BACK,
    ] {
        gone += tx.execute(statement, &[&account, &client]).await?;
    }
    let grants = tx.query(sql::GRANTS_END_CLIENT, &[&account, &client, &tx.now()]).await?;
    if gone == 0 && grants.is_empty() {
        return Err(OpenIdError::NotFound);
    }
    for row in &grants {
        let grant: Uuid = row.col("grant_id")?;
        grant_end::note(cx, tx, grant);
    }
    let entry = Access::new(actor, Purpose::RELEASE_CLAIMS).entry("openid.consent_withdraw");
    let entry = entry.on("client", client.0);
    tx.audit(match actor.person() {
        Some(person) => entry.about(person).done(),
        None => entry.done(),
    });
    Ok(())
}

/// Receipts of what was released, the youngest first; `before` goes on where a list ended.
pub async fn receipt_list(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Receipt>, OpenIdError> {
    own(actor)?;
    let limit = i64::from(limit.clamp(1, crate::limits::RECEIPTS_SHOWN_MAX));
    let before = before.unwrap_or(Uuid::max());
    let rows = tx.query(sql::RELEASE_LIST, &[&actor.account, &before, &limit]).await?;
    let mut out = Vec::with_capacity(rows.len());
    for row in &rows {
        let id: ClientId = row.col("client_id")?;
        let Some(client) = cx.clients.get(id) else { continue };
        let claims: Vec<&str> = row.col("claims")?;
        let bases: Vec<String> = row.col("bases")?;
        let Json(purposes) = row.col::<Json<Vec<Option<Text>>>>("purposes")?;
        let purposes = purposes.into_iter().chain(iter::repeat(None));
        let claims =
            claims.into_iter().zip(bases).zip(purposes).filter_map(|((name, legal_basis), purpose)| {
                Claim::parse(name).map(|claim| ClaimGiven { claim, legal_basis, purpose })
            });
        out.push(Receipt {
            id: row.col("release_id")?,
            client: id,
            name: client.settings.name.clone(),
            at: row.col("at")?,
            claims: claims.collect(),
        });
    }
    Ok(out)
}

/// Officers have no consents: what they use, their agency answers for.
fn own(actor: &Actor) -> Result<(), OpenIdError> {
    if actor.person().is_some() { Ok(()) } else { Err(OpenIdError::Forbidden) }
}

fn given(client: &Served, claim: Claim) -> ClaimGiven {
    let legal_basis = client.right(claim).map(|r| r.legal_basis.clone()).unwrap_or_default();
    ClaimGiven { claim, legal_basis, purpose: Some(client.purpose(claim).clone()) }
}
