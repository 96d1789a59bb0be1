//! How names and typed addresses are compared: folded words, abbreviations written out, numbers without leading zeros.

use base::{fold, nfc};

/// What people write for the kinds and for the largest cities.
const ABBREVIATIONS: [(&str, &[&str]); 17] = [
    ("p", &["phuong"]),
    ("f", &["phuong"]),
    ("ph", &["phuong"]),
    ("x", &["xa"]),
    ("q", &["quan"]),
    ("h", &["huyen"]),
    ("t", &["tinh"]),
    ("tt", &["thi", "tran"]),
    ("tx", &["thi", "xa"]),
    ("tp", &["thanh", "pho"]),
    ("dk", &["dac", "khu"]),
    ("hcm", &["ho", "chi", "minh"]),
    ("tphcm", &["thanh", "pho", "ho", "chi", "minh"]),
    ("tphochiminh", &["thanh", "pho", "ho", "chi", "minh"]),
    ("saigon", &["ho", "chi", "minh"]),
    ("hn", &["ha", "noi"]),
    ("tphn", &["thanh", "pho", "ha", "noi"]),
];

/// Single letters that stand directly before a number: `Q1`, `P.12`, `F5`.
const BEFORE_NUMBER: [char; 3] = ['p', 'q', 'f'];

/// The folded words of a name or of typed text, joined by spaces.
pub(super) fn folded(text: &str) -> String {
    let text = nfc(text);
    let is_part = |c: char| c.is_alphanumeric() || c == '\'' || c == '’';
    let runs: Vec<&str> = text.split(|c| !is_part(c)).filter(|run| !run.is_empty()).collect();
    let last = runs.len().saturating_sub(1);
    let mut words = Vec::with_capacity(runs.len() + 2);
    for (nth, run) in runs.into_iter().enumerate() {
        let run = fold(run);
        if let Some(number) = run.strip_prefix(BEFORE_NUMBER).filter(|rest| is_number(rest)) {
            push(&mut words, run.get(..1).unwrap_or(""), true);
            push(&mut words, number, false);
        } else {
            // A single letter at the very end may be the beginning of any word.
            push(&mut words, &run, nth != last || run.len() > 1);
        }
    }
    words.join(" ")
}

/// The folded words of a unit's name, in which nothing is an abbreviation.
pub(super) fn folded_name(name: &str) -> String {
    let folded = fold(name);
    if is_number(&folded) { folded.trim_start_matches('0').to_owned() } else { folded }
}

fn push(out: &mut Vec<String>, word: &str, expand: bool) {
    let long = ABBREVIATIONS.iter().find(|(short, _)| expand && *short == word).map(|(_, long)| *long);
    match long {
        Some(long) => out.extend(long.iter().map(|word| (*word).to_owned())),
        None if is_number(word) => {
            let digits = word.trim_start_matches('0');
            out.push(if digits.is_empty() { "0".to_owned() } else { digits.to_owned() });
        }
        None if word.is_empty() => {}
        None => out.push(word.to_owned()),
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_shorten_is_written_out() {
        for (typed, long) in [
            ("P.Bến Nghé, Q.1, TP.HCM", "phuong ben nghe quan 1 thanh pho ho chi minh"),
            ("F05 Q03 tphcm", "phuong 5 quan 3 thanh pho ho chi minh"),
            ("TT. Ea H’leo", "thi tran ea hleo"),
            ("Xã Phú Thạnh", "xa phu thanh"),
            ("Quang Trung p", "quang trung p"),
        ] {
            assert_eq!(folded(typed), long);
        }
    }
}
