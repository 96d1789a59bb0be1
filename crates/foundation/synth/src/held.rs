//! What a record holds beside the person: contacts, papers, and what few tell. Drawn from a stream of its own, so that the
//! people of a seed stay who they were.

use jiff::{ToSpan, civil::Date};

use crate::{
    chance::Chance,
    demography::between_days,
    person::{Held, Paper},
};

/// Citizen cards were given from here, identity cards from there (Law on Identity 26/2023).
const CITIZEN_CARDS: Date = Date::constant(2016, 1, 1);
const IDENTITY_CARDS: Date = Date::constant(2024, 7, 1);
/// Contacts have been confirmed since electronic identity accounts were opened.
const ACCOUNTS: Date = Date::constant(2022, 7, 18);
/// A card holds until one of these birthdays (Law on Identity Art. 21), the last one for life.
const RENEWED_AT: [i32; 4] = [14, 25, 40, 60];
/// A card given so many years before such a birthday holds until the next one.
const EARLY_YEARS: i32 = 2;
const RELIGIONS: [&str; 4] = ["Phật giáo", "Công giáo", "Tin Lành", "Phật giáo Hòa Hảo"];
const BLOOD_GROUPS: [&str; 4] = ["O", "B", "A", "AB"];

/// What of a person decides what is held of them.
pub(crate) struct Known {
    pub born: Date,
    pub age: i32,
    pub today: Date,
    pub living: bool,
    pub has_phone: bool,
}

pub(crate) fn held(chance: &mut Chance, key: &str, known: &Known) -> Held {
    let Known { born, age, today, living, has_phone } = *known;
    let religion = chance.hit(130).then(|| chance.word(&RELIGIONS));
    let blood_group = chance.hit(400).then(|| chance.word(&BLOOD_GROUPS));
    let residence_record = chance.hit(900).then(|| format!("HSCT-{key}"));
    let email =
        (living && age >= 14 && chance.hit(420)).then(|| format!("{}@example.vn", key.to_lowercase()));
    let confirmed = |chance: &mut Chance| {
        let first = born.max(ACCOUNTS);
        (first < today).then(|| between_days(first, today, chance))
    };
    let phone_verified = if has_phone && chance.hit(800) { confirmed(chance) } else { None };
    let email_verified = if email.is_some() && chance.hit(500) { confirmed(chance) } else { None };
    let paper = if living && age >= 14 && chance.hit(960) { paper(chance, born, today) } else { None };
    Held { religion, blood_group, email, phone_verified, email_verified, residence_record, paper }
}

fn paper(chance: &mut Chance, born: Date, today: Date) -> Option<Paper> {
    let birthday = |age: i32| born.checked_add(age.years()).ok();
    // Given after the last birthday on which the one before ran out.
    let since = RENEWED_AT.iter().filter_map(|age| birthday(*age)).filter(|day| *day < today).max()?;
    let issued_on = between_days(since.max(CITIZEN_CARDS), today, chance);
    let safe = issued_on.checked_add(EARLY_YEARS.years()).unwrap_or(issued_on);
    let expires_on = RENEWED_AT.iter().filter_map(|age| birthday(*age)).find(|day| *day > safe);
    let (kind, issued_at) = if issued_on < IDENTITY_CARDS {
        ("citizen_card", "Cục Cảnh sát quản lý hành chính về trật tự xã hội")
    } else {
        ("identity_card", "Bộ Công an")
    };
    Some(Paper { kind, issued_at, issued_on, expires_on })
}
