//! What differs from one part of the country to another: names, peoples, words of an address, where workers go.
//!
//! Keyed by the old three-digit province code, which every commune still has as the prefix of its people's numbers.
//! Populations (thousands, about 2024) and shares of peoples (per mille, census 2019) are rounded: they make samples
//! plausible and are no statistics.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Region {
    NorthMountain,
    RedRiver,
    NorthCentral,
    SouthCentral,
    Highlands,
    SouthEast,
    Mekong,
}

/// The three ways of naming and speaking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speech {
    North,
    Central,
    South,
}

impl Region {
    pub(crate) fn speech(self) -> Speech {
        match self {
            Self::NorthMountain | Self::RedRiver => Speech::North,
            Self::NorthCentral | Self::SouthCentral | Self::Highlands => Speech::Central,
            Self::SouthEast | Self::Mekong => Speech::South,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) prefix: u16,
    pub(crate) region: Region,
    /// Thousands of people.
    pub(crate) population: u32,
    /// Draws workers from elsewhere.
    pub(crate) magnet: bool,
    /// Official code of a people and its share per mille; the rest are Kinh.
    pub(crate) peoples: &'static [(u8, u32)],
}

const fn p(
    prefix: u16,
    region: Region,
    population: u32,
    magnet: bool,
    peoples: &'static [(u8, u32)],
) -> Profile {
    Profile { prefix, region, population, magnet, peoples }
}

/// Of a prefix that is in no list: plain Kinh, in the middle of the country.
static UNKNOWN: Profile = p(0, Region::SouthCentral, 500, false, &[]);

pub(crate) fn profile(prefix: u16) -> &'static Profile {
    PROFILES.iter().find(|p| p.prefix == prefix).unwrap_or(&UNKNOWN)
}

use Region::{Highlands, Mekong, NorthCentral, NorthMountain, RedRiver, SouthCentral, SouthEast};

static PROFILES: [Profile; 63] = [
    p(1, RedRiver, 8700, true, &[(6, 8), (2, 3)]),
    p(2, NorthMountain, 900, false, &[(8, 340), (2, 225), (9, 149), (7, 97), (25, 20)]),
    p(4, NorthMountain, 545, false, &[(2, 408), (7, 298), (8, 117), (9, 104)]),
    p(6, NorthMountain, 325, false, &[(2, 526), (9, 178), (7, 90), (8, 71)]),
    p(8, NorthMountain, 810, false, &[(2, 259), (9, 134), (15, 90), (8, 28), (18, 20)]),
    p(10, NorthMountain, 780, false, &[(8, 251), (2, 148), (9, 143), (25, 47), (7, 44)]),
    p(11, NorthMountain, 640, false, &[(8, 381), (3, 357), (29, 33)]),
    p(12, NorthMountain, 490, false, &[(3, 310), (8, 240), (9, 130), (25, 30)]),
    p(14, NorthMountain, 1310, false, &[(3, 536), (8, 160), (6, 68), (29, 14)]),
    p(15, NorthMountain, 855, false, &[(2, 184), (9, 122), (8, 130), (3, 75), (6, 20)]),
    p(17, NorthMountain, 880, false, &[(6, 640), (3, 38), (9, 20), (2, 30)]),
    p(19, NorthMountain, 1350, true, &[(2, 120), (7, 62), (18, 43), (15, 30), (9, 25)]),
    p(20, NorthMountain, 805, false, &[(7, 430), (2, 355), (9, 35)]),
    p(22, NorthMountain, 1380, true, &[(9, 53), (2, 32), (18, 15), (15, 12)]),
    p(24, NorthMountain, 1920, true, &[(7, 50), (2, 32), (15, 17), (18, 18)]),
    p(25, NorthMountain, 1530, false, &[(6, 150), (9, 11)]),
    p(26, RedRiver, 1210, false, &[(18, 40)]),
    p(27, RedRiver, 1520, true, &[(2, 5)]),
    p(30, RedRiver, 1960, false, &[]),
    p(31, RedRiver, 2120, true, &[]),
    p(33, RedRiver, 1300, false, &[]),
    p(34, RedRiver, 1880, false, &[]),
    p(35, RedRiver, 885, false, &[]),
    p(36, RedRiver, 1890, false, &[]),
    p(37, RedRiver, 1020, false, &[(6, 25)]),
    p(38, NorthCentral, 3760, false, &[(6, 103), (3, 61), (8, 5)]),
    p(40, NorthCentral, 3470, false, &[(3, 102), (29, 13), (24, 21), (8, 10)]),
    p(42, NorthCentral, 1330, false, &[]),
    p(44, NorthCentral, 920, false, &[(23, 22)]),
    p(45, NorthCentral, 655, false, &[(23, 108), (31, 26)]),
    p(46, NorthCentral, 1170, false, &[(31, 32), (26, 14)]),
    p(48, SouthCentral, 1270, true, &[(26, 3)]),
    p(49, SouthCentral, 1530, false, &[(26, 40), (14, 30)]),
    p(51, SouthCentral, 1250, false, &[(19, 108)]),
    p(52, SouthCentral, 1510, false, &[(13, 15), (19, 8)]),
    p(54, SouthCentral, 880, false, &[(12, 27), (17, 25)]),
    p(56, SouthCentral, 1270, false, &[(21, 45)]),
    p(58, SouthCentral, 605, false, &[(17, 110), (21, 120)]),
    p(60, SouthCentral, 1270, false, &[(17, 32), (21, 14)]),
    p(62, Highlands, 600, false, &[(14, 250), (13, 125), (27, 70), (10, 48)]),
    p(64, Highlands, 1610, false, &[(10, 300), (13, 125), (7, 8)]),
    p(66, Highlands, 1940, false, &[(12, 187), (7, 38), (2, 27), (20, 26), (8, 20)]),
    p(67, Highlands, 690, false, &[(20, 80), (8, 55), (7, 45), (2, 32)]),
    p(68, Highlands, 1360, false, &[(16, 135), (28, 25), (7, 15), (2, 15)]),
    p(70, SouthEast, 1060, false, &[(22, 95), (7, 22), (2, 22), (5, 18)]),
    p(72, SouthEast, 1200, false, &[(5, 8), (17, 4)]),
    p(74, SouthEast, 2850, true, &[(4, 5), (5, 15)]),
    p(75, SouthEast, 3330, true, &[(4, 28), (5, 8), (22, 6)]),
    p(77, SouthEast, 1190, true, &[(4, 6)]),
    p(79, SouthEast, 9550, true, &[(4, 42), (5, 6)]),
    p(80, Mekong, 1740, true, &[]),
    p(82, Mekong, 1790, false, &[]),
    p(83, Mekong, 1300, false, &[]),
    p(84, Mekong, 1020, false, &[(5, 315), (4, 6)]),
    p(86, Mekong, 1030, false, &[(5, 21), (4, 5)]),
    p(87, Mekong, 1600, false, &[]),
    p(89, Mekong, 1900, false, &[(5, 40), (17, 6), (4, 3)]),
    p(91, Mekong, 1750, false, &[(5, 123), (4, 14)]),
    p(92, Mekong, 1260, true, &[(5, 17), (4, 10)]),
    p(93, Mekong, 730, false, &[(5, 33)]),
    p(94, Mekong, 1200, false, &[(5, 302), (4, 52)]),
    p(95, Mekong, 925, false, &[(5, 78), (4, 17)]),
    p(96, Mekong, 1210, false, &[(5, 22)]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_whole_nation_in_order() {
        assert!(PROFILES.windows(2).all(|w| w[0].prefix < w[1].prefix));
        let people: u32 = PROFILES.iter().map(|p| p.population).sum();
        assert!((95_000..110_000).contains(&people), "{people}");
        assert!(PROFILES.iter().all(|p| p.peoples.iter().map(|(_, s)| s).sum::<u32>() <= 1000));
    }
}
