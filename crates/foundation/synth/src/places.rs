//! The communes handed in by the caller, and drawing one as often as people live there.

use std::{collections::HashMap, sync::Arc};

use crate::{
    SynthError,
    chance::Chance,
    region::{Profile, profile},
};

/// What a commune-level unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceKind {
    /// Phường
    Ward,
    /// Xã
    Commune,
    /// Đặc khu
    SpecialZone,
}

/// A commune in force today.
#[derive(Debug, Clone)]
pub struct Place {
    /// Five digits.
    pub code: String,
    pub kind: PlaceKind,
    /// Two digits.
    pub province_code: String,
    /// Old three-digit province codes with which numbers of people born here may begin; at least one.
    pub id_prefixes: Vec<u16>,
    /// How many live here, in any unit, the same for all; without it, estimated from kind and province.
    pub weight: Option<u32>,
}

/// A dissolved commune, for old addresses in messy data.
#[derive(Debug, Clone)]
pub struct OldPlace {
    /// The code it had.
    pub code: String,
    /// As an old address ends: `Xã Tân Lập, Huyện Mộc Châu, Tỉnh Sơn La`.
    pub name: String,
    /// Codes of the communes of today that took over its land.
    pub successors: Vec<String>,
}

/// Which place, as an index into the caller's list.
pub(crate) type PlaceId = usize;

#[derive(Debug)]
pub(crate) struct Spot {
    pub(crate) code: Arc<str>,
    pub(crate) kind: PlaceKind,
    province: Arc<str>,
    prefixes: Vec<u16>,
}

impl Spot {
    pub(crate) fn prefix(&self, chance: &mut Chance) -> u16 {
        chance.pick(&self.prefixes).copied().unwrap_or(0)
    }

    /// Of the land around it: names, peoples, words.
    pub(crate) fn profile(&self) -> &'static Profile {
        profile(self.prefixes.first().copied().unwrap_or(0))
    }
}

#[derive(Debug)]
pub(crate) struct Places {
    spots: Vec<Spot>,
    everywhere: Wheel,
    magnets: Wheel,
    by_province: HashMap<Arc<str>, Wheel>,
}

/// Running totals of weights.
#[derive(Debug, Default)]
struct Wheel(Vec<(u64, PlaceId)>);

impl Wheel {
    fn push(&mut self, weight: u64, id: PlaceId) {
        let before = self.0.last().map_or(0, |(t, _)| *t);
        if weight > 0 {
            self.0.push((before + weight, id));
        }
    }

    fn turn(&self, chance: &mut Chance) -> Option<PlaceId> {
        let stop = chance.below(self.0.last()?.0);
        self.0.get(self.0.partition_point(|(t, _)| *t <= stop)).map(|(_, id)| *id)
    }
}

impl Places {
    pub(crate) fn new(places: &[Place]) -> Result<Self, SynthError> {
        let mut by_prefix: HashMap<u16, u64> = HashMap::new();
        for place in places {
            if place.id_prefixes.is_empty() || place.id_prefixes.iter().any(|p| *p > 999) {
                return Err(SynthError::NoPrefix { code: place.code.clone() });
            }
            for prefix in &place.id_prefixes {
                *by_prefix.entry(*prefix).or_default() += size(place.kind);
            }
        }
        let mut all = Self {
            spots: Vec::with_capacity(places.len()),
            everywhere: Wheel::default(),
            magnets: Wheel::default(),
            by_province: HashMap::new(),
        };
        for (id, place) in places.iter().enumerate() {
            let estimate = || -> u64 {
                let shares = place.id_prefixes.iter().map(|p| {
                    let of = by_prefix.get(p).copied().unwrap_or(1).max(1);
                    u64::from(profile(*p).population) * 1000 * size(place.kind) / of
                });
                shares.sum()
            };
            let weight = place.weight.map_or_else(estimate, u64::from);
            let province: Arc<str> = place.province_code.as_str().into();
            let spot = Spot {
                code: place.code.as_str().into(),
                kind: place.kind,
                province: Arc::clone(&province),
                prefixes: place.id_prefixes.clone(),
            };
            all.everywhere.push(weight, id);
            all.by_province.entry(province).or_default().push(weight, id);
            if spot.profile().magnet {
                all.magnets.push(weight * if place.kind == PlaceKind::Ward { 3 } else { 1 }, id);
            }
            all.spots.push(spot);
        }
        if all.everywhere.0.is_empty() { Err(SynthError::NoPlaces) } else { Ok(all) }
    }

    pub(crate) fn get(&self, id: PlaceId) -> Option<&Spot> {
        self.spots.get(id)
    }

    pub(crate) fn anywhere(&self, chance: &mut Chance) -> PlaceId {
        self.everywhere.turn(chance).unwrap_or(0)
    }

    /// Where workers go.
    pub(crate) fn magnet(&self, chance: &mut Chance) -> PlaceId {
        self.magnets.turn(chance).unwrap_or_else(|| self.anywhere(chance))
    }

    /// Another place in the same province (or the same place again).
    pub(crate) fn nearby(&self, id: PlaceId, chance: &mut Chance) -> PlaceId {
        let wheel = self.get(id).and_then(|s| self.by_province.get(&s.province));
        wheel.and_then(|w| w.turn(chance)).unwrap_or(id)
    }
}

/// Usual size of a unit, relative to the others.
fn size(kind: PlaceKind) -> u64 {
    match kind {
        PlaceKind::Ward => 20,
        PlaceKind::Commune => 12,
        PlaceKind::SpecialZone => 2,
    }
}
