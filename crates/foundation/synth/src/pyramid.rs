//! The age pyramid that the people follow: groups of five years, in parts per thousand of the living.
//!
//! Families are not cut to a pyramid; instead the next family is built around an age group that is still short, and
//! children and grandparents join only while their group has room. So any sample follows the pyramid, in one pass.

use crate::chance::Chance;

/// Viet Nam, 2024 (mid-term census and UN World Population Prospects, rounded): 0–4, 5–9, … 80–84, 85 and over.
pub const PER_MILLE: [u32; 18] = [71, 79, 81, 72, 66, 72, 84, 85, 76, 67, 61, 54, 46, 37, 23, 12, 8, 6];

/// Families start from adults; younger people come with them.
const FIRST_SEED_GROUP: usize = 4;
/// How far a group may run ahead, as if this many people were still to come.
const SLACK: i64 = 400;

#[derive(Debug, Default)]
pub(crate) struct Pyramid {
    living: [i64; 18],
    total: i64,
}

fn group(age: i32) -> usize {
    (age.max(0) as usize / 5).min(PER_MILLE.len() - 1)
}

impl Pyramid {
    /// How many people the group is short of, times a thousand.
    fn short(&self, group: usize) -> i64 {
        let target = PER_MILLE.get(group).map_or(0, |p| i64::from(*p));
        target * (self.total + SLACK) - 1000 * self.living.get(group).copied().unwrap_or(0)
    }

    pub(crate) fn has_room(&self, age: i32) -> bool {
        self.short(group(age)) > 0
    }

    pub(crate) fn add(&mut self, age: i32) {
        if let Some(n) = self.living.get_mut(group(age)) {
            *n += 1;
        }
        self.total += 1;
    }

    /// The age of the person around whom the next family is built.
    pub(crate) fn seed_age(&self, chance: &mut Chance) -> i32 {
        let short = (FIRST_SEED_GROUP..PER_MILLE.len()).map(|g| self.short(g).clamp(0, 1_000_000_000) as u32);
        let group = FIRST_SEED_GROUP + chance.weighted(short).unwrap_or(3);
        let mut age = group as i32 * 5 + chance.between(0, 4);
        // Few of the very old reach a hundred.
        while group == PER_MILLE.len() - 1 && age < 100 && chance.hit(600) {
            age += 1;
        }
        age
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_groups_make_up_the_whole_nation() {
        assert_eq!(PER_MILLE.iter().sum::<u32>(), 1000);
    }
}
