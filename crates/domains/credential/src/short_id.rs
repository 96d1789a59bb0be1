//! The short form of a document's id, as its QR code and its foot line carry it.
//!
//! Douglas Crockford's base 32: 26 letters and digits without look-alikes, so that it can also be read out and typed.
//! The UUID itself is understood everywhere the short form is.

use contracts::DocumentId;
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 128 bits at 5 a letter.
const LETTERS: usize = 26;

pub fn short(id: DocumentId) -> String {
    let bits = id.0.as_u128();
    let letter = |i: usize| ALPHABET.get((bits >> (5 * i)) as usize & 31).copied().unwrap_or(b'0');
    (0..LETTERS).rev().map(|i| char::from(letter(i))).collect()
}

/// The id behind a short form or a UUID, typed in any case, with `o`, `i`, `l` for the digits they resemble and with
/// dashes or spaces between.
pub fn parse(text: &str) -> Option<DocumentId> {
    if let Ok(id) = text.trim().parse::<Uuid>() {
        return Some(DocumentId(id));
    }
    let mut bits = 0u128;
    let mut letters = 0;
    for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let c = match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        };
        let value = ALPHABET.iter().position(|a| char::from(*a) == c)?;
        // The first letter has room for three bits only; more would be another spelling of another id.
        if letters == LETTERS || bits >> 123 != 0 {
            return None;
        }
        bits = bits << 5 | value as u128;
        letters += 1;
    }
    (letters == LETTERS).then(|| DocumentId(Uuid::from_u128(bits)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_short_form_is_short_and_forgiving() {
        let id = DocumentId("01936f3a-5b00-7c3d-8e4f-000000000001".parse().unwrap());
        let text = short(id);
        assert_eq!(text, "01jdqkmpr0fgyrwkr000000001");
        assert_eq!(parse(&text.to_uppercase().replace('0', "O").replace('1', "l")), Some(id));
        assert_eq!(parse(&format!("{}-{} ", &text[..13], &text[13..])), Some(id));
        assert_eq!(parse(&id.to_string()), Some(id));
        assert_eq!(parse(&id.0.simple().to_string()), Some(id));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for bad in
            ["", "0", "u0000000000000000000000000", "80000000000000000000000000", "../../etc/passwd", "ạ"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse(&"0".repeat(27)), None);
        assert_eq!(parse(&"z".repeat(26)), None);
    }

    proptest! {
        #[test]
        fn every_id_survives_its_short_form(bits: u128) {
            let id = DocumentId(Uuid::from_u128(bits));
            prop_assert_eq!(parse(&short(id)), Some(id));
        }

        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,60}") {
            let _ = parse(&text);
        }
    }
}
