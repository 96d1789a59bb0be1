//! Tokens that we sign: access tokens (RFC 9068) and identity tokens. Access tokens are read back here, and nowhere stored.
//!
//! What was verified once, or signed by this very process, is remembered by its digest: then only its end, its binding and
//! [`crate::ended`] are to be looked at.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use contracts::AccountId;
use jiff::Timestamp;
use jose::{Compact, JoseError, Limits, Thumbprint, Typ, hash};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    OpenId,
    clients::Served,
    ended::Lineage,
    error::{Reason, Refusal},
    grant::{LoginTerms, Terms},
    limits::{ACCESS_LIFE, ID_TOKEN_LIFE},
    model::{ClientId, GrantId, Sender, SigningAlg},
    secret::Reference,
};

const ACCESS_TYPE: &str = "at+jwt";

/// To what a token is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Binding {
    #[default]
    None,
    /// The key of DPoP proofs.
    Key(Thumbprint),
    /// SHA-256 of a client certificate.
    Certificate([u8; 32]),
}

impl Binding {
    /// The text under which a refresh token's binding stands in the database.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Key(thumbprint) => Some(format!("jkt:{thumbprint}")),
            Self::Certificate(digest) => Some(format!("x5t:{}", jose::b64::encode(digest))),
        }
    }

    pub fn token_type(&self) -> &'static str {
        match self {
            Self::Key(_) => "DPoP",
            Self::None | Self::Certificate(_) => "Bearer",
        }
    }

    pub(crate) fn cnf(self) -> Option<Confirmation> {
        match self {
            Self::None => None,
            Self::Key(jkt) => Some(Confirmation { jkt: Some(jkt), x5t: None }),
            Self::Certificate(x5t) => Some(Confirmation { jkt: None, x5t: Some(Thumbprint(x5t)) }),
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Confirmation {
    #[serde(skip_serializing_if = "Option::is_none")]
    jkt: Option<Thumbprint>,
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    x5t: Option<Thumbprint>,
}

/// Who acts for the subject, after a token exchange (RFC 8693 section 4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub sub: String,
}

/// An access token whose signature is good. Whether it is in force, [`OpenId::in_force`] says.
#[derive(Debug)]
pub struct AccessToken {
    pub client: ClientId,
    pub subject: String,
    pub audience: String,
    pub scope: String,
    pub issued_at: i64,
    pub expires_at: i64,
    pub id: Uuid,
    /// Account and grant behind it; none with client credentials.
    pub grant: Option<Reference>,
    pub binding: Binding,
    pub auth_time: Option<i64>,
    pub acr: Option<String>,
    pub act: Option<Actor>,
    /// The answer of introspection, written when first asked for.
    pub(crate) introspection: OnceLock<Bytes>,
}

impl AccessToken {
    pub fn has_scope(&self, name: &str) -> bool {
        self.scope.split(' ').any(|s| s == name)
    }

    fn lineage(&self) -> Lineage {
        let Some(Reference { account, grant, .. }) = self.grant else {
            return Lineage { account: None, grant: None, token: self.id };
        };
        Lineage { account: Some(account), grant: Some(grant), token: self.id }
    }
}

/// As it stands in the token.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    iat: i64,
    jti: Uuid,
    client_id: ClientId,
    scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    act: Option<Actor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    /// Account and grant, sealed: of no meaning to anybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant_ref: Option<String>,
}

/// What an access token is to say.
pub struct NewAccess<'a> {
    pub client: &'a Served,
    pub subject: String,
    pub audience: Option<&'a str>,
    pub scope: String,
    pub grant: Option<(AccountId, GrantId)>,
    /// Userinfo has something to tell.
    pub tells: bool,
    pub login: Option<&'a LoginTerms>,
    pub binding: Binding,
    pub act: Option<Actor>,
    /// No later than this second.
    pub until: Option<i64>,
}

impl OpenId {
    /// The subject under which a client knows the person of a grant.
    pub fn subject(&self, client: &Served, account: AccountId, terms: &Terms) -> String {
        match &terms.persona {
            Some(code) => self.secrets.subject_of_persona(&client.sector, code),
            None => self.secrets.subject(&client.sector, account),
        }
    }

    pub async fn issue_access(&self, new: NewAccess<'_>, now: Timestamp) -> Result<String, Refusal> {
        let entropy = self.store.entropy().as_ref();
        let issued = now.as_second();
        let audience = new.audience.unwrap_or(&self.settings.issuer);
        let tells = new.tells;
        let reference = new.grant.map(|(account, grant)| Reference { account, grant, tells });
        let token = AccessToken {
            client: new.client.id,
            subject: new.subject,
            audience: audience.to_owned(),
            scope: new.scope,
            issued_at: issued,
            expires_at: new.until.unwrap_or(i64::MAX).min(issued + ACCESS_LIFE.as_secs()),
            id: Uuid::from_bytes(base::entropy::bytes(entropy)),
            grant: reference,
            binding: new.binding,
            auth_time: new.login.map(|l| l.at.as_second()),
            acr: new.login.map(LoginTerms::acr),
            act: new.act,
            introspection: OnceLock::new(),
        };
        let grant_ref = match reference {
            Some(reference) => Some(self.secrets.refer(entropy, reference).ok_or(Reason::Bug)?),
            None => None,
        };
        let claims = Claims {
            iss: self.settings.issuer.clone(),
            sub: token.subject.clone(),
            aud: token.audience.clone(),
            exp: token.expires_at,
            iat: token.issued_at,
            jti: token.id,
            client_id: token.client,
            scope: token.scope.clone(),
            auth_time: token.auth_time,
            acr: token.acr.clone(),
            act: token.act.clone(),
            cnf: token.binding.cnf(),
            grant_ref,
        };
        let text = self
            .keys
            .sign(SigningAlg::Es256, Some(ACCESS_TYPE), &claims)
            .await
            .map_err(|rule| Refusal::Jose(Reason::Bug, rule))?;
        self.verified.put(hash::sha256(&text), Arc::new(token));
        Ok(text)
    }

    /// Reads an access token of ours, and refuses what is not one, is over, or has ended.
    ///
    /// # Errors
    /// [`Reason::TokenInvalid`] for whatever is wrong with it; [`Reason::Unavailable`] when this process does not know what
    /// ended.
    pub async fn read_access(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<(Arc<AccessToken>, [u8; 32]), Refusal> {
        if text.len() > Limits::SMALL.token_bytes_max {
            return Err(Reason::TokenInvalid.into());
        }
        let digest = hash::sha256(text);
        let token = match self.verified.get(&digest) {
            Some(token) => token,
            None => {
                let read = match self.verify_access(text) {
                    // Another process may sign with a key that is newer than our last look.
                    Err(JoseError::KeyNotFound) if self.keys.may_look_again(now) => {
                        self.refresh_keys().await?;
                        self.verify_access(text)
                    }
                    read => read,
                };
                let token = Arc::new(read.map_err(|rule| Refusal::Jose(Reason::TokenInvalid, rule))?);
                self.verified.put(digest, Arc::clone(&token));
                token
            }
        };
        self.in_force(&token, now)?;
        Ok((token, digest))
    }

    fn in_force(&self, token: &AccessToken, now: Timestamp) -> Result<(), Refusal> {
        if !self.ended.is_current() {
            return Err(Reason::Unavailable.into());
        }
        let issued = Timestamp::from_second(token.issued_at).map_err(|_| Reason::TokenInvalid)?;
        let over = token.expires_at <= now.as_second();
        let client = self.clients.get(token.client);
        let served = client.is_some_and(|c| c.in_force(now).is_ok());
        if over || !served || self.ended.has(token.lineage(), issued) {
            return Err(Reason::TokenInvalid.into());
        }
        Ok(())
    }

    fn verify_access(&self, text: &str) -> Result<AccessToken, JoseError> {
        let compact = Compact::parse(text, Limits::SMALL)?;
        let key = self.keys.verifying(&compact)?;
        let claims: Claims = compact.verify(&key, Typ::Is(ACCESS_TYPE))?.claims()?;
        if claims.iss != self.settings.issuer {
            return Err(JoseError::IssuerMismatch);
        }
        let grant = match &claims.grant_ref {
            Some(text) => Some(self.secrets.referred(text).ok_or(JoseError::Json)?),
            None => None,
        };
        let binding = match claims.cnf {
            None => Binding::None,
            Some(Confirmation { jkt: Some(jkt), .. }) => Binding::Key(jkt),
            Some(Confirmation { x5t: Some(x5t), .. }) => Binding::Certificate(x5t.0),
            Some(_) => return Err(JoseError::Json),
        };
        Ok(AccessToken {
            client: claims.client_id,
            subject: claims.sub,
            audience: claims.aud,
            scope: claims.scope,
            issued_at: claims.iat,
            expires_at: claims.exp,
            id: claims.jti,
            grant,
            binding,
            auth_time: claims.auth_time,
            acr: claims.acr,
            act: claims.act,
            introspection: OnceLock::new(),
        })
    }

    /// The identity token of a login. `claims` were released for it.
    pub async fn issue_id_token(&self, new: NewIdToken<'_>, now: Timestamp) -> Result<String, Refusal> {
        let alg = new.client.settings.messages.id_token;
        let login = &new.terms.login;
        let issued = now.as_second();
        let claims = IdClaims {
            iss: &self.settings.issuer,
            sub: new.subject,
            aud: new.client.id,
            exp: issued + ID_TOKEN_LIFE.as_secs(),
            iat: issued,
            auth_time: login.at.as_second(),
            acr: login.acr(),
            amr: login.amr(),
            nonce: new.nonce,
            at_hash: hash::half_hash(alg.into(), new.access),
            sid: new.session.map(|session| self.secrets.session(new.client.id, session)),
            about: new.claims,
        };
        self.keys.sign(alg, None, &claims).await.map_err(|rule| Refusal::Jose(Reason::Bug, rule))
    }
}

/// What an identity token is to say.
pub struct NewIdToken<'a> {
    pub client: &'a Served,
    pub subject: &'a str,
    pub terms: &'a Terms,
    pub nonce: Option<&'a str>,
    pub session: Option<Uuid>,
    /// The access token that is issued with it.
    pub access: &'a str,
    pub claims: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct IdClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: ClientId,
    exp: i64,
    iat: i64,
    auth_time: i64,
    acr: String,
    amr: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    at_hash: String,
    /// The session, as this client may name it when it ends (OpenID Connect Back-Channel Logout section 2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(flatten)]
    about: &'a Map<String, Value>,
}

/// What a client's tokens are bound to, by what it showed with its request.
///
/// # Errors
/// What its registration asks for and it did not show.
pub fn binding(
    client: &Served,
    proof: Option<Thumbprint>,
    certificate: Option<[u8; 32]>,
) -> Result<Binding, Reason> {
    match (client.settings.sender, proof, certificate) {
        (Sender::Dpop | Sender::Bearer, Some(key), _) => Ok(Binding::Key(key)),
        (Sender::Dpop, None, _) => Err(Reason::ProofMissing),
        (Sender::Tls, _, Some(digest)) => Ok(Binding::Certificate(digest)),
        (Sender::Tls, _, None) => Err(Reason::CertificateMissing),
        (Sender::Bearer, None, _) => Ok(Binding::None),
    }
}
