//! All relying parties in memory, with their keys prepared: no endpoint of the protocol reads one from the database.
//!
//! Every process rereads once a second those that changed. What is wrong with one client never hides the others. What a
//! program registered stands here as far as its model reaches now, so whoever asks what a client may need not know of models.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use base::Text;
use contracts::AgencyId;
use jiff::Timestamp;
use jose::{Algorithm, Jwk, VerifyingKey, hash::sha256};
use postgres_types::Json;
use store::{Row, RowExt, Store, StoreError};
use subtle::ConstantTimeEq;

use crate::{
    authorization::Asked,
    claims::{Claim, Scope},
    error::Reason,
    limits::OVERLAP,
    model::{ClaimRight, ClientDraft, ClientId, ClientState, GrantType, Profile},
    registration::within,
    request::Wish,
    sql,
};

/// Of keys that were fetched from the relying party's own address: when, and until when they are not fetched again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    pub at: Timestamp,
    pub fresh_until: Timestamp,
}

/// What a program registered, whatever has become of its model since.
struct Registered {
    model: ClientId,
    state: ClientState,
    settings: ClientDraft,
}

/// A relying party as the endpoints serve it.
#[derive(Clone)]
pub struct Served {
    pub id: ClientId,
    pub owner: AgencyId,
    pub state: ClientState,
    pub settings: ClientDraft,
    /// Subjects are the same within it.
    pub sector: String,
    pub keys: Vec<VerifyingKey>,
    /// Thumbprints of the keys that `self_signed_tls_client_auth` accepts, and what else must be compared with the raw key.
    pub jwks: Vec<Jwk>,
    /// Of keys that are not handed in but published by the client ([`crate::remote_keys`]).
    pub fetched: Option<Fetched>,
    registered: Option<Arc<Registered>>,
    secrets: Vec<([u8; 32], Timestamp)>,
    version: i32,
}

impl Served {
    /// With its keys prepared, and without secrets. None where the settings were never settled.
    pub fn new(
        id: ClientId,
        owner: AgencyId,
        state: ClientState,
        settings: ClientDraft,
        jwks: Vec<Jwk>,
    ) -> Option<Self> {
        let sector = settings.sector.clone()?;
        let client = Self {
            id,
            owner,
            state,
            settings,
            sector,
            keys: Vec::new(),
            jwks,
            fetched: None,
            registered: None,
            secrets: Vec::new(),
            version: 0,
        };
        Some(client.prepared())
    }

    fn prepared(self) -> Self {
        let keys = self.jwks.iter().flat_map(|jwk| prepare(jwk, &self.settings)).collect();
        Self { keys, ..self }
    }

    /// With the keys that were fetched before, where they come from the same address.
    fn keeping(self, before: Option<&Self>) -> Self {
        let same = |before: &&Self| {
            self.settings.jwks_uri.is_some() && before.settings.jwks_uri == self.settings.jwks_uri
        };
        match before.filter(same) {
            Some(before) => Self { jwks: before.jwks.clone(), fetched: before.fetched, ..self }.prepared(),
            None => self,
        }
    }

    /// As far as its model reaches now, where that is another reach than before: suspended while the model is not served.
    fn under(&self, model: Option<&Self>) -> Option<Self> {
        let registered = self.registered.as_ref()?;
        let model = model.filter(|model| model.state.serves(model.settings.sandbox));
        let (state, settings) = match model {
            Some(model) => (registered.state, within(&registered.settings, &model.settings)),
            None if registered.state == ClientState::Approved => {
                (ClientState::Suspended, registered.settings.clone())
            }
            None => (registered.state, registered.settings.clone()),
        };
        if (state, &settings) == (self.state, &self.settings) {
            return None;
        }
        // Keys from an address that is none of its own any more are none.
        let (jwks, fetched) = match settings.jwks_uri == self.settings.jwks_uri {
            true => (self.jwks.clone(), self.fetched),
            false => (Vec::new(), None),
        };
        Some(Self { state, settings, jwks, fetched, ..self.clone() }.prepared())
    }

    /// Whether its requests behind a person's back must be signed.
    pub fn signs_backchannel(&self) -> bool {
        self.is_fapi2() || self.settings.messages.requests
    }

    pub fn may(&self, grant: GrantType) -> bool {
        self.settings.grants.contains(&grant)
    }

    /// The client's right to a claim, with its law.
    pub fn right(&self, claim: Claim) -> Option<&ClaimRight> {
        self.settings.claims.iter().find(|r| r.claim == claim)
    }

    /// Whether a scope that it was granted once is still one that it may have.
    pub fn may_have(&self, scope: &str) -> bool {
        match Scope::parse(scope) {
            Some(scope) => scope.claims().iter().all(|claim| self.right(*claim).is_some()),
            None => self.settings.api_scopes.iter().any(|own| own == scope),
        }
    }

    /// What it asks a claim for: that of the claim, or its own.
    pub fn purpose(&self, claim: Claim) -> &Text {
        self.right(claim).and_then(|right| right.purpose.as_ref()).unwrap_or(&self.settings.purpose)
    }

    /// A wish as a person is asked for it; none where the client may not ask.
    pub(crate) fn asked(&self, wish: Wish, remembered: bool) -> Option<Asked> {
        let right = self.right(wish.claim)?;
        Some(Asked {
            claim: wish.claim,
            legal_basis: right.legal_basis.clone(),
            purpose: right.purpose.clone(),
            essential: wish.essential,
            remembered,
        })
    }

    pub fn is_fapi2(&self) -> bool {
        self.settings.profile.is_fapi2()
    }

    /// Whether it is served now.
    ///
    /// # Errors
    /// Why not.
    pub fn in_force(&self, now: Timestamp) -> Result<(), Reason> {
        match self.settings.profile {
            _ if !self.state.serves(self.settings.sandbox) => Err(Reason::ClientNotServed),
            Profile::Basic { until } if until <= now => Err(Reason::ClientEnded),
            _ => Ok(()),
        }
    }

    /// Compared in constant time with each that has not run out.
    pub fn has_secret(&self, secret: &str, now: Timestamp) -> bool {
        let digest = sha256(secret);
        let mut found = false;
        for (known, ends_at) in &self.secrets {
            let same: bool = known.ct_eq(&digest).into();
            found |= same && *ends_at > now;
        }
        found
    }
}

/// The memory of one process.
#[derive(Default)]
pub struct Clients {
    known: RwLock<HashMap<ClientId, Arc<Served>>>,
}

impl Clients {
    pub fn get(&self, id: ClientId) -> Option<Arc<Served>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// By the text that a request names it with.
    pub fn find(&self, client_id: &str) -> Option<Arc<Served>> {
        // One spelling only: a UUID has several, and two readers must not disagree whose request this is.
        let id: ClientId = client_id.parse().ok().filter(|id: &ClientId| id.to_string() == client_id)?;
        self.get(id)
    }

    pub fn all(&self) -> Vec<Arc<Served>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Keys that were fetched from the client's own address; nothing if it has another one by now.
    pub(crate) fn put_keys(&self, id: ClientId, uri: &str, jwks: Vec<Jwk>, fetched: Option<Fetched>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let Some(before) = known.get(&id) else { return };
        if before.settings.jwks_uri.as_deref() == Some(uri) {
            let client = Served { jwks, fetched, ..Served::clone(before) };
            known.insert(id, Arc::new(client.prepared()));
        }
    }

    /// Rereads what changed; everything at first. Tells whether something did.
    pub async fn refresh(&self, store: &Store) -> Result<bool, StoreError> {
        let now = store.clock().now();
        let connection = store.connection().await?;
        let changed = connection.prepare_cached(sql::CLIENT_CHANGED).await?;
        let first = self.known.read().unwrap_or_else(PoisonError::into_inner).is_empty();
        let since = if first { Timestamp::UNIX_EPOCH } else { now - OVERLAP };
        let rows = connection.query(&changed, &[&since]).await?;
        let mut new = Vec::new();
        for row in &rows {
            let (id, version): (ClientId, i32) = (row.col("client_id")?, row.col("version")?);
            if self.get(id).is_some_and(|known| known.version >= version) {
                continue;
            }
            match read(row) {
                Ok(client) => new.push(client),
                Err(error) => tracing::error!(client = %id, %error, "a relying party cannot be read"),
            }
        }
        if new.is_empty() {
            return Ok(false);
        }
        self.take(new);
        Ok(true)
    }

    /// At once: nobody is served with more than its model has, not for a moment.
    fn take(&self, new: Vec<Served>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for client in new {
            let before = known.get(&client.id).cloned();
            // Of two readings at once the one that read first may come last.
            if before.as_ref().is_some_and(|before| before.version >= client.version) {
                continue;
            }
            known.insert(client.id, Arc::new(client.keeping(before.as_deref())));
        }
        let under = |client: &Arc<Served>| {
            let model = known.get(&client.registered.as_ref()?.model);
            client.under(model.map(Arc::as_ref))
        };
        let cut: Vec<Served> = known.values().filter_map(under).collect();
        known.extend(cut.into_iter().map(|client| (client.id, Arc::new(client))));
    }
}

fn read(row: &Row) -> Result<Served, StoreError> {
    let state: &str = row.col("state")?;
    let Json(settings): Json<ClientDraft> = row.col("settings")?;
    let jwks: Vec<&str> = row.col("jwks")?;
    // Either handed in or published: never both.
    let handed_in = settings.jwks_uri.is_none();
    let jwks = jwks.into_iter().filter(|_| handed_in);
    let jwks: Vec<Jwk> = jwks.filter_map(|text| Jwk::parse(text).ok()).collect();
    let digests: Vec<&[u8]> = row.col("digests")?;
    let ends: Vec<Timestamp> = row.col("ends")?;
    let secrets =
        digests.into_iter().zip(ends).filter_map(|(d, ends)| Some((d.try_into().ok()?, ends))).collect();
    let state = ClientState::parse(state).ok_or(StoreError::Column("state"))?;
    let model: Option<ClientId> = row.col("model")?;
    let registered = model.map(|model| Arc::new(Registered { model, state, settings: settings.clone() }));
    let client = Served::new(row.col("client_id")?, row.col("owner")?, state, settings, jwks);
    let client = client.ok_or(StoreError::Column("settings"))?;
    Ok(Served { secrets, registered, version: row.col("version")?, ..client })
}

/// A key speaks the one algorithm it names; an RSA key that names none speaks PS256, and RS256 for compatibility clients.
fn prepare(jwk: &Jwk, settings: &ClientDraft) -> Option<VerifyingKey> {
    let fallback = if settings.profile.is_fapi2() { Algorithm::Ps256 } else { Algorithm::Rs256 };
    let algorithm = jwk.algorithm().unwrap_or(fallback);
    if settings.profile.is_fapi2() && algorithm == Algorithm::Rs256 {
        return None;
    }
    VerifyingKey::new_as(jwk, algorithm).ok()
}
