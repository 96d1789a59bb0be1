//! The tokens of a grant that begins: what a code, a device or a back-channel request ends in.

use contracts::{AccountId, ports::AccountHolder};
use postgres_types::Json;
use serde_json::Map;
use store::Tx;
use uuid::Uuid;

use super::{
    claims_release::{Telling, claims_release},
    code_exchange::{Tokens, refresh_binding},
};
use crate::{
    Claim, OpenId, Reason, Refusal, Scope, acting,
    clients::Served,
    grant::Terms,
    limits::{GRANT_LIFE, GRANT_OFFLINE_LIFE, VISIT_KEPT},
    model::{GrantId, GrantType},
    secret::Sealed,
    sql, sql_beyond,
    token::{Binding, NewAccess, NewIdToken},
};

/// What is issued, and on which terms.
pub(super) struct Issue<'a> {
    pub account: AccountId,
    pub grant: GrantId,
    pub terms: &'a Terms,
    /// Told in the identity token.
    pub id_token: &'a [Claim],
    pub nonce: Option<&'a str>,
    /// The session in which the person said yes, where the client's own session hangs on it.
    pub session: Option<Uuid>,
    /// The grant goes on after the session.
    pub offline: bool,
    pub binding: Binding,
}

/// Whose account it is, as it is now: tokens are issued only while it is in use.
pub(super) async fn holder_in_force(
    cx: &OpenId,
    tx: &Tx,
    account: AccountId,
) -> Result<AccountHolder, Refusal> {
    let holder = cx.ports.holders.holder(tx, account).await?.filter(|h| h.active);
    Ok(holder.ok_or(Reason::AccountEnded)?)
}

impl Issue<'_> {
    pub async fn tokens(
        self,
        cx: &OpenId,
        tx: &mut Tx,
        client: &Served,
        holder: &AccountHolder,
    ) -> Result<Tokens, Refusal> {
        let Self { account, grant, terms, binding, .. } = self;
        acting::still_acts(cx, tx, account, terms).await?;
        let now = tx.now();
        let subject = cx.subject(client, account, terms);
        let about = match self.id_token.is_empty() {
            true => Map::new(),
            false => {
                let telling = Telling { client, holder, terms };
                claims_release(cx, tx, telling, self.id_token).await?
            }
        };
        let scope = terms.scopes.join(" ");
        let access = NewAccess {
            client,
            subject: subject.clone(),
            audience: terms.resource.as_deref(),
            scope: scope.clone(),
            grant: Some((account, grant)),
            tells: !terms.userinfo.is_empty(),
            login: Some(&terms.login),
            binding,
            act: None,
            until: None,
        };
        let access = cx.issue_access(access, now).await?;
        let id_token = match terms.scopes.iter().any(|s| s == Scope::Openid.as_str()) {
            true => {
                let new = NewIdToken {
                    client,
                    subject: &subject,
                    terms,
                    nonce: self.nonce,
                    session: self.session,
                    access: &access,
                    claims: &about,
                };
                Some(cx.issue_id_token(new, now).await?)
            }
            false => None,
        };
        self.visit(tx, client, subject);
        let refresh = self.begin(cx, tx, client)?;
        Ok(Tokens { access, binding, scope, refresh, id_token })
    }

    /// The row of the grant, with its first refresh token where the client may have one.
    fn begin(self, cx: &OpenId, tx: &mut Tx, client: &Served) -> Result<Option<String>, Refusal> {
        let now = tx.now();
        let (account, grant) = (self.account, self.grant);
        let life = if self.offline { GRANT_OFFLINE_LIFE } else { GRANT_LIFE };
        let refresh = match client.may(GrantType::RefreshToken) {
            true => {
                let handed = cx.secrets.hand_out(tx.entropy(), Sealed::Refresh, account, grant);
                Some(handed.ok_or(Reason::Bug)?)
            }
            false => None,
        };
        let session = if self.offline { None } else { self.session };
        tx.defer(
            sql::GRANT_INSERT,
            vec![
                Box::new(account),
                Box::new(grant),
                Box::new(client.id),
                Box::new(session),
                Box::new(Json(self.terms.clone())),
                Box::new(refresh_binding(client, self.binding)),
                Box::new(refresh.as_ref().map(|r| r.digest.to_vec())),
                Box::new(now),
                Box::new(now + life),
            ],
        );
        Ok(refresh.map(|r| r.text))
    }

    /// The client hears from now on when the session ends or the account changes.
    fn visit(&self, tx: &mut Tx, client: &Served, subject: String) {
        let now = tx.now();
        tx.defer(
            sql_beyond::VISIT_PUT,
            vec![
                Box::new(self.account),
                Box::new(client.id),
                Box::new(self.session.unwrap_or(self.account.0)),
                Box::new(subject),
                Box::new(now),
                Box::new(now + VISIT_KEPT),
            ],
        );
    }
}
