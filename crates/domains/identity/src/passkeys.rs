//! Passkeys (WebAuthn level 3) by `webauthn-rs`: what is asked of browsers, and what their answers prove.
//!
//! Always discoverable, so that nobody types a name, and always with user verification, so that one is two factors. They
//! are bound to the host of our public address; browsers know none for a bare IP address, and then there are no passkeys.

use contracts::AccountId;
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    AuthenticationResult, CredentialID, DiscoverableAuthentication, Passkey, PasskeyAuthentication,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder,
    WebauthnError,
};

use crate::IdentityError;

/// What the person's device shows as the site's name, and as the name of the account.
const SITE: &str = "Liên Thông";
/// Answers of browsers are a few kilobytes.
const ANSWER_BYTES_MAX: usize = 32 * 1024;

/// The site as passkeys know it.
#[derive(Debug, Clone)]
pub struct Passkeys(Webauthn);

/// What a script hands to the browser, and the token with which the answer comes back.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Offer {
    pub ceremony: String,
    /// The options of `navigator.credentials`, bytes as base64url.
    pub options: Value,
}

impl Passkeys {
    /// None when the public address has no host name.
    pub fn new(public_url: &str) -> Option<Self> {
        let origin = Url::parse(public_url).ok()?;
        let host = origin.domain()?.to_owned();
        let site = WebauthnBuilder::new(&host, &origin).ok()?.rp_name(SITE).build().ok()?;
        Some(Self(site))
    }

    pub(crate) fn register(
        &self,
        account: AccountId,
        label: &str,
        held: Vec<CredentialID>,
    ) -> Result<(Value, PasskeyRegistration), IdentityError> {
        let (options, state) =
            self.0.start_passkey_registration(account.0, label, label, Some(held)).map_err(refused)?;
        let mut options = json!(options);
        // The library leaves it to the device whether a key can be found without a name; ours must be.
        let wish = &mut options["publicKey"]["authenticatorSelection"];
        wish["residentKey"] = json!("required");
        wish["requireResidentKey"] = json!(true);
        Ok((options, state))
    }

    pub(crate) fn registered(
        &self,
        answer: &str,
        state: &PasskeyRegistration,
    ) -> Result<Passkey, IdentityError> {
        let answer: RegisterPublicKeyCredential = read(answer)?;
        self.0.finish_passkey_registration(&answer, state).map_err(refused)
    }

    /// Whoever it is.
    pub(crate) fn sign_in(&self) -> Result<(Value, DiscoverableAuthentication), IdentityError> {
        let (options, state) = self.0.start_discoverable_authentication().map_err(refused)?;
        Ok((json!(options), state))
    }

    /// With which key somebody answers, and whose the device says it is.
    pub(crate) fn identify(&self, answer: &str) -> Result<(PublicKeyCredential, AccountId), IdentityError> {
        let answer: PublicKeyCredential = read(answer)?;
        let (account, _) = self.0.identify_discoverable_authentication(&answer).map_err(refused)?;
        Ok((answer, AccountId(account)))
    }

    pub(crate) fn signed_in(
        &self,
        answer: &PublicKeyCredential,
        state: DiscoverableAuthentication,
        key: &Passkey,
    ) -> Result<AuthenticationResult, IdentityError> {
        self.0.finish_discoverable_authentication_v2(answer, state, key).map_err(refused)
    }

    /// One of these keys.
    pub(crate) fn show_again(
        &self,
        keys: &[Passkey],
    ) -> Result<(Value, PasskeyAuthentication), IdentityError> {
        let (options, state) = self.0.start_passkey_authentication(keys).map_err(refused)?;
        Ok((json!(options), state))
    }

    pub(crate) fn shown_again(
        &self,
        answer: &str,
        state: &PasskeyAuthentication,
    ) -> Result<AuthenticationResult, IdentityError> {
        let answer: PublicKeyCredential = read(answer)?;
        self.0.finish_passkey_authentication(&answer, state).map_err(refused)
    }
}

fn read<T: serde::de::DeserializeOwned>(answer: &str) -> Result<T, IdentityError> {
    if answer.len() > ANSWER_BYTES_MAX {
        return Err(IdentityError::BadPasskey);
    }
    serde_json::from_str(answer).map_err(|_| IdentityError::BadPasskey)
}

fn refused(error: WebauthnError) -> IdentityError {
    match error {
        WebauthnError::CredentialPossibleCompromise => IdentityError::PasskeyCopied,
        WebauthnError::Configuration => IdentityError::PasskeysOff,
        _ => IdentityError::BadPasskey,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_host_name() {
        assert!(Passkeys::new("https://dichvucong.example.vn").is_some());
        assert!(Passkeys::new("http://localhost:8080").is_some());
        for bad in ["http://127.0.0.1:8080", "dichvucong.example.vn", ""] {
            assert!(Passkeys::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_new_key_must_be_found_without_a_name_and_verify_its_user() {
        let site = Passkeys::new("https://dichvucong.example.vn").unwrap();
        let (options, _) = site.register(AccountId(uuid::Uuid::nil()), "Công dân", Vec::new()).unwrap();
        let wish = &options["publicKey"]["authenticatorSelection"];
        assert_eq!(wish["residentKey"], "required");
        assert_eq!(wish["userVerification"], "required");
        assert_eq!(options["publicKey"]["rp"]["id"], "dichvucong.example.vn");
    }
}
