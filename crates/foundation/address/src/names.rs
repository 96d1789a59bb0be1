//! What people call units besides their official names. Habits of the language, not law: no date, no decision stands here.

use crate::unit::UnitKind;

/// A name that some unit is also called by.
pub(crate) struct OtherName {
    /// As it is said, folded and run together.
    pub said: &'static str,
    /// The official name, folded and run together.
    pub meant: &'static str,
    pub kinds: &'static [UnitKind],
    /// The province (folded, run together) that it must lie in, for districts.
    pub within: Option<&'static str>,
}

const PROVINCIAL: &[UnitKind] = &[UnitKind::Province, UnitKind::Municipality];
const CITY: &[UnitKind] = &[UnitKind::City];
const DISTRICTS: &[UnitKind] =
    &[UnitKind::UrbanDistrict, UnitKind::RuralDistrict, UnitKind::Town, UnitKind::City];

const fn province(said: &'static str, meant: &'static str) -> OtherName {
    OtherName { said, meant, kinds: PROVINCIAL, within: None }
}

const fn district(
    said: &'static str,
    meant: &'static str,
    kinds: &'static [UnitKind],
    within: &'static str,
) -> OtherName {
    OtherName { said, meant, kinds, within: Some(within) }
}

/// Older names, other spellings and customary abbreviations.
pub(crate) const OTHER_NAMES: [OtherName; 29] = [
    province("saigon", "hochiminh"),
    province("sg", "hochiminh"),
    province("hcmc", "hochiminh"),
    province("tphcm", "hochiminh"),
    province("hochiminhcity", "hochiminh"),
    province("hcmcity", "hochiminh"),
    province("hanoicity", "hanoi"),
    province("hatay", "hanoi"),
    province("thuathienhue", "hue"),
    province("tthue", "hue"),
    province("tth", "hue"),
    province("brvt", "bariavungtau"),
    province("baria", "bariavungtau"),
    province("vungtau", "bariavungtau"),
    province("bariavt", "bariavungtau"),
    province("baccan", "backan"),
    province("daclac", "daklak"),
    province("daclak", "daklak"),
    province("darlac", "daklak"),
    province("dacnong", "daknong"),
    province("contum", "kontum"),
    province("congtum", "kontum"),
    district("2", "thuduc", CITY, "hochiminh"),
    district("9", "thuduc", CITY, "hochiminh"),
    district("tuliem", "bactuliem", DISTRICTS, "hanoi"),
    district("tuliem", "namtuliem", DISTRICTS, "hanoi"),
    district("bmt", "buonmathuot", DISTRICTS, "daklak"),
    district("banmethuot", "buonmathuot", DISTRICTS, "daklak"),
    district("buonmethuot", "buonmathuot", DISTRICTS, "daklak"),
];
