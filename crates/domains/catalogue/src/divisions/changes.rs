//! What a rearrangement of communes did, as the register takes it: one file for each day on which communes ended.

use std::{collections::BTreeSet, fmt::Write};

use base::Lang;
use jiff::civil::Date;

use super::{Division, Divisions};
use crate::validity::Level;

impl Divisions {
    /// Days from which new communes took the place of old ones, in order.
    pub fn reform_days(&self) -> BTreeSet<Date> {
        let ended = self.all.iter().filter(|d| d.level() == Level::Commune);
        ended.filter_map(|d| d.validity.day_after()).collect()
    }

    /// The communes that ended the day before, with what they went into: a unit that only changed goes on under its code.
    pub fn changes_on(&self, day: Date) -> impl Iterator<Item = (&Division, Vec<&Division>)> {
        let ended = move |d: &&Division| d.level() == Level::Commune && d.validity.day_after() == Some(day);
        self.all.iter().filter(ended).map(move |old| {
            let codes =
                if old.successors.is_empty() { std::slice::from_ref(&old.code) } else { &*old.successors };
            (old, codes.iter().filter_map(|code| self.unit_on(code.as_str(), day)).collect())
        })
    }

    /// The reform of a day as a file that `lienthong reform` takes. For a divided unit the catalogue knows the parts, but
    /// not which hamlets and streets lie in them: whoever has the decree adds `places`.
    pub fn reform_file(&self, day: Date, decree: &str) -> Option<String> {
        let quoted = decree.replace(['"', '\\'], "'");
        let mut text = format!("id = \"{day}\"\ndecree = \"{quoted}\"\nin_force = \"{day}\"\n\n[merge]\n");
        let mut divided = String::new();
        let mut any = false;
        for (old, new) in self.changes_on(day) {
            any = true;
            // Writing to a String never fails.
            let _ = match new.as_slice() {
                [one] => writeln!(text, "\"{}\" = \"{}\"", old.code, one.code),
                parts => {
                    let parts: Vec<String> =
                        parts.iter().map(|p| format!("  {{ to = \"{}\" }},\n", p.code)).collect();
                    let name = old.label(Lang::Vi);
                    let parts = parts.concat();
                    write!(divided, "\n# {name}\n[[split]]\nfrom = \"{}\"\nparts = [\n{parts}]\n", old.code)
                }
            };
        }
        any.then(|| text + &divided)
    }
}
