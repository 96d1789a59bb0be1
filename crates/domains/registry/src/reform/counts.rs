//! People by unit, under the map of another day.
//!
//! Where the record knows which way a home went, that counts; else the reform's own rules; else nobody is put anywhere:
//! they are counted under no unit, beside the unit that they are known to be of. Homes that began on the new map in a unit
//! made of several cannot be told back.
//!
//! A count below [`SHOWN_MIN`] could point at somebody: it is hidden, and with it the next smallest ones until the hidden
//! together are at least two and no longer small, so that no subtraction from the total gives them away.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Fate, Reform};

/// The smallest number of people that is shown.
pub const SHOWN_MIN: u64 = 5;

/// People whose homes look the same to a count.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Code of the unit on the day of the count.
    pub unit: String,
    /// What reforms did to the home: reform, unit before, unit after (none: undecided).
    pub path: Vec<(Uuid, String, Option<String>)>,
    /// How many of the reforms between were in force when the home began.
    pub begun: usize,
    /// Only where a rule may need it.
    pub address: Option<String>,
    pub people: u64,
}

/// A line of a count: a unit of the map, or (`unit` none) people of whom only another map's unit is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub unit: Option<String>,
    /// The unit of the other map, where only that is known.
    pub of: Option<String>,
}

impl Cell {
    fn at(unit: &str) -> Self {
        Self { unit: Some(unit.to_owned()), of: None }
    }

    /// People of whom only the unit on another map is known.
    pub fn unknown(of: &str) -> Self {
        Self { unit: None, of: Some(of.to_owned()) }
    }
}

/// The unit of a home on the later map. `reforms` lie between, in order of their days.
pub fn forward(group: &Group, reforms: &[(Uuid, &Reform)]) -> Cell {
    let mut unit = group.unit.as_str();
    for (id, reform) in reforms {
        if let Some((_, _, to)) = group.path.iter().find(|(r, from, _)| r == id && from == unit) {
            let Some(to) = to else { return Cell::unknown(unit) };
            unit = to;
        } else if let Some(fate) = reform.units.get(unit) {
            let to = match (fate, &group.address) {
                (Fate::Whole(to), _) => Some(to.as_str()),
                (Fate::Parts(_), address) => address.as_deref().and_then(|a| fate.of(a)),
            };
            let Some(to) = to else { return Cell::unknown(unit) };
            unit = to;
        }
    }
    Cell::at(unit)
}

/// The unit of a home on the earlier map.
pub fn backward(group: &Group, reforms: &[(Uuid, &Reform)]) -> Cell {
    let mut unit = group.unit.as_str();
    for (nth, (id, reform)) in reforms.iter().enumerate().rev() {
        if let Some((_, from, _)) =
            group.path.iter().find(|(r, _, to)| r == id && to.as_deref() == Some(unit))
        {
            unit = from;
        } else if group.begun > nth {
            let mut before = reform
                .units
                .iter()
                .filter(|(_, fate)| fate.targets().any(|to| to == unit))
                .map(|(from, _)| from);
            match (before.next(), before.next()) {
                (Some(_), Some(_)) => return Cell::unknown(unit),
                (Some(only), None) => unit = only,
                (None, _) => {}
            }
        }
    }
    Cell::at(unit)
}

/// Old units from which a divided one is reached: whose people's addresses the rules ask for.
pub fn divided(reforms: &[(Uuid, &Reform)]) -> Vec<String> {
    let mut divided: Vec<String> = Vec::new();
    for (_, reform) in reforms.iter().rev() {
        for (from, fate) in &reform.units {
            if matches!(fate, Fate::Parts(_)) || fate.targets().any(|to| divided.iter().any(|d| d == to)) {
                divided.push(from.clone());
            }
        }
    }
    divided.sort();
    divided.dedup();
    divided
}

/// A count as it is given out; hidden numbers are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub cells: Vec<(Cell, Option<u64>)>,
    /// None where it would tell a hidden number.
    pub total: Option<u64>,
}

pub fn show(cells: BTreeMap<Cell, u64>) -> Shown {
    let total: u64 = cells.values().sum();
    let mut by_size: Vec<(&Cell, u64)> = cells.iter().map(|(cell, people)| (cell, *people)).collect();
    by_size.sort_by_key(|(_, people)| *people);
    let (mut hidden, mut sum) = (0, 0);
    for (_, people) in &by_size {
        let enough = hidden == 0 || hidden >= 2 && sum >= SHOWN_MIN;
        if *people >= SHOWN_MIN && enough {
            break;
        }
        hidden += 1;
        sum += people;
    }
    let secret: Vec<&Cell> = by_size.iter().take(hidden).map(|(cell, _)| *cell).collect();
    let told = hidden == 0 || hidden >= 2 && sum >= SHOWN_MIN;
    Shown {
        cells: cells
            .iter()
            .map(|(cell, n)| (cell.clone(), (!secret.contains(&cell)).then_some(*n)))
            .collect(),
        total: told.then_some(total),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(people: &[u64]) -> (Vec<Option<u64>>, Option<u64>) {
        let cells = people.iter().enumerate().map(|(nth, n)| (Cell::at(&format!("{nth:05}")), *n)).collect();
        let shown = show(cells);
        (shown.cells.into_iter().map(|(_, n)| n).collect(), shown.total)
    }

    #[test]
    fn a_small_number_is_hidden_with_others_so_that_no_subtraction_tells_it() {
        assert_eq!(shown(&[9, 7, 30]), (vec![Some(9), Some(7), Some(30)], Some(46)));
        assert_eq!(shown(&[1, 7, 30]), (vec![None, None, Some(30)], Some(38)));
        assert_eq!(shown(&[1, 1, 7, 30]), (vec![None, None, None, Some(30)], Some(39)));
        assert_eq!(shown(&[4, 3, 7, 30]), (vec![None, None, Some(7), Some(30)], Some(44)));
        assert_eq!(shown(&[3]), (vec![None], None));
        assert_eq!(shown(&[]), (vec![], Some(0)));
    }

    #[test]
    fn who_came_to_a_unit_made_of_several_is_not_told_back() {
        let id = Uuid::from_u128(1);
        let reform = Reform::stored(
            "id = \"a\"\ndecree = \"b\"\nin_force = \"2025-07-01\"\n[merge]\n\"00001\" = \"00009\"\n\"00002\" = \"00009\"\n\"00003\" = \"00008\"",
        )
        .unwrap();
        let reforms = [(id, &reform)];
        let group = |unit: &str, begun, path: &[(&str, &str)]| Group {
            unit: unit.to_owned(),
            path: path.iter().map(|(from, to)| (id, (*from).to_owned(), Some((*to).to_owned()))).collect(),
            begun,
            address: None,
            people: 1,
        };
        assert_eq!(backward(&group("00009", 1, &[("00002", "00009")]), &reforms), Cell::at("00002"));
        assert_eq!(backward(&group("00009", 1, &[]), &reforms), Cell::unknown("00009"));
        assert_eq!(backward(&group("00008", 1, &[]), &reforms), Cell::at("00003"));
        assert_eq!(backward(&group("00007", 1, &[]), &reforms), Cell::at("00007"));
        assert_eq!(forward(&group("00001", 0, &[]), &reforms), Cell::at("00009"));
    }
}
