//! The fuzz targets of `fuzz/`, over their seeds and over mutations of these, so that the suite runs them too.

#[path = "../../../../../fuzz/targets/par.rs"]
mod par;
#[path = "../../../../../fuzz/targets/registration.rs"]
mod registration;
#[path = "../../../../../fuzz/over_seeds.rs"]
mod seeds;

use seeds::over_seeds;

#[test]
fn authorization_requests() {
    over_seeds("par", par::run);
}

#[test]
fn registrations() {
    over_seeds("registration", registration::run);
}
