//! What can go wrong: [`Refusal`] for programs, in the words of the protocols; [`OpenIdError`] for people on our pages.
//!
//! Every refusal has a [`Reason`] of a closed set. It is what a relying party's people see in their log, in plain words,
//! and what is counted; no text of a request is ever part of it.

use base::{Fault, FieldFault, Kind};
use contracts::ports::PortError;
use jose::JoseError;
use store::StoreError;

use crate::{login_demand::LoginDemand, model::words, seen::Unknown, shown::Changed};

words! {
    /// Error codes of the protocols.
    OauthError {
        InvalidRequest = "invalid_request",
        InvalidClient = "invalid_client",
        InvalidGrant = "invalid_grant",
        UnauthorizedClient = "unauthorized_client",
        UnsupportedGrantType = "unsupported_grant_type",
        UnsupportedResponseType = "unsupported_response_type",
        UnsupportedTokenType = "unsupported_token_type",
        InvalidScope = "invalid_scope",
        InvalidTarget = "invalid_target",
        InvalidDpopProof = "invalid_dpop_proof",
        UseDpopNonce = "use_dpop_nonce",
        InvalidRequestObject = "invalid_request_object",
        InvalidRequestUri = "invalid_request_uri",
        RequestNotSupported = "request_not_supported",
        AccessDenied = "access_denied",
        LoginRequired = "login_required",
        ConsentRequired = "consent_required",
        InteractionRequired = "interaction_required",
        UnmetAuthenticationRequirements = "unmet_authentication_requirements",
        InvalidToken = "invalid_token",
        InsufficientScope = "insufficient_scope",
        InsufficientUserAuthentication = "insufficient_user_authentication",
        AuthorizationPending = "authorization_pending",
        SlowDown = "slow_down",
        ExpiredToken = "expired_token",
        UnknownUserId = "unknown_user_id",
        ExpiredLoginHintToken = "expired_login_hint_token",
        InvalidBindingMessage = "invalid_binding_message",
        TemporarilyUnavailable = "temporarily_unavailable",
        ServerError = "server_error",
    }
}

macro_rules! reasons {
    ($($variant:ident = $word:literal, $error:ident, $said:literal;)*) => {
        words! {
            /// Why something was refused. The word is the key of a sentence in both languages (`openid-reason-…`).
            Reason { $($variant = $word,)* }
        }

        impl Reason {
            /// The code that the protocol has for it.
            pub fn error(self) -> OauthError {
                match self { $(Self::$variant => OauthError::$error,)* }
            }

            /// For `error_description`: English, ASCII, without anything of the request.
            pub fn said(self) -> &'static str {
                match self { $(Self::$variant => $said,)* }
            }
        }
    };
}

reasons! {
    ParameterTwice = "parameter_twice", InvalidRequest, "a parameter stands twice";
    ParameterLong = "parameter_long", InvalidRequest, "a parameter or the whole request is too long";
    ParametersMany = "parameters_many", InvalidRequest, "too many parameters";
    BodyNotForm = "body_not_form", InvalidRequest, "the body must be application/x-www-form-urlencoded in UTF-8";
    ParameterMissing = "parameter_missing", InvalidRequest, "a required parameter is missing";
    ParameterMalformed = "parameter_malformed", InvalidRequest, "a parameter is malformed";
    InQuery = "in_query", InvalidRequest, "credentials must not stand in the query";

    ClientUnknown = "client_unknown", InvalidClient, "the client did not prove to be itself";
    ClientNotServed = "client_not_served", InvalidClient, "the client is not approved, suspended or closed";
    ClientEnded = "client_ended", InvalidClient, "the time of this compatibility client is over";
    AuthenticationMissing = "authentication_missing", InvalidClient, "the client must authenticate";
    AuthenticationTwice = "authentication_twice", InvalidRequest, "the client authenticates in more than one way";
    AuthenticationOther = "authentication_other", InvalidClient, "the client is registered with another way of authenticating";
    SecretWrong = "secret_wrong", InvalidClient, "the client did not prove to be itself";
    AssertionRefused = "assertion_refused", InvalidClient, "the client did not prove to be itself";
    AssertionReplayed = "assertion_replayed", InvalidClient, "the client assertion was used before";
    Replayed = "replayed", InvalidRequest, "the client assertion or the proof was used before";
    CertificateMissing = "certificate_missing", InvalidClient, "no client certificate came with the connection";

    GrantTypeUnknown = "grant_type_unknown", UnsupportedGrantType, "the grant type is not supported";
    GrantTypeNotAllowed = "grant_type_not_allowed", UnauthorizedClient, "the client is not registered for this grant type";
    CodeWrong = "code_wrong", InvalidGrant, "the code is unknown, over, or another client's";
    CodeUsed = "code_used", InvalidGrant, "the code was used before; everything that came of it has ended";
    CodeRedirect = "code_redirect", InvalidGrant, "redirect_uri is not that of the authorization request";
    CodeVerifier = "code_verifier", InvalidGrant, "code_verifier does not fit code_challenge";
    CodeBinding = "code_binding", InvalidGrant, "the code is bound to another key";
    RefreshWrong = "refresh_wrong", InvalidGrant, "the refresh token is unknown, over, or another client's";
    RefreshReused = "refresh_reused", InvalidGrant, "the refresh token was used before; everything that came of it has ended";
    RefreshBinding = "refresh_binding", InvalidGrant, "the refresh token is bound to another key";
    AccountEnded = "account_ended", InvalidGrant, "the grant has ended";

    ProofMissing = "proof_missing", InvalidDpopProof, "a DPoP proof is required";
    ProofTwice = "proof_twice", InvalidDpopProof, "more than one DPoP proof";
    ProofRefused = "proof_refused", InvalidDpopProof, "the DPoP proof is refused";
    ProofReplayed = "proof_replayed", InvalidDpopProof, "the DPoP proof was used before";
    ProofNonce = "proof_nonce", UseDpopNonce, "the proof must carry the nonce of the DPoP-Nonce header";
    ProofOtherKey = "proof_other_key", InvalidDpopProof, "the proof's key is not that of dpop_jkt";

    RedirectUriMissing = "redirect_uri_missing", InvalidRequest, "redirect_uri is missing";
    RedirectUriUnknown = "redirect_uri_unknown", InvalidRequest, "redirect_uri is not registered for this client";
    PushRequired = "push_required", InvalidRequest, "the client must push its authorization requests";
    PushedUnknown = "pushed_unknown", InvalidRequestUri, "request_uri is unknown, used, over, or another client's";
    PushedElsewhere = "pushed_elsewhere", InvalidRequestUri, "request_uri was loaded in another browser";
    RequestUriOutside = "request_uri_outside", InvalidRequestUri, "request_uri must be one that was pushed here";
    RequestUriPushed = "request_uri_pushed", InvalidRequest, "request_uri must not be pushed";
    RequestObjectRequired = "request_object_required", InvalidRequest, "the client must sign its authorization requests";
    RequestObjectRefused = "request_object_refused", InvalidRequestObject, "the request object is refused";
    RequestObjectReplayed = "request_object_replayed", InvalidRequestObject, "the request object was used before";
    RequestObjectMixed = "request_object_mixed", InvalidRequest, "parameters stand beside the signed request";
    RequestObjectNested = "request_object_nested", InvalidRequestObject, "a request object must not contain request or request_uri";
    ResponseType = "response_type", UnsupportedResponseType, "response_type must be code";
    ResponseMode = "response_mode", InvalidRequest, "response_mode is not supported for this client";
    PkceMissing = "pkce_missing", InvalidRequest, "code_challenge with the method S256 is required";
    PromptConflict = "prompt_conflict", InvalidRequest, "prompt=none stands alone";
    ScopeNotAllowed = "scope_not_allowed", InvalidScope, "the client is not registered for a scope that it asked for";
    ClaimNotAllowed = "claim_not_allowed", InvalidRequest, "the client is not registered for a claim that it asked for";
    ResourceNotAllowed = "resource_not_allowed", InvalidTarget, "the client is not registered for this resource";
    RegistrationNotSupported = "registration_not_supported", RequestNotSupported, "registration in a request is not supported";

    SignInRequired = "sign_in_required", LoginRequired, "nobody is signed in, or not recently enough";
    OtherSubject = "other_subject", LoginRequired, "somebody else is signed in than the request names";
    ConsentMissing = "consent_missing", ConsentRequired, "the person must be asked";
    Refused = "refused", AccessDenied, "the person refused";
    StrengthUnmet = "strength_unmet", UnmetAuthenticationRequirements, "the person cannot sign in as strongly as required";
    LevelUnmet = "level_unmet", UnmetAuthenticationRequirements, "the account has not the level that is required";
    NumberUnmet = "number_unmet", UnmetAuthenticationRequirements, "the person has no number of the kind that is required";
    HolderUnfit = "holder_unfit", AccessDenied, "the account is not one that can sign in elsewhere";

    TokenInvalid = "token_invalid", InvalidToken, "the access token is not valid";
    TokenScope = "token_scope", InsufficientScope, "the access token has not the scope that is needed";
    LoginUnmet = "login_unmet", InsufficientUserAuthentication, "the person must sign in more strongly or again for this";
    TokenBinding = "token_binding", InvalidToken, "the access token is bound to another key";

    AnswerPending = "answer_pending", AuthorizationPending, "the person has not answered yet";
    AskedTooSoon = "asked_too_soon", SlowDown, "asked too soon; wait longer between two questions";
    RequestExpired = "request_expired", ExpiredToken, "the time to answer is over";
    DeviceCodeWrong = "device_code_wrong", InvalidGrant, "the device code is unknown, used, or another client's";
    AuthReqIdWrong = "auth_req_id_wrong", InvalidGrant, "the auth_req_id is unknown, used, or another client's";
    HintMissing = "hint_missing", InvalidRequest, "exactly one of login_hint, login_hint_token, id_token_hint is required";
    HintUnknown = "hint_unknown", UnknownUserId, "nobody can be asked who is named so";
    HintExpired = "hint_expired", ExpiredLoginHintToken, "login_hint_token has expired";
    BindingMessage = "binding_message", InvalidBindingMessage, "binding_message is too long or has signs that are not shown";
    NotificationToken = "notification_token", InvalidRequest, "client_notification_token is missing or malformed";
    SubjectTokenWrong = "subject_token_wrong", InvalidRequest, "the subject token is not valid, or not meant for this client";
    ExchangeWider = "exchange_wider", InvalidScope, "an exchanged token cannot say more than the one it comes from";
    ExchangeChain = "exchange_chain", InvalidRequest, "a token that was exchanged is not exchanged again";
    HintRefused = "hint_refused", InvalidRequest, "id_token_hint is not an identity token of ours for this client";
    KeysUnread = "keys_unread", ServerError, "the keys of the client could not be read from its jwks_uri";
    NotDelivered = "not_delivered", ServerError, "a message to the client was not taken";

    TooMany = "too_many", TemporarilyUnavailable, "too many failed requests; wait";
    Unavailable = "unavailable", TemporarilyUnavailable, "a part is out of reach; try again";
    Bug = "bug", ServerError, "our mistake";
}

/// A request of a program that is turned down.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("{}", .0.said())]
    Because(Reason),
    /// A signed message that breaks a rule.
    #[error("{}: {}", .0.said(), .1)]
    Jose(Reason, JoseError),
    /// The login behind a token is not what is demanded here.
    #[error("{}", Reason::LoginUnmet.said())]
    Login(LoginDemand),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Port(#[from] PortError),
    #[error(transparent)]
    Unknown(#[from] Unknown),
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::Because(reason)
    }
}

impl Refusal {
    pub fn reason(&self) -> Reason {
        match self {
            Self::Because(reason) | Self::Jose(reason, _) => *reason,
            Self::Login(_) => Reason::LoginUnmet,
            Self::Unknown(_) => Reason::Unavailable,
            Self::Store(e) => of_kind(e.kind()),
            Self::Port(e) => of_kind(e.kind()),
        }
    }

    /// Stable code for the client's own log: the reason, and the broken rule where there is one.
    pub fn code(&self) -> String {
        match self {
            Self::Jose(reason, rule) => format!("{reason} {}", rule.code()),
            other => other.reason().as_str().to_owned(),
        }
    }

    /// Logged once, at the border: our own mistakes and outages, with their causes.
    pub(crate) fn log(&self) {
        let cause: &(dyn std::error::Error + 'static) = match self {
            Self::Store(e) => e,
            Self::Port(e) => e,
            Self::Unknown(e) => e,
            Self::Because(_) | Self::Jose(..) | Self::Login(_) => return,
        };
        let source = cause.source().map(ToString::to_string).unwrap_or_default();
        let source = source.lines().next().unwrap_or_default();
        match self.reason() {
            Reason::Bug => tracing::error!(error = %cause, source, "a protocol request failed"),
            _ => tracing::warn!(error = %cause, source, "a protocol request could not be answered"),
        }
    }
}

fn of_kind(kind: Kind) -> Reason {
    match kind {
        // Two at once: whoever comes second asks again.
        Kind::Unavailable | Kind::Conflict | Kind::Limit => Reason::Unavailable,
        _ => Reason::Bug,
    }
}

/// Every code of this domain that people meet, with the values its sentence mentions.
pub const CODES: &[(&str, &[&str])] = &[
    ("openid.request_refused", &["reason"]),
    ("openid.not_found", &[]),
    ("openid.forbidden", &[]),
    ("openid.wrong_state", &[]),
    ("openid.second_person", &[]),
    ("openid.registered", &[]),
    ("openid.other_browser", &[]),
    ("openid.account_changed", &[]),
    ("openid.question_changed", &[]),
    ("openid.bug", &[]),
    ("openid.invalid", &[]),
    ("openid.required", &[]),
    ("openid.long", &["max"]),
    ("openid.many", &["max"]),
    ("openid.uri", &[]),
    ("openid.uri_https", &[]),
    ("openid.sector", &[]),
    ("openid.sector_held", &[]),
    ("openid.sector_new", &[]),
    ("openid.profile_fapi2", &[]),
    ("openid.profile_until", &["days"]),
    ("openid.claim_twice", &[]),
    ("openid.claim_basis", &[]),
    ("openid.claim_purpose", &[]),
    ("openid.login_demand", &["min", "max"]),
    ("openid.sandbox_fixed", &[]),
    ("openid.sandbox_resource", &[]),
    ("openid.scope", &[]),
    ("openid.grants", &[]),
    ("openid.tls_subject", &[]),
    ("openid.key", &["reason"]),
    ("openid.key_held", &[]),
    ("openid.keys_by_url", &[]),
    ("openid.secret_not_used", &[]),
    ("openid.token_uses", &["max"]),
    ("openid.token_life", &["days"]),
    ("openid.persona", &[]),
];

/// For people: on the way through an authorization, at the console, at the command line.
#[derive(Debug, thiserror::Error)]
pub enum OpenIdError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Port(#[from] PortError),
    /// An authorization request that must not be answered to whoever it names.
    #[error("an authorization request was refused: {0}")]
    Request(Reason),
    #[error("no such thing for this caller")]
    NotFound,
    #[error("the caller may not do this")]
    Forbidden,
    #[error("it is not in a state that allows this")]
    WrongState,
    #[error("a second person must approve")]
    SecondPerson,
    #[error("a program registered it, and changes it")]
    Registered,
    #[error("the authorization was begun in another browser")]
    OtherBrowser,
    /// An answer to another page than would be shown now.
    #[error("the page that was answered is not the page of now: {0:?}")]
    Changed(Changed),
    #[error("{} faults", .0.len())]
    Invalid(Vec<FieldFault>),
    /// A key cannot be made, read or used.
    #[error("{0}")]
    Crypto(&'static str),
}

impl OpenIdError {
    /// One field at fault.
    pub fn field(field: &'static str, code: &'static str) -> Self {
        Self::Invalid(vec![FieldFault::new(field, code)])
    }
}

impl From<Changed> for OpenIdError {
    fn from(changed: Changed) -> Self {
        Self::Changed(changed)
    }
}

impl From<JoseError> for OpenIdError {
    fn from(_: JoseError) -> Self {
        Self::Crypto("a token cannot be signed")
    }
}

impl Fault for OpenIdError {
    fn kind(&self) -> Kind {
        match self {
            Self::Store(e) => e.kind(),
            Self::Port(e) => e.kind(),
            Self::Request(Reason::Unavailable) => Kind::Unavailable,
            Self::Request(Reason::TooMany) => Kind::Limit,
            Self::Request(Reason::Bug) | Self::Crypto(_) => Kind::Bug,
            Self::Request(_) | Self::Invalid(_) => Kind::Invalid,
            Self::NotFound => Kind::NotFound,
            Self::Forbidden | Self::SecondPerson | Self::OtherBrowser => Kind::Forbidden,
            Self::WrongState | Self::Registered | Self::Changed(_) => Kind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::Port(e) => e.code(),
            Self::Request(_) => "openid.request_refused",
            Self::NotFound => "openid.not_found",
            Self::Forbidden => "openid.forbidden",
            Self::WrongState => "openid.wrong_state",
            Self::SecondPerson => "openid.second_person",
            Self::Registered => "openid.registered",
            Self::OtherBrowser => "openid.other_browser",
            Self::Changed(changed) => changed.code(),
            Self::Invalid(_) => "openid.invalid",
            Self::Crypto(_) => "openid.bug",
        }
    }

    fn args(&self) -> Vec<(String, String)> {
        match self {
            Self::Port(e) => e.args(),
            // The code for whoever runs the relying party; the person reads that nothing of theirs was told.
            Self::Request(reason) => vec![("reason".to_owned(), reason.as_str().to_owned())],
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> &[FieldFault] {
        match self {
            Self::Port(e) => e.fields(),
            Self::Invalid(fields) => fields,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use webkit::i18n::check;

    use super::*;

    /// Keys that are no error: the page that takes a browser back.
    const PAGE: [&str; 3] = ["openid-leave-title", "openid-leave-lead", "openid-leave-go"];

    #[test]
    fn every_code_and_every_reason_has_a_sentence_in_both_languages() {
        let sources = [crate::TEXTS];
        assert_eq!(check::pairs(&sources), Vec::<String>::new());
        let reasons: Vec<String> = Reason::ALL.iter().map(|r| format!("openid.reason_{r}")).collect();
        let codes: Vec<&str> =
            CODES.iter().map(|(code, _)| *code).chain(reasons.iter().map(String::as_str)).collect();
        assert_eq!(check::codes(&sources, &codes), Vec::<String>::new());
        for file in [crate::TEXTS.0, crate::TEXTS.1] {
            for (code, args) in CODES {
                let key = format!("{} = ", code.replace(['.', '_'], "-"));
                let line = file.lines().find(|l| l.starts_with(&key)).unwrap();
                assert!(args.iter().all(|a| line.contains(&format!("{{ ${a} }}"))), "{line}");
                assert_eq!(line.matches("{ $").count(), args.len(), "{line}");
            }
            let keys = file.lines().filter_map(|l| l.split_once(" = ")).map(|(key, _)| key);
            for key in keys.filter(|key| key.starts_with("openid-")) {
                let known = PAGE.contains(&key) || codes.iter().any(|c| c.replace(['.', '_'], "-") == key);
                assert!(known, "left over: {key}");
            }
        }
    }

    #[test]
    fn what_is_said_to_programs_is_ascii_that_a_header_can_carry() {
        for reason in Reason::ALL {
            assert!(
                reason.said().bytes().all(|b| matches!(b, 0x20..0x7f) && !b"\"\\".contains(&b)),
                "{reason}"
            );
        }
    }
}
