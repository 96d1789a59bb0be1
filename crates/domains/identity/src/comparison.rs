//! What a device at the counter says of a person and the card that lies in it (NĐ 69/2024 Art. 10). Pure: whether its result
//! holds, and what follows from it.
//!
//! A result is believed when it is signed with the key under which the device was registered, for us, for this session and
//! this person, about exactly what was asked, a moment ago. It counts once. Nothing biometric is in it.

use contracts::biometrics::{Measured, Outcome, RESULT_LIFE_S, RESULT_TYPE, Said, Trait};
use jiff::{SignedDuration, Timestamp};
use jose::{
    AudienceRule, Claim, Compact, JoseError, Jwk, Limits, Registered, Rules, Typ, VerifyingKey, hash,
};
use serde::Deserialize;

use crate::{IdentityError, model::RaiseBasis};

base::id!(
    /// A comparison by a device.
    ComparisonId
);

/// From the beginning to the end of what is done at the counter.
pub const COMPARISON_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// What a result must fit to.
#[derive(Debug, Clone)]
pub struct Expected<'a> {
    pub device: &'a str,
    pub audience: &'a str,
    pub session: ComparisonId,
    pub subject: &'a str,
    pub nonce: &'a str,
    pub kinds: &'a [Trait],
    pub now: Timestamp,
}

/// What came of it: the worst of what was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    pub outcome: Outcome,
    pub quality: u8,
}

/// How a device knows of whom we speak, without learning it before their card lies in it: by the number that stands on it.
pub fn subject(nonce: &str, number: &str) -> String {
    hash::sha256_text([nonce.as_bytes(), number.as_bytes()].concat())
}

/// Reads the result of a device with this key.
pub fn read(result: &str, key: &str, expected: &Expected<'_>) -> Result<Told, IdentityError> {
    let (registered, said) =
        verified(result, key, expected).map_err(|why| IdentityError::ComparisonUnsound(why.code()))?;
    let session = expected.session.0.to_string();
    let about_this = registered.jti.as_deref() == Some(session.as_str())
        && registered.sub.as_deref() == Some(expected.subject)
        && said.nonce == expected.nonce;
    if !about_this {
        return Err(IdentityError::ComparisonUnsound("another comparison"));
    }
    told(&said.results, expected.kinds).ok_or(IdentityError::ComparisonUnsound("other kinds"))
}

#[derive(Deserialize)]
struct Claims {
    #[serde(flatten)]
    registered: Registered,
    #[serde(flatten)]
    said: Said,
}

fn verified(result: &str, key: &str, expected: &Expected<'_>) -> Result<(Registered, Said), JoseError> {
    let key = VerifyingKey::new(&Jwk::parse(key)?)?;
    let token = Compact::parse(result, Limits::SMALL)?;
    let verified = token.verify(&key, Typ::Is(RESULT_TYPE))?;
    let Claims { registered, said } = verified.claims()?;
    let rules = Rules {
        now: expected.now.as_second(),
        issuer: Some(expected.device),
        audience: AudienceRule::Only(expected.audience),
        required: &[Claim::Iss, Claim::Sub, Claim::Aud, Claim::Exp, Claim::Iat, Claim::Jti],
        life_s_max: Some(RESULT_LIFE_S),
    };
    rules.check(&registered)?;
    Ok((registered, said))
}

/// The worst counts; and what was asked must be answered, no more and no less.
fn told(results: &[Measured], asked: &[Trait]) -> Option<Told> {
    let mut answered: Vec<Trait> = results.iter().map(|one| one.kind).collect();
    answered.sort_unstable();
    let mut asked = asked.to_vec();
    asked.sort_unstable();
    if answered != asked {
        return None;
    }
    let has = |outcome| results.iter().any(|one| one.outcome == outcome);
    let outcome = [Outcome::NoMatch, Outcome::BadCapture].into_iter().find(|o| has(*o));
    let quality = results.iter().map(|one| one.quality).min()?;
    Some(Told { outcome: outcome.unwrap_or(Outcome::Match), quality })
}

/// Whether an identification stands on a device's word. Where the counter has a device, level 2 does; that a device compared
/// is nobody's to say but the device's.
pub fn stands_on_device(
    basis: RaiseBasis,
    level_two: bool,
    has_device: bool,
    comparison: Option<ComparisonId>,
) -> Result<Option<ComparisonId>, IdentityError> {
    match (comparison, basis) {
        (Some(id), RaiseBasis::Biometrics) => Ok(Some(id)),
        (None, RaiseBasis::CardSeen | RaiseBasis::ChipRead) if !(level_two && has_device) => Ok(None),
        _ => Err(IdentityError::ComparisonNeeded),
    }
}

#[cfg(test)]
mod tests {
    use base::Fault;
    use jose::{Algorithm, Audience, SoftwareKey, sign};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    const SUBJECT: &str = "the digest of a number";

    fn key() -> SoftwareKey {
        SoftwareKey::generate(Algorithm::Es256).unwrap()
    }

    fn jwk(key: &SoftwareKey) -> String {
        use jose::Signer;
        serde_json::to_string(key.public_jwk()).unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-20T02:00:00Z".parse().unwrap()
    }

    fn claims(change: impl FnOnce(&mut Value)) -> Value {
        let at = now().as_second();
        let registered = Registered {
            iss: Some("QUAY-1".into()),
            sub: Some(SUBJECT.into()),
            aud: Some(Audience::One("https://id.example.vn".into())),
            iat: Some(at),
            exp: Some(at + RESULT_LIFE_S),
            jti: Some(Uuid::nil().to_string()),
            nbf: None,
        };
        let mut claims = serde_json::to_value(registered).unwrap();
        claims["nonce"] = json!("n-1");
        claims["results"] = json!([
            { "kind": "fingerprint", "outcome": "match", "quality": 71 },
            { "kind": "face", "outcome": "match", "quality": 88 },
        ]);
        change(&mut claims);
        claims
    }

    fn outcome(key: &SoftwareKey, registered: &str, typ: &str, claims: &Value, later_s: i64) -> String {
        let expected = Expected {
            device: "QUAY-1",
            audience: "https://id.example.vn",
            session: ComparisonId(Uuid::nil()),
            subject: SUBJECT,
            nonce: "n-1",
            kinds: &[Trait::Face, Trait::Fingerprint],
            now: now() + SignedDuration::from_secs(later_s),
        };
        match read(&sign(key, Some(typ), claims).unwrap(), registered, &expected) {
            Ok(told) => format!("{} {}", told.outcome.as_str(), told.quality),
            Err(refused @ IdentityError::ComparisonUnsound(why)) => {
                assert_eq!(refused.code(), "identity.comparison_unsound");
                why.to_owned()
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_result_is_believed_that_is_the_devices_for_us_and_of_this_moment() {
        let (own, other) = (key(), key());
        let good = claims(|_| {});
        assert_eq!(outcome(&own, &jwk(&own), RESULT_TYPE, &good, 5), "match 71");
        assert_eq!(outcome(&other, &jwk(&own), RESULT_TYPE, &good, 5), "jose.signature");
        assert_eq!(outcome(&own, &jwk(&own), "at+jwt", &good, 5), "jose.type_mismatch");
        assert_eq!(outcome(&own, &jwk(&own), RESULT_TYPE, &good, RESULT_LIFE_S + 60), "jose.expired");
        let refused = |change: fn(&mut Value)| outcome(&own, &jwk(&own), RESULT_TYPE, &claims(change), 5);
        assert_eq!(refused(|c| c["aud"] = json!("https://other.example.vn")), "jose.audience_mismatch");
        assert_eq!(refused(|c| c["iss"] = json!("QUAY-2")), "jose.issuer_mismatch");
        assert_eq!(refused(|c| c["exp"] = json!(c["exp"].as_i64().unwrap() + 3_600)), "jose.life_too_long");
        for (claim, value) in [("jti", Uuid::max().to_string()), ("nonce", "n-2".into()), ("sub", "x".into())]
        {
            let changed = claims(|c| c[claim] = json!(value));
            assert_eq!(outcome(&own, &jwk(&own), RESULT_TYPE, &changed, 5), "another comparison", "{claim}");
        }
        assert_eq!(refused(|c| c["results"] = json!([])), "other kinds");
        let twice = |c: &mut Value| c["results"][1]["kind"] = json!("fingerprint");
        assert_eq!(refused(twice), "other kinds");
    }

    #[test]
    fn the_worst_of_what_was_compared_counts() {
        let told = |a: Outcome, b: Outcome| {
            let one = |kind, outcome, quality| Measured { kind, outcome, quality };
            told(&[one(Trait::Face, a, 90), one(Trait::Fingerprint, b, 40)], &Trait::ALL).unwrap()
        };
        use Outcome::{BadCapture, Match, NoMatch};
        for (a, b, expected) in [
            (Match, Match, Match),
            (Match, BadCapture, BadCapture),
            (BadCapture, NoMatch, NoMatch),
            (NoMatch, Match, NoMatch),
        ] {
            assert_eq!(told(a, b), Told { outcome: expected, quality: 40 });
        }
    }

    #[test]
    fn only_a_device_says_that_it_compared_and_where_there_is_one_it_is_asked() {
        use RaiseBasis::{Biometrics, CardSeen, ChipRead};
        let id = Some(ComparisonId(Uuid::nil()));
        let said = |basis, two, device, id| match stands_on_device(basis, two, device, id) {
            Ok(Some(_)) => "device",
            Ok(None) => "officer",
            Err(e) => e.code(),
        };
        for (basis, two, device, id, expected) in [
            (CardSeen, true, false, None, "officer"),
            (ChipRead, true, false, None, "officer"),
            (Biometrics, true, false, None, "identity.comparison_needed"),
            (CardSeen, true, true, None, "identity.comparison_needed"),
            (CardSeen, false, true, None, "officer"),
            (Biometrics, true, true, id, "device"),
            (Biometrics, false, true, id, "device"),
            (CardSeen, true, true, id, "identity.comparison_needed"),
        ] {
            assert_eq!(said(basis, two, device, id), expected, "{basis:?} {two} {device} {id:?}");
        }
    }

    #[test]
    fn a_device_is_told_a_number_only_by_what_its_card_makes_of_it() {
        let number = "001099012345";
        assert_ne!(subject("a", number), subject("b", number));
        assert!(!subject("a", number).contains("001099"));
    }
}
