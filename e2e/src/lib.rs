//! What journeys in a real browser stand on: the whole system in this process, a small cast, Chromium, and page steps in
//! the domain's words.
//!
//! - [`world`] has the system over a database of its own, with its roles and a port; [`cast`] the people in it.
//! - [`browser`] is one Chromium as its user has it; [`driver`] the process behind it; [`audit`] what every page must hold
//!   (axe, width, console). [`download`] fetches what a person would save.
//! - [`device`] is a phone's own keeper of passkeys, as Chromium plays it.
//! - Relying parties: [`bank`] is the demo's, [`kiosk`] one without pages, [`program`] what a developer copied from the
//!   console and runs, [`landing`] where its browser comes back to.
//! - [`citizen`], [`desk`] and [`console`] are what people do. Journeys stand in `tests/`.
//! - Nothing waits for a time to pass: every wait is for something to be seen, with a deadline.
//!
//! Set `E2E_SHOTS` to a folder to keep a picture of every page that is looked at, at both widths.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a journey that cannot go on must stop at once, and say where to look"
)]

pub mod audit;
pub mod bank;
pub mod browser;
pub mod cast;
pub mod citizen;
pub mod console;
pub mod desk;
pub mod device;
pub mod download;
pub mod driver;
pub mod kiosk;
pub mod landing;
pub mod program;
pub mod world;

pub use browser::{Browser, Setting};
pub use world::{World, journey, journey_in_real_time};
