//! JSON objects without ambiguity: no name twice at any depth (RFC 7515 section 4, RFC 7519 section 4).
//!
//! Two readers that take different ones of two equal names see different tokens; so such a token is none.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::JoseError;

/// Names in one object.
pub const NAMES_MAX: usize = 128;
const TWICE: &str = "a name stands twice";

/// Reads a JSON object whose names are unique at every depth.
pub fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JoseError> {
    if bytes.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') {
        return Err(JoseError::Json);
    }
    serde_json::from_slice::<UniqueNames>(bytes).map_err(|e| {
        if e.to_string().starts_with(TWICE) { JoseError::DuplicateName } else { JoseError::Json }
    })?;
    serde_json::from_slice(bytes).map_err(|_| JoseError::Json)
}

/// Any JSON value in which no object has a name twice; keeps nothing.
struct UniqueNames;

impl<'de> Deserialize<'de> for UniqueNames {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(UniqueNames)
    }
}

impl<'de> Visitor<'de> for UniqueNames {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut seen: Vec<Cow<'de, str>> = Vec::new();
        while let Some(Name(name)) = map.next_key()? {
            if seen.contains(&name) {
                return Err(A::Error::custom(TWICE));
            }
            if seen.len() == NAMES_MAX {
                return Err(A::Error::custom("too many names"));
            }
            seen.push(name);
            map.next_value::<Self>()?;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
}

/// A member's name, borrowed where it has no escapes.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        d.deserialize_str(Names)
    }
}

/// For a member whose presence alone is a fault, whatever its value, `null` included.
pub(crate) fn present<'de, D: Deserializer<'de>>(d: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(d)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_refused_at_any_depth() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"a":1}}"#,
            r#"{"x":[{"a":1},{"b":null,"b":true}]}"#,
        ] {
            assert_eq!(object::<Value>(text.as_bytes()), Err(JoseError::DuplicateName), "{text}");
        }
        assert!(object::<Value>(br#"{"a":{"a":1},"b":[{"a":1.5},{"a":"x"}],"c":-1}"#).is_ok());
    }

    #[test]
    fn only_an_object_is_an_object() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(1000), "]".repeat(1000));
        for text in ["", "[]", "1", "null", "{", "{}x", "\u{feff}{}", "{\"a\":01}", &deep] {
            assert_eq!(
                object::<Value>(text.as_bytes()),
                Err(JoseError::Json),
                "{}",
                &text[..text.len().min(9)]
            );
        }
        assert_eq!(object::<Value>(b"{\"a\":\"\xff\"}"), Err(JoseError::Json));
    }

    #[test]
    fn an_object_has_a_limit_of_names() {
        let names = |n: usize| {
            let members: Vec<_> = (0..n).map(|i| format!("\"{i}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(object::<Value>(names(NAMES_MAX).as_bytes()).is_ok());
        assert_eq!(object::<Value>(names(NAMES_MAX + 1).as_bytes()), Err(JoseError::Json));
    }
}
