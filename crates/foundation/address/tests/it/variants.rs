//! How people write the address of a commune: a generator for measuring, made from habits seen in public data, not from the
//! tables of the reader. Nothing of the crate under test is used here.
//!
//! Every variant says which style made it and which units have exactly this text under that style, so that a reader who
//! names them all, where there are several, is right, and one who names one of them has guessed.

use std::collections::HashMap;

use catalogue::{Catalogue, Division, DivisionKind};
use jiff::civil::{Date, date};
use unicode_normalization::UnicodeNormalization;

pub const BEFORE: Date = date(2025, 6, 30);

/// A small generator of chances (SplitMix64), the same on every machine.
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n.max(1)).unwrap()).unwrap()
    }

    fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// One written address and what it means.
pub struct Variant {
    pub text: String,
    pub style: &'static str,
    pub era: &'static str,
    pub code: String,
    /// Codes of all units of the era that this text fits equally, the meant one among them.
    pub fits: Vec<String>,
}

pub const STYLES: [&str; 17] = [
    "official",
    "plain",
    "upper",
    "short",
    "short plain",
    "no kinds",
    "no kinds plain",
    "street before",
    "other separators",
    "run together",
    "telex",
    "decomposed, other tone place",
    "no province",
    "province first",
    "street, nothing between",
    "other kind",
    "one slip",
];

struct Levels<'a> {
    /// Smallest first.
    units: Vec<&'a Division>,
}

/// Every commune of an era in every style.
pub fn variants(catalogue: &Catalogue, day: Date, seed: u64) -> Vec<Variant> {
    let divisions = catalogue.divisions();
    let era = if day == BEFORE { "former" } else { "current" };
    let communes: Vec<Levels<'_>> =
        divisions.communes(day).map(|c| Levels { units: divisions.lineage(c).collect() }).collect();
    let mut out = Vec::new();
    for (nth, style) in STYLES.iter().enumerate() {
        // Under a style two units are the same where what it keeps of their names is the same.
        let mut same: HashMap<String, Vec<String>> = HashMap::new();
        for levels in &communes {
            let code = levels.units[0].code.to_string();
            let kept = kept(style, levels);
            let plain = without_marks(&kept).to_lowercase();
            if plain != kept {
                same.entry(plain).or_default().push(code.clone());
            }
            same.entry(kept).or_default().push(code);
        }
        for (at, levels) in communes.iter().enumerate() {
            let at = u64::try_from(at * STYLES.len() + nth).unwrap();
            let mut chance = Chance(seed ^ at.wrapping_mul(0x2545_f491_4f6c_dd1d));
            let text = write(style, levels, &mut chance);
            // A text in which no mark happened to be left fits as many units as one without marks.
            let kept = kept(style, levels);
            let kept = if text.is_ascii() { without_marks(&kept).to_lowercase() } else { kept };
            out.push(Variant {
                text,
                style,
                era,
                code: levels.units[0].code.to_string(),
                fits: same[&kept].clone(),
            });
        }
    }
    out
}

/// What a style leaves of the names.
fn kept(style: &str, levels: &Levels<'_>) -> String {
    let units =
        levels.units.iter().filter(|u| style != "no province" || u.level() != catalogue::Level::Provincial);
    let text: Vec<String> = units
        .map(|u| {
            let kind = match style {
                "no kinds" | "no kinds plain" => "",
                "other kind" if u.level() == catalogue::Level::Commune => "",
                // `TP.` is both kinds of city, but they never share a level.
                _ => kind_words(u.kind).0,
            };
            format!("{kind} {}", u.name)
        })
        .collect();
    let text = text.join(",");
    match style {
        "plain" | "short plain" | "no kinds plain" | "street, nothing between" => {
            without_marks(&text).to_lowercase()
        }
        _ => text.to_lowercase(),
    }
}

/// In full, and as people shorten it.
fn kind_words(kind: DivisionKind) -> (&'static str, &'static [&'static str]) {
    match kind {
        DivisionKind::Province => ("Tỉnh", &["T.", "T. ", "Tỉnh ", "tỉnh "]),
        DivisionKind::Municipality | DivisionKind::City => {
            ("Thành phố", &["TP.", "TP ", "Tp. ", "tp ", "T.P "])
        }
        DivisionKind::UrbanDistrict => ("Quận", &["Q.", "Q ", "q. ", "quận "]),
        DivisionKind::RuralDistrict => ("Huyện", &["H.", "H. ", "h.", "huyện "]),
        DivisionKind::Town => ("Thị xã", &["TX.", "TX ", "Tx. ", "thị xã "]),
        DivisionKind::Ward => ("Phường", &["P.", "P. ", "p.", "Ph. ", "phường "]),
        DivisionKind::Commune => ("Xã", &["X.", "X. ", "x.", "xã "]),
        DivisionKind::Township => ("Thị trấn", &["TT.", "TT ", "tt. ", "Thị trấn "]),
        DivisionKind::SpecialZone => ("Đặc khu", &["Đặc khu ", "ĐK ", "đặc khu "]),
    }
}

const STREETS: [&str; 24] = [
    "Số 12 đường Lê Lợi",
    "25/3A Trần Hưng Đạo",
    "Thôn 3",
    "tổ 5 khu phố 2",
    "Ấp Tân Lập",
    "Xóm Mới",
    "168 Điện Biên Phủ",
    "Số 9 ngõ 22 phố Huế",
    "Bản Nà Làng",
    "12 Nguyễn Trãi",
    "Hẻm 45 Cách Mạng Tháng 8",
    "Lô B2 KCN Tân Bình",
    "Chung cư An Phú, số 7",
    "Căn hộ 12.05 tòa S2",
    "đội 4 thôn Đông",
    "QL1A",
    "Km 12 Quốc lộ 51",
    "khóm 3",
    "Buôn Ea Nao",
    "1 Võ Văn Ngân",
    "98 Phan Chu Trinh",
    "số nhà 38 tổ 9",
    "Tổ dân phố số 4",
    "Khu 2",
];

fn write(style: &str, levels: &Levels<'_>, chance: &mut Chance) -> String {
    let official = |u: &Division| {
        let kind = kind_words(u.kind).0;
        let joined = u.name.strip_prefix("Phường ").filter(|_| kind == "Xã");
        joined.map_or_else(|| format!("{kind} {}", u.name), |number| format!("Phường {number}"))
    };
    let number = |u: &Division| u.name.bytes().all(|b| b.is_ascii_digit());
    let short = |u: &Division, chance: &mut Chance| {
        if number(u) {
            let kind = if u.level() == catalogue::Level::Commune {
                chance.pick(&["P", "P.", "p", "F", "F.", "phường ", "P. "])
            } else {
                chance.pick(&["Q", "Q.", "q", "quận ", "Q. "])
            };
            let zero = if u.name.len() == 1 && chance.once_in(6) { "0" } else { "" };
            return format!("{kind}{zero}{}", u.name);
        }
        let name = match &*u.name {
            "Hồ Chí Minh" => chance.pick(&["HCM", "Hồ Chí Minh", "HCM"]),
            name => name,
        };
        format!("{}{name}", chance.pick(kind_words(u.kind).1))
    };
    let bare = |u: &Division, chance: &mut Chance| {
        if number(u) || u.name.starts_with("Phường ") { short(u, chance) } else { u.name.to_string() }
    };
    let all = |write: &mut dyn FnMut(&Division) -> String| {
        levels.units.iter().map(|u| write(u)).collect::<Vec<_>>()
    };
    match style {
        "official" => all(&mut |u| official(u)).join(", "),
        "plain" => without_marks(&all(&mut |u| official(u)).join(chance.pick(&[", ", ",", " , "]))),
        "upper" => all(&mut |u| official(u)).join(", ").to_uppercase(),
        "short" => all(&mut |u| short(u, chance)).join(", "),
        "short plain" => {
            let text = all(&mut |u| short(u, chance)).join(chance.pick(&[", ", ",", " "]));
            let text = without_marks(&text);
            if chance.once_in(2) { text.to_lowercase() } else { text }
        }
        "no kinds" => all(&mut |u| bare(u, chance)).join(", "),
        "no kinds plain" => without_marks(&all(&mut |u| bare(u, chance)).join(", ")).to_lowercase(),
        "street before" => {
            let units =
                if chance.once_in(2) { all(&mut |u| official(u)) } else { all(&mut |u| short(u, chance)) };
            let country = chance.pick(&["", "", ", Việt Nam", ", VN", "."]);
            format!("{}, {}{country}", chance.pick(&STREETS), units.join(", "))
        }
        "other separators" => {
            all(&mut |u| official(u)).join(chance.pick(&[" - ", "; ", " ", " – ", "-", " / "]))
        }
        "run together" => {
            all(&mut |u| format!("{}{}", kind_words(u.kind).1[0].trim(), u.name).replace(' ', "")).join(",")
        }
        "telex" => {
            let text = all(&mut |u| official(u)).join(", ");
            let slip = chance.below(levels.units.len() + 1);
            let parts = text.split(", ").enumerate();
            parts
                .map(
                    |(n, part)| {
                        if n == slip || slip == levels.units.len() { telex(part) } else { part.to_owned() }
                    },
                )
                .collect::<Vec<_>>()
                .join(", ")
        }
        "decomposed, other tone place" => {
            let text: String = all(&mut |u| new_tones(&official(u))).join(", ");
            if chance.once_in(2) { text.nfd().collect() } else { text }
        }
        "no province" => levels
            .units
            .iter()
            .filter(|u| u.level() != catalogue::Level::Provincial)
            .map(|u| official(u))
            .collect::<Vec<_>>()
            .join(", "),
        // As typed on a phone: small letters, no marks, no commas.
        "street, nothing between" => {
            let text = format!("{} {}", chance.pick(&STREETS), all(&mut |u| short(u, chance)).join(" "));
            without_marks(&text).to_lowercase()
        }
        // A commune that people still call a ward, a city that they still call a town.
        "other kind" => all(&mut |u| match u.kind {
            DivisionKind::Ward if !number(u) => format!("Xã {}", u.name),
            DivisionKind::Commune | DivisionKind::Township if !u.name.starts_with("Phường") => {
                format!("Phường {}", u.name)
            }
            DivisionKind::Town => format!("Huyện {}", u.name),
            _ => official(u),
        })
        .join(", "),
        "one slip" => {
            let mut units = all(&mut |u| official(u));
            units[0] = slip(&units[0], chance);
            units.join(", ")
        }
        _ => {
            let mut units = all(&mut |u| official(u));
            units.reverse();
            units.join(", ")
        }
    }
}

pub fn without_marks(text: &str) -> String {
    let plain = text.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    plain
        .map(|c| {
            if c == 'đ' {
                'd'
            } else if c == 'Đ' {
                'D'
            } else {
                c
            }
        })
        .collect()
}

/// `Hòa` as `Hoà`, `Thủy` as `Thuỷ`.
fn new_tones(text: &str) -> String {
    let mut out = text.nfc().collect::<String>();
    for (old, new) in [
        ("òa", "oà"),
        ("óa", "oá"),
        ("ỏa", "oả"),
        ("õa", "oã"),
        ("ọa", "oạ"),
        ("òe", "oè"),
        ("óe", "oé"),
        ("ùy", "uỳ"),
        ("úy", "uý"),
        ("ủy", "uỷ"),
        ("ũy", "uỹ"),
        ("ụy", "uỵ"),
    ] {
        // Only where the syllable ends.
        let mut rest = out.as_str();
        let mut done = String::new();
        while let Some(at) = rest.find(old) {
            let end = at + old.len();
            let open = rest[end..].chars().next().is_none_or(|c| !c.is_alphabetic());
            done.push_str(&rest[..at]);
            done.push_str(if open { new } else { old });
            rest = &rest[end..];
        }
        done.push_str(rest);
        out = done;
    }
    out
}

/// What stands in a field when the input method was off.
fn telex(text: &str) -> String {
    let word = |word: &str| {
        let (mut out, mut tone) = (String::new(), None);
        for c in word.nfd() {
            match c {
                '\u{300}' => tone = Some('f'),
                '\u{301}' => tone = Some('s'),
                '\u{303}' => tone = Some('x'),
                '\u{309}' => tone = Some('r'),
                '\u{323}' => tone = Some('j'),
                '\u{302}' => {
                    let again = out.chars().last().map(|c| c.to_ascii_lowercase());
                    out.extend(again);
                }
                '\u{306}' | '\u{31b}' => out.push('w'),
                'đ' => out.push_str("dd"),
                'Đ' => out.push_str("DD"),
                c => out.push(c),
            }
        }
        out.extend(tone);
        out
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// One letter of a long name left out, doubled or exchanged with the next; a short name is left alone.
fn slip(text: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let Some(name) = letters.iter().position(|c| *c == ' ').map(|at| at + 1) else { return text.to_owned() };
    let name = if text.starts_with("Thị trấn") || text.starts_with("Đặc khu") {
        name + text[..].split(' ').nth(1).unwrap().chars().count() + 1
    } else {
        name
    };
    if letters.len() - name < 9 {
        return text.to_owned();
    }
    let at = name + 1 + chance.below(letters.len() - name - 3);
    if !letters[at].is_alphabetic() || !letters[at + 1].is_alphabetic() {
        return text.to_owned();
    }
    match chance.below(3) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, letters[at]),
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}
