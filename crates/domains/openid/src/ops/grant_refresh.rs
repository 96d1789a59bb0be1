//! `grant_refresh`: a new access token, and a new refresh token in the place of the one that was shown (RFC 9700 section 4.14).
//!
//! One statement does it, so that of two requests with one token exactly one wins. An old token ends the whole family,
//! because whoever holds it is not alone. One exception: the answer may have been lost on its way, so for a minute the
//! token before counts once more, but only for a key-bound client with the same key, and only while nobody used its
//! successor. A thief who has token, key and the client's own key gains nothing by it that they did not have.

use contracts::AccountId;
use postgres_types::{Json, ToSql};
use serde_json::{Value, json};
use store::{RowExt, StoreError};

use super::{
    code_exchange::{Tokens, refresh_binding},
    grant_end,
};
use crate::{
    OpenId, Reason, Refusal, acting,
    clients::Served,
    grant::Terms,
    limits::REFRESH_GRACE,
    model::GrantId,
    params::Params,
    secret::Sealed,
    sql,
    token::{Binding, NewAccess},
};

pub async fn grant_refresh(
    cx: &OpenId,
    client: &Served,
    params: &Params,
    binding: Binding,
) -> Result<Tokens, Refusal> {
    let (account, grant, digest) =
        cx.secrets.taken_back(Sealed::Refresh, params.need("refresh_token")?).ok_or(Reason::RefreshWrong)?;
    let entropy = cx.store.entropy().as_ref();
    let next = cx.secrets.hand_out(entropy, Sealed::Refresh, account, grant).ok_or(Reason::Bug)?;
    let asked: Vec<&str> = params.get("scope").unwrap_or("").split(' ').filter(|s| !s.is_empty()).collect();
    let turn = Turn {
        account,
        grant,
        old: &digest,
        new: &next.digest,
        bound: refresh_binding(client, binding),
        scopes: json!(asked),
    };
    let Some(terms) = turn.rotate(cx, client).await? else {
        return Err(turn.why_not(cx, client).await?.into());
    };
    if terms.organisation.is_some() {
        let tx = cx.store.begin().await?;
        let acts = acting::still_acts(cx, &tx, account, &terms).await;
        if tx.finish(acts).await.is_err() {
            grant_end::end_now(cx, account, grant).await?;
            return Err(Reason::RefreshWrong.into());
        }
    }
    // A right that the client lost since the person allowed it is no right.
    let granted = if asked.is_empty() { terms.scopes.iter().map(String::as_str).collect() } else { asked };
    let kept: Vec<&str> = granted.into_iter().filter(|scope| client.may_have(scope)).collect();
    let lost = |uri: &String| !client.settings.audiences.contains(uri);
    if terms.resource.as_ref().is_some_and(lost) {
        return Err(Reason::ResourceNotAllowed.into());
    }
    let scope = kept.join(" ");
    let access = NewAccess {
        client,
        subject: cx.subject(client, account, &terms),
        audience: terms.resource.as_deref(),
        scope: scope.clone(),
        grant: Some((account, grant)),
        tells: !terms.userinfo.is_empty(),
        login: Some(&terms.login),
        binding,
        act: None,
        until: None,
    };
    let access = cx.issue_access(access, cx.store.clock().now()).await?;
    Ok(Tokens { access, binding, scope, refresh: Some(next.text), id_token: None })
}

/// One token in the place of another.
struct Turn<'a> {
    account: AccountId,
    grant: GrantId,
    old: &'a [u8],
    new: &'a [u8],
    bound: Option<String>,
    /// Those asked for, of those that were granted.
    scopes: Value,
}

impl Turn<'_> {
    /// The terms of the grant, when everything fits; then the new token is the one that counts. No transaction: each
    /// statement stands alone, and BEGIN and COMMIT would cost more than it does.
    async fn rotate(&self, cx: &OpenId, client: &Served) -> Result<Option<Terms>, StoreError> {
        let now = cx.store.clock().now();
        let since = now - REFRESH_GRACE;
        let Self { account, grant, old, new, bound, scopes } = self;
        let params: [&(dyn ToSql + Sync); 9] =
            [account, grant, old, new, &now, &client.id, bound, scopes, &since];
        let connection = cx.store.connection().await?;
        let rotate = connection.prepare_cached(sql::GRANT_REFRESH).await?;
        let (first, _) = params.split_at(params.len() - 1);
        let mut row = connection.query_opt(&rotate, first).await?;
        if row.is_none() {
            let again = connection.prepare_cached(sql::GRANT_REFRESH_AGAIN).await?;
            row = connection.query_opt(&again, &params).await?;
        }
        row.map(|row| row.col::<Json<Terms>>("terms").map(|Json(terms)| terms)).transpose()
    }

    /// Finds out what did not fit. An old token of this very client ends the family.
    async fn why_not(&self, cx: &OpenId, client: &Served) -> Result<Reason, StoreError> {
        let now = cx.store.clock().now();
        let connection = cx.store.connection().await?;
        let state = connection.prepare_cached(sql::GRANT_REFRESH_STATE).await?;
        let row = connection.query_opt(&state, &[&self.account, &self.grant, &self.old, &now]).await?;
        drop(connection);
        let Some(row) = row else { return Ok(Reason::RefreshWrong) };
        let owner: uuid::Uuid = row.col("client_id")?;
        if owner != client.id.0 || !row.col::<bool>("live")? {
            return Ok(Reason::RefreshWrong);
        }
        if row.col::<Option<String>>("binding")? != self.bound {
            return Ok(Reason::RefreshBinding);
        }
        if row.col("current")? {
            // Everything fits but the scopes.
            return Ok(Reason::ScopeNotAllowed);
        }
        grant_end::end_now(cx, self.account, self.grant).await?;
        Ok(Reason::RefreshReused)
    }
}
