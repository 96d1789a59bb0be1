//! Codes of relying parties in the reader's words: states, profiles, claims, agencies.

use contracts::{AgencyId, Role, ports::Nation};
use jiff::{SignedDuration, Timestamp, civil::Date};
use maud::Markup;
use openid::{
    claims::Claim,
    model::{Authentication, ClientEvent, ClientState, GrantType, Profile},
};
use webkit::{
    Say,
    i18n::key_of,
    ui::{self, Tone},
};

/// The reader's language with the nation's names.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    pub say: &'a Say,
    pub nation: &'a dyn Nation,
}

impl Words<'_> {
    pub fn role(&self, role: Role) -> String {
        self.say.t(&format!("console-role-{}", role.as_str()))
    }

    pub fn agency(&self, id: &AgencyId) -> String {
        self.nation.agency(id).map_or_else(|| id.0.clone(), |a| self.say.text(&a.name).to_owned())
    }

    pub fn claim(&self, claim: Claim) -> String {
        self.say.t(&format!("console-claim-{}", key_of(claim.as_str())))
    }

    pub fn authentication(&self, way: Authentication) -> String {
        self.say.t(&format!("console-auth-{}", key_of(way.as_str())))
    }

    pub fn grant(&self, grant: GrantType) -> String {
        self.say.t(&format!("console-grant-{}", grant_key(grant)))
    }

    pub fn event(&self, event: ClientEvent) -> String {
        self.say.t(&format!("console-event-{}", key_of(event.as_str())))
    }

    pub fn profile(&self, profile: &Profile) -> String {
        match profile {
            Profile::Fapi2 => self.say.t("console-profile-fapi2"),
            Profile::Basic { until } => {
                let day = self.say.date(last_day(*until));
                self.say.tw("console-profile-basic-until", &[("day", day.into())])
            }
        }
    }

    /// The state of a relying party.
    pub fn state(&self, state: ClientState, sandbox: bool) -> Markup {
        let (tone, key) = match state {
            ClientState::Proposed | ClientState::Approved if sandbox => (Tone::Good, "console-state-sandbox"),
            ClientState::Proposed => (Tone::Wait, "console-state-proposed"),
            ClientState::Approved => (Tone::Good, "console-state-approved"),
            ClientState::Suspended => (Tone::Danger, "console-state-suspended"),
            ClientState::Closed => (Tone::Plain, "console-state-closed"),
        };
        ui::tag(tone, &self.say.t(key))
    }
}

/// The last whole day before an end.
pub fn last_day(until: Timestamp) -> Date {
    base::vietnam_date(until.checked_sub(SignedDuration::from_secs(1)).unwrap_or(until))
}

/// Grants by a word that fits into a key; their own are URNs.
pub fn grant_key(grant: GrantType) -> &'static str {
    match grant {
        GrantType::AuthorizationCode => "code",
        GrantType::RefreshToken => "refresh",
        GrantType::ClientCredentials => "own",
        GrantType::TokenExchange => "exchange",
        GrantType::Ciba => "ciba",
        GrantType::DeviceCode => "device",
    }
}
