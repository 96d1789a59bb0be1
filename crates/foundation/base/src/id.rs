//! Typed identifiers: UUIDv7 made by the program, one Rust type for each kind of thing.
//!
//! An id means nothing and never leaves for a person to read: people see names and dossier codes.

use jiff::Timestamp;
use uuid::Uuid;

use crate::Entropy;

/// A UUIDv7 of this moment: ordered by time, random in the rest.
pub fn new_v7(now: Timestamp, entropy: &dyn Entropy) -> Uuid {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &crate::entropy::bytes(entropy)).into_uuid()
}

/// Declares a typed id. It reads and writes as a plain UUID in JSON, in URLs and in the database.
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[derive(::serde::Serialize, ::serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub ::uuid::Uuid);

        impl $name {
            pub fn new(now: ::jiff::Timestamp, entropy: &dyn $crate::Entropy) -> Self {
                Self($crate::id::new_v7(now, entropy))
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::str::FromStr for $name {
            type Err = ::uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }
        impl ::postgres_types::ToSql for $name {
            fn to_sql(
                &self,
                ty: &::postgres_types::Type,
                out: &mut ::bytes::BytesMut,
            ) -> Result<::postgres_types::IsNull, Box<dyn ::std::error::Error + Sync + Send>> {
                self.0.to_sql(ty, out)
            }
            fn accepts(ty: &::postgres_types::Type) -> bool {
                <::uuid::Uuid as ::postgres_types::ToSql>::accepts(ty)
            }
            ::postgres_types::to_sql_checked!();
        }
        impl<'a> ::postgres_types::FromSql<'a> for $name {
            fn from_sql(
                ty: &::postgres_types::Type,
                raw: &'a [u8],
            ) -> Result<Self, Box<dyn ::std::error::Error + Sync + Send>> {
                <::uuid::Uuid as ::postgres_types::FromSql>::from_sql(ty, raw).map(Self)
            }
            fn accepts(ty: &::postgres_types::Type) -> bool {
                <::uuid::Uuid as ::postgres_types::FromSql>::accepts(ty)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::SeededEntropy;

    crate::id!(ThingId);

    #[test]
    fn ids_order_by_time_and_survive_text() {
        let rng = SeededEntropy::new(1);
        let early = ThingId::new("2026-01-01T00:00:00Z".parse().unwrap(), &rng);
        let late = ThingId::new("2026-01-01T00:00:01Z".parse().unwrap(), &rng);
        assert!(early < late);
        assert_eq!(early.to_string().parse::<ThingId>().unwrap(), early);
    }
}
