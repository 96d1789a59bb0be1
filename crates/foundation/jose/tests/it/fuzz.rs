//! The fuzz targets of `fuzz/`, over their seeds and over mutations of these, so that the suite runs them too.

#[path = "../../../../../fuzz/targets/dpop.rs"]
mod dpop;
#[path = "../../../../../fuzz/targets/jose.rs"]
mod jose_target;
#[path = "../../../../../fuzz/targets/jwks.rs"]
mod jwks;
#[path = "../../../../../fuzz/over_seeds.rs"]
mod seeds;

use seeds::over_seeds;

#[test]
fn tokens() {
    over_seeds("jose", jose_target::run);
}

#[test]
fn proofs() {
    over_seeds("dpop", dpop::run);
}

#[test]
fn sets_of_keys() {
    over_seeds("jwks", jwks::run);
}
