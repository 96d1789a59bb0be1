//! The bar: at least 99.5 % right on what people write, on texts that no change to the reader was tried on.

use crate::{
    BOOK, TODAY,
    score::{Tally, judge},
    variants::{BEFORE, Chance, STYLES, variants},
};

/// Not used while building.
const HELD_OUT: u64 = 20_260_731;
/// The slowest debug build reads these in some seconds.
const SHARE: u64 = 6;

#[test]
fn of_all_communes_old_and_new_in_all_styles_nearly_every_one_is_read_right() {
    let catalogue = catalogue::Catalogue::embedded().unwrap();
    for (day, era) in [(TODAY, "current"), (BEFORE, "former")] {
        let mut chance = Chance(HELD_OUT);
        let mut tallies: Vec<Tally> = STYLES.iter().map(|_| Tally::default()).collect();
        for variant in variants(&catalogue, day, HELD_OUT) {
            if chance.next().is_multiple_of(SHARE) {
                let style = STYLES.iter().position(|s| *s == variant.style).unwrap();
                tallies[style].add(judge(&BOOK, &variant), &variant);
            }
        }
        let mut all = Tally::default();
        for (style, tally) in STYLES.iter().zip(&tallies) {
            let least = if *style == "one slip" { 0.97 } else { 0.99 };
            assert!(tally.share() >= least, "{era}, {style}: {tally}\n{}", tally.examples.join("\n"));
            all.join(tally);
        }
        assert!(all.share() >= 0.995, "{era}: {all}");
    }
}
