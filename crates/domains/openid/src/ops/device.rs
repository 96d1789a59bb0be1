//! `device_begin`, `device_next`, `device_accept`, `device_refuse`, `device_exchange`: a screen without a browser, such as a
//! kiosk, is signed in from a person's own (RFC 8628).
//!
//! The person types the code that stands on the screen, sees who asks for what, and answers. Whoever talked somebody into
//! typing a code gets no more than a question that says so. Each code answers once; the screen gets tokens once.

use std::sync::Arc;

use contracts::{AccountId, Login};
use jiff::Timestamp;
use jose::{b64, hash::sha256};
use postgres_types::Json;
use store::{Row, RowExt, StoreError, Tx};

use super::{
    code_exchange::Tokens,
    elsewhere::{Consented, Elsewhere, ElsewhereNext, Kept},
    token_issue::holder_in_force,
};
use crate::{
    Choice, OpenId, OpenIdError, Reason, Refusal, Way,
    clients::Served,
    limits::{DEVICE_LIFE, POLL_SECONDS},
    model::{ClientId, GrantType},
    params::Params,
    polling::{Asked, Told, Waiting},
    request::Request,
    sql_beyond as sql,
    token::Binding,
    user_code::UserCode,
};

const VALUE_BYTES: usize = 32;

/// What the screen gets. Not for printing.
pub struct DeviceBegun {
    pub device_code: String,
    pub user_code: UserCode,
}

pub async fn device_begin(cx: &OpenId, client: &Served, params: &Params) -> Result<DeviceBegun, Refusal> {
    let request = Request::elsewhere(params, client, GrantType::DeviceCode)?;
    let mut tx = cx.store.begin().await?;
    let begun = DeviceBegun {
        device_code: b64::encode(base::entropy::bytes::<VALUE_BYTES>(tx.entropy())),
        user_code: UserCode::new(tx.entropy()),
    };
    let ends = tx.now() + DEVICE_LIFE;
    tx.defer(
        sql::DEVICE_INSERT,
        vec![
            Box::new(sha256(&begun.device_code).to_vec()),
            Box::new(begun.user_code.digest().to_vec()),
            Box::new(client.id),
            Box::new(Json(request)),
            Box::new(POLL_SECONDS),
            Box::new(ends),
        ],
    );
    tx.finish(Ok::<(), Refusal>(())).await?;
    Ok(begun)
}

/// What a page does next with a code that somebody typed. The page limits how many a person or address may try
/// ([`crate::limits::USER_CODES`]).
///
/// # Errors
/// [`OpenIdError::NotFound`] for a code that is unknown, answered or over.
pub async fn device_next(
    cx: &OpenId,
    tx: &mut Tx,
    code: UserCode,
    login: Option<&Login>,
) -> Result<ElsewhereNext, OpenIdError> {
    let stored = Stored::load(cx, tx, code).await?;
    stored.question().next(cx, tx, login).await
}

/// The person said yes, to what `choice` says.
///
/// # Errors
/// As [`device_next`]; [`OpenIdError::WrongState`] when something else comes first, [`OpenIdError::Changed`] when something
/// else was read: show the page again.
pub async fn device_accept(
    cx: &OpenId,
    tx: &mut Tx,
    code: UserCode,
    login: &Login,
    choice: &Choice,
) -> Result<(), OpenIdError> {
    let stored = Stored::load(cx, tx, code).await?;
    let consented = stored.question().accept(cx, tx, login, choice).await?;
    answer(tx, code, Waiting::Accepted, login.actor.account, Some(consented));
    Ok(())
}

pub async fn device_refuse(
    cx: &OpenId,
    tx: &mut Tx,
    code: UserCode,
    login: &Login,
) -> Result<(), OpenIdError> {
    Stored::load(cx, tx, code).await?;
    answer(tx, code, Waiting::Refused, login.actor.account, None);
    Ok(())
}

fn answer(tx: &mut Tx, code: UserCode, state: Waiting, account: AccountId, consented: Option<Consented>) {
    let now = tx.now();
    tx.defer(
        sql::DEVICE_ANSWER,
        vec![
            Box::new(code.digest().to_vec()),
            Box::new(now),
            Box::new(state.as_str()),
            Box::new(account),
            Box::new(consented.map(Json)),
        ],
    );
}

/// The screen asks whether the person has answered, at the token endpoint.
pub async fn device_exchange(
    cx: &OpenId,
    client: &Served,
    params: &Params,
    binding: Binding,
) -> Result<Tokens, Refusal> {
    let digest = sha256(params.need("device_code")?);
    let mut tx = cx.store.begin().await?;
    let outcome = exchange(cx, &mut tx, client, &digest, binding).await;
    Kept::settle(tx, outcome).await
}

async fn exchange(
    cx: &OpenId,
    tx: &mut Tx,
    client: &Served,
    digest: &[u8],
    binding: Binding,
) -> Result<Kept, Refusal> {
    let row = tx.query_opt(sql::DEVICE_ASKED, &[&digest]).await?.ok_or(Reason::DeviceCodeWrong)?;
    if row.col::<ClientId>("client_id")? != client.id {
        return Err(Reason::DeviceCodeWrong.into());
    }
    let now = tx.now();
    match asked(&row)?.at(now) {
        Told::NotYet { reason, interval_s } => {
            tx.execute(sql::DEVICE_POLLED, &[&digest, &now, &interval_s]).await?;
            Ok(Kept::NotYet(reason))
        }
        Told::Over(reason) => {
            tx.execute(sql::DEVICE_END, &[&digest]).await?;
            Ok(Kept::NotYet(reason))
        }
        Told::Ready => {
            let account: Option<AccountId> = row.col("account_id")?;
            let consented: Option<Json<Consented>> = row.col("accepted")?;
            let (Some(account), Some(Json(consented))) = (account, consented) else {
                return Err(StoreError::Column("accepted").into());
            };
            let holder = holder_in_force(cx, tx, account).await?;
            let tokens = consented.issue(tx, account, binding).tokens(cx, tx, client, &holder).await?;
            tx.defer(sql::DEVICE_END, vec![Box::new(digest.to_vec())]);
            Ok(Kept::Tokens(Box::new(tokens)))
        }
    }
}

pub(super) fn asked(row: &Row) -> Result<Asked, StoreError> {
    Ok(Asked {
        state: Waiting::parse(row.col("state")?).ok_or(StoreError::Column("state"))?,
        polled_at: row.col("polled_at")?,
        interval_s: row.col("interval_s")?,
        ends_at: row.col("ends_at")?,
    })
}

struct Stored {
    client: Arc<Served>,
    request: Request,
    ends_at: Timestamp,
}

impl Stored {
    async fn load(cx: &OpenId, tx: &Tx, code: UserCode) -> Result<Self, OpenIdError> {
        let digest = code.digest();
        let row = tx.query_opt(sql::DEVICE_BY_CODE, &[&digest.as_slice(), &tx.now()]).await?;
        let row = row.ok_or(OpenIdError::NotFound)?;
        let client = cx.clients.get(row.col("client_id")?).ok_or(OpenIdError::NotFound)?;
        client.in_force(tx.now()).map_err(OpenIdError::Request)?;
        let Json(request) = row.col::<Json<Request>>("request")?;
        Ok(Self { client, request, ends_at: row.col("ends_at")? })
    }

    fn question(&self) -> Elsewhere<'_> {
        Elsewhere {
            client: &self.client,
            request: &self.request,
            way: Way::Device,
            begun_at: self.ends_at - DEVICE_LIFE,
            ends_at: self.ends_at,
        }
    }
}
