//! What follows from how probable it is that two records are of one person. The two thresholds of each use stand here with
//! the risk that they stand for; the whole is pure.
//!
//! Probabilities of the engine are calibrated, so of what is joined at probability p and more, at most 1 − p is joined
//! wrongly. Nobody is joined without a human above [`FALSE_LINKS_MAX_PER_100_000`].

use linkage::{Explanation, Odds};

use super::linker::{FOREIGNERS, Facts, PERSONS};

/// The stated risk: of 100,000 lines that are joined by themselves, at most so many may be another person's.
pub const FALSE_LINKS_MAX_PER_100_000: f64 = 1.0;
/// The threshold that follows from it.
const LINK: f64 = 1.0 - FALSE_LINKS_MAX_PER_100_000 / 100_000.0;
/// From even odds on two officers look at it.
const REVIEW: f64 = 0.5;
/// A field that speaks this clearly against it (in bits, 64 to 1) stands against everything else.
const CONTRADICTS_BITS: f64 = -6.0;

/// On what occasion somebody is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A birth is registered. The child is registered in any case: a twin must never be turned away.
    Birth,
    /// A line of a file that no key and no number leads to anybody.
    Import,
    /// Somebody is enrolled, or an account opened, and the person is looked up by what they say.
    Enrolment,
    /// Somebody of the register, drawn by lot: whether they are there twice.
    Sample,
    /// A foreigner with papers that nobody on record has. An officer asks them who they are.
    Foreigner,
}

/// What holds for a use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Of those who come in this way, how many are in the register already.
    pub known_share: f64,
    /// From here on officers look at it.
    pub review: f64,
    /// From here on it is one person without further question; none: never.
    pub link: Option<f64>,
}

impl Use {
    pub const ALL: [Self; 5] = [Self::Birth, Self::Import, Self::Enrolment, Self::Sample, Self::Foreigner];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Birth => "birth",
            Self::Import => "import",
            Self::Enrolment => "enrolment",
            Self::Sample => "sample",
            Self::Foreigner => "foreigner",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|u| u.as_str() == s)
    }

    pub fn thresholds(self) -> Thresholds {
        match self {
            // A birth is registered twice once in a thousand times, and an officer stands beside it.
            Self::Birth => Thresholds { known_share: 0.001, review: REVIEW, link: None },
            Self::Import => Thresholds { known_share: 0.1, review: REVIEW, link: Some(LINK) },
            // Who enrols is in the register nearly always; which of several they are, a human says.
            Self::Enrolment => Thresholds { known_share: 0.9, review: REVIEW, link: None },
            // A hundredth at most of a register that was gathered from several others is there twice.
            Self::Sample => Thresholds { known_share: 0.01, review: REVIEW, link: None },
            // One in five with a new passport and a new card has lived here before.
            Self::Foreigner => Thresholds { known_share: 0.2, review: REVIEW, link: None },
        }
    }

    /// What is known before two records are weighed.
    pub fn odds(self) -> Odds {
        let stored = if self == Self::Foreigner { FOREIGNERS } else { PERSONS };
        Odds { stored, known_share: self.thresholds().known_share }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing follows.
    Distinct,
    /// Two officers look at it.
    Review,
    /// One person.
    Same,
}

/// What two records say beside their weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs {
    /// Something speaks clearly against it, or cannot be true of one person.
    pub contradiction: bool,
    /// Something that hardly two people share: a number, or name and day of birth with a parent.
    pub strong: bool,
    /// Born on one day of one mother, with other given names.
    pub twins: bool,
}

impl Signs {
    pub fn read(one: &Facts, other: &Facts, told: &Explanation) -> Self {
        let grade = |column: &str| told.fields.iter().find(|f| f.column == column).and_then(|f| f.grade);
        let same_number = grade("number") == Some("same");
        let both = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
        let same_day = both(&one.birth_date, &other.birth_date)
            && one.birth_date.as_deref().is_some_and(|day| day.len() == WHOLE_DATE);
        let heard = |column: &str| matches!(grade(column), Some("same" | "marks_lost" | "sounds_same"));
        let parent = heard("father_name") || heard("mother_name");
        let twins = same_day
            && heard("mother_name")
            && !same_number
            && matches!(grade("full_name"), Some("different" | "alike" | "words_moved"))
            && given(&one.name) != given(&other.name);
        let against = told.fields.iter().any(|f| f.bits < CONTRADICTS_BITS);
        let other_sex = grade("sex") == Some("different");
        let two_deaths =
            one.death_date.is_some() && other.death_date.is_some() && one.death_date != other.death_date;
        Self {
            contradiction: against || other_sex || two_deaths,
            strong: same_number
                || both(&one.old_number, &other.old_number)
                || (same_day && heard("full_name") && parent),
            twins,
        }
    }
}

/// `1990-05-17`: a year or a month alone is shared by too many.
const WHOLE_DATE: usize = 10;

/// The given name, which comes last.
fn given(name: &str) -> String {
    base::fold(name).rsplit(' ').next().unwrap_or("").to_owned()
}

/// `may_link`: the one who asks can join records by itself (a load), where the use allows it at all.
pub fn judge(of: Use, probability: f64, signs: Signs) -> Verdict {
    let thresholds = of.thresholds();
    if probability < thresholds.review || signs.twins {
        return Verdict::Distinct;
    }
    let links = thresholds.link.is_some_and(|link| probability >= link);
    if links && signs.strong && !signs.contradiction { Verdict::Same } else { Verdict::Review }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicates::linker::Linker;

    const STRONG: Signs = Signs { contradiction: false, strong: true, twins: false };

    #[test]
    fn each_use_has_its_two_thresholds_and_only_a_load_joins_by_itself() {
        for of in Use::ALL {
            assert_eq!(Use::parse(of.as_str()), Some(of));
            assert_eq!(judge(of, 0.49, STRONG), Verdict::Distinct, "{of:?}");
            assert_eq!(judge(of, 0.5, STRONG), Verdict::Review, "{of:?}");
            assert_eq!(judge(of, 0.9999, STRONG), Verdict::Review, "{of:?}");
            let most = judge(of, 1.0, STRONG);
            assert_eq!(most, if of == Use::Import { Verdict::Same } else { Verdict::Review }, "{of:?}");
        }
    }

    #[test]
    fn the_upper_threshold_is_the_stated_risk() {
        let link = Use::Import.thresholds().link.unwrap();
        assert!((1.0 - link) * 100_000.0 <= FALSE_LINKS_MAX_PER_100_000 + 1e-6);
        assert_eq!(judge(Use::Import, link, STRONG), Verdict::Same);
        assert_eq!(judge(Use::Import, link - 1e-7, STRONG), Verdict::Review);
    }

    #[test]
    fn a_contradiction_or_weak_evidence_leaves_it_to_officers_and_twins_are_two() {
        let but = |signs| judge(Use::Import, 1.0, signs);
        assert_eq!(but(Signs { contradiction: true, ..STRONG }), Verdict::Review);
        assert_eq!(but(Signs { strong: false, ..STRONG }), Verdict::Review);
        assert_eq!(but(Signs { twins: true, ..STRONG }), Verdict::Distinct);
    }

    fn child(name: &str, sex: &str) -> Facts {
        let some = |text: &str| Some(text.to_owned());
        Facts {
            name: name.to_owned(),
            birth_date: some("2026-11-02"),
            sex: some(sex),
            home_town: some("00004"),
            commune: some("00004"),
            father_name: some("Đặng Văn Dũng"),
            mother_name: some("Nguyễn Thị Chi"),
            ..Facts::default()
        }
    }

    fn told(of: Use, one: &Facts, other: &Facts) -> (Verdict, f64) {
        let linker = Linker::get().unwrap();
        let (a, b) = (linker.record(one), linker.record(other));
        let told = linker.weigh(&a, &b, of.odds());
        (judge(of, told.probability, Signs::read(one, other, &told)), told.probability)
    }

    #[test]
    fn the_same_child_again_is_seen_and_a_twin_and_a_namesake_are_not() {
        let khoi = child("Đặng Minh Khôi", "male");
        let again = Facts { number: None, ..child("ĐẶNG MINH KHOI", "male") };
        assert_eq!(told(Use::Birth, &khoi, &again).0, Verdict::Review);
        let slipped = Facts { birth_date: Some("2026-02-11".into()), ..khoi.clone() };
        assert_eq!(
            told(Use::Birth, &khoi, &slipped).0,
            Verdict::Review,
            "{:?}",
            told(Use::Birth, &khoi, &slipped)
        );
        for twin in [child("Đặng Minh Nguyên", "male"), child("Đặng Minh Châu", "female")] {
            assert_eq!(told(Use::Birth, &khoi, &twin).0, Verdict::Distinct, "{}", twin.name);
        }
        let namesake = Facts {
            father_name: Some("Đặng Hữu Phước".into()),
            mother_name: Some("Lê Thị Sen".into()),
            home_town: Some("00070".into()),
            ..khoi.clone()
        };
        assert_eq!(told(Use::Birth, &khoi, &namesake).0, Verdict::Distinct);
    }

    #[test]
    fn a_foreigner_is_recognised_however_the_name_is_written_and_a_namesake_is_not() {
        let hans = |name: &str, born: &str| Facts {
            name: name.to_owned(),
            birth_date: Some(born.to_owned()),
            sex: Some("male".to_owned()),
            ..Facts::default()
        };
        let stored = hans("HANS-JÜRGEN MÜLLER", "1985-04-02");
        for (name, born) in [
            ("Hans Jurgen Muller", "1985-04-02"),
            ("MÜLLER HANS-JÜRGEN", "1985-04-02"),
            ("HANS JUERGEN MÜLLER", "1985-04-02"),
            ("HANS-JÜRGEN MÜLLER", "1985-02-04"),
        ] {
            assert_eq!(told(Use::Foreigner, &hans(name, born), &stored).0, Verdict::Review, "{name} {born}");
        }
        for (name, born) in [("HANS-JÜRGEN MÜLLER", "1961-11-24"), ("PIERRE DUPONT", "1985-04-02")] {
            assert_eq!(
                told(Use::Foreigner, &hans(name, born), &stored).0,
                Verdict::Distinct,
                "{name} {born}"
            );
        }
    }

    #[test]
    fn a_line_is_joined_only_with_strong_evidence_and_nothing_against_it() {
        let lan = Facts { old_number: Some("012345678".into()), ..child("Đặng Thị Lan", "female") };
        assert_eq!(told(Use::Import, &lan, &lan.clone()).0, Verdict::Same);
        let other_sex = Facts { sex: Some("male".into()), ..lan.clone() };
        assert_eq!(told(Use::Import, &lan, &other_sex).0, Verdict::Review);
        let no_parents = Facts { father_name: None, mother_name: None, old_number: None, ..lan.clone() };
        assert_ne!(told(Use::Import, &lan, &no_parents).0, Verdict::Same);
    }
}
