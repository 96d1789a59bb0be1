//! `consent_list`, `consent_withdraw`, `receipt_list`: who may know what of me, and who was told what.

use std::iter;

use base::Text;
use contracts::{Access, Actor, Purpose};
use postgres_types::Json;
use store::{RowExt, Tx};
use uuid::Uuid;

use super::grant_end;
use crate::{
    Claim, ClientId, ConsentGiven, OpenId, OpenIdError, Receipt, authorization::ClaimGiven, clients::Served,
    sql,
};

/// Every consent of the person in force, the youngest first.
pub async fn consent_list(cx: &OpenId, tx: &mut Tx, actor: &Actor) -> Result<Vec<ConsentGiven>, OpenIdError> {
    own(actor)?;
    let rows = tx.query(sql::CONSENT_LIST, &[&actor.account, &tx.now()]).await?;
    let mut out = Vec::with_capacity(rows.len());
    for row in &rows {
        let id: ClientId = row.col("client_id")?;
        let Some(client) = cx.clients.get(id) else { continue };
        let claims: Vec<&str> = row.col("claims")?;
        out.push(ConsentGiven {
            client: id,
            name: client.settings.name.clone(),
            owner: client.owner.clone(),
            purpose: client.settings.purpose.clone(),
            claims: claims.into_iter().filter_map(Claim::parse).map(|c| given(&client, c)).collect(),
            given_at: row.col("given_at")?,
            until: row.col("ends_at")?,
            offline: row.col("offline")?,
        });
    }
    Ok(out)
}

/// Takes a consent back: the client must ask again, and everything that it holds ends now.
///
/// # Errors
/// [`OpenIdError::NotFound`] when there is none.
pub async fn consent_withdraw(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    client: ClientId,
) -> Result<(), OpenIdError> {
    own(actor)?;
    let gone = tx.execute(sql::CONSENT_DELETE, &[&actor.account, &client]).await?;
    tx.execute(sql::CODES_END_CLIENT, &[&actor.account, &client]).await?;
    let grants = tx.query(sql::GRANTS_END_CLIENT, &[&actor.account, &client, &tx.now()]).await?;
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
