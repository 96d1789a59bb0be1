//! One-time codes by time (TOTP, RFC 6238): six digits, thirty seconds, SHA-1, as every authenticator app has them.

use jiff::Timestamp;
use totp_rs::{Algorithm, Builder, Totp};

use crate::IdentityError;

/// RFC 4226 section 4 recommends 160 bits.
pub const SECRET_BYTES: usize = 20;
const DIGITS: u8 = 6;
const STEP_SECONDS: u64 = 30;
/// Clocks of phones may be one step off, either way.
const SKEW_STEPS: u16 = 1;
/// What the authenticator app shows above the code.
const ISSUER: &str = "Lienthong";

fn totp(secret: &[u8], label: &str) -> Result<Totp, IdentityError> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(SKEW_STEPS)
        .with_step_duration(STEP_SECONDS)
        .with_secret(secret.to_vec())
        .with_account_name(label)
        .with_issuer(Some(ISSUER))
        .build()
        .map_err(|_| IdentityError::Crypto("a one-time-code secret is not well formed"))
}

/// The address that an authenticator app reads from a QR code.
pub fn uri(secret: &[u8], label: &str) -> Result<String, IdentityError> {
    totp(secret, label)?.to_url().map_err(|_| IdentityError::Crypto("a one-time-code address cannot be made"))
}

/// The secret for typing into an app that has no camera.
pub fn base32(secret: &[u8]) -> Result<String, IdentityError> {
    Ok(totp(secret, "")?.secret().to_base32())
}

/// The time step of a code that is right at this moment and later than the last one used.
pub fn check(
    secret: &[u8],
    code: &str,
    now: Timestamp,
    last_step: Option<i64>,
) -> Result<Option<i64>, IdentityError> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let step = totp(secret, "")?.check(&code, seconds(now)).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| last_step.is_none_or(|last| *step > last)))
}

/// The code of this moment: for demonstrations and tests, where no phone is at hand.
pub fn code(secret: &[u8], now: Timestamp) -> Result<String, IdentityError> {
    Ok(totp(secret, "")?.generate(seconds(now)).to_string())
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238 appendix B, the last six digits.
        for (at, expected) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(code(SECRET, Timestamp::from_second(at).unwrap()).unwrap(), expected);
        }
    }

    #[test]
    fn a_code_counts_once_and_only_near_its_time() {
        let now = Timestamp::from_second(1_111_111_109).unwrap();
        let step = check(SECRET, "081 804", now, None).unwrap().unwrap();
        assert_eq!(check(SECRET, "081804", now, Some(step)).unwrap(), None);
        assert_eq!(check(SECRET, "081804", now + SignedDuration::from_secs(90), None).unwrap(), None);
        for wrong in ["081805", "", "0818041", "abcdef"] {
            assert_eq!(check(SECRET, wrong, now, None).unwrap(), None);
        }
    }

    #[test]
    fn the_address_names_issuer_and_account() {
        let uri = uri(SECRET, "an.nguyen").unwrap();
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
        assert!(
            uri.contains("an.nguyen") && uri.contains("issuer=Lienthong") && uri.contains("secret="),
            "{uri}"
        );
    }
}
