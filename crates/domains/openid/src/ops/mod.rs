//! One file per operation, named resource first, verb last.
//!
//! Of an authorization, for `/authorize` and the pages behind it:
//! - `authorize_begin` takes a request and says where the browser goes: to a page of ours, or back;
//! - `interaction_next`, `interaction_ask`, `interaction_accept`, `interaction_refuse` carry it on until an [`crate::Answer`]
//!   leaves.
//!
//! Of a person: `consent_list`, `consent_withdraw`, `receipt_list`; for what they answer on a page of ours while a program
//! waits elsewhere, `device_next`, `ciba_list`, `ciba_next` and what follows; `logout_begin`, `logout_confirm`.
//!
//! Of a relying party: `client_propose`, `client_change`, `client_approve`, `client_change_refuse`, `client_suspend`,
//! `client_resume`, `client_close`, `client_key_add`, `client_key_remove`, `client_secret_make`, `client_secret_remove`
//! write; `client_list`, `client_find`, `client_history`, `client_errors`, `client_usage` read.
//!
//! Of a program, at the endpoints of the protocol: `request_push`, `code_exchange`, `grant_refresh`, `claims_release`, `claims_match`,
//! `grant_end`, `token_exchange`, and those of [`device`], [`ciba`], [`registration`], [`stream`]. Those that answer a program in few round trips run on [`crate::OpenId::store`] themselves.

pub mod authorize_begin;
pub mod ciba;
pub mod claims_match;
pub mod claims_release;
pub mod client_access;
pub mod client_change;
pub mod client_credential;
pub mod client_list;
pub mod client_refuse;
pub mod client_state;
pub mod client_token;
pub mod client_waiting;
pub mod client_watch;
pub mod code_exchange;
pub mod consent;
pub mod device;
pub mod elsewhere;
pub mod grant_end;
pub mod grant_refresh;
pub mod interaction;
pub mod keys;
pub mod logout;
pub mod registration;
pub mod release_last;
pub mod request_push;
pub mod stream;
pub mod token_exchange;
mod token_issue;

pub use authorize_begin::{Begun, authorize_begin};
pub use ciba::{CibaLine, ciba_accept, ciba_list, ciba_next, ciba_refuse};
pub use client_change::{client_change, client_change_refuse, client_propose};
pub use client_credential::{
    NewSecret, client_key_add, client_key_remove, client_secret_make, client_secret_remove,
};
pub use client_list::{ClientLine, client_find, client_history, client_list};
pub use client_refuse::client_refuse;
pub use client_state::{client_approve, client_close, client_resume, client_suspend};
pub use client_waiting::{Waiting, client_waiting};
pub use client_watch::{client_errors, client_usage};
pub use consent::{consent_list, consent_withdraw, receipt_list};
pub use device::{device_accept, device_next, device_refuse};
pub use elsewhere::ElsewhereNext;
pub use interaction::{Refusing, interaction_accept, interaction_ask, interaction_next, interaction_refuse};
pub use keys::{keys_emergency, keys_list, keys_rotate};
pub use logout::{LogoutNext, LogoutWish, logout_begin, logout_client, logout_confirm};
pub use registration::{
    InitialToken, NewInitialToken, initial_token_end, initial_token_list, initial_token_make,
};
pub use release_last::release_last;
