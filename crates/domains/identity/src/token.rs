//! The secret of a session: 256 random bits, of which the server keeps only the SHA-256.

use base::Entropy;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use sha2::{Digest, Sha256};
use webkit::SessionToken;
use zeroize::{Zeroize, ZeroizeOnDrop};

const BYTES: usize = 32;

/// Handed out once, as a cookie or as a bearer token.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Token([u8; BYTES]);

/// What the database knows of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; BYTES]);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self(base::entropy::bytes(entropy))
    }

    /// Reads what a client sends as its bearer token.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// What a client sends as its bearer token.
    pub fn bearer(&self) -> String {
        BASE64.encode(self.0)
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }

    /// The same token for a browser: `view.session_start(&token.cookie(), …)`.
    pub fn cookie(&self) -> SessionToken {
        SessionToken::new(self)
    }
}

/// A cookie's token is made of chance; this gives it the chance of which the token was made.
impl Entropy for Token {
    fn fill(&self, out: &mut [u8]) {
        out.iter_mut().zip(self.0).for_each(|(to, from)| *to = from);
    }
}

impl From<&SessionToken> for TokenHash {
    fn from(token: &SessionToken) -> Self {
        Self(token.hash())
    }
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;

    use super::*;

    #[test]
    fn cookie_and_bearer_are_one_token() {
        let token = Token::new(&SeededEntropy::new(1));
        assert_eq!(TokenHash::from(&token.cookie()), token.hash());
        assert_eq!(Token::parse(&token.bearer()).unwrap().hash(), token.hash());
        assert!(Token::parse("short").is_none());
        assert!(!format!("{token:?}").contains(&token.bearer()));
    }
}
