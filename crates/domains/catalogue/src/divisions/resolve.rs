//! From any unit of any day to the units of another day, by its successors.

use jiff::civil::Date;
use serde::Serialize;

use super::{Division, DivisionCode, Divisions};
use crate::validity::Level;

/// Successors of successors; more than this is a mistake in the data.
const GENERATIONS_MAX: u8 = 8;

/// How much of the old unit lies in the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// All of it.
    Whole,
    /// A part: only the street or the person tells which.
    Part,
}

/// One unit of today that an old unit went into.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Successor<'a> {
    pub unit: &'a Division,
    pub extent: Extent,
}

/// A code read as of a day, and what it is today.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Resolution<'a> {
    /// The unit that the code named.
    pub unit: &'a Division,
    /// Today's units; the one with the largest part first. Several only where the unit was split.
    pub today: Vec<Successor<'a>>,
}

impl<'a> Resolution<'a> {
    /// Today's unit, where there is no doubt which.
    pub fn certain(&self) -> Option<&'a Division> {
        match self.today.as_slice() {
            [one] => Some(one.unit),
            _ => None,
        }
    }

    /// Whether somebody must be asked.
    pub fn is_ambiguous(&self) -> bool {
        self.today.len() > 1
    }
}

impl Divisions {
    /// What a code that was written on one day names today. A code that had already ended by then is read as the last
    /// unit that bore it: people go on using old codes.
    pub fn resolve(&self, code: &str, written: Date, today: Date) -> Option<Resolution<'_>> {
        let ended = || self.versions(code).iter().rev().find(|d| d.validity.ended_by(written));
        let unit = self.unit_on(code, written).or_else(ended)?;
        Some(self.resolve_unit(unit, today))
    }

    /// What a unit is today.
    pub fn resolve_unit<'s>(&'s self, unit: &'s Division, today: Date) -> Resolution<'s> {
        let mut found = Vec::new();
        self.follow(unit, Extent::Whole, today, GENERATIONS_MAX, &mut found);
        Resolution { unit, today: found }
    }

    fn follow<'s>(
        &'s self,
        unit: &'s Division,
        extent: Extent,
        today: Date,
        generations: u8,
        found: &mut Vec<Successor<'s>>,
    ) {
        if !unit.validity.ended_by(today) {
            if !found.iter().any(|s| s.unit.code == unit.code) {
                found.push(Successor { unit, extent });
            }
            return;
        }
        let (Some(next_day), Some(generations)) = (unit.validity.day_after(), generations.checked_sub(1))
        else {
            return;
        };
        let next = |code: &DivisionCode| self.unit_on(code.as_str(), next_day);
        if !unit.successors.is_empty() {
            let extent = if unit.successors.len() > 1 { Extent::Part } else { extent };
            for successor in unit.successors.iter().filter_map(next) {
                self.follow(successor, extent, today, generations, found);
            }
        } else if unit.level() == Level::District
            && let Some(last_day) = unit.validity.to
        {
            for commune in self.children(unit.code.as_str(), last_day) {
                self.follow(commune, Extent::Part, today, generations, found);
            }
        } else if let Some(same) = next(&unit.code) {
            self.follow(same, extent, today, generations, found);
        }
    }
}
