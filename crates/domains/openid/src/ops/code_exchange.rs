//! `code_exchange`: a client turns a code into tokens, once (RFC 6749 section 4.1.3).
//!
//! Whoever shows the code must be the client it was given to, show the same redirect URI, the secret of the request (PKCE),
//! and the key that the request named. A code that comes twice was stolen by somebody: everything that came of it ends.

use contracts::AccountId;
use futures::future::join;
use jose::{Thumbprint, hash::sha256_text};
use postgres_types::Json;
use store::{RowExt, StoreError, Tx};
use subtle::ConstantTimeEq;

use super::{
    grant_end,
    token_issue::{Issue, holder_in_force},
};
use crate::{
    OpenId, Reason, Refusal,
    clients::Served,
    grant::CodeTerms,
    limits::GRANT_LIFE,
    model::{GrantId, Sender},
    params::Params,
    secret::Sealed,
    sql,
    token::Binding,
};

/// The least and the most that a `code_verifier` has (RFC 7636 section 4.1).
const VERIFIER_CHARS: std::ops::RangeInclusive<usize> = 43..=128;

/// What the token endpoint hands out. Not for printing.
pub struct Tokens {
    pub access: String,
    pub binding: Binding,
    pub scope: String,
    pub refresh: Option<String>,
    pub id_token: Option<String>,
}

pub async fn code_exchange(
    cx: &OpenId,
    client: &Served,
    params: &Params,
    binding: Binding,
) -> Result<Tokens, Refusal> {
    let code = params.need("code")?;
    let (account, grant, digest) = cx.secrets.taken_back(Sealed::Code, code).ok_or(Reason::CodeWrong)?;
    let mut tx = cx.store.begin().await?;
    let shown = Shown { account, grant, digest, params, binding };
    let outcome = exchange(cx, &mut tx, client, &shown).await;
    match outcome {
        Err(Refusal::Because(Reason::CodeUsed)) => {
            drop_quietly(tx).await;
            grant_end::end_now(cx, account, grant).await?;
            Err(Reason::CodeUsed.into())
        }
        outcome => tx.finish(outcome).await,
    }
}

/// Everything that came with the request.
struct Shown<'a> {
    account: AccountId,
    grant: GrantId,
    digest: [u8; 32],
    params: &'a Params,
    binding: Binding,
}

async fn drop_quietly(tx: Tx) {
    let undone: Result<(), StoreError> = tx.finish(Err(StoreError::Conflict)).await;
    drop(undone);
}

async fn exchange(cx: &OpenId, tx: &mut Tx, client: &Served, shown: &Shown<'_>) -> Result<Tokens, Refusal> {
    let Shown { account, grant, binding, .. } = *shown;
    let (code, holder) = join(shown.check(tx, client), holder_in_force(cx, tx, account)).await;
    let (code, holder) = (code?, holder?);
    let issue = Issue {
        account,
        grant,
        terms: &code.terms,
        id_token: &code.id_token,
        nonce: code.nonce.as_deref(),
        session: code.session,
        offline: code.offline,
        binding,
    };
    let tokens = issue.tokens(cx, tx, client, &holder).await?;
    // The code's row stays until the grant could have ended, so that its second coming is noticed.
    let now = tx.now();
    tx.defer(
        sql::CODE_USE,
        vec![Box::new(account), Box::new(shown.digest.to_vec()), Box::new(now), Box::new(now + GRANT_LIFE)],
    );
    Ok(tokens)
}

impl Shown<'_> {
    async fn check(&self, tx: &Tx, client: &Served) -> Result<CodeTerms, Refusal> {
        let row = tx.query_opt(sql::CODE_FIND, &[&self.account, &self.digest.as_slice()]).await?;
        let row = row.ok_or(Reason::CodeWrong)?;
        // Another client's code is to this one as if it did not exist; its owner can still use it.
        if row.col::<uuid::Uuid>("client_id")? != client.id.0 {
            return Err(Reason::CodeWrong.into());
        }
        if row.col::<Option<jiff::Timestamp>>("used_at")?.is_some() {
            return Err(Reason::CodeUsed.into());
        }
        if row.col::<jiff::Timestamp>("ends_at")? <= tx.now() {
            return Err(Reason::CodeWrong.into());
        }
        let Json(code) = row.col::<Json<CodeTerms>>("terms")?;
        if self.params.get("redirect_uri") != Some(code.redirect_uri.as_str()) {
            return Err(Reason::CodeRedirect.into());
        }
        let verifier = self.params.get("code_verifier").unwrap_or_default();
        let fits: bool = sha256_text(verifier).as_bytes().ct_eq(code.challenge.as_bytes()).into();
        if !fits || !VERIFIER_CHARS.contains(&verifier.len()) {
            return Err(Reason::CodeVerifier.into());
        }
        if let Some(jkt) = &code.dpop_jkt {
            let shown = Thumbprint::parse(jkt).ok().map(Binding::Key);
            if shown != Some(self.binding) {
                return Err(Reason::CodeBinding.into());
            }
        }
        Ok(code)
    }
}

/// Refresh tokens are bound to what access tokens are bound to. A certificate that bound them would end all grants when it
/// is renewed; those of its clients are bound by authentication (RFC 8705 section 4).
pub(crate) fn refresh_binding(client: &Served, binding: Binding) -> Option<String> {
    match client.settings.sender {
        Sender::Tls => None,
        Sender::Dpop | Sender::Bearer => binding.text(),
    }
}
