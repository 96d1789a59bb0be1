//! Whether what an agency enters of a relying party can be: each rule with the field that breaks it. Pure.

use base::{FieldFault, Text, limits::LINE_CHARS_MAX, nfc};
use contracts::AgencyId;
use jiff::Timestamp;
use jose::url;

use crate::{
    OpenIdError, Scope,
    authorization::origin_of,
    limits::{
        BASIC_LIFE_MAX, LEGAL_BASIS_CHARS_MAX, LOGIN_AGE_S_MAX, LOGIN_AGE_S_MIN, REDIRECT_URIS_MAX,
        SCOPES_MAX, URI_BYTES_MAX,
    },
    model::{Authentication, ClientDraft, ClientId, GrantType, Profile, Sender, SigningAlg},
};

const SCOPE_CHARS_MAX: usize = 64;

/// `loopback`: the provider itself is reached over loopback, so its relying parties may be on this machine too.
///
/// # Errors
/// [`OpenIdError::Invalid`] with every field at fault.
pub fn check(draft: &ClientDraft, now: Timestamp, loopback: bool) -> Result<(), OpenIdError> {
    let mut faults = Faults::default();
    for (field, text) in [
        ("name_vi", &draft.name.vi),
        ("name_en", &draft.name.en),
        ("purpose_vi", &draft.purpose.vi),
        ("purpose_en", &draft.purpose.en),
        ("contact", &draft.contact),
    ] {
        faults.line(field, text, LINE_CHARS_MAX);
    }
    faults.profile(draft, now);
    faults.addresses(draft, loopback);
    faults.rights(draft);
    match faults.0.is_empty() {
        true => Ok(()),
        false => Err(OpenIdError::Invalid(faults.0)),
    }
}

/// The draft as it is kept: texts in stored form, the sector written down, since subjects follow from it for ever.
pub fn settled(draft: &ClientDraft, id: ClientId, sector: Option<&str>) -> ClientDraft {
    let mut draft = draft.clone();
    for text in [
        &mut draft.name.vi,
        &mut draft.name.en,
        &mut draft.purpose.vi,
        &mut draft.purpose.en,
        &mut draft.contact,
    ] {
        *text = nfc(text);
    }
    for right in &mut draft.claims {
        right.legal_basis = nfc(&right.legal_basis);
        if let Some(purpose) = &mut right.purpose {
            *purpose = Text::new(nfc(&purpose.vi), nfc(&purpose.en));
        }
    }
    let host = draft.redirect_uris.first().map(|uri| host_of(uri));
    // A client that met nobody so far was a sector of its own, and may still choose.
    let own = id.to_string();
    let sector = sector.filter(|settled| *settled != own);
    draft.sector = match (sector, draft.sector.take(), host) {
        (Some(settled), _, _) => Some(settled.to_owned()),
        (None, Some(asked), _) => Some(asked.to_ascii_lowercase()),
        (None, None, Some(host)) => Some(host),
        (None, None, None) => Some(own),
    };
    draft
}

/// Whether a client of this owner may know people under the subjects of its sector. Whoever is in a sector knows the same
/// people under the same names: so it has one owner, and begins only at an address of the client's own. Neither a
/// stranger's domain nor a suffix that many share is begun by naming it. `holder` is whose it is already.
///
/// # Errors
/// [`OpenIdError::Invalid`] with the sector at fault.
pub fn check_sector(
    draft: &ClientDraft,
    id: ClientId,
    owner: &AgencyId,
    holder: Option<&AgencyId>,
) -> Result<(), OpenIdError> {
    let Some(sector) = draft.sector.as_deref() else { return Ok(()) };
    match holder {
        Some(holder) if holder == owner => Ok(()),
        Some(_) => Err(OpenIdError::field("sector", "openid.sector_held")),
        None if sector == id.to_string() => Ok(()),
        None if draft.redirect_uris.iter().any(|uri| host_of(uri) == sector) => Ok(()),
        None => Err(OpenIdError::field("sector", "openid.sector_new")),
    }
}

/// Reached in clear text, but only from the same machine.
pub fn is_on_loopback(uri: &str) -> bool {
    uri.starts_with("http://127.0.0.1:") || uri.starts_with("http://[::1]:")
}

#[derive(Default)]
struct Faults(Vec<FieldFault>);

impl Faults {
    fn add(&mut self, field: &str, code: &str) {
        self.0.push(FieldFault::new(field, code));
    }

    fn line(&mut self, field: &str, text: &str, chars_max: usize) {
        match nfc(text).chars().count() {
            0 => self.add(field, "openid.required"),
            n if n > chars_max => {
                self.0.push(FieldFault::new(field, "openid.long").with("max", chars_max));
            }
            _ => {}
        }
    }

    fn many(&mut self, field: &str, count: usize, max: usize) {
        if count > max {
            self.0.push(FieldFault::new(field, "openid.many").with("max", max));
        }
    }

    fn profile(&mut self, draft: &ClientDraft, now: Timestamp) {
        match draft.profile {
            Profile::Fapi2 => {
                let weak = draft.authentication.is_secret()
                    || draft.sender == Sender::Bearer
                    || draft.messages.id_token == SigningAlg::Rs256;
                if weak {
                    self.add("profile", "openid.profile_fapi2");
                }
            }
            Profile::Basic { until } if until <= now || until > now + BASIC_LIFE_MAX => {
                let days = BASIC_LIFE_MAX.as_hours() / 24;
                self.0.push(FieldFault::new("profile", "openid.profile_until").with("days", days));
            }
            Profile::Basic { .. } => {}
        }
        let named = draft.tls_subject.as_deref().is_some_and(|s| !s.trim().is_empty());
        if named != (draft.authentication == Authentication::TlsSubject) {
            self.add("tls_subject", "openid.tls_subject");
        }
        let comes_of = [GrantType::AuthorizationCode, GrantType::Ciba, GrantType::DeviceCode];
        let refreshes = draft.grants.contains(&GrantType::RefreshToken);
        let lone_refresh = refreshes && !comes_of.iter().any(|g| draft.grants.contains(g));
        if draft.grants.is_empty() || lone_refresh {
            self.add("grants", "openid.grants");
        }
    }

    fn addresses(&mut self, draft: &ClientDraft, loopback: bool) {
        // We go there ourselves: in clear text on no machine but a developer's.
        if let Some(uri) = &draft.jwks_uri {
            self.address("jwks_uri", uri, loopback);
        }
        if draft.redirect_uris.is_empty() && draft.grants.contains(&GrantType::AuthorizationCode) {
            self.add("redirect_uris", "openid.required");
        }
        let loopback = loopback || draft.sandbox || !draft.profile.is_fapi2();
        for (field, uris) in [
            ("redirect_uris", &draft.redirect_uris),
            ("post_logout_redirect_uris", &draft.post_logout_redirect_uris),
        ] {
            self.many(field, uris.len(), REDIRECT_URIS_MAX);
            uris.iter().for_each(|uri| self.address(field, uri, loopback));
        }
        for (field, uri) in [
            ("backchannel_logout_uri", &draft.backchannel_logout_uri),
            ("ciba_notification_uri", &draft.ciba_notification_uri),
            ("policy_uri", &draft.policy_uri),
            ("resource", &draft.resource),
        ] {
            if let Some(uri) = uri {
                self.address(field, uri, loopback);
            }
        }
        self.many("audiences", draft.audiences.len(), REDIRECT_URIS_MAX);
        draft.audiences.iter().for_each(|uri| self.address("audiences", uri, loopback));
        self.sector(draft);
        // Nobody looked at it yet: it must not get tokens that real services take, nor ask about those of others.
        for (field, named) in
            [("audiences", !draft.audiences.is_empty()), ("resource", draft.resource.is_some())]
        {
            if draft.sandbox && named {
                self.add(field, "openid.sandbox_resource");
            }
        }
    }

    fn address(&mut self, field: &str, uri: &str, loopback: bool) {
        let sound = uri.len() <= URI_BYTES_MAX
            && !uri.contains(['#', '\\', '*', '<', '>', '"', '\''])
            && url::normal(uri).is_some();
        if !sound {
            self.add(field, "openid.uri");
            return;
        }
        if !(uri.starts_with("https://") || (loopback && is_on_loopback(uri))) {
            self.add(field, "openid.uri_https");
        }
    }

    /// All addresses lie in the sector. Whether it may be this client's is for [`check_sector`].
    fn sector(&mut self, draft: &ClientDraft) {
        let mut hosts: Vec<String> = draft.redirect_uris.iter().map(|uri| host_of(uri)).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let sound = match &draft.sector {
            None => hosts.len() <= 1,
            Some(_) if hosts.is_empty() => true,
            Some(sector) => {
                let sector = sector.to_ascii_lowercase();
                let below = format!(".{sector}");
                sector.contains(['.', ':']) && hosts.iter().all(|h| *h == sector || h.ends_with(&below))
            }
        };
        if !sound {
            self.add("sector", "openid.sector");
        }
    }

    fn rights(&mut self, draft: &ClientDraft) {
        for (n, right) in draft.claims.iter().enumerate() {
            if draft.claims.iter().take(n).any(|earlier| earlier.claim == right.claim) {
                self.add("claims", "openid.claim_twice");
            }
            match nfc(&right.legal_basis).chars().count() {
                0 => self.add("claims", "openid.claim_basis"),
                n if n > LEGAL_BASIS_CHARS_MAX => {
                    let fault = FieldFault::new("claims", "openid.long");
                    self.0.push(fault.with("max", LEGAL_BASIS_CHARS_MAX));
                }
                _ => {}
            }
        }
        let sound = |text: &str| (1..=LINE_CHARS_MAX).contains(&nfc(text).chars().count());
        let mut purposes = draft.claims.iter().filter_map(|right| right.purpose.as_ref());
        if purposes.any(|purpose| !sound(&purpose.vi) || !sound(&purpose.en)) {
            self.add("claims", "openid.claim_purpose");
        }
        if draft.claims.iter().any(|right| !right.login.can_be_met()) {
            let fault = FieldFault::new("claims", "openid.login_demand");
            self.0.push(fault.with("min", LOGIN_AGE_S_MIN / 60).with("max", LOGIN_AGE_S_MAX / 60));
        }
        self.many("api_scopes", draft.api_scopes.len(), SCOPES_MAX);
        for scope in &draft.api_scopes {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b":._-/".contains(&b);
            let sound = !scope.is_empty() && scope.len() <= SCOPE_CHARS_MAX && scope.bytes().all(plain);
            if !sound || Scope::parse(scope).is_some() {
                self.add("api_scopes", "openid.scope");
            }
        }
    }
}

fn host_of(uri: &str) -> String {
    let origin = origin_of(uri);
    origin.split_once("://").map_or(origin, |(_, host)| host).to_ascii_lowercase()
}
