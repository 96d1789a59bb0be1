//! A relying party without pages of its own: a kiosk with a screen, or a counter that calls people on their phone.

use base::Text;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use contracts::{AccountId, Actor, AgencyId, LoginStrength, Role, Who};
use http::StatusCode;
use jiff::SignedDuration;
use openid::{
    Authentication, Claim, ClientDraft, GrantType, Profile, Sender,
    model::{ClaimRight, Messages},
    ops,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{World, cast::Person, download};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CIBA: &str = "urn:openid:params:grant-type:ciba";
const LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// A poll sooner than the provider says is refused.
const INTERVAL: SignedDuration = SignedDuration::from_secs(6);

/// A registered program that knows its secret.
pub struct Kiosk<'w> {
    world: &'w World,
    authorization: String,
}

fn officer(agency: AgencyId, n: u128) -> Actor {
    let who = Who::Staff { agency, role: Role::Head, name: "Phạm Đức Thịnh".to_owned() };
    Actor { account: AccountId(Uuid::from_u128(n)), who, strength: LoginStrength::Two }
}

impl World {
    /// Registers a kiosk of the commune's police, approved by the authority.
    pub async fn kiosk(&self) -> Kiosk<'_> {
        let cx = &self.app.openid;
        let (owner, judge) = (officer(self.cast.agency.clone(), 1), officer(cx.settings.operator.clone(), 2));
        let until = self.clock.now() + LIFE;
        let mut tx = self.app.store.begin().await.expect("a transaction");
        let id = ops::client_propose(cx, &mut tx, &owner, &draft(until)).await;
        let id = tx.finish(id).await.expect("a relying party");
        let mut tx = self.app.store.begin().await.expect("a transaction");
        let secret = ops::client_secret_make(cx, &mut tx, &owner, id).await;
        let secret = tx.finish(secret).await.expect("a secret").text;
        let mut tx = self.app.store.begin().await.expect("a transaction");
        let approved = async {
            let version = ops::client_find(cx, &mut tx, &judge, id).await?.version;
            ops::client_approve(cx, &mut tx, &judge, id, version).await
        }
        .await;
        tx.finish(approved).await.expect("an approval");
        cx.refresh().await.expect("the relying parties again");
        let authorization = format!("Basic {}", BASE64.encode(format!("{id}:{secret}")));
        Kiosk { world: self, authorization }
    }
}

fn draft(until: jiff::Timestamp) -> ClientDraft {
    let right = |claim| ClaimRight::new(claim, "Luật Cư trú 68/2020/QH14, Điều 22");
    ClientDraft {
        name: Text::new("Ki-ốt Công an phường Sài Gòn", "Sài Gòn ward police kiosk"),
        purpose: Text::new("Lấy số thứ tự và mở sẵn hồ sơ", "To take a number and open your dossier"),
        profile: Profile::Basic { until },
        sandbox: false,
        authentication: Authentication::SecretBasic,
        sender: Sender::Bearer,
        grants: vec![GrantType::DeviceCode, GrantType::Ciba],
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: None,
        ciba_notification_uri: None,
        jwks_uri: None,
        sector: None,
        claims: [Claim::Name, Claim::AgeOver18].map(right).to_vec(),
        api_scopes: Vec::new(),
        audiences: Vec::new(),
        resource: None,
        messages: Messages::default(),
        tls_subject: None,
        policy_uri: None,
        contact: "kiosk@example.gov.vn".to_owned(),
    }
}

impl Kiosk<'_> {
    async fn post(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.world.site);
        let answer = download::post(&url, &self.authorization, form).await;
        (answer.status, answer.json())
    }

    async fn begins(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let (status, told) = self.post(path, form).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        told
    }

    /// Shows a code; gives what the provider said of it.
    pub async fn shows_a_code(&self) -> Value {
        let claims = r#"{"userinfo":{"name":null,"age_over_18":null}}"#;
        self.begins("/device_authorization", &[("scope", "openid"), ("claims", claims)]).await
    }

    /// Asks somebody on their own device, with a word to compare.
    pub async fn asks(&self, person: &Person, word: &str) -> Value {
        let number = person.number.to_string();
        let form = [("scope", "openid"), ("login_hint", number.as_str()), ("binding_message", word)];
        self.begins("/bc-authorize", &form).await
    }

    async fn fetches(&self, form: &[(&str, &str)]) -> Result<Value, String> {
        self.world.db.clock.advance(INTERVAL);
        let (status, told) = self.post("/token", form).await;
        match status {
            StatusCode::OK => Ok(told),
            _ => Err(told["error"].as_str().unwrap_or_default().to_owned()),
        }
    }

    /// What the code has become: tokens, or why there are none.
    pub async fn fetches_by_code(&self, begun: &Value) -> Result<Value, String> {
        let code = begun["device_code"].as_str().unwrap_or_default();
        self.fetches(&[("grant_type", DEVICE), ("device_code", code)]).await
    }

    /// What the question has become.
    pub async fn fetches_answer(&self, begun: &Value) -> Result<Value, String> {
        let id = begun["auth_req_id"].as_str().unwrap_or_default();
        self.fetches(&[("grant_type", CIBA), ("auth_req_id", id)]).await
    }

    /// What it is told about whoever let it in.
    pub async fn learns(&self, tokens: &Value) -> Value {
        let url = format!("{}/userinfo", self.world.site);
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap_or_default());
        download::post(&url, &bearer, &[]).await.json()
    }
}
