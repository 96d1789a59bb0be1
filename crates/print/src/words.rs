//! How dates, times and money read in a Vietnamese document. Each function serialises one value for the templates.

use base::{PartialDate, Vnd, vietnam_time};
use jiff::{Timestamp, civil::Date};
use serde::{Serializer, ser::SerializeMap};

/// `21/11/2026`
pub(crate) fn date<S: Serializer>(date: &Date, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&date_text(*date))
}

pub(crate) fn date_opt<S: Serializer>(date: &Option<Date>, s: S) -> Result<S::Ok, S::Error> {
    match date {
        Some(date) => self::date(date, s),
        None => s.serialize_none(),
    }
}

/// `ngày 05 tháng 3 năm 2026`: days below 10 and the months 1 and 2 take a zero (NĐ 30/2020, annex I).
pub(crate) fn long_date<S: Serializer>(date: &Date, s: S) -> Result<S::Ok, S::Error> {
    let zero = if date.month() <= 2 { "0" } else { "" };
    s.collect_str(&format_args!("ngày {:02} tháng {zero}{} năm {}", date.day(), date.month(), date.year()))
}

/// `16 giờ 30 phút, ngày 21/11/2026`, in Vietnam's time.
pub(crate) fn moment<S: Serializer>(at: &Timestamp, s: S) -> Result<S::Ok, S::Error> {
    let at = vietnam_time(*at);
    s.collect_str(&format_args!(
        "{:02} giờ {:02} phút, ngày {}",
        at.hour(),
        at.minute(),
        date_text(at.date())
    ))
}

/// `21/11/2026 16:30:05 +07:00`: the form of a digital signature's time (NĐ 30/2020, annex I).
pub(crate) fn signing_time<S: Serializer>(at: &Timestamp, s: S) -> Result<S::Ok, S::Error> {
    let at = vietnam_time(*at);
    let (h, m, sec) = (at.hour(), at.minute(), at.second());
    s.collect_str(&format_args!("{} {h:02}:{m:02}:{sec:02} +07:00", date_text(at.date())))
}

/// `17/05/1990`, `05/1990` or `1990`: what is known.
pub(crate) fn birth<S: Serializer>(date: &Option<PartialDate>, s: S) -> Result<S::Ok, S::Error> {
    match date {
        Some(date) => s.serialize_str(&date.display_vi()),
        None => s.serialize_none(),
    }
}

/// Figures and words, as a receipt must show both.
pub(crate) fn money<S: Serializer>(amount: &Vnd, s: S) -> Result<S::Ok, S::Error> {
    let mut map = s.serialize_map(Some(2))?;
    map.serialize_entry("figures", &amount.to_string())?;
    map.serialize_entry("words", &amount.in_words_vi())?;
    map.end()
}

fn date_text(date: Date) -> String {
    format!("{:02}/{:02}/{}", date.day(), date.month(), date.year())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::value::Serializer;

    use super::*;

    #[test]
    fn dates_follow_the_decree_on_documents() {
        for (day, text) in [
            (date(2026, 1, 5), "ngày 05 tháng 01 năm 2026"),
            (date(2026, 2, 28), "ngày 28 tháng 02 năm 2026"),
            (date(2026, 3, 9), "ngày 09 tháng 3 năm 2026"),
            (date(2026, 11, 21), "ngày 21 tháng 11 năm 2026"),
        ] {
            assert_eq!(long_date(&day, Serializer).unwrap(), text);
        }
    }

    #[test]
    fn times_are_vietnams() {
        let at: Timestamp = "2026-11-21T17:05:09Z".parse().unwrap();
        assert_eq!(moment(&at, Serializer).unwrap(), "00 giờ 05 phút, ngày 22/11/2026");
        assert_eq!(signing_time(&at, Serializer).unwrap(), "22/11/2026 00:05:09 +07:00");
    }
}
