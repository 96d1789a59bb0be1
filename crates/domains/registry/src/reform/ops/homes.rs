//! Residences in some units, batch by batch, as acts and their previews go through them. A batch costs one round trip,
//! however many units it runs over.

use jiff::{Timestamp, civil::Date};
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use super::batch::{Going, Move, Open};
use crate::{
    model::Days,
    reform::{Reform, plan::Turn, rows::At, sql},
};

/// A residence in one of the units.
pub struct Home {
    pub unit: String,
    pub person: Uuid,
    pub residence: Uuid,
    pub address: String,
    pub household: Option<Uuid>,
    pub days: Days,
    /// The act that wrote it.
    pub event: Uuid,
    /// A load read another code as this unit.
    pub read_as: bool,
    pub known_from: Timestamp,
    /// It is believed, and goes on on the day of the reform.
    pub concerned: bool,
    /// The person's.
    pub version: i32,
    /// Already on the work list of this reform, or settled.
    pub placed: bool,
    /// On the work list of another one, which comes first.
    pub waits: bool,
}

/// Some rows of whatever state, and behind which one it goes on; none: there is no more.
pub struct Homes {
    pub homes: Vec<Home>,
    pub at: Option<At>,
}

/// The next rows of `units`, which stand in order.
pub async fn read(
    tx: &Tx,
    units: &[&str],
    day: Date,
    reform: Uuid,
    at: Option<&At>,
    rows: usize,
) -> Result<Homes, StoreError> {
    let begin = at.map_or(0, |at| units.partition_point(|unit| *unit < at.unit.as_str()));
    let units = units.get(begin..).unwrap_or_default();
    let (person, row) = at
        .filter(|at| units.first() == Some(&at.unit.as_str()))
        .map_or((Uuid::nil(), Uuid::nil()), |at| (at.person, at.row));
    let limit = i64::try_from(rows).unwrap_or(i64::MAX);
    let found = tx.query(sql::HOMES, &[&units, &person, &row, &limit, &day, &reform]).await?;
    let homes: Vec<Home> = found.iter().map(Home::read).collect::<Result<_, _>>()?;
    let last = homes.last().filter(|_| homes.len() >= rows);
    let at = last.map(|home| At { unit: home.unit.clone(), person: home.person, row: home.residence });
    Ok(Homes { homes, at })
}

impl Home {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            unit: row.col("unit")?,
            person: row.col("person_id")?,
            residence: row.col("residence_id")?,
            address: row.col("address")?,
            household: row.col("household_id")?,
            days: Days { from: row.col("valid_from")?, to: row.col("valid_to")? },
            event: row.col("event_id")?,
            read_as: row.col::<Option<&str>>("commune_given")?.is_some(),
            known_from: row.col("known_from")?,
            concerned: row.col("concerned")?,
            version: row.col("version")?,
            placed: row.col("placed")?,
            waits: row.col("waits")?,
        })
    }

    /// What the reform does to it, where it may do anything now.
    pub fn turn<'a>(&self, reform: &'a Reform) -> Option<Turn<'a>> {
        (self.concerned && !self.waits).then(|| reform.turn(&self.unit, &self.address, self.days))
    }
}

/// What a reform does to some residences.
pub fn decide(homes: Vec<Home>, reform: &Reform) -> (Vec<Move>, Vec<Open>) {
    let (mut moves, mut open) = (Vec::new(), Vec::new());
    for home in homes {
        match home.turn(reform) {
            Some(Turn::Moves(to)) => moves.push(Move {
                going: Going {
                    person: home.person,
                    row: home.residence,
                    unit_to: to.to_owned(),
                    unit_from: home.unit,
                    began_before: home.days.from.is_none_or(|from| from < reform.in_force),
                },
                version: home.version,
                household: home.household,
            }),
            Some(Turn::Undecided) if !home.placed => {
                open.push(Open { person: home.person, residence: home.residence, unit_from: home.unit });
            }
            _ => {}
        }
    }
    (moves, open)
}
