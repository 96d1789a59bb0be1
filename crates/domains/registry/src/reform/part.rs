//! To which part of a divided unit an address belongs.
//!
//! An address belongs to a part where one of its pieces (between commas) ends with the words of a place that the decree
//! lists for it ("số 12 đường Láng" for "Đường Láng", but not "đường Láng Hạ"). Diacritics count, unless the piece was
//! written without any. Two parts, or none: nobody knows, and an officer decides.

use base::{fold, nfc};

/// A hamlet, residential group or street, as the decree names it: its kind and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    exact: Vec<String>,
    plain: Vec<String>,
}

/// Fewer words than its kind and its name would end many other names.
const WORDS_MIN: usize = 2;

impl Place {
    /// None where the text has not at least a kind and a name.
    pub fn new(text: &str) -> Option<Self> {
        let exact = words(text);
        let plain = exact.iter().map(|w| fold(w)).collect();
        (exact.len() >= WORDS_MIN).then_some(Self { exact, plain })
    }

    fn ends(&self, piece: &[String]) -> bool {
        let Some(tail) = piece.len().checked_sub(self.exact.len()).and_then(|at| piece.get(at..)) else {
            return false;
        };
        tail == self.exact || piece.iter().all(|w| w.is_ascii()) && tail == self.plain
    }
}

fn words(text: &str) -> Vec<String> {
    let lower = nfc(text).to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// A part of a divided unit: the unit that it went into, and the places in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub to: String,
    pub places: Vec<Place>,
}

/// The unit into which the address went, where exactly one part lists a place of it.
pub fn decide<'a>(parts: &'a [Part], address: &str) -> Option<&'a str> {
    let pieces: Vec<Vec<String>> = address.split([',', ';']).map(words).collect();
    let lists = |part: &&Part| part.places.iter().any(|place| pieces.iter().any(|piece| place.ends(piece)));
    let mut found = parts.iter().filter(lists);
    match (found.next(), found.next()) {
        (Some(part), None) => Some(&part.to),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Vec<Part> {
        let part = |to: &str, places: &[&str]| Part {
            to: to.to_owned(),
            places: places.iter().map(|p| Place::new(p).unwrap()).collect(),
        };
        vec![part("00004", &["Thôn Lạc", "đường Láng", "Tổ 1"]), part("00008", &["Thôn Lác", "Phố Huế"])]
    }

    #[test]
    fn an_address_belongs_to_the_part_that_lists_its_hamlet_or_street() {
        for (address, unit) in [
            ("Số 12 đường Láng", Some("00004")),
            ("số 12, ĐƯỜNG LÁNG", Some("00004")),
            ("Số 1, phố Huế, tổ dân cư", Some("00008")),
            ("so 1 pho hue", Some("00008")),
            ("Thôn Lác", Some("00008")),
        ] {
            assert_eq!(decide(&parts(), address), unit, "{address}");
        }
    }

    #[test]
    fn what_no_rule_or_more_than_one_decides_is_left_to_a_person() {
        for address in [
            "",
            "Số 12 đường Láng Hạ",
            "Thôn Lac",
            "thon lac",
            "Thôn Lắc",
            "Tổ 10",
            "Tổ 1A",
            "Số 3 phố Huế, tổ 1",
        ] {
            assert_eq!(decide(&parts(), address), None, "{address}");
        }
        assert_eq!(Place::new("Láng"), None);
    }
}
