//! Parameters of the protocols, from a form or a query: each at most once, bounded, empty ones absent (RFC 6749 section 3.1).

use crate::{
    error::Reason,
    limits::{PARAMS_MAX, VALUE_BYTES_MAX},
};

/// The parameters of one request. Not for printing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads `application/x-www-form-urlencoded`. A parameter that stands twice makes the whole request void: two readers
    /// that take different ones of the two see different requests.
    pub fn parse(encoded: &[u8]) -> Result<Self, Reason> {
        let mut params = Self::default();
        if encoded.is_empty() {
            return Ok(params);
        }
        for pair in encoded.split(|b| *b == b'&') {
            let (name, value) = match pair.iter().position(|b| *b == b'=') {
                Some(at) => (pair.get(..at).unwrap_or(pair), pair.get(at + 1..).unwrap_or_default()),
                None => (pair, [].as_slice()),
            };
            params.add(decode(name)?, decode(value)?)?;
        }
        Ok(params)
    }

    pub(crate) fn add(&mut self, name: String, value: String) -> Result<(), Reason> {
        if value.len() > VALUE_BYTES_MAX || name.len() > VALUE_BYTES_MAX {
            return Err(Reason::ParameterLong);
        }
        if self.0.len() == PARAMS_MAX {
            return Err(Reason::ParametersMany);
        }
        if self.0.iter().any(|(n, _)| *n == name) {
            return Err(Reason::ParameterTwice);
        }
        self.0.push((name, value));
        Ok(())
    }

    /// The value; an empty one is absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    pub fn need(&self, name: &str) -> Result<&str, Reason> {
        self.get(name).ok_or(Reason::ParameterMissing)
    }

    /// The names of everything that is there.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// One name or value: `+` is a space, `%xx` a byte, and all of it UTF-8.
fn decode(text: &[u8]) -> Result<String, Reason> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    let digit = |b: Option<u8>| char::from(b.unwrap_or(b'x')).to_digit(16).ok_or(Reason::ParameterMalformed);
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let value = digit(rest.next())? * 16 + digit(rest.next())?;
                u8::try_from(value).map_err(|_| Reason::ParameterMalformed)?
            }
            other => other,
        });
    }
    String::from_utf8(out).map_err(|_| Reason::ParameterMalformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_it_was_meant() {
        let params = Params::parse(b"a=1&b=x%20y+z&c=&d&e=%C3%A0").unwrap();
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.get("b"), Some("x y z"));
        assert_eq!((params.get("c"), params.get("d"), params.get("f")), (None, None, None));
        assert_eq!(params.get("e"), Some("à"));
        assert_eq!(params.need("c"), Err(Reason::ParameterMissing));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_read() {
        for (bad, reason) in [
            ("scope=openid&scope=openid", Reason::ParameterTwice),
            ("scope=openid&sc%6Fpe=number", Reason::ParameterTwice),
            ("a=&a=1", Reason::ParameterTwice),
            ("a=%", Reason::ParameterMalformed),
            ("a=%4", Reason::ParameterMalformed),
            ("a=%zz", Reason::ParameterMalformed),
            ("a=%ff", Reason::ParameterMalformed),
        ] {
            assert_eq!(Params::parse(bad.as_bytes()).err(), Some(reason), "{bad}");
        }
    }

    #[test]
    fn there_are_limits() {
        let many: Vec<String> = (0..=PARAMS_MAX).map(|n| format!("p{n}=1")).collect();
        assert_eq!(Params::parse(many.join("&").as_bytes()).err(), Some(Reason::ParametersMany));
        let long = format!("a={}", "x".repeat(VALUE_BYTES_MAX + 1));
        assert_eq!(Params::parse(long.as_bytes()).err(), Some(Reason::ParameterLong));
    }
}
