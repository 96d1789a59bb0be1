//! What is signed about a document, and how: a compact JWS (RFC 7515) that anybody can check offline with `jwks.json`.
//!
//! The claims have the names of JWT (RFC 7519) where it has one, so that any library reads them. No personal data: the
//! document itself is bound by its hash. The header is not read, it is compared: algorithm and type come from the key.

use base::{Text, VIETNAM};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::{AgencyId, DocumentId, paper::PaperKind};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::key::{PrivateKey, PublicKey};

/// SHA-256 of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileHash(pub [u8; 32]);

impl FileHash {
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// From 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut out = [0; 32];
        hex::decode_to_slice(text.trim(), &mut out).ok().map(|()| Self(out))
    }
}

impl std::fmt::Display for FileHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// What the issuer says of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The document's id.
    pub jti: DocumentId,
    /// Catalogue id of the issuing agency.
    pub iss: AgencyId,
    pub issuer_name: Text,
    pub kind: PaperKind,
    pub title: Text,
    /// Issued, in seconds since 1970.
    pub iat: i64,
    /// The moment in which the last day of validity ends in Vietnam, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Hash of the PDF, 64 hexadecimal digits.
    pub sha256: String,
}

/// The moment in which a last day ends in Vietnam.
pub fn end_of(day: Date) -> i64 {
    let next = day.tomorrow().unwrap_or(day);
    VIETNAM.to_timestamp(next.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX).as_second()
}

#[derive(Serialize)]
struct Header<'k> {
    alg: &'static str,
    kid: &'k str,
    typ: &'static str,
}

fn header(key_id: &str) -> String {
    encode(&Header { alg: "ES256", kid: key_id, typ: "lt-doc+jwt" })
}

fn encode(value: &impl Serialize) -> String {
    // Texts, numbers and ids always serialise.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap_or_default())
}

impl Statement {
    /// The compact JWS.
    pub fn sign(&self, key: &PrivateKey) -> String {
        let input = format!("{}.{}", header(&key.public().id()), encode(self));
        let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
        format!("{input}.{signature}")
    }

    /// The statement, where it was signed by this key and by no other algorithm than the key's.
    pub fn verify(jws: &str, key: &PublicKey) -> Option<Self> {
        let (input, signature) = jws.rsplit_once('.')?;
        let (head, payload) = input.split_once('.')?;
        if head != header(&key.id())
            || !key.signed(input.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?)
        {
            return None;
        }
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;
    use jiff::civil::date;

    use super::*;

    fn statement() -> Statement {
        Statement {
            jti: DocumentId(uuid::Uuid::from_u128(7)),
            iss: AgencyId::new("CA-X-26740"),
            issuer_name: Text::new("Công an phường Bến Thành", "Police of Bến Thành ward"),
            kind: PaperKind::Confirmation,
            title: Text::new("Xác nhận thông tin về cư trú", "Confirmation of residence"),
            iat: 1_795_140_000,
            exp: Some(end_of(date(2027, 11, 20))),
            sha256: FileHash::of(b"%PDF").to_string(),
        }
    }

    #[test]
    fn a_statement_is_signed_the_same_way_every_time_and_read_back() {
        let key = PrivateKey::generate(&SeededEntropy::new(1)).unwrap();
        let jws = statement().sign(&key);
        assert_eq!(jws, statement().sign(&key));
        assert_eq!(Statement::verify(&jws, &key.public()), Some(statement()));
        let other = PrivateKey::generate(&SeededEntropy::new(2)).unwrap();
        assert_eq!(Statement::verify(&jws, &other.public()), None);
    }

    #[test]
    fn no_letter_of_it_can_be_changed() {
        let key = PrivateKey::generate(&SeededEntropy::new(1)).unwrap();
        let (jws, public) = (statement().sign(&key), key.public());
        for at in 0..jws.len() {
            let mut bytes = jws.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(Statement::verify(&String::from_utf8(bytes).unwrap(), &public), None, "letter {at}");
        }
    }

    #[test]
    fn another_algorithm_in_the_header_is_refused() {
        let key = PrivateKey::generate(&SeededEntropy::new(1)).unwrap();
        let id = key.public().id();
        for (alg, typ) in [("none", "lt-doc+jwt"), ("HS256", "lt-doc+jwt"), ("ES256", "JWT")] {
            let input = format!("{}.{}", encode(&Header { alg, kid: &id, typ }), encode(&statement()));
            let jws = format!("{input}.{}", URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes())));
            assert_eq!(Statement::verify(&jws, &key.public()), None, "{alg} {typ}");
            assert_eq!(Statement::verify(&format!("{input}."), &key.public()), None, "{alg} {typ}");
        }
    }

    #[test]
    fn the_last_day_ends_at_midnight_in_vietnam() {
        assert_eq!(
            end_of(date(2026, 11, 20)),
            "2026-11-20T17:00:00Z".parse::<Timestamp>().unwrap().as_second()
        );
    }
}
