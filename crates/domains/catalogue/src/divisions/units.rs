//! The divisions as the crate `address` takes them: all units up to a day, with what each is on that day.

use address::{Unit, UnitId, UnitKind};
use jiff::civil::Date;

use super::{Division, DivisionKind, Divisions};

impl Divisions {
    /// The list for [`address::AddressBook::new`]. Units that begin later than `today` are not in it.
    pub fn address_units(&self, today: Date) -> Vec<Unit> {
        let begun: Vec<&Division> =
            self.all.iter().filter(|d| d.validity.from.is_none_or(|from| from <= today)).collect();
        // Sorted by code and time, as the divisions are.
        let id = |unit: &Division| {
            let start = begun.partition_point(|d| d.code < unit.code);
            let versions = begun.get(start..)?.iter().take_while(|d| d.code == unit.code);
            let nth = versions.into_iter().position(|d| d.validity == unit.validity)?;
            u32::try_from(start + nth).ok().map(UnitId)
        };
        begun
            .iter()
            .map(|unit| Unit {
                code: unit.code.to_string(),
                kind: kind(unit.kind),
                name: unit.name.to_string(),
                parent: self.lineage(unit).nth(1).and_then(id),
                current: unit.validity.contains(today),
                today: self.resolve_unit(unit, today).today.iter().filter_map(|s| id(s.unit)).collect(),
            })
            .collect()
    }
}

fn kind(kind: DivisionKind) -> UnitKind {
    match kind {
        DivisionKind::Province => UnitKind::Province,
        DivisionKind::Municipality => UnitKind::Municipality,
        DivisionKind::UrbanDistrict => UnitKind::UrbanDistrict,
        DivisionKind::RuralDistrict => UnitKind::RuralDistrict,
        DivisionKind::Town => UnitKind::Town,
        DivisionKind::City => UnitKind::City,
        DivisionKind::Ward => UnitKind::Ward,
        DivisionKind::Commune => UnitKind::Commune,
        DivisionKind::Township => UnitKind::Township,
        DivisionKind::SpecialZone => UnitKind::SpecialZone,
    }
}
