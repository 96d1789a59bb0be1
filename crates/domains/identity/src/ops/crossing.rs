//! Signing in on another screen from a telephone: `crossing_begin` and `crossing_state` on the screen, `crossing_show` and
//! `crossing_answer` on the telephone, where somebody is signed in with two factors.
//!
//! The screen's browser holds the token of its coming session from the start, so nothing that travels through the QR code
//! opens anything. The number that only the screen shows is typed on the telephone: who was sent a picture of a QR code
//! does not know it. One answer, within two minutes.

use base::Entropy;
use contracts::{LoginStrength, Method};
use futures::future::try_join;
use jiff::{SignedDuration, Timestamp};
use store::{RowExt, Tx};

use super::{
    own_entry,
    session_begin::{Begin, session_begin},
    set_up,
};
use crate::{
    Client, Current, Identity, IdentityError, SetupCode, Token, model::Todo, rows, sql, token::TokenHash,
};

/// From the QR code to the answer.
pub const CROSSING_LIFE: SignedDuration = SignedDuration::from_mins(2);
/// Two digits: 10 to 99.
const NUMBERS: u8 = 90;
const NUMBER_FIRST: i16 = 10;

/// The token that the screen's browser keeps, and what its QR code says.
pub struct Crossing {
    pub token: Token,
    pub code: SetupCode,
}

/// How it stands with a screen that waits. When it is signed in, its session is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// With the number to be typed on the telephone.
    Open {
        number: i16,
        ends_at: Timestamp,
    },
    Refused,
    /// Never asked, answered, or too late.
    Over,
}

/// What the telephone shows of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    pub agent: String,
    pub asked_at: Timestamp,
}

pub async fn crossing_begin(cx: &Identity, tx: &mut Tx, client: &Client) -> Result<Crossing, IdentityError> {
    let crossing = Crossing { token: Token::new(tx.entropy()), code: SetupCode::new(tx.entropy()) };
    tx.defer(
        sql::CROSSING_INSERT,
        vec![
            Box::new(digest(cx, &crossing.code)),
            Box::new(crossing.token.hash().0.to_vec()),
            Box::new(number(tx.entropy())),
            Box::new(client.summary()),
            Box::new(tx.now()),
            Box::new(tx.now() + CROSSING_LIFE),
        ],
    );
    Ok(crossing)
}

/// Each number is as likely as any other: what would not be is drawn again.
fn number(entropy: &dyn Entropy) -> i16 {
    loop {
        let [byte] = base::entropy::bytes(entropy);
        if byte < NUMBERS * 2 {
            return NUMBER_FIRST + i16::from(byte % NUMBERS);
        }
    }
}

pub async fn crossing_state(tx: &mut Tx, token: TokenHash) -> Result<Waiting, IdentityError> {
    let row = tx.query_opt(sql::CROSSING_STATE, &[&token.0.as_slice(), &tx.now()]).await?;
    let Some(row) = row else { return Ok(Waiting::Over) };
    if row.col("refused")? {
        return Ok(Waiting::Refused);
    }
    Ok(Waiting::Open { number: row.col("number")?, ends_at: row.col("ends_at")? })
}

pub async fn crossing_show(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    code: &SetupCode,
) -> Result<Asking, IdentityError> {
    strong(me)?;
    let row = tx.query_opt(sql::CROSSING_SHOW, &[&digest(cx, code), &tx.now()]).await?;
    let row = row.ok_or(IdentityError::CeremonyOver)?;
    tx.audit(own_entry(me, "identity.crossing_show").done());
    Ok(Asking { agent: row.col("agent")?, asked_at: row.col("asked_at")? })
}

/// The number typed, or none to refuse. A wrong number refuses, too: there is no second guess.
pub async fn crossing_answer(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    code: &SetupCode,
    number: Option<i16>,
) -> Result<bool, IdentityError> {
    strong(me)?;
    let digest = digest(cx, code);
    // The account first, as wherever a session begins.
    let account = rows::account(tx, me.account()).await?;
    super::sign_in::may_enter(&account)?;
    let row = tx.query_opt(sql::CROSSING_TAKE, &[&digest, &tx.now()]).await?;
    let row = row.ok_or(IdentityError::CeremonyOver)?;
    let (expected, agent): (i16, String) = (row.col("number")?, row.col("agent")?);
    if number != Some(expected) {
        tx.defer(sql::CROSSING_REFUSE, vec![Box::new(digest)]);
        tx.audit(own_entry(me, "identity.crossing_refuse").done());
        return Ok(false);
    }
    let hash: Vec<u8> = row.col("token_hash")?;
    let token =
        TokenHash(hash.try_into().map_err(|_| IdentityError::Crypto("a token's digest has its length"))?);
    let duties = rows::duties_of(tx, account.id);
    let (duties, devices) = try_join(duties, rows::devices_of(tx, account.id)).await?;
    let duty = super::sign_in::duty_of(&account, &duties, None)?;
    let client = Client { agent, ..Client::default() };
    let begin = Begin {
        account: &account,
        duty,
        duties: if duty.is_some() { duties.len() } else { 0 },
        methods: vec![Method::OtherDevice],
        todo: Todo::default(),
        devices: &devices,
        client: &client,
        from: Some(me),
    };
    session_begin(tx, token, begin)?;
    tx.defer(sql::CROSSING_DELETE, vec![Box::new(digest)]);
    tx.audit(own_entry(me, "identity.crossing_agree").done());
    Ok(true)
}

fn digest(cx: &Identity, code: &SetupCode) -> Vec<u8> {
    code.digest_for(&cx.keys, "crossing")
}

/// What is handed on is worth as much as what it comes from: two factors.
fn strong(me: &Current) -> Result<(), IdentityError> {
    set_up(me)?;
    if me.actor.strength < LoginStrength::Two { Err(IdentityError::SecondFactorNeeded) } else { Ok(()) }
}
