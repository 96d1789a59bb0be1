//! The authorization request: read from parameters, checked against what the client may do. Pure.
//!
//! In two steps, because they fail differently: [`Back`] is where an answer may go at all; as long as that is not certain,
//! an error is shown and never sent. Everything else ([`Request`]) fails towards the client.

use contracts::{IdentityLevel, LoginStrength};
use jose::Thumbprint;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    claims::{Claim, Scope},
    clients::Served,
    error::Reason,
    limits::{PLACES_MAX, SCOPES_MAX, STATE_BYTES_MAX},
    login_demand::LoginDemand,
    model::{GrantType, words},
    params::Params,
};

/// 256 bits in base64url (RFC 7636 section 4.2).
const CHALLENGE_CHARS: usize = 43;

pub fn acr(strength: LoginStrength) -> String {
    strength.acr()
}

words! {
    ResponseMode {
        Query = "query",
        FormPost = "form_post",
        QueryJwt = "query.jwt",
        FormPostJwt = "form_post.jwt",
    }
}

impl ResponseMode {
    pub fn is_signed(self) -> bool {
        matches!(self, Self::QueryJwt | Self::FormPostJwt)
    }

    pub fn is_post(self) -> bool {
        matches!(self, Self::FormPost | Self::FormPostJwt)
    }

    fn of(text: Option<&str>, must_sign: bool) -> Result<Self, Reason> {
        let mode = match text {
            None if must_sign => Self::QueryJwt,
            None => Self::Query,
            Some("jwt") => Self::QueryJwt,
            Some(other) => Self::parse(other).ok_or(Reason::ResponseMode)?,
        };
        if must_sign && !mode.is_signed() { Err(Reason::ResponseMode) } else { Ok(mode) }
    }
}

/// Where an answer goes, once that is certain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Back {
    pub redirect_uri: String,
    pub mode: ResponseMode,
    pub state: Option<String>,
}

impl Back {
    /// # Errors
    /// To be shown, never to be sent.
    pub fn read(params: &Params, client: &Served) -> Result<Self, Reason> {
        let redirect_uri = params.get("redirect_uri").ok_or(Reason::RedirectUriMissing)?;
        // The very same text: no prefixes, no patterns, no normal forms (RFC 9700 section 4.1.3).
        if !client.settings.redirect_uris.iter().any(|known| known == redirect_uri) {
            return Err(Reason::RedirectUriUnknown);
        }
        let must_sign = client.settings.messages.responses;
        let state = params.get("state").filter(|s| s.len() <= STATE_BYTES_MAX);
        // With a mode that is no good the error goes back in the default one.
        let mode = match ResponseMode::of(params.get("response_mode"), must_sign) {
            Ok(mode) => mode,
            Err(_) if must_sign => ResponseMode::QueryJwt,
            Err(_) => ResponseMode::Query,
        };
        Ok(Self { redirect_uri: redirect_uri.to_owned(), mode, state: state.map(str::to_owned) })
    }
}

/// How the request wants the person to be met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    pub none: bool,
    pub login: bool,
    pub consent: bool,
}

/// A claim asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    pub claim: Claim,
    pub essential: bool,
}

/// A checked request: everything in it may be asked by its client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub back: Back,
    pub scopes: Vec<String>,
    pub nonce: Option<String>,
    /// PKCE, always `S256`.
    pub challenge: String,
    pub prompt: Prompt,
    pub max_age_s: Option<i64>,
    /// The login must be at least so strong.
    pub strength: Option<LoginStrength>,
    /// The account must be of at least this level.
    pub level: Option<IdentityLevel>,
    pub userinfo: Vec<Wish>,
    pub id_token: Vec<Wish>,
    /// What `resident_of` is asked about.
    pub places: Vec<String>,
    /// The request is about this subject and no other.
    pub subject: Option<String>,
    pub dpop_jkt: Option<Thumbprint>,
    pub resource: Option<String>,
}

impl Request {
    /// # Errors
    /// To be sent to where [`Back`] says.
    pub fn read(params: &Params, client: &Served, back: Back) -> Result<Self, Reason> {
        if params.get("state").is_some() != back.state.is_some() {
            return Err(Reason::ParameterLong);
        }
        if params.has("registration") {
            return Err(Reason::RegistrationNotSupported);
        }
        match params.need("response_type")? {
            "code" => {}
            _ => return Err(Reason::ResponseType),
        }
        if !client.may(GrantType::AuthorizationCode) {
            return Err(Reason::GrantTypeNotAllowed);
        }
        ResponseMode::of(params.get("response_mode"), client.settings.messages.responses)?;
        let nonce = params.get("nonce");
        if nonce.is_some_and(|n| n.len() > STATE_BYTES_MAX) {
            return Err(Reason::ParameterLong);
        }
        let scopes = scopes(params.get("scope").unwrap_or(""), client)?;
        let mut wishes = Wishes::default();
        wishes.add_scopes(&scopes);
        if let Some(claims) = params.get("claims") {
            wishes.add_claims(claims)?;
        }
        if let Some(values) = params.get("acr_values") {
            wishes.at_least(weakest(values.split(' ')));
        }
        wishes.check(client)?;
        let told_at_once = LoginDemand::of(client, wishes.id_token.iter().map(|wish| wish.claim));
        Ok(Self {
            back,
            nonce: nonce.map(str::to_owned),
            challenge: challenge(params)?,
            prompt: prompt(params.get("prompt"))?,
            max_age_s: max_age(params.get("max_age"), told_at_once)?,
            strength: wishes.strength.max(told_at_once.strength),
            level: wishes.level,
            userinfo: wishes.userinfo,
            id_token: wishes.id_token,
            places: wishes.places,
            subject: wishes.subject,
            dpop_jkt: thumbprint(params.get("dpop_jkt"))?,
            resource: resource(params.get("resource"), client)?,
            scopes,
        })
    }

    /// A request of a program that is not where the browser is (device grant, CIBA): what it asks of the person, with no
    /// address to go back to.
    pub fn elsewhere(params: &Params, client: &Served, grant: GrantType) -> Result<Self, Reason> {
        if !client.may(grant) {
            return Err(Reason::GrantTypeNotAllowed);
        }
        let scopes = scopes(params.get("scope").unwrap_or(""), client)?;
        let mut wishes = Wishes::default();
        wishes.add_scopes(&scopes);
        if let Some(claims) = params.get("claims") {
            wishes.add_claims(claims)?;
        }
        if let Some(values) = params.get("acr_values") {
            wishes.at_least(weakest(values.split(' ')));
        }
        wishes.check(client)?;
        let told_at_once = LoginDemand::of(client, wishes.id_token.iter().map(|wish| wish.claim));
        Ok(Self {
            back: Back { redirect_uri: String::new(), mode: ResponseMode::Query, state: None },
            nonce: None,
            challenge: String::new(),
            prompt: Prompt::default(),
            max_age_s: max_age(params.get("max_age"), told_at_once)?,
            strength: wishes.strength.max(told_at_once.strength),
            level: wishes.level,
            userinfo: wishes.userinfo,
            id_token: wishes.id_token,
            places: wishes.places,
            subject: wishes.subject,
            dpop_jkt: None,
            resource: resource(params.get("resource"), client)?,
            scopes,
        })
    }

    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|s| s == scope.as_str())
    }

    /// All claims about the person, each once; essential where any wish for it is.
    pub fn asked(&self) -> Vec<Wish> {
        let mut all: Vec<Wish> = Vec::new();
        for wish in self.userinfo.iter().chain(&self.id_token) {
            match all.iter_mut().find(|w| w.claim == wish.claim) {
                Some(known) => known.essential |= wish.essential,
                None => all.push(*wish),
            }
        }
        all
    }
}

/// The scopes that will stand in the token. Names that nobody knows are passed over (OpenID Connect Core section 3.1.2.1);
/// known ones that the client has no right to are refused, so that nobody believes to have them.
fn scopes(text: &str, client: &Served) -> Result<Vec<String>, Reason> {
    let mut out: Vec<String> = Vec::new();
    for name in text.split(' ').filter(|n| !n.is_empty()) {
        if out.len() == SCOPES_MAX {
            return Err(Reason::ParametersMany);
        }
        let ours = Scope::parse(name).is_some();
        let known = ours || client.settings.api_scopes.iter().any(|s| s == name);
        if known && !out.iter().any(|s| s == name) {
            out.push(name.to_owned());
        }
    }
    for scope in out.iter().filter_map(|s| Scope::parse(s)) {
        if scope.claims().iter().any(|c| client.right(*c).is_none()) {
            return Err(Reason::ScopeNotAllowed);
        }
        if scope == Scope::OfflineAccess && !client.may(GrantType::RefreshToken) {
            return Err(Reason::ScopeNotAllowed);
        }
    }
    Ok(out)
}

fn challenge(params: &Params) -> Result<String, Reason> {
    let (challenge, method) = (params.get("code_challenge"), params.get("code_challenge_method"));
    let (Some(challenge), Some("S256")) = (challenge, method) else { return Err(Reason::PkceMissing) };
    let sound = challenge.len() == CHALLENGE_CHARS && jose::b64::decode(challenge).is_ok();
    if sound { Ok(challenge.to_owned()) } else { Err(Reason::PkceMissing) }
}

fn prompt(text: Option<&str>) -> Result<Prompt, Reason> {
    let mut prompt = Prompt::default();
    let words: Vec<&str> = text.unwrap_or("").split(' ').filter(|w| !w.is_empty()).collect();
    for word in &words {
        match *word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            // The page of consent says who is signed in, and lets somebody else sign in.
            "consent" | "select_account" => prompt.consent = true,
            _ => return Err(Reason::ParameterMalformed),
        }
    }
    if prompt.none && words.len() > 1 { Err(Reason::PromptConflict) } else { Ok(prompt) }
}

/// As it is asked, or as what is told at once demands.
fn max_age(text: Option<&str>, told_at_once: LoginDemand) -> Result<Option<i64>, Reason> {
    let asked: Option<u32> = text.map(|t| t.parse().map_err(|_| Reason::ParameterMalformed)).transpose()?;
    Ok(asked.into_iter().chain(told_at_once.max_age_s).min().map(i64::from))
}

fn thumbprint(text: Option<&str>) -> Result<Option<Thumbprint>, Reason> {
    text.map(|t| Thumbprint::parse(t).map_err(|_| Reason::ParameterMalformed)).transpose()
}

/// A resource server that the client is registered for (RFC 8707).
pub fn resource(text: Option<&str>, client: &Served) -> Result<Option<String>, Reason> {
    match text {
        None => Ok(None),
        Some(uri) if client.settings.audiences.iter().any(|a| a == uri) => Ok(Some(uri.to_owned())),
        Some(_) => Err(Reason::ResourceNotAllowed),
    }
}

/// What is asked of the person and of the login, gathered from scopes, `claims` and `acr_values`.
#[derive(Default)]
struct Wishes {
    userinfo: Vec<Wish>,
    id_token: Vec<Wish>,
    places: Vec<String>,
    subject: Option<String>,
    strength: Option<LoginStrength>,
    level: Option<IdentityLevel>,
    /// Something essential that nobody can ever meet.
    impossible: Option<Reason>,
}

impl Wishes {
    fn add_scopes(&mut self, scopes: &[String]) {
        for scope in scopes.iter().filter_map(|s| Scope::parse(s)) {
            for claim in scope.claims() {
                add(&mut self.userinfo, Wish { claim: *claim, essential: false });
            }
        }
    }

    /// The `claims` parameter (OpenID Connect Core section 5.5). Members that nobody knows are passed over.
    fn add_claims(&mut self, text: &str) -> Result<(), Reason> {
        let whole: Map<String, Value> =
            jose::json::object(text.as_bytes()).map_err(|_| Reason::ParameterMalformed)?;
        for member in ["userinfo", "id_token"] {
            let Some(wanted) = whole.get(member).filter(|v| !v.is_null()) else { continue };
            let wanted = wanted.as_object().ok_or(Reason::ParameterMalformed)?;
            for (name, how) in wanted {
                self.add_claim(member == "id_token", name, &How::read(how)?)?;
            }
        }
        Ok(())
    }

    fn add_claim(&mut self, in_id_token: bool, name: &str, how: &How<'_>) -> Result<(), Reason> {
        match name {
            "sub" => {
                self.subject = how.values.first().map(|v| (*v).to_owned()).or_else(|| self.subject.take());
            }
            "acr" => match weakest(how.values.iter().copied()) {
                None if how.is_bound() => self.impossible = Some(Reason::StrengthUnmet),
                enough => self.at_least(enough),
            },
            _ => {
                let Some(claim) = Claim::parse(name) else { return Ok(()) };
                // Identity tokens come back in addresses, as hints.
                if in_id_token && claim.is_number() {
                    return Err(Reason::ParameterMalformed);
                }
                match claim {
                    Claim::ResidentOf => self.places(&how.values)?,
                    Claim::IdentityLevel if how.is_bound() => match lowest(&how.values) {
                        None => self.impossible = Some(Reason::LevelUnmet),
                        enough => self.level = self.level.max(enough),
                    },
                    _ if claim.is_number() && how.essential => self.level = Some(IdentityLevel::Two),
                    _ => {}
                }
                let wishes = if in_id_token { &mut self.id_token } else { &mut self.userinfo };
                add(wishes, Wish { claim, essential: how.essential });
            }
        }
        Ok(())
    }

    fn at_least(&mut self, strength: Option<LoginStrength>) {
        self.strength = self.strength.max(strength);
    }

    fn places(&mut self, values: &[&str]) -> Result<(), Reason> {
        for place in values {
            let sound = matches!(place.len(), 2 | 5) && place.bytes().all(|b| b.is_ascii_digit());
            if !sound || self.places.len() == PLACES_MAX {
                return Err(Reason::ParameterMalformed);
            }
            self.places.push((*place).to_owned());
        }
        Ok(())
    }

    fn check(&self, client: &Served) -> Result<(), Reason> {
        let mut all = self.userinfo.iter().chain(&self.id_token);
        if all.any(|wish| client.right(wish.claim).is_none()) {
            return Err(Reason::ClaimNotAllowed);
        }
        self.impossible.map_or(Ok(()), Err)
    }
}

/// Any of several values is enough, so the weakest of those that are ours; values of others mean nothing here.
fn weakest<'a>(values: impl Iterator<Item = &'a str>) -> Option<LoginStrength> {
    values.filter_map(LoginStrength::from_acr).min()
}

/// The same of the levels of an account.
fn lowest(values: &[&str]) -> Option<IdentityLevel> {
    [IdentityLevel::One, IdentityLevel::Two]
        .into_iter()
        .find(|level| values.contains(&level.number().to_string().as_str()))
}

fn add(wishes: &mut Vec<Wish>, wish: Wish) {
    match wishes.iter_mut().find(|w| w.claim == wish.claim) {
        Some(known) => known.essential |= wish.essential,
        None => wishes.push(wish),
    }
}

/// How one claim is wanted.
struct How<'a> {
    essential: bool,
    /// Those of the values that can be read.
    values: Vec<&'a str>,
    has_values: bool,
}

impl<'a> How<'a> {
    fn read(value: &'a Value) -> Result<Self, Reason> {
        let mut how = Self { essential: false, values: Vec::new(), has_values: false };
        let Value::Object(members) = value else {
            return if value.is_null() { Ok(how) } else { Err(Reason::ParameterMalformed) };
        };
        if let Some(essential) = members.get("essential") {
            how.essential = essential.as_bool().ok_or(Reason::ParameterMalformed)?;
        }
        let several = match members.get("values") {
            Some(several) => several.as_array().ok_or(Reason::ParameterMalformed)?.as_slice(),
            None => &[],
        };
        for value in members.get("value").into_iter().chain(several) {
            how.has_values = true;
            how.values.extend(text_of(value));
        }
        Ok(how)
    }

    /// Whether the request fails unless one of its values is met (OpenID Connect Core section 5.5.1.1).
    fn is_bound(&self) -> bool {
        self.essential && self.has_values
    }
}

/// Levels may be asked for as numbers.
fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(n) if n.as_u64() == Some(1) => Some("1"),
        Value::Number(n) if n.as_u64() == Some(2) => Some("2"),
        _ => None,
    }
}
