//! Our own signing keys: next → active → retiring → retired, of one algorithm each.
//!
//! - A key is published as *next* before it signs, so that clients' caches know it; *active* is the one that signs;
//!   *retiring* still verifies until what it signed has expired; *retired* is only remembered.
//! - Every process follows the table once a second ([`KeyRing::refresh`]); private halves are in files that only their owner
//!   reads, or in a hardware module ([`pkcs11`]). They are never in the database.

use std::{
    collections::HashMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use base::Entropy;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use jose::{Algorithm, Compact, JoseError, Jwk, Signer, SoftwareKey, VerifyingKey};
use serde::Serialize;
use store::{Row, RowExt, Store, StoreError, Tx};

pub mod pkcs11;

pub use pkcs11::{Hsm, HsmSettings};

use crate::{
    OpenIdError,
    model::{SigningAlg, words},
    secret::write_once,
    sql,
};

/// The least time between two looks for keys that a token names and we do not know.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_millis(200);

words! {
    KeyState {
        Next = "next",
        Active = "active",
        Retiring = "retiring",
        Retired = "retired",
    }
}

words! {
    /// Where the private half is.
    Place {
        File = "file",
        Pkcs11 = "pkcs11",
    }
}

/// A key as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    pub kid: String,
    pub alg: SigningAlg,
    pub state: KeyState,
    pub place: Place,
    pub made_at: Timestamp,
    pub active_at: Option<Timestamp>,
    pub retired_at: Option<Timestamp>,
}

impl KeyLine {
    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        let word = |name| row.col::<&str>(name);
        Ok(Self {
            kid: row.col("kid")?,
            alg: SigningAlg::parse(word("alg")?).ok_or(StoreError::Column("alg"))?,
            state: KeyState::parse(word("state")?).ok_or(StoreError::Column("state"))?,
            place: Place::parse(word("place")?).ok_or(StoreError::Column("place"))?,
            made_at: row.col("made_at")?,
            active_at: row.col("active_at")?,
            retired_at: row.col("retired_at")?,
        })
    }
}

/// A new key whose row is still to be written.
pub struct NewKey {
    pub kid: String,
    pub jwk: String,
    pub place: Place,
}

impl From<SigningAlg> for Algorithm {
    fn from(alg: SigningAlg) -> Self {
        match alg {
            SigningAlg::Es256 => Self::Es256,
            SigningAlg::Rs256 => Self::Rs256,
        }
    }
}

/// The keys of this process.
pub struct KeyRing {
    dir: PathBuf,
    hsm: Option<Arc<Hsm>>,
    ring: RwLock<Arc<Ring>>,
    /// When an unknown key last made us look again.
    looked_at: Mutex<Timestamp>,
}

#[derive(Default)]
struct Ring {
    /// What the table said when this was made.
    seen: Vec<(String, KeyState)>,
    active: HashMap<SigningAlg, Arc<dyn Signer>>,
    published: HashMap<String, VerifyingKey>,
    jwks: Bytes,
}

impl KeyRing {
    /// `dir` is a folder that only its owner looks into; ES256 keys are made in the module where there is one.
    pub fn new(dir: PathBuf, hsm: Option<Hsm>) -> Self {
        Self { dir, hsm: hsm.map(Arc::new), ring: RwLock::default(), looked_at: Mutex::default() }
    }

    /// The set of public keys, as it is published.
    pub fn jwks(&self) -> Bytes {
        self.ring().jwks.clone()
    }

    /// Signs for a client with the active key of an algorithm.
    pub async fn sign<T: Serialize>(
        &self,
        alg: SigningAlg,
        typ: Option<&'static str>,
        claims: &T,
    ) -> Result<String, JoseError> {
        let signer = self.ring().active.get(&alg).cloned().ok_or(JoseError::KeyNotFound)?;
        if alg == SigningAlg::Es256 && self.hsm.is_none() {
            return jose::sign(signer.as_ref(), typ, claims);
        }
        // RSA takes a millisecond and a hardware module several: not on a thread that others wait for.
        let claims = serde_json::to_value(claims).map_err(|_| JoseError::Json)?;
        tokio::task::spawn_blocking(move || jose::sign(signer.as_ref(), typ, &claims))
            .await
            .map_err(|_| JoseError::Signing)?
    }

    /// The published key that a token of ours names.
    pub fn verifying(&self, token: &Compact<'_>) -> Result<VerifyingKey, JoseError> {
        let kid = token.header().kid.as_deref().ok_or(JoseError::KeyNotFound)?;
        self.ring().published.get(kid).cloned().ok_or(JoseError::KeyNotFound)
    }

    /// Whether a token with an unknown key is worth a look at the table: tokens that anybody makes up are not, more often
    /// than so.
    pub(crate) fn may_look_again(&self, now: Timestamp) -> bool {
        let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let may = now.duration_since(*looked_at) >= LOOK_AGAIN_AFTER;
        if may {
            *looked_at = now;
        }
        may
    }

    /// Makes what is missing of an algorithm: a key that signs, and one that stands ready. Of several processes that start
    /// together one makes them.
    pub async fn ensure(&self, store: &Store, alg: SigningAlg) -> Result<(), OpenIdError> {
        const TRIES: usize = 3;
        for _ in 1..TRIES {
            match self.ensure_once(store, alg).await {
                Err(OpenIdError::Store(StoreError::Conflict)) => {}
                outcome => return outcome,
            }
        }
        self.ensure_once(store, alg).await
    }

    async fn ensure_once(&self, store: &Store, alg: SigningAlg) -> Result<(), OpenIdError> {
        let mut tx = store.begin().await?;
        let outcome = async {
            let rows = tx.query(sql::KEYS, &[]).await?;
            let lines = rows.iter().map(KeyLine::read).collect::<Result<Vec<_>, _>>()?;
            for state in [KeyState::Active, KeyState::Next] {
                if !lines.iter().any(|l| l.alg == alg && l.state == state) {
                    let key = self.make(alg, store.entropy().as_ref())?;
                    add(&mut tx, alg, state, key);
                }
            }
            Ok(())
        }
        .await;
        tx.finish(outcome).await
    }

    /// A new key pair; its private half is in its place when this returns.
    pub(crate) fn make(&self, alg: SigningAlg, entropy: &dyn Entropy) -> Result<NewKey, OpenIdError> {
        if let (SigningAlg::Es256, Some(hsm)) = (alg, &self.hsm) {
            let jwk = hsm.make(entropy).map_err(|_| OpenIdError::Crypto("the module makes no key"))?;
            return new_key(&jwk, Place::Pkcs11);
        }
        let key = SoftwareKey::generate(alg.into())
            .map_err(|_| OpenIdError::Crypto("a signing key cannot be made"))?;
        let pem = key.to_pem().map_err(|_| OpenIdError::Crypto("a signing key cannot be written"))?;
        let path = self.dir.join(format!("{}.pem", key.kid()));
        write_once(&path, pem.as_bytes(), entropy)
            .map_err(|_| OpenIdError::Crypto("the folder of signing keys cannot be written"))?;
        new_key(key.public_jwk(), Place::File)
    }

    /// Rereads the table; does nothing while it says the same. Tells whether it said something else.
    pub async fn refresh(&self, store: &Store) -> Result<bool, StoreError> {
        let connection = store.connection().await?;
        let find = connection.prepare_cached(sql::KEYS_PUBLISHED).await?;
        let rows = connection.query(&find, &[]).await?;
        let lines = rows.iter().map(KeyLine::read).collect::<Result<Vec<_>, _>>()?;
        let seen: Vec<(String, KeyState)> = lines.iter().map(|l| (l.kid.clone(), l.state)).collect();
        if self.ring().seen == seen {
            return Ok(false);
        }
        let mut ring = Ring { seen, ..Ring::default() };
        let mut public = Vec::new();
        for (line, row) in lines.iter().zip(&rows) {
            let jwk = Jwk::parse(row.col("jwk")?).map_err(|_| StoreError::Column("jwk"))?;
            let key = VerifyingKey::new(&jwk).map_err(|_| StoreError::Column("jwk"))?;
            ring.published.insert(line.kid.clone(), key);
            public.push(jwk);
            if line.state == KeyState::Active {
                match self.open(line) {
                    Ok(signer) => drop(ring.active.insert(line.alg, signer)),
                    Err(error) => tracing::error!(kid = %line.kid, %error, "a signing key cannot be opened"),
                }
            }
        }
        ring.jwks = serde_json::to_vec(&jose::JwkSet { keys: public }).unwrap_or_default().into();
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        Ok(true)
    }

    fn open(&self, line: &KeyLine) -> Result<Arc<dyn Signer>, OpenIdError> {
        const FILE: OpenIdError =
            OpenIdError::Crypto("the key's file is missing, not ours, or open to others");
        match line.place {
            Place::Pkcs11 => {
                let hsm = self.hsm.as_ref().ok_or(OpenIdError::Crypto("no module is configured"))?;
                let key =
                    hsm.open(&line.kid).map_err(|_| OpenIdError::Crypto("the module has no such key"))?;
                Ok(Arc::new(key))
            }
            Place::File => {
                let path = self.dir.join(format!("{}.pem", line.kid));
                let private = fs::metadata(&path).is_ok_and(|m| m.permissions().mode() & 0o077 == 0);
                let pem = fs::read_to_string(&path).map(zeroize::Zeroizing::new).map_err(|_| FILE)?;
                let key = SoftwareKey::from_pem(&pem, line.alg.into()).map_err(|_| FILE)?;
                if private && key.kid() == line.kid { Ok(Arc::new(key)) } else { Err(FILE) }
            }
        }
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes the row of a new key.
pub(crate) fn add(tx: &mut Tx, alg: SigningAlg, state: KeyState, key: NewKey) {
    let now = tx.now();
    let active_at = (state == KeyState::Active).then_some(now);
    tx.defer(
        sql::KEY_INSERT,
        vec![
            Box::new(key.kid),
            Box::new(alg.as_str()),
            Box::new(state.as_str()),
            Box::new(key.jwk),
            Box::new(key.place.as_str()),
            Box::new(now),
            Box::new(active_at),
        ],
    );
}

fn new_key(jwk: &Jwk, place: Place) -> Result<NewKey, OpenIdError> {
    let text = serde_json::to_string(jwk).map_err(|_| OpenIdError::Crypto("a key cannot be written"))?;
    Ok(NewKey { kid: jwk.kid().unwrap_or_default().to_owned(), jwk: text, place })
}
