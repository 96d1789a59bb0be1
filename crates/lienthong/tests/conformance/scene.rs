//! One test's own: a person with a browser, an address, relying parties, all at a running server.

use std::sync::Arc;

use base::Text;
use jiff::SignedDuration;
use openid::{
    Authentication, Claim, ClientDraft, GrantType, Profile, Sender,
    model::{ClaimRight, Messages},
};
use serde_json::{Value, json};

use crate::{
    certificates::Shown,
    http::Http,
    keys::Key,
    party::{Kind, Party},
    person::Person,
    server::{self, Server},
};

/// How long the compatibility clients of these tests are allowed.
const BASIC_LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What one test plays in.
pub struct Scene {
    pub server: Arc<Server>,
    pub http: Http,
    /// Who signs in.
    pub lan: Person,
    pub meta: Value,
    pub jwks: Value,
    turn: usize,
}

impl Scene {
    /// At the server of all tests.
    pub async fn new() -> Self {
        Self::at(server::shared()).await
    }

    /// At a server of its own, whose clock it may move.
    pub async fn alone() -> Self {
        Self::at(server::alone()).await
    }

    pub async fn at(server: Arc<Server>) -> Self {
        let turn = server.turn();
        let http = server.http(turn);
        let metadata = format!("{}/.well-known/openid-configuration", server.issuer);
        let meta = http.get(&metadata, &[]).await.ok();
        let jwks = http.get(meta["jwks_uri"].as_str().unwrap(), &[]).await.ok();
        let lan = server.person(turn);
        Self { server, http, lan, meta, jwks, turn }
    }

    /// Somebody else, with a browser of their own.
    pub fn somebody_else(&self) -> Person {
        self.server.person(self.server.turn())
    }

    /// What a relying party of a kind says of itself.
    pub fn draft(&self, kind: Kind) -> ClientDraft {
        let host = format!("rp{}.example.vn", self.turn);
        let claim = |claim| ClaimRight::new(claim, "Nghị định 69/2024/NĐ-CP, Điều 9");
        let signed = kind == Kind::Signed;
        ClientDraft {
            name: Text::new("Ngân hàng Thử nghiệm", "Test Bank"),
            purpose: Text::new("Mở tài khoản thanh toán", "To open a payment account"),
            profile: match kind.is_fapi2() {
                true => Profile::Fapi2,
                false => Profile::Basic { until: self.server.now() + BASIC_LIFE },
            },
            sandbox: false,
            authentication: match kind {
                Kind::Basic => Authentication::SecretBasic,
                Kind::BasicPost => Authentication::SecretPost,
                Kind::Tls => Authentication::TlsSelfSigned,
                Kind::Fapi2 | Kind::Signed => Authentication::PrivateKeyJwt,
            },
            sender: match kind {
                Kind::Fapi2 | Kind::Signed => Sender::Dpop,
                Kind::Tls => Sender::Tls,
                Kind::Basic | Kind::BasicPost => Sender::Bearer,
            },
            grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            redirect_uris: vec![format!("https://{host}/cb")],
            post_logout_redirect_uris: vec![format!("https://{host}/out")],
            backchannel_logout_uri: None,
            ciba_notification_uri: None,
            jwks_uri: None,
            sector: None,
            claims: [Claim::Name, Claim::Birthdate, Claim::Gender, Claim::AgeOver18, Claim::ResidentOf]
                .map(claim)
                .to_vec(),
            api_scopes: Vec::new(),
            audiences: Vec::new(),
            resource: None,
            messages: Messages { requests: signed, responses: signed, ..Messages::default() },
            tls_subject: None,
            policy_uri: None,
            contact: format!("it@{host}"),
        }
    }

    /// A registered relying party of this kind.
    pub async fn party(&self, kind: Kind) -> Party {
        self.enters(kind, self.draft(kind)).await
    }

    /// A registered relying party as the draft says.
    pub async fn enters(&self, kind: Kind, draft: ClientDraft) -> Party {
        let key = Key::p256();
        let jwks = match draft.authentication {
            Authentication::PrivateKeyJwt => json!({ "keys": [key.registered("ES256")] }),
            _ => json!({ "keys": [] }),
        };
        self.enters_with(kind, draft, key, jwks).await
    }

    pub async fn enters_with(&self, kind: Kind, draft: ClientDraft, key: Key, jwks: Value) -> Party {
        let redirect = draft.redirect_uris.first().cloned().unwrap_or_default();
        let (id, secret) = self.server.register(draft, jwks).await;
        let party = Party::new(self, kind, id.to_string(), key, secret, &redirect);
        if kind.shows_proofs() {
            party.learns_nonce().await;
        }
        party
    }

    /// A registered relying party that shows this certificate. What it signs, it signs with a key of its own.
    pub async fn enters_showing(&self, draft: ClientDraft, shown: &Shown) -> Party {
        let key = Key::p256();
        let mut keys = vec![key.registered("ES256")];
        if draft.authentication == Authentication::TlsSelfSigned {
            keys.push(shown.jwk.clone());
        }
        let party = self.enters_with(Kind::Tls, draft, key, json!({ "keys": keys })).await;
        party.over(self.http.over(Arc::clone(&shown.tls)))
    }
}
