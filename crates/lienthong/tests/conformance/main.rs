//! The provider from outside: what the OpenID conformance suite asks of one, over HTTP, one test for each of its modules.
//!
//! - [`server`] is the whole system running on a port; [`scene`] what one test has there; [`party`] a relying party,
//!   [`person`] somebody with a browser. [`keys`] signs as well or as badly as a test wants, [`certificates`] are what
//!   others show instead, [`http`] sends.
//! - `oidc_…`, `fapi2_…`, `logout`, … hold the tests, named as the modules are; [`others`] drives other people's clients.
//! - [`page`] writes `docs/conformance.md` from `modules.toml` and from the tests that exist here. A module without a test
//!   stands there as open: no claim without one.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails should stop")]

mod certificates;
mod ciba;
mod fapi2_assertion;
mod fapi2_dpop;
mod fapi2_flow;
mod fapi2_object;
mod fapi2_par;
mod fapi2_token;
mod history;
mod http;
mod keys;
mod logout;
mod mtls;
mod oidc_ask;
mod oidc_code;
mod others;
mod page;
mod party;
mod person;
mod scene;
mod server;
mod side_by_side;
mod signals;
mod step_up;
