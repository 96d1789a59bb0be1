//! Made-up figures and findings of a ward.

use base::Page;
use contracts::{AccountId, CommuneCode, PersonId};
use jiff::{ToSpan, civil::date};
use registry::quality::{
    Area, Rules,
    measures::Figures,
    ops::{CommuneLine, DayLine, FindingLine, Findings, Overview, Sampled},
    policy::Scope,
};
use uuid::Uuid;

const RULES: &str = include_str!("../../../../../catalogue/quality/rules.toml");

pub fn rules() -> Rules {
    Rules::parse(RULES).unwrap()
}

fn figures(counts: &[(&str, i64)]) -> Figures {
    Figures::new(counts.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect())
}

/// A ward of 18,240; `whole`: a province of three.
pub fn overview(whole: bool) -> Overview {
    let commune = CommuneCode::new("26740");
    let day = |n: i64| DayLine {
        day: date(2026, 11, 20) - (40 - n).days(),
        people: 18_200 + n,
        fields: 164_000,
        confirmed: 121_000 + n * 310,
        due: 91_000,
        held: 88_900 + n * 22,
        flawed: 420 - n * 4,
        stale: 3_900 - n * 9,
        waiting: 1_310 - n * 11,
        cleared: 9 + n % 7,
    };
    let communes = ["26740", "26743", "26734"].map(CommuneCode::new).to_vec();
    let now = figures(&[
        ("people", 18_240),
        ("fields", 164_000),
        ("confirmed", 133_400),
        ("due", 91_000),
        ("held", 89_780),
        ("flawed", 260),
        ("finding.residence_missing", 212),
        ("finding.birth_day_unknown", 640),
        ("finding.number_of_other_year", 31),
        ("finding.two_spouses", 4),
        ("finding.old_and_silent", 7),
        ("seen.0000-00", 300),
        ("seen.2021-03", 3_240),
        ("seen.2025-08", 9_000),
        ("seen.2026-10", 5_700),
        ("lag.2026-10.00", 120),
        ("lag.2026-10.01", 310),
        ("lag.2026-10.04", 96),
        ("lag.2026-10.08", 31),
        ("lag.2026-11.11", 6),
        ("lag.2026-11.13", 2),
    ]);
    let lines = communes.iter().map(|c| CommuneLine { commune: c.clone(), figures: now.clone() }).collect();
    Overview {
        scope: if whole {
            Scope::Above(forms::Level::Province, communes)
        } else {
            Scope::Commune(commune.clone())
        },
        commune: (!whole).then_some(commune),
        figures: now,
        days: (0..=40).map(day).collect(),
        sampled: Sampled { asked: 494, answered: 263, items: 1_480, wrong: 37 },
        drawn: 5_200,
        doubles: registry::quality::measures::doubles_per_100_000(5_200, 9.0),
        duplicates: 13,
        stale_since: "2024-11".to_owned(),
        lags_since: "2025-12".to_owned(),
        communes: if whole { lines } else { Vec::new() },
    }
}

/// Nobody lives there yet.
pub fn nobody() -> Overview {
    Overview { figures: Figures::default(), days: Vec::new(), ..overview(false) }
}

pub fn findings(some: bool) -> Findings {
    let line = |n: u128, rule: &str, area, name: &str, due: i8, officer: Option<u128>| FindingLine {
        person: PersonId(Uuid::from_u128(n)),
        rule: rule.to_owned(),
        area,
        state: if officer.is_some() { "taken" } else { "open" }.to_owned(),
        found_at: "2026-11-01T03:00:00Z".parse().unwrap(),
        due_on: date(2026, 11, due),
        officer: officer.map(|id| (AccountId(Uuid::from_u128(id)), "Trần Thị Sáu".to_owned())),
        name: name.to_owned(),
        number_masked: Some("079••••••042".to_owned()),
        birth_date: "1990-05-17".parse().ok(),
    };
    let items = vec![
        line(1, "two_spouses", Area::Clean, "Nguyễn Văn Mười", 18, Some(20)),
        line(2, "residence_missing", Area::Complete, "Lê Thị Bảy", 20, None),
        line(3, "old_and_silent", Area::Live, "Đặng Cụ", 28, None),
    ];
    let items = if some { items } else { Vec::new() };
    Findings { commune: CommuneCode::new("26740"), page: Page { items, next: some.then(|| "x".to_owned()) } }
}
