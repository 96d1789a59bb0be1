//! What a relying party is and what it may do: pure values, states and their transitions.

use base::Text;
use contracts::AgencyId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{claims::Claim, login_demand::LoginDemand};

base::id!(
    /// A relying party (bên sử dụng dịch vụ xác thực). Its text is the `client_id`.
    ClientId
);
base::id!(
    /// A grant: what one person allowed one relying party once, and the family of all tokens that came of it.
    GrantId
);
base::id!(
    /// An authorization in progress, bound to one browser.
    InteractionId
);

/// An enum whose values have one word each: in the database, in JSON, on the wire.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[derive(::serde::Serialize, ::serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Where a relying party stands. Only an approved one is served; a sandbox one is served from the proposal on.
    ClientState {
        Proposed = "proposed",
        Approved = "approved",
        Suspended = "suspended",
        /// For ever.
        Closed = "closed",
    }
}

impl ClientState {
    /// Whether somebody may lead it from here to there.
    pub fn leads_to(self, to: Self) -> bool {
        matches!(
            (self, to),
            (Self::Proposed, Self::Approved | Self::Closed)
                | (Self::Approved, Self::Suspended | Self::Closed)
                | (Self::Suspended, Self::Approved | Self::Closed)
        )
    }

    /// Whether a client in it is served: a sandbox from the proposal on.
    pub fn serves(self, sandbox: bool) -> bool {
        match self {
            Self::Approved => true,
            Self::Proposed => sandbox,
            Self::Suspended | Self::Closed => false,
        }
    }
}

words! {
    /// How a client proves to be itself at our endpoints (RFC 7591 `token_endpoint_auth_method`).
    Authentication {
        PrivateKeyJwt = "private_key_jwt",
        /// A certificate of a named subject from a trusted authority (RFC 8705 section 2.1).
        TlsSubject = "tls_client_auth",
        /// A certificate whose key is registered (RFC 8705 section 2.2).
        TlsSelfSigned = "self_signed_tls_client_auth",
        /// Of compatibility clients only.
        SecretBasic = "client_secret_basic",
        /// Of compatibility clients only.
        SecretPost = "client_secret_post",
    }
}

impl Authentication {
    pub fn is_secret(self) -> bool {
        matches!(self, Self::SecretBasic | Self::SecretPost)
    }

    pub fn is_tls(self) -> bool {
        matches!(self, Self::TlsSubject | Self::TlsSelfSigned)
    }
}

words! {
    /// To what a client's tokens are bound.
    Sender {
        /// A key that the client shows with each use (RFC 9449).
        Dpop = "dpop",
        /// The certificate of its connection (RFC 8705).
        Tls = "tls",
        /// Nothing: of compatibility clients only.
        Bearer = "bearer",
    }
}

words! {
    GrantType {
        AuthorizationCode = "authorization_code",
        RefreshToken = "refresh_token",
        ClientCredentials = "client_credentials",
        TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange",
        Ciba = "urn:openid:params:grant-type:ciba",
        DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
    }
}

words! {
    /// With which algorithm we sign for a client.
    SigningAlg {
        Es256 = "ES256",
        /// Of compatibility clients only.
        Rs256 = "RS256",
    }
}

/// The rules that a client keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Profile {
    /// FAPI 2.0 Security Profile: pushed requests, sender-constrained tokens, keys instead of secrets.
    Fapi2,
    /// Code with PKCE for libraries that know no more, until a day that is set from the beginning.
    Basic { until: Timestamp },
}

impl Profile {
    pub fn is_fapi2(&self) -> bool {
        matches!(self, Self::Fapi2)
    }
}

/// Which messages are signed beyond what the profile asks (FAPI 2.0 Message Signing).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Messages {
    /// Authorization requests must be request objects (RFC 9101).
    pub requests: bool,
    /// Authorization answers are signed (JARM).
    pub responses: bool,
    pub userinfo: bool,
    /// Introspection answers are signed (RFC 9701).
    pub introspection: bool,
    pub id_token: SigningAlg,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            requests: false,
            responses: false,
            userinfo: false,
            introspection: false,
            id_token: SigningAlg::Es256,
        }
    }
}

/// A claim that a client may ask for, and the law that lets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimRight {
    pub claim: Claim,
    /// As cited on the page of consent: `Luật Các tổ chức tín dụng 32/2024/QH15, Điều 14`.
    pub legal_basis: String,
    /// What this one is for, where it is for something else than the rest; none: the client's purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Text>,
    /// What the login must be like when it is told.
    #[serde(default, skip_serializing_if = "LoginDemand::is_none")]
    pub login: LoginDemand,
}

impl ClaimRight {
    /// For what the client is for.
    pub fn new(claim: Claim, legal_basis: impl Into<String>) -> Self {
        Self { claim, legal_basis: legal_basis.into(), purpose: None, login: LoginDemand::default() }
    }
}

/// All that a relying party says of itself: entered by its agency, looked through and approved by the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientDraft {
    pub name: Text,
    /// Why it asks, in one sentence for the person who is asked.
    pub purpose: Text,
    pub profile: Profile,
    /// Meets only sandbox people; needs no approval and can never become a real one.
    pub sandbox: bool,
    pub authentication: Authentication,
    pub sender: Sender,
    pub grants: Vec<GrantType>,
    pub redirect_uris: Vec<String>,
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    #[serde(default)]
    pub backchannel_logout_uri: Option<String>,
    /// Where answers to back-channel authentication are announced (CIBA ping).
    #[serde(default)]
    pub ciba_notification_uri: Option<String>,
    /// Where it publishes its keys; none: they are handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Pairwise subjects are the same within one sector; none: the host of the first redirect URI.
    #[serde(default)]
    pub sector: Option<String>,
    #[serde(default)]
    pub claims: Vec<ClaimRight>,
    /// Scopes of its own for APIs beyond the claims: with client credentials, or for resource servers.
    #[serde(default)]
    pub api_scopes: Vec<String>,
    /// Resource servers (absolute URIs) for which it may ask tokens (RFC 8707).
    #[serde(default)]
    pub audiences: Vec<String>,
    /// It is a resource server itself, under this URI: it may introspect tokens that are meant for it.
    #[serde(default)]
    pub resource: Option<String>,
    #[serde(default)]
    pub messages: Messages,
    /// Subject of its certificate (RFC 4514), for `tls_client_auth`.
    #[serde(default)]
    pub tls_subject: Option<String>,
    /// Where a person can read how it treats their data.
    #[serde(default)]
    pub policy_uri: Option<String>,
    /// Who answers for it: a mailbox of the agency.
    pub contact: String,
}

/// A relying party as its agency sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: ClientId,
    pub owner: AgencyId,
    pub state: ClientState,
    /// What is in force (or proposed, before the first approval).
    pub settings: ClientDraft,
    /// A change that waits for approval; what is in force stays so until then.
    pub change: Option<ClientDraft>,
    /// Everybody who had a hand in what waits now, or, where nothing waits, in what was proposed last. Somebody else
    /// approves it.
    pub proposers: Vec<contracts::AccountId>,
    /// By a program, after the model of another: it changes by its program, or with its model.
    pub registered: bool,
    pub keys: Vec<ClientKey>,
    pub secrets: Vec<ClientSecret>,
    pub version: i32,
    pub created_at: Timestamp,
}

impl Client {
    /// Whether its keys are at its own address, and are to stay there: until a change that hands them in is in force, they
    /// may wait here already.
    pub fn publishes_keys(&self) -> bool {
        let stays = self.change.as_ref().is_none_or(|change| change.jwks_uri.is_some());
        self.settings.jwks_uri.is_some() && stays
    }

    /// Takes what somebody proposes: beside what waits already, or as the first since the last answer.
    pub(crate) fn propose(&mut self, draft: ClientDraft, by: contracts::AccountId) {
        if !self.waits() {
            self.proposers.clear();
        }
        if !self.proposers.contains(&by) {
            self.proposers.push(by);
        }
        match self.state {
            ClientState::Proposed => self.settings = draft,
            _ => self.change = Some(draft),
        }
    }

    /// Whether something waits for the operator.
    pub fn waits(&self) -> bool {
        self.state == ClientState::Proposed || self.change.is_some()
    }
}

/// A public key of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKey {
    pub kid: String,
    /// The public JWK, as JSON.
    pub jwk: String,
    pub added_at: Timestamp,
}

/// That a client has a secret; the secret itself was shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSecret {
    pub id: uuid::Uuid,
    pub made_at: Timestamp,
    pub ends_at: Timestamp,
}

words! {
    /// What happened to a relying party.
    ClientEvent {
        Proposed = "proposed",
        ChangeProposed = "change_proposed",
        Approved = "approved",
        ChangeApproved = "change_approved",
        ChangeRefused = "change_refused",
        Suspended = "suspended",
        Resumed = "resumed",
        Closed = "closed",
        KeyAdded = "key_added",
        KeyRemoved = "key_removed",
        SecretMade = "secret_made",
        SecretRemoved = "secret_removed",
        /// By a program, under an initial token.
        Registered = "registered",
        RegistrationChanged = "registration_changed",
    }
}

/// A line of a relying party's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    pub at: Timestamp,
    pub event: ClientEvent,
    /// What somebody wrote beside it; empty where nothing is to be said.
    pub note: String,
    pub actor: contracts::AccountId,
    pub agency: Option<AgencyId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_approved_suspended_resumed_and_closed_for_ever() {
        use ClientState::{Approved, Closed, Proposed, Suspended};
        let allowed: Vec<(ClientState, ClientState)> = ClientState::ALL
            .iter()
            .flat_map(|from| ClientState::ALL.iter().map(|to| (*from, *to)))
            .filter(|(from, to)| from.leads_to(*to))
            .collect();
        assert_eq!(
            allowed,
            [
                (Proposed, Approved),
                (Proposed, Closed),
                (Approved, Suspended),
                (Approved, Closed),
                (Suspended, Approved),
                (Suspended, Closed),
            ]
        );
    }

    #[test]
    fn words_are_read_back() {
        for method in Authentication::ALL {
            assert_eq!(Authentication::parse(method.as_str()), Some(*method));
        }
        assert_eq!(GrantType::parse("password"), None);
        assert_eq!(GrantType::parse("implicit"), None);
    }
}
