//! PostgreSQL's binary COPY format, written straight from values: the load is bound by how fast rows can be written.

use bytes::{BufMut, Bytes, BytesMut};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

/// Signature, flags, no header extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// The database counts from 2000-01-01: days and microseconds after the Unix epoch.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Rows of one table, on their way.
#[derive(Default)]
pub struct Rows(BytesMut);

impl Rows {
    pub fn row(&mut self, columns: i16) -> &mut Self {
        self.0.put_i16(columns);
        self
    }

    pub fn uuid(&mut self, id: Uuid) -> &mut Self {
        self.bytes(id.as_bytes())
    }

    pub fn uuid_or_null(&mut self, id: Option<Uuid>) -> &mut Self {
        match id {
            Some(id) => self.uuid(id),
            None => self.null(),
        }
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    pub fn text_or_null(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    pub fn int(&mut self, n: i32) -> &mut Self {
        self.bytes(&n.to_be_bytes())
    }

    pub fn long(&mut self, n: i64) -> &mut Self {
        self.bytes(&n.to_be_bytes())
    }

    pub fn long_or_null(&mut self, n: Option<i64>) -> &mut Self {
        match n {
            Some(n) => self.long(n),
            None => self.null(),
        }
    }

    pub fn time(&mut self, at: Timestamp) -> &mut Self {
        self.bytes(&(at.as_microsecond() - EPOCH_MICROS).to_be_bytes())
    }

    pub fn date_or_null(&mut self, day: Option<Date>) -> &mut Self {
        match day {
            Some(day) => self.int(days(day)),
            None => self.null(),
        }
    }

    pub fn null(&mut self) -> &mut Self {
        self.0.put_i32(-1);
        self
    }

    fn bytes(&mut self, value: &[u8]) -> &mut Self {
        // A field is a few hundred bytes at most; the rules of the fields see to it.
        self.0.put_i32(i32::try_from(value.len()).unwrap_or(-1));
        self.0.put_slice(value);
        self
    }
}

fn days(day: Date) -> i32 {
    let epoch = jiff::civil::date(1970, 1, 1);
    let since = day.duration_since(epoch).as_hours() / 24;
    i32::try_from(since).unwrap_or(0) - EPOCH_DAYS
}

/// The whole stream for some items, made piece by piece while the database already writes the ones before.
pub fn stream<'a, T>(
    items: &'a [T],
    piece: usize,
    write: impl Fn(&mut Rows, &T) + 'a,
) -> impl Iterator<Item = Bytes> + 'a {
    let header = std::iter::once(Bytes::from_static(HEADER));
    let body = items.chunks(piece).map(move |chunk| {
        let mut rows = Rows::default();
        for item in chunk {
            write(&mut rows, item);
        }
        rows.0.freeze()
    });
    header.chain(body).chain(std::iter::once(Bytes::from_static(&[0xff, 0xff])))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use postgres_types::ToSql;

    use super::*;

    #[test]
    fn days_and_times_are_written_as_the_driver_writes_them() {
        for day in [date(1850, 1, 1), date(1969, 12, 31), date(2000, 1, 1), date(2026, 11, 20)] {
            let mut theirs = BytesMut::new();
            day.to_sql(&postgres_types::Type::DATE, &mut theirs).unwrap();
            assert_eq!(days(day).to_be_bytes(), theirs[..], "{day}");
        }
        let at: Timestamp = "2026-11-20T02:00:00.123456Z".parse().unwrap();
        let mut theirs = BytesMut::new();
        at.to_sql(&postgres_types::Type::TIMESTAMPTZ, &mut theirs).unwrap();
        let mut ours = Rows::default();
        ours.time(at);
        assert_eq!(ours.0[4..], theirs[..]);
    }
}
