//! `keys_list`, `keys_rotate`, `keys_emergency`: our own signing keys, for the operator at the command line.

use contracts::{Access, Purpose};
use store::Tx;

use crate::{
    OpenId, OpenIdError,
    keys::{KeyLine, KeyState, add},
    limits::{JWKS_MAX_AGE, KEY_RETIRES_IN},
    model::SigningAlg,
    sql,
};

/// Every key, the youngest first.
pub async fn keys_list(tx: &Tx) -> Result<Vec<KeyLine>, OpenIdError> {
    Ok(tx.query(sql::KEYS, &[]).await?.iter().map(KeyLine::read).collect::<Result<_, _>>()?)
}

/// The next key signs from now on, and the one that signed retires; a new one stands ready.
///
/// # Errors
/// [`OpenIdError::WrongState`] while a next key is too young for clients' caches to know it.
pub async fn keys_rotate(cx: &OpenId, tx: &mut Tx) -> Result<(), OpenIdError> {
    let keys = keys_list(tx).await?;
    let known_since = tx.now() - JWKS_MAX_AGE;
    let next: Vec<&KeyLine> = keys.iter().filter(|k| k.state == KeyState::Next).collect();
    if next.is_empty() || next.iter().any(|k| k.made_at > known_since) {
        return Err(OpenIdError::WrongState);
    }
    for key in next {
        move_all(tx, key.alg, KeyState::Active, KeyState::Retiring);
        move_all(tx, key.alg, KeyState::Next, KeyState::Active);
        add(tx, key.alg, KeyState::Next, cx.keys.make(key.alg, cx.store.entropy().as_ref())?);
    }
    note(tx, "openid.keys_rotate");
    Ok(())
}

/// Every key there is may be known to a stranger: all retire at once, and new ones sign. What the old ones signed is void
/// as soon as everybody has read the new set of keys; here at once. Another process of ours reads it within a second, and what
/// it signs until then is void, too.
pub async fn keys_emergency(cx: &OpenId, tx: &mut Tx) -> Result<(), OpenIdError> {
    let keys = keys_list(tx).await?;
    for alg in SigningAlg::ALL {
        if !keys.iter().any(|k| k.alg == *alg && k.state == KeyState::Active) {
            continue;
        }
        for state in [KeyState::Retiring, KeyState::Active, KeyState::Next] {
            move_all(tx, *alg, state, KeyState::Retired);
        }
        for state in [KeyState::Active, KeyState::Next] {
            add(tx, *alg, state, cx.keys.make(*alg, cx.store.entropy().as_ref())?);
        }
    }
    note(tx, "openid.keys_emergency");
    Ok(())
}

fn move_all(tx: &mut Tx, alg: SigningAlg, from: KeyState, to: KeyState) {
    let now = tx.now();
    let active_at = (to == KeyState::Active).then_some(now);
    let retired_at = match to {
        KeyState::Retired => Some(now),
        KeyState::Retiring => Some(now + KEY_RETIRES_IN),
        KeyState::Next | KeyState::Active => None,
    };
    tx.defer(
        sql::KEY_MOVE,
        vec![
            Box::new(alg.as_str()),
            Box::new(from.as_str()),
            Box::new(to.as_str()),
            Box::new(active_at),
            Box::new(retired_at),
        ],
    );
}

fn note(tx: &mut Tx, action: &'static str) {
    tx.audit(Access::system(Purpose::RELEASE_CLAIMS).entry(action).done());
}
