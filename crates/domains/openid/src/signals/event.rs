//! Security events (RFC 8417, CAEP 1.0, RISC 1.0) and how a change of an account becomes one. Pure.

use contracts::events::AccountChange;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::model::words;

/// The type of a security event token.
pub const TYPE: &str = "secevent+jwt";
/// The namespace in which our levels stand.
const LEVELS: &str = "urn:vn:nd69-2024:identity";

words! {
    /// Kinds of events, by their identifiers.
    EventType {
        SessionRevoked = "https://schemas.openid.net/secevent/caep/event-type/session-revoked",
        CredentialChange = "https://schemas.openid.net/secevent/caep/event-type/credential-change",
        AssuranceLevelChange = "https://schemas.openid.net/secevent/caep/event-type/assurance-level-change",
        AccountDisabled = "https://schemas.openid.net/secevent/risc/event-type/account-disabled",
        AccountEnabled = "https://schemas.openid.net/secevent/risc/event-type/account-enabled",
        AccountPurged = "https://schemas.openid.net/secevent/risc/event-type/account-purged",
    }
}

/// Sent to try the way (SSF section 7.1.4.2); every stream has it, nobody asks for it.
pub const VERIFICATION: &str = "https://schemas.openid.net/secevent/ssf/event-type/verification";

/// What is told of a change: the kind of event, and what stands in it.
///
/// No reasons: why the state locked an account is not for its bank to know.
pub fn of_change(change: AccountChange, at: Timestamp) -> (EventType, Value) {
    let when = json!(at.as_second());
    let members = |pairs: &[(&str, Value)]| {
        let mut all = Map::new();
        all.insert("event_timestamp".to_owned(), when.clone());
        all.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Value::Object(all)
    };
    match change {
        AccountChange::Locked => (EventType::AccountDisabled, members(&[])),
        AccountChange::Unlocked => (EventType::AccountEnabled, members(&[])),
        AccountChange::Closed => (EventType::AccountPurged, members(&[])),
        AccountChange::LevelRaised => (
            EventType::AssuranceLevelChange,
            members(&[
                ("namespace", json!(LEVELS)),
                ("current_level", json!("2")),
                ("previous_level", json!("1")),
                ("change_direction", json!("increase")),
            ]),
        ),
        AccountChange::CredentialChanged => (
            EventType::CredentialChange,
            // Which means of signing in somebody has is their own matter.
            members(&[("credential_type", json!("other")), ("change_type", json!("update"))]),
        ),
        AccountChange::SessionEnded { .. } | AccountChange::SessionsEnded { .. } => {
            (EventType::SessionRevoked, members(&[("initiating_entity", json!("user"))]))
        }
    }
}

/// The claims of a security event token. It has neither `sub` nor `exp` (SSF section 4.1), so that it can be taken for no
/// other kind of token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecurityEvent {
    pub iss: String,
    pub jti: Uuid,
    pub iat: i64,
    /// The receiver.
    pub aud: String,
    pub sub_id: SubjectId,
    /// One event by its type.
    pub events: Map<String, Value>,
    /// The same for all tokens that tell of one change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub txn: Option<Uuid>,
}

/// Subject identifiers (RFC 9493).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "format")]
pub enum SubjectId {
    /// An account, as the receiver knows it.
    #[serde(rename = "iss_sub")]
    Account { iss: String, sub: String },
    /// The stream itself.
    #[serde(rename = "opaque")]
    Stream { id: Uuid },
}

/// One event.
pub fn events(kind: &str, event: Value) -> Map<String, Value> {
    Map::from_iter([(kind.to_owned(), event)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_of_an_account_is_an_event_that_tells_no_reason() {
        let at: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let session = Uuid::from_u128(1);
        for (change, name) in [
            (AccountChange::Locked, "account-disabled"),
            (AccountChange::Unlocked, "account-enabled"),
            (AccountChange::Closed, "account-purged"),
            (AccountChange::LevelRaised, "assurance-level-change"),
            (AccountChange::CredentialChanged, "credential-change"),
            (AccountChange::SessionEnded { session }, "session-revoked"),
            (AccountChange::SessionsEnded { but: Some(session) }, "session-revoked"),
        ] {
            let (kind, event) = of_change(change, at);
            assert!(kind.as_str().ends_with(name), "{kind}");
            assert_eq!(event["event_timestamp"], at.as_second());
            assert!(!event.to_string().contains(&session.to_string()));
            assert!(event.get("reason").is_none());
        }
    }

    #[test]
    fn a_security_event_token_can_be_taken_for_no_other() {
        let event = SecurityEvent {
            iss: "https://id.gov.vn".to_owned(),
            jti: Uuid::from_u128(1),
            iat: 1,
            aud: "rp".to_owned(),
            sub_id: SubjectId::Account { iss: "https://id.gov.vn".to_owned(), sub: "s".to_owned() },
            events: events(VERIFICATION, json!({})),
            txn: None,
        };
        let text = serde_json::to_value(&event).unwrap();
        assert!(text.get("sub").is_none() && text.get("exp").is_none());
        assert_eq!(text["sub_id"], json!({"format": "iss_sub", "iss": "https://id.gov.vn", "sub": "s"}));
        assert_eq!(serde_json::from_value::<SecurityEvent>(text).unwrap(), event);
    }
}
