//! Values as people say them: days, times, spans, money, sizes. In both languages, in Vietnam's time.
//!
//! Everything takes "now" as a value, so a page that is rendered again for a test reads the same.

use base::{Vnd, vietnam_date, vietnam_time};
use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::i18n::Say;

/// A named weekday says enough this many days around today.
const WEEKDAY_DAYS_MAX: i32 = 14;

impl Say {
    /// `21/11/2026` in both languages: the order of day and month is Vietnam's everywhere.
    pub fn date(&self, date: Date) -> String {
        format!("{:02}/{:02}/{}", date.day(), date.month(), date.year())
    }

    /// `hôm nay`, `ngày mai`, `hôm qua`, `thứ Sáu 27/11` when near, `21/11/2027` when far.
    pub fn day(&self, date: Date, today: Date) -> String {
        let away = days_between(today, date);
        match away {
            0 => self.t("fmt-today"),
            1 => self.t("fmt-tomorrow"),
            -1 => self.t("fmt-yesterday"),
            _ if away.abs() <= WEEKDAY_DAYS_MAX => {
                format!("{} {}/{}", self.weekday(date), date.day(), date.month())
            }
            _ => self.date(date),
        }
    }

    /// `thứ Sáu`.
    pub fn weekday(&self, date: Date) -> String {
        self.t(match date.weekday().to_monday_one_offset() {
            1 => "fmt-monday",
            2 => "fmt-tuesday",
            3 => "fmt-wednesday",
            4 => "fmt-thursday",
            5 => "fmt-friday",
            6 => "fmt-saturday",
            _ => "fmt-sunday",
        })
    }

    /// `14:02 hôm nay`, `14:02 thứ Sáu 27/11`, `14:02 ngày 21/11/2025`.
    pub fn moment(&self, at: Timestamp, now: Timestamp) -> String {
        let time = vietnam_time(at);
        let (date, today) = (time.date(), vietnam_date(now));
        let clock = format!("{:02}:{:02}", time.hour(), time.minute());
        let day = self.day(date, today);
        if days_between(today, date).abs() > WEEKDAY_DAYS_MAX {
            self.tw("fmt-moment-far", &[("time", clock.into()), ("day", day.into())])
        } else {
            self.tw("fmt-moment", &[("time", clock.into()), ("day", day.into())])
        }
    }

    /// `14:02:09 21/11/2026`: to the second, for logs and proofs.
    pub fn exact(&self, at: Timestamp) -> String {
        let time = vietnam_time(at);
        format!("{:02}:{:02}:{:02} {}", time.hour(), time.minute(), time.second(), self.date(time.date()))
    }

    /// Working days to a limit: `còn 2 ngày làm việc`, `hạn là hôm nay`, `quá hạn 3 ngày làm việc`.
    pub fn working_days_left(&self, left: i32) -> String {
        match left {
            0 => self.t("fmt-due-today"),
            1.. => self.tw("fmt-days-left", &[("count", left.into())]),
            _ => self.tw("fmt-days-over", &[("count", left.unsigned_abs().into())]),
        }
    }

    /// `2 ngày làm việc`.
    pub fn working_days(&self, count: u32) -> String {
        self.tw("fmt-working-days", &[("count", count.into())])
    }

    /// `7.000 ₫`; nothing to pay reads `Không mất phí`.
    pub fn fee(&self, amount: Vnd) -> String {
        if amount.is_free() { self.t("fmt-free") } else { self.money(amount) }
    }

    /// `7.000 ₫`, in English `7,000 ₫`.
    pub fn money(&self, amount: Vnd) -> String {
        format!("{}\u{a0}₫", self.number(amount.0))
    }

    /// `1.234.567`, in English `1,234,567`.
    pub fn number(&self, value: i64) -> String {
        let digits = value.unsigned_abs().to_string();
        let mut out = String::from(if value < 0 { "-" } else { "" });
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push(match self.lang {
                    base::Lang::Vi => '.',
                    base::Lang::En => ',',
                });
            }
            out.push(digit);
        }
        out
    }

    /// `3 phút`, `2 giờ 5 phút`, `4 ngày`: the two largest units that matter.
    pub fn duration(&self, span: SignedDuration) -> String {
        let seconds = span.as_secs().max(0);
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        let unit = |key: &str, n: i64| self.tw(key, &[("count", n.into())]);
        let parts = match (days, hours, minutes) {
            (0, 0, 0) => return unit("fmt-seconds", seconds),
            (0, 0, m) => return unit("fmt-minutes", m),
            (0, h, m) => [Some(unit("fmt-hours", h)), (m > 0).then(|| unit("fmt-minutes", m))],
            (d, h, _) => [Some(unit("fmt-days", d)), (h > 0).then(|| unit("fmt-hours", h))],
        };
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// `820 byte`, `34 KB`, `2,4 MB`.
    pub fn file_size(&self, bytes: u64) -> String {
        const KB: u64 = 1024;
        const MB: u64 = 1024 * KB;
        match bytes {
            0..KB => self.tw("fmt-bytes", &[("count", bytes.into())]),
            KB..MB => format!("{} KB", bytes.div_ceil(KB)),
            _ => {
                let tenths = (bytes * 10).div_ceil(MB);
                let point = if self.lang == base::Lang::Vi { ',' } else { '.' };
                match tenths % 10 {
                    0 => format!("{} MB", tenths / 10),
                    rest => format!("{}{point}{rest} MB", tenths / 10),
                }
            }
        }
    }
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(i32::MAX, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base::Lang;
    use jiff::civil::date;

    use super::*;
    use crate::i18n::{TEXTS, Texts};

    fn say(lang: Lang) -> Say {
        Say::new(Arc::new(Texts::load(&[TEXTS]).unwrap()), lang)
    }

    #[test]
    fn days_and_times_read_as_people_say_them() {
        let (vi, en) = (say(Lang::Vi), say(Lang::En));
        let now: Timestamp = "2026-11-21T07:02:00Z".parse().unwrap();
        let today = vietnam_date(now);
        assert_eq!(vi.day(date(2026, 11, 27), today), "thứ Sáu 27/11");
        assert_eq!(en.day(date(2026, 11, 27), today), "Friday 27/11");
        assert_eq!(vi.day(date(2026, 11, 22), today), "ngày mai");
        assert_eq!(vi.day(date(2027, 1, 5), today), "05/01/2027");
        assert_eq!(vi.moment(now, now), "14:02 hôm nay");
        assert_eq!(en.moment(now, now), "14:02 today");
        assert_eq!(vi.moment("2026-01-02T01:05:00Z".parse().unwrap(), now), "08:05 ngày 02/01/2026");
        assert_eq!(vi.exact(now), "14:02:00 21/11/2026");
    }

    #[test]
    fn limits_money_spans_and_sizes_read_as_people_say_them() {
        let (vi, en) = (say(Lang::Vi), say(Lang::En));
        assert_eq!(vi.working_days_left(2), "còn 2 ngày làm việc");
        assert_eq!(en.working_days_left(1), "1 working day left");
        assert_eq!(vi.working_days_left(0), "hạn là hôm nay");
        assert_eq!(vi.working_days_left(-3), "quá hạn 3 ngày làm việc");
        assert_eq!(vi.money(Vnd(7_000)), "7.000\u{a0}₫");
        assert_eq!(en.money(Vnd(1_234_567)), "1,234,567\u{a0}₫");
        assert_eq!(vi.fee(Vnd::FREE), "Không mất phí");
        assert_eq!(vi.duration(SignedDuration::from_mins(125)), "2 giờ 5 phút");
        assert_eq!(en.duration(SignedDuration::from_hours(24)), "1 day");
        assert_eq!(vi.duration(SignedDuration::from_secs(7)), "7 giây");
        assert_eq!(vi.file_size(2_500_000), "2,4 MB");
        assert_eq!(en.file_size(2_500_000), "2.4 MB");
        assert_eq!(vi.file_size(34_000), "34 KB");
        assert_eq!(vi.file_size(0), "0 byte");
    }
}
