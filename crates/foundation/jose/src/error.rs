//! Why a token, key or proof is refused.

use crate::claims::Claim;

/// One rule that was broken. Shown to the people who run a relying party, so it is precise and carries no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum JoseError {
    // the form
    #[error("the token is too long")]
    TooLong,
    #[error("a signed token has exactly three parts")]
    Parts,
    #[error("a part is not base64url without padding")]
    Base64,
    #[error("not a JSON object of the expected shape")]
    Json,
    #[error("a name stands twice in a JSON object")]
    DuplicateName,

    // the header
    #[error("the header is too long")]
    HeaderTooLong,
    #[error("the header has a member that is not allowed here (crit, b64, jku, jwk, x5u, x5c)")]
    HeaderMember,
    #[error("the algorithm is not one of ES256, EdDSA, PS256, RS256")]
    AlgorithmUnknown,
    #[error("the algorithm is not that of the key")]
    AlgorithmMismatch,
    #[error("the token is of another type (typ)")]
    TypeMismatch,

    // keys
    #[error("the key is malformed")]
    KeyMalformed,
    #[error("the kind of key is not supported")]
    KeyUnsupported,
    #[error("a private or symmetric key stands where a public key is expected")]
    KeyPrivate,
    #[error("the key is not for verifying signatures (use, key_ops)")]
    KeyUse,
    #[error("the key is too small or too large")]
    KeySize,
    #[error("the set has too many keys")]
    KeysTooMany,
    #[error("two keys of the set have the same id")]
    KeyIdTwice,
    #[error("no key fits the token")]
    KeyNotFound,

    // the signature
    #[error("the signature does not verify")]
    Signature,
    #[error("signing failed")]
    Signing,

    // claims
    #[error("the claim {0} is missing")]
    Missing(Claim),
    #[error("the claim {0} is malformed")]
    Malformed(Claim),
    #[error("the token has expired (exp)")]
    Expired,
    #[error("the token is not yet valid (nbf)")]
    NotYetValid,
    #[error("the token was issued in the future (iat)")]
    IssuedInFuture,
    #[error("the token was issued too long ago (iat, nbf)")]
    TooOld,
    #[error("the token is valid for longer than allowed (exp)")]
    LifeTooLong,
    #[error("the issuer is another (iss)")]
    IssuerMismatch,
    #[error("the token is for somebody else (aud)")]
    AudienceMismatch,
    #[error("the audience must be the issuer as a single string (aud)")]
    AudienceNotSingle,

    // proofs of possession
    #[error("the proof is for another method (htm)")]
    MethodMismatch,
    #[error("the proof is for another address (htu)")]
    UrlMismatch,
    #[error("the proof lacks the server's nonce")]
    NonceMissing,
    #[error("the nonce is not one of the server's current ones")]
    NonceStale,
    #[error("the proof is for another access token (ath)")]
    TokenMismatch,
}

impl JoseError {
    /// Stable code, also the key of a translated sentence.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "jose.too_long",
            Self::Parts => "jose.parts",
            Self::Base64 => "jose.base64",
            Self::Json => "jose.json",
            Self::DuplicateName => "jose.duplicate_name",
            Self::HeaderTooLong => "jose.header_too_long",
            Self::HeaderMember => "jose.header_member",
            Self::AlgorithmUnknown => "jose.algorithm_unknown",
            Self::AlgorithmMismatch => "jose.algorithm_mismatch",
            Self::TypeMismatch => "jose.type_mismatch",
            Self::KeyMalformed => "jose.key_malformed",
            Self::KeyUnsupported => "jose.key_unsupported",
            Self::KeyPrivate => "jose.key_private",
            Self::KeyUse => "jose.key_use",
            Self::KeySize => "jose.key_size",
            Self::KeysTooMany => "jose.keys_too_many",
            Self::KeyIdTwice => "jose.key_id_twice",
            Self::KeyNotFound => "jose.key_not_found",
            Self::Signature => "jose.signature",
            Self::Signing => "jose.signing",
            Self::Missing(_) => "jose.claim_missing",
            Self::Malformed(_) => "jose.claim_malformed",
            Self::Expired => "jose.expired",
            Self::NotYetValid => "jose.not_yet_valid",
            Self::IssuedInFuture => "jose.issued_in_future",
            Self::TooOld => "jose.too_old",
            Self::LifeTooLong => "jose.life_too_long",
            Self::IssuerMismatch => "jose.issuer_mismatch",
            Self::AudienceMismatch => "jose.audience_mismatch",
            Self::AudienceNotSingle => "jose.audience_not_single",
            Self::MethodMismatch => "jose.method_mismatch",
            Self::UrlMismatch => "jose.url_mismatch",
            Self::NonceMissing => "jose.nonce_missing",
            Self::NonceStale => "jose.nonce_stale",
            Self::TokenMismatch => "jose.token_mismatch",
        }
    }
}
