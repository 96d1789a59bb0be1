//! `commune_draw`: once a week a lot decides whom of a commune is asked whether their record is right. The seed is kept, so
//! that the draw can be made again; nobody can foretell it. Those drawn are also looked for in the register by the machine:
//! who is there twice shows how many duplicates nobody has found.

use base::{Text, entropy, vietnam_date};
use contracts::{
    Access, PersonId, Purpose,
    events::{NoticeDue, emit},
};
use jiff::{ToSpan, civil::Date};
use store::{RowExt, Tx};
use uuid::Uuid;

use crate::{
    RegistryError,
    duplicates::ops::{Compared, persons_compare},
    quality::{Quality, measures::sample_size, sql},
};

/// Where the person answers.
pub const PATH: &str = "/record/check";
const SEED_BYTES: usize = 16;

/// First day of the week.
pub fn monday(day: Date) -> Date {
    let back = i64::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(back.days()).unwrap_or(day)
}

/// Draws for a commune in this week, if that was not done; answers how many were drawn.
pub async fn commune_draw(
    tx: &mut Tx,
    quality: &Quality,
    commune: &str,
    people: i64,
) -> Result<i64, RegistryError> {
    let now = tx.now();
    let today = vietnam_date(now);
    let (week, sample) = (monday(today), &quality.rules.sample);
    let size = sample_size(people, sample);
    let seed = hex::encode(entropy::bytes::<SEED_BYTES>(tx.entropy()));
    if tx.execute(sql::DRAW_INSERT, &[&commune, &week, &seed, &people, &size]).await? == 0 {
        return Ok(0);
    }
    let open_until = today.checked_add(i64::from(sample.open_days).days()).unwrap_or(today);
    let drawn = tx.query(sql::LOTS, &[&commune, &week, &seed, &size, &now, &open_until]).await?;
    let mut lots = Vec::with_capacity(drawn.len());
    for row in &drawn {
        let person = PersonId(row.col::<Uuid>("person_id")?);
        let title = Text::new(
            "Xin bạn xem lại: thông tin về bạn trong cơ sở dữ liệu còn đúng không?",
            "Please have a look: is what the register says about you still right?",
        );
        emit(tx, &NoticeDue { person, title, path: PATH.to_owned(), at: now });
        lots.push(person.0);
    }
    // The same lot tells how many are in the register twice, whom nobody has met yet.
    let access = Access::system(Purpose::CHECK_QUALITY);
    let compared = persons_compare(tx, &access, quality.nation.as_ref(), &lots).await?;
    let Compared { persons, doubled } = compared;
    tx.change(sql::DRAW_COMPARED, &[&commune, &week, &persons, &doubled]).await?;
    Ok(size)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_week_begins_on_monday() {
        for day in 16..=22 {
            assert_eq!(monday(date(2026, 11, day)), date(2026, 11, 16));
        }
    }
}
