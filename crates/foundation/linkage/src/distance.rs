//! Distances of short texts, as bytes. Folded names are ASCII; see [`letters`] for others.

/// Longer texts are cut: names and numbers are shorter, and the cost grows with the square.
pub const LETTERS_MAX: usize = 64;

/// A folded text as one byte a letter, spaces left out; letters beyond ASCII are thrown into 128 classes.
pub fn letters(folded: &str) -> Vec<u8> {
    let byte = |c: char| if c.is_ascii() { c as u8 } else { 128 | (c as u32 % 128) as u8 };
    folded.chars().filter(|c| *c != ' ').take(LETTERS_MAX).map(byte).collect()
}

/// The similarity of Jaro and Winkler, 0 to 1: letters in common near their place, a common beginning counting more.
pub fn jaro_winkler(a: &[u8], b: &[u8]) -> f64 {
    let (a, b) = (cut(a), cut(b));
    if a == b {
        return 1.0;
    }
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut of_a, mut of_b) = (0_u64, 0_u64);
    for (i, x) in a.iter().enumerate() {
        let end = (i + window + 1).min(b.len());
        let found = (i.saturating_sub(window)..end).find(|j| of_b & (1 << j) == 0 && b[*j] == *x);
        if let Some(j) = found {
            of_a |= 1 << i;
            of_b |= 1 << j;
        }
    }
    let common = of_a.count_ones();
    if common == 0 {
        return 0.0;
    }
    let taken = |text: &[u8], mask: u64| -> Vec<u8> {
        text.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0).map(|(_, x)| *x).collect()
    };
    let moved = taken(a, of_a).iter().zip(&taken(b, of_b)).filter(|(x, y)| x != y).count() / 2;
    let common = f64::from(common);
    let jaro = (common / a.len() as f64 + common / b.len() as f64 + (common - moved as f64) / common) / 3.0;
    let prefix = a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count();
    jaro + prefix as f64 * 0.1 * (1.0 - jaro)
}

/// Insertions, deletions, replacements and swaps of neighbours between two texts (optimal string alignment).
pub fn damerau_levenshtein(a: &[u8], b: &[u8]) -> usize {
    let (a, b) = (cut(a), cut(b));
    let mut before = [0_usize; LETTERS_MAX + 1];
    let mut last: [usize; LETTERS_MAX + 1] = std::array::from_fn(|j| j);
    for (i, x) in a.iter().enumerate() {
        let mut row = [0; LETTERS_MAX + 1];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j + 1] + 1).min(row[j] + 1).min(last[j] + usize::from(x != y));
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row[j + 1] = best;
        }
        before = last;
        last = row;
    }
    last[b.len()]
}

fn cut(text: &[u8]) -> &[u8] {
    &text[..text.len().min(LETTERS_MAX)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn similarities_are_those_of_the_literature() {
        let near = |a: &str, b: &str, expected: f64| {
            assert!((jaro_winkler(a.as_bytes(), b.as_bytes()) - expected).abs() < 0.001, "{a} {b}");
        };
        near("martha", "marhta", 0.961);
        near("dixon", "dicksonx", 0.813);
        near("dwayne", "duane", 0.840);
        assert_eq!(damerau_levenshtein(b"thanh", b"thnah"), 1);
        assert_eq!(damerau_levenshtein(b"kitten", b"sitting"), 3);
        assert_eq!(damerau_levenshtein(b"", b"abc"), 3);
    }

    proptest! {
        #[test]
        fn distances_do_not_depend_on_the_order(a in "[a-d]{0,70}", b in "[a-d]{0,70}") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            prop_assert_eq!(damerau_levenshtein(a, b), damerau_levenshtein(b, a));
            // Greedy matching may pair letters differently from the other side; it must stay a similarity.
            prop_assert!((0.0..=1.0).contains(&jaro_winkler(a, b)));
        }
    }
}
