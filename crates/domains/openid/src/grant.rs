//! What a grant says: the terms on which a person let a relying party in, as codes and tokens carry them on.

use contracts::{LoginStrength, Method, OrganisationId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    claims::Claim,
    clients::Served,
    model::words,
    request::acr,
    shown::{self, Shown},
};

words! {
    /// How somebody let a relying party in.
    #[derive(Default)]
    Way {
        /// In the browser that it had sent.
        #[default]
        Browser = "browser",
        /// The same, and the person wants to be asked again.
        Once = "once",
        /// By the code on another screen.
        Device = "device",
        /// A call centre or a counter had asked.
        Ciba = "ciba",
    }
}

/// On which terms tokens of a grant are issued. Stored with the grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub scopes: Vec<String>,
    /// What userinfo tells.
    pub userinfo: Vec<Claim>,
    /// What `resident_of` is answered for.
    pub places: Vec<String>,
    pub login: LoginTerms,
    /// The resource server that access tokens are for; none: our own userinfo.
    pub resource: Option<String>,
    /// In a sandbox: who the person is.
    pub persona: Option<String>,
    /// For whom the person acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    #[serde(default)]
    pub way: Way,
    /// What was allowed, as it was shown. Grants from before it was written down tell nothing any more.
    #[serde(default)]
    pub shown: Shown,
}

impl Terms {
    /// Whether a claim was allowed under the law and for the purpose that it has at the client now.
    pub fn covers(&self, client: &Served, claim: Claim) -> bool {
        let now = shown::claim(client, claim);
        now.is_some() && self.shown.get(&claim) == now.as_ref()
    }
}

/// How the person signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginTerms {
    pub at: Timestamp,
    pub strength: LoginStrength,
    pub methods: Vec<Method>,
}

impl LoginTerms {
    pub fn acr(&self) -> String {
        acr(self.strength)
    }

    /// RFC 8176 section 2, with `mfa` where several factors were shown.
    pub fn amr(&self) -> Vec<&'static str> {
        let mut all: Vec<&'static str> = self.methods.iter().flat_map(|m| m.amr()).copied().collect();
        if self.strength > LoginStrength::One {
            all.push("mfa");
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// What stands with a code until it is exchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeTerms {
    pub redirect_uri: String,
    pub challenge: String,
    pub nonce: Option<String>,
    /// Told in the identity token.
    pub id_token: Vec<Claim>,
    /// The key that must be shown at the exchange.
    pub dpop_jkt: Option<String>,
    /// The session in which the person said yes.
    pub session: Option<Uuid>,
    /// The grant goes on after the session.
    pub offline: bool,
    pub terms: Terms,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amr_names_each_method_once_and_says_when_there_were_several_factors() {
        let login = |strength, methods: &[Method]| LoginTerms {
            at: Timestamp::UNIX_EPOCH,
            strength,
            methods: methods.to_vec(),
        };
        assert_eq!(login(LoginStrength::One, &[Method::Password]).amr(), ["pwd"]);
        assert_eq!(
            login(LoginStrength::Two, &[Method::Password, Method::AppCode]).amr(),
            ["mfa", "otp", "pwd"]
        );
        assert_eq!(login(LoginStrength::Three, &[Method::Passkey]).amr(), ["hwk", "mfa", "user"]);
        assert_eq!(login(LoginStrength::Three, &[Method::Passkey]).acr(), "urn:vn:nd69-2024:auth:3");
    }
}
