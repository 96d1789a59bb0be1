//! A name taken apart, and two names compared.
//!
//! Vietnamese names begin with the surname and end with what people are called by. Others do not: an Ê Đê clan stands at the
//! end behind `Y` or `H'`, a Xơ Đăng or Ba Na has no surname at all, and of a foreign name the papers do not tell which word is which.
//! Where the form does not tell, nothing is guessed: the surname is empty.

use crate::{PersonName, fold, one_tone_style};

/// How a name is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameForm {
    /// Surname, middle, given: most peoples of the country.
    SurnameFirst,
    /// `Y Moan Ênuôl`, `H'Hen Niê`: the clan stands last.
    ClanLast,
    /// `A Nhơn`, `Y Thuật`, `Brêu`: no surname.
    NoSurname,
    /// Order unknown.
    Foreign,
}

/// The parts of a name, slices of it. A part that is not there is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameParts<'n> {
    pub surname: &'n str,
    pub middle: &'n str,
    pub given: &'n str,
    pub form: NameForm,
}

/// Surnames of two words and more, folded; longest first.
const COMPOUND_SURNAMES: [&str; 18] = [
    "cong tang ton nu",
    "huyen tang ton nu",
    "cong huyen ton nu",
    "cong ton nu",
    "huyen ton nu",
    "ton that",
    "ton nu",
    "nguyen phuc",
    "nguyen phuoc",
    "au duong",
    "tu ma",
    "tu do",
    "thuong quan",
    "gia cat",
    "hoang phu",
    "dong phuong",
    "rmah doan",
    "buon krong",
];

/// Surnames of one word, folded: the hundred that nearly everyone bears, and those of the larger minorities.
const SURNAMES: [&str; 145] = [
    "nguyen", "tran", "le", "pham", "hoang", "huynh", "phan", "vu", "vo", "dang", "bui", "do", "ho", "ngo",
    "duong", "ly", "li", "an", "au", "bach", "banh", "bo", "ca", "cai", "cam", "cao", "chau", "che", "chu",
    "chuong", "co", "cu", "cung", "dai", "dam", "danh", "dao", "diep", "dieu", "dinh", "doan", "doi", "don",
    "dong", "du", "giang", "giap", "ha", "han", "hau", "hien", "hinh", "hong", "hua", "kha", "khang", "khau",
    "khong", "khuat", "khuc", "khuong", "kieu", "kim", "ky", "la", "lai", "lam", "lang", "lau", "lo", "loc",
    "long", "lu", "luc", "luong", "luu", "luyen", "ma", "mac", "mai", "man", "mau", "mua", "mui", "nghiem",
    "nghi", "ngan", "nham", "nhan", "nhu", "ninh", "nong", "ong", "phi", "phu", "phung", "phuong", "quach",
    "quan", "sam", "sinh", "son", "sung", "ta", "tang", "thach", "thai", "than", "thang", "thao", "thi",
    "thieu", "tieu", "to", "ton", "tong", "tra", "trang", "trieu", "trinh", "tri", "truong", "tu", "tuong",
    "ung", "uong", "van", "vang", "vi", "vien", "vinh", "vuong", "vy", "yen", "ksor", "rcom", "rmah", "siu",
    "nay", "kpa", "rahlan", "rolan", "kso", "rochom", "rocham",
];

/// Clans that stand behind the given name, folded.
const CLANS: [&str; 30] = [
    "nie",
    "bya",
    "eban",
    "enuol",
    "knul",
    "kbuor",
    "mlo",
    "ayun",
    "buon ya",
    "buon krong",
    "kdoh",
    "krieng",
    "hdok",
    "hmok",
    "hwing",
    "kpor",
    "ktla",
    "ktul",
    "mdrang",
    "rcam",
    "buon dap",
    "bdap",
    "bkrong",
    "nie kdam",
    "nie brit",
    "nie hra",
    "kebuor",
    "byaa",
    "kbin",
    "adrong",
];

impl PersonName {
    /// Takes the name apart, as its own form tells.
    pub fn parts(&self) -> NameParts<'_> {
        split(self.as_str())
    }

    /// The name with its tone marks in one style ([`one_tone_style`]), for comparing and for lists. No letter changes.
    pub fn in_one_tone_style(&self) -> Self {
        // Moving a mark leaves every rule of a name as it was.
        Self::new(&one_tone_style(self.as_str())).unwrap_or_else(|_| self.clone())
    }

    /// The name with a capital at the beginning of each word and small letters behind, as registers write it: `NGUYỄN VĂN AN`
    /// and `nguyễn văn an` are `Nguyễn Văn An`. A name in mixed case is left as it was written (`H'Hen Niê`, `McDonald`).
    pub fn in_plain_case(&self) -> Self {
        let letters = || self.as_str().chars().filter(|c| c.is_alphabetic());
        if letters().any(char::is_uppercase) && letters().any(char::is_lowercase) {
            return self.clone();
        }
        let mut out = String::with_capacity(self.as_str().len());
        let mut inside = false;
        for c in self.as_str().chars() {
            if inside {
                out.extend(c.to_lowercase());
            } else {
                out.extend(c.to_uppercase());
            }
            inside = c != ' ' && c != '-' && c != '\'';
        }
        Self::new(&out).unwrap_or_else(|_| self.clone())
    }
}

fn split(name: &str) -> NameParts<'_> {
    let words: Vec<(usize, &str)> = words(name);
    let folded: Vec<String> = words.iter().map(|(_, w)| fold(w).replace(' ', "")).collect();
    let Some((last, given)) = words.last().copied() else {
        return NameParts { surname: "", middle: "", given: name, form: NameForm::NoSurname };
    };
    let whole = |form| NameParts { surname: "", middle: "", given: name, form };
    let marker =
        matches!(folded.first().map(String::as_str), Some("y" | "a" | "h")) || has_gender_prefix(name);
    if marker {
        for clan_words in (1..=2).rev() {
            let Some(at) = words.len().checked_sub(clan_words).filter(|at| *at > 0) else { continue };
            let clan = folded.get(at..).unwrap_or(&[]).join(" ");
            let Some((start, _)) = words.get(at) else { continue };
            if CLANS.contains(&clan.as_str()) && (at > 1 || has_gender_prefix(name)) {
                let surname = name.get(*start..).unwrap_or("");
                let given = name.get(..*start).unwrap_or("").trim_end();
                return NameParts { surname, middle: "", given, form: NameForm::ClanLast };
            }
        }
        if words.len() == 2 || words.len() == 1 {
            return whole(NameForm::NoSurname);
        }
    }
    if words.len() == 1 {
        return whole(NameForm::NoSurname);
    }
    let first = folded.first().map_or("", String::as_str);
    let compound = COMPOUND_SURNAMES.iter().map(|s| (s, s.split(' ').count())).find(|(surname, count)| {
        words.len() > *count
            && folded.get(..*count).is_some_and(|w| w.iter().map(String::as_str).eq(surname.split(' ')))
    });
    // `Nguyễn-Lê`: a surname of both parents.
    let hyphened =
        words.first().is_some_and(|(_, w)| w.split('-').all(|part| SURNAMES.contains(&fold(part).as_str())));
    let known = SURNAMES.contains(&first) || hyphened;
    if compound.is_none() && !known && foreign(&folded) {
        return whole(NameForm::Foreign);
    }
    let count = compound.map_or(1, |(_, count)| count);
    let end_of = |nth: usize| words.get(nth).map_or(0, |(start, w)| start + w.len());
    let surname = name.get(..end_of(count - 1)).unwrap_or("");
    let middle = words.get(count).map_or("", |(start, _)| name.get(*start..last).unwrap_or("").trim_end());
    NameParts { surname, middle, given, form: NameForm::SurnameFirst }
}

fn words(name: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut at = 0;
    for word in name.split(' ') {
        if !word.is_empty() {
            out.push((at, word));
        }
        at += word.len() + 1;
    }
    out
}

/// `H'Hen`, `H’Bia`: a woman of the Ê Đê or Gia Rai.
fn has_gender_prefix(name: &str) -> bool {
    name.starts_with("H'") || name.starts_with("h'")
}

/// Letters or endings that no name of the country has in most of its words.
fn foreign(folded: &[String]) -> bool {
    let strange = |w: &String| {
        w.contains(['f', 'j', 'w', 'z'])
            || w.ends_with(['b', 'd', 'g', 'k', 'l', 'q', 'r', 's', 'v', 'x']) && !w.ends_with("ng")
            || w.len() > 7
    };
    folded.iter().filter(|w| strange(w)).count() * 2 >= folded.len().max(1)
}

/// What comparing two names gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameMatch {
    /// The same letters: case, spaces and the place of the tone mark aside.
    Same,
    /// The same person may bear both.
    Compatible(NameReason),
    Different(NameReason),
}

/// Why two names are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameReason {
    /// One is written without diacritics.
    MarksLost,
    /// `Lý` and `Lí`.
    IAndY,
    /// One has no middle name, or fewer words of it.
    MiddleMissing,
    /// One has first letters only: `Nguyễn V. An`.
    Initials,
    /// The same words in another order.
    Order,
    /// Other diacritics: `Tuấn` and `Tuân`.
    Marks,
    Middle,
    Surname,
    Given,
}

/// Compares two names, strictest view first.
pub fn compare_names(a: &PersonName, b: &PersonName) -> NameMatch {
    use NameMatch::{Compatible, Different, Same};
    let written = |name: &PersonName| one_tone_style(name.as_str()).to_lowercase();
    let (written_a, written_b) = (written(a), written(b));
    if written_a == written_b {
        return Same;
    }
    let (folded_a, folded_b) = (a.folded(), b.folded());
    if folded_a == folded_b {
        let plain = written_a.is_ascii() || written_b.is_ascii();
        return if plain { Compatible(NameReason::MarksLost) } else { Different(NameReason::Marks) };
    }
    if with_i(&written_a) == with_i(&written_b) {
        return Compatible(NameReason::IAndY);
    }
    let sorted = |folded: &str| {
        let mut words: Vec<String> = folded.split(' ').map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    if sorted(&folded_a) == sorted(&folded_b) {
        return Compatible(NameReason::Order);
    }
    let (a, b) = (a.parts(), b.parts());
    let alike = |a: &str, b: &str| fold(a) == fold(b);
    let shortened = |a: &str, b: &str| is_initial(a, b) || is_initial(b, a);
    if !alike(a.given, b.given) && !shortened(a.given, b.given) {
        return Different(NameReason::Given);
    }
    if !alike(a.surname, b.surname) && !shortened(a.surname, b.surname) {
        return Different(NameReason::Surname);
    }
    let (short, long) = if a.middle.len() <= b.middle.len() {
        (fold(a.middle), fold(b.middle))
    } else {
        (fold(b.middle), fold(a.middle))
    };
    let long: Vec<&str> = long.split(' ').collect();
    let missing = short.is_empty() || short.split(' ').all(|w| long.contains(&w));
    let initials = short.split(' ').count() == long.len()
        && short.split(' ').zip(&long).all(|(s, l)| s == *l || s.chars().count() == 1 && l.starts_with(s));
    if initials {
        Compatible(NameReason::Initials)
    } else if missing {
        Compatible(NameReason::MiddleMissing)
    } else {
        Different(NameReason::Middle)
    }
}

/// Whether one is the first letter of the other: `V.` and `Văn`.
fn is_initial(short: &str, long: &str) -> bool {
    let (short, long) = (fold(short), fold(long));
    short.chars().count() == 1 && long.len() > short.len() && long.starts_with(&short)
}

/// `Lý` as `Lí`: an `y` that is the only vowel of its syllable is an `i`.
fn with_i(written: &str) -> String {
    let word = |word: &str| {
        let vowels = fold(word).chars().filter(|c| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')).count();
        if vowels != 1 && !fold(word).starts_with("quy") {
            return word.to_owned();
        }
        let exchanged = word.chars().map(|c| match c {
            'y' => 'i',
            'ý' => 'í',
            'ỳ' => 'ì',
            'ỷ' => 'ỉ',
            'ỹ' => 'ĩ',
            'ỵ' => 'ị',
            c => c,
        });
        exchanged.collect()
    };
    written.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> PersonName {
        PersonName::new(text).unwrap()
    }

    fn parts(text: &str) -> (String, String, String, NameForm) {
        let name = name(text);
        let p = name.parts();
        (p.surname.to_owned(), p.middle.to_owned(), p.given.to_owned(), p.form)
    }

    #[test]
    fn names_are_taken_apart_as_their_form_tells() {
        use NameForm::*;
        for (text, surname, middle, given, form) in [
            ("Nguyễn Văn An", "Nguyễn", "Văn", "An", SurnameFirst),
            ("Trần Thị Ngọc Ánh", "Trần", "Thị Ngọc", "Ánh", SurnameFirst),
            ("Lê Lợi", "Lê", "", "Lợi", SurnameFirst),
            ("Tôn Thất Tùng", "Tôn Thất", "", "Tùng", SurnameFirst),
            ("Công Tằng Tôn Nữ Thị Lan", "Công Tằng Tôn Nữ", "Thị", "Lan", SurnameFirst),
            ("Âu Dương Ngọc Minh", "Âu Dương", "Ngọc", "Minh", SurnameFirst),
            ("Tôn Nữ", "Tôn", "", "Nữ", SurnameFirst),
            ("Nguyễn-Lê Thị B", "Nguyễn-Lê", "Thị", "B", SurnameFirst),
            ("Vàng A Páo", "Vàng", "A", "Páo", SurnameFirst),
            ("Ksor H'Bơ", "Ksor", "", "H'Bơ", SurnameFirst),
            ("H'Hen Niê", "Niê", "", "H'Hen", ClanLast),
            ("Y Moan Ênuôl", "Ênuôl", "", "Y Moan", ClanLast),
            ("A Nhơn", "", "", "A Nhơn", NoSurname),
            ("Y Thuật", "", "", "Y Thuật", NoSurname),
            ("K'Brêu", "", "", "K'Brêu", NoSurname),
            ("John Smith", "", "", "John Smith", Foreign),
            ("Nguyễn John", "Nguyễn", "", "John", SurnameFirst),
        ] {
            assert_eq!(parts(text), (surname.into(), middle.into(), given.into(), form), "{text}");
        }
    }

    #[test]
    fn names_are_compared_with_the_reason() {
        use NameMatch::*;
        for (a, b, found) in [
            ("Nguyễn Thị Hoà", "NGUYỄN THỊ HÒA", Same),
            ("Nguyễn Thị Hòa", "nguyen thi hoa", Compatible(NameReason::MarksLost)),
            ("Lý Quý", "Lí Quí", Compatible(NameReason::IAndY)),
            ("Nguyễn Văn An", "Nguyễn An", Compatible(NameReason::MiddleMissing)),
            ("Nguyễn Văn An", "Nguyễn V. An", Compatible(NameReason::Initials)),
            ("Nguyễn Văn An", "An Nguyễn Văn", Compatible(NameReason::Order)),
            ("Trần Anh Tuấn", "Trần Anh Tuân", Different(NameReason::Marks)),
            ("Trần Anh Tuấn", "Trần Anh Tú", Different(NameReason::Given)),
            ("Trần Anh Tuấn", "Lê Anh Tuấn", Different(NameReason::Surname)),
            ("Trần Anh Tuấn", "Trần Minh Tuấn", Different(NameReason::Middle)),
        ] {
            assert_eq!(compare_names(&name(a), &name(b)), found, "{a}, {b}");
            assert_eq!(compare_names(&name(b), &name(a)), found, "{b}, {a}");
        }
    }

    #[test]
    fn case_is_mended_only_where_it_says_nothing() {
        for (written, plain) in [
            ("NGUYỄN VĂN AN", "Nguyễn Văn An"),
            ("đặng thùy trâm", "Đặng Thùy Trâm"),
            ("H'HEN NIÊ", "H'Hen Niê"),
            ("Ronald McDonald", "Ronald McDonald"),
        ] {
            assert_eq!(name(written).in_plain_case().as_str(), plain);
        }
        assert_eq!(name("Trịnh Thị Thuý Hoà").in_one_tone_style().as_str(), "Trịnh Thị Thúy Hòa");
    }

    proptest! {
        #[test]
        fn any_name_is_whole_in_its_parts(text in "[A-Za-zĐđÀ-ỹ' .-]{1,40}") {
            if let Ok(name) = PersonName::new(&text) {
                let parts = name.parts();
                prop_assert!(!parts.given.is_empty());
                let together: usize = [parts.surname, parts.middle, parts.given].iter().map(|p| p.split(' ').filter(|w| !w.is_empty()).count()).sum();
                prop_assert_eq!(together, name.as_str().split(' ').count());
                prop_assert_eq!(compare_names(&name, &name), NameMatch::Same);
                prop_assert_eq!(name.in_plain_case().in_plain_case(), name.in_plain_case());
                prop_assert_eq!(name.in_one_tone_style().folded(), name.folded());
            }
        }
    }
}
