//! The words that domains share: ids, who acts and why, events, and the questions one domain asks another.
//!
//! No edge runs between two domains. A *question now* is a port trait here, in the asker's words and with the fewest
//! fields, implemented by the owner and wired in the binary. A *command in the same transaction* is a port method that
//! takes the transaction. A *fact for later* is an event. Nobody reads another domain's tables. Append, do not reshape.

pub mod access;
pub mod actor;
pub mod biometrics;
pub mod events;
pub mod ids;
pub mod login;
pub mod messages;
pub mod paper;
pub mod ports;
pub mod standing;

pub use access::{Access, Purpose};
pub use actor::{Actor, Caller, IdentityLevel, LoginStrength, Role, Who};
pub use ids::{
    AccountId, AgencyId, AttachmentId, CommuneCode, DocumentId, DossierId, HouseholdId, OrganisationId,
    PersonId,
};
pub use login::{Login, Method};
pub use messages::Phone;
pub use standing::{ActsAs, Companion, Standing};
