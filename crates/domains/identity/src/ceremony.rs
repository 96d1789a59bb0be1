//! Something that was begun and waits for its answer: kept here and not in the browser, found once by a token that only
//! the browser has, and worth nothing after its end. Those that wait for a code from a message are begun by `codes`.

use contracts::AccountId;
use jiff::SignedDuration;
use serde::{Serialize, de::DeserializeOwned};
use store::{RowExt, Store, Tx};

use crate::{IdentityError, Token, sql};

/// Longest wait: a person looks for their telephone.
pub(crate) const LIFE: SignedDuration = SignedDuration::from_mins(5);

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    PasskeyRegister,
    PasskeySignIn,
    PasskeyStepUp,
    /// The password was right; the second factor is missing.
    SecondFactor,
    MessageStepUp,
    /// An account that is being opened online.
    Opening,
    /// A telephone that becomes the account's.
    Phone,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PasskeyRegister => "passkey_register",
            Self::PasskeySignIn => "passkey_sign_in",
            Self::PasskeyStepUp => "passkey_step_up",
            Self::SecondFactor => "second_factor",
            Self::MessageStepUp => "message_step_up",
            Self::Opening => "opening",
            Self::Phone => "phone",
        }
    }
}

/// Begins one and gives its token.
pub(crate) fn begin(
    tx: &mut Tx,
    kind: Kind,
    account: Option<AccountId>,
    state: &impl Serialize,
) -> Result<String, IdentityError> {
    let (token, ends_at) = (Token::new(tx.entropy()), tx.now() + LIFE);
    let state = serde_json::to_vec(state).map_err(|_| BROKEN)?;
    tx.defer(
        sql::CEREMONY_INSERT,
        vec![
            Box::new(token.hash().0.to_vec()),
            Box::new(kind.as_str()),
            Box::new(account),
            Box::new(state),
            Box::new(ends_at),
        ],
    );
    Ok(token.bearer())
}

/// Looks at it and leaves it, for an answer that may be given wrong a few times.
pub(crate) async fn peek<S: DeserializeOwned>(
    tx: &Tx,
    kind: Kind,
    token: &str,
) -> Result<(Option<AccountId>, S), IdentityError> {
    find(tx, sql::CEREMONY_FIND, kind, token).await
}

/// Takes it away with this transaction: of two answers at once one comes too late.
pub(crate) async fn take<S: DeserializeOwned>(
    tx: &Tx,
    kind: Kind,
    token: &str,
) -> Result<(Option<AccountId>, S), IdentityError> {
    find(tx, sql::CEREMONY_TAKE, kind, token).await
}

async fn find<S: DeserializeOwned>(
    tx: &Tx,
    sql: &'static str,
    kind: Kind,
    token: &str,
) -> Result<(Option<AccountId>, S), IdentityError> {
    let hash = Token::parse(token).ok_or(IdentityError::CeremonyOver)?.hash();
    let row = tx.query_opt(sql, &[&hash.0.as_slice(), &kind.as_str(), &tx.now()]).await?;
    let row = row.ok_or(IdentityError::CeremonyOver)?;
    let state: Vec<u8> = row.col("state")?;
    Ok((row.col("account_id")?, serde_json::from_slice(&state).map_err(|_| BROKEN)?))
}

/// A wrong answer spends it, too, although the transaction that found it wrong is undone.
pub(crate) async fn spend(store: &Store, token: &str) -> Result<(), IdentityError> {
    let Some(token) = Token::parse(token) else { return Ok(()) };
    let tx = store.begin().await?;
    let gone = tx.execute(sql::CEREMONY_SPEND, &[&token.hash().0.as_slice()]).await;
    tx.finish(gone).await?;
    Ok(())
}

pub(crate) const BROKEN: IdentityError =
    IdentityError::Crypto("what a ceremony waits with is not well formed");
