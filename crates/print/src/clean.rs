//! Makes every text of a document safe to set, in one pass over its data, so that no field can be forgotten.
//!
//! PDF/A and PDF/UA forbid glyphs that do not exist, invisible control characters can turn a sentence around, and a
//! "word" of a thousand letters would run off the page. What no embedded font can show becomes `□`, visibly.

use serde_json::Value;

/// A word longer than this gets places to break, so that it stays on the page. Dossier codes (25) stay whole.
const WORD_CHARS_MAX: usize = 26;
/// What a paragraph's end counts for: it takes a line of the page, however short it is.
const LINE_CHARS: usize = 60;
const MISSING: char = '□';
const BREAK: char = '\u{200b}';

/// Cleans all strings in `value`; returns its size in characters, with one for each entry of a list or map.
pub(crate) fn clean(value: &mut Value, covered: &impl Fn(char) -> bool) -> usize {
    match value {
        Value::String(text) => {
            *text = clean_text(text, covered);
            text.chars().count() + 1 + text.matches('\n').count() * LINE_CHARS
        }
        Value::Array(items) => items.iter_mut().map(|item| clean(item, covered)).sum::<usize>() + 1,
        Value::Object(map) => map.values_mut().map(|item| clean(item, covered)).sum::<usize>() + 1,
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

/// One text: NFC, single spaces, line feeds kept as ends of paragraphs, nothing invisible, nothing unprintable.
fn clean_text(text: &str, covered: &impl Fn(char) -> bool) -> String {
    let lines = text.lines().map(|line| {
        let visible: String = line.chars().filter(|c| c.is_whitespace() || !invisible(*c)).collect();
        let known =
            base::nfc(&visible).chars().map(|c| if covered(c) { c } else { MISSING }).collect::<String>();
        known.split(' ').map(breakable).collect::<Vec<_>>().join(" ")
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn breakable(word: &str) -> String {
    if word.chars().count() <= WORD_CHARS_MAX {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len() * 2);
    for (i, c) in word.chars().enumerate() {
        if i > 0 && i % (WORD_CHARS_MAX / 2) == 0 {
            out.push(BREAK);
        }
        out.push(c);
    }
    out
}

/// Control, direction, joiner, variation and tag characters, and the areas whose meaning only one font knows.
fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_out_composed_visible_and_breakable() {
        let all = |c: char| c != '😀';
        assert_eq!(clean_text("Ca\u{302}\u{301}p  ho\u{302}\u{323}\r\n\n tịch ", &all), "Cấp hộ\ntịch");
        assert_eq!(clean_text("a\u{202e}b\u{0}c\u{200f}\tđ", &all), "abc đ");
        assert_eq!(clean_text("Vui 😀", &all), "Vui □");
        let code = "G01.899.909-260916-890028";
        assert_eq!(clean_text(code, &all), code);
        let long = clean_text(&"ô".repeat(100), &all);
        assert!(long.split(BREAK).all(|part| part.chars().count() <= WORD_CHARS_MAX));
        assert_eq!(long.replace(BREAK, ""), "ô".repeat(100));
    }

    #[test]
    fn every_string_is_reached_and_counted() {
        let mut value = serde_json::json!({"a": ["x\u{0}", {"b": "y\u{0}"}], "c": 1});
        let count = clean(&mut value, &|_| true);
        assert_eq!(value, serde_json::json!({"a": ["x", {"b": "y"}], "c": 1}));
        assert_eq!(count, 8);
    }
}
