//! `client_key_add`, `client_key_remove`, `client_secret_make`, `client_secret_remove`: with what a client proves itself.

use base::FieldFault;
use contracts::Actor;
use jiff::Timestamp;
use jose::{Jwk, JwkSet, b64, hash::sha256};
use store::Tx;
use uuid::Uuid;

use super::client_access::{load, note};
use crate::{
    Client, ClientId, ClientState, OpenId, OpenIdError,
    limits::{CLIENT_KEYS_MAX, CLIENT_SECRETS_MAX, SECRET_LIFE},
    model::{ClientEvent, ClientSecret},
    policy::Deed,
    sql,
};

const SECRET_BYTES: usize = 32;

/// A new secret: shown once. Not for printing.
pub struct NewSecret {
    pub id: Uuid,
    pub text: String,
    pub ends_at: Timestamp,
}

/// Adds public keys: a JWK, or a set of them. Returns their ids.
pub async fn client_key_add(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
    text: &str,
) -> Result<Vec<String>, OpenIdError> {
    let client = open(cx, tx, actor, id).await?;
    if client.publishes_keys() {
        return Err(OpenIdError::field("jwk", "openid.keys_by_url"));
    }
    let keys = read(text)?;
    if client.keys.len() + keys.len() > CLIENT_KEYS_MAX {
        let fault = FieldFault::new("jwk", "openid.many").with("max", CLIENT_KEYS_MAX);
        return Err(OpenIdError::Invalid(vec![fault]));
    }
    let mut added = Vec::with_capacity(keys.len());
    for key in keys {
        let thumbprint = key.thumbprint().to_string();
        let kid = key.kid().unwrap_or(&thumbprint).to_owned();
        if client.keys.iter().any(|k| k.kid == kid) || added.contains(&kid) {
            return Err(OpenIdError::field("jwk", "openid.key_held"));
        }
        let key = serde_json::to_string(&key.with_kid(kid.as_str()))
            .map_err(|_| OpenIdError::Crypto("a client's key cannot be written"))?;
        let now = tx.now();
        let row: Vec<store::tx::Param> =
            vec![Box::new(id), Box::new(kid.clone()), Box::new(key), Box::new(now)];
        tx.defer(sql::CLIENT_KEY_INSERT, row);
        added.push(kid);
    }
    touch(tx, id);
    note(tx, actor, id, ClientEvent::KeyAdded, &added.join(", "));
    Ok(added)
}

pub async fn client_key_remove(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
    kid: &str,
) -> Result<(), OpenIdError> {
    let client = open(cx, tx, actor, id).await?;
    if !client.keys.iter().any(|k| k.kid == kid) {
        return Err(OpenIdError::NotFound);
    }
    tx.defer(sql::CLIENT_KEY_DELETE, vec![Box::new(id), Box::new(kid.to_owned())]);
    touch(tx, id);
    note(tx, actor, id, ClientEvent::KeyRemoved, kid);
    Ok(())
}

/// A new secret for a compatibility client. Two may stand side by side, so that one can follow the other.
pub async fn client_secret_make(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
) -> Result<NewSecret, OpenIdError> {
    let client = open(cx, tx, actor, id).await?;
    if !client.settings.authentication.is_secret() {
        return Err(OpenIdError::field("secret", "openid.secret_not_used"));
    }
    let now = tx.now();
    let in_force = |s: &&ClientSecret| s.ends_at > now;
    if client.secrets.iter().filter(in_force).count() >= CLIENT_SECRETS_MAX {
        let fault = FieldFault::new("secret", "openid.many").with("max", CLIENT_SECRETS_MAX);
        return Err(OpenIdError::Invalid(vec![fault]));
    }
    let text = b64::encode(base::entropy::bytes::<SECRET_BYTES>(tx.entropy()));
    let new = NewSecret { id: tx.new_uuid(), ends_at: now + SECRET_LIFE, text };
    tx.defer(
        sql::CLIENT_SECRET_INSERT,
        vec![
            Box::new(id),
            Box::new(new.id),
            Box::new(sha256(&new.text).to_vec()),
            Box::new(now),
            Box::new(new.ends_at),
        ],
    );
    touch(tx, id);
    note(tx, actor, id, ClientEvent::SecretMade, "");
    Ok(new)
}

pub async fn client_secret_remove(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    id: ClientId,
    secret: Uuid,
) -> Result<(), OpenIdError> {
    let client = open(cx, tx, actor, id).await?;
    if !client.secrets.iter().any(|s| s.id == secret) {
        return Err(OpenIdError::NotFound);
    }
    tx.defer(sql::CLIENT_SECRET_DELETE, vec![Box::new(id), Box::new(secret)]);
    touch(tx, id);
    note(tx, actor, id, ClientEvent::SecretRemoved, "");
    Ok(())
}

async fn open(cx: &OpenId, tx: &Tx, actor: &Actor, id: ClientId) -> Result<Client, OpenIdError> {
    let client = load(cx, tx, actor, id, Deed::Manage).await?;
    if client.state == ClientState::Closed { Err(OpenIdError::WrongState) } else { Ok(client) }
}

fn read(text: &str) -> Result<Vec<Jwk>, OpenIdError> {
    let fault = |rule: jose::JoseError| {
        OpenIdError::Invalid(vec![FieldFault::new("jwk", "openid.key").with("reason", rule)])
    };
    let keys = match JwkSet::parse(text) {
        Ok(set) => set.keys,
        Err(_) => vec![Jwk::parse(text).map_err(fault)?],
    };
    if keys.is_empty() { Err(OpenIdError::field("jwk", "openid.required")) } else { Ok(keys) }
}

fn touch(tx: &mut Tx, id: ClientId) {
    let now = tx.now();
    tx.defer(sql::CLIENT_TOUCH, vec![Box::new(id), Box::new(now)]);
}
