//! What keeps passkeys on a phone or a computer, played by Chromium (WebDriver's virtual authenticator, WebAuthn section
//! 11): always there, unlocked by its owner unless told otherwise.

use http::Method;
use serde_json::{Value, json};

use crate::browser::Browser;

/// A device in somebody's hand, as the browser sees it.
#[derive(Debug)]
pub struct Device<'a> {
    browser: &'a Browser,
    path: String,
}

/// A passkey as it lies in the device.
#[derive(Debug, Clone)]
pub struct Kept(Value);

impl Kept {
    /// The site that it is for.
    pub fn site(&self) -> &str {
        self.0["rpId"].as_str().unwrap_or_default()
    }

    /// Whether it is found without anybody being named.
    pub fn is_discoverable(&self) -> bool {
        self.0["isResidentCredential"] == true
    }

    /// How often it has signed.
    pub fn count(&self) -> u64 {
        self.0["signCount"].as_u64().unwrap_or_default()
    }

    /// As it was when it had signed so often.
    pub fn at_count(mut self, count: u64) -> Self {
        self.0["signCount"] = json!(count);
        self
    }
}

/// Chromium's stand-in accepts what a page offers among the things to fill in; a person picks that, or does not.
const PICKS_NOTHING: &str = "PublicKeyCredential.isConditionalMediationAvailable = async () => false";

impl Browser {
    /// Plugs in a device whose owner presses buttons, and picks nothing of what pages offer beside them.
    pub async fn device(&self) -> Device<'_> {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": PICKS_NOTHING })).await;
        self.device_that_picks().await
    }

    /// Plugs in a device whose owner picks what a page offers among the things to fill in.
    pub async fn device_that_picks(&self) -> Device<'_> {
        let kind = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserConsenting": true, "isUserVerified": true,
        });
        let id = self.command(Method::POST, "webauthn/authenticator", Some(kind)).await;
        let id = id.as_str().expect("the name of a device");
        Device { browser: self, path: format!("webauthn/authenticator/{id}") }
    }
}

impl Device<'_> {
    async fn ask(&self, method: Method, rest: &str, body: Option<Value>) -> Value {
        self.browser.command(method, &format!("{}{rest}", self.path), body).await
    }

    /// Whether its owner unlocks it when it asks.
    pub async fn unlocks(&self, yes: bool) {
        self.ask(Method::POST, "/uv", Some(json!({ "isUserVerified": yes }))).await;
    }

    pub async fn keys(&self) -> Vec<Kept> {
        let all = self.ask(Method::GET, "/credentials", None).await;
        all.as_array().into_iter().flatten().cloned().map(Kept).collect()
    }

    /// The one key that it has.
    pub async fn key(&self) -> Kept {
        let mut keys = self.keys().await;
        assert_eq!(keys.len(), 1, "keys in the device");
        keys.remove(0)
    }

    /// Puts other keys in place of all that it has: somebody copied them, or brought back an old state.
    pub async fn holds(&self, keys: &[Kept]) {
        self.ask(Method::DELETE, "/credentials", None).await;
        for Kept(key) in keys {
            self.ask(Method::POST, "/credential", Some(key.clone())).await;
        }
    }
}
