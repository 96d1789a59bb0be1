//! Typed ids of the things that more than one domain speaks of.

base::id!(
    /// A person (cá nhân), for ever: numbers, names and dates change, this does not.
    PersonId
);
base::id!(
    /// A household (hộ gia đình).
    HouseholdId
);
base::id!(
    /// An account with which somebody signs in.
    AccountId
);
base::id!(
    /// An organisation that has an account (tài khoản định danh của cơ quan, tổ chức).
    OrganisationId
);
base::id!(
    /// A dossier (hồ sơ), from its first draft on.
    DossierId
);
base::id!(
    /// A file that belongs to a dossier.
    AttachmentId
);
base::id!(
    /// An issued document: a receipt, a result, a refusal.
    DocumentId
);

macro_rules! code {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            pub fn new(code: impl Into<String>) -> Self {
                Self(code.into())
            }
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl postgres_types::ToSql for $name {
            fn to_sql(
                &self,
                ty: &postgres_types::Type,
                out: &mut bytes::BytesMut,
            ) -> Result<postgres_types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
                self.0.to_sql(ty, out)
            }
            fn accepts(ty: &postgres_types::Type) -> bool {
                <String as postgres_types::ToSql>::accepts(ty)
            }
            postgres_types::to_sql_checked!();
        }
        impl<'a> postgres_types::FromSql<'a> for $name {
            fn from_sql(
                ty: &postgres_types::Type,
                raw: &'a [u8],
            ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
                <String as postgres_types::FromSql>::from_sql(ty, raw).map(Self)
            }
            fn accepts(ty: &postgres_types::Type) -> bool {
                <String as postgres_types::FromSql>::accepts(ty)
            }
        }
    };
}

code!(
    /// Catalogue id of an agency, such as `CA-X-26740` (police of a commune).
    AgencyId
);
code!(
    /// Five-digit code of a commune-level unit in force.
    CommuneCode
);
