//! One file per figure, and a folder for the account and the OpenID provider.

pub mod identity;
pub mod log;
pub mod lookup;
pub mod registry_here;
pub mod registry_load;
pub mod registry_search;
pub mod submit;
pub mod transitions;
